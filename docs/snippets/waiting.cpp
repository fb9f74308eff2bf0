// SPDX-License-Identifier: BSD-2-Clause
// Examples of the page on waiting.
#include <array>
#include <poll.h>
#include <stop_token>
#include <thread>

#include <gtest/gtest.h>

#include <netmapxx/netmapxx.hpp>

#include "embedded.hpp"

namespace {

namespace nmx = netmapxx;
using namespace std::chrono_literals;

//! [loop]
std::size_t receive_until(std::stop_token stop, nmx::port& port, std::size_t wanted) {
    std::size_t packets = 0;
    while (!stop.stop_requested() && packets < wanted) {
        if (port.wait_readable(100ms) != nmx::wait_result::ready)
            continue; // time-out: look at the stop token again
        for (nmx::rx_ring const ring : port.rx_rings())
            packets += ring.consume([](nmx::packet_view) {});
    }
    port.sync_rx(); // the last slots go back, too
    return packets;
}
//! [loop]

//! [writable]
void send_all(nmx::port& port, std::span<std::byte const> frame, std::size_t count) {
    while (count != 0) {
        auto batch = port.tx_rings()[0].reserve(count);
        while (batch.append(frame)) {
        }
        count -= batch.commit();
        port.sync_tx();
        if (count != 0)
            port.wait_writable(1s, 64); // full: sleep until there is room for 64
    }
    port.flush(1s); // until all of it has left
}
//! [writable]

//! [hold]
// Waits for more than is there, without giving anything back.
bool wait_for_more(nmx::port& port, nmx::rx_ring ring, std::size_t packets_wanted) {
    while (ring.available() < packets_wanted) {
        ring.hold();
        if (port.wait_readable(1s) != nmx::wait_result::ready)
            return false;
    }
    return true;
}
//! [hold]

class waiting : public docs_tests::embedded {};

TEST_F(waiting, sender_and_receiver) {
    nmx::port left{"netmap:w{1"};
    nmx::port right{"netmap:w}1"};
    std::jthread const sender{[&] { send_all(left, docs_tests::broadcast(), 5000); }};
    EXPECT_EQ(receive_until({}, right, 5000), 5000U);
}

TEST_F(waiting, for_more) {
    nmx::port left{"netmap:w{1"};
    nmx::port right{"netmap:w}1"};
    std::jthread const sender{[&] {
        for (int i = 0; i < 3; ++i) {
            ASSERT_TRUE(left.inject(docs_tests::broadcast()));
            left.sync_tx();
        }
    }};
    EXPECT_TRUE(wait_for_more(right, right.rx_rings()[0], 3));
}

} // namespace
