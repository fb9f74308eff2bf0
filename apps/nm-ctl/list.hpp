// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file list.hpp
 * Ports of switches: all, those of one, one.
 */
#pragma once

#include <vector>

#include <netmapxx/vale.hpp>

#include "nm-ctl/command.hpp"

namespace netmapxx::apps::ctl {

[[nodiscard]] result describe(std::vector<vale::entry> const& ports);

/** All ports of all switches. */
[[nodiscard]] result list_ports(session const& s);

/** One port; throws app_failure (port) if it is in no switch. */
[[nodiscard]] result show_port(session const& s, port_spec const& spec);

[[nodiscard]] std::unique_ptr<command> make_list();
[[nodiscard]] std::unique_ptr<command> make_show();

} // namespace netmapxx::apps::ctl
