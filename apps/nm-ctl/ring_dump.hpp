// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file ring_dump.hpp
 * The rings of a port as they lie in memory.
 */
#pragma once

#include <vector>

#include <netmapxx/snapshot.hpp>

#include "nm-ctl/command.hpp"

namespace netmapxx::apps::ctl {

/** `slots`: each slot, too, in the text; JSON has always all. */
[[nodiscard]] result describe(std::string const& name, std::vector<ring_snapshot> const& rings,
                              bool slots);

[[nodiscard]] std::unique_ptr<command> make_ring_dump();

} // namespace netmapxx::apps::ctl
