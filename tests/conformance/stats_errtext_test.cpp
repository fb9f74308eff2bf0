// SPDX-License-Identifier: BSD-2-Clause
// The extensions of netmapxx: counters of rings, and errors in words.
#include "fixture.hpp"

namespace conformance {
namespace {

class Stats : public suite {
  protected:
    void SetUp() override {
        suite::SetUp();
        ASSERT_OK(a.open("vale0:a", reg().rings(2, 2).slots(16)));
        ASSERT_OK(b.open("vale0:b", reg().slots(16)));
        teach(b, mac_of(2), {&a});
        start_a = of("vale0:a", direction::tx);
        start_b = of("vale0:b", direction::rx);
    }
    void TearDown() override {
        a.close();
        b.close();
        suite::TearDown();
    }
    static frame numbered(uint32_t tag, size_t len = 60) {
        return make_frame(mac_of(2), mac_of(1), len, tag);
    }
    static nmreq_stats_get of(std::string_view name, direction dir, uint32_t ring = 0) {
        nmreq_stats_get s;
        EXPECT_OK(stats(name, dir, ring, s));
        return s;
    }
    static uint64_t dropped(netmap_drop_reason reason) {
        return drops({"vale0:a", "vale0:b"}, reason);
    }

    port a;
    port b;
    nmreq_stats_get start_a{};
    nmreq_stats_get start_b{};
};

TEST_F(Stats, rings_are_walked_until_ENOENT) {
    nmreq_stats_get s;
    EXPECT_OK(stats("vale0:a", direction::tx, 1, s));
    EXPECT_ERR(ENOENT, stats("vale0:a", direction::tx, 2, s));
    EXPECT_ERR(ENOENT, stats("vale0:a", direction::rx, 2, s));
    EXPECT_ERR(ENOENT, stats("vale0:b", direction::rx, 1, s));
    EXPECT_ERR(ENOENT, stats("vale0:b", direction::rx, 0xffffffff, s));
}

TEST_F(Stats, ports_must_exist_and_are_not_created) {
    nmreq_stats_get s;
    EXPECT_TRUE(one_of(stats("vale0:none", direction::tx, 0, s), {ENXIO, ENOENT, ENODEV}));
    EXPECT_TRUE(one_of(stats("vale9:none", direction::tx, 0, s), {ENXIO, ENOENT, ENODEV}));
    EXPECT_TRUE(one_of(stats("nosuchif", direction::tx, 0, s), {ENXIO, ENOENT, ENODEV}));
    EXPECT_TRUE(one_of(stats("vale0:a{none", direction::tx, 0, s), {ENXIO, ENOENT, ENODEV}));
    EXPECT_EQ(2u, switch_ports().size());
}

TEST_F(Stats, packets_and_bytes_of_a_switch) {
    EXPECT_OK(a.send({numbered(1, 60), numbered(2, 100), numbered(3, 1500)}));
    EXPECT_EQ(3u, b.receive().size());
    const auto tx = of("vale0:a", direction::tx);
    const auto rx = of("vale0:b", direction::rx);
    EXPECT_EQ(3u, tx.nr_packets - start_a.nr_packets);
    EXPECT_EQ(1660u, tx.nr_bytes - start_a.nr_bytes);
    EXPECT_EQ(3u, rx.nr_packets - start_b.nr_packets);
    EXPECT_EQ(1660u, rx.nr_bytes - start_b.nr_bytes);
    EXPECT_EQ(0u, of("vale0:a", direction::tx, 1).nr_packets) << "the other ring";
}

TEST_F(Stats, a_packet_of_several_slots_counts_once) {
    ASSERT_TRUE(a.tx().put_in(4, numbered(1, 1000)));
    EXPECT_OK(a.txsync());
    EXPECT_EQ(1u, b.receive().size());
    EXPECT_EQ(1u, of("vale0:a", direction::tx).nr_packets - start_a.nr_packets);
    EXPECT_EQ(1u, of("vale0:b", direction::rx).nr_packets - start_b.nr_packets);
    EXPECT_EQ(1000u, of("vale0:b", direction::rx).nr_bytes - start_b.nr_bytes);
}

TEST_F(Stats, packets_of_a_pipe) {
    port master;
    port slave;
    ASSERT_OK(master.open("vale0:a{1", reg().slots(16)));
    ASSERT_OK(slave.open("vale0:a}1", reg().slots(16)));
    EXPECT_OK(master.send({numbered(1, 60), numbered(2, 200)}));
    EXPECT_EQ(2u, slave.receive().size());
    EXPECT_EQ(2u, of("vale0:a{1", direction::tx).nr_packets);
    EXPECT_EQ(260u, of("vale0:a{1", direction::tx).nr_bytes);
    EXPECT_EQ(0u, all_drops({"vale0:a{1", "vale0:a}1"}));
}

TEST_F(Stats, syncs_count) {
    for (int i = 0; i < 5; ++i) {
        EXPECT_OK(a.txsync());
    }
    EXPECT_EQ(5u, of("vale0:a", direction::tx).nr_syncs - start_a.nr_syncs);
}

TEST_F(Stats, refused_syncs_count) {
    a.tx().set(16, 16);
    EXPECT_OK(a.txsync());
    a.tx().set(2, 1);
    EXPECT_EQ(POLLERR, a.poll(POLLOUT) & POLLERR);
    b.rx().set(b.rx().plus(b.rx().head(), 3), b.rx().head());
    EXPECT_OK(b.rxsync());
    EXPECT_LE(2u, of("vale0:a", direction::tx).nr_bad_rings - start_a.nr_bad_rings);
    EXPECT_EQ(1u, of("vale0:b", direction::rx).nr_bad_rings - start_b.nr_bad_rings);
}

TEST_F(Stats, wakeups_count) {
    EXPECT_OK(a.send(numbered(1)));
    EXPECT_LT(start_b.nr_wakeups, of("vale0:b", direction::rx).nr_wakeups);
}

TEST_F(Stats, pain_row_12_drop_because_the_receiver_is_full) {
    for (uint32_t i = 0; i < 4; ++i) {
        EXPECT_OK(a.send({numbered(1), numbered(2), numbered(3), numbered(4), numbered(5)}));
    }
    EXPECT_EQ(5u, dropped(NETMAP_DROP_NO_ROOM));
    EXPECT_EQ(15u, b.receive().size());
}

TEST_F(Stats, drop_because_the_frame_is_short) {
    EXPECT_OK(a.send({make_frame(mac_of(2), mac_of(1), 13), numbered(1)}));
    EXPECT_EQ(1u, dropped(NETMAP_DROP_SHORT));
}

TEST_F(Stats, drop_because_there_is_nowhere_to_go) {
    EXPECT_OK(b.send(make_frame(mac_of(2), mac_of(3))));
    EXPECT_EQ(1u, dropped(NETMAP_DROP_NO_DEST));
}

TEST_F(Stats, drop_because_of_too_many_fragments) {
    port wide;
    ASSERT_OK(wide.open("vale0:wide", reg().slots(128)));
    ASSERT_TRUE(wide.tx().put_in(65, numbered(1, 1300)));
    EXPECT_OK(wide.txsync());
    EXPECT_EQ(1u, drops({"vale0:wide", "vale0:a", "vale0:b"}, NETMAP_DROP_TOO_MANY_FRAGS));
}

TEST_F(Stats, drop_because_of_an_unreadable_address) {
    guarded memory;
    const ring tx = a.tx();
    netmap_slot s = tx.slot(tx.head());
    s.ptr = addr(memory.forbidden());
    s.len = 60;
    s.flags = NS_INDIRECT;
    tx.slot(tx.head(), s);
    tx.set(tx.next(tx.head()), tx.next(tx.head()));
    EXPECT_OK(a.txsync());
    EXPECT_EQ(1u, dropped(NETMAP_DROP_BAD_INDIRECT));
    EXPECT_EQ(0u, b.receive().size());
}

TEST_F(Stats, drop_because_of_a_bad_slot) {
    const ring tx = a.tx();
    netmap_slot s = tx.slot(tx.head());
    s.len = 0xffff;
    s.flags = 0;
    tx.slot(tx.head(), s);
    tx.set(tx.next(tx.head()), tx.next(tx.head()));
    EXPECT_OK(a.txsync());
    EXPECT_EQ(1u, dropped(NETMAP_DROP_BAD_SLOT));
}

TEST_F(Stats, region_behind_the_port) {
    const auto s = of("vale0:a", direction::tx);
    EXPECT_EQ(a.reply.nr_mem_id, s.nr_mem_id);
    EXPECT_EQ(a.reply.nr_memsize, s.nr_mem_capacity);
    EXPECT_GT(s.nr_mem_populated, 0u);
    EXPECT_LE(s.nr_mem_populated, s.nr_mem_capacity);
    EXPECT_EQ(64u, s.nr_bufs_used);
    EXPECT_GT(s.nr_bufs_total, s.nr_bufs_used);
}

TEST_F(Stats, counters_of_a_new_port_are_0) {
    EXPECT_OK(a.send(numbered(1)));
    a.close();
    ASSERT_OK(a.open("vale0:a", reg().rings(2, 2).slots(16)));
    const auto s = of("vale0:a", direction::tx);
    EXPECT_EQ(0u, s.nr_packets);
    EXPECT_EQ(0u, s.nr_bytes);
    EXPECT_EQ(0u, s.nr_bad_rings);
    EXPECT_EQ(0u, all_drops({"vale0:a"}));
}

class ErrText : public suite {
  protected:
    void SetUp() override {
        suite::SetUp();
        reset();
    }
    void reset() {
        std::memset(&option, 0x7e, sizeof(option));
        option.nro_opt = make_option(NETMAP_REQ_OPT_ERRTEXT, sizeof(option));
    }
    std::string text() const {
        return std::string(option.nro_text, ::strnlen(option.nro_text, sizeof(option.nro_text)));
    }
    void expect_sentence() const {
        EXPECT_EQ(0u, option.nro_opt.nro_status);
        EXPECT_GT(text().size(), 10u);
        EXPECT_LT(text().size(), sizeof(option.nro_text)) << "not terminated";
        for (const char c : text()) {
            EXPECT_TRUE(c >= ' ' && c < 0x7f) << "byte " << static_cast<int>(c);
        }
    }
    err bind(std::string_view name, const reg& wanted = reg{}) {
        reset();
        reg body = wanted;
        return descriptor().bind(name, body, &option.nro_opt);
    }

    nmreq_opt_errtext option;
};

TEST_F(ErrText, is_empty_on_success) {
    EXPECT_OK(bind("vale0:a"));
    EXPECT_EQ(0u, option.nro_opt.nro_status);
    EXPECT_EQ("", text());
}

TEST_F(ErrText, pain_row_18_says_why_register_failed) {
    port busy;
    ASSERT_OK(busy.open("vale1:busy", reg().flags(NR_EXCLUSIVE)));
    EXPECT_ERR(ENXIO, bind("nosuchif"));
    expect_sentence();
    EXPECT_ERR(EINVAL, bind("vale0:a", reg().mode(77)));
    expect_sentence();
    EXPECT_ERR(EINVAL, bind("vale0:a", reg().one(9)));
    expect_sentence();
    EXPECT_ERR(EINVAL, bind("vale0:a", reg().mem(65535)));
    expect_sentence();
    EXPECT_ERR(EINVAL, bind("vale-:a"));
    expect_sentence();
    EXPECT_ERR(EINVAL, bind("{x"));
    expect_sentence();
    EXPECT_ERR(EINVAL, bind("n", reg().mode(NR_REG_NULL)));
    expect_sentence();
    EXPECT_ERR(EBUSY, bind("vale1:busy"));
    expect_sentence();
}

TEST_F(ErrText, pain_row_18_tells_causes_of_one_error_apart) {
    std::vector<std::string> texts;
    for (const reg& wanted : {reg().mode(77), reg().one(9), reg().mem(65535),
                              reg().mode(NR_REG_SW)}) {
        EXPECT_ERR(EINVAL, bind("vale0:a", wanted));
        texts.push_back(text());
    }
    std::sort(texts.begin(), texts.end());
    EXPECT_EQ(texts.end(), std::unique(texts.begin(), texts.end()));
}

TEST_F(ErrText, pain_row_6_a_shortage_says_how_much_was_needed_and_how_much_there_was) {
    const param_guard number("buf_num", 4000);
    port keeper;
    ASSERT_OK(keeper.open("vale1:k", reg().mem(1).slots(64)));
    EXPECT_ERR(ENOMEM, bind("vale0:a", reg().mem(1).rings(1, 1).slots(2000)));
    unsigned needed = 0;
    unsigned left = 0;
    unsigned total = 0;
    EXPECT_EQ(3, std::sscanf(text().c_str(), "%u buffers needed, region 1 has %u left of %u",
                             &needed, &left, &total))
        << text();
    EXPECT_EQ(2000u, needed);
    EXPECT_LT(left, needed);
    EXPECT_LE(4000u, total);
}

TEST_F(ErrText, is_understood_by_every_request) {
    struct kind {
        uint16_t type;
        bool body;
        int code;
    };
    for (const kind k :
         {kind{NETMAP_REQ_REGISTER, true, ENXIO}, kind{NETMAP_REQ_PORT_INFO_GET, true, ENXIO},
          kind{NETMAP_REQ_VALE_LIST, true, EINVAL}, kind{NETMAP_REQ_PORT_HDR_GET, true, ENXIO},
          kind{NETMAP_REQ_PORT_HDR_SET, true, ENXIO},
          kind{NETMAP_REQ_POOLS_INFO_GET, true, ENXIO},
          kind{NETMAP_REQ_STATS_GET, true, 0}}) {
        SCOPED_TRACE(k.type);
        reset();
        alignas(8) uint8_t body[sizeof(nmreq_stats_get)] = {};
        if (k.type == NETMAP_REQ_REGISTER) {
            const nmreq_register wanted = reg();
            std::memcpy(body, &wanted, sizeof(wanted));
        }
        const err e = descriptor().request(k.type, "nosuchif", body, &option.nro_opt);
        EXPECT_NE(0, e.code);
        if (k.code != 0) {
            EXPECT_ERR(k.code, e);
        }
        expect_sentence();
    }
}

TEST_F(ErrText, is_empty_when_other_requests_succeed) {
    port p;
    ASSERT_OK(p.open("vale0:a"));
    for (const uint16_t type :
         {NETMAP_REQ_PORT_INFO_GET, NETMAP_REQ_VALE_LIST, NETMAP_REQ_PORT_HDR_GET,
          NETMAP_REQ_PORT_HDR_SET, NETMAP_REQ_POOLS_INFO_GET, NETMAP_REQ_STATS_GET}) {
        SCOPED_TRACE(type);
        reset();
        alignas(8) uint8_t body[sizeof(nmreq_stats_get)] = {};
        EXPECT_OK(descriptor().request(type, "vale0:a", body, &option.nro_opt));
        EXPECT_EQ(0u, option.nro_opt.nro_status);
        EXPECT_EQ("", text());
    }
}

TEST_F(ErrText, comes_back_wherever_it_is_in_the_list) {
    nmreq_option before = unknown_option();
    nmreq_option after = unknown_option();
    nmreq_port_info_get info{};
    EXPECT_ERR(ENXIO, descriptor().request(NETMAP_REQ_PORT_INFO_GET, "nosuchif", &info,
                                           chain({&before, &option.nro_opt, &after})));
    expect_sentence();
}

TEST_F(ErrText, does_not_rescue_an_unknown_option) {
    nmreq_option unknown = unknown_option();
    descriptor d;
    EXPECT_ERR(EOPNOTSUPP, d.bind("vale0:a", reg{}, chain({&option.nro_opt, &unknown})));
    EXPECT_EQ(0u, option.nro_opt.nro_status);
    EXPECT_EQ(uint32_t{EOPNOTSUPP}, unknown.nro_status);
    EXPECT_FALSE(d.bound());
}

TEST_F(ErrText, text_that_cannot_be_written_is_EFAULT) {
    guarded memory;
    nmreq_opt_errtext* copy = memory.place(option);
    memory.make_read_only();
    EXPECT_ERR(EFAULT, descriptor().bind("nosuchif", reg{}, &copy->nro_opt));
}

} // namespace
} // namespace conformance
