// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file report.hpp
 * What a bridge reports, as text and as JSON.
 */
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/json_lines.hpp"
#include "nm-bridge/lane.hpp"

namespace netmapxx::apps::bridge {

/** One direction over a time. */
struct lane_report {
    std::string name{};
    lane_counts now{};    ///< since the start
    lane_counts before{}; ///< at the last report
};

[[nodiscard]] std::string interval_text(std::vector<lane_report> const& lanes,
                                        std::chrono::nanoseconds elapsed,
                                        std::chrono::nanoseconds length);
[[nodiscard]] json interval_json(std::vector<lane_report> const& lanes,
                                 std::chrono::nanoseconds elapsed, std::chrono::nanoseconds length);
[[nodiscard]] std::string summary_text(std::vector<lane_report> const& lanes,
                                       std::chrono::nanoseconds duration);
[[nodiscard]] json summary_json(std::vector<lane_report> const& lanes,
                                std::chrono::nanoseconds duration, bool final);

} // namespace netmapxx::apps::bridge
