// SPDX-License-Identifier: BSD-2-Clause
//
// hello_rx: receives packets and prints their lengths.
//
// Shows how to open a port, wait for packets, look at them where they lie, and give their
// slots back.
//
// Run it, without a NIC and without root:
//     hello_rx 3 vale0:me --partner vale0:you
//     hello_rx 3 'pipe{1' --partner 'pipe}1'
// With the module, on an interface, until interrupted:
//     hello_rx 0 netmap:eth0
//
// You will see:
//     packet of 60 bytes, in ring 0, buffer 4
//     ...
//
// Where there is no kernel module, ports live inside this process ("embedded" backend), and
// nobody outside can send to them: --partner names a port that a thread here sends from.

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <iostream>
#include <string_view>
#include <thread>

#include <netmapxx/netmapxx.hpp>

namespace nmx = netmapxx;
using namespace std::literals;

namespace {

std::atomic<bool> stopped{false};

void receive(nmx::port& port, std::size_t count) {
    std::size_t left = count == 0 ? nmx::all_slots : count;
    while (left != 0 && !stopped) {
        if (port.wait_readable(100ms) != nmx::wait_result::ready)
            continue; // a signal does not end the wait, so look at `stopped` now and then
        for (nmx::rx_ring ring : port.rx_rings()) {
            nmx::rx_batch batch = ring.peek(left);
            for (nmx::packet_view packet : batch) {
                std::cout << "packet of " << packet.size() << " bytes, in ring "
                          << packet.ring_index() << ", buffer " << packet.slots()[0].buffer_index()
                          << '\n';
                --left;
            }
            batch.release(); // nothing was copied: until here the packets were ours to read
        }
    }
}

// The partner: sends a frame to all every 50 ms. It has a thread of its own, which must not
// throw, so it uses the forms of the calls that take an error_code.
void greet(std::stop_token done, nmx::port port) {
    std::array<std::byte, 60> frame{};
    std::fill_n(frame.begin(), 6, std::byte{0xff}); // destination: everyone
    frame[6] = std::byte{0x02};                     // source: an address of no vendor
    frame[12] = std::byte{0x88};                    // type 0x88b5: local experiments
    frame[13] = std::byte{0xb5};
    std::error_code ec;
    while (!done.stop_requested() && !ec) {
        if (port.inject(frame, ec))
            port.sync_tx(ec);
        std::this_thread::sleep_for(50ms);
    }
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
        std::cerr << "usage: hello_rx COUNT PORT [--partner PORT]   (COUNT 0: until interrupted)\n";
        return 2;
    }
    for (int const signal : {SIGINT, SIGTERM})
        std::signal(signal, [](int) { stopped = true; });
    try {
        nmx::port port{nmx::port_spec::from_user(argv[2])};
        std::jthread partner;
        if (with_partner)
            partner = std::jthread{greet, nmx::port{nmx::port_spec::from_user(argv[4])}};
        std::cerr << "hello_rx: waiting on " << port.info().name << ", backend "
                  << nmx::to_string(port.info().backend) << '\n';
        receive(port, count);
        return 0;
    } catch (nmx::error const& e) {
        std::cerr << "hello_rx: error: " << e.what() << '\n';
        if (!e.hint().empty())
            std::cerr << "  hint: " << e.hint() << '\n';
        return e.code() == nmx::condition::usage ? 2 : e.code() == nmx::condition::gone ? 1 : 3;
    }
}
