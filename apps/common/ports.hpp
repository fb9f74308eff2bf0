// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file ports.hpp
 * Ports as people name and open them: messages, hints and exit codes.
 */
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <netmapxx/port.hpp>

#include "common/cli.hpp"
#include "common/exit_code.hpp"
#include "common/messages.hpp"

namespace netmapxx::apps {

/** Parses a port as typed; throws app_failure (usage) that quotes it. */
[[nodiscard]] port_spec parse_port(std::string_view option_names, std::string_view text);

/** A port whose name is exactly this, as the core knows it; throws app_failure (usage). */
[[nodiscard]] port_spec read_exact_port(std::string_view text);

/** The words --backend takes, in the order of backend_kind from device on. */
inline constexpr std::string_view backend_names[] = {"device", "embedded"};

/** The backend to ask for: the option, else `otherwise` (a name or empty). */
[[nodiscard]] backend_kind read_backend(text_option const& option, std::string_view otherwise);

/** What --require-native asks for, or does not. */
[[nodiscard]] adapter_choice read_adapter(int require_native) noexcept;

/** How the failure to open a port ends a program. */
[[nodiscard]] app_failure port_failure(std::string_view port_name, error const& e);

/** Opens; throws app_failure (port or denied). */
[[nodiscard]] port open_port(port_spec const& spec, open_options const& options);
[[nodiscard]] std::vector<port> open_ring_ports(port_spec const& spec, open_options const& options);

/** Says once that ports are visible here only, when nobody chose that. */
void note_backend(messages& say, port_info const& info);
/** Says so also when somebody did: a program without ports of its own sees nothing there. */
void note_backend(messages& say, backend_choice const& backend);

/** How an interface is served, to put behind a port's name: " (emulated)"; else empty. */
[[nodiscard]] std::string mode_note(port_info const& info);

/** True for what lives in software only and has neither link nor host side. */
[[nodiscard]] bool is_software_port(port_spec const& spec) noexcept;

} // namespace netmapxx::apps
