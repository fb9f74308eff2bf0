// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// The extra buffers of a port. Free ones are threaded through their own first
/// four bytes, as the core's list is: a private list for the port's thread, and
/// a list that any thread pushes onto and the port's thread takes as a whole,
/// so that no entry can come back between a look and an exchange.
#ifndef NETMAPXX_POOL_STATE_HPP
#define NETMAPXX_POOL_STATE_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "region_state.hpp"

namespace netmapxx::inline v1::detail {

/// Shared by a port and its live buffers.
class pool_state {
  public:
    explicit pool_state(std::shared_ptr<region_state> memory) noexcept
        : memory_(std::move(memory)) {}

    /// Takes over the core's list: at most `granted` buffers from `head` on.
    void adopt(std::uint32_t head, std::uint32_t granted) noexcept;
    /// Ends the pool: returns the head of a list of all free buffers, for the
    /// core; what comes back later is an orphan.
    [[nodiscard]] std::uint32_t close() noexcept;

    /// A free buffer, or 0. By one thread at a time.
    [[nodiscard]] std::uint32_t take() noexcept;
    /// Returns a buffer. By any thread.
    void give(std::uint32_t index) noexcept;

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] std::size_t outstanding() const noexcept {
        return outstanding_.load(std::memory_order_acquire);
    }
    [[nodiscard]] region_state& memory() const noexcept { return *memory_; }
    [[nodiscard]] std::byte* address(std::uint32_t index) const noexcept {
        return memory_->buffers() + std::size_t{index} * memory_->buffer_size();
    }

  private:
    static constexpr std::uint32_t closed = ~std::uint32_t{0};

    [[nodiscard]] std::uint32_t next(std::uint32_t index) const noexcept;
    void set_next(std::uint32_t index, std::uint32_t to) const noexcept;
    [[nodiscard]] bool valid(std::uint32_t index) const noexcept {
        return index >= 2 && index < memory_->buffer_count();
    }

    std::shared_ptr<region_state> memory_;
    std::size_t capacity_ = 0;
    std::uint32_t free_ = 0;
    std::atomic<std::uint32_t> returned_{0};
    std::atomic<std::size_t> outstanding_{0};
};

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_POOL_STATE_HPP
