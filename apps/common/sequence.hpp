// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file sequence.hpp
 * Follows running numbers: what was lost, late, or seen twice.
 */
#pragma once

#include <cstdint>
#include <vector>

namespace netmapxx::apps {

/**
 * A tracker for one stream of 32-bit numbers that wrap around.
 *
 * The last `window` numbers are remembered one by one. A number that leaves
 * the window unseen is lost; one that arrives below the next expected number
 * is late (RFC 4737); one that was seen already, or is older than the window,
 * is a duplicate.
 */
class sequence_tracker {
  public:
    static constexpr std::uint32_t default_window = 4096;

    /** `window` is a power of two, at least 64. */
    explicit sequence_tracker(std::uint32_t window = default_window);

    /** Expects `number` next; otherwise the first number seen sets the expectation. */
    void expect(std::uint32_t number) noexcept;

    void see(std::uint32_t number) noexcept {
        if (primed_ && number == static_cast<std::uint32_t>(next_)) {
            advance_one();
            return;
        }
        see_out_of_order(number);
    }

    /**
     * The stream has ended: numbers still missing from the window are lost.
     * With `end`, those from the last one seen up to `end` (excluded) are, too.
     */
    void finish() noexcept;
    void finish(std::uint64_t end) noexcept;

    /** Numbers seen for the first time. */
    [[nodiscard]] std::uint64_t unique() const noexcept { return unique_; }
    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
    [[nodiscard]] std::uint64_t late() const noexcept { return late_; }
    [[nodiscard]] std::uint64_t duplicates() const noexcept { return duplicates_; }
    /** How far the latest of the late ones was behind, in numbers. */
    [[nodiscard]] std::uint64_t max_extent() const noexcept { return max_extent_; }

  private:
    [[nodiscard]] std::uint64_t& word(std::uint64_t n) noexcept { return seen_[(n & mask_) / 64]; }
    [[nodiscard]] static std::uint64_t bit(std::uint64_t n) noexcept {
        return std::uint64_t{1} << (n % 64);
    }
    void advance_one() noexcept {
        open_place(next_);
        word(next_) |= bit(next_);
        ++next_;
        ++unique_;
    }
    /** Makes room for number n: the one that leaves the window is judged. */
    void open_place(std::uint64_t n) noexcept {
        if (n - first_ > mask_ && (word(n) & bit(n)) == 0)
            ++lost_;
        word(n) &= ~bit(n);
    }
    void see_out_of_order(std::uint32_t number) noexcept;
    void skip_to(std::uint64_t number) noexcept;

    std::vector<std::uint64_t> seen_;
    std::uint64_t mask_;
    std::uint64_t first_ = 0; ///< first number of the stream
    std::uint64_t next_ = 0;  ///< next expected, extended to 64 bits
    bool primed_ = false;
    std::uint64_t unique_ = 0;
    std::uint64_t lost_ = 0;
    std::uint64_t late_ = 0;
    std::uint64_t duplicates_ = 0;
    std::uint64_t max_extent_ = 0;
};

} // namespace netmapxx::apps
