// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file opening.hpp
 * Opens capture points, and says what is missing where that fails.
 */
#pragma once

#include <optional>

#include <netmapxx/port.hpp>

#include "common/exit_code.hpp"
#include "nm-capture/options.hpp"

namespace netmapxx::apps::capture {

/** An open port, or how a run ends that waits no longer. */
struct attempt {
    port opened{};
    std::optional<app_failure> why_not{};
};

/**
 * Opens, or says that the observed port is not there or not in netmap mode,
 * which may change. Throws app_failure for what stays as it is.
 */
[[nodiscard]] attempt try_open(target const& t, options const& o);

} // namespace netmapxx::apps::capture
