// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Every style of completion token behind one face: launch an operation, and find its
/// results in an outcome.
#ifndef NETMAPXX_TESTS_ASIO_TOKENS_HPP
#define NETMAPXX_TESTS_ASIO_TOKENS_HPP

#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include <boost/asio/append.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/consign.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/prepend.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include "bed.hpp"

namespace netmapxx_tests {

/// What came of an operation of `void(error_code, R...)`.
template <class... R> struct outcome {
    unsigned calls = 0;
    boost_code ec;
    std::tuple<R...> values;
    bool initiating = true;         ///< until launch() returns
    bool inside_initiation = false; ///< completed before
    bool on_its_executor = true;
    std::function<void()> poll = [] {}; ///< looks whether results are there
    asio::cancellation_signal signal;

    void set(boost_code code, R... results) {
        ++calls;
        ec = code;
        values = std::tuple<R...>{std::move(results)...};
        inside_initiation = initiating;
    }
    [[nodiscard]] bool done() {
        poll();
        return calls != 0;
    }
};
template <class... R> using outcome_ptr = std::shared_ptr<outcome<R...>>;

struct callback_token {
    static constexpr char const* name = "callback";
    template <class Start, class... R>
    static void launch(asio::io_context&, Start start, outcome_ptr<R...> to) {
        start([to](boost_code ec, R... results) { to->set(ec, std::move(results)...); });
    }
};

/// A handler that cannot be copied.
struct move_only_token {
    static constexpr char const* name = "move_only_callback";
    template <class Start, class... R>
    static void launch(asio::io_context&, Start start, outcome_ptr<R...> to) {
        start([to, only = std::make_unique<int>(1)](boost_code ec, R... results) {
            to->set(ec, std::move(results)...);
        });
    }
};

struct use_future_token {
    static constexpr char const* name = "use_future";
    template <class Start, class... R>
    static void launch(asio::io_context&, Start start, outcome_ptr<R...> to) {
        auto future = std::make_shared<decltype(start(asio::use_future))>(start(asio::use_future));
        auto* const raw = to.get();
        to->poll = [raw, future] {
            if (raw->calls != 0 || future->wait_for(0s) != std::future_status::ready)
                return;
            try {
                if constexpr (sizeof...(R) == 0) {
                    future->get();
                    raw->set({});
                } else {
                    raw->set({}, future->get());
                }
            } catch (boost::system::system_error const& e) {
                raw->set(e.code(), R{}...);
            }
        };
    }
};

struct use_awaitable_token {
    static constexpr char const* name = "use_awaitable";
    template <class Start, class... R>
    static asio::awaitable<void> run(Start start, outcome_ptr<R...> to) {
        boost_code ec;
        std::tuple<R...> results;
        try {
            if constexpr (sizeof...(R) == 0)
                co_await start(asio::use_awaitable);
            else
                results = std::tuple<R...>{co_await start(asio::use_awaitable)};
        } catch (boost::system::system_error const& e) {
            ec = e.code();
        }
        std::apply([&](R&... r) { to->set(ec, std::move(r)...); }, results);
    }
    template <class Start, class... R>
    static void launch(asio::io_context& context, Start start, outcome_ptr<R...> to) {
        auto* const raw = to.get();
        asio::co_spawn(context, run(std::move(start), std::move(to)),
                       asio::bind_cancellation_slot(raw->signal.slot(), asio::detached));
    }
};

struct as_tuple_token {
    static constexpr char const* name = "as_tuple";
    template <class Start, class... R>
    static asio::awaitable<void> run(Start start, outcome_ptr<R...> to) {
        // A coroutine of its own would turn cancellation into an exception here.
        co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        auto results = co_await start(asio::as_tuple(asio::use_awaitable));
        std::apply([&](auto&... r) { to->set(std::move(r)...); }, results);
    }
    template <class Start, class... R>
    static void launch(asio::io_context& context, Start start, outcome_ptr<R...> to) {
        asio::co_spawn(context, run(std::move(start), std::move(to)), asio::detached);
    }
};

struct redirect_error_token {
    static constexpr char const* name = "redirect_error";
    template <class Start, class... R>
    static asio::awaitable<void> run(Start start, outcome_ptr<R...> to) {
        boost_code ec;
        if constexpr (sizeof...(R) == 0) {
            co_await start(asio::redirect_error(asio::use_awaitable, ec));
            to->set(ec);
        } else {
            auto result = co_await start(asio::redirect_error(asio::use_awaitable, ec));
            to->set(ec, std::move(result));
        }
    }
    template <class Start, class... R>
    static void launch(asio::io_context& context, Start start, outcome_ptr<R...> to) {
        asio::co_spawn(context, run(std::move(start), std::move(to)), asio::detached);
    }
};

struct deferred_token {
    static constexpr char const* name = "deferred";
    template <class Start, class... R>
    static void launch(asio::io_context&, Start start, outcome_ptr<R...> to) {
        auto later = start(asio::deferred);
        std::move(later)([to](boost_code ec, R... results) { to->set(ec, std::move(results)...); });
    }
};

/// The default token of the port's executor, awaited.
struct default_token {
    static constexpr char const* name = "default_token";
    template <class Start, class... R>
    static asio::awaitable<void> run(Start start, outcome_ptr<R...> to) {
        auto results = co_await start()(asio::as_tuple(asio::use_awaitable));
        std::apply([&](auto&... r) { to->set(std::move(r)...); }, results);
    }
    template <class Start, class... R>
    static void launch(asio::io_context& context, Start start, outcome_ptr<R...> to) {
        asio::co_spawn(context, run(std::move(start), std::move(to)), asio::detached);
    }
};

struct append_token {
    static constexpr char const* name = "append";
    template <class Start, class... R>
    static void launch(asio::io_context&, Start start, outcome_ptr<R...> to) {
        start(asio::append(
            [to](boost_code ec, R... results, int more) {
                to->on_its_executor = more == 7;
                to->set(ec, std::move(results)...);
            },
            7));
    }
};

struct prepend_token {
    static constexpr char const* name = "prepend";
    template <class Start, class... R>
    static void launch(asio::io_context&, Start start, outcome_ptr<R...> to) {
        start(asio::prepend(
            [to](int more, boost_code ec, R... results) {
                to->on_its_executor = more == 7;
                to->set(ec, std::move(results)...);
            },
            7));
    }
};

struct consign_token {
    static constexpr char const* name = "consign";
    template <class Start, class... R>
    static void launch(asio::io_context&, Start start, outcome_ptr<R...> to) {
        start(
            asio::consign([to](boost_code ec, R... results) { to->set(ec, std::move(results)...); },
                          std::make_shared<int>(1)));
    }
};

struct bind_executor_token {
    static constexpr char const* name = "bind_executor";
    template <class Start, class... R>
    static void launch(asio::io_context& context, Start start, outcome_ptr<R...> to) {
        auto strand = asio::make_strand(context);
        start(asio::bind_executor(strand, [to, strand](boost_code ec, R... results) {
            to->on_its_executor = strand.running_in_this_thread();
            to->set(ec, std::move(results)...);
        }));
    }
};

struct bind_cancellation_slot_token {
    static constexpr char const* name = "bind_cancellation_slot";
    template <class Start, class... R>
    static void launch(asio::io_context&, Start start, outcome_ptr<R...> to) {
        auto* const raw = to.get();
        start(asio::bind_cancellation_slot(raw->signal.slot(), [to](boost_code ec, R... results) {
            to->set(ec, std::move(results)...);
        }));
    }
};

struct bind_allocator_token {
    static constexpr char const* name = "bind_allocator";
    template <class Start, class... R>
    static void launch(asio::io_context&, Start start, outcome_ptr<R...> to) {
        start(asio::bind_allocator(std::allocator<void>{}, [to](boost_code ec, R... results) {
            to->set(ec, std::move(results)...);
        }));
    }
};

struct token_name {
    template <class Token> static std::string GetName(int) { return Token::name; }
};

/// Tokens whose handlers have an associated cancellation slot from outcome::signal.
template <class Token>
inline constexpr bool has_slot = std::is_same_v<Token, bind_cancellation_slot_token> ||
                                 std::is_same_v<Token, use_awaitable_token>;

/// Launches an operation with a token.
template <class Token, class... R, class Start>
[[nodiscard]] outcome_ptr<R...> launch(bed& on, Start start) {
    auto to = std::make_shared<outcome<R...>>();
    Token::launch(on.context, std::move(start), to);
    to->initiating = false;
    return to;
}

} // namespace netmapxx_tests

#endif // NETMAPXX_TESTS_ASIO_TOKENS_HPP
