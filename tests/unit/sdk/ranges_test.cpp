// SPDX-License-Identifier: BSD-2-Clause
// What the views are, at compile time, and that range algorithms take them.
#include <algorithm>
#include <ranges>
#include <type_traits>

#include <gtest/gtest.h>

#include "fake_region.hpp"

namespace netmapxx_tests {

namespace {

namespace r = std::ranges;

static_assert(r::forward_range<nmx::rx_batch> && r::view<nmx::rx_batch> &&
              r::borrowed_range<nmx::rx_batch> && !r::sized_range<nmx::rx_batch> &&
              !r::common_range<nmx::rx_batch>);
static_assert(r::random_access_range<nmx::slot_range> && r::sized_range<nmx::slot_range> &&
              r::common_range<nmx::slot_range> && r::view<nmx::slot_range> &&
              r::borrowed_range<nmx::slot_range> && !r::contiguous_range<nmx::slot_range>);
static_assert(r::random_access_range<nmx::tx_batch const> && r::sized_range<nmx::tx_batch> &&
              r::common_range<nmx::tx_batch> && !r::view<nmx::tx_batch>);
static_assert(r::forward_range<nmx::fragment_range> && r::view<nmx::fragment_range> &&
              r::borrowed_range<nmx::fragment_range> && r::sized_range<nmx::fragment_range>);

template <class T>
constexpr bool cheap_view = std::is_trivially_copyable_v<T>&& std::is_trivially_destructible_v<T>;
static_assert(cheap_view<nmx::rx_ring> && sizeof(nmx::rx_ring) <= 16);
static_assert(cheap_view<nmx::tx_ring> && sizeof(nmx::tx_ring) <= 16);
static_assert(cheap_view<nmx::slot_view> && sizeof(nmx::slot_view) <= 16);
static_assert(cheap_view<nmx::packet_view> && sizeof(nmx::packet_view) <= 32);
static_assert(cheap_view<nmx::rx_batch>);

template <class T>
constexpr bool move_only =
    !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
    std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>;
static_assert(move_only<nmx::port> && move_only<nmx::buffer> && move_only<nmx::tx_batch>);
static_assert(std::is_copy_constructible_v<nmx::region> &&
              std::is_copy_constructible_v<nmx::port_spec>);
static_assert(std::is_nothrow_copy_constructible_v<nmx::error>);
static_assert(std::is_aggregate_v<nmx::open_options>);

static_assert(move_only<nmx::host::splice> && move_only<nmx::host::offload_guard> &&
              move_only<nmx::host::promiscuous_guard> && move_only<nmx::unique_fd>);

// What stands above is checked when this is compiled.
TEST(types, S3_owners_move_and_S4_views_are_small_and_S5_ranges_are_what_they_say) {
    SUCCEED();
}

TEST(ranges, S7_algorithms_take_batches) {
    fake_region region;
    auto const ring = region.rx(16, 12);
    for (std::size_t const bytes : {10U, 60U, 70U, 20U, 90U})
        ASSERT_TRUE(deliver(ring, pattern(bytes)));
    auto const batch = ring.peek();
    auto const large = [](nmx::packet_view p) { return p.size() >= 60; };
    EXPECT_EQ(r::count_if(batch, large), 3);
    EXPECT_EQ(r::distance(batch), 5);
    EXPECT_EQ((*r::find_if(batch, large)).size(), 60U);
    std::size_t total = 0;
    r::for_each(ring.peek(), [&](nmx::packet_view p) { total += p.size(); });
    EXPECT_EQ(total, 250U);
    EXPECT_EQ(r::count_if(batch.slots(), [](nmx::slot_view s) { return s.length() < 60; }), 2);
}

TEST(ranges, slots_are_random_access) {
    fake_region region;
    auto const ring = region.tx(16, 10);
    auto const batch = ring.reserve(10);
    for (std::size_t i = 0; i < batch.size(); ++i)
        batch[i].prepare(i);
    auto const middle = r::partition_point(batch, [](nmx::slot_view s) { return s.length() < 7; });
    EXPECT_EQ(middle - batch.begin(), 7);
    EXPECT_EQ(batch.begin()[3].length(), 3U);
    EXPECT_EQ((*(batch.end() - 1)).length(), 9U);
    EXPECT_TRUE(batch.begin() < middle);
}

TEST(ranges, a_temporary_batch_may_be_iterated) {
    fake_region region;
    auto const ring = region.rx(8);
    ASSERT_TRUE(deliver(ring, pattern(60)));
    std::size_t count = 0;
    for (nmx::packet_view const packet : ring.peek())
        count += packet.size();
    EXPECT_EQ(count, 60U);
}

#if NETMAPXX_HAS_RANGE_ADAPTORS
TEST(ranges, S8_adaptors_take_batches) {
    fake_region region;
    auto const ring = region.rx(16);
    for (std::size_t const bytes : {10U, 60U, 70U, 20U})
        ASSERT_TRUE(deliver(ring, pattern(bytes)));
    std::size_t total = 0;
    auto const large = [](nmx::packet_view p) { return p.size() >= 60; };
    for (auto const packet : ring.peek() | std::views::filter(large))
        total += packet.size();
    EXPECT_EQ(total, 130U);
    total = 0;
    auto const length = [](nmx::slot_view s) { return s.length(); };
    for (auto const bytes : ring.peek().slots() | std::views::drop(1) |
                                std::views::transform(length) | std::views::take(2))
        total += bytes;
    EXPECT_EQ(total, 130U);
}
#endif

} // namespace

} // namespace netmapxx_tests
