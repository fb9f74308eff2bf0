// SPDX-License-Identifier: BSD-2-Clause
// What doctor says of one interface.
#include <sstream>

#include <fmt/format.h>
#include <net/if.h>
#include <netmapxx/error.hpp>
#include <netmapxx/parameters.hpp>
#include <netmapxx/stats.hpp>

#include "nm-ctl/checks.hpp"

namespace netmapxx::apps::ctl {
namespace {

using enum finding_level;

/** One interface under examination. */
class interface_check {
  public:
    interface_check(patient const& p, std::string const& name, findings& out)
        : p_(p), name_(name), out_(out) {}

    void run() {
        if (!p_.system.exists(file("ifindex"))) {
            add(error, fmt::format("there is no interface {}", name_), "ip link");
            return;
        }
        identity();
        link();
        membership();
        ssh_session();
        offloads();
        frames();
        peer();
    }

  private:
    [[nodiscard]] std::string file(std::string_view what) const {
        return system_view::of_interface(name_, what);
    }
    void add(finding_level level, std::string text, std::string fix = {}) {
        out_.push_back({level, "interface", std::move(text), std::move(fix)});
    }

    void identity() {
        std::size_t queues = 0;
        for (auto const& name : p_.system.names(file("queues")))
            queues += name.starts_with("rx-") ? 1 : 0;
        auto const driver = p_.system.link_name(file("device/driver"));
        add(ok, fmt::format("{}: {}, {} rx queue{}", name_,
                            driver ? fmt::format("driver {}", *driver) : "no hardware driver",
                            queues, queues == 1 ? "" : "s"));
        if (queues > 1)
            add(note,
                fmt::format("a port with a ring suffix sees the traffic of one of {} queues only",
                            queues),
                fmt::format("open all rings (netmap:{}), or steer: ethtool -L {} combined 1", name_,
                            name_));
    }

    void link() {
        auto const flags = p_.system.number(file("flags")).value_or(0);
        if ((flags & IFF_UP) == 0) {
            add(warning, fmt::format("{} is down: no packet gets through", name_),
                fmt::format("ip link set {} up", name_));
            return;
        }
        if (p_.system.number(file("carrier")).value_or(1) == 0)
            add(warning, fmt::format("{} has no carrier", name_), "look at the cable and the peer");
        if ((flags & (IFF_PROMISC | IFF_LOOPBACK)) == 0)
            add(note,
                fmt::format("{} is not promiscuous: a bridge would not see frames for others",
                            name_),
                fmt::format("ip link set {} promisc on", name_));
    }

    void membership() {
        if (p_.system.exists(file("brport")))
            add(warning,
                fmt::format("{} is a member of a kernel bridge, which stops hearing it", name_),
                fmt::format("ip link set {} nomaster", name_));
        else if (auto const master = p_.system.link_name(file("master")))
            add(warning, fmt::format("{} belongs to {}, which stops hearing it", name_, *master),
                fmt::format("ip link set {} nomaster", name_));
    }

    /** SSH_CONNECTION: client address, client port, server address, server port. */
    void ssh_session() {
        std::istringstream words(p_.system.environment("SSH_CONNECTION").value_or(""));
        std::string client;
        std::string port;
        std::string server;
        words >> client >> port >> server;
        if (!server.empty() && p_.system.interface_of(server) == name_)
            add(error,
                fmt::format("{} carries this SSH session; opening it cuts the session off", name_),
                "use another interface, or a monitor, or open it together with its host rings");
    }

    /** Our cores finish what the stack left undone; others pass it on unfinished. */
    void offloads() {
        auto const state = p_.system.offloads(name_);
        std::string on;
        std::string command = fmt::format("ethtool -K {}", name_);
        auto const look = [&](std::optional<bool> value, std::string_view word,
                              std::string_view switches) {
            if (!value.value_or(false))
                return;
            on += fmt::format("{}{}", on.empty() ? "" : ", ", word);
            command += fmt::format(" {}", switches);
        };
        look(state.tx_checksum, "checksums", "tx off rx off");
        look(state.segmentation, "segmentation", "tso off gso off");
        look(state.receive_merge, "merging", "gro off lro off");
        look(state.rx_vlan, "VLAN tags", "rxvlan off txvlan off");
        if (on.empty())
            return;
        auto const finishes = finishes_packets();
        if (!finishes)
            return; // no core to speak of
        if (*finishes)
            add(ok, fmt::format("offloads of {} are on ({}); this core finishes packets itself",
                                name_, on));
        else
            add(warning,
                fmt::format("offloads of {} are on ({}): packets of the host stack arrive "
                            "unfinished with this core",
                            name_, on),
                command);
    }

    /** The core that counts is the one that finishes packets. */
    [[nodiscard]] std::optional<bool> finishes_packets() const {
        std::error_code ec;
        auto const stats = core_stats(port_spec("vale_doctor:nobody"), ec, p_.backend);
        if (ec && ec != errc::no_such_port)
            return std::nullopt;
        return ec || stats.rings;
    }

    void frames() {
        constexpr std::uint64_t around_payload = 18; // Ethernet header and one VLAN tag
        std::error_code ec;
        auto const size = get_parameter("buf_size", ec, p_.backend).value;
        auto const mtu = p_.system.number(file("mtu"));
        if (ec || !mtu || size <= 0)
            return;
        auto const frame = *mtu + around_payload;
        if (frame > static_cast<std::uint64_t>(size))
            add(note,
                fmt::format("frames of {} have up to {} bytes, and buffers {}: such frames take "
                            "several slots",
                            name_, frame, size),
                fmt::format("nm-ctl param set buf_size {}, if programs cannot cope with that",
                            (frame + 63) / 64 * 64));
    }

    void peer() {
        auto const index = p_.system.number(file("ifindex"));
        auto const link_index = p_.system.number(file("iflink"));
        bool const stacked = index && link_index && *link_index != *index && *link_index != 0;
        if (stacked && !p_.system.exists(file("device")))
            add(note,
                fmt::format("{} is one end of a pair or stands on another interface: "
                            "opened natively on one side only, it passes no traffic",
                            name_),
                "open the other end in netmap mode, too");
    }

    patient const& p_;
    std::string const& name_;
    findings& out_;
};

} // namespace

void check_interface(patient const& p, std::string const& name, findings& out) {
    interface_check(p, name, out).run();
}

} // namespace netmapxx::apps::ctl
