// SPDX-License-Identifier: BSD-2-Clause
#include "nm-pktgen/counters.hpp"

namespace netmapxx::apps::pktgen {
namespace {

constexpr std::uint64_t traffic::*fields[] = {
    &traffic::packets, &traffic::bytes,   &traffic::events,    &traffic::full_events,
    &traffic::behind,  &traffic::lost,    &traffic::completed, &traffic::late,
    &traffic::corrupt, &traffic::foreign, &traffic::duplicates};

} // namespace

traffic& traffic::operator+=(traffic const& other) noexcept {
    for (auto const field : fields)
        this->*field += other.*field;
    return *this;
}

traffic operator-(traffic a, traffic const& b) noexcept {
    for (auto const field : fields)
        a.*field -= b.*field;
    return a;
}

std::optional<std::uint32_t> worker_counters::take_least_free() noexcept {
    auto const least = least_free_.exchange(none, std::memory_order_relaxed);
    return least == none ? std::nullopt : std::optional(least);
}

traffic worker_counters::read() const noexcept {
    return {.packets = get(packets_),
            .bytes = get(bytes_),
            .events = get(events_),
            .full_events = get(full_events_),
            .behind = get(behind_),
            .completed = get(completed_),
            .lost = get(lost_),
            .late = get(late_),
            .duplicates = get(duplicates_),
            .corrupt = get(corrupt_),
            .foreign = get(foreign_)};
}

} // namespace netmapxx::apps::pktgen
