// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// The common case of forwarding, by exchange: packets of one sound slot each,
/// between rings without offsets. Private; may change any time.
///
/// Everything the loop needs is in locals of one function: slots lie in shared
/// memory, and for all the compiler knows each store to one changes whatever is
/// reached by reference.
#ifndef NETMAPXX_DETAIL_PLAIN_EXCHANGE_HPP
#define NETMAPXX_DETAIL_PLAIN_EXCHANGE_HPP

#include <algorithm>
#include <cstdint>
#include <functional>
#include <type_traits>

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

/// True for a packet in one sound slot; `limit` is buffer_count - 2, and
/// buffers 0 and 1 are nobody's.
[[nodiscard]] inline bool is_plain(netmap_slot const& slot, std::uint32_t limit,
                                   std::uint32_t buffer_size) noexcept {
    return (slot.flags & NS_MOREFRAG) == 0 && slot.buf_idx - 2 < limit && slot.len <= buffer_size;
}

/// Puts the source's packet into the target; the source keeps the buffer that was there.
inline void exchange_plain(netmap_slot& source, netmap_slot& target) noexcept {
    std::uint32_t const buffer = source.buf_idx;
    source.buf_idx = target.buf_idx;
    source.flags = NS_BUF_CHANGED;
    target.buf_idx = buffer;
    target.len = source.len;
    target.flags = NS_BUF_CHANGED;
}

/// @brief Moves plain packets until a run ends, a packet is none, or the filter says stop.
/// @param from   the source's ring, for the filter's views
/// @param source its slots
/// @param target free slots
/// @param filter sees each packet before it is moved
/// @param done   told at every packet, so that it is right also when the filter throws
template <class Fn>
void exchange_run(ring_control& from, slot_run source, slot_run target, Fn& filter,
                  exchange_tally& done) {
    constexpr bool passes_all = std::is_same_v<std::remove_cv_t<Fn>, pass_all>;
    std::uint32_t const limit = from.buffer_count < 2 ? 0 : from.buffer_count - 2;
    std::uint32_t const buffer_size = from.buffer_size;
    std::uint32_t const most = std::min(source.count, target.count);
    for (std::uint32_t i = 0; i < most; ++i) {
        netmap_slot& slot = source.first[i];
        if (!is_plain(slot, limit, buffer_size)) [[unlikely]]
            return;
        std::uint32_t const bytes = slot.len;
        if constexpr (!passes_all) {
            verdict const said = std::invoke(filter, packet_view{&from, &slot, 1, bytes});
            if (said == verdict::stop) {
                done.stopped = true;
                return;
            }
            if (said == verdict::drop) {
                done.taken += 1;
                continue;
            }
        }
        exchange_plain(slot, target.first[done.filled]);
        done.taken += 1;
        done.filled += 1;
        done.bytes += bytes;
    }
}

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_DETAIL_PLAIN_EXCHANGE_HPP
