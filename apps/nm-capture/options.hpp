// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file options.hpp
 * What nm-capture is asked to do.
 */
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <netmapxx/port.hpp>

#include "common/common_options.hpp"
#include "common/pcapng_writer.hpp"

namespace netmapxx::apps::capture {

/** Layouts of the file; both `pcap` ones differ in the grain of their times. */
enum class file_format { pcapng, pcap, pcap_us };
inline constexpr std::string_view file_format_names[] = {"pcapng", "pcap", "pcap-us"};

/** Where the time of a packet comes from. */
enum class time_source { automatic, batch, packet, ring };
inline constexpr std::string_view time_source_names[] = {"auto", "batch", "packet", "ring"};

/** What happens when the writer is behind. */
enum class on_overflow { drop, wait };
inline constexpr std::string_view on_overflow_names[] = {"drop", "wait"};

/** Which packets are wanted. */
enum class wanted_direction { both, in, out };
inline constexpr std::string_view wanted_direction_names[] = {"both", "in", "out"};

/** One capture point. */
struct target {
    port_spec spec{};          ///< as it is opened: a monitor, or the port itself
    std::string label{};       ///< the port, without what makes it a monitor
    std::string description{}; ///< "zero-copy monitor"
    std::string if_name{};     ///< for the file
    std::string if_description{};
};

struct options : common_options {
    bool list = false;
    std::vector<target> targets{};
    bool direct = false;
    std::optional<std::chrono::nanoseconds> wait_target{};

    std::string filter{};       ///< expression; empty takes everything
    std::string filter_names{}; ///< where it was given, for messages
    std::uint32_t snaplen = most_snaplen;
    wanted_direction direction = wanted_direction::both;
    time_source time = time_source::automatic;

    std::optional<std::string> file{}; ///< "-" is standard output; nothing: a name of its own
    file_format format = file_format::pcapng;
    bool group_read = false;
    bool packet_buffered = false;
    std::string comment{};
    std::uint64_t buffer_bytes = 0;
    on_overflow overflow = on_overflow::drop;
    std::chrono::nanoseconds statistics_interval = std::chrono::minutes(1); ///< 0: at the end

    std::optional<std::uint64_t> most_packets{}; ///< to write; the goals
    std::optional<std::uint64_t> most_bytes{};   ///< of the file
    std::optional<std::chrono::nanoseconds> most_time{};

    [[nodiscard]] bool packets_on_stdout() const noexcept { return file == "-"; }
    [[nodiscard]] bool stdout_taken() const noexcept {
        return json_on_stdout() || packets_on_stdout();
    }
    [[nodiscard]] bool has_goal() const noexcept { return most_packets || most_bytes || most_time; }
};

using parsed = parsed_options<options>;

/**
 * Reads a command line without the program's name. `default_backend` is a name
 * or empty. Throws app_failure (usage).
 */
[[nodiscard]] parsed parse_options(std::span<char const* const> args,
                                   std::string_view default_backend);

} // namespace netmapxx::apps::capture
