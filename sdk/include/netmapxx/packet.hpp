// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// One received packet: one slot, or a chain of up to 64.
#ifndef NETMAPXX_PACKET_HPP
#define NETMAPXX_PACKET_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <ranges>
#include <span>

#include <netmapxx/config.hpp>
#include <netmapxx/slot.hpp>

namespace netmapxx::inline v1 {

/// @brief Most slots a packet may span.
/// @since 0.1
inline constexpr std::size_t max_fragments = NETMAP_MAX_FRAGS;

/// @brief The pieces of a packet in order: a forward range of
///        `std::span<std::byte const>`.
/// @par Ownership A view: valid as long as the packet's batch.
/// @par Thread safety As its ring: one thread at a time.
/// @since 0.1
class fragment_range : public std::ranges::view_base {
  public:
    /// @brief Forward iterator over pieces.
    /// @par Ownership A view: valid as long as the packet's batch.
    /// @par Thread safety As its ring: one thread at a time.
    /// @since 0.1
    class iterator {
      public:
        using iterator_concept = std::forward_iterator_tag; ///< C++20 strength
        using iterator_category = std::input_iterator_tag;  ///< proxies
        using value_type = std::span<std::byte const>;      ///< yielded by value
        using difference_type = std::ptrdiff_t;             ///< pieces

        /// A singular iterator.
        iterator() noexcept = default;
        /// The piece here.
        [[nodiscard]] value_type operator*() const noexcept { return (*at_).data(); }
        /// On to the next piece.
        iterator& operator++() noexcept {
            ++at_;
            return *this;
        }
        /// On to the next piece; gives the iterator as it was.
        iterator operator++(int) noexcept {
            auto old = *this;
            ++at_;
            return old;
        }
        /// Same place of the same packet.
        friend bool operator==(iterator const& a, iterator const& b) noexcept = default;

        /// @private
        explicit iterator(slot_iterator at) noexcept : at_(at) {}

      private:
        slot_iterator at_;
    };

    /// No pieces.
    fragment_range() noexcept = default;
    /// Iterator to the first piece.
    [[nodiscard]] iterator begin() const noexcept { return iterator{slots_.begin()}; }
    /// Iterator behind the last piece.
    [[nodiscard]] iterator end() const noexcept { return iterator{slots_.end()}; }
    /// Number of pieces.
    [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }

    /// @private
    explicit fragment_range(slot_range slots) noexcept : slots_(slots) {}

  private:
    slot_range slots_;
};

/// @brief View of one received packet.
///
/// @snippet reference.cpp packet_view
///
/// @par Ownership A view: valid as long as the batch it came from.
/// @par Thread safety As its ring: one thread at a time.
/// @since 0.1
class packet_view {
  public:
    /// A view of nothing; only assignment is allowed.
    packet_view() noexcept = default;

    /// Total bytes of all fragments, 0 included.
    [[nodiscard]] std::size_t size() const noexcept { return bytes_; }
    /// Slots the packet spans, 1..64.
    [[nodiscard]] std::size_t fragment_count() const noexcept { return count_; }
    /// True if the packet lies in one slot.
    [[nodiscard]] bool contiguous() const noexcept { return count_ == 1; }
    /// The bytes of the first slot.
    [[nodiscard]] std::span<std::byte const> front() const noexcept { return first_slot().data(); }
    /// The bytes of the first slot, for editing in place.
    [[nodiscard]] std::span<std::byte> mutable_front() const noexcept {
        return first_slot().data();
    }
    /// The pieces in order.
    [[nodiscard]] fragment_range fragments() const noexcept { return fragment_range{slots()}; }
    /// The slots in order.
    [[nodiscard]] slot_range slots() const noexcept {
        return {ctl_, static_cast<std::uint32_t>(first_ - ctl_->slots), count_};
    }

    /// @brief Copies the packet.
    /// @param target where to; the rest of a longer packet is left out
    /// @return bytes copied
    /// @par Complexity Linear in bytes.
    std::size_t copy_to(std::span<std::byte> target) const noexcept {
        std::size_t done = 0;
        for (auto const piece : fragments()) {
            std::size_t const room = target.size() - done;
            std::size_t const part = piece.size() < room ? piece.size() : room;
            if (part != 0)
                std::memcpy(target.data() + done, piece.data(), part);
            done += part;
        }
        return done;
    }

    /// @brief The packet in one piece: in place if it is contiguous, else a copy.
    /// @param scratch takes the copy; the rest of a longer packet is left out
    /// @return a view of the ring or of `scratch`
    /// @par Complexity O(1) in place, linear in bytes by copy.
    [[nodiscard]] std::span<std::byte const> flatten(std::span<std::byte> scratch) const noexcept {
        return contiguous() ? front() : std::span<std::byte const>{scratch.first(copy_to(scratch))};
    }

    /// On monitors: true if the target sent the packet, false if it received it.
    [[nodiscard]] bool from_tx_monitor() const noexcept { return (first_->flags & NS_TXMON) != 0; }
    /// Index of the ring the packet arrived on.
    [[nodiscard]] std::size_t ring_index() const noexcept { return ctl_->index; }
    /// Time of the sync that brought the packet, at microsecond grain; needs
    /// `open_options::timestamps` with cores that do not record it always.
    [[nodiscard]] std::chrono::sys_time<std::chrono::nanoseconds> sync_time() const noexcept {
        return std::chrono::sys_time<std::chrono::nanoseconds>{
            std::chrono::seconds{ctl_->ring->ts.tv_sec} +
            std::chrono::microseconds{ctl_->ring->ts.tv_usec}};
    }
    /// False if a faulty peer damaged a slot of the packet; see slot_view::valid().
    [[nodiscard]] bool valid() const noexcept {
        if (count_ == 1) [[likely]]
            return first_slot().valid();
        for (auto const slot : slots())
            if (!slot.valid())
                return false;
        return true;
    }

    /// @private
    [[nodiscard]] slot_view first_slot() const noexcept { return {ctl_, first_}; }

    /// @private
    packet_view(detail::ring_control* ctl, netmap_slot* first, std::uint32_t count,
                std::uint32_t bytes) noexcept
        : ctl_(ctl), first_(first), count_(count), bytes_(bytes) {}

  private:
    detail::ring_control* ctl_ = nullptr;
    netmap_slot* first_ = nullptr;
    std::uint32_t count_ = 0;
    std::uint32_t bytes_ = 0;
};

static_assert(sizeof(slot_view) <= 16 && sizeof(packet_view) <= 32);

} // namespace netmapxx::inline v1

template <>
inline constexpr bool std::ranges::enable_borrowed_range<netmapxx::fragment_range> = true;

#endif // NETMAPXX_PACKET_HPP
