// SPDX-License-Identifier: BSD-2-Clause
// Examples of the pages on switches, pipes, monitors, host rings and offloads.
#include <cstdint>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <netmapxx/host.hpp>
#include <netmapxx/link.hpp>
#include <netmapxx/monitor.hpp>
#include <netmapxx/netmapxx.hpp>
#include <netmapxx/pipe.hpp>

#include "embedded.hpp"

namespace {

namespace nmx = netmapxx;
using namespace std::chrono_literals;

//! [vale]
std::uint64_t dropped_at(nmx::port_spec const& receiver) {
    std::uint64_t dropped = 0;
    if (auto const rings = nmx::core_stats(receiver).rings)
        for (nmx::core_ring_stats const& ring : *rings)
            dropped += ring.dropped(nmx::drop_reason::no_room);
    return dropped;
}
//! [vale]

//! [pipe]
std::size_t through_a_pipe(std::span<std::byte const> frame) {
    auto [left, right] = nmx::make_pipe("lab", "0", {.tx_slots = 256, .rx_slots = 256});
    if (!left.inject(frame))
        return 0;
    left.sync_tx();
    right.sync_rx();
    return right.rx_rings()[0].consume([](nmx::packet_view) {});
}
//! [pipe]

//! [monitor]
struct seen {
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
};

seen watch(nmx::port& monitor) {
    seen bytes;
    while (monitor.wait_readable(0s) == nmx::wait_result::ready)
        for (nmx::rx_ring const ring : monitor.rx_rings())
            ring.consume([&](nmx::packet_view packet) {
                (packet.from_tx_monitor() ? bytes.sent : bytes.received) += packet.size();
            });
    return bytes;
}

nmx::port open_monitor(nmx::port_spec const& target) {
    return nmx::monitor::open(target, {.direction = nmx::monitor_direction::both});
}
//! [monitor]

//! [splice]
// Between wire and stack, without the packets of one Ethernet type.
void firewall(std::string_view interface, std::byte first, std::stop_token stop) {
    nmx::host::splice splice{nmx::port_spec::from_user(interface), {.keep_offloads = true}};
    auto const header = splice.port().info().header_length;
    auto const filter = [=](nmx::packet_view packet) {
        auto const bytes = packet.front();
        return bytes.size() > header + 12 && bytes[header + 12] == first ? nmx::verdict::drop
                                                                         : nmx::verdict::pass;
    };
    while (!stop.stop_requested())
        if (splice.pump_if(filter, 1024) == 0)
            splice.wait(100ms);
}
//! [splice]

//! [offload_guard]
void without_offloads(std::string_view interface) {
    nmx::host::offload_guard const offloads{interface};
    fmt::print("off, and on again at the end of this block\n");
}
//! [offload_guard]

//! [promiscuous_guard]
void seeing_everything(std::string_view interface) {
    nmx::host::promiscuous_guard const promiscuous{interface};
    fmt::print("frames for others come too, until the end of this block\n");
}
//! [promiscuous_guard]

//! [link]
nmx::port open_and_wait(std::string_view interface) {
    nmx::port port{nmx::port_spec::from_user(interface)};
    if (nmx::link::wait_up(port, 10s) == nmx::wait_result::timed_out)
        fmt::print(stderr, "{} has no carrier yet\n", interface);
    return port;
}
//! [link]

class kinds : public docs_tests::embedded {};

TEST_F(kinds, switch_counts_what_it_drops) {
    nmx::port sender{"vale0:s"};
    nmx::port const receiver{"vale0:r"};
    for (int i = 0; i < 3000; ++i) {
        if (!sender.inject(docs_tests::broadcast()))
            sender.sync_tx();
    }
    sender.sync_tx();
    EXPECT_GT(dropped_at(nmx::port_spec{"vale0:r"}) + dropped_at(nmx::port_spec{"vale0:s"}), 0U);
}

TEST_F(kinds, pipe) {
    EXPECT_EQ(through_a_pipe(docs_tests::broadcast()), 1U);
}

TEST_F(kinds, monitor_tells_directions) {
    nmx::port a{"vale0:a"};
    nmx::port b{"vale0:b"};
    nmx::port watching = open_monitor(nmx::port_spec{"vale0:a"});
    ASSERT_TRUE(a.inject(docs_tests::broadcast()));
    a.sync_tx();
    ASSERT_TRUE(b.inject(docs_tests::broadcast()));
    b.sync_tx();
    a.sync_rx();
    auto const bytes = watch(watching);
    EXPECT_EQ(bytes.sent, 60U);
    EXPECT_EQ(bytes.received, 60U);
}

TEST_F(kinds, interfaces_need_the_module) {
    EXPECT_THROW(firewall("eth0", std::byte{0x86}, {}), nmx::error);
    EXPECT_THROW(static_cast<void>(open_and_wait("eth0")), nmx::error);
    EXPECT_THROW(without_offloads("no-such-if"), nmx::error);
    EXPECT_THROW(seeing_everything("no-such-if"), nmx::error);
    EXPECT_TRUE(open_and_wait("vale0:up").is_open());
}

} // namespace
