// SPDX-License-Identifier: BSD-2-Clause
//
// host_injection: sits between an interface and the host's network stack, asks the stack a
// question of its own, and takes the answer off the way to the wire.
//
// Shows nmx::host::splice: sending into the host stack, receiving from it, and a filter for
// what passes both ways. The question is an ARP request from a machine that does not exist:
// "who has ADDRESS?", where ADDRESS is the interface's own. The host answers, and the filter
// keeps the answer from the wire; everything else goes its way as if nobody were here.
//
// Run it, with the module and as root:
//     host_injection 3 netmap:eth0 10.0.0.1
//     host_injection 0 netmap:eth0 10.0.0.1         (until interrupted)
//
// You will see:
//     the host says: 10.0.0.1 is at 52:54:00:12:34:56
//     ...
//     3 questions answered; 41 packets to the host, 38 to the wire
//
// There is no run without an interface: host rings belong to one.

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <iomanip>
#include <iostream>
#include <span>
#include <string_view>

#include <arpa/inet.h>
#include <netmapxx/netmapxx.hpp>

namespace nmx = netmapxx;
using namespace std::literals;

namespace {

std::atomic<bool> stopped{false};

using octets = std::span<unsigned char const>;
constexpr std::array<unsigned char, 6> asker{2, 0, 0, 0, 0, 7};

std::array<unsigned char, 60> make_question(octets address) {
    std::array<unsigned char, 60> frame{255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0,
                                        0,   8,   6,   0,   1,   8,   0, 6, 4, 0, 1};
    std::ranges::copy(asker, &frame[6]);
    std::ranges::copy(asker, &frame[22]); // its IP address stays 0.0.0.0: it has none
    std::ranges::copy(address, &frame[38]);
    return frame;
}

bool is_answer(octets p) {
    return p.size() >= 42 && p[12] == 8 && p[13] == 6 && p[21] == 2 &&
           std::ranges::equal(p.first(6), asker);
}

void print_answer(octets p, std::string_view address) {
    std::cout << "the host says: " << address << " is at " << std::hex << std::setfill('0');
    for (std::size_t i = 22; i < 28; ++i)
        std::cout << (i == 22 ? "" : ":") << std::setw(2) << int{p[i]};
    std::cout << std::dec << '\n';
}

void run(nmx::host::splice& splice, std::size_t count, octets question, std::string_view address) {
    std::size_t answers = 0;
    bool ask = true;
    auto const filter = [&](nmx::packet_view packet, nmx::host::way way) {
        auto const front = packet.front();
        octets const bytes{reinterpret_cast<unsigned char const*>(front.data()), front.size()};
        if (way != nmx::host::way::to_wire || !is_answer(bytes))
            return nmx::verdict::pass;
        print_answer(bytes, address);
        ++answers;
        ask = true;
        return nmx::verdict::drop;
    };
    while ((count == 0 || answers < count) && !stopped) {
        if (ask && splice.to_host(std::as_bytes(question)))
            ask = false; // the next one when this one is answered, or nothing came of it
        if (splice.pump_if(filter, 1024) == 0)
            ask = splice.wait(100ms) == nmx::wait_result::timed_out;
    }
    std::cout << answers << " questions answered; " << splice.totals().to_host.packets
              << " packets to the host, " << splice.totals().to_wire.packets << " to the wire\n";
}

bool read_number(char const* text, std::size_t& number) {
    char const* const end = text + std::strlen(text);
    auto const [stop, ec] = std::from_chars(text, end, number);
    return ec == std::errc{} && stop == end;
}

} // namespace

int main(int argc, char** argv) {
    std::size_t count = 0;
    std::array<unsigned char, 4> address{};
    if (argc != 4 || !read_number(argv[1], count) ||
        ::inet_pton(AF_INET, argv[3], address.data()) != 1) {
        std::cerr << "usage: host_injection COUNT INTERFACE IPv4   (COUNT 0: until interrupted)\n";
        return 2;
    }
    for (int const signal : {SIGINT, SIGTERM})
        std::signal(signal, [](int) { stopped = true; });
    try {
        nmx::host::splice splice{nmx::port_spec::from_user(argv[2])};
        std::cerr << "host_injection: between " << splice.port().info().name
                  << " and the host stack\n";
        run(splice, count, make_question(address), argv[3]);
        return 0;
    } catch (nmx::error const& e) {
        std::cerr << "host_injection: error: " << e.what() << '\n';
        if (!e.hint().empty())
            std::cerr << "  hint: " << e.hint() << '\n';
        return e.code() == nmx::condition::usage ? 2 : e.code() == nmx::condition::gone ? 1 : 3;
    }
}
