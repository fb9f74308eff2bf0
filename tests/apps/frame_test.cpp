// SPDX-License-Identifier: BSD-2-Clause
#include "common/frame.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace netmapxx::apps {
namespace {

using bytes = std::vector<std::byte>;

/** A second decoder, as plain as possible: sums word by word. */
std::uint16_t plain_sum(std::span<std::byte const> data, std::uint32_t sum) {
    for (std::size_t i = 0; i < data.size(); ++i) {
        auto const value = std::to_integer<std::uint32_t>(data[i]);
        sum += i % 2 == 0 ? value << 8 : value;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return static_cast<std::uint16_t>(sum);
}

void expect_valid_ipv4_udp(std::span<std::byte const> frame) {
    ASSERT_GE(frame.size(), 42U);
    EXPECT_EQ(load_be16(&frame[12]), 0x0800);
    EXPECT_EQ(load_be16(&frame[16]), frame.size() - 14);
    EXPECT_EQ(plain_sum(frame.subspan(14, 20), 0), 0xffff);
    EXPECT_EQ(load_be16(&frame[38]), frame.size() - 34);
    auto const pseudo = plain_sum(frame.subspan(26, 8), 17 + load_be16(&frame[38]));
    EXPECT_EQ(plain_sum(frame.subspan(34), pseudo), 0xffff);
    EXPECT_NE(load_be16(&frame[40]), 0) << "zero means no checksum";
}

TEST(frame, defaults_are_those_of_the_specification) {
    frame_template const t({.source = {2, 0, 0, 0, 0, 1}}, 60, 60);
    auto const f = t.bytes();
    ASSERT_EQ(f.size(), 60U);
    EXPECT_TRUE(std::ranges::all_of(f.first(6), [](std::byte b) { return b == std::byte{0xff}; }));
    EXPECT_EQ(f[6], std::byte{2});
    EXPECT_EQ(f[15], std::byte{0x10}) << "low delay";
    EXPECT_EQ(load_be16(&f[18]), 0) << "id";
    EXPECT_EQ(load_be16(&f[20]), 0x4000) << "don't fragment";
    EXPECT_EQ(f[22], std::byte{64}) << "TTL";
    EXPECT_EQ(load_be32(&f[26]), 0x0a000001U);
    EXPECT_EQ(load_be32(&f[30]), 0x0a010001U);
    EXPECT_EQ(load_be16(&f[34]), 1234);
    EXPECT_EQ(load_be16(&f[36]), 1234);
    expect_valid_ipv4_udp(f);
}

TEST(frame, every_size_has_valid_checksums) {
    frame_template const t({}, frame_template::min_size, 1600);
    for (std::size_t size = t.lowest(); size <= t.highest(); ++size) {
        bytes frame(t.bytes().begin(), t.bytes().begin() + static_cast<std::ptrdiff_t>(size));
        t.set_size(frame, size);
        SCOPED_TRACE(size);
        expect_valid_ipv4_udp(frame);
    }
}

TEST(frame, the_largest_frame_has_valid_checksums) {
    frame_template const t({}, frame_template::max_size, frame_template::max_size);
    expect_valid_ipv4_udp(t.bytes());
}

TEST(frame, running_numbers_keep_the_checksum_valid) {
    frame_template const t({.to = {0xc0a80001, 9}}, 46, 61);
    for (std::size_t size = 46; size <= 61; ++size) {
        for (std::uint32_t number : {0U, 1U, 0xffffU, 0x10000U, 0xfffeffffU, 0xffffffffU}) {
            bytes frame(t.bytes().begin(), t.bytes().begin() + static_cast<std::ptrdiff_t>(size));
            t.set_size(frame, size);
            t.set_sequence(frame, size, number);
            EXPECT_EQ(load_be32(&frame[42]), number);
            expect_valid_ipv4_udp(frame);
            EXPECT_EQ(t.compare(frame), frame_template::match::ours);
        }
    }
}

TEST(frame, comparison_tells_foreign_from_corrupt) {
    frame_template const t({}, 60, 60);
    bytes frame(t.bytes().begin(), t.bytes().end());
    EXPECT_EQ(t.compare(frame), frame_template::match::ours);
    EXPECT_EQ(t.compare(std::span(frame).first(59)), frame_template::match::foreign);
    EXPECT_EQ(t.compare(std::span(frame).first(10)), frame_template::match::foreign);
    auto const flipped = [&](std::size_t at) {
        bytes copy = frame;
        copy[at] ^= std::byte{0x40};
        return t.compare(copy);
    };
    EXPECT_EQ(flipped(13), frame_template::match::foreign) << "type";
    EXPECT_EQ(flipped(30), frame_template::match::foreign) << "destination address";
    EXPECT_EQ(flipped(36), frame_template::match::foreign) << "destination port";
    EXPECT_EQ(flipped(59), frame_template::match::corrupt) << "payload";
    EXPECT_EQ(flipped(22), frame_template::match::corrupt) << "TTL";
    EXPECT_EQ(flipped(3), frame_template::match::corrupt) << "MAC address";
    EXPECT_EQ(flipped(44), frame_template::match::ours) << "the number itself";
}

TEST(frame, source_address_is_stable_local_and_unicast) {
    auto const a = mac_for_name("vale0:a");
    EXPECT_EQ(a, mac_for_name("vale0:a"));
    EXPECT_NE(a, mac_for_name("vale0:b"));
    EXPECT_EQ(a[0] & 3, 2);
}

} // namespace
} // namespace netmapxx::apps
