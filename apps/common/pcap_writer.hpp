// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file pcap_writer.hpp
 * The older file format: one header, and a short one before each packet. It
 * knows neither interfaces nor directions.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "common/pcapng_writer.hpp"

namespace netmapxx::apps::pcap {

/** Grain of the times in a file. */
enum class resolution { nanoseconds, microseconds };

inline constexpr std::size_t packet_data_offset = 16;

/** What begins a file. */
[[nodiscard]] std::vector<std::byte> file_header(resolution r, std::uint32_t snaplen);

[[nodiscard]] constexpr std::size_t packet_size(packet_record const& r) noexcept {
    return packet_data_offset + r.captured;
}

/** Completes a record around the packet's bytes, which are already in place. */
inline void write_packet(std::byte* at, packet_record const& r, resolution grain) noexcept {
    auto const fraction = static_cast<std::uint32_t>(r.time_ns % 1'000'000'000);
    std::uint32_t const head[] = {static_cast<std::uint32_t>(r.time_ns / 1'000'000'000),
                                  grain == resolution::nanoseconds ? fraction : fraction / 1000,
                                  r.captured, r.original};
    std::memcpy(at, head, sizeof head);
}

/** The whole record that begins `bytes`; empty if it is cut. */
[[nodiscard]] std::span<std::byte const> first_record(std::span<std::byte const> bytes) noexcept;

} // namespace netmapxx::apps::pcap
