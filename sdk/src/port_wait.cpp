// SPDX-License-Identifier: BSD-2-Clause
// Syncs and waits. One protocol for all backends: look, arm, sync, look, sleep.
// A notification that comes after arming ends the sleep, and what came before
// is seen by the sync, so no wake-up is lost whether or not the backend's own
// poll syncs.
#include "port_state.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>

#include <netmapxx/error.hpp>

#include "deadline.hpp"
#include "log.hpp"

namespace netmapxx::inline v1::detail {

namespace {

using std::chrono::nanoseconds;

[[nodiscard]] std::error_code sync_code(int error) noexcept {
    if (error == ENXIO || error == EIO)
        return errc::port_gone;
    return {error, std::generic_category()};
}

// True if an rx ring shows packets beyond the wake-up point. If there are only
// pieces of one, asks to be woken by more.
[[nodiscard]] bool readable(ring_control& ctl) noexcept {
    std::uint32_t const tail = ctl.tail();
    if (tail >= ctl.size || ctl.cur == tail)
        return false;
    if (ctl.cur != ctl.head) // held packets lie in front
        return true;
    if (whole_packets(ctl, all_slots) != 0)
        return true;
    if (ctl.cur != tail)
        ctl.publish_cur(tail);
    return false;
}

[[nodiscard]] bool writable(ring_control& ctl, std::size_t min_slots) noexcept {
    return ctl.owned() >= std::min<std::size_t>(min_slots, ctl.size - 1);
}

} // namespace

bool port_state::forwards_transparently() const noexcept {
    return std::ranges::any_of(
        rx, [](rx_ring ring) { return (ring.control().ring->flags & NR_FORWARD) != 0; });
}

// Compares what the core has with what was published. False after a reset.
bool port_state::check_ring(ring_control& ctl) noexcept {
    std::uint32_t const tail = ctl.tail();
    bump(ctl.counters.syncs);
    if (tail == ctl.last_tail)
        bump(ctl.counters.empty_syncs);
    ctl.last_tail = tail;
    bool good = true;
    std::uint32_t const head =
        std::atomic_ref<std::uint32_t>{ctl.ring->head}.load(std::memory_order_acquire);
    if (head != ctl.head) [[unlikely]] {
        good = ctl.tx && forwards_transparently();
        if (head < ctl.size)
            ctl.head = ctl.cur = head;
        if (!good) {
            ++ctl.generation;
            ctl.reserved = false;
            ctl.skipping_chain = false;
            bump(ctl.counters.resets);
            log(log_level::warning,
                "{}: the core refused the indexes of {} ring {} and restarted it", info.name,
                ctl.tx ? "tx" : "rx", ctl.index);
        }
    }
    std::uint64_t const owned = ctl.owned();
    std::uint64_t const space = ctl.tx ? owned : ctl.size - 1 - owned;
    if (space == 0 && !ctl.tx)
        bump(ctl.counters.suspected_overruns);
    if (space < ctl.counters.smallest_space)
        std::atomic_ref<std::uint64_t>{ctl.counters.smallest_space}.store(
            space, std::memory_order_relaxed);
    return good;
}

// Follows tx rings that the core filled itself, in an rx sync.
void port_state::adopt_forwarded() noexcept {
    for (tx_ring const ring : tx) {
        ring_control& ctl = ring.control();
        std::uint32_t const head =
            std::atomic_ref<std::uint32_t>{ctl.ring->head}.load(std::memory_order_acquire);
        if (head != ctl.head && head < ctl.size)
            ctl.head = ctl.cur = head;
    }
}

bool port_state::check_rings(direction dir) noexcept {
    bool good = true;
    if (dir == direction::rx)
        for (rx_ring const ring : rx)
            good = check_ring(ring.control()) && good;
    else
        for (tx_ring const ring : tx)
            good = check_ring(ring.control()) && good;
    return good;
}

std::error_code port_state::sync(direction dir) noexcept {
    if (dir == direction::tx && tx.empty())
        return {}; // a monitor's dummy ring must not be synced
    int error = 0;
    do
        error = dev_->ioctl(dir == direction::rx ? NIOCRXSYNC : NIOCTXSYNC, nullptr);
    while (error == EINTR);
    bool const good = check_rings(dir);
    if (dir == direction::rx && forwards_transparently()) [[unlikely]]
        adopt_forwarded();
    if (error != 0)
        return sync_code(error);
    return good ? std::error_code{} : make_error_code(errc::ring_reset);
}

std::error_code port_state::sync(wait_request const& request) noexcept {
    if (request.tx)
        if (auto const ec = sync(direction::tx); ec)
            return ec;
    return request.rx ? sync(direction::rx) : std::error_code{};
}

bool port_state::ready(wait_request const& request) const noexcept {
    if (request.ended != nullptr)
        return request.ended(request.asker);
    if (request.rx &&
        std::ranges::any_of(rx, [](rx_ring ring) { return readable(ring.control()); }))
        return true;
    return request.tx && std::ranges::any_of(tx, [&](tx_ring ring) {
               return writable(ring.control(), request.min_slots);
           });
}

std::error_code port_state::arm(wait_request const& request) noexcept {
    int error = request.rx ? dev_->arm(direction::rx) : 0;
    if (error == 0 && request.tx)
        error = dev_->arm(direction::tx);
    return error == 0 ? std::error_code{} : sync_code(error);
}

void port_state::raise_wake_points() noexcept {
    for (tx_ring const ring : tx) {
        std::uint32_t const tail = ring.control().tail();
        if (tail < ring.control().size && tail != ring.control().cur)
            ring.control().publish_cur(tail);
    }
}

void port_state::lower_wake_points() noexcept {
    for (tx_ring const ring : tx)
        if (ring.control().cur != ring.control().head)
            ring.control().publish_cur(ring.control().head);
}

bool port_state::can_end(wait_request const& request, std::error_code& ec) const noexcept {
    if ((request.rx && !rx.empty()) || (request.tx && !tx.empty()))
        return true;
    ec = errc::no_such_ring;
    return false;
}

bool port_state::prepare(wait_request const& request, std::error_code& ec) noexcept {
    ec.clear();
    if (request.timeout != nanoseconds::zero())
        ec = arm(request);
    if (request.tx)
        raise_wake_points();
    if (!ec)
        ec = sync(request);
    if (ec)
        return false;
    if (ready(request))
        return true;
    if (monitor_ && dev_->troubled()) // its target is gone, and it stays dead
        ec = errc::port_gone;
    return false;
}

bool port_state::troubled(direction dir) noexcept {
    port_wait_handle handle;
    if (dev_->troubled() || dev_->wait_handle(dir, handle) != 0)
        return true;
    pollfd entry{handle.fd, handle.events, 0};
    return ::poll(&entry, 1, 0) > 0 && (entry.revents & (POLLERR | POLLNVAL)) != 0;
}

wait_result port_state::wait(wait_request const& request, std::error_code& ec) noexcept {
    ec.clear();
    if (!can_end(request, ec))
        return wait_result::error_event;
    if (ready(request))
        return wait_result::ready;
    wait_result const result = wait_loop(request, ec);
    if (request.tx)
        lower_wake_points();
    if (result == wait_result::timed_out)
        bump(timeouts_);
    return result;
}

wait_result port_state::wait_loop(wait_request const& request, std::error_code& ec) noexcept {
    deadline const end{request.timeout};
    wait_result event = wait_result::timed_out;
    for (;;) {
        if (prepare(request, ec))
            return wait_result::ready;
        if (!ec && event == wait_result::error_event && monitor_)
            ec = errc::port_gone;
        if (ec || event == wait_result::error_event)
            return wait_result::error_event;
        if (end.over())
            return wait_result::timed_out;
        event = block(request, end, ec);
        if (ec)
            return wait_result::error_event;
    }
}

wait_result port_state::block(wait_request const& request, deadline const& end,
                              std::error_code& ec) noexcept {
    std::array<pollfd, 2> entries{};
    std::size_t count = 0;
    auto const add = [&](direction dir) {
        port_wait_handle handle;
        if (int const error = dev_->wait_handle(dir, handle); error != 0)
            return sync_code(error);
        if (count == 1 && entries[0].fd == handle.fd)
            entries[0].events = static_cast<short>(entries[0].events | handle.events);
        else
            entries.at(count++) = {handle.fd, handle.events, 0};
        return std::error_code{};
    };
    if (request.rx)
        ec = add(direction::rx);
    if (!ec && request.tx)
        ec = add(direction::tx);
    if (ec)
        return wait_result::error_event;

    int const n = sleep_on(std::span{entries}.first(count), end);
    if (n < 0)
        ec = {-n, std::generic_category()};
    if (n <= 0)
        return wait_result::timed_out;
    bump(wakeups_);
    bool const trouble = std::ranges::any_of(
        entries, [](pollfd const& p) { return (p.revents & (POLLERR | POLLNVAL)) != 0; });
    return trouble ? wait_result::error_event : wait_result::ready;
}

wait_result port_state::flush(nanoseconds timeout, std::error_code& ec) noexcept {
    using namespace std::chrono_literals;
    deadline const end{timeout};
    nanoseconds pause = 10us;
    for (;;) {
        ec = sync(direction::tx);
        if (ec)
            return wait_result::error_event;
        if (std::ranges::all_of(tx, [](tx_ring ring) { return ring.pending() == 0; }))
            return wait_result::ready;
        if (end.over()) {
            bump(timeouts_);
            return wait_result::timed_out;
        }
        std::this_thread::sleep_for(std::min(pause, end.left().value_or(pause)));
        pause = std::min<nanoseconds>(pause * 2, 1ms);
    }
}

} // namespace netmapxx::inline v1::detail
