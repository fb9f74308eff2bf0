// SPDX-License-Identifier: BSD-2-Clause
// nm_engine_event_fd() and nm_engine_arm().
#include <fcntl.h>
#include <poll.h>

#include "engine_fixture.hpp"

using namespace user_test;

namespace {

bool readable(int fd) {
    pollfd p = {fd, POLLIN, 0};
    return ::poll(&p, 1, 0) == 1;
}

TEST(EngineEvent, UnknownDescriptorsAndSidesAreErrors) {
    EXPECT_EQ(nm_engine_event_fd(12345, NM_ENGINE_RX), -1);
    EXPECT_EQ(errno, EBADF);
    EXPECT_EQ(nm_engine_arm(-3, NM_ENGINE_RX), -1);
    EXPECT_EQ(errno, EBADF);
    descriptor d(FAKE_IDENTIFY);
    EXPECT_EQ(nm_engine_arm(d.number(), static_cast<nm_engine_dir>(2)), -1);
    EXPECT_EQ(errno, EINVAL);
}

TEST(EngineEvent, IsNonBlockingCloseOnExecAndOnePerDirection) {
    descriptor d;
    int rx = nm_engine_event_fd(d.number(), NM_ENGINE_RX);
    int tx = nm_engine_event_fd(d.number(), NM_ENGINE_TX);
    ASSERT_GE(rx, 0);
    ASSERT_GE(tx, 0);
    EXPECT_NE(rx, tx);
    EXPECT_EQ(nm_engine_event_fd(d.number(), NM_ENGINE_RX), rx);
    EXPECT_TRUE(fcntl(rx, F_GETFL) & O_NONBLOCK);
    EXPECT_TRUE(fcntl(rx, F_GETFD) & FD_CLOEXEC);
}

TEST(EngineEvent, TellsOfTheNextNotificationOfItsDirection) {
    descriptor d;
    int rx = nm_engine_event_fd(d.number(), NM_ENGINE_RX);
    fake_post(d.binding(), false);
    EXPECT_FALSE(readable(rx)) << "not armed";
    ASSERT_EQ(nm_engine_arm(d.number(), NM_ENGINE_RX), 0);
    fake_post(d.binding(), true);
    EXPECT_FALSE(readable(rx)) << "the other direction";
    fake_post(d.binding(), false);
    EXPECT_TRUE(readable(rx));
    ASSERT_EQ(nm_engine_arm(d.number(), NM_ENGINE_RX), 0);
    EXPECT_FALSE(readable(rx)) << "arming clears";
    fake_post(d.binding(), false);
    EXPECT_TRUE(readable(rx));
}

TEST(EngineEvent, ArmingMakesTheDescriptorIfNeedBe) {
    descriptor d;
    ASSERT_EQ(nm_engine_arm(d.number(), NM_ENGINE_TX), 0);
    fake_post(d.binding(), true);
    EXPECT_TRUE(readable(nm_engine_event_fd(d.number(), NM_ENGINE_TX)));
}

TEST(EngineEvent, GoesWithTheDescriptorEvenIfAMappingStays) {
    descriptor d;
    void* p = d.map();
    int rx = nm_engine_event_fd(d.number(), NM_ENGINE_RX);
    ASSERT_EQ(nm_engine_arm(d.number(), NM_ENGINE_RX), 0);
    nm_binding* b = d.binding();
    d.close();
    EXPECT_EQ(fcntl(rx, F_GETFD), -1);
    fake_post(b, false);
    EXPECT_EQ(nm_engine_munmap(p, FAKE_REGION_BYTES), 0);
    EXPECT_EQ(fake_live(), 0u);
}

TEST(EngineEventHammer, NoNotificationIsLost) {
    constexpr int rounds = 10000;
    descriptor d;
    int rx = nm_engine_event_fd(d.number(), NM_ENGINE_RX);
    std::thread poster([&] {
        for (int i = 0; i < rounds; i++) {
            fake_post(d.binding(), false);
            // the consumer answers by taking it
            nm_engine_pollfd p = {d.number(), 4 /* POLLOUT */, 0};
            if (nm_engine_poll(&p, 1, 20000) != 1)
                break;
            fake_take(d.binding(), true);
        }
    });
    int got = 0;
    while (got < rounds) {
        ASSERT_EQ(nm_engine_arm(d.number(), NM_ENGINE_RX), 0);
        if (fake_take(d.binding(), false)) {
            got++;
            fake_post(d.binding(), true);
            continue;
        }
        pollfd p = {rx, POLLIN, 0};
        if (::poll(&p, 1, 20000) != 1)
            break;
    }
    poster.join();
    EXPECT_EQ(got, rounds);
}

} // namespace
