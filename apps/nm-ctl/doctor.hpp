// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file doctor.hpp
 * Checks of this machine, with fixes.
 */
#pragma once

#include "nm-ctl/checks.hpp"
#include "nm-ctl/command.hpp"

namespace netmapxx::apps::ctl {

/** All checks; those of an interface where one is named. */
[[nodiscard]] findings examine(patient const& p, std::optional<std::string> const& interface);
[[nodiscard]] result describe(findings const& all);
/** Verification failed if anything is an error. */
[[nodiscard]] exit_code verdict(findings const& all) noexcept;

[[nodiscard]] std::unique_ptr<command> make_doctor();

} // namespace netmapxx::apps::ctl
