// SPDX-License-Identifier: BSD-2-Clause
// Operations with a time limit.
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <netmapxx/asio/timeout.hpp>

#include "bed.hpp"
#include "tokens.hpp"

namespace netmapxx_tests {

namespace {

using nmx::async::with_timeout;

TEST(asio_timeout, ends_an_operation_that_takes_too_long) {
    bed on;
    auto const got = std::make_shared<outcome<nmx::rx_batch>>();
    with_timeout(on.context.get_executor(), on.near->async_receive_batch(8), 5ms,
                 [got](boost_code ec, nmx::rx_batch batch) { got->set(ec, batch); });
    EXPECT_TRUE(on.run_until([&] { return got->done(); }));
    EXPECT_EQ(got->ec, nmx::errc::timed_out) << got->ec.message();
    // The port is free for the next operation, and nothing was lost.
    EXPECT_EQ(send_some(on.far, 3, 1), 1U);
    EXPECT_EQ(drain(on.near->lowest_port()), std::vector<std::uint64_t>{3});
}

TEST(asio_timeout, leaves_one_alone_that_is_done_in_time) {
    bed on;
    EXPECT_EQ(send_some(on.far, 3, 1), 1U);
    auto const got = std::make_shared<outcome<nmx::tx_batch>>();
    with_timeout(on.context.get_executor(), on.near->async_reserve(2), patience,
                 [got](boost_code ec, nmx::tx_batch batch) { got->set(ec, std::move(batch)); });
    EXPECT_TRUE(on.run_until([&] { return got->done(); }));
    EXPECT_FALSE(got->ec);
    EXPECT_EQ(std::get<0>(got->values).size(), 2U);
}

TEST(asio_timeout, is_cancelled_from_outside) {
    bed on;
    auto const got = std::make_shared<outcome<>>();
    auto* const raw = got.get();
    with_timeout(
        on.context.get_executor(), on.near->async_wait_readable(), patience,
        asio::bind_cancellation_slot(raw->signal.slot(), [got](boost_code ec) { got->set(ec); }));
    on.settle();
    EXPECT_FALSE(got->done());
    got->signal.emit(asio::cancellation_type::total);
    EXPECT_TRUE(on.run_until([&] { return got->done(); }));
    EXPECT_EQ(got->ec, asio::error::operation_aborted);
}

TEST(asio_timeout, is_awaited) {
    bed on;
    std::array<bool, 2> results{true, true};
    asio::co_spawn(
        on.context,
        [](nmx::async_port& port, std::array<bool, 2>& out) -> asio::awaitable<void> {
            using namespace asio::experimental::awaitable_operators;
            auto const [ec, batch] =
                co_await with_timeout(port.get_executor(), port.async_receive_batch(8), 2ms,
                                      asio::as_tuple(asio::use_awaitable));
            out[0] = ec == nmx::errc::timed_out;
            asio::steady_timer timer{co_await asio::this_coro::executor, 2ms};
            auto const which = co_await (port.async_wait_readable(asio::use_awaitable) ||
                                         timer.async_wait(asio::use_awaitable));
            out[1] = which.index() == 1;
        }(*on.near, results),
        asio::detached);
    on.context.run();
    EXPECT_TRUE(results[0]);
    EXPECT_TRUE(results[1]);
}

} // namespace

} // namespace netmapxx_tests
