// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// What can be asked for when a port is opened.
#ifndef NETMAPXX_OPTIONS_HPP
#define NETMAPXX_OPTIONS_HPP

#include <cstddef>
#include <cstdint>
#include <span>

#include <netmapxx/backend.hpp>
#include <netmapxx/config.hpp>
#include <netmapxx/region.hpp>

namespace netmapxx::inline v1 {

/// Which adapter an interface may be opened with. Ports that are no interface
/// have none, and open with any choice.
/// @since 0.1
enum class adapter_choice {
    any,             ///< native if there is one, else emulated
    require_native,  ///< fail with `unsupported_option` rather than emulate
    require_emulated ///< fail with `unsupported_option` rather than go native
};

/// Which rings a port binds.
/// @since 0.1
enum class direction_set {
    both, ///< rx and tx
    rx,   ///< rx only
    tx    ///< tx only
};

/// Memory of the application that serves as region. Ports given the same memory
/// are in one region, whose pools are those the first of them asked for; what the
/// pools leave becomes buffers. Each port takes an interface object, and each program
/// one more, which holds the region. See `memory_area` for memory that every backend
/// takes; the embedded engine takes shared memory only.
/// @since 0.1
struct external_memory {
    std::span<std::byte> memory = {};    ///< page aligned; must outlive the region; empty = none
    std::uint32_t interface_objects = 0; ///< 0 = the core's choice, as for all below
    std::uint32_t interface_size = 0;    ///< bytes
    std::uint32_t ring_objects = 0;      ///< count
    std::uint32_t ring_size = 0;         ///< bytes
    std::uint32_t buffer_objects = 0;    ///< count
    std::uint32_t buffer_size = 0;       ///< bytes
};

/// @brief Options of `port`; all defaulted, meant for designated initialisers.
///
/// @snippet reference.cpp open_options
///
/// @since 0.1
struct open_options {
    backend_kind backend = backend_kind::automatic; ///< host of the core
    std::uint32_t extra_buffers = 0;                ///< wanted; fewer may be granted
    std::uint16_t tx_rings = 0;      ///< 0 = the spec's `conf` or the core's choice, as below;
    std::uint16_t rx_rings = 0;      ///< only ports that the open creates obey
    std::uint16_t host_tx_rings = 0; ///< host tx rings
    std::uint16_t host_rx_rings = 0; ///< host rx rings
    std::uint32_t tx_slots = 0;      ///< slots per tx ring
    std::uint32_t rx_slots = 0;      ///< slots per rx ring
    region share = {};               ///< region to live in; empty = the port's own choice
    adapter_choice adapter = adapter_choice::any;   ///< native or emulated
    external_memory external = {};                  ///< the application's memory as region
    bool exclusive = false;                         ///< as flag `x`
    direction_set directions = direction_set::both; ///< as flags `R` and `T`
    bool tx_sync_in_poll = false;     ///< let poll() push tx rings whatever is waited for
    bool rx_sync_in_poll = false;     ///< let poll() fetch rx rings whatever is waited for
    bool accept_vnet_header = false;  ///< the program copes with virtio-net headers
    /// Packets of an interface, host rings too, keep their offloads: each begins with a
    /// virtio-net header of `port_info::header_length` bytes, may be longer than the MTU, and
    /// may lack a checksum, in both directions. All who have the interface open must agree;
    /// the open fails if it cannot be had.
    bool keep_offloads = false;
    bool allow_offsets = false;       ///< packets may begin at an offset in their buffers
    std::uint64_t initial_offset = 0; ///< bytes; needs `allow_offsets`
    std::uint64_t max_offset = 0;     ///< bytes; 0 = `initial_offset`
    std::uint32_t offset_bits = 0;    ///< width of the offset field; 0 = the core's choice
    bool timestamps = false;          ///< have each rx sync record its time
};

} // namespace netmapxx::inline v1

#endif // NETMAPXX_OPTIONS_HPP
