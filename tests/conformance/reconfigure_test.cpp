// SPDX-License-Identifier: BSD-2-Clause
// Interfaces that change while they are open: MTU, queues, links, names,
// namespaces, removal. Refused with a reason, or survived with a wake-up and a
// clean error.
#include "on_wire.hpp"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <fstream>

namespace conformance {
namespace {

class Reconfigure : public on_wire {};

/// An interface with two queues.
class ReconfigureQueues : public on_wire {
  protected:
    ReconfigureQueues() : on_wire(2) {}
};

TEST_F(Reconfigure, pain_row_10_frames_of_any_mtu_pass_both_ways) {
    const wire far(pair_->b());
    for (const int mtu : {1500, 2035, 9000, 65535}) {
        SCOPED_TRACE(mtu);
        ASSERT_OK(set_mtu(pair_->a(), mtu));
        ASSERT_OK(set_mtu(pair_->b(), mtu));
        port p;
        ASSERT_OK(p.open("nmx0"));
        const size_t longest = static_cast<size_t>(mtu) + ether_header;
        const size_t slot = p.tx().buf_size();
        for (const size_t len : {longest, longest - 1, longest / 2}) {
            const frame f = numbered(static_cast<uint32_t>(len), len);
            const auto slots = static_cast<unsigned>((len + slot - 1) / slot);
            ASSERT_TRUE(p.tx().put_in(slots, f));
            ASSERT_OK(p.txsync());
            EXPECT_EQ(std::vector<frame>{f}, far.receive(1)) << len << " to the wire";
            ASSERT_OK(far.send(f));
            std::vector<packet> got;
            ASSERT_TRUE(eventually([&] {
                got = p.receive_packets();
                return !got.empty();
            }));
            EXPECT_EQ(f, got[0].data) << len << " from the wire";
            EXPECT_EQ(slots, got[0].slots);
        }
        EXPECT_EQ(0u, all_drops({"nmx0"}));
    }
}

TEST_F(Reconfigure, pain_row_10_jumbo_frames_pass_host_rings_both_ways) {
    for (const int mtu : {9000, 65535}) {
        SCOPED_TRACE(mtu);
        ASSERT_OK(set_mtu(pair_->a(), mtu));
        port p;
        ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_NIC_SW)));
        const wire near(pair_->a());
        const wire stack(pair_->a(), wire::sees::what_the_stack_gets);
        const frame f = numbered(1, static_cast<size_t>(mtu) + ether_header);
        const size_t slot = p.tx().buf_size();
        ASSERT_OK(near.send(f));
        EXPECT_EQ(std::vector<frame>{f}, collect(p, 1, 1));
        ASSERT_TRUE(p.tx(1).put_in(static_cast<unsigned>((f.size() + slot - 1) / slot), f));
        ASSERT_OK(p.txsync());
        EXPECT_EQ(std::vector<frame>{f}, stack.receive(1));
    }
}

TEST_F(Reconfigure, mtu_changes_while_open_and_packets_flow) {
    port p;
    ASSERT_OK(p.open("nmx0"));
    const wire far(pair_->b());
    std::atomic<bool> stop = false;
    std::jthread traffic([&] {
        for (uint32_t i = 0; !stop; ++i) {
            p.tx().put_in(1 + i % 5, numbered(i, 1000 + i % 8000));
            EXPECT_OK(p.txsync());
            p.receive();
            far.send(numbered(i, 1000 + i % 500));
            far.receive();
        }
    });
    for (unsigned i = 0; i < rounds(100); ++i) {
        const int mtu = i % 2 != 0 ? 1500 : 9000;
        EXPECT_OK(set_mtu(pair_->a(), mtu));
        EXPECT_OK(set_mtu(pair_->b(), mtu));
    }
    stop = true;
    traffic.join();
    p.receive();
    far.receive();
    expect_passage(p, far);
}

TEST_F(Reconfigure, link_flaps_are_survived_while_packets_flow) {
    port p;
    ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_NIC_SW)));
    const wire far(pair_->b());
    std::atomic<bool> stop = false;
    std::jthread traffic([&] {
        while (!stop) {
            p.tx(0).put(numbered(1));
            p.tx(1).put(numbered(2));
            EXPECT_OK(p.txsync());
            EXPECT_EQ(0, p.poll(POLLIN, 1) & POLLERR);
            p.receive(0);
            p.receive(1);
            far.send(numbered(3));
        }
    });
    for (unsigned i = 0; i < rounds(60); ++i) {
        const std::string& end = i % 2 != 0 ? pair_->a() : pair_->b();
        EXPECT_OK(set_up(end, false));
        EXPECT_OK(set_up(end, true));
    }
    stop = true;
    traffic.join();
    p.receive(0);
    far.receive();
    expect_passage(p, far);
}

TEST_F(Reconfigure, a_link_that_comes_back_wakes_or_serves_who_waits) {
    port p;
    ASSERT_OK(p.open("nmx0"));
    const wire far(pair_->b());
    ASSERT_OK(set_up(pair_->b(), false));
    std::jthread later([&] {
        EXPECT_OK(set_up(pair_->b(), true));
        EXPECT_TRUE(eventually([&] { return !far.send(numbered(1)); }));
    });
    EXPECT_EQ(POLLIN, p.poll(POLLIN, patience_ms()));
}

TEST_F(ReconfigureQueues, pain_row_17_queues_stay_as_they_are_while_tx_rings_are_open) {
    port p;
    ASSERT_OK(p.open("nmx0"));
    EXPECT_EQ(2u, p.reply.nr_tx_rings);
    EXPECT_ERR(EBUSY, set_queues("nmx0", 1));
    expect_passage(p, wire(pair_->b()));
    p.close();
    ASSERT_OK(set_queues("nmx0", 1)) << "nobody has it open";
    ASSERT_OK(p.open("nmx0"));
    EXPECT_EQ(1u, p.reply.nr_tx_rings);
    EXPECT_EQ(1u, p.reply.nr_rx_rings);
}

TEST_F(ReconfigureQueues, pain_row_17_queues_that_go_from_under_rx_or_host_rings_are_survived) {
    for (const reg& kept : {reg().flags(NR_RX_RINGS_ONLY), reg().mode(NR_REG_SW)}) {
        port p;
        ASSERT_OK(p.open("nmx0", kept));
        const wire far(pair_->b());
        for (const unsigned queues : {1u, 2u, 1u}) {
            const err e = set_queues("nmx0", queues);
            EXPECT_TRUE(one_of(e, {0, EBUSY})) << e;
            ASSERT_OK(far.send(numbered(1)));
            EXPECT_OK(p.rxsync());
        }
        port all; // with as many rings as there were when the first came
        ASSERT_OK(all.open("nmx0"));
        EXPECT_EQ(p.reply.nr_tx_rings, all.reply.nr_tx_rings);
        for (unsigned ring = 0; ring < all.reply.nr_tx_rings; ++ring) {
            ASSERT_OK(all.send(numbered(10 + ring), ring));
        }
        EXPECT_EQ(all.reply.nr_tx_rings, far.receive(all.reply.nr_tx_rings).size());
        all.close();
        p.close();
        ASSERT_OK(set_queues("nmx0", 2));
    }
}

TEST_F(Reconfigure, pain_row_17_rings_of_a_nic_stay_as_they_are_while_open) {
    const auto nics = links_of_driver("e1000");
    if (nics.empty()) {
        GTEST_SKIP() << "this machine has no e1000";
    }
    ASSERT_OK(set_up(nics[0], true));
    port p;
    ASSERT_OK(p.open(nics[0]));
    EXPECT_ERR(EBUSY, set_ring_sizes(nics[0], 512));
    p.close();
    ASSERT_OK(set_ring_sizes(nics[0], 512));
    ASSERT_OK(p.open(nics[0]));
    EXPECT_EQ(512u, p.reply.nr_tx_slots);
    EXPECT_EQ(512u, p.reply.nr_rx_slots);
    p.close();
    ASSERT_OK(set_ring_sizes(nics[0], 256));
}

TEST_F(Reconfigure, a_renamed_interface_is_found_under_its_new_name_only) {
    port p;
    ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_NIC_SW)));
    ASSERT_OK(rename_link("nmx0", "nmx9"));
    const wire far(pair_->b());
    expect_passage(p, far);
    EXPECT_ERR(ENXIO, descriptor().bind("nmx0", reg{}));
    port q;
    ASSERT_OK(q.open("nmx9"));
    EXPECT_STREQ("nmx9", q.nifp()->ni_name);
    EXPECT_EQ(p.reply.nr_mem_id, q.reply.nr_mem_id);
    nmreq_stats_get s{};
    ASSERT_OK(stats("nmx9", direction::rx, 0, s));
    EXPECT_EQ(2u, s.nr_opens) << "it is the same port";
    EXPECT_NE(std::string::npos, refusal("nmx9", EINVAL, reg().one(77)).find("nmx9"));
    {
        const veth_pair heir("nmx0", "nmx2"); // somebody else takes the old name
        ASSERT_OK(heir.error());
        port r;
        ASSERT_OK(r.open("nmx0"));
        ASSERT_OK(stats("nmx0", direction::rx, 0, s));
        EXPECT_EQ(1u, s.nr_opens) << "another port";
        expect_passage(r, wire("nmx2"));
        expect_passage(p, far);
    }
    q.close();
    ASSERT_OK(rename_link("nmx9", "nmx0"));
    p.close();
    ASSERT_OK(p.open("nmx0"));
    EXPECT_STREQ("nmx0", p.nifp()->ni_name);
}

TEST_F(Reconfigure, pain_382_an_interface_that_moves_to_another_namespace_ends_and_is_open_there) {
    std::atomic<bool> sent = false;
    other_namespace other([&] {
        ASSERT_OK(set_up("nmx0", true));
        port there;
        ASSERT_OK(there.open("nmx0"));
        EXPECT_TRUE(eventually([&] {
            there.send(numbered(7));
            return !there.receive().empty();
        })) << "what the other end answers";
        sent = true;
    });
    port p;
    ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_NIC_SW)));
    std::jthread mover([&] { EXPECT_OK(move_to_namespace_of("nmx0", other.tid())); });
    expect_ended(p);
    mover.join();
    EXPECT_ERR(ENXIO, descriptor().bind("nmx0", reg{})) << "it is not here any more";
    const wire far(pair_->b());
    other.begin();
    ASSERT_TRUE(eventually([&] {
        if (!far.receive().empty()) {
            far.send(numbered(8));
        }
        return sent.load();
    }));
    p.close();
}

TEST_F(Reconfigure, pain_382_an_attached_interface_that_moves_leaves_a_port_that_can_be_detached) {
    nmreq_vale_attach body{};
    body.reg.nr_mode = NR_REG_NIC_SW;
    std::vector<std::string> listed{"unknown"};
    other_namespace other([&] { listed = switch_ports(); });
    ASSERT_OK(descriptor().request(NETMAP_REQ_VALE_ATTACH, "vale0:nmx0", &body));
    port p;
    ASSERT_OK(p.open("vale0:p"));
    ASSERT_OK(move_to_namespace_of("nmx0", other.tid()));
    other.begin();
    ASSERT_TRUE(eventually([&] { return other.done(); }));
    EXPECT_EQ(std::vector<std::string>{}, listed) << "switches do not move";
    ASSERT_OK(p.send(numbered(1)));
    nmreq_vale_detach gone{};
    EXPECT_OK(descriptor().request(NETMAP_REQ_VALE_DETACH, "vale0:nmx0", &gone));
}

TEST_F(Reconfigure, pain_109_a_nic_is_taken_out_while_it_is_open) {
    const auto nics = links_of_driver("e1000");
    if (nics.empty()) {
        GTEST_SKIP() << "this machine has no e1000";
    }
    const std::string& nic = nics[0];
    ASSERT_OK(set_up(nic, true));
    port p;
    ASSERT_OK(p.open(nic, reg().mode(NR_REG_NIC_SW)));
    std::atomic<bool> gone = false;
    std::jthread traffic([&] {
        while (!gone) {
            p.tx(0).put(numbered(1));
            p.fd().txsync();
            p.fd().rxsync();
        }
    });
    std::ofstream("/sys/class/net/" + nic + "/device/remove") << 1 << std::flush;
    EXPECT_TRUE((p.poll(POLLIN, patience_ms()) & POLLERR) != 0);
    gone = true;
    traffic.join();
    expect_ended(p);
    EXPECT_ERR(ENXIO, descriptor().bind(nic, reg{}));
    std::ofstream("/sys/bus/pci/rescan") << 1 << std::flush;
    ASSERT_TRUE(eventually([&] { return links_of_driver("e1000").size() == nics.size(); }));
    p.close();
    ASSERT_OK(p.open(links_of_driver("e1000")[0])) << "it is back";
}

TEST_F(Reconfigure, a_driver_may_keep_nothing_and_an_interface_may_never_receive) {
    made_link dummy("nmxd", "dummy");
    if (dummy.error().code == EOPNOTSUPP) {
        GTEST_SKIP() << "this kernel has no dummy interfaces";
    }
    ASSERT_OK(dummy.error());
    ASSERT_OK(set_up("nmxd", true));
    port p;
    ASSERT_OK(p.open("nmxd", reg().mode(NR_REG_NIC_SW)));
    ASSERT_OK(p.send(many(100)));
    EXPECT_EQ(100, statistic("nmxd", "tx_packets"));
    EXPECT_EQ(0, p.poll(POLLIN));
    ASSERT_OK(set_mtu("nmxd", 9000));
    ASSERT_OK(rename_link("nmxd", "nmxe"));
    ASSERT_OK(p.send(numbered(1)));
    ASSERT_OK(rename_link("nmxe", "nmxd"));
    std::jthread unplug([&] { EXPECT_OK(dummy.remove()); });
    expect_ended(p);
}

TEST_F(Reconfigure, a_tap_ends_with_the_program_that_holds_it) {
    const int tap = ::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (tap < 0) {
        GTEST_SKIP() << "this kernel has no taps";
    }
    ifreq wanted{};
    std::strcpy(wanted.ifr_name, "nmxt");
    wanted.ifr_flags = IFF_TAP | IFF_NO_PI;
    ASSERT_EQ(0, ::ioctl(tap, TUNSETIFF, &wanted));
    ASSERT_OK(set_up("nmxt", true));
    port p;
    ASSERT_OK(p.open("nmxt", reg().mode(NR_REG_NIC_SW)));
    const frame out = numbered(1, 300);
    ASSERT_OK(p.send(out));
    frame in(2000);
    ASSERT_TRUE(eventually([&] {
        in.resize(2000);
        const ssize_t got = ::read(tap, in.data(), in.size());
        in.resize(got > 0 ? static_cast<size_t>(got) : 0);
        return in == out;
    }));
    ASSERT_EQ(200, ::write(tap, numbered(2, 200).data(), 200));
    EXPECT_EQ(std::vector<frame>{numbered(2, 200)}, collect(p, 1));
    std::jthread unplug([&] { ::close(tap); });
    expect_ended(p);
}

TEST_F(Reconfigure, loopback_goes_down_and_comes_back_while_open) {
    port p;
    ASSERT_OK(p.open("lo"));
    for (unsigned i = 0; i < rounds(40); ++i) {
        ASSERT_OK(set_up("lo", false));
        p.send(numbered(1));
        EXPECT_EQ(0, p.poll(POLLIN) & POLLERR);
        ASSERT_OK(set_up("lo", true));
    }
    p.receive();
    ASSERT_TRUE(eventually([&] {
        p.send(numbered(2));
        return !p.receive().empty();
    }));
}

TEST_F(Reconfigure, pain_row_3_open_and_close_leave_the_link_alone_and_packets_pass_at_once) {
    const long changes = property("nmx0", "carrier_changes");
    const long peers = property("nmx1", "carrier_changes");
    const wire far(pair_->b());
    for (uint32_t i = 0; i < 10; ++i) {
        port p;
        ASSERT_OK(p.open("nmx0", reg().mode(i % 2 != 0 ? NR_REG_NIC_SW : NR_REG_ALL_NIC)));
        ASSERT_OK(p.send(numbered(i)));
        EXPECT_EQ(std::vector<frame>{numbered(i)}, far.receive(1)) << "without a wait";
        EXPECT_EQ(1, property("nmx0", "carrier"));
    }
    EXPECT_EQ(changes, property("nmx0", "carrier_changes"));
    EXPECT_EQ(peers, property("nmx1", "carrier_changes"));
}

TEST_F(Reconfigure, pain_row_4_flags_and_offloads_are_kept_across_open_and_close) {
    ASSERT_OK(set_promiscuous("nmx0", true));
    const long flags = property("nmx0", "flags");
    const auto before = offloads("nmx0");
    EXPECT_NE(0, flags & 0x100) << "promiscuous";
    for (const uint32_t mode : {NR_REG_ALL_NIC, NR_REG_NIC_SW, NR_REG_SW}) {
        port p;
        ASSERT_OK(p.open("nmx0", reg().mode(mode)));
        EXPECT_EQ(flags, property("nmx0", "flags"));
        EXPECT_EQ(before, offloads("nmx0"));
        p.close();
        EXPECT_EQ(flags, property("nmx0", "flags"));
        EXPECT_EQ(before, offloads("nmx0"));
    }
    ASSERT_OK(set_promiscuous("nmx0", false));
}

TEST_F(Reconfigure, pain_row_6_rings_longer_than_the_region_holds_are_as_long_as_it_does) {
    const param_guard as_a_fast_nic("generic_ringsize", 4096);
    const auto most = [](uint32_t object) {
        return static_cast<uint32_t>((object - sizeof(netmap_ring)) / sizeof(netmap_slot));
    };
    port p;
    ASSERT_OK(p.open("nmx0"));
    nmreq_pools_info pools{};
    ASSERT_OK(pools_info("nmx0", pools));
    EXPECT_EQ(most(pools.nr_ring_pool_objsize), p.reply.nr_tx_slots);
    EXPECT_EQ(most(pools.nr_ring_pool_objsize), p.rx().slots());
    expect_passage(p, wire(pair_->b()));
    p.close();
    param_guard object("ring_size", 8192);
    ASSERT_OK(p.open("nmx0"));
    EXPECT_EQ(most(8192), p.reply.nr_tx_slots);
    EXPECT_EQ(most(8192), p.reply.nr_rx_slots);
    p.close();
    object.set(131072);
    ASSERT_OK(p.open("nmx0"));
    EXPECT_EQ(4096u, p.reply.nr_tx_slots);
    EXPECT_EQ(4096u, p.reply.nr_rx_slots);
}

} // namespace
} // namespace conformance
