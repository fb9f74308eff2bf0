// SPDX-License-Identifier: BSD-2-Clause
// Null ports: a region and rings that nothing is behind (checks A57 to A59,
// D95).
#include "kloop.hpp"

namespace conformance {
namespace {

class Null : public suite {
  protected:
    static reg null_port() { return reg().mode(NR_REG_NULL).mem(1); }
};

TEST_F(Null, A57_needs_a_region) {
    EXPECT_ERR(EINVAL, descriptor().bind("n", reg().mode(NR_REG_NULL)));
    EXPECT_ERR(EINVAL, descriptor().bind("n", reg().mode(NR_REG_NULL).mem(65535)));
}

TEST_F(Null, A57_rings_and_slots_as_asked_for) {
    port p;
    ASSERT_OK(p.open("n", null_port().rings(10, 5).slots(256, 100)));
    EXPECT_EQ(10, p.reply.nr_tx_rings);
    EXPECT_EQ(5, p.reply.nr_rx_rings);
    EXPECT_EQ(256u, p.reply.nr_tx_slots);
    EXPECT_EQ(100u, p.reply.nr_rx_slots);
    EXPECT_EQ(1, p.reply.nr_mem_id);
    EXPECT_EQ(256u, p.tx(9).slots());
    EXPECT_EQ(100u, p.rx(4).slots());
    EXPECT_OK(p.txsync());
    EXPECT_OK(p.rxsync());
}

TEST_F(Null, A58_no_rings_at_all) {
    port p;
    ASSERT_OK(p.open("n", null_port()));
    EXPECT_EQ(0, p.reply.nr_tx_rings);
    EXPECT_EQ(0, p.reply.nr_rx_rings);
    EXPECT_EQ(0u, p.reply.nr_tx_slots);
    EXPECT_EQ(0u, p.reply.nr_rx_slots);
    EXPECT_OK(p.txsync());
    EXPECT_OK(p.rxsync());
    EXPECT_EQ(0, p.poll(POLLIN | POLLOUT));
}

TEST_F(Null, A59_rings_no_memory_can_hold) {
    for (const uint32_t slots : {0x10000000u, 0x0fffffffu, 0xffffffffu, 0x80000000u, 100000000u}) {
        EXPECT_TRUE(one_of(descriptor().bind("n", null_port().rings(1, 0).slots(slots, 0)),
                           {ENOMEM, EINVAL}))
            << slots;
        EXPECT_TRUE(one_of(descriptor().bind("n", null_port().rings(0, 1).slots(0, slots)),
                           {ENOMEM, EINVAL}))
            << slots;
    }
    EXPECT_TRUE(one_of(descriptor().bind("n", null_port().rings(65535, 65535).slots(1000)),
                       {ENOMEM, EINVAL}));
    EXPECT_OK(descriptor().bind("n", null_port().rings(1, 1).slots(16)));
}

TEST_F(Null, A59_rings_without_slots) {
    EXPECT_ERR(EINVAL, descriptor().bind("n", null_port().rings(1, 1).slots(0, 16)));
    EXPECT_ERR(EINVAL, descriptor().bind("n", null_port().rings(1, 1).slots(16, 0)));
    EXPECT_ERR(EINVAL, descriptor().bind("n", null_port().rings(1, 1)));
    EXPECT_OK(descriptor().bind("n", null_port().slots(16, 16)));
}

TEST_F(Null, name_is_not_interpreted_and_never_shared) {
    for (const char* name : {"", "vale0:a", "{", "lo", "a/b*c"}) {
        port a;
        port b;
        ASSERT_OK(a.open(name, null_port().rings(1, 1).slots(16).flags(NR_EXCLUSIVE))) << name;
        ASSERT_OK(b.open(name, null_port().rings(2, 1).slots(16).flags(NR_EXCLUSIVE))) << name;
        EXPECT_EQ(2, b.reply.nr_tx_rings);
        EXPECT_NE(a.reply.nr_offset, b.reply.nr_offset);
        EXPECT_EQ(0u, switch_ports().size());
    }
}

TEST_F(Null, D95_extra_buffers_without_rings) {
    port p;
    ASSERT_OK(p.open("n", null_port().extra(10)));
    EXPECT_EQ(10u, p.reply.nr_extra_bufs);
    nmreq_pools_info pools{};
    port in_region;
    ASSERT_OK(in_region.open("vale0:a", reg().mem(1).slots(16)));
    ASSERT_OK(pools_info("vale0:a", pools));
    std::vector<uint32_t> list;
    for (uint32_t i = p.nifp()->ni_bufs_head; i != 0 && list.size() < 100;) {
        list.push_back(i);
        ASSERT_LT(i, pools.nr_buf_pool_objtotal);
        uint8_t* buf =
            p.mem() + pools.nr_buf_pool_offset + uint64_t{i} * pools.nr_buf_pool_objsize;
        std::memcpy(&i, buf, sizeof(i));
        std::memset(buf, 0x11, pools.nr_buf_pool_objsize);
    }
    EXPECT_EQ(10u, list.size());
    EXPECT_TRUE(all_different(list));
}

TEST_F(Null, tx_takes_nothing_and_rx_brings_nothing) {
    port p;
    ASSERT_OK(p.open("n", null_port().rings(1, 1).slots(16)));
    const ring tx = p.tx();
    EXPECT_EQ(15u, tx.space());
    EXPECT_EQ(0u, p.rx().space());
    EXPECT_EQ(POLLOUT, p.poll(POLLIN | POLLOUT)) << "cur is not at tail";
    tx.set(15, 15);
    EXPECT_OK(p.txsync());
    EXPECT_EQ(0u, tx.space()) << "never freed";
    EXPECT_EQ(0, p.poll(POLLIN | POLLOUT));
    EXPECT_OK(p.rxsync());
    EXPECT_EQ(0u, p.rx().space());
}

TEST_F(Null, every_one_is_a_port_of_its_own) {
    port p;
    ASSERT_OK(p.open("n", null_port().rings(2, 1).slots(16).flags(NR_EXCLUSIVE)));
    port q;
    EXPECT_OK(q.open("n", null_port().rings(1, 1).slots(16).flags(NR_EXCLUSIVE)))
        << "every null port is one of its own";
    EXPECT_ERR(ENXIO, q.open("n", reg())) << "and cannot be found";
    EXPECT_ERR(ENXIO, q.open("n", reg().flags(NR_MONITOR_RX)));
    nmreq_stats_get s;
    EXPECT_ERR(ENXIO, stats("n", direction::tx, 0, s));
    s = {};
    EXPECT_OK(p.fd().request(NETMAP_REQ_STATS_GET, "", &s)) << "but by its own descriptor";
}

TEST_F(Null, timestamps_where_the_ring_asks_for_them) {
    const param_guard quiet("no_timestamp", 1);
    port p;
    ASSERT_OK(p.open("n", null_port().rings(1, 1).slots(16)));
    EXPECT_OK(p.rxsync());
    EXPECT_EQ(0, p.rx().raw()->ts.tv_sec);
    poke(p.rx().raw()->flags, NR_TIMESTAMP);
    EXPECT_OK(p.rxsync());
    EXPECT_NE(0, p.rx().raw()->ts.tv_sec);
}

TEST_F(Null, the_sync_loop_runs_and_moves_nothing) {
    shared_port s;
    ASSERT_OK(s.open("n", null_port().rings(1, 1).slots(16)));
    EXPECT_EQ(15u, s.tail(0));
    loop l(s);
    ASSERT_TRUE(s.put(make_frame(broadcast, mac_of(1))));
    EXPECT_TRUE(eventually([&] { return s.running(); }));
    EXPECT_OK(l.stop());
    EXPECT_EQ(0u, s.tail(1));
}

TEST_F(Null, part_of_its_rings_can_be_left_out) {
    port p;
    ASSERT_OK(p.open("n", null_port().rings(2, 2).slots(16).flags(NR_TX_RINGS_ONLY)));
    EXPECT_NE(0, p.tx_offset(1));
    EXPECT_EQ(0, p.rx_offset(0));
}

} // namespace
} // namespace conformance
