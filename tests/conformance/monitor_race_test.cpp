// SPDX-License-Identifier: BSD-2-Clause
// Monitors that come and go under traffic, in any order, on any kind of port.
#include "monitor.hpp"

namespace conformance {
namespace {

constexpr uint64_t kinds[] = {NR_MONITOR_RX, NR_MONITOR_TX, NR_MONITOR_RX | NR_MONITOR_TX,
                              NR_ZCOPY_MON};

class MonitorRace : public Monitor {
  protected:
    /// Sends numbered packets of flow `from` until `stop`; returns how many.
    static uint32_t pump(const port& p, unsigned from, const std::atomic<bool>& stop) {
        uint32_t i = 0;
        while (!stop) {
            while (p.tx().put(make_checked(broadcast, mac_of(from), 60 + i % 300, {from, i}))) {
                ++i;
            }
            EXPECT_OK(p.txsync());
            std::this_thread::yield();
        }
        return i;
    }
    /// Every packet is whole; those of a flow come in order.
    static void expect_sane(const std::vector<frame>& frames, uint32_t (&next)[3],
                            const char* who) {
        for (const frame& f : frames) {
            const auto c = check(f);
            ASSERT_TRUE(c) << who << ": damaged packet of " << f.size() << " bytes";
            ASSERT_LE(c->flow, 2u);
            ASSERT_GE(c->sequence, next[c->flow]) << who << ": flow " << c->flow;
            next[c->flow] = c->sequence + 1;
        }
    }
};

INSTANTIATE_TEST_SUITE_P(Of, MonitorRace, testing::ValuesIn(port_kinds), kind_name);

TEST_P(MonitorRace, added_and_removed_under_traffic_in_any_order) {
    open_ports(64);
    std::atomic<bool> stop = false;
    std::vector<std::jthread> traffic;
    for (const auto& [who, flow] : {std::pair{&a, 1u}, std::pair{&b, 2u}}) {
        traffic.emplace_back([&, who = who, flow = flow] { pump(*who, flow, stop); });
        traffic.emplace_back([&, who = who] {
            uint32_t next[3] = {};
            while (!stop) {
                expect_sane(who->receive(), next, "port");
                std::this_thread::yield();
            }
        });
    }
    sequence random(1);
    std::vector<port> monitors(4);
    for (unsigned i = 0; i < rounds(600); ++i) {
        port& some = monitors[random.below(4)];
        const auto flags = random.pick({kinds[0], kinds[1], kinds[2], kinds[3]});
        EXPECT_OK(some.open(a.name(), reg().slots(8 + random.below(64)).flags(flags)));
        for (const port& p : monitors) {
            if (p.fd().fd() < 0) {
                continue;
            }
            uint32_t next[3] = {};
            expect_sane(p.receive(), next, "monitor");
        }
    }
    stop = true;
    traffic.clear();
    while (!monitors.empty()) {
        monitors.pop_back();
    }
    EXPECT_OK(a.txsync());
    EXPECT_OK(b.txsync());
    a.receive();
    b.receive();
    EXPECT_OK(a.txsync());
    EXPECT_OK(b.txsync());
    EXPECT_TRUE(all_different(a.ring_indices()));
}

TEST_P(MonitorRace, port_that_comes_and_goes_beneath_its_monitors) {
    ASSERT_OK(b.open(GetParam().peer, reg().slots(32)));
    std::atomic<bool> stop = false;
    std::jthread sender([&] {
        uint32_t i = 0;
        while (!stop) {
            b.tx().put(make_checked(broadcast, mac_of(2), 100, {2, i++}));
            EXPECT_OK(b.txsync());
            b.receive();
            std::this_thread::yield();
        }
    });
    std::vector<std::jthread> watchers;
    for (unsigned w = 0; w < 2; ++w) {
        watchers.emplace_back([&, w] {
            sequence random(w);
            while (!stop) {
                port p;
                const auto flags = random.pick({kinds[0], kinds[1], kinds[2], kinds[3]});
                const err e = p.open(GetParam().port, reg().slots(16).flags(flags));
                ASSERT_TRUE(one_of(e, {0, EINVAL})) << e;
                for (unsigned i = 0; !e && i < 20 && (p.poll(POLLIN) & POLLERR) == 0; ++i) {
                    for (const frame& f : p.receive()) {
                        EXPECT_TRUE(check(f));
                    }
                    std::this_thread::yield();
                }
            }
        });
    }
    for (unsigned i = 0; i < rounds(300); ++i) {
        ASSERT_OK(a.open(GetParam().port, reg().slots(32)));
        for (unsigned k = 0; k < 5; ++k) {
            a.tx().put(make_checked(broadcast, mac_of(1), 100, {1, k}));
            EXPECT_OK(a.txsync());
            a.receive();
            std::this_thread::yield();
        }
        a.close();
    }
    stop = true;
    watchers.clear();
    sender.join();
}

TEST_P(MonitorRace, two_threads_close_port_and_monitor_at_once) {
    ASSERT_OK(b.open(GetParam().peer, reg().slots(16)));
    for (unsigned i = 0; i < rounds(300); ++i) {
        port second;
        const uint64_t flags = kinds[i % 4];
        ASSERT_OK(a.open(GetParam().port, reg().slots(16)));
        ASSERT_OK(m.open(a.name(), reg().flags(flags)));
        ASSERT_OK(second.open(a.name(), reg().flags(flags)));
        b.tx().put(numbered(i)); // a pipe keeps what nobody has read
        EXPECT_OK(b.txsync());
        {
            const std::jthread one([&] { a.close(); });
            const std::jthread two([&] { m.close(); });
            b.txsync();
            second.rxsync();
        }
        EXPECT_EQ(0, second.poll(POLLIN) & ~(POLLERR | POLLIN));
        b.receive();
        b.txsync();
    }
}

} // namespace
} // namespace conformance
