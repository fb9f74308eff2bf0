// SPDX-License-Identifier: BSD-2-Clause
#include "wire.hpp"

#include "fixture.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace conformance {
namespace {

/// A netlink request under construction.
class link_request {
  public:
    link_request(uint16_t type, uint16_t flags) : link_request(type, flags, ifinfomsg{}) {}
    template <class T>
    link_request(uint16_t type, uint16_t flags, const T& body)
        : bytes_(NLMSG_LENGTH(sizeof(body))) {
        head().nlmsg_type = type;
        head().nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
        std::memcpy(&bytes_[NLMSG_HDRLEN], &body, sizeof(body));
    }
    void add(uint16_t type, const void* data, size_t len) {
        const size_t at = open(type);
        append(data, len);
        close(at);
    }
    void add(uint16_t type, const std::string& text) { add(type, text.c_str(), text.size() + 1); }
    size_t open(uint16_t type) {
        align();
        const size_t at = bytes_.size();
        const rtattr attribute{0, type};
        append(&attribute, sizeof(attribute));
        return at;
    }
    void close(size_t at) {
        const auto len = static_cast<uint16_t>(bytes_.size() - at);
        std::memcpy(&bytes_[at], &len, sizeof(len));
    }
    void append(const void* data, size_t len) {
        const auto* from = static_cast<const uint8_t*>(data);
        bytes_.insert(bytes_.end(), from, from + len);
    }
    err run() {
        align();
        head().nlmsg_len = static_cast<uint32_t>(bytes_.size());
        const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
        if (fd < 0) {
            return err{errno};
        }
        struct {
            nlmsghdr head;
            nlmsgerr error;
            uint8_t rest[4096];
        } answer{};
        err e;
        if (::send(fd, bytes_.data(), bytes_.size(), 0) < 0 ||
            ::recv(fd, &answer, sizeof(answer), 0) < 0) {
            e = err{errno};
        } else if (answer.head.nlmsg_type == NLMSG_ERROR) {
            e = err{-answer.error.error};
        }
        ::close(fd);
        return e;
    }

  private:
    nlmsghdr& head() { return *reinterpret_cast<nlmsghdr*>(bytes_.data()); }
    void align() { bytes_.resize(NLMSG_ALIGN(bytes_.size())); }
    std::vector<uint8_t> bytes_;
};

err make_veth(const std::string& a, const std::string& b, unsigned queues) {
    const uint32_t n = queues;
    link_request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    request.add(IFLA_IFNAME, a);
    request.add(IFLA_NUM_TX_QUEUES, &n, sizeof(n));
    request.add(IFLA_NUM_RX_QUEUES, &n, sizeof(n));
    const size_t info = request.open(IFLA_LINKINFO);
    request.add(IFLA_INFO_KIND, "veth", 4);
    const size_t data = request.open(IFLA_INFO_DATA);
    const size_t peer = request.open(VETH_INFO_PEER);
    const ifinfomsg none{};
    request.append(&none, sizeof(none));
    request.add(IFLA_IFNAME, b);
    request.add(IFLA_NUM_TX_QUEUES, &n, sizeof(n));
    request.add(IFLA_NUM_RX_QUEUES, &n, sizeof(n));
    request.close(peer);
    request.close(data);
    request.close(info);
    return request.run();
}

err change(const std::string& name, unsigned long get, unsigned long set,
           const std::function<void(ifreq&)>& edit) {
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    err e;
    if (::ioctl(fd, get, &request) < 0) {
        e = err{errno};
    }
    edit(request);
    if (!e && ::ioctl(fd, set, &request) < 0) {
        e = err{errno};
    }
    ::close(fd);
    return e;
}

/// "ethtool" with a request that begins with its command.
err ethtool(const std::string& name, void* request) {
    return change(name, SIOCGIFFLAGS, SIOCETHTOOL,
                  [request](ifreq& r) { r.ifr_data = static_cast<char*>(request); });
}

/// The interfaces of tests are silent but for the tests.
void no_ipv6_on(const std::string& name) {
    std::ofstream("/proc/sys/net/ipv6/conf/" + name + "/disable_ipv6") << 1;
}

/// Flags say so before the stack has heard of the link; but what knows better is not
/// there in a namespace whose /sys was not mounted.
bool is_operational(const std::string& name) {
    if (std::ifstream file("/sys/class/net/" + name + "/operstate"); file) {
        std::string state;
        file >> state;
        return state == "up";
    }
    bool running = false;
    const err e = change(name, SIOCGIFFLAGS, SIOCGIFFLAGS,
                         [&](ifreq& r) { running = r.ifr_flags & IFF_RUNNING; });
    return !e && running;
}

bool ours(const frame& f) {
    const size_t at = f.size() >= 18 && f[12] == 0x81 && f[13] == 0 ? 16 : 12;
    return f.size() >= ether_header && f[at] == 0x88 && f[at + 1] == 0xb5;
}

} // namespace

veth_pair::veth_pair(std::string a, std::string b, unsigned queues)
    : a_(std::move(a)), b_(std::move(b)), error_(plug_veth(a_, b_, queues)) {
    // the stack sends nothing before it has heard of the link
    for (const std::string& name : {a_, b_}) {
        EXPECT_TRUE(!!error_ || eventually([&] { return is_operational(name); })) << name;
    }
}

veth_pair::~veth_pair() {
    remove();
    unplug(b_); // if the first end has moved away
}

err veth_pair::remove() {
    return unplug(a_);
}

err plug_veth(const std::string& a, const std::string& b, unsigned queues) {
    err e = make_veth(a, b, queues);
    for (const std::string& name : {a, b}) {
        no_ipv6_on(name);
        if (!e) {
            e = set_up(name, true);
        }
    }
    return e;
}

err unplug(const std::string& name) {
    link_request request(RTM_DELLINK, 0);
    request.add(IFLA_IFNAME, name);
    return request.run();
}

made_link::made_link(std::string name, const std::string& kind, const std::string& lower)
    : name_(std::move(name)) {
    link_request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    request.add(IFLA_IFNAME, name_);
    if (!lower.empty()) {
        const uint32_t index = ::if_nametoindex(lower.c_str());
        request.add(IFLA_LINK, &index, sizeof(index));
    }
    const size_t info = request.open(IFLA_LINKINFO);
    request.add(IFLA_INFO_KIND, kind.c_str(), kind.size());
    request.close(info);
    error_ = request.run();
    if (!error_) {
        no_ipv6_on(name_);
    }
}

made_link::~made_link() {
    if (!error_) {
        remove();
    }
}

err made_link::remove() {
    return unplug(name_);
}

held_queue::held_queue(const std::string& name)
    : index_(static_cast<int>(::if_nametoindex(name.c_str()))),
      error_(tell(NLM_F_CREATE | NLM_F_REPLACE, TCQ_PLUG_LIMIT)) {} // holds from the first on

err held_queue::release() {
    return tell(0, TCQ_PLUG_RELEASE_INDEFINITE);
}

err held_queue::tell(uint16_t flags, int action) const {
    tcmsg where{};
    where.tcm_ifindex = index_;
    where.tcm_handle = 0x10000;
    where.tcm_parent = TC_H_ROOT;
    tc_plug_qopt what{};
    what.action = action;
    what.limit = 1 << 24;
    link_request request(RTM_NEWQDISC, flags, where);
    request.add(TCA_KIND, "plug");
    request.add(TCA_OPTIONS, &what, sizeof(what));
    return request.run();
}

err kernel_bridge::take_in(const std::string& interface) const {
    return set_master(interface, name());
}

err kernel_bridge::let_go(const std::string& interface) const {
    return set_master(interface, "");
}

err set_up(const std::string& name, bool up) {
    return change(name, SIOCGIFFLAGS, SIOCSIFFLAGS, [up](ifreq& r) {
        r.ifr_flags = static_cast<short>(up ? r.ifr_flags | IFF_UP : r.ifr_flags & ~IFF_UP);
    });
}

err set_address(const std::string& name, const std::string& address) {
    return change(name, SIOCGIFFLAGS, SIOCSIFADDR, [&](ifreq& r) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        ::inet_pton(AF_INET, address.c_str(), &to.sin_addr);
        std::memcpy(&r.ifr_addr, &to, sizeof(to));
    });
}

err move_to_namespace_of(const std::string& name, int tid) {
    const uint32_t pid = static_cast<uint32_t>(tid);
    link_request request(RTM_NEWLINK, 0);
    request.add(IFLA_IFNAME, name);
    request.add(IFLA_NET_NS_PID, &pid, sizeof(pid));
    return request.run();
}

network_namespace::network_namespace(which w) : fd_(-1) {
    // a thread of its own, so that the caller's does not change
    std::thread([this, w] {
        if (w == which::current || ::unshare(CLONE_NEWNET) == 0) {
            fd_ = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        }
    }).join();
    EXPECT_LE(0, fd_) << "no network namespace";
}

network_namespace::~network_namespace() {
    ::close(fd_);
}

err network_namespace::enter() const {
    return result(::setns(fd_, CLONE_NEWNET));
}

err network_namespace::take(const std::string& name) const {
    link_request request(RTM_NEWLINK, 0);
    request.add(IFLA_IFNAME, name);
    request.add(IFLA_NET_NS_FD, &fd_, sizeof(fd_));
    return request.run();
}

err set_mtu(const std::string& name, int mtu) {
    return change(name, SIOCGIFMTU, SIOCSIFMTU, [mtu](ifreq& r) { r.ifr_mtu = mtu; });
}

err set_master(const std::string& name, const std::string& master) {
    const uint32_t index = master.empty() ? 0 : ::if_nametoindex(master.c_str());
    link_request request(RTM_NEWLINK, 0);
    request.add(IFLA_IFNAME, name);
    request.add(IFLA_MASTER, &index, sizeof(index));
    return request.run();
}

err rename_link(const std::string& name, const std::string& to) {
    err e = set_up(name, false); // older kernels rename what is down only
    if (!e) {
        e = change(name, SIOCGIFFLAGS, SIOCSIFNAME,
                   [&](ifreq& r) { r.ifr_newname[to.copy(r.ifr_newname, IFNAMSIZ - 1)] = 0; });
    }
    return !e ? set_up(to, true) : e;
}

err set_promiscuous(const std::string& name, bool on) {
    return change(name, SIOCGIFFLAGS, SIOCSIFFLAGS, [on](ifreq& r) {
        r.ifr_flags = static_cast<short>(on ? r.ifr_flags | IFF_PROMISC
                                            : r.ifr_flags & ~IFF_PROMISC);
    });
}

err set_queues(const std::string& name, unsigned queues) {
    ethtool_channels n{};
    n.cmd = ETHTOOL_GCHANNELS;
    err e = ethtool(name, &n);
    n.cmd = ETHTOOL_SCHANNELS;
    (n.max_combined != 0 ? n.combined_count : n.rx_count) = queues;
    if (n.max_combined == 0) {
        n.tx_count = queues;
    }
    return !e ? ethtool(name, &n) : e;
}

err set_ring_sizes(const std::string& name, unsigned slots) {
    ethtool_ringparam n{};
    n.cmd = ETHTOOL_GRINGPARAM;
    err e = ethtool(name, &n);
    n.cmd = ETHTOOL_SRINGPARAM;
    n.rx_pending = n.tx_pending = slots;
    return !e ? ethtool(name, &n) : e;
}

std::vector<uint32_t> offloads(const std::string& name) {
    std::vector<uint32_t> all;
    for (const uint32_t command : {ETHTOOL_GRXCSUM, ETHTOOL_GTXCSUM, ETHTOOL_GSG, ETHTOOL_GTSO,
                                   ETHTOOL_GGSO, ETHTOOL_GGRO, ETHTOOL_GFLAGS}) {
        ethtool_value value{command, 0};
        const err e = ethtool(name, &value);
        all.push_back(!e ? value.data : ~0u);
    }
    return all;
}

long property(const std::string& name, const std::string& which) {
    std::string value = "-1";
    std::ifstream("/sys/class/net/" + name + "/" + which) >> value;
    return std::stol(value, nullptr, 0);
}

long statistic(const std::string& name, const std::string& which) {
    return property(name, "statistics/" + which);
}

std::string driver_of(const std::string& name) {
    std::error_code none;
    return std::filesystem::read_symlink("/sys/class/net/" + name + "/device/driver", none)
        .filename();
}

std::vector<std::string> links_of_driver(const std::string& driver) {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator("/sys/class/net")) {
        if (driver_of(entry.path().filename()) == driver) {
            all.push_back(entry.path().filename());
        }
    }
    std::sort(all.begin(), all.end());
    return all;
}

on_one_cpu::on_one_cpu() {
    EXPECT_EQ(0, ::sched_getaffinity(0, sizeof(before_), &before_));
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<size_t>(::sched_getcpu()), &one);
    EXPECT_EQ(0, ::sched_setaffinity(0, sizeof(one), &one));
}

on_one_cpu::~on_one_cpu() {
    EXPECT_EQ(0, ::sched_setaffinity(0, sizeof(before_), &before_));
}

wire::wire(const std::string& name, sees what)
    : fd_(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_protocol = htons(what == sees::everything ? ETH_P_ALL : 0x88b5);
    to.sll_ifindex = static_cast<int>(::if_nametoindex(name.c_str()));
    const int size = 4 << 20;
    EXPECT_EQ(0, ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
    EXPECT_EQ(0, ::bind(fd_, reinterpret_cast<sockaddr*>(&to), sizeof(to))) << name;
}

wire::~wire() {
    ::close(fd_);
}

err wire::send(const frame& f) const {
    return ::send(fd_, f.data(), f.size(), 0) < 0 ? err{errno} : err{};
}

std::vector<frame> wire::receive() const {
    std::vector<frame> all;
    frame buffer(70000);
    for (;;) {
        sockaddr_ll from{};
        socklen_t len = sizeof(from);
        const ssize_t got = ::recvfrom(fd_, buffer.data(), buffer.size(), 0,
                                       reinterpret_cast<sockaddr*>(&from), &len);
        if (got < 0) {
            return all;
        }
        frame f(buffer.begin(), buffer.begin() + got);
        if (from.sll_pkttype != PACKET_OUTGOING && ours(f)) {
            all.push_back(std::move(f));
        }
    }
}

std::vector<frame> wire::receive(size_t count) const {
    std::vector<frame> all;
    EXPECT_TRUE(eventually([&] {
        const auto more = receive();
        all.insert(all.end(), more.begin(), more.end());
        return all.size() >= count;
    })) << all.size() << " of " << count << " frames came";
    return all;
}

} // namespace conformance
