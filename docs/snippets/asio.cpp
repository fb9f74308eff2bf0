// SPDX-License-Identifier: BSD-2-Clause
// Examples of the page on Asio, and of the reference of its layer.
#include <array>
#include <chrono>
#include <cstdint>
#include <future>
#include <optional>
#include <poll.h>
#include <thread>
#include <vector>

#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <gtest/gtest.h>

#include <netmapxx/asio/port.hpp>
#include <netmapxx/asio/timeout.hpp>

#include "embedded.hpp"

namespace {

namespace asio = boost::asio;
namespace nmx = netmapxx;
using namespace std::chrono_literals;

//! [count]
asio::awaitable<std::uint64_t> count(nmx::async_port& port, std::uint64_t wanted) {
    std::uint64_t packets = 0;
    while (packets < wanted) {
        nmx::rx_batch batch = co_await port.async_receive_batch(256, asio::use_awaitable);
        for (nmx::packet_view const packet : batch)
            packets += packet.size() >= 60 ? 1 : 0;
        batch.release(); // before the next operation: it syncs the ring
    }
    port.sync_rx(); // the last slots go back, too
    co_return packets;
}
//! [count]

//! [send]
asio::awaitable<void> send(nmx::async_port& port, std::span<std::byte const> frame,
                           std::size_t count) {
    while (count != 0) {
        nmx::tx_batch batch =
            co_await port.async_reserve(std::min<std::size_t>(count, 64), asio::use_awaitable);
        while (batch.append(frame)) {
        }
        count -= batch.commit();
        port.sync_tx(); // nothing else sends
    }
    co_await port.async_flush(asio::use_awaitable); // until all of it has left
}
//! [send]

//! [echo]
asio::awaitable<void> echo(nmx::async_port& port) {
    for (;;) {
        auto batch = co_await port.async_receive_batch(256, asio::use_awaitable);
        for (nmx::packet_view const packet : batch)
            co_await port.async_send(asio::buffer(packet.front().data(), packet.front().size()),
                                     asio::use_awaitable);
        batch.release();
    }
}
//! [echo]

//! [tokens]
void styles(nmx::async_port& port, std::array<std::byte, 2048>& memory) {
    // a callback
    port.async_wait_readable([](boost::system::error_code) {});
    port.cancel();
    // a future: the thread that waits for it must not be the one that runs the context
    std::future<std::size_t> const length =
        port.async_receive(asio::buffer(memory), asio::use_future);
    port.cancel();
    // no token: a deferred operation, which starts when something is done with it
    auto later = port.async_wait_readable();
    std::move(later)(asio::detached);
}
//! [tokens]

//! [timeout]
asio::awaitable<bool> quiet_for(nmx::async_port& port, std::chrono::milliseconds limit) {
    auto [ec] = co_await nmx::async::with_timeout(port.get_executor(), port.async_wait_readable(),
                                                  limit, asio::as_tuple(asio::use_awaitable));
    co_return ec == nmx::errc::timed_out;
}
//! [timeout]

//! [operators]
asio::awaitable<bool> quiet_until(nmx::async_port& port, asio::steady_timer& timer) {
    using namespace asio::experimental::awaitable_operators;
    auto const which = co_await (port.async_wait_readable(asio::use_awaitable) ||
                                 timer.async_wait(asio::use_awaitable));
    co_return which.index() == 1;
}
//! [operators]

//! [strands]
// One port a ring pair, each with a strand of its own; any number of threads may run the pool.
std::vector<nmx::async_port> open_all(asio::thread_pool& pool, nmx::port_spec const& spec) {
    std::vector<nmx::async_port> out;
    for (nmx::port& port : nmx::port::open_per_ring(spec))
        out.emplace_back(asio::any_io_executor{asio::make_strand(pool)}, std::move(port));
    return out;
}
//! [strands]

//! [split]
nmx::async_port open_split(asio::io_context& context, std::string_view spec) {
    return nmx::async_port{context, spec, {}, {.split_directions = true}};
}
//! [split]

//! [waiter]
void wait_with_poll(nmx::port& port) {
    nmx::waiter packets{port, nmx::direction::rx};
    while (!packets.prepare()) {
        auto const at = port.wait_handle(nmx::direction::rx);
        pollfd entry{at.fd, at.events, 0};
        ::poll(&entry, 1, -1); // or any reactor; register anew, or modify, each time
    }
    packets.finish();
}
//! [waiter]

class async : public docs_tests::embedded {
  protected:
    asio::io_context context_{1};
};

TEST_F(async, count_and_send) {
    nmx::async_port left{context_, "netmap:as{1"};
    nmx::async_port right{context_, "netmap:as}1"};
    auto const frame = docs_tests::broadcast();
    auto seen = asio::co_spawn(context_, count(right, 5000), asio::use_future);
    auto sent = asio::co_spawn(context_, send(left, frame, 5000), asio::use_future);
    context_.run_for(20s);
    EXPECT_EQ(seen.get(), 5000U);
}

TEST_F(async, echo_answers) {
    nmx::async_port left{context_, "netmap:as{1"};
    nmx::async_port right{context_, "netmap:as}1"};
    auto const frame = docs_tests::broadcast();
    asio::co_spawn(context_, echo(right), asio::detached);
    asio::co_spawn(context_, send(left, frame, 10), asio::detached);
    auto seen = asio::co_spawn(context_, count(left, 10), asio::use_future);
    while (seen.wait_for(0s) != std::future_status::ready && context_.run_one_for(20s) != 0) {
    }
    EXPECT_EQ(seen.get(), 10U);
}

TEST_F(async, waits_end) {
    nmx::async_port port{context_, "vale0:as"};
    std::array<std::byte, 2048> memory;
    styles(port, memory);
    port.cancel();
    context_.run_for(20s);
    context_.restart();
    asio::steady_timer timer{context_, 10ms};
    auto first = asio::co_spawn(context_, quiet_for(port, 10ms), asio::use_future);
    context_.run_for(20s);
    EXPECT_TRUE(first.get());
    context_.restart();
    auto second = asio::co_spawn(context_, quiet_until(port, timer), asio::use_future);
    context_.run_for(20s);
    EXPECT_TRUE(second.get());
}

TEST_F(async, opening) {
    asio::thread_pool pool{2};
    EXPECT_EQ(open_all(pool, nmx::port_spec{"vale0:pool@conf:rings=2"}).size(), 2U);
    EXPECT_TRUE(open_split(context_, "vale0:split").is_open());
}

TEST_F(async, foreign_loop) {
    nmx::port left{"netmap:as{1"};
    nmx::port right{"netmap:as}1"};
    std::jthread const sender{[&] {
        if (left.inject(docs_tests::broadcast()))
            left.sync_tx();
    }};
    wait_with_poll(right);
    EXPECT_FALSE(right.rx_rings()[0].empty());
}

} // namespace
