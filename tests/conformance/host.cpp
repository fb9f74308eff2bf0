// SPDX-License-Identifier: BSD-2-Clause
// The two hosts: the engine in this process, and the device node.
#include "host.hpp"

#include "netmap_engine.h"

#include <net/netmap.h>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

namespace conformance {
namespace {

/// An epoll set with one descriptor in it.
class epoll_set {
  public:
    epoll_set(int fd, uint32_t events) : fd_(::epoll_create1(EPOLL_CLOEXEC)) {
        epoll_event event{};
        event.events = events;
        added_ = ::epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event) == 0;
    }
    epoll_set(const epoll_set&) = delete;
    epoll_set& operator=(const epoll_set&) = delete;
    ~epoll_set() { ::close(fd_); }

    bool wait(int timeout_ms) {
        epoll_event event{};
        return added_ && ::epoll_wait(fd_, &event, 1, timeout_ms) == 1;
    }

  private:
    int fd_;
    bool added_ = false;
};

/// The device's own descriptor in an epoll set.
class device_watch : public edge_watch {
  public:
    device_watch(int fd, direction dir, trigger how)
        : set_(fd, (how == trigger::edge ? EPOLLET : 0u) |
                       static_cast<uint32_t>(dir == direction::rx ? EPOLLIN : EPOLLOUT)) {}
    bool wait(int timeout_ms) override { return set_.wait(timeout_ms); }

  private:
    epoll_set set_;
};

/// The engine's event descriptor, used as its header says: arm, sync, look,
/// and only then sleep.
class embedded_watch : public edge_watch {
  public:
    embedded_watch(int fd, direction dir, trigger how)
        : level_(how == trigger::level), fd_(fd),
          side_(dir == direction::rx ? NM_ENGINE_RX : NM_ENGINE_TX), events_(dir == direction::rx ? POLLIN : POLLOUT),
          set_(nm_engine_event_fd(fd, side_), EPOLLIN | EPOLLET), pending_(arm_and_look()) {}

    bool wait(int timeout_ms) override {
        if (pending_ || (level_ && arm_and_look())) {
            pending_ = false;
            return true;
        }
        const auto until =
            std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
        do {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                until - std::chrono::steady_clock::now());
            if (!set_.wait(left.count() > 0 ? static_cast<int>(left.count()) : 0)) {
                return false;
            }
        } while (!arm_and_look());
        return true;
    }

  private:
    bool arm_and_look() {
        nm_engine_pollfd entry{fd_, events_, 0};
        return nm_engine_arm(fd_, side_) == 0 && nm_engine_poll(&entry, 1, 0) == 1;
    }

    bool level_;
    int fd_;
    nm_engine_dir side_;
    short events_;
    epoll_set set_;
    bool pending_;
};

class embedded_host : public host {
  public:
    bool embedded() const override { return true; }
    int open() override { return nm_engine_open(); }
    int close(int fd) override { return nm_engine_close(fd); }
    int ioctl(int fd, unsigned long cmd, void* arg) override {
        return nm_engine_ioctl(fd, cmd, arg);
    }
    void* mmap(int fd, size_t length, uint64_t offset) override {
        return nm_engine_mmap(fd, length, offset);
    }
    int munmap(void* addr, size_t length) override { return nm_engine_munmap(addr, length); }
    int poll(pollfd* fds, unsigned count, int timeout_ms) override {
        std::vector<nm_engine_pollfd> entries(count);
        for (unsigned i = 0; i < count; ++i) {
            entries[i] = {fds[i].fd, fds[i].events, fds[i].revents};
        }
        const int result = nm_engine_poll(entries.data(), count, timeout_ms);
        for (unsigned i = 0; i < count; ++i) {
            fds[i].revents = entries[i].revents;
        }
        return result;
    }
    int param_set(const std::string& name, long value) override {
        return nm_engine_param_set(name.c_str(), value);
    }
    int param_get(const std::string& name, long& value) override {
        return nm_engine_param_get(name.c_str(), &value);
    }
    std::unique_ptr<edge_watch> watch(int fd, direction dir, trigger how) override {
        return std::make_unique<embedded_watch>(fd, dir, how);
    }
    bool run_in_heir(int fd, const std::function<bool()>& body) override {
        nm_engine_close(fd);
        bool result = false;
        std::thread heir([&] { result = body(); });
        heir.join();
        return result;
    }
};

class device_host : public host {
  public:
    bool embedded() const override { return false; }
    int open() override { return ::open("/dev/netmap", O_RDWR | O_CLOEXEC); }
    int close(int fd) override { return ::close(fd); }
    int ioctl(int fd, unsigned long cmd, void* arg) override { return ::ioctl(fd, cmd, arg); }
    void* mmap(int fd, size_t length, uint64_t offset) override {
        return ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                      static_cast<off_t>(offset));
    }
    int munmap(void* addr, size_t length) override { return ::munmap(addr, length); }
    int poll(pollfd* fds, unsigned count, int timeout_ms) override {
        return ::poll(fds, count, timeout_ms);
    }
    int param_set(const std::string& name, long value) override {
        FILE* file = std::fopen(path(name).c_str(), "w");
        if (file == nullptr) {
            return -1;
        }
        const bool written = std::fprintf(file, "%ld", value) > 0;
        return std::fclose(file) == 0 && written ? 0 : -1;
    }
    int param_get(const std::string& name, long& value) override {
        FILE* file = std::fopen(path(name).c_str(), "r");
        if (file == nullptr) {
            return -1;
        }
        const bool read = std::fscanf(file, "%ld", &value) == 1;
        return std::fclose(file) == 0 && read ? 0 : -1;
    }
    std::unique_ptr<edge_watch> watch(int fd, direction dir, trigger how) override {
        return std::make_unique<device_watch>(fd, dir, how);
    }
    bool run_in_heir(int fd, const std::function<bool()>& body) override {
        int gate[2];
        if (::pipe2(gate, O_CLOEXEC) != 0) {
            return false;
        }
        const pid_t child = ::fork();
        if (child == 0) {
            char byte;
            const bool opened = ::read(gate[0], &byte, 1) == 1;
            ::_exit(opened && body() ? 0 : 1);
        }
        ::close(fd);
        const bool told = ::write(gate[1], "", 1) == 1;
        ::close(gate[0]);
        ::close(gate[1]);
        int status = -1;
        return child > 0 && ::waitpid(child, &status, 0) == child && told && status == 0;
    }

  private:
    static std::string path(const std::string& name) {
        return "/sys/module/netmap/parameters/" + name;
    }
};

std::unique_ptr<host>& chosen() {
    static std::unique_ptr<host> instance = std::make_unique<embedded_host>();
    return instance;
}

} // namespace

host& the_host() {
    return *chosen();
}

bool choose_host(std::string_view name) {
    if (name == "embedded") {
        chosen() = std::make_unique<embedded_host>();
    } else if (name == "device") {
        chosen() = std::make_unique<device_host>();
    } else {
        return false;
    }
    return true;
}

} // namespace conformance
