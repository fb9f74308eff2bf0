// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// The rings of a port as they lie in memory, for people who look for a fault.
#ifndef NETMAPXX_SNAPSHOT_HPP
#define NETMAPXX_SNAPSHOT_HPP

#include <cstdint>
#include <vector>

#include <netmapxx/config.hpp>
#include <netmapxx/port.hpp>

namespace netmapxx::inline v1 {

/// One slot as it lay in memory.
/// @since 0.1
struct slot_snapshot {
    std::uint32_t buffer = 0;    ///< index in the region; 0 and 1 are never right
    std::uint32_t length = 0;    ///< bytes in use, as the slot says
    std::uint64_t pointer = 0;   ///< indirect address or offset
    bool more_fragments = false; ///< the packet goes on in the next slot
    bool buffer_changed = false; ///< the buffer was exchanged
    bool report = false;         ///< completion is to be reported
    bool forward = false;        ///< to the other side, in transparent mode
    bool no_learn = false;       ///< the switch does not learn from it
    bool indirect = false;       ///< the bytes are at `pointer`
};

/// One ring as it lay in memory.
/// @since 0.1
struct ring_snapshot {
    direction dir = direction::rx;         ///< direction
    std::uint32_t index = 0;               ///< within the direction, NIC rings first
    bool host = false;                     ///< a ring of the host stack
    std::uint32_t buffer_size = 0;         ///< bytes in each buffer
    std::uint32_t head = 0;                ///< first slot the program owns
    std::uint32_t cur = 0;                 ///< wake-up point
    std::uint32_t tail = 0;                ///< first slot the core owns
    std::vector<slot_snapshot> slots = {}; ///< all slots, from index 0 on
};

/// @brief Copies what the rings of an open port say, tx rings first. Syncs
///        nothing and changes nothing; other users of the rings may do both
///        meanwhile, so slots and indexes need not fit together.
/// @snippet reference.cpp snapshot
/// @param from the port; a closed one gives nothing
/// @return a copy of each bound ring
/// @throws std::bad_alloc
/// @par Thread safety Any thread, while the port stays open.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT std::vector<ring_snapshot> take_snapshot(port const& from);

} // namespace netmapxx::inline v1

#endif // NETMAPXX_SNAPSHOT_HPP
