// SPDX-License-Identifier: BSD-2-Clause
// What tests of the shared-index mode and the sync loop share.
#pragma once

#include "fixture.hpp"

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace conformance {

/// Pages that can be taken away.
class pages {
  public:
    explicit pages(size_t n = 2)
        : bytes_(n * page), base_(static_cast<uint8_t*>(::mmap(nullptr, bytes_,
                                                               PROT_READ | PROT_WRITE,
                                                               MAP_PRIVATE | MAP_ANONYMOUS, -1,
                                                               0))) {}
    pages(const pages&) = delete;
    pages& operator=(const pages&) = delete;
    ~pages() { gone(); }
    uint8_t* at(size_t offset = 0) const { return base_ + offset; }
    void protect(int prot) const { EXPECT_EQ(0, ::mprotect(base_, bytes_, prot)); }
    void gone() {
        if (base_ != nullptr) {
            ::munmap(std::exchange(base_, nullptr), bytes_);
        }
    }

  private:
    size_t bytes_;
    uint8_t* base_;
};

struct csb_option : nmreq_opt_csb {
    csb_option(const void* atok, const void* ktoa) : nmreq_opt_csb{} {
        nro_opt = make_option(NETMAP_REQ_OPT_CSB, sizeof(nmreq_opt_csb));
        csb_atok = addr(atok);
        csb_ktoa = addr(ktoa);
    }
};

struct mode_option : nmreq_opt_sync_kloop_mode {
    explicit mode_option(uint32_t bits) : nmreq_opt_sync_kloop_mode{} {
        nro_opt = make_option(NETMAP_REQ_OPT_SYNC_KLOOP_MODE, sizeof(nmreq_opt_sync_kloop_mode));
        mode = bits;
    }
};

struct eventfds_option {
    nmreq_option head;
    nmreq_kloop_eventfd fds[8];
    explicit eventfds_option(std::initializer_list<nmreq_kloop_eventfd> list) : head{}, fds{} {
        std::copy(list.begin(), list.end(), fds);
        head = make_option(NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS,
                           sizeof(nmreq_option) + list.size() * sizeof(fds[0]));
    }
};

class event {
  public:
    explicit event(int flags = 0) : fd_(::eventfd(0, EFD_CLOEXEC | flags)) {}
    event(const event&) = delete;
    event& operator=(const event&) = delete;
    ~event() { ::close(fd_); }
    int fd() const { return fd_; }
    void signal() const { EXPECT_EQ(0, ::eventfd_write(fd_, 1)); }
    /// Waits for a signal and takes it.
    bool wait() const {
        pollfd p{fd_, POLLIN, 0};
        eventfd_t count = 0;
        return ::poll(&p, 1, patience_ms()) == 1 && ::eventfd_read(fd_, &count) == 0;
    }
    bool signalled() const {
        pollfd p{fd_, POLLIN, 0};
        return ::poll(&p, 1, 0) == 1;
    }

  private:
    int fd_;
};

/// A port in shared-index mode.
struct shared_port {
    pages memory;
    nm_csb_atok* atok = reinterpret_cast<nm_csb_atok*>(memory.at());
    nm_csb_ktoa* ktoa = reinterpret_cast<nm_csb_ktoa*>(memory.at(page));
    csb_option option{atok, ktoa};
    port p;
    unsigned index = 0; ///< of the rings

    err open(std::string_view name, reg wanted = reg().slots(16)) {
        wanted.nr_flags |= NR_EXCLUSIVE;
        return p.open(name, wanted, &option.nro_opt);
    }
    err enable(csb_option& o) const {
        return p.fd().request(NETMAP_REQ_CSB_ENABLE, "", nullptr, &o.nro_opt);
    }
    err start(uint32_t sleep_us = 50, const nmreq_option* options = nullptr) const {
        nmreq_sync_kloop_start body{};
        body.sleep_us = sleep_us;
        return p.fd().request(NETMAP_REQ_SYNC_KLOOP_START, "", &body, options);
    }
    err stop() const { return p.fd().request(NETMAP_REQ_SYNC_KLOOP_STOP, "", nullptr); }

    /// TX is entry 0, RX is entry 1, of a port with one ring of each bound.
    uint32_t tail(unsigned i) const {
        return __atomic_load_n(&ktoa[i].hwtail, __ATOMIC_ACQUIRE);
    }
    void publish(unsigned i, uint32_t head, uint32_t cur) const {
        poke(atok[i].cur, cur);
        __atomic_store_n(&atok[i].head, head, __ATOMIC_SEQ_CST);
    }
    bool put(const frame& f) const {
        const ring tx = p.tx(index);
        const uint32_t head = peek(atok[0].head);
        if (head == tail(0)) {
            return false;
        }
        tx.fill(head, f);
        publish(0, tx.next(head), tx.next(head));
        return true;
    }
    std::optional<frame> take() const {
        const ring rx = p.rx(index);
        const uint32_t head = peek(atok[1].head);
        if (head == tail(1)) {
            return {};
        }
        frame f = rx.read(head);
        publish(1, rx.next(head), rx.next(head));
        return f;
    }
    bool running() const {
        csb_option same = option;
        return enable(same) == err{EBUSY};
    }
};

/// And with eventfds.
struct kicked_port : shared_port {
    event kick[2];
    event irq[2];
    eventfds_option fds{{{kick[0].fd(), irq[0].fd()}, {kick[1].fd(), irq[1].fd()}}};

    /// As a driver in a guest does it; publish() was sequentially consistent.
    void kick_if_wanted(unsigned i) const {
        if (__atomic_load_n(&ktoa[i].kern_need_kick, __ATOMIC_SEQ_CST) != 0) {
            kick[i].signal();
        }
    }
    bool wait_for_frame(frame& out) const {
        const auto until = std::chrono::steady_clock::now() + patience();
        while (std::chrono::steady_clock::now() < until) {
            __atomic_store_n(&atok[1].appl_need_kick, 1u, __ATOMIC_SEQ_CST);
            if (auto f = take()) {
                out = *f;
                kick_if_wanted(1);
                return true;
            }
            if (!irq[1].wait()) {
                return false;
            }
        }
        return false;
    }
};

/// The thread that runs the loop of a port.
class loop {
  public:
    explicit loop(const shared_port& s, uint32_t sleep_us = 50,
                  const nmreq_option* options = nullptr)
        : s_(s), thread_([this, sleep_us, options] {
              result_ = s_.start(sleep_us, options);
              ended_ = true;
          }) {}
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;
    ~loop() {
        if (thread_.joinable()) {
            EXPECT_OK(stop());
        }
    }
    bool ended() const { return ended_; }
    err join() {
        thread_.join();
        return result_;
    }
    err stop() {
        EXPECT_OK(s_.stop());
        return join();
    }

  private:
    const shared_port& s_;
    err result_;
    std::atomic<bool> ended_ = false;
    std::thread thread_;
};

} // namespace conformance
