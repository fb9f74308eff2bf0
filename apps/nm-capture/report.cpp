// SPDX-License-Identifier: BSD-2-Clause
#include "nm-capture/report.hpp"

#include <fmt/format.h>

#include "common/json_values.hpp"
#include "common/units.hpp"

namespace netmapxx::apps::capture {
namespace {

double per_second(std::uint64_t n, std::chrono::nanoseconds t) {
    return t.count() > 0 ? static_cast<double>(n) * 1e9 / static_cast<double>(t.count()) : 0;
}

json figures(source_report const& r) {
    return {{"captured_pkts", r.counts.captured},
            {"captured_bytes", r.counts.captured_bytes},
            {"written_pkts", r.written()},
            {"filtered_pkts", r.counts.filtered},
            {"dropped_pkts", r.dropped()},
            {"damaged_pkts", r.counts.damaged},
            {"port_dropped_pkts", json_or_null(r.counts.port_dropped)}};
}

json all_ports(capture_report const& rows) {
    json ports = json::array();
    for (auto const& row : rows) {
        json one{{"port", row.port}};
        one.update(figures(row));
        ports.push_back(std::move(one));
    }
    return ports;
}

} // namespace

source_report total(capture_report const& rows) {
    source_report sum;
    sum.counts.port_dropped = 0;
    for (auto const& row : rows) {
        sum.counts += row.counts;
        sum.lost += row.lost;
    }
    return sum;
}

std::string interval_text(capture_counts const& now, capture_counts const& before,
                          std::chrono::nanoseconds elapsed, std::chrono::nanoseconds length) {
    return fmt::format(
        "{:9.3f} s: {}, {}, {} packets, {} dropped", std::chrono::duration<double>(elapsed).count(),
        format_scaled(per_second(now.captured - before.captured, length), "pps"),
        format_scaled(8 * per_second(now.captured_bytes - before.captured_bytes, length), "bps"),
        now.recorded, now.dropped);
}

json interval_json(capture_report const& rows, capture_counts const& before,
                   std::chrono::nanoseconds elapsed, std::chrono::nanoseconds length) {
    auto const sum = total(rows);
    json fields{{"elapsed_ns", elapsed.count()},
                {"interval_ns", length.count()},
                {"pps", per_second(sum.counts.captured - before.captured, length)},
                {"bps", 8 * per_second(sum.counts.captured_bytes - before.captured_bytes, length)}};
    fields.update(figures(sum));
    fields["ports"] = all_ports(rows);
    return fields;
}

std::string summary_text(capture_report const& rows, std::uint64_t bytes) {
    auto const sum = total(rows);
    auto const port = sum.counts.port_dropped ? fmt::format("{}", *sum.counts.port_dropped)
                                              : std::string("unknown");
    auto const damaged =
        sum.counts.damaged != 0 ? fmt::format("{} damaged, ", sum.counts.damaged) : std::string{};
    return fmt::format("{} packets captured, {} written, {} filtered out, {}{} dropped by program, "
                       "{} dropped by port, {} bytes, 1 file\n",
                       sum.counts.captured, sum.written(), sum.counts.filtered, damaged,
                       sum.dropped(), port, bytes);
}

json summary_json(capture_report const& rows, std::uint64_t bytes,
                  std::chrono::nanoseconds duration, bool final) {
    json fields{{"interim", !final}, {"duration_ns", duration.count()}};
    fields.update(figures(total(rows)));
    fields["file_bytes"] = final ? json(bytes) : json(nullptr);
    fields["ports"] = all_ports(rows);
    return fields;
}

} // namespace netmapxx::apps::capture
