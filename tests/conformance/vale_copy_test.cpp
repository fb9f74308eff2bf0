// SPDX-License-Identifier: BSD-2-Clause
// The switch: what arrives, slot by slot (checks D46, D57, D59 to D62).
#include "fixture.hpp"

namespace conformance {
namespace {

class ValeCopy : public suite {
  protected:
    void SetUp() override {
        suite::SetUp();
        ASSERT_OK(a.open("vale0:a", reg().slots(256)));
        ASSERT_OK(b.open("vale0:b", reg().slots(256)));
        teach(b, mac_of(2), {&a});
    }
    void TearDown() override {
        a.close();
        b.close();
        suite::TearDown();
    }
    static frame to_b(uint32_t tag = 0, size_t len = 60) {
        return make_frame(mac_of(2), mac_of(1), len, tag);
    }

    port a;
    port b;
};

TEST_F(ValeCopy, D46_single_slot_arrives_with_a_count_of_one) {
    EXPECT_OK(a.send(to_b()));
    EXPECT_OK(b.rxsync());
    const ring rx = b.rx();
    const netmap_slot s = rx.slot(rx.head());
    EXPECT_EQ(0x0100, s.flags);
    EXPECT_EQ(60, s.len);
    EXPECT_EQ(0u, s.ptr);
    EXPECT_EQ(to_b(), rx.read(rx.head()));
}

TEST_F(ValeCopy, D46_fragments_carry_their_number) {
    const frame f = to_b(1, 900);
    ASSERT_TRUE(a.tx().put_in(3, f));
    EXPECT_OK(a.txsync());
    EXPECT_OK(b.rxsync());
    const ring rx = b.rx();
    ASSERT_EQ(3u, rx.space());
    for (uint32_t i = 0; i < 3; ++i) {
        const netmap_slot s = rx.slot(rx.plus(rx.head(), i));
        EXPECT_EQ(i < 2 ? 0x0300 | NS_MOREFRAG : 0x0300, s.flags);
        EXPECT_EQ(300, s.len);
    }
    EXPECT_EQ(f, rx.take()->data);
}

TEST_F(ValeCopy, every_length_arrives_whole) {
    for (size_t len = 14; len <= a.tx().buf_size(); len += len < 200 ? 1 : 61) {
        const frame f = to_b(static_cast<uint32_t>(len), len);
        ASSERT_OK(a.send(f));
        ASSERT_EQ(std::vector<frame>{f}, b.receive()) << len;
    }
}

TEST_F(ValeCopy, neighbouring_buffers_stay_as_they_were) {
    const ring rx = b.rx();
    for (const uint32_t index : rx.indices()) {
        std::memset(rx.buf(index), 0xcd, rx.buf_size());
    }
    const uint32_t at = rx.head();
    const frame f = to_b(3, rx.buf_size());
    EXPECT_OK(a.send(f));
    EXPECT_EQ(std::vector<frame>{f}, b.receive());
    for (uint32_t i = 0; i < rx.slots(); ++i) {
        if (i == at) {
            continue;
        }
        const uint8_t* data = rx.data(i);
        ASSERT_EQ(rx.buf_size(), std::count(data, data + rx.buf_size(), 0xcd)) << "slot " << i;
    }
}

TEST_F(ValeCopy, receiver_keeps_its_buffers) {
    const auto before = b.rx().indices();
    for (uint32_t i = 0; i < 300; ++i) {
        EXPECT_OK(a.send(to_b(i)));
        EXPECT_EQ(std::vector<frame>{to_b(i)}, b.receive());
    }
    EXPECT_EQ(before, b.rx().indices());
}

TEST_F(ValeCopy, senders_flags_stay_but_for_the_changed_mark) {
    const ring tx = a.tx();
    const uint32_t at = tx.head();
    ASSERT_TRUE(tx.put(to_b(), NS_BUF_CHANGED | NS_REPORT | 0x4200));
    EXPECT_OK(a.txsync());
    EXPECT_EQ(0, tx.slot(at).flags & NS_BUF_CHANGED);
    EXPECT_OK(b.rxsync());
    EXPECT_EQ(0x0100, b.rx().slot(b.rx().head()).flags) << "flags are the switch's own";
}

TEST_F(ValeCopy, slot_flags_of_a_destination_are_not_obeyed) {
    port c;
    ASSERT_OK(c.open("vale0:c", reg().slots(64)));
    for (const uint16_t flags : {0x0100, 0x0200, 0xfe00, 0xff00}) {
        ASSERT_TRUE(a.tx().put(to_b(flags), flags));
        EXPECT_OK(a.txsync());
        EXPECT_EQ(std::vector<frame>{to_b(flags)}, b.receive());
        EXPECT_EQ(0u, c.receive().size());
    }
}

TEST_F(ValeCopy, changed_buffers_are_sent) {
    port with_spare;
    ASSERT_OK(with_spare.open("vale0:s", reg().slots(16).extra(1)));
    const ring tx = with_spare.tx();
    netmap_slot s = tx.slot(0);
    const uint32_t spare = with_spare.nifp()->ni_bufs_head;
    with_spare.nifp()->ni_bufs_head = 0;
    s.buf_idx = spare;
    s.flags = NS_BUF_CHANGED;
    tx.slot(0, s);
    EXPECT_OK(with_spare.send(to_b(8)));
    EXPECT_EQ(std::vector<frame>{to_b(8)}, b.receive());
    EXPECT_EQ(spare, tx.slot(0).buf_idx);
}

TEST_F(ValeCopy, D59_indirect_data_arrives) {
    const ring tx = a.tx();
    for (const size_t len : {14u, 60u, 333u, 1514u}) {
        const frame f = to_b(static_cast<uint32_t>(len), len);
        netmap_slot s = tx.slot(tx.head());
        s.ptr = addr(f.data());
        s.len = static_cast<uint16_t>(len);
        s.flags = NS_INDIRECT;
        std::memset(tx.buf(s.buf_idx), 0xee, 64);
        tx.slot(tx.head(), s);
        tx.set(tx.next(tx.head()), tx.next(tx.head()));
        EXPECT_OK(a.txsync());
        EXPECT_EQ(std::vector<frame>{f}, b.receive());
    }
}

TEST_F(ValeCopy, D59_indirect_data_at_an_odd_address_before_the_end_of_memory) {
    guarded memory;
    const ring tx = a.tx();
    for (size_t len = 57; len < 130; ++len) {
        const frame f = to_b(static_cast<uint32_t>(len), len);
        std::memcpy(memory.last(len), f.data(), len);
        netmap_slot s = tx.slot(tx.head());
        s.ptr = addr(memory.last(len));
        s.len = static_cast<uint16_t>(len);
        s.flags = NS_INDIRECT;
        tx.slot(tx.head(), s);
        tx.set(tx.next(tx.head()), tx.next(tx.head()));
        ASSERT_OK(a.txsync());
        ASSERT_EQ(std::vector<frame>{f}, b.receive()) << len;
    }
}

TEST_F(ValeCopy, D59_unreachable_indirect_data_is_no_data) {
    guarded memory;
    const ring tx = a.tx();
    for (const uint64_t where :
         {uint64_t{0}, addr(memory.forbidden()), addr(memory.last(59)), kernel_address,
          ~uint64_t{0}, ~uint64_t{0} - 59}) {
        netmap_slot s = tx.slot(tx.head());
        s.ptr = where;
        s.len = 60;
        s.flags = NS_INDIRECT;
        tx.slot(tx.head(), s);
        tx.set(tx.next(tx.head()), tx.next(tx.head()));
        EXPECT_OK(a.send(to_b(4)));
        EXPECT_EQ(std::vector<frame>{to_b(4)}, b.receive()) << std::hex << where;
    }
}

TEST_F(ValeCopy, D60_unfinished_chain_goes_as_it_is_and_the_next_starts_clean) {
    const frame f = to_b(1, 200);
    ASSERT_TRUE(a.tx().put(frame(f.begin(), f.begin() + 100), NS_MOREFRAG));
    ASSERT_TRUE(a.tx().put(frame(f.begin() + 100, f.end()), NS_MOREFRAG));
    EXPECT_OK(a.txsync());
    EXPECT_EQ(255u, a.tx().space());
    EXPECT_OK(a.send(to_b(2)));
    const auto got = b.receive_packets();
    ASSERT_EQ(2u, got.size());
    EXPECT_EQ(f, got[0].data);
    EXPECT_EQ(2u, got[0].slots);
    EXPECT_EQ(0x0200, got[0].last_flags);
    EXPECT_EQ(to_b(2), got[1].data);
    EXPECT_EQ(0x0100, got[1].first_flags);
}

TEST_F(ValeCopy, D61_chain_of_65_slots_is_dropped_whole) {
    EXPECT_OK(a.send(to_b(1)));
    ASSERT_TRUE(a.tx().put(to_b(2)));
    ASSERT_TRUE(a.tx().put_in(65, to_b(3, 1300)));
    ASSERT_TRUE(a.tx().put(to_b(4)));
    EXPECT_OK(a.txsync());
    EXPECT_EQ((std::vector<frame>{to_b(1), to_b(2), to_b(4)}), b.receive());
}

TEST_F(ValeCopy, D61_pain_row_10_chain_of_64_slots_arrives) {
    const frame f = to_b(3, 1280);
    ASSERT_TRUE(a.tx().put_in(64, f));
    EXPECT_OK(a.txsync());
    const auto got = b.receive_packets();
    ASSERT_EQ(1u, got.size());
    EXPECT_EQ(f, got[0].data);
    EXPECT_EQ(64u, got[0].slots);
}

TEST_F(ValeCopy, D61_chains_of_hundreds_of_slots_disturb_nobody) {
    port wide;
    ASSERT_OK(wide.open("vale0:w", reg().slots(4096)));
    const frame tiny = to_b(9, 20);
    for (const unsigned count : {256u, 257u, 1100u, 3000u}) {
        for (unsigned i = 0; i < count; ++i) {
            ASSERT_TRUE(wide.tx().put(tiny, i + 1 < count ? NS_MOREFRAG : 0));
        }
        ASSERT_TRUE(wide.tx().put(to_b(5)));
        EXPECT_OK(wide.txsync());
        EXPECT_EQ(std::vector<frame>{to_b(5)}, b.receive()) << count;
    }
}

TEST_F(ValeCopy, chain_with_an_empty_or_bad_fragment_hurts_no_neighbour) {
    ASSERT_TRUE(a.tx().put(to_b(1)));
    const frame f = to_b(2, 100);
    ASSERT_TRUE(a.tx().put(f, NS_MOREFRAG));
    const uint32_t at = a.tx().head();
    ASSERT_TRUE(a.tx().put(f));
    netmap_slot s = a.tx().slot(at);
    s.len = 0xffff;
    a.tx().slot(at, s);
    ASSERT_TRUE(a.tx().put(to_b(3)));
    EXPECT_OK(a.txsync());
    const auto got = b.receive();
    ASSERT_LE(2u, got.size());
    EXPECT_EQ(to_b(1), got.front());
    EXPECT_EQ(to_b(3), got.back());
}

TEST_F(ValeCopy, header_may_end_anywhere_in_a_chain_of_usual_pieces) {
    const frame f = to_b(7, 600);
    for (unsigned pieces = 1; pieces <= 40; ++pieces) {
        ASSERT_TRUE(a.tx().put_in(pieces, f));
        EXPECT_OK(a.txsync());
        EXPECT_EQ(std::vector<frame>{f}, b.receive()) << pieces;
    }
}

TEST_F(ValeCopy, packets_of_several_slots_wrap_around_rings) {
    for (uint32_t i = 0; i < 400; ++i) {
        const frame f = to_b(i, 500);
        ASSERT_TRUE(a.tx().put_in(5, f));
        ASSERT_OK(a.txsync());
        ASSERT_EQ(std::vector<frame>{f}, b.receive());
    }
}

TEST_F(ValeCopy, packet_of_several_slots_fits_whole_or_not_at_all) {
    port small;
    ASSERT_OK(small.open("vale0:s", reg().slots(8)));
    teach(small, mac_of(4), {&a, &b});
    const auto to_small = [](uint32_t tag) { return make_frame(mac_of(4), mac_of(1), 300, tag); };
    for (uint32_t i = 0; i < 4; ++i) {
        ASSERT_TRUE(a.tx().put_in(3, to_small(i)));
    }
    EXPECT_OK(a.txsync());
    EXPECT_EQ((std::vector<frame>{to_small(0), to_small(1)}), small.receive());
    EXPECT_EQ(2u, drops({"vale0:a", "vale0:s"}, NETMAP_DROP_NO_ROOM));
}

TEST_F(ValeCopy, fragment_that_is_longer_than_the_receivers_buffer_never_spills) {
    param_guard size("priv_buf_size", 8192);
    port large;
    ASSERT_OK(large.open("vale0:l", reg().slots(16)));
    const ring rx = b.rx();
    for (const uint32_t index : rx.indices()) {
        std::memset(rx.buf(index), 0xcd, rx.buf_size());
    }
    const uint32_t at = rx.head();
    EXPECT_OK(large.send({to_b(1, 8000), to_b(2, 100)}));
    EXPECT_OK(b.rxsync());
    const auto got = b.receive();
    ASSERT_FALSE(got.empty());
    EXPECT_EQ(to_b(2, 100), got.back());
    const uint8_t* other = rx.data(rx.plus(at, 5));
    EXPECT_EQ(rx.buf_size(), std::count(other, other + rx.buf_size(), 0xcd));
}

TEST_F(ValeCopy, D57_equal_header_lengths_pass_packets_unchanged) {
    ASSERT_OK(header_length_set("vale0:a", 12));
    ASSERT_OK(header_length_set("vale0:b", 12));
    frame f = behind_header(12, to_b(1));
    f[0] = 1;
    f[6] = 34;
    EXPECT_OK(a.send(f));
    EXPECT_EQ(std::vector<frame>{f}, b.receive());
}

TEST_F(ValeCopy, addresses_are_looked_up_behind_the_header) {
    port c;
    ASSERT_OK(c.open("vale0:c", reg().slots(16)));
    for (const char* name : {"vale0:a", "vale0:b", "vale0:c"}) {
        ASSERT_OK(header_length_set(name, 10));
    }
    EXPECT_OK(c.send(behind_header(10, make_frame(broadcast, mac_of(3)))));
    a.receive();
    b.receive();
    const frame f = behind_header(10, make_frame(mac_of(3), mac_of(1)));
    EXPECT_OK(a.send(f));
    EXPECT_EQ(std::vector<frame>{f}, c.receive());
    EXPECT_EQ(0u, b.receive().size());
    EXPECT_OK(a.send(frame(10 + 13, 0xff)));
    EXPECT_EQ(0u, c.receive().size()) << "too short behind the header";
}

TEST_F(ValeCopy, ports_of_one_region_exchange_packets_like_others) {
    port c;
    ASSERT_OK(c.open("vale0:c", reg().slots(64).mem(b.reply.nr_mem_id)));
    EXPECT_EQ(b.reply.nr_mem_id, c.reply.nr_mem_id);
    for (uint32_t i = 0; i < 200; ++i) {
        EXPECT_OK(c.send(to_b(i, 100 + i)));
        EXPECT_EQ(std::vector<frame>{to_b(i, 100 + i)}, b.receive());
        const frame f = make_frame(broadcast, mac_of(2), 100 + i, i);
        EXPECT_OK(b.send(f));
        EXPECT_EQ(std::vector<frame>{f}, c.receive());
        EXPECT_EQ(std::vector<frame>{f}, a.receive());
    }
    auto all = b.ring_indices();
    const auto more = c.ring_indices();
    all.insert(all.end(), more.begin(), more.end());
    EXPECT_TRUE(all_different(all));
}

} // namespace
} // namespace conformance
