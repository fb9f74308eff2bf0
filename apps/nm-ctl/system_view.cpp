// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/system_view.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netmapxx/unique_fd.hpp>

#include "common/units.hpp"

namespace netmapxx::apps::ctl {
namespace {

constexpr std::uint64_t most_cpus = 65536;

/** One of the driver's on-off values, or nothing if it does not tell. */
std::optional<std::uint32_t> ask_driver(int fd, std::string const& name, std::uint32_t command) {
    ethtool_value value{};
    value.cmd = command;
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_data = reinterpret_cast<char*>(&value);
    if (::ioctl(fd, SIOCETHTOOL, &request) < 0)
        return std::nullopt;
    return value.data;
}

std::string address_text(sockaddr const* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address != nullptr && address->sa_family == AF_INET)
        ::inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in const*>(address)->sin_addr, text.data(),
                    text.size());
    else if (address != nullptr && address->sa_family == AF_INET6)
        ::inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6 const*>(address)->sin6_addr,
                    text.data(), text.size());
    return text.data();
}

std::uint64_t limit_of(decltype(RLIMIT_NOFILE) which) {
    rlimit limit{};
    return ::getrlimit(which, &limit) == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

} // namespace

std::vector<std::uint64_t> system_view::online_cpus() const {
    auto const text = read("/sys/devices/system/cpu/online");
    return text ? parse_cpu_list(*text).value_or(std::vector<std::uint64_t>{})
                : std::vector<std::uint64_t>{};
}

std::optional<std::uint64_t> system_view::memory(std::string_view key) const {
    std::ifstream file(path_of("/proc/meminfo"));
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ':')
            continue;
        auto value = std::string_view(line).substr(key.size() + 1);
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
        bool const kilo = value.ends_with(" kB");
        auto const n = parse_uint(value.substr(0, value.size() - (kilo ? 3 : 0)));
        return n && kilo ? std::optional(*n * 1024) : n;
    }
    return std::nullopt;
}

int system_view::try_open(std::string_view path) const {
    unique_fd const file(::open(path_of(path).c_str(), O_RDWR | O_CLOEXEC));
    return file.get() < 0 ? errno : 0;
}

std::optional<std::string> system_view::environment(char const* name) const {
    char const* const text = std::getenv(name); // NOLINT(concurrency-mt-unsafe)
    return text != nullptr ? std::optional<std::string>(text) : std::nullopt;
}

offload_state system_view::offloads(std::string const& interface) const {
    unique_fd const socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    auto const value = [&](std::uint32_t command) {
        return ask_driver(socket.get(), interface, command);
    };
    auto const either = [](std::optional<std::uint32_t> a, std::optional<std::uint32_t> b) {
        return a || b ? std::optional(a.value_or(0) != 0 || b.value_or(0) != 0) : std::nullopt;
    };
    auto const flags = value(ETHTOOL_GFLAGS);
    auto const flag = [&](std::uint32_t bit) {
        return flags ? std::optional(*flags & bit) : std::nullopt;
    };
    return {.tx_checksum = either(value(ETHTOOL_GTXCSUM), {}),
            .segmentation = either(value(ETHTOOL_GTSO), value(ETHTOOL_GGSO)),
            .receive_merge = either(value(ETHTOOL_GGRO), flag(ETH_FLAG_LRO)),
            .rx_vlan = either(flag(ETH_FLAG_RXVLAN), {})};
}

std::optional<std::string> system_view::interface_of(std::string const& address) const {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0)
        return std::nullopt;
    std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> const all(first, ::freeifaddrs);
    for (auto const* at = first; at != nullptr; at = at->ifa_next)
        if (address_text(at->ifa_addr) == address)
            return at->ifa_name;
    return std::nullopt;
}

std::uint64_t system_view::open_files_limit() const {
    return limit_of(RLIMIT_NOFILE);
}

std::uint64_t system_view::locked_bytes_limit() const {
    return limit_of(RLIMIT_MEMLOCK);
}

std::optional<std::vector<std::uint64_t>> parse_cpu_list(std::string_view text) {
    std::vector<std::uint64_t> out;
    while (!text.empty()) {
        auto const part = text.substr(0, text.find(','));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        auto const dash = part.find('-');
        auto const first = parse_uint(part.substr(0, dash));
        auto const last =
            dash == std::string_view::npos ? first : parse_uint(part.substr(dash + 1));
        if (!first || !last || *first > *last || *last >= most_cpus)
            return std::nullopt;
        for (auto cpu = *first; cpu <= *last; ++cpu)
            out.push_back(cpu);
    }
    std::ranges::sort(out);
    return out;
}

} // namespace netmapxx::apps::ctl
