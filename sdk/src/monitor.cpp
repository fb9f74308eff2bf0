// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/monitor.hpp>

#include <algorithm>
#include <thread>

#include <netmapxx/error.hpp>

#include "deadline.hpp"
#include "guarded.hpp"

namespace netmapxx::inline v1::monitor {

namespace {

using namespace std::chrono_literals;

[[nodiscard]] port_spec spec_of(port_spec const& target, options const& how) {
    port_spec spec = target;
    switch (how.rings.kind) {
    case ring_kind::all_nic:
        break;
    case ring_kind::one_nic:
        spec = spec.with_ring(how.rings.index);
        break;
    case ring_kind::all_host:
        spec = spec.with_host();
        break;
    case ring_kind::one_host:
        spec = spec.with_host(how.rings.index);
        break;
    case ring_kind::nic_and_host:
        spec = spec.with_all();
        break;
    }
    return spec.with_monitor(how.direction, how.kind);
}

[[nodiscard]] open_options options_of(options const& how) {
    open_options out = how.open;
    if (how.slots != 0)
        out.tx_slots = out.rx_slots = how.slots;
    return out;
}

} // namespace

port open(port_spec const& target, options const& how) {
    auto const spec = spec_of(target, how);
    auto const opening = options_of(how);
    detail::deadline const end{how.wait_for_target};
    // No core tells when a port comes into use, so this one wait has to ask.
    std::chrono::nanoseconds pause = 1ms;
    for (;;) {
        try {
            return port{spec, opening};
        } catch (error const& e) {
            bool const may_come =
                e.code() == errc::target_not_active || e.code() == errc::no_such_port;
            if (!may_come || end.over())
                throw;
        }
        std::this_thread::sleep_for(std::min(pause, end.left().value_or(pause)));
        pause = std::min<std::chrono::nanoseconds>(pause * 2, 50ms);
    }
}

port open(port_spec const& target, options const& how, std::error_code& ec) noexcept {
    return detail::guarded(ec, [&] { return open(target, how); });
}

} // namespace netmapxx::inline v1::monitor
