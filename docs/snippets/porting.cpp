// SPDX-License-Identifier: BSD-2-Clause
// What becomes of the programs in porting_old.c.
#include <thread>

#include <gtest/gtest.h>

#include <netmapxx/netmapxx.hpp>

#include "embedded.hpp"

namespace {

namespace nmx = netmapxx;
using namespace std::chrono_literals;

//! [receive]
std::size_t new_receive(std::string_view name) {
    nmx::port port{name}; // throws, and says why
    std::size_t packets = 0;
    while (packets < 1000 && port.wait_readable(1s) == nmx::wait_result::ready)
        for (nmx::rx_ring const ring : port.rx_rings())
            packets += ring.consume([](nmx::packet_view) { /* packet.front() */ });
    return packets;
}
//! [receive]

//! [send]
std::size_t new_send(nmx::port& port, std::span<std::byte const> frame, std::size_t count) {
    auto batch = port.tx_rings()[0].reserve(count);
    while (batch.append(frame)) {
    }
    count -= batch.commit();
    port.sync_tx();
    return count;
}
//! [send]

//! [swap]
std::uint64_t new_swap(nmx::rx_ring rx, nmx::tx_ring tx) {
    return nmx::forward(rx, tx).packets; // all that fit; copies if regions differ
}
//! [swap]

//! [drained]
bool new_drained(nmx::port& port) {
    return port.flush(1s) == nmx::wait_result::ready; // waits for it, too
}
//! [drained]

class porting : public docs_tests::embedded {};

TEST_F(porting, counterparts_work) {
    nmx::port a{"netmap:p{1"};
    nmx::port b{"netmap:p}1"};
    EXPECT_EQ(new_send(a, docs_tests::broadcast(), 7), 0U);
    b.sync_rx();
    EXPECT_EQ(new_swap(b.rx_rings()[0], b.tx_rings()[0]), 7U);
    b.sync_rx();
    EXPECT_TRUE(new_drained(a));
}

TEST_F(porting, receiver_stops_after_a_thousand) {
    nmx::port a{"vale0:a"};
    std::jthread const sender{[&](std::stop_token stop) {
        while (!stop.stop_requested())
            new_send(a, docs_tests::broadcast(), 10);
    }};
    EXPECT_GE(new_receive("vale0:b"), 1000U);
}

} // namespace
