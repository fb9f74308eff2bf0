// SPDX-License-Identifier: BSD-2-Clause
// Wait queues, and those who sleep on them.
#include <atomic>
#include <chrono>
#include <csignal>
#include <ctime>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>

extern "C" {
#include "os_wait.h"
}

namespace {

timespec in(std::chrono::milliseconds ms) {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms.count() / 1000;
    t.tv_nsec += ms.count() % 1000 * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_nsec -= 1000000000;
        t.tv_sec++;
    }
    return t;
}

/// Far beyond what any wake-up takes: reaching it is a lost one.
timespec too_late() {
    return in(std::chrono::seconds(20));
}

timespec at_once() {
    return in(std::chrono::milliseconds(0));
}

struct Queue : os_waitq {
    Queue() { os_waitq_init(this); }
    ~Queue() { os_waitq_destroy(this); }
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;
};

struct Poller : os_poller {
    Poller() { os_poller_init(this); }
    ~Poller() { os_poller_destroy(this); }
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;
    int sleep(timespec until) { return os_poller_sleep(this, &until); }
};

TEST(WaitQueue, WakingNobodyIsFine) {
    Queue q;
    os_waitq_wake(&q);
    os_poll_wait(nullptr, &q);
    EXPECT_EQ(q.waiters, 0u);
}

TEST(WaitQueue, WakesAPollerOnceAndLetsGoOfIt) {
    Queue q;
    Poller p;
    os_poll_wait(&p, &q);
    EXPECT_EQ(q.waiters, 1u);
    EXPECT_EQ(p.sleep(at_once()), -ETIMEDOUT);
    os_waitq_wake(&q);
    EXPECT_EQ(q.waiters, 0u);
    EXPECT_EQ(p.sleep(too_late()), 0);
    os_poller_rearm(&p);
    EXPECT_EQ(q.waiters, 1u);
    EXPECT_EQ(p.sleep(at_once()), -ETIMEDOUT);
}

TEST(WaitQueue, RearmingQueuesNobodyTwice) {
    Queue a, b;
    Poller p;
    os_poll_wait(&p, &a);
    os_poll_wait(&p, &b);
    os_waitq_wake(&a);
    os_poller_rearm(&p);
    os_poller_rearm(&p);
    EXPECT_EQ(a.waiters, 1u);
    EXPECT_EQ(b.waiters, 1u);
}

TEST(WaitQueue, PollerMayWaitOnAnyNumberOfQueues) {
    std::vector<Queue> q(1000);
    {
        Poller p;
        for (auto& one : q)
            os_poll_wait(&p, &one);
        EXPECT_EQ(p.error, 0);
        for (auto& one : q) {
            EXPECT_EQ(p.sleep(at_once()), -ETIMEDOUT);
            os_waitq_wake(&one);
            EXPECT_EQ(p.sleep(too_late()), 0);
            os_poller_rearm(&p);
        }
    }
    for (auto& one : q)
        EXPECT_EQ(one.waiters, 0u);
}

TEST(WaitQueue, WakesAllOfMany) {
    Queue q;
    std::vector<Poller> p(100);
    for (auto& one : p)
        os_poll_wait(&one, &q);
    os_waitq_wake(&q);
    for (auto& one : p)
        EXPECT_EQ(one.sleep(too_late()), 0);
    EXPECT_EQ(q.waiters, 0u);
}

TEST(WaitQueue, DestroyedWithSleepersLetsThemGo) {
    Poller p;
    {
        Queue q;
        os_poll_wait(&p, &q);
    }
    EXPECT_EQ(p.sleep(too_late()), 0);
}

TEST(WaitQueue, PollersLeaveInAnyOrder) {
    Queue q;
    std::vector<std::unique_ptr<Poller>> p;
    for (int i = 0; i < 3; i++) {
        p.push_back(std::make_unique<Poller>());
        os_poll_wait(p.back().get(), &q);
    }
    p[1].reset();
    EXPECT_EQ(q.waiters, 2u);
    p[2].reset();
    os_waitq_wake(&q);
    EXPECT_EQ(p[0]->sleep(too_late()), 0);
}

void on_signal(int) {}

TEST(Poller, SignalInterruptsEvenIfItsHandlerRestartsCalls) {
    struct sigaction act {};
    act.sa_handler = on_signal;
    act.sa_flags = SA_RESTART;
    ASSERT_EQ(sigaction(SIGUSR1, &act, nullptr), 0);
    for (bool limited : {false, true}) {
        Queue q;
        std::atomic<int> result = 1;
        std::thread sleeper([&] {
            Poller p;
            os_poll_wait(&p, &q);
            timespec end = too_late();
            result = os_poller_sleep(&p, limited ? &end : nullptr);
        });
        while (result == 1) {
            pthread_kill(sleeper.native_handle(), SIGUSR1);
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        sleeper.join();
        EXPECT_EQ(result, -EINTR);
    }
}

/// Sleeps until *value is no longer `old`; false if no wake-up came.
bool sleep_for_change(Queue& q, const uint32_t* value, uint32_t old) {
    Poller p;
    os_poll_wait(&p, &q);
    while (os_load_acquire(value) == old) {
        if (p.sleep(too_late()))
            return false;
        os_poller_rearm(&p);
    }
    return true;
}

TEST(WaitQueueHammer, TwoThreadsPassATokenWithoutLosingAWakeUp) {
    constexpr uint32_t rounds = 20000;
    Queue q[2];
    uint32_t token[2] = {0, 0};
    std::atomic<bool> lost = false;
    auto player = [&](int me) {
        for (uint32_t i = 0; i < rounds && !lost; i++) {
            if (me == 0) {
                os_store_release(&token[0], i + 1);
                os_waitq_wake(&q[0]);
            }
            if (!sleep_for_change(q[!me], &token[!me], i))
                lost = true;
            if (me == 1) {
                os_store_release(&token[1], i + 1);
                os_waitq_wake(&q[1]);
            }
        }
    };
    std::thread other(player, 1);
    player(0);
    other.join();
    EXPECT_FALSE(lost);
}

/// Two threads meet, spinning: they leave within nanoseconds of each other.
class Meeting {
  public:
    void arrive(uint32_t round) {
        if (arrived_.fetch_add(1) % 2 == 0)
            for (int spins = 0; arrived_ < 2 * (round + 1); spins++)
                if (spins > 2000)
                    std::this_thread::yield();
    }

  private:
    std::atomic<uint32_t> arrived_ = 0;
};

/// The moment itself: one queues and looks while the other publishes and wakes.
/// (On x86 the locked operations around the fences hide their absence.)
TEST(WaitQueueHammer, WhoQueuesThenLooksSeesTheIndexOrIsWoken) {
    constexpr uint32_t rounds = 30000;
    Queue q;
    Meeting before, after;
    alignas(128) uint32_t index = 0;
    std::thread waker([&] {
        for (uint32_t i = 0; i < rounds; i++) {
            before.arrive(i);
            for (uint32_t delay = i % 16; delay > 0; delay--)
                os_relax();
            os_store_release(&index, i + 1);
            os_waitq_wake(&q);
            after.arrive(i);
        }
    });
    uint32_t lost = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        before.arrive(i);
        Poller p;
        for (uint32_t delay = i / 16 % 16; delay > 0; delay--)
            os_relax();
        os_poll_wait(&p, &q);
        bool seen = os_load_acquire(&index) == i + 1;
        after.arrive(i);
        lost += !seen && !os_load_acquire(&p.woken);
    }
    waker.join();
    EXPECT_EQ(lost, 0u);
}

TEST(WaitQueueHammer, ManyWakersAndSleepersOnSeveralQueues) {
    constexpr uint32_t rounds = 3000;
    Queue q[3];
    uint32_t posted[3] = {0, 0, 0};
    std::atomic<int> lost = 0, done = 0;
    auto sleeper = [&] {
        uint32_t seen[3] = {0, 0, 0};
        Poller p;
        for (auto& one : q)
            os_poll_wait(&p, &one);
        for (;;) {
            bool end = true, moved = false;
            for (int i = 0; i < 3; i++) {
                uint32_t now = os_load_acquire(&posted[i]);
                moved |= now != seen[i];
                seen[i] = now;
                end &= now == rounds;
            }
            if (end)
                break;
            if (!moved && p.sleep(too_late())) {
                lost++;
                break;
            }
            os_poller_rearm(&p);
        }
        done++;
    };
    auto waker = [&](int i) {
        for (uint32_t n = 1; n <= rounds; n++) {
            os_store_release(&posted[i], n);
            os_waitq_wake(&q[i]);
            if (n % 64 == 0)
                std::this_thread::yield();
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; i++)
        threads.emplace_back(sleeper);
    for (int i = 0; i < 3; i++)
        threads.emplace_back(waker, i);
    for (auto& t : threads)
        t.join();
    EXPECT_EQ(lost, 0);
    EXPECT_EQ(done, 3);
}

/// Pollers come and go while wakers fire: nobody may touch one that has gone.
TEST(WaitQueueHammer, PollersLeaveWhileTheyAreWoken) {
    Queue q[2];
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; i++)
        threads.emplace_back([&, i] {
            while (!stop)
                os_waitq_wake(&q[i]);
        });
    for (int i = 0; i < 2; i++)
        threads.emplace_back([&] {
            for (int n = 0; n < 10000; n++) {
                Poller p;
                os_poll_wait(&p, &q[n % 2]);
                os_poll_wait(&p, &q[1 - n % 2]);
                if (n % 3 == 0)
                    os_poller_rearm(&p);
            }
        });
    threads[2].join();
    threads[3].join();
    stop = true;
    threads[0].join();
    threads[1].join();
    EXPECT_EQ(q[0].waiters, 0u);
    EXPECT_EQ(q[1].waiters, 0u);
}

bool readable(int fd) {
    pollfd p = {fd, POLLIN, 0};
    return ::poll(&p, 1, 0) == 1;
}

TEST(Event, GivesOneEventForEachArming) {
    Queue q;
    os_event e;
    os_event_init(&e);
    int fd = os_event_fd(&e);
    ASSERT_GE(fd, 0);
    EXPECT_EQ(os_event_fd(&e), fd);
    os_waitq_wake(&q);
    EXPECT_FALSE(readable(fd)) << "not armed yet";
    os_event_arm(&e, &q);
    EXPECT_FALSE(readable(fd));
    EXPECT_TRUE(os_event_armed(&e));
    os_event_arm(&e, &q);
    EXPECT_EQ(q.waiters, 1u);
    os_waitq_wake(&q);
    EXPECT_TRUE(readable(fd));
    EXPECT_FALSE(os_event_armed(&e));
    os_waitq_wake(&q);
    os_event_arm(&e, &q);
    EXPECT_FALSE(readable(fd)) << "arming takes the event back";
    os_waitq_wake(&q);
    EXPECT_TRUE(readable(fd));
    os_event_close(&e);
    os_waitq_wake(&q);
}

TEST(Event, ClosesWhileArmed) {
    Queue q;
    os_event e;
    os_event_init(&e);
    ASSERT_GE(os_event_fd(&e), 0);
    os_event_arm(&e, &q);
    os_event_close(&e);
    EXPECT_EQ(q.waiters, 0u);
    os_event_close(&e);
}

TEST(EventHammer, NoWakeUpIsLostBetweenArmingAndLooking) {
    constexpr uint32_t rounds = 20000;
    Queue q, back;
    uint32_t token = 0, answer = 0;
    os_event e;
    os_event_init(&e);
    int fd = os_event_fd(&e);
    ASSERT_GE(fd, 0);
    std::thread waker([&] {
        for (uint32_t i = 0; i < rounds; i++) {
            os_store_release(&token, i + 1);
            os_waitq_wake(&q);
            if (!sleep_for_change(back, &answer, i))
                break;
        }
    });
    bool lost = false;
    for (uint32_t i = 0; i < rounds && !lost; i++) {
        for (;;) {
            os_event_arm(&e, &q);
            if (os_load_acquire(&token) != i)
                break;
            pollfd p = {fd, POLLIN, 0};
            if (::poll(&p, 1, 20000) != 1) {
                lost = true;
                break;
            }
        }
        os_store_release(&answer, i + 1);
        os_waitq_wake(&back);
    }
    waker.join();
    EXPECT_FALSE(lost);
    os_event_close(&e);
}

/// Arming and closing race with wakers that are about to write.
TEST(EventHammer, ArmsAndClosesUnderFire) {
    Queue q;
    std::atomic<bool> stop = false;
    std::vector<std::thread> wakers;
    for (int i = 0; i < 2; i++)
        wakers.emplace_back([&] {
            while (!stop)
                os_waitq_wake(&q);
        });
    for (int n = 0; n < 60; n++) {
        os_event e;
        os_event_init(&e);
        int fd = os_event_fd(&e);
        ASSERT_GE(fd, 0);
        for (int i = 0; i < 10; i++) {
            os_event_arm(&e, &q);
            if (os_event_armed(&e))
                std::this_thread::yield();
        }
        os_event_close(&e);
    }
    stop = true;
    for (auto& t : wakers)
        t.join();
}

} // namespace
