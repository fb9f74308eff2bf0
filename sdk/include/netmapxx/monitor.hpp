// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Looking at the packets of a port that somebody else uses.
#ifndef NETMAPXX_MONITOR_HPP
#define NETMAPXX_MONITOR_HPP

#include <chrono>
#include <cstdint>
#include <system_error>

#include <netmapxx/config.hpp>
#include <netmapxx/options.hpp>
#include <netmapxx/port.hpp>
#include <netmapxx/port_spec.hpp>

namespace netmapxx::inline v1::monitor {

/// @brief How to look at a port; all defaulted, meant for designated initialisers.
/// @since 0.1
struct options {
    /// Traffic to see. Monitors by exchange see both directions always.
    monitor_direction direction = monitor_direction::both;
    /// By copy: packets before they are consumed, in memory of the monitor's own, cut at the
    /// buffer size. By exchange: after they were consumed, in the target's region.
    monitor_kind kind = monitor_kind::copy;
    /// Rings to look at; `all_nic` leaves that to the target's specification.
    ring_selection rings = {};
    std::uint32_t slots = 0; ///< per ring, at most 4096; 0 = as the target has
    /// How long to wait for somebody to open the target; negative = without limit.
    std::chrono::nanoseconds wait_for_target{0};
    /// The rest: backend, extra buffers, time stamps. Its slots count if `slots` is 0.
    open_options open = {};
};

/// @brief Opens a monitor of a port: a port that only receives.
///
/// @snippet kinds.cpp monitor
///
/// The monitor has as many rx rings as its target has in the direction that has
/// more. `packet_view::from_tx_monitor()` tells the direction. It cannot send
/// and is never to be waited on for room. When the last user of the target
/// closes it, the monitor is dead for good: waits fail with port_gone, and it
/// has to be opened again. If it is not emptied in time, the oldest packets of
/// a batch are lost; `ring_stats::suspected_overruns` counts what hints at that.
///
/// @param target what to look at; monitor flags of its own are replaced
/// @param how    what of it, and how
/// @return the open monitor
/// @throws error target_not_active if nobody uses the target (and, after
///         `wait_for_target`, nobody came), and what opening a port throws
/// @par Ownership The port is the caller's.
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT port open(port_spec const& target, options const& how = {});
/// @copydoc open(port_spec const&, options const&)
/// @param ec receives the error instead; the result is then a closed port
[[nodiscard]] NETMAPXX_EXPORT port open(port_spec const& target, options const& how,
                                        std::error_code& ec) noexcept;

} // namespace netmapxx::inline v1::monitor

#endif // NETMAPXX_MONITOR_HPP
