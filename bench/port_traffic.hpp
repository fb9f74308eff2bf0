// SPDX-License-Identifier: BSD-2-Clause
// Sending and receiving at ring 0 of a port, a batch at a time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "port.hpp"

namespace bench {

/// Writes the frame into every buffer of the TX ring: afterwards only lengths
/// and indices change, as in nm-pktgen.
void prefill(port const& p, std::size_t bytes);

/// Sends up to `batch` frames, as many as there is room for; returns how many.
std::uint64_t send_batch(port const& p, std::size_t bytes, std::size_t batch);

/// Takes all that is there, the first word of every packet into `sum`.
std::uint64_t receive(port const& p, std::uint64_t& sum);

/// The same of slots only: pipes hand slots over.
std::uint64_t receive_slots(port const& p, std::uint64_t& sum);

} // namespace bench
