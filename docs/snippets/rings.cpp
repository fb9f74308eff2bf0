// SPDX-License-Identifier: BSD-2-Clause
// Examples of the pages on ports, rings, batches and chains.
#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>

#include <netmapxx/netmapxx.hpp>

#include "embedded.hpp"

namespace {

namespace nmx = netmapxx;
using namespace std::chrono_literals;

//! [compose]
std::string second_ring_of(std::string_view typed) {
    auto const spec = nmx::port_spec::from_user(typed); // "eth0" becomes netmap:eth0
    return spec.with_ring(1).with_flags(nmx::spec_flags::exclusive).to_string();
}
//! [compose]

//! [granted]
bool has_what_i_need(nmx::port const& port) {
    nmx::port_info const& got = port.info();
    return got.rx_rings >= 2 && got.rx_slots >= 512 && got.mode != nmx::port_mode::emulated;
}
//! [granted]

//! [receive]
std::size_t receive(nmx::port& port) {
    std::size_t bytes = 0;
    port.sync_rx(); // fetch what arrived
    for (nmx::rx_ring const ring : port.rx_rings()) {
        auto batch = ring.peek(); // a look: nothing is consumed
        for (nmx::packet_view const packet : batch)
            bytes += packet.size();
        batch.release(); // done with all of them
    }
    return bytes;
}
//! [receive]

//! [part]
// Handles packets until one says stop, and keeps that one and the rest for later.
template <class Handler> void handle_some(nmx::rx_ring ring, Handler&& handler) {
    auto batch = ring.peek();
    auto it = batch.begin();
    while (it != batch.end() && handler(*it))
        ++it;
    batch.release(it); // those before `it`; the others come again with the next peek()
}
//! [part]

//! [send]
std::size_t send(nmx::port& port, std::span<std::byte const> frame, std::size_t wanted) {
    std::size_t sent = 0;
    for (nmx::tx_ring const ring : port.tx_rings()) {
        auto batch = ring.reserve(wanted - sent); // as many as there are, perhaps none
        while (batch.append(frame)) {
        }
        sent += batch.commit();
    }
    port.sync_tx(); // nothing was sent before this
    return sent;
}
//! [send]

//! [in_place]
std::size_t send_in_place(nmx::tx_ring ring, std::uint8_t value) {
    auto batch = ring.reserve(8);
    for (nmx::slot_view const slot : batch) {
        std::ranges::fill(slot.buffer().first(60), std::byte{value}); // straight into the ring
        slot.prepare(60);
    }
    return batch.commit(batch.size());
}
//! [in_place]

//! [ranges]
auto long_packets(nmx::rx_ring ring) {
    return std::ranges::count_if(ring.peek(), [](nmx::packet_view p) { return p.size() > 1000; });
}
//! [ranges]

//! [fragments]
std::uint32_t sum_of(nmx::packet_view packet) {
    std::uint32_t sum = 0;
    for (std::span<std::byte const> const piece : packet.fragments())
        for (std::byte const b : piece)
            sum += std::to_integer<std::uint32_t>(b);
    return sum;
}
//! [fragments]

//! [flatten]
template <class Parser> void parse(nmx::packet_view packet, Parser&& parser) {
    std::array<std::byte, 9000> scratch; // used only if the packet is in several slots
    parser(packet.flatten(scratch));
}
//! [flatten]

//! [gather]
bool send_with_header(nmx::port& port, std::span<std::byte const> header,
                      std::span<std::byte const> payload) {
    std::array<std::span<std::byte const>, 2> const pieces{header, payload};
    return port.inject(pieces); // one packet, in as many slots as it needs
}
//! [gather]

class rings : public docs_tests::embedded {};

TEST_F(rings, names) {
    EXPECT_EQ(second_ring_of("eth0"), "netmap:eth0-1/x");
}

TEST_F(rings, packets_go_round) {
    nmx::port a{"vale0:a@conf:rings=2,slots=512"};
    nmx::port b{"vale0:b"};
    EXPECT_TRUE(has_what_i_need(a));
    EXPECT_EQ(send(a, docs_tests::broadcast(), 700), 700U);
    std::size_t bytes = 0;
    while (b.wait_readable(0s) == nmx::wait_result::ready)
        bytes += receive(b);
    EXPECT_EQ(bytes, 700U * 60);

    EXPECT_EQ(send_in_place(a.tx_rings()[0], 0xff), 8U);
    a.sync_tx();
    b.sync_rx();
    int calls = 0;
    handle_some(b.rx_rings()[0], [&](nmx::packet_view) { return ++calls < 4; });
    EXPECT_EQ(b.rx_rings()[0].available(), 5U);
    EXPECT_EQ(long_packets(b.rx_rings()[0]), 0);
}

TEST_F(rings, long_packets_take_several_slots) {
    nmx::port a{"vale0:a"};
    nmx::port b{"vale0:b"};
    std::vector<std::byte> const header(14, std::byte{0xff});
    std::vector<std::byte> const payload(5000, std::byte{1});
    ASSERT_TRUE(send_with_header(a, header, payload));
    a.sync_tx();
    b.sync_rx();
    auto const batch = b.rx_rings()[0].peek();
    ASSERT_FALSE(batch.empty());
    EXPECT_EQ((*batch.begin()).fragment_count(), 3U);
    EXPECT_EQ(sum_of(*batch.begin()), 14U * 0xff + 5000U);
    std::size_t seen = 0;
    parse(*batch.begin(), [&](std::span<std::byte const> bytes) { seen = bytes.size(); });
    EXPECT_EQ(seen, 5014U);
}

} // namespace
