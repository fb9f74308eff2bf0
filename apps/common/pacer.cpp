// SPDX-License-Identifier: BSD-2-Clause
#include "common/pacer.hpp"

#include <algorithm>

namespace netmapxx::apps {
namespace {

__extension__ using wide = unsigned __int128;
constexpr std::uint64_t ns_per_s = 1'000'000'000;

} // namespace

time_point pacer::deadline(std::uint64_t k) const noexcept {
    wide const index = wide{k} * settings_.parts + settings_.part;
    auto const ns = static_cast<std::uint64_t>(index * ns_per_s / settings_.rate);
    return start_ + std::chrono::nanoseconds(static_cast<std::int64_t>(ns));
}

std::uint64_t pacer::passed(time_point t) const noexcept {
    if (t < start_)
        return 0;
    // floor(index * 1e9 / rate) <= ns  <=>  index * 1e9 < (ns + 1) * rate
    wide const ns = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(t - start_).count());
    auto const last = static_cast<std::uint64_t>(((ns + 1) * settings_.rate - 1) / ns_per_s);
    if (last < settings_.part)
        return 0;
    return (last - settings_.part) / settings_.parts + 1;
}

std::uint64_t pacer::behind(time_point now) const noexcept {
    auto const all = passed(now);
    return all > sent_ ? all - sent_ : 0;
}

std::uint32_t pacer::due(time_point now) const noexcept {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(behind(now + settings_.quantum), settings_.max_catchup));
}

} // namespace netmapxx::apps
