// SPDX-License-Identifier: BSD-2-Clause
// The umbrella header in a second translation unit: what is inline in it must
// be the same thing in both.
#include <netmapxx/netmapxx.hpp>

namespace netmapxx_tests {

std::size_t const* elsewhere_all_slots() {
    return &netmapxx::all_slots;
}

using forward_function = netmapxx::forward_result (*)(netmapxx::rx_ring, netmapxx::tx_ring,
                                                      std::size_t, netmapxx::transfer_mode);
forward_function elsewhere_forward() {
    return &netmapxx::forward;
}

} // namespace netmapxx_tests
