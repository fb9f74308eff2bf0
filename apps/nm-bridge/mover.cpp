// SPDX-License-Identifier: BSD-2-Clause
#include "nm-bridge/mover.hpp"

#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <poll.h>

namespace netmapxx::apps::bridge {
namespace {

using namespace std::chrono_literals;

/** The stop flag is looked at least this often. */
constexpr auto wait_slice = 50ms;
/** How long one lane may keep the thread while it waits for a larger gap. */
constexpr auto short_wait = 5ms;

} // namespace

void mover::add_lane(port& from, port& to, std::string name, lane::settings const& s) {
    lanes_.emplace_back(from, to, std::move(name), s, clock_);
}

void mover::run() noexcept {
    try {
        work();
        for (auto& l : lanes_)
            l.finish(opts_.drain_timeout);
    } catch (...) {
        failure_ = std::current_exception();
    }
    ended_.store(true, std::memory_order_release);
}

void mover::work() {
    while (!stop_.load(std::memory_order_relaxed)) {
        try {
            if (!serve_all())
                sleep_until_work();
        } catch (error const& e) {
            if (e.code() != errc::ring_reset)
                throw;
            trouble_.report(e.what(), clock_.now()); // the library has resynchronised: go on
        }
    }
}

bool mover::serve_all() {
    bool moved = false;
    for (auto& l : lanes_) {
        auto const packets = l.step();
        moved = moved || packets != 0;
        if (packets != 0 && opts_.verbosity >= 2)
            say_.debug(fmt::format("{}: {} packets", l.name(), packets), 2);
    }
    return moved;
}

/** Arm, sync, look, and only then sleep: so no wake-up can be lost. */
void mover::sleep_until_work() {
    for (auto& l : lanes_)
        l.arm();
    bool work_there = false;
    for (auto& l : lanes_)
        work_there = l.refresh() || work_there;
    if (work_there)
        return;
    for (auto& l : lanes_)
        if (l.needs_more_room()) {
            l.wait_for_more_room(short_wait);
            return;
        }
    poll_handles();
}

void mover::poll_handles() {
    std::array<pollfd, 2> fds{};
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        auto const handle = lanes_[i].handle();
        fds[i] = {handle.fd, handle.events, 0};
    }
    int const n = ::poll(fds.data(), lanes_.size(), static_cast<int>(wait_slice.count()));
    if (n < 0 && errno != EINTR)
        throw std::system_error(errno, std::generic_category(), "poll");
    for (std::size_t i = 0; n > 0 && i < lanes_.size(); ++i)
        if ((fds[i].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
            trouble_.report(fmt::format("{}: error event {:#x}", lanes_[i].name(), fds[i].revents),
                            clock_.now());
}

} // namespace netmapxx::apps::bridge
