// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// The end of a wait, and sleeping on descriptors until then.
#ifndef NETMAPXX_DEADLINE_HPP
#define NETMAPXX_DEADLINE_HPP

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <optional>
#include <span>

#include <poll.h>

namespace netmapxx::inline v1::detail {

/// The end of a wait; none for a wait without limit.
class deadline {
  public:
    using clock = std::chrono::steady_clock;

    /// Negative = without limit.
    explicit deadline(std::chrono::nanoseconds timeout) noexcept
        : limited_(timeout >= std::chrono::nanoseconds::zero()) {
        constexpr std::chrono::nanoseconds longest = std::chrono::hours{24 * 365};
        if (limited_)
            end_ = clock::now() + std::min(timeout, longest);
    }
    /// Time left, at least 0; nothing without limit.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> left() const noexcept {
        if (!limited_)
            return std::nullopt;
        return std::max(std::chrono::nanoseconds{end_ - clock::now()},
                        std::chrono::nanoseconds::zero());
    }
    [[nodiscard]] bool over() const noexcept { return limited_ && clock::now() >= end_; }

  private:
    bool limited_;
    clock::time_point end_;
};

/// Sleeps until an event or the deadline. Returns the number of entries with
/// events, 0 also for a signal, or a negative errno.
[[nodiscard]] inline int sleep_on(std::span<pollfd> entries, deadline const& end) noexcept {
    timespec limit{};
    auto const remaining = end.left();
    if (remaining) {
        auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(*remaining);
        limit.tv_sec = seconds.count();
        limit.tv_nsec = (*remaining - seconds).count();
    }
    int const n = ::ppoll(entries.data(), entries.size(), remaining ? &limit : nullptr, nullptr);
    if (n >= 0)
        return n;
    return errno == EINTR ? 0 : -errno;
}

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_DEADLINE_HPP
