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

/// A bridge of the kernel; gone with the object.
class kernel_bridge : public made_link {
  public:
    explicit kernel_bridge(std::string name = "nmxbr") : made_link(std::move(name), "bridge") {}
    err take_in(const std::string& interface) const;
    err let_go(const std::string& interface) const;
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
/// A pair of veth that belongs to nobody, both ends up.
err plug_veth(const std::string& a, const std::string& b, unsigned queues = 1);
/// Removes an interface as if it were unplugged; of a veth both ends go.
err unplug(const std::string& name);
/// Makes it a member of a bridge or a bond; of none ("").
err set_master(const std::string& name, const std::string& master);
/// It is down for a moment.
err rename_link(const std::string& name, const std::string& to);
err set_promiscuous(const std::string& name, bool on);
/// As `ethtool -L` (so many combined, or TX and RX, queues in use) and `-G`.
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
