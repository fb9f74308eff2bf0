// SPDX-License-Identifier: BSD-2-Clause
#include "common/messages.hpp"

#include <fmt/format.h>

namespace netmapxx::apps {

void messages::say(std::string_view level, std::string_view text, std::string_view hint) {
    auto out = fmt::format("{}: {}: {}\n", program_, level, text);
    if (!hint.empty())
        out += fmt::format("  hint: {}\n", hint);
    err_.write(out);
}

void messages::error(std::string_view text, std::string_view hint) {
    say("error", text, hint);
}

void messages::warning(std::string_view text, std::string_view hint) {
    if (!quiet_)
        say("warning", text, hint);
}

void messages::note(std::string_view text) {
    if (!quiet_)
        say("note", text, {});
}

void messages::debug(std::string_view text, int level) {
    if (!quiet_ && verbosity_ >= level)
        say("debug", text, {});
}

void messages::line(std::string_view text) {
    if (!quiet_)
        err_.write(fmt::format("{}\n", text));
}

void messages::repeated_warning(std::string_view text, time_point now) {
    constexpr unsigned per_second = 5;
    std::lock_guard lock(mutex_);
    if (in_window_ == 0 || now - window_start_ >= std::chrono::seconds(1)) {
        window_start_ = now;
        in_window_ = 0;
    }
    if (in_window_ == per_second) {
        ++suppressed_;
        return;
    }
    ++in_window_;
    warning(text);
}

void messages::close_repeated() {
    std::lock_guard lock(mutex_);
    if (suppressed_ != 0)
        warning(fmt::format("{} similar messages suppressed", suppressed_));
    suppressed_ = 0;
}

} // namespace netmapxx::apps
