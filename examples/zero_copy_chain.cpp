// SPDX-License-Identifier: BSD-2-Clause
//
// zero_copy_chain: packets travel through a chain of pipes, and nobody copies a byte.
//
// Shows ports in one memory region: packets go from ring to ring by exchange of buffers, and
// an extra buffer keeps one beyond the time of its slot. The proof is the number of the
// buffer, which is the same all along.
//
// Run it, without a NIC and without root:
//     zero_copy_chain 2
//
// You will see:
//     packet 1 written in buffer 2
//              at chain}1 in buffer 2
//              at chain}2 in buffer 2
//              at chain}3 in buffer 2
//              kept in buffer 2, its slot was given back
//     ...
//     2 packets kept; not a byte was copied

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <netmapxx/netmapxx.hpp>

namespace nmx = netmapxx;
using namespace std::literals;

namespace {

using pipe_ends = std::pair<nmx::port, nmx::port>; // what enters the first leaves the second

// Writes a packet where it will stay, and sends it.
std::uint32_t write_packet(nmx::port& port, std::string_view text) {
    nmx::tx_batch batch = port.tx_rings()[0].reserve(1);
    nmx::slot_view const slot = batch[0];
    std::memcpy(slot.buffer().data(), text.data(), text.size());
    slot.prepare(text.size());
    std::uint32_t const index = slot.buffer_index();
    batch.commit(1);
    port.sync_tx();
    return index;
}

nmx::packet_view next_packet(nmx::port& port) {
    if (port.wait_readable(1s) != nmx::wait_result::ready)
        throw nmx::error{nmx::errc::timed_out, "receive at", port.info().name};
    nmx::packet_view const packet = *port.rx_rings()[0].peek(1).begin();
    std::cout << "         at " << port.info().name << " in buffer "
              << packet.slots()[0].buffer_index() << '\n';
    return packet;
}

// Sends one packet through the chain and takes it out of the last ring.
nmx::buffer travel(std::vector<pipe_ends>& chain, std::string const& text) {
    std::uint32_t const index = write_packet(chain.front().first, text);
    std::cout << text << " written in buffer " << index << '\n';
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
        nmx::port& here = chain[i].second;
        nmx::port& next = chain[i + 1].first;
        (void)next_packet(here);
        nmx::forward(here, next, {.max_slots = 1, .mode = nmx::transfer_mode::exchange_only});
        here.sync_rx(); // gives the slot back, which has next's former buffer now
        next.sync_tx();
    }
    nmx::port& last = chain.back().second;
    nmx::buffer kept = last.buffers().try_keep(next_packet(last));
    last.rx_rings()[0].peek(1).release();
    last.sync_rx();
    std::cout << "         kept in buffer " << kept.index() << ", its slot was given back\n";
    auto const bytes = kept.data();
    bool const same = kept.index() == index && bytes.size() == text.size() &&
                      std::memcmp(bytes.data(), text.data(), text.size()) == 0;
    return same ? std::move(kept) : nmx::buffer{};
}

bool read_number(char const* text, std::uint32_t& number) {
    char const* const end = text + std::strlen(text);
    auto const [stop, ec] = std::from_chars(text, end, number);
    return ec == std::errc{} && stop == end;
}

} // namespace

int main(int argc, char** argv) {
    std::uint32_t count = 0;
    if (argc != 2 || !read_number(argv[1], count) || count < 1 || count > 100) {
        std::cerr << "usage: zero_copy_chain COUNT   (1 to 100 packets)\n";
        return 2;
    }
    try {
        std::vector<pipe_ends> chain; // pipes of one name hang on one port, and share its memory
        for (char const* id : {"1", "2", "3"})
            chain.push_back(nmx::make_pipe("chain", id, {.extra_buffers = count}));
        std::vector<nmx::buffer> kept;
        for (std::uint32_t i = 1; i <= count; ++i) {
            kept.push_back(travel(chain, "packet " + std::to_string(i)));
            if (!kept.back()) {
                std::cerr << "zero_copy_chain: error: packet " << i << " was copied or lost\n";
                return 1;
            }
        }
        std::cout << kept.size() << " packets kept; not a byte was copied\n";
        kept.clear(); // back to their pool, before the port that lent them closes
        return 0;
    } catch (nmx::error const& e) {
        std::cerr << "zero_copy_chain: error: " << e.what() << '\n';
        if (!e.hint().empty())
            std::cerr << "  hint: " << e.hint() << '\n';
        return e.code() == nmx::condition::usage ? 2 : e.code() == nmx::condition::gone ? 1 : 3;
    }
}
