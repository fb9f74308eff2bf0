// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file capture.hpp
 * The program as a function.
 */
#pragma once

#include <span>

#include "common/env.hpp"

namespace netmapxx::apps::capture {

/**
 * Runs nm-capture with these words (without the program's name) and returns its
 * exit status. Touches no signal, no global and no stream but those of `env`,
 * so that several runs can live side by side in one process.
 */
[[nodiscard]] int run(std::span<char const* const> args, app_env& env);

} // namespace netmapxx::apps::capture
