// SPDX-License-Identifier: BSD-2-Clause
// Real network interfaces for tests on the device: pairs of veth, and packet
// sockets on them.
#pragma once

#include "frame.hpp"
#include "request.hpp"

#include <sched.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace conformance {

/// Two virtual Ethernet interfaces, back to back, up; gone with the object.
class veth_pair {
  public:
    /// `queues` transmit and receive queues at the first end.
    explicit veth_pair(std::string a = "nmx0", std::string b = "nmx1", unsigned queues = 1);
    veth_pair(const veth_pair&) = delete;
    veth_pair& operator=(const veth_pair&) = delete;
    ~veth_pair();

    /// Why there is none: EOPNOTSUPP where the kernel has no veth.
    err error() const { return error_; }
    const std::string& a() const { return a_; }
    const std::string& b() const { return b_; }
    /// Removes both, as if they were unplugged.
    err remove();

  private:
    std::string a_;
    std::string b_;
    err error_;
};

/// A bridge of the kernel; gone with the object.
class kernel_bridge {
  public:
    explicit kernel_bridge(std::string name = "nmxbr");
    kernel_bridge(const kernel_bridge&) = delete;
    kernel_bridge& operator=(const kernel_bridge&) = delete;
    ~kernel_bridge();

    /// Why there is none: EOPNOTSUPP where the kernel has no bridges.
    err error() const { return error_; }
    err take_in(const std::string& interface) const;
    err let_go(const std::string& interface) const;

  private:
    std::string name_;
    err error_;
};

err set_up(const std::string& name, bool up);
/// As `ethtool -L`: so many combined, or TX and RX, queues in use.
err set_channels(const std::string& name, unsigned count);
err set_address(const std::string& name, const std::string& address);
/// Moves an interface to the network namespace of thread `tid`.
err move_to_namespace_of(const std::string& name, int tid);
err set_mtu(const std::string& name, int mtu);
/// A pair of veth that belongs to nobody, both ends up.
err plug_veth(const std::string& a, const std::string& b, unsigned queues = 1);
/// Removes an interface as if it were unplugged; of a veth both ends go.
err unplug(const std::string& name);
/// The interface's counter in /sys/class/net/NAME/statistics.
long statistic(const std::string& name, const std::string& which);

/// A network namespace with nothing in it; it and what was moved there go with the
/// last descriptor, or thread, that holds it.
class network_namespace {
  public:
    /// A new one, or that of this thread.
    enum class which { fresh, current };
    explicit network_namespace(which w);
    network_namespace(const network_namespace&) = delete;
    network_namespace& operator=(const network_namespace&) = delete;
    ~network_namespace();

    /// This thread goes there.
    err enter() const;
    /// An interface of this thread's namespace goes there.
    err take(const std::string& name) const;

  private:
    int fd_;
};

/// While it lives the thread stays on one CPU: what it sends through a veth keeps
/// its order only then, for every CPU has a queue of its own.
class on_one_cpu {
  public:
    on_one_cpu();
    on_one_cpu(const on_one_cpu&) = delete;
    on_one_cpu& operator=(const on_one_cpu&) = delete;
    ~on_one_cpu();

  private:
    cpu_set_t before_;
};

/// A packet socket on an interface. With `tap` it sees what the interface
/// receives; without, only what the interface's stack gets (ethertype 0x88b5).
class wire {
  public:
    enum class sees { everything, what_the_stack_gets };
    explicit wire(const std::string& name, sees what = sees::everything);
    wire(const wire&) = delete;
    wire& operator=(const wire&) = delete;
    ~wire();

    err send(const frame& f) const;
    /// Our frames (ethertype 0x88b5, tagged or not) that came so far.
    std::vector<frame> receive() const;
    /// Waits until `count` of ours came, or patience ends.
    std::vector<frame> receive(size_t count) const;

  private:
    int fd_;
};

} // namespace conformance
