// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// How a port stands in Asio's reactor.
#ifndef NETMAPXX_ASIO_OPTIONS_HPP
#define NETMAPXX_ASIO_OPTIONS_HPP

namespace netmapxx::inline v1::async {

/// How long a port's descriptor stays registered with the reactor.
/// @since 0.1
enum class registration {
    /// From the beginning of each wait to its end. While no operation is pending, no
    /// thread of the context can sync the port behind the program's back.
    per_wait,
    /// From the first wait to closing: saves three system calls a wait. Allowed only when
    /// exactly one thread runs the context.
    persistent
};

/// @brief Options of `basic_port`; all defaulted, meant for designated initialisers.
///
/// @code
/// netmapxx::async_port port{context, "netmap:eth0", {}, {.split_directions = true}};
/// @endcode
///
/// @since 0.1
struct reactor_options {
    registration policy = registration::per_wait; ///< see there
    /// Opens the port twice, rx rings and tx rings in one region, so that a wait for one
    /// side never syncs the other. Only for constructors that open the port. Not for pipes
    /// and monitors: they have one owner.
    bool split_directions = false;
};

} // namespace netmapxx::inline v1::async

#endif // NETMAPXX_ASIO_OPTIONS_HPP
