// SPDX-License-Identifier: BSD-2-Clause
// Applications that write nonsense: into shared memory while it is in use,
// into requests while they are read, and requests that are nonsense from the
// start (check A15 and the S: checks). What is proven each time: nothing
// crashes, others go on undisturbed, and no buffer is lost.
#include "on_wire.hpp"

#include <thread>

namespace conformance {
namespace {

class Hostile : public suite {};

/// A value that is likely to be wrong in an interesting way.
uint32_t odd_value(sequence& random, uint32_t n) {
    switch (random.below(4)) {
    case 0: return random.pick({0u, 1u, n - 1, n, n + 1, 0x7fffffffu, 0x80000000u, ~0u});
    case 1: return static_cast<uint32_t>(random.next());
    default: return random.below(n);
    }
}

/// Writes nonsense into everything of a port that an application can write.
class scribbler {
  public:
    scribbler(const port& p, uint64_t seed, unsigned least) : scribbler(p, p.rings(), seed, least) {}
    scribbler(const port& p, std::vector<ring> rings, uint64_t seed, unsigned least)
        : nifp_(p.nifp()), rings_(std::move(rings)), links_(p.nifp()->ni_tx_rings + p.nifp()->ni_rx_rings),
          thread_([this, seed, least] { run(seed, least); }) {}
    scribbler(const scribbler&) = delete;
    scribbler& operator=(const scribbler&) = delete;
    ~scribbler() {
        stop_ = true;
        thread_.join();
    }
    bool done() const { return done_; }

  private:
    void run(uint64_t seed, unsigned least) {
        sequence random(seed);
        for (unsigned i = 0; i < least && !stop_; ++i) {
            if (random.below(50) == 0) {
                interface(random);
            } else {
                const ring& r = rings_[random.below(static_cast<uint32_t>(rings_.size()))];
                random.below(2) == 0 ? indices(random, r) : slot(random, r);
            }
        }
        done_ = true;
    }
    void interface(sequence& random) const {
        const uint32_t value = odd_value(random, 64);
        switch (random.below(6)) {
        case 0: poke(nifp_->ni_tx_rings, value); break;
        case 1: poke(nifp_->ni_rx_rings, value); break;
        case 2: poke(nifp_->ni_bufs_head, value); break;
        case 3: poke(nifp_->ni_host_tx_rings, value); break;
        case 4: poke(nifp_->ni_flags, value); break;
        default:
            poke(nifp_->ring_ofs[random.below(links_)], static_cast<int64_t>(random.next()));
        }
    }
    static void indices(sequence& random, const ring& r) {
        const uint32_t value = odd_value(random, r.slots());
        netmap_ring* raw = r.raw();
        switch (random.below(12)) {
        case 0: poke(raw->tail, value); break;
        case 1: poke(raw->num_slots, value); break;
        case 2: poke(raw->nr_buf_size, value); break;
        case 3: poke(raw->buf_ofs, static_cast<int64_t>(random.next())); break;
        case 4: poke(raw->offset_mask, random.next()); break;
        case 5: poke(raw->flags, value); break;
        case 6: poke(raw->ringid, static_cast<uint16_t>(value)); break;
        case 7: poke(raw->head, value); break;
        case 8: poke(raw->cur, value); break;
        default: r.set(value, value);
        }
    }
    static void slot(sequence& random, const ring& r) {
        netmap_slot& s = r.raw()->slot[random.below(r.slots())];
        switch (random.below(5)) {
        case 0: poke(s.buf_idx, odd_value(random, 5000)); break;
        case 1: poke(s.len, static_cast<uint16_t>(random.next())); break;
        case 2: poke(s.len, static_cast<uint16_t>(random.below(2000))); break;
        case 3: poke(s.flags, static_cast<uint16_t>(random.next())); break;
        default: poke(s.ptr, random.next());
        }
    }

    netmap_if* nifp_;
    std::vector<ring> rings_;
    uint32_t links_;
    std::atomic<bool> stop_ = false;
    std::atomic<bool> done_ = false;
    std::jthread thread_;
};

/// Slots of a port nobody scribbles on are sound, whatever it has received.
void expect_sound(const port& p, const std::vector<uint32_t>& buffers) {
    EXPECT_EQ(buffers, p.ring_indices());
    const ring rx = p.rx();
    for (uint32_t i = rx.head(); i != rx.tail(); i = rx.next(i)) {
        const netmap_slot s = rx.slot(i);
        EXPECT_LE(s.len, rx.buf_size());
        EXPECT_EQ(0, s.flags & ~(NS_MOREFRAG | NS_PORT_MASK));
        EXPECT_LE(NS_RFRAGS(&s), NETMAP_MAX_FRAGS);
    }
    rx.set(rx.tail(), rx.tail());
}

void expect_working(const port& from, const port& to) {
    to.receive();
    EXPECT_OK(from.txsync());
    for (uint32_t i = 0; i < 100; ++i) {
        const frame f = make_frame(broadcast, mac_of(200), 60 + i, i);
        ASSERT_OK(from.send(f));
        ASSERT_EQ(std::vector<frame>{f}, to.receive());
    }
}

TEST_F(Hostile, pain_923_rings_of_a_switch_port_are_scribbled_on_while_it_is_synced) {
    port keeper;
    port innocent_a;
    port innocent_b;
    ASSERT_OK(keeper.open("vale1:k", reg().slots(32)));
    const uint32_t before = buffers_used("vale1:k");
    ASSERT_OK(innocent_a.open("vale0:ia", reg().slots(32)));
    ASSERT_OK(innocent_b.open("vale0:ib", reg().slots(32)));
    teach(innocent_b, mac_of(2), {&innocent_a});
    const auto own_a = innocent_a.ring_indices();
    const auto own_b = innocent_b.ring_indices();
    {
        port bad;
        ASSERT_OK(bad.open("vale0:bad", reg().slots(32).rings(2, 2).mem(keeper.reply.nr_mem_id)));
        const scribbler thread(bad, 1, rounds(2000000));
        for (uint32_t i = 0; !thread.done(); ++i) {
            ASSERT_OK(bad.txsync());
            ASSERT_OK(bad.rxsync());
            bad.poll(POLLIN | POLLOUT);
            ASSERT_OK(innocent_b.send(make_frame(broadcast, mac_of(3), 60, i)));
            const frame f = make_frame(mac_of(2), mac_of(1), 60 + i % 500, i);
            ASSERT_OK(innocent_b.rxsync());
            expect_sound(innocent_b, own_b);
            ASSERT_OK(innocent_b.rxsync());
            ASSERT_OK(innocent_a.send(f));
            ASSERT_OK(innocent_b.rxsync());
            const auto last = innocent_b.rx().take();
            ASSERT_TRUE(last);
            ASSERT_EQ(f, last->data) << "a frame of an innocent port was damaged";
            ASSERT_OK(innocent_a.rxsync());
            expect_sound(innocent_a, own_a);
        }
    }
    EXPECT_EQ(before, buffers_used("vale1:k")) << "buffers were lost or freed twice";
    expect_working(innocent_a, innocent_b);
    port again;
    ASSERT_OK(again.open("vale0:bad", reg().slots(32).mem(keeper.reply.nr_mem_id)));
    auto all = again.ring_indices();
    const auto kept = keeper.ring_indices();
    all.insert(all.end(), kept.begin(), kept.end());
    EXPECT_TRUE(all_different(all));
    innocent_a.receive();
    expect_working(again, innocent_a);
}

TEST_F(Hostile, pain_923_both_ends_of_a_pipe_are_scribbled_on_while_they_are_synced) {
    port keeper;
    ASSERT_OK(keeper.open("vale0:k", reg().slots(16)));
    const uint32_t before = buffers_used("vale0:k");
    {
        port a;
        port b;
        ASSERT_OK(a.open("vale0:k{1", reg().slots(32)));
        ASSERT_OK(b.open("vale0:k}1", reg().slots(32)));
        const scribbler one(a, 2, rounds(1000000));
        const scribbler two(b, 3, rounds(1000000));
        std::jthread other([&] {
            while (!one.done() || !two.done()) {
                ASSERT_OK(b.rxsync());
                ASSERT_OK(b.txsync());
                b.poll(POLLIN | POLLOUT);
            }
        });
        while (!one.done() || !two.done()) {
            ASSERT_OK(a.txsync());
            ASSERT_OK(a.rxsync());
            a.poll(POLLIN | POLLOUT);
        }
        other.join();
    }
    EXPECT_EQ(before, buffers_used("vale0:k"));
    port a;
    port b;
    ASSERT_OK(a.open("vale0:k{1", reg().slots(32)));
    ASSERT_OK(b.open("vale0:k}1", reg().slots(32)));
    auto all = a.ring_indices();
    const auto kept = keeper.ring_indices();
    all.insert(all.end(), kept.begin(), kept.end());
    EXPECT_TRUE(all_different(kept));
    expect_working(a, b);
}

TEST_F(Hostile, two_scribbled_ports_in_one_region_and_switch) {
    port keeper;
    ASSERT_OK(keeper.open("vale1:k", reg().slots(16)));
    const uint32_t before = buffers_used("vale1:k");
    {
        port a;
        port b;
        const auto inside = reg().slots(32).mem(keeper.reply.nr_mem_id).extra(10);
        ASSERT_OK(a.open("vale0:a", inside));
        ASSERT_OK(b.open("vale0:b", inside));
        const scribbler one(a, 4, rounds(1000000));
        const scribbler two(b, 5, rounds(1000000));
        while (!one.done() || !two.done()) {
            for (const port* p : {&a, &b}) {
                ASSERT_OK(p->txsync());
                ASSERT_OK(p->rxsync());
                p->poll(POLLIN | POLLOUT);
            }
        }
    }
    EXPECT_EQ(before, buffers_used("vale1:k"));
}

/// A request in memory that another thread may rewrite.
struct shared_request {
    nmreq_header header;
    alignas(8) uint8_t body[256];
    nmreq_opt_offsets first;
    nmreq_option second;
    nmreq_opt_errtext third;
};

void rewrite(shared_request& r, sequence& random, const guarded& edge) {
    const uint64_t somewhere = random.pick({addr(r.body), addr(edge.forbidden()),
                                            addr(edge.last(20)), uint64_t{0}, addr(&r.second)});
    auto* body = reinterpret_cast<nmreq_register*>(r.body);
    switch (random.below(12)) {
    case 0:
        poke(r.header.nr_reqtype,
             random.pick<uint16_t>({NETMAP_REQ_REGISTER, NETMAP_REQ_PORT_INFO_GET,
                                    NETMAP_REQ_POOLS_INFO_GET, NETMAP_REQ_VALE_LIST,
                                    NETMAP_REQ_PORT_HDR_GET, NETMAP_REQ_STATS_GET, 0, 99}));
        break;
    case 1: poke(r.header.nr_body, somewhere); break;
    case 2: poke(r.header.nr_body, addr(r.body)); break;
    case 3:
        poke(r.header.nr_options,
             random.pick({uint64_t{0}, addr(&r.first), addr(&r.second), addr(&r.third)}));
        break;
    case 4:
        poke(r.first.nro_opt.nro_next,
             random.pick({uint64_t{0}, addr(&r.first), addr(&r.second), addr(edge.last(23))}));
        break;
    case 5: poke(r.second.nro_next, random.pick({uint64_t{0}, addr(&r.first), addr(&r.second)})); break;
    case 6: poke(r.second.nro_reqtype, random.below(7)); break;
    case 7:
        poke(r.second.nro_size,
             random.pick({uint64_t{0}, uint64_t{24}, uint64_t{200}, uint64_t{4097}, ~uint64_t{0}}));
        break;
    case 8: poke(body->nr_mode, random.below(10)); break;
    case 9: poke(body->nr_tx_rings, static_cast<uint16_t>(random.below(4))); break;
    case 10: poke(body->nr_mem_id, static_cast<uint16_t>(random.below(3))); break;
    default: poke(r.header.nr_name[6], random.pick({'a', 'b', '{', '\0'}));
    }
}

class HostileOnWire : public on_wire {};

TEST_F(HostileOnWire, pain_923_rings_of_an_interface_are_scribbled_on_while_they_are_synced) {
    const wire near(pair_->a());
    const wire far(pair_->b());
    port keeper;
    port innocent;
    ASSERT_OK(keeper.open("nmx0{keeper", reg().slots(16)));
    const uint32_t before = buffers_used("nmx0{keeper");
    ASSERT_OK(innocent.open("nmx1", reg().flags(NR_EXCLUSIVE)));
    const auto own = innocent.ring_indices();
    {
        port bad;
        ASSERT_OK(bad.open("nmx0", reg().mode(NR_REG_NIC_SW)));
        auto rings = bad.rings();
        rings.push_back(bad.tx(1));
        rings.push_back(bad.rx(1));
        const scribbler thread(bad, rings, 1, rounds(1000000));
        for (uint32_t i = 0; !thread.done(); ++i) {
            ASSERT_OK(bad.txsync());
            ASSERT_OK(bad.rxsync());
            bad.poll(POLLIN | POLLOUT);
            near.send(make_frame(broadcast, mac_of(1), 60 + i % 1400, i));
            near.receive();
            innocent.tx().put(make_frame(broadcast, mac_of(2), 60 + i % 1400, i));
            ASSERT_OK(innocent.txsync());
            ASSERT_OK(innocent.rxsync());
            expect_sound(innocent, own);
        }
    }
    innocent.close();
    EXPECT_EQ(before, buffers_used("nmx0{keeper")) << "buffers were lost or freed twice";
    keeper.close();
    port again;
    ASSERT_OK(again.open("nmx0"));
    EXPECT_TRUE(all_different(again.ring_indices()));
    expect_passage(again, far);
}

TEST_F(Hostile, A15_cve_2022_23084_request_is_rewritten_while_it_is_read) {
    guarded memory;
    guarded edge;
    auto* r = reinterpret_cast<shared_request*>(memory.last(sizeof(shared_request)));
    std::memset(static_cast<void*>(r), 0, sizeof(*r));
    nmreq_register body = reg().slots(16);
    std::memcpy(r->body, &body, sizeof(body));
    r->header = make_header(NETMAP_REQ_REGISTER, "vale0:a", r->body, &r->first);
    r->first.nro_opt = make_option(NETMAP_REQ_OPT_OFFSETS, sizeof(r->first));
    r->second = unknown_option();
    r->third.nro_opt = make_option(NETMAP_REQ_OPT_ERRTEXT, sizeof(r->third));

    std::jthread rewriter([&](const std::stop_token& stop) {
        sequence random(11);
        while (!stop.stop_requested()) {
            rewrite(*r, random, edge);
        }
    });
    for (unsigned i = 0; i < rounds(20000); ++i) {
        descriptor d;
        poke(r->header.nr_version, NETMAP_API);
        poke(r->header.nr_reserved, 0);
        const err e = d.control(r->header);
        ASSERT_TRUE(one_of(e, {0, EINVAL, EFAULT, EMSGSIZE, EOPNOTSUPP, ENXIO, ENOENT, ENOMEM,
                               ENODEV, EBUSY, EIO}))
            << e;
        const err bound = d.txsync();
        ASSERT_TRUE(one_of(bound, {0, ENXIO})) << bound;
        ASSERT_TRUE(!e || !!bound.code) << "bound by a request that failed: " << e;
    }
    rewriter.request_stop();
    rewriter.join();
    EXPECT_OK(descriptor().bind("vale0:a", reg().slots(16))) << "and nothing of it stays";
}

/// Nonsense that gets past the first checks now and then.
class random_requests {
  public:
    explicit random_requests(uint64_t seed) : random_(seed) {}

    void send(const descriptor& d) {
        fill();
        nmreq_header header = make_header(type(), name(), where(), options());
        if (random_.below(30) == 0) {
            header.nr_version = static_cast<uint16_t>(random_.next());
        }
        if (random_.below(30) == 0) {
            header.nr_reserved = random_.below(3);
        }
        const nmreq_header before = header;
        const err e = d.control(header);
        ASSERT_TRUE(e.code >= 0 && e.code < 4096 && e.code != ENOTTY) << e;
        ASSERT_EQ(before.nr_body, header.nr_body);
        ASSERT_EQ(before.nr_options, header.nr_options);
        ASSERT_EQ(before.nr_reqtype, header.nr_reqtype);
    }

  private:
    uint16_t type() {
        return random_.pick<uint16_t>(
            {NETMAP_REQ_REGISTER, NETMAP_REQ_REGISTER, NETMAP_REQ_REGISTER,
             NETMAP_REQ_PORT_INFO_GET, NETMAP_REQ_VALE_DETACH, NETMAP_REQ_VALE_LIST,
             NETMAP_REQ_PORT_HDR_SET, NETMAP_REQ_PORT_HDR_GET, NETMAP_REQ_VALE_DELIF,
             NETMAP_REQ_POOLS_INFO_GET, NETMAP_REQ_SYNC_KLOOP_STOP, NETMAP_REQ_CSB_ENABLE,
             NETMAP_REQ_STATS_GET, 0, 16, static_cast<uint16_t>(random_.next())});
    }
    std::string name() {
        static const char* const names[] = {"vale0:a", "vale0:b",    "vale1:a", "vale0:a{1",
                                            "vale0:a}1", "bar{1",    "bar}1",   "bar",
                                            "",        "vale0:a{1{2", "{",       "vale"};
        std::string n = names[random_.below(std::size(names))];
        if (random_.below(10) == 0) {
            n += static_cast<char>(random_.next());
        }
        return random_.below(20) == 0 ? n + std::string(64 - n.size(), 'x') : n;
    }
    void fill() {
        for (uint64_t& word : body_) {
            word = random_.below(3) == 0 ? random_.next() : random_.below(3);
        }
        auto* r = reinterpret_cast<nmreq_register*>(body_);
        r->nr_mode = random_.pick<uint32_t>({1, 1, 1, 4, 7, random_.below(12)});
        r->nr_tx_slots = random_.pick<uint32_t>({0, 1, 2, 63, 300, random_.below(2) * 1000});
        r->nr_rx_slots = random_.pick<uint32_t>({0, 1, 2, 63, 300});
        r->nr_tx_rings = static_cast<uint16_t>(random_.below(4));
        r->nr_rx_rings = static_cast<uint16_t>(random_.below(4));
        r->nr_ringid = random_.pick<uint16_t>({0, 1, 2, static_cast<uint16_t>(random_.next())});
        r->nr_mem_id = random_.pick<uint16_t>({0, 0, 1, 2, 3, static_cast<uint16_t>(random_.next())});
        r->nr_extra_bufs = random_.below(20);
        r->nr_flags &= ~uint64_t{NR_MONITOR_TX | NR_MONITOR_RX | NR_ZCOPY_MON};
    }
    void* where() {
        switch (random_.below(12)) {
        case 0: return nullptr;
        case 1: return edge_.last(random_.below(64));
        default: return body_;
        }
    }
    nmreq_option* options() {
        if (random_.below(3) != 0) {
            return nullptr;
        }
        const uint32_t count = 1 + random_.below(4);
        for (uint32_t i = 0; i < count; ++i) {
            nmreq_option& o = *at(i);
            o = make_option(random_.pick<uint32_t>(
                {1000, 1000, 1000, 1234, 1, 2, 3, 4, 5, 6, static_cast<uint32_t>(random_.next())}));
            o.nro_size = random_.pick<uint64_t>({24, 100, 400, random_.next(), 4097});
            o.nro_next = i + 1 < count ? addr(at(i + 1)) : 0;
            if (random_.below(10) == 0) {
                o.nro_next = random_.pick<uint64_t>({addr(at(random_.below(4))), random_.next()});
            }
        }
        return at(0);
    }
    nmreq_option* at(uint32_t i) { return reinterpret_cast<nmreq_option*>(options_ + i * 512); }

    sequence random_;
    guarded edge_;
    alignas(8) uint64_t body_[32] = {};
    alignas(8) uint8_t options_[4 * 512] = {};
};

TEST_F(Hostile, random_bytes_as_requests) {
    random_requests requests(99);
    sequence random(98);
    std::vector<descriptor> open(6);
    for (unsigned i = 0; i < rounds(10000); ++i) {
        descriptor& d = open[random.below(6)];
        requests.send(d);
        if (HasFatalFailure()) {
            return;
        }
        if (random.below(4) == 0) {
            d.txsync();
            d.rxsync();
            d.poll(POLLIN | POLLOUT);
        }
        if (random.below(4) == 0) {
            d = descriptor();
        }
    }
    open.clear();
    EXPECT_EQ(std::vector<std::string>{}, switch_ports());
    nmreq_port_info_get info{};
    EXPECT_ERR(ENXIO, port_info("bar", info));
}

TEST_F(Hostile, random_commands) {
    descriptor d;
    ASSERT_OK(d.bind("vale0:a", reg().slots(16)));
    sequence random(5);
    guarded memory;
    for (unsigned i = 0; i < rounds(20000); ++i) {
        const auto cmd = static_cast<unsigned long>(
            random.pick<uint64_t>({0x6900, 0x69ff, random.next() & 0xffffffff,
                                   (random.next() & 0xffff0000) | 0x6997}));
        if (cmd == NIOCCTRL || cmd == NIOCTXSYNC || cmd == NIOCRXSYNC || (cmd >> 8 & 0xff) == 'T') {
            continue;
        }
        ASSERT_TRUE(one_of(d.ioctl(cmd, memory.last(64)), {EOPNOTSUPP, EFAULT, EINVAL}))
            << std::hex << cmd;
    }
    EXPECT_TRUE(d.bound());
}

} // namespace
} // namespace conformance
