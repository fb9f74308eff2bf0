// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file port_list.hpp
 * What can be opened here.
 */
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <netmapxx/info.hpp>

#include "common/result.hpp"
#include "common/system_files.hpp"

namespace netmapxx::apps {

/** A port that can be opened, or an interface that cannot. */
struct openable {
    std::string name{};
    std::string_view kind{};                ///< "interface" or "switch port"
    std::optional<port_description> port{}; ///< nothing: it cannot be opened
    std::string why_not{};                  ///< the core's words
    std::optional<bool> in_use{};           ///< somebody has it open in netmap mode
    std::optional<std::string> adapter{};   ///< "native" or "emulated", of interfaces
};

/** Interfaces of the system, then ports of switches. */
[[nodiscard]] std::vector<openable> find_ports(backend_kind backend, system_files const& system);
[[nodiscard]] result describe(std::vector<openable> const& ports);

} // namespace netmapxx::apps
