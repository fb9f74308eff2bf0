// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file frame.hpp
 * Template frames: Ethernet II, IPv4, UDP, with checksums that are right.
 *
 * A template is built once; afterwards only fields are patched in place, and
 * the checksums follow by table or by arithmetic, never by a pass over the
 * frame.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "common/units.hpp"

namespace netmapxx::apps {

/** Offsets inside an untagged IPv4/UDP frame. */
namespace frame_layout {
inline constexpr std::size_t ip = 14;
inline constexpr std::size_t ip_length = ip + 2;
inline constexpr std::size_t ip_checksum = ip + 10;
inline constexpr std::size_t ip_source = ip + 12;
inline constexpr std::size_t udp = ip + 20;
inline constexpr std::size_t udp_length = udp + 4;
inline constexpr std::size_t udp_checksum = udp + 6;
inline constexpr std::size_t payload = udp + 8; ///< 42: smallest template
inline constexpr std::size_t sequence = payload;
inline constexpr std::size_t sequence_end = sequence + 4;
} // namespace frame_layout

struct frame_options {
    mac_address source{};
    mac_address destination{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    ipv4_endpoint from{0x0a000001, 1234}; ///< 10.0.0.1
    ipv4_endpoint to{0x0a010001, 1234};   ///< 10.1.0.1
};

/** One's complement sum of 16-bit big-endian words, not folded to its end. */
[[nodiscard]] std::uint32_t checksum_add(std::uint32_t sum,
                                         std::span<std::byte const> bytes) noexcept;

/** The Internet checksum for a sum. */
[[nodiscard]] constexpr std::uint16_t checksum_finish(std::uint32_t sum) noexcept {
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

inline void store_be16(std::byte* at, std::uint16_t value) noexcept {
    at[0] = static_cast<std::byte>(value >> 8);
    at[1] = static_cast<std::byte>(value);
}
inline void store_be32(std::byte* at, std::uint32_t value) noexcept {
    store_be16(at, static_cast<std::uint16_t>(value >> 16));
    store_be16(at + 2, static_cast<std::uint16_t>(value));
}
[[nodiscard]] inline std::uint16_t load_be16(std::byte const* at) noexcept {
    return static_cast<std::uint16_t>(std::to_integer<unsigned>(at[0]) << 8 |
                                      std::to_integer<unsigned>(at[1]));
}
[[nodiscard]] inline std::uint32_t load_be32(std::byte const* at) noexcept {
    return static_cast<std::uint32_t>(load_be16(at)) << 16 | load_be16(at + 2);
}

/** An address that is stable for a port's name, locally administered, unicast. */
[[nodiscard]] mac_address mac_for_name(std::string_view port_name) noexcept;

class frame_template {
  public:
    static constexpr std::size_t min_size = frame_layout::payload;
    static constexpr std::size_t max_size = 65536;

    /** Frames of `lowest` to `highest` bytes without CRC, min_size..max_size. */
    frame_template(frame_options const& options, std::size_t lowest, std::size_t highest);

    /** The frame of the highest size. */
    [[nodiscard]] std::span<std::byte const> bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::size_t lowest() const noexcept { return lowest_; }
    [[nodiscard]] std::size_t highest() const noexcept { return bytes_.size(); }

    /**
     * Makes the headers of `frame` say `size` bytes. The frame must hold the
     * template's first `size` bytes, and no number of its own.
     */
    void set_size(std::span<std::byte> frame, std::size_t size) const noexcept;

    /**
     * Writes a running number at the start of the payload, and the UDP
     * checksum that goes with it. `size` is the frame's size, at least
     * frame_layout::sequence_end.
     */
    void set_sequence(std::span<std::byte> frame, std::size_t size,
                      std::uint32_t number) const noexcept;

    /** What a received frame is, seen from this template. */
    enum class match { ours, corrupt, foreign };

    /** Compares all but the running number and the UDP checksum over it. */
    [[nodiscard]] match compare(std::span<std::byte const> frame) const noexcept;

  private:
    struct sums {
        std::uint16_t ip;             ///< finished header checksum
        std::uint16_t udp;            ///< finished UDP checksum
        std::uint32_t udp_unnumbered; ///< open sum without the running number
    };
    [[nodiscard]] sums const& sums_for(std::size_t size) const noexcept {
        return sums_[size - lowest_];
    }
    void build(frame_options const& options);
    void sum_all_sizes();

    std::size_t lowest_;
    std::vector<std::byte> bytes_;
    std::vector<sums> sums_; ///< one entry for each size
};

} // namespace netmapxx::apps
