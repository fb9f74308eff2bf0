// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file session.hpp
 * One run of the bridge: opens the ports, starts the thread, reports.
 */
#pragma once

#include <thread>
#include <vector>

#include "common/env.hpp"
#include "common/exit_code.hpp"
#include "common/messages.hpp"
#include "common/report_times.hpp"
#include "common/run_output.hpp"
#include "nm-bridge/mover.hpp"
#include "nm-bridge/report.hpp"

namespace netmapxx::apps::bridge {

class session {
  public:
    /** Opens everything; throws app_failure. Borrows all three. */
    session(options const& o, app_env& env, messages& say);
    session(session const&) = delete;
    session& operator=(session const&) = delete;
    /** Stops the thread, if it still runs. */
    ~session();

    /** Runs until it is told to stop and returns the program's exit code. */
    [[nodiscard]] exit_code run();

  private:
    void open_ports();
    void add_lanes();
    [[nodiscard]] bool zero_copy() const noexcept;

    void announce();
    void watch();
    [[nodiscard]] bool should_stop() const;
    [[nodiscard]] std::vector<lane_report> read_lanes(bool since_last_report);
    void report_interval(time_point now);
    void report_summary(bool final);
    [[nodiscard]] exit_code end_code();

    options const& opts_;
    app_env& env_;
    messages& say_;
    run_output output_;
    report_times times_;
    port first_;
    port second_; ///< closed in loopback mode
    mover mover_;
    std::thread thread_;
    std::vector<lane_counts> reported_;
};

} // namespace netmapxx::apps::bridge
