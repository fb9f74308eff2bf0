// SPDX-License-Identifier: BSD-2-Clause
// TCP and UDP packets: made as a guest hands them to a virtio-net device, and
// taken apart and checked at the other end, byte by byte. Nothing of the core is
// in it, on purpose.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace inet {

using bytes = std::vector<uint8_t>;

inline void append(bytes& to, const bytes& more) {
    to.insert(to.end(), more.begin(), more.end());
}
inline void append16(bytes& to, uint32_t v) {
    to.push_back(static_cast<uint8_t>(v >> 8));
    to.push_back(static_cast<uint8_t>(v));
}
inline void append32(bytes& to, uint32_t v) {
    append16(to, v >> 16);
    append16(to, v & 0xffff);
}
inline uint32_t read16(const bytes& b, size_t at) {
    return static_cast<uint32_t>(b.at(at) << 8 | b.at(at + 1));
}
inline uint32_t read32(const bytes& b, size_t at) {
    return read16(b, at) << 16 | read16(b, at + 2);
}
inline void write16(bytes& b, size_t at, uint32_t v) {
    b.at(at) = static_cast<uint8_t>(v >> 8);
    b.at(at + 1) = static_cast<uint8_t>(v);
}
inline bytes slice(const bytes& b, size_t from, size_t to) {
    return {b.begin() + static_cast<long>(from), b.begin() + static_cast<long>(to)};
}

/// The one's complement sum of RFC 1071, as its text defines it.
inline uint32_t ones_sum(const bytes& b, uint32_t sum = 0) {
    for (size_t i = 0; i < b.size(); ++i) {
        sum += static_cast<uint32_t>(b[i]) << (i % 2 == 0 ? 8 : 0);
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum;
}

/// A payload in which a byte out of place shows.
inline bytes pattern(size_t len, unsigned seed = 1) {
    bytes b(len);
    for (size_t i = 0; i < len; ++i) {
        b[i] = static_cast<uint8_t>(i * 7 + (i >> 8) * 13 + seed);
    }
    return b;
}

inline constexpr uint8_t fin = 1, psh = 8, ack = 16, cwr = 128;

/// What a packet is to be like.
struct spec {
    bool udp = false;
    bool v6 = false;
    unsigned tags = 0;
    size_t ip_options = 0;  ///< bytes, a multiple of 4
    size_t tcp_options = 0; ///< bytes, a multiple of 4
    uint8_t flags = ack;
    uint32_t seq = 1000;
    uint16_t id = 77;
    bytes dst{2, 0, 0x5e, 0, 0, 2};
    bytes src{2, 0, 0x5e, 0, 0, 1};

    size_t l3() const { return 14 + size_t{4} * tags; }
    size_t l4() const { return l3() + (v6 ? 40 : 20 + ip_options); }
    size_t headers() const { return l4() + (udp ? 8 : 20 + tcp_options); }
    size_t csum_at() const { return l4() + (udp ? 6 : 16); }
};

inline bytes addresses(bool v6) {
    return pattern(v6 ? 32 : 8, 10);
}

/// The sum over addresses, protocol and length.
inline uint32_t pseudo_sum(const bytes& addrs, uint32_t proto, size_t len) {
    bytes b = addrs;
    append32(b, static_cast<uint32_t>(len));
    append32(b, proto);
    return ones_sum(b);
}

/// A packet whose transport checksum is left to the device: there is the sum of
/// the pseudo header in its place.
inline bytes make(const spec& s, const bytes& payload) {
    const size_t l4_len = s.headers() - s.l4() + payload.size();
    const uint32_t proto = s.udp ? 17 : 6;
    bytes b = s.dst;
    append(b, s.src);
    for (unsigned i = 0; i < s.tags; ++i) {
        append16(b, 0x8100);
        append16(b, 5 + i);
    }
    append16(b, s.v6 ? 0x86dd : 0x0800);
    if (s.v6) {
        append32(b, 0x60000000);
        append16(b, static_cast<uint32_t>(l4_len));
        append(b, {static_cast<uint8_t>(proto), 64});
    } else {
        b.push_back(static_cast<uint8_t>(0x40 | (5 + s.ip_options / 4)));
        b.push_back(0);
        append16(b, static_cast<uint32_t>(20 + s.ip_options + l4_len));
        append16(b, s.id);
        append16(b, 0);
        append(b, {64, static_cast<uint8_t>(proto), 0, 0});
    }
    append(b, addresses(s.v6));
    append(b, bytes(s.v6 ? 0 : s.ip_options, 1));
    if (!s.v6) {
        write16(b, s.l3() + 10, ~ones_sum(slice(b, s.l3(), s.l4())) & 0xffff);
    }
    append16(b, 1234);
    append16(b, 80);
    if (s.udp) {
        append16(b, static_cast<uint32_t>(l4_len));
        append16(b, pseudo_sum(addresses(s.v6), proto, l4_len));
    } else {
        append32(b, s.seq);
        append32(b, 4711);
        b.push_back(static_cast<uint8_t>((5 + s.tcp_options / 4) << 4));
        b.push_back(s.flags);
        append16(b, 512);
        append16(b, pseudo_sum(addresses(s.v6), proto, l4_len));
        append16(b, 0);
        append(b, bytes(s.tcp_options, 1));
    }
    append(b, payload);
    return b;
}

inline constexpr uint8_t needs_csum = 1, data_valid = 2;
inline constexpr uint8_t gso_tcp4 = 1, gso_udp = 3, gso_tcp6 = 4, gso_ecn = 0x80;

/// A virtio-net header, `len` bytes of it; its numbers are little-endian.
struct vnet {
    uint8_t flags = 0;
    uint8_t type = 0;
    uint16_t hdr_len = 0;
    uint16_t gso_size = 0;
    uint16_t csum_start = 0;
    uint16_t csum_offset = 0;
    uint16_t buffers = 0;

    bytes raw(size_t len) const {
        bytes b{flags, type};
        for (const uint16_t v : {hdr_len, gso_size, csum_start, csum_offset, buffers}) {
            b.push_back(static_cast<uint8_t>(v));
            b.push_back(static_cast<uint8_t>(v >> 8));
        }
        b.resize(len);
        return b;
    }
};

/// The header that asks for a packet's checksum.
inline vnet ask_checksum(const spec& s) {
    vnet h;
    h.flags = needs_csum;
    h.csum_start = static_cast<uint16_t>(s.l4());
    h.csum_offset = static_cast<uint16_t>(s.csum_at() - s.l4());
    return h;
}

/// The header that asks for segments of `size` bytes.
inline vnet ask_segments(const spec& s, uint16_t size) {
    vnet h = ask_checksum(s);
    h.type = s.udp ? gso_udp : s.v6 ? gso_tcp6 : gso_tcp4;
    h.hdr_len = static_cast<uint16_t>(s.headers());
    h.gso_size = size;
    return h;
}

/// `packet` with `header` in front.
inline bytes behind(const bytes& header, const bytes& packet) {
    bytes b = header;
    append(b, packet);
    return b;
}

/// A packet taken apart. What is not as it must be is said in `wrong`.
struct parsed {
    const char* wrong = nullptr;
    bool v6 = false;
    unsigned tags = 0;
    uint32_t proto = 0;
    uint32_t id = 0;       ///< of IPv4, or of an IPv6 fragment header
    bool fragment = false; ///< one of several
    bool more = false;
    size_t frag_at = 0; ///< where its data belongs in the datagram
    uint32_t seq = 0;
    uint8_t flags = 0;
    size_t headers = 0;
    bytes addrs;
    bytes payload; ///< behind TCP or UDP; of a fragment, behind IP
};

inline parsed bad(const char* why) {
    parsed p;
    p.wrong = why;
    return p;
}

/// The transport checksum over a whole TCP segment or UDP datagram.
inline bool transport_ok(const bytes& addrs, uint32_t proto, const bytes& l4) {
    return ones_sum(l4, pseudo_sum(addrs, proto, l4.size())) == 0xffff;
}

inline parsed parse(const bytes& f) {
    parsed p;
    size_t at = 12;
    if (f.size() < 34) {
        return bad("too short");
    }
    for (; read16(f, at) == 0x8100; at += 4) {
        p.tags++;
    }
    const uint32_t type = read16(f, at);
    const size_t l3 = at + 2;
    size_t l4 = l3 + 40;
    p.v6 = type == 0x86dd;
    if (p.v6) {
        if (f.size() < l4 || read16(f, l3 + 4) != f.size() - l4) {
            return bad("length of IPv6");
        }
        p.proto = f.at(l3 + 6);
        p.addrs = slice(f, l3 + 8, l3 + 40);
        if (p.proto == 44) {
            p.fragment = true;
            p.proto = f.at(l4);
            p.frag_at = read16(f, l4 + 2) & 0xfff8;
            p.more = (read16(f, l4 + 2) & 1) != 0;
            p.id = read32(f, l4 + 4);
            l4 += 8;
        }
    } else {
        if (type != 0x0800 || f.at(l3) >> 4 != 4) {
            return bad("no IP");
        }
        l4 = l3 + (f.at(l3) & 15u) * 4;
        if (read16(f, l3 + 2) != f.size() - l3) {
            return bad("length of IPv4");
        }
        if (ones_sum(slice(f, l3, l4)) != 0xffff) {
            return bad("checksum of IPv4");
        }
        p.proto = f.at(l3 + 9);
        p.id = read16(f, l3 + 4);
        p.more = (read16(f, l3 + 6) & 0x2000) != 0;
        p.frag_at = (read16(f, l3 + 6) & 0x1fff) * 8;
        p.fragment = p.more || p.frag_at != 0;
        p.addrs = slice(f, l3 + 12, l3 + 20);
    }
    const bytes l4_bytes = slice(f, l4, f.size());
    if (p.fragment) {
        p.headers = l4;
        p.payload = l4_bytes;
        return p;
    }
    if (!transport_ok(p.addrs, p.proto, l4_bytes)) {
        return bad("checksum of TCP or UDP");
    }
    if (p.proto == 6) {
        p.seq = read32(f, l4 + 4);
        p.flags = f.at(l4 + 13);
        p.headers = l4 + (f.at(l4 + 12) >> 4) * 4u;
    } else {
        if (read16(f, l4 + 4) != f.size() - l4 || read16(f, l4 + 6) == 0) {
            return bad("length or checksum of UDP");
        }
        p.headers = l4 + 8;
    }
    p.payload = slice(f, p.headers, f.size());
    return p;
}

/// The UDP datagram that fragments (in order) make up, header left out; nothing
/// if they do not, or its checksum or length is wrong.
inline std::optional<bytes> reassemble(const std::vector<bytes>& frames) {
    bytes datagram;
    parsed first;
    for (size_t i = 0; i < frames.size(); ++i) {
        const parsed p = parse(frames[i]);
        if (i == 0) {
            first = p;
        }
        const bool last = i + 1 == frames.size();
        if (p.wrong != nullptr || !p.fragment || p.proto != 17 || p.id != first.id ||
            p.addrs != first.addrs || p.frag_at != datagram.size() || p.more == last) {
            return {};
        }
        append(datagram, p.payload);
    }
    if (datagram.size() < 8 || read16(datagram, 4) != datagram.size() || read16(datagram, 6) == 0 ||
        !transport_ok(first.addrs, 17, datagram)) {
        return {};
    }
    return slice(datagram, 8, datagram.size());
}

} // namespace inet
