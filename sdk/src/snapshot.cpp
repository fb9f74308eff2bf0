// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/snapshot.hpp>

#include <atomic>

namespace netmapxx::inline v1 {

namespace {

template <class T> [[nodiscard]] T read(T& shared) noexcept {
    return std::atomic_ref<T>{shared}.load(std::memory_order_relaxed);
}

[[nodiscard]] slot_snapshot to_slot(netmap_slot& from) noexcept {
    auto const flags = read(from.flags);
    auto const has = [flags](unsigned bit) { return (flags & bit) != 0; };
    return {.buffer = read(from.buf_idx),
            .length = read(from.len),
            .pointer = read(from.ptr),
            .more_fragments = has(NS_MOREFRAG),
            .buffer_changed = has(NS_BUF_CHANGED),
            .report = has(NS_REPORT),
            .forward = has(NS_FORWARD),
            .no_learn = has(NS_NO_LEARN),
            .indirect = has(NS_INDIRECT)};
}

[[nodiscard]] ring_snapshot to_ring(detail::ring_control const& ctl) {
    ring_snapshot out{.dir = ctl.tx ? direction::tx : direction::rx,
                      .index = ctl.index,
                      .host = ctl.host,
                      .buffer_size = ctl.buffer_size,
                      .head = read(ctl.ring->head),
                      .cur = read(ctl.ring->cur),
                      .tail = read(ctl.ring->tail)};
    out.slots.reserve(ctl.size);
    for (std::uint32_t i = 0; i < ctl.size; ++i)
        out.slots.push_back(to_slot(ctl.slots[i]));
    return out;
}

} // namespace

std::vector<ring_snapshot> take_snapshot(port const& from) {
    std::vector<ring_snapshot> out;
    for (tx_ring const ring : from.tx_rings())
        out.push_back(to_ring(ring.control()));
    for (rx_ring const ring : from.rx_rings())
        out.push_back(to_ring(ring.control()));
    return out;
}

} // namespace netmapxx::inline v1
