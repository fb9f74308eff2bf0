// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// The work of one call of forward(). Private; may change any time.
#ifndef NETMAPXX_DETAIL_FORWARDER_HPP
#define NETMAPXX_DETAIL_FORWARDER_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <iterator>
#include <type_traits>

#include <netmapxx/config.hpp>
#include <netmapxx/detail/plain_exchange.hpp>
#include <netmapxx/detail/ring_control.hpp>
#include <netmapxx/packet.hpp>
#include <netmapxx/ring.hpp>
#include <netmapxx/slot.hpp>
#include <netmapxx/transfer.hpp>

namespace netmapxx::inline v1::detail {

/// Slots of `to` that a copy of `bytes` takes, from the free slot `used` on of `free` ones.
[[nodiscard]] NETMAPXX_EXPORT std::uint32_t slots_for_copy(ring_control const& to,
                                                           std::uint32_t used, std::uint32_t free,
                                                           std::size_t bytes) noexcept;
/// Copies a packet into free slots of `to`, from slot `used` on; returns how many are used then.
NETMAPXX_EXPORT std::uint32_t copy_chain(ring_control& to, std::uint32_t used,
                                         packet_view packet) noexcept;

/// One call of forward(): moves packets, and publishes both rings at the end,
/// also when a filter throws. Its address is never given away, so that the
/// compiler keeps its members in registers.
class forwarder {
  public:
    forwarder(ring_control& from, ring_control& to, bool exchange) noexcept
        : from_(from), to_(to), exchange_(exchange), free_(to.owned()), next_(to.head) {
        NETMAPXX_ASSERT(!to.reserved && "forward to a ring with a live reservation");
    }
    forwarder(forwarder const&) = delete;
    forwarder& operator=(forwarder const&) = delete;
    ~forwarder() { publish(); }

    /// @brief Moves what a batch holds, by copy.
    /// @param batch  whole packets from head on
    /// @param filter sees each before
    template <class Fn> void copy(rx_batch const& batch, Fn& filter) {
        for (auto it = batch.begin(); it != std::default_sentinel; ++it)
            if (!step<false>(*it, filter))
                break;
    }

    /// @brief Moves what a batch holds, by exchange: plain packets many at a
    ///        time, and the others one by one.
    /// @param batch  whole packets from head on
    /// @param filter sees each before
    template <class Fn> void exchange(rx_batch const& batch, Fn& filter) {
        bool const plain = from_.offset_mask == 0 && to_.offset_mask == 0;
        auto left = static_cast<std::uint32_t>(batch.slot_count());
        while (left != 0) {
            if (plain) [[likely]]
                left -= exchange_plain_ones(left, filter);
            if (left == 0 || result_.reason == stop_reason::stopped)
                break;
            packet_view const packet = *rx_batch::iterator{&from_, next_source(), left};
            if (!step<true>(packet, filter))
                break;
            left -= static_cast<std::uint32_t>(packet.fragment_count());
        }
    }

    [[nodiscard]] forward_result result() const noexcept {
        forward_result out = result_;
        (exchange_ ? out.exchanged : out.copied) = out.packets;
        return out;
    }

  private:
    // Books what a pass over plain packets did, on every way out of it.
    struct booking {
        forwarder& work;
        exchange_tally done = {};

        explicit booking(forwarder& w) noexcept : work(w) {}
        booking(booking const&) = delete;
        booking& operator=(booking const&) = delete;
        ~booking() { work.book(done); }
    };

    template <class Fn>
    [[nodiscard]] std::uint32_t exchange_plain_ones(std::uint32_t left, Fn& filter) {
        booking booked{*this};
        slot_run const source{from_, next_source(), left};
        slot_run const target{to_, next_, free_ - used_};
        if constexpr (std::is_same_v<std::remove_cv_t<Fn>, pass_all>)
            booked.done = exchange_all(from_, source, target);
        else
            exchange_filtered(from_, source, target, filter, booked.done);
        return booked.done.taken;
    }

    void book(exchange_tally const& done) noexcept {
        next_ = to_.advance(next_, done.filled);
        used_ += done.filled;
        result_.packets += done.filled;
        result_.bytes += done.bytes;
        result_.slots += done.taken;
        result_.filtered += done.taken - done.filled;
        if (done.stopped)
            result_.reason = stop_reason::stopped;
    }

    // Index of the first slot of the source not yet taken.
    [[nodiscard]] std::uint32_t next_source() const noexcept {
        return from_.advance(from_.head, static_cast<std::uint32_t>(result_.slots));
    }

    template <bool Exchange, class Fn> [[nodiscard]] bool step(packet_view packet, Fn& filter) {
        auto const slots = static_cast<std::uint32_t>(packet.fragment_count());
        if (!packet.valid()) [[unlikely]] {
            result_.bad += 1;
            return taken(slots);
        }
        // The filter may edit, so it must see each packet once: room comes first.
        std::uint32_t need = slots;
        if constexpr (!Exchange)
            need = slots_to_copy(packet);
        if (need > free_ - used_ || need > max_fragments) [[unlikely]]
            return no_room(slots, need);
        switch (std::invoke(filter, packet)) {
        case verdict::pass:
            break;
        case verdict::drop:
            result_.filtered += 1;
            return taken(slots);
        case verdict::stop:
            result_.reason = stop_reason::stopped;
            return false;
        }
        if constexpr (Exchange)
            move_slots(packet, slots);
        else
            copy_packet(packet);
        result_.packets += 1;
        result_.bytes += packet.size();
        return taken(slots);
    }

    [[nodiscard]] bool taken(std::uint32_t slots) noexcept {
        result_.slots += slots;
        return true;
    }

    // Drops what can never fit; else the call is over.
    [[nodiscard]] bool no_room(std::uint32_t slots, std::uint32_t need) noexcept {
        if (need > to_.size - 1 || need > max_fragments) {
            result_.dropped += 1;
            return taken(slots);
        }
        result_.reason = stop_reason::destination_full;
        return false;
    }

    [[nodiscard]] slot_view next_target() noexcept {
        slot_view const target{&to_, to_.slots + next_};
        next_ = to_.next(next_);
        ++used_;
        return target;
    }

    static void set_flags(netmap_slot& slot, bool more, int others) noexcept {
        slot.flags = static_cast<std::uint16_t>(others | (more ? NS_MOREFRAG : 0));
    }

    void move_slots(packet_view packet, std::uint32_t slots) noexcept {
        if (slots == 1) [[likely]]
            return move_slot(packet.first_slot(), false);
        for (slot_view const source : packet.slots())
            move_slot(source, --slots != 0);
    }

    void move_slot(slot_view source, bool more) noexcept {
        slot_view const target = next_target();
        target.swap_buffers(source);
        target.raw().len = source.raw().len;
        set_flags(target.raw(), more, NS_BUF_CHANGED);
        set_flags(source.raw(), false, NS_BUF_CHANGED);
    }

    [[nodiscard]] std::uint32_t slots_to_copy(packet_view packet) const noexcept {
        if (used_ < free_ && packet.size() <= to_.capacity(to_.slots[next_])) [[likely]]
            return 1;
        return slots_for_copy(to_, used_, free_, packet.size());
    }

    void copy_packet(packet_view packet) noexcept {
        slot_view const target{&to_, to_.slots + next_};
        if (packet.contiguous() && packet.size() <= target.capacity()) [[likely]] {
            auto const bytes = packet.front();
            (void)next_target();
            if (!bytes.empty())
                std::memcpy(target.buffer().data(), bytes.data(), bytes.size());
            target.raw().len = static_cast<std::uint16_t>(bytes.size());
            set_flags(target.raw(), false, target.raw().flags & NS_BUF_CHANGED);
            return;
        }
        used_ = copy_chain(to_, used_, packet);
        next_ = to_.advance(to_.head, used_);
    }

    void publish() noexcept {
        if (used_ != 0) {
            slot_view{&to_, to_.slots + to_.advance(to_.head, used_ - 1)}.request_report();
            bump(to_.counters.packets, result_.packets);
            bump(to_.counters.bytes, result_.bytes);
            bump(exchange_ ? to_.counters.exchanged : to_.counters.copied, result_.packets);
            to_.give(used_);
        }
        if (result_.slots != 0) {
            bump(from_.counters.packets, result_.packets + result_.filtered);
            bump(from_.counters.bytes, result_.bytes);
            bump(from_.counters.dropped_chains, result_.dropped);
            bump(from_.counters.bad_slots, result_.bad);
            from_.give(static_cast<std::uint32_t>(result_.slots));
        }
    }

    ring_control& from_;
    ring_control& to_;
    bool exchange_;
    std::uint32_t free_;
    std::uint32_t next_; // slot to fill next
    std::uint32_t used_ = 0;
    forward_result result_ = {};
};

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_DETAIL_FORWARDER_HPP
