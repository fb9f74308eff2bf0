// SPDX-License-Identifier: BSD-2-Clause
//
// forwarder: carries packets from one port to another, and drops some.
//
// Shows nmx::forward() with a filter. Ports that share a memory region exchange buffers and
// copy nothing; others copy. The program says which it is.
//
// Run it, without a NIC and without root:
//     forwarder 100 vale0:in vale1:out --partner vale0:source
//     forwarder 100 'pipe}1' 'pipe{2' --partner 'pipe{1'
// With the module, between two interfaces, until interrupted:
//     forwarder 0 netmap:eth0 netmap:eth1
//
// You will see (every second frame of the partner is too short for the filter):
//     pipe}1 -> pipe{2: one memory region, buffers are exchanged
//     100 packets forwarded: 100 by exchange, 0 by copy; 100 dropped by the filter
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
#include <span>
#include <string_view>
#include <thread>

#include <netmapxx/netmapxx.hpp>

namespace nmx = netmapxx;
using namespace std::literals;

namespace {

std::atomic<bool> stopped{false};

// A filter sees each packet once, before it moves, and may edit its bytes.
nmx::verdict at_least_60_bytes(nmx::packet_view packet) {
    return packet.size() >= 60 ? nmx::verdict::pass : nmx::verdict::drop;
}

void carry(nmx::port& from, nmx::port& to, std::size_t count) {
    std::size_t const limit = count == 0 ? nmx::all_slots : count;
    nmx::forward_result total;
    while (total.packets < limit && !stopped) {
        if (from.wait_readable(100ms) != nmx::wait_result::ready)
            continue;
        auto const packets_before = total.packets;
        std::size_t r = 0;
        for (nmx::rx_ring source : from.rx_rings()) { // ring by ring, so that order is kept
            nmx::tx_ring const target = to.tx_rings()[r++ % to.tx_rings().size()];
            total += nmx::forward(source, target, limit - total.packets, at_least_60_bytes);
        }
        if (total.packets != packets_before)
            to.sync_tx(); // forward() moves packets between rings; this sends them
        if (total.reason == nmx::stop_reason::destination_full)
            to.wait_writable(100ms);
    }
    to.flush(1s);
    std::cout << total.packets << " packets forwarded: " << total.exchanged << " by exchange, "
              << total.copied << " by copy; " << total.filtered << " dropped by the filter\n";
}

// The partner: sends frames of 50 and of 100 bytes in turn. It has a thread of its own, which
// must not throw, so it uses the forms of the calls that take an error_code.
void chatter(std::stop_token done, nmx::port port) {
    std::array<std::byte, 100> frame{};
    std::fill_n(frame.begin(), 6, std::byte{0xff}); // destination: everyone
    frame[6] = std::byte{0x02};                     // source: an address of no vendor
    std::span const bytes{frame};
    std::error_code ec;
    while (!done.stop_requested() && !ec) {
        if (port.inject(bytes.first(50), ec) && port.inject(bytes, ec))
            port.sync_tx(ec);
        else
            port.wait_writable(10ms, 2, ec);
        std::this_thread::sleep_for(1ms);
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
    bool const with_partner = argc == 6 && argv[4] == "--partner"sv;
    if ((argc != 4 && !with_partner) || !read_number(argv[1], count)) {
        std::cerr << "usage: forwarder COUNT FROM TO [--partner PORT]   (COUNT 0: no end)\n";
        return 2;
    }
    for (int const signal : {SIGINT, SIGTERM})
        std::signal(signal, [](int) { stopped = true; });
    try {
        nmx::port from{nmx::port_spec::from_user(argv[2])};
        nmx::port to{nmx::port_spec::from_user(argv[3])};
        std::jthread partner;
        if (with_partner)
            partner = std::jthread{chatter, nmx::port{nmx::port_spec::from_user(argv[5])}};
        std::cerr << from.info().name << " -> " << to.info().name << ": "
                  << (from.memory() == to.memory() ? "one memory region, buffers are exchanged"
                                                   : "two memory regions, packets are copied")
                  << '\n';
        carry(from, to, count);
        return 0;
    } catch (nmx::error const& e) {
        std::cerr << "forwarder: error: " << e.what() << '\n';
        if (!e.hint().empty())
            std::cerr << "  hint: " << e.hint() << '\n';
        return e.code() == nmx::condition::usage ? 2 : e.code() == nmx::condition::gone ? 1 : 3;
    }
}
