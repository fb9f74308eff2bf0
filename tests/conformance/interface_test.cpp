// SPDX-License-Identifier: BSD-2-Clause
// Ports over network interfaces, emulated: NIC rings and host rings of one end
// of a veth pair (checks D68 to D82, D91, D94, A35 to A41, A60, A99).
#include "interface.hpp"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace conformance {
namespace {

class Interface : public interface_suite {};

TEST_F(Interface, opens_with_the_queues_of_the_device_and_one_pair_of_host_rings) {
    port p;
    ASSERT_OK(p.open("nmx0"));
    EXPECT_EQ(1u, p.reply.nr_tx_rings);
    EXPECT_EQ(1u, p.reply.nr_rx_rings);
    EXPECT_EQ(1u, p.reply.nr_host_tx_rings);
    EXPECT_EQ(1u, p.reply.nr_host_rx_rings);
    EXPECT_EQ(1u, p.reply.nr_mem_id) << "the global region";
    EXPECT_EQ(0, p.tx_offset(1)) << "host rings were not asked for";
    EXPECT_EQ(0u, p.nifp()->ni_flags & NI_PRIV_MEM);
}

TEST_F(Interface, A39_pain_row_14_as_many_host_rings_as_asked_for) {
    port p;
    reg wanted;
    wanted.mode(NR_REG_SW);
    wanted.nr_host_tx_rings = 5;
    wanted.nr_host_rx_rings = 4;
    ASSERT_OK(p.open("nmx0", wanted));
    EXPECT_EQ(5u, p.reply.nr_host_tx_rings);
    EXPECT_EQ(4u, p.reply.nr_host_rx_rings);
    EXPECT_EQ(0, p.tx_offset(0));
    for (unsigned i = 1; i <= 5; ++i) {
        EXPECT_NE(0, p.tx_offset(i));
        EXPECT_EQ(i, p.tx(i).raw()->ringid);
    }
    EXPECT_EQ(0, p.rx_offset(0));
    for (unsigned i = 1; i <= 4; ++i) {
        EXPECT_NE(0, p.rx_offset(i));
    }
    p.close();
    ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_SW)));
    EXPECT_EQ(1u, p.reply.nr_host_tx_rings) << "back to one with the last user";
}

TEST_F(Interface, A38_one_host_ring_pair_by_number) {
    port p;
    reg wanted;
    wanted.mode(NR_REG_ONE_SW, 1);
    wanted.nr_host_tx_rings = wanted.nr_host_rx_rings = 2;
    ASSERT_OK(p.open("nmx0", wanted));
    EXPECT_EQ(0, p.tx_offset(1));
    ASSERT_NE(0, p.tx_offset(2));
    EXPECT_EQ(2u, p.tx(2).raw()->ringid);
    port q;
    EXPECT_ERR(EINVAL, q.open("nmx0", reg().mode(NR_REG_ONE_SW, 2)));
}

TEST_F(Interface, A60_too_many_host_rings_fail_and_do_not_stick) {
    port p;
    reg wanted;
    wanted.nr_host_tx_rings = 65535;
    EXPECT_FALSE(!p.open("nmx0", wanted));
    ASSERT_OK(p.open("nmx0"));
    EXPECT_EQ(1u, p.reply.nr_host_tx_rings);
}

TEST_F(Interface, transmits_to_the_wire_in_order_and_in_full) {
    const on_one_cpu steady;
    port p;
    ASSERT_OK(p.open("nmx0"));
    const wire far(pair_->b());
    std::vector<frame> sent;
    for (uint32_t i = 0; i < 100; ++i) {
        sent.push_back(numbered(i, 60 + i * 14));
    }
    ASSERT_OK(p.send(sent));
    EXPECT_EQ(sent, far.receive(sent.size()));
}

TEST_F(Interface, receives_what_the_wire_brings) {
    const on_one_cpu steady;
    port p;
    ASSERT_OK(p.open("nmx0"));
    const wire far(pair_->b());
    std::vector<frame> sent;
    for (uint32_t i = 0; i < 100; ++i) {
        sent.push_back(numbered(i, 60 + i * 14));
        ASSERT_OK(far.send(sent.back()));
    }
    EXPECT_EQ(sent, collect(p, sent.size()));
}

TEST_F(Interface, poll_wakes_when_a_packet_arrives) {
    port p;
    ASSERT_OK(p.open("nmx0"));
    const wire far(pair_->b());
    EXPECT_EQ(0, p.poll(POLLIN));
    std::jthread sender([&] { EXPECT_OK(far.send(numbered(1))); });
    EXPECT_EQ(POLLIN, p.poll(POLLIN, patience_ms()));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, p.receive());
}

TEST_F(Interface, packets_that_come_one_by_one_do_not_each_wake_the_reader) {
    const on_one_cpu steady;
    const auto burst = [&](const port& p, uint32_t count) {
        const wire far(pair_->b());
        nmreq_stats_get before{}, after{};
        EXPECT_OK(stats("nmx0", direction::rx, 0, before));
        for (uint32_t i = 0; i < count; ++i) {
            EXPECT_OK(far.send(numbered(i)));
        }
        EXPECT_EQ(count, collect(p, count).size());
        EXPECT_OK(stats("nmx0", direction::rx, 0, after));
        return after.nr_wakeups - before.nr_wakeups;
    };
    param_guard moderation("generic_mit", 0);
    port p;
    ASSERT_OK(p.open("nmx0"));
    EXPECT_EQ(50u, burst(p, 50));
    moderation.set(2'000'000'000); // longer than fifty packets take
    EXPECT_EQ(1u, burst(p, 50)) << "the first one after a quiet time";
    // the others are told when the time is over
    EXPECT_TRUE(eventually([&] {
        nmreq_stats_get s{};
        EXPECT_OK(stats("nmx0", direction::rx, 0, s));
        return s.nr_wakeups >= 52;
    }));
}

TEST_F(Interface, D80_pain_row_10_a_frame_longer_than_a_buffer_takes_several_slots) {
    ASSERT_OK(set_mtu(pair_->a(), 9000));
    ASSERT_OK(set_mtu(pair_->b(), 9000));
    port p;
    ASSERT_OK(p.open("nmx0"));
    const wire far(pair_->b());
    const frame jumbo = numbered(7, 8000);
    ASSERT_OK(far.send(jumbo));
    std::vector<packet> got;
    ASSERT_TRUE(eventually([&] {
        got = p.receive_packets();
        return !got.empty();
    }));
    EXPECT_EQ(jumbo, got[0].data);
    EXPECT_EQ(4u, got[0].slots);
}

TEST_F(Interface, pain_row_10_a_packet_of_several_slots_is_one_frame_on_the_wire) {
    ASSERT_OK(set_mtu(pair_->a(), 9000));
    ASSERT_OK(set_mtu(pair_->b(), 9000));
    port p;
    ASSERT_OK(p.open("nmx0"));
    const wire far(pair_->b());
    const frame jumbo = numbered(7, 7000);
    ASSERT_TRUE(p.tx().put_in(5, jumbo));
    ASSERT_OK(p.txsync());
    EXPECT_EQ(std::vector<frame>{jumbo}, far.receive(1));
}

TEST_F(Interface, D79_pain_row_11_a_stripped_vlan_tag_is_put_back) {
    port p;
    ASSERT_OK(p.open("nmx0"));
    const wire far(pair_->b());
    frame tagged = numbered(3, 64);
    const uint8_t tag[4] = {0x81, 0x00, 0x20, 0x05};
    tagged.insert(tagged.begin() + 12, tag, tag + 4);
    ASSERT_OK(far.send(tagged));
    EXPECT_EQ(std::vector<frame>{tagged}, collect(p, 1));
}

TEST_F(Interface, pain_row_12_short_bad_and_endless_packets_are_counted_and_others_pass) {
    const on_one_cpu steady;
    port p;
    ASSERT_OK(p.open("nmx0"));
    const wire far(pair_->b());
    const ring tx = p.tx();
    ASSERT_TRUE(tx.put(numbered(1)));
    ASSERT_TRUE(tx.put(numbered(2, 10)));
    ASSERT_TRUE(tx.put(numbered(3)));
    netmap_slot s = tx.slot(2);
    const uint32_t mine = s.buf_idx;
    s.buf_idx = 0xffffffff;
    tx.slot(2, s);
    ASSERT_TRUE(tx.put(numbered(4)));
    ASSERT_OK(p.txsync());
    EXPECT_EQ((std::vector<frame>{numbered(1), numbered(4)}), far.receive(2));
    EXPECT_EQ(1u, drops({"nmx0"}, NETMAP_DROP_SHORT));
    EXPECT_EQ(1u, drops({"nmx0"}, NETMAP_DROP_BAD_SLOT));
    s.buf_idx = mine;
    tx.slot(2, s);
}

TEST_F(Interface, a_released_slot_without_a_buffer_does_not_stop_the_ring) {
    const on_one_cpu steady;
    port p;
    ASSERT_OK(p.open("nmx0"));
    const wire far(pair_->b());
    const ring rx = p.rx();
    netmap_slot s = rx.slot(0);
    const uint32_t mine = s.buf_idx;
    s.buf_idx = 0;
    rx.slot(0, s);
    ASSERT_OK(far.send(numbered(1)));
    ASSERT_OK(far.send(numbered(2)));
    std::vector<frame> got = collect(p, 2);
    EXPECT_TRUE(got[0].empty());
    EXPECT_EQ(numbered(2), got[1]);
    s.buf_idx = mine;
    rx.slot(0, s);
}

TEST_F(Interface, D68_pain_287_with_host_rings_alone_host_traffic_flows_as_usual) {
    port p;
    ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_SW)));
    const wire near(pair_->a());
    const wire far(pair_->b());
    ASSERT_OK(near.send(numbered(1)));
    ASSERT_OK(far.send(numbered(2)));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, far.receive(1));
    EXPECT_EQ(std::vector<frame>{numbered(2)}, near.receive(1));
    EXPECT_TRUE(p.receive(1).empty());
}

TEST_F(Interface, D69_what_the_host_sends_comes_out_of_the_host_ring_and_not_on_the_wire) {
    const on_one_cpu steady;
    port p;
    ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_NIC_SW)));
    const wire near(pair_->a());
    const wire far(pair_->b());
    ASSERT_OK(near.send(numbered(1, 100)));
    ASSERT_OK(near.send(numbered(2, 1000)));
    EXPECT_EQ((std::vector<frame>{numbered(1, 100), numbered(2, 1000)}), collect(p, 2, 1));
    EXPECT_TRUE(far.receive().empty());
}

TEST_F(Interface, D69_slots_of_host_packets_have_no_flags) {
    port p;
    ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_NIC_SW)));
    const wire near(pair_->a());
    ASSERT_OK(near.send(numbered(1)));
    ASSERT_TRUE(eventually([&] {
        EXPECT_OK(p.rxsync());
        return p.rx(1).head() != p.rx(1).tail();
    }));
    EXPECT_EQ(0u, p.rx(1).slot(0).flags);
    EXPECT_EQ(60u, p.rx(1).slot(0).len);
}

TEST_F(Interface, D70_pain_287_host_packets_of_queues_outside_netmap_mode_reach_the_wire) {
    port p;
    ASSERT_OK(p.open("nmx0", reg().flags(NR_RX_RINGS_ONLY)));
    const wire near(pair_->a());
    const wire far(pair_->b());
    ASSERT_OK(near.send(numbered(1)));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, far.receive(1));
}

TEST_F(Interface, D71_D72_the_host_gets_what_is_put_into_its_ring) {
    port p;
    ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_NIC_SW)));
    const wire stack(pair_->a(), wire::sees::what_the_stack_gets);
    ASSERT_OK(p.send({numbered(1), numbered(2, 10), numbered(3, 1400)}, 1));
    EXPECT_EQ((std::vector<frame>{numbered(1), numbered(3, 1400)}), stack.receive(2));
    EXPECT_EQ(p.tx(1).prev(p.tx(1).head()), p.tx(1).tail()) << "the ring is free at once";
    EXPECT_TRUE(p.receive(0).empty()) << "and they did not come back on the NIC ring";
    EXPECT_EQ(1u, drops({"nmx0"}, NETMAP_DROP_SHORT));
}

TEST_F(Interface, a_packet_of_several_slots_reaches_the_host_whole) {
    port p;
    ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_NIC_SW)));
    const wire stack(pair_->a(), wire::sees::what_the_stack_gets);
    const frame long_one = numbered(9, 5000);
    ASSERT_TRUE(p.tx(1).put_in(3, long_one));
    ASSERT_OK(p.txsync());
    EXPECT_EQ(std::vector<frame>{long_one}, stack.receive(1));
}

TEST_F(Interface, what_the_wire_brings_does_not_reach_the_host) {
    port p;
    ASSERT_OK(p.open("nmx0"));
    const wire stack(pair_->a(), wire::sees::what_the_stack_gets);
    const wire far(pair_->b());
    ASSERT_OK(far.send(numbered(1)));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, collect(p, 1));
    EXPECT_TRUE(stack.receive().empty());
}

TEST_F(Interface, D73_a_full_host_ring_drops_and_counts_and_wakes) {
    port p;
    ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_NIC_SW)));
    const wire near(pair_->a());
    const uint32_t fits = p.rx(1).slots() - 1;
    const long lost_before = statistic("nmx0", "tx_dropped");
    for (uint32_t i = 0; i < fits + 5; ++i) {
        ASSERT_OK(near.send(numbered(i)));
    }
    ASSERT_TRUE(eventually([] { return drops({"nmx0"}, NETMAP_DROP_NO_ROOM) == 5; }));
    EXPECT_EQ(lost_before + 5, statistic("nmx0", "tx_dropped"));
    EXPECT_EQ(POLLIN, p.poll(POLLIN, patience_ms()));
    EXPECT_EQ(fits, p.receive(1).size());
}

TEST_F(Interface, D74_marked_packets_go_up_to_the_host_when_released) {
    port p;
    ASSERT_OK(p.open("nmx0"));
    const wire stack(pair_->a(), wire::sees::what_the_stack_gets);
    const wire far(pair_->b());
    for (uint32_t i = 0; i < 3; ++i) {
        ASSERT_OK(far.send(numbered(i)));
    }
    const ring rx = p.rx();
    ASSERT_TRUE(eventually([&] {
        EXPECT_OK(p.rxsync());
        return rx.space() == 3;
    }));
    poke(rx.raw()->flags, NR_FORWARD);
    netmap_slot s = rx.slot(1);
    s.flags |= NS_FORWARD;
    rx.slot(1, s);
    rx.set(3, 3);
    ASSERT_OK(p.rxsync());
    EXPECT_EQ(std::vector<frame>{numbered(1)}, stack.receive(1));
    EXPECT_EQ(0, rx.slot(1).flags & NS_FORWARD);
}

TEST_F(Interface, marked_packet_that_is_released_in_part_counts_as_dropped) {
    port p;
    ASSERT_OK(p.open("nmx0"));
    const wire stack(pair_->a(), wire::sees::what_the_stack_gets);
    const wire far(pair_->b());
    for (uint32_t i = 0; i < 3; ++i) {
        ASSERT_OK(far.send(numbered(i)));
    }
    const ring rx = p.rx();
    ASSERT_TRUE(eventually([&] {
        EXPECT_OK(p.rxsync());
        return rx.space() == 3;
    }));
    poke(rx.raw()->flags, NR_FORWARD);
    for (const uint32_t i : {0u, 1u}) {
        netmap_slot s = rx.slot(i);
        s.flags |= NS_FORWARD | (i == 1 ? NS_MOREFRAG : 0);
        rx.slot(i, s);
    }
    rx.set(2, 2); // what packet 1 goes on with is not released
    ASSERT_OK(p.rxsync());
    EXPECT_EQ(std::vector<frame>{numbered(0)}, stack.receive(1));
    EXPECT_EQ(1u, drops({"nmx0"}, NETMAP_DROP_BAD_SLOT));
    netmap_slot s = rx.slot(2);
    s.flags = NS_MOREFRAG;
    rx.slot(2, s);
    rx.set(3, 3);
    ASSERT_OK(p.rxsync());
    EXPECT_EQ(1u, drops({"nmx0"}, NETMAP_DROP_BAD_SLOT)) << "nobody wanted that one forwarded";
}

TEST_F(Interface, D75_marked_host_packets_go_to_the_wire_within_one_poll) {
    port p;
    ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_NIC_SW)));
    const wire near(pair_->a());
    const wire far(pair_->b());
    ASSERT_OK(near.send(numbered(1)));
    ASSERT_OK(near.send(numbered(2)));
    const ring rx = p.rx(1);
    poke(rx.raw()->flags, NR_FORWARD);
    ASSERT_TRUE(eventually([&] {
        EXPECT_OK(p.rxsync());
        return rx.space() == 2;
    }));
    netmap_slot s = rx.slot(1);
    s.flags |= NS_FORWARD;
    rx.slot(1, s);
    rx.set(2, 2);
    EXPECT_EQ(0, p.poll(POLLIN));
    EXPECT_EQ(std::vector<frame>{numbered(2)}, far.receive(1));
    EXPECT_EQ(1u, p.tx(0).head());
}

TEST_F(Interface, D75_a_marked_host_packet_of_several_slots_goes_to_the_wire_whole) {
    ASSERT_OK(set_mtu(pair_->a(), 9000));
    ASSERT_OK(set_mtu(pair_->b(), 9000));
    port p;
    ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_NIC_SW)));
    const wire near(pair_->a());
    const wire far(pair_->b());
    const frame jumbo = numbered(5, 7000);
    ASSERT_OK(near.send(jumbo));
    const ring rx = p.rx(1);
    poke(rx.raw()->flags, NR_FORWARD);
    ASSERT_TRUE(eventually([&] {
        EXPECT_OK(p.rxsync());
        return rx.space() == 4;
    }));
    netmap_slot s = rx.slot(0);
    s.flags |= NS_FORWARD;
    rx.slot(0, s);
    rx.set(4, 4);
    EXPECT_EQ(0, p.poll(POLLIN));
    EXPECT_EQ(std::vector<frame>{jumbo}, far.receive(1));
    EXPECT_EQ(4u, p.tx(0).head());
}

TEST_F(Interface, D91_A99_pain_109_an_interface_that_goes_away_ends_waiting_and_syncs_with_errors) {
    port p;
    ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_NIC_SW)));
    std::jthread unplug([&] { EXPECT_OK(pair_->remove()); });
    EXPECT_TRUE((p.poll(POLLIN, patience_ms()) & POLLERR) != 0);
    unplug.join();
    EXPECT_ERR(EIO, p.txsync());
    EXPECT_ERR(EIO, p.rxsync());
    EXPECT_EQ(p.reply.nr_tx_slots, p.tx(0).slots()) << "the memory stays";
    port q;
    EXPECT_ERR(ENXIO, q.open("nmx0"));
    p.close();
}

TEST_F(Interface, pain_189_389_packets_under_way_survive_the_close_of_the_port) {
    const on_one_cpu steady;
    const wire far(pair_->b());
    for (unsigned i = 0; i < rounds(20); ++i) {
        port p;
        ASSERT_OK(p.open("nmx0"));
        std::vector<frame> sent;
        for (uint32_t k = 0; k < 200; ++k) {
            sent.push_back(numbered(k));
        }
        ASSERT_OK(p.send(sent));
        p.close();
        EXPECT_EQ(sent, far.receive(sent.size()));
    }
}

TEST_F(Interface, open_and_close_while_packets_flow_both_ways) {
    const wire near(pair_->a());
    const wire far(pair_->b());
    std::atomic<bool> stop = false;
    std::jthread hosts([&] {
        for (uint32_t i = 0; !stop; ++i) {
            near.send(numbered(i));
            far.send(numbered(i));
            near.receive();
            far.receive();
        }
    });
    for (unsigned i = 0; i < rounds(200); ++i) {
        port p;
        ASSERT_OK(p.open("nmx0", reg().mode(i % 2 != 0 ? NR_REG_NIC_SW : NR_REG_ALL_NIC)));
        ASSERT_OK(p.send({numbered(1), numbered(2)}));
        p.receive();
    }
    stop = true;
}

TEST_F(Interface, pain_109_unplugging_while_two_threads_sync) {
    for (unsigned i = 0; i < rounds(20); ++i) {
        port p;
        ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_NIC_SW)));
        std::atomic<bool> gone = false;
        const auto traffic = [&] {
            while (!gone) {
                p.tx(0).put(numbered(1));
                p.fd().txsync();
                p.fd().rxsync();
            }
        };
        std::jthread one(traffic);
        std::jthread two([&] {
            while ((p.poll(POLLIN | POLLOUT, 10) & POLLERR) == 0) {
            }
        });
        ASSERT_OK(pair_->remove());
        two.join();
        gone = true;
        one.join();
        p.close();
        pair_.reset(); // before the next: they have the same names
        pair_ = std::make_unique<veth_pair>();
        ASSERT_OK(pair_->error());
    }
}

TEST_F(Interface, D94_nothing_moves_on_an_interface_that_is_down_and_nobody_hangs) {
    port p;
    ASSERT_OK(p.open("nmx0"));
    ASSERT_OK(set_up("nmx0", false));
    ASSERT_TRUE(p.tx().put(numbered(1)));
    EXPECT_OK(p.txsync());
    EXPECT_OK(p.rxsync());
    EXPECT_EQ(0, p.poll(POLLIN, 10));
    const wire far(pair_->b());
    ASSERT_OK(set_up("nmx0", true));
    ASSERT_TRUE(eventually([&] {
        EXPECT_OK(p.txsync());
        return far.receive().size() == 1;
    })) << "it goes when the interface is up again";
}

TEST_F(Interface, pain_row_15_the_mode_in_use_is_visible_and_native_can_be_demanded) {
    port p;
    EXPECT_ERR(EOPNOTSUPP, p.open("nmx0", reg().flags(NR_NATIVE_ONLY)));
    ASSERT_OK(p.open("nmx0", reg().flags(NR_EMULATED_ONLY)));
    EXPECT_ERR(EOPNOTSUPP, descriptor().bind("nmx0", reg().flags(NR_NATIVE_ONLY)));
    nmreq_stats_get s{};
    ASSERT_OK(stats("nmx0", direction::rx, 0, s));
    EXPECT_EQ(NETMAP_PORT_EMULATED, s.nr_port_mode);
    EXPECT_EQ(1u, s.nr_opens);
    p.close();
    ASSERT_OK(stats("nmx0", direction::rx, 0, s));
    EXPECT_EQ(0u, s.nr_opens);
    ASSERT_OK(p.open("vale0:a", reg().flags(NR_NATIVE_ONLY)));
    ASSERT_OK(stats("vale0:a", direction::rx, 0, s));
    EXPECT_EQ(NETMAP_PORT_VIRTUAL, s.nr_port_mode);
}

TEST_F(Interface, D77_pain_row_15_native_is_demanded_and_refused) {
    param_guard native("admode", 1);
    EXPECT_ERR(EOPNOTSUPP, descriptor().bind("nmx0", reg{}));
    param_guard emulated("admode", 2);
    EXPECT_OK(descriptor().bind("nmx0", reg{}));
}

/// Moves packets between the NIC ring and the host ring, both ways, by swapping
/// buffers, until told to stop.
void bridge(const port& p, const std::atomic<bool>& stop) {
    const auto move = [](const ring& from, const ring& to) {
        while (from.head() != from.tail() && to.head() != to.tail()) {
            netmap_slot a = from.slot(from.head());
            netmap_slot b = to.slot(to.head());
            std::swap(a.buf_idx, b.buf_idx);
            b.len = a.len;
            b.flags = static_cast<uint16_t>(NS_BUF_CHANGED | (a.flags & NS_MOREFRAG));
            a.flags = NS_BUF_CHANGED;
            from.slot(from.head(), a);
            to.slot(to.head(), b);
            from.set(from.next(from.head()), from.next(from.head()));
            to.set(to.next(to.head()), to.next(to.head()));
        }
    };
    while (!stop) {
        p.poll(POLLIN, 20);
        move(p.rx(0), p.tx(1));
        move(p.rx(1), p.tx(0));
        EXPECT_OK(p.txsync());
    }
}

sockaddr_in tcp_address(const char* address) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(5001);
    ::inet_pton(AF_INET, address, &to.sin_addr);
    return to;
}

/// Sends `bytes` over one TCP connection each way through `fd`: true if all came.
bool exchange(int fd, size_t bytes) {
    std::vector<char> block(65536, 'x');
    std::atomic<size_t> got = 0;
    std::jthread reader([&] {
        std::vector<char> in(65536);
        for (ssize_t n; got < bytes && (n = ::recv(fd, in.data(), in.size(), 0)) > 0;) {
            got += static_cast<size_t>(n);
        }
    });
    for (size_t sent = 0; sent < bytes;) {
        const ssize_t n = ::send(fd, block.data(), std::min(block.size(), bytes - sent), 0);
        if (n <= 0) {
            return false;
        }
        sent += static_cast<size_t>(n);
    }
    reader.join();
    return got == bytes;
}

void tcp_both_ways_through_the_host_rings(uint64_t flags) {
    const size_t bytes = size_t{rounds(64)} << 20;
    const sockaddr_in server = tcp_address("10.77.0.2");
    std::atomic<int> server_thread = 0;
    std::atomic<bool> moved = false;
    std::atomic<bool> listening = false;
    std::atomic<bool> server_done = false;
    std::atomic<bool> over = false;
    std::jthread far([&] { // a machine of its own: a namespace of this thread
        ASSERT_EQ(0, ::unshare(CLONE_NEWNET));
        server_thread = ::gettid();
        ASSERT_TRUE(eventually([&] { return moved.load(); }));
        ASSERT_OK(set_address("nmx1", "10.77.0.2"));
        ASSERT_OK(set_up("nmx1", true));
        const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
        ASSERT_EQ(0, ::bind(fd, reinterpret_cast<const sockaddr*>(&server), sizeof(server)));
        ASSERT_EQ(0, ::listen(fd, 1));
        listening = true;
        const int connection = ::accept(fd, nullptr, nullptr);
        server_done = exchange(connection, bytes);
        ::close(connection);
        ::close(fd);
        EXPECT_TRUE(eventually([&] { return over.load(); })); // its interface goes with it
    });
    ASSERT_TRUE(eventually([&] { return server_thread != 0; }));
    ASSERT_OK(move_to_namespace_of("nmx1", server_thread));
    moved = true;
    ASSERT_OK(set_address("nmx0", "10.77.0.1"));
    port p;
    ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_NIC_SW).flags(flags)));
    std::atomic<bool> stop = false;
    std::jthread mover([&] { bridge(p, stop); });
    ASSERT_TRUE(eventually([&] { return listening.load(); }));
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(0, ::connect(fd, reinterpret_cast<const sockaddr*>(&server), sizeof(server)));
    EXPECT_TRUE(exchange(fd, bytes));
    EXPECT_TRUE(eventually([&] { return server_done.load(); }));
    ::close(fd);
    stop = true;
    mover.join();
    over = true;
    EXPECT_EQ(0u, drops({"nmx0"}, NETMAP_DROP_OFFLOAD));
    EXPECT_EQ(0u, drops({"nmx0"}, NETMAP_DROP_TOO_LONG));
}

TEST_F(Interface, D76_pain_175_pain_row_1_5_tcp_both_ways_through_the_host_rings_with_every_offload_on) {
    tcp_both_ways_through_the_host_rings(0);
}

TEST_F(Interface, tcp_both_ways_through_host_rings_that_keep_offloads) {
    tcp_both_ways_through_the_host_rings(NR_OFFLOADS);
}

TEST_F(Interface, D88_D90_defect_frame_beyond_buffer_offsets_in_both_directions_and_nothing_beyond_the_buffer) {
    port p;
    nmreq_opt_offsets o{};
    o.nro_opt = make_option(NETMAP_REQ_OPT_OFFSETS, sizeof(o));
    o.nro_max_offset = o.nro_initial_offset = 512;
    ASSERT_OK(p.open("nmx0", reg{}, &o.nro_opt));
    EXPECT_EQ(0u, o.nro_opt.nro_status);
    const wire far(pair_->b());
    const frame big = numbered(3, 1600); // more than 2048 - 512
    ASSERT_OK(far.send(big.size() > 1514 ? numbered(3, 1500) : big));
    ASSERT_TRUE(eventually([&] {
        EXPECT_OK(p.rxsync());
        return p.rx().space() == 1;
    }));
    const netmap_slot s = p.rx().slot(0);
    EXPECT_EQ(512u, s.ptr & p.rx().raw()->offset_mask);
    const frame got(p.rx().buf(s.buf_idx) + 512, p.rx().buf(s.buf_idx) + 512 + s.len);
    EXPECT_EQ(numbered(3, 1500), got);
    netmap_slot t = p.tx().slot(0);
    const frame f = numbered(4, 200);
    std::memcpy(p.tx().buf(t.buf_idx) + 100, f.data(), f.size());
    t.len = 200;
    t.ptr = 100;
    p.tx().slot(0, t);
    p.tx().set(1, 1);
    ASSERT_OK(p.txsync());
    EXPECT_EQ(std::vector<frame>{f}, far.receive(1));
}

TEST_F(Interface, monitors_see_both_directions_of_nic_and_host_rings) {
    port p;
    port nic;
    port host;
    ASSERT_OK(p.open("nmx0", reg().mode(NR_REG_NIC_SW)));
    ASSERT_OK(nic.open("nmx0", reg().flags(NR_MONITOR_TX | NR_MONITOR_RX)));
    ASSERT_OK(host.open("nmx0", reg().mode(NR_REG_SW).flags(NR_MONITOR_TX | NR_MONITOR_RX)));
    const wire near(pair_->a());
    const wire far(pair_->b());
    ASSERT_OK(p.send(numbered(1), 0));
    ASSERT_OK(far.send(numbered(2)));
    EXPECT_EQ((std::vector<frame>{numbered(1), numbered(2)}), collect(nic, 2));
    ASSERT_OK(p.send(numbered(3), 1));
    ASSERT_OK(near.send(numbered(4)));
    EXPECT_EQ((std::vector<frame>{numbered(3), numbered(4)}), collect(host, 2, 1));
    EXPECT_EQ(std::vector<frame>{numbered(2)}, collect(p, 1, 0));
    EXPECT_EQ(std::vector<frame>{numbered(4)}, collect(p, 1, 1));
}

TEST_F(Interface, pain_583_127_a_monitor_comes_and_goes_and_the_interface_with_it) {
    port p;
    ASSERT_OK(p.open("nmx0"));
    const wire far(pair_->b());
    std::atomic<bool> stop = false;
    std::jthread traffic([&] {
        while (!stop) {
            far.send(numbered(1));
            p.tx().put(numbered(2));
            p.fd().txsync();
        }
    });
    for (unsigned i = 0; i < rounds(50); ++i) {
        port m;
        ASSERT_OK(m.open("nmx0", reg().flags(i % 2 != 0 ? NR_MONITOR_RX : NR_ZCOPY_MON)));
        m.receive();
    }
    port last;
    ASSERT_OK(last.open("nmx0", reg().flags(NR_MONITOR_RX)));
    stop = true;
    traffic.join();
    ASSERT_OK(pair_->remove());
    p.close();
    last.close();
}

TEST_F(Interface, loopback_works) {
    port p;
    ASSERT_OK(p.open("lo"));
    ASSERT_OK(p.send(numbered(5, 200)));
    EXPECT_EQ(std::vector<frame>{numbered(5, 200)}, collect(p, 1));
}

TEST_F(Interface, both_ends_of_a_wire_share_one_region) {
    port a;
    port b;
    ASSERT_OK(a.open("nmx0"));
    ASSERT_OK(b.open("nmx1"));
    EXPECT_EQ(a.reply.nr_mem_id, b.reply.nr_mem_id);
    ASSERT_OK(a.send(numbered(1)));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, collect(b, 1));
}

TEST_F(Interface, many_packets_both_ways_arrive_in_order) {
    const on_one_cpu steady;
    port a;
    port b;
    ASSERT_OK(a.open("nmx0"));
    ASSERT_OK(b.open("nmx1"));
    uint32_t next = 0;
    for (uint32_t sent = 0; sent < rounds(20000);) {
        for (unsigned k = 0; k < 64 && a.tx().put(numbered(sent)); ++k) {
            ++sent;
        }
        ASSERT_OK(a.txsync());
        for (const frame& f : b.receive()) {
            ASSERT_LE(next, tag_of(f));
            next = tag_of(f) + 1;
        }
    }
    EXPECT_LT(0u, next);
}

TEST_F(Interface, a_pipe_on_an_interface_uses_its_region_and_does_not_disturb_it) {
    port m;
    port s;
    ASSERT_OK(m.open("nmx0{1"));
    ASSERT_OK(s.open("nmx0}1"));
    EXPECT_EQ(1u, m.reply.nr_mem_id);
    const wire near(pair_->a());
    const wire far(pair_->b());
    ASSERT_OK(near.send(numbered(1)));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, far.receive(1));
    ASSERT_OK(m.send(numbered(2)));
    EXPECT_EQ(std::vector<frame>{numbered(2)}, s.receive());
}

} // namespace
} // namespace conformance
