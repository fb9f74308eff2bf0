// SPDX-License-Identifier: BSD-2-Clause
// The switch: where packets go (checks D44, D45, D47 to D52).
#include "fixture.hpp"

namespace conformance {
namespace {

class Vale : public suite {
  protected:
    void SetUp() override {
        suite::SetUp();
        ASSERT_OK(a.open("vale0:a", reg().slots(64)));
        ASSERT_OK(b.open("vale0:b", reg().slots(64)));
        ASSERT_OK(c.open("vale0:c", reg().slots(64)));
    }
    void TearDown() override {
        for (port* p : {&a, &b, &c}) {
            p->close();
        }
        suite::TearDown();
    }
    /// a, b and c have sent from mac 1, 2 and 3.
    void teach_all() {
        teach(a, mac_of(1), {&b, &c});
        teach(b, mac_of(2), {&a, &c});
        teach(c, mac_of(3), {&a, &b});
    }
    static frame between(unsigned from, unsigned to, uint32_t tag = 0, size_t len = 60) {
        return make_frame(mac_of(to), mac_of(from), len, tag);
    }
    static uint64_t dropped(netmap_drop_reason reason) {
        return drops({"vale0:a", "vale0:b", "vale0:c"}, reason);
    }

    port a;
    port b;
    port c;
};

const std::vector<frame> none;

TEST_F(Vale, D44_broadcast_goes_to_everybody_else_once) {
    const frame f = make_frame(broadcast, mac_of(1));
    EXPECT_OK(a.send(f));
    EXPECT_EQ(none, a.receive());
    EXPECT_EQ(std::vector<frame>{f}, b.receive());
    EXPECT_EQ(std::vector<frame>{f}, c.receive());
}

TEST_F(Vale, D44_multicast_goes_to_everybody_else_once) {
    const frame f = make_frame({0x01, 0x00, 0x5e, 1, 2, 3}, mac_of(1));
    EXPECT_OK(a.send(f));
    EXPECT_EQ(none, a.receive());
    EXPECT_EQ(std::vector<frame>{f}, b.receive());
    EXPECT_EQ(std::vector<frame>{f}, c.receive());
}

TEST_F(Vale, D44_unknown_address_goes_to_everybody_else_once) {
    const frame f = make_frame(mac_of(99), mac_of(1));
    EXPECT_OK(a.send(f));
    EXPECT_EQ(none, a.receive());
    EXPECT_EQ(std::vector<frame>{f}, b.receive());
    EXPECT_EQ(std::vector<frame>{f}, c.receive());
}

TEST_F(Vale, D44_address_of_all_zeroes_is_unknown_like_any_other) {
    const frame f = make_frame(mac{}, mac_of(2));
    EXPECT_OK(b.send(f));
    EXPECT_EQ(std::vector<frame>{f}, a.receive());
    EXPECT_EQ(std::vector<frame>{f}, c.receive());
}

TEST_F(Vale, D45_learned_address_goes_to_its_port_only) {
    teach_all();
    EXPECT_OK(a.send(between(1, 2)));
    EXPECT_EQ(std::vector<frame>{between(1, 2)}, b.receive());
    EXPECT_EQ(none, c.receive());
    EXPECT_OK(b.send(between(2, 1)));
    EXPECT_EQ(std::vector<frame>{between(2, 1)}, a.receive());
    EXPECT_EQ(none, c.receive());
}

TEST_F(Vale, D45_unicast_teaches_as_well_as_broadcast) {
    teach_all();
    EXPECT_OK(a.send(between(7, 2)));
    b.receive();
    EXPECT_OK(c.send(between(3, 7)));
    EXPECT_EQ(std::vector<frame>{between(3, 7)}, a.receive());
    EXPECT_EQ(none, b.receive());
}

TEST_F(Vale, packets_marked_so_teach_nothing) {
    teach(a, mac_of(1), {&b, &c});
    ASSERT_TRUE(b.tx().put(make_frame(broadcast, mac_of(1)), NS_NO_LEARN));
    ASSERT_OK(b.txsync());
    EXPECT_EQ(1u, a.receive().size());
    EXPECT_EQ(1u, c.receive().size());
    ASSERT_OK(c.send(between(3, 1)));
    EXPECT_EQ(1u, a.receive().size()) << "the address is where it was";
    EXPECT_TRUE(b.receive().empty());
}

// What a switch writes there, a count of slots, would otherwise send packets that
// are passed on to port 1.
TEST_F(Vale, port_numbers_in_slots_are_not_obeyed) {
    teach_all();
    for (const unsigned port : {1u, 2u, 3u, 255u}) {
        ASSERT_TRUE(a.tx().put(between(1, 2), static_cast<uint16_t>(port << NS_PORT_SHIFT)));
        ASSERT_OK(a.txsync());
        EXPECT_EQ(1u, b.receive().size()) << port;
        EXPECT_TRUE(c.receive().empty()) << port;
    }
}

TEST_F(Vale, group_address_as_source_is_not_learned) {
    const mac group{0x03, 0, 0, 0, 0, 9};
    EXPECT_OK(a.send(make_frame(broadcast, group)));
    b.receive();
    c.receive();
    const frame f = make_frame(group, mac_of(2));
    EXPECT_OK(b.send(f));
    EXPECT_EQ(std::vector<frame>{f}, a.receive());
    EXPECT_EQ(std::vector<frame>{f}, c.receive());
}

TEST_F(Vale, one_batch_goes_to_many_places_in_order) {
    teach_all();
    EXPECT_OK(a.send({between(1, 2, 1), between(1, 3, 2), make_frame(broadcast, mac_of(1), 60, 3),
                      between(1, 2, 4), between(1, 3, 5), between(1, 99, 6)}));
    const auto tags = [](const std::vector<frame>& frames) {
        std::vector<uint32_t> all;
        for (const frame& f : frames) {
            all.push_back(tag_of(f));
        }
        return all;
    };
    EXPECT_EQ((std::vector<uint32_t>{1, 3, 4, 6}), tags(b.receive()));
    EXPECT_EQ((std::vector<uint32_t>{2, 3, 5, 6}), tags(c.receive()));
    EXPECT_EQ(none, a.receive());
}

TEST_F(Vale, D47_receiver_that_does_not_read_gets_the_first_packets_only) {
    teach_all();
    for (uint32_t i = 0; i < 100; ++i) {
        EXPECT_OK(a.send(between(1, 2, i)));
        EXPECT_EQ(63u, a.tx().space()) << "the sender never waits";
    }
    const auto got = b.receive();
    ASSERT_EQ(63u, got.size());
    for (uint32_t i = 0; i < got.size(); ++i) {
        EXPECT_EQ(between(1, 2, i), got[i]);
    }
    EXPECT_EQ(37u, dropped(NETMAP_DROP_NO_ROOM));
}

TEST_F(Vale, D47_one_large_sync_into_a_smaller_ring) {
    teach_all();
    port small;
    ASSERT_OK(small.open("vale0:small", reg().slots(16)));
    teach(small, mac_of(4), {&a, &b, &c});
    std::vector<frame> sent;
    for (uint32_t i = 0; i < 63; ++i) {
        sent.push_back(between(1, 4, i));
    }
    EXPECT_OK(a.send(sent));
    EXPECT_EQ(63u, a.tx().space());
    const auto got = small.receive();
    ASSERT_EQ(15u, got.size());
    EXPECT_TRUE(std::equal(got.begin(), got.end(), sent.begin()));
    EXPECT_EQ(48u, drops({"vale0:a", "vale0:small"}, NETMAP_DROP_NO_ROOM));
}

TEST_F(Vale, D47_full_receiver_does_not_hurt_the_others) {
    teach_all();
    for (uint32_t i = 0; i < 70; ++i) {
        EXPECT_OK(a.send({between(1, 2, i), between(1, 3, i)}));
        EXPECT_EQ(std::vector<frame>{between(1, 3, i)}, c.receive());
    }
    EXPECT_EQ(63u, b.receive().size());
}

TEST_F(Vale, nothing_that_was_dropped_arrives_later) {
    teach_all();
    for (uint32_t i = 0; i < 70; ++i) {
        EXPECT_OK(a.send(between(1, 2, i)));
    }
    EXPECT_EQ(63u, b.receive().size());
    EXPECT_EQ(none, b.receive());
    EXPECT_OK(a.send(between(1, 2, 1000)));
    EXPECT_EQ(std::vector<frame>{between(1, 2, 1000)}, b.receive());
}

TEST_F(Vale, D48_frames_without_a_whole_header_are_dropped) {
    for (const size_t len : {size_t{0}, size_t{1}, size_t{13}}) {
        EXPECT_OK(a.send(make_frame(broadcast, mac_of(1), len)));
        EXPECT_EQ(63u, a.tx().space());
        EXPECT_EQ(none, b.receive()) << len;
    }
    const frame least = make_frame(broadcast, mac_of(1), 14);
    EXPECT_OK(a.send(least));
    EXPECT_EQ(std::vector<frame>{least}, b.receive());
}

TEST_F(Vale, D48_short_frames_do_not_hurt_their_neighbours) {
    teach_all();
    EXPECT_OK(a.send({between(1, 2, 1), make_frame(mac_of(2), mac_of(1), 13), between(1, 2, 2),
                      frame{}, between(1, 2, 3)}));
    EXPECT_EQ((std::vector<frame>{between(1, 2, 1), between(1, 2, 2), between(1, 2, 3)}),
              b.receive());
}

TEST_F(Vale, D49_address_on_the_senders_own_port_is_dropped) {
    teach_all();
    EXPECT_OK(a.send(make_frame(mac_of(1), mac_of(8))));
    for (const port* p : {&a, &b, &c}) {
        EXPECT_EQ(none, p->receive());
    }
    EXPECT_EQ(1u, dropped(NETMAP_DROP_NO_DEST));
}

TEST_F(Vale, D50_station_that_moves_is_found_again) {
    teach_all();
    const mac station = mac_of(50);
    const frame f = make_frame(station, mac_of(3));
    for (const port* at : {&a, &b, &a, &b, &a}) {
        const port* other = at == &a ? &b : &a;
        teach(*at, station, {other, &c});
        EXPECT_OK(c.send(f));
        EXPECT_EQ(std::vector<frame>{f}, at->receive());
        EXPECT_EQ(none, other->receive());
    }
}

TEST_F(Vale, D51_address_of_a_port_that_left_is_flooded) {
    teach_all();
    b.close();
    port d;
    ASSERT_OK(d.open("vale0:d", reg().slots(64)));
    const frame f = between(1, 2);
    EXPECT_OK(a.send(f));
    EXPECT_EQ(std::vector<frame>{f}, c.receive());
    EXPECT_EQ(std::vector<frame>{f}, d.receive());
    teach(d, mac_of(2), {&a, &c});
    EXPECT_OK(a.send(f));
    EXPECT_EQ(std::vector<frame>{f}, d.receive());
    EXPECT_EQ(none, c.receive());
}

TEST_F(Vale, D51_port_that_takes_a_free_number_inherits_no_addresses) {
    teach_all();
    b.close();
    ASSERT_OK(b.open("vale0:new", reg().slots(64)));
    const frame f = between(1, 2);
    EXPECT_OK(a.send(f));
    EXPECT_EQ(std::vector<frame>{f}, c.receive());
    EXPECT_EQ(std::vector<frame>{f}, b.receive());
}

TEST_F(Vale, hundreds_of_addresses_are_learned) {
    teach_all();
    constexpr unsigned count = 300;
    unsigned astray = 0;
    for (unsigned i = 0; i < count; ++i) {
        teach(b, mac_of(1000 + i), {&a, &c});
    }
    for (unsigned i = 0; i < count; ++i) {
        const frame f = between(1, 1000 + i, i);
        EXPECT_OK(a.send(f));
        EXPECT_EQ(std::vector<frame>{f}, b.receive());
        astray += static_cast<unsigned>(c.receive().size());
    }
    EXPECT_LT(astray, count / 2) << "a table of 1024 entries holds most of 300 addresses";
}

TEST_F(Vale, switches_are_apart) {
    port other;
    ASSERT_OK(other.open("vale1:b", reg().slots(64)));
    EXPECT_OK(a.send(make_frame(broadcast, mac_of(1))));
    EXPECT_EQ(1u, b.receive().size());
    EXPECT_EQ(none, other.receive());
}

TEST_F(Vale, port_that_comes_later_gets_what_is_sent_later) {
    EXPECT_OK(a.send(make_frame(broadcast, mac_of(1), 60, 1)));
    port d;
    ASSERT_OK(d.open("vale0:d", reg().slots(64)));
    const frame f = make_frame(broadcast, mac_of(1), 60, 2);
    EXPECT_OK(a.send(f));
    EXPECT_EQ(std::vector<frame>{f}, d.receive());
}

class ValeRings : public suite {
  protected:
    void SetUp() override {
        suite::SetUp();
        ASSERT_OK(a.open("vale0:a", reg().rings(3, 1).slots(32)));
        ASSERT_OK(b.open("vale0:b", reg().rings(1, 2).slots(32)));
        ASSERT_OK(c.open("vale0:c", reg().rings(1, 1).slots(32)));
        teach(a, mac_of(1), {&b, &c});
        teach(b, mac_of(2), {&a, &c});
    }
    void TearDown() override {
        for (port* p : {&a, &b, &c}) {
            p->close();
        }
        suite::TearDown();
    }
    static frame to_b(uint32_t tag) { return make_frame(mac_of(2), mac_of(1), 60, tag); }
    static frame to_all(uint32_t tag) { return make_frame(broadcast, mac_of(1), 60, tag); }

    port a;
    port b;
    port c;
};

TEST_F(ValeRings, D52_unicast_goes_to_the_ring_of_the_same_index_modulo) {
    for (unsigned i = 0; i < 3; ++i) {
        EXPECT_OK(a.send(to_b(i), i));
        EXPECT_EQ(std::vector<frame>{to_b(i)}, b.receive(i % 2)) << "from ring " << i;
        EXPECT_EQ(none, b.receive(1 - i % 2)) << "from ring " << i;
    }
}

TEST_F(ValeRings, D52_broadcast_goes_to_ring_0) {
    for (unsigned i = 0; i < 3; ++i) {
        EXPECT_OK(a.send(to_all(i), i));
        EXPECT_EQ(std::vector<frame>{to_all(i)}, b.receive(0)) << "from ring " << i;
        EXPECT_EQ(none, b.receive(1)) << "from ring " << i;
        EXPECT_EQ(std::vector<frame>{to_all(i)}, c.receive()) << "from ring " << i;
    }
}

TEST_F(ValeRings, D52_broadcast_in_a_batch_with_unicast_arrives_exactly_once) {
    EXPECT_OK(a.send({to_b(1), to_all(2), to_b(3), to_all(4)}, 1));
    EXPECT_EQ((std::vector<frame>{to_all(2), to_all(4)}), b.receive(0));
    EXPECT_EQ((std::vector<frame>{to_b(1), to_b(3)}), b.receive(1));
    EXPECT_EQ((std::vector<frame>{to_all(2), to_all(4)}), c.receive());
}

TEST_F(ValeRings, ring_that_nobody_opened_loses_its_packets) {
    b.close();
    ASSERT_OK(b.open("vale0:b", reg().rings(1, 2).slots(32).one(1)));
    EXPECT_OK(b.txsync());
    EXPECT_OK(a.send(to_all(1), 0));
    EXPECT_EQ(none, b.receive(1)) << "ring 0 is not bound";
    EXPECT_EQ(std::vector<frame>{to_all(1)}, c.receive());
    port other;
    ASSERT_OK(other.open("vale0:b", reg().one(0)));
    EXPECT_EQ(none, other.receive(0)) << "from before it was opened";
    EXPECT_OK(a.send(to_all(2), 0));
    EXPECT_EQ(std::vector<frame>{to_all(2)}, other.receive(0));
}

TEST_F(ValeRings, rings_of_one_port_are_independent) {
    for (uint32_t i = 0; i < 31; ++i) {
        ASSERT_TRUE(a.tx(0).put(to_b(i)));
    }
    EXPECT_OK(a.send(to_b(99), 1));
    EXPECT_EQ(31u, a.tx(0).space()) << "one sync serves all rings of the binding";
    EXPECT_EQ(31u, b.receive(0).size());
    EXPECT_EQ(std::vector<frame>{to_b(99)}, b.receive(1));
}

} // namespace
} // namespace conformance
