// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file traffic.hpp
 * Packets, and peers that exchange them with the programs under test.
 */
#pragma once

#include <algorithm>
#include <chrono>
#include <random>
#include <string_view>
#include <vector>

#include <netmapxx/port.hpp>

#include "support.hpp"

namespace netmapxx::apps::test {

using bytes = std::vector<std::byte>;

[[nodiscard]] inline port open_end(std::string_view spec) {
    return port(spec, {.backend = backend_kind::embedded});
}

/** Packets of all sizes up to several buffers, each different, reproducible. */
[[nodiscard]] inline std::vector<bytes> make_packets(std::size_t count, unsigned seed,
                                                     std::size_t largest = 1600) {
    std::mt19937 random(seed);
    std::vector<bytes> packets(count);
    for (auto& p : packets) {
        p.resize(60 + random() % (largest - 59));
        std::ranges::generate(p, [&] { return static_cast<std::byte>(random()); });
    }
    return packets;
}

/** A peer that sends what it has and receives what comes, never blocking. */
class peer {
  public:
    explicit peer(std::string_view spec) : port_(open_end(spec)) {}

    void send(std::vector<bytes> const& packets) {
        packets_ = &packets;
        next_ = 0;
    }
    /** One round; true if all is sent. */
    bool work() {
        while (packets_ != nullptr && next_ < packets_->size() && port_.inject((*packets_)[next_]))
            ++next_;
        port_.sync_tx();
        port_.sync_rx();
        for (auto const ring : port_.rx_rings())
            ring.consume([&](packet_view p) {
                bytes& b = received.emplace_back(p.size());
                p.copy_to(b);
            });
        port_.sync_rx(); // gives the slots back, so that the bridge can end its drain
        return packets_ == nullptr || next_ == packets_->size();
    }
    [[nodiscard]] std::size_t sent() const { return next_; }
    port& ends() { return port_; }

    std::vector<bytes> received;

  private:
    port port_;
    std::vector<bytes> const* packets_ = nullptr;
    std::size_t next_ = 0;
};

/** Calls `step` until it is true; false when patience is over. */
template <class Step> [[nodiscard]] bool until(Step const& step) {
    auto const end = std::chrono::steady_clock::now() + patience;
    while (!step())
        if (std::chrono::steady_clock::now() > end)
            return false;
    return true;
}

} // namespace netmapxx::apps::test
