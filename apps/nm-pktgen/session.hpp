// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file session.hpp
 * One run: opens the ports, starts the workers, watches over them, reports.
 */
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "common/env.hpp"
#include "common/exit_code.hpp"
#include "common/messages.hpp"
#include "common/report_times.hpp"
#include "common/run_output.hpp"
#include "nm-pktgen/receiver.hpp"
#include "nm-pktgen/sender.hpp"
#include "nm-pktgen/summary.hpp"

namespace netmapxx::apps::pktgen {

class session {
  public:
    /** Opens everything; throws app_failure. Borrows all three. */
    session(options const& o, app_env& env, messages& say);
    session(session const&) = delete;
    session& operator=(session const&) = delete;
    /** Stops and joins whatever still runs. */
    ~session();

    /** Runs to the end and returns the program's exit code. */
    [[nodiscard]] exit_code run();

  private:
    void open_receivers();
    void open_senders();
    [[nodiscard]] std::vector<port> open_ports(port_spec const& spec, direction_set wanted,
                                               bool every_ring) const;
    void check_frame_fits(sender const& s) const;

    void announce();
    void describe(port_info const& info, std::uint32_t slots, std::string_view direction);
    [[nodiscard]] json start_json(port_info const& info, std::string_view path) const;
    void start();
    void watch();
    void advance();
    void begin_stop();
    void stop_all() noexcept;
    void check_receivers();
    [[nodiscard]] bool all_ended() const noexcept;
    [[nodiscard]] time_point next_event() const noexcept;

    void report_interval(time_point now);
    void report_summary(bool final);
    [[nodiscard]] totals read_totals() const noexcept;
    [[nodiscard]] summary_report make_summary(bool final) const;

    [[nodiscard]] exit_code verdict();
    [[nodiscard]] exit_code end_code();
    [[nodiscard]] exit_code verified(totals const& t);
    [[nodiscard]] exit_code goal(totals const& t);

    options const& opts_;
    app_env& env_;
    messages& say_;
    run_state state_;
    run_output output_;
    report_times times_;
    std::unique_ptr<frame_dump> dump_;
    std::unique_ptr<frame_template> frame_;
    std::vector<std::unique_ptr<receiver>> receivers_;
    std::vector<std::unique_ptr<sender>> senders_;
    std::vector<std::thread> threads_;

    bool stopping_ = false;
    bool duration_over_ = false;
    totals reported_{};
};

} // namespace netmapxx::apps::pktgen
