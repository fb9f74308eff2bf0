// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file capturer.hpp
 * The capture's thread: serves all sources, and sleeps when none has packets.
 */
#pragma once

#include <atomic>
#include <deque>
#include <exception>
#include <string>

#include "common/env.hpp"
#include "common/messages.hpp"
#include "common/trouble.hpp"
#include "nm-capture/source.hpp"

namespace netmapxx::apps::capture {

class capturer {
  public:
    /** Borrows all of these. */
    capturer(options const& o, app_env& env, messages& say, chunk_round& round,
             std::uint64_t file_size)
        : opts_(o), env_(env), say_(say), round_(round), recorder_(round, o, file_size),
          trouble_(say) {}
    capturer(capturer const&) = delete;
    capturer& operator=(capturer const&) = delete;

    void add_source(target const& t, port p);

    /** The thread's body: captures until stop() or a limit, and keeps what was thrown. */
    void run() noexcept;
    void stop() noexcept { stop_.store(true, std::memory_order_relaxed); }
    /** Asks for counters in the file; the control is woken when they are there. */
    void request_statistics() noexcept { wanted_.fetch_add(1, std::memory_order_relaxed); }
    [[nodiscard]] bool statistics_done() const noexcept {
        return made_.load(std::memory_order_acquire) == wanted_.load(std::memory_order_relaxed);
    }

    /** True when run() is over. */
    [[nodiscard]] bool ended() const noexcept { return ended_.load(std::memory_order_acquire); }
    /** Only after ended(), as below. */
    [[nodiscard]] std::exception_ptr failure() const noexcept { return failure_; }
    /** True if a limit of packets or bytes was reached. */
    [[nodiscard]] bool enough() const noexcept { return recorder_.enough(); }

    [[nodiscard]] std::size_t sources() const noexcept { return sources_.size(); }
    [[nodiscard]] source const& at(std::size_t i) const { return sources_[i]; }

  private:
    void work();
    [[nodiscard]] source::progress serve_all();
    [[nodiscard]] source::progress serve(source& s);
    void sleep_until_work();
    [[nodiscard]] bool arm_and_look();
    void poll_handles();
    void check_alive();
    void lose(source& s);
    void try_reopen(source& s, time_point now);
    void do_chores();
    void write_statistics(std::string const& comment, source const* only);
    void finish();

    options const& opts_;
    app_env& env_;
    messages& say_;
    chunk_round& round_;
    recorder recorder_;
    trouble_limit trouble_;
    std::deque<source> sources_;
    time_point next_chores_{};
    time_point next_statistics_{};
    std::atomic<unsigned> wanted_{0};
    std::atomic<unsigned> made_{0};
    std::atomic<bool> stop_{false};
    std::atomic<bool> ended_{false};
    std::exception_ptr failure_;
};

} // namespace netmapxx::apps::capture
