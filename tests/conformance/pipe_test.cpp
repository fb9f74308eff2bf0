// SPDX-License-Identifier: BSD-2-Clause
// Pipes (checks D21 to D31, A56).
#include "fixture.hpp"

namespace conformance {
namespace {

const std::vector<frame> none;

frame numbered(uint32_t tag, size_t len = 60) {
    return make_frame(broadcast, mac_of(1), len, tag);
}

std::vector<frame> numbered_row(uint32_t from, uint32_t to) {
    std::vector<frame> all;
    for (uint32_t i = from; i < to; ++i) {
        all.push_back(numbered(i));
    }
    return all;
}

/// The same on a parent that is a switch port and on one that does not exist.
class Pipe : public suite, public testing::WithParamInterface<const char*> {
  protected:
    std::string master_name(const std::string& id = "1") const { return GetParam() + ("{" + id); }
    std::string slave_name(const std::string& id = "1") const { return GetParam() + ("}" + id); }
    void open_both(const reg& wanted = reg().slots(8)) {
        ASSERT_OK(a.open(master_name(), wanted));
        ASSERT_OK(b.open(slave_name(), wanted));
    }
    void TearDown() override {
        a.close();
        b.close();
        suite::TearDown();
    }

    port a;
    port b;
};

INSTANTIATE_TEST_SUITE_P(On, Pipe, testing::Values("vale0:x", "foo"),
                         [](const auto& tested) {
                             return std::string(tested.param) == "foo" ? "nothing" : "switch";
                         });

TEST_P(Pipe, D21_slot_k_arrives_in_slot_k_with_its_buffer_length_and_flags) {
    open_both();
    EXPECT_EQ(a.reply.nr_mem_id, b.reply.nr_mem_id);
    for (uint32_t round = 0; round < 3; ++round) {
        for (uint32_t i = 0; i < 5; ++i) {
            const uint32_t at = a.tx().head();
            ASSERT_TRUE(a.tx().put(numbered(i, 60 + i), NS_REPORT));
            const netmap_slot sent = a.tx().slot(at);
            EXPECT_OK(a.txsync());
            EXPECT_OK(b.rxsync());
            ASSERT_EQ(at, b.rx().head());
            const netmap_slot got = b.rx().slot(at);
            EXPECT_EQ(sent.buf_idx, got.buf_idx);
            EXPECT_EQ(60 + i, got.len);
            EXPECT_EQ(NS_REPORT, got.flags);
            EXPECT_EQ(numbered(i, 60 + i), b.rx().take()->data);
            EXPECT_OK(b.rxsync());
        }
    }
}

TEST_P(Pipe, D21_both_directions) {
    open_both();
    for (uint32_t i = 0; i < 30; ++i) {
        EXPECT_OK(a.send(numbered(i)));
        EXPECT_OK(b.send(numbered(1000 + i)));
        EXPECT_EQ(std::vector<frame>{numbered(i)}, b.receive());
        EXPECT_EQ(std::vector<frame>{numbered(1000 + i)}, a.receive());
    }
}

TEST_P(Pipe, any_length_up_to_the_buffer_and_0_passes) {
    open_both();
    for (const size_t len : {size_t{0}, size_t{1}, size_t{13}, size_t{a.tx().buf_size()}}) {
        EXPECT_OK(a.send(numbered(1, len)));
        const auto got = b.receive();
        ASSERT_EQ(1u, got.size()) << len;
        EXPECT_EQ(numbered(1, len), got[0]);
    }
}

TEST_P(Pipe, D22_without_receiver_it_takes_all_slots_but_one) {
    ASSERT_OK(a.open(master_name(), reg().slots(8)));
    EXPECT_EQ(POLLOUT, a.poll(POLLOUT));
    EXPECT_OK(a.send(numbered_row(0, 7)));
    EXPECT_EQ(a.tx().head(), a.tx().tail());
    EXPECT_EQ(0, a.poll(POLLOUT));
    EXPECT_FALSE(a.tx().put(numbered(7)));
}

TEST_P(Pipe, D22_one_by_one_it_takes_just_as_many) {
    ASSERT_OK(a.open(master_name(), reg().slots(8)));
    for (uint32_t i = 0; i < 7; ++i) {
        EXPECT_EQ(7 - i, a.tx().space());
        EXPECT_OK(a.send(numbered(i)));
    }
    EXPECT_EQ(0u, a.tx().space());
}

TEST_P(Pipe, D23_what_the_receiver_releases_is_free_again) {
    open_both();
    EXPECT_OK(a.send(numbered_row(0, 7)));
    EXPECT_OK(b.rxsync());
    for (const uint32_t released : {1u, 3u, 2u}) {
        b.rx().set(b.rx().plus(b.rx().head(), released), b.rx().plus(b.rx().head(), released));
        EXPECT_OK(a.txsync());
        EXPECT_EQ(0u, a.tx().space()) << "not synced yet";
        EXPECT_OK(b.rxsync());
        EXPECT_EQ(0u, a.tx().space()) << "tail moves in one's own syncs only";
        EXPECT_OK(a.txsync());
        EXPECT_EQ(released, a.tx().space());
        while (a.tx().put(numbered(9))) {
        }
        EXPECT_OK(a.txsync());
        EXPECT_EQ(0u, a.tx().space());
    }
}

TEST_P(Pipe, D24_packets_wait_for_a_peer_that_opens_later) {
    ASSERT_OK(a.open(master_name(), reg().slots(8)));
    EXPECT_OK(a.send(numbered_row(0, 4)));
    ASSERT_OK(b.open(slave_name()));
    EXPECT_EQ(8u, b.reply.nr_rx_slots);
    EXPECT_EQ(numbered_row(0, 4), b.receive());
    EXPECT_OK(a.send(numbered_row(4, 6)));
    EXPECT_EQ(numbered_row(4, 6), b.receive());
}

TEST_P(Pipe, D24_also_from_the_slave_to_the_master) {
    ASSERT_OK(b.open(slave_name(), reg().slots(8)));
    EXPECT_OK(b.send(numbered_row(0, 4)));
    ASSERT_OK(a.open(master_name()));
    EXPECT_EQ(numbered_row(0, 4), a.receive());
}

TEST_P(Pipe, D25_unread_packets_survive_their_receiver) {
    open_both();
    EXPECT_OK(a.send(numbered_row(0, 5)));
    EXPECT_OK(b.rxsync());
    b.rx().set(2, 2);
    EXPECT_OK(b.rxsync());
    b.close();
    ASSERT_OK(b.open(slave_name()));
    EXPECT_EQ(numbered_row(2, 5), b.receive());
    EXPECT_OK(a.send(numbered(5)));
    EXPECT_EQ(std::vector<frame>{numbered(5)}, b.receive());
}

TEST_P(Pipe, D25_sender_may_go_and_come_back) {
    open_both();
    EXPECT_OK(a.send(numbered_row(0, 3)));
    a.close();
    EXPECT_EQ(numbered_row(0, 3), b.receive());
    ASSERT_OK(a.open(master_name()));
    EXPECT_OK(a.txsync());
    EXPECT_EQ(7u, a.tx().space());
    for (uint32_t i = 0; i < 20; ++i) {
        EXPECT_OK(a.send(numbered(i)));
        EXPECT_EQ(std::vector<frame>{numbered(i)}, b.receive());
    }
}

TEST_P(Pipe, D25_ends_come_and_go_in_any_order) {
    open_both();
    sequence random(7);
    uint32_t sent = 0;
    uint32_t seen = 0;
    for (unsigned i = 0; i < rounds(300); ++i) {
        port& closing = random.below(2) == 0 ? a : b;
        closing.close();
        ASSERT_OK(closing.open(&closing == &a ? master_name() : slave_name()));
        ASSERT_OK(a.txsync());
        const uint32_t room = a.tx().space();
        const uint32_t count = room == 0 ? 0 : random.below(room + 1);
        ASSERT_OK(a.send(numbered_row(sent, sent + count)));
        sent += count;
        if (random.below(2) == 0) {
            for (const frame& f : b.receive()) {
                ASSERT_EQ(numbered(seen), f);
                ++seen;
            }
        }
    }
    for (const frame& f : b.receive()) {
        ASSERT_EQ(numbered(seen), f);
        ++seen;
    }
    EXPECT_EQ(sent, seen);
}

TEST_P(Pipe, pipe_vanishes_with_both_ends) {
    open_both();
    EXPECT_OK(a.send(numbered(1)));
    a.close();
    b.close();
    ASSERT_OK(b.open(slave_name(), reg().slots(16)));
    EXPECT_EQ(16u, b.reply.nr_rx_slots) << "a new pipe";
    EXPECT_EQ(none, b.receive());
}

TEST_P(Pipe, D26_exchanged_buffers_travel_back_with_their_mark) {
    ASSERT_OK(a.open(master_name(), reg().slots(4)));
    ASSERT_OK(b.open(slave_name(), reg().slots(4).extra(1)));
    const uint32_t spare = b.nifp()->ni_bufs_head;
    b.nifp()->ni_bufs_head = 0;
    const uint32_t original = a.tx().slot(0).buf_idx;
    EXPECT_OK(a.send(numbered(1)));
    EXPECT_OK(b.rxsync());
    netmap_slot s = b.rx().slot(0);
    EXPECT_EQ(original, s.buf_idx);
    s.buf_idx = spare;
    s.flags = NS_BUF_CHANGED;
    b.rx().slot(0, s);
    b.rx().set(1, 1);
    EXPECT_OK(b.rxsync());
    EXPECT_OK(a.send({numbered(2), numbered(3)}));
    EXPECT_EQ(2u, b.receive().size());
    EXPECT_OK(a.txsync());
    const netmap_slot back = a.tx().slot(0);
    EXPECT_EQ(spare, back.buf_idx);
    EXPECT_NE(0, back.flags & NS_BUF_CHANGED);

    const uint32_t end = 0;
    std::memcpy(b.any_ring().buf(original), &end, sizeof(end));
    b.nifp()->ni_bufs_head = original;
}

TEST_P(Pipe, D26_slot_that_comes_back_unchanged_holds_the_same_buffer) {
    open_both();
    const auto before = a.tx().indices();
    for (uint32_t i = 0; i < 50; ++i) {
        EXPECT_OK(a.send(numbered(i)));
        EXPECT_EQ(1u, b.receive().size());
    }
    EXPECT_OK(a.txsync());
    EXPECT_EQ(before, a.tx().indices());
}

TEST_P(Pipe, buffers_changed_by_the_sender_arrive_without_a_copy) {
    ASSERT_OK(a.open(master_name(), reg().slots(8).extra(3)));
    ASSERT_OK(b.open(slave_name()));
    auto spare = a.extra_list();
    a.nifp()->ni_bufs_head = 0;
    std::vector<uint32_t> replaced;
    for (uint32_t i = 0; i < 3; ++i) {
        netmap_slot s = a.tx().slot(i);
        replaced.push_back(s.buf_idx);
        s.buf_idx = spare[i];
        s.flags = NS_BUF_CHANGED;
        a.tx().slot(i, s);
        a.tx().fill(i, numbered(i), NS_BUF_CHANGED);
        a.tx().set(i + 1, i + 1);
    }
    EXPECT_OK(a.txsync());
    EXPECT_OK(b.rxsync());
    for (uint32_t i = 0; i < 3; ++i) {
        EXPECT_EQ(spare[i], b.rx().slot(i).buf_idx);
        EXPECT_NE(0, b.rx().slot(i).flags & NS_BUF_CHANGED) << "the mark travels";
        EXPECT_EQ(0, a.tx().slot(i).flags & NS_BUF_CHANGED) << "and is cleared where it came from";
    }
    EXPECT_EQ(numbered_row(0, 3), b.receive());
    uint32_t head = 0;
    for (const uint32_t index : replaced) {
        std::memcpy(a.any_ring().buf(index), &head, sizeof(head));
        head = index;
    }
    a.nifp()->ni_bufs_head = head;
}

TEST_P(Pipe, D27_pain_row_10_incomplete_packets_are_not_shown) {
    open_both();
    const frame f = numbered(1, 300);
    ASSERT_TRUE(a.tx().put(frame(f.begin(), f.begin() + 100), NS_MOREFRAG));
    ASSERT_TRUE(a.tx().put(frame(f.begin() + 100, f.begin() + 200), NS_MOREFRAG));
    EXPECT_OK(a.txsync());
    EXPECT_OK(b.rxsync());
    EXPECT_EQ(0u, b.rx().space());
    EXPECT_EQ(0, b.poll(POLLIN));
    ASSERT_TRUE(a.tx().put(frame(f.begin() + 200, f.end())));
    EXPECT_OK(a.txsync());
    EXPECT_EQ(POLLIN, b.poll(POLLIN));
    const auto got = b.receive_packets();
    ASSERT_EQ(1u, got.size());
    EXPECT_EQ(3u, got[0].slots);
    EXPECT_EQ(f, got[0].data);
}

TEST_P(Pipe, D27_complete_packets_before_an_incomplete_one_are_shown) {
    open_both();
    ASSERT_TRUE(a.tx().put(numbered(1)));
    ASSERT_TRUE(a.tx().put(numbered(2), NS_MOREFRAG));
    EXPECT_OK(a.txsync());
    EXPECT_EQ(std::vector<frame>{numbered(1)}, b.receive());
    ASSERT_TRUE(a.tx().put(numbered(3)));
    EXPECT_OK(a.txsync());
    const auto got = b.receive_packets();
    ASSERT_EQ(1u, got.size());
    EXPECT_EQ(2u, got[0].slots);
}

TEST_P(Pipe, ids_are_compared_as_strings) {
    const std::string ids[] = {"1", "01", "a", "}", "1}", "long-id with any.bytes\xff"};
    std::vector<port> masters(std::size(ids));
    std::vector<port> slaves(std::size(ids));
    for (size_t i = 0; i < std::size(ids); ++i) {
        ASSERT_OK(masters[i].open(master_name(ids[i]), reg().slots(8))) << ids[i];
    }
    for (size_t i = 0; i < std::size(ids); ++i) {
        EXPECT_OK(masters[i].send(numbered(static_cast<uint32_t>(i))));
    }
    for (size_t i = 0; i < std::size(ids); ++i) {
        if (ids[i].find('}') == std::string::npos) {
            ASSERT_OK(slaves[i].open(slave_name(ids[i]))) << ids[i];
            EXPECT_EQ(std::vector<frame>{numbered(static_cast<uint32_t>(i))},
                      slaves[i].receive());
        }
    }
}

TEST_P(Pipe, exclusive_ends) {
    ASSERT_OK(a.open(master_name(), reg().slots(8).flags(NR_EXCLUSIVE)));
    port other;
    EXPECT_ERR(EBUSY, other.open(master_name()));
    EXPECT_OK(b.open(slave_name(), reg().flags(NR_EXCLUSIVE)))
        << "the ends are different ports";
    EXPECT_ERR(EBUSY, other.open(slave_name()));
    EXPECT_OK(a.send(numbered(1)));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, b.receive());
}

TEST_P(Pipe, geometry_of_one_end_is_the_other_way_round_at_the_other) {
    ASSERT_OK(a.open(master_name(), reg().rings(2, 3).slots(16, 32)));
    EXPECT_EQ(2, a.reply.nr_tx_rings);
    EXPECT_EQ(3, a.reply.nr_rx_rings);
    EXPECT_EQ(16u, a.reply.nr_tx_slots);
    EXPECT_EQ(32u, a.reply.nr_rx_slots);
    EXPECT_EQ(0, a.reply.nr_host_tx_rings);
    ASSERT_OK(b.open(slave_name()));
    EXPECT_EQ(3, b.reply.nr_tx_rings);
    EXPECT_EQ(2, b.reply.nr_rx_rings);
    EXPECT_EQ(32u, b.reply.nr_tx_slots);
    EXPECT_EQ(16u, b.reply.nr_rx_slots);
}

TEST_P(Pipe, ring_i_feeds_ring_i) {
    open_both(reg().rings(3, 3).slots(8));
    for (unsigned i = 0; i < 3; ++i) {
        EXPECT_OK(a.send(numbered(i), i));
        for (unsigned j = 0; j < 3; ++j) {
            EXPECT_EQ(i == j ? 1u : 0u, b.receive(j).size()) << i << " to " << j;
        }
    }
}

TEST_P(Pipe, one_ring_of_several_can_be_bound) {
    ASSERT_OK(a.open(master_name(), reg().rings(3, 3).slots(8)));
    ASSERT_OK(b.open(slave_name(), reg().one(2)));
    EXPECT_EQ(0, b.rx_offset(1));
    ASSERT_NE(0, b.rx_offset(2));
    EXPECT_OK(a.send(numbered(1), 1));
    EXPECT_OK(a.send(numbered(2), 2));
    EXPECT_EQ(std::vector<frame>{numbered(2)}, b.receive(2));
    port rest;
    ASSERT_OK(rest.open(slave_name(), reg().one(1)));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, rest.receive(1)) << "it has waited";
}

TEST_P(Pipe, limits_of_rings_and_slots) {
    ASSERT_OK(a.open(master_name(), reg().rings(1, 1).slots(5000, 1)));
    EXPECT_EQ(4096u, a.reply.nr_tx_slots);
    EXPECT_EQ(1u, a.reply.nr_rx_slots);
    a.close();
    ASSERT_OK(a.open(master_name(), reg().rings(20, 20).slots(4)));
    EXPECT_EQ(20, a.reply.nr_tx_rings) << "more than a switch port may have";
}

TEST_P(Pipe, A56_D28_pain_454_many_pipes_on_one_parent) {
    port parent;
    if (std::string(GetParam()) != "foo") {
        ASSERT_OK(parent.open(GetParam(), reg().slots(16)));
    }
    std::vector<port> masters(64);
    for (size_t i = 0; i < masters.size(); ++i) {
        ASSERT_OK(masters[i].open(master_name(std::to_string(i)), reg().slots(16))) << i;
    }
    port more;
    EXPECT_ERR(EINVAL, more.open(master_name("64"), reg().slots(16)));
    EXPECT_ERR(EINVAL, more.open(slave_name("65"), reg().slots(16)));
    EXPECT_OK(more.open(slave_name("63"))) << "the other end of one that exists";
    EXPECT_OK(masters[63].send(numbered(1)));
    EXPECT_EQ(1u, more.receive().size());
    more.close();
    masters[5].close();
    EXPECT_OK(more.open(master_name("64"), reg().slots(16)));
}

TEST_P(Pipe, pipe_of_a_pipe_is_split_at_the_last_brace) {
    ASSERT_OK(a.open(slave_name("1{2"), reg().slots(8)));
    ASSERT_OK(b.open(slave_name("1}2"), reg().slots(8)));
    port outer_master;
    port outer_slave;
    ASSERT_OK(outer_slave.open(slave_name(), reg().slots(8)));
    ASSERT_OK(outer_master.open(master_name(), reg().slots(8)));
    EXPECT_OK(a.send(numbered(1)));
    EXPECT_OK(outer_master.send(numbered(2)));
    EXPECT_EQ(none, outer_master.receive());
    EXPECT_EQ(std::vector<frame>{numbered(1)}, b.receive());
    EXPECT_EQ(std::vector<frame>{numbered(2)}, outer_slave.receive());
    EXPECT_EQ(a.reply.nr_mem_id, outer_slave.reply.nr_mem_id);
}

TEST_P(Pipe, id_of_a_master_may_contain_the_other_brace) {
    ASSERT_OK(a.open(master_name("1}2"), reg().slots(8)));
    ASSERT_OK(b.open(slave_name("2"), reg().slots(8)));
    EXPECT_OK(a.send(numbered(1)));
    EXPECT_EQ(none, b.receive()) << "the pipes 1}2 and 2 are different ones";
}

TEST_P(Pipe, D31_slave_that_opens_first_describes_the_master) {
    ASSERT_OK(b.open(slave_name(), reg().rings(2, 1).slots(8)));
    EXPECT_EQ(2, b.reply.nr_rx_rings);
    EXPECT_EQ(1, b.reply.nr_tx_rings);
    ASSERT_OK(a.open(master_name()));
    EXPECT_EQ(2, a.reply.nr_tx_rings);
    EXPECT_EQ(1, a.reply.nr_rx_rings);
}

TEST_P(Pipe, pain_457_peer_that_never_reads_blocks_but_nothing_is_lost) {
    open_both(reg().slots(64));
    uint32_t sent = 0;
    for (int i = 0; i < 20; ++i) {
        while (a.tx().put(numbered(sent))) {
            ++sent;
        }
        EXPECT_OK(a.txsync());
    }
    EXPECT_EQ(63u, sent);
    EXPECT_EQ(numbered_row(0, 63), b.receive());
    EXPECT_EQ(0u, all_drops({master_name(), slave_name()}));
}

class PipeParent : public suite {};

TEST_F(PipeParent, pipes_share_the_region_of_their_parent) {
    port parent;
    port one;
    port two;
    ASSERT_OK(parent.open("vale0:x"));
    ASSERT_OK(one.open("vale0:x{1", reg().slots(8)));
    ASSERT_OK(two.open("vale0:x}2", reg().slots(8)));
    EXPECT_EQ(parent.reply.nr_mem_id, one.reply.nr_mem_id);
    EXPECT_EQ(parent.reply.nr_mem_id, two.reply.nr_mem_id);
}

TEST_F(PipeParent, slots_are_the_parents_by_default) {
    port parent;
    port pipe;
    ASSERT_OK(parent.open("vale0:x", reg().slots(32, 48).rings(3, 3)));
    ASSERT_OK(pipe.open("vale0:x{1"));
    EXPECT_EQ(1, pipe.reply.nr_tx_rings);
    EXPECT_EQ(1, pipe.reply.nr_rx_rings);
    EXPECT_EQ(32u, pipe.reply.nr_tx_slots);
    EXPECT_EQ(48u, pipe.reply.nr_rx_slots);
}

TEST_F(PipeParent, pipes_and_parent_do_not_hear_each_other) {
    port parent;
    port peer;
    port pipe;
    ASSERT_OK(parent.open("vale0:x", reg().slots(16)));
    ASSERT_OK(peer.open("vale0:y", reg().slots(16)));
    ASSERT_OK(pipe.open("vale0:x{1", reg().slots(16)));
    EXPECT_OK(peer.send(numbered(1)));
    EXPECT_EQ(none, pipe.receive());
    EXPECT_OK(pipe.send(numbered(2)));
    EXPECT_EQ(none, peer.receive());
    EXPECT_EQ(std::vector<frame>{numbered(1)}, parent.receive());
}

TEST_F(PipeParent, exclusive_parent_may_have_pipes) {
    port parent;
    port pipe;
    ASSERT_OK(parent.open("vale0:x", reg().flags(NR_EXCLUSIVE)));
    EXPECT_OK(pipe.open("vale0:x{1"));
}

TEST_F(PipeParent, pipe_outlives_the_descriptors_of_its_parent) {
    port parent;
    port a;
    port b;
    ASSERT_OK(parent.open("vale0:x", reg().slots(16)));
    ASSERT_OK(a.open("vale0:x{1"));
    parent.close();
    ASSERT_OK(b.open("vale0:x}1"));
    EXPECT_OK(a.send(numbered(1)));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, b.receive());
    EXPECT_EQ(std::vector<std::string>{"vale0:x"}, switch_ports());
}

TEST_F(PipeParent, port_that_has_pipes_only_gets_no_packets) {
    port pipe;
    port peer;
    ASSERT_OK(pipe.open("vale0:x{1", reg().slots(16)));
    ASSERT_OK(peer.open("vale0:y", reg().slots(16)));
    for (uint32_t i = 0; i < 40; ++i) {
        EXPECT_OK(peer.send(numbered(i)));
    }
    port parent;
    ASSERT_OK(parent.open("vale0:x"));
    EXPECT_EQ(none, parent.receive());
    EXPECT_OK(peer.send(numbered(99)));
    EXPECT_EQ(std::vector<frame>{numbered(99)}, parent.receive());
}

TEST_F(PipeParent, D30_parent_out_of_nothing_vanishes_with_its_last_user) {
    nmreq_port_info_get info{};
    EXPECT_ERR(ENXIO, port_info("foo", info));
    port one;
    port two;
    ASSERT_OK(one.open("foo{1", reg().slots(8)));
    EXPECT_OK(port_info("foo", info));
    EXPECT_EQ(one.reply.nr_mem_id, info.nr_mem_id);
    ASSERT_OK(two.open("foo{2", reg().slots(8)));
    EXPECT_EQ(one.reply.nr_mem_id, two.reply.nr_mem_id);
    one.close();
    EXPECT_OK(port_info("foo", info = {}));
    two.close();
    EXPECT_ERR(ENXIO, port_info("foo", info = {}));
    EXPECT_ERR(ENXIO, descriptor().bind("foo"));
}

TEST_F(PipeParent, D30_failed_open_leaves_no_parent) {
    nmreq_port_info_get info{};
    nmreq_option unknown = unknown_option();
    EXPECT_ERR(EINVAL, descriptor().bind("foo{1", reg().mode(NR_REG_SW)));
    EXPECT_ERR(EINVAL, descriptor().bind("foo{"));
    EXPECT_ERR(EINVAL, descriptor().bind("foo{1", reg().one(7)));
    EXPECT_ERR(EOPNOTSUPP, descriptor().bind("foo{1", reg{}, &unknown));
    EXPECT_ERR(ENXIO, port_info("foo", info));
}

TEST_F(PipeParent, D30_names_too_long_for_an_interface_are_no_parents) {
    EXPECT_ERR(ENXIO, descriptor().bind("a_name_of_16_byt{1"));
    EXPECT_OK(descriptor().bind("a_name_of_15_by{1"));
}

} // namespace
} // namespace conformance
