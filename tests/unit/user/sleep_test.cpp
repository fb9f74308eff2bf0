// SPDX-License-Identifier: BSD-2-Clause
// Threads that sleep for long, eventfds of applications, and application memory
// that is used for long.
#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

extern "C" {
#include "os_memory.h"
#include "os_wait.h"
}

namespace {

constexpr uint32_t long_us = 20'000'000; // reaching it is a lost wake-up
constexpr size_t page = 4096;

struct Queue : os_waitq {
    Queue() { os_waitq_init(this); }
    ~Queue() { os_waitq_destroy(this); }
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;
};

using sleeper_ptr = std::unique_ptr<os_sleeper, decltype(&os_sleeper_free)>;
sleeper_ptr sleeper(unsigned queues, unsigned eventfds) {
    return {os_sleeper_new(queues, eventfds), &os_sleeper_free};
}

class Eventfd {
  public:
    explicit Eventfd(int flags = 0) : fd_(eventfd(0, EFD_CLOEXEC | flags)) {
        EXPECT_EQ(os_eventfd_get(fd_, &held_), 0);
    }
    Eventfd(const Eventfd&) = delete;
    Eventfd& operator=(const Eventfd&) = delete;
    ~Eventfd() {
        os_eventfd_put(held_);
        ::close(fd_);
    }
    int fd() const { return fd_; }
    os_eventfd* held() const { return held_; }
    uint64_t read() const {
        eventfd_t n = 0;
        EXPECT_EQ(eventfd_read(fd_, &n), 0);
        return n;
    }

  private:
    int fd_;
    os_eventfd* held_ = nullptr;
};

/// True if the sleeper is woken and has not slept for the whole time.
bool sleeps(os_sleeper* s) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(os_sleeper_wait(s, long_us), 0);
    return std::chrono::steady_clock::now() - begin >= std::chrono::microseconds(long_us);
}

TEST(Sleeper, WakeAfterArmingEndsTheWait) {
    const auto s = sleeper(0, 0);
    for (int i = 0; i < 3; ++i) {
        os_sleeper_arm(s.get());
        os_sleeper_wake(s.get());
        os_sleeper_wake(s.get());
        EXPECT_FALSE(sleeps(s.get()));
    }
}

TEST(Sleeper, WakeFromAnotherThreadIsNotLost) {
    const auto s = sleeper(0, 0);
    std::atomic<unsigned> posted = 0;
    unsigned seen = 0;
    std::jthread waker([&] {
        for (unsigned i = 1; i <= 2000; ++i) {
            posted = i;
            os_sleeper_wake(s.get());
        }
    });
    while (seen < 2000) {
        os_sleeper_arm(s.get());
        if (posted == seen) {
            ASSERT_FALSE(sleeps(s.get()));
        }
        seen = posted;
    }
}

TEST(Sleeper, QueuesEndTheWait) {
    const auto s = sleeper(2, 0);
    Queue a;
    Queue b;
    ASSERT_EQ(os_sleeper_watch_queue(s.get(), &a), 0);
    ASSERT_EQ(os_sleeper_watch_queue(s.get(), &b), 0);
    EXPECT_EQ(os_sleeper_watch_queue(s.get(), &b), -ENOMEM) << "more than was announced";
    for (Queue* q : {&a, &b, &a}) {
        os_sleeper_arm(s.get());
        os_waitq_wake(q);
        EXPECT_FALSE(sleeps(s.get()));
    }
    os_sleeper_arm(s.get());
    EXPECT_EQ(os_sleeper_wait(s.get(), 1), 0) << "and time does, too";
}

TEST(Sleeper, EventfdsEndTheWaitAndAreConsumedByTheNextArming) {
    const auto s = sleeper(0, 2);
    const Eventfd a;
    const Eventfd b(EFD_NONBLOCK);
    ASSERT_EQ(os_sleeper_watch_eventfd(s.get(), a.held()), 0);
    ASSERT_EQ(os_sleeper_watch_eventfd(s.get(), b.held()), 0);
    EXPECT_EQ(os_sleeper_watch_eventfd(s.get(), b.held()), -ENOMEM);
    for (const Eventfd* e : {&a, &b}) {
        os_sleeper_arm(s.get());
        ASSERT_EQ(eventfd_write(e->fd(), 5), 0);
        EXPECT_FALSE(sleeps(s.get()));
        os_sleeper_arm(s.get());
        pollfd p{e->fd(), POLLIN, 0};
        EXPECT_EQ(::poll(&p, 1, 0), 0) << "consumed";
    }
}

TEST(Sleeper, ReaderThatWasFasterDoesNotMakeArmingWait) {
    const auto s = sleeper(0, 1);
    const Eventfd a; // one that blocks
    ASSERT_EQ(os_sleeper_watch_eventfd(s.get(), a.held()), 0);
    os_sleeper_arm(s.get());
    ASSERT_EQ(eventfd_write(a.fd(), 1), 0);
    EXPECT_FALSE(sleeps(s.get()));
    EXPECT_EQ(a.read(), 1u);
    os_sleeper_arm(s.get());
}

TEST(Eventfds, AreCheckedAndHeld) {
    os_eventfd* e = nullptr;
    EXPECT_EQ(os_eventfd_get(-1, &e), -EBADF);
    EXPECT_EQ(os_eventfd_get(1 << 20, &e), -EBADF);
    const int file = memfd_create("no eventfd", MFD_CLOEXEC);
    EXPECT_EQ(os_eventfd_get(file, &e), -EINVAL);
    close(file);
    const int fd = eventfd(0, 0);
    const int other = dup(fd);
    ASSERT_EQ(os_eventfd_get(fd, &e), 0);
    close(fd);
    os_eventfd_signal(e);
    eventfd_t n = 0;
    EXPECT_EQ(eventfd_read(other, &n), 0);
    EXPECT_EQ(n, 1u) << "the number was closed, the eventfd was held";
    os_eventfd_put(e);
    os_eventfd_put(nullptr);
    close(other);
}

TEST(Eventfds, SignalOfAFullOneDoesNotBlock) {
    const Eventfd a;
    ASSERT_EQ(eventfd_write(a.fd(), UINT64_MAX - 1), 0);
    os_eventfd_signal(a.held());
    EXPECT_EQ(a.read(), UINT64_MAX - 1);
}

// ---- memory that is used for long ------------------------------------------------

struct Mapping {
    explicit Mapping(int flags, size_t n = page)
        : bytes(n), base(static_cast<char*>(mmap(nullptr, n, PROT_READ | PROT_WRITE,
                                                 flags | MAP_ANONYMOUS, -1, 0))) {}
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping() { munmap(base, bytes); }
    uint64_t address() const { return reinterpret_cast<uintptr_t>(base); }
    size_t bytes;
    char* base;
};

TEST(Pin, WordsGoInAndOut) {
    Mapping m(MAP_PRIVATE);
    os_pinned* p = nullptr;
    ASSERT_EQ(os_pin(m.address() + 64, 256, &p), 0);
    const uint32_t in[3] = {1, 2, 3};
    uint32_t out[3] = {};
    EXPECT_EQ(os_pinned_write(p, 128, in, 3), 0);
    EXPECT_EQ(0, std::memcmp(m.base + 192, in, sizeof(in)));
    EXPECT_EQ(os_pinned_read(p, 128, out, 3), 0);
    EXPECT_EQ(0, std::memcmp(out, in, sizeof(in)));
    EXPECT_EQ(os_pinned_write(p, 0, in, 1), 0);
    EXPECT_EQ(os_pinned_read(p, 0, out, 1), 0);
    EXPECT_EQ(out[0], 1u);
    os_unpin(p);
    os_unpin(nullptr);
}

TEST(Pin, BadMemoryIsAnError) {
    Mapping m(MAP_PRIVATE, 2 * page);
    os_pinned* p = nullptr;
    mprotect(m.base + page, page, PROT_READ);
    EXPECT_EQ(os_pin(m.address() + page - 64, 128, &p), -EFAULT);
    mprotect(m.base + page, page, PROT_NONE);
    EXPECT_EQ(os_pin(m.address() + page - 64, 128, &p), -EFAULT);
    EXPECT_EQ(os_pin(UINT64_MAX - 63, 128, &p), -EFAULT);
    ASSERT_EQ(os_pin(m.address() + page - 64, 64, &p), 0);
    mprotect(m.base, page, PROT_NONE);
    uint32_t w = 0;
    EXPECT_EQ(os_pinned_read(p, 0, &w, 1), -EFAULT) << "gone meanwhile";
    EXPECT_EQ(os_pinned_write(p, 0, &w, 1), -EFAULT);
    os_unpin(p);
}

struct Adopted {
    explicit Adopted(uint64_t at, uint64_t bytes) : error(os_region_adopt(at, bytes, &r, &why)) {}
    Adopted(const Adopted&) = delete;
    Adopted& operator=(const Adopted&) = delete;
    ~Adopted() {
        if (r != nullptr)
            os_region_destroy(r);
    }
    os_region* r = nullptr;
    const char* why = "";
    int error;
};

TEST(Adopt, SharedMemoryStaysWhenItIsUnmapped) {
    auto m = std::make_unique<Mapping>(MAP_SHARED, 8 * page);
    const Adopted a(m->address() + page, 4 * page);
    ASSERT_EQ(a.error, 0) << a.why;
    char* at = static_cast<char*>(os_region_populate(a.r, page, 100));
    ASSERT_NE(at, nullptr);
    m->base[2 * page + 7] = 'x';
    EXPECT_EQ(at[7], 'x');
    at[8] = 'y';
    EXPECT_EQ(m->base[2 * page + 8], 'y');
    EXPECT_EQ(os_region_populate(a.r, 4 * page, 1), nullptr);
    EXPECT_EQ(os_region_populate(a.r, UINT64_MAX, 2), nullptr);
    m.reset();
    EXPECT_EQ(at[7], 'x');
}

TEST(Adopt, SameMemoryIsRecognised) {
    const int fd = memfd_create("adopt", MFD_CLOEXEC);
    ASSERT_EQ(ftruncate(fd, 4 * page), 0);
    const auto map = [&](size_t bytes, size_t from) {
        void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                       static_cast<off_t>(from));
        return reinterpret_cast<uintptr_t>(p);
    };
    const Adopted a(map(2 * page, 0), 2 * page);
    const Adopted b(map(4 * page, 0), 2 * page);
    const Adopted c(map(2 * page, page), 2 * page);
    const Adopted d(map(4 * page, 0), 4 * page);
    ASSERT_TRUE(!a.error && !b.error && !c.error && !d.error);
    EXPECT_TRUE(os_region_same(a.r, b.r));
    EXPECT_FALSE(os_region_same(a.r, c.r)) << "another part of the file";
    EXPECT_FALSE(os_region_same(a.r, d.r)) << "more of the file";
    close(fd);
}

TEST(Adopt, WhatCannotBeHeldIsRefusedWithWords) {
    const Mapping secret(MAP_PRIVATE, 2 * page);
    const Adopted a(secret.address(), 2 * page);
    EXPECT_EQ(a.error, -EFAULT);
    EXPECT_NE(std::strstr(a.why, "shared"), nullptr);
    const Mapping partly(MAP_SHARED, 4 * page);
    mprotect(partly.base + page, page, PROT_READ);
    EXPECT_EQ(Adopted(partly.address(), 4 * page).error, -EFAULT);
    EXPECT_EQ(Adopted(UINT64_MAX - page + 1, page).error, -EFAULT);
    EXPECT_EQ(Adopted(UINT64_MAX - page + 1, 2 * page).error, -EFAULT);
    EXPECT_EQ(Adopted(page, uint64_t{1} << 63).error, -EFAULT);
    EXPECT_EQ(Adopted(page, uint64_t{1} << 46).error, -ENOMEM) << "more than there is";
    const int fd = memfd_create("short", MFD_CLOEXEC);
    ASSERT_EQ(ftruncate(fd, page), 0);
    void* p = mmap(nullptr, 3 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    EXPECT_EQ(Adopted(reinterpret_cast<uintptr_t>(p), 3 * page).error, -EFAULT)
        << "beyond the end of the file";
    munmap(p, 3 * page);
    close(fd);
}

} // namespace
