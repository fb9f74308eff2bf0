// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/counters.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "common/units.hpp"

namespace netmapxx::apps::ctl {
namespace {

std::string_view direction_name(bool tx) noexcept {
    return tx ? "tx" : "rx";
}

template <class Visit> void for_each_drop(core_ring_stats const& ring, Visit const& visit) {
    for (std::size_t i = 0; i < drop_reason_count; ++i)
        visit(static_cast<drop_reason>(i), ring.drops[i]);
}

std::string drops_text(core_ring_stats const& ring) {
    if (total_drops(ring) == 0)
        return {};
    std::vector<std::string> parts;
    for_each_drop(ring, [&](drop_reason reason, std::uint64_t n) {
        if (n != 0)
            parts.push_back(fmt::format("{} {}", to_string(reason), n));
    });
    if (ring.other_drops != 0)
        parts.push_back(fmt::format("other reasons {}", ring.other_drops));
    return fmt::format(", {} dropped ({})", total_drops(ring), fmt::join(parts, ", "));
}

std::string ring_text(core_ring_stats const& r) {
    return fmt::format("  {} {}: {} packets, {} bytes, {} syncs, {} wake-ups{}{}\n",
                       direction_name(r.tx), r.index, r.packets, r.bytes, r.syncs, r.wakeups,
                       r.bad_rings != 0 ? fmt::format(", {} bad syncs", r.bad_rings) : "",
                       drops_text(r));
}

json ring_json(core_ring_stats const& r) {
    json drops = json::object();
    for_each_drop(r, [&](drop_reason reason, std::uint64_t n) { drops[json_name(reason)] = n; });
    drops["other"] = r.other_drops;
    return {{"direction", direction_name(r.tx)},
            {"index", r.index},
            {"pkts", r.packets},
            {"bytes", r.bytes},
            {"syncs", r.syncs},
            {"wakeups", r.wakeups},
            {"bad_syncs", r.bad_rings},
            {"dropped_pkts", total_drops(r)},
            {"drops_pkts", std::move(drops)}};
}

json memory_json(std::optional<core_memory_stats> const& m) {
    if (!m)
        return nullptr;
    return {{"memory_id", m->id},
            {"capacity_bytes", m->capacity},
            {"populated_bytes", m->populated},
            {"buffers", m->buffers_total},
            {"used_buffers", m->buffers_used}};
}

struct sums {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::uint64_t drops = 0;
};

sums sum_of(port_counters const& port, bool tx) {
    sums s;
    for (auto const& ring : port.stats.rings.value_or(std::vector<core_ring_stats>{}))
        if (ring.tx == tx) {
            s.packets += ring.packets;
            s.bytes += ring.bytes;
            s.drops += total_drops(ring);
        }
    return s;
}

double rate(std::uint64_t before, std::uint64_t now, std::chrono::nanoseconds length) {
    auto const n = static_cast<double>(now >= before ? now - before : now);
    return length.count() > 0 ? n * 1e9 / static_cast<double>(length.count()) : 0;
}

} // namespace

std::uint64_t total_drops(core_ring_stats const& ring) noexcept {
    return std::accumulate(ring.drops.begin(), ring.drops.end(), ring.other_drops);
}

std::string json_name(drop_reason reason) {
    std::string name(to_string(reason));
    std::ranges::replace_if(
        name, [](char c) { return c == ' ' || c == '-'; }, '_');
    return name;
}

std::string counters_text(std::vector<port_counters> const& ports) {
    std::string text;
    for (auto const& p : ports) {
        if (!p.stats.rings) {
            text += fmt::format("{}: not available with this core\n", p.name);
            continue;
        }
        text += p.name;
        if (auto const& m = p.stats.memory)
            text += fmt::format(": region {}, {} of {} buffers in use, {} bytes populated", m->id,
                                m->buffers_used, m->buffers_total, m->populated);
        text += '\n';
        for (auto const& ring : *p.stats.rings)
            text += ring_text(ring);
    }
    return text;
}

json counters_json(std::vector<port_counters> const& ports) {
    json rows = json::array();
    for (auto const& p : ports) {
        json rings(nullptr);
        if (p.stats.rings) {
            rings = json::array();
            for (auto const& ring : *p.stats.rings)
                rings.push_back(ring_json(ring));
        }
        rows.push_back({{"name", p.name},
                        {"rings", std::move(rings)},
                        {"memory", memory_json(p.stats.memory)}});
    }
    return rows;
}

std::vector<port_rates> rates_between(std::vector<port_counters> const& before,
                                      std::vector<port_counters> const& now,
                                      std::chrono::nanoseconds length) {
    std::vector<port_rates> out;
    for (auto const& p : now) {
        auto const was = std::ranges::find(before, p.name, &port_counters::name);
        if (was == before.end() || !p.stats.rings)
            continue;
        auto const tx0 = sum_of(*was, true);
        auto const tx1 = sum_of(p, true);
        auto const rx0 = sum_of(*was, false);
        auto const rx1 = sum_of(p, false);
        out.push_back({.name = p.name,
                       .tx_pps = rate(tx0.packets, tx1.packets, length),
                       .tx_bps = 8 * rate(tx0.bytes, tx1.bytes, length),
                       .rx_pps = rate(rx0.packets, rx1.packets, length),
                       .rx_bps = 8 * rate(rx0.bytes, rx1.bytes, length),
                       .dropped_pps = rate(tx0.drops + rx0.drops, tx1.drops + rx1.drops, length)});
    }
    return out;
}

std::string rates_text(std::vector<port_rates> const& ports, std::chrono::nanoseconds elapsed) {
    auto text = fmt::format("{:9.3f} s:", std::chrono::duration<double>(elapsed).count());
    if (ports.empty())
        return text + " no counters";
    for (auto const& p : ports)
        text += fmt::format("{} {} tx {}, rx {}, dropped {}", &p == ports.data() ? "" : " |",
                            p.name, format_scaled(p.tx_pps, "pps"), format_scaled(p.rx_pps, "pps"),
                            format_scaled(p.dropped_pps, "pps"));
    return text;
}

json rates_json(std::vector<port_rates> const& ports, std::chrono::nanoseconds elapsed,
                std::chrono::nanoseconds length) {
    json rows = json::array();
    for (auto const& p : ports)
        rows.push_back({{"name", p.name},
                        {"tx_pps", p.tx_pps},
                        {"tx_bps", p.tx_bps},
                        {"rx_pps", p.rx_pps},
                        {"rx_bps", p.rx_bps},
                        {"dropped_pps", p.dropped_pps}});
    return {{"elapsed_ns", elapsed.count()},
            {"interval_ns", length.count()},
            {"ports", std::move(rows)}};
}

} // namespace netmapxx::apps::ctl
