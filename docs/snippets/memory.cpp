// SPDX-License-Identifier: BSD-2-Clause
// Examples of the pages on memory, lifetimes and threads.
#include <deque>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <netmapxx/netmapxx.hpp>

#include "embedded.hpp"

namespace {

namespace nmx = netmapxx;
using namespace std::chrono_literals;

//! [share]
nmx::port beside(nmx::port const& other, std::string_view spec) {
    return nmx::port{spec, {.share = other.memory()}};
}
//! [share]

//! [forward]
nmx::forward_result relay(nmx::port& from, nmx::port& to) {
    from.sync_rx();
    auto const moved = nmx::forward(from, to); // exchanges in one region, else copies
    to.sync_tx();
    return moved;
}
//! [forward]

//! [filter]
nmx::forward_result relay_only(nmx::rx_ring from, nmx::tx_ring to, std::byte kind) {
    auto const filter = [kind](nmx::packet_view packet) {
        auto const bytes = packet.mutable_front(); // a filter may edit, too
        if (bytes.size() < 14 || bytes[12] != kind)
            return nmx::verdict::drop;
        return nmx::verdict::pass;
    };
    return nmx::forward(from, to, 512, filter);
}
//! [filter]

//! [keep]
// Keeps up to `most` packets for later, while their ring goes on receiving.
std::deque<nmx::buffer> keep(nmx::port& port, std::size_t most) {
    std::deque<nmx::buffer> kept;
    for (nmx::rx_ring const ring : port.rx_rings())
        ring.consume([&](nmx::packet_view packet) {
            if (nmx::buffer held = port.buffers().try_keep(packet))
                kept.push_back(std::move(held));
            return kept.size() < most;
        });
    return kept;
}
//! [keep]

//! [send_kept]
bool send_kept(nmx::port& port, nmx::buffer&& packet) {
    auto batch = port.tx_rings()[0].reserve(1);
    return batch.append_exchange(std::move(packet)) && batch.commit() == 1;
}
//! [send_kept]

//! [outlive]
std::size_t read_after_close() {
    nmx::port a{"vale0:a", {.extra_buffers = 1}};
    nmx::buffer kept = a.buffers().try_allocate();
    kept.set_length(4);
    std::error_code ec;
    a.close(ec); // refuses: a buffer is out
    if (ec == nmx::errc::buffers_outstanding)
        a.close(); // insists: the buffer stays readable, and is lost to the region
    return kept.data().size();
}
//! [outlive]

//! [threads]
// One port a ring pair, one thread a port; they share a region and nothing else.
std::uint64_t count_in_parallel(nmx::port_spec const& spec, std::uint64_t wanted) {
    auto ports = nmx::port::open_per_ring(spec);
    std::vector<std::uint64_t> seen(ports.size());
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < ports.size(); ++i)
            threads.emplace_back([&port = ports[i], &count = seen[i], wanted](std::stop_token) {
                while (count < wanted && port.wait_readable(1s) == nmx::wait_result::ready)
                    for (nmx::rx_ring const ring : port.rx_rings())
                        count += ring.consume([](nmx::packet_view) {});
            });
    }
    std::uint64_t total = 0;
    for (auto const n : seen)
        total += n;
    return total;
}
//! [threads]

class memory : public docs_tests::embedded {};

void send(nmx::port& port, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        ASSERT_TRUE(port.inject(docs_tests::broadcast()));
    port.sync_tx();
}

TEST_F(memory, forwarding) {
    nmx::port left{"netmap:m{1"};
    nmx::port const right{"netmap:m}1"};
    nmx::port in{"vale0:in"};
    nmx::port out{"vale0:out"};
    nmx::port sender{"vale0:sender"};
    send(sender, 5);
    EXPECT_EQ(relay(in, left).copied, 5U);
    auto right_too = nmx::port{"netmap:m}1"};
    right_too.sync_rx();
    nmx::port const neighbour = beside(right_too, "vale1:x");
    EXPECT_TRUE(neighbour.memory() == right_too.memory());
    EXPECT_EQ(
        relay_only(right_too.rx_rings()[0], right_too.tx_rings()[0], std::byte{0x88}).exchanged,
        5U);
}

TEST_F(memory, keeping) {
    nmx::port a{"vale0:a"};
    nmx::port b{"vale0:b", {.extra_buffers = 8}};
    send(a, 6);
    b.sync_rx();
    auto kept = keep(b, 4);
    ASSERT_EQ(kept.size(), 4U);
    EXPECT_EQ(kept[0].length(), 60U);
    EXPECT_EQ(b.rx_rings()[0].available(), 2U);
    EXPECT_TRUE(send_kept(b, std::move(kept[0])));
    kept.clear();
    EXPECT_EQ(b.buffers().available(), 8U);
    EXPECT_EQ(read_after_close(), 4U);
}

TEST_F(memory, parallel) {
    nmx::port a{"vale0:a"};
    nmx::port_spec const spec{"vale0:many@conf:rings=2"};
    nmx::port const first{spec}; // so that packets find the port
    send(a, 100);
    EXPECT_EQ(count_in_parallel(spec.with_nic(), 50), 100U);
}

} // namespace
