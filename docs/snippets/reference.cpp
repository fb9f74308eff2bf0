// SPDX-License-Identifier: BSD-2-Clause
// Examples of the reference: one for each class and group of functions. The
// headers show the parts between marks; the tests below run them.
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <poll.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <netmapxx/netmapxx.hpp>

#include "embedded.hpp"

using namespace std::chrono_literals;

namespace {

//! [version]
bool headers_fit_library() {
    return netmapxx::version().major_number == NETMAPXX_VERSION_MAJOR;
}
//! [version]

//! [choose_backend]
void say_backend() {
    auto const choice = netmapxx::choose_backend();
    if (choice.origin == netmapxx::backend_origin::automatic)
        fmt::print(stderr, "note: no backend was named, using {}\n", to_string(choice.kind));
}
//! [choose_backend]

//! [error]
int open_or_explain(std::string_view spec) {
    try {
        netmapxx::port const port{spec};
        return 0;
    } catch (netmapxx::error const& e) {
        fmt::print(stderr, "error: {}\n  hint: {}\n", e.what(), e.hint());
        return e.code() == netmapxx::condition::denied ? 4 : 3;
    }
}
//! [error]

//! [port_spec]
std::string second_ring() {
    netmapxx::port_spec const spec{"vale0:a/x@conf:rings=2,slots=512"};
    return spec.with_ring(1).to_string(); // vale0:a-1/x@conf:rings=2,slots=512
}
//! [port_spec]

//! [open_options]
netmapxx::port open_with_room(netmapxx::port_spec const& spec) {
    return netmapxx::port{spec, {.extra_buffers = 32, .tx_slots = 1024}};
}
//! [open_options]

//! [port]
std::size_t count_bytes(netmapxx::port& port, std::size_t wanted) {
    std::size_t bytes = 0;
    while (bytes < wanted) {
        if (port.wait_readable(1s) != netmapxx::wait_result::ready)
            break;
        for (netmapxx::rx_ring const ring : port.rx_rings())
            ring.consume([&](netmapxx::packet_view packet) { bytes += packet.size(); });
    }
    return bytes;
}
//! [port]

//! [wait_handle]
bool poll_two(netmapxx::port& a, netmapxx::port& b) {
    auto const rx = netmapxx::direction::rx;
    auto const ha = a.wait_handle(rx);
    auto const hb = b.wait_handle(rx);
    std::array<pollfd, 2> fds{{{ha.fd, ha.events, 0}, {hb.fd, hb.events, 0}}};
    auto const sync_both = [&] { a.sync_rx(), b.sync_rx(); };
    auto const something = [&] { return !a.rx_rings()[0].empty() || !b.rx_rings()[0].empty(); };

    a.arm(rx), b.arm(rx); // from here on no event is lost ...
    sync_both();          // ... so what is not here now wakes poll()
    if (!something()) {
        ::poll(fds.data(), fds.size(), 1000);
        sync_both();
    }
    return something();
}
//! [wait_handle]

//! [rx_ring]
std::size_t count_packets(netmapxx::rx_ring ring) {
    return ring.consume([](netmapxx::packet_view) {});
}
//! [rx_ring]

//! [rx_batch]
std::size_t longest(netmapxx::rx_ring ring) {
    std::size_t most = 0;
    auto batch = ring.peek();
    for (netmapxx::packet_view const packet : batch)
        most = std::max(most, packet.size());
    batch.release();
    return most;
}
//! [rx_batch]

//! [packet_view]
unsigned ether_type(netmapxx::packet_view packet) {
    std::array<std::byte, 14> scratch{};
    auto const header = packet.contiguous() ? packet.front() : packet.flatten(scratch);
    if (header.size() < 14)
        return 0;
    return std::to_integer<unsigned>(header[12]) << 8 | std::to_integer<unsigned>(header[13]);
}
//! [packet_view]

//! [tx_ring]
bool has_drained(netmapxx::tx_ring ring) {
    return ring.pending() == 0; // as of the last sync_tx() of its port
}
//! [tx_ring]

//! [tx_batch]
std::size_t send_burst(netmapxx::port& port, std::span<std::byte const> frame, std::size_t count) {
    auto batch = port.tx_rings()[0].reserve(count);
    while (batch.append(frame)) {
    }
    std::size_t const sent = batch.commit();
    port.sync_tx();
    return sent;
}
//! [tx_batch]

//! [slot_view]
std::size_t fill_by_hand(netmapxx::tx_ring ring, std::span<std::byte const> frame) {
    auto batch = ring.reserve(64);
    for (netmapxx::slot_view const slot : batch) {
        std::ranges::copy(frame, slot.buffer().begin());
        slot.prepare(frame.size());
    }
    return batch.commit(batch.size());
}
//! [slot_view]

//! [buffer]
netmapxx::buffer keep_first(netmapxx::port& port) {
    auto batch = port.rx_rings()[0].peek(1);
    netmapxx::buffer held = port.buffers().try_allocate();
    if (held && !batch.empty())
        held.exchange(batch.slots()[0]); // held has the packet, the ring an empty buffer
    batch.release();
    return held;
}
//! [buffer]

//! [region]
bool will_not_copy(netmapxx::port const& a, netmapxx::port const& b) {
    return a.memory() == b.memory();
}
//! [region]

//! [forward]
void bridge_step(netmapxx::port& a, netmapxx::port& b) {
    auto const moved = netmapxx::forward(a.rx_rings()[0], b.tx_rings()[0], 512);
    if (moved.packets != 0)
        b.sync_tx();
    if (moved.reason == netmapxx::stop_reason::destination_full)
        b.wait_writable(10ms);
}
//! [forward]

//! [memory_area]
std::size_t rings_in_own_memory() {
    netmapxx::memory_area const area{64 << 20}; // outlives the port: declared first
    netmapxx::port const port{"vale0:own", {.external = {.memory = area.bytes()}}};
    return port.info().memory_size;
}
//! [memory_area]

//! [port_information]
unsigned rings_of(std::string_view name) {
    return netmapxx::port_information(netmapxx::port_spec{name}).rx_rings;
}
//! [port_information]

//! [parameters]
void list_parameters() {
    for (auto const& p : netmapxx::parameters())
        fmt::print("{} = {} {}\n", p.name, p.value, p.meaning);
}
//! [parameters]

//! [snapshot]
void dump(netmapxx::port const& port) {
    for (auto const& ring : netmapxx::take_snapshot(port))
        fmt::print("{} {}: head {} cur {} tail {}\n",
                   ring.dir == netmapxx::direction::tx ? "tx" : "rx", ring.index, ring.head,
                   ring.cur, ring.tail);
}
//! [snapshot]

//! [core_stats]
std::uint64_t packets_in_core(netmapxx::port_spec const& spec) {
    std::uint64_t total = 0;
    auto const stats = netmapxx::core_stats(spec);
    if (stats.rings) // empty with cores that do not count
        for (auto const& ring : *stats.rings)
            total += ring.packets;
    return total;
}
//! [core_stats]

//! [vale_list]
void list_switches() {
    for (auto const& e : netmapxx::vale::list())
        fmt::print("{} is port {} of switch {}\n", e.name, e.port_index, e.switch_index);
}
//! [vale_list]

//! [vale_attach]
void plug(std::string_view switch_and_interface) { // as "vale0:eth0"
    netmapxx::port_spec const spec{switch_and_interface};
    netmapxx::vale::attach(spec, {.with_host = true});
}
//! [vale_attach]

//! [unique_fd]
int can_read(char const* path) {
    netmapxx::unique_fd const file{::open(path, O_RDONLY | O_CLOEXEC)};
    return file ? 0 : errno;
}
//! [unique_fd]

class reference : public docs_tests::embedded {};

TEST_F(reference, version_and_backend) {
    EXPECT_TRUE(headers_fit_library());
    say_backend();
    EXPECT_EQ(open_or_explain("netmap:no-such-if"), 3);
    EXPECT_EQ(second_ring(), "vale0:a-1/x@conf:rings=2,slots=512");
    EXPECT_EQ(can_read("/dev/null"), 0);
    EXPECT_EQ(can_read("/dev/null/no"), ENOTDIR);
}

TEST_F(reference, packets_travel) {
    netmapxx::port a = open_with_room(netmapxx::port_spec{"vale0:a"});
    netmapxx::port b = open_with_room(netmapxx::port_spec{"vale0:b"});
    auto const frame = docs_tests::broadcast();
    ASSERT_EQ(send_burst(a, frame, 10), 10U);
    EXPECT_EQ(count_bytes(b, 600), 600U);

    ASSERT_EQ(fill_by_hand(a.tx_rings()[0], frame), 64U);
    a.sync_tx();
    b.sync_rx();
    EXPECT_EQ(ether_type(*b.rx_rings()[0].peek().begin()), 0x88b5U);
    netmapxx::buffer const held = keep_first(b);
    EXPECT_EQ(held.length(), 60U);
    EXPECT_EQ(longest(b.rx_rings()[0]), 60U);
    ASSERT_EQ(send_burst(a, frame, 5), 5U);
    b.sync_rx();
    EXPECT_EQ(count_packets(b.rx_rings()[0]), 5U);
    EXPECT_TRUE(has_drained(a.tx_rings()[0]));
    EXPECT_GE(packets_in_core(netmapxx::port_spec{"vale0:a"}), 79U);
    dump(a);
    list_switches();
}

TEST_F(reference, two_ports) {
    netmapxx::port a{"netmap:base{1"};
    netmapxx::port b{"netmap:base}1"};
    netmapxx::port c{"vale0:c"};
    netmapxx::port d{"vale0:d"};
    EXPECT_TRUE(will_not_copy(a, b));
    EXPECT_FALSE(will_not_copy(a, c));
    ASSERT_EQ(send_burst(b, docs_tests::broadcast(), 3), 3U);
    EXPECT_TRUE(poll_two(a, d));
    bridge_step(a, c);
    EXPECT_TRUE(poll_two(a, d));
    EXPECT_EQ(count_packets(d.rx_rings()[0]), 3U);
}

TEST_F(reference, without_opening) {
    EXPECT_GE(rings_in_own_memory(), std::size_t{32} << 20);
    EXPECT_GE(rings_of("vale0:some"), 1U);
    list_parameters();
    EXPECT_THROW(plug("vale0:no-such-if"), netmapxx::error);
}

} // namespace
