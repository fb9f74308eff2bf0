// SPDX-License-Identifier: BSD-2-Clause
// Index arithmetic against a model that counts with unbounded numbers.
#include <random>

#include <gtest/gtest.h>

#include "fake_region.hpp"

namespace netmapxx_tests {

namespace {

class ring_model : public testing::TestWithParam<std::uint32_t> {};

// Positions grow without bound; an index is its position modulo n.
struct model {
    std::uint64_t head = 0;
    std::uint64_t tail = 0;
};

TEST_P(ring_model, S31_rx_indexes_follow_the_model) {
    std::uint32_t const n = GetParam();
    fake_region region;
    auto const ring = region.rx(n);
    auto& shared = *ring.control().ring;
    model m;
    std::mt19937 random{n};
    for (int step = 0; step < 250'000; ++step) {
        std::uint64_t const owned = m.tail - m.head;
        ASSERT_EQ(ring.available(), owned);
        ASSERT_EQ(ring.empty(), owned == 0);
        if (random() % 2 == 0) {
            m.tail += random() % (n - owned);
            shared.tail = static_cast<std::uint32_t>(m.tail % n);
            continue;
        }
        std::size_t const wanted = random() % (n + 1);
        auto batch = ring.peek(wanted);
        std::uint64_t const seen = std::min<std::uint64_t>(wanted, owned);
        ASSERT_EQ(batch.slot_count(), seen);
        if (seen != 0) {
            ASSERT_EQ(&batch.slots()[0].raw(), &shared.slot[m.head % n]);
            ASSERT_EQ(&batch.slots()[seen - 1].raw(), &shared.slot[(m.head + seen - 1) % n]);
        }
        std::uint64_t given = seen;
        if (random() % 2 == 0) {
            batch.release();
        } else {
            auto it = batch.begin();
            given = 0;
            while (it != batch.end() && random() % 4 != 0) {
                ++it;
                ++given;
            }
            batch.release(it);
        }
        m.head += given;
        ASSERT_EQ(shared.head, m.head % n);
        ASSERT_EQ(shared.cur, m.head % n);
    }
}

TEST_P(ring_model, S31_tx_indexes_follow_the_model) {
    std::uint32_t const n = GetParam();
    fake_region region;
    auto const ring = region.tx(n, n - 1);
    auto& shared = *ring.control().ring;
    model m{n - 1, 2ULL * n - 2};
    std::mt19937 random{n + 1};
    for (int step = 0; step < 250'000; ++step) {
        std::uint64_t const free = m.tail - m.head;
        ASSERT_EQ(ring.space(), free);
        ASSERT_EQ(ring.pending(), n - 1 - free);
        if (random() % 2 == 0) {
            m.tail += random() % (n - free);
            shared.tail = static_cast<std::uint32_t>(m.tail % n);
            continue;
        }
        std::size_t const wanted = random() % (n + 1);
        auto batch = ring.reserve(wanted);
        std::uint64_t const got = std::min<std::uint64_t>(wanted, free);
        ASSERT_EQ(batch.size(), got);
        for (std::size_t i = 0; i < got; i += 1 + got / 3) {
            ASSERT_EQ(&batch[i].raw(), &shared.slot[(m.head + i) % n]);
        }
        std::size_t const sent = random() % (got + 2);
        ASSERT_EQ(batch.commit(sent), std::min<std::uint64_t>(sent, got));
        m.head += std::min<std::uint64_t>(sent, got);
        ASSERT_EQ(shared.head, m.head % n);
        ASSERT_EQ(shared.cur, m.head % n);
    }
}

INSTANTIATE_TEST_SUITE_P(sizes, ring_model, testing::Values(2U, 3U, 1000U, 1024U));

TEST(ring_geometry, a_tail_that_is_no_index_counts_as_nothing) {
    fake_region region;
    auto const rx = region.rx(8);
    auto const tx = region.tx(8);
    rx.control().ring->tail = 8;
    tx.control().ring->tail = 0xffffffff;
    EXPECT_TRUE(rx.empty());
    EXPECT_TRUE(rx.peek().empty());
    EXPECT_EQ(tx.space(), 0U);
    EXPECT_TRUE(tx.reserve().empty());
}

} // namespace

} // namespace netmapxx_tests
