// SPDX-License-Identifier: BSD-2-Clause
// Interfaces whose packets keep their offloads (NR_OFFLOADS): a virtio-net header
// in front of each says what is left to do.
#include "on_wire.hpp"

#include "../inet.hpp"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace conformance {
namespace {

using inet::bytes;

constexpr size_t header = NETMAP_OFFLOADS_HDR_LEN;
constexpr uint16_t segment = 1000;

/// As `ethtool -K NAME tso off`.
err set_tso(const char* name, bool on) {
    ethtool_value v{ETHTOOL_STSO, on};
    ifreq request{};
    std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    request.ifr_data = reinterpret_cast<char*>(&v);
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const err e = result(::ioctl(fd, SIOCETHTOOL, &request));
    ::close(fd);
    return e;
}

class Offloads : public on_wire {
  protected:
    void open(port& p, const char* name, uint64_t flags = NR_OFFLOADS) const {
        ASSERT_OK(p.open(name, reg().flags(flags)));
    }
    static void send(const port& p, const bytes& packet) {
        const auto pieces = static_cast<unsigned>(packet.size() / p.tx().buf_size() + 1);
        ASSERT_TRUE(p.tx().put_in(pieces, packet));
        EXPECT_OK(p.txsync());
    }
    /// Whole packets of the ring, until there are so many.
    static std::vector<bytes> packets(const port& p, size_t count) {
        std::vector<bytes> all;
        EXPECT_TRUE(eventually([&] {
            for (const auto& more : p.receive_packets()) {
                all.push_back(more.data);
            }
            return all.size() >= count;
        })) << all.size() << " of " << count << " packets came";
        return all;
    }
    /// Every segment of `payload`, finished, in order.
    static void expect_segments(const std::vector<bytes>& got, size_t skip, const bytes& payload) {
        bytes joined;
        for (const bytes& b : got) {
            ASSERT_LE(skip, b.size());
            const inet::parsed p = inet::parse(inet::slice(b, skip, b.size()));
            EXPECT_EQ(nullptr, p.wrong);
            EXPECT_GE(segment, p.payload.size());
            inet::append(joined, p.payload);
        }
        EXPECT_TRUE(payload == joined) << "what arrived differs";
    }

    const inet::spec tcp{};
    const bytes payload = inet::pattern(size_t{8} * segment);
    const bytes large = inet::make(tcp, payload);
    const bytes asked = inet::behind(inet::ask_segments(tcp, segment).raw(header), large);
};

TEST_F(Offloads, the_header_is_there_for_as_long_as_somebody_uses_it) {
    uint32_t length = 0;
    {
        port p;
        open(p, "nmx0");
        EXPECT_OK(header_length_get("nmx0", length));
        EXPECT_EQ(header, length);
    }
    port plain;
    ASSERT_OK(plain.open("nmx0"));
    EXPECT_OK(header_length_get("nmx0", length));
    EXPECT_EQ(0u, length);
}

TEST_F(Offloads, all_users_of_a_port_agree) {
    {
        port p;
        open(p, "nmx0");
        EXPECT_ERR(EIO, descriptor().bind("nmx0")) << "knows of no header";
        EXPECT_OK(descriptor().bind("nmx0", reg().flags(NR_ACCEPT_VNET_HDR)));
        EXPECT_OK(descriptor().bind("nmx0", reg().flags(NR_OFFLOADS)));
        EXPECT_ERR(EIO, descriptor().bind("nmx0", reg().flags(NR_MONITOR_RX)));
        EXPECT_OK(descriptor().bind("nmx0", reg().flags(NR_MONITOR_RX | NR_ACCEPT_VNET_HDR)));
    }
    port p;
    open(p, "nmx0", 0);
    EXPECT_ERR(EBUSY, descriptor().bind("nmx0", reg().flags(NR_OFFLOADS)));
}

TEST_F(Offloads, a_large_packet_crosses_whole) {
    port p;
    port q;
    open(p, "nmx0");
    open(q, "nmx1");
    send(p, asked);
    const auto got = packets(q, 1);
    ASSERT_EQ(1u, got.size());
    ASSERT_EQ(asked.size(), got[0].size());
    EXPECT_TRUE(large == inet::slice(got[0], header, got[0].size()));
    EXPECT_EQ(inet::needs_csum, got[0][0]);
    EXPECT_EQ(inet::gso_tcp4, got[0][1]);
    EXPECT_EQ(segment, got[0][4] | got[0][5] << 8);
}

TEST_F(Offloads, who_wants_finished_packets_gets_segments) {
    const on_one_cpu steady;
    port p;
    port q;
    open(p, "nmx0");
    open(q, "nmx1", 0);
    send(p, asked);
    expect_segments(packets(q, 8), 0, payload);
}

TEST_F(Offloads, what_the_device_cannot_do_is_done_before_it) {
    const on_one_cpu steady;
    ASSERT_OK(set_tso("nmx0", false));
    port p;
    port q;
    open(p, "nmx0");
    open(q, "nmx1");
    send(p, asked);
    const auto got = packets(q, 8);
    EXPECT_EQ(8u, got.size());
    bytes joined;
    for (const bytes& b : got) {
        ASSERT_LE(header + tcp.headers(), b.size());
        inet::append(joined, inet::slice(b, header + tcp.headers(), b.size()));
    }
    EXPECT_TRUE(payload == joined);
}

TEST_F(Offloads, S_headers_that_make_no_sense_are_dropped_and_counted) {
    port p;
    port q;
    open(p, "nmx0");
    open(q, "nmx1");
    const auto lost = [] {
        return drops({"nmx0"}, NETMAP_DROP_OFFLOAD) + drops({"nmx0"}, NETMAP_DROP_SHORT);
    };
    const uint64_t before = lost();
    inet::vnet beyond = inet::ask_segments(tcp, segment);
    beyond.csum_start = 60000;
    inet::vnet odd = inet::ask_segments(tcp, segment);
    odd.type = 0x55;
    inet::vnet empty = inet::ask_segments(tcp, 0);
    uint64_t sent = 0;
    for (const inet::vnet& h : {beyond, odd, empty}) {
        send(p, inet::behind(h.raw(header), large));
        EXPECT_EQ(before + ++sent, lost());
    }
    for (const size_t bytes_in_all : {size_t{13}, header, header + 13}) {
        send(p, bytes(bytes_in_all));
        EXPECT_EQ(before + ++sent, lost());
    }
    send(p, asked);
    EXPECT_EQ(1u, packets(q, 1).size()) << "the ring goes on";
}

TEST_F(Offloads, a_tag_stays_inside_the_frame) {
    port p;
    port q;
    open(p, "nmx0");
    open(q, "nmx1");
    inet::spec tagged;
    tagged.tags = 1;
    const bytes packet = inet::make(tagged, payload);
    send(p, inet::behind(inet::ask_segments(tagged, segment).raw(header), packet));
    const auto got = packets(q, 1);
    ASSERT_EQ(1u, got.size());
    EXPECT_TRUE(packet == inet::slice(got[0], header, got[0].size()));
}

TEST_F(Offloads, an_attached_interface_has_none) {
    port p;
    open(p, "nmx0");
    nmreq_vale_attach body{};
    body.reg.nr_mode = NR_REG_ALL_NIC;
    EXPECT_ERR(EBUSY, descriptor().request(NETMAP_REQ_VALE_ATTACH, "vale0:nmx0", &body));
    p.close();
    ASSERT_OK(descriptor().request(NETMAP_REQ_VALE_ATTACH, "vale0:nmx0", &body));
    EXPECT_ERR(EBUSY, descriptor().bind("nmx0", reg().flags(NR_OFFLOADS)));
    nmreq_vale_detach gone{};
    EXPECT_OK(descriptor().request(NETMAP_REQ_VALE_DETACH, "vale0:nmx0", &gone));
}

} // namespace
} // namespace conformance
