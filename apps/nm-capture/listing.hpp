// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file listing.hpp
 * What can be captured from here (-D).
 */
#pragma once

#include "common/env.hpp"
#include "common/exit_code.hpp"
#include "common/messages.hpp"
#include "nm-capture/options.hpp"

namespace netmapxx::apps::capture {

/** Lists interfaces and switch ports, as nm-ctl does. */
[[nodiscard]] exit_code list_ports(options const& o, app_env& env, messages& say);

} // namespace netmapxx::apps::capture
