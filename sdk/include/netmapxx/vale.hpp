// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Administration of VALE switches. Each call opens and closes a control
/// handle of its own.
#ifndef NETMAPXX_VALE_HPP
#define NETMAPXX_VALE_HPP

#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include <netmapxx/backend.hpp>
#include <netmapxx/config.hpp>

namespace netmapxx::inline v1::vale {

/// One port of a switch.
/// @since 0.1
struct entry {
    std::string name = {};          ///< "vale0:a"
    std::uint16_t switch_index = 0; ///< position of the switch
    std::uint32_t port_index = 0;   ///< position of the port in its switch

    friend bool operator==(entry const&, entry const&) = default;
};

/// @brief All ports of all switches.
/// @param backend where to ask
/// @throws error backend_unavailable, or the core's own code
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT std::vector<entry>
list(backend_kind backend = backend_kind::automatic);
/// @copydoc list(backend_kind)
/// @param ec receives the error instead
[[nodiscard]] NETMAPXX_EXPORT std::vector<entry>
list(std::error_code& ec, backend_kind backend = backend_kind::automatic) noexcept;

} // namespace netmapxx::inline v1::vale

#endif // NETMAPXX_VALE_HPP
