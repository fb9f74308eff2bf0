// SPDX-License-Identifier: BSD-2-Clause
// Pipes and monitors by their own calls: on a host of the core, and on a core
// that the test plays where the engine is too good.
#include <thread>

#include <gtest/gtest.h>

#include "fake_core.hpp"
#include "fake_region.hpp"
#include "live.hpp"

namespace netmapxx_tests {

namespace {

using namespace std::chrono_literals;
using nmx::wait_result;
namespace monitor = nmx::monitor;

class on_engine : public live {
  protected:
    static std::size_t drain(nmx::port& p, std::size_t packets) {
        std::size_t seen = 0;
        while (seen < packets && p.wait_readable(10s) == wait_result::ready)
            for (auto const ring : p.rx_rings())
                seen += ring.consume([](nmx::packet_view) {}, packets - seen);
        return seen;
    }
};

class pipes : public on_engine {};
class monitors : public on_engine {};

TEST_F(pipes, are_two_ends_in_one_region) {
    auto const options = on_live({.extra_buffers = 3, .tx_slots = 128, .rx_slots = 128});
    auto [left, right] = nmx::make_pipe("pipetest", "0", options);
    EXPECT_EQ(left.memory(), right.memory());
    EXPECT_EQ(left.info().name, "pipetest{0");
    EXPECT_EQ(right.info().name, "pipetest}0");
    EXPECT_EQ(left.tx_rings()[0].size(), 128U);
    EXPECT_EQ(left.buffers().capacity(), 3U);
    EXPECT_EQ(right.buffers().capacity(), 3U);
    ASSERT_TRUE(left.inject(pattern(100)));
    left.sync_tx();
    ASSERT_EQ(right.wait_readable(10s), wait_result::ready);
    EXPECT_EQ(bytes_of(*right.rx_rings()[0].peek().begin()), pattern(100));
    left.close(); // either may go first
    EXPECT_TRUE(right.is_open());
}

TEST_F(pipes, hang_on_any_port) {
    auto [a, b] = nmx::make_pipe("vale_pipes:base", "x", on_live());
    EXPECT_EQ(a.info().name, "vale_pipes:base{x");
    ASSERT_TRUE(b.inject(pattern(60)));
    b.sync_tx();
    EXPECT_EQ(drain(a, 1), 1U);
}

TEST_F(pipes, may_be_opened_end_by_end) {
    auto first = nmx::open_pipe_end("netmap:pipetest2", "q", nmx::pipe_side::first, on_live());
    auto second = nmx::open_pipe_end("pipetest2", "q", nmx::pipe_side::second, on_live());
    EXPECT_EQ(first.memory(), second.memory());
    ASSERT_TRUE(first.inject(pattern(60)));
    first.sync_tx();
    EXPECT_EQ(drain(second, 1), 1U);
}

TEST_F(pipes, with_bad_names_are_refused) {
    struct bad {
        char const* base;
        char const* id;
    };
    for (auto const& [base, id] :
         {bad{"lab", ""}, bad{"lab", "a-b"}, bad{"", "0"}, bad{"lab{1", "0/x"}, bad{"lab@", "0"}}) {
        std::error_code ec;
        auto const ends = nmx::make_pipe(base, id, on_live(), ec);
        EXPECT_EQ(ec, nmx::errc::invalid_spec) << base << " " << id;
        EXPECT_FALSE(ends.first.is_open() || ends.second.is_open());
        EXPECT_THROW((void)nmx::make_pipe(base, id, on_live()), nmx::port_spec_error);
        (void)nmx::open_pipe_end(base, id, nmx::pipe_side::first, on_live(), ec);
        EXPECT_EQ(ec, nmx::errc::invalid_spec) << base << " " << id;
    }
}

class fake_pipes : public with_fake_core {};

TEST_F(fake_pipes, leave_nothing_open_when_one_end_fails) {
    core->add("lab{0");
    std::error_code ec;
    auto const ends = nmx::make_pipe("lab", "0", {}, ec);
    EXPECT_EQ(ec, nmx::errc::no_such_port);
    EXPECT_TRUE(core->quiet());
}

TEST_F(monitors, see_both_directions_and_tell_them_apart) {
    auto [left, right] = nmx::make_pipe("montest", "0", on_live());
    auto seen = monitor::open(left.info().spec, {.slots = 256, .open = on_live()});
    EXPECT_TRUE(seen.tx_rings().empty());
    EXPECT_EQ(seen.rx_rings()[0].size(), 256U);
    ASSERT_TRUE(left.inject(pattern(100)));
    left.sync_tx();
    ASSERT_TRUE(right.inject(pattern(70)));
    right.sync_tx();
    EXPECT_EQ(drain(right, 1), 1U);
    EXPECT_EQ(drain(left, 1), 1U);
    std::size_t sent = 0;
    std::size_t received = 0;
    while (sent + received < 2 && seen.wait_readable(10s) == wait_result::ready)
        seen.rx_rings()[0].consume([&](nmx::packet_view p) {
            (p.from_tx_monitor() ? sent : received) += 1;
            EXPECT_EQ(p.size(), p.from_tx_monitor() ? 100U : 70U);
        });
    EXPECT_EQ(sent, 1U);
    EXPECT_EQ(received, 1U);
}

TEST_F(monitors, see_one_direction_if_told) {
    auto [left, right] = nmx::make_pipe("montest2", "0", on_live());
    auto seen = monitor::open(left.info().spec,
                              {.direction = nmx::monitor_direction::rx, .open = on_live()});
    ASSERT_TRUE(left.inject(pattern(100)));
    left.sync_tx();
    ASSERT_TRUE(right.inject(pattern(70)));
    right.sync_tx();
    EXPECT_EQ(drain(left, 1), 1U);
    ASSERT_EQ(seen.wait_readable(10s), wait_result::ready);
    auto const batch = seen.rx_rings()[0].peek();
    EXPECT_EQ((*batch.begin()).size(), 70U);
    EXPECT_EQ(batch.slot_count(), 1U);
}

TEST_F(monitors, by_exchange_share_the_memory_of_their_target) {
    auto [left, right] = nmx::make_pipe("montest3", "0", on_live());
    auto seen =
        monitor::open(left.info().spec, {.kind = nmx::monitor_kind::exchange, .open = on_live()});
    EXPECT_EQ(seen.memory(), left.memory());
    ASSERT_TRUE(left.inject(pattern(100)));
    left.sync_tx();
    EXPECT_EQ(drain(right, 1), 1U);
    right.sync_rx(); // it sees what was consumed
    left.sync_tx();
    ASSERT_EQ(seen.wait_readable(10s), wait_result::ready);
    EXPECT_TRUE((*seen.rx_rings()[0].peek().begin()).from_tx_monitor());
}

TEST_F(monitors, of_what_nobody_uses_are_refused_or_wait) {
    nmx::port_spec const target{"vale_mon:target"};
    std::error_code ec;
    EXPECT_FALSE(monitor::open(target, {.open = on_live()}, ec).is_open());
    EXPECT_EQ(ec, nmx::errc::target_not_active);
    auto const begin = std::chrono::steady_clock::now();
    (void)monitor::open(target, {.wait_for_target = 20ms, .open = on_live()}, ec);
    EXPECT_EQ(ec, nmx::errc::target_not_active);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms);
    EXPECT_THROW((void)monitor::open(target, {.open = on_live()}), nmx::error);

    nmx::port used;
    std::jthread const other{[&] { used = nmx::port{target, on_live()}; }};
    auto const seen = monitor::open(target, {.wait_for_target = -1ns, .open = on_live()});
    EXPECT_TRUE(seen.is_open());
}

TEST_F(monitors, S78_of_a_target_that_closed_report_port_gone_and_can_be_reopened) {
    nmx::port_spec const target{"vale_mon2:target"};
    nmx::port used{target, on_live()};
    auto seen = monitor::open(target, {.open = on_live()});
    used.close();
    std::error_code ec;
    EXPECT_EQ(seen.wait_readable(10s, ec), wait_result::error_event);
    EXPECT_EQ(ec, nmx::errc::port_gone);
    seen.close();
    used = nmx::port{target, on_live()};
    seen = monitor::open(target, {.open = on_live()});
    ASSERT_TRUE(used.inject(pattern(60)));
    used.sync_tx();
    EXPECT_EQ(seen.wait_readable(10s), wait_result::ready);
}

class fake_monitors : public with_fake_core {};

TEST_F(fake_monitors, ask_for_what_they_were_told) {
    core->add("eth0", {.tx_rings = 4, .rx_rings = 4, .host_tx_rings = 1, .host_rx_rings = 1});
    auto const asked = [&](monitor::options const& how, char const* target = "netmap:eth0") {
        auto const port = monitor::open(nmx::port_spec{target}, how);
        return core->last_request;
    };
    auto request = asked({});
    EXPECT_EQ(request.nr_flags & (NR_MONITOR_TX | NR_MONITOR_RX | NR_ZCOPY_MON),
              std::uint64_t{NR_MONITOR_TX | NR_MONITOR_RX});
    EXPECT_EQ(request.nr_rx_slots, 0U);
    request = asked({.direction = nmx::monitor_direction::tx,
                     .rings = {nmx::ring_kind::one_nic, 2},
                     .slots = 512});
    EXPECT_EQ(request.nr_flags & (NR_MONITOR_TX | NR_MONITOR_RX), std::uint64_t{NR_MONITOR_TX});
    EXPECT_EQ(request.nr_mode, std::uint32_t{NR_REG_ONE_NIC});
    EXPECT_EQ(request.nr_ringid, 2U);
    EXPECT_EQ(request.nr_rx_slots, 512U);
    EXPECT_EQ(asked({}, "netmap:eth0-1").nr_ringid, 1U);
    EXPECT_EQ(asked({.rings = {nmx::ring_kind::all_host}}).nr_mode, std::uint32_t{NR_REG_SW});
    EXPECT_EQ(asked({.rings = {nmx::ring_kind::one_host}}).nr_mode, std::uint32_t{NR_REG_ONE_SW});
    EXPECT_EQ(asked({.rings = {nmx::ring_kind::nic_and_host}}).nr_mode,
              std::uint32_t{NR_REG_NIC_SW});
    EXPECT_NE(asked({.kind = nmx::monitor_kind::exchange}).nr_flags & NR_ZCOPY_MON, 0U);
}

TEST_F(fake_monitors, wait_only_for_what_may_come) {
    core->add("eth0", {.refuse = EBUSY});
    std::error_code ec;
    (void)monitor::open(nmx::port_spec{"netmap:eth0"}, {.wait_for_target = -1ns}, ec);
    EXPECT_EQ(ec, nmx::errc::port_busy);
}

} // namespace

} // namespace netmapxx_tests
