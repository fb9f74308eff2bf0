// SPDX-License-Identifier: BSD-2-Clause
// Switch ports whose virtio-net headers differ: what arrives at the other end,
// and that it is counted if nothing does (checks D55 to D57).
#include "fixture.hpp"

#include "../inet.hpp"

#include <thread>

namespace conformance {
namespace {

using inet::bytes;

class Vnet : public suite {
  protected:
    void SetUp() override {
        suite::SetUp();
        open(a, "vale0:a", 12);
        open(b, "vale0:b", 0);
        teach_b();
    }
    void TearDown() override {
        for (port* p : {&a, &b, &c}) {
            p->close();
        }
        suite::TearDown();
    }
    static void open(port& p, const char* name, uint32_t header, uint32_t slots = 128) {
        ASSERT_OK(p.open(name, reg().slots(slots).flags(NR_ACCEPT_VNET_HDR)));
        ASSERT_OK(header_length_set(name, header));
    }
    /// b has sent from the address that packets of inet::spec go to.
    void teach_b(size_t header = 0) const {
        EXPECT_OK(b.send(behind_header(header, make_frame(broadcast, mac_of(2)))));
        a.receive();
    }
    static bytes asking(const inet::vnet& h, const bytes& packet, size_t len = 12) {
        return inet::behind(h.raw(len), packet);
    }
    /// Sends a packet of any length in as many slots as it takes.
    void send(const bytes& packet) const {
        const auto pieces = static_cast<unsigned>(packet.size() / a.tx().buf_size() + 1);
        ASSERT_TRUE(a.tx().put_in(pieces, packet));
        EXPECT_OK(a.txsync());
    }
    static uint64_t dropped(netmap_drop_reason reason) {
        return drops({"vale0:a", "vale0:b"}, reason);
    }
    /// The only packet that arrived, and in how many slots.
    static bytes only(const port& p, unsigned slots = 1) {
        const auto got = p.receive_packets();
        EXPECT_EQ(1u, got.size());
        if (got.size() != 1) {
            return {};
        }
        EXPECT_EQ(slots, got[0].slots);
        EXPECT_EQ(slots << 8 | (slots > 1 ? NS_MOREFRAG : 0), got[0].first_flags);
        EXPECT_EQ(slots << 8, got[0].last_flags);
        return got[0].data;
    }

    port a;
    port b;
    port c;
};

TEST_F(Vnet, D55_checksum_is_completed_and_the_header_gone) {
    for (const bool v6 : {false, true}) {
        for (const bool udp : {false, true}) {
            inet::spec s;
            s.v6 = v6;
            s.udp = udp;
            send(asking(inet::ask_checksum(s), inet::make(s, inet::pattern(333))));
            const inet::parsed p = inet::parse(only(b));
            EXPECT_EQ(nullptr, p.wrong) << p.wrong;
            EXPECT_EQ(inet::pattern(333), p.payload);
        }
    }
}

TEST_F(Vnet, D55_checksum_that_is_not_asked_for_stays_as_it_is) {
    const inet::spec s;
    const bytes packet = inet::make(s, inet::pattern(100));
    inet::vnet h;
    send(asking(h, packet));
    EXPECT_EQ(packet, only(b));
    h.flags = inet::data_valid;
    send(asking(h, packet));
    EXPECT_EQ(packet, only(b));
}

TEST_F(Vnet, D56_tcp_of_40000_bytes_arrives_in_frames) {
    for (const bool v6 : {false, true}) {
        inet::spec s;
        s.v6 = v6;
        s.flags = inet::ack | inet::psh | inet::fin;
        const bytes payload = inet::pattern(40000);
        const size_t each = v6 ? 1440 : 1460;
        send(asking(inet::ask_segments(s, 1460), inet::make(s, payload)));
        const auto got = b.receive_packets();
        bytes together;
        for (size_t i = 0; i < got.size(); ++i) {
            const bool last = i + 1 == got.size();
            const inet::parsed p = inet::parse(got[i].data);
            EXPECT_EQ(nullptr, p.wrong) << p.wrong;
            EXPECT_EQ(1u, got[i].slots);
            EXPECT_EQ(0x0100, got[i].first_flags);
            EXPECT_GE(1514u, got[i].data.size());
            EXPECT_EQ(s.seq + together.size(), p.seq);
            EXPECT_EQ(last ? s.flags : inet::ack, p.flags);
            EXPECT_TRUE(last || p.payload.size() == each);
            inet::append(together, p.payload);
        }
        EXPECT_EQ(payload, together);
    }
}

TEST_F(Vnet, D56_segments_have_the_size_asked_for) {
    const inet::spec s;
    send(asking(inet::ask_segments(s, 500), inet::make(s, inet::pattern(5000))));
    const auto got = b.receive();
    ASSERT_EQ(10u, got.size());
    for (const frame& f : got) {
        EXPECT_EQ(500u, inet::parse(f).payload.size());
    }
}

TEST_F(Vnet, udp_arrives_as_fragments_of_one_datagram) {
    for (const bool v6 : {false, true}) {
        inet::spec s;
        s.udp = true;
        s.v6 = v6;
        send(asking(inet::ask_segments(s, 1480), inet::make(s, inet::pattern(8001))));
        const auto got = b.receive();
        EXPECT_EQ(6u, got.size());
        EXPECT_EQ(inet::pattern(8001), inet::reassemble(got));
    }
}

TEST_F(Vnet, header_in_a_slot_of_its_own) {
    const inet::spec s;
    const bytes packet = inet::make(s, inet::pattern(3000));
    EXPECT_TRUE(a.tx().put(inet::ask_segments(s, 1000).raw(12), NS_MOREFRAG));
    EXPECT_TRUE(a.tx().put(inet::slice(packet, 0, 20), NS_MOREFRAG));
    EXPECT_TRUE(a.tx().put({}, NS_MOREFRAG));
    EXPECT_TRUE(a.tx().put(inet::slice(packet, 20, 1800), NS_MOREFRAG));
    EXPECT_TRUE(a.tx().put(inet::slice(packet, 1800, packet.size())));
    EXPECT_OK(a.txsync());
    // addresses begin exactly at the second slot, and are whole there
    const auto got = b.receive();
    ASSERT_EQ(3u, got.size());
    for (const frame& f : got) {
        EXPECT_EQ(nullptr, inet::parse(f).wrong);
    }
}

TEST_F(Vnet, data_in_the_applications_memory_is_finished_as_well) {
    const inet::spec s;
    const bytes packet = asking(inet::ask_segments(s, 1460), inet::make(s, inet::pattern(30000)));
    const ring tx = a.tx();
    netmap_slot slot = tx.slot(tx.head());
    slot.len = static_cast<uint16_t>(packet.size());
    slot.flags = NS_INDIRECT;
    slot.ptr = addr(packet.data());
    tx.slot(tx.head(), slot);
    tx.set(tx.next(tx.head()), tx.next(tx.head()));
    EXPECT_OK(a.txsync());
    bytes together;
    for (const frame& f : b.receive()) {
        const inet::parsed p = inet::parse(f);
        EXPECT_EQ(nullptr, p.wrong) << p.wrong;
        inet::append(together, p.payload);
    }
    EXPECT_EQ(inet::pattern(30000), together);
}

TEST_F(Vnet, D57_headers_of_10_and_12_bytes) {
    const frame f = make_frame(mac_of(2), mac_of(1), 200, 9);
    const bytes header{1, 0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    bytes cut = inet::slice(header, 0, 10);
    ASSERT_OK(header_length_set("vale0:b", 10));
    send(inet::behind(header, f));
    EXPECT_EQ(inet::behind(cut, f), only(b));
    ASSERT_OK(header_length_set("vale0:a", 10));
    ASSERT_OK(header_length_set("vale0:b", 12));
    send(inet::behind(cut, f));
    cut.resize(12);
    EXPECT_EQ(inet::behind(cut, f), only(b));
    ASSERT_OK(header_length_set("vale0:a", 0));
    send(f);
    EXPECT_EQ(behind_header(12, f), only(b));
    ASSERT_OK(header_length_set("vale0:b", 10));
    send(f);
    EXPECT_EQ(behind_header(10, f), only(b));
}

TEST_F(Vnet, a_header_may_push_the_end_into_another_slot) {
    ASSERT_OK(header_length_set("vale0:a", 0));
    ASSERT_OK(header_length_set("vale0:b", 12));
    const frame f = make_frame(mac_of(2), mac_of(1), b.rx().buf_size(), 4);
    EXPECT_OK(a.send(f));
    EXPECT_EQ(behind_header(12, f), only(b, 2));
}

TEST_F(Vnet, lengths_that_are_equal_leave_everything_as_it_is) {
    ASSERT_OK(header_length_set("vale0:b", 12));
    const inet::spec s;
    const bytes packet = asking(inet::ask_segments(s, 1000), inet::make(s, inet::pattern(5000)));
    send(packet);
    EXPECT_EQ(packet, only(b, static_cast<unsigned>(packet.size() / a.tx().buf_size() + 1)));
}

TEST_F(Vnet, flooded_packets_are_made_to_fit_each_port) {
    open(c, "vale0:c", 12);
    inet::spec s;
    s.dst = bytes(6, 0xff);
    const bytes packet = asking(inet::ask_segments(s, 1000), inet::make(s, inet::pattern(3000)));
    send(packet);
    EXPECT_EQ(3u, b.receive().size());
    EXPECT_EQ(packet, only(c, static_cast<unsigned>(packet.size() / a.tx().buf_size() + 1)));
}

TEST_F(Vnet, what_does_not_fit_is_lost_whole_and_what_follows_does_not_overtake) {
    b.close();
    open(b, "vale0:b", 0, 11);
    teach_b();
    const inet::spec s;
    const bytes four = asking(inet::ask_segments(s, 1000), inet::make(s, inet::pattern(4000)));
    const bytes one = asking(inet::vnet{}, inet::make(s, inet::pattern(50)));
    for (const bytes& packet : {one, four, four, four, one}) {
        ASSERT_TRUE(a.tx().put_in(static_cast<unsigned>(packet.size() / 2048 + 1), packet));
    }
    EXPECT_OK(a.txsync());
    EXPECT_EQ(9u, b.receive().size());
    EXPECT_EQ(2u, dropped(NETMAP_DROP_NO_ROOM));
    send(one);
    EXPECT_EQ(1u, b.receive().size());
}

TEST_F(Vnet, what_follows_does_not_overtake_however_far_behind_it_is) {
    b.close();
    open(b, "vale0:b", 0, 64);
    teach_b();
    const inet::spec s;
    const bytes one = asking(inet::vnet{}, inet::make(s, inet::pattern(50)));
    const bytes many = asking(inet::ask_segments(s, 10), inet::make(s, inet::pattern(700)));
    for (unsigned i = 0; i < 100; ++i) {
        ASSERT_TRUE(a.tx().put(i == 30 ? many : one));
    }
    EXPECT_OK(a.txsync());
    EXPECT_EQ(30u, b.receive().size());
    EXPECT_EQ(70u, dropped(NETMAP_DROP_NO_ROOM));
}

TEST_F(Vnet, many_packets_in_one_sync_keep_their_order) {
    const inet::spec s;
    std::vector<bytes> sent;
    for (unsigned i = 0; i < 100; ++i) {
        sent.push_back(inet::make(s, inet::pattern(20, i)));
        ASSERT_TRUE(a.tx().put(asking(inet::vnet{}, sent.back())));
    }
    EXPECT_OK(a.txsync());
    EXPECT_EQ(sent, b.receive());
}

TEST_F(Vnet, requests_that_cannot_be_met_are_dropped_and_counted) {
    const inet::spec s;
    const bytes packet = inet::make(s, inet::pattern(500));
    inet::vnet h = inet::ask_segments(s, 0);
    send(asking(h, packet));
    h = inet::ask_checksum(s);
    h.csum_start = 0xffff;
    send(asking(h, packet));
    h = inet::ask_segments(s, 100);
    h.type = inet::gso_tcp6;
    send(asking(h, packet));
    EXPECT_EQ(3u, dropped(NETMAP_DROP_OFFLOAD));
    h.type = 2;
    send(asking(h, packet));
    h.type = 0;
    h.flags = 8;
    send(asking(h, packet));
    EXPECT_EQ(2u, dropped(NETMAP_DROP_VNET_HDR));
    EXPECT_EQ(0u, b.receive().size());
    for (size_t len : {5, 12, 20, 25}) {
        send(bytes(len));
    }
    EXPECT_EQ(4u, dropped(NETMAP_DROP_SHORT));
    send(asking(inet::vnet{}, packet));
    EXPECT_EQ(packet, only(b)) << "the next one arrives";
}

TEST_F(Vnet, neighbouring_buffers_stay_as_they_were) {
    const ring rx = b.rx();
    for (const uint32_t index : rx.indices()) {
        std::memset(rx.buf(index), 0xcd, rx.buf_size());
    }
    const uint32_t at = rx.head();
    const inet::spec s;
    send(asking(inet::ask_segments(s, 1460), inet::make(s, inet::pattern(1460 * 3))));
    EXPECT_EQ(3u, b.receive().size());
    for (uint32_t i = 0; i < rx.slots(); ++i) {
        const size_t used = (i + rx.slots() - at) % rx.slots() < 3 ? 1514 : 0;
        const uint8_t* data = rx.data(i);
        ASSERT_EQ(static_cast<long>(rx.buf_size() - used),
                  std::count(data + used, data + rx.buf_size(), 0xcd))
            << "slot " << i;
    }
}

TEST_F(Vnet, small_buffers_of_the_receiver_are_respected) {
    b.close();
    const param_guard size("priv_buf_size", 256);
    open(b, "vale0:b", 0);
    ASSERT_EQ(256u, b.rx().buf_size());
    teach_b();
    const inet::spec s;
    send(asking(inet::ask_segments(s, 1460), inet::make(s, inet::pattern(5000))));
    bytes together;
    for (const frame& f : b.receive()) {
        const inet::parsed p = inet::parse(f);
        EXPECT_EQ(nullptr, p.wrong) << p.wrong;
        EXPECT_GE(256u, f.size());
        inet::append(together, p.payload);
    }
    EXPECT_EQ(inet::pattern(5000), together);
    send(asking(inet::ask_checksum(s), inet::make(s, inet::pattern(1000))));
    EXPECT_EQ(nullptr, inet::parse(only(b, 5)).wrong);
}

TEST_F(Vnet, lengths_may_change_under_traffic) {
    const inet::spec s;
    const bytes packet = asking(inet::ask_segments(s, 1000), inet::make(s, inet::pattern(3000)));
    const std::jthread changes([](const std::stop_token& stop) {
        sequence rng(5);
        while (!stop.stop_requested()) {
            for (const char* name : {"vale0:a", "vale0:b"}) {
                EXPECT_OK(header_length_set(name, rng.pick({0u, 10u, 12u})));
            }
        }
    });
    for (unsigned i = 0; i < rounds(3000); ++i) {
        send(packet);
        b.receive();
    }
}

} // namespace
} // namespace conformance
