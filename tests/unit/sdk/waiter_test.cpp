// SPDX-License-Identifier: BSD-2-Clause
// The protocol of a wait, step by step, as a foreign event loop takes it.
#include <cerrno>
#include <optional>

#include <gtest/gtest.h>

#include <netmapxx/netmapxx.hpp>

#include "fake_core.hpp"
#include "fake_region.hpp"

namespace netmapxx_tests {

namespace {

class waiters : public with_fake_core {
  protected:
    waiters() {
        core->add("a", {.slots = 8});
        port = nmx::port{"netmap:a"};
        core->log.clear();
    }
    [[nodiscard]] nmx::rx_ring rx() const { return port.rx_rings()[0]; }
    [[nodiscard]] nmx::tx_ring tx() const { return port.tx_rings()[0]; }
    void fill() const {
        auto batch = tx().reserve();
        for (auto const slot : batch)
            slot.prepare(60);
        batch.commit(batch.size());
    }

    nmx::port port;
};

using log_lines = std::vector<std::string>;

TEST_F(waiters, look_first_and_make_no_call) {
    ASSERT_TRUE(deliver(rx(), pattern(60)));
    nmx::waiter packets{port, nmx::direction::rx};
    EXPECT_TRUE(packets.ready());
    EXPECT_TRUE(packets.prepare());
    EXPECT_TRUE(core->log.empty());
}

TEST_F(waiters, arm_then_sync_then_look) {
    nmx::waiter packets{port, nmx::direction::rx};
    EXPECT_FALSE(packets.prepare());
    EXPECT_EQ(core->log, (log_lines{"arm:rx", "rxsync"}));
    core->on_rxsync = [this](fake_binding&) {
        deliver(rx(), pattern(60));
        return 0;
    };
    EXPECT_TRUE(packets.prepare());
}

TEST_F(waiters, for_room_raise_the_wake_up_point_and_take_it_back) {
    fill();
    auto const& ring = *tx().control().ring;
    {
        nmx::waiter room{port, nmx::direction::tx, 3};
        EXPECT_FALSE(room.prepare());
        EXPECT_EQ(core->log, (log_lines{"arm:tx", "txsync"}));
        EXPECT_EQ(ring.cur, ring.tail);
        auto& ctl = tx().control();
        ctl.ring->tail = ctl.advance(ctl.ring->tail, 2);
        EXPECT_FALSE(room.ready());
        room.expect(2);
        EXPECT_TRUE(room.prepare());
    }
    EXPECT_EQ(ring.cur, ring.head);
}

TEST_F(waiters, woken_for_nothing_ask_whether_the_port_is_in_trouble) {
    nmx::waiter packets{port, nmx::direction::rx};
    core->troubled = true;
    EXPECT_FALSE(packets.prepare()); // the first look asks nothing
    std::error_code ec;
    EXPECT_FALSE(packets.prepare(ec));
    EXPECT_EQ(ec, nmx::errc::port_gone);
    packets.finish();
    EXPECT_FALSE(packets.prepare(ec));
    EXPECT_FALSE(ec);
}

TEST_F(waiters, say_why_they_cannot_wait) {
    std::error_code ec;
    nmx::port rx_only{"netmap:a/R"};
    nmx::waiter room{rx_only, nmx::direction::tx};
    EXPECT_FALSE(room.prepare(ec));
    EXPECT_EQ(ec, nmx::errc::no_such_ring);

    core->on_rxsync = [](fake_binding&) { return ENXIO; };
    nmx::waiter packets{port, nmx::direction::rx};
    EXPECT_FALSE(packets.prepare(ec));
    EXPECT_EQ(ec, nmx::errc::port_gone);
    try {
        (void)packets.prepare();
        FAIL();
    } catch (nmx::error const& e) {
        EXPECT_EQ(e.subject(), "netmap:a");
        EXPECT_EQ(e.operation(), "wait for packets on");
    }
}

TEST_F(waiters, leave_a_port_alone_that_closed_first) {
    fill();
    std::optional<nmx::waiter> room{std::in_place, port, nmx::direction::tx};
    EXPECT_FALSE(room->prepare());
    port.close();
    EXPECT_FALSE(room->ready());
    std::error_code ec;
    EXPECT_FALSE(room->prepare(ec));
    EXPECT_EQ(ec, nmx::errc::closed);
    EXPECT_THROW((void)room->prepare(), nmx::error);
    room.reset();
    EXPECT_TRUE(core->quiet());
}

} // namespace

} // namespace netmapxx_tests
