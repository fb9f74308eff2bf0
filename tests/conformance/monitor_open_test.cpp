// SPDX-License-Identifier: BSD-2-Clause
// Opening monitors (checks D33, D41, A61, A62).
#include "monitor.hpp"

namespace conformance {
namespace {

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

} // namespace
} // namespace conformance
