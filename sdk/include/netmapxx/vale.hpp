// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Administration of VALE switches. Each call opens and closes a control
/// handle of its own.
///
/// A switch port that a call names is a specification without rings, flags,
/// region or options: `vale0:eth0`, or `vale0:[eth-1]` when the name ends like
/// a ring number.
#ifndef NETMAPXX_VALE_HPP
#define NETMAPXX_VALE_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <netmapxx/backend.hpp>
#include <netmapxx/config.hpp>
#include <netmapxx/port_spec.hpp>

namespace netmapxx::inline v1::vale {

/// One port of a switch.
/// @since 0.1
struct entry {
    std::string name = {};          ///< "vale0:a"
    std::uint16_t switch_index = 0; ///< position of the switch
    std::uint32_t port_index = 0;   ///< position of the port in its switch

    /// Same name and places.
    friend bool operator==(entry const&, entry const&) = default;
};

/// Rings and region of a port; 0 = the core's choice.
/// @since 0.1
struct port_config {
    std::uint32_t tx_slots = 0;  ///< slots per tx ring
    std::uint32_t rx_slots = 0;  ///< slots per rx ring
    std::uint16_t tx_rings = 0;  ///< tx rings
    std::uint16_t rx_rings = 0;  ///< rx rings
    std::uint16_t memory_id = 0; ///< region

    /// Same rings and region.
    friend bool operator==(port_config const&, port_config const&) = default;
};

/// How an interface is plugged into a switch.
/// @since 0.1
struct attach_options {
    bool with_host = false;  ///< its host stack too, as a second port
    port_config config = {}; ///< rings and region, where the core lets them be chosen
};

/// Which threads poll an attached interface.
/// @since 0.1
enum class polling_mode {
    single,  ///< one thread serves all rx rings
    per_ring ///< one thread for each rx ring from `first_cpu` on
};

/// Busy polling of an attached interface.
/// @since 0.1
struct polling {
    polling_mode mode = polling_mode::single; ///< which threads
    std::uint32_t first_cpu = 0;              ///< CPU of the first thread
    std::uint32_t cpus = 1;                   ///< number of threads; 1 in mode `single`
};

/// @brief All ports of all switches.
/// @snippet reference.cpp vale_list
/// @param backend where to ask
/// @return one entry for each port, switch after switch
/// @throws error backend_unavailable, or the core's own code
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT std::vector<entry>
list(backend_kind backend = backend_kind::automatic);
/// @copydoc list(backend_kind)
/// @param ec receives the error instead
[[nodiscard]] NETMAPXX_EXPORT std::vector<entry>
list(std::error_code& ec, backend_kind backend = backend_kind::automatic) noexcept;

/// @brief One port of a switch.
/// @param spec    the port
/// @param backend where to ask
/// @return its place, or nothing if there is no such switch or port
/// @throws error invalid_spec if it names no switch port, backend_unavailable
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT std::optional<entry>
find(port_spec const& spec, backend_kind backend = backend_kind::automatic);
/// @copydoc find(port_spec const&, backend_kind)
/// @param ec receives the error instead
[[nodiscard]] NETMAPXX_EXPORT std::optional<entry>
find(port_spec const& spec, std::error_code& ec,
     backend_kind backend = backend_kind::automatic) noexcept;

/// @brief Plugs an existing interface into a switch, which is made if it is not there.
///
/// @snippet reference.cpp vale_attach
///
/// @param spec    switch and interface, as vale0:eth0
/// @param options how
/// @param backend where
/// @return index of the new port in its switch
/// @throws error invalid_spec, port_busy, out_of_buffers, backend_unavailable,
///         or the core's own code (EINVAL for an interface that is not there)
/// @par Thread safety Any thread, any time.
/// @since 0.1
NETMAPXX_EXPORT std::uint32_t attach(port_spec const& spec, attach_options const& options = {},
                                     backend_kind backend = backend_kind::automatic);
/// @copydoc attach(port_spec const&, attach_options const&, backend_kind)
/// @param ec receives the error instead
NETMAPXX_EXPORT std::uint32_t attach(port_spec const& spec, attach_options const& options,
                                     std::error_code& ec,
                                     backend_kind backend = backend_kind::automatic) noexcept;

/// @brief Unplugs an interface.
/// @param spec    switch and interface
/// @param backend where
/// @return index the port had in its switch
/// @throws error invalid_spec, no_such_port, port_busy, backend_unavailable
/// @par Thread safety Any thread, any time.
/// @since 0.1
NETMAPXX_EXPORT std::uint32_t detach(port_spec const& spec,
                                     backend_kind backend = backend_kind::automatic);
/// @copydoc detach(port_spec const&, backend_kind)
/// @param ec receives the error instead
NETMAPXX_EXPORT std::uint32_t detach(port_spec const& spec, std::error_code& ec,
                                     backend_kind backend = backend_kind::automatic) noexcept;

/// @brief Makes a persistent switch port: an interface of the system, at first in no switch.
/// @param name    of the interface: at most 15 characters, not in use, not "vale..."
/// @param config  rings and region
/// @param backend where
/// @return what was granted
/// @throws error backend_unavailable, or the core's own code (EEXIST, EINVAL)
/// @par Thread safety Any thread, any time.
/// @since 0.1
NETMAPXX_EXPORT port_config create(std::string_view name, port_config const& config = {},
                                   backend_kind backend = backend_kind::automatic);
/// @copydoc create(std::string_view, port_config const&, backend_kind)
/// @param ec receives the error instead
NETMAPXX_EXPORT port_config create(std::string_view name, port_config const& config,
                                   std::error_code& ec,
                                   backend_kind backend = backend_kind::automatic) noexcept;

/// @brief Takes away what create() made.
/// @param name    of the interface
/// @param backend where
/// @throws error no_such_port, port_busy, backend_unavailable, or the core's own code
/// @par Thread safety Any thread, any time.
/// @since 0.1
NETMAPXX_EXPORT void destroy(std::string_view name, backend_kind backend = backend_kind::automatic);
/// @copydoc destroy(std::string_view, backend_kind)
/// @param ec receives the error instead
NETMAPXX_EXPORT void destroy(std::string_view name, std::error_code& ec,
                             backend_kind backend = backend_kind::automatic) noexcept;

/// @brief Has kernel threads poll an attached interface instead of its interrupts.
/// @param spec    switch and interface
/// @param how     which threads, on which CPUs
/// @param backend where
/// @throws error invalid_spec, no_such_port, unsupported_option (no attached NIC),
///         backend_unavailable, or the core's own code
/// @par Thread safety Any thread, any time.
/// @since 0.1
NETMAPXX_EXPORT void start_polling(port_spec const& spec, polling const& how = {},
                                   backend_kind backend = backend_kind::automatic);
/// @copydoc start_polling(port_spec const&, polling const&, backend_kind)
/// @param ec receives the error instead
NETMAPXX_EXPORT void start_polling(port_spec const& spec, polling const& how, std::error_code& ec,
                                   backend_kind backend = backend_kind::automatic) noexcept;

/// @brief Ends what start_polling() began.
/// @param spec    switch and interface
/// @param backend where
/// @throws error what start_polling() throws
/// @par Thread safety Any thread, any time.
/// @since 0.1
NETMAPXX_EXPORT void stop_polling(port_spec const& spec,
                                  backend_kind backend = backend_kind::automatic);
/// @copydoc stop_polling(port_spec const&, backend_kind)
/// @param ec receives the error instead
NETMAPXX_EXPORT void stop_polling(port_spec const& spec, std::error_code& ec,
                                  backend_kind backend = backend_kind::automatic) noexcept;

} // namespace netmapxx::inline v1::vale

#endif // NETMAPXX_VALE_HPP
