// SPDX-License-Identifier: BSD-2-Clause
// Forwarding between rings: every combination of region, mode, packet shape and
// room, with comparison of bytes and a census of buffers.
#include <array>
#include <random>
#include <stdexcept>
#include <tuple>

#include <gtest/gtest.h>

#include "fake_region.hpp"

namespace netmapxx_tests {

namespace {

using enum nmx::transfer_mode;

using matrix_case = std::tuple<bool, nmx::transfer_mode, bool, bool>;

class forward_matrix : public testing::TestWithParam<matrix_case> {};

TEST_P(forward_matrix, S42_moves_whole_packets_unchanged_or_nothing) {
    auto const [same, mode, chained, room] = GetParam();
    fake_region here{256, 64};
    fake_region there{256, 64};
    fake_region& target_region = same ? here : there;
    auto const rx = here.rx(16, 13);
    auto const tx = target_region.tx(16, 14);
    std::uint32_t from = 14;
    std::size_t const bytes = chained ? 150 : 50;
    std::size_t const slots = chained ? 3 : 1;
    if (!room) { // leave one slot less than the second packet needs
        auto batch = tx.reserve(15 - 2 * slots + 1);
        for (auto const slot : batch)
            slot.prepare(1);
        batch.commit(batch.size());
        from = tx.control().ring->head;
    }
    for (unsigned i = 0; i < 2; ++i)
        ASSERT_TRUE(deliver(rx, pattern(bytes, i)));
    auto const census = here.census();
    auto const other_census = there.census();

    auto const result = nmx::forward(rx, tx, nmx::all_slots, mode);

    EXPECT_EQ(here.census(), census);
    EXPECT_EQ(there.census(), other_census);
    if (!same && mode == exchange_only) {
        EXPECT_EQ(result.reason, nmx::stop_reason::region_mismatch);
        EXPECT_EQ(result.packets, 0U);
        EXPECT_EQ(rx.available(), 2 * slots);
        return;
    }
    std::size_t const moved = room ? 2 : 1;
    EXPECT_EQ(result.reason,
              room ? nmx::stop_reason::source_empty : nmx::stop_reason::destination_full);
    EXPECT_EQ(result.packets, moved);
    EXPECT_EQ(result.slots, moved * slots);
    EXPECT_EQ(result.bytes, moved * bytes);
    bool const exchanged = same && mode != copy_only;
    EXPECT_EQ(result.exchanged, exchanged ? moved : 0);
    EXPECT_EQ(result.copied, exchanged ? 0 : moved);
    EXPECT_EQ(rx.available(), (2 - moved) * slots);
    auto const out = collect(tx, from);
    ASSERT_EQ(out.size(), moved);
    for (unsigned i = 0; i < moved; ++i)
        EXPECT_EQ(out[i], pattern(bytes, i));
    if (!room) {
        EXPECT_EQ(bytes_of(*rx.peek().begin()), pattern(bytes, 1));
    }
}

INSTANTIATE_TEST_SUITE_P(all, forward_matrix,
                         testing::Combine(testing::Bool(),
                                          testing::Values(automatic, exchange_only, copy_only),
                                          testing::Bool(), testing::Bool()));

TEST(forward, clears_request_flags_and_marks_exchanged_slots) {
    fake_region region;
    auto const rx = region.rx(8);
    auto const tx = region.tx(8);
    deliver_flags(rx, {NS_FORWARD | NS_TXMON | 0x0100, 0});
    EXPECT_EQ(nmx::forward(rx, tx).packets, 2U);
    EXPECT_EQ(tx.control().slots[0].flags, NS_BUF_CHANGED);
    EXPECT_EQ(tx.control().slots[1].flags, NS_BUF_CHANGED | NS_REPORT);
    EXPECT_EQ(rx.control().slots[0].flags, NS_BUF_CHANGED);
}

TEST(forward, copying_keeps_a_changed_mark_of_the_port) {
    fake_region region;
    auto const rx = region.rx(8);
    auto const tx = region.tx(8);
    tx.control().slots[0].flags = NS_BUF_CHANGED | NS_MOREFRAG;
    ASSERT_TRUE(deliver(rx, pattern(60)));
    EXPECT_EQ(nmx::forward(rx, tx, nmx::all_slots, copy_only).copied, 1U);
    EXPECT_EQ(tx.control().slots[0].flags, NS_BUF_CHANGED | NS_REPORT);
}

TEST(forward, obeys_the_filter) {
    fake_region region;
    auto const rx = region.rx(16);
    auto const tx = region.tx(16);
    std::uint32_t from = 0;
    for (std::size_t const bytes : {10U, 70U, 20U, 80U, 1U, 90U})
        ASSERT_TRUE(deliver(rx, pattern(bytes)));
    auto const filter = [](nmx::packet_view packet) {
        if (packet.size() == 1)
            return nmx::verdict::stop;
        return packet.size() >= 60 ? nmx::verdict::pass : nmx::verdict::drop;
    };
    auto const result = nmx::forward(rx, tx, 512, filter);
    EXPECT_EQ(result.packets, 2U);
    EXPECT_EQ(result.filtered, 2U);
    EXPECT_EQ(result.slots, 4U);
    EXPECT_EQ(result.bytes, 150U);
    EXPECT_EQ(result.reason, nmx::stop_reason::stopped);
    EXPECT_EQ(rx.available(), 2U);
    EXPECT_EQ(collect(tx, from).size(), 2U);
}

TEST(forward, sees_edits_of_the_filter) {
    fake_region region;
    auto const rx = region.rx(8);
    auto const tx = region.tx(8);
    std::uint32_t from = 0;
    ASSERT_TRUE(deliver(rx, pattern(60)));
    auto const edit = [](nmx::packet_view packet) {
        packet.mutable_front()[3] = std::byte{0x5a};
        return nmx::verdict::pass;
    };
    EXPECT_EQ(nmx::forward(rx, tx, 8, edit, copy_only).packets, 1U);
    EXPECT_EQ(collect(tx, from).at(0).at(3), std::byte{0x5a});
}

TEST(forward, shows_each_packet_to_the_filter_once_though_the_target_is_full) {
    fake_region region;
    auto const rx = region.rx(8);
    auto const tx = region.tx(4);
    std::uint32_t from = 0;
    for (unsigned i = 0; i < 5; ++i)
        ASSERT_TRUE(deliver(rx, pattern(60)));
    int calls = 0;
    auto const count = [&](nmx::packet_view) {
        ++calls;
        return nmx::verdict::pass;
    };
    EXPECT_EQ(nmx::forward(rx, tx, 100, count).packets, 3U);
    EXPECT_EQ(nmx::forward(rx, tx, 100, count).packets, 0U);
    EXPECT_EQ(calls, 3);
    (void)collect(tx, from);
    EXPECT_EQ(nmx::forward(rx, tx, 100, count).packets, 2U);
    EXPECT_EQ(calls, 5);
}

TEST(forward, a_throwing_filter_leaves_its_packet_and_keeps_the_others) {
    fake_region region;
    auto const rx = region.rx(8);
    auto const tx = region.tx(8);
    std::uint32_t from = 0;
    for (unsigned i = 0; i < 3; ++i)
        ASSERT_TRUE(deliver(rx, pattern(60 + i)));
    int calls = 0;
    auto const filter = [&](nmx::packet_view) {
        if (++calls == 2)
            throw std::runtime_error{"no"};
        return nmx::verdict::pass;
    };
    EXPECT_THROW(nmx::forward(rx, tx, 100, filter), std::runtime_error);
    EXPECT_EQ(rx.available(), 2U);
    EXPECT_EQ((*rx.peek().begin()).size(), 61U);
    EXPECT_EQ(collect(tx, from).size(), 1U);
}

TEST(forward, stops_at_the_limit) {
    fake_region region;
    auto const rx = region.rx(8);
    auto const tx = region.tx(8);
    for (unsigned i = 0; i < 5; ++i)
        ASSERT_TRUE(deliver(rx, pattern(60)));
    auto result = nmx::forward(rx, tx, 3);
    EXPECT_EQ(result.packets, 3U);
    EXPECT_EQ(result.reason, nmx::stop_reason::limit);
    result = nmx::forward(rx, tx, 3);
    EXPECT_EQ(result.packets, 2U);
    EXPECT_EQ(result.reason, nmx::stop_reason::source_empty);
}

TEST(forward, skips_and_counts_damaged_slots) {
    fake_region region;
    auto const rx = region.rx(8);
    auto const tx = region.tx(8);
    for (unsigned i = 0; i < 3; ++i)
        ASSERT_TRUE(deliver(rx, pattern(60 + i)));
    auto const good = rx.control().slots[1].buf_idx;
    rx.control().slots[1].buf_idx = 1;
    auto const result = nmx::forward(rx, tx);
    EXPECT_EQ(result.packets, 2U);
    EXPECT_EQ(result.bad, 1U);
    EXPECT_EQ(rx.stats().bad_slots, 1U);
    EXPECT_TRUE(rx.empty());
    rx.control().slots[1].buf_idx = good;
}

TEST(forward, drops_and_counts_what_can_never_fit) {
    fake_region region{1024, 64};
    auto const rx = region.rx(256);
    auto const small = region.tx(4);
    auto const large = region.tx(128);
    ASSERT_TRUE(deliver(rx, pattern(64 * 4)));
    ASSERT_TRUE(deliver(rx, pattern(64 * 3)));
    auto result = nmx::forward(rx, small);
    EXPECT_EQ(result.dropped, 1U);
    EXPECT_EQ(result.packets, 1U);
    ASSERT_TRUE(deliver(rx, pattern(65), 1));
    ASSERT_TRUE(deliver(rx, pattern(64), 1));
    result = nmx::forward(rx, large);
    EXPECT_EQ(result.dropped, 1U);
    EXPECT_EQ(result.packets, 1U);
    EXPECT_EQ(rx.stats().dropped_chains, 2U);
}

TEST(forward, splits_long_buffers_into_chains_when_it_copies) {
    fake_region here{64, 256};
    fake_region there{64, 100};
    auto const rx = here.rx(16);
    auto const tx = there.tx(16, 15);
    std::uint32_t from = 15;
    for (std::size_t const bytes : {256U, 100U, 101U, 0U, 600U})
        ASSERT_TRUE(deliver(rx, pattern(bytes, static_cast<unsigned>(bytes))));
    auto const result = nmx::forward(rx, tx);
    EXPECT_EQ(result.packets, 5U);
    EXPECT_EQ(tx.pending(), 3U + 1 + 2 + 1 + 6);
    auto const out = collect(tx, from);
    ASSERT_EQ(out.size(), 5U);
    EXPECT_EQ(out[0], pattern(256, 256));
    EXPECT_EQ(out[2], pattern(101, 101));
    EXPECT_TRUE(out[3].empty());
    EXPECT_EQ(out[4], pattern(600, 600));
}

TEST(forward, splits_what_one_length_cannot_say) {
    fake_region here{64, 60000};
    fake_region there{16, 65536};
    auto const rx = here.rx(8);
    auto const tx = there.tx(8);
    std::uint32_t from = 0;
    ASSERT_TRUE(deliver(rx, pattern(65536)));
    EXPECT_EQ(nmx::forward(rx, tx).copied, 1U);
    EXPECT_EQ(tx.pending(), 2U);
    EXPECT_EQ(collect(tx, from).at(0), pattern(65536));
}

TEST(forward, waits_for_room_for_a_copied_chain) {
    fake_region here{64, 256};
    fake_region there{64, 100};
    auto const rx = here.rx(8);
    auto const tx = there.tx(8);
    std::uint32_t from = 0;
    for (unsigned i = 0; i < 3; ++i)
        ASSERT_TRUE(deliver(rx, pattern(250, i)));
    auto result = nmx::forward(rx, tx);
    EXPECT_EQ(result.packets, 2U);
    EXPECT_EQ(result.reason, nmx::stop_reason::destination_full);
    EXPECT_EQ(result.dropped, 0U);
    (void)collect(tx, from);
    EXPECT_EQ(nmx::forward(rx, tx).packets, 1U);
    EXPECT_EQ(collect(tx, from).at(0), pattern(250, 2));
}

TEST(forward, takes_its_mode_when_compiled) {
    fake_region here{128, 64};
    fake_region there{128, 64};
    auto const rx = here.rx(16);
    auto const tx = here.tx(16);
    auto const far = there.tx(16);
    for (unsigned i = 0; i < 4; ++i)
        ASSERT_TRUE(deliver(rx, pattern(50, i)));
    EXPECT_EQ(nmx::forward<copy_only>(rx, tx, 1).copied, 1U);
    EXPECT_EQ(nmx::forward<exchange_only>(rx, tx, 1).exchanged, 1U);
    EXPECT_EQ(nmx::forward<exchange_only>(rx, far, 1).reason, nmx::stop_reason::region_mismatch);
    auto const drop = [](nmx::packet_view) { return nmx::verdict::drop; };
    EXPECT_EQ(nmx::forward<automatic>(rx, far, 1, drop).filtered, 1U);
    EXPECT_EQ(nmx::forward<automatic>(rx, far).copied, 1U);
    std::uint32_t from = 0;
    auto const got = collect(tx, from);
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[1], pattern(50, 1));
}

TEST(forward, S48_offsets_travel_with_exchanged_buffers) {
    fake_region region{64, 256};
    auto const rx = region.rx(8);
    auto const tx = region.tx(8);
    rx.control().offset_mask = tx.control().offset_mask = 0xffff;
    rx.control().slots[0].ptr = 32;
    tx.control().slots[0].ptr = 8;
    std::uint32_t from = 0;
    ASSERT_TRUE(deliver(rx, pattern(100)));
    EXPECT_EQ(nmx::forward(rx, tx).exchanged, 1U);
    EXPECT_EQ(collect(tx, from).at(0), pattern(100));
    EXPECT_EQ(tx.control().slots[0].ptr, 32U);
    EXPECT_EQ(rx.control().slots[0].ptr, 8U);
}

TEST(forward, S43_no_buffer_is_lost_or_doubled_in_random_traffic) {
    fake_region region{1024, 64};
    std::vector const rx{region.rx(16), region.rx(33)};
    std::vector const tx{region.tx(16), region.tx(7)};
    std::vector<std::uint32_t> from{0, 0};
    auto const census = region.census();
    std::mt19937 random{1};
    std::uint64_t sent = 0;
    std::uint64_t arrived = 0;
    std::uint64_t dropped = 0;
    for (int step = 0; step < 20'000; ++step) {
        auto const r = random() % 2;
        auto const t = random() % 2;
        if (random() % 2 == 0)
            sent += deliver(rx[r], pattern(random() % 500), 64) ? 1 : 0;
        auto const mode = random() % 3 == 0 ? copy_only : automatic;
        auto const result = nmx::forward(rx[r], tx[t], 1 + random() % 20, mode);
        dropped += result.dropped;
        if (random() % 2 == 0)
            arrived += collect(tx[t], from[t]).size();
    }
    for (int rest = 0; rest < 100; ++rest)
        for (std::size_t t = 0; t < 2; ++t) {
            dropped += nmx::forward(rx[t], tx[t]).dropped;
            arrived += collect(tx[t], from[t]).size();
        }
    EXPECT_EQ(sent, arrived + dropped);
    EXPECT_GT(arrived, 1000U);
    EXPECT_EQ(region.census(), census);
}

// Packets are numbered in their first byte; the model is what the filter said of each.
TEST(forward, order_and_verdicts_hold_in_random_traffic_of_chains_and_damaged_slots) {
    fake_region region{256, 64};
    auto const rx = region.rx(33);
    auto const tx = region.tx(17);
    std::uint32_t from = 0;
    std::mt19937 random{2};
    std::vector<unsigned> expected;
    std::vector<unsigned> arrived;
    unsigned next = 0;
    std::array<int, 6> seen{}; // passed, dropped, stopped, thrown, damaged, full
    auto const take_all = [&] {
        for (auto const& packet : collect(tx, from))
            arrived.push_back(std::to_integer<unsigned>(packet.at(0)));
    };
    auto const judge = [&](nmx::packet_view packet) {
        auto const what = random() % 16;
        if (what == 0)
            throw std::runtime_error{"no"};
        if (what == 1)
            return ++seen[2], nmx::verdict::stop;
        if (what < 4)
            return ++seen[1], nmx::verdict::drop;
        expected.push_back(std::to_integer<unsigned>(packet.front()[0]));
        return ++seen[0], nmx::verdict::pass;
    };
    for (int step = 0; step < 20'000; ++step) {
        std::size_t const bytes = random() % 3 == 0 ? 1 + random() % 300 : 60;
        if (deliver(rx, pattern(bytes, next)))
            next = (next + 1) % 256;
        if (random() % 32 == 0 && !rx.empty()) { // too long: whole packet lost, the others not
            auto& ctl = rx.control();
            ctl.slots[ctl.head].len = 65;
            seen[4] += 1;
        }
        try {
            auto const done = nmx::forward(rx, tx, 1 + random() % 20, judge);
            seen[5] += done.reason == nmx::stop_reason::destination_full;
        } catch (std::runtime_error const&) {
            ++seen[3];
        }
        if (random() % 8 == 0)
            take_all();
    }
    take_all();
    EXPECT_EQ(arrived, expected);
    for (int const s : seen)
        EXPECT_GT(s, 100);
    auto const stats = rx.stats();
    EXPECT_EQ(stats.packets, static_cast<std::uint64_t>(seen[0] + seen[1]));
    EXPECT_EQ(tx.stats().packets, static_cast<std::uint64_t>(seen[0]));
}

} // namespace

} // namespace netmapxx_tests
