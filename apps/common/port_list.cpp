// SPDX-License-Identifier: BSD-2-Clause
#include "common/port_list.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <netmapxx/error.hpp>
#include <netmapxx/stats.hpp>
#include <netmapxx/vale.hpp>

#include "common/ports.hpp"

namespace netmapxx::apps {
namespace {

/** What the core says of it besides its shape; another core does not tell. */
void look_closer(openable& found, port_spec const& spec, backend_kind backend) {
    std::error_code ec;
    auto const stats = core_stats(spec, ec, backend);
    if (ec == errc::no_such_port)
        found.in_use = false;
    if (ec || !stats.rings)
        return;
    found.in_use = !stats.opens || *stats.opens > 0;
    if (stats.mode == port_mode::native || stats.mode == port_mode::emulated)
        found.adapter = to_string(stats.mode);
}

openable look_at(std::string const& name, std::string_view kind, backend_kind backend) {
    openable found{.name = name, .kind = kind};
    try {
        auto const spec = read_exact_port(name);
        found.port = port_information(spec, backend);
        look_closer(found, spec, backend);
    } catch (app_failure const& e) {
        found.why_not = e.what(); // a name that no specification can hold
    } catch (error const& e) {
        found.why_not = e.detail().empty() ? e.code().message() : std::string(e.detail());
        if (e.code() == condition::denied || e.code() == errc::backend_unavailable)
            throw;
    }
    return found;
}

std::string one_line(openable const& p, std::size_t width) {
    if (!p.port)
        return fmt::format("{:<{}}  {:<11}  cannot be opened: {}\n", p.name, width, p.kind,
                           p.why_not);
    auto const use = !p.in_use ? "" : *p.in_use ? ", in use" : ", free";
    auto const how = p.adapter ? fmt::format(", {}", *p.adapter) : std::string{};
    return fmt::format("{:<{}}  {:<11}  {}x{} rings, {}x{} slots, {}x{} host rings, region {}{}{}\n",
                       p.name, width, p.kind, p.port->tx_rings, p.port->rx_rings, p.port->tx_slots,
                       p.port->rx_slots, p.port->host_tx_rings, p.port->host_rx_rings,
                       p.port->memory_id, how, use);
}

json one_object(openable const& p) {
    auto const number = [&](auto port_description::*field) {
        return p.port ? json(*p.port.*field) : json(nullptr);
    };
    return {{"name", p.name},
            {"kind", p.kind},
            {"adapter", p.port ? json_or_null(p.adapter) : json("none")},
            {"tx_rings", number(&port_description::tx_rings)},
            {"rx_rings", number(&port_description::rx_rings)},
            {"tx_slots", number(&port_description::tx_slots)},
            {"rx_slots", number(&port_description::rx_slots)},
            {"host_tx_rings", number(&port_description::host_tx_rings)},
            {"host_rx_rings", number(&port_description::host_rx_rings)},
            {"memory_id", number(&port_description::memory_id)},
            {"in_use", json_or_null(p.in_use)},
            {"reason", p.port ? json(nullptr) : json(p.why_not)}};
}

} // namespace

std::vector<openable> find_ports(backend_kind backend, system_files const& system) {
    std::vector<openable> all;
    for (auto const& name : system.interfaces())
        all.push_back(look_at(name, "interface", backend));
    for (auto const& p : vale::list(backend))
        all.push_back(look_at(p.name, "switch port", backend));
    return all;
}

result describe(std::vector<openable> const& ports) {
    result r{.fields = {{"ports", json::array()}}};
    std::size_t width = 0;
    for (auto const& p : ports)
        width = std::max(width, p.name.size());
    for (auto const& p : ports) {
        r.text += one_line(p, width);
        r.fields["ports"].push_back(one_object(p));
    }
    return r;
}

} // namespace netmapxx::apps
