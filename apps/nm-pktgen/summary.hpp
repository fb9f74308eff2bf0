// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file summary.hpp
 * What a run reports: the same figures as text and as JSON.
 */
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/json_lines.hpp"
#include "nm-pktgen/counters.hpp"
#include "nm-pktgen/options.hpp"

namespace netmapxx::apps::pktgen {

/** Sums over all workers of each direction, at one moment. */
struct totals {
    traffic sent{};
    traffic received{};
};

/** One report interval. */
struct interval_report {
    totals now{};   ///< since the start
    totals delta{}; ///< in this interval
    std::chrono::nanoseconds elapsed{0};
    std::chrono::nanoseconds length{0};
    std::optional<std::uint32_t> least_free{};
};

/** The end of a run, or an interim reading of it. */
struct summary_report {
    totals sum{};
    std::chrono::nanoseconds sent_for{0};
    std::chrono::nanoseconds received_for{0};
    bool final = true;
    std::vector<traffic> senders{};
    std::vector<traffic> receivers{};
};

[[nodiscard]] std::string interval_text(options const& o, interval_report const& r);
[[nodiscard]] json interval_json(options const& o, interval_report const& r);

[[nodiscard]] std::string summary_text(options const& o, summary_report const& r);
[[nodiscard]] json summary_json(options const& o, summary_report const& r);

/** Packets of a loop that did not come back. */
[[nodiscard]] std::uint64_t lost_in_loop(options const& o, totals const& t) noexcept;

} // namespace netmapxx::apps::pktgen
