// SPDX-License-Identifier: BSD-2-Clause
// What a core thread that reads head, then cur, can ever see.
#include <atomic>
#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>

#include "fake_region.hpp"

namespace netmapxx_tests {

namespace {

std::uint32_t acquire(std::uint32_t& word) {
    return std::atomic_ref<std::uint32_t>{word}.load(std::memory_order_acquire);
}
void release(std::uint32_t& word, std::uint32_t value) {
    std::atomic_ref<std::uint32_t>{word}.store(value, std::memory_order_release);
}

// The reader is the core: it takes packets as they are published, and checks
// that their bytes are there and that cur is never behind head.
TEST(publication, S38_a_concurrent_core_sees_consistent_indexes_and_whole_slots) {
    // A long run is 10^8 looks at the indexes, a short one as many as its packets take.
    std::uint64_t const looks = ::getenv("NETMAPXX_SOAK_SECONDS") != nullptr ? 100'000'000 : 0;
    constexpr std::uint32_t at_least = 300'000;
    std::atomic<bool> enough{false};
    std::atomic<std::uint32_t> packets{~std::uint32_t{0}};
    constexpr std::uint32_t n = 64;
    fake_region region{256, 64};
    auto const ring = region.tx(n);
    auto& ctl = ring.control();
    std::atomic<std::uint32_t> errors{0};
    std::jthread core{[&] {
        std::uint32_t at = 0;
        std::uint32_t expected = 0;
        for (std::uint64_t look = 0; expected < packets; ++look) {
            if (look >= looks && expected >= at_least)
                enough = true;
            std::uint32_t const head = acquire(ctl.ring->head);
            std::uint32_t const cur = acquire(ctl.ring->cur);
            // cur may be newer than head, by less than a lap.
            if (head >= n || cur >= n || ctl.distance(at, head) > ctl.distance(at, cur))
                ++errors;
            if (at == head)
                std::this_thread::yield();
            for (; at != head; at = ctl.advance(at, 1)) {
                std::uint32_t value = 0;
                std::memcpy(&value, ctl.buffer(ctl.slots[at]), sizeof value);
                if (value != expected || ctl.slots[at].len != 4 + value % 8)
                    ++errors;
                ++expected;
            }
            release(ctl.ring->tail, ctl.advance(at, n - 1));
        }
    }};
    for (std::uint32_t next = 0; next < packets;) {
        auto batch = ring.reserve(1 + next % 5);
        for (std::size_t i = 0; i < batch.size(); ++i, ++next) {
            std::memcpy(batch[i].buffer().data(), &next, sizeof next);
            batch[i].prepare(4 + next % 8);
        }
        batch.commit(batch.size());
        if (enough)
            packets = next;
        if (batch.empty())
            std::this_thread::yield();
    }
    core.join();
    EXPECT_EQ(errors, 0U);
}

// The writer is the core: packets appear behind tail.
TEST(publication, packets_behind_tail_are_whole) {
    constexpr std::uint32_t packets = 300'000;
    fake_region region{256, 64};
    auto const ring = region.rx(64);
    auto& ctl = ring.control();
    std::jthread core{[&] {
        std::uint32_t at = 0;
        for (std::uint32_t next = 0; next < packets;) {
            std::uint32_t const room = ctl.size - 1 - ctl.distance(acquire(ctl.ring->head), at);
            for (std::uint32_t i = 0; i < room && next < packets; ++i, ++next) {
                std::memcpy(ctl.buffer(ctl.slots[at]), &next, sizeof next);
                ctl.slots[at].len = 4;
                at = ctl.advance(at, 1);
            }
            release(ctl.ring->tail, at);
            std::this_thread::yield();
        }
    }};
    std::uint32_t expected = 0;
    std::uint32_t errors = 0;
    while (expected < packets) {
        auto const seen = ring.consume([&](nmx::packet_view packet) {
            std::uint32_t value = 0;
            std::memcpy(&value, packet.front().data(), sizeof value);
            errors += value == expected ? 0 : 1;
            ++expected;
        });
        if (seen == 0)
            std::this_thread::yield();
    }
    EXPECT_EQ(errors, 0U);
}

TEST(publication, counters_are_readable_from_other_threads) {
    fake_region region;
    auto const ring = region.rx(8);
    std::atomic<bool> done{false};
    std::jthread reader{[&] {
        std::uint64_t last = 0;
        while (!done) {
            auto const now = ring.stats().slots;
            EXPECT_GE(now, last);
            last = now;
        }
    }};
    for (int i = 0; i < 10'000; ++i) {
        ASSERT_TRUE(deliver(ring, pattern(8)));
        ring.peek().release();
    }
    done = true;
    reader.join();
    EXPECT_EQ(ring.stats().slots, 10'000U);
}

} // namespace

} // namespace netmapxx_tests
