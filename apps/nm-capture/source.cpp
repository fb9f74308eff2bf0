// SPDX-License-Identifier: BSD-2-Clause
#include "nm-capture/source.hpp"

#include <numeric>

#include <fmt/format.h>

namespace netmapxx::apps::capture {

capture_counts& capture_counts::operator+=(capture_counts const& other) noexcept {
    captured += other.captured;
    captured_bytes += other.captured_bytes;
    recorded += other.recorded;
    filtered += other.filtered;
    dropped += other.dropped;
    damaged += other.damaged;
    port_dropped = port_dropped && other.port_dropped
                       ? std::optional(*port_dropped + *other.port_dropped)
                       : std::nullopt;
    return *this;
}

capture_counts capture_counters::read() const noexcept {
    auto const get = [](counter const& c) { return c.load(std::memory_order_relaxed); };
    auto const port_dropped = get(port_dropped_);
    return {.captured = get(captured_),
            .captured_bytes = get(bytes_),
            .recorded = get(recorded_),
            .filtered = get(filtered_),
            .dropped = get(dropped_),
            .damaged = get(damaged_),
            .port_dropped = port_dropped == unknown ? std::nullopt : std::optional(port_dropped)};
}

source::source(std::uint32_t number, target const& t, options const& o, port p)
    : number_(number), target_(t), time_(o.time), direction_(o.direction), overflow_(o.overflow),
      filter_(o.filter.empty() ? packet_filter() : packet_filter(o.filter_names, o.filter)),
      monitor_(t.spec.is_monitor()), gathered_(most_snaplen) {
    adopt(std::move(p));
}

void source::adopt(port p) {
    port_ = std::move(p);
    header_ = port_.info().header_length;
    last_time_.assign(port_.rx_rings().size(), 0);
    core_drops_before_ = core_drops();
}

/** Packets the core dropped on the way to our rings, since the port came into being. */
std::optional<std::uint64_t> source::core_drops() const {
    std::error_code ec;
    auto const stats = port_.core_stats(ec);
    if (ec || !stats.rings)
        return std::nullopt;
    std::uint64_t sum = 0;
    for (auto const& ring : *stats.rings)
        if (!ring.tx)
            sum = std::accumulate(ring.drops.begin(), ring.drops.end(), sum + ring.other_drops);
    return sum;
}

void source::ask_port() {
    if (!is_open())
        return;
    auto const now = core_drops();
    bool const known = now && core_drops_before_ && *now >= *core_drops_before_;
    counters_.set_port_dropped(known ? std::optional(former_drops_ + *now - *core_drops_before_)
                                     : std::nullopt);
}

void source::close() {
    ask_port();
    former_drops_ = counters_.read().port_dropped.value_or(former_drops_);
    port_.close();
    closed_at_ = std::chrono::steady_clock::now();
}

void source::reopen(port p) {
    adopt(std::move(p));
}

/* ---- packets ----------------------------------------------------------------------- */

source::progress source::serve(recorder& to) {
    port_.sync_rx();
    batch_time_ = wall_now();
    auto result = progress::idle;
    for (std::size_t r = 0; r < last_time_.size(); ++r) {
        auto const now = drain(to, r);
        if (now == progress::enough)
            return now;
        result = std::max(result, now);
    }
    return result;
}

source::progress source::drain(recorder& to, std::size_t ring) {
    auto batch = port_.rx_rings()[ring].peek();
    if (batch.empty())
        return progress::idle;
    auto it = batch.begin();
    auto result = progress::some;
    for (; it != std::default_sentinel; ++it) {
        auto const outcome = take(to, ring, *it);
        if (outcome == recorder::outcome::recorded)
            continue;
        result = outcome == recorder::outcome::enough ? progress::enough : progress::blocked;
        break;
    }
    batch.release(it);
    return result;
}

/** Decides one packet; "recorded" here means that it is done with. */
recorder::outcome source::take(recorder& to, std::size_t ring, packet_view packet) {
    using enum recorder::outcome;
    if (to.enough())
        return enough;
    auto const total = packet.size();
    if (!packet.valid() || total < header_) [[unlikely]] {
        counters_.captured(0);
        counters_.damaged();
        return recorded;
    }
    auto const size = total - header_;
    auto const way = direction_of(port_.rx_rings()[ring], packet);
    auto bytes = packet.flatten(gathered_);
    bytes = bytes.subspan(std::min(header_, bytes.size()));
    if (!wanted(way) || !filter_.matches(bytes, size)) {
        counters_.captured(size);
        counters_.filtered();
        return recorded;
    }
    auto const result = to.record({.time_ns = time_of(ring, packet),
                                   .interface = number_,
                                   .original = static_cast<std::uint32_t>(size),
                                   .queue = static_cast<std::uint32_t>(packet.ring_index()),
                                   .direction = way,
                                   .dropped_before = pending_drops_},
                                  bytes);
    if (result == enough || (result == no_room && overflow_ == on_overflow::wait))
        return result;
    counters_.captured(size);
    if (result == recorded) {
        counters_.recorded();
        pending_drops_ = 0;
    } else {
        counters_.dropped();
        ++pending_drops_;
    }
    return recorded;
}

bool source::wanted(packet_direction way) const noexcept {
    return direction_ == wanted_direction::both ||
           (direction_ == wanted_direction::in) == (way == packet_direction::in);
}

/** Monitors tell; a port itself only receives, and its host rings bring what the host sends. */
packet_direction source::direction_of(rx_ring ring, packet_view packet) const noexcept {
    bool const out = monitor_ ? packet.from_tx_monitor() : ring.is_host();
    return out ? packet_direction::out : packet_direction::in;
}

/** Never goes back within one ring, even if the clock does. */
std::uint64_t source::time_of(std::size_t ring, packet_view packet) noexcept {
    auto const t = time_ == time_source::packet ? wall_now()
                   : time_ == time_source::ring ? packet.sync_time()
                                                : batch_time_;
    auto const ns = static_cast<std::uint64_t>(t.time_since_epoch().count());
    auto& last = last_time_[ring];
    last = std::max(last, ns);
    return last;
}

pcapng::interface_statistics source::statistics(capture_counts const& c) const {
    auto const ns = [](wall_time t) {
        return static_cast<std::uint64_t>(t.time_since_epoch().count());
    };
    auto const now = ns(wall_now());
    return {.interface = number_,
            .time_ns = now,
            .start_ns = ns(started_),
            .end_ns = now,
            .received = c.captured,
            .accepted = c.accepted(),
            .dropped_by_os = c.port_dropped,
            .delivered = c.recorded,
            .comment = c.dropped == 0
                           ? std::string{}
                           : fmt::format("{} packets dropped by nm-capture: the writer was behind",
                                         c.dropped)};
}

} // namespace netmapxx::apps::capture
