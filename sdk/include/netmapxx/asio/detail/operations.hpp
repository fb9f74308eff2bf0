// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// The thin shells around tasks: composed operations that sleep in the reactor or on a
/// timer. Private.
#ifndef NETMAPXX_ASIO_DETAIL_OPERATIONS_HPP
#define NETMAPXX_ASIO_DETAIL_OPERATIONS_HPP

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <new>
#include <system_error>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <netmapxx/asio/detail/shared_port.hpp>

namespace netmapxx::inline v1::async::detail {

/// One side of a port, taken for an operation. What a deferred operation is copied from
/// has taken nothing yet.
template <class Executor> class side_claim {
  public:
    side_claim(std::shared_ptr<shared_port<Executor>> shared, direction side) noexcept
        : shared_(std::move(shared)), side_(side) {}
    side_claim(side_claim&& other) noexcept
        : shared_(std::move(other.shared_)), side_(other.side_),
          held_(std::exchange(other.held_, false)), epoch_(other.epoch_) {}
    side_claim(side_claim const& other) noexcept : shared_(other.shared_), side_(other.side_) {}
    side_claim& operator=(side_claim const&) = delete;
    ~side_claim() { drop(); }

    [[nodiscard]] shared_port<Executor>& shared() const noexcept { return *shared_; }

    /// Takes the side, or says why not.
    [[nodiscard]] boost_code take() noexcept {
        if (!shared_ || !shared_->is_open())
            return make_error_code(errc::closed);
        epoch_ = shared_->epoch();
        held_ = shared_->claim(side_);
        return held_ ? boost_code{} : make_error_code(boost::asio::error::already_started);
    }
    /// True if the port was told to cancel or close meanwhile.
    [[nodiscard]] bool revoked() const noexcept {
        return shared_->epoch() != epoch_ || !shared_->is_open();
    }
    void drop() noexcept {
        if (std::exchange(held_, false))
            shared_->unclaim(side_);
    }

  private:
    std::shared_ptr<shared_port<Executor>> shared_;
    direction side_;
    bool held_ = false;
    std::uint64_t epoch_ = 0;
};

/// True if the operation is to end because somebody said so.
template <class Self, class Claim>
[[nodiscard]] bool told_to_end(Self const& self, Claim const& claim) noexcept {
    return self.cancelled() != boost::asio::cancellation_type::none || claim.revoked();
}

/// A task: tries, sleeps, and tries again. Rings are looked at on the handler's executor
/// only, and never within the initiating call.
template <class Executor, class Task> class operation {
  public:
    operation(std::shared_ptr<shared_port<Executor>> shared, Task task)
        : claim_(std::move(shared), Task::side), task_(std::move(task)) {}

    template <class Self> void operator()(Self& self, boost_code ec = {}) {
        switch (std::exchange(step_, step::looking)) {
        case step::beginning:
            // Composed operations would take terminal cancellation only.
            self.reset_cancellation_state(boost::asio::enable_total_cancellation());
            refusal_ = claim_.take();
            boost::asio::post(std::move(self));
            return;
        case step::looking:
            ec = refusal_;
            break;
        case step::sleeping:
            claim_.shared().awake(Task::side);
            break;
        }
        if (ec || told_to_end(self, claim_) || look(ec))
            end(self, ec);
        else
            sleep(self);
    }

  private:
    enum class step { beginning, looking, sleeping };

    [[nodiscard]] bool look(boost_code& ec) {
        std::error_code why;
        done_ = claim_.shared().advance(task_, why);
        ec = why;
        return done_;
    }

    template <class Self> void sleep(Self& self) {
        step_ = step::sleeping;
        boost_code ec;
        auto& shared = claim_.shared();
        if (!shared.sleep(Task::side, std::move(self), ec))
            end(self, ec);
    }

    template <class Self> void end(Self& self, boost_code ec) {
        if (!ec && !done_)
            ec = boost::asio::error::operation_aborted;
        claim_.drop(); // the handler may start the next one
        task_.finish(self, ec);
    }

    side_claim<Executor> claim_;
    Task task_;
    boost_code refusal_;
    step step_ = step::beginning;
    bool done_ = false;
};

/// Until nothing is pending on the tx rings. A partly free ring is "writable" already, so
/// readiness says nothing here: sync, look, sleep a little longer each time.
template <class Executor> class flush_operation {
  public:
    explicit flush_operation(std::shared_ptr<shared_port<Executor>> shared)
        : claim_(std::move(shared), direction::tx) {}

    template <class Self> void operator()(Self& self, boost_code = {}) {
        if (!std::exchange(begun_, true)) {
            self.reset_cancellation_state(boost::asio::enable_total_cancellation());
            refusal_ = claim_.take();
            boost::asio::post(std::move(self));
            return;
        }
        bool done = static_cast<bool>(refusal_);
        if (!done && told_to_end(self, claim_)) {
            refusal_ = boost::asio::error::operation_aborted;
            done = true;
        }
        if (done || look()) {
            claim_.drop();
            self.complete(refusal_);
            return;
        }
        auto& timer = claim_.shared().timer();
        timer.expires_after(pause_);
        pause_ = std::min<std::chrono::nanoseconds>(pause_ * 2, std::chrono::milliseconds{1});
        timer.async_wait(std::move(self));
    }

  private:
    [[nodiscard]] bool look() {
        port& to = claim_.shared().side(direction::tx);
        auto const ec = to.sync_tx(std::nothrow);
        refusal_ = ec;
        return ec ||
               std::ranges::all_of(to.tx_rings(), [](tx_ring ring) { return ring.pending() == 0; });
    }

    side_claim<Executor> claim_;
    boost_code refusal_;
    std::chrono::nanoseconds pause_ = std::chrono::microseconds{10};
    bool begun_ = false;
};

} // namespace netmapxx::inline v1::async::detail

#endif // NETMAPXX_ASIO_DETAIL_OPERATIONS_HPP
