// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Every completion token against every way an operation can end. Each including file
/// instantiates it for some tokens, so that they compile side by side.
#ifndef NETMAPXX_TESTS_ASIO_MATRIX_HPP
#define NETMAPXX_TESTS_ASIO_MATRIX_HPP

#include <numeric>
#include <thread>

#include "tokens.hpp"

namespace netmapxx_tests {

/// Receiving: pending while nothing is there.
struct receiving {
    using batch_outcome = outcome_ptr<nmx::rx_batch>;

    template <class Token>
    [[nodiscard]] static batch_outcome start(bed& on, nmx::async_port& port) {
        return launch<Token, nmx::rx_batch>(on, [&port](auto&&... token) {
            return port.async_receive_batch(8, std::forward<decltype(token)>(token)...);
        });
    }
    template <class Token> [[nodiscard]] static batch_outcome start(bed& on) {
        return start<Token>(on, *on.near);
    }
    static void make_pending(bed&) {}
    static void satisfy(bed& on) { ASSERT_EQ(send_some(on.far, 5, 1), 1U); }
    static void verify(bed&, batch_outcome const& got) {
        auto& batch = std::get<0>(got->values);
        ASSERT_EQ(batch.slot_count(), 1U);
        EXPECT_EQ(number_of(*batch.begin()), 5U);
        batch.release();
    }
    static void verify_nothing(batch_outcome const& got) {
        EXPECT_TRUE(std::get<0>(got->values).empty());
    }
};

/// Sending: pending while the ring is full.
struct sending {
    using size_outcome = outcome_ptr<std::size_t>;

    template <class Token>
    [[nodiscard]] static size_outcome start(bed& on, asio::const_buffer packet) {
        return launch<Token, std::size_t>(on, [packet, &port = *on.near](auto&&... token) {
            return port.async_send(packet, std::forward<decltype(token)>(token)...);
        });
    }
    template <class Token> [[nodiscard]] static size_outcome start(bed& on) {
        static frame const last = numbered(777);
        return start<Token>(on, asio::buffer(last));
    }
    static void make_pending(bed& on) { (void)fill(on.near->lowest_port()); }
    static void satisfy(bed& on) { ASSERT_FALSE(drain(on.far).empty()); }
    static void verify(bed& on, size_outcome const& got) {
        EXPECT_EQ(std::get<0>(got->values), sizeof(frame));
        on.near->sync_tx();
        auto const numbers = drain(on.far);
        ASSERT_FALSE(numbers.empty());
        EXPECT_EQ(numbers.back(), 777U);
    }
    static void verify_nothing(size_outcome const& got) { EXPECT_EQ(std::get<0>(got->values), 0U); }
};

template <class Token> class asio_matrix : public testing::Test {
  protected:
    template <class Side> void succeeds_at_once() {
        bed on;
        Side::satisfy(on); // sending: the ring has room already
        auto const got = Side::template start<Token>(on);
        ASSERT_TRUE(on.run_until([&] { return got->done(); }));
        EXPECT_FALSE(got->ec) << got->ec.message();
        EXPECT_FALSE(got->inside_initiation);
        EXPECT_TRUE(got->on_its_executor);
        Side::verify(on, got);
        on.settle();
        EXPECT_EQ(got->calls, 1U);
    }
    template <class Side> void succeeds_later() {
        bed on;
        auto const got = pending<Side>(on);
        Side::satisfy(on);
        ASSERT_TRUE(on.run_until([&] { return got->done(); }));
        EXPECT_FALSE(got->ec) << got->ec.message();
        EXPECT_TRUE(got->on_its_executor);
        Side::verify(on, got);
        on.settle();
        EXPECT_EQ(got->calls, 1U);
    }
    template <class Side> void is_cancelled() {
        bed on;
        auto const got = pending<Side>(on);
        on.near->cancel();
        aborted<Side>(on, got);
        // Nothing is lost by it: the next one succeeds.
        auto const next = Side::template start<Token>(on);
        Side::satisfy(on);
        ASSERT_TRUE(on.run_until([&] { return next->done(); }));
        EXPECT_FALSE(next->ec) << next->ec.message();
        Side::verify(on, next);
    }
    template <class Side> void is_cancelled_by_its_slot() {
        if (!has_slot<Token>)
            GTEST_SKIP() << "this token has no cancellation slot of its own";
        for (auto const how : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                               asio::cancellation_type::total}) {
            if (std::is_same_v<Token, use_awaitable_token> &&
                how != asio::cancellation_type::terminal)
                continue; // coroutines take terminal cancellation unless they say otherwise
            bed on;
            auto const got = pending<Side>(on);
            got->signal.emit(how);
            aborted<Side>(on, got);
        }
    }
    template <class Side> void is_closed_while_pending() {
        bed on;
        auto const got = pending<Side>(on);
        on.near->close();
        aborted<Side>(on, got);
        auto const next = Side::template start<Token>(on);
        ASSERT_TRUE(on.run_until([&] { return next->done(); }));
        EXPECT_EQ(next->ec, nmx::errc::closed);
    }
    template <class Side> void is_destroyed_while_pending() {
        bed on;
        auto const got = pending<Side>(on);
        on.near.reset();
        aborted<Side>(on, got);
    }
    template <class Side> void loses_its_context_while_pending() {
        auto on = std::make_unique<bed>();
        auto const got = pending<Side>(*on);
        on->near.reset();
        on.reset();
        if (!std::is_same_v<Token, use_future_token>) { // it reports a broken promise
            EXPECT_EQ(got->calls, 0U);
        }
    }
    template <class Side> void is_satisfied_and_destroyed_before_it_hears() {
        bed on;
        auto const got = pending<Side>(on);
        Side::satisfy(on);
        on.near.reset();
        aborted<Side>(on, got);
    }

  private:
    template <class Side> [[nodiscard]] auto pending(bed& on) {
        Side::make_pending(on);
        auto got = Side::template start<Token>(on);
        on.settle();
        EXPECT_FALSE(got->done());
        return got;
    }
    template <class Side, class Outcome> void aborted(bed& on, Outcome const& got) {
        ASSERT_TRUE(on.run_until([&] { return got->done(); }));
        EXPECT_EQ(got->ec, asio::error::operation_aborted) << got->ec.message();
        Side::verify_nothing(got);
        on.settle();
        EXPECT_EQ(got->calls, 1U);
    }
};

TYPED_TEST_SUITE_P(asio_matrix);

TYPED_TEST_P(asio_matrix, S13_receive_succeeds_at_once) {
    this->template succeeds_at_once<receiving>();
}
TYPED_TEST_P(asio_matrix, S13_receive_succeeds_later) {
    this->template succeeds_later<receiving>();
}
TYPED_TEST_P(asio_matrix, receive_is_cancelled) {
    this->template is_cancelled<receiving>();
}
TYPED_TEST_P(asio_matrix, receive_is_cancelled_by_its_slot) {
    this->template is_cancelled_by_its_slot<receiving>();
}
TYPED_TEST_P(asio_matrix, receive_is_closed_while_pending) {
    this->template is_closed_while_pending<receiving>();
}
TYPED_TEST_P(asio_matrix, S58_receive_port_is_destroyed_while_pending) {
    this->template is_destroyed_while_pending<receiving>();
    this->template is_satisfied_and_destroyed_before_it_hears<receiving>();
}
TYPED_TEST_P(asio_matrix, S58_receive_context_is_destroyed_while_pending) {
    this->template loses_its_context_while_pending<receiving>();
}
TYPED_TEST_P(asio_matrix, S13_send_succeeds_at_once) {
    bed on;
    auto const got = sending::start<TypeParam>(on);
    ASSERT_TRUE(on.run_until([&] { return got->done(); }));
    EXPECT_FALSE(got->ec) << got->ec.message();
    EXPECT_FALSE(got->inside_initiation);
    EXPECT_EQ(drain(on.far), std::vector<std::uint64_t>{777});
}
TYPED_TEST_P(asio_matrix, send_waits_for_a_full_ring) {
    this->template succeeds_later<sending>();
}
TYPED_TEST_P(asio_matrix, send_is_cancelled) {
    this->template is_cancelled<sending>();
}
TYPED_TEST_P(asio_matrix, send_is_cancelled_by_its_slot) {
    this->template is_cancelled_by_its_slot<sending>();
}
TYPED_TEST_P(asio_matrix, send_is_closed_while_pending) {
    this->template is_closed_while_pending<sending>();
}
TYPED_TEST_P(asio_matrix, S58_send_port_is_destroyed_while_pending) {
    this->template is_destroyed_while_pending<sending>();
    this->template is_satisfied_and_destroyed_before_it_hears<sending>();
}
TYPED_TEST_P(asio_matrix, S58_send_context_is_destroyed_while_pending) {
    this->template loses_its_context_while_pending<sending>();
}

// A port that joins a running context while packets already flow to it.
TYPED_TEST_P(asio_matrix, port_added_while_traffic_flows) {
    bed on; // its near port keeps the context's epoll busy meanwhile
    std::string const name = fresh_name();
    nmx::port source{"netmap:" + name + "{1", {.tx_slots = 16, .rx_slots = 16}};
    nmx::port sink{"netmap:" + name + "}1", {.tx_slots = 16, .rx_slots = 16}};
    std::atomic<bool> stop{false};
    std::jthread const traffic{[&] {
        std::uint64_t next = 0;
        while (!stop) {
            next += send_some(source, next, 4);
            std::this_thread::yield();
        }
    }};
    auto const other = receiving::start<callback_token>(on);
    on.settle();
    nmx::async_port late{on.context, std::move(sink)};
    std::uint64_t expected = 0;
    while (expected < 200) {
        auto const got = receiving::start<TypeParam>(on, late);
        bool const came = on.run_until([&] { return got->done(); });
        EXPECT_TRUE(came && !got->ec);
        if (!came || got->ec)
            break;
        for (nmx::packet_view const packet : std::get<0>(got->values))
            EXPECT_EQ(number_of(packet), expected++);
        std::get<0>(got->values).release();
    }
    stop = true;
    EXPECT_EQ(other->calls, 0U);
}

// Many packets through a small ring that is full nearly always.
TYPED_TEST_P(asio_matrix, full_ring_lets_everything_through_in_order) {
    bed on;
    constexpr std::uint64_t count = 300;
    std::atomic<bool> stop{false};
    std::vector<std::uint64_t> seen;
    std::jthread const reader{[&] {
        while (!stop && seen.size() < count) {
            (void)on.far.wait_readable(10ms);
            for (auto const number : drain(on.far))
                seen.push_back(number);
        }
    }};
    for (std::uint64_t i = 0; i < count; ++i) {
        frame const packet = numbered(i);
        auto const got = sending::start<TypeParam>(on, asio::buffer(packet));
        bool const went = on.run_until([&] { return got->done(); });
        EXPECT_TRUE(went && !got->ec);
        if (!went || got->ec) {
            stop = true;
            break;
        }
    }
    auto const flushed = std::make_shared<outcome<>>();
    on.near->async_flush([flushed](boost_code ec) { flushed->set(ec); });
    EXPECT_TRUE(on.run_until([&] { return flushed->done(); }));
    const_cast<std::jthread&>(reader).join();
    std::vector<std::uint64_t> wanted(count);
    std::iota(wanted.begin(), wanted.end(), 0U);
    EXPECT_EQ(seen, wanted);
}

REGISTER_TYPED_TEST_SUITE_P(
    asio_matrix, S13_receive_succeeds_at_once, S13_receive_succeeds_later, receive_is_cancelled,
    receive_is_cancelled_by_its_slot, receive_is_closed_while_pending,
    S58_receive_port_is_destroyed_while_pending, S58_receive_context_is_destroyed_while_pending,
    S13_send_succeeds_at_once, send_waits_for_a_full_ring, send_is_cancelled,
    send_is_cancelled_by_its_slot, send_is_closed_while_pending,
    S58_send_port_is_destroyed_while_pending, S58_send_context_is_destroyed_while_pending,
    port_added_while_traffic_flows, full_ring_lets_everything_through_in_order);

} // namespace netmapxx_tests

#endif // NETMAPXX_TESTS_ASIO_MATRIX_HPP
