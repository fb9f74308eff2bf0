// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file checks.hpp
 * What doctor looks at.
 */
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <netmapxx/backend.hpp>

#include "nm-ctl/system_view.hpp"

namespace netmapxx::apps::ctl {

/** How bad it is. */
enum class finding_level { ok, note, warning, error };

inline constexpr std::string_view finding_level_names[] = {"ok", "note", "warning", "error"};

struct finding {
    finding_level level = finding_level::ok;
    std::string_view check{}; ///< what was looked at: "device"
    std::string text{};
    std::string fix{}; ///< what to do, empty if nothing is to be done
};

using findings = std::vector<finding>;

/** Whom the checks ask. */
struct patient {
    system_view const& system;
    backend_kind backend = backend_kind::device;
    bool named = false; ///< somebody asked for this backend
};

/** The device node and the module behind it. */
void check_device(patient const& p, findings& out);
/** Whether the core answers, and whether it is one that explains and counts. */
void check_core(patient const& p, findings& out);
/** Parameters whose values do harm. */
void check_parameters(patient const& p, findings& out);
/** Memory for the global region, huge pages, limits of processes. */
void check_memory(patient const& p, findings& out);
/** An interface: there, up, free, and what may surprise whoever opens it. */
void check_interface(patient const& p, std::string const& name, findings& out);

} // namespace netmapxx::apps::ctl
