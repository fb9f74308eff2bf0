// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// The hosts of the netmap core a program can reach, and how one is chosen.
///
/// Order of choice: `open_options::backend`, then the environment variable
/// `NETMAPXX_BACKEND` ("device" or "embedded"), then automatic: the device
/// when its node exists, else the embedded engine. A backend that was named is
/// never replaced by another one.
#ifndef NETMAPXX_BACKEND_HPP
#define NETMAPXX_BACKEND_HPP

#include <string_view>
#include <system_error>

#include <netmapxx/config.hpp>

namespace netmapxx::inline v1 {

/// A host of the netmap core.
/// @since 0.1
enum class backend_kind {
    automatic, ///< environment first, then the device if its node exists, else embedded
    device,    ///< the kernel module behind /dev/netmap
    embedded   ///< the engine inside this process; its ports are visible here only
};

/// @brief Name of a backend: "automatic", "device" or "embedded".
/// @param kind the backend
/// @return a text that lives for ever
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT std::string_view to_string(backend_kind kind) noexcept;

/// @brief The backend of that name.
/// @param name "device", "embedded", "automatic", or empty for automatic
/// @return the backend
/// @throws error backend_unavailable for any other name
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT backend_kind backend_from_name(std::string_view name);

/// @copydoc backend_from_name(std::string_view)
/// @param ec receives the error instead
[[nodiscard]] NETMAPXX_EXPORT backend_kind backend_from_name(std::string_view name,
                                                             std::error_code& ec) noexcept;

/// How a backend was decided upon.
/// @since 0.1
enum class backend_origin {
    named,       ///< by `open_options::backend`
    environment, ///< by `NETMAPXX_BACKEND`
    automatic    ///< by looking for the device node
};

/// A decided backend.
/// @since 0.1
struct backend_choice {
    backend_kind kind = backend_kind::embedded;        ///< never `automatic`
    backend_origin origin = backend_origin::automatic; ///< who decided
};

/// @brief Decides as opening a port does, without opening anything.
/// @snippet reference.cpp choose_backend
/// @param wanted as in `open_options::backend`
/// @return the backend an open would use, and who decided
/// @throws error backend_unavailable if the environment names an unknown one
/// @par Thread safety Any thread; the environment must not change meanwhile.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT backend_choice
choose_backend(backend_kind wanted = backend_kind::automatic);

/// @copydoc choose_backend(backend_kind)
/// @param ec receives the error instead
[[nodiscard]] NETMAPXX_EXPORT backend_choice choose_backend(backend_kind wanted,
                                                            std::error_code& ec) noexcept;

} // namespace netmapxx::inline v1

#endif // NETMAPXX_BACKEND_HPP
