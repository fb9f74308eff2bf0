// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// The thin shell around tasks: what sleeps in the reactor or on a timer, and hands results
/// to handlers. Private.
#ifndef NETMAPXX_ASIO_DETAIL_OPERATIONS_HPP
#define NETMAPXX_ASIO_DETAIL_OPERATIONS_HPP

#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <netmapxx/asio/detail/shared_port.hpp>
#include <netmapxx/asio/detail/tasks.hpp>
#include <netmapxx/asio/detail/turn.hpp>

namespace netmapxx::inline v1::async::detail {

/// True if two executors are equal, and of one type but for what names a default token.
template <class One, class Other>
[[nodiscard]] bool same_executor(One const& one, Other const& other) noexcept {
    if constexpr (std::is_base_of_v<One, Other>)
        return one == static_cast<One const&>(other);
    else if constexpr (std::is_base_of_v<Other, One>)
        return static_cast<Other const&>(one) == other;
    else
        return false;
}

/// Why an operation cannot begin.
enum class refusal : unsigned char { none, closed, already_started };

/// One side of a port, taken for an operation.
template <class Executor> class side_claim {
  public:
    side_claim(std::shared_ptr<shared_port<Executor>> shared, direction side) noexcept
        : shared_(std::move(shared)), side_(side) {}
    side_claim(side_claim&& other) noexcept
        : shared_(std::move(other.shared_)), side_(other.side_),
          held_(std::exchange(other.held_, false)), epoch_(other.epoch_) {}
    side_claim(side_claim const&) = delete;
    side_claim& operator=(side_claim const&) = delete;
    ~side_claim() { drop(); }

    [[nodiscard]] shared_port<Executor>& shared() const noexcept { return *shared_; }

    /// Takes the side, or says why not.
    [[nodiscard]] refusal take() noexcept {
        if (!shared_->is_open())
            return refusal::closed;
        epoch_ = shared_->epoch();
        held_ = shared_->claim(side_);
        return held_ ? refusal::none : refusal::already_started;
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

/// A task and its handler: tries, sleeps, and tries again. Rings are looked at on the
/// handler's executor only, and never within the initiating call.
///
/// Not async_compose(), whose work guards and moves cost more than a batch does otherwise:
/// whoever holds the operation (the turn of a handler, the reactor, a queue) keeps its
/// executor at work, and a guard is needed only for the port's executor while the handler
/// lives on another.
template <class Executor, class Task, class Handler> class operation {
  public:
    using executor_type = boost::asio::associated_executor_t<Handler, Executor>;
    using allocator_type = boost::asio::associated_allocator_t<Handler>;
    using cancellation_slot_type = boost::asio::cancellation_slot;

    operation(std::shared_ptr<shared_port<Executor>> shared, Task task, Handler handler)
        : claim_(std::move(shared), Task::side), task_(std::move(task)),
          handler_(std::move(handler)),
          cancellation_(boost::asio::get_associated_cancellation_slot(handler_),
                        boost::asio::enable_total_cancellation()) {}

    [[nodiscard]] executor_type get_executor() const noexcept {
        return boost::asio::get_associated_executor(handler_, claim_.shared().executor());
    }
    [[nodiscard]] allocator_type get_allocator() const noexcept {
        return boost::asio::get_associated_allocator(handler_);
    }
    [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept {
        return cancellation_.slot();
    }

    /// Takes its side of the port. The first step comes later.
    void begin(bool at_home) {
        at_home_ = at_home;
        refusal_ = claim_.take();
        if (!at_home)
            guard_.emplace(claim_.shared().executor());
    }

    /// The first step.
    void operator()() {
        if (refusal_ != refusal::none)
            end(refusal_ == refusal::closed ? boost_code{make_error_code(errc::closed)}
                                            : make_error_code(boost::asio::error::already_started));
        else
            go_on();
    }

    /// The step after a sleep.
    void operator()(boost_code ec) {
        cancellation_.slot().clear(); // what slept is no longer there to be cancelled
        task_.awake(claim_.shared());
        if (ec)
            end(ec);
        else
            go_on();
    }

    /// For tasks: the results.
    template <class... Results> void complete(boost_code ec, Results... results) {
        guard_.reset();
        std::move(handler_)(ec, std::move(results)...);
    }

  private:
    void go_on() {
        auto& shared = claim_.shared();
        if (claim_.revoked() || cancellation_.cancelled() != boost::asio::cancellation_type::none) {
            end(boost::asio::error::operation_aborted);
            return;
        }
        std::error_code why;
        if (task_.advance(shared, why)) {
            end(why ? boost_code{why} : boost_code{});
            return;
        }
        boost_code ec;
        if (!task_.sleep(shared, std::move(*this), ec))
            end(ec);
    }

    void end(boost_code const& ec) {
        claim_.drop(); // the handler may start the next one
        if (at_home_)
            claim_.shared().running().run([&] { task_.finish(*this, ec); });
        else
            task_.finish(*this, ec);
    }

    side_claim<Executor> claim_;
    Task task_;
    Handler handler_;
    boost::asio::cancellation_state cancellation_;
    std::optional<boost::asio::executor_work_guard<Executor>> guard_;
    refusal refusal_ = refusal::none;
    bool at_home_ = false; // the handler runs on the port's own executor
};

/// Starts operations of one port: what completion tokens call, at once or later.
template <class Executor> struct starter {
    using executor_type = Executor;

    std::shared_ptr<shared_port<Executor>> shared;

    [[nodiscard]] executor_type get_executor() const noexcept { return shared->executor(); }

    template <class Handler, class Task> void operator()(Handler&& handler, Task&& task) const {
        using step = operation<Executor, std::decay_t<Task>, std::decay_t<Handler>>;
        auto const& home = shared->executor();
        bool const at_home =
            same_executor(boost::asio::get_associated_executor(handler, home), home);
        if (at_home)
            if (auto* const here = shared->running().template emplace<step>(
                    shared, std::forward<Task>(task), std::forward<Handler>(handler))) {
                here->begin(true);
                return;
            }
        step later{shared, std::forward<Task>(task), std::forward<Handler>(handler)};
        later.begin(at_home);
        // To the port first: of use_future the executor is any thread of the system, but where
        // it is only asked to go on it goes on where it is.
        boost::asio::post(home, std::move(later));
    }
};

} // namespace netmapxx::inline v1::async::detail

#endif // NETMAPXX_ASIO_DETAIL_OPERATIONS_HPP
