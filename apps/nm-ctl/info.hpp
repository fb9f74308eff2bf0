// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file info.hpp
 * What a port is made of.
 */
#pragma once

#include <netmapxx/info.hpp>

#include "nm-ctl/command.hpp"

namespace netmapxx::apps::ctl {

/** `all` also asks for header length and buffer size, each with a request of its own. */
[[nodiscard]] result describe_port(session const& s, port_spec const& spec, bool all);

[[nodiscard]] std::unique_ptr<command> make_info();

} // namespace netmapxx::apps::ctl
