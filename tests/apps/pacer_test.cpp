// SPDX-License-Identifier: BSD-2-Clause
#include "common/pacer.hpp"

#include <gtest/gtest.h>

namespace netmapxx::apps {
namespace {

using namespace std::chrono_literals;

time_point const start = time_point{} + 1000s;

TEST(pacer, deadlines_do_not_drift) {
    pacer const p({.rate = 3, .quantum = 0ns}, start);
    EXPECT_EQ(p.deadline(0), start);
    EXPECT_EQ(p.deadline(1), start + 333'333'333ns);
    EXPECT_EQ(p.deadline(2), start + 666'666'666ns);
    EXPECT_EQ(p.deadline(3), start + 1s);
    EXPECT_EQ(p.deadline(3'000'000'000), start + 1'000'000'000s);
}

TEST(pacer, every_packet_becomes_due_exactly_at_its_deadline) {
    for (std::uint64_t const rate : {1ULL, 7ULL, 100'000ULL, 999'983ULL, 14'880'952ULL}) {
        pacer p({.rate = rate, .quantum = 0ns}, start);
        EXPECT_EQ(p.due(start - 1ns), 0U);
        for (int k = 0; k < 10'000; ++k) {
            ASSERT_EQ(p.due(p.next() - 1ns), 0U) << rate << ' ' << k;
            ASSERT_GE(p.due(p.next()), 1U) << rate << ' ' << k;
            p.sent(1);
        }
    }
}

TEST(pacer, a_quantum_makes_packets_due_early) {
    pacer const p({.rate = 1'000'000, .quantum = 10us}, start);
    EXPECT_EQ(p.due(start), 11U); // those of 0..10 us
}

TEST(pacer, parts_share_the_rate_and_interleave) {
    std::uint64_t sum = 0;
    for (std::uint32_t part = 0; part < 4; ++part) {
        pacer const p({.rate = 100'000, .part = part, .parts = 4, .quantum = 0ns}, start);
        EXPECT_EQ(p.deadline(0), start + part * 10us);
        sum += p.behind(start + 1s - 1ns);
    }
    EXPECT_EQ(sum, 100'000U);
}

TEST(pacer, catching_up_is_bounded_and_not_forgiven) {
    pacer p({.rate = 1'000'000, .quantum = 0ns, .max_catchup = 32}, start);
    auto const late = start + 1ms; // 1001 packets are due
    EXPECT_EQ(p.due(late), 32U);
    EXPECT_EQ(p.behind(late), 1001U);
    p.sent(32);
    EXPECT_EQ(p.due(late), 32U);
    EXPECT_EQ(p.behind(late), 969U);
}

TEST(pacer, a_year_at_a_high_rate_does_not_overflow) {
    pacer p({.rate = 1'000'000'000, .quantum = 0ns, .max_catchup = 512}, start);
    auto const year = 365 * 24h;
    EXPECT_EQ(p.behind(start + year), 365ULL * 24 * 3600 * 1'000'000'000 + 1);
}

} // namespace
} // namespace netmapxx::apps
