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

TEST_P(MonitorRace, pain_583_127_added_and_removed_under_traffic_in_any_order) {
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

TEST_P(MonitorRace, buffers_are_exchanged_while_others_of_the_region_come_and_go) {
    open_ports(32);
    ASSERT_OK(m.open(a.name(), reg().slots(16).flags(NR_ZCOPY_MON)));
    std::atomic<bool> stop = false;
    std::vector<std::jthread> threads;
    threads.emplace_back([&] { pump(b, 2, stop); });
    threads.emplace_back([&] {
        while (!stop) {
            a.receive();
            std::this_thread::yield();
        }
    });
    threads.emplace_back([&] {
        uint32_t next[3] = {};
        while (!stop) {
            expect_sane(m.receive(), next, "monitor");
            std::this_thread::yield();
        }
    });
    for (unsigned i = 0; i < rounds(500); ++i) {
        port p;
        ASSERT_OK(p.open("vale1:p", reg().slots(32).mem(a.reply.nr_mem_id).extra(7)));
        ASSERT_TRUE(all_different(p.ring_indices()));
        port q;
        ASSERT_OK(q.open(a.name(), reg().slots(8 + i % 32).flags(NR_ZCOPY_MON)));
        q.receive();
    }
    stop = true;
    threads.clear();
    a.receive(); // whatever is under way comes home
    EXPECT_OK(b.txsync());
    EXPECT_OK(a.txsync());
    EXPECT_TRUE(all_different(owned_buffers()));
}

class MonitorSenders : public suite {};

TEST_F(MonitorSenders, of_one_port_are_shown_packet_by_packet_in_order) {
    port a;
    port m;
    ASSERT_OK(a.open("vale0:a", reg().slots(256)));
    ASSERT_OK(m.open("vale0:a", reg().slots(512).flags(NR_MONITOR_RX)));
    std::vector<port> senders(3);
    for (unsigned i = 0; i < 3; ++i) {
        ASSERT_OK(senders[i].open("vale0:" + std::to_string(i), reg().slots(64)));
    }
    teach(a, mac_of(100), {&senders[0], &senders[1], &senders[2]});
    std::vector<std::jthread> threads;
    std::atomic<unsigned> busy = 3;
    for (unsigned i = 0; i < 3; ++i) {
        threads.emplace_back([&, i] {
            const uint32_t many = rounds(20000);
            for (uint32_t k = 0; k < many; ++k) {
                const frame f = make_checked(mac_of(100), mac_of(i), 60 + k % 100, {i, k});
                while (!senders[i].tx().put_in(1 + k % 3, f)) {
                    EXPECT_OK(senders[i].txsync());
                    std::this_thread::yield();
                }
            }
            EXPECT_OK(senders[i].txsync());
            --busy;
        });
    }
    uint32_t next_a[3] = {};
    uint32_t next_m[3] = {};
    uint64_t shown = 0;
    uint64_t got = 0;
    const auto collect = [&](const port& p, uint32_t(&next)[3]) {
        uint64_t n = 0;
        for (const frame& f : p.receive()) {
            const auto c = check(f);
            EXPECT_TRUE(c && c->flow < 3 && c->sequence >= next[c->flow]);
            next[c ? c->flow : 0] = c ? c->sequence + 1 : 0;
            ++n;
        }
        return n;
    };
    while (busy != 0) {
        shown += collect(m, next_m);
        got += collect(a, next_a);
    }
    threads.clear();
    shown += collect(m, next_m);
    got += collect(a, next_a);
    EXPECT_EQ(got, shown + drops({m.nifp()->ni_name}, NETMAP_DROP_NO_ROOM));
    EXPECT_GT(shown, 0u);
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
