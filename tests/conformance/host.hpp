// SPDX-License-Identifier: BSD-2-Clause
// The seam between the suite and the host of the core that is under test:
// the calls an application makes, either on /dev/netmap or on the engine
// inside this process.
#pragma once

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace conformance {

enum class direction { rx, tx };

/// Waiting on one side of a descriptor that was added to an epoll set once, bound
/// or not.
enum class trigger { edge, level };
class edge_watch {
  public:
    virtual ~edge_watch() = default;
    /// True if something new came (or was there at the beginning) in time.
    virtual bool wait(int timeout_ms) = 0;
};

/// One host of the core. Calls return -1 and set errno, as system calls do.
class host {
  public:
    virtual ~host() = default;
    virtual bool embedded() const = 0;
    virtual int open() = 0;
    virtual int close(int fd) = 0;
    virtual int ioctl(int fd, unsigned long cmd, void* arg) = 0;
    virtual void* mmap(int fd, size_t length, uint64_t offset) = 0;
    virtual int munmap(void* addr, size_t length) = 0;
    virtual int poll(pollfd* fds, unsigned count, int timeout_ms) = 0;
    virtual int param_set(const std::string& name, long value) = 0;
    virtual int param_get(const std::string& name, long& value) = 0;
    virtual std::unique_ptr<edge_watch> watch(int fd, direction dir,
                                              trigger how = trigger::edge) = 0;
    /// Another owner of what `fd` refers to: a process that inherited it, or,
    /// where descriptors cannot be inherited, a thread. Runs `body` there,
    /// after `fd` was closed here, and returns what it returned.
    virtual bool run_in_heir(int fd, const std::function<bool()>& body) = 0;
};

/// The host chosen on the command line.
host& the_host();

/// "embedded" or "device"; false for anything else.
bool choose_host(std::string_view name);

} // namespace conformance
