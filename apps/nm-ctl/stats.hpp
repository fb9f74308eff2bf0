// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file stats.hpp
 * Counters of the core: once, or again and again.
 */
#pragma once

#include "nm-ctl/command.hpp"

namespace netmapxx::apps::ctl {

[[nodiscard]] std::unique_ptr<command> make_stats();

} // namespace netmapxx::apps::ctl
