// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Counters: what this program moved, and what the core counts.
#ifndef NETMAPXX_STATS_HPP
#define NETMAPXX_STATS_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include <netmapxx/backend.hpp>
#include <netmapxx/config.hpp>
#include <netmapxx/port_spec.hpp>

namespace netmapxx::inline v1 {

/// @brief Counters this program keeps of one ring.
///
/// `slots` counts every slot given to the core. `packets` and `bytes` count
/// what went through calls that look at each packet (`consume`, `append*`,
/// `inject`, `forward`); a plain `release()` or `commit(k)` looks at none.
/// @since 0.1
struct ring_stats {
    std::uint64_t packets = 0;        ///< packets moved
    std::uint64_t bytes = 0;          ///< bytes moved
    std::uint64_t slots = 0;          ///< slots given to the core
    std::uint64_t syncs = 0;          ///< syncs that covered this ring
    std::uint64_t empty_syncs = 0;    ///< of these, such that brought nothing new
    std::uint64_t full_events = 0;    ///< reservations that got less than they asked for
    std::uint64_t resets = 0;         ///< times the core refused our indexes
    std::uint64_t exchanged = 0;      ///< packets forwarded by exchange
    std::uint64_t copied = 0;         ///< packets forwarded by copy
    std::uint64_t dropped_chains = 0; ///< packets longer than a ring or chain can be
    std::uint64_t bad_slots = 0;      ///< packets with damaged slots
    /// Rx: syncs that found the ring full. What came after, a monitor or a switch port lost.
    std::uint64_t suspected_overruns = 0;
    /// Least free slots seen at a sync, if there was one: rx values near 0 warn of loss.
    std::optional<std::uint64_t> smallest_space = {};

    /// @brief Adds counters; the smaller space wins.
    /// @param other counters of another ring
    /// @return this
    NETMAPXX_EXPORT ring_stats& operator+=(ring_stats const& other) noexcept;
};

/// @brief Counters this program keeps of one port.
/// @since 0.1
struct port_stats {
    ring_stats rx = {};         ///< sum over rx rings
    ring_stats tx = {};         ///< sum over tx rings
    std::uint64_t wakeups = 0;  ///< waits that really slept and were woken
    std::uint64_t timeouts = 0; ///< waits whose time was over
};

/// Why the core dropped packets or slots.
/// @since 0.1
enum class drop_reason {
    no_room = 0,            ///< the receiver's ring was full
    too_short = 1,          ///< shorter than an Ethernet header
    no_destination = 2,     ///< own port, or no port to go to
    too_many_fragments = 3, ///< more than 64 slots
    bad_slot = 4,           ///< buffer number or length out of range
    bad_indirect = 5,       ///< indirect address unreadable
    vnet_header = 6,        ///< virtio-net header not understood
    detached = 7,           ///< the port is in no switch
    disabled = 8,           ///< the switch was told to drop
    too_long = 9,           ///< longer than the receiver's buffer
    offload = 10            ///< not to be segmented or checksummed as its header asked
};

/// @brief Number of drop reasons this library knows by name.
/// @since 0.1
inline constexpr std::size_t drop_reason_count = 11;

/// @brief Name of a reason in words, as "receiver full".
/// @param reason the reason
/// @return a text that lives for ever
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT std::string_view to_string(drop_reason reason) noexcept;

/// @brief What the core counted for one ring since the port came into being.
/// @since 0.1
struct core_ring_stats {
    bool tx = false;             ///< direction
    std::uint32_t index = 0;     ///< ring, host rings last
    std::uint64_t packets = 0;   ///< packets moved
    std::uint64_t bytes = 0;     ///< bytes moved
    std::uint64_t syncs = 0;     ///< syncs that reached the port
    std::uint64_t wakeups = 0;   ///< times sleepers were told of progress
    std::uint64_t bad_rings = 0; ///< syncs refused because of bad indexes
    std::array<std::uint64_t, drop_reason_count> drops = {}; ///< by `drop_reason`
    std::uint64_t other_drops = 0; ///< for reasons this library does not know

    /// @brief Drops for one reason.
    /// @param reason one of the named ones
    /// @return packets or slots dropped for it
    [[nodiscard]] std::uint64_t dropped(drop_reason reason) const noexcept {
        return drops[static_cast<std::size_t>(reason)];
    }
};

/// @brief What the core knows of a region.
/// @since 0.1
struct core_memory_stats {
    std::uint16_t id = 0;            ///< region
    std::uint64_t capacity = 0;      ///< bytes it may grow to
    std::uint64_t populated = 0;     ///< bytes backed by memory now
    std::uint32_t buffers_total = 0; ///< buffers in the capacity
    std::uint32_t buffers_used = 0;  ///< buffers in rings and extra lists
};

/// Who moves the packets of a port.
/// @since 0.1
enum class port_mode {
    unknown = 0,  ///< the core does not say
    virtual_ = 1, ///< no interface: a switch port, a pipe, a monitor
    native = 2,   ///< an interface, served by its driver
    emulated = 3  ///< an interface, served through the host's paths
};

/// @brief Name of a mode, as "emulated".
/// @param mode the mode
/// @return a text that lives for ever
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT std::string_view to_string(port_mode mode) noexcept;

/// @brief What the core counted for a port; empty with cores that do not count.
/// @since 0.1
struct core_port_stats {
    std::optional<std::vector<core_ring_stats>> rings = {}; ///< tx rings, then rx rings
    std::optional<core_memory_stats> memory = {};           ///< the port's region
    port_mode mode = port_mode::unknown;                    ///< who moves its packets
    std::optional<unsigned> opens = {};                     ///< handles that have it open now
};

/// @brief Asks the core for the counters of an existing port.
///
/// A monitor has counters of its own, which only the one who opened it can ask
/// for: see port::core_stats(). Here, what names one is an error.
///
/// @snippet reference.cpp core_stats
///
/// @param spec    the port; only its name counts
/// @param backend where to ask
/// @return counters, or empty fields if the core does not count
/// @throws error no_such_port, backend_unavailable, invalid_spec for a monitor
/// @par Thread safety Any thread, any time; opens and closes a handle of its own.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT core_port_stats
core_stats(port_spec const& spec, backend_kind backend = backend_kind::automatic);

/// @copydoc core_stats(port_spec const&, backend_kind)
/// @param ec receives the error instead
[[nodiscard]] NETMAPXX_EXPORT core_port_stats
core_stats(port_spec const& spec, std::error_code& ec,
           backend_kind backend = backend_kind::automatic) noexcept;

} // namespace netmapxx::inline v1

#endif // NETMAPXX_STATS_HPP
