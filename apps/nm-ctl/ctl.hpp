// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file ctl.hpp
 * The program as a function.
 */
#pragma once

#include <span>
#include <string_view>

#include "common/env.hpp"

namespace netmapxx::apps::ctl {

/**
 * Runs nm-ctl with these words (without the program's name) and returns its
 * exit status. Touches no signal, no global and no stream but those of `env`,
 * so that several runs can live side by side in one process.
 */
[[nodiscard]] int run(std::span<char const* const> args, app_env& env);

/** The same for the letters of the classic vale-ctl. */
[[nodiscard]] int run_classic(std::span<char const* const> args, app_env& env);

/** True if a program started under this name takes the classic letters. */
[[nodiscard]] bool is_classic_name(std::string_view program) noexcept;

} // namespace netmapxx::apps::ctl
