// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file commands.hpp
 * All commands, in the order in which the help shows them.
 */
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "nm-ctl/command.hpp"

namespace netmapxx::apps::ctl {

struct command_entry {
    std::string_view name;
    std::string_view words;   ///< as the help shows them
    std::string_view meaning; ///< one line
    std::unique_ptr<command> (*make)();
};

[[nodiscard]] std::span<command_entry const> all_commands() noexcept;

} // namespace netmapxx::apps::ctl
