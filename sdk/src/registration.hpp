// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// From a port specification and options to a bound descriptor.
#ifndef NETMAPXX_REGISTRATION_HPP
#define NETMAPXX_REGISTRATION_HPP

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <net/netmap.h>

#include <netmapxx/memory_area.hpp>
#include <netmapxx/options.hpp>
#include <netmapxx/port_spec.hpp>
#include <netmapxx/stats.hpp>

#include "device.hpp"

namespace netmapxx::inline v1::detail {

/// Memory of the program for a region: lent, or a file the library mapped itself.
struct own_memory {
    std::span<std::byte> bytes = {};
    std::optional<memory_area> file = {};
};

/// A bound descriptor and what the core granted.
struct registration {
    std::unique_ptr<device> dev;
    nmreq_register reply{};
    port_mode mode = port_mode::unknown;
    own_memory external = {}; ///< empty unless the region was asked to be there
};

/// Binds. Throws `error`; nothing stays open then.
[[nodiscard]] registration register_port(backend& host, port_spec const& spec,
                                         open_options const& options);

/// The request for a specification, before anything is asked of the core.
/// Throws `error` for options that contradict each other.
[[nodiscard]] nmreq_register register_request(port_spec const& spec, open_options const& options);

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_REGISTRATION_HPP
