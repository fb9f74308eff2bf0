// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Parameters of the core: those of the kernel module, or of the engine inside
/// this process.
#ifndef NETMAPXX_PARAMETERS_HPP
#define NETMAPXX_PARAMETERS_HPP

#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <netmapxx/backend.hpp>
#include <netmapxx/config.hpp>

namespace netmapxx::inline v1 {

/// A parameter of the core. All are whole numbers; switches are 0 and 1.
/// @since 0.1
struct parameter {
    std::string name = {};         ///< as "buf_num"
    long value = 0;                ///< now
    bool writable = false;         ///< false for what only tells, or is set at load time
    std::string_view meaning = {}; ///< one line, empty if this library does not know it
};

/// @brief All parameters, in alphabetical order.
/// @snippet reference.cpp parameters
/// @param backend whose
/// @return the parameters as they are now
/// @throws error backend_unavailable, or the system's own code
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT std::vector<parameter>
parameters(backend_kind backend = backend_kind::automatic);
/// @copydoc parameters(backend_kind)
/// @param ec receives the error instead
[[nodiscard]] NETMAPXX_EXPORT std::vector<parameter>
parameters(std::error_code& ec, backend_kind backend = backend_kind::automatic) noexcept;

/// @brief One parameter.
/// @param name    its name
/// @param backend whose
/// @return the parameter as it is now
/// @throws error backend_unavailable, or the system's own code (ENOENT: no such parameter)
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT parameter
get_parameter(std::string_view name, backend_kind backend = backend_kind::automatic);
/// @copydoc get_parameter(std::string_view, backend_kind)
/// @param ec receives the error instead
[[nodiscard]] NETMAPXX_EXPORT parameter
get_parameter(std::string_view name, std::error_code& ec,
              backend_kind backend = backend_kind::automatic) noexcept;

/// @brief Sets a parameter. Sizes and counts of the global region take effect
///        when nobody uses it.
/// @param name    its name
/// @param value   the new value
/// @param backend whose
/// @throws error backend_unavailable, or the system's own code (ENOENT: no such
///         parameter; EROFS: not writable; EINVAL: no such value; EACCES)
/// @par Thread safety Any thread, any time.
/// @since 0.1
NETMAPXX_EXPORT void set_parameter(std::string_view name, long value,
                                   backend_kind backend = backend_kind::automatic);
/// @copydoc set_parameter(std::string_view, long, backend_kind)
/// @param ec receives the error instead
NETMAPXX_EXPORT void set_parameter(std::string_view name, long value, std::error_code& ec,
                                   backend_kind backend = backend_kind::automatic) noexcept;

} // namespace netmapxx::inline v1

#endif // NETMAPXX_PARAMETERS_HPP
