// SPDX-License-Identifier: BSD-2-Clause
// A coroutine on either port of a switch: one sends, the other receives.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <exception>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <netmapxx/asio/port.hpp>
#include <netmapxx/netmapxx.hpp>

namespace {

namespace asio = boost::asio;
namespace nmx = netmapxx;

constexpr int wanted = 10;

asio::awaitable<void> send(nmx::async_port& port) {
    std::array<std::byte, 60> frame{};
    std::fill_n(frame.begin(), 6, std::byte{0xff});
    frame[6] = std::byte{0x02};
    for (int i = 0; i < wanted; ++i)
        co_await port.async_send(asio::buffer(frame), asio::use_awaitable);
}

asio::awaitable<void> receive(nmx::async_port& port, int& received) {
    while (received < wanted) {
        auto batch = co_await port.async_receive_batch(256, asio::use_awaitable);
        for (nmx::packet_view const packet : batch)
            received += packet.size() == 60 ? 1 : 0;
        batch.release();
    }
}

void rethrow(std::exception_ptr failure) {
    if (failure)
        std::rethrow_exception(failure);
}

} // namespace

int main() {
    asio::io_context context;
    nmx::async_port a{context, "vale0:a"};
    nmx::async_port b{context, "vale0:b"};
    int received = 0;
    asio::co_spawn(context, receive(b, received), rethrow);
    asio::co_spawn(context, send(a), rethrow);
    context.run();
    std::printf("received %d\n", received);
    return 0;
}
