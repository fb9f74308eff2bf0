// SPDX-License-Identifier: BSD-2-Clause
#include "nm-pktgen/sender.hpp"

#include <algorithm>
#include <limits>

namespace netmapxx::apps::pktgen {
namespace {

using namespace std::chrono_literals;

transmitter::plan plan_for(options const& o, port const& p, sender::part which, frame_dump* dump) {
    return {.fragments =
                transmitter::fragments_for(o.highest_size, p.info().buffer_size, o.fragments),
            .number = o.verify,
            .copy = o.copy,
            .seed = 0x9e3779b97f4a7c15 * (which.index + 1),
            .dump = dump};
}

} // namespace

sender::sender(run_state& state, port p, frame_template const& frame, part which, frame_dump* dump)
    : worker(state, std::move(p)),
      transmitter_(port_, frame, plan_for(state.opts, port_, which, dump)),
      pace_{.rate = state.opts.rate,
            .part = which.index,
            .parts = which.of,
            .max_catchup = state.opts.burst},
      left_(share_of(state.opts.count, which.index, which.of)), unlimited_(state.opts.count == 0) {}

void sender::work() {
    auto const start = now();
    begin(start);
    if (pace_.rate != 0)
        pacer_.emplace(pace_, start);
    while (!stopping() && (unlimited_ || left_ != 0)) {
        auto const limit = allowed();
        if (limit == 0)
            wait_until_due();
        else if (send_on_all_rings(limit) == 0)
            wait_for_room();
    }
    finished_ = now();
    if (pacer_ && (unlimited_ || left_ != 0))
        counters_.set_behind(pacer_->behind(finished_));
    drain();
}

std::uint64_t sender::allowed() {
    auto const left = unlimited_ ? std::numeric_limits<std::uint64_t>::max() : left_;
    return pacer_ ? std::min<std::uint64_t>(left, pacer_->due(now())) : left;
}

std::uint64_t sender::send_on_all_rings(std::uint64_t limit) {
    auto const rings = port_.tx_rings().size();
    std::uint64_t sent = 0;
    for (std::size_t i = 0; i < rings && sent < limit; ++i) {
        auto const want = std::min<std::uint64_t>(limit - sent, state_.opts.burst);
        auto const done = transmitter_.send(next_ring_, static_cast<std::uint32_t>(want));
        next_ring_ = next_ring_ + 1 == rings ? 0 : next_ring_ + 1;
        if (done.packets == 0)
            continue;
        counters_.moved(done.packets, done.bytes);
        sent += done.packets;
    }
    if (sent == 0)
        return 0;
    port_.sync_tx();
    left_ -= unlimited_ ? 0 : sent;
    if (pacer_)
        pacer_->sent(static_cast<std::uint32_t>(sent));
    return sent;
}

/** Sleeps until shortly before the deadline, and spins the rest. */
void sender::wait_until_due() {
    auto const time = now();
    auto const due = pacer_->next() - pace_.quantum;
    constexpr auto spin = 50us;
    if (due - time > spin)
        state_.clock.sleep_until(std::min<time_point>(due - spin, time + wait_slice));
}

/** Asks for much room at once, so that the next visit is worth its sync. */
void sender::wait_for_room() {
    counters_.full();
    auto const slots = transmitter_.slots_per_packet();
    auto const ring_size = port_.tx_rings().front().size();
    std::size_t wanted = slots;
    if (!pacer_) {
        auto const packets =
            unlimited_ ? state_.opts.burst : std::min<std::uint64_t>(left_, state_.opts.burst);
        wanted =
            std::max<std::size_t>(slots, std::min<std::size_t>(packets * slots, ring_size / 2));
    }
    static_cast<void>(port_.wait_writable(wait_slice, wanted));
}

void sender::drain() {
    if (counters_.packets() != 0 && port_.flush(state_.opts.drain_timeout) == wait_result::ready)
        finished_ = now();
    std::uint64_t pending = 0;
    for (auto const ring : port_.tx_rings())
        pending += ring.pending();
    auto const slots = transmitter_.slots_per_packet();
    auto const unfinished = (pending + slots - 1) / slots;
    auto const sent = counters_.packets();
    counters_.set_completed(sent - std::min(sent, unfinished));
}

} // namespace netmapxx::apps::pktgen
