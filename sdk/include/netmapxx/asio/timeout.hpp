// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// An operation that has until then to be done.
#ifndef NETMAPXX_ASIO_TIMEOUT_HPP
#define NETMAPXX_ASIO_TIMEOUT_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/system/error_code.hpp>

#include <netmapxx/error.hpp>

namespace netmapxx::inline v1::async {

namespace detail {

template <class Operation> struct signature_of;
template <class Signature, class Initiation, class... Args>
struct signature_of<boost::asio::deferred_async_operation<Signature, Initiation, Args...>> {
    using type = Signature;
};
template <class Operation>
using signature_of_t = typename signature_of<std::remove_cvref_t<Operation>>::type;

/// Runs an operation beside a timer; the first to finish ends the other.
template <class Executor, class Signature> struct raced;
template <class Executor, class... Results>
struct raced<Executor, void(boost::system::error_code, Results...)> {
    using timer = boost::asio::basic_waitable_timer<
        std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
    using code = boost::system::error_code;

    Executor executor;

    using executor_type = Executor;
    [[nodiscard]] executor_type get_executor() const noexcept { return executor; }

    template <class Handler, class Operation>
    void operator()(Handler&& handler, Operation&& operation, std::chrono::nanoseconds limit) {
        namespace asio = boost::asio;
        auto clock = std::make_unique<timer>(executor);
        clock->expires_after(limit);
        auto waiting = clock->async_wait(asio::deferred);
        auto const own = asio::get_associated_executor(handler, executor);
        auto const slot = asio::get_associated_cancellation_slot(handler);
        asio::experimental::make_parallel_group(std::forward<Operation>(operation),
                                                std::move(waiting))
            .async_wait(
                asio::experimental::wait_for_one(),
                asio::bind_cancellation_slot(
                    slot, asio::bind_executor(own, [handler = std::forward<Handler>(handler),
                                                    clock = std::move(clock)](
                                                       std::array<std::size_t, 2> order, code ec,
                                                       Results... results, code) mutable {
                        // What was done when the time was over counts as done.
                        if (order[0] == 1 && ec == asio::error::operation_aborted)
                            ec = errc::timed_out;
                        clock.reset();
                        std::move(handler)(ec, std::move(results)...);
                    })));
    }
};

} // namespace detail

/// @brief Gives an operation a time limit.
///
/// @code
/// auto [ec, batch] = co_await async::with_timeout(
///     port.get_executor(), port.async_receive_batch(64, asio::deferred), 100ms,
///     asio::as_tuple(asio::use_awaitable));
/// if (ec == netmapxx::errc::timed_out) ...
/// @endcode
///
/// @param executor  executor of the timer and, by default, of the handler
/// @param operation deferred operation of `void(error_code, ...)`; not yet started
/// @param limit     from the start of the operation on
/// @param token     completion token of the operation's signature
/// @return what the token says
/// @par Errors errc::timed_out when the limit passed first, and those of the operation. One
///      that finished at the same moment counts as done: no packet is lost.
/// @par Thread safety As the operation: one strand.
/// @since 0.1
template <class Executor, class Operation, class Token = boost::asio::deferred_t>
auto with_timeout(Executor const& executor, Operation&& operation, std::chrono::nanoseconds limit,
                  Token&& token = Token{}) {
    using signature = detail::signature_of_t<Operation>;
    return boost::asio::async_initiate<Token, signature>(
        detail::raced<Executor, signature>{executor}, token, std::forward<Operation>(operation),
        limit);
}

} // namespace netmapxx::inline v1::async

#endif // NETMAPXX_ASIO_TIMEOUT_HPP
