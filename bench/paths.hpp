// SPDX-License-Identifier: BSD-2-Clause
// The paths of the engine that the benches measure, one sender thread and one
// receiver thread each.
#pragma once

#include <cstddef>
#include <cstdint>

#include "probe.hpp"

namespace bench {

/// A VALE switch with two ports; `idle` more ports that do nothing.
rate path_vale(std::size_t bytes, std::size_t batch, std::size_t idle, double seconds);

/// A pipe.
rate path_pipe(std::size_t bytes, std::size_t batch, double seconds);

/// Bytes resident in this process, less files mapped.
std::uint64_t resident_bytes();

/// Bytes that a default VALE port populates of its region.
std::uint64_t vale_port_populated();

} // namespace bench
