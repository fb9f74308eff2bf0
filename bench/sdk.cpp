// SPDX-License-Identifier: BSD-2-Clause
#include "sdk.hpp"

#include <array>
#include <cstring>
#include <span>
#include <stdexcept>

#include <net/netmap_user.h>
#include <netmapxx/netmapxx.hpp>

#include "duel.hpp"
#include "port.hpp"

namespace bench {

namespace {

namespace nmx = netmapxx;

constexpr std::uint32_t slots = 512;
constexpr std::size_t frame_bytes = 60;

nmx::open_options options() {
    return {.backend = nmx::backend_kind::embedded, .tx_slots = slots, .rx_slots = slots};
}

/// Both ends of a pipe, and packets on the way to the second.
class lane {
  public:
    explicit lane(char const* id) : ends_(nmx::make_pipe("bench", id, options())) {}

    nmx::rx_ring rx() const { return ends_.second.rx_rings()[0]; }
    nmx::tx_ring tx() const { return ends_.second.tx_rings()[0]; }

    /// As many packets as fit.
    void fill() {
        std::array<std::byte, frame_bytes> const frame{};
        while (ends_.first.inject(frame))
            ;
        ends_.first.sync_tx();
        ends_.second.sync_rx();
        if (rx().available() != slots - 1)
            throw std::runtime_error("the pipe did not fill");
    }

    nmx::port& port() { return ends_.second; }

  private:
    std::pair<nmx::port, nmx::port> ends_;
};

/// Puts the indexes back at the end of a pass, behind the library's back.
class rewind_to {
  public:
    explicit rewind_to(nmx::detail::ring_control& ctl) : ctl_(ctl), head_(ctl.head) {}
    void operator()() const { ctl_.publish(head_, head_); }

  private:
    nmx::detail::ring_control& ctl_;
    std::uint32_t head_;
};

rate of(double per_second) {
    return {per_second};
}

// --- by hand ---------------------------------------------------------------

[[gnu::noinline]] std::uint64_t receive_by_hand(netmap_ring* ring) {
    std::uint64_t sum = 0;
    std::uint32_t at = ring->head;
    std::uint32_t const tail = ring->tail;
    while (at != tail) {
        netmap_slot const* slot = &ring->slot[at];
        auto const* bytes = reinterpret_cast<unsigned char const*>(NETMAP_BUF(ring, slot->buf_idx));
        std::uint32_t size = slot->len;
        while ((slot->flags & NS_MOREFRAG) != 0 && nm_ring_next(ring, at) != tail) {
            at = nm_ring_next(ring, at);
            slot = &ring->slot[at];
            size += slot->len;
        }
        sum += size + bytes[0];
        at = nm_ring_next(ring, at);
    }
    ring->head = ring->cur = at;
    return sum;
}

[[gnu::noinline]] std::uint64_t receive_slots_by_hand(netmap_ring* ring) {
    std::uint64_t sum = 0;
    std::uint32_t at = ring->head;
    std::uint32_t const tail = ring->tail;
    for (; at != tail; at = nm_ring_next(ring, at)) {
        netmap_slot const* const slot = &ring->slot[at];
        auto const* const bytes =
            reinterpret_cast<unsigned char const*>(NETMAP_BUF(ring, slot->buf_idx));
        sum += slot->len + std::uint32_t{bytes[0]};
    }
    ring->head = ring->cur = at;
    return sum;
}

[[gnu::noinline]] void transmit_by_hand(netmap_ring* ring) {
    std::uint32_t at = ring->head;
    std::uint32_t const tail = ring->tail;
    netmap_slot* slot = nullptr;
    for (; at != tail; at = nm_ring_next(ring, at)) {
        slot = &ring->slot[at];
        slot->len = frame_bytes;
        slot->flags = static_cast<std::uint16_t>(slot->flags & NS_BUF_CHANGED);
    }
    if (slot != nullptr)
        slot->flags |= NS_REPORT;
    ring->head = ring->cur = at;
}

[[gnu::noinline]] std::uint32_t forward_by_hand(netmap_ring* from, netmap_ring* to) {
    std::uint32_t at = from->head;
    std::uint32_t into = to->head;
    std::uint32_t moved = 0;
    while (at != from->tail && into != to->tail) {
        netmap_slot* const source = &from->slot[at];
        netmap_slot* const target = &to->slot[into];
        std::uint32_t const index = target->buf_idx;
        target->buf_idx = source->buf_idx;
        source->buf_idx = index;
        target->len = source->len;
        target->flags = static_cast<std::uint16_t>(NS_BUF_CHANGED | (source->flags & NS_MOREFRAG));
        source->flags = NS_BUF_CHANGED;
        at = nm_ring_next(from, at);
        into = nm_ring_next(to, into);
        ++moved;
    }
    from->head = from->cur = at;
    to->head = to->cur = into;
    return moved;
}

[[gnu::noinline]] bool inject_by_hand(netmap_ring* ring, void const* bytes, std::size_t size) {
    if (nm_ring_empty(ring))
        return false;
    netmap_slot* const slot = &ring->slot[ring->head];
    std::memcpy(NETMAP_BUF(ring, slot->buf_idx), bytes, size);
    slot->len = static_cast<std::uint16_t>(size);
    slot->flags = static_cast<std::uint16_t>((slot->flags & NS_BUF_CHANGED) | NS_REPORT);
    ring->head = ring->cur = nm_ring_next(ring, ring->head);
    return true;
}

// --- through the library ---------------------------------------------------

[[gnu::noinline]] std::uint64_t receive_by_sdk(nmx::rx_ring ring) {
    std::uint64_t sum = 0;
    auto batch = ring.peek();
    for (nmx::packet_view const packet : batch)
        sum += packet.size() + std::to_integer<std::uint64_t>(packet.front().data()[0]);
    batch.release();
    return sum;
}

[[gnu::noinline]] std::uint64_t receive_slots_by_sdk(nmx::rx_ring ring) {
    std::uint64_t sum = 0;
    auto batch = ring.peek();
    for (nmx::slot_view const slot : batch.slots())
        sum += slot.length() + std::to_integer<std::uint64_t>(slot.data().data()[0]);
    batch.release();
    return sum;
}

[[gnu::noinline]] void transmit_by_sdk(nmx::tx_ring ring) {
    auto batch = ring.reserve();
    for (nmx::slot_view const slot : batch)
        slot.prepare(frame_bytes);
    batch.commit(batch.size());
}

/// Passes over all slots but one of a ring, rewound each time.
template <class Pass> rate passes(nmx::detail::ring_control& ctl, double seconds, Pass pass) {
    rewind_to const rewind{ctl};
    return of(solo(seconds, [&] {
        pass();
        rewind();
        return slots - 1;
    }));
}

using sdk_reader = std::uint64_t (*)(nmx::rx_ring);
using hand_reader = std::uint64_t (*)(netmap_ring*);

rate receive(lane& pipe, by who, double seconds, sdk_reader sdk, hand_reader hand) {
    nmx::rx_ring const ring = pipe.rx();
    if (ring.empty())
        pipe.fill();
    netmap_ring* const raw = ring.control().ring;
    if (who == by::sdk)
        return passes(ring.control(), seconds, [&] { keep(sdk(ring)); });
    return passes(ring.control(), seconds, [&] { keep(hand(raw)); });
}

} // namespace

rate sdk_receive(by who, double seconds) {
    static lane pipe{"rx"};
    return receive(pipe, who, seconds, receive_by_sdk, receive_by_hand);
}

rate sdk_receive_slots(by who, double seconds) {
    static lane pipe{"rx_slots"};
    return receive(pipe, who, seconds, receive_slots_by_sdk, receive_slots_by_hand);
}

rate sdk_transmit(by who, double seconds) {
    static lane pipe{"tx"};
    nmx::tx_ring const ring = pipe.tx();
    netmap_ring* const raw = ring.control().ring;
    if (who == by::sdk)
        return passes(ring.control(), seconds, [&] { transmit_by_sdk(ring); });
    return passes(ring.control(), seconds, [&] { transmit_by_hand(raw); });
}

rate sdk_forward(by who, double seconds) {
    static lane in{"in"};
    static lane out{"out"};
    nmx::rx_ring const from = in.rx();
    if (from.empty())
        in.fill();
    nmx::tx_ring const to = out.tx();
    rewind_to const rewind_from{from.control()};
    rewind_to const rewind_target{to.control()};
    auto const pass = [&](auto once) {
        return of(solo(seconds, [&] {
            std::uint64_t const moved = once();
            rewind_from();
            rewind_target();
            return moved;
        }));
    };
    if (who == by::sdk)
        return pass([&] { return nmx::forward(from, to).packets; });
    return pass(
        [&] { return std::uint64_t{forward_by_hand(from.control().ring, to.control().ring)}; });
}

rate sdk_inject(by who, double seconds) {
    static lane pipe{"inject"};
    nmx::tx_ring const ring = pipe.tx();
    rewind_to const rewind{ring.control()};
    std::array<std::byte, frame_bytes> frame{};
    keep(frame);
    auto const pass = [&](auto one) {
        return of(solo(seconds, [&] {
            std::uint64_t sent = 0;
            while (one())
                ++sent;
            rewind();
            return sent;
        }));
    };
    if (who == by::sdk)
        return pass([&] { return pipe.port().inject(frame); });
    netmap_ring* const raw = ring.control().ring;
    return pass([&] { return inject_by_hand(raw, frame.data(), frame.size()); });
}

rate sdk_open(by who, double seconds) {
    // Somebody keeps the region, as in a program that has a port.
    static nmx::port const other{"vale_bench:other", options()};
    if (who == by::sdk)
        return of(solo(seconds, [] {
            nmx::port const opened{"vale_bench:opened", options()};
            keep(opened.is_open());
            return 1;
        }));
    return of(solo(seconds, [] {
        port const opened{"vale_bench:opened", {.slots = slots}};
        keep(opened.tx());
        return 1;
    }));
}

} // namespace bench
