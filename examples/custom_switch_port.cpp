// SPDX-License-Identifier: BSD-2-Clause
//
// custom_switch_port: a program that is a host on a VALE switch, and answers ARP and ping.
//
// Shows how to be a port of a switch, how to list the ports of all switches, and how to answer
// in place: the port forwards to itself, and the filter turns each request into its answer.
//
// Run it, without a NIC and without root:
//     custom_switch_port 4 vale0:echo 10.0.0.9 --partner vale0:you
// With the module, as root, pinged by this machine through an interface in the same switch:
//     custom_switch_port 0 vale0:echo 10.0.0.9 & nm-ctl attach vale0:veth0 --with-host
//     ping 10.0.0.9
//
// You will see:
//     vale0:echo is port 0 of switch 0
//     vale0:you is port 1 of switch 0
//     partner: ARP reply
//     partner: echo reply
//     ...
//     4 requests answered, 0 other packets dropped
//
// The port lives as long as the program has it open. One that stays is made by
// nmx::vale::create(), and plugged in by nmx::vale::attach().

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

#include <arpa/inet.h>
#include <netmapxx/netmapxx.hpp>

namespace nmx = netmapxx;
using namespace std::literals;

namespace {

std::atomic<bool> stopped{false};

using bytes = std::span<unsigned char>;
using address = std::array<unsigned char, 4>;
constexpr std::array<unsigned char, 6> our_mac{2, 0, 0, 0, 0, 9};

// Turns a request for us into its answer; false for any other packet.
bool answer(bytes p, address const& ours) {
    if (p.size() < 42 || p[12] != 0x08)
        return false;
    bool const ip = p[13] == 0x00 && p[14] == 0x45 && (p[20] & 0x3f) == 0 && p[21] == 0;
    if (p[13] == 0x06 && p[21] == 1 && std::ranges::equal(p.subspan(38, 4), ours)) {
        p[21] = 2;                                    // an ARP reply now
        std::ranges::copy(p.subspan(22, 10), &p[32]); // to who asked
        std::ranges::copy(our_mac, &p[22]);
        std::ranges::copy(ours, &p[28]);
    } else if (ip && p[23] == 1 && p[34] == 8 && std::ranges::equal(p.subspan(30, 4), ours)) {
        std::ranges::swap_ranges(p.subspan(26, 4), p.subspan(30, 4));
        p[34] = 0;                                     // an echo reply now: what its type lost,
        unsigned sum = p[36] * 256u + p[37] + 0x0800u; // its checksum gains
        sum += sum >> 16;
        p[36] = static_cast<unsigned char>(sum >> 8);
        p[37] = static_cast<unsigned char>(sum);
    } else {
        return false;
    }
    std::ranges::copy(p.subspan(6, 6), p.begin());
    std::ranges::copy(our_mac, &p[6]);
    return true;
}

bytes bytes_of(nmx::packet_view packet) {
    auto const front = packet.mutable_front();
    return {reinterpret_cast<unsigned char*>(front.data()), front.size()};
}

nmx::forward_result serve(nmx::port& port, std::size_t count, address const& ours) {
    auto const filter = [&](nmx::packet_view packet) {
        return answer(bytes_of(packet), ours) ? nmx::verdict::pass : nmx::verdict::drop;
    };
    std::size_t const limit = count == 0 ? nmx::all_slots : count;
    nmx::forward_result done;
    while (done.packets < limit && !stopped) {
        if (port.wait_readable(100ms) != nmx::wait_result::ready)
            continue;
        done += nmx::forward(port.rx_rings()[0], port.tx_rings()[0], limit - done.packets, filter);
        port.sync_tx(); // a switch takes all at once, so there is always room for the next
    }
    return done;
}

// The partner: asks for our MAC address and pings, in turn. It has a thread of its own, which
// must not throw, so it uses the forms of the calls that take an error_code.
void ask(std::stop_token done, nmx::port port, address ours) {
    std::array<unsigned char, 60> arp{255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 8, 6, 0,
                                      1,   8,   0,   6,   4,   0,   1, 2, 0, 0, 0, 0, 1, 10};
    std::array<unsigned char, 60> ping{2,  0,    0, 0, 0,  9, 2, 0, 0, 0,  0,    1,   8,
                                       0,  0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1,    0,   0,
                                       10, 0,    0, 1, 0,  0, 0, 0, 8, 0,  0xf7, 0xff};
    std::ranges::copy(ours, &arp[38]);
    std::ranges::copy(ours, &ping[30]);
    std::error_code ec;
    for (bool turn = true; !done.stop_requested() && !ec; turn = !turn) {
        if (port.inject(std::as_bytes(std::span{turn ? arp : ping}), ec))
            port.sync_tx(ec);
        port.wait_readable(50ms, ec);
        port.rx_rings()[0].consume([](nmx::packet_view packet) {
            bool const arp_answer = bytes_of(packet)[13] == 0x06;
            std::cout << (arp_answer ? "partner: ARP reply\n" : "partner: echo reply\n");
        });
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
    address ours{};
    bool const with_partner = argc == 6 && argv[4] == "--partner"sv;
    if ((argc != 4 && !with_partner) || !read_number(argv[1], count) ||
        ::inet_pton(AF_INET, argv[3], ours.data()) != 1) {
        std::cerr << "usage: custom_switch_port COUNT PORT IPv4 [--partner PORT]"
                     "   (COUNT 0: until interrupted)\n";
        return 2;
    }
    for (int const signal : {SIGINT, SIGTERM})
        std::signal(signal, [](int) { stopped = true; });
    try {
        nmx::port port{nmx::port_spec{argv[2]}, {.tx_slots = 256, .rx_slots = 256}};
        std::jthread partner;
        if (with_partner)
            partner = std::jthread{ask, nmx::port{nmx::port_spec{argv[5]}}, ours};
        for (nmx::vale::entry const& entry : nmx::vale::list(port.info().backend))
            std::cerr << entry.name << " is port " << entry.port_index << " of switch "
                      << entry.switch_index << '\n';
        auto const done = serve(port, count, ours);
        partner = {}; // stops and joins
        std::cout << done.packets << " requests answered, " << done.filtered
                  << " other packets dropped\n";
        return 0;
    } catch (nmx::error const& e) {
        std::cerr << "custom_switch_port: error: " << e.what() << '\n';
        if (!e.hint().empty())
            std::cerr << "  hint: " << e.hint() << '\n';
        return e.code() == nmx::condition::usage ? 2 : e.code() == nmx::condition::gone ? 1 : 3;
    }
}
