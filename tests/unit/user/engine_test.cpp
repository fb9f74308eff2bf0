// SPDX-License-Identifier: BSD-2-Clause
// The engine whole: the host under the real core.
#include <atomic>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <net/netmap.h>
#include <net/netmap_user.h>
#include <poll.h>
#include <sys/mman.h>

#include "netmap_engine.h"

namespace {

/// A port of the engine, registered and mapped.
class port {
  public:
    explicit port(const char* name) : d_(nm_engine_open()) {
        EXPECT_GE(d_, 0);
        nmreq_header header{};
        header.nr_version = NETMAP_API;
        header.nr_reqtype = NETMAP_REQ_REGISTER;
        std::strncpy(header.nr_name, name, sizeof(header.nr_name) - 1);
        nmreq_register body{};
        body.nr_mode = NR_REG_ALL_NIC;
        header.nr_body = reinterpret_cast<uintptr_t>(&body);
        EXPECT_EQ(nm_engine_ioctl(d_, NIOCCTRL, &header), 0) << strerror(errno);
        size_ = body.nr_memsize;
        mem_ = nm_engine_mmap(d_, size_, 0);
        EXPECT_NE(mem_, MAP_FAILED);
        nifp_ = NETMAP_IF(mem_, body.nr_offset);
    }
    ~port() {
        EXPECT_EQ(nm_engine_munmap(mem_, size_), 0);
        EXPECT_EQ(nm_engine_close(d_), 0);
    }
    port(const port&) = delete;
    port& operator=(const port&) = delete;

    int number() const { return d_; }
    netmap_ring* tx() { return NETMAP_TXRING(nifp_, 0); }
    netmap_ring* rx() { return NETMAP_RXRING(nifp_, 0); }

  private:
    int d_;
    size_t size_ = 0;
    void* mem_ = nullptr;
    netmap_if* nifp_ = nullptr;
};

/// Broadcasts a frame that carries a number; false if there is no room.
bool send(port& p, uint32_t number) {
    netmap_ring* r = p.tx();
    nm_engine_ioctl(p.number(), NIOCTXSYNC, nullptr);
    if (nm_ring_empty(r))
        return false;
    netmap_slot& s = r->slot[r->head];
    char* buf = NETMAP_BUF(r, s.buf_idx);
    std::memset(buf, 0, 60);
    std::memset(buf, 0xff, 6);
    buf[6] = 2;
    std::memcpy(buf + 14, &number, sizeof(number));
    s.len = 60;
    r->head = r->cur = nm_ring_next(r, r->head);
    return nm_engine_ioctl(p.number(), NIOCTXSYNC, nullptr) == 0;
}

/// Takes what is in the ring; false if a number is not the next one.
bool receive(port& p, uint32_t* next) {
    netmap_ring* r = p.rx();
    bool right = true;
    while (!nm_ring_empty(r)) {
        uint32_t number = 0;
        std::memcpy(&number, NETMAP_BUF(r, r->slot[r->head].buf_idx) + 14, sizeof(number));
        right &= number == (*next)++;
        r->head = r->cur = nm_ring_next(r, r->head);
    }
    return right;
}

constexpr uint32_t window = 64;

/// Sends `count` frames, at most a window ahead of the receiver.
void send_all(port& p, uint32_t count, const std::atomic<uint32_t>& taken) {
    for (uint32_t i = 0; i < count;) {
        if (i - taken < window && send(p, i))
            i++;
        else
            std::this_thread::yield();
    }
}

TEST(Engine, PollDeliversEveryPacketOfAnotherThread) {
    constexpr uint32_t count = 20000;
    port a("vale7:a"), b("vale7:b");
    std::atomic<uint32_t> taken = 0;
    std::thread sender([&] { send_all(a, count, taken); });
    uint32_t next = 0;
    bool right = true;
    while (next < count && right) {
        nm_engine_pollfd f = {b.number(), POLLIN, 0};
        if (nm_engine_poll(&f, 1, 20000) != 1) {
            ADD_FAILURE() << "lost a wake-up after " << next;
            break;
        }
        right = receive(b, &next);
        taken = next;
    }
    taken = count;
    sender.join();
    EXPECT_TRUE(right);
}

TEST(Engine, EventDescriptorDeliversEveryPacketOfAnotherThread) {
    constexpr uint32_t count = 20000;
    port a("vale7:a"), b("vale7:b");
    int fd = nm_engine_event_fd(b.number(), NM_ENGINE_RX);
    ASSERT_GE(fd, 0);
    std::atomic<uint32_t> taken = 0;
    std::thread sender([&] { send_all(a, count, taken); });
    uint32_t next = 0;
    bool right = true;
    while (next < count && right) {
        EXPECT_EQ(nm_engine_arm(b.number(), NM_ENGINE_RX), 0);
        EXPECT_EQ(nm_engine_ioctl(b.number(), NIOCRXSYNC, nullptr), 0);
        uint32_t before = next;
        right = receive(b, &next);
        taken = next;
        if (next != before || next == count)
            continue;
        pollfd f = {fd, POLLIN, 0};
        if (::poll(&f, 1, 20000) != 1) {
            ADD_FAILURE() << "lost a wake-up after " << next;
            break;
        }
    }
    taken = count;
    sender.join();
    EXPECT_TRUE(right);
}

TEST(Engine, InterfacesThatDoNotExistAreNotInvented) {
    int d = nm_engine_open();
    nmreq_header header{};
    header.nr_version = NETMAP_API;
    header.nr_reqtype = NETMAP_REQ_REGISTER;
    std::strcpy(header.nr_name, "lo");
    nmreq_register body{};
    body.nr_mode = NR_REG_ALL_NIC;
    header.nr_body = reinterpret_cast<uintptr_t>(&body);
    EXPECT_EQ(nm_engine_ioctl(d, NIOCCTRL, &header), -1);
    EXPECT_EQ(errno, ENXIO);
    EXPECT_EQ(nm_engine_close(d), 0);
}

/// Kilobytes: memory of this process, and of the machine's shared memory, that
/// is in use.
long number_in(const char* file, const std::string& key) {
    std::ifstream in(file);
    std::string word;
    long kb = 0;
    while (in >> word)
        if (word == key)
            in >> kb;
    return kb;
}

TEST(Engine, IdlePortIsSmall) {
    long before = number_in("/proc/self/status", "VmRSS:");
    port p("vale7:idle");
    long grown = number_in("/proc/self/status", "VmRSS:") - before;
    RecordProperty("resident_kb", static_cast<int>(grown));
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
    EXPECT_LT(grown, 8192);
#endif
}

} // namespace
