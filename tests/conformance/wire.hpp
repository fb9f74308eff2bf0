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

/// An interface of a kind of which there may be no driver ("bridge", "dummy"), on
/// top of another if it needs one; gone with the object.
class made_link {
  public:
    made_link(std::string name, const std::string& kind, const std::string& lower = {});
    made_link(const made_link&) = delete;
    made_link& operator=(const made_link&) = delete;
    ~made_link();

    /// EOPNOTSUPP where the kernel does not know the kind.
    err error() const { return error_; }
    const std::string& name() const { return name_; }
    err remove();

  private:
    std::string name_;
    err error_;
};

/// Keeps what the stack sends on an interface in its queue, until told otherwise.
class held_queue {
  public:
    explicit held_queue(const std::string& name);
    /// ENOENT where the kernel has no such queue.
    err error() const { return error_; }
    err release();

  private:
    err tell(uint16_t flags, int action) const;
    int index_;
    err error_;
};

err set_up(const std::string& name, bool up);
err set_address(const std::string& name, const std::string& address);
/// Moves an interface to the network namespace of thread `tid`.
err move_to_namespace_of(const std::string& name, int tid);
err set_mtu(const std::string& name, int mtu);
/// Makes it a member of a bridge or a bond; of none ("").
err set_master(const std::string& name, const std::string& master);
/// It is down for a moment.
err rename_link(const std::string& name, const std::string& to);
err set_promiscuous(const std::string& name, bool on);
/// ethtool -L, -G.
err set_queues(const std::string& name, unsigned queues);
err set_ring_sizes(const std::string& name, unsigned slots);
/// Those that the host may switch.
std::vector<uint32_t> offloads(const std::string& name);
/// Interfaces served by a driver of that name, sorted.
std::vector<std::string> links_of_driver(const std::string& driver);
/// A number in /sys/class/net/NAME.
long property(const std::string& name, const std::string& which);
/// The interface's counter in /sys/class/net/NAME/statistics.
long statistic(const std::string& name, const std::string& which);

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
