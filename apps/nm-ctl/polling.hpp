// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file polling.hpp
 * Kernel threads that poll an attached interface.
 */
#pragma once

#include <netmapxx/vale.hpp>

#include "nm-ctl/command.hpp"

namespace netmapxx::apps::ctl {

/** Throws app_failure (usage) for a CPU that is not online. */
[[nodiscard]] result start_polling(session const& s, port_spec const& spec,
                                   vale::polling const& how);
[[nodiscard]] result stop_polling(session const& s, port_spec const& spec);

[[nodiscard]] std::unique_ptr<command> make_polling();

} // namespace netmapxx::apps::ctl
