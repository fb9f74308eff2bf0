// SPDX-License-Identifier: BSD-2-Clause
// Paths over a pair of interfaces, bench0 and bench1, with netmap (emulated
// ports of the device node) or with packet sockets at either end.
#pragma once

#include <cstddef>

#include "probe.hpp"

namespace bench {

enum class end { netmap, packet_socket };

/// A sender on bench0; nobody listens at the other end.
rate wire_tx(end sender, std::size_t bytes, std::size_t batch, double seconds);

/// A sender on bench0, a receiver on bench1: what the receiver gets.
rate wire_pair(end sender, end receiver, std::size_t bytes, std::size_t batch, double seconds);

} // namespace bench
