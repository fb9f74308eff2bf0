// SPDX-License-Identifier: BSD-2-Clause
// Examples of the page on performance.
#include <algorithm>

#include <gtest/gtest.h>

#include <netmapxx/netmapxx.hpp>

#include "embedded.hpp"

namespace {

namespace nmx = netmapxx;

//! [refill]
// `filled` counts the slots that have the frame already: each ring is filled once, in order.
std::size_t refill(nmx::tx_ring ring, std::span<std::byte const> frame, std::size_t& filled) {
    auto batch = ring.reserve();
    for (nmx::slot_view const slot : batch) {
        if (filled < ring.size() || slot.buffer_changed()) {
            std::ranges::copy(frame, slot.buffer().begin());
            ++filled;
        }
        slot.prepare(frame.size());
    }
    return batch.commit(batch.size());
}
//! [refill]

class performance : public docs_tests::embedded {};

TEST_F(performance, refilled_frames_are_whole) {
    nmx::port a{"vale0:a@conf:slots=64"};
    nmx::port b{"vale0:b"};
    auto const frame = docs_tests::broadcast();
    std::size_t filled = 0;
    for (int i = 0; i < 5; ++i) {
        ASSERT_GT(refill(a.tx_rings()[0], frame, filled), 0U);
        a.sync_tx();
        b.sync_rx();
        b.rx_rings()[0].consume([&](nmx::packet_view packet) {
            EXPECT_TRUE(std::ranges::equal(packet.front(), frame));
        });
    }
    EXPECT_EQ(filled, 64U);
}

} // namespace
