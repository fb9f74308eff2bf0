// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file report_times.hpp
 * When a run began, and when it reports.
 */
#pragma once

#include <chrono>

#include "common/control.hpp"

namespace netmapxx::apps {

class report_times {
  public:
    explicit report_times(std::chrono::nanoseconds interval) noexcept : interval_(interval) {}

    /** The run begins, and its first interval. */
    void begin(time_point now) noexcept {
        started_ = last_ = now;
        next_ = now + interval_;
    }
    /** An interval has been reported. Those that were missed meanwhile are left out. */
    void reported(time_point now) noexcept {
        last_ = now;
        while (next_ <= now)
            next_ += interval_;
    }

    [[nodiscard]] bool due(time_point now) const noexcept { return now >= next_; }
    [[nodiscard]] time_point next() const noexcept { return next_; }
    [[nodiscard]] time_point started() const noexcept { return started_; }
    [[nodiscard]] std::chrono::nanoseconds elapsed(time_point now) const noexcept {
        return now - started_;
    }
    /** Of the interval that is under way. */
    [[nodiscard]] std::chrono::nanoseconds length(time_point now) const noexcept {
        return now - last_;
    }

  private:
    std::chrono::nanoseconds interval_;
    time_point started_{};
    time_point last_{};
    time_point next_{};
};

} // namespace netmapxx::apps
