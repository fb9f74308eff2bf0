// SPDX-License-Identifier: BSD-2-Clause
// Several descriptors on one port: sharing, exclusivity (checks A43 to A47,
// D19), ports that lose and regain users.
#include "fixture.hpp"

namespace conformance {
namespace {

class Sharing : public suite {};

TEST_F(Sharing, A43_second_open_gets_the_configuration_of_the_first) {
    port first;
    port second;
    ASSERT_OK(first.open("vale0:a", reg().rings(2, 3).slots(32, 64)));
    ASSERT_OK(second.open("vale0:a", reg().rings(1, 1).slots(128, 256)));
    EXPECT_EQ(2, second.reply.nr_tx_rings);
    EXPECT_EQ(3, second.reply.nr_rx_rings);
    EXPECT_EQ(32u, second.reply.nr_tx_slots);
    EXPECT_EQ(64u, second.reply.nr_rx_slots);
    EXPECT_EQ(first.reply.nr_mem_id, second.reply.nr_mem_id);
    EXPECT_EQ(first.reply.nr_memsize, second.reply.nr_memsize);
    EXPECT_EQ(std::vector<std::string>{"vale0:a"}, switch_ports());
}

TEST_F(Sharing, A43_both_see_the_same_rings_through_an_interface_of_their_own) {
    port first;
    port second;
    ASSERT_OK(first.open("vale0:a"));
    ASSERT_OK(second.open("vale0:a"));
    EXPECT_NE(first.reply.nr_offset, second.reply.nr_offset);
    EXPECT_EQ(reinterpret_cast<uint8_t*>(first.tx().raw()) - first.mem(),
              reinterpret_cast<uint8_t*>(second.tx().raw()) - second.mem());
    first.tx().raw()->sem[5] = 77;
    EXPECT_EQ(77, second.tx().raw()->sem[5]);
    EXPECT_EQ(first.tx().indices(), second.tx().indices());
}

TEST_F(Sharing, port_lives_until_its_last_descriptor_closes) {
    port first;
    port second;
    port peer;
    ASSERT_OK(peer.open("vale0:p"));
    ASSERT_OK(first.open("vale0:a"));
    ASSERT_OK(second.open("vale0:a"));
    first.close();
    EXPECT_EQ(2u, switch_ports().size());
    const frame f = make_frame(broadcast, mac_of(1));
    EXPECT_OK(peer.send(f));
    EXPECT_EQ(std::vector<frame>{f}, second.receive());
    second.close();
    EXPECT_EQ(std::vector<std::string>{"vale0:p"}, switch_ports());
}

TEST_F(Sharing, A44_D19_exclusive_rings_refuse_others_until_closed) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a", reg().flags(NR_EXCLUSIVE)));
    EXPECT_ERR(EBUSY, b.open("vale0:a"));
    EXPECT_ERR(EBUSY, b.open("vale0:a", reg().flags(NR_EXCLUSIVE)));
    EXPECT_ERR(EBUSY, b.open("vale0:a", reg().one(0)));
    EXPECT_OK(a.txsync());
    port keep;
    ASSERT_OK(keep.open("vale0:keep"));
    a.close();
    EXPECT_OK(b.open("vale0:a"));
}

TEST_F(Sharing, A45_D19_rings_in_use_cannot_become_exclusive) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a"));
    EXPECT_ERR(EBUSY, b.open("vale0:a", reg().flags(NR_EXCLUSIVE)));
    EXPECT_OK(b.open("vale0:a"));
    a.close();
    EXPECT_OK(b.txsync());
    EXPECT_OK(b.rxsync());
}

TEST_F(Sharing, A46_exclusivity_is_per_ring) {
    port a;
    port b;
    port c;
    ASSERT_OK(a.open("vale0:a", reg().rings(3, 3).slots(16).one(0).flags(NR_EXCLUSIVE)));
    EXPECT_OK(b.open("vale0:a", reg().one(1).flags(NR_EXCLUSIVE)));
    EXPECT_ERR(EBUSY, c.open("vale0:a", reg().one(0)));
    EXPECT_ERR(EBUSY, c.open("vale0:a", reg().one(1)));
    EXPECT_ERR(EBUSY, c.open("vale0:a")) << "all rings include the exclusive ones";
    EXPECT_OK(c.open("vale0:a", reg().one(2)));
}

TEST_F(Sharing, A46_exclusivity_is_per_direction) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a", reg().flags(NR_EXCLUSIVE | NR_TX_RINGS_ONLY)));
    EXPECT_ERR(EBUSY, b.open("vale0:a"));
    EXPECT_OK(b.open("vale0:a", reg().flags(NR_EXCLUSIVE | NR_RX_RINGS_ONLY)));
}

TEST_F(Sharing, exclusivity_ends_with_its_owner_not_with_the_port) {
    port a;
    port b;
    port c;
    ASSERT_OK(a.open("vale0:a", reg().rings(2, 2).slots(16).one(0).flags(NR_EXCLUSIVE)));
    ASSERT_OK(b.open("vale0:a", reg().one(1)));
    a.close();
    EXPECT_OK(c.open("vale0:a", reg().one(0)));
    EXPECT_OK(c.txsync());
}

TEST_F(Sharing, refused_open_does_not_disturb_the_owner) {
    port a;
    port b;
    port peer;
    ASSERT_OK(peer.open("vale0:p"));
    ASSERT_OK(a.open("vale0:a", reg().flags(NR_EXCLUSIVE)));
    const frame f = make_frame(broadcast, mac_of(1));
    EXPECT_OK(peer.send(f));
    for (int i = 0; i < 5; ++i) {
        EXPECT_ERR(EBUSY, b.open("vale0:a"));
    }
    EXPECT_EQ(std::vector<frame>{f}, a.receive());
    EXPECT_OK(a.send(f));
    EXPECT_EQ(std::vector<frame>{f}, peer.receive());
}

TEST_F(Sharing, A47_mapping_alone_keeps_the_binding) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a", reg().flags(NR_EXCLUSIVE)));
    a.close_fd();
    EXPECT_ERR(EBUSY, b.open("vale0:a"));
    EXPECT_EQ(std::vector<std::string>{"vale0:a"}, switch_ports());
    a.tx().raw()->sem[0] = 1;
    a.unmap();
    EXPECT_EQ(std::vector<std::string>{}, switch_ports());
    EXPECT_OK(b.open("vale0:a"));
}

TEST_F(Sharing, A47_the_last_of_several_mappings_ends_the_binding) {
    descriptor d;
    reg body;
    ASSERT_OK(d.bind("vale0:a", body));
    mapping first(d, body.nr_memsize);
    mapping second(d, page);
    mapping third(d, page, body.nr_memsize - page);
    d.close();
    ASSERT_OK(first.error());
    ASSERT_OK(second.error());
    ASSERT_OK(third.error());
    second.unmap();
    first.unmap();
    EXPECT_EQ(1u, switch_ports().size());
    third.unmap();
    EXPECT_EQ(0u, switch_ports().size());
}

TEST_F(Sharing, descriptor_outlives_its_mapping) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a"));
    ASSERT_OK(b.open("vale0:b"));
    a.unmap();
    EXPECT_OK(a.txsync());
    EXPECT_OK(b.send(make_frame(broadcast, mac_of(1))));
    EXPECT_EQ(POLLIN, a.poll(POLLIN));
    mapping again(a.fd(), a.reply.nr_memsize);
    EXPECT_OK(again.error());
}

TEST_F(Sharing, unread_packets_of_a_ring_go_with_its_last_user) {
    port peer;
    port keeper;
    port reader;
    ASSERT_OK(peer.open("vale0:p", reg().rings(2, 2).slots(16)));
    ASSERT_OK(keeper.open("vale0:a", reg().rings(2, 2).slots(16).one(0)));
    ASSERT_OK(reader.open("vale0:a", reg().one(1)));
    EXPECT_OK(reader.fd().txsync());
    teach(keeper, mac_of(1), {&peer});

    EXPECT_OK(peer.send({make_frame(mac_of(1), mac_of(2), 60, 1),
                         make_frame(mac_of(1), mac_of(2), 60, 2)}, 1));
    EXPECT_OK(reader.rxsync());
    EXPECT_EQ(2u, reader.rx(1).space());
    reader.close();
    ASSERT_OK(reader.open("vale0:a", reg().one(1)));
    EXPECT_EQ(0u, reader.rx(1).space());
    EXPECT_OK(reader.rxsync());
    EXPECT_EQ(0u, reader.rx(1).space()) << "packets of a user that has gone";
    const frame f = make_frame(mac_of(1), mac_of(2), 60, 3);
    EXPECT_OK(peer.send(f, 1));
    EXPECT_EQ(std::vector<frame>{f}, reader.receive(1));
}

TEST_F(Sharing, reopened_tx_ring_is_whole) {
    port keeper;
    port writer;
    ASSERT_OK(keeper.open("vale0:a", reg().rings(2, 2).slots(8).one(0)));
    for (unsigned i = 0; i < 5; ++i) {
        ASSERT_OK(writer.open("vale0:a", reg().one(1)));
        const ring tx = writer.tx(1);
        EXPECT_EQ(7u, tx.space());
        EXPECT_TRUE(all_different(tx.indices()));
        EXPECT_OK(writer.send(make_frame(broadcast, mac_of(1)), 1));
        EXPECT_EQ(7u, tx.space());
        writer.close();
    }
}

} // namespace
} // namespace conformance
