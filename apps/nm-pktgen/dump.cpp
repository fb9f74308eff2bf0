// SPDX-License-Identifier: BSD-2-Clause
#include "nm-pktgen/dump.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace netmapxx::apps::pktgen {

std::string hex_lines(std::span<std::byte const> bytes) {
    constexpr std::size_t per_line = 16;
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += per_line) {
        auto const line = bytes.subspan(at, std::min(per_line, bytes.size() - at));
        std::string hex;
        std::string ascii;
        for (std::byte const b : line) {
            auto const c = std::to_integer<unsigned>(b);
            hex += fmt::format("{:02x} ", c);
            ascii += c >= 0x20 && c < 0x7f ? static_cast<char>(c) : '.';
        }
        text += fmt::format("{:5}: {:<48} {}\n", at, hex, ascii);
    }
    return text;
}

void frame_dump::show(std::string_view direction, std::size_t ring, slot_view slot) {
    out_.write(fmt::format("{} ring {} buffer {} flags {:#06x} length {}\n{}", direction, ring,
                           slot.buffer_index(), slot.raw_flags(), slot.length(),
                           hex_lines(slot.data())));
}

} // namespace netmapxx::apps::pktgen
