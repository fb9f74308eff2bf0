// SPDX-License-Identifier: BSD-2-Clause
//
// asio_coroutine_bridge: joins two ports, with one coroutine for each direction.
//
// Shows ports in C++20 coroutines over Boost.Asio: waits with a time limit, a full
// destination that is waited for, and three coroutines of which the first to end (here
// often the one that waits for a signal) cancels the others.
//
// Run it, without a NIC and without root:
//     asio_coroutine_bridge 10 vale0:a vale1:b --partner vale0:you
//     asio_coroutine_bridge 10 'pipe}1' 'pipe{2' --partner 'pipe{1'
// With the module, between two interfaces, until interrupted:
//     asio_coroutine_bridge 0 netmap:eth0 netmap:eth1
//
// You will see:
//     vale1:b: quiet for a second           (only where nothing comes for that long)
//     vale0:a -> vale1:b: 10 packets
//     vale1:b -> vale0:a: 0 packets
//
// Where there is no kernel module, ports live inside this process ("embedded" backend), and
// nobody outside can send to them: --partner names a port that a coroutine here sends from.

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <netmapxx/asio/port.hpp>
#include <netmapxx/asio/timeout.hpp>

namespace asio = boost::asio;
namespace nmx = netmapxx;
using namespace std::literals;
using boost::system::error_code;

namespace {

// Errors are results here, not exceptions: co_await gives a tuple that begins with one.
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

std::string const& name_of(nmx::async_port& port) {
    return port.receiver().info().name;
}

// One direction. Ends with an error, or without one when `limit` packets were moved.
asio::awaitable<error_code> carry(nmx::async_port& from, nmx::async_port& to, std::uint64_t limit,
                                  std::uint64_t& moved) {
    while (moved < limit) {
        auto const [ec] = co_await nmx::async::with_timeout(
            from.get_executor(), from.async_wait_readable(), 1s, as_result);
        if (ec == nmx::errc::timed_out) {
            std::cerr << name_of(from) << ": quiet for a second\n";
            continue;
        }
        if (ec)
            co_return ec;
        auto const step = nmx::forward(from.receiver(), to.sender(), {.max_slots = limit - moved});
        moved += step.packets;
        std::error_code failed;
        to.sync_tx(failed); // an explicit call, always: waits do not send
        if (failed)
            co_return failed;
        if (step.reason == nmx::stop_reason::destination_full)
            if (auto const [full] = co_await to.async_wait_writable(1, as_result); full)
                co_return full;
    }
    co_return error_code{};
}

asio::awaitable<error_code> bridge(nmx::async_port& a, nmx::async_port& b, std::uint64_t limit) {
    using namespace asio::experimental::awaitable_operators;
    asio::signal_set signals{co_await asio::this_coro::executor, SIGINT, SIGTERM};
    std::uint64_t there = 0;
    std::uint64_t back = 0;
    auto const ended = co_await (carry(a, b, limit, there) || carry(b, a, limit, back) ||
                                 signals.async_wait(as_result));
    std::cout << name_of(a) << " -> " << name_of(b) << ": " << there << " packets\n"
              << name_of(b) << " -> " << name_of(a) << ": " << back << " packets\n";
    if (ended.index() == 0)
        co_return std::get<0>(ended);
    co_return ended.index() == 1 ? std::get<1>(ended) : error_code{};
}

// The partner: sends a frame to all every 20 ms.
asio::awaitable<void> greet(nmx::async_port port) {
    std::array<std::byte, 60> frame{};
    std::fill_n(frame.begin(), 6, std::byte{0xff}); // destination: everyone
    frame[6] = std::byte{0x02};                     // source: an address of no vendor
    asio::steady_timer timer{port.get_executor()};
    for (;;) {
        co_await port.async_send(asio::buffer(frame), asio::use_awaitable);
        timer.expires_after(20ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

bool read_number(char const* text, std::uint64_t& number) {
    char const* const end = text + std::strlen(text);
    auto const [stop, ec] = std::from_chars(text, end, number);
    return ec == std::errc{} && stop == end;
}

} // namespace

int main(int argc, char** argv) {
    std::uint64_t count = 0;
    bool const with_partner = argc == 6 && argv[4] == "--partner"sv;
    if ((argc != 4 && !with_partner) || !read_number(argv[1], count)) {
        std::cerr << "usage: asio_coroutine_bridge COUNT PORT PORT [--partner PORT]"
                     "   (COUNT 0: no end)\n";
        return 2;
    }
    try {
        asio::io_context context{1};
        nmx::async_port a{context, nmx::port_spec::from_user(argv[2])};
        nmx::async_port b{context, nmx::port_spec::from_user(argv[3])};
        if (with_partner)
            asio::co_spawn(context,
                           greet(nmx::async_port{context, nmx::port_spec::from_user(argv[5])}),
                           asio::detached);
        error_code result;
        asio::co_spawn(context, bridge(a, b, count == 0 ? ~std::uint64_t{0} : count),
                       [&](std::exception_ptr thrown, error_code ec) {
                           if (thrown)
                               std::rethrow_exception(thrown);
                           result = ec;
                           context.stop(); // the partner, too
                       });
        std::cerr << "asio_coroutine_bridge: " << argv[2] << " <-> " << argv[3] << '\n';
        context.run();
        if (result)
            std::cerr << "asio_coroutine_bridge: error: " << result.message() << '\n';
        return result ? 1 : 0;
    } catch (nmx::error const& e) {
        std::cerr << "asio_coroutine_bridge: error: " << e.what() << '\n';
        if (!e.hint().empty())
            std::cerr << "  hint: " << e.hint() << '\n';
        return e.code() == nmx::condition::usage ? 2 : e.code() == nmx::condition::gone ? 1 : 3;
    }
}
