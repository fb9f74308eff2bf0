// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Diagnostics for the program's sink.
#ifndef NETMAPXX_SRC_LOG_HPP
#define NETMAPXX_SRC_LOG_HPP

#include <exception>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <netmapxx/log.hpp>

namespace netmapxx::inline v1::detail {

/// True if somebody hears of this level.
[[nodiscard]] bool logs(log_level level) noexcept;
void log_line(log_level level, std::string_view text);

/// Formats only if somebody hears it; fails silently.
template <class... Args>
void log(log_level level, fmt::format_string<Args...> format, Args&&... args) noexcept {
    if (!logs(level)) [[likely]]
        return;
    try {
        log_line(level, fmt::format(format, std::forward<Args>(args)...));
    } catch (std::exception const&) { // NOLINT(bugprone-empty-catch)
        // a diagnostic is not worth a failure
    }
}

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_SRC_LOG_HPP
