// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file signals.hpp
 * From signals to run_control. Only a program's main uses this.
 */
#pragma once

#include <functional>
#include <thread>

#include <signal.h>

#include "common/control.hpp"

namespace netmapxx::apps {

/**
 * While it lives, SIGINT, SIGTERM and SIGHUP ask for an orderly stop, SIGUSR1
 * and SIGUSR2 for a report, SIGPIPE is ignored, and a second SIGINT ends the process with
 * status 130 at once. Construct it before any other thread starts: threads
 * inherit the blocked signals.
 */
class signal_bridge {
  public:
    using exit_function = std::function<void(int)>;

    /** `immediate_exit` is called for the second SIGINT; default: _exit(). */
    explicit signal_bridge(run_control& control, exit_function immediate_exit = {});
    signal_bridge(signal_bridge const&) = delete;
    signal_bridge& operator=(signal_bridge const&) = delete;
    ~signal_bridge();

  private:
    void serve();
    void handle(int number);

    run_control& control_;
    exit_function immediate_exit_;
    sigset_t old_mask_{};
    struct sigaction old_pipe_ {};
    int signal_fd_ = -1;
    int quit_fd_ = -1;
    bool interrupted_ = false;
    std::thread thread_;
};

} // namespace netmapxx::apps
