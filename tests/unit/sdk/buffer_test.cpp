// SPDX-License-Identifier: BSD-2-Clause
// Extra buffers: granting, exchange, return from anywhere, close.
#include <algorithm>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include <netmapxx/netmapxx.hpp>

#include "fake_core.hpp"
#include "fake_region.hpp"

namespace netmapxx_tests {

namespace {

class buffers : public with_fake_core {
  protected:
    buffers() { core->add("a", {.slots = 8, .most_extra = 6}); }

    // Indexes in all rings of the port.
    static std::multiset<std::uint32_t> in_rings(nmx::port const& port) {
        std::multiset<std::uint32_t> out;
        auto const add = [&](nmx::detail::ring_control const& ctl) {
            for (std::uint32_t i = 0; i < ctl.size; ++i)
                out.insert(ctl.slots[i].buf_idx);
        };
        for (auto const ring : port.rx_rings())
            add(ring.control());
        for (auto const ring : port.tx_rings())
            add(ring.control());
        return out;
    }
};

TEST_F(buffers, S44_may_be_fewer_than_asked_for) {
    nmx::port port{"netmap:a", {.extra_buffers = 10}};
    EXPECT_EQ(port.buffers().capacity(), 6U);
    EXPECT_EQ(port.info().extra_buffers, 6U);
    std::vector<nmx::buffer> taken;
    std::set<std::uint32_t> indexes;
    while (auto b = port.buffers().try_allocate()) {
        indexes.insert(b.index());
        EXPECT_EQ(b.storage().size(), 256U);
        taken.push_back(std::move(b));
    }
    EXPECT_EQ(indexes.size(), 6U);
    EXPECT_EQ(port.buffers().available(), 0U);
    EXPECT_FALSE(port.buffers().try_allocate());
    taken.clear();
    EXPECT_EQ(port.buffers().available(), 6U);
}

TEST_F(buffers, all_return_to_the_core_at_close) {
    {
        nmx::port port{"netmap:a", {.extra_buffers = 6}};
        auto const first = port.buffers().try_allocate();
        auto second = port.buffers().try_allocate();
        second.reset();
    }
    // One was alive at close: an orphan.
    EXPECT_EQ(std::set<std::uint32_t>(core->returned_buffers.begin(), core->returned_buffers.end())
                  .size(),
              6U);
}

TEST_F(buffers, without_any_the_pool_is_empty) {
    nmx::port port{"netmap:a"};
    EXPECT_EQ(port.buffers().capacity(), 0U);
    EXPECT_FALSE(port.buffers().try_allocate());
}

TEST_F(buffers, keep_a_packet_beyond_its_ring_time) {
    nmx::port port{"netmap:a", {.extra_buffers = 1}};
    auto const ring = port.rx_rings()[0];
    auto const before = in_rings(port);
    ASSERT_TRUE(deliver(ring, pattern(60)));
    nmx::buffer held = port.buffers().try_allocate();
    auto const mine = held.index();
    auto batch = ring.peek(1);
    EXPECT_TRUE(held.exchange(batch.slots()[0]));
    EXPECT_TRUE(batch.slots()[0].buffer_changed());
    EXPECT_EQ(batch.slots()[0].buffer_index(), mine);
    batch.release();
    EXPECT_TRUE(std::ranges::equal(held.data(), pattern(60)));
    auto after = in_rings(port);
    after.insert(held.index());
    after.erase(after.find(mine));
    EXPECT_EQ(after, before);
    // A second exchange gives it back to a ring.
    std::uint32_t from = 0;
    auto out = port.tx_rings()[0].reserve(1);
    EXPECT_TRUE(out.append_exchange(std::move(held)));
    EXPECT_FALSE(held); // NOLINT(bugprone-use-after-move): that is the promise
    out.commit();
    EXPECT_EQ(port.buffers().available(), 1U);
    EXPECT_EQ(collect(port.tx_rings()[0], from).at(0), pattern(60));
}

TEST_F(buffers, try_keep_exchanges_or_copies) {
    nmx::port port{"netmap:a", {.extra_buffers = 3}};
    auto const ring = port.rx_rings()[0];
    ASSERT_TRUE(deliver(ring, pattern(60)));
    ASSERT_TRUE(deliver(ring, pattern(200, 1), 100));
    ASSERT_TRUE(deliver(ring, pattern(300, 2)));
    auto const batch = ring.peek();
    auto it = batch.begin();
    auto const single = port.buffers().try_keep(*it);
    EXPECT_TRUE(std::ranges::equal(single.data(), pattern(60)));
    ++it;
    auto const chain = port.buffers().try_keep(*it);
    EXPECT_TRUE(std::ranges::equal(chain.data(), pattern(200, 1)));
    ++it;
    EXPECT_FALSE(port.buffers().try_keep(*it));
    EXPECT_EQ(port.buffers().available(), 1U);
}

TEST_F(buffers, S41_refuse_exchange_with_other_regions) {
    core->add("b", {.memory_id = 2});
    nmx::port a{"netmap:a", {.extra_buffers = 1}};
    nmx::port const b{"netmap:b"};
    auto held = a.buffers().try_allocate();
    auto const out = b.tx_rings()[0].reserve(1);
    EXPECT_FALSE(held.exchange(out[0]));
    EXPECT_FALSE(nmx::buffer{}.exchange(out[0]));
    EXPECT_FALSE(held.set_length(257));
    EXPECT_TRUE(held.set_length(256));
}

TEST_F(buffers, S46_alive_refuse_the_careful_close_and_outlive_the_other) {
    nmx::port port{"netmap:a", {.extra_buffers = 2}};
    auto held = port.buffers().try_allocate();
    held.storage()[5] = std::byte{77};
    auto memory = port.memory();
    std::error_code ec;
    port.close(ec);
    EXPECT_EQ(ec, nmx::errc::buffers_outstanding);
    EXPECT_TRUE(port.is_open());
    port.close();
    EXPECT_EQ(core->ports["a"].users, 0);
    EXPECT_EQ(held.storage()[5], std::byte{77});
    EXPECT_EQ(memory.orphans(), 1U);
    EXPECT_EQ(core->returned_buffers.size(), 1U);
    EXPECT_EQ(core->mappings, 1);
    memory = {};
    held.reset();
    EXPECT_TRUE(core->quiet());
}

TEST_F(buffers, S45_return_from_other_threads) {
    core->ports["a"].most_extra = 64;
    nmx::port port{"netmap:a", {.extra_buffers = 64}};
    std::vector<nmx::buffer> hand;
    for (int round = 0; round < 200; ++round) {
        while (hand.size() < 32) {
            auto b = port.buffers().try_allocate();
            ASSERT_TRUE(b);
            b.storage()[0] = std::byte{1};
            hand.push_back(std::move(b));
        }
        std::jthread const a{
            [part = std::vector<nmx::buffer>{
                 std::make_move_iterator(hand.begin()),
                 std::make_move_iterator(hand.begin() + 16)}]() mutable { part.clear(); }};
        hand.erase(hand.begin(), hand.begin() + 16);
        hand.resize(8);
    }
    hand.clear();
    EXPECT_EQ(port.buffers().available(), 64U);
    port.close();
    std::set<std::uint32_t> const returned(core->returned_buffers.begin(),
                                           core->returned_buffers.end());
    EXPECT_EQ(returned.size(), 64U);
    EXPECT_EQ(core->returned_buffers.size(), 64U);
}

} // namespace

} // namespace netmapxx_tests
