// SPDX-License-Identifier: BSD-2-Clause
// Descriptors: numbers, errors, and closing while calls are under way.
#include <atomic>
#include <vector>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine_fixture.hpp"

using namespace user_test;

namespace {

TEST(Descriptor, TakesTheLowestFreeNumber) {
    int a = nm_engine_open(), b = nm_engine_open(), c = nm_engine_open();
    EXPECT_EQ(a, 0);
    EXPECT_EQ(b, 1);
    EXPECT_EQ(c, 2);
    EXPECT_EQ(nm_engine_close(b), 0);
    EXPECT_EQ(nm_engine_open(), b);
    for (int d : {a, b, c})
        EXPECT_EQ(nm_engine_close(d), 0);
    EXPECT_EQ(fake_live(), 0u);
}

TEST(Descriptor, UnknownNumbersAreErrors) {
    for (int d : {0, 5, 255, 256, 65535, 65536, 1 << 30, -1, -65536}) {
        EXPECT_EQ(nm_engine_close(d), -1) << d;
        EXPECT_EQ(errno, EBADF);
        EXPECT_EQ(nm_engine_ioctl(d, NIOCTXSYNC, nullptr), -1) << d;
        EXPECT_EQ(errno, EBADF);
        EXPECT_EQ(nm_engine_ioctl(d, NIOCCTRL, nullptr), -1) << d;
        EXPECT_EQ(errno, EBADF);
    }
    int d = nm_engine_open();
    EXPECT_EQ(nm_engine_close(d), 0);
    EXPECT_EQ(nm_engine_close(d), -1);
    EXPECT_EQ(errno, EBADF);
}

TEST(Descriptor, ErrorsOfTheCoreComeAsErrno) {
    descriptor d(FAKE_IDENTIFY);
    EXPECT_EQ(nm_engine_ioctl(d.number(), NIOCTXSYNC, nullptr), -1);
    EXPECT_EQ(errno, ENXIO);
    EXPECT_EQ(nm_engine_ioctl(d.number(), 0x1234, nullptr), -1);
    EXPECT_EQ(errno, EOPNOTSUPP);
    EXPECT_EQ(nm_engine_ioctl(d.number(), NIOCCTRL, nullptr), -1);
    EXPECT_EQ(errno, EFAULT);
    ASSERT_EQ(request(d.number(), FAKE_BIND), 0);
    EXPECT_EQ(nm_engine_ioctl(d.number(), NIOCTXSYNC, nullptr), 0);
    EXPECT_EQ(nm_engine_ioctl(d.number(), NIOCRXSYNC, nullptr), 0);
}

TEST(Descriptor, NumbersRunOutWithAnErrorAndComeBack) {
    std::vector<int> all;
    int d;
    while ((d = nm_engine_open()) >= 0)
        all.push_back(d);
    EXPECT_EQ(errno, EMFILE);
    EXPECT_EQ(all.size(), 65536u);
    EXPECT_EQ(fake_live(), all.size());
    for (int one : all)
        ASSERT_EQ(nm_engine_close(one), 0);
    EXPECT_EQ(fake_live(), 0u);
}

TEST(Descriptor, LongCallFinishesOnAClosedDescriptor) {
    fake_close_gate();
    auto d = std::make_unique<descriptor>();
    int result = 0;
    std::thread caller([&, n = d->number()] { result = request(n, FAKE_BLOCK); });
    ASSERT_TRUE(eventually([] { return fake_blocked() == 1; }));
    d.reset();
    EXPECT_EQ(fake_live(), 1u) << "held by the call";
    int other = nm_engine_open();
    EXPECT_EQ(other, 0) << "the number is free at once";
    nm_engine_close(other);
    fake_open_gate();
    caller.join();
    EXPECT_EQ(result, 7);
    EXPECT_EQ(fake_live(), 0u);
}

/// Threads sync whatever is behind a few numbers that come and go.
bool syncs_race_with_close(int rounds) {
    std::atomic<bool> stop = false, bad = false;
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; t++)
        threads.emplace_back([&, t] {
            for (unsigned i = t; !stop; i++) {
                int d = i % 4;
                if (nm_engine_ioctl(d, i % 8 < 4 ? NIOCTXSYNC : NIOCRXSYNC, nullptr) &&
                    errno != EBADF && errno != ENXIO)
                    bad = true;
                if (i % 16 == 0)
                    (void)nm_engine_arm(d, NM_ENGINE_RX);
                if (i % 32 == 0) {
                    nm_engine_pollfd p = {d, 1, 0};
                    (void)nm_engine_poll(&p, 1, 0);
                }
            }
        });
    for (int i = 0; i < rounds; i++) {
        int d = nm_engine_open();
        if (d < 0 || request(d, FAKE_BIND_SHARED)) {
            bad = true;
            break;
        }
        if (i % 2)
            std::this_thread::yield();
        if (nm_engine_close(d))
            bad = true;
    }
    stop = true;
    for (auto& t : threads)
        t.join();
    return !bad && fake_live() == 0;
}

TEST(DescriptorHammer, CallsRaceWithClose) {
    EXPECT_TRUE(syncs_race_with_close(150));
}

TEST(DescriptorHammer, ThreadsComeAndGo) {
    descriptor d;
    for (int i = 0; i < 200; i++) {
        std::thread a([&] { nm_engine_ioctl(d.number(), NIOCTXSYNC, nullptr); });
        std::thread b([&] { nm_engine_ioctl(d.number(), NIOCRXSYNC, nullptr); });
        a.join();
        b.join();
    }
}

TEST(DescriptorHammer, OnlyOneOfTwoClosesTheSame) {
    for (int i = 0; i < 300; i++) {
        int d = nm_engine_open();
        std::atomic<int> closed = 0;
        std::thread other([&] { closed += nm_engine_close(d) == 0; });
        closed += nm_engine_close(d) == 0;
        other.join();
        ASSERT_EQ(closed, 1);
    }
    EXPECT_EQ(fake_live(), 0u);
}

void forbid_membarrier() {
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog prog = {sizeof(code) / sizeof(code[0]), code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
        _exit(2);
}

TEST(DescriptorDeathTest, CallsRaceWithCloseWhereTheKernelHasNoMembarrier) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            forbid_membarrier();
            _exit(syncs_race_with_close(60) ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
}

TEST(DescriptorDeathTest, CallsRaceWithCloseWhenMembarrierGetsForbidden) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            bool before = syncs_race_with_close(20);
            forbid_membarrier();
            _exit(before && syncs_race_with_close(40) ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
}

} // namespace
