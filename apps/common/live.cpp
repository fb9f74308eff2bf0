// SPDX-License-Identifier: BSD-2-Clause
#include "common/live.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace netmapxx::apps {

live_view::live_view(text_out& err, live_mode mode, bool quiet) : err_(err), mode_(mode) {
    if (mode_ == live_mode::automatic)
        mode_ = err.is_terminal() ? live_mode::line : live_mode::log;
    if (quiet)
        mode_ = live_mode::off;
}

void live_view::show(std::string_view text) {
    if (mode_ == live_mode::off)
        return;
    if (mode_ == live_mode::log) {
        err_.write(fmt::format("{}\n", text));
        return;
    }
    auto const width = std::max(width_, text.size());
    err_.write(fmt::format("\r{:<{}}", text, width));
    width_ = text.size();
}

void live_view::finish() {
    if (mode_ == live_mode::line && width_ != 0)
        err_.write("\n");
    width_ = 0;
}

} // namespace netmapxx::apps
