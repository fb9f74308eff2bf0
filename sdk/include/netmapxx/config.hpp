// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Compile-time configuration of libnetmapxx: export mark, feature tests and
/// the assertion used for misuse of views.
#ifndef NETMAPXX_CONFIG_HPP
#define NETMAPXX_CONFIG_HPP

/// Marks what a shared libnetmapxx exports; everything else is hidden.
#define NETMAPXX_EXPORT __attribute__((visibility("default")))

/// @def NETMAPXX_HAS_RANGE_ADAPTORS
/// 1 where `std::views` adaptors accept our ranges: GCC, and clang from 16 on.
#if !defined(__clang__) || __clang_major__ >= 16
#define NETMAPXX_HAS_RANGE_ADAPTORS 1
#else
#define NETMAPXX_HAS_RANGE_ADAPTORS 0
#endif

/// @def NETMAPXX_ASSERT
/// Checks a precondition in debug builds. Define it before the first include
/// to send failures elsewhere; it must not change between translation units.
#ifndef NETMAPXX_ASSERT
#include <cassert>
#define NETMAPXX_ASSERT(cond) assert(cond)
#endif

#endif // NETMAPXX_CONFIG_HPP
