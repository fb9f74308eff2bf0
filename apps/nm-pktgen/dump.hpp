// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file dump.hpp
 * Slots as text, for people.
 */
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <netmapxx/slot.hpp>

#include "common/text_out.hpp"

namespace netmapxx::apps::pktgen {

/** Sixteen bytes a line, in hexadecimal and ASCII. */
[[nodiscard]] std::string hex_lines(std::span<std::byte const> bytes);

/** Shows slots with ring, buffer, flags and length. Any thread may call. */
class frame_dump {
  public:
    explicit frame_dump(text_out& out) noexcept : out_(out) {}

    void show(std::string_view direction, std::size_t ring, slot_view slot);

  private:
    text_out& out_;
};

} // namespace netmapxx::apps::pktgen
