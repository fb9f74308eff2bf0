// SPDX-License-Identifier: BSD-2-Clause
#include "common/exit_code.hpp"

#include <netmapxx/error.hpp>

namespace netmapxx::apps {
namespace {

bool is_denied(std::error_code ec) noexcept {
    return ec == condition::denied || ec == std::errc::permission_denied ||
           ec == std::errc::operation_not_permitted;
}

} // namespace

exit_code runtime_code(std::error_code ec) noexcept {
    return is_denied(ec) ? exit_code::denied : exit_code::runtime;
}

exit_code output_code(std::error_code ec) noexcept {
    return is_denied(ec) ? exit_code::denied : exit_code::output;
}

} // namespace netmapxx::apps
