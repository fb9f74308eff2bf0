// SPDX-License-Identifier: BSD-2-Clause
#include "common/signals.hpp"

#include <cerrno>
#include <cstdint>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/exit_code.hpp"

namespace netmapxx::apps {
namespace {

/** A hang-up that the parent chose to ignore (nohup) stays ignored. */
bool is_ignored(int number) {
    struct sigaction present {};
    return ::sigaction(number, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
}

sigset_t handled_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, SIGTERM);
    ::sigaddset(&set, SIGUSR1);
    ::sigaddset(&set, SIGUSR2);
    if (!is_ignored(SIGHUP))
        ::sigaddset(&set, SIGHUP);
    return set;
}

int checked(int fd, char const* what) {
    if (fd < 0)
        throw std::system_error(errno, std::generic_category(), what);
    return fd;
}

} // namespace

signal_bridge::signal_bridge(run_control& control, exit_function immediate_exit)
    : control_(control), immediate_exit_(std::move(immediate_exit)) {
    if (!immediate_exit_)
        immediate_exit_ = [](int code) { ::_exit(code); };
    // Shells start background jobs with SIGINT ignored, and an ignored signal
    // reaches no signalfd; who sends one by hand means it.
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    if (is_ignored(SIGINT))
        ::sigaction(SIGINT, &standard, nullptr);
    sigset_t const set = handled_signals();
    signal_fd_ = checked(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd");
    quit_fd_ = checked(::eventfd(0, EFD_CLOEXEC), "eventfd");
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &old_pipe_);
    ::pthread_sigmask(SIG_BLOCK, &set, &old_mask_);
    thread_ = std::thread([this] { serve(); });
}

signal_bridge::~signal_bridge() {
    std::uint64_t const one = 1;
    [[maybe_unused]] auto const n = ::write(quit_fd_, &one, sizeof one);
    thread_.join();
    ::close(quit_fd_);
    ::close(signal_fd_);
    ::pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
    ::sigaction(SIGPIPE, &old_pipe_, nullptr);
}

void signal_bridge::serve() {
    pollfd fds[] = {{signal_fd_, POLLIN, 0}, {quit_fd_, POLLIN, 0}};
    for (;;) {
        if (::poll(fds, 2, -1) < 0)
            continue;
        signalfd_siginfo info{};
        while (::read(signal_fd_, &info, sizeof info) == sizeof info)
            handle(static_cast<int>(info.ssi_signo));
        if (fds[1].revents != 0)
            return;
    }
}

void signal_bridge::handle(int number) {
    if (number == SIGUSR1 || number == SIGUSR2) {
        control_.request_report();
        return;
    }
    if (number == SIGINT && interrupted_)
        immediate_exit_(to_int(exit_code::interrupted));
    interrupted_ = interrupted_ || number == SIGINT;
    control_.request_stop();
}

} // namespace netmapxx::apps
