// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file param.hpp
 * Parameters of the core: those of the module, or of the engine in this process.
 */
#pragma once

#include "nm-ctl/command.hpp"

namespace netmapxx::apps::ctl {

[[nodiscard]] std::unique_ptr<command> make_param();

} // namespace netmapxx::apps::ctl
