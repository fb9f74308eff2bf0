// SPDX-License-Identifier: BSD-2-Clause
// What the compiler must accept and refuse.
#include <boost/asio/experimental/as_tuple.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <netmapxx/asio/timeout.hpp>

#include "bed.hpp"

namespace netmapxx_tests {

namespace {

using nmx::async_port;
template <class Executor> using port_of = nmx::async::basic_port<Executor>;

template <class T>
inline constexpr bool move_only =
    !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
    std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>;
static_assert(move_only<async_port>);
static_assert(move_only<port_of<asio::io_context::executor_type>>);

// Executors.
using awaiting = asio::use_awaitable_t<>::executor_with_default<asio::any_io_executor>;
using rebound = async_port::rebind_executor<awaiting>::other;
static_assert(std::is_same_v<rebound::executor_type, awaiting>);
static_assert(std::is_same_v<async_port::default_token, asio::deferred_t>);
static_assert(std::is_same_v<rebound::default_token, asio::use_awaitable_t<>>);
static_assert(
    std::is_same_v<asio::use_awaitable_t<>::as_default_on_t<async_port>, port_of<awaiting>>);
static_assert(std::is_constructible_v<async_port, port_of<asio::io_context::executor_type>&&>);
static_assert(!std::is_constructible_v<port_of<asio::io_context::executor_type>, async_port&&>);
static_assert(!std::is_convertible_v<asio::io_context&, async_port>);

// Tokens of the wrong signature are refused where they are given.
template <class Token>
concept batch_token = requires(async_port& port, Token&& token) {
    port.async_receive_batch(1, std::forward<Token>(token));
};
using right = decltype([](boost_code, nmx::rx_batch) {});
using wrong = decltype([](boost_code, std::string) {});
using short_one = decltype([](boost_code) {});
static_assert(batch_token<right>);
static_assert(!batch_token<wrong>);
static_assert(!batch_token<short_one>);
template <class Packet>
concept sendable = requires(async_port& port, Packet const& packet) {
    port.async_send(packet);
};
static_assert(sendable<asio::const_buffer> && sendable<std::vector<asio::mutable_buffer>>);
static_assert(!sendable<int> && !sendable<std::string>);

TEST(asio_static, S11_codes_work_with_both_families) {
    boost_code const boost = nmx::errc::port_gone;
    std::error_code const standard = nmx::errc::port_gone;
    EXPECT_EQ(boost, nmx::errc::port_gone);
    EXPECT_NE(boost, nmx::errc::closed);
    EXPECT_EQ(standard, nmx::errc::port_gone);
    EXPECT_EQ(boost, standard);
    EXPECT_EQ(boost, nmx::condition::gone);
    EXPECT_EQ(boost, std::errc::no_such_device);
    EXPECT_EQ(boost.message(), standard.message());
}

TEST(asio_static, S12_ports_change_their_executor) {
    bed on;
    port_of<asio::io_context::executor_type> plain{on.context, on.near->release()};
    async_port any{std::move(plain)};
    ASSERT_TRUE(any.is_open());
    auto awaited = asio::use_awaitable_t<>::as_default_on(std::move(any));
    bool done = false;
    EXPECT_EQ(send_some(on.far, 1, 1), 1U);
    asio::co_spawn(
        on.context,
        [](auto& port, bool& out) -> asio::awaitable<void> {
            auto batch = co_await port.async_receive_batch(1);
            out = batch.slot_count() == 1;
        }(awaited, done),
        asio::detached);
    on.context.run();
    EXPECT_TRUE(done);
}

TEST(asio_static, a_deferred_operation_starts_more_than_once) {
    bed on;
    EXPECT_EQ(send_some(on.far, 1, 2), 2U);
    auto const receive = on.near->async_receive_batch(1);
    unsigned got = 0;
    for (int i = 0; i < 2; ++i) {
        auto again = receive;
        std::move(again)([&](boost_code ec, nmx::rx_batch batch) {
            got += !ec && batch.slot_count() == 1 ? 1 : 0;
            batch.release();
        });
        on.settle();
    }
    EXPECT_EQ(got, 2U);
}

TEST(asio_static, ports_live_in_thread_pools_and_strands) {
    asio::thread_pool pool{1};
    async_port port{asio::make_strand(pool), "vale" + fresh_name() + ":a"};
    auto done = port.async_wait_writable(1, asio::use_future);
    EXPECT_EQ(done.wait_for(patience), std::future_status::ready);
    pool.join();
}

TEST(asio_static, what_cannot_be_opened_throws) {
    asio::io_context context;
    EXPECT_THROW((async_port{context, "netmap:"}), nmx::port_spec_error);
    EXPECT_THROW((async_port{context, "netmap:eth0^^"}), nmx::port_spec_error);
    EXPECT_THROW((async_port{context, "netmap:no_such_interface0"}), nmx::error);
}

} // namespace

} // namespace netmapxx_tests
