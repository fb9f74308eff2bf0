// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Extra buffers: memory of a region that lies in no ring.
#ifndef NETMAPXX_BUFFER_HPP
#define NETMAPXX_BUFFER_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include <netmapxx/config.hpp>
#include <netmapxx/packet.hpp>
#include <netmapxx/region.hpp>
#include <netmapxx/slot.hpp>

namespace netmapxx::inline v1 {

namespace detail {
class pool_state;
} // namespace detail

/// @brief Owner of one extra buffer.
///
/// Keeps a packet beyond the time of its ring:
/// @snippet reference.cpp buffer
///
/// @par Ownership Move only. Returns to its pool when destroyed; keeps the
///      memory mapped, but not the port open.
/// @par Thread safety Distinct buffers may be used and destroyed in distinct threads.
/// @since 0.1
class NETMAPXX_EXPORT buffer {
  public:
    /// No buffer.
    buffer() noexcept = default;
    /// Takes the buffer over; `other` is no buffer then.
    buffer(buffer&& other) noexcept
        : pool_(std::move(other.pool_)), index_(std::exchange(other.index_, 0)),
          length_(std::exchange(other.length_, 0)) {}
    /// Gives the own buffer back and takes the other over.
    buffer& operator=(buffer&& other) noexcept {
        if (this != &other) {
            reset();
            pool_ = std::move(other.pool_);
            index_ = std::exchange(other.index_, 0);
            length_ = std::exchange(other.length_, 0);
        }
        return *this;
    }
    buffer(buffer const&) = delete;
    buffer& operator=(buffer const&) = delete;
    /// Gives the buffer back, from any thread.
    ~buffer() { reset(); }

    /// True unless this is no buffer.
    [[nodiscard]] explicit operator bool() const noexcept { return pool_ != nullptr; }
    /// The whole buffer; empty for no buffer.
    [[nodiscard]] std::span<std::byte> storage() const noexcept;
    /// The bytes in use: what set_length() said, or the packet that exchange() took.
    [[nodiscard]] std::span<std::byte> data() const noexcept;
    /// Bytes in use.
    [[nodiscard]] std::size_t length() const noexcept { return length_; }
    /// @brief Says how many bytes are in use.
    /// @param bytes 0..storage().size()
    /// @return false, with nothing changed, if that is more than the buffer holds
    bool set_length(std::size_t bytes) noexcept;
    /// Number of the buffer in its region; 0 for no buffer.
    [[nodiscard]] std::uint32_t index() const noexcept { return index_; }

    /// @brief Puts this buffer into a slot of the same region and keeps the
    ///        slot's former one, with its length; the slot is marked changed,
    ///        its own length and flags stay.
    /// @param slot a slot of a live batch
    /// @return false, with nothing changed, if regions differ, this is no
    ///         buffer, or the slot's packet does not begin at offset 0
    /// @par Complexity O(1), without system call.
    bool exchange(slot_view slot) noexcept;

    /// Gives the buffer back now.
    void reset() noexcept;

    /// @private
    buffer(std::shared_ptr<detail::pool_state> pool, std::uint32_t index) noexcept;

  private:
    std::shared_ptr<detail::pool_state> pool_;
    std::uint32_t index_ = 0;
    std::uint32_t length_ = 0;
};

/// @brief The extra buffers of one port.
/// @par Ownership Part of its port; use it by reference, and not after the port closed.
/// @par Thread safety try_allocate() by one thread at a time; buffers return
///      from any thread.
/// @since 0.1
class NETMAPXX_EXPORT buffer_pool {
  public:
    /// Buffers granted, which may be fewer than asked for.
    [[nodiscard]] std::size_t capacity() const noexcept;
    /// Buffers that can be allocated now.
    [[nodiscard]] std::size_t available() const noexcept;
    /// @brief A free buffer, or no buffer if all are in use.
    /// @par Ownership The caller's; it goes back to this pool when destroyed.
    /// @par Complexity O(1), without system call.
    [[nodiscard]] buffer try_allocate() noexcept;
    /// @brief Keeps a received packet: by exchange if possible, else by copy.
    /// @param packet one whose slots are not yet released; not longer than a buffer
    /// @return the packet, or no buffer if there is none or it does not fit
    /// @par Ownership The caller's; it goes back to this pool when destroyed.
    /// @par Complexity O(1) by exchange, linear in bytes by copy.
    [[nodiscard]] buffer try_keep(packet_view packet) noexcept;

    buffer_pool(buffer_pool const&) = delete;
    buffer_pool& operator=(buffer_pool const&) = delete;
    buffer_pool(buffer_pool&&) = delete;
    buffer_pool& operator=(buffer_pool&&) = delete;
    /// Goes with its port; buffers still alive become orphans.
    ~buffer_pool();

    /// @private
    explicit buffer_pool(std::shared_ptr<detail::pool_state> state) noexcept;
    /// @private
    [[nodiscard]] detail::pool_state& state() noexcept { return *state_; }

  private:
    std::shared_ptr<detail::pool_state> state_;
};

} // namespace netmapxx::inline v1

#endif // NETMAPXX_BUFFER_HPP
