// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file counters.hpp
 * What a worker counts: written by its thread alone, read by the reporter.
 */
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace netmapxx::apps::pktgen {

/** A reading of the counters, and sums of readings. */
struct traffic {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::uint64_t events = 0;      ///< ring visits that moved something
    std::uint64_t full_events = 0; ///< tx: times no ring had room
    std::uint64_t behind = 0;      ///< tx: packets whose time passed unsent
    std::uint64_t completed = 0;   ///< tx: packets the port has taken, known at the end
    std::uint64_t lost = 0;        ///< rx --verify, as are all below
    std::uint64_t late = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t corrupt = 0;
    std::uint64_t foreign = 0;

    traffic& operator+=(traffic const& other) noexcept;
    friend traffic operator-(traffic a, traffic const& b) noexcept;
};

/** One thread adds, any thread reads. Lives on cache lines of its own. */
class alignas(128) worker_counters {
  public:
    void moved(std::uint64_t packets, std::uint64_t bytes) noexcept {
        add(packets_, packets);
        add(bytes_, bytes);
        add(events_, 1);
    }
    void full() noexcept { add(full_events_, 1); }
    void set_behind(std::uint64_t n) noexcept { set(behind_, n); }
    void set_completed(std::uint64_t n) noexcept { set(completed_, n); }
    void set_verified(std::uint64_t lost, std::uint64_t late, std::uint64_t duplicates) noexcept {
        set(lost_, lost);
        set(late_, late);
        set(duplicates_, duplicates);
    }
    void corrupt() noexcept { add(corrupt_, 1); }
    void foreign() noexcept { add(foreign_, 1); }

    /** Free slots an rx ring had when it was looked at. */
    void free_slots(std::uint32_t n) noexcept {
        if (n < least_free_.load(std::memory_order_relaxed))
            least_free_.store(n, std::memory_order_relaxed);
    }
    /** Least free slots since the last call; nothing if no ring was looked at. */
    [[nodiscard]] std::optional<std::uint32_t> take_least_free() noexcept;

    [[nodiscard]] traffic read() const noexcept;
    [[nodiscard]] std::uint64_t packets() const noexcept { return get(packets_); }

  private:
    using counter = std::atomic<std::uint64_t>;
    static constexpr std::uint32_t none = ~std::uint32_t{0};

    static std::uint64_t get(counter const& c) noexcept {
        return c.load(std::memory_order_relaxed);
    }
    static void set(counter& c, std::uint64_t n) noexcept { c.store(n, std::memory_order_relaxed); }
    static void add(counter& c, std::uint64_t n) noexcept { set(c, get(c) + n); }

    counter packets_{0};
    counter bytes_{0};
    counter events_{0};
    counter full_events_{0};
    counter behind_{0};
    counter completed_{0};
    counter lost_{0};
    counter late_{0};
    counter duplicates_{0};
    counter corrupt_{0};
    counter foreign_{0};
    std::atomic<std::uint32_t> least_free_{none};
};

/** A number of packets that several threads take from. */
class packet_budget {
  public:
    /** 0 means no limit. */
    explicit packet_budget(std::uint64_t packets) noexcept
        : limited_(packets != 0), left_(packets) {}

    [[nodiscard]] bool limited() const noexcept { return limited_; }
    [[nodiscard]] bool exhausted() const noexcept {
        return limited_ && left_.load(std::memory_order_relaxed) == 0;
    }

    /** Takes up to n; what it returns is the caller's to count. */
    [[nodiscard]] std::uint64_t claim(std::uint64_t n) noexcept {
        if (!limited_)
            return n;
        auto left = left_.load(std::memory_order_relaxed);
        std::uint64_t granted = 0;
        do
            granted = std::min(left, n);
        while (!left_.compare_exchange_weak(left, left - granted, std::memory_order_relaxed));
        return granted;
    }

  private:
    bool limited_;
    std::atomic<std::uint64_t> left_;
};

/** Part k of n packets spread over `parts`, remainder to the first ones. */
[[nodiscard]] constexpr std::uint64_t share_of(std::uint64_t n, std::uint32_t k,
                                               std::uint32_t parts) noexcept {
    return n / parts + (k < n % parts ? 1 : 0);
}

} // namespace netmapxx::apps::pktgen
