// SPDX-License-Identifier: BSD-2-Clause
// Ethernet frames whose content can be checked at the other end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

namespace conformance {

using mac = std::array<uint8_t, 6>;
using frame = std::vector<uint8_t>;

inline constexpr mac broadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
inline constexpr size_t ether_header = 14;
inline constexpr size_t least_checked = 32;

/// A unicast address that belongs to nobody else in the test.
inline mac mac_of(unsigned n) {
    return {0x02, 0x00, 0x5e, static_cast<uint8_t>(n >> 16), static_cast<uint8_t>(n >> 8),
            static_cast<uint8_t>(n)};
}

/// `len` bytes from dst, src, an experimental ethertype, `tag`, and a pattern
/// that follows from the tag. Whatever does not fit in `len` is left away.
inline frame make_frame(const mac& dst, const mac& src, size_t len = 60, uint32_t tag = 0) {
    frame f(len < 18 ? 18 : len);
    std::memcpy(f.data(), dst.data(), 6);
    std::memcpy(f.data() + 6, src.data(), 6);
    f[12] = 0x88;
    f[13] = 0xb5;
    std::memcpy(f.data() + 14, &tag, 4);
    for (size_t i = 18; i < f.size(); ++i) {
        f[i] = static_cast<uint8_t>(tag * 31 + i * 7 + (i >> 8));
    }
    f.resize(len);
    return f;
}

/// `f` behind `bytes` zeroes, as with an empty virtio-net header.
inline frame behind_header(size_t bytes, const frame& f) {
    frame whole(bytes + f.size());
    std::memcpy(whole.data() + bytes, f.data(), f.size());
    return whole;
}

inline uint32_t tag_of(const frame& f) {
    uint32_t tag = 0;
    if (f.size() >= 18) {
        std::memcpy(&tag, f.data() + 14, 4);
    }
    return tag;
}

/// FNV-1a over a range of bytes.
inline uint64_t checksum(const uint8_t* data, size_t len) {
    uint64_t sum = 0xcbf29ce484222325u;
    for (size_t i = 0; i < len; ++i) {
        sum = (sum ^ data[i]) * 0x100000001b3u;
    }
    return sum;
}

/// What a checked frame says of itself.
struct checked {
    uint32_t flow;
    uint32_t sequence;
};

/// A frame that carries flow, sequence number and a checksum over everything.
inline frame make_checked(const mac& dst, const mac& src, size_t len, checked what) {
    frame f = make_frame(dst, src, len < least_checked ? least_checked : len, what.sequence);
    std::memcpy(f.data() + 14, &what.flow, 4);
    std::memcpy(f.data() + 18, &what.sequence, 4);
    std::memset(f.data() + 22, 0, 8);
    const uint64_t sum = checksum(f.data(), f.size());
    std::memcpy(f.data() + 22, &sum, 8);
    return f;
}

/// Nothing if the frame is not one of ours, or was damaged.
inline std::optional<checked> check(const frame& f) {
    if (f.size() < least_checked || f[12] != 0x88 || f[13] != 0xb5) {
        return {};
    }
    frame copy = f;
    uint64_t sum = 0;
    std::memcpy(&sum, f.data() + 22, 8);
    std::memset(copy.data() + 22, 0, 8);
    if (checksum(copy.data(), copy.size()) != sum) {
        return {};
    }
    checked what{};
    std::memcpy(&what.flow, f.data() + 14, 4);
    std::memcpy(&what.sequence, f.data() + 18, 4);
    return what;
}

} // namespace conformance
