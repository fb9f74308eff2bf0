// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Moving whole packets from rx rings to tx rings, by exchange or by copy.
#ifndef NETMAPXX_FORWARD_HPP
#define NETMAPXX_FORWARD_HPP

#include <cstddef>
#include <system_error>

#include <netmapxx/config.hpp>
#include <netmapxx/detail/forwarder.hpp>
#include <netmapxx/error.hpp>
#include <netmapxx/port.hpp>
#include <netmapxx/ring.hpp>
#include <netmapxx/transfer.hpp>

namespace netmapxx::inline v1 {

/// @brief Moves whole packets from one ring to another, in order, and
///        publishes both; syncs neither.
///
/// @snippet reference.cpp forward
///
/// A packet that needs more slots than the destination has, or more than 64,
/// and one with damaged slots is dropped and counted. Offsets travel with
/// exchanged buffers.
///
/// @param from      source
/// @param to        destination; no reservation may live on it
/// @param max_slots most source slots to take; a first packet that needs more
///                  is taken nevertheless
/// @param filter    `verdict(packet_view)`; may edit the bytes of passed packets
/// @param mode      exchange or copy
/// @return what was done, and why it ended
/// @throws ... whatever `filter` throws; packets before that one are moved
/// @par Thread safety Both rings by the calling thread only.
/// @par Complexity Linear in slots (exchange) or bytes (copy).
/// @since 0.1
template <packet_filter Fn>
forward_result forward(rx_ring from, tx_ring to, std::size_t max_slots, Fn&& filter,
                       transfer_mode mode = transfer_mode::automatic) {
    detail::ring_control& source = from.control();
    detail::ring_control& target = to.control();
    bool const same_region = source.region == target.region;
    if (mode == transfer_mode::exchange_only && !same_region)
        return {.reason = stop_reason::region_mismatch};
    bool const cut = max_slots < from.available();
    rx_batch const batch = from.peek(max_slots);
    forward_result result;
    {
        bool const exchange = same_region && mode != transfer_mode::copy_only;
        detail::forwarder work{source, target, exchange};
        if (exchange)
            work.exchange(batch, filter);
        else
            work.copy(batch, filter);
        result = work.result();
    }
    if (result.reason == stop_reason::source_empty && cut)
        result.reason = stop_reason::limit;
    return result;
}

/// @brief As the other forward(), without a filter.
/// @param from      source
/// @param to        destination; no reservation may live on it
/// @param max_slots most source slots to take; a first packet that needs more
///                  is taken nevertheless
/// @param mode      exchange or copy
/// @return what was done, and why it ended
/// @par Thread safety Both rings by the calling thread only.
/// @par Complexity Linear in slots (exchange) or bytes (copy).
/// @since 0.1
inline forward_result forward(rx_ring from, tx_ring to, std::size_t max_slots = all_slots,
                              transfer_mode mode = transfer_mode::automatic) {
    return forward(from, to, max_slots, pass_all{}, mode);
}

/// @brief As forward() above, with the mode fixed when the program is compiled,
///        so that only the code of that mode is in it.
///
/// @code
/// netmapxx::forward<netmapxx::transfer_mode::copy_only>(a.rx_rings()[0], b.tx_rings()[0]);
/// @endcode
///
/// @tparam Mode     exchange or copy
/// @param from      source
/// @param to        destination; no reservation may live on it
/// @param max_slots most source slots to take
/// @param filter    `verdict(packet_view)`
/// @return what was done, and why it ended @throws ... whatever `filter` throws
/// @par Thread safety Both rings by the calling thread only.
/// @par Complexity Linear in slots (exchange) or bytes (copy).
/// @since 0.1
template <transfer_mode Mode, packet_filter Fn = pass_all>
forward_result forward(rx_ring from, tx_ring to, std::size_t max_slots = all_slots,
                       Fn&& filter = {}) {
    return forward(from, to, max_slots, filter, Mode);
}

/// Options of forward() between ports.
/// @since 0.1
struct forward_options {
    std::size_t max_slots = all_slots;             ///< per source ring
    transfer_mode mode = transfer_mode::automatic; ///< exchange or copy
};

namespace detail {

/// Why nothing can be forwarded between these ports, if so.
[[nodiscard]] NETMAPXX_EXPORT std::error_code forward_obstacle(port const& from, port const& to,
                                                               transfer_mode mode) noexcept;
/// Throws `error` if `ec` is one.
NETMAPXX_EXPORT void check_forward(std::error_code ec, port const& to);

} // namespace detail

/// @brief Moves whole packets from all rx rings of a port to the tx rings of
///        another: ring r to ring r modulo the destination's count, so that the
///        order inside each source ring is kept. Syncs nothing.
/// @param from    source port
/// @param to      destination port
/// @param options limits and mode
/// @return sums; the reason is destination_full if any ring met it, else the last ring's
/// @throws error region_mismatch for exchange_only between different regions
/// @par Thread safety All rings of both ports by the calling thread only.
/// @par Complexity Linear in slots (exchange) or bytes (copy).
/// @since 0.1
NETMAPXX_EXPORT forward_result forward(port& from, port& to, forward_options const& options = {});
/// @copydoc forward(port&, port&, forward_options const&)
/// @param ec receives the error instead
NETMAPXX_EXPORT forward_result forward(port& from, port& to, forward_options const& options,
                                       std::error_code& ec) noexcept;

/// @brief As forward() between ports, with a filter or editor. `verdict::stop`
///        ends the work on its ring; the other rings are served nevertheless.
/// @param from    source port
/// @param to      destination port
/// @param options limits and mode
/// @param filter  `verdict(packet_view)`; may edit the bytes of passed packets
/// @return as forward() between ports
/// @throws error closed, no_such_ring, region_mismatch; and what `filter` throws
/// @par Thread safety All rings of both ports by the calling thread only.
/// @since 0.1
template <packet_filter Fn>
forward_result forward(port& from, port& to, forward_options const& options, Fn&& filter) {
    std::error_code ec;
    auto const total = forward(from, to, options, filter, ec);
    detail::check_forward(ec, to);
    return total;
}
/// @copydoc forward(port&, port&, forward_options const&, Fn&&)
/// @param ec receives the error instead; what `filter` throws passes through
template <packet_filter Fn>
forward_result forward(port& from, port& to, forward_options const& options, Fn&& filter,
                       std::error_code& ec) {
    forward_result total;
    ec = detail::forward_obstacle(from, to, options.mode);
    if (ec == errc::region_mismatch)
        total.reason = stop_reason::region_mismatch;
    if (ec)
        return total;
    auto const targets = to.tx_rings();
    bool full = false;
    std::size_t target = 0;
    for (rx_ring const source : from.rx_rings()) {
        auto const moved =
            forward(source, targets[target], options.max_slots, filter, options.mode);
        total += moved;
        full = full || moved.reason == stop_reason::destination_full;
        target = target + 1 == targets.size() ? 0 : target + 1;
    }
    if (full)
        total.reason = stop_reason::destination_full;
    return total;
}

} // namespace netmapxx::inline v1

#endif // NETMAPXX_FORWARD_HPP
