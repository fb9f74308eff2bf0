// SPDX-License-Identifier: BSD-2-Clause
// Limit probes: the least work that moves packets between two threads of this
// machine.  What a netmap path reaches is reported as a ratio to one of them,
// measured in the same run.
#pragma once

#include <cstddef>

namespace bench {

/// What a two-thread run achieved.
struct rate {
    double pps = 0;
};

/// A ring of 16-byte slots and nothing else: writer fills, reader sums.
rate probe_slots(std::size_t batch, double seconds);

/// The same, and a copy of `bytes` per slot from the writer's buffers into the
/// reader's, which the reader touches (reads 8 bytes of). Buffers lie at the
/// given stride, 1024 on each side, as in a default port.
rate probe_copy(std::size_t bytes, std::size_t stride, std::size_t batch, double seconds);

} // namespace bench
