// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file report.hpp
 * What a capture says of its progress and of its end: as text and as JSON.
 */
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/json_lines.hpp"
#include "nm-capture/source.hpp"

namespace netmapxx::apps::capture {

/** A reading of one source. */
struct source_report {
    std::string port{};
    capture_counts counts{};
    std::uint64_t lost = 0; ///< recorded, but the file did not take them

    [[nodiscard]] std::uint64_t written() const noexcept { return counts.recorded - lost; }
    [[nodiscard]] std::uint64_t dropped() const noexcept { return counts.dropped + lost; }
};

/** Readings of all sources. */
using capture_report = std::vector<source_report>;

[[nodiscard]] source_report total(capture_report const& rows);

[[nodiscard]] std::string interval_text(capture_counts const& now, capture_counts const& before,
                                        std::chrono::nanoseconds elapsed,
                                        std::chrono::nanoseconds length);
[[nodiscard]] json interval_json(capture_report const& rows, capture_counts const& before,
                                 std::chrono::nanoseconds elapsed, std::chrono::nanoseconds length);

/** `bytes` are those of the file. */
[[nodiscard]] std::string summary_text(capture_report const& rows, std::uint64_t bytes);
[[nodiscard]] json summary_json(capture_report const& rows, std::uint64_t bytes,
                                std::chrono::nanoseconds duration, bool final);

} // namespace netmapxx::apps::capture
