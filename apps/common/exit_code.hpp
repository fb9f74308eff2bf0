// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file exit_code.hpp
 * What a program tells its caller when it ends, the same in all programs.
 */
#pragma once

#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace netmapxx::apps {

enum class exit_code : int {
    ok = 0,            ///< goal reached, or stopped on request without a goal
    runtime = 1,       ///< failed after the start
    usage = 2,         ///< bad option, value or combination
    port = 3,          ///< a port could not be opened
    denied = 4,        ///< permission denied
    verification = 5,  ///< loss, duplication, reordering or corruption
    incomplete = 6,    ///< a goal was set and not reached
    output = 7,        ///< output failed (a broken standard output is no failure)
    interrupted = 130, ///< second SIGINT
};

[[nodiscard]] constexpr int to_int(exit_code code) noexcept {
    return static_cast<int>(code);
}

/** Ends a run: thrown while a program sets up, never on a packet's way. */
class app_failure : public std::runtime_error {
  public:
    app_failure(exit_code code, std::string const& message, std::string hint = {})
        : std::runtime_error(message), code_(code), hint_(std::move(hint)) {}

    [[nodiscard]] exit_code code() const noexcept { return code_; }
    [[nodiscard]] std::string const& hint() const noexcept { return hint_; }

  private:
    exit_code code_;
    std::string hint_;
};

/** The code for an error that came up after the start, while packets moved. */
[[nodiscard]] exit_code runtime_code(std::error_code ec) noexcept;

/** The code for an output that could not be created or written. */
[[nodiscard]] exit_code output_code(std::error_code ec) noexcept;

} // namespace netmapxx::apps
