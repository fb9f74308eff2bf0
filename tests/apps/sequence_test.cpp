// SPDX-License-Identifier: BSD-2-Clause
#include "common/sequence.hpp"

#include <algorithm>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

namespace netmapxx::apps {
namespace {

struct counts {
    std::uint64_t unique, lost, late, duplicates;
    friend bool operator==(counts const&, counts const&) = default;
};

counts counts_of(sequence_tracker const& t) {
    return {t.unique(), t.lost(), t.late(), t.duplicates()};
}

TEST(sequence, an_unbroken_stream_has_no_findings) {
    sequence_tracker t;
    for (std::uint32_t i = 0; i < 100'000; ++i)
        t.see(i);
    t.finish(100'000);
    EXPECT_EQ(counts_of(t), (counts{100'000, 0, 0, 0}));
}

TEST(sequence, the_first_number_sets_the_expectation) {
    sequence_tracker t;
    for (std::uint32_t i = 500; i < 600; ++i)
        t.see(i);
    t.finish();
    EXPECT_EQ(counts_of(t), (counts{100, 0, 0, 0}));
}

TEST(sequence, numbers_wrap_around) {
    sequence_tracker t;
    for (std::uint64_t i = 0xfffffff0; i < 0x100000100; ++i)
        if (i != 0x100000004)
            t.see(static_cast<std::uint32_t>(i));
    t.finish();
    EXPECT_EQ(counts_of(t), (counts{0x10f, 1, 0, 0}));
}

TEST(sequence, gaps_count_each_missing_number) {
    sequence_tracker t;
    t.expect(0);
    for (std::uint32_t i = 0; i < 100'000; ++i)
        if (i % 10 != 3)
            t.see(i);
    t.finish(100'000);
    EXPECT_EQ(counts_of(t), (counts{90'000, 10'000, 0, 0}));
}

TEST(sequence, loss_at_both_ends_is_seen_with_a_known_end) {
    sequence_tracker t;
    t.expect(0);
    for (std::uint32_t i = 7; i < 90; ++i)
        t.see(i);
    t.finish(100);
    EXPECT_EQ(counts_of(t), (counts{83, 17, 0, 0}));
}

TEST(sequence, nothing_received_is_all_lost) {
    sequence_tracker t;
    t.expect(0);
    t.finish(12'345);
    EXPECT_EQ(counts_of(t), (counts{0, 12'345, 0, 0}));
}

TEST(sequence, a_gap_wider_than_the_window_is_counted_whole) {
    sequence_tracker t(64);
    t.see(0);
    t.see(1'000'000);
    t.finish();
    EXPECT_EQ(counts_of(t), (counts{2, 999'999, 0, 0}));
}

TEST(sequence, swapped_neighbours_are_late_once_each) {
    sequence_tracker t;
    t.expect(0);
    for (std::uint32_t i = 0; i < 10'000; i += 100) {
        t.see(i + 1);
        t.see(i);
        for (std::uint32_t k = 2; k < 100; ++k)
            t.see(i + k);
    }
    t.finish(10'000);
    EXPECT_EQ(counts_of(t), (counts{10'000, 0, 100, 0}));
    EXPECT_EQ(t.max_extent(), 2U);
}

TEST(sequence, repeated_numbers_are_duplicates) {
    sequence_tracker t;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        t.see(i);
        if (i % 4 == 0)
            t.see(i);
    }
    t.finish();
    EXPECT_EQ(counts_of(t), (counts{1000, 0, 0, 250}));
}

TEST(sequence, older_than_the_window_is_lost_and_then_a_duplicate) {
    sequence_tracker t(64);
    t.expect(0);
    for (std::uint32_t i = 1; i < 200; ++i)
        t.see(i);
    t.see(0);
    t.finish(200);
    EXPECT_EQ(counts_of(t), (counts{199, 1, 0, 1}));
}

TEST(sequence, finishing_twice_changes_nothing) {
    sequence_tracker t(64);
    t.expect(0);
    t.see(3);
    t.finish(10);
    t.finish(10);
    EXPECT_EQ(counts_of(t), (counts{1, 9, 0, 0}));
}

/** Against a model that remembers everything: shuffles inside the window. */
TEST(sequence, agrees_with_a_model_on_random_streams) {
    std::mt19937 random(20261122);
    for (int round = 0; round < 50; ++round) {
        std::vector<std::uint32_t> stream(5000);
        std::iota(stream.begin(), stream.end(), 0U);
        std::erase_if(stream, [&](auto) { return random() % 20 == 0; });
        for (std::size_t i = 0; i + 30 < stream.size(); i += 30)
            std::shuffle(stream.begin() + static_cast<std::ptrdiff_t>(i),
                         stream.begin() + static_cast<std::ptrdiff_t>(i) + 30, random);
        sequence_tracker t(64);
        t.expect(0);
        std::uint64_t late = 0;
        std::uint32_t next = 0;
        for (auto const n : stream) {
            late += n < next ? 1 : 0;
            next = std::max(next, n + 1);
            t.see(n);
        }
        t.finish(5000);
        EXPECT_EQ(counts_of(t), (counts{stream.size(), 5000 - stream.size(), late, 0}));
    }
}

} // namespace
} // namespace netmapxx::apps
