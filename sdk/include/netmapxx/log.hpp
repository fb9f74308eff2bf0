// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// What the library would say if it said anything. It prints nothing of its
/// own; a program that wants to hear gives it a sink.
#ifndef NETMAPXX_LOG_HPP
#define NETMAPXX_LOG_HPP

#include <functional>
#include <string_view>

#include <netmapxx/config.hpp>

namespace netmapxx::inline v1 {

/// How much a diagnostic matters.
/// @since 0.1
enum class log_level {
    off,     ///< nothing; only for set_log_sink()
    warning, ///< something was lost or restarted
    info,    ///< something is other than asked for; what an error code cannot say
    debug    ///< what happens
};

/// Takes one line, without line end. @since 0.1
using log_sink = std::function<void(log_level, std::string_view)>;

/// @brief Sets where diagnostics go. There is no sink by default.
///
/// Diagnostics come from opening, closing and failing calls and from resets of
/// rings, never from the data path. The calls that report through
/// `std::error_code&` leave here the words that the code cannot carry.
///
/// @code
/// netmapxx::set_log_sink(netmapxx::log_level::info, [](auto, std::string_view text) {
///     fmt::print(stderr, "netmapxx: {}\n", text);
/// });
/// @endcode
///
/// @param most the least important level to hear; `off` ends all
/// @param sink called by the thread that has something to say, one at a time;
///             must not call the library; what it throws is ignored
/// @par Ownership The library keeps a copy until another sink is set.
/// @par Thread safety Any thread; best called once, before the first port is opened.
/// @since 0.1
NETMAPXX_EXPORT void set_log_sink(log_level most, log_sink sink = {}) noexcept;

} // namespace netmapxx::inline v1

#endif // NETMAPXX_LOG_HPP
