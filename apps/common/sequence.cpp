// SPDX-License-Identifier: BSD-2-Clause
#include "common/sequence.hpp"

#include <algorithm>

namespace netmapxx::apps {

sequence_tracker::sequence_tracker(std::uint32_t window) : seen_(window / 64), mask_(window - 1) {}

void sequence_tracker::expect(std::uint32_t number) noexcept {
    first_ = next_ = number;
    primed_ = true;
}

void sequence_tracker::skip_to(std::uint64_t number) noexcept {
    auto const gap = number - next_;
    if (gap > mask_) {
        // All of the window leaves, and the part of the gap that never fits in it.
        auto const keep = number - (mask_ + 1);
        for (auto n = next_; n <= next_ + mask_; ++n)
            open_place(n);
        lost_ += keep - next_;
        next_ = number;
        return;
    }
    for (; next_ < number; ++next_)
        open_place(next_);
}

void sequence_tracker::see_out_of_order(std::uint32_t number) noexcept {
    if (!primed_) {
        expect(number);
        advance_one();
        return;
    }
    auto const ahead = static_cast<std::int32_t>(number - static_cast<std::uint32_t>(next_));
    if (ahead > 0) {
        skip_to(next_ + static_cast<std::uint64_t>(ahead));
        advance_one();
        return;
    }
    auto const behind = static_cast<std::uint64_t>(-static_cast<std::int64_t>(ahead));
    auto const n = next_ - behind;
    bool const in_window = behind <= mask_ + 1 && n >= first_ && behind <= next_ - first_;
    if (!in_window || (word(n) & bit(n)) != 0) {
        ++duplicates_;
        return;
    }
    word(n) |= bit(n);
    ++unique_;
    ++late_;
    max_extent_ = std::max(max_extent_, behind);
}

void sequence_tracker::finish() noexcept {
    finish(next_);
}

void sequence_tracker::finish(std::uint64_t end) noexcept {
    if (!primed_ && end != 0)
        expect(0);
    if (end > next_)
        skip_to(end);
    auto const in_window = std::min(next_ - first_, mask_ + 1);
    for (auto n = next_ - in_window; n < next_; ++n) {
        lost_ += (word(n) & bit(n)) == 0 ? 1 : 0;
        word(n) |= bit(n);
    }
}

} // namespace netmapxx::apps
