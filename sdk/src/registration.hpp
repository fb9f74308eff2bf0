// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// From a port specification and options to a bound descriptor.
#ifndef NETMAPXX_REGISTRATION_HPP
#define NETMAPXX_REGISTRATION_HPP

#include <memory>
#include <string>

#include <net/netmap.h>

#include <netmapxx/options.hpp>
#include <netmapxx/port_spec.hpp>
#include <netmapxx/stats.hpp>

#include "device.hpp"

namespace netmapxx::inline v1::detail {

/// A bound descriptor and what the core granted.
struct registration {
    std::unique_ptr<device> dev;
    nmreq_register reply{};
    port_mode mode = port_mode::unknown;
};

/// Binds. Throws `error`; nothing stays open then.
[[nodiscard]] registration register_port(backend& host, port_spec const& spec,
                                         open_options const& options);

/// The request for a specification, before anything is asked of the core.
/// Throws `error` for options that contradict each other.
[[nodiscard]] nmreq_register register_request(port_spec const& spec, open_options const& options);

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_REGISTRATION_HPP
