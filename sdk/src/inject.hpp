// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// One packet to the next ring of several that has room.
#ifndef NETMAPXX_INJECT_HPP
#define NETMAPXX_INJECT_HPP

#include <algorithm>
#include <cstddef>
#include <span>
#include <system_error>

#include <netmapxx/error.hpp>
#include <netmapxx/ring.hpp>

namespace netmapxx::inline v1::detail {

/// Round robin from `next` on: appends to the first ring that takes the packet,
/// and commits. False if none does.
template <class Append>
[[nodiscard]] bool send_round_robin(std::span<tx_ring const> rings, std::size_t& next,
                                    Append append) noexcept {
    for (std::size_t tried = 0; tried < rings.size(); ++tried) {
        tx_ring const ring = rings[next];
        next = next + 1 == rings.size() ? 0 : next + 1;
        auto batch = ring.reserve();
        if (append(batch)) {
            batch.commit();
            return true;
        }
    }
    return false;
}

/// Why a packet that found no room never will; no error if it may.
[[nodiscard]] inline std::error_code never_fits(std::span<tx_ring const> rings,
                                                std::size_t bytes) noexcept {
    if (rings.empty())
        return errc::no_such_ring;
    bool const fits = std::ranges::any_of(rings, [bytes](tx_ring ring) {
        return bytes <= std::min(ring.buffer_size(), max_length) *
            std::min(max_fragments, ring.size() - 1);
    });
    return fits ? std::error_code{} : make_error_code(errc::packet_too_large);
}

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_INJECT_HPP
