// SPDX-License-Identifier: BSD-2-Clause
// Interfaces through the library, on the device: a veth pair, near0 and far0,
// with packet sockets on both ends.
#include <memory>
#include <thread>

#include <gtest/gtest.h>

#include "../../conformance/fixture.hpp"
#include "../../conformance/wire.hpp"
#include "live.hpp"

namespace netmapxx_tests {

namespace {

using namespace std::chrono_literals;
using conformance::eventually;
using conformance::frame;
using conformance::wire;
using nmx::verdict;
using nmx::wait_result;
using nmx::host::splice;
using nmx::host::way;

class live_interfaces : public live {
  protected:
    void SetUp() override {
        live::SetUp();
        if (live_backend != nmx::backend_kind::device)
            GTEST_SKIP() << "the engine has no network interfaces";
        pair_ = std::make_unique<conformance::veth_pair>("near0", "far0");
        if (pair_->error().code == EOPNOTSUPP)
            GTEST_SKIP() << "this kernel has no veth";
        ASSERT_EQ(pair_->error().code, 0);
        far = std::make_unique<wire>("far0");
        stack = std::make_unique<wire>("near0", wire::sees::what_the_stack_gets);
    }
    static frame numbered(std::uint32_t tag, std::size_t bytes = 60) {
        return conformance::make_frame(conformance::broadcast, conformance::mac_of(1), bytes, tag);
    }
    static std::span<std::byte const> bytes_of(frame const& f) {
        return std::as_bytes(std::span{f});
    }
    // Pumps until `done` holds or patience ends.
    template <class Filter, class Done>
    static ::testing::AssertionResult pump_until(splice& both, Filter filter, Done done) {
        auto const until = std::chrono::steady_clock::now() + conformance::patience();
        while (!done()) {
            if (std::chrono::steady_clock::now() > until)
                return ::testing::AssertionFailure() << "it never came to that";
            if (both.pump_if(filter, 64) == 0)
                (void)both.wait(10ms);
        }
        return ::testing::AssertionSuccess();
    }

    std::unique_ptr<conformance::veth_pair> pair_;
    std::unique_ptr<wire> far;
    std::unique_ptr<wire> stack;
};

TEST_F(live_interfaces, S75_a_splice_passes_traffic_both_ways) {
    splice both{nmx::port_spec{"netmap:near0"}, on_live()};
    EXPECT_EQ(both.port().info().backend, nmx::backend_kind::device);
    EXPECT_EQ(nmx::link::wait_up(both.port(), 30s), wait_result::ready);
    std::vector<frame> up;
    std::vector<frame> down;
    for (std::uint32_t i = 0; i < 20; ++i) {
        up.push_back(numbered(i, 60 + i));
        down.push_back(numbered(100 + i, 200 + i));
        ASSERT_EQ(far->send(up.back()).code, 0);
        ASSERT_EQ(stack->send(down.back()).code, 0);
    }
    std::vector<frame> arrived_up;
    std::vector<frame> arrived_down;
    auto const collect = [](wire const& from, std::vector<frame>& into) {
        for (auto& f : from.receive())
            into.push_back(std::move(f));
    };
    ASSERT_TRUE(pump_until(both, nmx::pass_all{}, [&] {
        collect(*stack, arrived_up);
        collect(*far, arrived_down);
        return arrived_up.size() >= up.size() && arrived_down.size() >= down.size();
    }));
    EXPECT_EQ(arrived_up, up);
    EXPECT_EQ(arrived_down, down);
    EXPECT_EQ(both.totals().to_host.exchanged, both.totals().to_host.packets);
    EXPECT_EQ(both.totals().to_host.copied, 0U);
}

TEST_F(live_interfaces, a_splice_obeys_its_filter) {
    splice both{nmx::port_spec{"netmap:near0"}, on_live()};
    auto const odd_only = [](nmx::packet_view p, way to) {
        frame copy(p.size());
        p.copy_to(std::as_writable_bytes(std::span{copy}));
        return to == way::to_host && conformance::tag_of(copy) % 2 == 0 ? verdict::drop
                                                                        : verdict::pass;
    };
    for (std::uint32_t i = 0; i < 10; ++i)
        ASSERT_EQ(far->send(numbered(i)).code, 0);
    std::vector<frame> arrived;
    ASSERT_TRUE(pump_until(both, odd_only, [&] {
        for (auto& f : stack->receive())
            arrived.push_back(std::move(f));
        return arrived.size() >= 5;
    }));
    ASSERT_EQ(arrived.size(), 5U);
    for (std::uint32_t i = 0; i < 5; ++i)
        EXPECT_EQ(arrived[i], numbered(2 * i + 1));
    EXPECT_EQ(both.totals().to_host.filtered, 5U);
}

TEST_F(live_interfaces, packets_go_into_the_host_and_out_of_it) {
    splice both{nmx::port_spec{"netmap:near0"}, on_live()};
    auto const one = numbered(1);
    auto const two = numbered(2, 1000);
    std::array<std::span<std::byte const>, 2> const batch{bytes_of(one), bytes_of(two)};
    EXPECT_EQ(both.to_host_batch(batch), 2U);
    ASSERT_TRUE(both.to_wire(bytes_of(one)));
    both.port().sync_tx();
    EXPECT_EQ(stack->receive(2), (std::vector<frame>{one, two}));
    EXPECT_EQ(far->receive(1), std::vector<frame>{one});

    auto const sent = numbered(7);
    ASSERT_EQ(stack->send(sent).code, 0);
    ASSERT_TRUE(eventually([&] {
        both.port().sync_rx();
        return !both.from_host()[0].empty();
    }));
    auto packets = both.from_host()[0].peek();
    EXPECT_TRUE(std::ranges::equal((*packets.begin()).front(), bytes_of(sent)));
    EXPECT_TRUE(both.to_wire(*packets.begin())); // and on its way, without a copy
    packets.release();
    both.port().sync_tx();
    EXPECT_EQ(far->receive(1), std::vector<frame>{sent});
}

TEST_F(live_interfaces, marked_packets_cross_transparently_and_the_rings_stay_ours) {
    splice both{nmx::port_spec{"netmap:near0"}, on_live()};
    both.enable_transparent();
    for (std::uint32_t i = 0; i < 5; ++i) {
        ASSERT_EQ(stack->send(numbered(i)).code, 0);
        ASSERT_EQ(far->send(numbered(10 + i)).code, 0);
    }
    std::size_t up = 0;
    std::size_t down = 0;
    auto const mark = [](nmx::rx_ring ring, std::size_t& count) {
        auto batch = ring.peek();
        for (auto const slot : batch.slots())
            slot.forward_to_peer();
        count += batch.slot_count();
        batch.release();
    };
    ASSERT_TRUE(eventually([&] {
        both.port().sync_rx();
        mark(both.from_wire()[0], up);
        mark(both.from_host()[0], down);
        return up >= 5 && down >= 5;
    }));
    both.port().sync_rx();
    // What we send now goes behind what the core put into the same ring.
    ASSERT_TRUE(both.to_wire(bytes_of(numbered(99))));
    both.port().sync_tx();
    EXPECT_EQ(far->receive(6).back(), numbered(99));
    EXPECT_EQ(stack->receive(5).size(), 5U);
    EXPECT_EQ(both.port().stats().tx.resets, 0U);
}

TEST_F(live_interfaces, a_splice_keeps_offloads_if_told) {
    splice both{nmx::port_spec{"netmap:near0"}, on_live({.keep_offloads = true})};
    EXPECT_EQ(both.port().info().header_length, 12U);
    ASSERT_EQ(stack->send(numbered(3, 1200)).code, 0);
    std::vector<frame> arrived;
    ASSERT_TRUE(pump_until(both, nmx::pass_all{}, [&] {
        for (auto& f : far->receive())
            arrived.push_back(std::move(f));
        return !arrived.empty();
    }));
    EXPECT_EQ(arrived[0], numbered(3, 1200));
}

TEST_F(live_interfaces, guards_work_beside_an_open_port) {
    auto const before = nmx::host::offload_state("near0");
    {
        nmx::host::offload_guard const offloads{"near0"};
        nmx::host::promiscuous_guard const promiscuous{"near0"};
        splice const both{nmx::port_spec{"netmap:near0"}, on_live()};
        EXPECT_FALSE(nmx::host::offload_state("near0").segmentation);
        EXPECT_TRUE(nmx::link::query("near0").promiscuous);
    }
    EXPECT_EQ(nmx::host::offload_state("near0"), before);
    EXPECT_FALSE(nmx::link::query("near0").promiscuous);
}

TEST_F(live_interfaces, S54_one_that_is_removed_ends_a_wait) {
    nmx::port port{"netmap:near0", on_live()};
    std::jthread const other{[&] { EXPECT_EQ(pair_->remove().code, 0); }};
    std::error_code ec;
    EXPECT_EQ(port.wait_readable(conformance::patience(), ec), wait_result::error_event);
    EXPECT_EQ(ec, nmx::errc::port_gone) << ec.message();
}

TEST_F(live_interfaces, a_monitor_sees_what_they_send_and_receive) {
    splice both{nmx::port_spec{"netmap:near0"}, on_live()};
    auto seen = nmx::monitor::open(nmx::port_spec{"netmap:near0"}, {.open = on_live()});
    ASSERT_TRUE(both.to_wire(bytes_of(numbered(1))));
    both.port().sync_tx();
    ASSERT_EQ(far->receive(1).size(), 1U);
    std::size_t sent = 0;
    ASSERT_TRUE(eventually([&] {
        both.port().sync_tx();
        seen.sync_rx();
        for (auto const ring : seen.rx_rings())
            ring.consume([&](nmx::packet_view p) { sent += p.from_tx_monitor() ? 1 : 0; });
        return sent != 0;
    }));
}

} // namespace

} // namespace netmapxx_tests
