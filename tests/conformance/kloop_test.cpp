// SPDX-License-Identifier: BSD-2-Clause
// Shared-index mode and the sync loop (abi-control 3.12, 3.13; data-plane 9).
#include "kloop.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>

namespace conformance {
namespace {

class Csb : public suite {};
class Kloop : public suite {};

std::vector<frame> drain(const port& p, size_t want) {
    std::vector<frame> all;
    EXPECT_TRUE(eventually([&] {
        const auto some = p.receive();
        all.insert(all.end(), some.begin(), some.end());
        return all.size() >= want;
    })) << all.size()
        << " of " << want;
    return all;
}

frame numbered(unsigned i) {
    frame f = make_frame(broadcast, mac_of(1));
    f.back() = static_cast<uint8_t>(i);
    return f;
}

// ---- the mode -----------------------------------------------------------------

TEST_F(Csb, initial_contents_are_those_of_the_rings) {
    shared_port s;
    std::memset(s.memory.at(), 0x77, 2 * page);
    ASSERT_OK(s.open("vale0:a", reg().slots(16, 32).rings(2, 1)));
    EXPECT_EQ(0u, s.option.nro_opt.nro_status);
    for (unsigned i = 0; i < 3; ++i) {
        EXPECT_EQ(0u, s.atok[i].head) << i;
        EXPECT_EQ(0u, s.atok[i].cur) << i;
        EXPECT_EQ(1u, s.atok[i].appl_need_kick) << i;
        EXPECT_EQ(1u, s.atok[i].sync_flags) << i;
        EXPECT_EQ(0u, s.ktoa[i].hwcur) << i;
        EXPECT_EQ(i < 2 ? 15u : 0u, s.ktoa[i].hwtail) << i;
        EXPECT_EQ(1u, s.ktoa[i].kern_need_kick) << i;
        for (const uint32_t pad : s.ktoa[i].pad) {
            EXPECT_EQ(0u, pad) << i;
        }
    }
    EXPECT_EQ(0x77777777u, s.ktoa[3].hwcur) << "behind the last entry";
    EXPECT_EQ(0x77777777u, s.atok[3].head) << "behind the last entry";
}

TEST_F(Csb, mode_begins_where_the_rings_are) {
    port receiver;
    ASSERT_OK(receiver.open("vale0:b", reg().slots(16)));
    shared_port s;
    ASSERT_OK(s.p.open("vale0:a", reg().slots(16).flags(NR_EXCLUSIVE)));
    ASSERT_OK(s.p.send({numbered(0), numbered(1), numbered(2)}));
    EXPECT_EQ(3u, receiver.receive().size());
    ASSERT_OK(s.enable(s.option));
    EXPECT_EQ(3u, s.atok[0].head);
    EXPECT_EQ(3u, s.ktoa[0].hwcur);
    EXPECT_EQ(2u, s.ktoa[0].hwtail);
}

TEST_F(Csb, A115_D84_ordinary_syncs_are_EBUSY_and_poll_is_POLLERR) {
    shared_port s;
    ASSERT_OK(s.open("vale0:a"));
    EXPECT_ERR(EBUSY, s.p.txsync());
    EXPECT_ERR(EBUSY, s.p.rxsync());
    EXPECT_EQ(POLLERR, s.p.poll(POLLIN | POLLOUT));
    EXPECT_EQ(POLLERR, s.p.poll(POLLIN, 1000));
}

TEST_F(Csb, A114_D83_needs_exclusive_rings_and_good_addresses) {
    shared_port s;
    guarded memory;
    const struct {
        const void* atok;
        const void* ktoa;
        uint64_t flags;
        int error;
    } bad[] = {
        {s.atok, s.ktoa, 0, EINVAL},
        {reinterpret_cast<void*>(0x10), s.ktoa, NR_EXCLUSIVE, EINVAL},
        {s.atok, reinterpret_cast<uint8_t*>(s.ktoa) + 32, NR_EXCLUSIVE, EINVAL},
        {nullptr, s.ktoa, NR_EXCLUSIVE, EFAULT},
        {s.atok, memory.forbidden(), NR_EXCLUSIVE, EFAULT},
        {memory.forbidden(), s.ktoa, NR_EXCLUSIVE, EFAULT},
        {s.atok, memory.last(64), NR_EXCLUSIVE, EFAULT},
        {reinterpret_cast<void*>(kernel_address), s.ktoa, NR_EXCLUSIVE, EFAULT},
        {s.atok, reinterpret_cast<void*>(UINT64_MAX - 63), NR_EXCLUSIVE, EFAULT},
    };
    for (size_t i = 0; i < std::size(bad); ++i) {
        const descriptor d;
        csb_option o(bad[i].atok, bad[i].ktoa);
        EXPECT_ERR(bad[i].error,
                   d.bind("vale0:a", reg().slots(16).flags(bad[i].flags), &o.nro_opt))
            << i;
        EXPECT_EQ(static_cast<uint32_t>(bad[i].error), o.nro_opt.nro_status) << i;
        EXPECT_FALSE(d.bound()) << i;
        EXPECT_OK(d.bind("vale0:a", reg().slots(16))) << i << ": the descriptor is as new";
        EXPECT_OK(d.txsync()) << i;
    }
}

TEST_F(Csb, A114_D83_read_only_memory_is_EFAULT) {
    shared_port s;
    s.memory.protect(PROT_READ);
    EXPECT_ERR(EFAULT, s.open("vale0:a"));
    s.memory.protect(PROT_READ | PROT_WRITE);
    EXPECT_OK(s.open("vale0:a"));
}

TEST_F(Csb, A67_failing_registration_leaves_no_mode_behind) {
    shared_port s;
    const descriptor d;
    nmreq_option unknown = unknown_option();
    nmreq_option* const options = chain({&s.option.nro_opt, &unknown});
    EXPECT_ERR(EOPNOTSUPP, d.bind("vale0:a", reg().slots(16).flags(NR_EXCLUSIVE), options));
    EXPECT_EQ(static_cast<uint32_t>(EOPNOTSUPP), unknown.nro_status);
    EXPECT_OK(d.bind("vale0:a", reg().slots(16)));
    EXPECT_OK(d.txsync());
}

TEST_F(Csb, A66_S_enable_after_a_failed_exclusive_registration_is_ENXIO) {
    port holder;
    ASSERT_OK(holder.open("vale0:a", reg().slots(16)));
    shared_port s;
    const descriptor d;
    EXPECT_ERR(EBUSY, d.bind("vale0:a", reg().flags(NR_EXCLUSIVE)));
    EXPECT_ERR(ENXIO, d.request(NETMAP_REQ_CSB_ENABLE, "", nullptr, &s.option.nro_opt));
    EXPECT_EQ(static_cast<uint32_t>(ENXIO), s.option.nro_opt.nro_status);
}

TEST_F(Csb, enable_request) {
    shared_port s;
    ASSERT_OK(s.p.open("vale0:a", reg().slots(16).flags(NR_EXCLUSIVE)));
    EXPECT_ERR(EINVAL, s.p.fd().request(NETMAP_REQ_CSB_ENABLE, "", nullptr)) << "no option";
    EXPECT_OK(s.p.txsync());
    EXPECT_OK(s.enable(s.option));
    EXPECT_ERR(EBUSY, s.p.txsync());
    shared_port other;
    EXPECT_OK(s.enable(other.option)) << "again, elsewhere";
    EXPECT_EQ(15u, other.ktoa[0].hwtail);
    csb_option bad(reinterpret_cast<void*>(0x10), s.ktoa);
    EXPECT_ERR(EINVAL, s.enable(bad));
    EXPECT_ERR(EBUSY, s.p.txsync()) << "still in the mode";
    shared_port plain;
    ASSERT_OK(plain.p.open("vale0:b", reg().slots(16)));
    EXPECT_ERR(EINVAL, plain.enable(plain.option)) << "not exclusive";
}

TEST_F(Csb, without_rings_nothing_changes) {
    shared_port s;
    const descriptor d;
    EXPECT_OK(d.bind("vale0:a",
                     reg().slots(16).flags(NR_EXCLUSIVE | NR_TX_RINGS_ONLY | NR_RX_RINGS_ONLY),
                     &s.option.nro_opt));
    EXPECT_OK(d.txsync());
}

// ---- starting and stopping ------------------------------------------------------

TEST_F(Kloop, A116_D86_start_says_why_it_cannot) {
    shared_port s;
    EXPECT_ERR(ENXIO, descriptor().request(NETMAP_REQ_SYNC_KLOOP_STOP, "", nullptr));
    nmreq_sync_kloop_start body{};
    EXPECT_ERR(ENXIO, descriptor().request(NETMAP_REQ_SYNC_KLOOP_START, "", &body));
    ASSERT_OK(s.p.open("vale0:a", reg().slots(16).flags(NR_EXCLUSIVE)));
    EXPECT_ERR(EINVAL, s.start()) << "not in shared-index mode";
    ASSERT_OK(s.enable(s.option));
    EXPECT_ERR(EINVAL, s.start(1000001));
    EXPECT_ERR(EINVAL, s.start(UINT32_MAX));
}

TEST_F(Kloop, A116_A119_D85_one_loop_for_a_descriptor) {
    shared_port s;
    ASSERT_OK(s.open("vale0:a"));
    loop l(s);
    ASSERT_TRUE(eventually([&] { return s.running(); }));
    EXPECT_ERR(EBUSY, s.start());
    csb_option same = s.option;
    EXPECT_ERR(EBUSY, s.enable(same));
    EXPECT_EQ(static_cast<uint32_t>(EBUSY), same.nro_opt.nro_status);
    EXPECT_FALSE(l.ended());
    EXPECT_OK(l.stop());
    EXPECT_FALSE(s.running());
    loop again(s);
    ASSERT_TRUE(eventually([&] { return s.running(); })) << "and another one after it";
}

/// Syncs of the TX ring so far.
uint64_t syncs(const shared_port& s) {
    nmreq_stats_get st;
    EXPECT_OK(stats(s.p.name(), direction::tx, 0, st));
    return st.nr_syncs;
}

TEST_F(Kloop, A118_stop_before_start_is_kept_and_consumed) {
    shared_port s;
    ASSERT_OK(s.open("vale0:a"));
    EXPECT_OK(s.stop());
    EXPECT_OK(s.stop());
    EXPECT_ERR(EINVAL, s.start(1000001)) << "this one does not count";
    EXPECT_OK(s.start()) << "returns at once";
    EXPECT_EQ(0u, syncs(s));
    loop l(s);
    // not by running(), which clears marks
    EXPECT_TRUE(eventually([&] { return l.ended() || syncs(s) > 5; }));
    EXPECT_FALSE(l.ended()) << "the mark is used up";
    EXPECT_OK(l.stop());
    EXPECT_OK(s.stop());
    csb_option same = s.option;
    ASSERT_OK(s.enable(same));
    loop armed(s);
    EXPECT_TRUE(eventually([&] { return s.running(); })) << "enabling anew clears the mark";
}

TEST_F(Kloop, A118_stop_races_with_start) {
    shared_port s;
    ASSERT_OK(s.open("vale0:a"));
    for (unsigned i = 0; i < rounds(300); ++i) {
        loop l(s, i % 3 == 0 ? 1000000 : i % 3);
        ASSERT_OK(l.stop());
    }
}

TEST_F(Kloop, several_stops_at_once_all_return) {
    shared_port s;
    ASSERT_OK(s.open("vale0:a"));
    loop l(s, 1000000);
    ASSERT_TRUE(eventually([&] { return s.running(); }));
    {
        std::vector<std::jthread> stoppers;
        for (int i = 0; i < 3; ++i) {
            stoppers.emplace_back([&] { EXPECT_OK(s.stop()); });
        }
    }
    EXPECT_OK(l.join());
    loop again(s, 10); // a mark may be left: both ends of the race are fine
}

TEST_F(Kloop, A27_A117_D86_eventfds_are_checked) {
    shared_port s;
    ASSERT_OK(s.open("vale0:a"));
    const event a;
    const event b;
    const int file = ::memfd_create("no eventfd", MFD_CLOEXEC);
    const int closed = ::eventfd(0, 0);
    ::close(closed);
    const struct {
        eventfds_option o;
        int error;
    } bad[] = {
        {eventfds_option({{a.fd(), b.fd()}}), EINVAL},
        {eventfds_option({{a.fd(), b.fd()}, {a.fd(), b.fd()}, {a.fd(), b.fd()}}), EINVAL},
        {eventfds_option({}), EINVAL},
        {eventfds_option({{a.fd(), b.fd()}, {closed, b.fd()}}), EBADF},
        {eventfds_option({{a.fd(), b.fd()}, {a.fd(), 1 << 20}}), EBADF},
        {eventfds_option({{file, b.fd()}, {a.fd(), b.fd()}}), EINVAL},
        {eventfds_option({{-1, file}, {-1, -1}}), EINVAL},
    };
    for (size_t i = 0; i < std::size(bad); ++i) {
        eventfds_option o = bad[i].o;
        EXPECT_ERR(bad[i].error, s.start(50, &o.head)) << i;
        EXPECT_EQ(static_cast<uint32_t>(bad[i].error), o.head.nro_status) << i;
    }
    for (const uint64_t size : {0, 23, 24 + 15, 24 + 17}) {
        eventfds_option o({{a.fd(), b.fd()}, {a.fd(), b.fd()}});
        o.head.nro_size = size;
        EXPECT_ERR(EINVAL, s.start(50, &o.head)) << size;
        EXPECT_EQ(static_cast<uint32_t>(EINVAL), o.head.nro_status) << size;
    }
    ::close(file);
}

TEST_F(Kloop, A117_modes_are_checked) {
    shared_port s;
    ASSERT_OK(s.open("vale0:a"));
    const event a;
    for (const uint32_t bits : {4u, 7u, 0x80000000u}) {
        mode_option m(bits);
        EXPECT_ERR(EINVAL, s.start(50, &m.nro_opt)) << bits;
        EXPECT_EQ(static_cast<uint32_t>(EINVAL), m.nro_opt.nro_status);
    }
    mode_option alone(NM_OPT_SYNC_KLOOP_DIRECT_TX);
    EXPECT_ERR(EINVAL, s.start(50, &alone.nro_opt)) << "without eventfds";
    for (const uint32_t bits : {1u, 2u, 3u}) {
        mode_option m(bits);
        eventfds_option o({{a.fd(), -1}, {-1, -1}});
        EXPECT_ERR(EINVAL, s.start(50, chain({&m.nro_opt, &o.head}))) << bits;
        EXPECT_EQ(static_cast<uint32_t>(EINVAL), o.head.nro_status);
    }
    EXPECT_OK(s.stop());
    mode_option none(0);
    nmreq_option unknown = unknown_option();
    EXPECT_OK(s.start(50, chain({&none.nro_opt, &unknown})));
    EXPECT_EQ(0u, none.nro_opt.nro_status);
    EXPECT_EQ(static_cast<uint32_t>(EOPNOTSUPP), unknown.nro_status) << "and it is no failure";
}

TEST_F(Kloop, A30_options_of_the_loop_are_none_of_a_registration) {
    mode_option m(0);
    EXPECT_ERR(EOPNOTSUPP, descriptor().bind("vale0:a", reg().slots(16), &m.nro_opt));
}

// ---- moving packets ---------------------------------------------------------------

TEST_F(Kloop, sleeping_loop_sends_and_receives) {
    port other;
    ASSERT_OK(other.open("vale0:b", reg().slots(64)));
    shared_port s;
    ASSERT_OK(s.open("vale0:a"));
    loop l(s);
    for (unsigned i = 0; i < 100; ++i) {
        ASSERT_TRUE(eventually([&] { return s.put(numbered(i)); })) << i;
        const auto got = drain(other, 1);
        ASSERT_EQ(1u, got.size());
        EXPECT_EQ(numbered(i), got[0]);
    }
    for (unsigned i = 0; i < 100; ++i) {
        ASSERT_OK(other.send(numbered(i)));
        std::optional<frame> f;
        ASSERT_TRUE(eventually([&] { return (f = s.take()).has_value(); })) << i;
        EXPECT_EQ(numbered(i), *f);
    }
    EXPECT_EQ(0u, peek(s.ktoa[0].kern_need_kick)) << "it looks by itself";
    EXPECT_EQ(0u, peek(s.ktoa[1].kern_need_kick));
}

TEST_F(Kloop, headers_of_the_rings_are_not_used) {
    port other;
    ASSERT_OK(other.open("vale0:b", reg().slots(64)));
    shared_port s;
    ASSERT_OK(s.open("vale0:a"));
    s.p.tx().set(0x12345, 0x54321);
    poke(s.p.tx().raw()->tail, 0x777u);
    loop l(s);
    ASSERT_TRUE(s.put(numbered(1)));
    EXPECT_EQ(1u, drain(other, 1).size());
    EXPECT_EQ(0x12345u, s.p.tx().head());
    EXPECT_EQ(0x54321u, s.p.tx().cur());
    EXPECT_EQ(0x777u, s.p.tx().tail());
}

TEST_F(Kloop, kicks_wake_the_loop_and_it_signals_back) {
    port other;
    ASSERT_OK(other.open("vale0:b", reg().slots(64)));
    kicked_port s;
    ASSERT_OK(s.open("vale0:a"));
    loop l(s, 0, &s.fds.head);
    for (unsigned i = 0; i < 50; ++i) {
        ASSERT_TRUE(eventually([&] { return s.put(numbered(i)); }));
        s.kick_if_wanted(0);
        ASSERT_EQ(1u, drain(other, 1).size()) << i;
        ASSERT_OK(other.send(numbered(i)));
        frame f;
        ASSERT_TRUE(s.wait_for_frame(f)) << i;
        EXPECT_EQ(numbered(i), f);
    }
    EXPECT_TRUE(eventually([&] {
        return peek(s.ktoa[0].kern_need_kick) == 1 && peek(s.ktoa[1].kern_need_kick) == 1;
    })) << "an idle loop wants kicks";
    EXPECT_TRUE(s.irq[0].wait()) << "slots came free, and that was asked for at first";
    EXPECT_OK(l.stop());
    EXPECT_EQ(0u, s.fds.head.nro_status);
}

TEST_F(Kloop, no_signal_for_who_does_not_want_one) {
    port other;
    ASSERT_OK(other.open("vale0:b", reg().slots(64)));
    kicked_port s;
    ASSERT_OK(s.open("vale0:a"));
    poke(s.atok[1].appl_need_kick, 0);
    loop l(s, 0, &s.fds.head);
    ASSERT_OK(other.send(numbered(1)));
    ASSERT_TRUE(eventually([&] { return s.take().has_value(); }));
    EXPECT_FALSE(s.irq[1].signalled());
}

TEST_F(Kloop, direct_rings_are_signalled_unasked) {
    port other;
    ASSERT_OK(other.open("vale0:b", reg().slots(64)));
    kicked_port s;
    ASSERT_OK(s.open("vale0:a"));
    poke(s.atok[0].appl_need_kick, 0);
    poke(s.atok[1].appl_need_kick, 0);
    mode_option m(NM_OPT_SYNC_KLOOP_DIRECT_TX | NM_OPT_SYNC_KLOOP_DIRECT_RX);
    loop l(s, 0, chain({&m.nro_opt, &s.fds.head}));
    ASSERT_OK(other.send(numbered(1)));
    EXPECT_TRUE(s.irq[1].wait());
    EXPECT_TRUE(s.take().has_value());
    ASSERT_TRUE(s.put(numbered(2)));
    s.kick[0].signal();
    EXPECT_EQ(1u, drain(other, 1).size());
    EXPECT_TRUE(s.irq[0].wait());
}

TEST_F(Kloop, irqs_work_without_kicks) {
    port other;
    ASSERT_OK(other.open("vale0:b", reg().slots(64)));
    shared_port s;
    ASSERT_OK(s.open("vale0:a"));
    const event irq;
    eventfds_option o({{-1, -1}, {-1, irq.fd()}});
    loop l(s, 100, &o.head);
    ASSERT_OK(other.send(numbered(1)));
    EXPECT_TRUE(irq.wait());
    EXPECT_TRUE(s.take().has_value());
}

TEST_F(Kloop, receiver_that_makes_room_wakes_the_loop) {
    kicked_port s;
    ASSERT_OK(s.open("vale0:a{1"));
    port other;
    ASSERT_OK(other.open("vale0:a}1"));
    loop l(s, 0, &s.fds.head);
    unsigned sent = 0;
    while (s.put(numbered(sent))) {
        ++sent;
    }
    EXPECT_EQ(15u, sent);
    s.kick_if_wanted(0);
    ASSERT_EQ(sent, drain(other, sent).size());
    EXPECT_TRUE(eventually([&] { return s.put(numbered(0)); }))
        << "the loop was told by the pipe, not by us";
}

TEST_F(Kloop, signal_to_a_full_eventfd_does_not_block) {
    port other;
    ASSERT_OK(other.open("vale0:b", reg().slots(64)));
    kicked_port s;
    ASSERT_OK(s.open("vale0:a"));
    ASSERT_EQ(0, ::eventfd_write(s.irq[1].fd(), UINT64_MAX - 1));
    loop l(s, 0, &s.fds.head);
    for (unsigned i = 0; i < 20; ++i) {
        ASSERT_OK(other.send(numbered(i)));
        ASSERT_TRUE(eventually([&] { return s.take().has_value(); }));
        s.kick_if_wanted(1);
    }
}

TEST_F(Kloop, closing_the_eventfds_is_fine) {
    shared_port s;
    ASSERT_OK(s.open("vale0:a"));
    auto fds = std::make_unique<std::array<event, 4>>();
    eventfds_option o({{(*fds)[0].fd(), (*fds)[1].fd()}, {(*fds)[2].fd(), (*fds)[3].fd()}});
    loop l(s, 0, &o.head);
    ASSERT_TRUE(eventually([] {
        nmreq_stats_get st;
        return !stats("vale0:a", direction::tx, 0, st) && st.nr_syncs > 0;
    })) << "the loop has taken them";
    (*fds)[0].signal();
    fds.reset();
}

// ---- hostile ----------------------------------------------------------------------

TEST_F(Kloop, S_bad_indices_are_refused_and_the_loop_goes_on) {
    port other;
    ASSERT_OK(other.open("vale0:b", reg().slots(64)));
    shared_port s;
    ASSERT_OK(s.open("vale0:a"));
    loop l(s);
    uint64_t seen = 0;
    nmreq_stats_get st;
    for (const uint32_t bad : {16u, 0xffffffffu, 0x80000000u, 15u + 16u}) {
        s.publish(0, bad, bad);
        EXPECT_TRUE(eventually([&] {
            return !stats("vale0:a", direction::tx, 0, st) && st.nr_bad_rings > seen;
        })) << bad;
        seen = st.nr_bad_rings;
        s.publish(0, 0, 0);
        const uint64_t before = st.nr_syncs;
        ASSERT_TRUE(eventually([&] {
            return !stats("vale0:a", direction::tx, 0, st) && st.nr_syncs > before + 2;
        }));
        seen = st.nr_bad_rings;
    }
    EXPECT_EQ(0u, s.ktoa[0].hwcur);
    ASSERT_TRUE(s.put(numbered(7)));
    EXPECT_EQ(std::vector<frame>{numbered(7)}, drain(other, 1)) << "nothing else was sent";
}

TEST_F(Kloop, S_indices_that_never_rest_do_not_keep_stop_out) {
    kicked_port s;
    ASSERT_OK(s.open("vale0:a"));
    std::atomic<bool> stop = false;
    std::jthread writer([&] {
        sequence random(1);
        while (!stop) {
            for (unsigned i = 0; i < 2; ++i) {
                poke(s.atok[i].head, random.below(20));
                poke(s.atok[i].cur, random.below(20));
                poke(s.atok[i].sync_flags, static_cast<uint32_t>(random.next()));
                poke(s.ktoa[i].hwtail, static_cast<uint32_t>(random.next()));
            }
        }
    });
    for (unsigned i = 0; i < rounds(20); ++i) {
        loop l(s, 0, i % 2 ? &s.fds.head : nullptr);
        EXPECT_TRUE(eventually([&] { return s.running() || l.ended(); }));
        EXPECT_OK(l.stop());
    }
    stop = true;
}

TEST_F(Kloop, S_memory_of_the_indices_may_go_away) {
    shared_port s;
    ASSERT_OK(s.open("vale0:a"));
    loop l(s, 10);
    ASSERT_TRUE(eventually([&] { return s.running(); }));
    s.memory.gone();
    if (the_host().embedded()) { // which cannot hold it
        EXPECT_ERR(EFAULT, l.join());
        EXPECT_ERR(EFAULT, s.start(10));
        return;
    }
    EXPECT_OK(l.stop());
}

TEST_F(Kloop, closing_the_descriptor_ends_the_loop) {
    if (!the_host().embedded()) {
        GTEST_SKIP() << "a call under way holds the file open";
    }
    for (const bool kicked : {false, true}) {
        kicked_port s;
        ASSERT_OK(s.open("vale0:a"));
        loop l(s, 1000000, kicked ? &s.fds.head : nullptr);
        ASSERT_TRUE(eventually([&] { return s.running(); }));
        s.p.close();
        if (!eventually([&] { return l.ended(); })) {
            std::abort(); // nothing else can end it
        }
        EXPECT_OK(l.join());
        EXPECT_TRUE(switch_ports().empty()) << "the loop was the last to hold the port";
    }
}

TEST_F(Kloop, closing_races_with_the_start_of_a_loop) {
    if (!the_host().embedded()) {
        GTEST_SKIP() << "a call under way holds the file open";
    }
    for (unsigned i = 0; i < rounds(300); ++i) {
        shared_port s;
        ASSERT_OK(s.open("vale0:a"));
        std::atomic<bool> ready = false;
        std::atomic<bool> ended = false;
        const int fd = s.p.fd().fd();
        std::jthread starter([&] {
            nmreq_sync_kloop_start body{};
            body.sleep_us = 1000000;
            nmreq_header header = make_header(NETMAP_REQ_SYNC_KLOOP_START, "", &body);
            ready = true;
            const err e = result(the_host().ioctl(fd, NIOCCTRL, &header));
            EXPECT_TRUE(one_of(e, {0, EBADF})) << e;
            ended = true;
        });
        EXPECT_TRUE(eventually([&] { return ready.load(); }));
        s.p.close();
        if (!eventually([&] { return ended.load(); })) {
            std::abort();
        }
    }
}

TEST_F(Kloop, A119_D87_killed_process_ends_its_loop) {
    if (the_host().embedded()) {
        GTEST_SKIP() << "the engine goes with its process";
    }
    for (const bool kicked : {false, true}) {
        int told[2];
        ASSERT_EQ(0, ::pipe2(told, O_CLOEXEC));
        const pid_t child = ::fork();
        if (child == 0) {
            kicked_port s;
            if (!!s.open("vale0:a") || ::write(told[1], "", 1) != 1) {
                ::_exit(1);
            }
            s.start(1000000, kicked ? &s.fds.head : nullptr);
            ::_exit(2);
        }
        char byte;
        ASSERT_EQ(1, ::read(told[0], &byte, 1));
        nmreq_stats_get st;
        EXPECT_TRUE(eventually([&] {
            return !stats("vale0:a", direction::tx, 0, st) && st.nr_syncs > 0;
        })) << "it is in the loop";
        EXPECT_EQ(0, ::kill(child, SIGKILL));
        int status = 0;
        EXPECT_EQ(child, ::waitpid(child, &status, 0));
        EXPECT_TRUE(WIFSIGNALED(status));
        ::close(told[0]);
        ::close(told[1]);
        EXPECT_TRUE(eventually([] { return switch_ports().empty(); }));
    }
}

} // namespace
} // namespace conformance
