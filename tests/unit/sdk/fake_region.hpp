// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Rings on plain memory: the data path without any core. The test plays the
/// core and moves `tail` by hand.
#ifndef NETMAPXX_TESTS_FAKE_REGION_HPP
#define NETMAPXX_TESTS_FAKE_REGION_HPP

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include <netmapxx/netmapxx.hpp>

namespace netmapxx_tests {

namespace nmx = netmapxx;

/// Bytes 0, 1, 2, ... starting at `seed`.
inline std::vector<std::byte> pattern(std::size_t bytes, unsigned seed = 0) {
    std::vector<std::byte> out(bytes);
    for (std::size_t i = 0; i < bytes; ++i)
        out[i] = static_cast<std::byte>(seed + i * 7);
    return out;
}

/// Memory with buffers and rings.
class fake_region {
  public:
    explicit fake_region(std::uint32_t buffers = 4096, std::uint32_t buffer_size = 256)
        : buffer_count_(buffers), buffer_size_(buffer_size),
          buffers_(std::size_t{buffers} * buffer_size) {}

    /// A ring as the core makes it: fresh buffers in every slot; a tx ring is
    /// free but for one slot, an rx ring empty.
    nmx::detail::ring_control& add_ring(bool tx, std::uint32_t slots, std::uint32_t start = 0) {
        auto const bytes = sizeof(netmap_ring) + std::size_t{slots} * sizeof(netmap_slot);
        memory_.emplace_back(static_cast<std::byte*>(
            ::operator new (bytes, std::align_val_t{alignof(netmap_ring)})));
        std::memset(memory_.back().get(), 0, bytes);
        auto* const ring = reinterpret_cast<netmap_ring*>(memory_.back().get());
        ring->num_slots = slots;
        ring->nr_buf_size = buffer_size_;
        ring->head = ring->cur = start;
        ring->tail = tx ? (start + slots - 1) % slots : start;
        auto& ctl = controls_.emplace_back();
        ctl.ring = ring;
        ctl.slots = ring->slot;
        ctl.buffers = buffers_.data();
        ctl.size = slots;
        ctl.buffer_size = buffer_size_;
        ctl.buffer_count = buffer_count_;
        ctl.region = this;
        ctl.head = ctl.cur = start;
        ctl.tx = tx;
        for (std::uint32_t i = 0; i < slots; ++i)
            ctl.slots[i].buf_idx = next_buffer_++;
        return ctl;
    }

    nmx::rx_ring rx(std::uint32_t slots, std::uint32_t start = 0) {
        return nmx::rx_ring{add_ring(false, slots, start)};
    }
    nmx::tx_ring tx(std::uint32_t slots, std::uint32_t start = 0) {
        return nmx::tx_ring{add_ring(true, slots, start)};
    }

    std::span<std::byte> buffer(std::uint32_t index) {
        return std::span{buffers_}.subspan(std::size_t{index} * buffer_size_, buffer_size_);
    }
    [[nodiscard]] std::uint32_t buffer_size() const { return buffer_size_; }

    /// All buffer indexes of all rings, sorted.
    std::vector<std::uint32_t> census() const {
        std::vector<std::uint32_t> out;
        for (auto const& ctl : controls_)
            for (std::uint32_t i = 0; i < ctl.size; ++i)
                out.push_back(ctl.slots[i].buf_idx);
        std::ranges::sort(out);
        return out;
    }

  private:
    struct aligned_delete {
        void operator()(std::byte* p) const {
            ::operator delete (p, std::align_val_t{alignof(netmap_ring)});
        }
    };

    std::uint32_t buffer_count_;
    std::uint32_t buffer_size_;
    std::uint32_t next_buffer_ = 2;
    std::vector<std::byte> buffers_;
    std::vector<std::unique_ptr<std::byte, aligned_delete>> memory_;
    std::deque<nmx::detail::ring_control> controls_;
};

/// The core's hand on an rx ring: puts one packet of `bytes` there, split into
/// slots of `piece` bytes. False if there is no room.
inline bool deliver(nmx::rx_ring ring, std::span<std::byte const> bytes, std::size_t piece = 0) {
    auto& ctl = ring.control();
    piece = piece == 0 ? ctl.buffer_size : piece;
    std::size_t const slots = bytes.empty() ? 1 : (bytes.size() + piece - 1) / piece;
    if (ctl.size - 1 - ring.available() < slots)
        return false;
    std::uint32_t at = ctl.ring->tail;
    for (std::size_t i = 0; i < slots; ++i) {
        auto const part = bytes.subspan(i * piece, std::min(piece, bytes.size() - i * piece));
        netmap_slot& slot = ctl.slots[at];
        slot.len = static_cast<std::uint16_t>(part.size());
        slot.flags = i + 1 < slots ? NS_MOREFRAG : 0;
        if (!part.empty())
            std::memcpy(ctl.buffer(slot) + ctl.offset(slot), part.data(), part.size());
        at = ctl.advance(at, 1);
    }
    ctl.ring->tail = at;
    return true;
}

/// The core's hand on an rx ring: slots with these flags, 1 byte each.
inline void deliver_flags(nmx::rx_ring ring, std::initializer_list<int> flags) {
    auto& ctl = ring.control();
    for (int const f : flags) {
        ctl.slots[ctl.ring->tail].len = 1;
        ctl.slots[ctl.ring->tail].flags = static_cast<std::uint16_t>(f);
        ctl.ring->tail = ctl.advance(ctl.ring->tail, 1);
    }
}

/// The core's hand on a tx ring: takes what was published since `from`, gives
/// the slots back, and returns the packets' bytes.
inline std::vector<std::vector<std::byte>> collect(nmx::tx_ring ring, std::uint32_t& from) {
    auto& ctl = ring.control();
    std::vector<std::vector<std::byte>> out;
    bool more = false;
    for (; from != ctl.ring->head; from = ctl.advance(from, 1)) {
        netmap_slot const& slot = ctl.slots[from];
        auto const* const data = ctl.buffer(slot) + ctl.offset(slot);
        if (!more)
            out.emplace_back();
        out.back().insert(out.back().end(), data, data + slot.len);
        more = (slot.flags & NS_MOREFRAG) != 0;
    }
    ctl.ring->tail = ctl.advance(ctl.ring->head, ctl.size - 1);
    return out;
}

/// The bytes of a packet.
inline std::vector<std::byte> bytes_of(nmx::packet_view packet) {
    std::vector<std::byte> out(packet.size());
    out.resize(packet.copy_to(out));
    return out;
}

} // namespace netmapxx_tests

#endif // NETMAPXX_TESTS_FAKE_REGION_HPP
