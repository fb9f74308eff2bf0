// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Counts what the test program allocates with operator new.
#ifndef NETMAPXX_TESTS_ASIO_ALLOCATIONS_HPP
#define NETMAPXX_TESTS_ASIO_ALLOCATIONS_HPP

#include <cstddef>

namespace netmapxx_tests {

/// Calls of operator new so far.
[[nodiscard]] std::size_t allocations() noexcept;

} // namespace netmapxx_tests

#endif // NETMAPXX_TESTS_ASIO_ALLOCATIONS_HPP
