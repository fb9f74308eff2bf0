// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file ports.hpp
 * Shows what can be opened here.
 */
#pragma once

#include <memory>

#include "nm-ctl/command.hpp"

namespace netmapxx::apps::ctl {

[[nodiscard]] std::unique_ptr<command> make_ports();

} // namespace netmapxx::apps::ctl
