// SPDX-License-Identifier: BSD-2-Clause
#include "nm-pktgen/receiver.hpp"

namespace netmapxx::apps::pktgen {
namespace {

using namespace std::chrono_literals;

constexpr auto idle_exit_after = 1s;

} // namespace

receiver::receiver(run_state& state, port p, frame_template const* frame, frame_dump* dump)
    : worker(state, std::move(p)), frame_(frame), dump_(dump),
      scratch_(frame != nullptr ? frame_template::max_size : 0) {
    tracker_.expect(0);
}

void receiver::work() {
    last_activity_ = now();
    for (;;) {
        if (receive()) {
            port_.sync_rx();
            if (state_.receive_budget.exhausted())
                break;
            if (state_.stop_receiving.load(std::memory_order_relaxed)) {
                receive_rest();
                break;
            }
        } else if (!wait_for_more()) {
            break;
        }
    }
    finish();
}

bool receiver::receive() {
    taken sum;
    for (auto const ring : port_.rx_rings()) {
        auto batch = ring.peek(state_.opts.burst);
        if (batch.empty())
            continue;
        counters_.free_slots(static_cast<std::uint32_t>(ring.size() - 1 - ring.available()));
        auto const t = take(batch);
        counters_.moved(t.packets, t.bytes);
        sum.packets += t.packets;
    }
    if (sum.packets == 0)
        return false;
    if (!begun())
        begin(now());
    idle_ = false;
    return true;
}

receiver::taken receiver::take(rx_batch& batch) {
    bool const looking = frame_ != nullptr || dump_ != nullptr;
    if (looking && !state_.receive_budget.limited())
        return take_looking(batch, ~std::uint64_t{0});
    auto const all = take_counting(batch);
    auto const granted = state_.receive_budget.claim(all.packets);
    if (looking || granted < all.packets)
        return take_looking(batch, granted);
    batch.release();
    return all;
}

/** The counting path: one visit to each slot, no look into buffers. */
receiver::taken receiver::take_counting(rx_batch& batch) const noexcept {
    std::uint64_t bytes = 0;
    std::uint64_t continued = 0;
    for (slot_view const slot : batch.slots()) {
        bytes += slot.length();
        continued += slot.more_fragments() ? 1 : 0;
    }
    return {batch.slot_count() - continued, bytes};
}

/** Walks packet by packet: for a cut inside the batch, a dump, or a check. */
receiver::taken receiver::take_looking(rx_batch& batch, std::uint64_t most) {
    taken t;
    auto it = batch.begin();
    for (; it != std::default_sentinel && t.packets < most; ++it) {
        packet_view const packet = *it;
        if (dump_ != nullptr)
            for (slot_view const slot : packet.slots())
                dump_->show("rx", packet.ring_index(), slot);
        if (frame_ != nullptr)
            look_at(packet);
        t.bytes += packet.size();
        ++t.packets;
    }
    batch.release(it);
    return t;
}

void receiver::look_at(packet_view packet) {
    auto const bytes = packet.flatten(scratch_);
    switch (frame_->compare(bytes)) {
    case frame_template::match::foreign:
        counters_.foreign();
        return;
    case frame_template::match::corrupt:
        counters_.corrupt();
        return;
    case frame_template::match::ours:
        tracker_.see(load_be32(&bytes[frame_layout::sequence]));
    }
}

bool receiver::wait_for_more() {
    if (!idle_) {
        last_activity_ = now();
        idle_ = true;
        publish_findings();
    }
    if (state_.receive_budget.exhausted() || is_complete())
        return false;
    if (state_.stop_receiving.load(std::memory_order_relaxed)) {
        receive_rest();
        return false;
    }
    if (port_.wait_readable(wait_slice) == wait_result::ready)
        return true;
    auto const silence = now() - last_activity_;
    if (state_.opts.idle_exit && begun() && silence >= idle_exit_after) {
        went_idle_ = true;
        return false;
    }
    // loop: what has not come long after the last sender ended is lost
    return !(state_.senders_ended.load(std::memory_order_acquire) &&
             silence >= state_.opts.drain_timeout);
}

/** loop: all that was sent has arrived. With more threads the control thread knows. */
bool receiver::is_complete() const noexcept {
    if (state_.opts.threads != 1 || !state_.senders_ended.load(std::memory_order_acquire))
        return false;
    auto const arrived = frame_ != nullptr ? tracker_.unique() : counters_.packets();
    return arrived >= state_.sent_in_all.load(std::memory_order_relaxed);
}

/** What has arrived by now still counts; what arrives later does not. */
void receiver::receive_rest() {
    port_.sync_rx();
    std::size_t slots = 0;
    for (auto const ring : port_.rx_rings())
        slots += ring.available();
    for (auto visits = slots / state_.opts.burst + 1; visits != 0 && receive(); --visits)
        continue;
    port_.sync_rx();
}

void receiver::finish() {
    finished_ = idle_ ? last_activity_ : now();
    if (frame_ != nullptr && state_.senders_ended.load(std::memory_order_acquire))
        tracker_.finish(state_.sent_in_all.load(std::memory_order_relaxed));
    publish_findings();
}

void receiver::publish_findings() noexcept {
    if (frame_ != nullptr)
        counters_.set_verified(tracker_.lost(), tracker_.late(), tracker_.duplicates());
}

} // namespace netmapxx::apps::pktgen
