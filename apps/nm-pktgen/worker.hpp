// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file worker.hpp
 * What all workers of a run share, and what each shows to the control thread.
 */
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>

#include <netmapxx/port.hpp>

#include "common/env.hpp"
#include "nm-pktgen/counters.hpp"
#include "nm-pktgen/options.hpp"

namespace netmapxx::apps::pktgen {

/** A worker looks at the stop flags at least this often. */
inline constexpr std::chrono::milliseconds wait_slice{50};

/** Shared by the workers of one run; written by the control thread but where said. */
struct run_state {
    run_state(options const& o, run_clock const& c)
        : opts(o), clock(c), receive_budget(o.sends() ? 0 : o.count) {}

    options const& opts;
    run_clock const& clock;
    std::atomic<bool> stop_sending{false};
    std::atomic<bool> stop_receiving{false};
    /** loop: packets sent by all senders, once all have ended. */
    std::atomic<std::uint64_t> sent_in_all{0};
    std::atomic<bool> senders_ended{false}; ///< release: sent_in_all is final
    packet_budget receive_budget;           ///< rx: taken from by the workers
};

class worker {
  public:
    worker(run_state& state, port p) : state_(state), port_(std::move(p)) {}
    worker(worker const&) = delete;
    worker& operator=(worker const&) = delete;
    virtual ~worker() = default;

    /** The thread's body: runs, keeps what was thrown, and says that it ended. */
    void run() noexcept {
        try {
            work();
        } catch (...) {
            failure_ = std::current_exception();
        }
        ended_.store(true, std::memory_order_release);
    }

    /** True when run() is over; what the members below say is final then. */
    [[nodiscard]] bool ended() const noexcept { return ended_.load(std::memory_order_acquire); }
    [[nodiscard]] worker_counters& counters() noexcept { return counters_; }
    [[nodiscard]] worker_counters const& counters() const noexcept { return counters_; }
    [[nodiscard]] port_info const& info() const noexcept { return port_.info(); }

    /** Only after ended(). */
    [[nodiscard]] std::exception_ptr failure() const noexcept { return failure_; }
    /** When the first packet moved, or nothing yet. */
    [[nodiscard]] std::optional<time_point> begun() const noexcept {
        auto const t = begun_.load(std::memory_order_relaxed);
        return t == never ? std::nullopt : std::optional(time_point(time_point::duration(t)));
    }
    /** When the last one did. Only after ended(). */
    [[nodiscard]] time_point finished() const noexcept { return finished_; }

  protected:
    virtual void work() = 0;

    [[nodiscard]] time_point now() const noexcept { return state_.clock.now(); }
    void begin(time_point t) noexcept {
        begun_.store(t.time_since_epoch().count(), std::memory_order_relaxed);
    }

    run_state& state_;
    port port_;
    worker_counters counters_;
    time_point finished_{};

  private:
    static constexpr time_point::rep never = time_point::min().time_since_epoch().count();

    std::atomic<time_point::rep> begun_{never};
    std::exception_ptr failure_;
    std::atomic<bool> ended_{false};
};

} // namespace netmapxx::apps::pktgen
