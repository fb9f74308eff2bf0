// SPDX-License-Identifier: BSD-2-Clause
// Virtio-net headers in software, against packets taken apart by other code.
#include "../../inet.hpp"
#include "support.hpp"

extern "C" {
#include "offload.h"
}

using namespace core_test;
using inet::bytes;

namespace {

/// What became of a packet.
struct outcome {
    int dropped = 0; ///< the reason, or 0
    bool splits = false;
    std::vector<bytes> slots; ///< what each output buffer got

    bytes joined() const {
        bytes all;
        for (const bytes& b : slots)
            inet::append(all, b);
        return all;
    }
};

/// Memory of exactly that size, so that a sanitizer sees a step beside it.
struct exact {
    explicit exact(const bytes& b) : len(b.size()), at(new uint8_t[b.size() ? b.size() : 1]) {
        std::copy(b.begin(), b.end(), at.get());
    }
    size_t len;
    std::unique_ptr<uint8_t[]> at;
};

/// Puts a packet through, cut into pieces after the bytes that `cuts` names.
outcome put_through(const bytes& packet, nm_offload_way way, std::vector<size_t> cuts = {},
                    bool indirect = false) {
    cuts.insert(cuts.begin(), 0);
    cuts.push_back(packet.size());
    std::vector<exact> memory;
    std::vector<nm_piece> pieces;
    for (size_t i = 0; i + 1 < cuts.size(); i++)
        memory.emplace_back(inet::slice(packet, cuts[i], cuts[i + 1]));
    for (const exact& e : memory)
        pieces.push_back(
            {reinterpret_cast<uintptr_t>(e.at.get()), static_cast<uint32_t>(e.len), indirect});
    outcome out;
    nm_offload plan;
    memset(&plan, 0xa5, sizeof(plan));
    out.dropped = nm_offload_plan(&plan, pieces.data(), static_cast<uint32_t>(pieces.size()), &way);
    if (out.dropped)
        return out;
    out.splits = nm_offload_splits(&plan);
    nm_offload_run run;
    nm_offload_begin(&run, &plan, pieces.data(), static_cast<uint32_t>(pieces.size()));
    std::vector<exact> buffers;
    std::vector<uint32_t> lengths;
    EXPECT_GE(plan.slots, 1U);
    for (uint32_t i = 0; i < plan.slots; i++) {
        buffers.emplace_back(bytes(way.room, 0xee));
        lengths.push_back(nm_offload_next(&run, reinterpret_cast<char*>(buffers.back().at.get())));
        EXPECT_LE(lengths.back(), way.room);
        EXPECT_GT(lengths.back(), 0U);
    }
    for (uint32_t i = 0; i < plan.slots; i++) // not before: checksums may come last
        out.slots.emplace_back(buffers[i].at.get(), buffers[i].at.get() + lengths[i]);
    return out;
}

constexpr nm_offload_way strip12{12, 0, 2048}, strip10{10, 0, 2048};

bytes asking(const inet::vnet& h, const bytes& packet, size_t len = 12) {
    return inet::behind(h.raw(len), packet);
}

/// Cuts a TCP packet and looks at every segment. Returns how many there are.
size_t expect_segments(const inet::spec& s, size_t size, uint16_t gso_size, size_t most,
                       const std::vector<size_t>& cuts = {}, nm_offload_way way = strip12) {
    const bytes payload = inet::pattern(size);
    inet::vnet h = inet::ask_segments(s, gso_size);
    const outcome out = put_through(asking(h, inet::make(s, payload), way.from), way, cuts);
    EXPECT_EQ(out.dropped, 0);
    EXPECT_TRUE(out.splits);
    bytes got;
    for (size_t i = 0; i < out.slots.size(); i++) {
        const bool last = i + 1 == out.slots.size();
        const inet::parsed p = inet::parse(out.slots[i]);
        EXPECT_EQ(p.wrong, nullptr) << p.wrong << " of segment " << i;
        EXPECT_EQ(p.v6, s.v6);
        EXPECT_EQ(p.tags, s.tags);
        EXPECT_EQ(p.headers, s.headers());
        EXPECT_EQ(p.seq, s.seq + static_cast<uint32_t>(got.size()));
        EXPECT_EQ(p.id, s.v6 ? 0U : static_cast<uint16_t>(s.id + i));
        uint8_t flags = s.flags;
        if (!last)
            flags &= static_cast<uint8_t>(~(inet::fin | inet::psh));
        if (i)
            flags &= static_cast<uint8_t>(~inet::cwr);
        EXPECT_EQ(p.flags, flags) << i;
        EXPECT_LE(out.slots[i].size(), most);
        const size_t each = std::min<size_t>(gso_size, most - s.headers());
        EXPECT_EQ(p.payload.size(), last ? size - got.size() : each) << i;
        inet::append(got, p.payload);
    }
    EXPECT_EQ(got, payload);
    return out.slots.size();
}

TEST(Offload, D56_tcp_is_cut_into_frames_by_the_size_the_header_asks_for) {
    inet::spec s;
    s.flags = inet::ack | inet::psh | inet::fin;
    EXPECT_EQ(expect_segments(s, 40000, 1460, 1514), 28U);
    EXPECT_EQ(expect_segments(s, 40000, 500, 1514), 80U);
    EXPECT_EQ(expect_segments(s, 40000, 9000, 1514), 28U) << "never beyond the limit";
    EXPECT_EQ(expect_segments(s, 1460, 1460, 1514), 1U);
    EXPECT_EQ(expect_segments(s, 1461, 1460, 1514), 2U);
    EXPECT_EQ(expect_segments(s, 0, 1460, 1514), 1U);
    EXPECT_EQ(expect_segments(s, 3, 1, 1514), 3U);
}

TEST(Offload, tcp_with_tags_options_and_six) {
    for (unsigned tags = 0; tags < 4; tags++) {
        for (size_t options : {0, 4, 40}) {
            inet::spec s;
            s.tags = tags;
            s.ip_options = options;
            s.tcp_options = 40 - options;
            s.id = 0xfffe;
            s.seq = 0xffffff00;
            s.flags = inet::ack | inet::psh | inet::cwr;
            const size_t most = 1514 + size_t{4} * tags;
            expect_segments(s, 9001, 1400, most);
            expect_segments(s, 9001, 60000, most);
            s.v6 = true;
            s.ip_options = 0;
            expect_segments(s, 9001, 1400, most);
            expect_segments(s, 9001, 60000, most, {}, strip10);
        }
    }
}

TEST(Offload, many_tags_are_counted_as_far_as_headers_are_kept) {
    inet::spec s;
    s.tags = 40;
    EXPECT_EQ(expect_segments(s, 3000, 1000, 1514 + 160), 3U);
    s.tags = 51; // 14 + 204 + 20 + 20 > 256
    EXPECT_EQ(put_through(asking(inet::ask_segments(s, 1000), inet::make(s, bytes(3000))), strip12)
                  .dropped,
              NETMAP_DROP_OFFLOAD);
}

TEST(Offload, headers_and_payload_lie_in_pieces_of_any_length) {
    inet::spec s;
    s.ip_options = 8;
    dice rng(3);
    for (int round = 0; round < 300; round++) {
        std::vector<size_t> cuts;
        size_t whole = 12 + s.headers() + 5001;
        for (size_t at = rng() % 40; at < whole; at += rng() % 700)
            cuts.push_back(at);
        expect_segments(s, 5001, static_cast<uint16_t>(1 + rng() % 1500), 1514, cuts);
    }
}

TEST(Offload, small_buffers_make_small_segments) {
    inet::spec s;
    for (uint32_t room : {64U, 128U, 1000U})
        expect_segments(s, 3000, 1460, room, {}, {12, 0, room});
    EXPECT_EQ(
        put_through(asking(inet::ask_segments(s, 1460), inet::make(s, bytes(3000))), {12, 0, 54})
            .dropped,
        NETMAP_DROP_OFFLOAD)
        << "no room for a byte behind the headers";
}

TEST(Offload, D55_checksum_is_completed_wherever_its_bytes_lie) {
    dice rng(7);
    for (size_t size : {0, 1, 2, 3, 7, 100, 999, 1460}) {
        for (int variant = 0; variant < 8; variant++) {
            inet::spec s;
            s.udp = variant & 1;
            s.v6 = variant & 2;
            s.tags = variant >> 2;
            const bytes packet = asking(inet::ask_checksum(s), inet::make(s, inet::pattern(size)));
            for (uint32_t room : {64U, 61U, 7U * 9U, 2048U}) {
                std::vector<size_t> cuts;
                for (size_t at = rng() % 90; at < packet.size(); at += 1 + rng() % 500)
                    cuts.push_back(at);
                const outcome out = put_through(packet, {12, 0, room}, cuts);
                ASSERT_EQ(out.dropped, 0);
                EXPECT_FALSE(out.splits);
                const inet::parsed p = inet::parse(out.joined());
                EXPECT_EQ(p.wrong, nullptr) << p.wrong << " " << size << " in " << room;
                EXPECT_EQ(p.payload, inet::pattern(size));
            }
        }
    }
}

TEST(Offload, udp_checksum_of_zero_is_sent_as_all_ones) {
    inet::spec s;
    s.udp = true;
    bytes packet = inet::make(s, {0, 0});
    inet::write16(packet, s.csum_at() + 2,
                  ~inet::ones_sum(inet::slice(packet, s.l4(), packet.size())) & 0xffff);
    const outcome out = put_through(asking(inet::ask_checksum(s), packet), strip12);
    ASSERT_EQ(out.slots.size(), 1U);
    EXPECT_EQ(inet::read16(out.slots[0], s.csum_at()), 0xffffU);
    EXPECT_EQ(inet::parse(out.slots[0]).wrong, nullptr);
    // the same as a datagram that needs no cutting
    const outcome one = put_through(asking(inet::ask_segments(s, 1480), packet), strip12);
    ASSERT_EQ(one.slots.size(), 1U);
    EXPECT_EQ(one.slots[0], out.slots[0]);
}

TEST(Offload, udp_becomes_fragments_of_one_datagram) {
    for (bool v6 : {false, true}) {
        for (size_t size : {1473U, 3001U, 40000U, 65507U - 20U}) {
            for (uint16_t gso : {1480, 1479, 9000, 8, 15, 600}) {
                inet::spec s;
                s.udp = true;
                s.v6 = v6;
                s.tags = size & 1;
                s.ip_options = v6 ? 0 : 12;
                const bytes payload = inet::pattern(size, gso);
                const bytes packet = inet::make(s, payload);
                const outcome out =
                    put_through(asking(inet::ask_segments(s, gso), packet), strip12, {12, 50, 700});
                ASSERT_EQ(out.dropped, 0);
                EXPECT_TRUE(out.splits);
                for (const bytes& f : out.slots) {
                    EXPECT_LE(f.size(), 1514 + 4U * s.tags);
                    EXPECT_LE(f.size(), s.l4() + (v6 ? 8 : 0) + gso);
                }
                EXPECT_EQ(inet::reassemble(out.slots), payload) << v6 << " " << size << " " << gso;
            }
        }
    }
}

TEST(Offload, datagrams_of_six_have_numbers_of_their_own) {
    inet::spec s;
    s.udp = s.v6 = true;
    const bytes packet = asking(inet::ask_segments(s, 1000), inet::make(s, inet::pattern(3000)));
    const outcome a = put_through(packet, strip12), b = put_through(packet, strip12);
    ASSERT_EQ(a.slots.size(), 4U);
    EXPECT_NE(inet::parse(a.slots[0]).id, inet::parse(b.slots[0]).id);
}

TEST(Offload, udp_that_fits_stays_whole) {
    for (bool v6 : {false, true}) {
        inet::spec s;
        s.udp = true;
        s.v6 = v6;
        const bytes payload = inet::pattern(1514 - s.headers());
        const outcome out =
            put_through(asking(inet::ask_segments(s, 1480), inet::make(s, payload)), strip12);
        ASSERT_EQ(out.slots.size(), 1U);
        const inet::parsed p = inet::parse(out.slots[0]);
        EXPECT_EQ(p.wrong, nullptr) << p.wrong;
        EXPECT_FALSE(p.fragment);
        EXPECT_EQ(p.payload, payload);
    }
}

TEST(Offload, D57_headers_are_cut_or_filled_with_zeroes) {
    const bytes frame = inet::pattern(300);
    inet::vnet h{0xff, 0xfe, 1, 2, 3, 4, 5}; // nobody looks at it here
    bytes ten = h.raw(10), twelve = h.raw(12), cut = ten;
    cut.resize(12, 0);
    EXPECT_EQ(put_through(inet::behind(ten, frame), {10, 12, 2048}).joined(),
              inet::behind(cut, frame));
    EXPECT_EQ(put_through(inet::behind(twelve, frame), {12, 10, 2048}).joined(),
              inet::behind(ten, frame));
    EXPECT_EQ(put_through(frame, {0, 12, 2048}).joined(), inet::behind(bytes(12), frame));
    EXPECT_EQ(put_through(frame, {0, 10, 2048}).joined(), inet::behind(bytes(10), frame));
    EXPECT_EQ(put_through(inet::behind(bytes(10), frame), strip10).joined(), frame);
}

TEST(Offload, packets_that_stay_one_fill_buffers_one_after_another) {
    const bytes frame = inet::pattern(2048);
    const outcome out = put_through(frame, {0, 12, 2048}, {1000});
    ASSERT_EQ(out.slots.size(), 2U);
    EXPECT_EQ(out.slots[0].size(), 2048U);
    EXPECT_EQ(out.slots[1].size(), 12U);
    EXPECT_EQ(put_through(inet::pattern(64 * 64 - 12), {0, 12, 64}).slots.size(), 64U);
    EXPECT_EQ(put_through(inet::pattern(64 * 64 - 11), {0, 12, 64}).dropped,
              NETMAP_DROP_TOO_MANY_FRAGS);
    for (uint32_t room : {0U, 1U, 12U})
        EXPECT_EQ(put_through(frame, {0, 12, room}).dropped, NETMAP_DROP_TOO_LONG);
    EXPECT_EQ(put_through(bytes(100), {12, 0, 0}).dropped, NETMAP_DROP_TOO_LONG);
}

TEST(Offload, data_in_the_applications_memory_is_read_as_well) {
    inet::spec s;
    const bytes payload = inet::pattern(5000);
    const outcome out = put_through(asking(inet::ask_segments(s, 1000), inet::make(s, payload)),
                                    strip12, {12, 900}, true);
    ASSERT_EQ(out.slots.size(), 5U);
    for (const bytes& f : out.slots)
        EXPECT_EQ(inet::parse(f).wrong, nullptr);
}

TEST(Offload, unreadable_data_yields_no_bytes) {
    bytes front = inet::vnet{}.raw(12);
    nm_piece pieces[] = {{reinterpret_cast<uintptr_t>(front.data()), 12, 0}, {8, 100, 1}};
    nm_offload plan;
    ASSERT_EQ(nm_offload_plan(&plan, pieces, 2, &strip12), 0);
    nm_offload_run run;
    nm_offload_begin(&run, &plan, pieces, 2);
    char buffer[2048];
    EXPECT_EQ(nm_offload_next(&run, buffer), 0U);
    front[1] = inet::gso_tcp4;
    front[4] = 1;
    EXPECT_EQ(nm_offload_plan(&plan, pieces, 2, &strip12), NETMAP_DROP_BAD_INDIRECT);
    pieces[0].indirect = 1;
    pieces[0].at = 8;
    EXPECT_EQ(nm_offload_plan(&plan, pieces, 2, &strip12), NETMAP_DROP_BAD_INDIRECT);
}

TEST(Offload, a_buffer_that_is_not_there_costs_its_own_bytes_only) {
    inet::spec s;
    bytes packet = asking(inet::ask_segments(s, 1000), inet::make(s, inet::pattern(3000)));
    nm_piece piece{reinterpret_cast<uintptr_t>(packet.data()), static_cast<uint32_t>(packet.size()),
                   0};
    nm_offload plan;
    ASSERT_EQ(nm_offload_plan(&plan, &piece, 1, &strip12), 0);
    nm_offload_run run;
    nm_offload_begin(&run, &plan, &piece, 1);
    char buffer[2048];
    EXPECT_EQ(nm_offload_next(&run, nullptr), 0U);
    uint32_t len = nm_offload_next(&run, buffer);
    const inet::parsed p = inet::parse(bytes(buffer, buffer + len));
    EXPECT_EQ(p.wrong, nullptr) << p.wrong;
    EXPECT_EQ(p.seq, s.seq + 1000);
    EXPECT_EQ(p.payload, inet::slice(inet::pattern(3000), 1000, 2000));
}

int refused(const inet::vnet& h, const bytes& packet) {
    return put_through(asking(h, packet), strip12).dropped;
}

TEST(Offload, headers_not_understood_are_refused) {
    inet::spec s;
    const bytes packet = inet::make(s, bytes(3000));
    for (unsigned flags = 0; flags < 256; flags++) {
        for (unsigned type = 0; type < 256; type++) {
            inet::vnet h = inet::ask_segments(s, 1000);
            h.flags = static_cast<uint8_t>(flags);
            h.type = static_cast<uint8_t>(type);
            const unsigned plain = type & 0x7f;
            const int want = flags > 3 || (plain != 0 && plain != 1 && plain != 3 && plain != 4)
                                 ? NETMAP_DROP_VNET_HDR
                             : plain == 3 || plain == 4 ? NETMAP_DROP_OFFLOAD
                                                        : 0;
            ASSERT_EQ(refused(h, packet), want) << flags << " " << type;
        }
    }
}

TEST(Offload, requests_that_lie_are_refused) {
    inet::spec s;
    const bytes packet = inet::make(s, bytes(3000));
    inet::vnet h = inet::ask_segments(s, 0);
    EXPECT_EQ(refused(h, packet), NETMAP_DROP_OFFLOAD) << "segments of no bytes";
    h = inet::ask_checksum(s);
    h.csum_start = static_cast<uint16_t>(packet.size());
    EXPECT_EQ(refused(h, packet), NETMAP_DROP_OFFLOAD) << "begins beyond the packet";
    h.csum_start = h.csum_offset = 0xffff;
    EXPECT_EQ(refused(h, packet), NETMAP_DROP_OFFLOAD);
    h.csum_start = static_cast<uint16_t>(packet.size() - 3);
    h.csum_offset = 2;
    EXPECT_EQ(refused(h, packet), NETMAP_DROP_OFFLOAD) << "half of it beyond the packet";
    h.csum_offset = 1;
    EXPECT_EQ(refused(h, packet), 0);
    h = inet::ask_segments(s, 1000);
    h.hdr_len = 0xffff;
    h.csum_start = h.csum_offset = 0xffff;
    EXPECT_EQ(refused(h, packet), 0) << "not believed, and not needed";
    EXPECT_EQ(refused(inet::vnet{0xff, 0xff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff}, packet),
              NETMAP_DROP_VNET_HDR);
    EXPECT_EQ(refused(h, bytes(3000, 0xff)), NETMAP_DROP_OFFLOAD);
    EXPECT_EQ(refused(h, bytes(3000, 0)), NETMAP_DROP_OFFLOAD);
}

TEST(Offload, ip_that_cannot_be_cut_is_refused) {
    inet::spec s;
    const inet::vnet h = inet::ask_segments(s, 1000);
    const bytes good = inet::make(s, bytes(3000));
    auto with = [&](size_t at, uint8_t value) {
        bytes b = good;
        b.at(at) = value;
        return refused(h, b);
    };
    EXPECT_EQ(with(14, 0x65), NETMAP_DROP_OFFLOAD) << "version";
    EXPECT_EQ(with(14, 0x44), NETMAP_DROP_OFFLOAD) << "header length";
    EXPECT_EQ(with(20, 0x20), NETMAP_DROP_OFFLOAD) << "a fragment already";
    EXPECT_EQ(with(21, 0x01), NETMAP_DROP_OFFLOAD) << "a fragment already";
    EXPECT_EQ(with(20, 0x40), 0) << "not to be fragmented: it is not";
    EXPECT_EQ(with(23, 17), NETMAP_DROP_OFFLOAD) << "not TCP";
    EXPECT_EQ(with(14 + 20 + 12, 0x40), NETMAP_DROP_OFFLOAD) << "TCP's header length";
    s.udp = true;
    EXPECT_EQ(refused(inet::ask_segments(s, 7), inet::make(s, bytes(3000))), NETMAP_DROP_OFFLOAD)
        << "fragments carry multiples of 8 bytes";
    EXPECT_EQ(refused(inet::ask_segments(s, 1480), inet::make(s, bytes(65508))),
              NETMAP_DROP_OFFLOAD)
        << "no such datagram";
    EXPECT_EQ(refused(inet::ask_segments(s, 1480), inet::make(s, bytes(65507))), 0);
}

TEST(Offload, packets_cut_short_at_every_byte_are_refused_or_whole) {
    for (int variant = 0; variant < 4; variant++) {
        inet::spec s;
        s.udp = variant & 1;
        s.v6 = variant & 2;
        s.tags = 1;
        const bytes whole = asking(inet::ask_segments(s, 16), inet::make(s, inet::pattern(40)));
        for (size_t len = 1; len <= whole.size(); len++) {
            const outcome out = put_through(inet::slice(whole, 0, len), strip12);
            const int want = len <= 12                ? NETMAP_DROP_SHORT
                             : len < 12 + s.headers() ? NETMAP_DROP_OFFLOAD
                                                      : 0;
            EXPECT_EQ(out.dropped, want) << len;
            for (const bytes& f : out.slots)
                EXPECT_TRUE(s.udp || inet::parse(f).wrong == nullptr);
        }
        const bytes checksum = asking(inet::ask_checksum(s), inet::make(s, inet::pattern(40)));
        for (size_t len = 13; len <= checksum.size(); len++)
            EXPECT_EQ(put_through(inet::slice(checksum, 0, len), strip12).dropped,
                      len < 12 + s.csum_at() + 2 ? NETMAP_DROP_OFFLOAD : 0);
    }
}

TEST(Offload, anything_at_all_stays_within_its_buffers) {
    dice rng(11);
    for (int round = 0; round < 20000; round++) {
        inet::spec s;
        s.udp = rng() % 2;
        s.v6 = rng() % 2;
        s.tags = rng() % 3;
        bytes packet = inet::make(s, bytes(rng() % 3000));
        inet::vnet h = rng() % 2 ? inet::ask_segments(s, static_cast<uint16_t>(rng() % 2000))
                                 : inet::ask_checksum(s);
        packet = asking(h, packet);
        for (uint32_t k = rng() % 6; k; k--)
            packet[rng() % std::min<size_t>(packet.size(), rng() % 2 ? 12 : 90)] =
                static_cast<uint8_t>(rng() % 2 ? rng() : 0xff);
        packet.resize(rng() % 4 ? packet.size() : 1 + rng() % packet.size());
        std::vector<size_t> cuts;
        for (size_t at = rng() % 40; at < packet.size(); at += rng() % 700)
            cuts.push_back(at);
        (void)put_through(packet, {rng() % 2 ? 12U : 10U, 0, 1 + rng() % 2048}, cuts);
    }
}

} // namespace
