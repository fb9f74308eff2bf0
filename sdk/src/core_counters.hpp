// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// What the core says of a port through STATS_GET. An empty name means the port
/// the descriptor is bound to.
#ifndef NETMAPXX_CORE_COUNTERS_HPP
#define NETMAPXX_CORE_COUNTERS_HPP

#include <string_view>

#include <netmapxx/stats.hpp>

#include "device.hpp"

namespace netmapxx::inline v1::detail {

/// All counters; empty with cores that do not count. Throws `error`.
[[nodiscard]] core_port_stats read_counters(backend& host, device& dev, std::string_view name,
                                            std::string_view subject);

/// Who moves the packets of the bound port; `unknown` with cores that do not say.
[[nodiscard]] port_mode mode_of_bound(backend& host, device& dev) noexcept;

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_CORE_COUNTERS_HPP
