// SPDX-License-Identifier: BSD-2-Clause
// Defects of old that concern interfaces and regions, each tried: the number in
// a test's name is that of the report. docs/regressions.md has the whole list.
#include "on_wire.hpp"

#include <linux/if_ether.h>

#include <map>

namespace conformance {
namespace {

class Defects : public suite {};
class DefectsOnWire : public on_wire {};

/// An interface with two queues.
class DefectsOnQueues : public on_wire {
  protected:
    DefectsOnQueues() : on_wire(2) {}
};

TEST_F(Defects, pain_602_regions_larger_than_32_bits_can_count) {
    const param_guard size("buf_size", 65536);
    const param_guard number("buf_num", 70000); // 4.3 GiB: 0.27 in 32 bits
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a", reg().mem(1).slots(16)));
    ASSERT_OK(b.open("vale0:b", reg().mem(1).slots(16)));
    nmreq_pools_info pools{};
    ASSERT_OK(pools_info("vale0:a", pools));
    EXPECT_GE(pools.nr_buf_pool_objtotal, 70000u);
    EXPECT_EQ(pools.nr_memsize, pools.nr_buf_pool_offset +
                                    uint64_t{pools.nr_buf_pool_objtotal} *
                                        pools.nr_buf_pool_objsize);
    EXPECT_GT(pools.nr_memsize, uint64_t{1} << 32);
    EXPECT_EQ(pools.nr_memsize, a.reply.nr_memsize);
    const frame f = make_frame(broadcast, mac_of(1), 60000);
    ASSERT_OK(a.send(f));
    EXPECT_EQ(std::vector<frame>{f}, b.receive());
    netmap_slot s = a.tx().slot(a.tx().head()); // the last buffer has no memory yet: it is none
    const uint32_t mine = s.buf_idx;
    s.buf_idx = pools.nr_buf_pool_objtotal - 1;
    s.len = 60;
    a.tx().slot(a.tx().head(), s);
    a.tx().set(a.tx().next(a.tx().head()), a.tx().next(a.tx().head()));
    EXPECT_OK(a.txsync());
    EXPECT_EQ(std::vector<frame>{}, b.receive());
    s.buf_idx = mine;
    a.tx().slot(a.tx().prev(a.tx().head()), s);
}

TEST_F(DefectsOnWire, defect_reference_leak_refused_requests_hold_no_interface) {
    for (unsigned i = 0; i < rounds(100); ++i) {
        nmreq_option unknown = unknown_option();
        reg many;
        many.nr_host_tx_rings = 65535;
        EXPECT_ERR(EINVAL, descriptor().bind("nmx0", reg().one(9)));
        EXPECT_ERR(EINVAL, descriptor().bind("nmx0", reg().mode(77)));
        EXPECT_ERR(EINVAL, descriptor().bind("nmx0", reg().mem(65535)));
        EXPECT_ERR(EINVAL, descriptor().bind("nmx0", std::move(many)));
        EXPECT_ERR(EOPNOTSUPP, descriptor().bind("nmx0", reg().flags(NR_NATIVE_ONLY)));
        EXPECT_ERR(EOPNOTSUPP, descriptor().bind("nmx0", reg{}, &unknown));
        EXPECT_ERR(EINVAL, descriptor().bind("nmx0", reg().flags(NR_MONITOR_RX)));
        EXPECT_ERR(EINVAL, descriptor().bind("nmx0{", reg{}));
        nmreq_vale_attach body{};
        body.reg.nr_mode = NR_REG_SW;
        EXPECT_ERR(EINVAL, descriptor().request(NETMAP_REQ_VALE_ATTACH, "vale0:nmx0", &body));
    }
    port p;
    ASSERT_OK(p.open("nmx0", reg().flags(NR_EXCLUSIVE)));
    for (unsigned i = 0; i < rounds(100); ++i) {
        EXPECT_ERR(EBUSY, descriptor().bind("nmx0", reg{}));
        EXPECT_ERR(EBUSY, descriptor().bind("nmx0", reg().flags(NR_EXCLUSIVE)));
    }
    nmreq_stats_get s{};
    ASSERT_OK(stats("nmx0", direction::rx, 0, s));
    EXPECT_EQ(1u, s.nr_opens);
    p.close();
    port keeper; // whoever comes first chooses the region: nobody else holds the port
    ASSERT_OK(keeper.open("vale0:k", reg().slots(16)));
    ASSERT_OK(p.open("nmx0", reg().mem(keeper.reply.nr_mem_id)));
    EXPECT_EQ(keeper.reply.nr_mem_id, p.reply.nr_mem_id);
    p.close();
    EXPECT_OK(pair_->remove()) << "waits for whoever holds it";
}

TEST_F(DefectsOnWire, pain_287_rings_of_one_direction_or_of_the_host_alone) {
    const wire near(pair_->a());
    const wire far(pair_->b());
    const wire stack(pair_->a(), wire::sees::what_the_stack_gets);
    port p;
    ASSERT_OK(p.open("nmx0", reg().flags(NR_TX_RINGS_ONLY)));
    EXPECT_EQ(0, p.rx_offset(0));
    ASSERT_OK(p.send(numbered(1)));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, far.receive(1));
    ASSERT_OK(far.send(numbered(2)));
    EXPECT_EQ(std::vector<frame>{numbered(2)}, stack.receive(1)) << "the host receives as before";
    ASSERT_OK(p.open("nmx0", reg().flags(NR_RX_RINGS_ONLY)));
    EXPECT_EQ(0, p.tx_offset(0));
    ASSERT_OK(far.send(numbered(3)));
    EXPECT_EQ(std::vector<frame>{numbered(3)}, collect(p, 1));
    ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_SW).flags(NR_TX_RINGS_ONLY)));
    ASSERT_OK(p.send(numbered(4), 1));
    EXPECT_EQ(std::vector<frame>{numbered(4)}, stack.receive(1));
    ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_SW).flags(NR_RX_RINGS_ONLY)));
    ASSERT_OK(near.send(numbered(5)));
    EXPECT_EQ(std::vector<frame>{numbered(5)}, far.receive(1)) << "no NIC ring is open";
}

TEST_F(DefectsOnQueues, pain_779_408_412_144_573_rings_come_and_go_and_links_flap_beside_a_sync) {
    const wire far(pair_->b());
    port kept;
    ASSERT_OK(kept.open("nmx0", reg().one(0)));
    std::atomic<bool> stop = false;
    std::jthread syncs([&] {
        while (!stop) {
            kept.tx(0).put(numbered(1));
            EXPECT_OK(kept.txsync());
            kept.receive(0);
            EXPECT_EQ(0, kept.poll(POLLIN) & POLLERR);
        }
    });
    std::jthread peer([&] {
        while (!stop) {
            far.send(numbered(2));
            far.receive();
        }
    });
    for (unsigned i = 0; i < rounds(200); ++i) {
        port other;
        ASSERT_OK(other.open("nmx0", i % 3 == 0 ? reg().mode(NR_REG_SW) : reg().one(1)));
        if (i % 3 != 0) {
            other.tx(1).put(numbered(3));
            EXPECT_OK(other.txsync());
        }
        if (i % 4 == 0) { // a reset, for most drivers
            ASSERT_OK(set_up("nmx0", false));
            ASSERT_OK(set_up("nmx0", true));
        }
    }
    stop = true;
    syncs.join();
    peer.join();
    far.receive();
    ASSERT_TRUE(eventually([&] {
        kept.send(numbered(4));
        return !far.receive().empty();
    }));
}

TEST_F(DefectsOnWire, pain_779_408_412_144_573_a_descriptor_closes_while_its_rings_sync) {
    const wire far(pair_->b());
    for (unsigned i = 0; i < rounds(100); ++i) {
        port p;
        ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_NIC_SW)));
        p.unmap();
        const int fd = p.fd().release();
        std::atomic<unsigned> begun = 0;
        std::vector<std::jthread> users;
        for (const unsigned long cmd : {NIOCTXSYNC, NIOCRXSYNC}) {
            users.emplace_back([&, cmd](const std::stop_token& stop) {
                ++begun;
                while (!stop.stop_requested()) {
                    far.send(numbered(1));
                    const err e = result(the_host().ioctl(fd, cmd, nullptr));
                    ASSERT_TRUE(one_of(e, {0, EBADF})) << e;
                }
            });
        }
        ASSERT_TRUE(eventually([&] { return begun == 2; }));
        EXPECT_OK(result(the_host().close(fd)));
    }
    port p;
    ASSERT_OK(p.open("nmx0"));
    far.receive();
    expect_passage(p, far);
}

/// A port in exclusive use by somebody else: bond, bridge, macvlan.
class DefectsOfMembers : public on_wire {
  protected:
    void expect_refused(const std::string& master) {
        for (const reg& wanted : {reg{}, reg().mode(NR_REG_NIC_SW), reg().flags(NR_RX_RINGS_ONLY)}) {
            const std::string words = refusal("nmx0", EBUSY, wanted);
            EXPECT_NE(std::string::npos, words.find("nmx0")) << words;
            EXPECT_NE(std::string::npos, words.find(master)) << words;
        }
        nmreq_vale_attach body{};
        body.reg.nr_mode = NR_REG_ALL_NIC;
        EXPECT_ERR(EBUSY, descriptor().request(NETMAP_REQ_VALE_ATTACH, "vale0:nmx0", &body));
        port p;
        EXPECT_OK(p.open("nmx0", reg().flags(NR_TX_RINGS_ONLY))) << "sending disturbs nobody";
        ASSERT_OK(p.send(numbered(1)));
        EXPECT_EQ(std::vector<frame>{numbered(1)}, wire_.get()->receive(1));
        EXPECT_OK(p.open("nmx0", reg().mode(NR_REG_SW)));
    }
    void expect_master_served(const std::string& master) {
        port p;
        ASSERT_OK(p.open(master));
        wire_.get()->receive();
        expect_passage(p, *wire_);
    }
    void SetUp() override {
        on_wire::SetUp();
        if (!IsSkipped()) {
            wire_ = std::make_unique<wire>(pair_->b());
        }
    }
    std::unique_ptr<wire> wire_;
};

TEST_F(DefectsOfMembers, pain_201_a_member_of_a_bridge_is_refused_and_the_bridge_named) {
    made_link bridge("nmxbr", "bridge");
    if (bridge.error().code == EOPNOTSUPP) {
        GTEST_SKIP() << "this kernel has no bridges";
    }
    ASSERT_OK(bridge.error());
    ASSERT_OK(set_master("nmx0", "nmxbr"));
    ASSERT_OK(set_up("nmxbr", true));
    expect_refused("nmxbr");
    expect_master_served("nmxbr");
    ASSERT_OK(set_master("nmx0", ""));
    port p;
    ASSERT_OK(p.open("nmx0"));
    EXPECT_ERR(EBUSY, set_master("nmx0", "nmxbr")) << "and the other way round";
    expect_passage(p, *wire_);
    p.close();
    EXPECT_OK(set_master("nmx0", "nmxbr"));
}

TEST_F(DefectsOfMembers, pain_201_a_member_of_a_bond_is_refused_and_the_bond_named) {
    made_link bond("nmxbond", "bond");
    if (bond.error().code == EOPNOTSUPP) {
        GTEST_SKIP() << "this kernel has no bonds";
    }
    ASSERT_OK(bond.error());
    ASSERT_OK(set_up("nmx0", false)); // as bonding wants it
    ASSERT_OK(set_master("nmx0", "nmxbond"));
    ASSERT_OK(set_up("nmxbond", true));
    ASSERT_TRUE(eventually([] { return property("nmx0", "carrier") == 1; }));
    expect_refused("nmxbond");
    expect_master_served("nmxbond");
    ASSERT_OK(set_master("nmx0", ""));
    ASSERT_OK(set_up("nmx0", true));
    port p;
    ASSERT_OK(p.open("nmx0"));
    expect_passage(p, *wire_);
}

TEST_F(DefectsOfMembers, pain_201_an_interface_under_a_macvlan_is_refused) {
    made_link above("nmxmv", "macvlan", "nmx0");
    if (above.error().code == EOPNOTSUPP) {
        GTEST_SKIP() << "this kernel has no macvlan";
    }
    ASSERT_OK(above.error());
    ASSERT_OK(set_up("nmxmv", true));
    expect_refused("macvlan");
    expect_master_served("nmxmv");
}

/// A port whose packets stay in a queue below it for as long as the test wishes.
class DefectsInFlight : public on_wire {
  protected:
    void SetUp() override {
        on_wire::SetUp();
        if (IsSkipped()) {
            return;
        }
        above_ = std::make_unique<made_link>("nmxmv", "macvlan", "nmx0");
        queue_ = std::make_unique<held_queue>("nmx0");
        if (above_->error().code == EOPNOTSUPP || queue_->error().code == ENOENT) {
            GTEST_SKIP() << "this kernel has no macvlan, or no queue that can be held";
        }
        ASSERT_OK(above_->error());
        ASSERT_OK(queue_->error());
        ASSERT_OK(set_up("nmxmv", true));
        far_ = std::make_unique<wire>(pair_->b());
        ASSERT_OK(p.open("nmxmv"));
        ASSERT_OK(p.send(sent));
        EXPECT_TRUE(far_->receive().empty()) << "they are held";
        EXPECT_OK(p.txsync());
        EXPECT_EQ(p.tx().slots() - 1 - sent.size(), p.tx().space()) << "and count as under way";
    }
    void TearDown() override {
        p.close();
        far_.reset();
        above_.reset();
        on_wire::TearDown();
    }
    void expect_arrival() {
        ASSERT_OK(queue_->release());
        EXPECT_EQ(sent, far_->receive(sent.size()));
    }
    const std::vector<frame> sent = many(50, 200);
    std::unique_ptr<made_link> above_;
    std::unique_ptr<held_queue> queue_;
    std::unique_ptr<wire> far_;
    port p;
};

TEST_F(DefectsInFlight, pain_189_389_packets_outlive_the_port_that_sent_them) {
    p.close();
    expect_arrival();
}

TEST_F(DefectsInFlight, pain_189_389_packets_outlive_the_interface_that_sent_them) {
    ASSERT_OK(above_->remove());
    expect_ended(p);
    expect_arrival();
}

TEST_F(DefectsInFlight, pain_189_389_packets_end_while_the_port_closes) {
    std::jthread release([&] { EXPECT_OK(queue_->release()); });
    p.close();
    release.join();
    EXPECT_EQ(sent, far_->receive(sent.size()));
}

TEST_F(DefectsInFlight, pain_189_389_a_port_that_opens_again_does_not_count_old_packets) {
    p.close();
    ASSERT_OK(p.open("nmxmv"));
    EXPECT_EQ(p.tx().slots() - 1, p.tx().space());
    expect_arrival();
    EXPECT_EQ(p.tx().slots() - 1, p.tx().space());
}

TEST_F(DefectsInFlight, pain_189_389_sleepers_wake_when_packets_end) {
    while (p.tx().put(sent[0])) {
    }
    ASSERT_OK(p.txsync());
    ASSERT_EQ(0u, p.tx().space());
    EXPECT_EQ(0, p.poll(POLLOUT));
    std::jthread release([&] { EXPECT_OK(queue_->release()); });
    EXPECT_EQ(POLLOUT, p.poll(POLLOUT, patience_ms()));
}

TEST_F(DefectsInFlight, pain_row_8_room_after_a_full_ring_is_an_event) {
    const auto watch = the_host().watch(p.fd().fd(), direction::tx);
    EXPECT_TRUE(watch->wait(patience_ms())) << "writable from the beginning";
    while (p.tx().put(sent[0])) {
    }
    ASSERT_OK(p.txsync());
    ASSERT_EQ(0u, p.tx().space());
    ASSERT_OK(queue_->release());
    EXPECT_TRUE(watch->wait(patience_ms())) << "nothing is received, and nothing else is sent";
    EXPECT_LT(0u, p.tx().space());
}

TEST_F(DefectsInFlight, pain_199_407_409_403_753_buffers_written_anew_do_not_change_packets_under_way) {
    for (uint32_t i = 0; i < p.tx().slots(); ++i) {
        std::memset(p.tx().data(i), 0xff, p.tx().buf_size());
    }
    expect_arrival();
}

/// Writes over all buffers that the port has given back.
void write_anew(const ring& tx) {
    for (uint32_t i = tx.head(); i != tx.tail(); i = tx.next(i)) {
        std::memset(tx.data(i), 0xff, tx.buf_size());
    }
}

TEST_F(DefectsOnWire, pain_199_407_409_403_753_buffers_are_written_anew_after_every_sync) {
    const on_one_cpu steady;
    const wire far(pair_->b());
    port p;
    ASSERT_OK(p.open("nmx0"));
    const ring tx = p.tx();
    for (uint32_t round = 0; round < rounds(200); ++round) {
        std::vector<frame> sent;
        while (sent.size() < 100 && tx.put(numbered(round * 100 + uint32_t(sent.size()), 1400))) {
            sent.push_back(numbered(round * 100 + uint32_t(sent.size()), 1400));
        }
        ASSERT_OK(p.txsync());
        write_anew(tx);
        ASSERT_EQ(sent, far.receive(sent.size()));
    }
}

TEST_F(DefectsOnWire, pain_199_407_409_403_753_a_nic_reads_what_was_synced) {
    const auto nics = links_of_driver("e1000");
    if (nics.size() < 2) {
        GTEST_SKIP() << "this machine has no two e1000 on one wire";
    }
    for (const std::string& nic : nics) {
        ASSERT_OK(set_up(nic, true));
        ASSERT_TRUE(eventually([&] { return property(nic, "carrier") == 1; }));
    }
    const wire far(nics[1]);
    for (const frame& f : many(20)) {
        ASSERT_OK(wire(nics[0]).send(f));
    }
    ASSERT_EQ(many(20), far.receive(20)) << "the machine's own wire does not work";
    port p;
    ASSERT_OK(p.open(nics[0]));
    const ring tx = p.tx();
    for (uint32_t round = 0; round < 20; ++round) {
        std::vector<frame> sent;
        while (sent.size() < 30) {
            sent.push_back(numbered(round * 30 + uint32_t(sent.size()), 1400));
            ASSERT_TRUE(tx.put(sent.back()));
        }
        std::vector<frame> got;
        ASSERT_TRUE(eventually([&] { // the driver takes as many as it likes at a time
            EXPECT_OK(p.txsync());
            write_anew(tx);
            const auto more = far.receive();
            got.insert(got.end(), more.begin(), more.end());
            return got.size() >= sent.size();
        }));
        ASSERT_EQ(sent, got);
        ASSERT_OK(far.send(numbered(round, 1000)));
        ASSERT_EQ(std::vector<frame>{numbered(round, 1000)}, collect(p, 1));
    }
}

TEST_F(DefectsOnWire, pain_583_127_monitors_of_nic_and_host_rings_in_any_order_under_traffic) {
    const wire near(pair_->a());
    const wire far(pair_->b());
    port p;
    ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_NIC_SW)));
    std::atomic<bool> stop = false;
    std::jthread ports([&] {
        for (uint32_t i = 0; !stop; ++i) {
            p.tx(0).put(make_checked(broadcast, mac_of(1), 100, {1, i}));
            p.tx(1).put(make_checked(broadcast, mac_of(1), 100, {1, i}));
            p.fd().txsync();
            p.receive(0);
            p.receive(1);
        }
    });
    std::jthread hosts([&] {
        for (uint32_t i = 0; !stop; ++i) {
            near.send(make_checked(broadcast, mac_of(2), 100, {2, i}));
            far.send(make_checked(broadcast, mac_of(2), 100, {2, i}));
            near.receive();
            far.receive();
        }
    });
    sequence random(3);
    std::vector<port> monitors(4);
    for (unsigned i = 0; i < rounds(300); ++i) {
        port& some = monitors[random.below(4)];
        some.close();
        const uint32_t mode = random.pick({NR_REG_ALL_NIC, NR_REG_SW, NR_REG_NIC_SW});
        const uint64_t seen = random.pick({NR_MONITOR_TX, NR_MONITOR_RX, NR_MONITOR_TX | NR_MONITOR_RX});
        const uint64_t how = random.pick({0, NR_ZCOPY_MON});
        ASSERT_OK(some.open("nmx0", reg().mode(mode).slots(64).flags(seen | how)));
        for (const port& m : monitors) {
            if (m.fd().fd() < 0) {
                continue;
            }
            EXPECT_OK(m.rxsync());
            for (unsigned ring = 0; ring < 2; ++ring) {
                while (m.rx_offset(ring) != 0) {
                    const auto got = m.rx(ring).take();
                    if (!got) {
                        break;
                    }
                    ASSERT_TRUE(got->data.size() != 100 || check(got->data)) << "damaged";
                }
            }
        }
    }
    stop = true;
    ports.join();
    hosts.join();
    monitors.clear();
    p.receive(0);
    EXPECT_TRUE(all_different(p.ring_indices()));
    far.receive();
    expect_passage(p, far);
}

TEST_F(DefectsOnQueues, pain_row_14_host_pairs_are_used_by_a_thread_each) {
    const wire stack(pair_->a(), wire::sees::what_the_stack_gets);
    const unsigned pairs = 3;
    std::atomic<bool> stop = false;
    std::vector<port> ports(pairs); // outlive who sends on them
    std::vector<std::jthread> senders;
    for (uint32_t i = 0; i < pairs; ++i) {
        reg wanted;
        wanted.mode(NR_REG_ONE_SW, static_cast<uint16_t>(i)).flags(NR_EXCLUSIVE);
        wanted.nr_host_tx_rings = wanted.nr_host_rx_rings = pairs;
        ASSERT_OK(ports[i].open("nmx0", wanted));
        ASSERT_EQ(pairs, ports[i].reply.nr_host_tx_rings);
        const unsigned ring = ports[i].reply.nr_tx_rings + i;
        senders.emplace_back([&, i, ring] {
            // no more than a checking kernel has memory for, if it frees late
            for (uint32_t k = 0; !stop && k < 10000;) {
                k += ports[i].tx(ring).put(make_checked(broadcast, mac_of(i), 100, {i, k})) ? 1 : 0;
                EXPECT_OK(ports[i].txsync());
                EXPECT_OK(ports[i].rxsync());
                std::this_thread::yield();
            }
        });
    }
    std::map<uint32_t, uint32_t> next;
    std::map<uint32_t, unsigned> count;
    ASSERT_TRUE(eventually([&] {
        for (const frame& f : stack.receive()) {
            const auto c = check(f);
            EXPECT_TRUE(c) << "damaged";
            if (c) {
                EXPECT_LE(next[c->flow], c->sequence) << "out of order";
                next[c->flow] = c->sequence + 1;
                ++count[c->flow];
            }
        }
        return count[0] > 100 && count[1] > 100 && count[2] > 100;
    }));
    stop = true;
}

} // namespace
} // namespace conformance
