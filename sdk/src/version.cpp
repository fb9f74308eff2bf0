// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/version.hpp>

namespace netmapxx::inline v1 {

version_info version() noexcept {
    return {NETMAPXX_VERSION_MAJOR, NETMAPXX_VERSION_MINOR, NETMAPXX_VERSION_PATCH};
}

} // namespace netmapxx::inline v1
