// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file session.hpp
 * One run of the capture: opens ports and file, starts the threads, reports.
 */
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/env.hpp"
#include "common/exit_code.hpp"
#include "common/messages.hpp"
#include "common/report_times.hpp"
#include "common/run_output.hpp"
#include "nm-capture/capturer.hpp"
#include "nm-capture/chunks.hpp"
#include "nm-capture/report.hpp"
#include "nm-capture/writer.hpp"

namespace netmapxx::apps::capture {

class session {
  public:
    /** Checks what can be checked before a port is opened. Borrows all three. */
    session(options const& o, app_env& env, messages& say);
    session(session const&) = delete;
    session& operator=(session const&) = delete;
    /** Stops the threads, if they still run. */
    ~session();

    /** Captures until the goal or a stop and returns the exit code; throws app_failure. */
    [[nodiscard]] exit_code run();

  private:
    /** False if the run was stopped while it waited for a port. */
    [[nodiscard]] bool open_ports();
    [[nodiscard]] std::optional<port> wait_for(target const& t);
    void open_file();
    void start();
    void announce();
    [[nodiscard]] json start_json() const;

    void watch();
    [[nodiscard]] bool should_stop();
    [[nodiscard]] capture_report read_all() const;
    void report_interval(time_point now);
    void report_summary(bool final);

    void join();
    void close_file();
    void put(std::span<std::byte const> bytes);
    [[nodiscard]] exit_code end_code();
    [[nodiscard]] exit_code file_code();
    [[nodiscard]] exit_code goal_code();
    [[nodiscard]] std::string file_text() const;

    options const& opts_;
    app_env& env_;
    messages& say_;
    run_output output_;
    report_times times_;
    std::vector<port> ports_; ///< until the capturer takes them
    std::string file_name_;
    std::unique_ptr<sink> file_;
    std::error_code file_status_; ///< of writes by this thread, and of closing
    std::uint64_t file_bytes_ = 0;
    std::unique_ptr<chunk_round> round_;
    std::unique_ptr<writer> writer_;
    std::unique_ptr<capturer> capturer_;
    std::thread writing_;
    std::thread capturing_;
    bool time_is_over_ = false;
    bool reader_gone_ = false;
    bool interim_wanted_ = false;
    capture_counts reported_{};
};

} // namespace netmapxx::apps::capture
