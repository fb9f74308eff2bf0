// SPDX-License-Identifier: BSD-2-Clause
// What each operation does, and how it refuses.
#include "bed.hpp"
#include "tokens.hpp"

namespace netmapxx_tests {

namespace {

class operations : public testing::Test {
  protected:
    // A handler that stores its arguments.
    template <class... R> [[nodiscard]] static auto into(outcome_ptr<R...> to) {
        return [to](boost_code ec, R... results) { to->set(ec, std::move(results)...); };
    }
    template <class... R> [[nodiscard]] static outcome_ptr<R...> fresh() {
        return std::make_shared<outcome<R...>>();
    }
    template <class Outcome> void finish(Outcome const& got) {
        ASSERT_TRUE(on.run_until([&] { return got->done(); }));
    }

    bed on;
};

TEST_F(operations, wait_readable_ends_with_packets_and_consumes_none) {
    auto const got = fresh<>();
    on.near->async_wait_readable(into(got));
    on.settle();
    EXPECT_FALSE(got->done());
    EXPECT_EQ(send_some(on.far, 0, 3), 3U);
    finish(got);
    EXPECT_FALSE(got->ec);
    EXPECT_EQ(on.near->rx_rings()[0].available(), 3U);
}

TEST_F(operations, wait_readable_asks_for_more_than_what_is_held) {
    EXPECT_EQ(send_some(on.far, 0, 1), 1U);
    on.near->sync_rx();
    on.near->rx_rings()[0].hold();
    auto const got = fresh<>();
    on.near->async_wait_readable(into(got));
    on.settle();
    EXPECT_FALSE(got->done());
    EXPECT_EQ(send_some(on.far, 1, 1), 1U);
    finish(got);
    EXPECT_EQ(on.near->rx_rings()[0].available(), 2U);
}

TEST_F(operations, wait_writable_ends_with_the_room_asked_for) {
    auto const sent = fill(on.near->lowest_port());
    EXPECT_GE(sent, 15U);
    auto const got = fresh<>();
    on.near->async_wait_writable(8, into(got));
    on.settle();
    EXPECT_FALSE(got->done());
    EXPECT_EQ(drain(on.far).size(), sent);
    finish(got);
    EXPECT_FALSE(got->ec);
    EXPECT_GE(on.near->tx_rings()[0].space(), 8U);
    auto const& ctl = on.near->tx_rings()[0].control();
    EXPECT_EQ(ctl.cur, ctl.head) << "the wake-up point is taken back";
}

TEST_F(operations, receive_batch_is_seen_again_unless_released) {
    EXPECT_EQ(send_some(on.far, 0, 5), 5U);
    for (int i = 0; i < 2; ++i) {
        auto const got = fresh<nmx::rx_batch>();
        on.near->async_receive_batch(3, into(got));
        finish(got);
        EXPECT_EQ(std::get<0>(got->values).slot_count(), 3U);
        EXPECT_EQ(number_of(*std::get<0>(got->values).begin()), 0U);
    }
}

TEST_F(operations, receive_copies_one_packet_and_releases_it) {
    EXPECT_EQ(send_some(on.far, 40, 2), 2U);
    for (std::uint64_t number : {40U, 41U}) {
        std::array<std::byte, 100> buffer{};
        auto const got = fresh<std::size_t>();
        on.near->async_receive(asio::buffer(buffer), into(got));
        finish(got);
        EXPECT_FALSE(got->ec);
        EXPECT_EQ(std::get<0>(got->values), sizeof(frame));
        auto const wanted = numbered(number);
        EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), buffer.begin()));
    }
    EXPECT_TRUE(on.near->rx_rings()[0].empty());
}

TEST_F(operations, receive_into_too_little_keeps_the_packet_and_says_its_size) {
    EXPECT_EQ(send_some(on.far, 40, 1), 1U);
    std::array<std::byte, 59> buffer{};
    auto const got = fresh<std::size_t>();
    on.near->async_receive(asio::buffer(buffer), into(got));
    finish(got);
    EXPECT_EQ(got->ec, nmx::errc::packet_too_large);
    EXPECT_EQ(std::get<0>(got->values), sizeof(frame));
    EXPECT_EQ(on.near->rx_rings()[0].available(), 1U);
}

TEST_F(operations, reserve_gives_slots_to_fill) {
    auto const got = fresh<nmx::tx_batch>();
    on.near->async_reserve(4, into(got));
    finish(got);
    auto& batch = std::get<0>(got->values);
    ASSERT_EQ(batch.size(), 4U);
    for (std::uint64_t i = 0; i < 4; ++i)
        EXPECT_TRUE(batch.append(numbered(i)));
    EXPECT_EQ(batch.commit(), 4U);
    on.near->sync_tx();
    EXPECT_EQ(drain(on.far), (std::vector<std::uint64_t>{0, 1, 2, 3}));
}

TEST_F(operations, reserve_waits_for_all_the_room_it_wants) {
    (void)fill(on.near->lowest_port());
    auto const got = fresh<nmx::tx_batch>();
    on.near->async_reserve(10, into(got));
    on.settle();
    EXPECT_FALSE(got->done());
    (void)drain(on.far);
    finish(got);
    EXPECT_EQ(std::get<0>(got->values).size(), 10U);
}

TEST_F(operations, what_can_never_fit_is_refused) {
    (void)fill(on.near->lowest_port());
    auto const reserved = fresh<nmx::tx_batch>();
    on.near->async_reserve(16, into(reserved)); // one slot is never owned
    (void)drain(on.far);
    finish(reserved);
    EXPECT_EQ(reserved->ec, nmx::errc::packet_too_large);

    std::vector<std::byte> const huge(16 * on.near->tx_rings()[0].buffer_size());
    auto const sent = fresh<std::size_t>();
    on.near->async_send(asio::buffer(huge), into(sent));
    finish(sent);
    EXPECT_EQ(sent->ec, nmx::errc::packet_too_large);
    EXPECT_EQ(std::get<0>(sent->values), 0U);
}

TEST_F(operations, send_takes_sequences_and_chains) {
    auto const buffer = on.near->tx_rings()[0].buffer_size();
    std::vector<std::byte> head(14, std::byte{1});
    std::vector<std::byte> body(2 * buffer, std::byte{2});
    std::vector<asio::const_buffer> pieces{asio::buffer(head)};
    for (std::size_t at = 0; at < body.size(); at += 64)
        pieces.push_back(asio::buffer(body.data() + at, 64)); // more than fit without memory
    auto const got = fresh<std::size_t>();
    on.near->async_send(pieces, into(got));
    finish(got);
    EXPECT_FALSE(got->ec) << got->ec.message();
    EXPECT_EQ(std::get<0>(got->values), 14 + 2 * buffer);
    on.far.sync_rx();
    auto const batch = on.far.rx_rings()[0].peek();
    ASSERT_FALSE(batch.empty());
    EXPECT_EQ((*batch.begin()).size(), 14 + 2 * buffer);
    EXPECT_EQ((*batch.begin()).fragment_count(), 3U);
}

TEST_F(operations, send_of_a_long_packet_waits_for_more_than_one_slot) {
    (void)fill(on.near->lowest_port());
    std::vector<std::byte> const body(3 * on.near->tx_rings()[0].buffer_size());
    auto const got = fresh<std::size_t>();
    on.near->async_send(asio::buffer(body), into(got));
    on.settle();
    EXPECT_FALSE(got->done());
    (void)drain(on.far);
    finish(got);
    EXPECT_FALSE(got->ec) << got->ec.message();
    EXPECT_EQ(std::get<0>(got->values), body.size());
}

TEST_F(operations, flush_ends_when_the_peer_has_taken_everything) {
    (void)fill(on.near->lowest_port());
    auto const got = fresh<>();
    on.near->async_flush(into(got));
    on.settle();
    EXPECT_FALSE(got->done());
    auto const end = std::chrono::steady_clock::now() + patience;
    while (!got->done() && std::chrono::steady_clock::now() < end) {
        (void)drain(on.far);
        on.context.restart();
        on.context.run_one_for(5ms);
    }
    EXPECT_EQ(got->calls, 1U);
    EXPECT_FALSE(got->ec);
}

TEST_F(operations, flush_ends_when_told_to) {
    for (bool const close : {false, true}) {
        (void)fill(on.near->lowest_port());
        auto const got = fresh<>();
        on.near->async_flush(into(got));
        on.settle();
        close ? on.near->close() : on.near->cancel();
        finish(got);
        EXPECT_EQ(got->ec, asio::error::operation_aborted);
    }
}

TEST_F(operations, that_wait_for_their_turn_are_cancelled_too) {
    auto const got = fresh<>();
    on.near->async_wait_readable(into(got)); // posted, not yet asleep
    on.near->cancel();
    on.settle();
    ASSERT_TRUE(got->done());
    EXPECT_EQ(got->ec, asio::error::operation_aborted);
}

TEST_F(operations, S63_one_side_takes_one_at_a_time) {
    auto const first = fresh<>();
    auto const second = fresh<nmx::rx_batch>();
    on.near->async_wait_readable(into(first));
    on.near->async_receive_batch(1, into(second));
    EXPECT_FALSE(second->done()) << "not inside the initiating call";
    on.settle();
    EXPECT_FALSE(first->done());
    ASSERT_TRUE(second->done());
    EXPECT_EQ(second->ec, asio::error::already_started);

    (void)fill(on.near->lowest_port());
    auto const third = fresh<>();
    auto const fourth = fresh<>();
    on.near->async_wait_writable(1, into(third)); // the other side is free
    on.near->async_flush(into(fourth));
    on.settle();
    EXPECT_FALSE(third->done());
    EXPECT_EQ(fourth->ec, asio::error::already_started);
    on.near->cancel();
    finish(first);
    finish(third);
}

TEST_F(operations, a_handler_may_start_the_next_one) {
    EXPECT_EQ(send_some(on.far, 0, 2), 2U);
    auto const got = fresh<std::size_t>();
    std::array<std::byte, 64> buffer{};
    on.near->async_receive(asio::buffer(buffer), [&](boost_code ec, std::size_t) {
        EXPECT_FALSE(ec);
        on.near->async_receive(asio::buffer(buffer), into(got));
    });
    finish(got);
    EXPECT_FALSE(got->ec);
}

TEST_F(operations, a_handler_may_destroy_its_port) {
    bool called = false;
    EXPECT_EQ(send_some(on.far, 0, 1), 1U);
    on.near->async_wait_readable([&](boost_code) {
        on.near.reset();
        called = true;
    });
    EXPECT_TRUE(on.run_until([&] { return called; }));
}

TEST_F(operations, on_a_side_without_rings_are_refused) {
    std::string const name = "vale" + fresh_name() + ":a";
    nmx::async_port only_rx{on.context, name + "/R"};
    auto const got = fresh<>();
    only_rx.async_wait_writable(1, into(got));
    finish(got);
    EXPECT_EQ(got->ec, nmx::errc::no_such_ring);
}

TEST_F(operations, rings_are_served_in_turn) {
    std::string const name = "netmap:" + fresh_name();
    nmx::port source{name + "{1@conf:rings=2,slots=64"};
    nmx::async_port sink{on.context, name + "}1"};
    ASSERT_EQ(sink.rx_rings().size(), 2U);
    for (nmx::tx_ring const ring : source.tx_rings()) {
        auto batch = ring.reserve(2);
        EXPECT_TRUE(batch.append(numbered(ring.index())));
        batch.commit();
    }
    source.sync_tx();
    // What is left unreleased on one ring does not keep the other from being served.
    std::vector<std::uint64_t> rings;
    for (int i = 0; i < 4; ++i) {
        auto const got = fresh<nmx::rx_batch>();
        sink.async_receive_batch(nmx::all_slots, into(got));
        finish(got);
        rings.push_back(number_of(*std::get<0>(got->values).begin()));
    }
    EXPECT_EQ(rings, (std::vector<std::uint64_t>{0, 1, 0, 1}));
}

TEST_F(operations, of_a_port_given_away_end_and_the_port_lives_on) {
    auto const got = fresh<>();
    on.near->async_wait_readable(into(got));
    on.settle();
    nmx::port plain = on.near->release();
    finish(got);
    EXPECT_EQ(got->ec, asio::error::operation_aborted);
    EXPECT_FALSE(on.near->is_open());
    EXPECT_EQ(send_some(on.far, 7, 1), 1U);
    EXPECT_EQ(drain(plain), std::vector<std::uint64_t>{7});
}

TEST_F(operations, say_when_the_port_is_gone) {
    std::string const target = "vale" + fresh_name() + ":t";
    nmx::port watched{target};
    nmx::async_port monitor{on.context, target + "/rt"};
    auto const got = fresh<nmx::rx_batch>();
    monitor.async_receive_batch(8, into(got));
    on.settle();
    EXPECT_FALSE(got->done());
    watched.close();
    finish(got);
    EXPECT_EQ(got->ec, nmx::errc::port_gone) << got->ec.message();
}

} // namespace

} // namespace netmapxx_tests
