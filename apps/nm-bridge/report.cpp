// SPDX-License-Identifier: BSD-2-Clause
#include "nm-bridge/report.hpp"

#include <fmt/format.h>

#include "common/json_values.hpp"
#include "common/units.hpp"

namespace netmapxx::apps::bridge {
namespace {

double per_second(std::uint64_t n, std::chrono::nanoseconds t) {
    return t.count() > 0 ? static_cast<double>(n) * 1e9 / static_cast<double>(t.count()) : 0;
}

json lane_json(lane_report const& r, std::chrono::nanoseconds length) {
    auto const packets = r.now.packets - r.before.packets;
    auto const bytes = r.now.bytes - r.before.bytes;
    auto const batches = r.now.batches - r.before.batches;
    auto const mean = batches == 0
                          ? json(nullptr)
                          : json(static_cast<double>(packets) / static_cast<double>(batches));
    return {{"direction", r.name},
            {"pkts", r.now.packets},
            {"bytes", r.now.bytes},
            {"pps", per_second(packets, length)},
            {"bps", 8 * per_second(bytes, length)},
            {"batch_mean_pkts", mean},
            {"exchanged_pkts", r.now.exchanged},
            {"copied_pkts", r.now.copied},
            {"dropped_pkts", r.now.dropped},
            {"too_long_pkts", r.now.too_long},
            {"bad_slot_pkts", r.now.bad},
            {"tx_full_events", r.now.full_events},
            {"longest_stall_ns", r.now.longest_stall.count()}};
}

json all_lanes(std::vector<lane_report> const& lanes, std::chrono::nanoseconds length) {
    json rows = json::array();
    for (auto const& lane : lanes)
        rows.push_back(lane_json(lane, length));
    return rows;
}

std::string losses(lane_counts const& c) {
    std::string text;
    if (c.dropped != 0)
        text += fmt::format(", {} dropped", c.dropped);
    if (c.too_long != 0)
        text += fmt::format(", {} too long", c.too_long);
    if (c.bad != 0)
        text += fmt::format(", {} with bad slots", c.bad);
    return text;
}

} // namespace

std::string interval_text(std::vector<lane_report> const& lanes, std::chrono::nanoseconds elapsed,
                          std::chrono::nanoseconds length) {
    std::string text = fmt::format("{:9.3f} s:", std::chrono::duration<double>(elapsed).count());
    for (auto const& r : lanes)
        text +=
            fmt::format("{} {} {}, {}", &r == lanes.data() ? "" : " |", r.name,
                        format_scaled(per_second(r.now.packets - r.before.packets, length), "pps"),
                        format_scaled(8 * per_second(r.now.bytes - r.before.bytes, length), "bps"));
    return text;
}

json interval_json(std::vector<lane_report> const& lanes, std::chrono::nanoseconds elapsed,
                   std::chrono::nanoseconds length) {
    return {{"elapsed_ns", elapsed.count()},
            {"interval_ns", length.count()},
            {"directions", all_lanes(lanes, length)}};
}

std::string summary_text(std::vector<lane_report> const& lanes, std::chrono::nanoseconds duration) {
    std::string text;
    for (auto const& r : lanes)
        text += fmt::format("{}: {} packets, {} bytes in {} ({} exchanged, {} copied{})\n", r.name,
                            r.now.packets, r.now.bytes, format_duration(duration), r.now.exchanged,
                            r.now.copied, losses(r.now));
    return text;
}

json summary_json(std::vector<lane_report> const& lanes, std::chrono::nanoseconds duration,
                  bool final) {
    return {{"interim", !final},
            {"duration_ns", duration.count()},
            {"directions", all_lanes(lanes, duration)}};
}

} // namespace netmapxx::apps::bridge
