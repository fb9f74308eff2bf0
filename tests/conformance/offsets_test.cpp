// SPDX-License-Identifier: BSD-2-Clause
// Packets that begin somewhere in their buffers: the OFFSETS option, and what
// switch ports, pipes and null ports make of it (checks D63, D88 to D90).
#include "fixture.hpp"

#include "../inet.hpp"

#include <thread>

namespace conformance {
namespace {

nmreq_opt_offsets offsets(uint64_t max, uint64_t initial = 0, uint32_t bits = 0, uint64_t gap = 0) {
    nmreq_opt_offsets o{};
    o.nro_opt = make_option(NETMAP_REQ_OPT_OFFSETS, sizeof(o));
    o.nro_max_offset = max;
    o.nro_initial_offset = initial;
    o.nro_offset_bits = bits;
    o.nro_min_gap = gap;
    return o;
}

/// A frame at head, `at` bytes into its buffer.
void put_at(const ring& r, uint64_t at, const frame& f, uint16_t flags = 0) {
    ASSERT_NE(0u, r.space());
    netmap_slot s = r.slot(r.head());
    std::memcpy(r.buf(s.buf_idx) + at, f.data(), f.size());
    s.len = static_cast<uint16_t>(f.size());
    s.flags = flags;
    s.ptr = at;
    r.slot(r.head(), s);
    r.set(r.next(r.head()), r.next(r.head()));
}

/// The frame at head of an RX ring, from where its slot says.
frame read_at(const ring& r, uint64_t* where = nullptr) {
    if (r.space() == 0) {
        ADD_FAILURE() << "nothing arrived";
        return {};
    }
    const netmap_slot s = r.slot(r.head());
    const uint64_t at = s.ptr & peek(r.raw()->offset_mask);
    if (where != nullptr) {
        *where = at;
    }
    EXPECT_LE(at + s.len, r.buf_size());
    const uint8_t* from = r.buf(s.buf_idx) + std::min<uint64_t>(at, r.buf_size());
    r.set(r.next(r.head()), r.next(r.head()));
    return frame(from, from + std::min<uint64_t>(s.len, r.buf_size()));
}

frame receive_at(const port& p, uint64_t* where = nullptr) {
    EXPECT_OK(p.rxsync());
    return read_at(p.rx(), where);
}

class Offsets : public suite {
  protected:
    void TearDown() override {
        a.close();
        b.close();
        suite::TearDown();
    }
    static err open(port& p, const char* name, nmreq_opt_offsets o, reg r = reg().slots(16)) {
        return p.open(name, r.flags(r.nr_flags | NR_ACCEPT_VNET_HDR), &o.nro_opt);
    }
    static frame to_b(uint32_t tag = 0, size_t len = 60) {
        return make_frame(mac_of(2), mac_of(1), len, tag);
    }
    void expect_refused(int code, nmreq_opt_offsets o, const char* name = "vale0:a") {
        descriptor d;
        reg body;
        EXPECT_ERR(code, d.bind(name, body.slots(16), &o.nro_opt));
        EXPECT_EQ(static_cast<uint32_t>(code), o.nro_opt.nro_status);
        EXPECT_FALSE(d.bound());
    }

    port a;
    port b;
};

TEST_F(Offsets, option_is_answered_and_the_ring_has_the_mask) {
    nmreq_opt_offsets o = offsets(256, 32, 16);
    o.nro_tx_align = 4711;
    ASSERT_OK(a.open("vale0:a", reg().slots(16), &o.nro_opt));
    EXPECT_EQ(0u, o.nro_opt.nro_status);
    EXPECT_EQ(256u, o.nro_max_offset);
    EXPECT_EQ(32u, o.nro_initial_offset);
    EXPECT_EQ(16u, o.nro_offset_bits);
    EXPECT_EQ(4711u, o.nro_tx_align);
    for (const ring& r : a.rings()) {
        EXPECT_EQ(0xffffu, r.raw()->offset_mask);
        EXPECT_EQ(0u, r.raw()->buf_align);
        for (uint32_t i = 0; i < r.slots(); ++i) {
            EXPECT_EQ(32u, r.slot(i).ptr);
        }
    }
}

TEST_F(Offsets, bits_0_and_64_are_the_whole_field) {
    for (const uint32_t bits : {0u, 64u}) {
        ASSERT_OK(open(a, "vale0:a", offsets(64, 0, bits)));
        EXPECT_EQ(~uint64_t{0}, a.tx().raw()->offset_mask);
        a.close();
    }
}

TEST_F(Offsets, without_the_option_there_is_no_mask) {
    ASSERT_OK(a.open("vale0:a"));
    EXPECT_EQ(0u, a.tx().raw()->offset_mask);
    EXPECT_EQ(0u, a.rx().raw()->offset_mask);
}

TEST_F(Offsets, D89_wishes_that_make_no_sense_are_EINVAL) {
    const uint64_t size = 2048;
    expect_refused(EINVAL, offsets(16, 0, 65));
    expect_refused(EINVAL, offsets(16, 0, 0xffffffff));
    expect_refused(EINVAL, offsets(size + 1));
    expect_refused(EINVAL, offsets(uint64_t{1} << 32));
    expect_refused(EINVAL, offsets(~uint64_t{0}, ~uint64_t{0}));
    expect_refused(EINVAL, offsets(256, 0, 8));
    expect_refused(EINVAL, offsets(64, 65));
    EXPECT_OK(open(a, "vale0:a", offsets(255, 255, 8)));
    a.close();
    EXPECT_OK(open(a, "vale0:a", offsets(size, size)));
}

TEST_F(Offsets, failure_elsewhere_is_no_failure_of_the_option) {
    nmreq_opt_offsets o = offsets(16);
    reg body;
    EXPECT_ERR(ENXIO, descriptor().bind("nosuchport", body, &o.nro_opt));
    EXPECT_EQ(0u, o.nro_opt.nro_status);
    nmreq_option unknown = unknown_option();
    EXPECT_ERR(EOPNOTSUPP, descriptor().bind("vale0:a", body, chain({&o.nro_opt, &unknown})));
    EXPECT_EQ(0u, o.nro_opt.nro_status);
    EXPECT_EQ(uint32_t{EOPNOTSUPP}, unknown.nro_status);
    ASSERT_OK(a.open("vale0:a", reg().slots(16)));
    EXPECT_EQ(0u, a.tx().raw()->offset_mask) << "nothing is left of the failed ones";
}

TEST_F(Offsets, rings_in_use_keep_what_they_have) {
    ASSERT_OK(open(a, "vale0:a", offsets(256, 128, 16)));
    expect_refused(EBUSY, offsets(257, 0, 16));
    expect_refused(EBUSY, offsets(16, 0, 17));
    nmreq_opt_offsets o = offsets(64, 64, 8);
    ASSERT_OK(b.open("vale0:a", reg(), &o.nro_opt));
    EXPECT_EQ(256u, o.nro_max_offset) << "what is in force";
    EXPECT_EQ(0xffffu, b.tx().raw()->offset_mask);
    EXPECT_EQ(128u, b.tx().slot(0).ptr) << "not its only user";
    port plain;
    EXPECT_OK(plain.open("vale0:a")) << "who does not ask gets them as well";
    EXPECT_EQ(0xffffu, plain.tx().raw()->offset_mask);
}

TEST_F(Offsets, rings_in_use_without_offsets_get_none) {
    ASSERT_OK(a.open("vale0:a", reg().slots(16)));
    expect_refused(EBUSY, offsets(16));
}

TEST_F(Offsets, go_with_the_last_user) {
    ASSERT_OK(open(a, "vale0:a", offsets(256, 128), reg().slots(16).rings(2, 2).one(0)));
    ASSERT_OK(b.open("vale0:a", reg().one(1)));
    EXPECT_EQ(0u, b.tx(1).raw()->offset_mask) << "another ring";
    a.close();
    ASSERT_OK(a.open("vale0:a", reg().one(0)));
    EXPECT_EQ(0u, a.tx(0).raw()->offset_mask);
    EXPECT_EQ(0u, a.rx(0).raw()->offset_mask);
    a.close();
    ASSERT_OK(open(a, "vale0:a", offsets(512), reg().one(0)));
}

TEST_F(Offsets, D88_larger_offsets_are_the_largest) {
    ASSERT_OK(open(a, "vale0:a", offsets(128)));
    ASSERT_OK(b.open("vale0:b", reg().slots(16)));
    const frame right = to_b(1);
    put_at(a.tx(), 128, right);
    netmap_slot s = a.tx().slot(a.tx().prev(a.tx().head()));
    s.ptr = 500;
    a.tx().slot(a.tx().prev(a.tx().head()), s);
    EXPECT_OK(a.txsync());
    EXPECT_EQ(std::vector<frame>{right}, b.receive());
}

TEST_F(Offsets, D63_receiver_without_offsets_gets_data_at_the_start) {
    ASSERT_OK(open(a, "vale0:a", offsets(1024)));
    ASSERT_OK(b.open("vale0:b", reg().slots(64)));
    for (const uint64_t at : {2, 64, 63, 1, 1000, 1024}) {
        for (const size_t len : {14, 60, 64, 65, 300, 1000}) {
            const frame f = to_b(static_cast<uint32_t>(at), len);
            put_at(a.tx(), at, f);
            ASSERT_OK(a.txsync());
            EXPECT_EQ(std::vector<frame>{f}, b.receive()) << at << " " << len;
        }
    }
}

TEST_F(Offsets, no_byte_beside_the_packet_is_carried_along) {
    ASSERT_OK(open(a, "vale0:a", offsets(2048)));
    ASSERT_OK(b.open("vale0:b", reg().slots(16)));
    std::memset(b.rx().buf(b.rx().slot(0).buf_idx), 0xcd, 2048);
    std::memset(a.tx().data(0), 0xee, 2048);
    std::memset(a.tx().data(1), 0xee, 2048);
    const frame f = to_b(1, 61);
    put_at(a.tx(), 2048 - 61, f);
    EXPECT_OK(a.txsync());
    EXPECT_OK(b.rxsync());
    const uint8_t* got = b.rx().data(0);
    EXPECT_EQ(f, frame(got, got + 61));
    EXPECT_EQ(2048 - 61, std::count(got + 61, got + 2048, 0xcd));
}

TEST_F(Offsets, packet_longer_than_what_remains_is_not_sent) {
    ASSERT_OK(open(a, "vale0:a", offsets(1024)));
    ASSERT_OK(b.open("vale0:b", reg().slots(16)));
    put_at(a.tx(), 1024, to_b(1, 1024));
    put_at(a.tx(), 1000, to_b(2, 100));
    netmap_slot s = a.tx().slot(1);
    s.len = 1049;
    a.tx().slot(1, s);
    put_at(a.tx(), 0, to_b(3));
    EXPECT_OK(a.txsync());
    EXPECT_EQ((std::vector<frame>{to_b(1, 1024), to_b(3)}), b.receive());
    EXPECT_EQ(1u, drops({"vale0:a"}, NETMAP_DROP_BAD_SLOT));
}

TEST_F(Offsets, receiver_says_where_data_goes) {
    ASSERT_OK(a.open("vale0:a", reg().slots(64)));
    ASSERT_OK(open(b, "vale0:b", offsets(512, 100, 16)));
    const ring rx = b.rx();
    netmap_slot s = rx.slot(1);
    s.ptr = 0xabcd0007; // bits beyond the mask are the application's
    rx.slot(1, s);
    s = rx.slot(2);
    s.ptr = 9000;
    rx.slot(2, s);
    for (const long expected : {100, 7, 512}) {
        std::memset(rx.data(rx.head()), 0xcd, 2048);
        EXPECT_OK(a.send(to_b(static_cast<uint32_t>(expected), 200)));
        EXPECT_OK(b.rxsync());
        const uint8_t* buf = rx.data(rx.head());
        EXPECT_EQ(to_b(static_cast<uint32_t>(expected), 200),
                  frame(buf + expected, buf + expected + 200));
        EXPECT_EQ(expected, std::count(buf, buf + expected, 0xcd));
        EXPECT_EQ(1848 - expected, std::count(buf + expected + 200, buf + 2048, 0xcd));
        rx.set(rx.next(rx.head()), rx.next(rx.head()));
    }
    EXPECT_EQ(0xabcd0007u, rx.slot(1).ptr);
}

TEST_F(Offsets, offsets_at_both_ends_of_a_switch) {
    ASSERT_OK(open(a, "vale0:a", offsets(100, 0, 8)));
    ASSERT_OK(open(b, "vale0:b", offsets(300, 37)));
    put_at(a.tx(), 99, to_b(1, 400), NS_MOREFRAG);
    put_at(a.tx(), 3, to_b(2, 77));
    EXPECT_OK(a.txsync());
    EXPECT_OK(b.rxsync());
    ASSERT_EQ(2u, b.rx().space());
    uint64_t at = 0;
    EXPECT_EQ(to_b(1, 400), read_at(b.rx(), &at));
    EXPECT_EQ(37u, at);
    EXPECT_EQ(to_b(2, 77), read_at(b.rx(), &at));
}

TEST_F(Offsets, D90_defect_frame_beyond_buffer_behind_the_offset_is_lost_and_harms_nobody) {
    ASSERT_OK(a.open("vale0:a", reg().slots(16)));
    ASSERT_OK(open(b, "vale0:b", offsets(512, 512)));
    ASSERT_EQ(2048u, b.rx().buf_size());
    for (const uint32_t index : b.rx().indices()) {
        std::memset(b.rx().buf(index), 0xcd, 2048);
    }
    EXPECT_OK(a.send(to_b(1, 1600)));
    for (uint32_t i = 0; i < 16; ++i) {
        EXPECT_EQ(2048, std::count(b.rx().data(i), b.rx().data(i) + 2048, 0xcd)) << i;
    }
    EXPECT_EQ(frame{}, receive_at(b));
    EXPECT_EQ(1u, drops({"vale0:b"}, NETMAP_DROP_TOO_LONG));
    EXPECT_OK(a.send(to_b(2, 1536)));
    EXPECT_EQ(to_b(2, 1536), receive_at(b));
}

TEST_F(Offsets, smallest_gap_bounds_what_a_slot_may_use) {
    ASSERT_OK(a.open("vale0:a", reg().slots(16)));
    ASSERT_OK(open(b, "vale0:b", offsets(1024, 0, 0, 256)));
    EXPECT_OK(a.send({to_b(1, 257), to_b(2, 256)}));
    EXPECT_OK(b.rxsync());
    EXPECT_EQ(frame{}, read_at(b.rx()));
    EXPECT_EQ(to_b(2, 256), read_at(b.rx()));
}

TEST_F(Offsets, indirect_data_and_offsets_do_not_mix) {
    ASSERT_OK(open(a, "vale0:a", offsets(128)));
    ASSERT_OK(b.open("vale0:b", reg().slots(16)));
    const frame f = to_b(1);
    put_at(a.tx(), 16, f, NS_INDIRECT);
    EXPECT_OK(a.txsync());
    EXPECT_EQ(std::vector<frame>{f}, b.receive()) << "the field holds an offset";
}

TEST_F(Offsets, segments_begin_where_their_slots_say) {
    ASSERT_OK(open(a, "vale0:a", offsets(700)));
    ASSERT_OK(open(b, "vale0:b", offsets(700, 600)));
    ASSERT_OK(header_length_set("vale0:a", 12));
    const inet::spec s;
    const inet::bytes packet =
        inet::behind(inet::ask_segments(s, 1460).raw(12), inet::make(s, inet::pattern(5000)));
    for (size_t at = 0; at < packet.size(); at += 1300) {
        const size_t to = std::min(packet.size(), at + 1300);
        put_at(a.tx(), 651, inet::slice(packet, at, to), to < packet.size() ? NS_MOREFRAG : 0);
    }
    EXPECT_OK(a.txsync());
    EXPECT_OK(b.rxsync());
    inet::bytes together;
    while (b.rx().space() != 0) {
        uint64_t at = 0;
        const inet::parsed p = inet::parse(read_at(b.rx(), &at));
        EXPECT_EQ(600u, at);
        EXPECT_EQ(nullptr, p.wrong) << p.wrong;
        EXPECT_GE(2048u - 700 - 54, p.payload.size());
        inet::append(together, p.payload);
    }
    EXPECT_EQ(inet::pattern(5000), together);
}

TEST_F(Offsets, receivers_come_and_go_on_a_switch_under_traffic) {
    ASSERT_OK(open(a, "vale0:a", offsets(300)));
    port c;
    ASSERT_OK(c.open("vale0:c", reg().slots(16)));
    const auto send = [](const std::stop_token& stop, const port& p, uint32_t flow, uint32_t most) {
        for (uint32_t tag = 0; !stop.stop_requested(); ++tag) {
            put_at(p.tx(), most == 0 ? 0 : tag % most,
                   make_checked(broadcast, mac_of(flow), 100 + tag % 500, {flow, tag}));
            EXPECT_OK(p.txsync());
        }
    };
    const std::jthread first([&](const std::stop_token& stop) { send(stop, a, 1, 300); });
    const std::jthread second([&](const std::stop_token& stop) { send(stop, c, 3, 0); });
    unsigned whole = 0;
    for (unsigned i = 0; i < rounds(200); ++i) {
        if (i % 3 == 0) {
            ASSERT_OK(b.open("vale0:b", reg().slots(32)));
        } else {
            ASSERT_OK(
                open(b, "vale0:b", offsets(1000, i % 3 == 1 ? 64 : i % 1000), reg().slots(32)));
        }
        EXPECT_TRUE(eventually([&] {
            EXPECT_OK(b.rxsync());
            return b.rx().space() != 0;
        }));
        while (b.rx().space() != 0) {
            ASSERT_TRUE(check(read_at(b.rx())).has_value()) << "damaged, after " << whole;
            ++whole;
        }
        b.close();
    }
}

TEST_F(Offsets, of_a_null_port) {
    ASSERT_OK(open(a, "n", offsets(64, 8), reg().mode(NR_REG_NULL).mem(1).rings(1, 1).slots(16)));
    EXPECT_EQ(~uint64_t{0}, a.tx().raw()->offset_mask);
    EXPECT_EQ(8u, a.rx().slot(3).ptr);
    EXPECT_OK(a.txsync());
}

TEST_F(Offsets, D89_a_copying_monitor_shows_data_from_where_it_is_to_where_it_is_wanted) {
    ASSERT_OK(open(a, "vale0:a", offsets(128)));
    ASSERT_OK(b.open("vale0:b", reg().slots(16)));
    port m;
    ASSERT_OK(open(m, "vale0:a", offsets(256, 200), reg().slots(16).flags(NR_MONITOR_TX)));
    put_at(a.tx(), 66, to_b(7));
    ASSERT_OK(a.txsync());
    uint64_t where = 0;
    EXPECT_EQ(to_b(7), receive_at(m, &where));
    EXPECT_EQ(200u, where);
    EXPECT_EQ(std::vector<frame>{to_b(7)}, b.receive());
}

TEST_F(Offsets, D89_a_monitor_that_exchanges_buffers_has_none) {
    ASSERT_OK(a.open("vale0:a", reg().slots(16)));
    nmreq_opt_offsets o = offsets(128);
    descriptor d;
    reg body;
    EXPECT_ERR(EOPNOTSUPP, d.bind("vale0:a", body.flags(NR_ZCOPY_MON), &o.nro_opt));
    EXPECT_EQ(uint32_t{EOPNOTSUPP}, o.nro_opt.nro_status);
}

class PipeOffsets : public Offsets {
  protected:
    /// Sends a frame from an offset and expects it whole at another.
    void expect_moves(uint64_t from, uint64_t to, size_t len) {
        const frame f = to_b(static_cast<uint32_t>(from * 7 + to), len);
        put_at(a.tx(), from, f);
        ASSERT_OK(a.txsync());
        uint64_t at = 0;
        EXPECT_EQ(f, receive_at(b, &at)) << from << " " << to;
        EXPECT_EQ(to, at);
        EXPECT_OK(b.rxsync());
        EXPECT_OK(a.txsync());
    }
};

TEST_F(PipeOffsets, equal_offsets_move_nothing) {
    ASSERT_OK(open(a, "vale0:p{1", offsets(128, 64)));
    ASSERT_OK(open(b, "vale0:p}1", offsets(128, 64)));
    const uint32_t index = a.tx().slot(0).buf_idx;
    expect_moves(64, 64, 500);
    EXPECT_EQ(index, b.rx().slot(0).buf_idx);
    EXPECT_EQ(64u, a.tx().slot(0).ptr);
}

TEST_F(PipeOffsets, receiver_without_offsets_gets_data_at_the_start) {
    ASSERT_OK(open(a, "vale0:p{1", offsets(1024)));
    ASSERT_OK(b.open("vale0:p}1"));
    for (const uint64_t from : {0, 1, 64, 100, 1024}) {
        expect_moves(from, 0, 900);
    }
}

TEST_F(PipeOffsets, larger_offset_of_the_receiver_moves_the_data) {
    ASSERT_OK(open(a, "vale0:p{1", offsets(512)));
    ASSERT_OK(open(b, "vale0:p}1", offsets(512, 200)));
    expect_moves(100, 200, 700);
    expect_moves(300, 300, 700);
    expect_moves(0, 200, 700);
}

TEST_F(PipeOffsets, sender_without_offsets) {
    ASSERT_OK(a.open("vale0:p{1", reg().slots(16)));
    ASSERT_OK(open(b, "vale0:p}1", offsets(512, 200)));
    for (unsigned i = 0; i < 40; ++i) {
        expect_moves(0, 200, 700);
    }
}

TEST_F(PipeOffsets, offset_beyond_what_the_receiver_knows_moves_the_data_down) {
    ASSERT_OK(open(a, "vale0:p{1", offsets(1000, 0, 16)));
    ASSERT_OK(open(b, "vale0:p}1", offsets(200, 50, 8)));
    expect_moves(900, 50, 700);
    expect_moves(201, 50, 700);
    expect_moves(150, 150, 700);
}

TEST_F(PipeOffsets, D90_defect_frame_beyond_buffer_behind_the_offset_is_lost_and_harms_nobody) {
    ASSERT_OK(a.open("vale0:p{1", reg().slots(16)));
    ASSERT_OK(open(b, "vale0:p}1", offsets(512, 512)));
    for (const uint32_t index : a.tx().indices()) {
        std::memset(a.tx().buf(index), 0xcd, 2048);
    }
    const frame f = to_b(1, 1600);
    EXPECT_OK(a.send(f));
    EXPECT_EQ(frame{}, receive_at(b));
    EXPECT_EQ(1u, drops({"vale0:p{1"}, NETMAP_DROP_TOO_LONG));
    for (uint32_t i = 1; i < 16; ++i) {
        EXPECT_EQ(2048, std::count(a.tx().data(i), a.tx().data(i) + 2048, 0xcd)) << i;
    }
    expect_moves(0, 512, 1536);
}

TEST_F(PipeOffsets, packets_that_wait_are_found_by_whoever_opens_the_other_end) {
    ASSERT_OK(open(a, "vale0:p{1", offsets(256, 0, 16)));
    put_at(a.tx(), 100, to_b(1, 500));
    EXPECT_OK(a.txsync());
    ASSERT_OK(open(b, "vale0:p}1", offsets(128, 128)));
    put_at(a.tx(), 100, to_b(2, 500));
    EXPECT_OK(a.txsync());
    EXPECT_OK(b.rxsync());
    uint64_t at = 0;
    EXPECT_EQ(to_b(1, 500), read_at(b.rx(), &at));
    EXPECT_EQ(0u, at);
    b.close(); // the second one waits at 128
    ASSERT_OK(b.open("vale0:p}1"));
    EXPECT_EQ(0u, b.rx().raw()->offset_mask);
    EXPECT_EQ(to_b(1, 500), receive_at(b)) << "was not released";
    EXPECT_EQ(to_b(2, 500), receive_at(b));
}

TEST_F(PipeOffsets, what_a_sender_without_offsets_left_in_the_field_is_none) {
    ASSERT_OK(a.open("vale0:p{1", reg().slots(16)));
    for (const uint32_t tag : {1, 2}) {
        put_at(a.tx(), 0, to_b(tag, 500));
        netmap_slot s = a.tx().slot(tag - 1);
        s.ptr = 0x1234567890;
        a.tx().slot(tag - 1, s);
        EXPECT_OK(a.txsync());
        if (tag == 1) {
            ASSERT_OK(open(b, "vale0:p}1", offsets(256, 33)));
        }
    }
    EXPECT_OK(b.rxsync());
    uint64_t at = 1;
    EXPECT_EQ(to_b(1, 500), read_at(b.rx(), &at));
    EXPECT_EQ(0u, at);
    EXPECT_EQ(to_b(2, 500), read_at(b.rx(), &at));
    EXPECT_EQ(33u, at);
}

TEST_F(PipeOffsets, what_waits_unfinished_is_found_as_well) {
    ASSERT_OK(open(a, "vale0:p{1", offsets(256)));
    ASSERT_OK(open(b, "vale0:p}1", offsets(256, 128)));
    put_at(a.tx(), 100, to_b(1, 500), NS_MOREFRAG);
    EXPECT_OK(a.txsync());
    b.close();
    ASSERT_OK(b.open("vale0:p}1"));
    put_at(a.tx(), 100, to_b(2, 500));
    EXPECT_OK(a.txsync());
    EXPECT_EQ(to_b(1, 500), receive_at(b));
    EXPECT_EQ(to_b(2, 500), receive_at(b));
}

TEST_F(PipeOffsets, mark_of_a_changed_buffer_travels_once) {
    ASSERT_OK(open(a, "vale0:p{1", offsets(256), reg().slots(16).extra(1)));
    ASSERT_OK(open(b, "vale0:p}1", offsets(256)));
    const uint32_t spare = a.nifp()->ni_bufs_head;
    netmap_slot s = a.tx().slot(0);
    s.buf_idx = spare;
    a.tx().slot(0, s);
    put_at(a.tx(), 33, to_b(1), NS_BUF_CHANGED);
    EXPECT_OK(a.txsync());
    EXPECT_EQ(0, a.tx().slot(0).flags);
    EXPECT_OK(b.rxsync());
    EXPECT_EQ(NS_BUF_CHANGED, b.rx().slot(0).flags);
    EXPECT_EQ(spare, b.rx().slot(0).buf_idx);
    EXPECT_EQ(to_b(1), read_at(b.rx()));
    EXPECT_OK(b.rxsync());
    EXPECT_OK(a.txsync());
    EXPECT_EQ(NS_BUF_CHANGED, a.tx().slot(0).flags);
    EXPECT_EQ(33u, a.tx().slot(0).ptr) << "the sender's own";
    EXPECT_EQ(0, b.rx().slot(0).flags);
}

TEST_F(PipeOffsets, hostile_slots_stay_within_their_buffers) {
    ASSERT_OK(open(a, "vale0:p{1", offsets(512)));
    ASSERT_OK(open(b, "vale0:p}1", offsets(2048, 1024)));
    sequence rng(4);
    for (unsigned i = 0; i < rounds(2000); ++i) {
        const ring tx = a.tx();
        const ring rx = b.rx();
        for (uint32_t k = rng.below(16); k != 0 && tx.space() != 0; --k) {
            netmap_slot s = tx.slot(tx.head());
            s.len = static_cast<uint16_t>(rng.next());
            s.ptr = rng.below(2) != 0 ? rng.next() : rng.below(600);
            s.flags = static_cast<uint16_t>(rng.below(64));
            if (rng.below(4) == 0) {
                s.buf_idx = static_cast<uint32_t>(rng.next());
            }
            tx.slot(tx.head(), s);
            tx.set(tx.next(tx.head()), tx.next(tx.head()));
        }
        EXPECT_OK(a.txsync());
        EXPECT_OK(b.rxsync());
        for (uint32_t k = rng.below(16); k != 0 && rx.space() != 0; --k) {
            netmap_slot s = rx.slot(rx.head());
            s.ptr = rng.next();
            rx.slot(rx.head(), s);
            rx.set(rx.next(rx.head()), rx.next(rx.head()));
        }
        EXPECT_OK(b.rxsync());
    }
}

TEST_F(PipeOffsets, receivers_come_and_go_under_traffic) {
    ASSERT_OK(open(a, "vale0:p{1", offsets(256)));
    const std::jthread sender([&](const std::stop_token& stop) {
        uint32_t tag = 0;
        while (!stop.stop_requested()) {
            if (a.tx().space() != 0) {
                put_at(a.tx(), tag % 257, make_checked(mac_of(2), mac_of(1), 300, {1, tag}));
                ++tag;
            }
            EXPECT_OK(a.txsync());
        }
    });
    uint32_t expected = 0;
    for (unsigned i = 0; i < rounds(500); ++i) {
        if (i % 3 == 0) {
            ASSERT_OK(b.open("vale0:p}1"));
        } else {
            ASSERT_OK(open(b, "vale0:p}1", offsets(i % 3 == 1 ? 256 : 100, i % 101)));
        }
        EXPECT_OK(b.rxsync());
        for (unsigned k = 0; k < 9 && b.rx().space() != 0; ++k) {
            const auto got = check(read_at(b.rx()));
            ASSERT_TRUE(got.has_value()) << "damaged, after " << expected;
            ASSERT_EQ(expected++, got->sequence);
        }
        EXPECT_OK(b.rxsync());
    }
    EXPECT_LT(0u, expected);
}

} // namespace
} // namespace conformance
