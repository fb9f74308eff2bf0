// SPDX-License-Identifier: BSD-2-Clause
// A program outside the project's tree: it moves packets through the embedded
// engine, catches the library's exceptions as its own, and says what it saw.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <typeinfo>

#include <netmapxx/netmapxx.hpp>

#include "second.hpp"

namespace {

namespace nmx = netmapxx;
using namespace std::chrono_literals;

constexpr std::size_t frame_size = 60;
constexpr int sent = 100;

void expect(bool holds, char const* what) {
    if (holds)
        return;
    std::printf("FAILED: %s\n", what);
    std::exit(1);
}

void same_version() {
    nmx::version_info const headers{NETMAPXX_VERSION_MAJOR, NETMAPXX_VERSION_MINOR,
                                    NETMAPXX_VERSION_PATCH};
    expect(nmx::version() == headers, "the library is of the headers' version");
    auto const text = std::to_string(headers.major_number) + "." +
                      std::to_string(headers.minor_number) + "." +
                      std::to_string(headers.patch_number);
    expect(text == NETMAPXX_VERSION_STRING, "the version as text is the version in numbers");
    std::printf("version %s\n", NETMAPXX_VERSION_STRING);
}

// Numbered frames to everybody.
void send(nmx::port& port) {
    std::array<std::byte, frame_size> frame{};
    std::fill_n(frame.begin(), 6, std::byte{0xff});
    frame[6] = std::byte{0x02};
    for (int i = 0; i < sent; ++i) {
        frame[frame_size - 1] = static_cast<std::byte>(i);
        expect(port.inject(frame), "a packet finds room");
    }
    port.sync_tx();
}

// How many packets came, all of them of the right size, before the line is silent.
int receive(nmx::port& port, int wanted) {
    int packets = 0;
    while (packets < wanted && port.wait_readable(10s) == nmx::wait_result::ready)
        for (nmx::rx_ring const ring : port.rx_rings())
            ring.consume([&](nmx::packet_view packet) {
                expect(packet.size() == frame_size, "a packet has the size it was sent with");
                ++packets;
            });
    return packets;
}

void traffic() {
    nmx::open_options const here{.backend = nmx::backend_kind::embedded};
    nmx::port a{"vale0:a", here};
    nmx::port b{"vale0:b", here};
    nmx::port left{"netmap:lab{1", here};
    nmx::port right{"netmap:lab}1", here};
    send(a);
    expect(b.wait_readable(10s) == nmx::wait_result::ready, "the switch has packets");
    auto const moved = consumer::pass_even(b, left);
    std::printf("forwarded %d of %d\n", static_cast<int>(moved.packets), sent);
    std::printf("received %d\n", receive(right, static_cast<int>(moved.packets)));
}

// Exceptions, and the identity of categories, across the library's border.
void errors() {
    std::error_code ec;
    auto const none = nmx::port::open("vale0:a-7", {.backend = nmx::backend_kind::embedded}, ec);
    expect(!none && ec, "a ring that is not there cannot be opened");
    expect(ec == nmx::errc::no_such_ring, "an error code equals the headers' enumerator");
    expect(ec == std::errc::argument_out_of_domain, "and the standard's");
    expect(&ec.category() == &nmx::category(), "the category of a code is the category");
    expect(&ec.category() == &consumer::category(), "in every translation unit");
    try {
        nmx::port const port{"netmap:x@conf:"};
        expect(false, "a wrong specification throws");
    } catch (nmx::port_spec_error const& e) {
        expect(e.code() == nmx::errc::invalid_spec, "it says so");
        std::printf("caught port_spec_error at %d\n", static_cast<int>(e.position()));
    }
    try {
        nmx::port const port{"netmap:nowhere", {.backend = nmx::backend_kind::embedded}};
        expect(false, "an interface that is not there throws");
    } catch (nmx::port_spec_error const&) {
        expect(false, "and not as a wrong specification");
    } catch (std::system_error const& e) {
        expect(dynamic_cast<nmx::error const*>(&e) != nullptr, "it is the library's exception");
        expect(typeid(e) == typeid(nmx::error), "by its type, too");
        expect(e.code() == nmx::condition::unavailable, "with the condition of unavailable things");
        std::printf("caught error: %s\n", nmx::error(e.code(), "open", "nowhere").what());
    }
}

} // namespace

int main() {
    same_version();
    traffic();
    errors();
    std::printf("done\n");
    return 0;
}
