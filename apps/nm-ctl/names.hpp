// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file names.hpp
 * Names and small numbers as the commands take them.
 */
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <netmapxx/port_spec.hpp>
#include <netmapxx/vale.hpp>

#include "common/cli.hpp"
#include "nm-ctl/system_view.hpp"

namespace netmapxx::apps::ctl {

/**
 * A switch port, valeS:P. Everything behind the colon is its name, also what
 * would be rings or flags in a specification. Throws app_failure (usage).
 */
[[nodiscard]] port_spec read_switch_port(std::string_view text);

/** An interface to make or delete; throws app_failure (usage). */
[[nodiscard]] std::string read_interface(std::string_view text);

/** A switch as typed: "vale0", "vale0:" or "0"; gives "vale0:". Throws app_failure (usage). */
[[nodiscard]] std::string read_switch(std::string_view text);

/** `txs[,rxs[,txr[,rxr]]]`: one number sets both slot counts, three both ring counts. */
[[nodiscard]] vale::port_config read_conf(text_option const& option);

/** The classic `x[,y[,z]]` of polling. */
[[nodiscard]] vale::polling read_polling(text_option const& option);

/** A region id, or the region of a named port; 0 if the option was not given. */
[[nodiscard]] std::uint16_t read_region(text_option const& option, backend_kind backend);

/** Throws app_failure (usage) unless all CPUs are online, where the system tells. */
void check_cpus(vale::polling const& how, system_view const& system);

/** The most similar of `names`, or nothing if none is similar. */
[[nodiscard]] std::string_view closest_name(std::string_view word,
                                            std::span<std::string_view const> names);

} // namespace netmapxx::apps::ctl
