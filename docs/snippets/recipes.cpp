// SPDX-License-Identifier: BSD-2-Clause
// The figures of the page on performance, for this machine: processor time of
// one thread per packet, so that other programs on it matter little.
#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>
#include <vector>

#include <fmt/format.h>

#include <netmapxx/netmapxx.hpp>

namespace {

namespace nmx = netmapxx;

constexpr std::size_t packets_each = 400'000;
constexpr int rounds = 7;

double thread_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e9 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec);
}

/// Median of several rounds, in ns a packet.
template <class Step> double measure(Step&& step) {
    std::array<double, rounds> results{};
    for (double& result : results) {
        double const begin = thread_ns();
        std::size_t done = 0;
        while (done < packets_each)
            done += step();
        result = (thread_ns() - begin) / static_cast<double>(done);
    }
    std::ranges::sort(results);
    return results[rounds / 2];
}

/// Sends `batch` packets from one port to the other, and receives them: two syncs.
struct round_trip {
    nmx::port& from;
    nmx::port& to;
    std::size_t batch;
    std::vector<std::byte> frame;
    bool fill;

    std::size_t operator()() {
        auto slots = from.tx_rings()[0].reserve(batch);
        if (fill) {
            while (slots.append(frame)) {
            }
            slots.commit();
        } else {
            for (auto const slot : slots)
                slot.prepare(frame.size());
            slots.commit(slots.size());
        }
        from.sync_tx();
        to.sync_rx();
        return to.rx_rings()[0].consume([](nmx::packet_view) {});
    }
};

void batch_sizes() {
    fmt::print("| batch | pipe | switch |\n|---|---|---|\n");
    for (std::size_t const batch : {1U, 8U, 64U, 512U}) {
        nmx::port left{"netmap:recipe{1"};
        nmx::port right{"netmap:recipe}1"};
        nmx::port a{"vale0:a"};
        nmx::port b{"vale0:b"};
        std::vector<std::byte> const frame(60, std::byte{0xff});
        fmt::print("| {} | {:.0f} ns | {:.0f} ns |\n", batch,
                   measure(round_trip{left, right, batch, frame, true}),
                   measure(round_trip{a, b, batch, frame, true}));
    }
}

/// Moves packets from one pipe to another of the same region, in a batch of 256.
double forwarding(std::size_t bytes, nmx::transfer_mode mode) {
    nmx::port in{"netmap:first{1"};
    nmx::port from{"netmap:first}1"};
    nmx::port to{"netmap:second{1", {.share = from.memory()}};
    nmx::port out{"netmap:second}1"};
    std::vector<std::byte> const frame(bytes, std::byte{0xff});
    double total = 0;
    std::size_t done = 0;
    while (done < packets_each) {
        auto batch = in.tx_rings()[0].reserve(256);
        for (auto const slot : batch)
            slot.prepare(bytes);
        batch.commit(batch.size());
        in.sync_tx();
        from.sync_rx();
        double const begin = thread_ns();
        done +=
            nmx::forward(from.rx_rings()[0], to.tx_rings()[0], 256, nmx::pass_all{}, mode).packets;
        total += thread_ns() - begin;
        from.sync_rx();
        to.sync_tx();
        out.sync_rx();
        out.rx_rings()[0].peek().release();
        out.sync_rx();
        to.sync_tx();
        in.sync_tx();
    }
    return total / static_cast<double>(done);
}

void exchange_or_copy() {
    fmt::print("\n| bytes | exchange | copy |\n|---|---|---|\n");
    for (std::size_t const bytes : {60U, 512U, 1514U})
        fmt::print("| {} | {:.1f} ns | {:.1f} ns |\n", bytes,
                   forwarding(bytes, nmx::transfer_mode::exchange_only),
                   forwarding(bytes, nmx::transfer_mode::copy_only));
}

} // namespace

int main() try {
    ::setenv("NETMAPXX_BACKEND", "embedded", 0);
    batch_sizes();
    exchange_or_copy();
} catch (nmx::error const& e) {
    fmt::print(stderr, "error: {}\n  hint: {}\n", e.what(), e.hint());
    return 1;
}
