// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// What the views of one ring share: geometry, the indexes this program
/// published last, and counters. Private; the layout may change any time.
///
/// Order of publication (the core reads `head` with acquire, then `cur`):
///
///     program                                core
///     write slots and buffers
///     store cur   (release)   A
///     store head  (release)   B   ------>  load head (acquire)   pairs with B
///                                          load cur              sees A: cur is
///                                                                never behind head
///     load tail   (acquire)   C   <------  store tail (release)  pairs with C
#ifndef NETMAPXX_DETAIL_RING_CONTROL_HPP
#define NETMAPXX_DETAIL_RING_CONTROL_HPP

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <net/netmap.h>

#include <netmapxx/config.hpp>

namespace netmapxx::inline v1::detail {

/// The longest a slot can say: its length has 16 bits, and buffers may have 65536 bytes.
inline constexpr std::size_t max_length = 0xffff;

/// Counters of one ring: written by the ring's thread, read by any.
struct ring_counters {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::uint64_t slots = 0;
    std::uint64_t syncs = 0;
    std::uint64_t empty_syncs = 0;
    std::uint64_t full_events = 0;
    std::uint64_t resets = 0;
    std::uint64_t exchanged = 0;
    std::uint64_t copied = 0;
    std::uint64_t dropped_chains = 0;
    std::uint64_t bad_slots = 0;
    std::uint64_t suspected_overruns = 0;
    std::uint64_t smallest_space = ~std::uint64_t{0};
};

/// Adds to a counter. One writer, so load and store suffice; readers never see
/// a torn value.
inline void bump(std::uint64_t& counter, std::uint64_t by = 1) noexcept {
    std::atomic_ref<std::uint64_t> const ref{counter};
    ref.store(ref.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

/// Sets all counters back; readers see the old or the new value of each.
NETMAPXX_EXPORT void reset(ring_counters& counters) noexcept;

/// One ring as this program sees it. Stays where it is while its port is open.
struct alignas(64) ring_control {
    netmap_ring* ring = nullptr;
    netmap_slot* slots = nullptr;
    std::byte* buffers = nullptr;   ///< buffer 0 of the region
    std::uint64_t offset_mask = 0;  ///< bits of slot.ptr that hold an offset
    std::uint32_t size = 0;         ///< slots
    std::uint32_t buffer_size = 0;  ///< bytes
    std::uint32_t head = 0;         ///< as published last
    std::uint32_t cur = 0;          ///< as published last
    std::uint32_t generation = 0;   ///< changes when earlier batches die
    std::uint32_t buffer_count = 0; ///< buffers in the region
    void const* region = nullptr;   ///< identity of the region
    std::uint32_t last_tail = 0;    ///< as of the last sync
    std::uint16_t index = 0;        ///< within its direction
    bool host = false;
    bool tx = false;
    bool reserved = false;       ///< a tx_batch lives
    bool skipping_chain = false; ///< dropping the rest of an oversized chain
    ring_counters counters = {};

    /// The index `steps` (at most size) after `i`.
    [[nodiscard]] std::uint32_t advance(std::uint32_t i, std::uint32_t steps) const noexcept {
        // 64 bits: i + steps may pass 2^32 on absurdly large rings only, but never wraps here.
        std::uint64_t const sum = std::uint64_t{i} + steps;
        return static_cast<std::uint32_t>(sum >= size ? sum - size : sum);
    }

    /// The index after `i`: a branch that is hardly ever taken, and no arithmetic.
    [[nodiscard]] std::uint32_t next(std::uint32_t i) const noexcept { return ++i == size ? 0 : i; }

    /// Steps from `from` to `to`, going forward.
    [[nodiscard]] std::uint32_t distance(std::uint32_t from, std::uint32_t to) const noexcept {
        return to >= from ? to - from : to + size - from;
    }

    /// First slot the core owns (C).
    [[nodiscard]] std::uint32_t tail() const noexcept {
        return std::atomic_ref<std::uint32_t>{ring->tail}.load(std::memory_order_acquire);
    }

    /// Slots this program owns. A tail that is no index (only a hostile
    /// neighbour in the region writes one) counts as nothing.
    [[nodiscard]] std::uint32_t owned() const noexcept {
        std::uint32_t const t = tail();
        if (t >= size) [[unlikely]]
            return 0;
        return distance(head, t);
    }

    /// Publishes both indexes (A, then B).
    void publish(std::uint32_t new_head, std::uint32_t new_cur) noexcept {
        head = new_head;
        cur = new_cur;
        std::atomic_ref<std::uint32_t>{ring->cur}.store(new_cur, std::memory_order_release);
        std::atomic_ref<std::uint32_t>{ring->head}.store(new_head, std::memory_order_release);
    }

    /// Publishes a wake-up point without giving slots away.
    void publish_cur(std::uint32_t new_cur) noexcept {
        cur = new_cur;
        std::atomic_ref<std::uint32_t>{ring->cur}.store(new_cur, std::memory_order_release);
    }

    /// Gives `count` slots from head on to the core. A wake-up point further on
    /// stays where it is.
    void give(std::uint32_t count) noexcept {
        std::uint32_t const new_head = count == 1 ? next(head) : advance(head, count);
        std::uint32_t new_cur = new_head;
        if (cur != head) [[unlikely]] {
            if (distance(head, cur) > count)
                new_cur = cur;
        }
        ++generation;
        bump(counters.slots, count);
        publish(new_head, new_cur);
    }

    /// First byte of the buffer of a slot, without offset.
    [[nodiscard]] std::byte* buffer(netmap_slot const& slot) const noexcept {
        return buffers + std::size_t{slot.buf_idx} * buffer_size;
    }

    /// Offset of the packet in a slot's buffer; 0 unless offsets are on.
    [[nodiscard]] std::size_t offset(netmap_slot const& slot) const noexcept {
        if (offset_mask == 0) [[likely]]
            return 0;
        return static_cast<std::size_t>(slot.ptr & offset_mask);
    }

    /// Bytes from the slot's offset to the end of its buffer, as far as a length can say it.
    [[nodiscard]] std::size_t capacity(netmap_slot const& slot) const noexcept {
        std::size_t const at = offset(slot);
        return at < buffer_size ? std::min<std::size_t>(buffer_size - at, max_length) : 0;
    }
};

/// Slots at the head of an rx ring that form whole packets, at most `limit`
/// unless the first packet alone is longer. Withholds a chain whose end is not
/// visible, and drops one that fills the whole ring. Not for the fast path.
[[nodiscard]] NETMAPXX_EXPORT std::uint32_t trim_to_packets(ring_control& ctl, std::uint32_t owned,
                                                            std::uint32_t limit) noexcept;

/// Slots at the head of an rx ring that form whole packets, at most `limit`
/// unless the first packet alone is longer.
[[nodiscard]] inline std::uint32_t whole_packets(ring_control& ctl, std::size_t limit) noexcept {
    std::uint32_t const owned = ctl.owned();
    std::uint32_t const count = limit < owned ? static_cast<std::uint32_t>(limit) : owned;
    if (count == 0)
        return 0;
    netmap_slot const& last = ctl.slots[ctl.advance(ctl.head, count - 1)];
    if ((last.flags & NS_MOREFRAG) != 0 || ctl.skipping_chain) [[unlikely]]
        return trim_to_packets(ctl, owned, count);
    return count;
}

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_DETAIL_RING_CONTROL_HPP
