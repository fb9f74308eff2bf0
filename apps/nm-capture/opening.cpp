// SPDX-License-Identifier: BSD-2-Clause
#include "nm-capture/opening.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "common/ports.hpp"

namespace netmapxx::apps::capture {
namespace {

/** The most that monitors have; the more, the later they lose packets. */
constexpr std::uint32_t monitor_slots = 4096;

bool asks_for_slots(port_spec const& spec) {
    return std::ranges::any_of(spec.options(), [](auto const& o) { return o.name == "conf"; });
}

port open_monitor(target const& t, open_options options) {
    if (asks_for_slots(t.spec))
        return port::open(t.spec, options);
    options.rx_slots = monitor_slots;
    std::error_code ec;
    auto p = port::open(t.spec, options, ec);
    if (p.is_open())
        return p;
    options.rx_slots = 0; // the port's region may be too small, so: as many as the port has
    return port::open(t.spec, options);
}

/** A pipe's end that is not there is told by no code of its own. */
bool not_in_netmap_mode(error const& e) noexcept {
    return e.code() == errc::target_not_active || e.code() == std::errc::invalid_argument;
}

/** What may be otherwise a moment later; throws what may not. */
app_failure explain(target const& t, options const& o, error const& e) {
    if (t.spec.is_monitor() && not_in_netmap_mode(e))
        return {exit_code::port,
                fmt::format("{} is {}not in netmap mode", t.label, o.wait_target ? "still " : ""),
                o.wait_target ? "a longer --wait-target, or --direct to take the port itself"
                              : "start the application first, use --wait-target, or --direct"};
    auto failure = port_failure(t.label, e);
    if (t.spec.is_monitor() && (e.code() == errc::no_such_port || e.code() == errc::port_gone))
        return failure;
    throw failure;
}

} // namespace

attempt try_open(target const& t, options const& o) {
    bool const monitor = t.spec.is_monitor();
    open_options const options{.backend = o.backend,
                               .exclusive = !monitor,
                               .directions = direction_set::rx,
                               .accept_vnet_header = true,
                               .timestamps = o.time == time_source::ring};
    open_options plain = options;
    plain.directions = direction_set::both; // a monitor's tx ring is none
    try {
        auto p = monitor ? open_monitor(t, plain) : port::open(t.spec, options);
        if (p.rx_rings().empty())
            throw app_failure(exit_code::port, fmt::format("{} has no rx rings", t.label));
        return {std::move(p), std::nullopt};
    } catch (error const& e) {
        return {{}, explain(t, o, e)};
    }
}

} // namespace netmapxx::apps::capture
