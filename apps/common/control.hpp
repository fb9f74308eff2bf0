// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file control.hpp
 * How the outside reaches a run: stop it, ask for an interim report.
 */
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace netmapxx::apps {

using time_point = std::chrono::steady_clock::time_point;

/**
 * The control of one run. Any thread may call any member; one thread, the
 * run's own, waits.
 */
class run_control {
  public:
    /** What a wait ended with; several may be true at once, none: the time came. */
    struct events {
        bool stop = false;   ///< request_stop() was called (reported once)
        bool report = false; ///< request_report() was called
        bool woken = false;  ///< wake() was called
    };

    /** Orderly stop, as SIGINT and SIGTERM ask for. */
    void request_stop();

    /** Interim summary, as SIGUSR1 asks for. */
    void request_report();

    /** Ends the present wait, or the next one. */
    void wake();

    /** True from the first request_stop() on. */
    [[nodiscard]] bool stop_requested() const noexcept { return stop_.stop_requested(); }
    [[nodiscard]] std::stop_token stop_token() const noexcept { return stop_.get_token(); }

    /** Sleeps until something happens or `deadline` has come. */
    [[nodiscard]] events wait_until(time_point deadline);

  private:
    void raise(bool events::*which);

    std::mutex mutex_;
    std::condition_variable changed_;
    events pending_;
    std::stop_source stop_;
};

} // namespace netmapxx::apps
