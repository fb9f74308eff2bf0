// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file options.hpp
 * What nm-pktgen is asked to do.
 */
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <netmapxx/port.hpp>

#include "common/common_options.hpp"
#include "common/frame.hpp"

namespace netmapxx::apps::pktgen {

enum class function { rx, tx, loop };

[[nodiscard]] std::string_view to_string(function f) noexcept;

struct options : sending_options {
    pktgen::function function = pktgen::function::rx;
    port_spec port{};
    port_spec peer{}; ///< loop: where packets arrive

    std::uint64_t count = 0; ///< packets, 0 = no limit
    std::optional<std::chrono::nanoseconds> duration{};
    std::uint64_t rate = 0; ///< packets per second over all threads, 0 = no limit
    std::uint32_t burst = 512;
    std::uint32_t threads = 1;
    bool idle_exit = false;
    bool verify = false;
    double max_loss = 0;

    std::size_t lowest_size = 60; ///< bytes without CRC
    std::size_t highest_size = 60;
    std::uint32_t fragments = 1;
    bool copy = false;
    std::optional<mac_address> source_mac{};
    frame_options frame{};

    bool plain_numbers = false;
    bool dump = false;

    [[nodiscard]] bool sends() const noexcept { return function != pktgen::function::rx; }
    [[nodiscard]] bool receives() const noexcept { return function != pktgen::function::tx; }
};

using parsed = parsed_options<options>;

/**
 * Reads a command line without the program's name. `default_backend` is a name
 * or empty. Throws app_failure (usage).
 */
[[nodiscard]] parsed parse_options(std::span<char const* const> args,
                                   std::string_view default_backend);

} // namespace netmapxx::apps::pktgen
