// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Rings and batches: the data path. Inline, without allocation, exception,
/// virtual call or system call.
///
/// A ring is a circular array of slots with three indexes. The program owns
/// the slots from `head` up to `tail`: packets on rx, free slots on tx. Moving
/// `head` gives slots to the core; the core moves `tail` during a sync.
#ifndef NETMAPXX_RING_HPP
#define NETMAPXX_RING_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <iterator>
#include <limits>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>

#include <netmapxx/buffer.hpp>
#include <netmapxx/config.hpp>
#include <netmapxx/packet.hpp>
#include <netmapxx/slot.hpp>
#include <netmapxx/stats.hpp>

namespace netmapxx::inline v1 {

/// @brief "As many as there are", for counts of slots and packets.
/// @since 0.1
inline constexpr std::size_t all_slots = std::numeric_limits<std::size_t>::max();

namespace detail {
[[nodiscard]] NETMAPXX_EXPORT ring_stats read_counters(ring_control const& ctl) noexcept;
} // namespace detail

/// @brief Received packets of one ring: a snapshot, a forward range of `packet_view`.
///
/// @snippet reference.cpp rx_batch
///
/// @par Ownership A view. Valid until it or a later part of its ring is
///      released. Not releasing it does nothing: its packets are seen again.
/// @par Thread safety As its ring: one thread at a time.
/// @par Complexity O(1), except that iterating looks at each slot once.
/// @since 0.1
class rx_batch : public std::ranges::view_base {
  public:
    /// @brief Forward iterator over packets; ends at `std::default_sentinel`.
    /// @par Ownership A view: valid as long as its batch.
    /// @par Thread safety As its ring: one thread at a time.
    /// @since 0.1
    class iterator {
      public:
        using iterator_concept = std::forward_iterator_tag; ///< C++20 strength
        using iterator_category = std::input_iterator_tag;  ///< proxies
        using value_type = packet_view;                     ///< yielded by value
        using difference_type = std::ptrdiff_t;             ///< packets

        /// A singular iterator.
        iterator() noexcept = default;
        /// The packet here.
        [[nodiscard]] packet_view operator*() const noexcept { return {ctl_, at_, slots_, bytes_}; }
        /// On to the next packet.
        iterator& operator++() noexcept {
            if (slots_ == 1) [[likely]] {
                if (++at_ == ctl_->slots + ctl_->size)
                    at_ = ctl_->slots;
            } else {
                at_ = ctl_->slots + ctl_->advance(position(), slots_);
            }
            left_ -= slots_;
            measure();
            return *this;
        }
        /// On to the next packet; gives the iterator as it was.
        iterator operator++(int) noexcept {
            auto old = *this;
            ++*this;
            return old;
        }
        /// Same place of the same batch.
        friend bool operator==(iterator const& a, iterator const& b) noexcept {
            return a.left_ == b.left_;
        }
        /// Behind the last packet.
        friend bool operator==(iterator const& it, std::default_sentinel_t) noexcept {
            return it.left_ == 0;
        }

        /// @private
        iterator(detail::ring_control* ctl, std::uint32_t pos, std::uint32_t left) noexcept
            : ctl_(ctl), at_(left != 0 ? ctl->slots + pos : nullptr), left_(left) {
            measure();
        }

      private:
        friend class rx_batch;

        [[nodiscard]] std::uint32_t position() const noexcept {
            return static_cast<std::uint32_t>(at_ - ctl_->slots);
        }

        struct extent {
            std::uint32_t slots;
            std::uint32_t bytes;
        };

        void measure() noexcept {
            if (left_ == 0)
                return;
            netmap_slot const& slot = *at_;
            slots_ = 1;
            bytes_ = slot.len;
            if ((slot.flags & NS_MOREFRAG) != 0) [[unlikely]] {
                extent const chain = measure_chain(ctl_, position(), left_);
                slots_ = chain.slots;
                bytes_ = chain.bytes;
            }
        }

        // The peer may have rewritten flags since peek(); `left` bounds the walk. By value,
        // and out of the way, so that iterators stay in registers.
        [[gnu::noinline, gnu::cold]] static extent measure_chain(detail::ring_control const* ctl,
                                                                 std::uint32_t at,
                                                                 std::uint32_t left) noexcept {
            extent chain{1, ctl->slots[at].len};
            while (chain.slots < left) {
                at = ctl->advance(at, 1);
                netmap_slot const& slot = ctl->slots[at];
                ++chain.slots;
                chain.bytes += slot.len;
                if ((slot.flags & NS_MOREFRAG) == 0)
                    break;
            }
            return chain;
        }

        detail::ring_control* ctl_ = nullptr;
        netmap_slot* at_ = nullptr;
        std::uint32_t left_ = 0;  // slots from here to the batch's end
        std::uint32_t slots_ = 0; // of the packet here
        std::uint32_t bytes_ = 0;
    };

    /// An empty batch.
    rx_batch() noexcept = default;

    /// Iterator to the first packet.
    [[nodiscard]] iterator begin() const noexcept {
        check_alive();
        return {ctl_, first_, count_};
    }
    /// The end of every batch.
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }
    /// True without packets.
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    /// Number of slots; the number of packets needs a pass.
    [[nodiscard]] std::size_t slot_count() const noexcept { return count_; }
    /// The same slots, as a random-access range.
    [[nodiscard]] slot_range slots() const noexcept {
        check_alive();
        return {ctl_, first_, count_};
    }

    /// Gives all slots back to the ring; they return to the core with the next
    /// sync. Views of them are dead. A second call does nothing.
    void release() noexcept { release_slots(count_); }

    /// @brief Gives the slots before `position` back; the batch keeps the rest.
    /// @param position an iterator of this batch
    void release(iterator position) noexcept { release_slots(count_ - position.left_); }

    /// @private
    rx_batch(detail::ring_control* ctl, std::uint32_t first, std::uint32_t count) noexcept
        : ctl_(ctl), first_(first), count_(count), generation_(ctl->generation) {}

  private:
    void check_alive() const noexcept {
        NETMAPXX_ASSERT((ctl_ == nullptr || count_ == 0 || generation_ == ctl_->generation) &&
                        "use of a batch whose slots were released");
    }

    void release_slots(std::uint32_t slots) noexcept {
        if (slots == 0)
            return;
        check_alive();
        if (generation_ != ctl_->generation) [[unlikely]]
            return;
        ctl_->give(slots);
        generation_ = ctl_->generation;
        first_ = ctl_->head;
        count_ -= slots;
    }

    detail::ring_control* ctl_ = nullptr;
    std::uint32_t first_ = 0;
    std::uint32_t count_ = 0;
    std::uint32_t generation_ = 0;
};

/// @brief One receive ring of an open port.
///
/// @snippet reference.cpp rx_ring
///
/// @par Ownership A view of 8 bytes; valid while the port is open, also when
///      the `port` object moves.
/// @par Thread safety One thread at a time, syncs and waits of its port included.
/// @since 0.1
class rx_ring {
  public:
    /// A view of no ring; only assignment is allowed.
    rx_ring() noexcept = default;

    /// Slots of the ring.
    [[nodiscard]] std::size_t size() const noexcept { return ctl_->size; }
    /// Bytes in each buffer.
    [[nodiscard]] std::size_t buffer_size() const noexcept { return ctl_->buffer_size; }
    /// Index within the direction, NIC rings first.
    [[nodiscard]] std::size_t index() const noexcept { return ctl_->index; }
    /// True for rings of the host stack.
    [[nodiscard]] bool is_host() const noexcept { return ctl_->host; }
    /// Slots with packets, of chains still incomplete too. O(1).
    [[nodiscard]] std::size_t available() const noexcept { return ctl_->owned(); }
    /// True without packets. O(1).
    [[nodiscard]] bool empty() const noexcept { return ctl_->owned() == 0; }

    /// @brief The packets here, whole ones only; nothing is consumed.
    ///
    /// A chain whose last slot is not visible yet is withheld. One that fills
    /// the whole ring can never be completed: it is dropped and counted.
    ///
    /// @param max_slots most slots of the batch; a first packet that needs more
    ///        is in it nevertheless, so that work goes on
    /// @return a batch, perhaps an empty one
    /// @par Ownership The batch owns nothing: unreleased packets are seen again.
    /// @par Complexity O(1) unless the cut falls into a chain.
    [[nodiscard]] rx_batch peek(std::size_t max_slots = all_slots) const noexcept {
        std::uint32_t const count = detail::whole_packets(*ctl_, max_slots);
        return {ctl_, ctl_->head, count};
    }

    /// @brief Calls `fn(packet_view)` for each packet here and releases the
    ///        packets it is done with. If it throws, the packet it threw for
    ///        stays; if it returns false, the loop ends after that packet.
    /// @param fn          returns void or bool
    /// @param max_packets most packets to consume
    /// @return packets consumed
    /// @throws ... whatever `fn` throws
    /// @par Complexity Linear in packets; no system call, no allocation.
    template <class Fn>
    requires std::invocable<Fn&, packet_view> std::size_t
    consume(Fn&& fn, std::size_t max_packets = all_slots)
    const {
        tally done{ctl_};
        auto const batch = peek();
        for (auto it = batch.begin(); it != std::default_sentinel && done.packets < max_packets;
             ++it) {
            packet_view const packet = *it;
            bool const go_on = call(fn, packet);
            done.slots += static_cast<std::uint32_t>(packet.fragment_count());
            done.packets += 1;
            done.bytes += packet.size();
            if (!go_on)
                break;
        }
        return done.packets;
    }

    /// Keeps all packets here, but makes waits ask for more than these.
    void hold() const noexcept {
        std::uint32_t const tail = ctl_->tail();
        if (tail < ctl_->size)
            ctl_->publish_cur(tail);
    }
    /// Gives back what hold() kept.
    void release_held() const noexcept {
        if (ctl_->cur != ctl_->head)
            ctl_->give(ctl_->distance(ctl_->head, ctl_->cur));
    }

    /// Counters; readable from any thread.
    [[nodiscard]] ring_stats stats() const noexcept { return detail::read_counters(*ctl_); }

    /// Same ring.
    friend bool operator==(rx_ring, rx_ring) noexcept = default;

    /// @private
    explicit rx_ring(detail::ring_control& ctl) noexcept : ctl_(&ctl) {}
    /// @private
    [[nodiscard]] detail::ring_control& control() const noexcept { return *ctl_; }

  private:
    // Releases what was consumed, on every way out of consume().
    struct tally {
        detail::ring_control* ctl;
        std::uint32_t slots = 0;
        std::size_t packets = 0;
        std::uint64_t bytes = 0;

        explicit tally(detail::ring_control* control) noexcept : ctl(control) {}
        tally(tally const&) = delete;
        tally& operator=(tally const&) = delete;
        ~tally() {
            if (slots == 0)
                return;
            detail::bump(ctl->counters.packets, packets);
            detail::bump(ctl->counters.bytes, bytes);
            ctl->give(slots);
        }
    };

    template <class Fn> static bool call(Fn& fn, packet_view packet) {
        if constexpr (std::is_void_v<std::invoke_result_t<Fn&, packet_view>>) {
            std::invoke(fn, packet);
            return true;
        } else {
            return static_cast<bool>(std::invoke(fn, packet));
        }
    }

    detail::ring_control* ctl_ = nullptr;
};

/// @brief Reserved slots of one transmit ring: a random-access range of `slot_view`.
///
/// Fill slots by hand and `commit(k)`, or append whole packets and `commit()`.
/// Nothing is sent before a sync.
///
/// @snippet reference.cpp tx_batch
///
/// @par Ownership Move only, one per ring at a time. Destroying it without
///      commit rolls back: the slots stay with the program. Packets that were
///      moved in by `append_exchange` are lost then, and their slots or
///      buffers keep what was exchanged for them.
/// @par Thread safety As its ring: one thread at a time.
/// @since 0.1
class tx_batch {
  public:
    /// An empty batch.
    tx_batch() noexcept = default;
    /// Takes the reservation over; `other` is empty then.
    tx_batch(tx_batch&& other) noexcept { take(other); }
    /// Rolls the own reservation back and takes the other over.
    tx_batch& operator=(tx_batch&& other) noexcept {
        if (this != &other) {
            rollback();
            take(other);
        }
        return *this;
    }
    tx_batch(tx_batch const&) = delete;
    tx_batch& operator=(tx_batch const&) = delete;
    /// Rolls back.
    ~tx_batch() { rollback(); }

    /// Slots reserved.
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
    /// Iterator to the first slot.
    [[nodiscard]] slot_iterator begin() const noexcept { return {ctl_, first_, 0}; }
    /// Iterator behind the last slot.
    [[nodiscard]] slot_iterator end() const noexcept { return {ctl_, first_, count_}; }

    /// Slots that appends have filled.
    [[nodiscard]] std::size_t used() const noexcept { return used_; }
    /// Slots left for appends.
    [[nodiscard]] std::size_t room() const noexcept { return count_ - used_; }

    /// @brief Copies a packet into the next slots, as many as it needs.
    /// @param bytes the packet, 0 bytes included
    /// @return false, with nothing changed, if there is no room or the packet
    ///         needs more than 64 slots
    /// @par Complexity Linear in bytes.
    bool append(std::span<std::byte const> bytes) noexcept {
        if (used_ < count_) [[likely]] {
            slot_view const slot = (*this)[used_];
            if (bytes.size() <= slot.capacity()) [[likely]] {
                if (!bytes.empty())
                    std::memcpy(slot.buffer().data(), bytes.data(), bytes.size());
                slot.prepare(bytes.size());
                account(1, bytes.size());
                return true;
            }
        }
        return append(std::span{&bytes, 1});
    }

    /// @brief Copies a packet that lies in several pieces.
    /// @param pieces the packet's bytes in order
    /// @return as append(std::span<std::byte const>)
    /// @par Complexity Linear in bytes.
    bool append(std::span<std::span<std::byte const> const> pieces) noexcept {
        std::size_t total = 0;
        for (auto const piece : pieces)
            total += piece.size();
        std::uint32_t const slots = slots_for(total);
        if (slots == 0)
            return false;
        gather into{*this, slots};
        for (auto const piece : pieces)
            into.copy(piece);
        into.finish();
        account(slots, total);
        return true;
    }

    /// @brief Moves a received packet here by exchanging buffers, without copying.
    /// @param packet one whose slots are not yet released
    /// @return false, with nothing changed, if there is no room, the regions
    ///         differ or the packet has more than 64 slots
    /// @par Complexity Linear in slots; no byte is touched.
    bool append_exchange(packet_view packet) noexcept {
        std::size_t const slots = packet.fragment_count();
        if (slots > room() || slots > max_fragments)
            return false;
        slot_range const from = packet.slots();
        if (slots == 0 || from[0].control().region != ctl_->region)
            return false;
        for (std::size_t i = 0; i < slots; ++i) {
            slot_view const target = (*this)[used_ + i];
            take_slot(target, from[i], i + 1 < slots);
        }
        account(static_cast<std::uint32_t>(slots), packet.size());
        return true;
    }

    /// @brief Sends an extra buffer's bytes without copying; `source` then
    ///        owns the slot's former buffer, and returns it to its pool.
    /// @param source a buffer of the same region
    /// @return false, with nothing changed, if there is no room or the regions differ
    /// @par Complexity O(1); no byte is touched.
    bool append_exchange(buffer&& source) noexcept {
        if (room() == 0)
            return false;
        slot_view const target = (*this)[used_];
        std::size_t const bytes = source.length();
        if (!source.exchange(target))
            return false;
        target.prepare(bytes);
        account(1, bytes);
        buffer const former{std::move(source)};
        return true;
    }

    /// @brief Publishes what was appended; see commit(std::size_t).
    /// @return slots published
    std::size_t commit() noexcept { return commit(used_); }

    /// @brief Publishes the first slots and asks for a report of their
    ///        completion; the rest of the reservation is rolled back. A count
    ///        that ends inside a chain is rounded down to whole packets.
    /// @param slots how many; more than size() means all
    /// @return slots published
    /// @par Complexity O(1) unless the count ends inside a chain; no system call.
    std::size_t commit(std::size_t slots) noexcept {
        if (ctl_ == nullptr)
            return 0;
        auto count = slots < count_ ? static_cast<std::uint32_t>(slots) : count_;
        NETMAPXX_ASSERT(generation_ == ctl_->generation && "commit of a dead reservation");
        if (generation_ != ctl_->generation) [[unlikely]]
            count = 0; // the ring was reset meanwhile
        while (count != 0 && (*this)[count - 1].more_fragments())
            [[unlikely]]-- count;
        if (count != 0) {
            count_packets(count);
            (*this)[count - 1].request_report();
            ctl_->give(count);
        }
        rollback();
        return count;
    }

    /// Gives the reservation up.
    void rollback() noexcept {
        if (ctl_ == nullptr)
            return;
        ctl_->reserved = false;
        ctl_ = nullptr;
        count_ = used_ = 0;
        packets_ = 0;
        bytes_ = 0;
    }

    /// @private
    tx_batch(detail::ring_control* ctl, std::uint32_t count) noexcept
        : ctl_(ctl), first_(ctl->head), count_(count), generation_(ctl->generation) {
        ctl->reserved = true;
    }

  private:
    // Copies bytes over consecutive slots of a batch.
    class gather {
      public:
        gather(tx_batch& batch, std::uint32_t slots) noexcept
            : batch_(batch), next_(batch.used_), end_(batch.used_ + slots) {
            open();
        }
        void copy(std::span<std::byte const> piece) noexcept {
            while (!piece.empty()) {
                if (fill_ == into_.size()) {
                    close(true);
                    open();
                    continue;
                }
                std::size_t const room = into_.size() - fill_;
                std::size_t const part = piece.size() < room ? piece.size() : room;
                std::memcpy(into_.data() + fill_, piece.data(), part);
                fill_ += part;
                piece = piece.subspan(part);
            }
        }
        void finish() noexcept { close(false); }

      private:
        void open() noexcept {
            NETMAPXX_ASSERT(next_ < end_);
            slot_ = batch_[next_++];
            into_ = slot_.buffer();
            fill_ = 0;
        }
        void close(bool more) noexcept {
            slot_.prepare(fill_);
            slot_.set_more_fragments(more);
        }

        tx_batch& batch_;
        std::uint32_t next_;
        std::uint32_t end_;
        slot_view slot_;
        std::span<std::byte> into_;
        std::size_t fill_ = 0;
    };

    // Slots a packet of `bytes` takes from the next one on; 0 if it does not fit.
    [[nodiscard]] std::uint32_t slots_for(std::size_t bytes) const noexcept {
        std::uint32_t slots = 0;
        for (std::uint32_t i = used_; i < count_ && slots < max_fragments; ++i) {
            std::size_t const here = (*this)[i].capacity();
            ++slots;
            if (bytes <= here)
                return slots;
            bytes -= here;
        }
        return 0;
    }

    static void take_slot(slot_view target, slot_view source, bool more) noexcept {
        target.exchange(source);
        netmap_slot& slot = target.raw();
        slot.len = source.raw().len;
        slot.flags =
            static_cast<std::uint16_t>(more ? NS_BUF_CHANGED | NS_MOREFRAG : NS_BUF_CHANGED);
    }

    void account(std::uint32_t slots, std::size_t bytes) noexcept {
        used_ += slots;
        packets_ += 1;
        bytes_ += bytes;
    }

    // Adds to the ring's counters what `count` slots of appended packets hold.
    void count_packets(std::uint32_t count) noexcept {
        if (used_ == 0)
            return;
        if (count < used_) [[unlikely]] {
            packets_ = bytes_ = 0;
            for (std::uint32_t i = 0; i < count; ++i) {
                bytes_ += (*this)[i].length();
                packets_ += (*this)[i].more_fragments() ? 0 : 1;
            }
        }
        detail::bump(ctl_->counters.packets, packets_);
        detail::bump(ctl_->counters.bytes, bytes_);
    }

    void take(tx_batch& other) noexcept {
        ctl_ = std::exchange(other.ctl_, nullptr);
        first_ = other.first_;
        count_ = std::exchange(other.count_, 0);
        used_ = std::exchange(other.used_, 0);
        generation_ = other.generation_;
        packets_ = std::exchange(other.packets_, 0);
        bytes_ = std::exchange(other.bytes_, 0);
    }

    detail::ring_control* ctl_ = nullptr;
    std::uint32_t first_ = 0;
    std::uint32_t count_ = 0;
    std::uint32_t used_ = 0;
    std::uint32_t generation_ = 0;
    std::uint64_t packets_ = 0;
    std::uint64_t bytes_ = 0;
};

/// @brief One transmit ring of an open port.
///
/// @snippet reference.cpp tx_ring
///
/// @par Ownership A view of 8 bytes; valid while the port is open, also when
///      the `port` object moves.
/// @par Thread safety One thread at a time, syncs and waits of its port included.
/// @since 0.1
class tx_ring {
  public:
    /// A view of no ring; only assignment is allowed.
    tx_ring() noexcept = default;

    /// Slots of the ring.
    [[nodiscard]] std::size_t size() const noexcept { return ctl_->size; }
    /// Bytes in each buffer.
    [[nodiscard]] std::size_t buffer_size() const noexcept { return ctl_->buffer_size; }
    /// Index within the direction, NIC rings first.
    [[nodiscard]] std::size_t index() const noexcept { return ctl_->index; }
    /// True for rings of the host stack.
    [[nodiscard]] bool is_host() const noexcept { return ctl_->host; }
    /// Free slots, at most size() - 1. O(1).
    [[nodiscard]] std::size_t space() const noexcept { return ctl_->owned(); }
    /// Slots handed over and not yet reclaimed, as of the last sync. O(1).
    [[nodiscard]] std::size_t pending() const noexcept { return ctl_->size - 1 - ctl_->owned(); }

    /// @brief Reserves free slots; publishes nothing.
    /// @param slots how many are wanted
    /// @return as many as there are up to that, possibly none
    /// @par Complexity O(1).
    [[nodiscard]] tx_batch reserve(std::size_t slots = all_slots) const noexcept {
        NETMAPXX_ASSERT(!ctl_->reserved && "two live reservations on one ring");
        std::uint32_t const owned = ctl_->owned();
        if (slots > owned) {
            if (slots != all_slots)
                detail::bump(ctl_->counters.full_events);
            slots = owned;
        }
        return slots == 0 ? tx_batch{} : tx_batch{ctl_, static_cast<std::uint32_t>(slots)};
    }

    /// Counters; readable from any thread.
    [[nodiscard]] ring_stats stats() const noexcept { return detail::read_counters(*ctl_); }

    /// Same ring.
    friend bool operator==(tx_ring, tx_ring) noexcept = default;

    /// @private
    explicit tx_ring(detail::ring_control& ctl) noexcept : ctl_(&ctl) {}
    /// @private
    [[nodiscard]] detail::ring_control& control() const noexcept { return *ctl_; }

  private:
    detail::ring_control* ctl_ = nullptr;
};

static_assert(sizeof(rx_ring) <= 16 && sizeof(tx_ring) <= 16);

} // namespace netmapxx::inline v1

template <> inline constexpr bool std::ranges::enable_borrowed_range<netmapxx::rx_batch> = true;

#endif // NETMAPXX_RING_HPP
