// SPDX-License-Identifier: BSD-2-Clause
#include "probe.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "duel.hpp"

namespace bench {
namespace {

constexpr std::size_t slots = 1024;

struct slot {
    std::uint32_t index;
    std::uint16_t length, flags;
    std::uint64_t pointer;
};

/// A single-producer ring: free-running indices, each on its own line pair.
struct alignas(128) ring {
    alignas(128) std::atomic<std::uint64_t> written{0};
    alignas(128) std::atomic<std::uint64_t> read{0};
    alignas(128) slot slot_at[slots];
};

template <class Fill> void write_batch(ring& r, std::size_t batch, Fill fill) {
    auto const at = r.written.load(std::memory_order_relaxed);
    auto const room = slots - (at - r.read.load(std::memory_order_acquire));
    auto const n = std::min<std::uint64_t>(room, batch);
    for (std::uint64_t i = at; i != at + n; ++i)
        fill(i % slots, r.slot_at[i % slots]);
    r.written.store(at + n, std::memory_order_release);
}

template <class Use> std::uint64_t read_batch(ring& r, Use use) {
    auto const at = r.read.load(std::memory_order_relaxed);
    auto const end = r.written.load(std::memory_order_acquire);
    for (std::uint64_t i = at; i != end; ++i)
        use(r.slot_at[i % slots]);
    r.read.store(end, std::memory_order_release);
    return end - at;
}

struct alignas(64) line {
    std::byte bytes[64];
};

} // namespace

rate probe_slots(std::size_t batch, double seconds) {
    auto r = std::make_unique<ring>();
    std::uint64_t sum = 0;
    auto const got = duel(
        seconds,
        [&] {
            write_batch(*r, batch, [](std::size_t i, slot& s) {
                s = slot{static_cast<std::uint32_t>(i), 60, 0, 0};
            });
        },
        [&] { return read_batch(*r, [&](slot const& s) { sum += s.length; }); });
    keep(sum);
    return {got};
}

rate probe_copy(std::size_t bytes, std::size_t stride, std::size_t batch, double seconds) {
    auto r = std::make_unique<ring>();
    std::vector<line> memory(2 * slots * stride / sizeof(line) + 1);
    auto* const from = memory.data()->bytes;
    auto* const to = from + slots * stride;
    std::memset(from, 1, 2 * slots * stride);
    std::uint64_t sum = 0;
    auto const blocks = (bytes + 63) / 64;
    auto const got = duel(
        seconds,
        [&] {
            write_batch(*r, batch, [&](std::size_t i, slot& s) {
                if (blocks <= 4)
                    for (std::size_t b = 0; b < blocks; ++b)
                        std::memcpy(to + i * stride + 64 * b, from + i * stride + 64 * b, 64);
                else
                    std::memcpy(to + i * stride, from + i * stride, bytes);
                s = slot{static_cast<std::uint32_t>(i), static_cast<std::uint16_t>(bytes), 0, 0};
            });
        },
        [&] {
            return read_batch(*r, [&](slot const& s) {
                std::uint64_t word;
                std::memcpy(&word, to + s.index * stride, sizeof(word));
                sum += word + s.length;
            });
        });
    keep(sum);
    return {got};
}

} // namespace bench
