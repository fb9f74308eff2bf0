// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file messages.hpp
 * What a program says on standard error: one line each, with its name first.
 */
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "common/control.hpp"
#include "common/text_out.hpp"

namespace netmapxx::apps {

class messages {
  public:
    messages(text_out& err, std::string program) : err_(err), program_(std::move(program)) {}

    /** `verbosity` counts -v; quiet lets errors through only. */
    void set_level(int verbosity, bool quiet) noexcept {
        verbosity_ = verbosity;
        quiet_ = quiet;
    }
    [[nodiscard]] bool quiet() const noexcept { return quiet_; }
    [[nodiscard]] int verbosity() const noexcept { return verbosity_; }

    void error(std::string_view text, std::string_view hint = {});
    void warning(std::string_view text, std::string_view hint = {});
    void note(std::string_view text);
    void debug(std::string_view text, int level = 1);

    /** A line without a level: progress. */
    void line(std::string_view text);

    /** A warning that may repeat: at most 5 a second get through, from any thread. */
    void repeated_warning(std::string_view text, time_point now);

    /** Says how many repeated warnings were held back, if any. */
    void close_repeated();

  private:
    void say(std::string_view level, std::string_view text, std::string_view hint);

    text_out& err_;
    std::string program_;
    int verbosity_ = 0;
    bool quiet_ = false;
    std::mutex mutex_;
    time_point window_start_{};
    unsigned in_window_ = 0;
    std::uint64_t suppressed_ = 0;
};

} // namespace netmapxx::apps
