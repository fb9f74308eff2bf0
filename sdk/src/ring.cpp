// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/ring.hpp>

#include <algorithm>

namespace netmapxx::inline v1::detail {

namespace {

[[nodiscard]] std::uint64_t read(std::uint64_t const& counter) noexcept {
    // atomic_ref of const objects is C++26; nothing is written here.
    auto& writable = const_cast<std::uint64_t&>(counter); // NOLINT(*-const-cast)
    return std::atomic_ref<std::uint64_t>{writable}.load(std::memory_order_relaxed);
}

[[nodiscard]] bool ends_packet(ring_control const& ctl, std::uint32_t from_head) noexcept {
    return (ctl.slots[ctl.advance(ctl.head, from_head)].flags & NS_MOREFRAG) == 0;
}

// Goes on dropping a chain that filled the ring. Returns slots left.
[[nodiscard]] std::uint32_t skip_chain(ring_control& ctl, std::uint32_t owned) noexcept {
    std::uint32_t skipped = 0;
    while (ctl.skipping_chain && skipped < owned) {
        ctl.skipping_chain = !ends_packet(ctl, skipped);
        ++skipped;
    }
    if (skipped != 0)
        ctl.give(skipped);
    return owned - skipped;
}

} // namespace

std::uint32_t trim_to_packets(ring_control& ctl, std::uint32_t owned,
                              std::uint32_t limit) noexcept {
    if (ctl.skipping_chain) {
        owned = skip_chain(ctl, owned);
        limit = std::min(limit, owned);
    }
    for (std::uint32_t count = limit; count != 0; --count)
        if (ends_packet(ctl, count - 1))
            return count;
    // The first packet is longer than the limit, or its end is not here yet.
    for (std::uint32_t count = limit; count < owned; ++count)
        if (ends_packet(ctl, count))
            return count + 1;
    if (owned != 0 && owned == ctl.size - 1) {
        ctl.skipping_chain = true;
        bump(ctl.counters.dropped_chains);
        (void)skip_chain(ctl, owned);
    }
    return 0;
}

void reset(ring_counters& counters) noexcept {
    ring_counters const fresh;
    for (auto const member :
         {&ring_counters::packets, &ring_counters::bytes, &ring_counters::slots,
          &ring_counters::syncs, &ring_counters::empty_syncs, &ring_counters::full_events,
          &ring_counters::resets, &ring_counters::exchanged, &ring_counters::copied,
          &ring_counters::dropped_chains, &ring_counters::bad_slots,
          &ring_counters::suspected_overruns, &ring_counters::smallest_space})
        std::atomic_ref<std::uint64_t>{counters.*member}.store(fresh.*member,
                                                               std::memory_order_relaxed);
}

ring_stats read_counters(ring_control const& ctl) noexcept {
    ring_counters const& from = ctl.counters;
    ring_stats out;
    out.packets = read(from.packets);
    out.bytes = read(from.bytes);
    out.slots = read(from.slots);
    out.syncs = read(from.syncs);
    out.empty_syncs = read(from.empty_syncs);
    out.full_events = read(from.full_events);
    out.resets = read(from.resets);
    out.exchanged = read(from.exchanged);
    out.copied = read(from.copied);
    out.dropped_chains = read(from.dropped_chains);
    out.bad_slots = read(from.bad_slots);
    out.suspected_overruns = read(from.suspected_overruns);
    std::uint64_t const space = read(from.smallest_space);
    if (space != ~std::uint64_t{0})
        out.smallest_space = space;
    return out;
}

} // namespace netmapxx::inline v1::detail
