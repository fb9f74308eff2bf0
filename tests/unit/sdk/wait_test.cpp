// SPDX-License-Identifier: BSD-2-Clause
// Syncs and waits: which calls are made, in which order, and how they end.
#include <atomic>
#include <cerrno>
#include <csignal>
#include <thread>

#include <gtest/gtest.h>

#include <netmapxx/netmapxx.hpp>

#include "fake_core.hpp"
#include "fake_region.hpp"

namespace netmapxx_tests {

namespace {

using namespace std::chrono_literals;
using nmx::wait_result;

class waits : public with_fake_core {
  protected:
    waits() {
        core->add("a", {.slots = 8});
        port = nmx::port{"netmap:a"};
        core->log.clear();
    }
    // One packet arrives at each sync that comes at or after the `first`-th.
    void packets_from_sync(std::size_t first) {
        core->on_rxsync = [this, first](fake_binding&) {
            if (++syncs >= first)
                deliver(rx(), pattern(60));
            return 0;
        };
    }
    [[nodiscard]] nmx::rx_ring rx() const { return port.rx_rings()[0]; }
    [[nodiscard]] nmx::tx_ring tx() const { return port.tx_rings()[0]; }
    void fill() const {
        auto batch = tx().reserve();
        for (auto const slot : batch)
            slot.prepare(60);
        batch.commit(batch.size());
    }
    void reclaim(std::uint32_t slots) const {
        auto& ctl = tx().control();
        ctl.ring->tail = ctl.advance(ctl.ring->tail, slots);
    }

    nmx::port port;
    std::size_t syncs = 0;
};

using log_lines = std::vector<std::string>;

TEST_F(waits, S49_make_no_call_when_packets_are_visible) {
    ASSERT_TRUE(deliver(rx(), pattern(60)));
    EXPECT_EQ(port.wait_readable(1s), wait_result::ready);
    EXPECT_EQ(port.wait(nmx::wait_events::any, 1s), wait_result::ready);
    EXPECT_TRUE(core->log.empty());
}

TEST_F(waits, S52_pain_row_9_make_no_call_when_there_is_room) {
    EXPECT_EQ(port.wait_writable(1s), wait_result::ready);
    EXPECT_EQ(port.wait_writable(1s, 7), wait_result::ready);
    EXPECT_EQ(port.wait_writable(1s, 100), wait_result::ready); // a whole ring is the most
    EXPECT_TRUE(core->log.empty());
}

TEST_F(waits, arm_before_they_sync_and_sync_before_they_sleep) {
    packets_from_sync(1);
    EXPECT_EQ(port.wait_readable(), wait_result::ready);
    EXPECT_EQ(core->log, (log_lines{"arm:rx", "rxsync"}));
}

TEST_F(waits, sleep_until_notified) {
    packets_from_sync(2);
    std::jthread const other{[&] {
        std::this_thread::sleep_for(20ms);
        core->notify(nmx::direction::rx);
    }};
    EXPECT_EQ(port.wait_readable(), wait_result::ready);
    EXPECT_EQ(core->log, (log_lines{"arm:rx", "rxsync", "handle:rx", "arm:rx", "rxsync"}));
    EXPECT_EQ(port.stats().wakeups, 1U);
}

TEST_F(waits, S51_lose_no_wake_up_between_sync_and_sleep) {
    packets_from_sync(2);
    core->on_handle = [&] { core->notify(nmx::direction::rx); };
    EXPECT_EQ(port.wait_readable(), wait_result::ready);
}

TEST_F(waits, survive_spurious_wake_ups) {
    packets_from_sync(5);
    core->on_handle = [&] { core->notify(nmx::direction::rx); };
    EXPECT_EQ(port.wait_readable(), wait_result::ready);
    EXPECT_EQ(core->calls("rxsync"), 5U);
}

TEST_F(waits, S50_with_zero_time_sync_once_and_look) {
    EXPECT_EQ(port.wait_readable(0ns), wait_result::timed_out);
    EXPECT_EQ(core->log, (log_lines{"rxsync"}));
    packets_from_sync(1);
    EXPECT_EQ(port.wait_readable(0ns), wait_result::ready);
    EXPECT_EQ(port.stats().timeouts, 1U);
}

TEST_F(waits, S50_are_never_early) {
    for (auto const limit : {1ms, 20ms}) {
        auto const begin = std::chrono::steady_clock::now();
        EXPECT_EQ(port.wait_readable(limit), wait_result::timed_out);
        EXPECT_GE(std::chrono::steady_clock::now() - begin, limit);
    }
    EXPECT_EQ(port.wait_readable(std::chrono::nanoseconds{1}), wait_result::timed_out);
}

TEST_F(waits, S52_pain_row_9_for_room_block_when_there_is_none_and_ask_for_more_than_there_is) {
    fill();
    std::uint32_t cur_while_waiting = 99;
    core->on_handle = [&] {
        cur_while_waiting = tx().control().ring->cur;
        reclaim(1);
        core->notify(nmx::direction::tx);
    };
    EXPECT_EQ(port.wait_writable(), wait_result::ready);
    EXPECT_EQ(cur_while_waiting, 7U);
    EXPECT_EQ(core->log, (log_lines{"arm:tx", "txsync", "handle:tx", "arm:tx", "txsync"}));
    EXPECT_EQ(tx().control().ring->cur, tx().control().ring->head);
}

TEST_F(waits, for_much_room_do_not_end_with_little) {
    fill();
    core->on_handle = [&] {
        reclaim(2);
        core->notify(nmx::direction::tx);
    };
    EXPECT_EQ(port.wait_writable(port.forever, 6), wait_result::ready);
    EXPECT_EQ(core->calls("txsync"), 4U);
    EXPECT_EQ(tx().space(), 6U);
    EXPECT_EQ(tx().control().ring->cur, tx().control().ring->head);
}

TEST_F(waits, for_either_direction_watch_both) {
    fill();
    core->on_handle = [&] { core->notify(nmx::direction::rx); };
    packets_from_sync(2);
    EXPECT_EQ(port.wait(nmx::wait_events::any), wait_result::ready);
    EXPECT_EQ(core->log, (log_lines{"arm:rx", "arm:tx", "txsync", "rxsync", "handle:rx",
                                    "handle:tx", "arm:rx", "arm:tx", "txsync", "rxsync"}));
}

TEST_F(waits, ask_for_more_than_what_is_held) {
    ASSERT_TRUE(deliver(rx(), pattern(60)));
    rx().hold();
    EXPECT_EQ(port.wait_readable(0ns), wait_result::timed_out);
    ASSERT_TRUE(deliver(rx(), pattern(60)));
    EXPECT_EQ(port.wait_readable(0ns), wait_result::ready);
    EXPECT_EQ(rx().available(), 2U);
}

TEST_F(waits, are_not_ended_by_pieces_of_a_packet) {
    deliver_flags(rx(), {NS_MOREFRAG});
    EXPECT_EQ(port.wait_readable(0ns), wait_result::timed_out);
    EXPECT_EQ(rx().control().ring->cur, 1U); // woken by more than the piece
    deliver_flags(rx(), {0});
    EXPECT_EQ(port.wait_readable(0ns), wait_result::ready);
    EXPECT_EQ(rx().peek().slot_count(), 2U);
}

TEST_F(waits, in_a_direction_without_rings_are_refused) {
    nmx::port rx_only{"netmap:a/R"};
    std::error_code ec;
    EXPECT_EQ(rx_only.wait_writable(1s, 1, ec), wait_result::error_event);
    EXPECT_EQ(ec, nmx::errc::no_such_ring);
    EXPECT_EQ(rx_only.wait(nmx::wait_events::any, 0ns), wait_result::timed_out);
}

TEST_F(waits, S54_on_a_port_that_went_away_say_so) {
    for (int const error : {EIO, ENXIO}) {
        core->on_rxsync = [error](fake_binding&) { return error; };
        std::error_code ec;
        EXPECT_EQ(port.wait_readable(1s, ec), wait_result::error_event);
        EXPECT_EQ(ec, nmx::errc::port_gone);
        EXPECT_EQ(port.sync_rx(std::nothrow), nmx::errc::port_gone);
    }
    EXPECT_THROW((void)port.wait_readable(1s), nmx::error);
}

TEST_F(waits, on_a_monitor_without_target_say_that_it_is_gone) {
    nmx::port monitor{"netmap:a/rt"};
    core->troubled = true;
    std::error_code ec;
    EXPECT_EQ(monitor.wait_readable(1s, ec), wait_result::error_event);
    EXPECT_EQ(ec, nmx::errc::port_gone);
}

TEST_F(waits, pass_failures_of_the_backend_on) {
    for (std::size_t k = 1; k <= 3; ++k) {
        core->steps = 0;
        core->fail_at = k;
        core->fail_with = EMFILE;
        std::error_code ec;
        EXPECT_EQ(port.wait_readable(1s, ec), wait_result::error_event) << k;
        EXPECT_EQ(ec, std::errc::too_many_files_open) << k;
    }
}

void on_signal(int) {}

TEST_F(waits, S53_go_on_after_a_signal) {
    packets_from_sync(3); // the third sync comes after signal and notification
    struct sigaction action {};
    action.sa_handler = on_signal;
    struct sigaction old {};
    ASSERT_EQ(::sigaction(SIGUSR1, &action, &old), 0);
    auto const waiter = ::pthread_self();
    std::jthread const other{[&] {
        std::this_thread::sleep_for(10ms);
        ::pthread_kill(waiter, SIGUSR1);
        std::this_thread::sleep_for(10ms);
        core->notify(nmx::direction::rx);
    }};
    EXPECT_EQ(port.wait_readable(10s), wait_result::ready);
    EXPECT_EQ(port.stats().wakeups, 1U);
    ::sigaction(SIGUSR1, &old, nullptr);
}

TEST_F(waits, S53_interrupted_syncs_are_repeated) {
    core->on_rxsync = [&](fake_binding&) { return ++syncs < 3 ? EINTR : 0; };
    EXPECT_FALSE(port.sync_rx(std::nothrow));
    EXPECT_EQ(syncs, 3U);
}

TEST_F(waits, of_other_programs_get_a_handle) {
    auto const handle = port.wait_handle(nmx::direction::tx);
    EXPECT_EQ(handle.fd, core->events[1]);
    port.arm(nmx::direction::tx);
    EXPECT_EQ(core->calls("arm:tx"), 1U);
}

TEST_F(waits, S55_flush_ends_when_everything_was_sent) {
    fill();
    core->on_txsync = [&](fake_binding&) {
        reclaim(1);
        return 0;
    };
    EXPECT_EQ(port.flush(), wait_result::ready);
    EXPECT_EQ(core->calls("txsync"), 7U);
    EXPECT_EQ(tx().pending(), 0U);
}

TEST_F(waits, S55_flush_ends_when_the_time_is_over) {
    fill();
    EXPECT_EQ(port.flush(0ns), wait_result::timed_out);
    EXPECT_EQ(port.flush(3ms), wait_result::timed_out);
    core->on_txsync = [](fake_binding&) { return EIO; };
    std::error_code ec;
    EXPECT_EQ(port.flush(1s, ec), wait_result::error_event);
    EXPECT_EQ(ec, nmx::errc::port_gone);
}

// --- what a sync finds ---------------------------------------------------------

TEST_F(waits, S39_a_ring_reset_is_detected_and_survived) {
    fill();
    core->on_txsync = [&](fake_binding& bound) {
        bound.tx[0]->head = bound.tx[0]->cur = 3;
        bound.tx[0]->tail = 2;
        return 0;
    };
    EXPECT_EQ(port.sync_tx(std::nothrow), nmx::errc::ring_reset);
    EXPECT_EQ(port.stats().tx.resets, 1U);
    EXPECT_EQ(tx().space(), 7U);
    core->on_txsync = nullptr;
    EXPECT_FALSE(port.sync_tx(std::nothrow));
    auto batch = tx().reserve(1);
    EXPECT_EQ(&batch[0].raw(), &tx().control().slots[3]);
}

TEST_F(waits, S77_transparent_forwarding_is_no_reset) {
    rx().control().ring->flags |= NR_FORWARD;
    core->on_txsync = [](fake_binding& bound) {
        bound.tx[0]->head = bound.tx[0]->cur = 2;
        return 0;
    };
    EXPECT_FALSE(port.sync_tx(std::nothrow));
    EXPECT_EQ(port.stats().tx.resets, 0U);
    EXPECT_EQ(tx().space(), 5U);
}

TEST_F(waits, count_syncs_that_found_an_rx_ring_full) {
    while (deliver(rx(), pattern(60)))
        ;
    port.sync_rx();
    EXPECT_EQ(port.stats().rx.suspected_overruns, 1U);
    rx().peek(1).release();
    port.sync_rx();
    EXPECT_EQ(port.stats().rx.suspected_overruns, 1U);
    fill();
    port.sync_tx();
    EXPECT_EQ(port.stats().tx.suspected_overruns, 0U);
    port.reset_stats();
    EXPECT_EQ(port.stats().rx.suspected_overruns, 0U);
}

TEST_F(waits, count_what_they_did) {
    packets_from_sync(2);
    port.sync_rx();
    port.sync_rx();
    auto stats = port.stats();
    EXPECT_EQ(stats.rx.syncs, 2U);
    EXPECT_EQ(stats.rx.empty_syncs, 1U);
    EXPECT_EQ(stats.rx.smallest_space, 6U);
    port.reset_stats();
    stats = port.stats();
    EXPECT_EQ(stats.rx.syncs, 0U);
    EXPECT_FALSE(stats.rx.smallest_space);
}

// --- inject ----------------------------------------------------------------------

TEST_F(waits, inject_goes_round_the_rings_and_never_sends_a_part) {
    core->add("b", {.tx_rings = 2, .slots = 4});
    nmx::port out{"netmap:b"};
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(out.inject(pattern(60)));
    EXPECT_EQ(out.tx_rings()[0].pending(), 2U);
    EXPECT_EQ(out.tx_rings()[1].pending(), 2U);
    EXPECT_FALSE(out.inject(pattern(300))); // two slots, and each ring has one
    EXPECT_EQ(out.tx_rings()[0].pending() + out.tx_rings()[1].pending(), 4U);
    EXPECT_TRUE(out.inject(pattern(60)));
    EXPECT_TRUE(out.inject(pattern(60)));
    EXPECT_FALSE(out.inject(pattern(60)));
    EXPECT_EQ(out.stats().tx.packets, 6U);
}

TEST_F(waits, inject_refuses_what_can_never_fit) {
    std::error_code ec;
    EXPECT_FALSE(port.inject(pattern(256 * 7 + 1), ec));
    EXPECT_EQ(ec, nmx::errc::packet_too_large);
    EXPECT_THROW((void)port.inject(pattern(256 * 7 + 1)), nmx::error);
    auto const whole = pattern(256 * 7);
    std::array<std::span<std::byte const>, 2> const pieces{std::span{whole}.first(100),
                                                           std::span{whole}.subspan(100)};
    EXPECT_TRUE(port.inject(pieces));
    EXPECT_EQ(tx().pending(), 7U);
}

} // namespace

} // namespace netmapxx_tests
