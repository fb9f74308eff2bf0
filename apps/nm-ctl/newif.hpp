// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file newif.hpp
 * Persistent switch ports: interfaces of the system.
 */
#pragma once

#include <netmapxx/vale.hpp>

#include "nm-ctl/command.hpp"

namespace netmapxx::apps::ctl {

[[nodiscard]] result create_interface(session const& s, std::string const& name,
                                      vale::port_config const& config);
[[nodiscard]] result delete_interface(session const& s, std::string const& name);

[[nodiscard]] std::unique_ptr<command> make_newif();
[[nodiscard]] std::unique_ptr<command> make_delif();

} // namespace netmapxx::apps::ctl
