// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file writer.hpp
 * The thread that writes full chunks out.
 */
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <system_error>
#include <vector>

#include "nm-capture/chunks.hpp"
#include "nm-capture/options.hpp"
#include "nm-capture/sink.hpp"

namespace netmapxx::apps::capture {

class writer {
  public:
    /** Borrows all of these; wakes `control` when writing fails. */
    writer(chunk_round& round, sink& to, run_control& control, file_format format,
           std::size_t interfaces)
        : round_(round), to_(to), control_(control), format_(format), lost_(interfaces) {}
    writer(writer const&) = delete;
    writer& operator=(writer const&) = delete;

    /** The thread's body: writes until the round is closed; after a failure only counts. */
    void run() noexcept;

    /** True once a write has failed; status() says why. */
    [[nodiscard]] bool failed() const noexcept { return failed_.load(std::memory_order_acquire); }
    [[nodiscard]] std::error_code status() const noexcept {
        return failed() ? status_ : std::error_code{};
    }

    /** Packets of each interface that did not reach the file; after run(). */
    [[nodiscard]] std::span<std::uint64_t const> lost() const noexcept { return lost_; }
    /** Bytes that reached it; after run(). */
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  private:
    void write(chunk const& c);
    void fail(chunk const& c, std::size_t done, std::error_code ec);
    std::size_t count(std::span<std::byte const> bytes, bool as_lost);

    chunk_round& round_;
    sink& to_;
    run_control& control_;
    file_format format_;
    std::vector<std::uint64_t> lost_;
    std::uint64_t bytes_ = 0;
    std::error_code status_;
    std::atomic<bool> failed_{false};
};

} // namespace netmapxx::apps::capture
