// SPDX-License-Identifier: BSD-2-Clause
// NIOCTXSYNC and NIOCRXSYNC: what they accept, what they repair, what they
// never do (checks A85, A92 to A96, D3 to D13, D20).
#include "fixture.hpp"

#include <thread>

namespace conformance {
namespace {

class Sync : public suite {};

/// A sender and a receiver in one switch.
class Pair : public suite {
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

/// Both ends of a pipe with 8 slots.
class PipePair : public suite {
  protected:
    void SetUp() override {
        suite::SetUp();
        ASSERT_OK(a.open("vale0:x{1", reg().slots(8)));
        ASSERT_OK(b.open("vale0:x}1", reg().slots(8)));
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

TEST_F(Sync, A85_D10_unbound_descriptor_is_ENXIO) {
    descriptor d;
    EXPECT_ERR(ENXIO, d.txsync());
    EXPECT_ERR(ENXIO, d.rxsync());
}

TEST_F(Sync, argument_of_a_sync_is_ignored) {
    descriptor d;
    ASSERT_OK(d.bind("vale0:a"));
    EXPECT_OK(d.ioctl(NIOCTXSYNC, reinterpret_cast<void*>(0x10)));
    EXPECT_OK(d.ioctl(NIOCRXSYNC, reinterpret_cast<void*>(0x10)));
}

TEST_F(Pair, sync_with_nothing_to_do_changes_nothing) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_OK(a.txsync());
        EXPECT_OK(a.rxsync());
    }
    EXPECT_EQ(0u, a.tx().head());
    EXPECT_EQ(15u, a.tx().tail());
    EXPECT_EQ(0u, a.rx().tail());
}

TEST_F(Pair, slots_that_were_not_synced_are_not_sent) {
    ASSERT_TRUE(a.tx().put(numbered(1)));
    EXPECT_EQ(0u, b.receive().size());
    a.close();
    EXPECT_EQ(0u, b.receive().size()) << "close does not flush";
}

TEST_F(Pair, cur_alone_sends_nothing) {
    a.tx().fill(0, numbered(1));
    a.tx().set_cur(1);
    EXPECT_OK(a.txsync());
    EXPECT_EQ(0u, b.receive().size());
    EXPECT_EQ(0u, a.tx().head());
    EXPECT_EQ(1u, a.tx().cur());
    a.tx().set_head(1);
    EXPECT_OK(a.txsync());
    EXPECT_EQ(std::vector<frame>{numbered(1)}, b.receive());
}

TEST_F(Pair, A93_D3_tail_is_put_back) {
    for (const uint32_t lie : {3u, 16u, 0xffffffffu}) {
        poke(a.tx().raw()->tail, lie);
        poke(b.rx().raw()->tail, lie);
        EXPECT_OK(a.txsync());
        EXPECT_OK(b.rxsync());
        EXPECT_EQ(15u, a.tx().tail());
        EXPECT_EQ(0u, b.rx().tail());
    }
    EXPECT_OK(a.send(numbered(1)));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, b.receive());
}

struct bad_indices {
    uint32_t head;
    uint32_t cur;
};

TEST_F(Pair, A92_D4_bad_tx_indices_are_repaired_and_nothing_is_sent) {
    for (uint32_t i = 0; i < 15; ++i) {
        a.tx().fill(i, numbered(i));
    }
    for (const bad_indices bad :
         {bad_indices{16, 16}, {0xffffffff, 0xffffffff}, {16, 0}, {0, 16}, {2, 1}, {5, 0},
          {0x80000000, 3}, {1, 0xffffffff}, {4, 17}}) {
        SCOPED_TRACE(testing::Message() << "head " << bad.head << " cur " << bad.cur);
        a.tx().set(bad.head, bad.cur);
        EXPECT_OK(a.txsync());
        EXPECT_EQ(0u, a.tx().head());
        EXPECT_EQ(0u, a.tx().cur());
        EXPECT_EQ(15u, a.tx().tail());
        EXPECT_EQ(0u, b.receive().size());
    }
    EXPECT_OK(a.send(numbered(77)));
    EXPECT_EQ(std::vector<frame>{numbered(77)}, b.receive());
}

TEST_F(Pair, A92_D7_bad_rx_indices_are_repaired_and_nothing_is_released) {
    EXPECT_OK(a.send({numbered(1), numbered(2), numbered(3)}));
    EXPECT_OK(b.rxsync());
    ASSERT_EQ(3u, b.rx().tail());
    for (const bad_indices bad :
         {bad_indices{4, 4}, {16, 16}, {0xffffffff, 0xffffffff}, {2, 1}, {0, 4}, {15, 15},
          {1, 16}, {3, 0xffffffff}}) {
        SCOPED_TRACE(testing::Message() << "head " << bad.head << " cur " << bad.cur);
        b.rx().set(bad.head, bad.cur);
        EXPECT_OK(b.rxsync());
        EXPECT_EQ(0u, b.rx().head());
        EXPECT_EQ(0u, b.rx().cur());
        EXPECT_EQ(3u, b.rx().tail());
    }
    EXPECT_EQ((std::vector<frame>{numbered(1), numbered(2), numbered(3)}), b.receive());
}

TEST_F(Pair, A92_D7_releasing_what_never_came_is_refused) {
    for (uint32_t round = 0; round < 40; ++round) {
        const uint32_t at = b.rx().head();
        b.rx().set(b.rx().next(at), b.rx().next(at));
        EXPECT_OK(b.rxsync());
        EXPECT_EQ(at, b.rx().head());
        EXPECT_OK(a.send(numbered(round)));
        EXPECT_EQ(std::vector<frame>{numbered(round)}, b.receive());
    }
}

TEST_F(Pair, A92_poll_reports_bad_indices) {
    a.tx().set(2, 1);
    EXPECT_EQ(POLLERR, a.poll(POLLOUT) & POLLERR);
    EXPECT_EQ(0u, a.tx().cur());
    b.rx().set(1, 1);
    EXPECT_EQ(POLLERR, b.poll(POLLIN) & POLLERR);
    EXPECT_EQ(0u, b.rx().head());
    EXPECT_EQ(POLLOUT, a.poll(POLLOUT)) << "all is well again";
    EXPECT_EQ(0, b.poll(POLLIN));
}

TEST_F(Pair, D6_cur_behind_head_is_POLLERR) {
    a.tx().set(3, 2);
    EXPECT_EQ(POLLERR, a.poll(POLLOUT) & POLLERR);
    EXPECT_EQ(0u, b.receive().size());
}

TEST_F(Pair, D8_wrapped_indices_with_cur_beyond_the_ring) {
    EXPECT_OK(a.send(numbered(1)));
    b.receive();
    ASSERT_LT(a.tx().tail(), a.tx().head()) << "free slots wrap";
    for (const uint32_t cur : {16u, 17u, 0x7fffffffu, 0xffffffffu}) {
        a.tx().fill(1, numbered(2));
        a.tx().set(2, cur);
        EXPECT_OK(a.txsync());
        EXPECT_EQ(1u, a.tx().head());
        EXPECT_EQ(1u, a.tx().cur());
        EXPECT_EQ(0u, b.receive().size());
    }
}

TEST_F(Pair, D8_wrapped_rx_indices_with_cur_beyond_the_ring) {
    for (uint32_t i = 0; i < 13; ++i) {
        EXPECT_OK(a.send(numbered(i)));
        b.receive();
    }
    EXPECT_OK(a.send({numbered(20), numbered(21), numbered(22), numbered(23), numbered(24)}));
    EXPECT_OK(b.rxsync());
    ASSERT_EQ(13u, b.rx().head());
    ASSERT_EQ(2u, b.rx().tail());
    for (const bad_indices bad : {bad_indices{14, 16}, {0, 0xffffffff}, {13, 3}, {3, 3}, {5, 12}}) {
        SCOPED_TRACE(testing::Message() << "head " << bad.head << " cur " << bad.cur);
        b.rx().set(bad.head, bad.cur);
        EXPECT_OK(b.rxsync());
        EXPECT_EQ(13u, b.rx().head());
        EXPECT_EQ(13u, b.rx().cur());
        EXPECT_EQ(2u, b.rx().tail());
    }
    EXPECT_EQ(5u, b.receive().size());
}

TEST_F(PipePair, D5_head_past_tail_is_never_accepted_however_often) {
    for (uint32_t i = 0; i < 7; ++i) {
        ASSERT_TRUE(a.tx().put(numbered(i)));
    }
    EXPECT_OK(a.txsync());
    ASSERT_EQ(7u, a.tx().head());
    ASSERT_EQ(7u, a.tx().tail());
    for (int repeat = 0; repeat < 3; ++repeat) {
        a.tx().set(0, 0);
        EXPECT_OK(a.txsync());
        EXPECT_EQ(7u, a.tx().head());
        EXPECT_EQ(7u, a.tx().cur());
        EXPECT_EQ(7u, a.tx().tail());
    }
    EXPECT_OK(b.rxsync());
    EXPECT_EQ(7u, b.rx().space());
    EXPECT_EQ(7u, b.receive().size());
}

TEST_F(PipePair, D5_head_just_past_tail_in_the_middle_of_the_ring) {
    for (uint32_t i = 0; i < 7; ++i) {
        ASSERT_TRUE(a.tx().put(numbered(i)));
    }
    EXPECT_OK(a.txsync());
    EXPECT_OK(b.rxsync());
    b.rx().set(3, 3);
    EXPECT_OK(b.rxsync());
    EXPECT_OK(a.txsync());
    ASSERT_EQ(2u, a.tx().tail());
    for (const bad_indices bad : {bad_indices{3, 3}, {6, 6}, {4, 2}, {7, 3}, {1, 0}}) {
        SCOPED_TRACE(testing::Message() << "head " << bad.head << " cur " << bad.cur);
        for (int repeat = 0; repeat < 2; ++repeat) {
            a.tx().set(bad.head, bad.cur);
            EXPECT_OK(a.txsync());
            EXPECT_EQ(7u, a.tx().head());
            EXPECT_EQ(7u, a.tx().cur());
        }
    }
    EXPECT_OK(b.rxsync());
    EXPECT_EQ(4u, b.rx().space());
}

TEST_F(PipePair, A92_bad_rx_indices_of_a_pipe_release_nothing) {
    EXPECT_OK(a.send({numbered(1), numbered(2), numbered(3)}));
    EXPECT_OK(b.rxsync());
    for (const bad_indices bad : {bad_indices{4, 4}, {8, 8}, {2, 1}, {1, 8}, {0xffffffff, 0}}) {
        SCOPED_TRACE(testing::Message() << "head " << bad.head << " cur " << bad.cur);
        b.rx().set(bad.head, bad.cur);
        EXPECT_OK(b.rxsync());
        EXPECT_EQ(0u, b.rx().head());
        EXPECT_EQ(3u, b.rx().tail());
        EXPECT_OK(a.txsync());
        EXPECT_EQ(4u, a.tx().space()) << "a slot was given back";
    }
}

TEST_F(Pair, D9_cur_at_tail_with_head_behind_is_accepted) {
    a.tx().fill(0, numbered(1));
    a.tx().set(1, 15);
    EXPECT_OK(a.txsync());
    EXPECT_EQ(1u, a.tx().head());
    EXPECT_EQ(15u, a.tx().cur());
    EXPECT_EQ(std::vector<frame>{numbered(1)}, b.receive());
}

TEST_F(Pair, all_slots_but_one_can_be_used) {
    std::vector<frame> all;
    for (uint32_t i = 0; i < 15; ++i) {
        all.push_back(numbered(i));
    }
    for (int round = 0; round < 5; ++round) {
        EXPECT_OK(a.send(all));
        EXPECT_EQ(0u, (a.tx().tail() + 1 - a.tx().head()) % 16);
        EXPECT_EQ(all, b.receive());
    }
}

TEST_F(Pair, rx_slots_stay_until_released) {
    EXPECT_OK(a.send({numbered(1), numbered(2)}));
    EXPECT_OK(b.rxsync());
    EXPECT_OK(a.send({numbered(3)}));
    EXPECT_EQ(2u, b.rx().tail()) << "tail moves in syncs only";
    EXPECT_OK(b.rxsync());
    EXPECT_EQ(3u, b.rx().tail());
    EXPECT_EQ(numbered(1), b.rx().read(0));
    b.rx().set(1, 1);
    EXPECT_OK(b.rxsync());
    EXPECT_EQ((std::vector<frame>{numbered(2), numbered(3)}), b.receive());
}

TEST_F(Pair, A95_D13_pain_row_13_rx_sync_writes_the_time) {
    b.rx().raw()->ts = {};
    EXPECT_OK(b.rxsync());
    const timeval first = b.rx().raw()->ts;
    EXPECT_NE(0, first.tv_sec);
    EXPECT_LT(first.tv_usec, 1000000);
    EXPECT_TRUE(eventually([&] {
        EXPECT_OK(b.rxsync());
        const timeval now = b.rx().raw()->ts;
        return now.tv_sec != first.tv_sec || now.tv_usec != first.tv_usec;
    }));
    b.rx().raw()->ts = {};
    EXPECT_EQ(0, b.poll(POLLIN));
    EXPECT_NE(0, b.rx().raw()->ts.tv_sec) << "poll does, too";
}

TEST_F(Pair, A95_D13_tx_rings_keep_their_time) {
    a.tx().raw()->ts = {};
    EXPECT_OK(a.send(numbered(1)));
    EXPECT_OK(a.rxsync());
    EXPECT_EQ(POLLOUT, a.poll(POLLOUT));
    EXPECT_EQ(0, a.tx().raw()->ts.tv_sec);
}

TEST_F(Pair, A95_without_timestamps_only_rings_that_ask_get_them) {
    param_guard off("no_timestamp", 1);
    b.rx().raw()->ts = {};
    EXPECT_OK(b.rxsync());
    EXPECT_EQ(0, b.rx().raw()->ts.tv_sec);
    poke(b.rx().raw()->flags, NR_TIMESTAMP);
    EXPECT_OK(b.rxsync());
    EXPECT_NE(0, b.rx().raw()->ts.tv_sec);
}

/// Frames that came from buffers nobody may look into carry this byte.
constexpr uint8_t secret = 0x5e;

TEST_F(Sync, A94_D20_slots_with_impossible_buffers_leak_nothing) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a", reg().slots(16)));
    ASSERT_OK(b.open("vale0:b", reg().slots(64)));
    port other;
    ASSERT_OK(other.open("vale1:o", reg().mem(a.reply.nr_mem_id).slots(16)));
    for (const uint32_t index : other.ring_indices()) {
        std::memset(other.any_ring().buf(index), secret, other.any_ring().buf_size());
    }
    const ring tx = a.tx();
    const frame good = make_frame(broadcast, mac_of(1));
    for (const uint32_t index : {0u, 1u, 0xffffffffu, 0x80000000u, 0x00ffffffu}) {
        netmap_slot s = tx.slot(tx.head());
        const netmap_slot original = s;
        s.buf_idx = index;
        s.len = 60;
        tx.slot(tx.head(), s);
        const uint32_t at = tx.head();
        tx.set(tx.next(at), tx.next(at));
        EXPECT_OK(a.send(good));
        EXPECT_EQ(15u, tx.space());
        const auto got = b.receive();
        ASSERT_FALSE(got.empty());
        EXPECT_EQ(good, got.back());
        for (const frame& f : got) {
            EXPECT_LT(std::count(f.begin(), f.end(), secret), 30);
        }
        tx.slot(at, original);
    }
}

TEST_F(Pair, A94_length_beyond_the_buffer_leaks_nothing) {
    const ring tx = a.tx();
    for (const uint32_t len : {tx.buf_size() + 1, 0xffffu}) {
        netmap_slot s = tx.slot(tx.head());
        s.len = static_cast<uint16_t>(len);
        s.flags = 0;
        tx.slot(tx.head(), s);
        tx.set(tx.next(tx.head()), tx.next(tx.head()));
        EXPECT_OK(a.send(numbered(5)));
        const auto got = b.receive();
        EXPECT_EQ(std::vector<frame>{numbered(5)}, got) << "a fragment that is too long is empty";
    }
}

TEST_F(Pair, largest_frame_of_one_slot) {
    const frame f = make_frame(broadcast, mac_of(1), a.tx().buf_size());
    EXPECT_OK(a.send(f));
    EXPECT_EQ(std::vector<frame>{f}, b.receive());
}

TEST_F(Pair, scratch_area_is_never_touched) {
    for (const ring& r : {a.tx(), a.rx(), b.tx(), b.rx()}) {
        std::memset(r.raw()->sem, 0x3c, sizeof(r.raw()->sem));
    }
    for (uint32_t i = 0; i < 40; ++i) {
        EXPECT_OK(a.send(numbered(i)));
        b.receive();
    }
    a.tx().set(99, 99);
    EXPECT_OK(a.txsync());
    for (const ring& r : {a.tx(), a.rx(), b.tx(), b.rx()}) {
        EXPECT_EQ(128, std::count(std::begin(r.raw()->sem), std::end(r.raw()->sem), 0x3c));
    }
}

TEST_F(Pair, A96_D12_two_threads_may_sync_one_ring) {
    port second;
    ASSERT_OK(second.open("vale0:a"));
    const auto sync = [](const port& p) {
        for (unsigned i = 0; i < rounds(5000); ++i) {
            if (!!p.txsync().code || !!p.rxsync().code) {
                return false;
            }
        }
        return true;
    };
    std::atomic<int> good = 0;
    std::jthread one([&] { good += sync(a); });
    std::jthread two([&] { good += sync(a); });
    std::jthread three([&] { good += sync(second); });
    for (unsigned i = 0; i < rounds(2000); ++i) {
        EXPECT_OK(b.send(numbered(i)));
    }
    one.join();
    two.join();
    three.join();
    EXPECT_EQ(3, good);
    EXPECT_OK(a.rxsync()); // the threads may have ended before the first packet
    EXPECT_EQ(15u, a.rx().space()) << "the first packets are there";
    const auto got = a.receive();
    ASSERT_EQ(15u, got.size());
    for (uint32_t i = 0; i < 15; ++i) {
        EXPECT_EQ(numbered(i), got[i]);
    }
}

} // namespace
} // namespace conformance
