// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// The version of the headers (macros) and of the library (function).
#ifndef NETMAPXX_VERSION_HPP
#define NETMAPXX_VERSION_HPP

#include <netmapxx/config.hpp>

/// Version of the headers a program is compiled with: changes with the binary interface.
#define NETMAPXX_VERSION_MAJOR 0
/// Version of the headers: grows with additions.
#define NETMAPXX_VERSION_MINOR 1
/// Version of the headers: grows with repairs.
#define NETMAPXX_VERSION_PATCH 0
/// The three numbers as text.
#define NETMAPXX_VERSION_STRING "0.1.0"

namespace netmapxx::inline v1 {

/// A version number.
/// @since 0.1
struct version_info {
    int major_number = 0; ///< changes with the binary interface
    int minor_number = 0; ///< grows with additions
    int patch_number = 0; ///< grows with repairs

    /// Equal in all three numbers.
    friend bool operator==(version_info const&, version_info const&) = default;
};

/// @brief Version of the library that is linked in, for comparison with the
///        macros of the headers.
/// @snippet reference.cpp version
/// @return the library's version
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT version_info version() noexcept;

} // namespace netmapxx::inline v1

#endif // NETMAPXX_VERSION_HPP
