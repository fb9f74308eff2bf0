// SPDX-License-Identifier: BSD-2-Clause
//
// hello_tx: sends numbered frames.
//
// Shows how to reserve free slots of a tx ring, fill them in place, commit and sync them,
// what to do when the ring is full, and how to wait until everything has left.
//
// Run it, without a NIC and without root:
//     hello_tx 5000 'pipe{1' --partner 'pipe}1'
//     hello_tx 1000 vale0:me
// With the module, on an interface:
//     hello_tx 1000 netmap:eth0
//
// You will see (a pipe holds its sender back, a switch drops what nobody takes):
//     sent 5000 frames in 5 batches
//     partner: received 5000 frames
//
// Where there is no kernel module, ports live inside this process ("embedded" backend):
// --partner names a port that a thread here receives on.

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <iostream>
#include <span>
#include <string_view>
#include <thread>

#include <netmapxx/netmapxx.hpp>

namespace nmx = netmapxx;
using namespace std::literals;

namespace {

std::atomic<bool> stopped{false};

// A frame to everyone, of type 0x88b5 (local experiments), with its number behind the header.
void write_frame(std::span<std::byte> into, std::size_t number) {
    constexpr std::array<unsigned char, 14> header{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02,
                                                   0,    0,    0,    0,    1,    0x88, 0xb5};
    std::ranges::fill(into, std::byte{});
    std::memcpy(into.data(), header.data(), header.size());
    std::memcpy(into.data() + header.size(), &number, sizeof number);
}

void send(nmx::port& port, std::size_t count) {
    constexpr std::size_t length = 60;
    std::size_t sent = 0, batches = 0;
    while (sent < count && !stopped) {
        for (nmx::tx_ring ring : port.tx_rings()) {
            nmx::tx_batch batch = ring.reserve(count - sent); // as many as there are
            for (nmx::slot_view slot : batch) {
                write_frame(slot.buffer().first(length), sent++);
                slot.prepare(length);
            }
            batches += batch.empty() ? 0 : 1;
            batch.commit(batch.size()); // without this, the slots would stay ours
        }
        port.sync_tx(); // one call sends all that was committed, on every ring
        while (sent < count && !stopped && port.wait_writable(100ms) != nmx::wait_result::ready) {
            // A signal does not end the wait, so look at `stopped` now and then.
        }
    }
    bool const all_left = port.flush(1s) == nmx::wait_result::ready;
    std::cout << "sent " << sent << " frames in " << batches << " batches"
              << (all_left ? "" : "; some are still in the ring") << '\n';
}

// The partner: takes everything. It has a thread of its own, which must not throw, so it
// uses the forms of the calls that take an error_code.
void take(std::stop_token done, nmx::port port) {
    std::size_t received = 0;
    std::error_code ec;
    auto result = nmx::wait_result::ready;
    while (!ec && (result == nmx::wait_result::ready || !done.stop_requested())) {
        result = port.wait_readable(20ms, ec);
        for (nmx::rx_ring ring : port.rx_rings())
            received += ring.consume([](nmx::packet_view) {});
    }
    std::cout << "partner: received " << received << " frames\n";
}

bool read_number(char const* text, std::size_t& number) {
    char const* const end = text + std::strlen(text);
    auto const [stop, ec] = std::from_chars(text, end, number);
    return ec == std::errc{} && stop == end;
}

} // namespace

int main(int argc, char** argv) {
    std::size_t count = 0;
    bool const with_partner = argc == 5 && argv[3] == "--partner"sv;
    if ((argc != 3 && !with_partner) || !read_number(argv[1], count)) {
        std::cerr << "usage: hello_tx COUNT PORT [--partner PORT]\n";
        return 2;
    }
    for (int const signal : {SIGINT, SIGTERM})
        std::signal(signal, [](int) { stopped = true; });
    try {
        nmx::port port{nmx::port_spec::from_user(argv[2])};
        std::jthread partner;
        if (with_partner)
            partner = std::jthread{take, nmx::port{nmx::port_spec::from_user(argv[4])}};
        std::cerr << "hello_tx: sending on " << port.info().name << ", backend "
                  << nmx::to_string(port.info().backend) << '\n';
        send(port, count);
        return 0;
    } catch (nmx::error const& e) {
        std::cerr << "hello_tx: error: " << e.what() << '\n';
        if (!e.hint().empty())
            std::cerr << "  hint: " << e.hint() << '\n';
        return e.code() == nmx::condition::usage ? 2 : e.code() == nmx::condition::gone ? 1 : 3;
    }
}
