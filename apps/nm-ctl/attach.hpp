// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file attach.hpp
 * Interfaces into switches, and out of them.
 */
#pragma once

#include <netmapxx/vale.hpp>

#include "nm-ctl/command.hpp"

namespace netmapxx::apps::ctl {

/** With -v it says the index of the port. */
[[nodiscard]] result attach_port(session const& s, port_spec const& spec,
                                 vale::attach_options const& options);
[[nodiscard]] result detach_port(session const& s, port_spec const& spec);

[[nodiscard]] std::unique_ptr<command> make_attach();
[[nodiscard]] std::unique_ptr<command> make_detach();

} // namespace netmapxx::apps::ctl
