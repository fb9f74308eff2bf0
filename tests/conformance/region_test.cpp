// SPDX-License-Identifier: BSD-2-Clause
// Who owns which buffer: shortage, lists and slots that lie at close, buffers
// exchanged between ports, changed pool sizes (checks A76 to A80, D32).
#include "fixture.hpp"

namespace conformance {
namespace {

class Region : public suite {
  protected:
    void SetUp() override {
        suite::SetUp();
        ASSERT_OK(keeper.open("vale1:keeper", reg().slots(64)));
        before = used();
    }
    void TearDown() override {
        keeper.close();
        suite::TearDown();
    }

    uint32_t used() const { return buffers_used("vale1:keeper"); }
    reg inside() const { return reg().mem(keeper.reply.nr_mem_id).slots(32); }

    /// The keeper's own rings work, with buffers that are all different.
    void expect_keeper_unharmed() {
        EXPECT_TRUE(all_different(keeper.ring_indices()));
        port peer;
        ASSERT_OK(peer.open("vale1:peer", reg().slots(64)));
        std::vector<frame> there;
        for (uint32_t i = 0; i < 40; ++i) {
            there.push_back(make_frame(broadcast, mac_of(9), 100 + i, i));
        }
        EXPECT_OK(peer.send(there));
        EXPECT_EQ(there, keeper.receive());
        EXPECT_OK(keeper.send(there));
        EXPECT_EQ(there, peer.receive());
    }

    port keeper;
    uint32_t before = 0;
};

TEST_F(Region, buffers_in_use_are_those_of_rings_and_lists) {
    EXPECT_EQ(128u, before);
    port p;
    ASSERT_OK(p.open("vale0:a", inside().extra(10)));
    EXPECT_EQ(before + 64 + 10, used());
    p.close();
    EXPECT_EQ(before, used());
}

TEST_F(Region, A77_pain_row_7_list_of_extra_buffers_that_lies_at_close) {
    const uint32_t foreign = keeper.tx().slot(3).buf_idx;
    for (int lie = 0; lie < 8; ++lie) {
        SCOPED_TRACE(lie);
        port p;
        ASSERT_OK(p.open("vale0:a", inside().extra(8)));
        const auto list = p.extra_list();
        const ring any = p.any_ring();
        const auto link = [&](uint32_t from, uint32_t to) {
            std::memcpy(any.buf(from), &to, sizeof(to));
        };
        switch (lie) {
        case 0: poke(p.nifp()->ni_bufs_head, 1); break;
        case 1: poke(p.nifp()->ni_bufs_head, 0xffffffff); break;
        case 2: link(list[7], list[0]); break;
        case 3: link(list[2], list[2]); break;
        case 4: poke(p.nifp()->ni_bufs_head, p.tx().slot(5).buf_idx); break;
        case 5: link(list[4], foreign); break;
        case 6: poke(p.nifp()->ni_bufs_head, foreign); break;
        default: poke(p.nifp()->ni_bufs_head, 0); break;
        }
        p.close();
        EXPECT_EQ(before, used());
        expect_keeper_unharmed();
    }
}

TEST_F(Region, A78_pain_row_7_slots_that_lie_at_close) {
    const uint32_t foreign = keeper.rx().slot(3).buf_idx;
    port p;
    ASSERT_OK(p.open("vale0:a", inside()));
    const ring tx = p.tx();
    const ring rx = p.rx();
    const uint32_t own = tx.slot(0).buf_idx;
    uint32_t at = 0;
    for (const uint32_t lie : {own, own, 0u, 1u, 0xffffffffu, 0x7fffffffu, foreign}) {
        for (const ring& r : {tx, rx}) {
            netmap_slot s = r.slot(at);
            s.buf_idx = lie;
            s.flags = NS_BUF_CHANGED;
            r.slot(at, s);
        }
        ++at;
    }
    p.close();
    EXPECT_EQ(before, used());
    expect_keeper_unharmed();
}

TEST_F(Region, returning_other_buffers_than_one_got_is_fine) {
    port p;
    ASSERT_OK(p.open("vale0:a", inside().extra(8)));
    const auto got = p.extra_list();
    const ring tx = p.tx();
    uint32_t head = 0;
    for (uint32_t i = 0; i < got.size(); ++i) {
        netmap_slot s = tx.slot(i);
        std::memcpy(tx.buf(s.buf_idx), &head, sizeof(head));
        head = s.buf_idx;
        s.buf_idx = got[i];
        s.flags = NS_BUF_CHANGED;
        tx.slot(i, s);
    }
    poke(p.nifp()->ni_bufs_head, head);
    p.close();
    EXPECT_EQ(before, used());
    expect_keeper_unharmed();
}

TEST_F(Region, buffers_exchanged_between_two_ports_outlive_either) {
    port a;
    ASSERT_OK(a.open("vale0:a", inside()));
    const ring mine = a.tx();
    const ring theirs = keeper.tx();
    for (uint32_t i = 0; i < 20; ++i) {
        netmap_slot x = mine.slot(i);
        netmap_slot y = theirs.slot(i);
        std::swap(x.buf_idx, y.buf_idx);
        x.flags = y.flags = NS_BUF_CHANGED;
        mine.slot(i, x);
        theirs.slot(i, y);
    }
    const auto held = keeper.ring_indices();
    a.close();
    EXPECT_EQ(held, keeper.ring_indices());
    EXPECT_EQ(before, used());
    expect_keeper_unharmed();

    ASSERT_OK(a.open("vale0:a", inside()));
    auto all = a.ring_indices();
    all.insert(all.end(), held.begin(), held.end());
    EXPECT_TRUE(all_different(all)) << "a buffer was given out twice";
}

TEST_F(Region, D32_pain_567_pipe_ends_return_swapped_buffers) {
    const reg small = reg().slots(16);
    port parent;
    ASSERT_OK(parent.open("vale0:p", small));
    const uint32_t empty = buffers_used("vale0:p");
    port master;
    port slave;
    ASSERT_OK(master.open("vale0:p{1", reg(small).extra(16)));
    ASSERT_OK(slave.open("vale0:p}1", reg(small).extra(16)));
    const auto spare = master.extra_list();
    ASSERT_EQ(16u, spare.size());
    ASSERT_EQ(16u, slave.extra_list().size());
    poke(master.nifp()->ni_bufs_head, 0);
    const ring tx = master.tx();
    for (uint32_t i = 0; i < 10; ++i) {
        netmap_slot s = tx.slot(i);
        s.buf_idx = spare[i];
        s.flags = NS_BUF_CHANGED;
        tx.slot(i, s);
        tx.set(i + 1, i + 1);
    }
    EXPECT_OK(master.txsync());
    EXPECT_OK(slave.rxsync());
    EXPECT_EQ(10u, slave.rx().space());
    slave.rx().set(4, 4);
    EXPECT_OK(slave.rxsync());
    master.close();
    slave.close();
    EXPECT_EQ(empty, buffers_used("vale0:p"));
}

TEST_F(Region, D32_pain_454_pipes_come_and_go_without_losing_buffers) {
    for (unsigned i = 0; i < rounds(200); ++i) {
        port master;
        port slave;
        ASSERT_OK(master.open("vale1:keeper{" + std::to_string(i), reg().slots(32).extra(3)));
        ASSERT_OK(slave.open("vale1:keeper}" + std::to_string(i), reg().slots(32)));
        ASSERT_OK(master.send(make_frame(broadcast, mac_of(1))));
    }
    EXPECT_EQ(before, used());
}

/// The global region (id 1), small enough to be exhausted.
class GlobalRegion : public suite {
  protected:
    static reg in_global() { return reg().mode(NR_REG_NULL).mem(1); }
    static uint64_t size_of_global() {
        nmreq_port_info_get info{};
        EXPECT_OK(port_info("", info));
        EXPECT_EQ(1, info.nr_mem_id);
        return info.nr_memsize;
    }
};

TEST_F(GlobalRegion, A76_more_extra_buffers_than_there_are) {
    param_guard number("buf_num", 4000);
    port greedy;
    ASSERT_OK(greedy.open("greedy", in_global().extra(0xffffffff)));
    EXPECT_GT(greedy.reply.nr_extra_bufs, 3000u);
    EXPECT_LT(greedy.reply.nr_extra_bufs, 5000u);
    port next;
    EXPECT_ERR(ENOMEM, next.open("vale0:a", reg().mem(1).slots(64)));
    EXPECT_EQ(std::vector<std::string>{}, switch_ports());

    port none;
    ASSERT_OK(none.open("none", in_global().extra(10)));
    EXPECT_EQ(0u, none.reply.nr_extra_bufs) << "fewer than wanted is not an error";
    EXPECT_EQ(0u, none.nifp()->ni_bufs_head);
    none.close();
    greedy.close();
    EXPECT_OK(next.open("vale0:a", reg().mem(1).slots(64)));
    EXPECT_OK(none.open("none", in_global().extra(1000)));
    EXPECT_EQ(1000u, none.reply.nr_extra_bufs);
}

TEST_F(GlobalRegion, failed_open_for_lack_of_buffers_takes_none) {
    param_guard number("buf_num", 4000);
    port keeper;
    ASSERT_OK(keeper.open("vale0:k", reg().mem(1).slots(64)));
    const uint32_t before = buffers_used("vale0:k");
    for (int i = 0; i < 10; ++i) {
        port p;
        EXPECT_ERR(ENOMEM, p.open("vale0:a", reg().mem(1).rings(4, 4).slots(1000)));
        EXPECT_EQ(before, buffers_used("vale0:k"));
    }
    port p;
    EXPECT_OK(p.open("vale0:a", reg().mem(1).rings(1, 1).slots(1000)));
}

TEST_F(GlobalRegion, A79_new_pool_sizes_wait_for_the_last_user) {
    param_guard number("buf_num", 4000);
    uint64_t small = 0;
    {
        port user;
        ASSERT_OK(user.open("user", in_global()));
        small = user.reply.nr_memsize;
        number.set(8000);
        EXPECT_EQ(small, size_of_global());
        port other;
        ASSERT_OK(other.open("other", in_global()));
        EXPECT_EQ(small, other.reply.nr_memsize);
    }
    port later;
    ASSERT_OK(later.open("later", in_global()));
    EXPECT_GT(later.reply.nr_memsize, small);
    EXPECT_EQ(1, later.reply.nr_mem_id);
}

TEST_F(GlobalRegion, A80_impossible_pool_sizes_fail_until_they_are_put_right) {
    param_guard number("buf_num", 1);
    port p;
    EXPECT_ERR(EINVAL, p.open("user", in_global()));
    EXPECT_ERR(EINVAL, p.open("user", in_global()));
    number.set(4000);
    EXPECT_OK(p.open("user", in_global()));
    const uint64_t small = p.reply.nr_memsize;
    p.close();
    number.set(8000);
    EXPECT_OK(p.open("user", in_global()));
    EXPECT_GT(p.reply.nr_memsize, small) << "use is counted wrong after the failure";
}

TEST_F(GlobalRegion, buffer_size_is_a_parameter) {
    param_guard number("buf_num", 4000);
    param_guard size("buf_size", 4096);
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a", reg().mem(1).slots(16)));
    ASSERT_OK(b.open("vale0:b", reg().mem(1).slots(16)));
    EXPECT_EQ(4096u, a.tx().buf_size());
    const frame f = make_frame(broadcast, mac_of(1), 4096);
    EXPECT_OK(a.send(f));
    EXPECT_EQ(std::vector<frame>{f}, b.receive());
}

} // namespace
} // namespace conformance
