// SPDX-License-Identifier: BSD-2-Clause
// Monitors of ports that take packets when they can and bring packets in when
// they are asked, as network interfaces do; and monitors without memory.
#include "support.hpp"

using namespace core_test;

namespace {

std::string packet(char fill) {
    return std::string(60, fill);
}

/// A port that behaves like a network interface.
class MonitoredNic : public core {
  protected:
    MonitoredNic() : a("vale0:a", {.tx_slots = 16, .rx_slots = 16}) {
        nic = probe_make_nic(a.binding());
    }
    ~MonitoredNic() override { probe_unmake_nic(a.binding()); }

    static port monitor(uint64_t flags) { return port("vale0:a", {.flags = flags}); }
    void send(const std::string& fills) {
        for (char c : fills)
            ASSERT_TRUE(put(a.tx(), {packet(c)}));
        EXPECT_EQ(a.txsync(), 0);
    }
    /// First bytes of the packets that the monitor shows now.
    static std::string seen(port& m) {
        std::string all;
        EXPECT_EQ(m.rxsync(), 0);
        for (const std::string& p : take(m.rx()))
            all += p.substr(0, 1);
        EXPECT_EQ(m.rxsync(), 0);
        return all;
    }

    static uint64_t wakeups(port& m) {
        nmreq_stats_get s{};
        EXPECT_EQ(request(m.binding(), NETMAP_REQ_STATS_GET, "", &s), 0);
        return s.nr_wakeups;
    }

    port a;
    probe_nic* nic;
};

TEST_F(MonitoredNic, D43_SlotsThatWereNotTakenAreShownOnce) {
    port m = monitor(NR_MONITOR_TX);
    send("abc"); // no carrier
    EXPECT_EQ(seen(m), "abc");
    EXPECT_EQ(a.txsync(), 0);
    EXPECT_EQ(seen(m), "");
    nic->tx_room = 2;
    send("d");
    EXPECT_EQ(seen(m), "d");
    nic->tx_room = 2;
    EXPECT_EQ(a.txsync(), 0);
    EXPECT_EQ(seen(m), "");
}

TEST_F(MonitoredNic, EveryCopySeesThemOnceWheneverItCame) {
    port first = monitor(NR_MONITOR_TX);
    send("ab");
    port second = monitor(NR_MONITOR_TX);
    send("c");
    EXPECT_EQ(seen(first), "abc");
    EXPECT_EQ(seen(second), "abc") << "still to be sent when it came";
}

TEST_F(MonitoredNic, SlotsTakenBackByABadRingAreShownAgainWhenTheyAreSentAgain) {
    port m = monitor(NR_MONITOR_TX);
    nic->tx_room = 1;
    send("abc");
    EXPECT_EQ(seen(m), "abc");
    a.tx()->head = 99;
    EXPECT_EQ(a.txsync(), 0); // b and c are the application's again
    ASSERT_EQ(a.tx()->head, 1u);
    send("xyz");
    EXPECT_EQ(seen(m), "xyz");
}

TEST_F(MonitoredNic, AnUnfinishedPacketIsShownWhenItIsWhole) {
    port m = monitor(NR_MONITOR_TX);
    ASSERT_TRUE(put(a.tx(), {"one"}));
    ASSERT_TRUE(put(a.tx(), {"two", "three", "four"}));
    const uint32_t end = a.tx()->head;
    a.tx()->head = a.tx()->cur = 3;
    EXPECT_EQ(a.txsync(), 0);
    EXPECT_EQ(m.rxsync(), 0);
    EXPECT_EQ(take(m.rx()), std::vector<std::string>{"one"});
    a.tx()->head = a.tx()->cur = end;
    nic->tx_room = 16;
    EXPECT_EQ(a.txsync(), 0);
    EXPECT_EQ(m.rxsync(), 0);
    EXPECT_EQ(take(m.rx()), std::vector<std::string>{"twothreefour"});
}

TEST_F(MonitoredNic, AnExchangeSeesWhatHasCompleted) {
    port m = monitor(NR_ZCOPY_MON);
    nic->tx_room = 16;
    send("abc");
    EXPECT_EQ(seen(m), "");
    nic->tx_done = 2;
    EXPECT_EQ(a.txsync(), 0);
    EXPECT_EQ(seen(m), "ab");
    nic->tx_done = 2;
    EXPECT_EQ(a.txsync(), 0);
    EXPECT_EQ(seen(m), "c");
}

TEST_F(MonitoredNic, APacketThatCompletesInPiecesIsNotShownToAnExchange) {
    port m = monitor(NR_ZCOPY_MON);
    nic->tx_room = 16;
    ASSERT_TRUE(put(a.tx(), {"two", "three", "four"}));
    ASSERT_TRUE(put(a.tx(), {"five"}));
    for (int i = 0; i < 4; i++) {
        nic->tx_done = 1;
        EXPECT_EQ(a.txsync(), 0);
    }
    EXPECT_EQ(m.rxsync(), 0);
    EXPECT_EQ(take(m.rx()), std::vector<std::string>{"five"});
}

TEST_F(MonitoredNic, WhatCameInIsShownByThePortsSyncOnce) {
    port m = monitor(NR_MONITOR_RX);
    nic->rx_fill = 'a';
    for (int i = 0; i < 30; i++) {
        nic->rx_waiting = 3;
        EXPECT_EQ(a.rxsync(), 0);
        EXPECT_EQ(take(a.rx()).size(), 3u);
        EXPECT_EQ(a.rxsync(), 0);
        EXPECT_EQ(seen(m).size(), 3u);
    }
}

TEST_F(MonitoredNic, APacketIsShownAlthoughNobodyReadsThePort) {
    port m = monitor(NR_MONITOR_RX | NR_MONITOR_TX);
    nic->rx_fill = 'a';
    nic->rx_waiting = 2;
    EXPECT_EQ(m.poll(NM_POLLIN), NM_POLLIN);
    EXPECT_EQ(seen(m), "ab");
    EXPECT_EQ(a.rx()->tail, 0u) << "the application has not asked";
    nic->rx_waiting = 1;
    EXPECT_EQ(a.rxsync(), 0);
    EXPECT_EQ(take(a.rx()).size(), 3u);
    EXPECT_EQ(seen(m), "c");
}

TEST_F(MonitoredNic, NewsOfThePortWakeItsCopies) {
    port copy = monitor(NR_MONITOR_RX);
    port exchange = monitor(NR_ZCOPY_MON);
    probe_interrupt(a.binding());
    EXPECT_EQ(wakeups(copy), 1u);
    EXPECT_EQ(wakeups(exchange), 0u) << "nothing was released";
}

TEST_F(MonitoredNic, AFullUnreadRingShowsNothingMore) {
    port m = monitor(NR_MONITOR_RX);
    nic->rx_fill = 'a';
    nic->rx_waiting = 20;
    EXPECT_EQ(seen(m), "abcdefghijklmno");
    EXPECT_EQ(seen(m), "");
}

class MonitorMemory : public core {};

TEST_F(MonitorMemory, RunsOutAtEveryStepAndNothingIsLeftBehind) {
    for (uint64_t flags : {NR_MONITOR_RX | NR_MONITOR_TX, NR_ZCOPY_MON}) {
        port a("vale0:a", {.tx_slots = 8, .rx_slots = 8});
        port b("vale0:b", {.tx_slots = 8, .rx_slots = 8});
        const uint32_t used = a.stats(false).nr_bufs_used;
        int err = ENOMEM;
        for (uint64_t n = 2; err; n++) { // the first one is the descriptor's
            probe_fail_allocation(n);
            port m("vale0:a", {.flags = flags});
            probe_fail_allocation(0);
            err = m.error();
            if (err) {
                EXPECT_EQ(err, ENOMEM) << n;
                EXPECT_EQ(a.stats(false).nr_bufs_used, used) << n;
            }
            ASSERT_LT(n, 100u);
        }
        ASSERT_TRUE(put(b.tx(), {frame(0xffffffffffff, 1)}));
        EXPECT_EQ(b.txsync(), 0);
        EXPECT_EQ(a.rxsync(), 0);
        EXPECT_EQ(take(a.rx()).size(), 1u);
    }
}

TEST_F(MonitorMemory, LongNamesKeepTheirNumber) {
    const std::string name = "vale0:a{" + std::string(55, 'x');
    port a(name), m(name, {.flags = NR_MONITOR_RX}), n(name, {.flags = NR_MONITOR_RX});
    ASSERT_EQ(m.error(), 0) << m.text();
    for (const char* number : {"/r#0", "/r#1"}) {
        nmreq_stats_get s{};
        EXPECT_EQ(request(a.binding(), NETMAP_REQ_STATS_GET, name.substr(0, 59) + number, &s), 0);
        EXPECT_EQ(s.nr_mem_id, (number[3] == '0' ? m : n).reply().nr_mem_id);
    }
}

} // namespace
