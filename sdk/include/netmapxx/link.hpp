// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// The link of a network interface: whether it is up, and waiting until it is.
/// Told by the kernel (route-netlink), so nothing here polls or sleeps.
#ifndef NETMAPXX_LINK_HPP
#define NETMAPXX_LINK_HPP

#include <chrono>
#include <cstdint>
#include <string_view>
#include <system_error>

#include <netmapxx/config.hpp>
#include <netmapxx/port.hpp>

namespace netmapxx::inline v1::link {

/// How far an interface is from passing packets, as RFC 2863 counts.
/// @since 0.1
enum class operational {
    unknown,          ///< the driver does not tell, as that of a loopback
    not_present,      ///< parts are missing
    down,             ///< no carrier, or not set up
    lower_layer_down, ///< what it stands on is down
    testing,          ///< under test
    dormant,          ///< waits for something outside, as an authentication
    up                ///< passes packets
};

/// @brief Name of a state: "up", "lower layer down".
/// @param state the state
/// @return a text that lives for ever
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT std::string_view to_string(operational state) noexcept;

/// The link of an interface at one moment.
/// @since 0.1
struct state {
    int index = 0;                           ///< of the interface, 1 at least
    bool enabled = false;                    ///< set up by the administrator
    bool carrier = false;                    ///< the driver has a signal
    operational oper = operational::unknown; ///< what the stack makes of that
    bool promiscuous = false;                ///< takes frames for others
    std::uint32_t mtu = 0;                   ///< bytes

    /// True if packets get through: enabled, with carrier, and nothing known to be in the way.
    [[nodiscard]] bool up() const noexcept {
        return enabled && carrier && (oper == operational::up || oper == operational::unknown);
    }
};

/// @brief Asks for the link of an interface.
/// @param ifname name, in the calling thread's network namespace
/// @return its link as it is now
/// @throws error no_such_port if there is none of that name, or the system's own code
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT state query(std::string_view ifname);
/// @copydoc query(std::string_view)
/// @param ec receives the error instead
[[nodiscard]] NETMAPXX_EXPORT state query(std::string_view ifname, std::error_code& ec) noexcept;

/// @brief True if packets get through an interface; see state::up().
/// @param ifname name, in the calling thread's network namespace
/// @return state::up() of its link
/// @throws error as query()
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT bool is_up(std::string_view ifname);
/// @copydoc is_up(std::string_view)
/// @param ec receives the error instead; the result is then false
[[nodiscard]] NETMAPXX_EXPORT bool is_up(std::string_view ifname, std::error_code& ec) noexcept;

/// @brief Waits until packets get through an interface.
///
/// Opening a NIC in netmap mode often restarts its link; what is sent before
/// it is back is lost.
/// @snippet kinds.cpp link
///
/// The interface is followed by its index, so that a change of its name does
/// not end the wait; signals do not either.
///
/// @param ifname  name, in the calling thread's network namespace
/// @param timeout negative = without limit, zero = only look
/// @return ready or timed_out
/// @throws error no_such_port if there is none of that name, port_gone if it
///         is removed while we wait, or the system's own code
/// @par Thread safety Any thread, any time.
/// @since 0.1
NETMAPXX_EXPORT wait_result wait_up(std::string_view ifname, std::chrono::nanoseconds timeout);
/// @copydoc wait_up(std::string_view, std::chrono::nanoseconds)
/// @param ec receives the error instead; the result is then error_event
NETMAPXX_EXPORT wait_result wait_up(std::string_view ifname, std::chrono::nanoseconds timeout,
                                    std::error_code& ec) noexcept;

/// @brief Waits until packets get through the interface of a port. What is no
///        interface (a switch port, a pipe, what the embedded engine serves)
///        has no link and is up at once; a monitor waits for its target's.
/// @param opened  an open port
/// @param timeout negative = without limit, zero = only look
/// @return ready or timed_out
/// @throws error closed, port_gone, or the system's own code
/// @par Thread safety As a query of the port: any thread while it stays open.
/// @since 0.1
NETMAPXX_EXPORT wait_result wait_up(port const& opened, std::chrono::nanoseconds timeout);
/// @copydoc wait_up(port const&, std::chrono::nanoseconds)
/// @param ec receives the error instead; the result is then error_event
NETMAPXX_EXPORT wait_result wait_up(port const& opened, std::chrono::nanoseconds timeout,
                                    std::error_code& ec) noexcept;

} // namespace netmapxx::inline v1::link

#endif // NETMAPXX_LINK_HPP
