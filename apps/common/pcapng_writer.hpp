// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file pcapng_writer.hpp
 * Blocks of a pcapng file, as bytes in memory. No input or output.
 *
 * Integers are in the byte order of this machine, which the section header
 * tells; times are nanoseconds since 1970, UTC.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace netmapxx::apps {

/** Largest packet that libpcap reads back. */
inline constexpr std::uint32_t most_snaplen = 262144;

/** LINKTYPE_ETHERNET. */
inline constexpr std::uint16_t link_ethernet = 1;

/** Which way a packet went, seen from the port; the values are the file's. */
enum class packet_direction : std::uint32_t { unknown = 0, in = 1, out = 2 };

/** What a file says of one packet. */
struct packet_record {
    std::uint64_t time_ns = 0;
    std::uint32_t interface = 0; ///< number of its description in the section
    std::uint32_t captured = 0;  ///< bytes in the file
    std::uint32_t original = 0;  ///< bytes on the wire
    std::uint32_t queue = 0;     ///< ring
    packet_direction direction = packet_direction::unknown;
    std::uint64_t dropped_before = 0; ///< lost since the last packet of the interface
};

namespace pcapng {

/** Texts that are empty are left out, as below. */
struct section {
    std::string hardware{};
    std::string os{};
    std::string application{};
    std::string comment{};
};

struct interface_description {
    std::string name{};
    std::string description{};
    std::string filter{}; ///< in libpcap's language
    std::string os{};
    std::uint32_t snaplen = most_snaplen;
};

/** Figures that are not known are left out. */
struct interface_statistics {
    std::uint32_t interface = 0;
    std::uint64_t time_ns = 0;
    std::uint64_t start_ns = 0;
    std::uint64_t end_ns = 0;
    std::optional<std::uint64_t> received{};
    std::optional<std::uint64_t> dropped_by_interface{};
    std::optional<std::uint64_t> accepted{}; ///< by the filter
    std::optional<std::uint64_t> dropped_by_os{};
    std::optional<std::uint64_t> delivered{}; ///< in the file
    std::string comment{};
};

/** A Section Header Block, which begins a file. */
[[nodiscard]] std::vector<std::byte> block(section const& s);
/** An Interface Description Block with nanosecond times and link type Ethernet. */
[[nodiscard]] std::vector<std::byte> block(interface_description const& d);
/** An Interface Statistics Block. */
[[nodiscard]] std::vector<std::byte> block(interface_statistics const& s);

inline constexpr std::uint32_t packet_block_type = 6;

/** Where the bytes of a packet begin in its block. */
inline constexpr std::size_t packet_data_offset = 28;

/** Bytes of an Enhanced Packet Block. */
[[nodiscard]] constexpr std::size_t packet_size(packet_record const& r) noexcept {
    std::size_t const padded = (std::size_t{r.captured} + 3) & ~std::size_t{3};
    // flags, queue, drop count, end of options, the length once more
    return packet_data_offset + padded + 8 + 8 + (r.dropped_before != 0 ? 12 : 0) + 4 + 4;
}

namespace detail {
template <class T> std::byte* put(std::byte* at, T value) noexcept {
    std::memcpy(at, &value, sizeof value);
    return at + sizeof value;
}
/** An option of `sizeof value` bytes, a multiple of 4. */
template <class T> std::byte* put_option(std::byte* at, std::uint16_t code, T value) noexcept {
    at = put(at, code);
    at = put(at, static_cast<std::uint16_t>(sizeof value));
    return put(at, value);
}
} // namespace detail

/**
 * Completes an Enhanced Packet Block of packet_size() bytes around the packet's
 * bytes, which are already at packet_data_offset.
 */
inline void write_packet(std::byte* at, packet_record const& r) noexcept {
    auto const size = static_cast<std::uint32_t>(packet_size(r));
    std::uint32_t const head[] = {packet_block_type,
                                  size,
                                  r.interface,
                                  static_cast<std::uint32_t>(r.time_ns >> 32),
                                  static_cast<std::uint32_t>(r.time_ns),
                                  r.captured,
                                  r.original};
    std::memcpy(at, head, sizeof head);
    at += packet_data_offset + r.captured;
    for (std::uint32_t i = r.captured; i % 4 != 0; ++i)
        *at++ = std::byte{0};
    at = detail::put_option(at, 2, static_cast<std::uint32_t>(r.direction));
    at = detail::put_option(at, 6, r.queue);
    if (r.dropped_before != 0) [[unlikely]]
        at = detail::put_option(at, 4, r.dropped_before);
    at = detail::put(at, std::uint32_t{0});
    detail::put(at, size);
}

/** The whole block that begins `bytes`; empty if it is cut or no block at all. */
[[nodiscard]] std::span<std::byte const> first_block(std::span<std::byte const> bytes) noexcept;

/** For a block that first_block() gave: the interface of a packet, nothing for other blocks. */
[[nodiscard]] std::optional<std::uint32_t>
packet_interface(std::span<std::byte const> whole_block) noexcept;

} // namespace pcapng
} // namespace netmapxx::apps
