// SPDX-License-Identifier: BSD-2-Clause
// Every mode, flag and option of a registration on every kind of port: the port
// under test (near) is opened so, and moves packets from and to its far side.
#include "extmem.hpp"
#include "interface.hpp"
#include "kloop.hpp"

namespace conformance {
namespace {

struct kind {
    const char* name;
    const char* near;
    const char* far; ///< a port, or nothing: the host's stack
    uint32_t all;    ///< the mode that binds all rings of the kind
    uint32_t one;    ///< and the one that binds one pair
    unsigned ring;   ///< index of the first ring of the kind
    bool interface;
    bool host() const { return far == nullptr; }
    bool pipe() const { return std::strpbrk(near, "{}") != nullptr; }
    bool persistent() const { return std::string_view(near) == "nmxp"; }
};

std::ostream& operator<<(std::ostream& out, const kind& k) {
    return out << k.name;
}

constexpr kind kinds[] = {
    {"ephemeral", "vale0:a", "vale0:b", NR_REG_ALL_NIC, NR_REG_ONE_NIC, 0, false},
    {"persistent", "nmxp", "vale0:b", NR_REG_ALL_NIC, NR_REG_ONE_NIC, 0, false},
    {"pipe_first", "vale0:a{1", "vale0:a}1", NR_REG_ALL_NIC, NR_REG_ONE_NIC, 0, false},
    {"pipe_second", "vale0:a}1", "vale0:a{1", NR_REG_ALL_NIC, NR_REG_ONE_NIC, 0, false},
    {"interface", "nmx0", "nmx1", NR_REG_ALL_NIC, NR_REG_ONE_NIC, 0, true},
    {"host_rings", "nmx0", nullptr, NR_REG_SW, NR_REG_ONE_SW, 1, true},
};

/// A descriptor and those of its rings that move packets.
struct end {
    const descriptor* fd = nullptr;
    std::optional<ring> tx;
    std::optional<ring> rx;

    void send(const std::vector<frame>& frames) const {
        for (const frame& f : frames) {
            ASSERT_TRUE(tx->put(f));
        }
        ASSERT_OK(fd->txsync());
    }
    /// What comes until there are `count`, and whatever came with the last.
    std::vector<packet> collect_packets(size_t count) const {
        std::vector<packet> all;
        EXPECT_TRUE(eventually([&] {
            EXPECT_OK(fd->rxsync());
            while (auto p = rx->take()) {
                all.push_back(std::move(*p));
            }
            EXPECT_OK(fd->rxsync());
            return all.size() >= count;
        })) << all.size() << " of " << count << " packets came";
        return all;
    }
    std::vector<frame> collect(size_t count) const {
        std::vector<frame> all;
        for (packet& p : collect_packets(count)) {
            all.push_back(std::move(p.data));
        }
        return all;
    }
};

end end_of(const port& p, unsigned r) {
    end e{&p.fd(), {}, {}};
    if (p.tx_offset(r) != 0) {
        e.tx = p.tx(r);
    }
    if (p.rx_offset(r) != 0) {
        e.rx = p.rx(r);
    }
    return e;
}

class Kinds : public suite, public testing::WithParamInterface<kind> {
  protected:
    void SetUp() override {
        suite::SetUp();
        if (k().interface) {
            set_up_interfaces();
        }
        if (k().persistent()) {
            nmreq_vale_newif made{};
            made.nr_tx_slots = made.nr_rx_slots = 32;
            ASSERT_OK(descriptor().request(NETMAP_REQ_VALE_NEWIF, "nmxp", &made));
            nmreq_vale_attach attach{};
            attach.reg.nr_mode = NR_REG_ALL_NIC;
            ASSERT_OK(descriptor().request(NETMAP_REQ_VALE_ATTACH, "vale0:nmxp", &attach));
        }
    }
    void set_up_interfaces() {
        if (the_host().embedded()) {
            GTEST_SKIP() << "the engine has no network interfaces";
        }
        pair_ = std::make_unique<veth_pair>();
        if (pair_->error().code == EOPNOTSUPP) {
            GTEST_SKIP() << "this kernel has no veth";
        }
        ASSERT_OK(pair_->error());
        ASSERT_OK(set_mtu("nmx0", 9000));
        ASSERT_OK(set_mtu("nmx1", 9000));
        steady_.emplace();
    }
    void TearDown() override {
        near.close();
        far.close();
        nic.close();
        if (k().persistent()) {
            nmreq_vale_detach body{};
            EXPECT_OK(descriptor().request(NETMAP_REQ_VALE_DETACH, "vale0:nmxp", &body));
            EXPECT_OK(descriptor().request(NETMAP_REQ_VALE_DELIF, "nmxp", nullptr));
        }
        steady_.reset();
        pair_.reset();
        suite::TearDown();
    }

    const kind& k() const { return GetParam(); }
    reg all() const { return reg().mode(k().all).slots(32); }

    err open_near(reg wanted, const nmreq_option* options = nullptr) {
        return near.open(k().near, wanted, options);
    }
    /// After near. The host's packets come to the host rings only while NIC
    /// rings are open, too.
    void open_far() {
        if (!k().host()) {
            ASSERT_OK(far.open(k().far, reg().slots(32)));
            return;
        }
        nic = descriptor();
        ASSERT_OK(nic.bind("nmx0"));
        stack_.emplace("nmx0", wire::sees::what_the_stack_gets);
    }
    void open(reg wanted, const nmreq_option* options = nullptr) {
        ASSERT_OK(open_near(wanted, options));
        ASSERT_NO_FATAL_FAILURE(open_far());
    }
    end here() const { return end_of(near, k().ring); }
    end there() const { return end_of(far, 0); }

    void far_sends(const std::vector<frame>& frames) {
        if (!k().host()) {
            there().send(frames);
            return;
        }
        for (const frame& f : frames) {
            ASSERT_OK(stack_->send(f));
        }
    }
    std::vector<frame> far_gets(size_t count) {
        return k().host() ? stack_->receive(count) : there().collect(count);
    }
    /// Whatever there is, without waiting.
    std::vector<frame> far_has() { return k().host() ? stack_->receive() : far.receive(); }

    static frame numbered(uint32_t tag, size_t len = 60) {
        return make_frame(broadcast, mac_of(1), len, tag);
    }
    static std::vector<frame> row(uint32_t from, uint32_t to) {
        std::vector<frame> frames;
        for (uint32_t i = from; i < to; ++i) {
            frames.push_back(numbered(i, 60 + i % 7));
        }
        return frames;
    }
    void sends() {
        here().send(row(0, 10));
        EXPECT_EQ(row(0, 10), far_gets(10));
    }
    void receives() {
        far_sends(row(10, 20));
        EXPECT_EQ(row(10, 20), here().collect(10));
    }
    void moves_packets() {
        sends();
        receives();
    }

    port near;
    port far;
    descriptor nic = descriptor::none();

  private:
    std::optional<wire> stack_;
    std::unique_ptr<veth_pair> pair_;
    std::optional<on_one_cpu> steady_;
};

// ---- modes ----------------------------------------------------------------------

TEST_P(Kinds, all_rings) {
    open(all());
    moves_packets();
}

TEST_P(Kinds, one_ring_by_its_number) {
    open(all().mode(k().one, 0));
    moves_packets();
    EXPECT_ERR(EINVAL, descriptor().bind(k().near, all().mode(k().one, 1)));
}

TEST_P(Kinds, host_rings_are_those_of_interfaces) {
    for (const uint32_t mode : {NR_REG_SW, NR_REG_NIC_SW, NR_REG_ONE_SW}) {
        port p;
        ASSERT_EQ(err{k().interface ? 0 : EINVAL}, p.open(k().near, reg().mode(mode))) << mode;
        if (k().interface) {
            EXPECT_EQ(mode == NR_REG_NIC_SW, p.tx_offset(0) != 0);
            EXPECT_EQ(mode == NR_REG_NIC_SW, p.rx_offset(0) != 0);
            EXPECT_NE(0, p.tx_offset(1));
            EXPECT_NE(0, p.rx_offset(1));
        }
    }
}

TEST_P(Kinds, nic_and_host_rings_of_one_descriptor) {
    if (!k().interface) {
        GTEST_SKIP() << "it has no host rings";
    }
    open(all().mode(NR_REG_NIC_SW));
    moves_packets();
}

TEST_P(Kinds, tx_rings_only) {
    open(all().flags(NR_TX_RINGS_ONLY));
    EXPECT_EQ(0, near.rx_offset(k().ring));
    sends();
    far_sends(row(10, 11));
    EXPECT_OK(near.rxsync());
    EXPECT_EQ(0, near.poll(POLLIN));
    EXPECT_EQ(POLLOUT, near.poll(POLLOUT));
}

TEST_P(Kinds, rx_rings_only) {
    open(all().flags(NR_RX_RINGS_ONLY));
    EXPECT_EQ(0, near.tx_offset(k().ring));
    receives();
    EXPECT_OK(near.txsync());
    EXPECT_EQ(0, near.poll(POLLOUT));
}

TEST_P(Kinds, each_direction_by_a_descriptor_of_its_own) {
    open(all().flags(NR_TX_RINGS_ONLY | NR_EXCLUSIVE));
    port other;
    ASSERT_OK(other.open(k().near, all().flags(NR_RX_RINGS_ONLY | NR_EXCLUSIVE)));
    sends();
    far_sends(row(0, 3));
    EXPECT_EQ(row(0, 3), end_of(other, k().ring).collect(3));
}

TEST_P(Kinds, no_rings_at_all) {
    ASSERT_OK(open_near(all().flags(NR_TX_RINGS_ONLY | NR_RX_RINGS_ONLY)));
    EXPECT_EQ(0, near.tx_offset(k().ring));
    EXPECT_EQ(0, near.rx_offset(k().ring));
    EXPECT_OK(near.txsync());
    EXPECT_OK(near.rxsync());
    EXPECT_EQ(0, near.poll(POLLIN | POLLOUT));
}

// ---- flags ----------------------------------------------------------------------

TEST_P(Kinds, exclusive_use) {
    open(all().flags(NR_EXCLUSIVE));
    moves_packets();
    EXPECT_ERR(EBUSY, descriptor().bind(k().near, all()));
    EXPECT_ERR(EBUSY, descriptor().bind(k().near, all().mode(k().one, 0)));
    near.close();
    EXPECT_OK(open_near(all()));
    EXPECT_ERR(EBUSY, descriptor().bind(k().near, all().flags(NR_EXCLUSIVE)));
    moves_packets();
}

TEST_P(Kinds, shared_by_two_descriptors) {
    open(all());
    port second;
    ASSERT_OK(second.open(k().near, all()));
    EXPECT_EQ(near.reply.nr_mem_id, second.reply.nr_mem_id);
    here().send(row(0, 2));
    far_sends(row(2, 4));
    EXPECT_EQ(row(0, 2), far_gets(2));
    EXPECT_EQ(row(2, 4), end_of(second, k().ring).collect(2)) << "the same rings";
}

TEST_P(Kinds, poll_pushes_what_is_filled) {
    open(all());
    ASSERT_TRUE(here().tx->put(numbered(1)));
    near.poll(POLLIN);
    EXPECT_EQ(std::vector<frame>{numbered(1)}, far_gets(1));
}

TEST_P(Kinds, poll_leaves_tx_rings_alone_when_told_so) {
    open(all().flags(NR_NO_TX_POLL));
    const ring tx = *here().tx;
    const uint32_t room = tx.space();
    ASSERT_TRUE(tx.put(numbered(1)));
    near.poll(POLLIN);
    EXPECT_TRUE(far_has().empty());
    EXPECT_EQ(room - 1, tx.space()) << "it was not synced";
    EXPECT_EQ(POLLOUT, near.poll(POLLOUT));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, far_gets(1));
}

TEST_P(Kinds, poll_for_output_imports_packets_when_told_so) {
    for (const uint64_t flags : {uint64_t{0}, uint64_t{NR_DO_RX_POLL}}) {
        near.close();
        far.close();
        nic.close();
        open(all().flags(flags));
        far_sends(row(0, 1));
        if (flags == 0) {
            EXPECT_EQ(POLLOUT, near.poll(POLLOUT));
            EXPECT_EQ(0u, here().rx->space());
            continue;
        }
        EXPECT_TRUE(eventually([&] {
            near.poll(POLLOUT);
            return here().rx->space() == 1;
        }));
    }
}

TEST_P(Kinds, sleepers_wake) {
    open(all());
    const auto syncs = [this] {
        nmreq_stats_get s;
        EXPECT_OK(stats(k().near, direction::rx, k().ring, s));
        return s.nr_syncs;
    };
    EXPECT_EQ(0, near.poll(POLLIN));
    const uint64_t before = syncs();
    std::atomic<bool> woken = false;
    // longer than eventually() waits: when its time is over, a poll looks once more
    std::jthread sleeper([&] { woken = near.poll(POLLIN, 2 * patience_ms()) == POLLIN; });
    ASSERT_TRUE(eventually([&] { return syncs() >= before + 2; }))
        << "it has looked twice, and sleeps";
    far_sends(row(0, 1));
    EXPECT_TRUE(eventually([&] { return woken.load(); }));
    sleeper.join();
    EXPECT_EQ(row(0, 1), here().collect(1));
}

TEST_P(Kinds, header_lengths_are_those_of_switch_ports) {
    open(all().flags(NR_ACCEPT_VNET_HDR));
    moves_packets();
    uint32_t length = 7;
    EXPECT_OK(header_length_get(k().near, length));
    EXPECT_EQ(0u, length);
}

TEST_P(Kinds, native_and_emulated_are_those_of_interfaces) {
    if (k().interface) {
        EXPECT_ERR(EOPNOTSUPP, open_near(all().flags(NR_NATIVE_ONLY)));
    } else {
        EXPECT_OK(open_near(all().flags(NR_NATIVE_ONLY)));
        near.close();
    }
    open(all().flags(NR_EMULATED_ONLY));
    moves_packets();
}

// ---- rings and slots ------------------------------------------------------------

TEST_P(Kinds, timestamps_where_the_ring_asks_for_them) {
    const param_guard quiet("no_timestamp", 1);
    open(all());
    const ring rx = *here().rx;
    EXPECT_OK(near.rxsync());
    EXPECT_EQ(0, rx.raw()->ts.tv_sec);
    poke(rx.raw()->flags, NR_TIMESTAMP);
    EXPECT_OK(near.rxsync());
    EXPECT_NE(0, rx.raw()->ts.tv_sec);
    EXPECT_EQ(0, here().tx->raw()->ts.tv_sec) << "TX rings have none";
}

TEST_P(Kinds, packets_of_several_slots) {
    open(all());
    const frame large = numbered(1, 5000);
    ASSERT_TRUE(here().tx->put_in(3, large));
    ASSERT_OK(near.txsync());
    EXPECT_EQ(std::vector<frame>{large}, far_gets(1));
    if (k().host()) {
        far_sends({large});
    } else {
        ASSERT_TRUE(there().tx->put_in(3, large));
        ASSERT_OK(far.txsync());
    }
    const std::vector<packet> got = here().collect_packets(1);
    ASSERT_EQ(1u, got.size());
    EXPECT_EQ(large, got[0].data);
    EXPECT_EQ(3u, got[0].slots);
    EXPECT_EQ(NS_MOREFRAG, got[0].first_flags & NS_MOREFRAG);
    EXPECT_EQ(0, got[0].last_flags & NS_MOREFRAG);
    EXPECT_EQ(k().pipe() || k().interface ? 0 : 3, got[0].last_flags >> NS_PORT_SHIFT)
        << "a switch counts";
    moves_packets();
}

/// Puts the first extra buffer into a slot, and what was there into the list.
void exchange_buffer(const port& p, const ring& r, uint32_t i) {
    uint32_t& first = p.nifp()->ni_bufs_head;
    netmap_slot s = r.slot(i);
    const uint32_t mine = first;
    std::memcpy(r.buf(s.buf_idx), r.buf(mine), sizeof(uint32_t)); // the next of the list
    first = s.buf_idx;
    s.buf_idx = mine;
    s.flags |= NS_BUF_CHANGED | NS_REPORT;
    r.slot(i, s);
}

TEST_P(Kinds, buffers_are_exchanged_in_tx_slots) {
    open(all().extra(3));
    ASSERT_EQ(3u, near.reply.nr_extra_bufs);
    for (uint32_t i = 0; i < 5; ++i) {
        const ring tx = *here().tx;
        const uint32_t at = tx.head();
        exchange_buffer(near, tx, at);
        ASSERT_TRUE(tx.put(numbered(i), NS_BUF_CHANGED | NS_REPORT));
        ASSERT_OK(near.txsync());
        EXPECT_EQ(std::vector<frame>{numbered(i)}, far_gets(1));
    }
    EXPECT_EQ(3u, near.extra_list().size());
    moves_packets();
}

TEST_P(Kinds, buffers_are_exchanged_in_rx_slots) {
    open(all().extra(3));
    const ring rx = *here().rx;
    for (uint32_t i = 0; i < rx.slots() + 5;) {
        far_sends(row(i, i + 5));
        for (const uint32_t until = i + 5; i < until; ++i) {
            ASSERT_TRUE(eventually([&] {
                EXPECT_OK(near.rxsync());
                return rx.space() != 0;
            }));
            ASSERT_EQ(row(i, i + 1)[0], rx.read(rx.head()));
            exchange_buffer(near, rx, rx.head());
            rx.set(rx.next(rx.head()), rx.next(rx.head()));
        }
    }
    EXPECT_EQ(3u, near.extra_list().size());
    EXPECT_TRUE(all_different(rx.indices()));
}

TEST_P(Kinds, flags_that_mean_nothing_here_do_no_harm) {
    open(all());
    for (const int flag : {NS_FORWARD, NS_NO_LEARN, NS_TXMON, 0x4000}) {
        ASSERT_TRUE(here().tx->put(numbered(1), static_cast<uint16_t>(flag)));
        ASSERT_OK(near.txsync());
        EXPECT_EQ(std::vector<frame>{numbered(1)}, far_gets(1)) << flag;
    }
    poke(here().rx->raw()->flags, 0xfff8u);
    poke(here().tx->raw()->flags, 0xfff8u);
    moves_packets();
}

TEST_P(Kinds, marked_packets_are_forwarded_by_interfaces_only) {
    if (k().interface) {
        GTEST_SKIP() << "those of interfaces are tested by themselves";
    }
    open(all());
    const ring rx = *here().rx;
    poke(rx.raw()->flags, NR_FORWARD);
    far_sends(row(0, 1));
    ASSERT_OK(near.rxsync());
    ASSERT_EQ(1u, rx.space());
    netmap_slot s = rx.slot(0);
    s.flags |= NS_FORWARD;
    rx.slot(0, s);
    rx.set(1, 1);
    EXPECT_OK(near.rxsync());
    EXPECT_TRUE(far_has().empty());
    receives();
}

// ---- options --------------------------------------------------------------------

TEST_P(Kinds, the_sync_loop_moves_packets) {
    shared_port s;
    s.index = k().ring;
    ASSERT_OK(s.open(k().near, all()));
    ASSERT_NO_FATAL_FAILURE(open_far());
    EXPECT_ERR(EBUSY, s.p.txsync());
    loop l(s);
    for (uint32_t i = 0; i < 50; ++i) {
        ASSERT_TRUE(eventually([&] { return s.put(numbered(i)); }));
        ASSERT_EQ(std::vector<frame>{numbered(i)}, far_gets(1));
        far_sends({numbered(i)});
        std::optional<frame> f;
        ASSERT_TRUE(eventually([&] { return (f = s.take()).has_value(); })) << i;
        ASSERT_EQ(numbered(i), *f);
    }
    EXPECT_OK(l.stop());
}

TEST_P(Kinds, the_sync_loop_waits_for_kicks_and_signals_back) {
    for (const uint32_t direct : {0, NM_OPT_SYNC_KLOOP_DIRECT_TX | NM_OPT_SYNC_KLOOP_DIRECT_RX}) {
        kicked_port s;
        s.index = k().ring;
        ASSERT_OK(s.open(k().near, all()));
        ASSERT_NO_FATAL_FAILURE(open_far());
        mode_option mode(direct);
        loop l(s, 0, chain({&mode.nro_opt, &s.fds.head}));
        for (uint32_t i = 0; i < 20; ++i) {
            ASSERT_TRUE(eventually([&] { return s.put(numbered(i)); }));
            s.kick[0].signal();
            ASSERT_EQ(std::vector<frame>{numbered(i)}, far_gets(1)) << direct;
            far_sends({numbered(i)});
            frame f;
            ASSERT_TRUE(s.wait_for_frame(f)) << i << " " << direct;
            ASSERT_EQ(numbered(i), f);
            s.kick[1].signal();
        }
        EXPECT_OK(l.stop());
        far.close();
        nic.close();
    }
}

TEST_P(Kinds, the_sync_loop_of_one_direction) {
    for (const uint64_t flag : {NR_TX_RINGS_ONLY, NR_RX_RINGS_ONLY}) {
        shared_port s;
        ASSERT_OK(s.open(k().near, all().flags(flag)));
        loop l(s);
        EXPECT_TRUE(eventually([&] { return s.running(); }));
        EXPECT_OK(l.stop());
    }
}

TEST_P(Kinds, in_memory_of_the_application) {
    const memory m(16u << 20); // for the 1024 slots of each ring of an interface
    extmem_option o(m);
    o.ifs(8, 1024).rings(16, 20480).bufs(6000, 2048);
    if (k().persistent()) {
        EXPECT_ERR(EBUSY, open_near(all(), &o.nro_opt)) << "it lives in a region of its own";
        EXPECT_EQ(static_cast<uint32_t>(EBUSY), o.nro_opt.nro_status);
        return;
    }
    ext_port p;
    ASSERT_OK(p.open(k().near, m.base(), o, all()));
    EXPECT_EQ(0u, o.nro_opt.nro_status);
    EXPECT_LE(2, p.reply.nr_mem_id);
    const end e{&p.fd, p.tx(k().ring), p.rx(k().ring)};
    if (k().pipe()) { // the other end is in the same region
        ext_port q;
        ASSERT_OK(q.open(k().far, m.base(), o, reg()));
        const end other{&q.fd, q.tx(), q.rx()};
        e.send(row(0, 5));
        EXPECT_EQ(row(0, 5), other.collect(5));
        other.send(row(5, 9));
        EXPECT_EQ(row(5, 9), e.collect(4));
        return;
    }
    ASSERT_NO_FATAL_FAILURE(open_far());
    e.send(row(0, 5));
    EXPECT_EQ(row(0, 5), far_gets(5));
    far_sends(row(5, 9));
    EXPECT_EQ(row(5, 9), e.collect(4));
    p.fd.close();
    nic.close();
    ASSERT_OK(open_near(all())) << "next time where it usually lives";
    EXPECT_EQ(k().interface, near.reply.nr_mem_id == 1);
}

TEST_P(Kinds, in_a_region_that_is_named) {
    const param_guard rings("priv_ring_num", 16);
    const param_guard buffers("priv_buf_num", 8192);
    const param_guard interfaces("priv_if_num", 8);
    port other;
    ASSERT_OK(other.open("vale1:x", reg().slots(16)));
    ASSERT_OK(open_near(all().mem(other.reply.nr_mem_id)));
    EXPECT_EQ(k().persistent(), near.reply.nr_mem_id != other.reply.nr_mem_id)
        << "a port that is there stays where it is, and says so";
    ASSERT_NO_FATAL_FAILURE(open_far());
    moves_packets();
}

TEST_P(Kinds, packets_behind_an_offset) {
    nmreq_opt_offsets o{};
    o.nro_opt = make_option(NETMAP_REQ_OPT_OFFSETS, sizeof(o));
    o.nro_max_offset = o.nro_initial_offset = 64;
    open(all(), &o.nro_opt);
    EXPECT_EQ(0u, o.nro_opt.nro_status);
    const ring tx = *here().tx;
    const ring rx = *here().rx;
    const frame f = numbered(1, 100);
    netmap_slot s = tx.slot(0);
    EXPECT_EQ(64u, s.ptr & tx.raw()->offset_mask) << "the initial one";
    std::memcpy(tx.buf(s.buf_idx) + 20, f.data(), f.size());
    s.ptr = 20;
    s.len = 100;
    tx.slot(0, s);
    tx.set(1, 1);
    ASSERT_OK(near.txsync());
    EXPECT_EQ(std::vector<frame>{f}, far_gets(1));
    far_sends({f});
    ASSERT_TRUE(eventually([&] {
        EXPECT_OK(near.rxsync());
        return rx.space() == 1;
    }));
    s = rx.slot(0);
    EXPECT_EQ(64u, s.ptr & rx.raw()->offset_mask);
    EXPECT_EQ(f, frame(rx.buf(s.buf_idx) + 64, rx.buf(s.buf_idx) + 64 + s.len));
}

TEST_P(Kinds, option_of_nobody) {
    nmreq_option unknown = unknown_option();
    EXPECT_ERR(EOPNOTSUPP, open_near(all(), &unknown));
    open(all());
    moves_packets();
}

// ---- questions ------------------------------------------------------------------

TEST_P(Kinds, questions_agree_with_the_reply) {
    open(all());
    nmreq_port_info_get info{};
    ASSERT_OK(port_info(k().near, info));
    EXPECT_EQ(near.reply.nr_memsize, info.nr_memsize);
    EXPECT_EQ(near.reply.nr_tx_slots, info.nr_tx_slots);
    EXPECT_EQ(near.reply.nr_rx_slots, info.nr_rx_slots);
    EXPECT_EQ(near.reply.nr_tx_rings, info.nr_tx_rings);
    EXPECT_EQ(near.reply.nr_rx_rings, info.nr_rx_rings);
    EXPECT_EQ(near.reply.nr_host_tx_rings, info.nr_host_tx_rings);
    EXPECT_EQ(near.reply.nr_host_rx_rings, info.nr_host_rx_rings);
    EXPECT_EQ(near.reply.nr_mem_id, info.nr_mem_id);
    nmreq_pools_info pools{};
    ASSERT_OK(pools_info(k().near, pools));
    EXPECT_EQ(near.reply.nr_memsize, pools.nr_memsize);
    EXPECT_EQ(near.reply.nr_mem_id, pools.nr_mem_id);
    moves_packets();
    nmreq_stats_get s{};
    for (const direction dir : {direction::tx, direction::rx}) {
        ASSERT_OK(stats(k().near, dir, k().ring, s));
        EXPECT_EQ(10u, s.nr_packets);
    }
    const unsigned rings = k().interface ? 2 : 1; // NIC rings, then host rings
    EXPECT_ERR(ENOENT, stats(k().near, direction::rx, rings, s));
    EXPECT_ERR(ENXIO, header_length_set("vale0:nobody", 0));
}

TEST_P(Kinds, requests_about_switches_are_none_of_a_bound_port) {
    open(all());
    if (k().interface || k().pipe()) {
        EXPECT_ERR(ENXIO, header_length_set(k().near, 12));
    }
    const int why = k().interface ? EINVAL : k().persistent() ? EBUSY : ENXIO;
    EXPECT_ERR(why, descriptor().request(NETMAP_REQ_VALE_DELIF, k().near, nullptr));
    nmreq_vale_attach attach{};
    attach.reg.nr_mode = NR_REG_ALL_NIC;
    const std::string plug = std::string("vale1:") + k().near;
    EXPECT_ERR(k().interface || k().persistent() ? EBUSY : EINVAL,
               descriptor().request(NETMAP_REQ_VALE_ATTACH, plug, &attach));
    nmreq_vale_detach detach{};
    EXPECT_ERR(ENXIO, descriptor().request(NETMAP_REQ_VALE_DETACH, plug, &detach));
    nmreq_vale_polling polling{};
    polling.nr_mode = 1;
    polling.nr_num_polling_cpus = 1;
    EXPECT_ERR(ENXIO, descriptor().request(NETMAP_REQ_VALE_POLLING_ENABLE, plug, &polling));
    moves_packets();
}

// ---- monitors -------------------------------------------------------------------

TEST_P(Kinds, a_copying_monitor_of_each_direction) {
    open(all());
    for (const uint64_t flags : {uint64_t{NR_MONITOR_TX}, uint64_t{NR_MONITOR_RX},
                                 uint64_t{NR_MONITOR_TX | NR_MONITOR_RX}}) {
        port m;
        ASSERT_OK(m.open(k().near, all().flags(flags)));
        moves_packets();
        std::vector<frame> seen;
        if (flags & NR_MONITOR_TX) {
            seen = row(0, 10);
        }
        if (flags & NR_MONITOR_RX) {
            const auto more = row(10, 20);
            seen.insert(seen.end(), more.begin(), more.end());
        }
        EXPECT_EQ(seen, m.receive(k().ring)) << flags;
    }
}

TEST_P(Kinds, a_monitor_that_exchanges_buffers) {
    open(all());
    port m;
    ASSERT_OK(m.open(k().near, all().mode(k().one, 0).flags(NR_ZCOPY_MON)));
    EXPECT_EQ(near.reply.nr_mem_id, m.reply.nr_mem_id);
    moves_packets();
    std::set<uint32_t> seen;
    EXPECT_TRUE(eventually([&] {
        EXPECT_OK(near.txsync()); // what was sent is shown when it came back
        for (const frame& f : m.receive(k().ring)) {
            EXPECT_EQ(row(tag_of(f), tag_of(f) + 1)[0], f);
            seen.insert(tag_of(f));
        }
        return seen.size() == 20;
    })) << seen.size();
}

TEST_P(Kinds, monitors_show_packets_of_several_slots) {
    for (const uint64_t flags : {uint64_t{NR_MONITOR_TX}, uint64_t{NR_ZCOPY_MON}}) {
        near.close();
        far.close();
        nic.close();
        open(all());
        port m;
        ASSERT_OK(m.open(k().near, all().flags(flags)));
        const frame large = numbered(1, 5000);
        ASSERT_TRUE(here().tx->put_in(3, large));
        ASSERT_OK(near.txsync());
        EXPECT_EQ(std::vector<frame>{large}, far_gets(1));
        std::vector<packet> seen;
        EXPECT_TRUE(eventually([&] {
            EXPECT_OK(near.txsync());
            seen = m.receive_packets(k().ring);
            return !seen.empty();
        }));
        ASSERT_EQ(1u, seen.size());
        EXPECT_EQ(large, seen[0].data);
        EXPECT_EQ(3u, seen[0].slots);
    }
}

TEST_P(Kinds, monitors_open_as_ports_do) {
    open(all());
    const uint64_t both = NR_MONITOR_TX | NR_MONITOR_RX;
    port m;
    ASSERT_OK(m.open(k().near, all().flags(both | NR_RX_RINGS_ONLY)));
    EXPECT_EQ(0, m.tx_offset(0));
    moves_packets();
    EXPECT_EQ(20u, m.receive(k().ring).size());
    ASSERT_OK(m.open(k().near, all().flags(both | NR_TX_RINGS_ONLY)));
    EXPECT_EQ(0, m.rx_offset(k().ring));
    EXPECT_OK(m.rxsync());
    moves_packets();
    ASSERT_OK(m.open(k().near, all().flags(both | NR_EXCLUSIVE).extra(4)));
    EXPECT_EQ(4u, m.extra_list().size());
    moves_packets();
    EXPECT_EQ(20u, m.receive(k().ring).size());
    m.close();
    const memory place;
    extmem_option o(place);
    EXPECT_ERR(EBUSY, m.open(k().near, all().flags(both), &o.nro_opt))
        << "a monitor that copies has a region of its own";
    EXPECT_EQ(static_cast<uint32_t>(EBUSY), o.nro_opt.nro_status);
}

TEST_P(Kinds, the_sync_loop_of_a_monitor) {
    open(all());
    shared_port s;
    s.index = k().ring;
    ASSERT_OK(s.open(k().near, all().mode(k().one, 0).flags(NR_MONITOR_RX | NR_RX_RINGS_ONLY)));
    loop l(s);
    ASSERT_TRUE(eventually([&] { return s.running(); }));
    receives();
    EXPECT_TRUE(eventually([&] { return peek(s.ktoa[0].hwtail) == 10; }));
    EXPECT_OK(l.stop());
}

INSTANTIATE_TEST_SUITE_P(all, Kinds, testing::ValuesIn(kinds),
                         [](const auto& tested) { return tested.param.name; });

} // namespace
} // namespace conformance
