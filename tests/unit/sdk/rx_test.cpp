// SPDX-License-Identifier: BSD-2-Clause
// Receiving: whole packets, release, consume, hold.
#include <stdexcept>

#include <gtest/gtest.h>

#include "fake_region.hpp"

namespace netmapxx_tests {

namespace {

constexpr int more = NS_MOREFRAG;

TEST(rx_peek, shows_what_is_there_and_consumes_nothing) {
    fake_region region;
    auto const ring = region.rx(8);
    ASSERT_TRUE(deliver(ring, pattern(60)));
    ASSERT_TRUE(deliver(ring, pattern(100, 5)));
    for (int again = 0; again < 2; ++again) {
        auto const batch = ring.peek();
        ASSERT_EQ(batch.slot_count(), 2U);
        auto it = batch.begin();
        EXPECT_EQ(bytes_of(*it), pattern(60));
        ++it;
        EXPECT_EQ(bytes_of(*it), pattern(100, 5));
        ++it;
        EXPECT_TRUE(it == batch.end());
    }
    EXPECT_EQ(ring.control().ring->head, 0U);
}

TEST(rx_peek, S32_withholds_a_chain_whose_end_is_not_visible) {
    fake_region region;
    auto const ring = region.rx(8, 6);
    deliver_flags(ring, {0, more, more});
    EXPECT_EQ(ring.available(), 3U);
    EXPECT_EQ(ring.peek().slot_count(), 1U);
    deliver_flags(ring, {0});
    EXPECT_EQ(ring.peek().slot_count(), 4U);
}

TEST(rx_peek, S32_shows_nothing_of_a_lone_partial_chain) {
    fake_region region;
    auto const ring = region.rx(8);
    deliver_flags(ring, {more, more});
    EXPECT_TRUE(ring.peek().empty());
    EXPECT_EQ(ring.stats().dropped_chains, 0U);
}

TEST(rx_peek, cuts_at_packet_boundaries) {
    fake_region region;
    auto const ring = region.rx(16);
    deliver_flags(ring, {0, more, more, 0, 0});
    EXPECT_EQ(ring.peek(1).slot_count(), 1U);
    EXPECT_EQ(ring.peek(2).slot_count(), 1U);
    EXPECT_EQ(ring.peek(3).slot_count(), 1U);
    EXPECT_EQ(ring.peek(4).slot_count(), 4U);
    EXPECT_EQ(ring.peek(0).slot_count(), 0U);
}

TEST(rx_peek, includes_a_first_packet_that_is_longer_than_the_limit) {
    fake_region region;
    auto const ring = region.rx(16);
    deliver_flags(ring, {more, more, 0, 0});
    EXPECT_EQ(ring.peek(1).slot_count(), 3U);
}

TEST(rx_peek, S32_drops_and_counts_a_chain_that_fills_the_ring) {
    fake_region region;
    auto const ring = region.rx(4, 2);
    deliver_flags(ring, {more, more, more});
    EXPECT_TRUE(ring.peek().empty());
    EXPECT_EQ(ring.stats().dropped_chains, 1U);
    EXPECT_EQ(ring.available(), 0U);
    // The rest of it must not pass for a packet of its own.
    deliver_flags(ring, {more, 0, 0});
    EXPECT_EQ(ring.peek().slot_count(), 1U);
    EXPECT_EQ(ring.stats().dropped_chains, 1U);
}

TEST(rx_peek, goes_on_dropping_over_several_fills) {
    fake_region region;
    auto const ring = region.rx(4);
    for (int fill = 0; fill < 3; ++fill) {
        deliver_flags(ring, {more, more, more});
        EXPECT_TRUE(ring.peek().empty());
        EXPECT_EQ(ring.available(), 0U);
    }
    EXPECT_EQ(ring.stats().dropped_chains, 1U);
    deliver_flags(ring, {0});
    EXPECT_TRUE(ring.peek().empty());
    deliver_flags(ring, {0});
    EXPECT_EQ(ring.peek().slot_count(), 1U);
}

TEST(rx_packet, a_chain_is_one_packet_across_the_wrap) {
    fake_region region{64, 32};
    auto const ring = region.rx(8, 6);
    auto const sent = pattern(100, 3);
    ASSERT_TRUE(deliver(ring, sent));
    auto const batch = ring.peek();
    nmx::packet_view const packet = *batch.begin();
    EXPECT_EQ(packet.size(), 100U);
    EXPECT_EQ(packet.fragment_count(), 4U);
    EXPECT_FALSE(packet.contiguous());
    std::vector<std::byte> scratch(100);
    EXPECT_EQ(packet.flatten(scratch).data(), scratch.data());
    EXPECT_EQ(scratch, sent);
    std::vector<std::byte> gathered;
    for (auto const piece : packet.fragments())
        gathered.insert(gathered.end(), piece.begin(), piece.end());
    EXPECT_EQ(gathered, sent);
    std::vector<std::byte> little(40);
    EXPECT_EQ(packet.copy_to(little), 40U);
    EXPECT_TRUE(std::equal(little.begin(), little.end(), sent.begin()));
}

TEST(rx_packet, a_single_slot_is_flat_in_place) {
    fake_region region;
    auto const ring = region.rx(8);
    ASSERT_TRUE(deliver(ring, pattern(60)));
    auto const batch = ring.peek();
    nmx::packet_view const packet = *batch.begin();
    std::vector<std::byte> scratch(60);
    EXPECT_EQ(packet.flatten(scratch).data(), packet.front().data());
    packet.mutable_front()[0] = std::byte{0xee};
    EXPECT_EQ(packet.front()[0], std::byte{0xee});
}

TEST(rx_packet, an_empty_packet_is_a_packet) {
    fake_region region;
    auto const ring = region.rx(8);
    ASSERT_TRUE(deliver(ring, {}));
    std::size_t count = 0;
    for (nmx::packet_view const packet : ring.peek()) {
        EXPECT_EQ(packet.size(), 0U);
        EXPECT_EQ(packet.fragment_count(), 1U);
        ++count;
    }
    EXPECT_EQ(count, 1U);
}

TEST(rx_packet, knows_damaged_slots_and_never_reads_beyond_a_buffer) {
    fake_region region{64, 128};
    auto const ring = region.rx(8);
    ASSERT_TRUE(deliver(ring, pattern(60)));
    netmap_slot& slot = ring.control().slots[0];
    EXPECT_TRUE((*ring.peek().begin()).valid());
    slot.len = 129;
    EXPECT_FALSE((*ring.peek().begin()).valid());
    EXPECT_EQ((*ring.peek().begin()).front().size(), 128U);
    slot.len = 60;
    for (std::uint32_t const bad : {0U, 1U, 64U, 0xffffffffU}) {
        slot.buf_idx = bad;
        EXPECT_FALSE((*ring.peek().begin()).valid()) << bad;
    }
}

TEST(rx_packet, tells_monitor_direction_and_time) {
    fake_region region;
    auto const ring = region.rx(8);
    deliver_flags(ring, {NS_TXMON, 0});
    ring.control().ring->ts = {7, 9};
    auto it = ring.peek().begin();
    EXPECT_TRUE((*it).from_tx_monitor());
    EXPECT_EQ((*it).sync_time().time_since_epoch(), std::chrono::microseconds{7'000'009});
    ++it;
    EXPECT_FALSE((*it).from_tx_monitor());
}

TEST(rx_release, S33_up_to_an_iterator_keeps_the_rest) {
    fake_region region;
    auto const ring = region.rx(8, 5);
    for (unsigned i = 0; i < 4; ++i)
        ASSERT_TRUE(deliver(ring, pattern(10 + i)));
    auto batch = ring.peek();
    auto it = batch.begin();
    ++it;
    ++it;
    batch.release(it);
    EXPECT_EQ(ring.control().ring->head, 7U);
    EXPECT_EQ(batch.slot_count(), 2U);
    EXPECT_EQ((*batch.begin()).size(), 12U);
    batch.release();
    EXPECT_EQ(ring.control().ring->head, 1U);
    EXPECT_TRUE(batch.empty());
    batch.release();
    EXPECT_EQ(ring.control().ring->head, 1U);
}

TEST(rx_release, S33_twice_gives_back_once) {
    fake_region region;
    auto const ring = region.rx(8);
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(deliver(ring, pattern(60)));
    auto batch = ring.peek(2);
    batch.release();
    batch.release();
    EXPECT_EQ(ring.available(), 1U);
    EXPECT_TRUE(batch.empty());
}

TEST(rx_release, an_unreleased_batch_is_seen_again) {
    fake_region region;
    auto const ring = region.rx(8);
    ASSERT_TRUE(deliver(ring, pattern(60)));
    (void)ring.peek();
    EXPECT_EQ(ring.available(), 1U);
}

TEST(rx_release_death, S33_a_stale_copy_is_caught) {
    fake_region region;
    auto const ring = region.rx(8);
    ASSERT_TRUE(deliver(ring, pattern(60)));
    ASSERT_TRUE(deliver(ring, pattern(60)));
    auto batch = ring.peek(1);
    auto copy = batch;
    batch.release();
#ifdef NDEBUG
    copy.release();
    EXPECT_EQ(ring.available(), 1U);
#else
    EXPECT_DEATH(copy.release(), "released");
    EXPECT_DEATH((void)copy.begin(), "released");
#endif
}

TEST(rx_consume, releases_what_it_saw) {
    fake_region region{256, 32};
    auto const ring = region.rx(16, 10);
    for (unsigned i = 0; i < 3; ++i)
        ASSERT_TRUE(deliver(ring, pattern(50, i)));
    unsigned seen = 0;
    EXPECT_EQ(ring.consume([&](nmx::packet_view packet) {
        EXPECT_EQ(bytes_of(packet), pattern(50, seen));
        ++seen;
    }),
              3U);
    EXPECT_EQ(seen, 3U);
    EXPECT_TRUE(ring.empty());
    EXPECT_EQ(ring.stats().packets, 3U);
    EXPECT_EQ(ring.stats().bytes, 150U);
    EXPECT_EQ(ring.stats().slots, 6U);
}

TEST(rx_consume, false_stops_after_that_packet) {
    fake_region region;
    auto const ring = region.rx(16);
    for (unsigned i = 0; i < 5; ++i)
        ASSERT_TRUE(deliver(ring, pattern(60)));
    int calls = 0;
    EXPECT_EQ(ring.consume([&](nmx::packet_view) { return ++calls < 2; }), 2U);
    EXPECT_EQ(ring.available(), 3U);
}

TEST(rx_consume, stops_at_the_limit) {
    fake_region region;
    auto const ring = region.rx(16);
    for (unsigned i = 0; i < 5; ++i)
        ASSERT_TRUE(deliver(ring, pattern(60)));
    EXPECT_EQ(ring.consume([](nmx::packet_view) {}, 3), 3U);
    EXPECT_EQ(ring.consume([](nmx::packet_view) {}, 0), 0U);
    EXPECT_EQ(ring.available(), 2U);
}

TEST(rx_consume, S36_a_throwing_callback_keeps_its_packet) {
    fake_region region;
    auto const ring = region.rx(16, 14);
    for (unsigned i = 0; i < 5; ++i)
        ASSERT_TRUE(deliver(ring, pattern(60 + i)));
    int calls = 0;
    EXPECT_THROW(ring.consume([&](nmx::packet_view) {
        if (++calls == 3)
            throw std::runtime_error{"no"};
    }),
                 std::runtime_error);
    EXPECT_EQ(ring.available(), 3U);
    EXPECT_EQ((*ring.peek().begin()).size(), 62U);
    EXPECT_EQ(ring.stats().packets, 2U);
}

TEST(rx_hold, moves_the_wake_up_point_only) {
    fake_region region;
    auto const ring = region.rx(8, 6);
    auto& shared = *ring.control().ring;
    for (unsigned i = 0; i < 3; ++i)
        ASSERT_TRUE(deliver(ring, pattern(60)));
    ring.hold();
    EXPECT_EQ(shared.cur, shared.tail);
    EXPECT_EQ(shared.head, 6U);
    EXPECT_EQ(ring.peek().slot_count(), 3U);
    ASSERT_TRUE(deliver(ring, pattern(60)));
    auto batch = ring.peek(2);
    batch.release();
    EXPECT_EQ(shared.head, 0U);
    EXPECT_EQ(shared.cur, 1U);
    ring.release_held();
    EXPECT_EQ(shared.head, 1U);
    EXPECT_EQ(shared.cur, 1U);
    EXPECT_EQ(ring.available(), 1U);
    ring.peek().release();
    EXPECT_EQ(shared.cur, shared.head);
}

TEST(rx_hold, releasing_past_the_wake_up_point_takes_it_along) {
    fake_region region;
    auto const ring = region.rx(8);
    ASSERT_TRUE(deliver(ring, pattern(60)));
    ring.hold();
    ASSERT_TRUE(deliver(ring, pattern(60)));
    ring.peek().release();
    EXPECT_EQ(ring.control().ring->head, 2U);
    EXPECT_EQ(ring.control().ring->cur, 2U);
}

} // namespace

} // namespace netmapxx_tests
