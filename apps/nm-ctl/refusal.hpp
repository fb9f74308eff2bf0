// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file refusal.hpp
 * What a person is told when the core refuses, and the exit status that goes
 * with it.
 */
#pragma once

#include <netmapxx/error.hpp>

#include "common/exit_code.hpp"

namespace netmapxx::apps::ctl {

/**
 * The core's own words if it gave any; otherwise its error number, read as the
 * operation suggests: an attach that is invalid means that the interface is
 * not there.
 */
[[nodiscard]] app_failure refusal(error const& e);

} // namespace netmapxx::apps::ctl
