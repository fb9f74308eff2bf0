// SPDX-License-Identifier: BSD-2-Clause
// Interfaces whose state changes under an open port, and what must not change
// (checks A100, A103, A121, A125, D78, D81, D82, D90, D92, D93).
#include "interface.hpp"

#include <net/netmap_legacy.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

namespace conformance {
namespace {

class InterfaceState : public interface_suite {};

/// The state of a process in a word of one letter: S sleeps.
char state_of(pid_t process) {
    std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
    std::string number;
    std::string name;
    char state = 0;
    stat >> number >> name >> state;
    return state;
}

TEST_F(InterfaceState, A100_D94_a_sleeper_on_an_interface_that_is_down_can_be_killed) {
    int told[2];
    ASSERT_EQ(0, ::pipe2(told, O_CLOEXEC));
    const pid_t child = ::fork();
    if (child == 0) {
        port p;
        if (!!p.open("nmx0", reg().mode(NR_REG_NIC_SW)) || ::write(told[1], "", 1) != 1) {
            ::_exit(1);
        }
        p.poll(POLLIN, -1);
        ::_exit(2);
    }
    char byte;
    ASSERT_EQ(1, ::read(told[0], &byte, 1));
    EXPECT_TRUE(eventually([&] { return state_of(child) == 'S'; }));
    ASSERT_OK(set_up("nmx0", false));
    EXPECT_EQ('S', state_of(child)) << "it still waits";
    EXPECT_EQ(0, ::kill(child, SIGKILL));
    int status = 0;
    EXPECT_EQ(child, ::waitpid(child, &status, 0));
    EXPECT_TRUE(WIFSIGNALED(status));
    ::close(told[0]);
    ::close(told[1]);
    port p;
    EXPECT_OK(p.open("nmx0", reg().flags(NR_EXCLUSIVE))) << "nothing of it is left";
}

TEST_F(InterfaceState, A103_a_question_about_another_region_changes_nothing) {
    port other;
    ASSERT_OK(other.open("vale0:a", reg().slots(16)));
    nmreq_port_info_get info{};
    info.nr_mem_id = other.reply.nr_mem_id;
    info.nr_host_tx_rings = info.nr_host_rx_rings = 3;
    ASSERT_OK(port_info("nmx0", info));
    EXPECT_EQ(other.reply.nr_mem_id, info.nr_mem_id) << "as REGISTER would have it";
    port p;
    ASSERT_OK(p.open("nmx0"));
    EXPECT_EQ(1, p.reply.nr_mem_id);
    EXPECT_EQ(1, p.reply.nr_host_tx_rings);
    info = {};
    info.nr_mem_id = other.reply.nr_mem_id;
    ASSERT_OK(port_info("nmx0", info));
    EXPECT_EQ(1, info.nr_mem_id) << "open, it says where it is";
}

/// Binds in the old way, and says which of NIC and host rings are bound.
struct old_binding {
    explicit old_binding(uint16_t ringid) {
        nmreq r{};
        std::strcpy(r.nr_name, "nmx0");
        r.nr_version = NETMAP_API;
        r.nr_ringid = ringid;
        result = d.ioctl(NIOCREGIF, &r);
        if (!!result) {
            return;
        }
        EXPECT_EQ(ringid, r.nr_ringid);
        EXPECT_EQ(0u, r.nr_flags);
        const mapping map(d, r.nr_memsize);
        const netmap_if* nifp = NETMAP_IF(map.base(), r.nr_offset);
        tx_nic = nifp->ring_ofs[0] != 0;
        tx_host = nifp->ring_ofs[1] != 0;
        rx_nic = nifp->ring_ofs[2] != 0;
        rx_host = nifp->ring_ofs[3] != 0;
    }
    descriptor d;
    err result;
    bool tx_nic = false;
    bool tx_host = false;
    bool rx_nic = false;
    bool rx_host = false;
};

TEST_F(InterfaceState, A121_the_old_ring_id_chooses_nic_or_host_rings) {
    const old_binding host(NETMAP_SW_RING);
    ASSERT_OK(host.result);
    EXPECT_TRUE(host.tx_host && host.rx_host);
    EXPECT_FALSE(host.tx_nic || host.rx_nic);
    const old_binding one(NETMAP_HW_RING);
    ASSERT_OK(one.result);
    EXPECT_TRUE(one.tx_nic && one.rx_nic);
    EXPECT_FALSE(one.tx_host || one.rx_host);
    const old_binding all(0);
    ASSERT_OK(all.result);
    EXPECT_TRUE(all.tx_nic && all.rx_nic);
    EXPECT_FALSE(all.tx_host || all.rx_host) << "NIC rings only";
    EXPECT_ERR(EINVAL, old_binding(NETMAP_HW_RING | 1).result);
}

// `ethtool -G` is refused in the same way; no veth has rings whose size is set.
// An MTU is free, since packets of any length take several slots.
TEST_F(InterfaceState, A125_D93_queues_stay_and_the_mtu_may_grow_while_open) {
    make_pair(2);
    port p;
    ASSERT_OK(p.open("nmx0"));
    EXPECT_EQ(2, p.reply.nr_tx_rings);
    EXPECT_ERR(EBUSY, set_queues("nmx0", 1));
    ASSERT_OK(set_mtu("nmx0", 9000));
    ASSERT_OK(set_mtu("nmx1", 9000));
    const wire far("nmx1");
    const frame jumbo = numbered(1, 8000);
    ASSERT_TRUE(p.tx().put_in(5, jumbo));
    ASSERT_OK(p.txsync());
    EXPECT_EQ(std::vector<frame>{jumbo}, far.receive(1));
    p.close();
    EXPECT_OK(set_queues("nmx0", 1));
    ASSERT_OK(p.open("nmx0"));
    EXPECT_EQ(1, p.reply.nr_tx_rings) << "whoever comes next finds the device as it is";
}

TEST_F(InterfaceState, D78_a_member_of_a_bridge_is_busy) {
    const kernel_bridge bridge;
    if (bridge.error().code == EOPNOTSUPP) {
        GTEST_SKIP() << "this kernel has no bridge";
    }
    ASSERT_OK(bridge.error());
    ASSERT_OK(bridge.take_in("nmx0"));
    const descriptor d;
    EXPECT_ERR(EBUSY, d.bind("nmx0"));
    EXPECT_FALSE(d.bound());
    EXPECT_OK(descriptor().bind("nmx0", reg().flags(NR_TX_RINGS_ONLY)))
        << "what it sends is nobody's";
    EXPECT_OK(descriptor().bind("nmx0", reg().mode(NR_REG_SW)));
    ASSERT_OK(bridge.let_go("nmx0"));
    EXPECT_OK(d.bind("nmx0")) << "the descriptor is as new";
    EXPECT_ERR(EBUSY, bridge.take_in("nmx0")) << "and the other way round";
}

TEST_F(InterfaceState, D81_a_ring_loses_nothing_while_another_is_bound_and_unbound) {
    make_pair(2);
    port p;
    port far;
    ASSERT_OK(p.open("nmx0", reg().one(0)));
    ASSERT_OK(far.open("nmx1")); // its TX ring 0 feeds RX queue 0
    std::atomic<bool> stop = false;
    std::atomic<unsigned> turns = 0;
    std::jthread other([&] {
        while (!stop) {
            EXPECT_OK(descriptor().bind("nmx0", reg().one(1)));
            ++turns;
        }
    });
    for (uint32_t i = 0; i < rounds(50) || turns < 20; ++i) {
        ASSERT_OK(far.send(row(i * 50, i * 50 + 50)));
        ASSERT_EQ(row(i * 50, i * 50 + 50), collect(p, 50)) << "after " << turns << " turns";
        ASSERT_OK(p.send(row(0, 50)));
        ASSERT_EQ(row(0, 50), collect(far, 50)) << "after " << turns << " turns";
    }
    stop = true;
}

TEST_F(InterfaceState, D82_a_full_tx_ring_has_room_again_without_being_asked_for_a_report) {
    port p;
    ASSERT_OK(p.open("nmx0"));
    const ring tx = p.tx();
    uint32_t sent = 0;
    for (unsigned i = 0; i < rounds(50); ++i) {
        while (tx.put(numbered(sent))) {
            ++sent;
        }
        ASSERT_EQ(POLLOUT, p.poll(POLLOUT, patience_ms())) << sent;
    }
    EXPECT_LE(tx.slots() - 1, sent);
    for (uint32_t i = 0; i < tx.slots(); ++i) {
        ASSERT_EQ(0, tx.slot(i).flags & NS_REPORT);
    }
    ASSERT_TRUE(eventually([&] {
        EXPECT_OK(p.txsync());
        nmreq_stats_get s;
        return !stats("nmx0", direction::tx, 0, s) && s.nr_packets == sent;
    })) << "all went to the device";
}

TEST_F(InterfaceState, D82_whoever_waits_for_room_on_an_interface_that_is_down_is_woken) {
    port p;
    ASSERT_OK(p.open("nmx0"));
    ASSERT_OK(set_up("nmx0", false));
    const ring tx = p.tx();
    while (tx.put(numbered(1))) {
    }
    EXPECT_EQ(0, p.poll(POLLOUT, 10)) << "no room";
    const auto syncs = [] {
        nmreq_stats_get s;
        EXPECT_OK(stats("nmx0", direction::tx, 0, s));
        return s.nr_syncs;
    };
    const uint64_t before = syncs();
    std::atomic<bool> ready = false;
    // longer than eventually() waits: when its time is over, a poll looks once more
    std::jthread sleeper([&] { ready = p.poll(POLLOUT, 2 * patience_ms()) == POLLOUT; });
    ASSERT_TRUE(eventually([&] { return syncs() >= before + 2; }))
        << "it has looked twice, and sleeps";
    ASSERT_OK(set_up("nmx0", true));
    EXPECT_TRUE(eventually([&] { return ready.load(); }));
}

TEST_F(InterfaceState, D90_a_frame_that_does_not_fit_behind_the_offset_takes_two_slots) {
    ASSERT_OK(set_mtu("nmx0", 2000));
    ASSERT_OK(set_mtu("nmx1", 2000));
    nmreq_opt_offsets o{};
    o.nro_opt = make_option(NETMAP_REQ_OPT_OFFSETS, sizeof(o));
    o.nro_max_offset = o.nro_initial_offset = 512;
    port p;
    ASSERT_OK(p.open("nmx0", reg{}, &o.nro_opt));
    const ring rx = p.rx();
    for (uint32_t i = 0; i < rx.slots(); ++i) {
        std::memset(rx.data(i), 0x77, rx.buf_size());
    }
    const wire far("nmx1");
    const frame sent = numbered(1, 1600);
    ASSERT_OK(far.send(sent));
    ASSERT_TRUE(eventually([&] {
        EXPECT_OK(p.rxsync());
        return rx.space() == 2;
    }));
    frame got;
    for (uint32_t i = 0; i < 2; ++i) {
        const netmap_slot s = rx.slot(i);
        ASSERT_EQ(512u, s.ptr & rx.raw()->offset_mask);
        ASSERT_LE(512u + s.len, rx.buf_size());
        EXPECT_EQ(i == 0 ? NS_MOREFRAG : 0, s.flags);
        got.insert(got.end(), rx.data(i) + 512, rx.data(i) + 512 + s.len);
        EXPECT_EQ(frame(512, 0x77), frame(rx.data(i), rx.data(i) + 512)) << "before the data";
    }
    EXPECT_EQ(sent, got);
    for (uint32_t i = 2; i < rx.slots(); ++i) {
        ASSERT_EQ(frame(rx.buf_size(), 0x77), frame(rx.data(i), rx.data(i) + rx.buf_size())) << i;
    }
}

TEST_F(InterfaceState, D92_a_reset_moves_nothing_back_and_loses_nothing_unread) {
    port p;
    ASSERT_OK(p.open("nmx0"));
    const wire far("nmx1");
    const ring rx = p.rx();
    const ring tx = p.tx();
    ASSERT_OK(p.send(row(0, 5)));
    EXPECT_EQ(row(0, 5), far.receive(5));
    for (uint32_t i = 0; i < 3; ++i) {
        ASSERT_OK(far.send(numbered(i)));
    }
    ASSERT_TRUE(eventually([&] {
        EXPECT_OK(p.rxsync());
        return rx.space() == 3;
    }));
    ASSERT_TRUE(rx.take());
    for (const bool up : {false, true}) {
        ASSERT_OK(set_up("nmx0", up));
        EXPECT_OK(p.rxsync());
        EXPECT_OK(p.txsync());
        EXPECT_EQ(1u, rx.head());
        EXPECT_EQ(1u, rx.cur());
        EXPECT_EQ(3u, rx.tail());
        EXPECT_EQ(5u, tx.head());
        EXPECT_EQ(5u, tx.cur());
        EXPECT_EQ(tx.slots() - 1, tx.space()) << "all of it can be written";
    }
    EXPECT_EQ(row(1, 3), collect(p, 2)) << "what was unread";
    ASSERT_TRUE(tx.put(numbered(7)));
    ASSERT_TRUE(eventually([&] {
        EXPECT_OK(p.txsync());
        return far.receive() == std::vector<frame>{numbered(7)};
    }));
    ASSERT_TRUE(eventually([&] { // the far end learns of the link a little later
        EXPECT_OK(far.send(numbered(8)));
        const auto got = p.receive();
        return !got.empty() && got.back() == numbered(8);
    }));
}

} // namespace
} // namespace conformance
