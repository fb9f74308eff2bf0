// SPDX-License-Identifier: BSD-2-Clause
// Links by route-netlink: subscribe, then ask, then wait. What changes between
// the question and the wait is in the socket's queue by then.
#include <netmapxx/link.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <netmapxx/error.hpp>
#include <netmapxx/unique_fd.hpp>

#include "deadline.hpp"

namespace netmapxx::inline v1::link {

namespace {

constexpr std::size_t longest_name = 127; // alternative names; others end at IFNAMSIZ - 1

[[nodiscard]] std::error_code system_code(int error) noexcept {
    return {error, std::generic_category()};
}

[[nodiscard]] operational to_operational(std::uint8_t value) noexcept {
    return value <= static_cast<std::uint8_t>(operational::up) ? static_cast<operational>(value)
                                                               : operational::unknown;
}

template <class T> [[nodiscard]] T value_of(std::span<std::byte const> bytes) noexcept {
    T out{};
    std::memcpy(&out, bytes.data(), std::min(sizeof out, bytes.size()));
    return out;
}

/// A socket that hears of links and can ask for one.
class link_socket {
  public:
    enum class hears { answers, changes };

    [[nodiscard]] int open(hears what) noexcept {
        fd_ =
            unique_fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)};
        if (!fd_)
            return errno;
        sockaddr_nl address{};
        address.nl_family = AF_NETLINK;
        address.nl_groups = what == hears::changes ? RTMGRP_LINK : 0;
        return ::bind(fd_.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) < 0
                   ? errno
                   : 0;
    }

    /// By name, or by the index once that is known.
    [[nodiscard]] int ask(std::string_view name, int index) noexcept {
        struct {
            nlmsghdr head;
            ifinfomsg body;
            std::array<std::byte, RTA_SPACE(longest_name + 1)> attribute;
        } request{};
        request.head.nlmsg_len = NLMSG_LENGTH(sizeof request.body);
        request.head.nlmsg_type = RTM_GETLINK;
        request.head.nlmsg_flags = NLM_F_REQUEST;
        request.head.nlmsg_seq = ++sequence_;
        request.body.ifi_index = index;
        if (index == 0) {
            rtattr attribute{};
            attribute.rta_type = name.size() < IFNAMSIZ ? IFLA_IFNAME : IFLA_ALT_IFNAME;
            attribute.rta_len = static_cast<unsigned short>(RTA_LENGTH(name.size() + 1));
            std::memcpy(request.attribute.data(), &attribute, sizeof attribute);
            std::memcpy(request.attribute.data() + RTA_LENGTH(0), name.data(), name.size());
            request.head.nlmsg_len += static_cast<std::uint32_t>(RTA_ALIGN(attribute.rta_len));
        }
        sockaddr_nl kernel{};
        kernel.nl_family = AF_NETLINK;
        auto const sent = ::sendto(fd_.get(), &request, request.head.nlmsg_len, 0,
                                   reinterpret_cast<sockaddr const*>(&kernel), sizeof kernel);
        return sent < 0 ? errno : 0;
    }

    /// The next datagram of the kernel, into `into`; 0 or an errno: EAGAIN
    /// without one, ENOBUFS if some were lost.
    [[nodiscard]] int receive(std::span<std::byte> into, std::span<std::byte const>& got) noexcept {
        for (;;) {
            sockaddr_nl from{};
            socklen_t length = sizeof from;
            auto const n = ::recvfrom(fd_.get(), into.data(), into.size(), 0,
                                      reinterpret_cast<sockaddr*>(&from), &length);
            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0)
                return errno;
            if (from.nl_pid != 0)
                continue; // some other process, which has no business here
            got = into.first(static_cast<std::size_t>(n));
            return 0;
        }
    }

    [[nodiscard]] std::uint32_t sequence() const noexcept { return sequence_; }
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  private:
    unique_fd fd_;
    std::uint32_t sequence_ = 0;
};

/// One interface, followed from the first answer on.
class follower {
  public:
    explicit follower(std::string_view name) noexcept : name_(name) {}

    [[nodiscard]] std::error_code begin(link_socket::hears what) noexcept {
        if (name_.empty() || name_.size() > longest_name)
            return errc::no_such_port;
        if (int const error = socket_.open(what); error != 0)
            return system_code(error);
        return ask();
    }

    /// Takes in what is queued. An error ends the matter.
    [[nodiscard]] std::error_code take_all() noexcept {
        for (;;) {
            std::span<std::byte const> datagram;
            int const error = socket_.receive(buffer_, datagram);
            if (error == EAGAIN)
                return {};
            if (error == ENOBUFS) {
                if (auto const ec = ask(); ec) // what was lost may have been ours
                    return ec;
                continue;
            }
            if (error != 0)
                return system_code(error);
            if (auto const ec = take(datagram); ec)
                return ec;
        }
    }

    /// Sleeps until the kernel has something to say, or the deadline.
    [[nodiscard]] std::error_code sleep(detail::deadline const& end) const noexcept {
        std::array<pollfd, 1> entry{{{socket_.fd(), POLLIN, 0}}};
        int const n = detail::sleep_on(entry, end);
        return n < 0 ? system_code(-n) : std::error_code{};
    }

    [[nodiscard]] bool answered() const noexcept { return state_.index != 0; }
    [[nodiscard]] link::state const& state() const noexcept { return state_; }

  private:
    [[nodiscard]] std::error_code ask() noexcept {
        int const error = socket_.ask(name_, state_.index);
        return error != 0 ? system_code(error) : std::error_code{};
    }

    [[nodiscard]] std::error_code take(std::span<std::byte const> datagram) noexcept {
        while (datagram.size() >= sizeof(nlmsghdr)) {
            auto const head = value_of<nlmsghdr>(datagram);
            if (head.nlmsg_len < sizeof head || head.nlmsg_len > datagram.size())
                break; // cut: attributes that we need stand in front
            auto const body = datagram.first(head.nlmsg_len).subspan(NLMSG_HDRLEN);
            if (auto const ec = message(head, body); ec)
                return ec;
            datagram = datagram.subspan(
                std::min<std::size_t>(NLMSG_ALIGN(head.nlmsg_len), datagram.size()));
        }
        return {};
    }

    [[nodiscard]] std::error_code message(nlmsghdr const& head,
                                          std::span<std::byte const> body) noexcept {
        bool const answer = head.nlmsg_seq == socket_.sequence() && head.nlmsg_seq != 0;
        if (head.nlmsg_type == NLMSG_ERROR) {
            int const error = -value_of<nlmsgerr>(body).error;
            if (!answer || error == 0)
                return {};
            if (error == ENODEV)
                return answered() ? errc::port_gone : errc::no_such_port;
            return system_code(error);
        }
        if (body.size() < sizeof(ifinfomsg))
            return {};
        auto const info = value_of<ifinfomsg>(body);
        // What bridges say of their members comes under a family of its own.
        bool const ours =
            info.ifi_family == AF_UNSPEC && (answered() ? info.ifi_index == state_.index : answer);
        if (!ours)
            return {};
        if (head.nlmsg_type == RTM_DELLINK)
            return errc::port_gone;
        if (head.nlmsg_type == RTM_NEWLINK)
            learn(info, body.subspan(std::min<std::size_t>(NLMSG_ALIGN(sizeof info), body.size())));
        return {};
    }

    void learn(ifinfomsg const& info, std::span<std::byte const> attributes) noexcept {
        state_.index = info.ifi_index;
        state_.enabled = (info.ifi_flags & IFF_UP) != 0;
        state_.carrier = (info.ifi_flags & lower_up) != 0;
        while (attributes.size() >= sizeof(rtattr)) {
            auto const head = value_of<rtattr>(attributes);
            if (head.rta_len < sizeof head || head.rta_len > attributes.size())
                return;
            attribute(head.rta_type, attributes.first(head.rta_len).subspan(RTA_LENGTH(0)));
            attributes = attributes.subspan(
                std::min<std::size_t>(RTA_ALIGN(head.rta_len), attributes.size()));
        }
    }

    void attribute(unsigned short type, std::span<std::byte const> value) noexcept {
        if (type == IFLA_OPERSTATE)
            state_.oper = to_operational(value_of<std::uint8_t>(value));
        else if (type == IFLA_PROMISCUITY)
            state_.promiscuous = value_of<std::uint32_t>(value) != 0;
        else if (type == IFLA_MTU)
            state_.mtu = value_of<std::uint32_t>(value);
    }

    // <linux/if.h>, which has this flag, does not go together with <net/if.h>.
    static constexpr unsigned lower_up = 1U << 16;

    std::string_view name_;
    link_socket socket_;
    link::state state_;
    alignas(nlmsghdr) std::array<std::byte, std::size_t{32} * 1024> buffer_{};
};

[[nodiscard]] wait_result wait_for(follower& interface, std::chrono::nanoseconds timeout,
                                   std::error_code& ec) noexcept {
    detail::deadline const end{timeout};
    ec = interface.begin(link_socket::hears::changes);
    while (!ec) {
        ec = interface.take_all();
        if (ec)
            break;
        if (interface.answered() && interface.state().up())
            return wait_result::ready;
        if (interface.answered() && end.over())
            return wait_result::timed_out;
        ec = interface.sleep(interface.answered() ? end : detail::deadline{port::forever});
    }
    return wait_result::error_event;
}

[[nodiscard]] bool has_link(port_info const& info) noexcept {
    if (info.backend != backend_kind::device || info.spec.scheme() != port_scheme::netmap ||
        info.spec.pipe())
        return false;
    return info.mode != port_mode::virtual_ || info.spec.is_monitor();
}

void raise_if(std::error_code ec, std::string_view operation, std::string_view subject) {
    if (ec)
        throw error{ec, operation, subject};
}

} // namespace

std::string_view to_string(operational state) noexcept {
    static constexpr std::array<std::string_view, 7> names{
        "unknown", "not present", "down", "lower layer down", "testing", "dormant", "up"};
    return names.at(static_cast<std::size_t>(state));
}

state query(std::string_view ifname, std::error_code& ec) noexcept {
    follower interface { ifname };
    ec = interface.begin(link_socket::hears::answers);
    while (!ec && !interface.answered()) {
        ec = interface.take_all();
        if (!ec && !interface.answered())
            ec = interface.sleep(detail::deadline{port::forever});
    }
    return ec ? state{} : interface.state();
}

state query(std::string_view ifname) {
    std::error_code ec;
    auto const out = query(ifname, ec);
    raise_if(ec, "ask for the link of", ifname);
    return out;
}

bool is_up(std::string_view ifname, std::error_code& ec) noexcept {
    return query(ifname, ec).up();
}

bool is_up(std::string_view ifname) {
    return query(ifname).up();
}

wait_result wait_up(std::string_view ifname, std::chrono::nanoseconds timeout,
                    std::error_code& ec) noexcept {
    follower interface { ifname };
    return wait_for(interface, timeout, ec);
}

wait_result wait_up(std::string_view ifname, std::chrono::nanoseconds timeout) {
    std::error_code ec;
    auto const result = wait_up(ifname, timeout, ec);
    raise_if(ec, "wait for the link of", ifname);
    return result;
}

wait_result wait_up(port const& opened, std::chrono::nanoseconds timeout,
                    std::error_code& ec) noexcept {
    if (!opened.is_open()) {
        ec = errc::closed;
        return wait_result::error_event;
    }
    ec.clear();
    auto const& info = opened.info();
    return has_link(info) ? wait_up(info.spec.name(), timeout, ec) : wait_result::ready;
}

wait_result wait_up(port const& opened, std::chrono::nanoseconds timeout) {
    std::error_code ec;
    auto const result = wait_up(opened, timeout, ec);
    raise_if(ec, "wait for the link of",
             opened.is_open() ? std::string_view{opened.info().name} : "port");
    return result;
}

} // namespace netmapxx::inline v1::link
