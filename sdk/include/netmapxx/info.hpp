// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// What ports and regions are made of, without opening them. Each call opens
/// and closes a control handle of its own.
#ifndef NETMAPXX_INFO_HPP
#define NETMAPXX_INFO_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>

#include <netmapxx/backend.hpp>
#include <netmapxx/config.hpp>
#include <netmapxx/port_spec.hpp>

namespace netmapxx::inline v1 {

/// Rings and region of a port.
/// @since 0.1
struct port_description {
    std::string name = {};           ///< as the core calls it
    std::uint64_t memory_size = 0;   ///< bytes of the region
    std::uint16_t memory_id = 0;     ///< region
    std::uint32_t tx_slots = 0;      ///< slots per tx ring
    std::uint32_t rx_slots = 0;      ///< slots per rx ring
    std::uint16_t tx_rings = 0;      ///< NIC tx rings
    std::uint16_t rx_rings = 0;      ///< NIC rx rings
    std::uint16_t host_tx_rings = 0; ///< host tx rings
    std::uint16_t host_rx_rings = 0; ///< host rx rings
};

/// @brief Asks what a port is made of.
///
/// @snippet reference.cpp port_information
///
/// A port that does not exist, but would
///        be made by opening it, is described as it would be made.
/// @param spec    the port; only its name counts
/// @param backend where to ask
/// @return rings and region of the port
/// @throws error no_such_port, backend_unavailable, or the core's own code
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT port_description
port_information(port_spec const& spec, backend_kind backend = backend_kind::automatic);
/// @copydoc port_information(port_spec const&, backend_kind)
/// @param ec receives the error instead
[[nodiscard]] NETMAPXX_EXPORT port_description
port_information(port_spec const& spec, std::error_code& ec,
                 backend_kind backend = backend_kind::automatic) noexcept;

/// Objects of one kind in a region.
/// @since 0.1
struct pool_description {
    std::uint64_t offset = 0;      ///< bytes from the start of the region
    std::uint32_t object_size = 0; ///< bytes
    std::uint32_t objects = 0;     ///< capacity
};

/// The three pools of a region.
/// @since 0.1
struct region_description {
    std::uint16_t id = 0;             ///< region
    std::uint64_t size = 0;           ///< bytes
    pool_description interfaces = {}; ///< one for each binding
    pool_description rings = {};      ///< one for each ring
    pool_description buffers = {};    ///< packet buffers
};

/// @brief The pools of a port's region.
/// @param spec    the port; only its name counts
/// @param backend where to ask
/// @return the three pools
/// @throws error no_such_port, backend_unavailable, or the core's own code
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT region_description
pools(port_spec const& spec, backend_kind backend = backend_kind::automatic);
/// @copydoc pools(port_spec const&, backend_kind)
/// @param ec receives the error instead
[[nodiscard]] NETMAPXX_EXPORT region_description
pools(port_spec const& spec, std::error_code& ec,
      backend_kind backend = backend_kind::automatic) noexcept;

/// @brief The pools of a region. Cores answer this for ports only, so a switch
///        port lives in the region for the time of the call.
/// @param memory_id the region; 1 is the one that interfaces share
/// @param backend   where to ask
/// @return the three pools
/// @throws error backend_unavailable, or the core's own code (EINVAL for no such region)
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT region_description
pools(std::uint16_t memory_id, backend_kind backend = backend_kind::automatic);
/// @copydoc pools(std::uint16_t, backend_kind)
/// @param ec receives the error instead
[[nodiscard]] NETMAPXX_EXPORT region_description
pools(std::uint16_t memory_id, std::error_code& ec,
      backend_kind backend = backend_kind::automatic) noexcept;

/// @brief Length of the virtio-net header in front of each packet of an
///        existing port; makes no port.
/// @param spec    the port; only its name counts
/// @param backend where to ask
/// @return 0, 10 or 12 bytes
/// @throws error no_such_port, backend_unavailable, or the core's own code
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT std::size_t
header_length(port_spec const& spec, backend_kind backend = backend_kind::automatic);
/// @copydoc header_length(port_spec const&, backend_kind)
/// @param ec receives the error instead
[[nodiscard]] NETMAPXX_EXPORT std::size_t
header_length(port_spec const& spec, std::error_code& ec,
              backend_kind backend = backend_kind::automatic) noexcept;

/// @brief Sets the length of the virtio-net header of an existing switch port.
/// @param spec    the port; only its name counts
/// @param bytes   0, 10 or 12
/// @param backend where
/// @throws error no_such_port (also for what is no switch port),
///         backend_unavailable, or the core's own code (EINVAL for another length)
/// @par Thread safety Any thread, any time.
/// @since 0.1
NETMAPXX_EXPORT void set_header_length(port_spec const& spec, std::size_t bytes,
                                       backend_kind backend = backend_kind::automatic);
/// @copydoc set_header_length(port_spec const&, std::size_t, backend_kind)
/// @param ec receives the error instead
NETMAPXX_EXPORT void set_header_length(port_spec const& spec, std::size_t bytes,
                                       std::error_code& ec,
                                       backend_kind backend = backend_kind::automatic) noexcept;

} // namespace netmapxx::inline v1

#endif // NETMAPXX_INFO_HPP
