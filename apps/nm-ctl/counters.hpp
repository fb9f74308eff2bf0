// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file counters.hpp
 * Counters of ports, as the core keeps them, and how they change.
 */
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <netmapxx/stats.hpp>

#include "common/json_values.hpp"

namespace netmapxx::apps::ctl {

/** The counters of one port. */
struct port_counters {
    std::string name{};
    core_port_stats stats{};
};

/** What a port moved in a time, both directions and all rings together. */
struct port_rates {
    std::string name{};
    double tx_pps = 0;
    double tx_bps = 0;
    double rx_pps = 0;
    double rx_bps = 0;
    double dropped_pps = 0;
};

/** All drops of a ring. */
[[nodiscard]] std::uint64_t total_drops(core_ring_stats const& ring) noexcept;

/** "receiver_full" for a program, where people read "receiver full". */
[[nodiscard]] std::string json_name(drop_reason reason);

[[nodiscard]] std::string counters_text(std::vector<port_counters> const& ports);
[[nodiscard]] json counters_json(std::vector<port_counters> const& ports);

/**
 * Rates of the ports that are in both; counters that went back (a port that was
 * closed and opened again) count from 0.
 */
[[nodiscard]] std::vector<port_rates> rates_between(std::vector<port_counters> const& before,
                                                    std::vector<port_counters> const& now,
                                                    std::chrono::nanoseconds length);
[[nodiscard]] std::string rates_text(std::vector<port_rates> const& ports,
                                     std::chrono::nanoseconds elapsed);
[[nodiscard]] json rates_json(std::vector<port_rates> const& ports,
                              std::chrono::nanoseconds elapsed, std::chrono::nanoseconds length);

} // namespace netmapxx::apps::ctl
