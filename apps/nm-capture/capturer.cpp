// SPDX-License-Identifier: BSD-2-Clause
#include "nm-capture/capturer.hpp"

#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <poll.h>

#include "common/exit_code.hpp"
#include "common/units.hpp"
#include "nm-capture/opening.hpp"

namespace netmapxx::apps::capture {
namespace {

using namespace std::chrono_literals;

/** The stop flag is looked at least this often, and lost ports as often. */
constexpr auto wait_slice = 50ms;
/** How often packets are written out that fill no chunk, and the core is asked. */
constexpr auto chores_interval = 1s;

} // namespace

void capturer::add_source(target const& t, port p) {
    sources_.emplace_back(static_cast<std::uint32_t>(sources_.size()), t, opts_, std::move(p));
}

void capturer::run() noexcept {
    try {
        work();
    } catch (...) {
        failure_ = std::current_exception();
    }
    finish();
    ended_.store(true, std::memory_order_release);
    env_.control.wake();
}

void capturer::work() {
    next_chores_ = env_.clock.now() + chores_interval;
    next_statistics_ = env_.clock.now() + opts_.statistics_interval;
    while (!stop_.load(std::memory_order_relaxed)) {
        auto const result = serve_all();
        do_chores();
        if (result == source::progress::enough)
            return;
        if (opts_.packet_buffered && result == source::progress::some)
            recorder_.flush();
        if (result == source::progress::blocked)
            round_.wait_empty(env_.clock.now() + wait_slice);
        else if (result == source::progress::idle)
            sleep_until_work();
    }
    static_cast<void>(serve_all()); // what is visible at the end
}

source::progress capturer::serve_all() {
    auto result = source::progress::idle;
    for (auto& s : sources_) {
        if (s.is_open())
            result = std::max(result, serve(s));
        if (result == source::progress::enough)
            break;
    }
    return result;
}

source::progress capturer::serve(source& s) {
    try {
        return s.serve(recorder_);
    } catch (error const& e) {
        if (e.code() == errc::port_gone) {
            lose(s);
        } else if (e.code() == errc::ring_reset) {
            trouble_.report(e.what(), env_.clock.now()); // the library has resynchronised
        } else {
            throw;
        }
        return source::progress::some; // look again
    }
}

/* ---- sleep --------------------------------------------------------------------------- */

/** Arm, sync, look, and only then sleep: so no wake-up can be lost. */
void capturer::sleep_until_work() {
    if (arm_and_look())
        return;
    poll_handles();
    check_alive();
}

bool capturer::arm_and_look() {
    bool found = false;
    for (auto& s : sources_) {
        if (!s.is_open())
            continue;
        auto& p = s.device();
        std::error_code ignored; // serve() meets it again
        p.arm(direction::rx);
        p.sync_rx(ignored);
        for (rx_ring const ring : p.rx_rings()) {
            if (!ring.peek(1).empty())
                found = true;
            else if (!ring.empty())
                ring.hold(); // the beginning of a packet: ask for more than that
        }
    }
    return found;
}

void capturer::poll_handles() {
    std::array<pollfd, 64> fds{};
    nfds_t count = 0;
    for (auto& s : sources_) {
        if (!s.is_open())
            continue;
        auto const handle = s.device().wait_handle(direction::rx);
        fds.at(count++) = {handle.fd, handle.events, 0};
    }
    if (::poll(fds.data(), count, static_cast<int>(wait_slice.count())) < 0 && errno != EINTR)
        throw std::system_error(errno, std::generic_category(), "poll");
}

/** A monitor whose port was closed only says so to who waits for it. */
void capturer::check_alive() {
    auto const now = env_.clock.now();
    for (auto& s : sources_) {
        if (!s.is_open()) {
            try_reopen(s, now);
            continue;
        }
        std::error_code ec;
        auto const result = s.device().wait_readable(1ns, ec);
        if (ec == errc::port_gone)
            lose(s);
        else if (result == wait_result::error_event)
            trouble_.report(fmt::format("{}: {}", s.point().label,
                                        ec ? ec.message() : "the port reports trouble"),
                            now);
    }
}

/* ---- ports that go and come ------------------------------------------------------------ */

void capturer::lose(source& s) {
    auto const& label = s.point().label;
    if (!opts_.wait_target)
        throw app_failure(exit_code::runtime, fmt::format("{} was closed or went away", label),
                          opts_.direct ? ""
                                       : "with --wait-target the capture goes on when it is back");
    s.close();
    s.next_try = env_.clock.now();
    say_.note(fmt::format("{} was closed; waiting up to {} for it", label,
                          format_duration(*opts_.wait_target)));
}

void capturer::try_reopen(source& s, time_point now) {
    if (now < s.next_try)
        return;
    s.next_try = now + wait_slice;
    auto attempt = try_open(s.point(), opts_);
    if (attempt.opened.is_open()) {
        auto const gap = now - s.closed_at();
        s.reopen(std::move(attempt.opened));
        write_statistics(
            fmt::format("the port was closed; nothing was seen for {}", format_duration(gap)), &s);
        say_.note(fmt::format("{} is back after {}", s.point().label, format_duration(gap)));
    } else if (now - s.closed_at() >= *opts_.wait_target) {
        throw app_failure(exit_code::runtime, attempt.why_not->what(), attempt.why_not->hint());
    }
}

/* ---- chores --------------------------------------------------------------------------- */

void capturer::do_chores() {
    auto const wanted = wanted_.load(std::memory_order_relaxed);
    auto const now = env_.clock.now();
    bool const asked = wanted != made_.load(std::memory_order_relaxed);
    if (now < next_chores_ && !asked)
        return;
    next_chores_ = now + chores_interval;
    for (auto& s : sources_)
        s.ask_port();
    if (asked || (opts_.statistics_interval > 0s && now >= next_statistics_)) {
        write_statistics({}, nullptr);
        next_statistics_ = now + opts_.statistics_interval;
    }
    recorder_.flush();
    if (asked) {
        made_.store(wanted, std::memory_order_release);
        env_.control.wake();
    }
}

/** Counters of one source, or of all; left out while the writer is behind. */
void capturer::write_statistics(std::string const& comment, source const* only) {
    if (opts_.format != file_format::pcapng)
        return;
    for (auto const& s : sources_) {
        if (only != nullptr && only != &s)
            continue;
        auto statistics = s.statistics(s.counters().read());
        if (!comment.empty())
            statistics.comment = comment;
        static_cast<void>(recorder_.append(pcapng::block(statistics)));
    }
}

/** What was taken goes back to the core: another monitor may wait behind ours. */
void capturer::finish() {
    for (auto& s : sources_) {
        if (!s.is_open())
            continue;
        std::error_code ignored;
        s.device().sync_rx(ignored);
        s.ask_port();
    }
    recorder_.finish();
}

} // namespace netmapxx::apps::capture
