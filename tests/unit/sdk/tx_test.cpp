// SPDX-License-Identifier: BSD-2-Clause
// Sending: reservations, appends, commits.
#include <gtest/gtest.h>

#include "fake_region.hpp"

namespace netmapxx_tests {

namespace {

TEST(tx_reserve, S34_gives_what_there_is) {
    fake_region region;
    auto const ring = region.tx(8);
    EXPECT_EQ(ring.reserve(100).size(), 7U);
    EXPECT_EQ(ring.stats().full_events, 1U);
    EXPECT_EQ(ring.reserve().size(), 7U);
    EXPECT_EQ(ring.reserve(3).size(), 3U);
    EXPECT_TRUE(ring.reserve(0).empty());
    EXPECT_EQ(ring.stats().full_events, 1U);
}

TEST(tx_reserve, S34_publishes_nothing_and_rolls_back) {
    fake_region region;
    auto const ring = region.tx(8);
    {
        auto batch = ring.reserve(4);
        ASSERT_TRUE(batch.append(pattern(60)));
        auto moved = std::move(batch);
        EXPECT_TRUE(batch.empty()); // NOLINT(bugprone-use-after-move): that is the promise
        EXPECT_EQ(moved.used(), 1U);
    }
    EXPECT_EQ(ring.control().ring->head, 0U);
    EXPECT_EQ(ring.space(), 7U);
    auto batch = ring.reserve(4);
    batch = nmx::tx_batch{};
    EXPECT_EQ(ring.reserve(4).size(), 4U);
}

TEST(tx_reserve_death, two_live_reservations_are_caught) {
#ifdef NDEBUG
    GTEST_SKIP() << "assertions are off in this build";
#else
    fake_region region;
    auto const ring = region.tx(8);
    auto const batch = ring.reserve(2);
    EXPECT_DEATH((void)ring.reserve(2), "two live");
#endif
}

TEST(tx_commit, publishes_what_was_filled_by_hand) {
    fake_region region;
    auto const ring = region.tx(8, 6);
    std::uint32_t from = 6;
    auto batch = ring.reserve(4);
    for (std::size_t i = 0; i < 4; ++i) {
        auto const bytes = pattern(20 + i);
        std::ranges::copy(bytes, batch[i].buffer().begin());
        ASSERT_TRUE(batch[i].prepare(bytes.size()));
    }
    EXPECT_EQ(batch.commit(3), 3U);
    EXPECT_TRUE(batch.empty());
    EXPECT_EQ(ring.control().ring->head, 1U);
    EXPECT_EQ(ring.control().ring->cur, 1U);
    EXPECT_EQ(ring.pending(), 3U);
    auto const out = collect(ring, from);
    ASSERT_EQ(out.size(), 3U);
    EXPECT_EQ(out[2], pattern(22));
}

TEST(tx_commit, asks_for_a_report_on_the_last_slot_only) {
    fake_region region;
    auto const ring = region.tx(8);
    auto batch = ring.reserve(3);
    for (auto const slot : batch)
        slot.prepare(60);
    batch.commit(3);
    EXPECT_EQ(ring.control().slots[0].flags, 0U);
    EXPECT_EQ(ring.control().slots[1].flags, 0U);
    EXPECT_EQ(ring.control().slots[2].flags, NS_REPORT);
}

TEST(tx_commit, of_nothing_is_nothing) {
    fake_region region;
    auto const ring = region.tx(8);
    auto batch = ring.reserve(3);
    EXPECT_EQ(batch.commit(), 0U);
    EXPECT_EQ(batch.commit(), 0U);
    EXPECT_EQ(nmx::tx_batch{}.commit(7), 0U);
    EXPECT_EQ(ring.control().ring->head, 0U);
}

TEST(tx_commit, S34_never_leaves_half_a_chain) {
    for (std::size_t k = 0; k <= 6; ++k) {
        fake_region region{64, 32};
        auto const ring = region.tx(16);
        auto batch = ring.reserve();
        ASSERT_TRUE(batch.append(pattern(10)));    // slot 0
        ASSERT_TRUE(batch.append(pattern(90)));    // slots 1 to 3
        ASSERT_TRUE(batch.append(pattern(64, 1))); // slots 4 and 5
        ASSERT_EQ(batch.used(), 6U);
        std::size_t const whole = k < 1 ? 0 : k < 4 ? 1 : k < 6 ? 4 : 6;
        EXPECT_EQ(batch.commit(k), whole) << k;
        EXPECT_EQ(ring.control().ring->head, whole);
        std::uint64_t const packets = whole == 0 ? 0 : whole == 1 ? 1 : whole == 4 ? 2 : 3;
        EXPECT_EQ(ring.stats().packets, packets);
    }
}

TEST(tx_append, S35_takes_chains_of_1_to_64_slots) {
    fake_region region{512, 16};
    for (std::size_t slots = 1; slots <= 64; ++slots) {
        auto const ring = region.tx(128, static_cast<std::uint32_t>(slots));
        auto from = static_cast<std::uint32_t>(slots);
        auto const bytes = pattern(slots * 16 - 3, static_cast<unsigned>(slots));
        auto batch = ring.reserve();
        ASSERT_TRUE(batch.append(bytes));
        EXPECT_EQ(batch.used(), slots);
        EXPECT_EQ(batch.commit(), slots);
        auto const out = collect(ring, from);
        ASSERT_EQ(out.size(), 1U);
        EXPECT_EQ(out[0], bytes);
        region = fake_region{512, 16};
    }
}

TEST(tx_append, S35_refuses_65_slots_and_changes_nothing) {
    fake_region region{512, 16};
    auto const ring = region.tx(128);
    auto batch = ring.reserve();
    EXPECT_FALSE(batch.append(pattern(64 * 16 + 1)));
    EXPECT_EQ(batch.used(), 0U);
    EXPECT_TRUE(batch.append(pattern(64 * 16)));
}

TEST(tx_append, refuses_what_does_not_fit_the_reservation) {
    fake_region region{512, 16};
    auto const ring = region.tx(128);
    auto batch = ring.reserve(3);
    EXPECT_TRUE(batch.append(pattern(16)));
    EXPECT_FALSE(batch.append(pattern(33)));
    EXPECT_EQ(batch.room(), 2U);
    EXPECT_TRUE(batch.append(pattern(32)));
    EXPECT_FALSE(batch.append(pattern(0)));
    EXPECT_EQ(batch.commit(), 3U);
}

TEST(tx_append, splits_what_one_length_cannot_say) {
    fake_region region{16, 65536};
    auto const tx = region.tx(4);
    std::uint32_t from = 0;
    auto batch = tx.reserve();
    ASSERT_TRUE(batch.append(pattern(65535)));
    ASSERT_TRUE(batch.append(pattern(65536, 1)));
    EXPECT_EQ(batch.used(), 3U);
    batch.commit();
    auto const out = collect(tx, from);
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(out[0], pattern(65535));
    EXPECT_EQ(out[1], pattern(65536, 1));
}

TEST(tx_append, gathers_pieces) {
    fake_region region{64, 16};
    auto const ring = region.tx(16);
    std::uint32_t from = 0;
    auto const whole = pattern(70);
    std::span const view{whole};
    std::array<std::span<std::byte const>, 4> const pieces{
        view.first(1), view.subspan(1, 40), std::span<std::byte const>{}, view.subspan(41)};
    auto batch = ring.reserve();
    ASSERT_TRUE(batch.append(pieces));
    ASSERT_TRUE(batch.append(std::span<std::span<std::byte const> const>{}));
    EXPECT_EQ(batch.commit(), 6U);
    auto const out = collect(ring, from);
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(out[0], whole);
    EXPECT_TRUE(out[1].empty());
    EXPECT_EQ(ring.stats().bytes, 70U);
}

TEST(tx_append, exchanges_received_packets) {
    fake_region region{64, 16};
    auto const before = region.census();
    auto const rx = region.rx(16);
    auto const tx = region.tx(16);
    auto const all = region.census();
    std::uint32_t from = 0;
    auto const bytes = pattern(40);
    ASSERT_TRUE(deliver(rx, bytes));
    auto received = rx.peek();
    auto batch = tx.reserve();
    ASSERT_TRUE(batch.append_exchange(*received.begin()));
    EXPECT_EQ(batch.commit(), 3U);
    received.release();
    EXPECT_EQ(collect(tx, from).at(0), bytes);
    EXPECT_EQ(region.census(), all);
    EXPECT_NE(before, all);
    EXPECT_TRUE((rx.control().slots[0].flags & NS_BUF_CHANGED) != 0);
    EXPECT_TRUE((tx.control().slots[0].flags & NS_BUF_CHANGED) != 0);
}

TEST(tx_append, S41_refuses_exchange_between_regions_and_changes_nothing) {
    fake_region here;
    fake_region there;
    auto const rx = there.rx(16);
    auto const tx = here.tx(16);
    ASSERT_TRUE(deliver(rx, pattern(40)));
    auto const census = there.census();
    auto batch = tx.reserve();
    EXPECT_FALSE(batch.append_exchange(*rx.peek().begin()));
    EXPECT_EQ(batch.used(), 0U);
    EXPECT_EQ(there.census(), census);
    EXPECT_EQ(bytes_of(*rx.peek().begin()), pattern(40));
}

TEST(tx_batch, a_ring_reset_ends_the_reservation) {
#ifndef NDEBUG
    GTEST_SKIP() << "asserts in this build";
#endif
    fake_region region;
    auto const ring = region.tx(8);
    auto batch = ring.reserve(2);
    ASSERT_TRUE(batch.append(pattern(10)));
    ++ring.control().generation;
    EXPECT_EQ(batch.commit(), 0U);
    EXPECT_EQ(ring.control().ring->head, 0U);
}

TEST(slot, S37_prepare_keeps_a_changed_mark_and_clears_requests) {
    fake_region region;
    auto const ring = region.tx(8);
    netmap_slot& raw = ring.control().slots[0];
    raw.flags = NS_BUF_CHANGED | NS_REPORT | NS_MOREFRAG | NS_INDIRECT | NS_FORWARD | 0x0300;
    auto const batch = ring.reserve(1);
    EXPECT_TRUE(batch[0].prepare(60));
    EXPECT_EQ(raw.flags, NS_BUF_CHANGED);
    EXPECT_TRUE(batch[0].buffer_changed());
    raw.flags = NS_REPORT;
    EXPECT_TRUE(batch[0].prepare(60));
    EXPECT_EQ(raw.flags, 0);
}

TEST(slot_death, S40_a_length_beyond_the_buffer_is_refused) {
    fake_region region{64, 256};
    auto const ring = region.tx(8);
    auto const batch = ring.reserve(1);
    EXPECT_TRUE(batch[0].prepare(256));
#ifdef NDEBUG
    EXPECT_FALSE(batch[0].set_length(257));
    EXPECT_FALSE(batch[0].prepare(257));
    EXPECT_EQ(batch[0].length(), 256U);
#else
    EXPECT_DEATH(batch[0].set_length(257), "beyond");
#endif
}

TEST(slot, S40_a_length_beyond_16_bits_is_refused_in_huge_buffers) {
#ifndef NDEBUG
    GTEST_SKIP() << "asserts in this build";
#endif
    fake_region region{16, 70'000};
    auto const ring = region.tx(4);
    auto const batch = ring.reserve(1);
    EXPECT_TRUE(batch[0].set_length(65'535));
    EXPECT_FALSE(batch[0].set_length(65'536));
}

TEST(slot, exchange_swaps_buffers_not_lengths) {
    fake_region region;
    auto const ring = region.tx(8);
    auto const batch = ring.reserve(2);
    batch[0].prepare(10);
    batch[1].prepare(20);
    auto const a = batch[0].buffer_index();
    auto const b = batch[1].buffer_index();
    EXPECT_TRUE(batch[0].exchange(batch[1]));
    EXPECT_EQ(batch[0].buffer_index(), b);
    EXPECT_EQ(batch[1].buffer_index(), a);
    EXPECT_EQ(batch[0].length(), 10U);
    EXPECT_TRUE(batch[0].buffer_changed() && batch[1].buffer_changed());
}

TEST(slot, S41_exchange_between_regions_is_refused) {
    fake_region here;
    fake_region there;
    auto const a = here.tx(8).reserve(1);
    auto const b = there.tx(8).reserve(1);
    std::error_code ec;
    EXPECT_FALSE(a[0].exchange(b[0], ec));
    EXPECT_EQ(ec, nmx::errc::region_mismatch);
    EXPECT_FALSE(a[0].buffer_changed());
}

TEST(slot, indirect_points_at_the_programs_memory) {
    fake_region region;
    auto const ring = region.tx(8);
    auto const batch = ring.reserve(1);
    auto const bytes = pattern(60);
    batch[0].prepare(0);
    EXPECT_TRUE(batch[0].set_indirect(bytes));
    EXPECT_EQ(batch[0].raw().ptr, reinterpret_cast<std::uintptr_t>(bytes.data()));
    EXPECT_EQ(batch[0].length(), 60U);
    EXPECT_EQ(batch[0].raw_flags(), NS_INDIRECT);
    std::vector<std::byte> const large(65'536);
    EXPECT_FALSE(batch[0].set_indirect(large));
}

TEST(slot, S48_offsets_move_the_start_and_shrink_the_room) {
    fake_region region{64, 256};
    auto const ring = region.tx(8);
    ring.control().offset_mask = 0xffff;
    auto batch = ring.reserve(2);
    EXPECT_TRUE(batch[0].set_offset(16));
    EXPECT_EQ(batch[0].capacity(), 240U);
    EXPECT_EQ(batch[0].buffer().data(), region.buffer(batch[0].buffer_index()).subspan(16).data());
    EXPECT_FALSE(batch[0].set_offset(256));
    EXPECT_EQ(batch[0].offset(), 16U);
    EXPECT_FALSE(batch[0].set_indirect(pattern(1)));
    EXPECT_TRUE(batch[0].exchange(batch[1]));
    EXPECT_EQ(batch[0].offset(), 0U);
    EXPECT_EQ(batch[1].offset(), 16U);
    EXPECT_TRUE(batch.append(pattern(300)));
    EXPECT_EQ(batch.used(), 2U);
    EXPECT_EQ(batch[0].length(), 256U);
    EXPECT_EQ(batch[1].length(), 44U);
}

TEST(slot, without_offsets_none_can_be_set) {
    fake_region region;
    auto const batch = region.tx(8).reserve(1);
    EXPECT_FALSE(batch[0].set_offset(1));
    EXPECT_TRUE(batch[0].set_offset(0));
}

} // namespace

} // namespace netmapxx_tests
