// SPDX-License-Identifier: BSD-2-Clause
#include "wire.hpp"

#include <memory>

#include "duel.hpp"
#include "packet_socket.hpp"
#include "port.hpp"
#include "port_traffic.hpp"

namespace bench {
namespace {

constexpr char const* near_end = "bench0";
constexpr char const* far_end = "bench1";

class sender {
  public:
    sender(end kind, std::size_t bytes, std::size_t batch) : bytes_(bytes), batch_(batch) {
        if (kind == end::packet_socket) {
            socket_ = std::make_unique<packet_sender>(near_end, bytes);
            return;
        }
        port_ = std::make_unique<port>(near_end);
        prefill(*port_, bytes);
    }

    std::uint64_t operator()() {
        return socket_ ? socket_->send(batch_) : send_batch(*port_, bytes_, batch_);
    }

  private:
    std::size_t bytes_, batch_;
    std::unique_ptr<packet_sender> socket_;
    std::unique_ptr<port> port_;
};

class receiver {
  public:
    explicit receiver(end kind) {
        if (kind == end::packet_socket)
            socket_ = std::make_unique<packet_receiver>(far_end);
        else
            port_ = std::make_unique<port>(far_end);
    }

    std::uint64_t operator()() {
        if (socket_)
            return socket_->receive(sum_);
        auto const n = receive(*port_, sum_);
        if (n == 0)
            port_->wait_rx(20);
        keep(sum_);
        return n;
    }

  private:
    std::uint64_t sum_ = 0;
    std::unique_ptr<packet_receiver> socket_;
    std::unique_ptr<port> port_;
};

} // namespace

rate wire_tx(end kind, std::size_t bytes, std::size_t batch, double seconds) {
    sender from(kind, bytes, batch);
    return {solo(seconds, from)};
}

rate wire_pair(end from, end to, std::size_t bytes, std::size_t batch, double seconds) {
    receiver b(to);
    sender a(from, bytes, batch);
    return {duel(seconds, a, b)};
}

} // namespace bench
