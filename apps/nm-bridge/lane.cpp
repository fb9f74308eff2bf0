// SPDX-License-Identifier: BSD-2-Clause
#include "nm-bridge/lane.hpp"

#include <algorithm>

namespace netmapxx::apps::bridge {

void lane_counters::add(forward_result const& r) noexcept {
    bump(packets_, r.packets);
    bump(bytes_, r.bytes);
    bump(exchanged_, r.exchanged);
    bump(copied_, r.copied);
    bump(too_long_, r.dropped);
    bump(bad_, r.bad);
    bump(batches_, r.packets != 0 ? 1 : 0);
}

void lane_counters::stalled(std::chrono::nanoseconds t) noexcept {
    if (t.count() > longest_stall_.load(std::memory_order_relaxed))
        longest_stall_.store(t.count(), std::memory_order_relaxed);
}

lane_counts lane_counters::read() const noexcept {
    auto const get = [](counter const& c) { return c.load(std::memory_order_relaxed); };
    return {.packets = get(packets_),
            .bytes = get(bytes_),
            .exchanged = get(exchanged_),
            .copied = get(copied_),
            .dropped = get(dropped_),
            .too_long = get(too_long_),
            .bad = get(bad_),
            .batches = get(batches_),
            .full_events = get(full_events_),
            .longest_stall =
                std::chrono::nanoseconds(longest_stall_.load(std::memory_order_relaxed))};
}

std::uint64_t lane::step() {
    from_.sync_rx();
    if (blocked_since_)
        to_.sync_tx();
    auto left = move_all();
    if (any_full() && settings_.full == on_full::drop) {
        left += move_all(); // the sync may have made room
        for (std::size_t r = 0; r < full_.size(); ++r)
            left += full_[r] != 0 ? drop_ring(r) : 0;
        std::ranges::fill(full_, char{0});
    }
    set_blocked(any_full());
    return left;
}

/** One pass over the source rings, and the sync that sends what was moved. */
std::uint64_t lane::move_all() {
    std::uint64_t left = 0;
    for (std::size_t r = 0; r < full_.size(); ++r)
        left += move_ring(r);
    if (left != 0 || any_full())
        to_.sync_tx();
    return left;
}

/** Ring r goes to ring r modulo the destination's count, which keeps its order. */
std::uint64_t lane::move_ring(std::size_t r) {
    auto const targets = to_.tx_rings();
    auto const result =
        forward(from_.rx_rings()[r], targets[r % targets.size()], settings_.burst, settings_.mode);
    counters_.add(result);
    full_[r] = result.reason == stop_reason::destination_full ? 1 : 0;
    if (full_[r] != 0)
        counters_.add_full();
    return result.packets + result.dropped + result.bad;
}

/** Drops what is visible of a ring whose destination has no room. */
std::uint64_t lane::drop_ring(std::size_t r) {
    auto batch = from_.rx_rings()[r].peek(settings_.burst);
    std::uint64_t packets = 0;
    for (auto it = batch.begin(); it != std::default_sentinel; ++it)
        ++packets;
    batch.release();
    counters_.add_dropped(packets);
    return packets;
}

bool lane::any_full() const noexcept {
    return std::ranges::find(full_, char{1}) != full_.end();
}

void lane::set_blocked(bool blocked) {
    if (blocked) {
        blocked_room_ = room();
        if (!blocked_since_)
            blocked_since_ = clock_.now();
    } else if (blocked_since_) {
        counters_.stalled(clock_.now() - *blocked_since_);
        blocked_since_.reset();
    }
}

std::size_t lane::room() const noexcept {
    std::size_t most = 0;
    for (auto const ring : to_.tx_rings())
        most = std::max(most, ring.space());
    return most;
}

void lane::arm() {
    if (blocked_since_)
        to_.arm(direction::tx);
    else
        from_.arm(direction::rx);
}

bool lane::refresh() {
    if (blocked_since_) {
        to_.sync_tx();
        return room() > blocked_room_;
    }
    from_.sync_rx();
    bool found = false;
    for (rx_ring const ring : from_.rx_rings()) {
        if (!ring.peek(1).empty())
            found = true;
        else if (!ring.empty())
            ring.hold(); // the beginning of a packet: ask for more than that
    }
    return found;
}

port_wait_handle lane::handle() const {
    return blocked_since_ ? to_.wait_handle(direction::tx) : from_.wait_handle(direction::rx);
}

bool lane::needs_more_room() const noexcept {
    return blocked_since_ && blocked_room_ != 0;
}

void lane::wait_for_more_room(std::chrono::nanoseconds longest) {
    auto const ring_size = to_.tx_rings().front().size();
    static_cast<void>(to_.wait_writable(longest, std::min(blocked_room_ + 1, ring_size - 1)));
}

void lane::finish(std::chrono::nanoseconds longest) {
    std::error_code ignored;
    static_cast<void>(to_.flush(longest, ignored));
    from_.sync_rx(ignored);
    set_blocked(false);
}

} // namespace netmapxx::apps::bridge
