// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// What is said about forwarding: how, which packets, and what became of them.
#ifndef NETMAPXX_TRANSFER_HPP
#define NETMAPXX_TRANSFER_HPP

#include <concepts>
#include <cstdint>
#include <type_traits>

#include <netmapxx/packet.hpp>

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

} // namespace netmapxx::inline v1

#endif // NETMAPXX_TRANSFER_HPP
