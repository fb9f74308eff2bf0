// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file mover.hpp
 * The bridge's thread: serves its lanes and sleeps when none has work.
 */
#pragma once

#include <atomic>
#include <deque>
#include <exception>
#include <string>

#include "common/env.hpp"
#include "common/messages.hpp"
#include "common/trouble.hpp"
#include "nm-bridge/lane.hpp"

namespace netmapxx::apps::bridge {

class mover {
  public:
    mover(options const& o, run_clock const& clock, messages& say)
        : opts_(o), clock_(clock), say_(say), trouble_(say) {}
    mover(mover const&) = delete;
    mover& operator=(mover const&) = delete;

    void add_lane(port& from, port& to, std::string name, lane::settings const& s);

    /** The thread's body: moves until stop() and keeps what was thrown. */
    void run() noexcept;
    void stop() noexcept { stop_.store(true, std::memory_order_relaxed); }

    /** True when run() is over. */
    [[nodiscard]] bool ended() const noexcept { return ended_.load(std::memory_order_acquire); }
    /** Only after ended(). */
    [[nodiscard]] std::exception_ptr failure() const noexcept { return failure_; }

    [[nodiscard]] std::size_t lanes() const noexcept { return lanes_.size(); }
    [[nodiscard]] std::string const& name(std::size_t i) const { return lanes_[i].name(); }
    [[nodiscard]] lane_counts counts(std::size_t i) const { return lanes_[i].counters().read(); }

  private:
    void work();
    [[nodiscard]] bool serve_all();
    void sleep_until_work();
    void poll_handles();

    options const& opts_;
    run_clock const& clock_;
    messages& say_;
    std::deque<lane> lanes_;
    std::atomic<bool> stop_{false};
    std::atomic<bool> ended_{false};
    std::exception_ptr failure_;
    trouble_limit trouble_;
};

} // namespace netmapxx::apps::bridge
