// SPDX-License-Identifier: BSD-2-Clause
#include "common/pcap_writer.hpp"

namespace netmapxx::apps::pcap {

std::vector<std::byte> file_header(resolution r, std::uint32_t snaplen) {
    struct {
        std::uint32_t magic;
        std::uint16_t version[2] = {2, 4};
        std::uint32_t unused[2] = {};
        std::uint32_t snaplen;
        std::uint32_t link = link_ethernet;
    } const header{.magic = r == resolution::nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4,
                   .snaplen = snaplen};
    static_assert(sizeof header == 24);
    auto const bytes = std::as_bytes(std::span(&header, 1));
    return {bytes.begin(), bytes.end()};
}

std::span<std::byte const> first_record(std::span<std::byte const> bytes) noexcept {
    if (bytes.size() < packet_data_offset)
        return {};
    std::uint32_t captured = 0;
    std::memcpy(&captured, &bytes[8], sizeof captured);
    if (captured > bytes.size() - packet_data_offset)
        return {};
    return bytes.first(packet_data_offset + captured);
}

} // namespace netmapxx::apps::pcap
