// SPDX-License-Identifier: BSD-2-Clause
// The second translation unit with the whole library in it.
#include "second.hpp"

#include <netmapxx/netmapxx.hpp>

namespace consumer {

netmapxx::forward_result pass_even(netmapxx::port& from, netmapxx::port& to) {
    auto const even = [](netmapxx::packet_view packet) {
        return std::to_integer<int>(packet.front()[59]) % 2 == 0 ? netmapxx::verdict::pass
                                                                 : netmapxx::verdict::drop;
    };
    netmapxx::forward_result total;
    for (netmapxx::rx_ring const source : from.rx_rings())
        total += netmapxx::forward(source, to.tx_rings()[0], netmapxx::all_slots, even);
    to.sync_tx();
    return total;
}

std::error_category const& category() noexcept {
    return netmapxx::category();
}

} // namespace consumer
