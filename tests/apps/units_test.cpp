// SPDX-License-Identifier: BSD-2-Clause
#include "common/units.hpp"

#include <gtest/gtest.h>

namespace netmapxx::apps {
namespace {

using namespace std::chrono_literals;

TEST(units, counts_take_decimal_prefixes) {
    EXPECT_EQ(parse_count("0"), 0U);
    EXPECT_EQ(parse_count("1000003"), 1000003U);
    EXPECT_EQ(parse_count("10k"), 10'000U);
    EXPECT_EQ(parse_count("1.5M"), 1'500'000U);
    EXPECT_EQ(parse_count("2G"), 2'000'000'000U);
    EXPECT_EQ(parse_count("18446744073709551615"), UINT64_MAX);
}

TEST(units, counts_refuse_what_is_not_a_whole_number) {
    for (auto const* text : {"", "k", "12abc", "-5", "+5", " 5", "5 ", "1.5", "1.", ".5", "1e3",
                             "18446744073709551616", "20000000000G", "0x10", "1kk", "1.0005k"})
        EXPECT_FALSE(parse_count(text)) << text;
}

TEST(units, bit_rates_take_the_unit_word) {
    EXPECT_EQ(parse_bit_rate("10Gbps"), 10'000'000'000U);
    EXPECT_EQ(parse_bit_rate("1T"), 1'000'000'000'000U);
    EXPECT_EQ(parse_bit_rate("64bps"), 64U);
    EXPECT_FALSE(parse_bit_rate("bps"));
}

TEST(units, bytes_know_decimal_and_binary_prefixes) {
    EXPECT_EQ(parse_bytes("64k"), 64'000U);
    EXPECT_EQ(parse_bytes("64Ki"), 65'536U);
    EXPECT_EQ(parse_bytes("0.5Ki"), 512U);
    EXPECT_EQ(parse_bytes("1Gi"), 1U << 30);
    EXPECT_FALSE(parse_bytes("1Ti"));
}

TEST(units, durations_use_the_options_unit_when_bare) {
    EXPECT_EQ(parse_duration("250", 1ms), 250ms);
    EXPECT_EQ(parse_duration("250", 1s), 250s);
    EXPECT_EQ(parse_duration("1.5s", 1ms), 1500ms);
    EXPECT_EQ(parse_duration("10us", 1ms), 10us);
    EXPECT_EQ(parse_duration("2min", 1ms), 2min);
    EXPECT_EQ(parse_duration("1h", 1ms), 1h);
    EXPECT_EQ(parse_duration("0.5", 1s), 500ms);
}

TEST(units, durations_refuse_unknown_units_and_overflow) {
    for (auto const* text : {"", "s", "5m", "5 s", "-1s", "300000000h", "9999999999999999999"})
        EXPECT_FALSE(parse_duration(text, 1s)) << text;
}

TEST(units, probabilities_are_fractions_or_percent) {
    EXPECT_EQ(parse_probability("0"), 0.0);
    EXPECT_EQ(parse_probability("1"), 1.0);
    EXPECT_DOUBLE_EQ(parse_probability("0.5%").value_or(-1), 0.005);
    for (auto const* text : {"", "%", "1.5", "101%", "-0.1", "nan", "inf", "0.1x"})
        EXPECT_FALSE(parse_probability(text)) << text;
}

TEST(units, mac_addresses_take_colons_or_dashes) {
    mac_address const expected{0x00, 0x1b, 0x21, 0xab, 0xCD, 0xff};
    EXPECT_EQ(parse_mac("00:1b:21:ab:cd:ff"), expected);
    EXPECT_EQ(parse_mac("00-1B-21-AB-CD-FF"), expected);
    EXPECT_EQ(to_string(expected), "00:1b:21:ab:cd:ff");
    for (auto const* text : {"", "zz", "00:1b:21:ab:cd", "00:1b:21:ab:cd:fg", "00:1b-21:ab:cd:ff",
                             "001b21abcdff", "00.1b.21.ab.cd.ff", "00:1b:21:ab:cd:ff:"})
        EXPECT_FALSE(parse_mac(text)) << text;
}

TEST(units, ipv4_addresses_are_four_octets) {
    EXPECT_EQ(parse_ipv4("10.0.0.1"), 0x0a000001U);
    EXPECT_EQ(parse_ipv4("255.255.255.255"), 0xffffffffU);
    EXPECT_EQ(ipv4_to_string(0x0a010203), "10.1.2.3");
    for (auto const* text : {"", "10.0.0", "10.0.0.999", "10.0.0.1.", "10.0.0.1.2", "10..0.1",
                             "10.0.0.0001", "fe80::1", "a.b.c.d"})
        EXPECT_FALSE(parse_ipv4(text)) << text;
}

TEST(units, endpoints_have_a_default_port) {
    EXPECT_EQ(parse_endpoint("10.0.0.1", 1234), (ipv4_endpoint{0x0a000001, 1234}));
    EXPECT_EQ(parse_endpoint("10.0.0.1:53", 1234), (ipv4_endpoint{0x0a000001, 53}));
    for (auto const* text :
         {"10.0.0.1:", "10.0.0.1:65536", ":53", "10.0.0.1:53:54", "10.0.0.1-10.0.0.9"})
        EXPECT_FALSE(parse_endpoint(text, 1234)) << text;
}

TEST(units, scaled_figures_carry_prefixes) {
    EXPECT_EQ(format_scaled(0, "pps"), "0 pps");
    EXPECT_EQ(format_scaled(999, "pps"), "999 pps");
    EXPECT_EQ(format_scaled(12'345'678, "pps"), "12.346 Mpps");
    EXPECT_EQ(format_scaled(999'999.9, "pps"), "1.000 Mpps");
    EXPECT_EQ(format_scaled(12'345'678, "pps", true), "12345678 pps");
}

TEST(units, durations_print_with_a_fitting_unit) {
    EXPECT_EQ(format_duration(12ns), "12 ns");
    EXPECT_EQ(format_duration(1500us), "1.50 ms");
    EXPECT_EQ(format_duration(90s), "90.000 s");
}

} // namespace
} // namespace netmapxx::apps
