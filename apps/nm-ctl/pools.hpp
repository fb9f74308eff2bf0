// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file pools.hpp
 * The objects of a memory region.
 */
#pragma once

#include "nm-ctl/command.hpp"

namespace netmapxx::apps::ctl {

[[nodiscard]] std::unique_ptr<command> make_pools();

} // namespace netmapxx::apps::ctl
