// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// One slot of a ring, and ranges of slots.
#ifndef NETMAPXX_SLOT_HPP
#define NETMAPXX_SLOT_HPP

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <ranges>
#include <span>
#include <system_error>
#include <utility>

#include <netmapxx/config.hpp>
#include <netmapxx/detail/ring_control.hpp>
#include <netmapxx/error.hpp>

namespace netmapxx::inline v1 {

/// @brief View of one slot and its buffer.
///
/// @snippet reference.cpp slot_view
///
/// @par Ownership A view: valid as long as the batch it came from.
/// @par Thread safety As its ring: one thread at a time.
/// @par Complexity Every member is O(1), without system call.
/// @since 0.1
class slot_view {
  public:
    /// A view of nothing; only assignment is allowed.
    slot_view() noexcept = default;

    /// The bytes in use, from the slot's offset on; never beyond the buffer.
    [[nodiscard]] std::span<std::byte> data() const noexcept {
        std::size_t const room = ctl_->capacity(*slot_);
        std::size_t const used = slot_->len;
        return {start(), used < room ? used : room};
    }

    /// All bytes that fit, from the slot's offset on; at most 65535.
    [[nodiscard]] std::span<std::byte> buffer() const noexcept {
        return {start(), ctl_->capacity(*slot_)};
    }

    /// Bytes in use as the slot says, which a faulty peer can set too high.
    [[nodiscard]] std::size_t length() const noexcept { return slot_->len; }

    /// Bytes that fit, from the slot's offset on; at most 65535, the longest a slot can say.
    [[nodiscard]] std::size_t capacity() const noexcept { return ctl_->capacity(*slot_); }

    /// @brief Sets the number of bytes in use; flags stay as they are.
    /// @param bytes 0..capacity(); more fails an assertion in debug builds
    /// @return false, with nothing changed, if `bytes` is too large
    bool set_length(std::size_t bytes) const noexcept {
        bool const fits = bytes <= ctl_->capacity(*slot_);
        NETMAPXX_ASSERT(fits && "length beyond the buffer");
        if (!fits) [[unlikely]]
            return false;
        slot_->len = static_cast<std::uint16_t>(bytes);
        return true;
    }

    /// @brief Makes the slot a packet of its own of that length: sets the
    ///        length and clears requests, chain mark included. A "buffer
    ///        changed" mark set by the port is kept, for zero-copy peers and
    ///        drivers rely on it.
    /// @param bytes 0..capacity(); more fails an assertion in debug builds
    /// @return false, with nothing changed, if `bytes` is too large
    bool prepare(std::size_t bytes) const noexcept {
        if (!set_length(bytes)) [[unlikely]]
            return false;
        put_flags(slot_->flags & NS_BUF_CHANGED);
        return true;
    }

    /// True if the buffer is not the one this program left here: refill it
    /// before reuse.
    [[nodiscard]] bool buffer_changed() const noexcept {
        return (slot_->flags & NS_BUF_CHANGED) != 0;
    }

    /// @brief Exchanges buffers (with their offsets) with a slot of the same
    ///        region and marks both changed. Lengths and other flags stay.
    /// @param other the other slot
    /// @return false, with nothing changed, if the regions differ
    bool exchange(slot_view other) const noexcept {
        if (ctl_->region != other.ctl_->region) [[unlikely]]
            return false;
        swap_buffers(other);
        put_flags(slot_->flags | NS_BUF_CHANGED);
        other.put_flags(other.slot_->flags | NS_BUF_CHANGED);
        return true;
    }

    /// @copydoc exchange(slot_view) const
    /// @param ec cleared, or `errc::region_mismatch`
    bool exchange(slot_view other, std::error_code& ec) const noexcept {
        bool const done = exchange(other);
        ec = done ? std::error_code{} : make_error_code(errc::region_mismatch);
        return done;
    }

    /// True if the packet goes on in the next slot.
    [[nodiscard]] bool more_fragments() const noexcept { return (slot_->flags & NS_MOREFRAG) != 0; }

    /// @brief Says whether the packet goes on in the next slot; call after prepare().
    /// @param more true for all slots of a packet but its last
    void set_more_fragments(bool more) const noexcept {
        put_flags(more ? slot_->flags | NS_MOREFRAG : slot_->flags & ~NS_MOREFRAG);
    }

    /// Tx: asks for a report of this slot's completion.
    void request_report() const noexcept { put_flags(slot_->flags | NS_REPORT); }

    /// Rx: marks the packet for the other side (host stack or NIC) in
    /// transparent mode.
    void forward_to_peer() const noexcept { put_flags(slot_->flags | NS_FORWARD); }

    /// @brief Tx on switch ports: sends from memory of the program instead of
    ///        the slot's buffer. Call after prepare().
    /// @param bytes must stay valid and unchanged until `tx_ring::pending()`
    ///        has passed the slot; at most 65535 bytes
    /// @return false, with nothing changed, if there are too many bytes, or if
    ///        the ring uses offsets
    bool set_indirect(std::span<std::byte const> bytes) const noexcept {
        if (bytes.size() > detail::max_length || ctl_->offset_mask != 0)
            return false;
        slot_->ptr = reinterpret_cast<std::uintptr_t>(bytes.data());
        slot_->len = static_cast<std::uint16_t>(bytes.size());
        put_flags(slot_->flags | NS_INDIRECT);
        return true;
    }

    /// Bytes between the buffer's start and the packet; 0 unless offsets are on.
    [[nodiscard]] std::size_t offset() const noexcept { return ctl_->offset(*slot_); }

    /// @brief Moves the packet's start inside the buffer (not its bytes).
    /// @param bytes offset from the buffer's start
    /// @return false, with nothing changed, unless the ring has offsets and the
    ///         value fits buffer and field
    bool set_offset(std::size_t bytes) const noexcept {
        std::uint64_t const mask = ctl_->offset_mask;
        if (bytes >= ctl_->buffer_size || (bytes & ~mask) != 0)
            return false;
        slot_->ptr = (slot_->ptr & ~mask) | bytes;
        return true;
    }

    /// Number of the buffer in its region.
    [[nodiscard]] std::uint32_t buffer_index() const noexcept { return slot_->buf_idx; }

    /// Flags as in the ABI (`NS_*`), for dumps.
    [[nodiscard]] std::uint16_t raw_flags() const noexcept { return slot_->flags; }

    /// False for a slot a faulty peer damaged: buffer number out of range, or
    /// a length beyond the buffer.
    [[nodiscard]] bool valid() const noexcept {
        return slot_->buf_idx >= 2 && slot_->buf_idx < ctl_->buffer_count &&
               slot_->len <= ctl_->capacity(*slot_);
    }

    /// @private
    slot_view(detail::ring_control* ctl, netmap_slot* slot) noexcept : ctl_(ctl), slot_(slot) {}
    /// @private
    void swap_buffers(slot_view other) const noexcept {
        std::swap(slot_->buf_idx, other.slot_->buf_idx);
        exchange_offsets(other);
    }
    /// @private
    [[nodiscard]] netmap_slot& raw() const noexcept { return *slot_; }
    /// @private
    [[nodiscard]] detail::ring_control& control() const noexcept { return *ctl_; }

  private:
    [[nodiscard]] std::byte* start() const noexcept {
        return ctl_->buffer(*slot_) + ctl_->offset(*slot_);
    }

    void put_flags(int flags) const noexcept { slot_->flags = static_cast<std::uint16_t>(flags); }

    void exchange_offsets(slot_view other) const noexcept {
        std::uint64_t const mask = ctl_->offset_mask;
        std::uint64_t const other_mask = other.ctl_->offset_mask;
        if ((mask | other_mask) == 0)
            return;
        std::uint64_t const mine = slot_->ptr & mask;
        slot_->ptr = (slot_->ptr & ~mask) | (other.slot_->ptr & other_mask & mask);
        other.slot_->ptr = (other.slot_->ptr & ~other_mask) | (mine & other_mask);
    }

    detail::ring_control* ctl_ = nullptr;
    netmap_slot* slot_ = nullptr;
};

/// @brief Random-access iterator over slots in ring order; yields `slot_view` by value.
/// @par Ownership A view: valid as long as the batch or packet it came from.
/// @par Thread safety As its ring: one thread at a time.
/// @since 0.1
class slot_iterator {
  public:
    using iterator_concept = std::random_access_iterator_tag; ///< C++20 strength
    using iterator_category = std::input_iterator_tag;        ///< proxies: input only before C++20
    using value_type = slot_view;                             ///< yielded by value
    using difference_type = std::ptrdiff_t;                   ///< slots

    /// A singular iterator.
    slot_iterator() noexcept = default;

    /// The slot here.
    [[nodiscard]] slot_view operator*() const noexcept { return {ctl_, ctl_->slots + pos_}; }
    /// @brief The slot further on.
    /// @param n by how many
    /// @return a view of it
    [[nodiscard]] slot_view operator[](difference_type n) const noexcept { return *(*this + n); }

    /// One slot on.
    slot_iterator& operator++() noexcept {
        ++offset_;
        pos_ = ctl_->next(pos_);
        return *this;
    }
    /// One slot on; gives the iterator as it was.
    slot_iterator operator++(int) noexcept {
        auto old = *this;
        ++*this;
        return old;
    }
    /// One slot back.
    slot_iterator& operator--() noexcept {
        --offset_;
        pos_ = (pos_ == 0 ? ctl_->size : pos_) - 1;
        return *this;
    }
    /// One slot back; gives the iterator as it was.
    slot_iterator operator--(int) noexcept {
        auto old = *this;
        --*this;
        return old;
    }
    /// Slots on.
    slot_iterator& operator+=(difference_type n) noexcept {
        offset_ += n;
        if (n != 0) // no ring, no steps
            pos_ = ctl_->advance(pos_, static_cast<std::uint32_t>(n < 0 ? n + ctl_->size : n));
        return *this;
    }
    /// Slots back.
    slot_iterator& operator-=(difference_type n) noexcept { return *this += -n; }
    /// An iterator `n` slots on.
    [[nodiscard]] friend slot_iterator operator+(slot_iterator it, difference_type n) noexcept {
        return it += n;
    }
    /// An iterator `n` slots on.
    [[nodiscard]] friend slot_iterator operator+(difference_type n, slot_iterator it) noexcept {
        return it += n;
    }
    /// An iterator `n` slots back.
    [[nodiscard]] friend slot_iterator operator-(slot_iterator it, difference_type n) noexcept {
        return it -= n;
    }
    /// Slots between two iterators of one range.
    [[nodiscard]] friend difference_type operator-(slot_iterator const& a,
                                                   slot_iterator const& b) noexcept {
        return a.offset_ - b.offset_;
    }
    /// Same place of one range.
    [[nodiscard]] friend bool operator==(slot_iterator const& a, slot_iterator const& b) noexcept {
        return a.offset_ == b.offset_;
    }
    /// Order within one range.
    [[nodiscard]] friend auto operator<=>(slot_iterator const& a, slot_iterator const& b) noexcept {
        return a.offset_ <=> b.offset_;
    }

    /// @private
    slot_iterator(detail::ring_control* ctl, std::uint32_t first, difference_type offset) noexcept
        : ctl_(ctl), pos_(first) {
        *this += offset;
    }

  private:
    detail::ring_control* ctl_ = nullptr;
    difference_type offset_ = 0; // from the first slot of the range
    std::uint32_t pos_ = 0;      // in the ring
};

/// @brief A number of consecutive slots of one ring.
/// @par Ownership A view: valid as long as the batch or packet it came from.
/// @par Thread safety As its ring: one thread at a time.
/// @since 0.1
class slot_range : public std::ranges::view_base {
  public:
    /// No slots.
    slot_range() noexcept = default;

    /// Iterator to the first slot.
    [[nodiscard]] slot_iterator begin() const noexcept { return {ctl_, first_, 0}; }
    /// Iterator behind the last slot.
    [[nodiscard]] slot_iterator end() const noexcept { return {ctl_, first_, count_}; }
    /// Number of slots.
    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    /// True without slots.
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    /// @brief One slot.
    /// @param i 0..size()-1
    /// @return a view of it
    [[nodiscard]] slot_view operator[](std::size_t i) const noexcept {
        NETMAPXX_ASSERT(i < count_);
        return {ctl_, ctl_->slots + ctl_->advance(first_, static_cast<std::uint32_t>(i))};
    }

    /// @private
    slot_range(detail::ring_control* ctl, std::uint32_t first, std::uint32_t count) noexcept
        : ctl_(ctl), first_(first), count_(count) {}

  private:
    detail::ring_control* ctl_ = nullptr;
    std::uint32_t first_ = 0;
    std::uint32_t count_ = 0;
};

} // namespace netmapxx::inline v1

template <> inline constexpr bool std::ranges::enable_borrowed_range<netmapxx::slot_range> = true;

#endif // NETMAPXX_SLOT_HPP
