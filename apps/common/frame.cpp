// SPDX-License-Identifier: BSD-2-Clause
#include "common/frame.hpp"

#include <algorithm>
#include <cstring>

namespace netmapxx::apps {
namespace {

namespace at = frame_layout;

constexpr std::string_view payload_text = "netmapxx nm-pktgen test payload 0123456789 ";

std::byte byte_of(unsigned value) noexcept {
    return static_cast<std::byte>(value);
}

/** A UDP checksum of zero would mean "none". */
std::uint16_t udp_finish(std::uint32_t sum) noexcept {
    std::uint16_t const result = checksum_finish(sum);
    return result == 0 ? 0xffff : result;
}

std::uint16_t ip_total(std::size_t size) noexcept {
    return static_cast<std::uint16_t>(size - at::ip);
}

std::uint16_t udp_total(std::size_t size) noexcept {
    return static_cast<std::uint16_t>(size - at::udp);
}

} // namespace

std::uint32_t checksum_add(std::uint32_t sum, std::span<std::byte const> bytes) noexcept {
    std::uint64_t wide = sum;
    std::size_t i = 0;
    for (; i + 1 < bytes.size(); i += 2)
        wide += load_be16(&bytes[i]);
    if (i < bytes.size())
        wide += std::to_integer<unsigned>(bytes[i]) << 8;
    while (wide >> 32 != 0)
        wide = (wide & 0xffffffff) + (wide >> 32);
    return static_cast<std::uint32_t>(wide & 0xffff) + static_cast<std::uint32_t>(wide >> 16);
}

mac_address mac_for_name(std::string_view port_name) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325; // FNV-1a
    for (char const c : port_name) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3;
    }
    mac_address mac{};
    for (std::size_t i = 0; i < mac.size(); ++i)
        mac[i] = static_cast<std::uint8_t>(hash >> (8 * i));
    mac[0] = static_cast<std::uint8_t>((mac[0] | 0x02) & 0xfe);
    return mac;
}

frame_template::frame_template(frame_options const& options, std::size_t lowest,
                               std::size_t highest)
    : lowest_(lowest), bytes_(highest) {
    build(options);
    sum_all_sizes();
    set_size(bytes_, highest);
}

void frame_template::build(frame_options const& options) {
    std::ranges::transform(options.destination, bytes_.begin(), byte_of);
    std::ranges::transform(options.source, bytes_.begin() + 6, byte_of);
    store_be16(&bytes_[12], 0x0800);
    std::byte* const ip = &bytes_[at::ip];
    ip[0] = byte_of(0x45);      // version 4, five words
    ip[1] = byte_of(0x10);      // low delay
    store_be16(ip + 6, 0x4000); // don't fragment
    ip[8] = byte_of(64);        // TTL
    ip[9] = byte_of(17);        // UDP
    store_be32(ip + 12, options.from.address);
    store_be32(ip + 16, options.to.address);
    std::byte* const udp = &bytes_[at::udp];
    store_be16(udp, options.from.port);
    store_be16(udp + 2, options.to.port);
    for (std::size_t i = at::payload; i < bytes_.size(); ++i)
        bytes_[i] = byte_of(
            static_cast<unsigned char>(payload_text[(i - at::payload) % payload_text.size()]));
}

/** One pass over the payload gives the checksums of every size. */
void frame_template::sum_all_sizes() {
    std::span<std::byte const> const all = bytes_;
    auto const ip_sum = checksum_add(0, all.subspan(at::ip, 20));
    auto const fixed =
        checksum_add(checksum_add(17, all.subspan(at::ip_source, 8)), all.subspan(at::udp, 4));
    std::uint32_t tail = 0; // even bytes after the number, up to `summed`
    std::size_t summed = at::sequence_end;
    sums_.reserve(bytes_.size() - lowest_ + 1);
    for (std::size_t size = lowest_; size <= bytes_.size(); ++size) {
        for (; summed + 2 <= size; summed += 2)
            tail = checksum_add(tail, all.subspan(summed, 2));
        auto const number =
            all.subspan(at::sequence, std::min(size, at::sequence_end) - at::sequence);
        auto const last = size > summed ? all.subspan(summed, 1) : all.first(0);
        auto const rest = fixed + 2U * udp_total(size) + checksum_add(tail, last);
        auto const unnumbered = checksum_add(rest, {});
        sums_.push_back({checksum_finish(ip_sum + ip_total(size)),
                         udp_finish(checksum_add(unnumbered, number)), unnumbered});
    }
}

void frame_template::set_size(std::span<std::byte> frame, std::size_t size) const noexcept {
    auto const& s = sums_for(size);
    store_be16(&frame[at::ip_length], ip_total(size));
    store_be16(&frame[at::ip_checksum], s.ip);
    store_be16(&frame[at::udp_length], udp_total(size));
    store_be16(&frame[at::udp_checksum], s.udp);
}

void frame_template::set_sequence(std::span<std::byte> frame, std::size_t size,
                                  std::uint32_t number) const noexcept {
    store_be32(&frame[at::sequence], number);
    store_be16(&frame[at::udp_checksum],
               udp_finish(sums_for(size).udp_unnumbered + (number >> 16) + (number & 0xffff)));
}

frame_template::match frame_template::compare(std::span<std::byte const> frame) const noexcept {
    auto const same = [&](std::size_t from, std::size_t to) {
        return std::memcmp(&frame[from], &bytes_[from], to - from) == 0;
    };
    if (frame.size() < at::sequence_end || frame.size() < lowest_ || frame.size() > highest())
        return match::foreign;
    if (!same(12, at::ip + 1) || !same(at::ip_source, at::udp_length))
        return match::foreign;
    auto const& s = sums_for(frame.size());
    bool const intact = same(0, 12) && same(at::ip + 1, at::ip_length) &&
                        load_be16(&frame[at::ip_length]) == ip_total(frame.size()) &&
                        same(at::ip_length + 2, at::ip_checksum) &&
                        load_be16(&frame[at::ip_checksum]) == s.ip &&
                        load_be16(&frame[at::udp_length]) == udp_total(frame.size());
    bool const payload_intact =
        frame.size() == at::sequence_end || same(at::sequence_end, frame.size());
    return intact && payload_intact ? match::ours : match::corrupt;
}

} // namespace netmapxx::apps
