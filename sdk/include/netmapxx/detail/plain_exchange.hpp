// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// The common case of forwarding, by exchange: packets of one sound slot each,
/// between rings without offsets. Private; may change any time.
///
/// What the loops need is in locals: slots lie in shared memory, and for all the
/// compiler knows each store to one changes whatever is reached by reference.
#ifndef NETMAPXX_DETAIL_PLAIN_EXCHANGE_HPP
#define NETMAPXX_DETAIL_PLAIN_EXCHANGE_HPP

#include <algorithm>
#include <cstdint>
#include <functional>

#include <net/netmap.h>

#include <netmapxx/config.hpp>
#include <netmapxx/detail/ring_control.hpp>
#include <netmapxx/packet.hpp>
#include <netmapxx/transfer.hpp>

namespace netmapxx::inline v1::detail {

/// Slots of a ring that lie side by side, and all belong to this program.
struct slot_run {
    netmap_slot* first;
    std::uint32_t count;

    /// From index `i` on, at most `most`, up to the array's end.
    slot_run(ring_control const& ring, std::uint32_t i, std::uint32_t most) noexcept
        : first(ring.slots + i), count(std::min(most, ring.size - i)) {}
};

/// What one pass over two runs did.
struct exchange_tally {
    std::uint32_t taken = 0;  ///< slots of the source, for whatever became of them
    std::uint32_t filled = 0; ///< slots of the target
    std::uint64_t bytes = 0;  ///< moved
    bool stopped = false;     ///< by the filter
};

/// What a packet in one sound slot keeps to.
struct plain_limits {
    std::uint32_t buffers; ///< buffers 0 and 1 are nobody's, so counted from 2 on
    std::uint32_t bytes;

    explicit plain_limits(ring_control const& ring) noexcept
        : buffers(std::max(ring.buffer_count, 2U) - 2), bytes(ring.buffer_size) {}

    [[nodiscard]] bool hold(std::uint32_t buffer, std::uint32_t length,
                            std::uint32_t flags) const noexcept {
        return (flags & NS_MOREFRAG) == 0 && buffer - 2 < buffers && length <= bytes;
    }
};

/// Puts a packet into the target; the source keeps the buffer that was there.
inline void exchange_plain(netmap_slot& source, netmap_slot& target, std::uint32_t buffer,
                           std::uint16_t length) noexcept {
    source.buf_idx = target.buf_idx;
    source.flags = NS_BUF_CHANGED;
    target.buf_idx = buffer;
    target.len = length;
    target.flags = NS_BUF_CHANGED;
}

/// Moves plain packets until a run ends or a packet is none. Out of line: what
/// the loop needs fits the processor's registers only if nothing else is in them.
[[nodiscard]] NETMAPXX_EXPORT exchange_tally exchange_all(ring_control const& from, slot_run source,
                                                          slot_run target) noexcept;

/// @brief As exchange_all(), with a filter, which may end it too.
/// @param from   the source's ring, for the filter's views
/// @param source its slots
/// @param target free slots
/// @param filter sees each packet before it is moved
/// @param done   told at every packet, so that it is right also when the filter throws
template <class Fn>
void exchange_filtered(ring_control& from, slot_run source, slot_run target, Fn& filter,
                       exchange_tally& done) {
    plain_limits const limits{from};
    std::uint32_t const most = std::min(source.count, target.count);
    for (std::uint32_t i = 0; i < most; ++i) {
        netmap_slot& slot = source.first[i];
        if (!limits.hold(slot.buf_idx, slot.len, slot.flags)) [[unlikely]]
            return;
        std::uint32_t const bytes = slot.len;
        switch (std::invoke(filter, packet_view{&from, &slot, 1, bytes})) {
        case verdict::pass:
            exchange_plain(slot, target.first[done.filled], slot.buf_idx, slot.len);
            done.filled += 1;
            done.bytes += bytes;
            break;
        case verdict::drop:
            break;
        case verdict::stop:
            done.stopped = true;
            return;
        }
        done.taken += 1;
    }
}

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_DETAIL_PLAIN_EXCHANGE_HPP
