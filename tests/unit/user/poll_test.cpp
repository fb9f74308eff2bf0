// SPDX-License-Identifier: BSD-2-Clause
// nm_engine_poll().
#include <atomic>
#include <csignal>
#include <vector>

#include <poll.h>
#include <pthread.h>

#include "engine_fixture.hpp"

using namespace user_test;

namespace {

using clock_type = std::chrono::steady_clock;

TEST(Poll, SkipsNegativeAndReportsUnknownDescriptors) {
    nm_engine_pollfd f[] = {{-1, POLLIN, 7}, {4321, POLLIN, 0}};
    EXPECT_EQ(nm_engine_poll(f, 2, -1), 1);
    EXPECT_EQ(f[0].revents, 0);
    EXPECT_EQ(f[1].revents, POLLNVAL);
}

TEST(Poll, NothingToPollIsASleep) {
    EXPECT_EQ(nm_engine_poll(nullptr, 0, 0), 0);
    auto start = clock_type::now();
    EXPECT_EQ(nm_engine_poll(nullptr, 0, 20), 0);
    EXPECT_GE(clock_type::now() - start, std::chrono::milliseconds(20));
}

TEST(Poll, UnboundIsAnErrorEvent) {
    descriptor d(FAKE_IDENTIFY);
    nm_engine_pollfd f = {d.number(), POLLIN, 0};
    EXPECT_EQ(nm_engine_poll(&f, 1, -1), 1);
    EXPECT_EQ(f.revents, POLLERR);
}

TEST(Poll, ReportsOnlyWhatWasAskedFor) {
    descriptor d;
    fake_post(d.binding(), true);
    nm_engine_pollfd f = {d.number(), POLLIN, 0};
    EXPECT_EQ(nm_engine_poll(&f, 1, 0), 0);
    f.events = POLLIN | POLLOUT;
    EXPECT_EQ(nm_engine_poll(&f, 1, -1), 1);
    EXPECT_EQ(f.revents, POLLOUT);
}

TEST(Poll, TimesOut) {
    descriptor d;
    nm_engine_pollfd f = {d.number(), POLLIN, 0};
    auto start = clock_type::now();
    EXPECT_EQ(nm_engine_poll(&f, 1, 30), 0);
    EXPECT_GE(clock_type::now() - start, std::chrono::milliseconds(30));
    EXPECT_EQ(f.revents, 0);
}

TEST(Poll, WakesFromSleepOnAnyOfManyDescriptors) {
    std::vector<std::unique_ptr<descriptor>> d;
    std::vector<nm_engine_pollfd> f;
    for (int i = 0; i < 40; i++) {
        d.push_back(std::make_unique<descriptor>());
        f.push_back({d.back()->number(), POLLIN, 0});
    }
    for (size_t i : {0u, 7u, 8u, 39u}) {
        std::thread poster([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            fake_post(d[i]->binding(), true); // not asked for: sleeps on
            fake_post(d[i]->binding(), false);
        });
        EXPECT_EQ(nm_engine_poll(f.data(), f.size(), 20000), 1);
        poster.join();
        EXPECT_EQ(f[i].revents, POLLIN);
        fake_take(d[i]->binding(), false);
    }
}

TEST(Poll, SameDescriptorMayAppearTwice) {
    descriptor d;
    nm_engine_pollfd f[] = {{d.number(), POLLIN, 0}, {d.number(), POLLOUT, 0}};
    std::thread poster([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        fake_post(d.binding(), true);
    });
    EXPECT_EQ(nm_engine_poll(f, 2, 20000), 1);
    poster.join();
    EXPECT_EQ(f[1].revents, POLLOUT);
}

void on_signal(int) {}

TEST(Poll, SignalInterrupts) {
    struct sigaction act {};
    act.sa_handler = on_signal;
    act.sa_flags = SA_RESTART;
    ASSERT_EQ(sigaction(SIGUSR1, &act, nullptr), 0);
    descriptor d;
    for (int timeout : {-1, 20000}) {
        std::atomic<int> result = 1, err = 0;
        std::thread poller([&] {
            nm_engine_pollfd f = {d.number(), POLLIN, 0};
            int r = nm_engine_poll(&f, 1, timeout);
            err = errno;
            result = r;
        });
        while (result == 1) {
            pthread_kill(poller.native_handle(), SIGUSR1);
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        poller.join();
        EXPECT_EQ(result, -1);
        EXPECT_EQ(err, EINTR);
    }
}

TEST(Poll, FinishesOnADescriptorThatWasClosed) {
    auto d = std::make_unique<descriptor>();
    nm_binding* b = d->binding();
    int result = 0;
    std::thread poller([&, n = d->number()] {
        nm_engine_pollfd f = {n, POLLIN, 0};
        result = nm_engine_poll(&f, 1, 20000);
    });
    os_waitq* q = nm_binding_waitq(b, false);
    ASSERT_TRUE(eventually([&] { return os_load_relaxed(&q->waiters) == 1; }));
    d.reset();
    EXPECT_EQ(fake_live(), 1u);
    fake_post(b, false);
    poller.join();
    EXPECT_EQ(result, 1);
    EXPECT_EQ(fake_live(), 0u);
}

TEST(PollHammer, TwoThreadsPassATokenThroughTwoDescriptors) {
    constexpr int rounds = 10000;
    descriptor a, b;
    std::atomic<bool> lost = false;
    auto player = [&](descriptor& mine, descriptor& other, bool begins) {
        nm_engine_pollfd f = {mine.number(), POLLIN, 0};
        for (int i = 0; i < rounds && !lost; i++) {
            if (begins)
                fake_post(other.binding(), false);
            if (nm_engine_poll(&f, 1, 20000) != 1 || !fake_take(mine.binding(), false))
                lost = true;
            if (!begins)
                fake_post(other.binding(), false);
        }
    };
    std::thread t(player, std::ref(b), std::ref(a), false);
    player(a, b, true);
    t.join();
    EXPECT_FALSE(lost);
}

} // namespace
