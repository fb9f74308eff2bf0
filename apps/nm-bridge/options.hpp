// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file options.hpp
 * What nm-bridge is asked to do.
 */
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <netmapxx/port.hpp>

#include "common/common_options.hpp"

namespace netmapxx::apps::bridge {

/** What happens to packets the destination has no room for. */
enum class on_full { wait, drop };

inline constexpr std::string_view on_full_names[] = {"wait", "drop"};

struct options : sending_options {
    port_spec first{};
    port_spec second{};        ///< unused in loopback mode
    std::string first_label{}; ///< as the start line shows it: "eth0:host"
    std::string second_label{};
    bool loopback = false;
    bool one_way = false;
    bool copy = false;
    bool require_zero_copy = false;
    bool offloads = false; ///< packets of interfaces keep theirs
    bridge::on_full full = on_full::wait;
    std::uint32_t burst = 1024; ///< slots per ring visit
};

using parsed = parsed_options<options>;

/**
 * Reads a command line without the program's name. `default_backend` is a name
 * or empty. Throws app_failure: usage, or port for what cannot be bridged.
 */
[[nodiscard]] parsed parse_options(std::span<char const* const> args,
                                   std::string_view default_backend);

} // namespace netmapxx::apps::bridge
