// SPDX-License-Identifier: BSD-2-Clause
#include "asio.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <netmapxx/asio/port.hpp>

#include "duel.hpp"

namespace bench {

namespace {

namespace asio = boost::asio;
namespace nmx = netmapxx;
using clock_type = std::chrono::steady_clock;

using executor = asio::io_context::executor_type;
using awaiting = asio::use_awaitable_t<executor>::executor_with_default<executor>;
using callback_port = nmx::async::basic_port<executor>;
using awaited_port = nmx::async::basic_port<awaiting>;

/// A pipe, and a thread that keeps it full of frames of 60 bytes.
class full_pipe {
  public:
    full_pipe() {
        static std::atomic<unsigned> count{0};
        std::string const name = "netmap:bench" + std::to_string(count++);
        nmx::open_options const options{
            .backend = nmx::backend_kind::embedded, .tx_slots = 1024, .rx_slots = 1024};
        far_ = nmx::port{name + "{1", options};
        near = nmx::port{name + "}1", options};
        sender_ = std::jthread{[this](std::stop_token const& stop) { send(stop); }};
    }

    nmx::port near;

  private:
    void send(std::stop_token const& stop) {
        while (!stop.stop_requested()) {
            auto batch = far_.tx_rings()[0].reserve();
            for (auto const slot : batch)
                slot.prepare(60);
            batch.commit(batch.size());
            far_.sync_tx();
        }
    }

    nmx::port far_;
    std::jthread sender_;
};

/// Counts packets for a while.
class tally {
  public:
    explicit tally(double seconds) : length_(seconds) {}

    /// Looks at each packet. False when the time is over.
    bool take(nmx::rx_batch batch) {
        for (nmx::packet_view const packet : batch) {
            bytes_ += packet.size();
            sum_ += std::to_integer<unsigned>(packet.front()[0]);
            ++packets_;
        }
        if (++batches_ % 64 != 0)
            return true;
        auto const now = clock_type::now();
        if (begin_ == clock_type::time_point{}) {
            begin_ = now;
            packets_ = 0;
        }
        end_ = now;
        return end_ - begin_ < length_;
    }
    [[nodiscard]] rate result() const {
        keep(sum_);
        keep(bytes_);
        return {static_cast<double>(packets_) /
                std::chrono::duration<double>(end_ - begin_).count()};
    }

  private:
    std::chrono::duration<double> length_;
    clock_type::time_point begin_, end_;
    std::uint64_t packets_ = 0, batches_ = 0, bytes_ = 0, sum_ = 0;
};

void again(callback_port& port, std::size_t batch_size, tally& count) {
    port.async_receive_batch(batch_size, [&port, batch_size, &count](auto ec, nmx::rx_batch batch) {
        if (ec)
            return;
        bool const go_on = count.take(batch);
        batch.release();
        if (go_on)
            again(port, batch_size, count);
    });
}

asio::awaitable<void, executor> loop(awaited_port& port, std::size_t batch_size, tally& count) {
    for (bool go_on = true; go_on;) {
        auto batch = co_await port.async_receive_batch(batch_size);
        go_on = count.take(batch);
        batch.release();
    }
}

} // namespace

rate receive_blocking(std::size_t batch_size, double seconds) {
    full_pipe pipe;
    tally count{seconds};
    for (bool go_on = true; go_on;) {
        (void)pipe.near.wait_readable();
        for (nmx::rx_ring const ring : pipe.near.rx_rings()) {
            auto batch = ring.peek(batch_size);
            go_on = count.take(batch) && go_on;
            batch.release();
        }
    }
    return count.result();
}

rate receive_callback(std::size_t batch_size, double seconds) {
    full_pipe pipe;
    tally count{seconds};
    asio::io_context context{1};
    callback_port port{context, std::move(pipe.near)};
    again(port, batch_size, count);
    context.run();
    return count.result();
}

rate receive_coroutine(std::size_t batch_size, double seconds) {
    full_pipe pipe;
    tally count{seconds};
    asio::io_context context{1};
    awaited_port port{context, std::move(pipe.near)};
    asio::co_spawn(context.get_executor(), loop(port, batch_size, count), asio::detached);
    context.run();
    return count.result();
}

} // namespace bench
