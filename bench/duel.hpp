// SPDX-License-Identifier: BSD-2-Clause
// A while of work, counted: of one thread, or of two of which one produces and
// one consumes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace bench {

/// Keeps the optimiser from dropping a result.
template <class T> void keep(T const& value) {
    asm volatile("" : : "r,m"(value) : "memory");
}

/// Runs work() (which returns how much it did) for about `seconds`; returns how
/// much a second.
template <class Work> double solo(double seconds, Work&& work) {
    using clock = std::chrono::steady_clock;
    std::uint64_t did = 0;
    auto const begin = clock::now();
    auto now = begin;
    while (now - begin < std::chrono::duration<double>(seconds)) {
        for (int i = 0; i < 64; ++i)
            did += work();
        now = clock::now();
    }
    return static_cast<double>(did) / std::chrono::duration<double>(now - begin).count();
}

/// Runs produce() in a thread and consume() (which returns how many it got) in
/// this one, for about `seconds`; returns packets consumed per second.
template <class Produce, class Consume>
double duel(double seconds, Produce&& produce, Consume&& consume) {
    using clock = std::chrono::steady_clock;
    std::atomic<bool> stop{false};
    std::thread producer([&] {
        while (!stop.load(std::memory_order_relaxed))
            produce();
    });
    while (consume() == 0)
        ; // both threads run, the first packets have arrived
    std::uint64_t got = 0;
    auto const begin = clock::now();
    auto now = begin;
    while (now - begin < std::chrono::duration<double>(seconds)) {
        for (int i = 0; i < 64; ++i)
            got += consume();
        now = clock::now();
    }
    stop = true;
    producer.join();
    return static_cast<double>(got) / std::chrono::duration<double>(now - begin).count();
}

} // namespace bench
