// SPDX-License-Identifier: BSD-2-Clause
// nm_engine_poll_with(): descriptors of the engine and of the system at once.
#include <array>
#include <atomic>
#include <csignal>

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "engine_fixture.hpp"

using namespace user_test;

namespace {

class pipe_pair {
  public:
    pipe_pair() { EXPECT_EQ(::pipe(fds_.data()), 0); }
    ~pipe_pair() {
        ::close(fds_[0]);
        ::close(fds_[1]);
    }
    pipe_pair(const pipe_pair&) = delete;
    pipe_pair& operator=(const pipe_pair&) = delete;

    int out() const { return fds_[0]; }
    void fill() const { EXPECT_EQ(::write(fds_[1], "x", 1), 1); }

  private:
    std::array<int, 2> fds_{};
};

constexpr timespec zero{0, 0};
constexpr timespec soon{0, 20000000};
constexpr timespec late{20, 0};

TEST(PollWith, NothingAtAllTimesOut) {
    auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(nm_engine_poll_with(nullptr, 0, nullptr, 0, &soon, nullptr), 0);
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(20));
}

TEST(PollWith, BadTimeIsInvalid) {
    timespec bad{0, 1000000000};
    EXPECT_EQ(nm_engine_poll_with(nullptr, 0, nullptr, 0, &bad, nullptr), -1);
    EXPECT_EQ(errno, EINVAL);
}

TEST(PollWith, ReportsBothKindsAtOnce) {
    descriptor d;
    pipe_pair p;
    nm_engine_pollfd ours[] = {{d.number(), POLLIN, 0}, {-1, POLLIN, 7}, {4321, POLLIN, 0}};
    pollfd theirs[] = {{p.out(), POLLIN, 0}, {-1, POLLIN, 7}};
    fake_post(d.binding(), false);
    p.fill();
    EXPECT_EQ(nm_engine_poll_with(ours, 3, theirs, 2, &zero, nullptr), 3);
    EXPECT_EQ(ours[0].revents, POLLIN);
    EXPECT_EQ(ours[1].revents, 0);
    EXPECT_EQ(ours[2].revents, POLLNVAL);
    EXPECT_EQ(theirs[0].revents, POLLIN);
    EXPECT_EQ(theirs[1].revents, 0);
}

TEST(PollWith, TimesOutWithNothingReady) {
    descriptor d;
    pipe_pair p;
    nm_engine_pollfd ours{d.number(), POLLIN, 7};
    pollfd theirs{p.out(), POLLIN, 7};
    EXPECT_EQ(nm_engine_poll_with(&ours, 1, &theirs, 1, &soon, nullptr), 0);
    EXPECT_EQ(ours.revents, 0);
    EXPECT_EQ(theirs.revents, 0);
}

TEST(PollWith, SleepsUntilEitherKindWakes) {
    descriptor d;
    pipe_pair p;
    os_waitq* q = nm_binding_waitq(d.binding(), false);
    for (bool ours_first : {true, false}) {
        int got = -1;
        nm_engine_pollfd ours{d.number(), POLLIN, 0};
        pollfd theirs{p.out(), POLLIN, 0};
        std::thread sleeper(
            [&] { got = nm_engine_poll_with(&ours, 1, &theirs, 1, &late, nullptr); });
        EXPECT_TRUE(eventually([&] { return os_load_relaxed(&q->waiters) == 1; }));
        if (ours_first)
            fake_post(d.binding(), false);
        else
            p.fill();
        sleeper.join();
        EXPECT_EQ(got, 1);
        EXPECT_EQ(ours.revents, ours_first ? POLLIN : 0);
        EXPECT_EQ(theirs.revents, ours_first ? 0 : POLLIN);
        fake_take(d.binding(), false);
    }
}

TEST(PollWith, SeveralThreadsWaitForOneDescriptor) {
    descriptor d;
    std::atomic<int> woken = 0;
    auto sleep = [&] {
        nm_engine_pollfd ours{d.number(), POLLIN, 0};
        woken += nm_engine_poll_with(&ours, 1, nullptr, 0, &late, nullptr);
    };
    std::thread a(sleep), b(sleep), c(sleep);
    os_waitq* q = nm_binding_waitq(d.binding(), false);
    EXPECT_TRUE(eventually([&] { return os_load_relaxed(&q->waiters) == 3; }));
    fake_post(d.binding(), false);
    a.join();
    b.join();
    c.join();
    EXPECT_EQ(woken, 3);
}

void on_signal(int) {}

TEST(PollWith, ASignalInterruptsAndTheMaskHoldsWhileItSleeps) {
    struct sigaction act {};
    act.sa_handler = on_signal;
    ASSERT_EQ(sigaction(SIGUSR1, &act, nullptr), 0);
    sigset_t usr1;
    sigset_t before;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, &before);
    pthread_kill(pthread_self(), SIGUSR1); // stays pending
    descriptor d;
    nm_engine_pollfd ours{d.number(), POLLIN, 0};
    EXPECT_EQ(nm_engine_poll_with(&ours, 1, nullptr, 0, &soon, nullptr), 0);
    EXPECT_EQ(nm_engine_poll_with(&ours, 1, nullptr, 0, &late, &before), -1);
    EXPECT_EQ(errno, EINTR);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST(PollWithHammer, TwoThreadsPassATokenThroughTwoDescriptors) {
    constexpr int rounds = 5000;
    descriptor a;
    descriptor b;
    pipe_pair quiet;
    std::atomic<bool> lost = false;
    auto player = [&](descriptor& mine, descriptor& other, bool begins) {
        nm_engine_pollfd f{mine.number(), POLLIN, 0};
        pollfd theirs{quiet.out(), POLLIN, 0};
        for (int i = 0; i < rounds && !lost; i++) {
            if (begins)
                fake_post(other.binding(), false);
            if (nm_engine_poll_with(&f, 1, &theirs, 1, &late, nullptr) != 1 ||
                !fake_take(mine.binding(), false))
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
