// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// A port on a context, and its peer in the hands of the test: the two ends of a pipe, on
/// whatever host of the core there is.
#ifndef NETMAPXX_TESTS_ASIO_BED_HPP
#define NETMAPXX_TESTS_ASIO_BED_HPP

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

#include <boost/asio.hpp>
#include <gtest/gtest.h>

#include <netmapxx/asio/port.hpp>

namespace netmapxx_tests {

namespace asio = boost::asio;
namespace nmx = netmapxx;
using boost_code = boost::system::error_code;
using namespace std::chrono_literals;

/// How long a test waits for what must come.
inline constexpr auto patience = 30s;

/// A name no other test uses.
[[nodiscard]] inline std::string fresh_name() {
    static std::atomic<unsigned> count{0};
    return "as" + std::to_string(::getpid() % 10000) + "x" + std::to_string(count++);
}

using frame = std::array<std::byte, 60>;

/// A frame with a number in it.
[[nodiscard]] inline frame numbered(std::uint64_t number, std::uint8_t from = 2) {
    frame out{};
    out.fill(std::byte{0});
    std::fill_n(out.begin(), 6, std::byte{0xff});
    out[6] = std::byte{0x02};
    out[11] = std::byte{from};
    out[12] = std::byte{0x88};
    out[13] = std::byte{0xb5};
    std::memcpy(out.data() + 16, &number, sizeof(number));
    return out;
}

[[nodiscard]] inline std::uint64_t number_of(nmx::packet_view packet) {
    std::uint64_t number = ~std::uint64_t{0};
    if (packet.front().size() >= 24)
        std::memcpy(&number, packet.front().data() + 16, sizeof(number));
    return number;
}

/// Sends as many of `count` frames, numbered from `first`, as fit.
inline std::uint64_t send_some(nmx::port& from, std::uint64_t first, std::uint64_t count) {
    std::uint64_t sent = 0;
    while (sent < count && from.inject(numbered(first + sent)))
        ++sent;
    from.sync_tx();
    return sent;
}

/// Fills a port's tx rings until not even a sync makes room.
inline std::uint64_t fill(nmx::port& from) {
    std::uint64_t sent = 0;
    while (std::uint64_t const now = send_some(from, sent, 1000))
        sent += now;
    return sent;
}

/// Takes all packets there are; their numbers.
inline std::vector<std::uint64_t> drain(nmx::port& from) {
    std::vector<std::uint64_t> out;
    std::size_t before = 0;
    do {
        before = out.size();
        from.sync_rx();
        for (nmx::rx_ring const ring : from.rx_rings())
            ring.consume([&](nmx::packet_view packet) { out.push_back(number_of(packet)); });
    } while (out.size() != before);
    return out;
}

class bed {
  public:
    explicit bed(nmx::async::reactor_options how = {}) {
        std::string const name = fresh_name();
        far = nmx::port{"netmap:" + name + "{1", {.tx_slots = 16, .rx_slots = 16}};
        near.emplace(context, "netmap:" + name + "}1",
                     nmx::open_options{.tx_slots = 16, .rx_slots = 16}, how);
    }

    /// Runs the context until a condition holds; false if patience ends first.
    template <class Condition> [[nodiscard]] bool run_until(Condition const& condition) {
        auto const end = std::chrono::steady_clock::now() + patience;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end)
                return false;
            context.restart();
            context.run_one_for(5ms);
        }
        return true;
    }
    /// Runs what is ready now.
    void settle() {
        context.restart();
        while (context.poll() != 0)
            context.restart();
    }

    asio::io_context context;
    nmx::port far;
    std::optional<nmx::async_port> near;
};

} // namespace netmapxx_tests

#endif // NETMAPXX_TESTS_ASIO_BED_HPP
