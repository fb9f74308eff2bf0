// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file units.hpp
 * Numbers with units as people write them, in both directions.
 *
 * Every parser takes the whole text or nothing, and an overflow is nothing.
 */
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace netmapxx::apps {

/** Decimal digits only. */
[[nodiscard]] std::optional<std::uint64_t> parse_uint(std::string_view text) noexcept;

/** Packets or packets per second: `k M G` decimal; `1.5M` is fine, `1.5` is not. */
[[nodiscard]] std::optional<std::uint64_t> parse_count(std::string_view text) noexcept;

/** Bits per second: `k M G T` decimal, optionally followed by `bps`. */
[[nodiscard]] std::optional<std::uint64_t> parse_bit_rate(std::string_view text) noexcept;

/** Bytes: `k M G` decimal, `Ki Mi Gi` binary. */
[[nodiscard]] std::optional<std::uint64_t> parse_bytes(std::string_view text) noexcept;

/** A time: `ns us ms s min h`; a bare number counts in `unit`. */
[[nodiscard]] std::optional<std::chrono::nanoseconds>
parse_duration(std::string_view text, std::chrono::nanoseconds unit) noexcept;

/** A probability: 0..1, or `N%`. */
[[nodiscard]] std::optional<double> parse_probability(std::string_view text) noexcept;

using mac_address = std::array<std::uint8_t, 6>;

/** Six hexadecimal octets with `:` or `-` between them. */
[[nodiscard]] std::optional<mac_address> parse_mac(std::string_view text) noexcept;
[[nodiscard]] std::string to_string(mac_address const& mac);

/** An IPv4 address, in host byte order. */
[[nodiscard]] std::optional<std::uint32_t> parse_ipv4(std::string_view text) noexcept;
[[nodiscard]] std::string ipv4_to_string(std::uint32_t address);

struct ipv4_endpoint {
    std::uint32_t address = 0; ///< host byte order
    std::uint16_t port = 0;
    friend bool operator==(ipv4_endpoint const&, ipv4_endpoint const&) = default;
};

/** `addr[:port]`; without a port it gets `default_port`. */
[[nodiscard]] std::optional<ipv4_endpoint> parse_endpoint(std::string_view text,
                                                          std::uint16_t default_port) noexcept;

/** `12.345 M` + unit, or a plain integer when `plain`. */
[[nodiscard]] std::string format_scaled(double value, std::string_view unit, bool plain = false);

/** A time with three or four digits and a fitting unit: `1.50 s`, `12.3 ms`. */
[[nodiscard]] std::string format_duration(std::chrono::nanoseconds t);

} // namespace netmapxx::apps
