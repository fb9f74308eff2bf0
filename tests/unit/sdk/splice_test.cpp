// SPDX-License-Identifier: BSD-2-Clause
// NIC and host stack with the program in between, on a core that the test plays.
#include <stdexcept>

#include <gtest/gtest.h>

#include <netmapxx/netmapxx.hpp>

#include "fake_core.hpp"
#include "fake_region.hpp"

namespace netmapxx_tests {

namespace {

using namespace std::chrono_literals;
using nmx::verdict;
using nmx::wait_result;
using nmx::host::splice;
using nmx::host::way;
using log_lines = std::vector<std::string>;

class splices : public with_fake_core {
  protected:
    splices() {
        core->add("eth0", {.tx_rings = 2,
                           .rx_rings = 2,
                           .host_tx_rings = 1,
                           .host_rx_rings = 1,
                           .slots = 8,
                           .mode = NETMAP_PORT_EMULATED});
        core->add("far", {.slots = 8, .memory_id = 2});
        both = splice{nmx::port_spec{"netmap:eth0"}};
        core->log.clear();
    }
    [[nodiscard]] nmx::tx_ring host_tx() const { return both.port().host_tx_rings()[0]; }
    [[nodiscard]] nmx::tx_ring nic_tx(std::size_t i) const { return both.port().nic_tx_rings()[i]; }
    [[nodiscard]] std::vector<std::uint32_t> census() const {
        std::vector<std::uint32_t> out;
        auto const add = [&out](auto ring) {
            for (std::uint32_t i = 0; i < ring.size(); ++i)
                out.push_back(ring.control().slots[i].buf_idx);
        };
        for (auto const ring : both.port().rx_rings())
            add(ring);
        for (auto const ring : both.port().tx_rings())
            add(ring);
        std::ranges::sort(out);
        return out;
    }
    static std::vector<std::vector<std::byte>> one(std::vector<std::byte> packet) {
        return {std::move(packet)};
    }
    static void fill(nmx::tx_ring ring) {
        auto batch = ring.reserve();
        for (auto const slot : batch)
            slot.prepare(60);
        batch.commit(batch.size());
    }

    splice both;
};

TEST_F(splices, open_nic_and_host_rings) {
    EXPECT_EQ(both.from_wire().size(), 2U);
    EXPECT_EQ(both.from_host().size(), 1U);
    EXPECT_EQ(core->last_request.nr_mode, std::uint32_t{NR_REG_NIC_SW});
    EXPECT_TRUE(splice{"netmap:eth0*"}.is_open());
    EXPECT_TRUE(splice{nmx::port{"netmap:eth0*"}}.is_open());
    splice moved{std::move(both)};
    EXPECT_FALSE(both.is_open()); // NOLINT(bugprone-use-after-move)
    auto const port = moved.release();
    EXPECT_TRUE(port.is_open());
    EXPECT_FALSE(moved.is_open());
}

TEST_F(splices, refuse_what_lacks_a_side) {
    for (auto const* const spec : {"netmap:eth0^", "netmap:eth0-0", "netmap:eth0^0"}) {
        std::error_code ec;
        EXPECT_FALSE(splice::open(nmx::port_spec{spec}, {}, ec).is_open());
        EXPECT_EQ(ec, nmx::errc::invalid_spec) << spec;
        EXPECT_THROW(splice{spec}, nmx::error);
    }
    for (auto const* const spec : {"netmap:eth0*/R", "netmap:eth0*/T"}) {
        std::error_code ec;
        EXPECT_FALSE(splice::open(nmx::port_spec{spec}, {}, ec).is_open());
        EXPECT_EQ(ec, nmx::errc::no_host_rings) << spec;
    }
    std::error_code ec;
    EXPECT_FALSE(splice::open(nmx::port_spec{"netmap:nothere"}, {}, ec).is_open());
    EXPECT_EQ(ec, nmx::errc::no_such_port);
    EXPECT_THROW(splice{nmx::port{}}, nmx::error);
    EXPECT_THROW(splice{nmx::port{"netmap:eth0^"}}, nmx::error);
    both = {};
    EXPECT_TRUE(core->quiet());
}

TEST_F(splices, move_both_ways_by_exchange_and_sync_at_the_end) {
    auto const before = census();
    ASSERT_TRUE(deliver(both.from_wire()[0], pattern(60, 1)));
    ASSERT_TRUE(deliver(both.from_wire()[1], pattern(600, 2)));
    ASSERT_TRUE(deliver(both.from_host()[0], pattern(70, 3)));
    EXPECT_EQ(both.pump(), 3U);
    EXPECT_EQ(core->log, (log_lines{"txsync", "rxsync"}));
    std::uint32_t from = 0;
    auto const host = collect(host_tx(), from);
    ASSERT_EQ(host.size(), 2U);
    EXPECT_EQ(host[0], pattern(60, 1));
    EXPECT_EQ(host[1], pattern(600, 2)); // a chain, whole
    from = 0;
    EXPECT_EQ(collect(nic_tx(0), from), one(pattern(70, 3)));
    EXPECT_EQ(census(), before);
    EXPECT_EQ(both.totals().to_host.packets, 2U);
    EXPECT_EQ(both.totals().to_host.exchanged, 2U);
    EXPECT_EQ(both.totals().to_wire.bytes, 70U);
    EXPECT_EQ(both.pump(), 0U);
}

TEST_F(splices, take_no_more_slots_than_asked) {
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(deliver(both.from_host()[0], pattern(60)));
    EXPECT_EQ(both.pump(2), 2U);
    EXPECT_EQ(both.totals().to_wire.reason, nmx::stop_reason::limit);
    std::error_code ec;
    EXPECT_EQ(both.pump(2, ec), 2U);
    EXPECT_EQ(both.pump(2, ec), 1U);
    EXPECT_FALSE(ec);
}

TEST_F(splices, let_a_filter_decide_and_edit) {
    for (unsigned i = 0; i < 3; ++i)
        ASSERT_TRUE(deliver(both.from_wire()[0], pattern(60, i)));
    ASSERT_TRUE(deliver(both.from_host()[0], pattern(60, 9)));
    auto const edit = [](nmx::packet_view p, way to) {
        if (to == way::to_wire)
            return verdict::drop;
        p.mutable_front()[0] = std::byte{0xee};
        return p.front()[1] == pattern(2, 1)[1] ? verdict::drop : verdict::pass;
    };
    EXPECT_EQ(both.pump_if(edit), 4U);
    std::uint32_t from = 0;
    auto const host = collect(host_tx(), from);
    ASSERT_EQ(host.size(), 2U);
    EXPECT_EQ(host[0][0], std::byte{0xee});
    EXPECT_EQ(both.totals().to_host.filtered, 1U);
    EXPECT_EQ(both.totals().to_wire.filtered, 1U);
    EXPECT_EQ(nic_tx(0).pending(), 0U);
}

TEST_F(splices, a_filter_that_stops_ends_the_work_on_its_ring_only) {
    ASSERT_TRUE(deliver(both.from_wire()[0], pattern(60)));
    ASSERT_TRUE(deliver(both.from_wire()[1], pattern(61)));
    ASSERT_TRUE(deliver(both.from_host()[0], pattern(62)));
    auto const stop_short = [](nmx::packet_view p) {
        return p.size() == 60 ? verdict::stop : verdict::pass;
    };
    EXPECT_EQ(both.pump_if(stop_short, 100), 2U);
    EXPECT_EQ(both.from_wire()[0].available(), 1U);
}

TEST_F(splices, a_filter_that_throws_loses_nothing) {
    ASSERT_TRUE(deliver(both.from_wire()[0], pattern(60)));
    ASSERT_TRUE(deliver(both.from_wire()[0], pattern(61)));
    auto const bad = [](nmx::packet_view p) {
        return p.size() == 61 ? throw std::runtime_error{"no"} : verdict::pass;
    };
    EXPECT_THROW(both.pump_if(bad), std::runtime_error);
    EXPECT_EQ(host_tx().pending(), 1U);
    EXPECT_EQ(both.from_wire()[0].available(), 1U);
    EXPECT_EQ(both.pump(), 1U);
}

TEST_F(splices, send_into_the_host_and_through_the_nic) {
    EXPECT_TRUE(both.to_host(pattern(60, 1)));
    EXPECT_TRUE(both.to_wire(pattern(60, 2)));
    EXPECT_TRUE(both.to_wire(pattern(300, 3)));
    std::uint32_t from = 0;
    EXPECT_EQ(collect(host_tx(), from), one(pattern(60, 1)));
    from = 0;
    EXPECT_EQ(collect(nic_tx(0), from), one(pattern(60, 2)));
    from = 0;
    EXPECT_EQ(collect(nic_tx(1), from), one(pattern(300, 3))); // round robin
    EXPECT_EQ(core->log, log_lines{});                         // and no sync
}

TEST_F(splices, send_batches_as_far_as_there_is_room) {
    auto const frame = pattern(60);
    std::vector<std::span<std::byte const>> const packets(10, frame);
    EXPECT_EQ(both.to_host_batch(packets), 7U);
    EXPECT_EQ(both.to_host_batch(packets), 0U);
    EXPECT_FALSE(both.to_host(frame));
    std::error_code ec;
    EXPECT_EQ(both.to_wire_batch(packets, ec), 10U);
    EXPECT_EQ(both.to_wire_batch(packets, ec), 4U);
    EXPECT_FALSE(ec);
}

TEST_F(splices, refuse_what_can_never_fit) {
    auto const large = pattern(256 * 7 + 1);
    std::error_code ec;
    EXPECT_FALSE(both.to_host(large, ec));
    EXPECT_EQ(ec, nmx::errc::packet_too_large);
    EXPECT_FALSE(both.to_wire(large, ec));
    EXPECT_EQ(ec, nmx::errc::packet_too_large);
    EXPECT_THROW((void)both.to_host(large), nmx::error);
    EXPECT_THROW((void)both.to_wire(large), nmx::error);
    auto const small = pattern(60);
    std::array<std::span<std::byte const>, 3> const some{small, large, small};
    EXPECT_EQ(both.to_host_batch(some, ec), 1U);
    EXPECT_EQ(ec, nmx::errc::packet_too_large);
    EXPECT_THROW((void)both.to_wire_batch(some), nmx::error);
}

TEST_F(splices, hand_received_packets_over_by_exchange_or_copy) {
    ASSERT_TRUE(deliver(both.from_wire()[0], pattern(300, 1)));
    auto const before = census();
    auto batch = both.from_wire()[0].peek();
    EXPECT_TRUE(both.to_host(*batch.begin()));
    batch.release();
    EXPECT_EQ(census(), before);
    std::uint32_t from = 0;
    EXPECT_EQ(collect(host_tx(), from), one(pattern(300, 1)));

    nmx::port other{"netmap:far"};
    ASSERT_TRUE(deliver(other.rx_rings()[0], pattern(500, 2)));
    auto foreign = other.rx_rings()[0].peek();
    EXPECT_TRUE(both.to_wire(*foreign.begin()));
    foreign.release();
    from = 0;
    EXPECT_EQ(collect(nic_tx(0), from), one(pattern(500, 2)));
    EXPECT_EQ(census(), before);
}

TEST_F(splices, say_when_a_received_packet_has_too_many_slots) {
    core->add("tiny", {.host_tx_rings = 1, .host_rx_rings = 1, .slots = 3});
    splice tiny{"netmap:tiny"};
    deliver_flags(both.from_wire()[0], {NS_MOREFRAG, NS_MOREFRAG, 0});
    auto const batch = both.from_wire()[0].peek();
    std::error_code ec;
    EXPECT_FALSE(tiny.to_wire(*batch.begin(), ec));
    EXPECT_EQ(ec, nmx::errc::packet_too_large);
}

TEST_F(splices, wait_for_packets) {
    EXPECT_EQ(both.wait(0ns), wait_result::timed_out);
    ASSERT_TRUE(deliver(both.from_host()[0], pattern(60)));
    core->log.clear();
    EXPECT_EQ(both.wait(), wait_result::ready);
    EXPECT_TRUE(core->log.empty());
}

TEST_F(splices, wait_for_room_where_there_was_none) {
    fill(host_tx());
    ASSERT_TRUE(deliver(both.from_wire()[0], pattern(60)));
    EXPECT_EQ(both.pump(), 0U);
    EXPECT_EQ(both.totals().to_host.reason, nmx::stop_reason::destination_full);
    // The packet that cannot go on ends no wait, room does.
    EXPECT_EQ(both.wait(0ns), wait_result::timed_out);
    EXPECT_EQ(both.wait(2ms), wait_result::timed_out);
    std::uint32_t cur_while_waiting = 99;
    core->on_handle = [&] {
        auto& ctl = host_tx().control();
        cur_while_waiting = both.from_wire()[0].control().ring->cur;
        ctl.ring->tail = ctl.advance(ctl.ring->tail, 2);
        core->notify(nmx::direction::tx);
    };
    EXPECT_EQ(both.wait(), wait_result::ready);
    EXPECT_EQ(cur_while_waiting, 1U); // asked for more than the stuck packet
    core->on_handle = nullptr;
    auto const& rx = both.from_wire()[0].control();
    EXPECT_EQ(rx.ring->cur, rx.ring->head);
    EXPECT_EQ(both.pump(), 1U);
}

TEST_F(splices, room_made_by_the_last_sync_is_noticed) {
    fill(host_tx());
    ASSERT_TRUE(deliver(both.from_wire()[0], pattern(60)));
    core->on_txsync = [&](fake_binding&) {
        auto& ctl = host_tx().control();
        ctl.ring->tail = ctl.advance(ctl.ring->head, ctl.size - 1);
        return 0;
    };
    EXPECT_EQ(both.pump(), 0U);
    EXPECT_EQ(both.wait(), wait_result::ready);
    EXPECT_EQ(both.pump(), 1U);
}

TEST_F(splices, while_one_way_is_full_the_other_goes_on) {
    fill(host_tx());
    ASSERT_TRUE(deliver(both.from_wire()[0], pattern(60)));
    EXPECT_EQ(both.pump(), 0U);
    core->on_handle = [&] {
        if (both.from_host()[0].empty()) {
            EXPECT_TRUE(deliver(both.from_host()[0], pattern(60)));
        }
        core->notify(nmx::direction::rx);
    };
    EXPECT_EQ(both.wait(), wait_result::ready);
    EXPECT_EQ(both.pump(), 1U);
    EXPECT_EQ(both.totals().to_wire.packets, 1U);
}

TEST_F(splices, report_what_syncs_report) {
    core->on_txsync = [](fake_binding&) { return ENXIO; };
    std::error_code ec;
    (void)both.pump(10, ec);
    EXPECT_EQ(ec, nmx::errc::port_gone);
    EXPECT_EQ(core->calls("rxsync"), 1U); // both directions nevertheless
    EXPECT_THROW((void)both.pump(), nmx::error);
    core->on_txsync = nullptr;
    core->on_rxsync = [](fake_binding&) { return EIO; };
    EXPECT_THROW((void)both.pump(), nmx::error);
    EXPECT_THROW((void)both.wait(1s), nmx::error);
}

TEST_F(splices, that_are_closed_say_so) {
    splice none;
    std::error_code ec;
    EXPECT_EQ(none.pump(1, ec), 0U);
    EXPECT_EQ(ec, nmx::errc::closed);
    EXPECT_EQ(none.wait(1s, ec), wait_result::error_event);
    EXPECT_EQ(ec, nmx::errc::closed);
    EXPECT_FALSE(none.to_host(pattern(60), ec));
    EXPECT_EQ(ec, nmx::errc::closed);
    EXPECT_EQ(none.to_wire_batch({}, ec), 0U);
    EXPECT_EQ(ec, nmx::errc::closed);
    none.enable_transparent(true, ec);
    EXPECT_EQ(ec, nmx::errc::closed);
    EXPECT_THROW(none.enable_transparent(), nmx::error);
    EXPECT_TRUE(none.from_host().empty());
}

TEST_F(splices, S77_forward_transparently_when_told) {
    both.enable_transparent();
    for (auto const ring : both.port().rx_rings())
        EXPECT_NE(ring.control().ring->flags & NR_FORWARD, 0U);
    ASSERT_TRUE(deliver(both.from_host()[0], pattern(60)));
    auto batch = both.from_host()[0].peek();
    batch.slots()[0].forward_to_peer();
    EXPECT_NE(batch.slots()[0].raw_flags() & NS_FORWARD, 0);
    batch.release();
    // The core moves the packet in an rx sync, and with it a tx head of ours.
    core->on_rxsync = [&](fake_binding& bound) {
        bound.tx[0]->head = bound.tx[0]->cur = 1;
        return 0;
    };
    both.port().sync_rx();
    EXPECT_EQ(nic_tx(0).space(), 6U);
    auto next = nic_tx(0).reserve(1);
    EXPECT_EQ(&next[0].raw(), &nic_tx(0).control().slots[1]); // not the core's slot
    next.rollback();
    both.enable_transparent(false);
    for (auto const ring : both.port().rx_rings())
        EXPECT_EQ(ring.control().ring->flags & NR_FORWARD, 0U);
}

} // namespace

} // namespace netmapxx_tests
