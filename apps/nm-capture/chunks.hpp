// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file chunks.hpp
 * Pieces of the file to be, on their way from the capture to the writer.
 *
 * A fixed number of chunks goes round: the capture takes an empty one, fills it
 * and gives it to the writer, which gives it back empty. There is one thread on
 * each side, and what is done for each packet takes no lock.
 */
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "common/control.hpp"

namespace netmapxx::apps::capture {

/** Memory that holds whole blocks of the file. */
class chunk {
  public:
    explicit chunk(std::size_t capacity);

    [[nodiscard]] std::size_t room() const noexcept { return capacity_ - used_; }
    [[nodiscard]] bool empty() const noexcept { return used_ == 0; }
    [[nodiscard]] std::span<std::byte const> bytes() const noexcept {
        return {memory_.get(), used_};
    }
    /** Where the next block goes; after writing it, grow(). */
    [[nodiscard]] std::byte* end() noexcept { return memory_.get() + used_; }
    void grow(std::size_t bytes) noexcept { used_ += bytes; }
    void clear() noexcept { used_ = 0; }

  private:
    struct release {
        void operator()(std::byte* p) const noexcept;
    };

    std::unique_ptr<std::byte[], release> memory_; ///< aligned to a cache line
    std::size_t capacity_;
    std::size_t used_ = 0;
};

/** The round of all chunks; owns them. */
class chunk_round {
  public:
    /** `total` bytes of memory, in chunks that hold at least one block of `largest` bytes. */
    chunk_round(std::size_t total, std::size_t largest);

    /* The capture's side. */

    /** An empty chunk, or nullptr while the writer has them all. */
    [[nodiscard]] chunk* take_empty() noexcept;
    /** True if take_empty() would give one. */
    [[nodiscard]] bool has_empty() const noexcept {
        return empties_.load(std::memory_order_relaxed) != 0;
    }
    /** Waits until has_empty(), or until `deadline`. */
    void wait_empty(time_point deadline);
    void put_full(chunk* c);
    /** Nothing more will come. */
    void close();

    /* The writer's side. */

    /** The next chunk in order; nullptr when all have been taken and none will come. */
    [[nodiscard]] chunk* wait_full();
    void put_empty(chunk* c);

  private:
    std::vector<std::unique_ptr<chunk>> all_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<chunk*> empty_;
    std::deque<chunk*> full_;
    std::atomic<std::size_t> empties_{0};
    bool closed_ = false;
};

} // namespace netmapxx::apps::capture
