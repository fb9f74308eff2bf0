// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file source.hpp
 * One capture point: drains its rings, chooses packets, and counts.
 */
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include <netmapxx/port.hpp>

#include "common/packet_filter.hpp"
#include "nm-capture/options.hpp"
#include "nm-capture/recorder.hpp"

namespace netmapxx::apps::capture {

using wall_time = std::chrono::sys_time<std::chrono::nanoseconds>;

/** UTC, to the nanosecond. */
[[nodiscard]] inline wall_time wall_now() noexcept {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

/** A reading of the counters; captured = recorded + filtered + dropped + damaged. */
struct capture_counts {
    std::uint64_t captured = 0;                  ///< packets taken from the rings
    std::uint64_t captured_bytes = 0;            ///< their length on the wire
    std::uint64_t recorded = 0;                  ///< packets laid out for the file
    std::uint64_t filtered = 0;                  ///< not wanted
    std::uint64_t dropped = 0;                   ///< because the writer was behind
    std::uint64_t damaged = 0;                   ///< slots that a faulty peer made unusable
    std::optional<std::uint64_t> port_dropped{}; ///< by the core; nothing if it does not tell

    [[nodiscard]] std::uint64_t accepted() const noexcept { return recorded + dropped; }
    capture_counts& operator+=(capture_counts const& other) noexcept;
};

/** Written by the capture's thread alone, read by the reporter. */
class capture_counters {
  public:
    void captured(std::size_t bytes) noexcept {
        bump(captured_, 1);
        bump(bytes_, bytes);
    }
    void recorded() noexcept { bump(recorded_, 1); }
    void filtered() noexcept { bump(filtered_, 1); }
    void dropped() noexcept { bump(dropped_, 1); }
    void damaged() noexcept { bump(damaged_, 1); }
    void set_port_dropped(std::optional<std::uint64_t> packets) noexcept {
        port_dropped_.store(packets.value_or(unknown), std::memory_order_relaxed);
    }
    [[nodiscard]] capture_counts read() const noexcept;

  private:
    using counter = std::atomic<std::uint64_t>;
    static constexpr std::uint64_t unknown = ~std::uint64_t{0};
    static void bump(counter& c, std::uint64_t n) noexcept {
        c.store(c.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }

    alignas(128) counter captured_{0};
    counter bytes_{0};
    counter recorded_{0};
    counter filtered_{0};
    counter dropped_{0};
    counter damaged_{0};
    counter port_dropped_{unknown};
};

class source {
  public:
    /** Takes the port; borrows the options. `number` is that of the file's interface. */
    source(std::uint32_t number, target const& t, options const& o, port p);
    source(source const&) = delete;
    source& operator=(source const&) = delete;

    /** How far a round of work got. */
    enum class progress {
        idle,    ///< nothing was there
        some,    ///< packets were taken
        blocked, ///< packets wait for the writer (--on-overflow wait)
        enough   ///< the recorder's limit is reached
    };

    /** Fetches what is there and records it. Throws `error`. */
    progress serve(recorder& to);

    [[nodiscard]] target const& point() const noexcept { return target_; }
    [[nodiscard]] port& device() noexcept { return port_; }
    [[nodiscard]] capture_counters const& counters() const noexcept { return counters_; }

    /** Asks the core for its drops, and keeps the answer among the counters. */
    void ask_port();

    /** The port went away, and comes back later. */
    void close();
    void reopen(port p);
    [[nodiscard]] bool is_open() const noexcept { return port_.is_open(); }
    [[nodiscard]] time_point closed_at() const noexcept { return closed_at_; }
    /** When to try opening it again. */
    time_point next_try{};

    /** What the file is to say of the interface now. */
    [[nodiscard]] pcapng::interface_statistics statistics(capture_counts const& c) const;

  private:
    progress drain(recorder& to, std::size_t ring);
    recorder::outcome take(recorder& to, std::size_t ring, packet_view packet);
    [[nodiscard]] bool wanted(packet_direction way) const noexcept;
    [[nodiscard]] packet_direction direction_of(rx_ring ring, packet_view packet) const noexcept;
    [[nodiscard]] std::uint64_t time_of(std::size_t ring, packet_view packet) noexcept;
    void adopt(port p);
    [[nodiscard]] std::optional<std::uint64_t> core_drops() const;

    std::uint32_t number_;
    target const& target_;
    time_source time_;
    wanted_direction direction_;
    on_overflow overflow_;
    packet_filter filter_;
    port port_;
    bool monitor_;
    std::size_t header_ = 0; ///< virtio-net header before each packet
    capture_counters counters_;
    std::vector<std::uint64_t> last_time_{}; ///< of each ring
    std::vector<std::byte> gathered_{};      ///< a packet of several slots
    wall_time batch_time_{};
    wall_time started_ = wall_now();
    std::uint64_t pending_drops_ = 0;                  ///< since the last packet recorded
    std::optional<std::uint64_t> core_drops_before_{}; ///< when the port was opened
    std::uint64_t former_drops_ = 0;                   ///< of ports that went away
    time_point closed_at_{};
};

} // namespace netmapxx::apps::capture
