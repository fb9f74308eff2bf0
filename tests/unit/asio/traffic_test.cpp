// SPDX-License-Identifier: BSD-2-Clause
// Many packets through coroutines and callbacks: none lost, none twice, in order.
#include <cstdlib>
#include <random>
#include <string_view>
#include <thread>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "bed.hpp"
#include "tokens.hpp"

namespace netmapxx_tests {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool slow_build = true;
#else
constexpr bool slow_build = false;
#endif

/// Fewer where each one takes long: under sanitizers, and on the device of an emulated machine.
[[nodiscard]] std::uint64_t many() {
    char const* const backend = std::getenv("NETMAPXX_BACKEND");
    bool const device = backend != nullptr && std::string_view{backend} == "device";
    return slow_build || device ? 40'000 : 1'000'000;
}

/// Numbers that are to come in order.
struct order {
    std::uint64_t next = 0;
    std::uint64_t wrong = 0;

    void see(std::uint64_t number) {
        wrong += number == next ? 0 : 1;
        ++next;
    }
};

asio::awaitable<void> send_all(nmx::async_port& port, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
        auto const packet = numbered(i);
        co_await port.async_send(asio::buffer(packet), asio::use_awaitable);
    }
    co_await port.async_flush(asio::use_awaitable);
}

asio::awaitable<void> receive_all(nmx::async_port& port, std::uint64_t count, order& seen) {
    while (seen.next < count) {
        auto batch = co_await port.async_receive_batch(64, asio::use_awaitable);
        for (nmx::packet_view const packet : batch)
            seen.see(number_of(packet));
        batch.release();
        if (seen.next == count)
            port.sync_rx(); // the sender waits for these slots
    }
}

struct ends {
    ends() : name(fresh_name()) {}
    [[nodiscard]] nmx::port left() const {
        return nmx::port{"netmap:" + name + "{1", {.tx_slots = 128, .rx_slots = 128}};
    }
    [[nodiscard]] nmx::port right() const { return nmx::port{"netmap:" + name + "}1"}; }
    std::string name;
};

TEST(asio_traffic, S56_in_one_thread) {
    asio::io_context context{1};
    ends const pipe;
    nmx::async_port from{context, pipe.left()};
    nmx::async_port to{context, pipe.right()};
    order seen;
    asio::co_spawn(context, send_all(from, many()), asio::detached);
    asio::co_spawn(context, receive_all(to, many(), seen), asio::detached);
    context.run();
    EXPECT_EQ(seen.next, many());
    EXPECT_EQ(seen.wrong, 0U);
}

// Four threads run one context; each port and its coroutine have a strand.
TEST(asio_traffic, S56_in_four_threads) {
    asio::io_context context;
    std::array<ends, 2> const pipes;
    std::vector<std::unique_ptr<nmx::async_port>> ports;
    std::array<order, 2> seen;
    for (std::size_t i = 0; i < pipes.size(); ++i) {
        auto const one = asio::make_strand(context), other = asio::make_strand(context);
        auto& from =
            *ports.emplace_back(std::make_unique<nmx::async_port>(one, pipes.at(i).left()));
        auto& to =
            *ports.emplace_back(std::make_unique<nmx::async_port>(other, pipes.at(i).right()));
        asio::co_spawn(one, send_all(from, many() / 4), asio::detached);
        asio::co_spawn(other, receive_all(to, many() / 4, seen.at(i)), asio::detached);
    }
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] { context.run(); });
    threads.clear();
    for (auto const& s : seen) {
        EXPECT_EQ(s.next, many() / 4);
        EXPECT_EQ(s.wrong, 0U);
    }
}

// Per-ring ports, each in a thread and context of its own.
TEST(asio_traffic, ring_by_ring_in_threads) {
    std::string const sw = "vale" + fresh_name();
    auto receivers = nmx::port::open_per_ring(nmx::port_spec{sw + ":r@conf:rings=2,slots=256"});
    ASSERT_EQ(receivers.size(), 2U);
    constexpr std::uint64_t count = 2000;
    std::atomic<std::uint64_t> got{0};
    std::vector<std::unique_ptr<asio::io_context>> contexts;
    std::vector<std::unique_ptr<nmx::async_port>> ports;
    for (auto& port : receivers) {
        auto& context = *contexts.emplace_back(std::make_unique<asio::io_context>(1));
        auto& mine =
            *ports.emplace_back(std::make_unique<nmx::async_port>(context, std::move(port)));
        asio::co_spawn(
            context,
            [](nmx::async_port& from, std::atomic<std::uint64_t>& sum) -> asio::awaitable<void> {
                for (;;) {
                    auto [ec, batch] =
                        co_await from.async_receive_batch(32, asio::as_tuple(asio::use_awaitable));
                    if (ec)
                        co_return;
                    sum += batch.slot_count();
                    batch.release();
                }
            }(mine, got),
            asio::detached);
    }
    std::vector<std::jthread> threads;
    for (auto& context : contexts)
        threads.emplace_back([&context] { context->run(); });
    nmx::port source{sw + ":s@conf:rings=2,slots=256"};
    std::uint64_t sent = 0;
    auto const end = std::chrono::steady_clock::now() + patience;
    while (sent < count && std::chrono::steady_clock::now() < end) {
        if (got + 100 < sent)
            std::this_thread::yield(); // a switch drops what does not fit
        else
            sent += send_some(source, sent, 50);
    }
    while (got < sent && std::chrono::steady_clock::now() < end)
        std::this_thread::yield();
    EXPECT_EQ(got, sent);
    for (std::size_t i = 0; i < ports.size(); ++i)
        asio::post(*contexts[i], [&, i] { ports[i]->close(); });
    threads.clear();
}

// Operations of both sides are cancelled at random moments, in all three ways.
TEST(asio_traffic, S57_cancellation_loses_and_doubles_nothing) {
    bed on;
    std::mt19937 random{4711};
    constexpr std::uint64_t count = 3000;
    std::array const kinds{asio::cancellation_type::terminal, asio::cancellation_type::partial,
                           asio::cancellation_type::total};
    std::uint64_t offered = 0, aborted = 0;
    order seen, echoed;
    std::uint64_t echo = 0;
    while (seen.next < count || echo < count) {
        asio::cancellation_signal stop_rx, stop_tx;
        bool rx_done = false, tx_done = false;
        auto const packet = numbered(echo);
        on.near->async_receive_batch(
            1 + random() % 4,
            asio::bind_cancellation_slot(stop_rx.slot(), [&](boost_code ec, nmx::rx_batch batch) {
                for (nmx::packet_view const p : batch)
                    seen.see(number_of(p));
                batch.release();
                aborted += ec ? 1 : 0;
                rx_done = true;
            }));
        on.near->async_send(
            asio::buffer(packet),
            asio::bind_cancellation_slot(stop_tx.slot(), [&](boost_code ec, std::size_t) {
                echo += ec ? 0 : 1;
                aborted += ec ? 1 : 0;
                tx_done = true;
            }));
        while (!rx_done || !tx_done) {
            switch (random() % 6) {
            case 0:
                stop_rx.emit(kinds.at(random() % 3));
                break;
            case 1:
                stop_tx.emit(kinds.at(random() % 3));
                break;
            case 2:
                offered += send_some(on.far, offered, 1 + random() % 5);
                break;
            case 3:
                for (auto const number : drain(on.far))
                    echoed.see(number);
                break;
            default:
                on.context.restart();
                on.context.poll_one();
            }
        }
    }
    on.near->sync_tx();
    for (auto const number : drain(on.far))
        echoed.see(number);
    EXPECT_EQ(seen.wrong, 0U);
    EXPECT_EQ(echoed.next, echo);
    EXPECT_EQ(echoed.wrong, 0U);
    EXPECT_GT(aborted, 100U);
}

// The port lives in the frame of a coroutine that dies with its context.
TEST(asio_traffic, S58_a_context_takes_its_coroutines_ports_along) {
    ends const pipe;
    {
        asio::io_context context;
        asio::co_spawn(
            context,
            [](nmx::port plain) -> asio::awaitable<void> {
                using namespace asio::experimental::awaitable_operators;
                nmx::async_port port{co_await asio::this_coro::executor, std::move(plain)};
                (void)fill(port.lowest_port());
                co_await (port.async_wait_readable(asio::use_awaitable) &&
                          port.async_wait_writable(1, asio::use_awaitable));
            }(pipe.left()),
            asio::detached);
        context.poll();
    }
    EXPECT_TRUE(pipe.left().is_open()) << "closed, so it can be opened again";
}

} // namespace

} // namespace netmapxx_tests
