// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file live.hpp
 * Progress for people, on standard error.
 */
#pragma once

#include <string_view>

#include "common/text_out.hpp"

namespace netmapxx::apps {

/** How progress is shown. */
enum class live_mode { automatic, line, log, off };

inline constexpr std::string_view live_mode_names[] = {"auto", "line", "log", "off"};

/** Progress on standard error: a refreshed line, or a line each interval. */
class live_view {
  public:
    /** Automatic becomes `line` on a terminal and `log` elsewhere; quiet is off. */
    live_view(text_out& err, live_mode mode, bool quiet);

    void show(std::string_view text);

    /** Ends a refreshed line, so that other text starts on one of its own. */
    void finish();

    [[nodiscard]] live_mode mode() const noexcept { return mode_; }

  private:
    text_out& err_;
    live_mode mode_;
    std::size_t width_ = 0; ///< of the line that is on the screen
};

} // namespace netmapxx::apps
