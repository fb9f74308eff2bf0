// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// What operations do: plain steps, told apart from how handlers are called. Private.
///
/// A task has a `side`; `advance(shared, ec)`, which goes as far as it can without sleeping
/// and says whether the task is done or failed; `sleep(shared, handler, ec)` and `awake(shared)`
/// around a sleep; and `finish(self, ec)`, which hands its results over.
#ifndef NETMAPXX_ASIO_DETAIL_TASKS_HPP
#define NETMAPXX_ASIO_DETAIL_TASKS_HPP

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <new>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <netmapxx/error.hpp>
#include <netmapxx/packet.hpp>
#include <netmapxx/port.hpp>
#include <netmapxx/ring.hpp>
#include <netmapxx/waiter.hpp>

namespace netmapxx::inline v1::async::detail {

/// What tasks have in common that wait for their side to be ready. `Task` has the room it
/// needs in `slots()`, and an `attempt(shared, ec)` that is called when there is that much
/// (or a packet) and says whether the task is done.
template <class Task, direction Side> struct ready_task {
    static constexpr direction side = Side;

    template <class Shared> [[nodiscard]] bool advance(Shared& shared, std::error_code& ec) {
        auto& task = static_cast<Task&>(*this);
        waiter& wait = shared.waits(Side);
        for (;;) {
            wait.expect(task.slots());
            if (!wait.ready() && !wait.prepare(ec))
                return static_cast<bool>(ec);
            wait.finish();
            if (task.attempt(shared, ec) || ec)
                return true;
        }
    }
    template <class Shared, class Handler>
    [[nodiscard]] static bool sleep(Shared& shared, Handler&& handler,
                                    boost::system::error_code& ec) {
        return shared.sleep(Side, std::forward<Handler>(handler), ec);
    }
    template <class Shared> static void awake(Shared& shared) noexcept { shared.awake(Side); }
};

/// Until the side is ready.
template <direction Side> struct wait_task : ready_task<wait_task<Side>, Side> {
    explicit wait_task(std::size_t slots = 1) noexcept : wanted(slots) {}
    std::size_t wanted = 1;

    [[nodiscard]] std::size_t slots() const noexcept { return wanted; }
    template <class Shared> bool attempt(Shared&, std::error_code&) noexcept { return true; }
    template <class Self> void finish(Self& self, boost::system::error_code const& ec) {
        self.complete(ec);
    }
};

/// The next non-empty batch of a port, its rings served in turn. What is held does not
/// count: pieces of one packet behind held ones are waited for, not looked at again.
[[nodiscard]] inline rx_batch next_batch(port const& from, std::size_t& next_ring,
                                         std::size_t max_slots) noexcept {
    auto const rings = from.rx_rings();
    for (std::size_t tried = 0; tried < rings.size(); ++tried) {
        rx_ring const ring = rings[next_ring];
        next_ring = next_ring + 1 < rings.size() ? next_ring + 1 : 0;
        if (auto const batch = ring.peek(max_slots); !batch.empty())
            return batch;
    }
    for (rx_ring const ring : rings)
        ring.hold();
    return {};
}

/// A batch of one ring.
struct receive_batch_task : ready_task<receive_batch_task, direction::rx> {
    explicit receive_batch_task(std::size_t slots) noexcept : max_slots(slots) {}
    std::size_t max_slots = all_slots;
    rx_batch batch = {};

    [[nodiscard]] static constexpr std::size_t slots() noexcept { return 1; }
    template <class Shared> bool attempt(Shared& shared, std::error_code&) noexcept {
        batch = next_batch(shared.side(side), shared.next_rx(), max_slots);
        return !batch.empty();
    }
    template <class Self> void finish(Self& self, boost::system::error_code const& ec) {
        self.complete(ec, ec ? rx_batch{} : batch);
    }
};

/// A copy of one packet.
struct receive_task : ready_task<receive_task, direction::rx> {
    explicit receive_task(boost::asio::mutable_buffer to) noexcept : into(to) {}
    boost::asio::mutable_buffer into;
    std::size_t bytes = 0;

    [[nodiscard]] static constexpr std::size_t slots() noexcept { return 1; }
    template <class Shared> bool attempt(Shared& shared, std::error_code& ec) noexcept {
        auto batch = next_batch(shared.side(side), shared.next_rx(), 1);
        if (batch.empty())
            return false;
        auto next = batch.begin();
        packet_view const packet = *next;
        bytes = packet.size();
        if (bytes > into.size()) {
            ec = errc::packet_too_large;
            return true;
        }
        packet.copy_to({static_cast<std::byte*>(into.data()), into.size()});
        batch.release(++next);
        return true;
    }
    template <class Self> void finish(Self& self, boost::system::error_code const& ec) {
        self.complete(ec, bytes);
    }
};

/// Free slots of one ring.
struct reserve_task : ready_task<reserve_task, direction::tx> {
    std::size_t wanted = 1;
    tx_batch batch = {};

    explicit reserve_task(std::size_t slots) noexcept : wanted(std::max<std::size_t>(slots, 1)) {}
    reserve_task(reserve_task&&) noexcept = default;
    /// A deferred operation may be started several times; its copies have nothing yet.
    reserve_task(reserve_task const& other) noexcept : ready_task(), wanted(other.wanted) {}
    reserve_task& operator=(reserve_task const&) = delete;
    ~reserve_task() = default;

    [[nodiscard]] std::size_t slots() const noexcept { return wanted; }
    template <class Shared> bool attempt(Shared& shared, std::error_code& ec) noexcept {
        bool possible = false;
        for (tx_ring const ring : shared.side(side).tx_rings()) {
            possible = possible || wanted < ring.size();
            if (ring.space() < wanted)
                continue;
            batch = ring.reserve(wanted);
            return true;
        }
        if (!possible)
            ec = errc::packet_too_large;
        return false;
    }
    template <class Self> void finish(Self& self, boost::system::error_code const& ec) {
        self.complete(ec, std::move(batch));
    }
};

/// The pieces of a packet as spans: without allocation for up to 16 of them.
class piece_list {
  public:
    template <class Buffers> explicit piece_list(Buffers const& buffers) {
        auto const count =
            static_cast<std::size_t>(std::distance(boost::asio::buffer_sequence_begin(buffers),
                                                   boost::asio::buffer_sequence_end(buffers)));
        auto* out = few_.data();
        if (count > few_.size()) {
            many_.resize(count);
            out = many_.data();
        }
        pieces_ = {out, count};
        for (auto it = boost::asio::buffer_sequence_begin(buffers);
             it != boost::asio::buffer_sequence_end(buffers); ++it) {
            boost::asio::const_buffer const bytes{*it};
            *out++ = {static_cast<std::byte const*>(bytes.data()), bytes.size()};
        }
    }
    piece_list(piece_list const&) = delete;
    piece_list& operator=(piece_list const&) = delete;
    ~piece_list() = default;

    [[nodiscard]] std::span<std::span<std::byte const> const> get() const noexcept {
        return pieces_;
    }

  private:
    using piece = std::span<std::byte const>;
    std::array<piece, 16> few_{};
    std::vector<piece> many_;
    std::span<piece const> pieces_;
};

/// Queues one packet and syncs.
template <class Buffers> struct send_task : ready_task<send_task<Buffers>, direction::tx> {
    explicit send_task(Buffers const& packet) : buffers(packet) {}
    Buffers buffers;
    std::size_t wanted = 1;

    [[nodiscard]] std::size_t slots() const noexcept { return wanted; }
    template <class Shared> bool attempt(Shared& shared, std::error_code& ec) {
        port& to = shared.side(direction::tx);
        piece_list const pieces{buffers};
        if (to.inject(pieces.get(), ec)) {
            ec = to.sync_tx(std::nothrow);
            return true;
        }
        // There is room, but less than this packet needs.
        std::size_t most = 1;
        for (tx_ring const ring : to.tx_rings())
            most = std::max(most, std::min(ring.size() - 1, max_fragments));
        if (!ec && wanted >= most)
            ec = errc::packet_too_large;
        ++wanted;
        return false;
    }
    template <class Self> void finish(Self& self, boost::system::error_code const& ec) {
        self.complete(ec, ec ? 0 : boost::asio::buffer_size(buffers));
    }
};

/// Until nothing is pending on the tx rings. A partly free ring is "writable" already, so
/// readiness says nothing here: sync, look, sleep a little longer each time.
struct flush_task {
    static constexpr direction side = direction::tx;
    std::chrono::nanoseconds pause = std::chrono::microseconds{10};

    template <class Shared> [[nodiscard]] static bool advance(Shared& shared, std::error_code& ec) {
        port& to = shared.side(side);
        ec = to.sync_tx(std::nothrow);
        return ec ||
               std::ranges::all_of(to.tx_rings(), [](tx_ring ring) { return ring.pending() == 0; });
    }
    template <class Shared, class Handler>
    [[nodiscard]] bool sleep(Shared& shared, Handler&& handler, boost::system::error_code&) {
        shared.timer().expires_after(pause);
        pause = std::min<std::chrono::nanoseconds>(pause * 2, std::chrono::milliseconds{1});
        shared.timer().async_wait(std::forward<Handler>(handler));
        return true;
    }
    template <class Shared> static void awake(Shared&) noexcept {}
    template <class Self> static void finish(Self& self, boost::system::error_code const& ec) {
        self.complete(ec);
    }
};

} // namespace netmapxx::inline v1::async::detail

#endif // NETMAPXX_ASIO_DETAIL_TASKS_HPP
