// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// What a basic_port and its pending operations share. Private.
#ifndef NETMAPXX_ASIO_DETAIL_SHARED_PORT_HPP
#define NETMAPXX_ASIO_DETAIL_SHARED_PORT_HPP

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <system_error>
#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/error.hpp>

#include <netmapxx/asio/detail/reactor_entry.hpp>
#include <netmapxx/asio/detail/turn.hpp>
#include <netmapxx/asio/options.hpp>
#include <netmapxx/error.hpp>
#include <netmapxx/port.hpp>
#include <netmapxx/waiter.hpp>

namespace netmapxx::inline v1::async::detail {

using boost_code = boost::system::error_code;

/// The port, its waits, and its places in the reactor. Pending operations keep it alive,
/// but not the port: that closes with its basic_port, and they end without touching it.
template <class Executor> class shared_port {
  public:
    using timer_type = boost::asio::basic_waitable_timer<
        std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

    /// `sender` is a closed port unless the directions are split.
    shared_port(Executor const& runs_on, port&& receiver, port&& sender, reactor_options how)
        : executor_(runs_on), options_(how), receiver_(std::move(receiver)),
          sender_(std::move(sender)), split_(sender_.is_open()), timer_(runs_on) {}

    [[nodiscard]] Executor const& executor() const noexcept { return executor_; }
    [[nodiscard]] reactor_options const& options() const noexcept { return options_; }
    [[nodiscard]] bool is_open() const noexcept { return receiver_.is_open(); }
    [[nodiscard]] port& side(direction dir) noexcept {
        return split_ && dir == direction::tx ? sender_ : receiver_;
    }
    [[nodiscard]] timer_type& timer() noexcept { return timer_; }
    [[nodiscard]] turn& running() noexcept { return running_; }
    [[nodiscard]] std::size_t& next_rx() noexcept { return next_rx_; }

    /// At most one operation a side. False if there is one already.
    [[nodiscard]] bool claim(direction dir) noexcept {
        return !std::exchange(busy_[index(dir)], true);
    }
    void unclaim(direction dir) noexcept { busy_[index(dir)] = false; }
    /// Changes with each cancel() and close(): what began before is to end.
    [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_; }

    [[nodiscard]] waiter& waits(direction dir) noexcept { return waiters_[index(dir)]; }

    /// Sleeps in the reactor. On failure the handler is left alone.
    template <class Handler>
    [[nodiscard]] bool sleep(direction dir, Handler&& handler, boost_code& ec) {
        std::error_code why;
        port_wait_handle const handle = side(dir).wait_handle(dir, why);
        ec = why;
        auto& entry = entries_[index(dir)];
        if (!ec)
            entry.enter(handle, shares_descriptor(dir, handle), ec);
        if (ec)
            return false;
        entry.wait(std::forward<Handler>(handler));
        return true;
    }

    /// A sleep is over. Before rings are touched, so that no thread syncs them meanwhile.
    void awake(direction dir) noexcept {
        if (leaves_between_waits(dir))
            entries_[index(dir)].leave();
    }

    void cancel() noexcept {
        ++epoch_;
        for (auto& entry : entries_)
            entry.cancel();
        timer_.cancel();
    }

    void close() noexcept {
        release();
        sender_.close();
        receiver_.close();
    }

    /// Ends what is pending and takes the port out of the reactor.
    port&& release() noexcept {
        cancel();
        for (auto& wait : waiters_)
            wait.finish();
        for (auto& entry : entries_)
            entry.leave();
        return std::move(receiver_);
    }

    [[nodiscard]] port&& take_sender() noexcept { return std::move(sender_); }

  private:
    [[nodiscard]] static constexpr std::size_t index(direction dir) noexcept {
        return dir == direction::rx ? 0 : 1;
    }

    [[nodiscard]] bool shares_descriptor(direction dir, port_wait_handle handle) const noexcept {
        return dir == direction::tx && !split_ && (handle.events & POLLOUT) != 0;
    }

    /// Polling the device syncs rings, so it stays in the reactor for the wait only, unless
    /// one thread does both. A duplicate shows read interest, too, and leaves in any case.
    /// Polling an event descriptor does nothing: it stays.
    [[nodiscard]] bool leaves_between_waits(direction dir) noexcept {
        if (side(dir).native_handle() < 0)
            return false;
        return options_.policy == registration::per_wait || (dir == direction::tx && !split_);
    }

    Executor executor_;
    reactor_options options_;
    port receiver_;
    port sender_;
    bool split_;
    std::array<waiter, 2> waiters_{waiter{side(direction::rx), direction::rx},
                                   waiter{side(direction::tx), direction::tx}};
    std::array<reactor_entry<Executor>, 2> entries_{reactor_entry<Executor>{executor_},
                                                    reactor_entry<Executor>{executor_}};
    timer_type timer_;
    turn running_;
    std::array<bool, 2> busy_{};
    std::uint64_t epoch_ = 0;
    std::size_t next_rx_ = 0;
};

} // namespace netmapxx::inline v1::async::detail

#endif // NETMAPXX_ASIO_DETAIL_SHARED_PORT_HPP
