// SPDX-License-Identifier: BSD-2-Clause
// Edge-triggered waiting: epoll on the device's descriptor, or on the event
// descriptor of the engine (checks A98, D18).
#include "fixture.hpp"

#include <thread>

namespace conformance {
namespace {

class Edge : public suite {
  protected:
    void SetUp() override {
        suite::SetUp();
        ASSERT_OK(a.open("vale0:a", reg().slots(16)));
        ASSERT_OK(b.open("vale0:b", reg().slots(16)));
    }
    void TearDown() override {
        a.close();
        b.close();
        suite::TearDown();
    }
    static frame numbered(uint32_t tag) { return make_frame(broadcast, mac_of(1), 60, tag); }

    port a;
    port b;
};

TEST_F(Edge, D18_pain_row_8_packets_that_were_there_before_are_reported_first) {
    EXPECT_OK(a.send(numbered(1)));
    const auto watch = the_host().watch(b.fd().fd(), direction::rx);
    EXPECT_TRUE(watch->wait(patience_ms()));
    EXPECT_FALSE(watch->wait(0)) << "reported once";
    EXPECT_EQ(1u, b.receive().size());
}

TEST_F(Edge, nothing_is_reported_while_nothing_comes) {
    const auto watch = the_host().watch(b.fd().fd(), direction::rx);
    EXPECT_FALSE(watch->wait(0));
    EXPECT_OK(a.send(numbered(1)));
    EXPECT_TRUE(watch->wait(patience_ms()));
}

TEST_F(Edge, A98_pain_row_8_every_arrival_is_an_event_while_data_is_unread) {
    const auto watch = the_host().watch(b.fd().fd(), direction::rx);
    for (uint32_t i = 0; i < 10; ++i) {
        EXPECT_OK(a.send(numbered(i)));
        EXPECT_TRUE(watch->wait(patience_ms())) << i;
        EXPECT_FALSE(watch->wait(0)) << "no event for data that is merely left";
    }
    EXPECT_EQ(10u, b.receive().size());
}

TEST_F(Edge, no_event_is_lost_between_two_threads) {
    const unsigned count = rounds(3000);
    std::jthread echo([&] {
        const auto watch = the_host().watch(b.fd().fd(), direction::rx);
        for (unsigned seen = 0; seen < count;) {
            ASSERT_TRUE(watch->wait(patience_ms())) << "packet " << seen;
            const auto got = b.receive();
            ASSERT_OK(b.send(got));
            seen += static_cast<unsigned>(got.size());
        }
    });
    const auto watch = the_host().watch(a.fd().fd(), direction::rx);
    for (unsigned i = 0; i < count; ++i) {
        ASSERT_OK(a.send(numbered(i)));
        for (size_t got = 0; got == 0;) {
            ASSERT_TRUE(watch->wait(patience_ms())) << "packet " << i;
            got = a.receive().size();
        }
    }
    echo.join();
}

TEST_F(Edge, pain_row_8_full_pipe_reports_room_when_the_peer_releases) {
    port master;
    port slave;
    ASSERT_OK(master.open("vale0:x{1", reg().slots(8)));
    ASSERT_OK(slave.open("vale0:x}1", reg().slots(8)));
    const auto watch = the_host().watch(master.fd().fd(), direction::tx);
    EXPECT_TRUE(watch->wait(patience_ms())) << "writable from the beginning";
    for (uint32_t round = 0; round < 5; ++round) {
        while (master.tx().put(numbered(round))) {
        }
        EXPECT_OK(master.txsync());
        EXPECT_EQ(0u, master.tx().space());
        EXPECT_EQ(7u, slave.receive().size());
        EXPECT_TRUE(watch->wait(patience_ms())) << round;
        EXPECT_EQ(7u, master.tx().space());
    }
}

/// Waiting that begins before there is anything to wait for.
class Early : public ::testing::WithParamInterface<trigger>, public suite {
  protected:
    void SetUp() override {
        suite::SetUp();
        ASSERT_OK(a.open("vale0:a", reg().slots(16)));
    }
    void TearDown() override {
        a.close();
        map.unmap();
        d.close();
        suite::TearDown();
    }
    static frame numbered(uint32_t tag) { return make_frame(broadcast, mac_of(1), 60, tag); }
    /// Binds `d` and maps its region.
    void bind(const char* name, const nmreq_option* options = nullptr) {
        reply.slots(16);
        ASSERT_OK(d.bind(name, reply, options));
        map = mapping(d, reply.nr_memsize);
        ASSERT_OK(map.error());
    }
    ring rx() const {
        netmap_if* nifp = NETMAP_IF(map.base(), reply.nr_offset);
        return ring(find_ring(nifp, nifp->ring_ofs[nifp->ni_tx_rings + nifp->ni_host_tx_rings]));
    }
    /// Packets come one by one, and each is an event.
    void expect_arrivals(edge_watch& watch) {
        for (uint32_t i = 0; i < 10; ++i) {
            ASSERT_OK(a.send(numbered(i)));
            ASSERT_TRUE(watch.wait(patience_ms())) << "packet " << i;
            ASSERT_OK(d.rxsync());
            const auto got = rx().take();
            ASSERT_TRUE(got.has_value()) << i;
            EXPECT_EQ(numbered(i), got->data);
            ASSERT_OK(d.rxsync());
            while (watch.wait(0)) { // the packet itself may be told of twice
            }
        }
    }

    port a;
    descriptor d;
    reg reply;
    mapping map;
};

TEST_P(Early, who_waited_before_the_binding_is_told_of_packets_after_it) {
    const auto watch = the_host().watch(d.fd(), direction::rx, GetParam());
    EXPECT_TRUE(watch->wait(patience_ms())) << "not bound is an error";
    bind("vale0:b");
    while (watch->wait(0)) { // that it is bound now may be an event
    }
    expect_arrivals(*watch);
}

TEST_P(Early, nobody_needs_to_look_between_adding_and_binding) {
    const auto watch = the_host().watch(d.fd(), direction::rx, GetParam());
    bind("vale0:b");
    while (watch->wait(0)) {
    }
    expect_arrivals(*watch);
}

TEST_P(Early, the_binding_itself_is_an_event_for_who_waits_for_room) {
    const auto watch = the_host().watch(d.fd(), direction::tx, GetParam());
    EXPECT_TRUE(watch->wait(patience_ms())) << "not bound is an error";
    std::jthread binder([&] { bind("vale0:b"); });
    EXPECT_TRUE(watch->wait(patience_ms()));
    binder.join();
}

TEST_P(Early, binding_that_fails_leaves_it_as_it_was) {
    const auto watch = the_host().watch(d.fd(), direction::rx, GetParam());
    EXPECT_TRUE(watch->wait(patience_ms())) << "not bound is an error";
    EXPECT_ERR(EINVAL, d.bind("vale0:b", reg().mode(99)));
    bind("vale0:b");
    while (watch->wait(0)) {
    }
    expect_arrivals(*watch);
}

TEST_P(Early, binding_races_with_the_begin_of_waiting) {
    for (unsigned i = 0; i < rounds(100); ++i) {
        reply = reg{};
        std::atomic<bool> go = false;
        std::jthread binder([&] {
            go = true;
            bind("vale0:b");
        });
        EXPECT_TRUE(eventually([&] { return go.load(); }));
        const auto watch = the_host().watch(d.fd(), direction::rx, GetParam());
        binder.join();
        while (watch->wait(0)) {
        }
        ASSERT_OK(a.send(numbered(i)));
        ASSERT_TRUE(watch->wait(patience_ms())) << "round " << i;
        map.unmap();
        d = descriptor();
    }
}

TEST_P(Early, descriptor_closed_without_being_bound_or_waited_for) {
    {
        const auto watch = the_host().watch(d.fd(), direction::rx, GetParam());
        EXPECT_TRUE(watch->wait(patience_ms()));
        d = descriptor();
    }
    const auto watch = the_host().watch(d.fd(), direction::rx, GetParam());
    bind("vale0:b");
    while (watch->wait(0)) {
    }
    map.unmap();
    d = descriptor();
    EXPECT_OK(a.send(numbered(1))) << "with nobody behind the queue";
}

INSTANTIATE_TEST_SUITE_P(Triggers, Early, ::testing::Values(trigger::edge, trigger::level),
                         [](const auto& info) {
                             return info.param == trigger::edge ? "edge" : "level";
                         });

} // namespace
} // namespace conformance
