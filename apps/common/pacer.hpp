// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file pacer.hpp
 * When the next packet is due. Deadlines are absolute, so nothing drifts.
 */
#pragma once

#include <chrono>
#include <cstdint>

#include "common/control.hpp"

namespace netmapxx::apps {

/**
 * Packet k of this schedule is due at start + k * parts / rate, shifted by
 * part / rate: `parts` schedules together make one of `rate`.
 */
class pacer {
  public:
    struct settings {
        std::uint64_t rate = 0;                   ///< packets per second, all parts
        std::uint32_t part = 0;                   ///< which part this is
        std::uint32_t parts = 1;                  ///< how many share the rate
        std::chrono::nanoseconds quantum{10'000}; ///< due this early is due
        std::uint32_t max_catchup = 512;          ///< most packets due at once
    };

    pacer(settings const& s, time_point start) noexcept : settings_(s), start_(start) {}

    /** The time packet k is due. */
    [[nodiscard]] time_point deadline(std::uint64_t k) const noexcept;

    /** Packets to send now: due, not sent yet, at most max_catchup. */
    [[nodiscard]] std::uint32_t due(time_point now) const noexcept;

    /** Records that n of the due packets were sent. */
    void sent(std::uint32_t n) noexcept { sent_ += n; }

    /** When due() becomes non-zero. */
    [[nodiscard]] time_point next() const noexcept { return deadline(sent_); }

    /** Packets whose time has passed and that were not sent: the shortfall. */
    [[nodiscard]] std::uint64_t behind(time_point now) const noexcept;

  private:
    /** Deadlines at or before t. */
    [[nodiscard]] std::uint64_t passed(time_point t) const noexcept;

    settings settings_;
    time_point start_;
    std::uint64_t sent_ = 0;
};

} // namespace netmapxx::apps
