// SPDX-License-Identifier: BSD-2-Clause
// What Boost.Asio costs: packets of a pipe, whose other end a thread keeps full, received
// by a blocking loop and by asynchronous operations.
#pragma once

#include <cstddef>

#include "probe.hpp"

namespace bench {

rate receive_blocking(std::size_t batch, double seconds);  ///< wait, peek, release
rate receive_callback(std::size_t batch, double seconds);  ///< a handler starts the next one
rate receive_coroutine(std::size_t batch, double seconds); ///< co_await in a loop

} // namespace bench
