// SPDX-License-Identifier: BSD-2-Clause
// Monitors: opening, what is seen and when, the end of the port (checks D33 to
// D42, A61, A62). What needs a port that leaves slots behind is in unit/core.
#include "monitor.hpp"

namespace conformance {
namespace {

// ---- opening --------------------------------------------------------------------

class MonitorOpen : public suite {
  protected:
    static err open_monitor(const std::string& name, uint64_t flags = NR_MONITOR_RX) {
        return descriptor().bind(name, reg().flags(flags));
    }
};

TEST_F(MonitorOpen, A61_D33_port_that_nobody_has_open) {
    for (const uint64_t flags : {NR_MONITOR_TX, NR_MONITOR_RX, NR_ZCOPY_MON}) {
        EXPECT_ERR(EINVAL, open_monitor("vale0:a", flags));
        EXPECT_ERR(EINVAL, open_monitor("vale0:a{1", flags));
        EXPECT_ERR(EINVAL, open_monitor("foo}1", flags));
        EXPECT_EQ(std::vector<std::string>{}, switch_ports());
    }
}

TEST_F(MonitorOpen, D33_port_that_is_closed_but_exists) {
    port pipe;
    port a;
    ASSERT_OK(a.open("vale0:a", reg().slots(8)));
    ASSERT_OK(pipe.open("vale0:a{1", reg().slots(8)));
    EXPECT_ERR(EINVAL, open_monitor("vale0:a}1")) << "only the other end is open";
    EXPECT_OK(open_monitor("vale0:a{1"));
    EXPECT_OK(open_monitor("vale0:a"));
    a.close();
    EXPECT_ERR(EINVAL, open_monitor("vale0:a"));
}

TEST_F(MonitorOpen, D33_errors_of_the_name_are_passed_on) {
    EXPECT_ERR(ENXIO, open_monitor("nosuchif"));
    EXPECT_ERR(EINVAL, open_monitor("vale0:a{"));
    EXPECT_ERR(EINVAL, open_monitor("{1"));
}

TEST_F(MonitorOpen, says_in_words_what_to_do) {
    nmreq_opt_errtext text{};
    text.nro_opt = make_option(NETMAP_REQ_OPT_ERRTEXT, sizeof(text));
    EXPECT_ERR(EINVAL, descriptor().bind("vale0:a", reg().flags(NR_MONITOR_RX), &text.nro_opt));
    EXPECT_NE(nullptr, std::strstr(text.nro_text, "nobody has it open")) << text.nro_text;
}

TEST_F(MonitorOpen, A62_zero_copy_shows_both_directions_in_the_reply) {
    port a;
    port copy;
    port exchange;
    ASSERT_OK(a.open("vale0:a", reg().slots(8)));
    ASSERT_OK(exchange.open("vale0:a", reg().flags(NR_ZCOPY_MON)));
    EXPECT_EQ(NR_ZCOPY_MON | NR_MONITOR_TX | NR_MONITOR_RX, exchange.reply.nr_flags);
    ASSERT_OK(copy.open("vale0:a", reg().flags(NR_MONITOR_TX)));
    EXPECT_EQ(uint64_t{NR_MONITOR_TX}, copy.reply.nr_flags);
}

TEST_F(MonitorOpen, copies_live_in_a_region_of_their_own_exchanges_in_the_ports) {
    port a;
    port copy;
    port exchange;
    ASSERT_OK(a.open("vale0:a", reg().slots(8)));
    ASSERT_OK(copy.open("vale0:a", reg().flags(NR_MONITOR_RX)));
    ASSERT_OK(exchange.open("vale0:a", reg().flags(NR_ZCOPY_MON).mem(copy.reply.nr_mem_id)));
    EXPECT_NE(a.reply.nr_mem_id, copy.reply.nr_mem_id);
    EXPECT_NE(1, copy.reply.nr_mem_id);
    EXPECT_TRUE(copy.nifp()->ni_flags & NI_PRIV_MEM);
    EXPECT_EQ(a.reply.nr_mem_id, exchange.reply.nr_mem_id);
}

TEST_F(MonitorOpen, rings_follow_the_port_and_slots_the_request) {
    port a;
    port m;
    ASSERT_OK(a.open("vale0:a", reg().rings(2, 3).slots(16, 32)));
    ASSERT_OK(m.open("vale0:a", reg().rings(7, 9).flags(NR_MONITOR_RX)));
    EXPECT_EQ(1, m.reply.nr_tx_rings);
    EXPECT_EQ(3, m.reply.nr_rx_rings);
    EXPECT_EQ(0, m.reply.nr_host_rx_rings);
    EXPECT_EQ(16u, m.reply.nr_tx_slots);
    EXPECT_EQ(32u, m.reply.nr_rx_slots);
    ASSERT_OK(m.open("vale0:a", reg().slots(5000).flags(NR_MONITOR_RX)));
    EXPECT_EQ(4096u, m.reply.nr_rx_slots);
    ASSERT_OK(m.open("vale0:a", reg().slots(1).flags(NR_MONITOR_RX)));
    EXPECT_EQ(1u, m.reply.nr_rx_slots);
    EXPECT_OK(m.rxsync());
    ASSERT_OK(a.open("vale1:a", reg().rings(4, 1)));
    ASSERT_OK(m.open("vale1:a", reg().flags(NR_MONITOR_RX)));
    EXPECT_EQ(4, m.reply.nr_rx_rings);
}

TEST_F(MonitorOpen, bad_ring_selections) {
    port a;
    ASSERT_OK(a.open("vale0:a", reg().rings(2, 2).slots(8)));
    EXPECT_OK(descriptor().bind("vale0:a", reg().one(1).flags(NR_MONITOR_RX)));
    EXPECT_ERR(EINVAL, descriptor().bind("vale0:a", reg().one(2).flags(NR_MONITOR_RX)));
    EXPECT_ERR(EINVAL, descriptor().bind("vale0:a", reg().mode(NR_REG_SW).flags(NR_MONITOR_RX)));
    EXPECT_ERR(EINVAL, descriptor().bind("vale0:a", reg().mode(9).flags(NR_ZCOPY_MON)));
    EXPECT_EQ(0u, all_drops({"vale0:a"}));
}

TEST_F(MonitorOpen, names_count_up_and_lead_to_counters) {
    port a;
    ASSERT_OK(a.open("vale0:a", reg().slots(8)));
    unsigned n = 0;
    for (const auto& [flags, letters] :
         {std::pair{NR_MONITOR_RX, "r"}, std::pair{NR_MONITOR_TX, "t"},
          std::pair{NR_MONITOR_RX | NR_MONITOR_TX, "rt"}, std::pair{NR_ZCOPY_MON, "zrt"}}) {
        port m;
        ASSERT_OK(m.open("vale0:a", reg().flags(static_cast<uint64_t>(flags))));
        const std::string name = "vale0:a/" + std::string(letters) + "#" + std::to_string(n++);
        EXPECT_EQ(name, m.nifp()->ni_name);
        nmreq_stats_get s;
        EXPECT_OK(stats(name, direction::rx, 0, s));
        EXPECT_EQ(m.reply.nr_mem_id, s.nr_mem_id);
        s = {};
        EXPECT_OK(m.fd().request(NETMAP_REQ_STATS_GET, "", &s)) << "its own";
        EXPECT_EQ(m.reply.nr_mem_id, s.nr_mem_id);
        m.close();
        EXPECT_ERR(ENXIO, stats(name, direction::rx, 0, s));
    }
}

TEST_F(MonitorOpen, none_of_a_monitor) {
    port a;
    port m;
    ASSERT_OK(a.open("vale0:a", reg().slots(8)));
    ASSERT_OK(m.open("vale0:a", reg().flags(NR_MONITOR_RX)));
    EXPECT_ERR(EINVAL, open_monitor(m.nifp()->ni_name));
    EXPECT_ERR(EINVAL, open_monitor(m.nifp()->ni_name, NR_ZCOPY_MON));
}

TEST_F(MonitorOpen, D41_of_a_port_in_exclusive_use) {
    port a;
    port first;
    port second;
    ASSERT_OK(a.open("vale0:a", reg().slots(8).flags(NR_EXCLUSIVE)));
    EXPECT_OK(first.open("vale0:a", reg().flags(NR_MONITOR_RX | NR_EXCLUSIVE)));
    EXPECT_OK(second.open("vale0:a", reg().flags(NR_ZCOPY_MON)));
}

TEST_F(MonitorOpen, of_packets_behind_a_header_needs_to_be_asked_for) {
    port a;
    ASSERT_OK(a.open("vale0:a", reg().slots(8)));
    EXPECT_OK(header_length_set("vale0:a", 12));
    EXPECT_ERR(EIO, open_monitor("vale0:a"));
    EXPECT_OK(open_monitor("vale0:a", NR_MONITOR_RX | NR_ACCEPT_VNET_HDR));
}

TEST_F(MonitorOpen, failed_ones_leave_nothing_behind) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a", reg().slots(8)));
    ASSERT_OK(b.open("vale0:b", reg().slots(8)));
    nmreq_option unknown = unknown_option();
    const uint32_t used = buffers_used("vale0:a");
    for (const uint64_t flags : {NR_MONITOR_RX, NR_ZCOPY_MON}) {
        EXPECT_ERR(EOPNOTSUPP, descriptor().bind("vale0:a", reg().flags(flags), &unknown));
        EXPECT_ERR(EINVAL, descriptor().bind("vale0:a", reg().one(1).flags(flags)));
    }
    EXPECT_EQ(used, buffers_used("vale0:a"));
    EXPECT_OK(b.send(numbered(1)));
    EXPECT_EQ(row(1, 2), a.receive());
}

// ---- what is seen ----------------------------------------------------------------

INSTANTIATE_TEST_SUITE_P(Of, Monitor, testing::ValuesIn(port_kinds), kind_name);

TEST_P(Monitor, D34_copies_show_what_arrives_although_nobody_reads) {
    open_ports();
    ASSERT_OK(m.open(a.name(), reg().flags(NR_MONITOR_RX)));
    EXPECT_EQ(none, m.receive());
    EXPECT_OK(b.send(row(0, 3)));
    EXPECT_EQ(row(0, 3), m.receive());
    EXPECT_OK(b.send(row(3, 5)));
    EXPECT_EQ(row(3, 5), m.receive());
    EXPECT_EQ(none, m.receive());
    EXPECT_EQ(row(0, 5), a.receive());
    EXPECT_EQ(none, m.receive()) << "reading the port shows nothing again";
}

TEST_P(Monitor, D34_once_the_unread_port_is_full_nothing_more_is_seen) {
    open_ports(8);
    ASSERT_OK(m.open(a.name(), reg().slots(64).flags(NR_MONITOR_RX)));
    for (uint32_t i = 0; i < 12 && b.tx().space() > 0; ++i) {
        EXPECT_OK(b.send(numbered(i)));
    }
    EXPECT_EQ(row(0, 7), m.receive());
    EXPECT_EQ(row(0, 7), a.receive());
}

TEST_P(Monitor, what_was_there_before_is_not_shown) {
    open_ports();
    EXPECT_OK(b.send(row(0, 3)));
    ASSERT_OK(m.open(a.name(), reg().flags(NR_MONITOR_RX)));
    EXPECT_EQ(row(0, 3), a.receive());
    EXPECT_OK(b.send(row(3, 5)));
    EXPECT_EQ(row(3, 5), m.receive());
}

TEST_P(Monitor, D36_copies_of_what_is_sent_are_marked_of_what_is_received_not) {
    open_ports();
    ASSERT_OK(m.open(a.name(), reg().flags(NR_MONITOR_RX | NR_MONITOR_TX)));
    for (uint32_t i = 0; i < 40; i += 2) {
        EXPECT_OK(a.send(numbered(i)));
        EXPECT_OK(b.send(numbered(i + 1)));
        const auto seen = m.receive_packets();
        ASSERT_EQ(2u, seen.size());
        EXPECT_EQ(numbered(i), seen[0].data);
        EXPECT_EQ(NS_TXMON, seen[0].first_flags & NS_TXMON);
        EXPECT_EQ(numbered(i + 1), seen[1].data);
        EXPECT_EQ(0, seen[1].first_flags & NS_TXMON);
        EXPECT_EQ(row(i, i + 1), b.receive());
        EXPECT_EQ(row(i + 1, i + 2), a.receive());
    }
}

TEST_P(Monitor, one_direction_shows_that_direction_only) {
    open_ports();
    port tx;
    ASSERT_OK(m.open(a.name(), reg().flags(NR_MONITOR_RX)));
    ASSERT_OK(tx.open(a.name(), reg().flags(NR_MONITOR_TX)));
    EXPECT_OK(a.send(numbered(1)));
    EXPECT_OK(b.send(numbered(2)));
    EXPECT_EQ(row(2, 3), m.receive());
    EXPECT_EQ(row(1, 2), tx.receive());
}

TEST_P(Monitor, D35_exchange_shows_what_the_application_has_released) {
    open_ports();
    ASSERT_OK(m.open(a.name(), reg().flags(NR_ZCOPY_MON)));
    EXPECT_OK(b.send(row(0, 3)));
    EXPECT_EQ(none, m.receive());
    EXPECT_OK(a.rxsync());
    EXPECT_EQ(none, m.receive());
    const uint32_t at = a.rx().head();
    const netmap_slot before = a.rx().slot(at);
    EXPECT_EQ(numbered(0), a.rx().take()->data);
    EXPECT_EQ(none, m.receive());
    EXPECT_OK(a.rxsync());
    const auto seen = m.receive_packets();
    ASSERT_EQ(1u, seen.size());
    EXPECT_EQ(numbered(0), seen[0].data);
    EXPECT_EQ(0, seen[0].first_flags & (NS_TXMON | NS_BUF_CHANGED));
    EXPECT_NE(before.buf_idx, a.rx().slot(at).buf_idx);
    EXPECT_TRUE(a.rx().slot(at).flags & NS_BUF_CHANGED);
    EXPECT_EQ(row(1, 3), a.receive());
    EXPECT_EQ(row(1, 3), m.receive());
}

TEST_P(Monitor, exchange_shows_what_came_back_as_sent) {
    open_ports();
    ASSERT_OK(m.open(a.name(), reg().flags(NR_ZCOPY_MON)));
    EXPECT_OK(a.send(row(0, 3)));
    EXPECT_EQ(row(0, 3), b.receive());
    EXPECT_OK(a.txsync()); // a pipe hears of it here
    const auto seen = m.receive_packets();
    ASSERT_EQ(3u, seen.size());
    for (uint32_t i = 0; i < 3; ++i) {
        EXPECT_EQ(numbered(i), seen[i].data);
        EXPECT_EQ(NS_TXMON, seen[i].first_flags & NS_TXMON);
        EXPECT_TRUE(a.tx().slot(i).flags & NS_BUF_CHANGED);
    }
    EXPECT_EQ(none, m.receive());
}

TEST_P(Monitor, exchange_keeps_every_buffer_in_one_place) {
    open_ports(16);
    ASSERT_OK(m.open(a.name(), reg().slots(8).flags(NR_ZCOPY_MON)));
    for (uint32_t i = 0; i < 50; ++i) {
        EXPECT_OK(a.send(row(i, i + 3)));
        EXPECT_EQ(row(i, i + 3), b.receive());
        EXPECT_OK(b.send(row(i, i + 2)));
        EXPECT_EQ(row(i, i + 2), a.receive());
        EXPECT_OK(a.txsync());
        EXPECT_OK(b.txsync());
        if (i % 3 == 0) {
            m.receive();
        }
        ASSERT_TRUE(all_different(owned_buffers()));
    }
}

TEST_P(Monitor, D36_every_monitor_of_a_chain_sees_the_mark) {
    open_ports();
    std::vector<port> chain(3);
    for (port& p : chain) {
        ASSERT_OK(p.open(a.name(), reg().flags(NR_ZCOPY_MON)));
    }
    EXPECT_OK(a.send(row(0, 2)));
    EXPECT_EQ(row(0, 2), b.receive());
    EXPECT_OK(a.txsync());
    EXPECT_OK(b.send(row(2, 4)));
    EXPECT_EQ(row(2, 4), a.receive());
    for (size_t i = 0; i < chain.size(); ++i) {
        for (size_t later = i + 1; later < chain.size(); ++later) {
            EXPECT_EQ(none, chain[later].receive()) << later << " before " << i;
        }
        const auto seen = chain[i].receive_packets();
        ASSERT_EQ(4u, seen.size()) << i;
        for (uint32_t k = 0; k < 4; ++k) {
            EXPECT_EQ(numbered(k), seen[k].data);
            EXPECT_EQ(k < 2 ? NS_TXMON : 0, seen[k].first_flags & NS_TXMON) << i << ' ' << k;
        }
    }
}

TEST_P(Monitor, D37_of_more_than_fit_the_last_are_shown_and_the_others_counted) {
    open_ports(64);
    for (const uint64_t flags : {NR_MONITOR_RX, NR_ZCOPY_MON}) {
        ASSERT_OK(m.open(a.name(), reg().slots(8).flags(flags)));
        EXPECT_OK(b.send(row(0, 2)));
        EXPECT_EQ(row(0, 2), a.receive());
        EXPECT_OK(b.send(row(10, 30)));
        EXPECT_EQ(row(10, 30), a.receive());
        std::vector<frame> expected = row(0, 2);
        for (const frame& f : row(25, 30)) {
            expected.push_back(f);
        }
        EXPECT_EQ(expected, m.receive());
        EXPECT_EQ(15u, lost());
        EXPECT_OK(b.send(row(30, 32)));
        EXPECT_EQ(row(30, 32), a.receive());
        EXPECT_EQ(row(30, 32), m.receive());
        EXPECT_OK(b.txsync());
    }
}

TEST_P(Monitor, what_does_not_fit_is_lost_in_whole_packets) {
    open_ports(64);
    for (const uint64_t flags : {NR_MONITOR_RX, NR_MONITOR_TX, NR_ZCOPY_MON}) {
        ASSERT_OK(m.open(a.name(), reg().slots(8).flags(flags)));
        const port& from = flags == NR_MONITOR_TX ? a : b;
        const port& to = flags == NR_MONITOR_TX ? b : a;
        for (uint32_t i = 0; i < 5; ++i) {
            ASSERT_TRUE(from.tx().put_in(3, numbered(i, 300)));
        }
        EXPECT_OK(from.txsync());
        EXPECT_EQ(5u, to.receive().size());
        const auto seen = m.receive_packets();
        ASSERT_EQ(2u, seen.size());
        for (uint32_t i = 0; i < 2; ++i) {
            EXPECT_EQ(numbered(3 + i, 300), seen[i].data);
            EXPECT_EQ(3u, seen[i].slots);
        }
        EXPECT_EQ(3u, lost());
        ASSERT_TRUE(from.tx().put_in(8, numbered(9, 800)));
        ASSERT_TRUE(from.tx().put(numbered(10)));
        EXPECT_OK(from.txsync());
        EXPECT_EQ(2u, to.receive().size());
        EXPECT_EQ(row(10, 11), m.receive()) << "8 slots do not fit into 7";
        EXPECT_EQ(4u, lost());
        EXPECT_OK(from.txsync());
    }
}

TEST_P(Monitor, packet_released_in_pieces_is_no_packet_of_an_exchange) {
    open_ports();
    ASSERT_OK(m.open(a.name(), reg().flags(NR_ZCOPY_MON)));
    ASSERT_TRUE(b.tx().put_in(3, numbered(1, 300)));
    ASSERT_TRUE(b.tx().put(numbered(2)));
    EXPECT_OK(b.txsync());
    EXPECT_OK(a.rxsync());
    for (int i = 0; i < 4; ++i) {
        a.rx().set(a.rx().next(a.rx().head()), a.rx().next(a.rx().cur()));
        EXPECT_OK(a.rxsync());
    }
    EXPECT_EQ(row(2, 3), m.receive());
    EXPECT_EQ(1u, lost());
}

TEST_P(Monitor, copies_are_cut_to_the_monitors_buffers) {
    open_ports();
    const param_guard small("priv_buf_size", 128);
    ASSERT_OK(m.open(a.name(), reg().flags(NR_MONITOR_RX | NR_MONITOR_TX)));
    ASSERT_EQ(128u, m.rx().buf_size());
    EXPECT_OK(a.send(numbered(1, 1500)));
    EXPECT_OK(b.send(numbered(2, 1500)));
    frame first = numbered(1, 1500);
    frame second = numbered(2, 1500);
    first.resize(128);
    second.resize(128);
    EXPECT_EQ((std::vector<frame>{first, second}), m.receive());
}

TEST_P(Monitor, every_length_is_shown_as_it_is) {
    open_ports();
    ASSERT_OK(m.open(a.name(), reg().flags(NR_MONITOR_RX)));
    for (const size_t len : {size_t{18}, size_t{63}, size_t{64}, size_t{65}, size_t{256},
                             size_t{257}, size_t{1514}, size_t{a.tx().buf_size()}}) {
        EXPECT_OK(b.send(numbered(7, len)));
        EXPECT_EQ(std::vector<frame>{numbered(7, len)}, m.receive());
        a.receive();
        EXPECT_OK(b.txsync());
    }
}

TEST_P(Monitor, the_port_does_not_notice) {
    open_ports(8);
    port c;
    ASSERT_OK(m.open(a.name(), reg().slots(4).flags(NR_MONITOR_RX | NR_MONITOR_TX)));
    ASSERT_OK(c.open(a.name(), reg().slots(4).flags(NR_ZCOPY_MON)));
    for (uint32_t i = 0; i < 20; ++i) {
        EXPECT_OK(a.send(row(i, i + 5)));
        EXPECT_EQ(row(i, i + 5), b.receive());
        EXPECT_OK(b.send(row(i, i + 7)));
        EXPECT_EQ(row(i, i + 7), a.receive());
        EXPECT_OK(a.txsync());
        EXPECT_OK(b.txsync());
        EXPECT_EQ(7u, a.tx().space());
        EXPECT_EQ(7u, b.tx().space());
        EXPECT_EQ(POLLOUT, a.poll(POLLOUT | POLLIN));
    }
    EXPECT_EQ(0u, all_drops({a.name(), b.name()}));
}

TEST_P(Monitor, sleepers_wake_for_what_nobody_reads) {
    open_ports();
    ASSERT_OK(m.open(a.name(), reg().flags(NR_MONITOR_RX)));
    EXPECT_EQ(0, m.poll(POLLIN));
    std::atomic<bool> asleep = false;
    const std::jthread sender([&] {
        EXPECT_TRUE(eventually([&] { return asleep.load(); }));
        EXPECT_OK(b.send(numbered(1)));
    });
    asleep = true;
    EXPECT_EQ(POLLIN, m.poll(POLLIN, patience_ms()));
    EXPECT_EQ(row(1, 2), m.receive());
}

TEST_P(Monitor, timestamps_are_of_its_own_syncs) {
    open_ports();
    ASSERT_OK(m.open(a.name(), reg().flags(NR_MONITOR_RX)));
    EXPECT_OK(m.rxsync());
    EXPECT_NE(0, m.rx().raw()->ts.tv_sec);
}

TEST_P(Monitor, nonsense_in_the_ports_ring_is_not_shown) {
    open_ports();
    ASSERT_OK(m.open(a.name(), reg().flags(NR_MONITOR_TX)));
    a.tx().fill(0, numbered(1));
    a.tx().set(a.tx().slots() + 3, 1);
    EXPECT_OK(a.txsync());
    EXPECT_EQ(none, m.receive());
    EXPECT_OK(a.send(row(1, 3)));
    EXPECT_EQ(row(1, 3), m.receive());
    a.tx().fill(a.tx().head(), numbered(3));
    netmap_slot bad = a.tx().slot(a.tx().head());
    bad.buf_idx = 0xfffffff0;
    a.tx().slot(a.tx().head(), bad);
    a.tx().set(a.tx().next(a.tx().head()), a.tx().next(a.tx().head()));
    EXPECT_OK(a.txsync());
    EXPECT_EQ(std::vector<frame>{frame{}}, m.receive()) << "shown empty";
    EXPECT_EQ(1u, drops({m.nifp()->ni_name}, NETMAP_DROP_BAD_SLOT));
}

TEST_P(Monitor, nonsense_in_the_monitors_ring_harms_the_monitor_only) {
    open_ports();
    for (const uint64_t flags : {NR_MONITOR_RX, NR_ZCOPY_MON}) {
        ASSERT_OK(m.open(a.name(), reg().slots(8).flags(flags)));
        for (uint32_t i = 0; i < 8; ++i) {
            netmap_slot s = m.rx().slot(i);
            s.buf_idx = i % 2 == 0 ? 0 : 0xffffffff;
            m.rx().slot(i, s);
        }
        EXPECT_OK(b.send(row(0, 3)));
        EXPECT_EQ(row(0, 3), a.receive());
        EXPECT_OK(m.rxsync());
        EXPECT_EQ(3u, m.rx().space());
        EXPECT_EQ(0, m.rx().slot(0).len);
        m.rx().set(m.rx().slots(), 0);
        EXPECT_OK(m.rxsync());
        EXPECT_OK(b.send(row(3, 5)));
        EXPECT_EQ(row(3, 5), a.receive());
        m.close();
        EXPECT_OK(b.txsync());
    }
}

// ---- several ---------------------------------------------------------------------

TEST_P(Monitor, D38_three_copies_and_the_middle_one_goes) {
    open_ports();
    std::vector<port> all(3);
    for (port& p : all) {
        ASSERT_OK(p.open(a.name(), reg().flags(NR_MONITOR_RX | NR_MONITOR_TX)));
    }
    EXPECT_OK(b.send(row(0, 3)));
    EXPECT_OK(a.send(row(3, 5)));
    for (const port& p : all) {
        EXPECT_EQ(row(0, 5), p.receive());
    }
    all[1].close();
    EXPECT_OK(b.send(row(5, 7)));
    EXPECT_OK(a.send(row(7, 8)));
    EXPECT_EQ(row(5, 8), all[0].receive());
    EXPECT_EQ(row(5, 8), all[2].receive());
}

TEST_P(Monitor, D39_whoever_of_a_chain_is_closed_the_others_go_on) {
    open_ports();
    for (const size_t gone : {size_t{0}, size_t{1}, size_t{2}}) {
        std::vector<port> chain(3);
        for (port& p : chain) {
            ASSERT_OK(p.open(a.name(), reg().slots(16).flags(NR_ZCOPY_MON)));
        }
        chain[gone].close();
        EXPECT_OK(a.send(row(0, 2)));
        EXPECT_EQ(row(0, 2), b.receive());
        EXPECT_OK(a.txsync());
        EXPECT_OK(b.send(row(2, 4)));
        EXPECT_EQ(row(2, 4), a.receive());
        EXPECT_OK(b.txsync());
        for (size_t i = 0; i < 3; ++i) {
            if (i != gone) {
                EXPECT_EQ(row(0, 4), chain[i].receive()) << i << " without " << gone;
            }
        }
    }
}

TEST_P(Monitor, stalled_one_starves_those_behind_it_and_nobody_else) {
    open_ports();
    port stalled;
    port behind;
    ASSERT_OK(stalled.open(a.name(), reg().slots(4).flags(NR_ZCOPY_MON)));
    ASSERT_OK(behind.open(a.name(), reg().slots(16).flags(NR_ZCOPY_MON)));
    ASSERT_OK(m.open(a.name(), reg().slots(64).flags(NR_MONITOR_RX)));
    for (uint32_t i = 0; i < 20; i += 2) {
        EXPECT_OK(b.send(row(i, i + 2)));
        EXPECT_EQ(row(i, i + 2), a.receive());
        EXPECT_OK(b.txsync());
    }
    EXPECT_EQ(none, behind.receive());
    EXPECT_EQ(row(0, 20), m.receive());
    EXPECT_EQ(row(0, 3).front(), stalled.receive().front());
    EXPECT_EQ(3u, behind.receive().size());
}

TEST_P(Monitor, buffers_all_come_back_whatever_is_closed_first) {
    for (const unsigned order : {0u, 1u, 2u, 3u, 4u, 5u}) {
        open_ports(16);
        port keeper;
        ASSERT_OK(keeper.open("vale0:keeper{1", reg().slots(8).mem(a.reply.nr_mem_id)));
        std::vector<port> chain(2);
        for (port& p : chain) {
            ASSERT_OK(p.open(a.name(), reg().slots(8).flags(NR_ZCOPY_MON)));
        }
        for (uint32_t i = 0; i < 10; ++i) {
            EXPECT_OK(a.send(row(i, i + 3)));
            EXPECT_EQ(row(i, i + 3), b.receive());
            EXPECT_OK(a.txsync());
            EXPECT_OK(b.send(row(i, i + 2)));
            EXPECT_EQ(row(i, i + 2), a.receive());
            EXPECT_OK(b.txsync());
            chain[i % 2].receive();
        }
        std::vector<port*> all{&a, &chain[0], &chain[1]};
        std::vector<size_t> turn{0, 1, 2};
        for (unsigned k = 0; k < order; ++k) {
            std::next_permutation(turn.begin(), turn.end());
        }
        for (const size_t which : turn) {
            all[which]->close();
            ASSERT_TRUE(all_different(keeper.ring_indices()));
        }
        b.close();
        ASSERT_OK(a.open(GetParam().port, reg().slots(16)));
        ASSERT_TRUE(all_different(a.ring_indices()));
        a.close();
        keeper.close();
    }
}

TEST_P(Monitor, buffers_are_as_many_after_monitors_as_before) {
    open_ports(16);
    const uint32_t used = buffers_used(a.name());
    for (uint32_t i = 0; i < 20; ++i) {
        port first;
        port second;
        ASSERT_OK(first.open(a.name(), reg().slots(8).flags(NR_ZCOPY_MON)));
        ASSERT_OK(second.open(a.name(), reg().slots(8).flags(NR_ZCOPY_MON)));
        EXPECT_OK(b.send(row(0, 5)));
        EXPECT_EQ(row(0, 5), a.receive());
        EXPECT_OK(b.txsync());
        if (i % 2 == 0) {
            first.receive();
        }
        if (i % 3 == 0) {
            first.close();
        }
    }
    EXPECT_EQ(used, buffers_used(a.name()));
    EXPECT_TRUE(all_different(owned_buffers()));
}

// ---- the end ---------------------------------------------------------------------

TEST_P(Monitor, D40_last_close_of_the_port_ends_it_for_good) {
    for (const uint64_t flags : {NR_MONITOR_RX | NR_MONITOR_TX, NR_ZCOPY_MON}) {
        open_ports();
        port second;
        ASSERT_OK(m.open(a.name(), reg().flags(flags)));
        ASSERT_OK(second.open(a.name(), reg().flags(flags)));
        port again;
        ASSERT_OK(again.open(a.name()));
        a.close();
        EXPECT_EQ(0, m.poll(POLLIN)) << "somebody has the port";
        again.close();
        EXPECT_EQ(POLLERR, m.poll(POLLIN));
        EXPECT_EQ(POLLERR, second.poll(POLLIN));
        EXPECT_OK(m.rxsync());
        EXPECT_EQ(0u, m.rx().space());
        ASSERT_OK(a.open(GetParam().port, reg().slots(32)));
        EXPECT_OK(b.send(numbered(1)));
        EXPECT_EQ(row(1, 2), a.receive());
        EXPECT_OK(m.rxsync());
        EXPECT_EQ(0u, m.rx().space());
        EXPECT_EQ(POLLERR, m.poll(POLLIN));
        ASSERT_OK(m.open(a.name(), reg().flags(flags)));
        EXPECT_OK(b.send(numbered(2)));
        EXPECT_EQ(row(2, 3), a.receive());
        EXPECT_EQ(row(2, 3), m.receive());
        m.close();
        second.close();
        b.close();
        a.close();
    }
}

TEST_P(Monitor, what_was_seen_before_the_end_can_be_read) {
    open_ports();
    ASSERT_OK(m.open(a.name(), reg().flags(NR_MONITOR_RX)));
    EXPECT_OK(b.send(row(0, 3)));
    a.close();
    EXPECT_EQ(POLLIN, m.poll(POLLIN));
    for (uint32_t i = 0; i < 3; ++i) {
        EXPECT_EQ(numbered(i), m.rx().take()->data);
    }
    EXPECT_EQ(POLLERR, m.poll(POLLIN));
}

TEST_P(Monitor, sleepers_are_woken_by_the_end) {
    for (const uint64_t flags : {NR_MONITOR_RX, NR_ZCOPY_MON}) {
        open_ports();
        ASSERT_OK(m.open(a.name(), reg().flags(flags)));
        std::atomic<bool> asleep = false;
        const std::jthread closer([&] {
            EXPECT_TRUE(eventually([&] { return asleep.load(); }));
            a.close();
        });
        asleep = true;
        EXPECT_EQ(POLLERR, m.poll(POLLIN, patience_ms()));
    }
}

TEST_P(Monitor, D42_sends_nothing) {
    open_ports();
    ASSERT_OK(m.open(a.name(), reg().flags(NR_MONITOR_RX)));
    EXPECT_OK(m.txsync());
    EXPECT_EQ(POLLERR, m.poll(POLLOUT));
    EXPECT_EQ(0, m.poll(POLLIN));
    EXPECT_OK(m.send(numbered(1)));
    EXPECT_EQ(m.tx().slots() - 1, m.tx().tail());
    EXPECT_EQ(POLLERR, m.poll(POLLIN)) << "its TX head has moved";
    EXPECT_EQ(none, a.receive());
    EXPECT_EQ(none, b.receive());
}

// ---- ports with several rings, and what only a switch or a pipe does ----------------

class MonitorRings : public suite {
  protected:
    void SetUp() override {
        suite::SetUp();
        ASSERT_OK(a.open("vale0:a{1", reg().rings(3, 2).slots(16)));
        ASSERT_OK(b.open("vale0:a}1", reg().rings(2, 3).slots(16)));
    }
    void TearDown() override {
        m.close();
        a.close();
        b.close();
        suite::TearDown();
    }
    port a;
    port b;
    port m;
};

TEST_F(MonitorRings, ring_i_shows_ring_i) {
    for (const uint64_t flags : {NR_MONITOR_RX | NR_MONITOR_TX, NR_ZCOPY_MON}) {
        ASSERT_OK(m.open("vale0:a{1", reg().flags(flags)));
        ASSERT_EQ(3, m.reply.nr_rx_rings);
        for (unsigned i = 0; i < 3; ++i) {
            EXPECT_OK(a.send(numbered(i), i));
            EXPECT_EQ(row(i, i + 1), b.receive(i));
            EXPECT_OK(a.txsync());
        }
        for (unsigned i = 0; i < 2; ++i) {
            EXPECT_OK(b.send(numbered(10 + i), i));
            EXPECT_EQ(row(10 + i, 11 + i), a.receive(i));
        }
        for (unsigned i = 0; i < 3; ++i) {
            std::vector<frame> expected = row(i, i + 1);
            if (i < 2) {
                expected.push_back(numbered(10 + i));
            }
            EXPECT_EQ(expected, m.receive(i)) << i;
        }
        EXPECT_OK(b.txsync());
    }
}

TEST_F(MonitorRings, one_ring_shows_one_ring) {
    ASSERT_OK(m.open("vale0:a{1", reg().one(1).flags(NR_MONITOR_TX)));
    for (unsigned i = 0; i < 3; ++i) {
        EXPECT_OK(a.send(numbered(i), i));
    }
    EXPECT_EQ(row(1, 2), m.receive(1));
    EXPECT_EQ(0, m.rx_offset(0));
    EXPECT_EQ(0, m.rx_offset(2));
}

TEST_F(MonitorRings, ring_that_leaves_ends_the_monitors_ring_alone) {
    a.close();
    port zero;
    port one;
    ASSERT_OK(zero.open("vale0:a{1", reg().one(0)));
    ASSERT_OK(one.open("vale0:a{1", reg().one(1)));
    port m0;
    port m1;
    ASSERT_OK(m0.open("vale0:a{1", reg().one(0).flags(NR_MONITOR_TX | NR_MONITOR_RX)));
    ASSERT_OK(m1.open("vale0:a{1", reg().one(1).flags(NR_ZCOPY_MON)));
    one.close();
    EXPECT_EQ(POLLERR, m1.poll(POLLIN));
    EXPECT_EQ(0, m0.poll(POLLIN));
    EXPECT_OK(zero.send(numbered(1)));
    EXPECT_EQ(row(1, 2), m0.receive());
    zero.close();
    EXPECT_EQ(POLLERR, m0.poll(POLLIN));
}

TEST_F(MonitorRings, last_close_ends_rings_that_were_never_open_too) {
    a.close();
    port zero;
    port m1;
    ASSERT_OK(zero.open("vale0:a{1", reg().one(0)));
    ASSERT_OK(m1.open("vale0:a{1", reg().one(1).flags(NR_MONITOR_TX | NR_MONITOR_RX)));
    EXPECT_EQ(0, m1.poll(POLLIN));
    zero.close();
    EXPECT_EQ(POLLERR, m1.poll(POLLIN));
}

TEST_F(MonitorRings, ring_opened_later_is_shown) {
    a.close();
    port zero;
    port two;
    ASSERT_OK(zero.open("vale0:a{1", reg().one(0)));
    ASSERT_OK(m.open("vale0:a{1", reg().flags(NR_MONITOR_TX)));
    ASSERT_OK(two.open("vale0:a{1", reg().one(2)));
    EXPECT_OK(two.send(numbered(1), 2));
    EXPECT_EQ(row(1, 2), m.receive(2));
}

TEST_F(MonitorRings, unfinished_packet_of_a_pipe_is_shown_when_it_is_whole) {
    ASSERT_OK(m.open("vale0:a{1", reg().flags(NR_MONITOR_TX)));
    const frame f = numbered(5, 300);
    for (size_t part = 0; part < 3; ++part) {
        EXPECT_EQ(none, m.receive());
        const auto from = f.begin() + static_cast<long>(part * 100);
        ASSERT_TRUE(a.tx().put(frame(from, from + 100), part < 2 ? NS_MOREFRAG : 0));
        EXPECT_OK(a.txsync());
    }
    EXPECT_EQ(std::vector<frame>{f}, m.receive());
    EXPECT_EQ(std::vector<frame>{f}, b.receive());
}

TEST_F(MonitorRings, both_ends_of_a_pipe_may_be_observed) {
    port other;
    ASSERT_OK(m.open("vale0:a{1", reg().flags(NR_MONITOR_TX)));
    ASSERT_OK(other.open("vale0:a}1", reg().flags(NR_MONITOR_RX)));
    EXPECT_OK(a.send(row(0, 4)));
    EXPECT_EQ(row(0, 4), m.receive());
    EXPECT_EQ(row(0, 4), other.receive());
    EXPECT_EQ(row(0, 4), b.receive());
}

TEST_F(MonitorRings, receiver_of_a_pipe_finds_the_exchanged_buffer_back_at_the_sender) {
    ASSERT_OK(m.open("vale0:a}1", reg().flags(NR_ZCOPY_MON)));
    EXPECT_OK(a.send(numbered(1)));
    const uint32_t sent = a.tx().slot(0).buf_idx;
    EXPECT_EQ(row(1, 2), b.receive());
    EXPECT_OK(a.txsync());
    EXPECT_NE(sent, a.tx().slot(0).buf_idx);
    EXPECT_TRUE(a.tx().slot(0).flags & NS_BUF_CHANGED);
    EXPECT_EQ(row(1, 2), m.receive());
}

class MonitorSwitch : public suite {};

TEST_F(MonitorSwitch, unfinished_packet_ends_at_head_as_it_does_for_receivers) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a", reg().slots(16)));
    ASSERT_OK(b.open("vale0:b", reg().slots(16)));
    for (const uint64_t flags : {NR_MONITOR_TX, NR_ZCOPY_MON}) {
        port m;
        ASSERT_OK(m.open("vale0:a", reg().flags(flags)));
        ASSERT_TRUE(a.tx().put(numbered(1, 100), NS_MOREFRAG));
        EXPECT_OK(a.txsync());
        ASSERT_TRUE(a.tx().put(numbered(2, 100)));
        EXPECT_OK(a.txsync());
        const auto seen = m.receive_packets();
        ASSERT_EQ(2u, seen.size());
        EXPECT_EQ(numbered(1, 100), seen[0].data);
        EXPECT_EQ(numbered(2, 100), seen[1].data);
        EXPECT_EQ(2u, b.receive().size());
    }
}

TEST_F(MonitorSwitch, data_elsewhere_is_copied_and_cannot_be_exchanged) {
    port a;
    port b;
    port copy;
    port exchange;
    ASSERT_OK(a.open("vale0:a", reg().slots(16)));
    ASSERT_OK(b.open("vale0:b", reg().slots(16)));
    ASSERT_OK(copy.open("vale0:a", reg().flags(NR_MONITOR_TX)));
    ASSERT_OK(exchange.open("vale0:a", reg().flags(NR_ZCOPY_MON)));
    frame elsewhere = numbered(3, 500);
    const guarded forbidden;
    for (const uint64_t where : {addr(elsewhere.data()), addr(forbidden.forbidden())}) {
        netmap_slot s = a.tx().slot(a.tx().head());
        s.len = 500;
        s.flags = NS_INDIRECT;
        s.ptr = where;
        a.tx().slot(a.tx().head(), s);
        a.tx().set(a.tx().next(a.tx().head()), a.tx().next(a.tx().cur()));
        EXPECT_OK(a.txsync());
    }
    const auto seen = copy.receive_packets();
    ASSERT_EQ(2u, seen.size());
    EXPECT_EQ(elsewhere, seen[0].data);
    EXPECT_EQ(0, seen[0].first_flags & NS_INDIRECT);
    EXPECT_TRUE(seen[1].data.empty());
    EXPECT_EQ(1u, drops({copy.nifp()->ni_name}, NETMAP_DROP_BAD_INDIRECT));
    EXPECT_EQ((std::vector<frame>{{}, {}}), exchange.receive());
    EXPECT_EQ(2u, drops({exchange.nifp()->ni_name}, NETMAP_DROP_BAD_INDIRECT));
}

TEST_F(MonitorSwitch, fragment_counts_are_shown) {
    port a;
    port b;
    port m;
    ASSERT_OK(a.open("vale0:a", reg().slots(16)));
    ASSERT_OK(b.open("vale0:b", reg().slots(16)));
    ASSERT_OK(m.open("vale0:b", reg().flags(NR_MONITOR_RX)));
    ASSERT_TRUE(a.tx().put_in(3, numbered(1, 300)));
    EXPECT_OK(a.txsync());
    const auto seen = m.receive_packets();
    ASSERT_EQ(1u, seen.size());
    EXPECT_EQ(3, seen[0].first_flags >> 8);
    EXPECT_EQ(NS_MOREFRAG, seen[0].first_flags & NS_MOREFRAG);
    EXPECT_EQ(0, seen[0].last_flags & NS_MOREFRAG);
}

} // namespace
} // namespace conformance
