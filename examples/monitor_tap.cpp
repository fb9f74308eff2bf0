// SPDX-License-Identifier: BSD-2-Clause
//
// monitor_tap: watches the packets of a port that somebody else uses.
//
// Shows nmx::monitor::open(): a port that sees what another one sends and receives, without
// taking it away, and tells the direction of each packet.
//
// Run it, without a NIC and without root:
//     monitor_tap 4 vale0:a --partner vale0:b
// With the module, on a port that another program has open, until interrupted:
//     monitor_tap 0 netmap:eth0
//
// You will see:
//     sent      100 bytes
//     received  60 bytes
//     ...
//
// Where there is no kernel module, ports live inside this process ("embedded" backend), and
// nobody outside can use them: with --partner, a thread here opens both ports, and they talk
// to each other.

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

void watch(nmx::port& monitor, std::size_t count) {
    std::size_t left = count == 0 ? nmx::all_slots : count;
    while (left != 0 && !stopped) {
        std::error_code ec;
        auto const result = monitor.wait_readable(100ms, ec);
        if (ec == nmx::errc::port_gone) { // for good: another user needs another monitor
            std::cout << "nobody uses the port any more\n";
            return;
        }
        if (ec)
            throw nmx::error{ec, "watch", monitor.info().name};
        if (result != nmx::wait_result::ready)
            continue;
        for (nmx::rx_ring ring : monitor.rx_rings())
            left -= ring.consume( // looks at packets, and releases those it has seen
                [](nmx::packet_view packet) {
                    std::cout << (packet.from_tx_monitor() ? "sent      " : "received  ")
                              << packet.size() << " bytes\n";
                },
                left);
    }
}

// Two ports that talk to each other: the target sends 100 bytes, the partner 60. They have a
// thread of their own, which must not throw, so it uses calls that take an error_code.
void converse(std::stop_token done, nmx::port target, nmx::port partner) {
    std::array<std::byte, 100> frame{};
    std::fill_n(frame.begin(), 6, std::byte{0xff}); // destination: everyone
    frame[6] = std::byte{0x02};                     // source: an address of no vendor
    std::span const bytes{frame};
    std::error_code ec;
    while (!done.stop_requested() && !ec) {
        if (target.inject(bytes, ec) && partner.inject(bytes.first(60), ec)) {
            target.sync_tx(ec);
            partner.sync_tx(ec);
        }
        for (nmx::port* port : {&target, &partner}) {
            port->wait_readable(20ms, ec);
            for (nmx::rx_ring ring : port->rx_rings())
                ring.peek().release();
        }
        std::this_thread::sleep_for(20ms);
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
        std::cerr << "usage: monitor_tap COUNT PORT [--partner PORT]"
                     "   (COUNT 0: until interrupted)\n";
        return 2;
    }
    for (int const signal : {SIGINT, SIGTERM})
        std::signal(signal, [](int) { stopped = true; });
    try {
        auto const target = nmx::port_spec::from_user(argv[2]);
        std::jthread users;
        if (with_partner)
            users = std::jthread{converse, nmx::port{target},
                                 nmx::port{nmx::port_spec::from_user(argv[4])}};
        nmx::port monitor = nmx::monitor::open(target);
        std::cerr << "monitor_tap: watching " << target.core_name() << ", backend "
                  << nmx::to_string(monitor.info().backend) << '\n';
        watch(monitor, count);
        return 0;
    } catch (nmx::error const& e) {
        std::cerr << "monitor_tap: error: " << e.what() << '\n';
        if (!e.hint().empty())
            std::cerr << "  hint: " << e.hint() << '\n';
        return e.code() == nmx::condition::usage ? 2 : e.code() == nmx::condition::gone ? 1 : 3;
    }
}
