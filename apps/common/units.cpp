// SPDX-License-Identifier: BSD-2-Clause
#include "common/units.hpp"

#include <charconv>
#include <cmath>
#include <span>

#include <fmt/format.h>

namespace netmapxx::apps {
namespace {

struct unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::uint64_t kilo = 1000;
constexpr unit count_units[] = {{"", 1}, {"k", kilo}, {"M", kilo* kilo}, {"G", kilo* kilo* kilo}};
constexpr unit bit_units[] = {{"", 1},
                              {"k", kilo},
                              {"M", kilo* kilo},
                              {"G", kilo* kilo* kilo},
                              {"T", kilo* kilo* kilo* kilo}};
constexpr unit byte_units[] = {{"", 1},
                               {"k", kilo},
                               {"M", kilo* kilo},
                               {"G", kilo* kilo* kilo},
                               {"Ki", 1ULL << 10},
                               {"Mi", 1ULL << 20},
                               {"Gi", 1ULL << 30}};
constexpr unit time_units[] = {{"ns", 1},
                               {"us", kilo},
                               {"ms", kilo* kilo},
                               {"s", kilo* kilo* kilo},
                               {"min", 60 * kilo* kilo* kilo},
                               {"h", 3600 * kilo* kilo* kilo}};

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& text) noexcept {
    std::size_t n = 0;
    while (n < text.size() && is_digit(text[n]))
        ++n;
    auto const digits = text.substr(0, n);
    text.remove_prefix(n);
    return digits;
}

/** The decimal part .`digits` of `factor`, if that is a whole number. */
std::optional<std::uint64_t> fraction_of(std::string_view digits, std::uint64_t factor) noexcept {
    constexpr std::size_t max_digits = 18;
    if (digits.size() > max_digits)
        return std::nullopt;
    __extension__ using wide = unsigned __int128;
    wide numerator = 0;
    wide denominator = 1;
    for (char const c : digits) {
        numerator = numerator * 10 + static_cast<unsigned>(c - '0');
        denominator *= 10;
    }
    numerator *= factor;
    if (numerator % denominator != 0)
        return std::nullopt;
    return static_cast<std::uint64_t>(numerator / denominator);
}

std::optional<std::uint64_t> parse_scaled(std::string_view text, std::span<unit const> units,
                                          std::uint64_t bare_factor) noexcept {
    auto const whole = parse_uint(take_digits(text));
    if (!whole)
        return std::nullopt;
    std::string_view decimals;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        decimals = take_digits(text);
        if (decimals.empty())
            return std::nullopt;
    }
    for (unit const& u : units) {
        if (u.name != text)
            continue;
        auto const factor = text.empty() ? bare_factor : u.factor;
        auto const part = fraction_of(decimals, factor);
        std::uint64_t value = 0;
        if (!part || __builtin_mul_overflow(*whole, factor, &value) ||
            __builtin_add_overflow(value, *part, &value))
            return std::nullopt;
        return value;
    }
    return std::nullopt;
}

int hex_digit(char c) noexcept {
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

} // namespace

std::optional<std::uint64_t> parse_uint(std::string_view text) noexcept {
    std::uint64_t value = 0;
    auto const* end = text.data() + text.size();
    auto const [stop, ec] = std::from_chars(text.data(), end, value, 10);
    if (text.empty() || ec != std::errc{} || stop != end)
        return std::nullopt;
    return value;
}

std::optional<std::uint64_t> parse_count(std::string_view text) noexcept {
    return parse_scaled(text, count_units, 1);
}

std::optional<std::uint64_t> parse_bit_rate(std::string_view text) noexcept {
    if (text.ends_with("bps"))
        text.remove_suffix(3);
    return parse_scaled(text, bit_units, 1);
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) noexcept {
    return parse_scaled(text, byte_units, 1);
}

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text,
                                                       std::chrono::nanoseconds bare) noexcept {
    static constexpr unit none[] = {{"", 1}};
    auto const bare_factor = static_cast<std::uint64_t>(bare.count());
    auto value = parse_scaled(text, none, bare_factor);
    if (!value)
        value = parse_scaled(text, time_units, bare_factor);
    if (!value || *value > static_cast<std::uint64_t>(std::chrono::nanoseconds::max().count()))
        return std::nullopt;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(*value));
}

std::optional<double> parse_probability(std::string_view text) noexcept {
    bool const percent = text.ends_with('%');
    if (percent)
        text.remove_suffix(1);
    double value = 0;
    auto const* end = text.data() + text.size();
    auto const [stop, ec] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
    if (text.empty() || !is_digit(text.front()) || ec != std::errc{} || stop != end)
        return std::nullopt;
    if (percent)
        value /= 100;
    return value <= 1 ? std::optional(value) : std::nullopt;
}

std::optional<mac_address> parse_mac(std::string_view text) noexcept {
    mac_address mac{};
    if (text.size() != 17)
        return std::nullopt;
    for (std::size_t i = 0; i < mac.size(); ++i) {
        int const hi = hex_digit(text[3 * i]);
        int const lo = hex_digit(text[3 * i + 1]);
        if (hi < 0 || lo < 0)
            return std::nullopt;
        if (i < 5 && text[3 * i + 2] != text[2])
            return std::nullopt;
        mac[i] = static_cast<std::uint8_t>(hi * 16 + lo);
    }
    if (text[2] != ':' && text[2] != '-')
        return std::nullopt;
    return mac;
}

std::string to_string(mac_address const& mac) {
    return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", mac[0], mac[1], mac[2], mac[3],
                       mac[4], mac[5]);
}

std::optional<std::uint32_t> parse_ipv4(std::string_view text) noexcept {
    std::uint32_t address = 0;
    for (int i = 0; i < 4; ++i) {
        auto const digits = take_digits(text);
        auto const octet = parse_uint(digits);
        if (!octet || *octet > 255 || digits.size() > 3)
            return std::nullopt;
        address = address << 8 | static_cast<std::uint32_t>(*octet);
        if (i == 3)
            break;
        if (!text.starts_with('.'))
            return std::nullopt;
        text.remove_prefix(1);
    }
    return text.empty() ? std::optional(address) : std::nullopt;
}

std::string ipv4_to_string(std::uint32_t a) {
    return fmt::format("{}.{}.{}.{}", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

std::optional<ipv4_endpoint> parse_endpoint(std::string_view text,
                                            std::uint16_t default_port) noexcept {
    ipv4_endpoint result{0, default_port};
    if (auto const colon = text.find(':'); colon != std::string_view::npos) {
        auto const port = parse_uint(text.substr(colon + 1));
        if (!port || *port > 65535)
            return std::nullopt;
        result.port = static_cast<std::uint16_t>(*port);
        text = text.substr(0, colon);
    }
    auto const address = parse_ipv4(text);
    if (!address)
        return std::nullopt;
    result.address = *address;
    return result;
}

std::string format_scaled(double value, std::string_view unit_name, bool plain) {
    if (plain || value < 1000)
        return fmt::format("{:.0f} {}", value, unit_name);
    constexpr std::string_view prefixes[] = {"k", "M", "G", "T", "P"};
    std::size_t i = 0;
    value /= 1000;
    while (value >= 999.9995 && i + 1 < std::size(prefixes)) {
        value /= 1000;
        ++i;
    }
    return fmt::format("{:.3f} {}{}", value, prefixes[i], unit_name);
}

std::string format_duration(std::chrono::nanoseconds t) {
    auto const ns = static_cast<double>(t.count());
    if (ns < 1e3)
        return fmt::format("{:.0f} ns", ns);
    if (ns < 1e6)
        return fmt::format("{:.2f} us", ns / 1e3);
    if (ns < 1e9)
        return fmt::format("{:.2f} ms", ns / 1e6);
    return fmt::format("{:.3f} s", ns / 1e9);
}

} // namespace netmapxx::apps
