// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file lane.hpp
 * One direction of a bridge: moves whole packets from a port to another.
 */
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <netmapxx/forward.hpp>

#include "common/env.hpp"
#include "nm-bridge/options.hpp"

namespace netmapxx::apps::bridge {

/** A reading of a lane's counters. */
struct lane_counts {
    std::uint64_t packets = 0;   ///< forwarded
    std::uint64_t bytes = 0;     ///< forwarded
    std::uint64_t exchanged = 0; ///< packets forwarded by exchange
    std::uint64_t copied = 0;    ///< packets forwarded by copy
    std::uint64_t dropped = 0;   ///< for lack of room (--on-full drop)
    std::uint64_t too_long = 0;  ///< more slots than the destination has
    std::uint64_t bad = 0;       ///< damaged slots
    std::uint64_t batches = 0;   ///< ring visits that moved something
    std::uint64_t full_events = 0;
    std::chrono::nanoseconds longest_stall{0};
};

/** Written by the bridge's thread alone, read by the reporter. */
class lane_counters {
  public:
    void add(forward_result const& r) noexcept;
    void add_dropped(std::uint64_t packets) noexcept { bump(dropped_, packets); }
    void add_full() noexcept { bump(full_events_, 1); }
    void stalled(std::chrono::nanoseconds t) noexcept;
    [[nodiscard]] lane_counts read() const noexcept;

  private:
    using counter = std::atomic<std::uint64_t>;
    static void bump(counter& c, std::uint64_t n) noexcept {
        c.store(c.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }

    alignas(128) counter packets_{0};
    counter bytes_{0};
    counter exchanged_{0};
    counter copied_{0};
    counter dropped_{0};
    counter too_long_{0};
    counter bad_{0};
    counter batches_{0};
    counter full_events_{0};
    std::atomic<std::int64_t> longest_stall_{0};
};

class lane {
  public:
    struct settings {
        std::uint32_t burst = 1024;
        transfer_mode mode = transfer_mode::automatic;
        on_full full = on_full::wait;
    };

    /** Borrows the ports and the clock. */
    lane(port& from, port& to, std::string name, settings const& s, run_clock const& clock)
        : from_(from), to_(to), name_(std::move(name)), settings_(s), clock_(clock),
          full_(from.rx_rings().size()) {}
    lane(lane const&) = delete;
    lane& operator=(lane const&) = delete;

    [[nodiscard]] std::string const& name() const noexcept { return name_; }

    /**
     * Fetches, moves and sends. Returns the packets that left the source, for
     * whatever became of them.
     */
    std::uint64_t step();

    /** Asks to be told of what this lane waits for: packets, or room. */
    void arm();

    /** Syncs that side; true if there is something to do. */
    [[nodiscard]] bool refresh();

    /** The handle to sleep on. */
    [[nodiscard]] port_wait_handle handle() const;

    /**
     * True if room is there, but too little for the next packet. A sleep on
     * the handle would end at once; wait_for_more_room() does not.
     */
    [[nodiscard]] bool needs_more_room() const noexcept;
    void wait_for_more_room(std::chrono::nanoseconds longest);

    /** Gives back what was taken and sends what is pending. */
    void finish(std::chrono::nanoseconds longest);

    [[nodiscard]] lane_counters const& counters() const noexcept { return counters_; }

  private:
    std::uint64_t move_all();
    std::uint64_t move_ring(std::size_t r);
    std::uint64_t drop_ring(std::size_t r);
    [[nodiscard]] bool any_full() const noexcept;
    void set_blocked(bool blocked);
    [[nodiscard]] std::size_t room() const noexcept;

    port& from_;
    port& to_;
    std::string name_;
    settings settings_;
    run_clock const& clock_;
    lane_counters counters_;
    std::vector<char> full_; ///< per source ring: the last pass found its destination full
    std::optional<time_point> blocked_since_;
    std::size_t blocked_room_ = 0; ///< free slots when it blocked
};

} // namespace netmapxx::apps::bridge
