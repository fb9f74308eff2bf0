// SPDX-License-Identifier: BSD-2-Clause
#include "port_traffic.hpp"

#include <algorithm>
#include <cstring>

#include "frame.hpp"

namespace bench {

void prefill(port const& p, std::size_t bytes) {
    auto* const ring = p.tx();
    for (std::uint32_t i = 0; i < ring->num_slots; ++i) {
        auto* const buf = NETMAP_BUF(ring, ring->slot[i].buf_idx);
        write_frame(buf, bytes);
        ring->slot[i].len = static_cast<std::uint16_t>(bytes);
    }
}

std::uint64_t send_batch(port const& p, std::size_t bytes, std::size_t batch) {
    auto* const ring = p.tx();
    auto const n = static_cast<std::uint32_t>(
        std::min<std::size_t>(nm_ring_space(ring), batch));
    auto at = ring->head;
    for (std::uint32_t i = 0; i < n; ++i) {
        if (ring->slot[at].len != bytes)
            ring->slot[at].len = static_cast<std::uint16_t>(bytes);
        at = nm_ring_next(ring, at);
    }
    ring->head = ring->cur = at;
    p.sync_tx();
    return n;
}

std::uint64_t receive(port const& p, std::uint64_t& sum) {
    p.sync_rx();
    auto* const ring = p.rx();
    auto const n = nm_ring_space(ring);
    auto at = ring->head;
    for (std::uint32_t i = 0; i < n; ++i) {
        auto const& s = ring->slot[at];
        std::uint64_t word;
        std::memcpy(&word, NETMAP_BUF(ring, s.buf_idx), sizeof(word));
        sum += word + s.len;
        at = nm_ring_next(ring, at);
    }
    ring->head = ring->cur = at;
    return n;
}

std::uint64_t receive_slots(port const& p, std::uint64_t& sum) {
    p.sync_rx();
    auto* const ring = p.rx();
    auto const n = nm_ring_space(ring);
    auto at = ring->head;
    for (std::uint32_t i = 0; i < n; ++i) {
        sum += ring->slot[at].len;
        at = nm_ring_next(ring, at);
    }
    ring->head = ring->cur = at;
    return n;
}

} // namespace bench
