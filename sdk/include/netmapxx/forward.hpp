// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Moving whole packets from rx rings to tx rings, by exchange or by copy.
#ifndef NETMAPXX_FORWARD_HPP
#define NETMAPXX_FORWARD_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <system_error>

#include <netmapxx/config.hpp>
#include <netmapxx/error.hpp>
#include <netmapxx/packet.hpp>
#include <netmapxx/port.hpp>
#include <netmapxx/ring.hpp>

namespace netmapxx::inline v1 {

/// How packets are moved.
/// @since 0.1
enum class transfer_mode {
    automatic,     ///< exchange in one region, else copy
    exchange_only, ///< refuse different regions
    copy_only      ///< always copy
};

/// What a filter says about a packet.
/// @since 0.1
enum class verdict {
    pass, ///< forward it
    drop, ///< release it without forwarding
    stop  ///< leave it, and end the call
};

/// Why forwarding ended.
/// @since 0.1
enum class stop_reason {
    source_empty,     ///< no whole packet left
    destination_full, ///< no room for the next packet
    limit,            ///< as many slots as asked for
    stopped,          ///< the filter said stop
    region_mismatch   ///< exchange_only between different regions; nothing moved
};

/// What forwarding did.
/// @since 0.1
struct forward_result {
    std::uint64_t packets = 0;   ///< forwarded
    std::uint64_t slots = 0;     ///< taken from the source, for whatever became of them
    std::uint64_t bytes = 0;     ///< forwarded
    std::uint64_t exchanged = 0; ///< packets forwarded by exchange
    std::uint64_t copied = 0;    ///< packets forwarded by copy
    std::uint64_t filtered = 0;  ///< packets the filter dropped
    std::uint64_t dropped = 0;   ///< packets that can never fit the destination
    std::uint64_t bad = 0;       ///< packets with damaged slots, dropped
    stop_reason reason = stop_reason::source_empty; ///< why it ended

    /// @brief Adds counts; the reason of the right side wins.
    /// @param other what a later call did
    /// @return this
    forward_result& operator+=(forward_result const& other) noexcept {
        packets += other.packets;
        slots += other.slots;
        bytes += other.bytes;
        exchanged += other.exchanged;
        copied += other.copied;
        filtered += other.filtered;
        dropped += other.dropped;
        bad += other.bad;
        reason = other.reason;
        return *this;
    }
};

/// Passes every packet.
/// @since 0.1
struct pass_all {
    /// Passes.
    [[nodiscard]] verdict operator()(packet_view) const noexcept { return verdict::pass; }
};

/// @brief A filter or editor: sees each packet before it is moved and may change its bytes.
/// @since 0.1
template <class Fn>
concept packet_filter = std::invocable<Fn&, packet_view> &&
    std::same_as<std::invoke_result_t<Fn&, packet_view>, verdict>;

namespace detail {

/// Slots of `to` that a copy of `bytes` takes, from the free slot `used` on of `free` ones.
[[nodiscard]] NETMAPXX_EXPORT std::uint32_t slots_for_copy(ring_control const& to,
                                                           std::uint32_t used, std::uint32_t free,
                                                           std::size_t bytes) noexcept;
/// Copies a packet into free slots of `to`, from slot `used` on; returns how many are used then.
NETMAPXX_EXPORT std::uint32_t copy_chain(ring_control& to, std::uint32_t used,
                                         packet_view packet) noexcept;

/// One call of forward(): moves packets, and publishes both rings at the end,
/// also when a filter throws. Its address is never given away, so that the
/// compiler keeps its members in registers.
class forwarder {
  public:
    forwarder(ring_control& from, ring_control& to, bool exchange) noexcept
        : from_(from), to_(to), exchange_(exchange), free_(to.owned()), next_(to.head) {
        NETMAPXX_ASSERT(!to.reserved && "forward to a ring with a live reservation");
    }
    forwarder(forwarder const&) = delete;
    forwarder& operator=(forwarder const&) = delete;
    ~forwarder() { publish(); }

    template <bool Exchange, class Fn> void run(rx_batch const& batch, Fn& filter) {
        for (auto it = batch.begin(); it != std::default_sentinel; ++it)
            if (!step<Exchange>(*it, filter))
                break;
    }

    [[nodiscard]] forward_result result() const noexcept {
        forward_result out = result_;
        (exchange_ ? out.exchanged : out.copied) = out.packets;
        return out;
    }

  private:
    template <bool Exchange, class Fn> [[nodiscard]] bool step(packet_view packet, Fn& filter) {
        auto const slots = static_cast<std::uint32_t>(packet.fragment_count());
        if (!packet.valid()) [[unlikely]] {
            result_.bad += 1;
            return taken(slots);
        }
        // The filter may edit, so it must see each packet once: room comes first.
        std::uint32_t need = slots;
        if constexpr (!Exchange)
            need = slots_to_copy(packet);
        if (need > free_ - used_ || need > max_fragments) [[unlikely]]
            return no_room(slots, need);
        switch (std::invoke(filter, packet)) {
        case verdict::pass:
            break;
        case verdict::drop:
            result_.filtered += 1;
            return taken(slots);
        case verdict::stop:
            result_.reason = stop_reason::stopped;
            return false;
        }
        if constexpr (Exchange)
            move_slots(packet, slots);
        else
            copy_packet(packet);
        result_.packets += 1;
        result_.bytes += packet.size();
        return taken(slots);
    }

    [[nodiscard]] bool taken(std::uint32_t slots) noexcept {
        result_.slots += slots;
        return true;
    }

    // Drops what can never fit; else the call is over.
    [[nodiscard]] bool no_room(std::uint32_t slots, std::uint32_t need) noexcept {
        if (need > to_.size - 1 || need > max_fragments) {
            result_.dropped += 1;
            return taken(slots);
        }
        result_.reason = stop_reason::destination_full;
        return false;
    }

    [[nodiscard]] slot_view next_target() noexcept {
        slot_view const target{&to_, to_.slots + next_};
        next_ = to_.next(next_);
        ++used_;
        return target;
    }

    static void set_flags(netmap_slot& slot, bool more, int others) noexcept {
        slot.flags = static_cast<std::uint16_t>(others | (more ? NS_MOREFRAG : 0));
    }

    void move_slots(packet_view packet, std::uint32_t slots) noexcept {
        if (slots == 1) [[likely]]
            return move_slot(packet.first_slot(), false);
        for (slot_view const source : packet.slots())
            move_slot(source, --slots != 0);
    }

    void move_slot(slot_view source, bool more) noexcept {
        slot_view const target = next_target();
        target.swap_buffers(source);
        target.raw().len = source.raw().len;
        set_flags(target.raw(), more, NS_BUF_CHANGED);
        set_flags(source.raw(), false, NS_BUF_CHANGED);
    }

    [[nodiscard]] std::uint32_t slots_to_copy(packet_view packet) const noexcept {
        if (used_ < free_ && packet.size() <= to_.capacity(to_.slots[next_])) [[likely]]
            return 1;
        return slots_for_copy(to_, used_, free_, packet.size());
    }

    void copy_packet(packet_view packet) noexcept {
        slot_view const target{&to_, to_.slots + next_};
        if (packet.contiguous() && packet.size() <= target.capacity()) [[likely]] {
            auto const bytes = packet.front();
            (void)next_target();
            if (!bytes.empty())
                std::memcpy(target.buffer().data(), bytes.data(), bytes.size());
            target.raw().len = static_cast<std::uint16_t>(bytes.size());
            set_flags(target.raw(), false, target.raw().flags & NS_BUF_CHANGED);
            return;
        }
        used_ = copy_chain(to_, used_, packet);
        next_ = to_.advance(to_.head, used_);
    }

    void publish() noexcept {
        if (used_ != 0) {
            slot_view{&to_, to_.slots + to_.advance(to_.head, used_ - 1)}.request_report();
            bump(to_.counters.packets, result_.packets);
            bump(to_.counters.bytes, result_.bytes);
            bump(exchange_ ? to_.counters.exchanged : to_.counters.copied, result_.packets);
            to_.give(used_);
        }
        if (result_.slots != 0) {
            bump(from_.counters.packets, result_.packets + result_.filtered);
            bump(from_.counters.bytes, result_.bytes);
            bump(from_.counters.dropped_chains, result_.dropped);
            bump(from_.counters.bad_slots, result_.bad);
            from_.give(static_cast<std::uint32_t>(result_.slots));
        }
    }

    ring_control& from_;
    ring_control& to_;
    bool exchange_;
    std::uint32_t free_;
    std::uint32_t next_; // slot to fill next
    std::uint32_t used_ = 0;
    forward_result result_ = {};
};

} // namespace detail

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
            work.template run<true>(batch, filter);
        else
            work.template run<false>(batch, filter);
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
