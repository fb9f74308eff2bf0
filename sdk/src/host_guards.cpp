// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/host.hpp>

#include <array>
#include <cerrno>
#include <utility>

#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <netmapxx/error.hpp>

#include "ethernet_features.hpp"
#include "guarded.hpp"

namespace netmapxx::inline v1::host {

namespace {

using detail::ethernet_features;
using detail::feature_blocks;

[[nodiscard]] std::error_code code_of(int error) noexcept {
    if (error == ENODEV || error == ENXIO)
        return errc::no_such_port;
    return {error, std::generic_category()};
}

void throw_if(int error, std::string_view operation, std::string_view ifname) {
    if (error != 0)
        throw netmapxx::error{code_of(error), operation, ifname};
}

[[nodiscard]] bool contains(std::string_view text, std::string_view part) noexcept {
    return text.find(part) != std::string_view::npos;
}

// The kernel's names of features, sorted into what they mean for host rings; null for others.
[[nodiscard]] bool offloads::*group_of(std::string_view name) noexcept {
    if (name.starts_with("tx-checksum-"))
        return &offloads::tx_checksum;
    if (name == "rx-checksum")
        return &offloads::rx_checksum;
    if (name.starts_with("tx-") && contains(name, "segmentation"))
        return &offloads::segmentation;
    if (name.starts_with("rx-") && (contains(name, "gro") || contains(name, "lro")))
        return &offloads::receive_merge;
    if (contains(name, "vlan-") && (contains(name, "hw-parse") || contains(name, "hw-insert")))
        return &offloads::vlan_tags;
    return nullptr;
}

[[nodiscard]] constexpr std::uint32_t bit_of(std::size_t feature) noexcept {
    return std::uint32_t{1} << feature % 32;
}

[[nodiscard]] bool is_set(feature_blocks const& blocks, std::size_t feature) noexcept {
    return feature / 32 < blocks.size() && (blocks[feature / 32] & bit_of(feature)) != 0;
}

// All bits that are offloads.
[[nodiscard]] feature_blocks offload_bits(std::vector<std::string> const& names) {
    feature_blocks out((names.size() + 31) / 32);
    for (std::size_t i = 0; i < names.size(); ++i)
        if (group_of(names[i]) != nullptr)
            out[i / 32] |= bit_of(i);
    return out;
}

// A socket without protocol: it receives nothing, and its wish dies with it.
[[nodiscard]] int keep_promiscuous(std::string_view ifname, unique_fd& into) noexcept {
    if (ifname.empty() || ifname.size() >= IFNAMSIZ)
        return ENODEV;
    unique_fd socket{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)};
    if (!socket)
        return errno;
    ifreq request{};
    ifname.copy(request.ifr_name, IFNAMSIZ - 1);
    if (::ioctl(socket.get(), SIOCGIFINDEX, &request) < 0)
        return errno;
    packet_mreq wish{};
    wish.mr_ifindex = request.ifr_ifindex;
    wish.mr_type = PACKET_MR_PROMISC;
    if (::setsockopt(socket.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &wish, sizeof wish) < 0)
        return errno;
    into = std::move(socket);
    return 0;
}

constexpr std::string_view asking = "ask for the offloads of";
constexpr std::string_view switching = "switch the offloads of";

} // namespace

offloads offload_state(std::string_view ifname) {
    ethernet_features features;
    throw_if(features.open(ifname), asking, ifname);
    std::vector<std::string> names;
    throw_if(features.names(names), asking, ifname);
    ethernet_features::values now;
    throw_if(features.read(now), asking, ifname);
    offloads out;
    for (std::size_t i = 0; i < names.size(); ++i)
        if (auto const group = group_of(names[i]); group != nullptr)
            out.*group = out.*group || is_set(now.active, i);
    return out;
}

offloads offload_state(std::string_view ifname, std::error_code& ec) noexcept {
    return detail::guarded(ec, [&] { return offload_state(ifname); });
}

/// What a guard has to switch on again, and where.
struct offload_guard::saved {
    ethernet_features features;
    feature_blocks switched;
    std::string name;
};

offload_guard::offload_guard() noexcept = default;
offload_guard::offload_guard(offload_guard&& other) noexcept = default;
offload_guard::~offload_guard() {
    std::error_code ignored;
    restore(ignored);
}

offload_guard& offload_guard::operator=(offload_guard&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

offload_guard::offload_guard(std::string_view ifname) {
    auto state = std::make_unique<saved>();
    state->name = ifname;
    throw_if(state->features.open(ifname), switching, ifname);
    std::vector<std::string> names;
    throw_if(state->features.names(names), switching, ifname);
    ethernet_features::values now;
    throw_if(state->features.read(now), switching, ifname);
    // What is wanted counts, at work or not: it may come to work any time.
    state->switched = offload_bits(names);
    bool any = false;
    for (std::size_t i = 0; i < state->switched.size(); ++i) {
        state->switched[i] &= now.switchable[i] & now.wanted[i];
        any = any || state->switched[i] != 0;
    }
    if (!any)
        return;
    throw_if(state->features.change(state->switched, feature_blocks(state->switched.size())),
             switching, ifname);
    state_ = std::move(state);
}

offload_guard::offload_guard(std::string_view ifname, std::error_code& ec) noexcept
    : offload_guard(detail::guarded(ec, [&] { return offload_guard{ifname}; })) {}

void offload_guard::restore() {
    auto const state = std::move(state_);
    if (!state)
        return;
    int const error = state->features.change(state->switched, state->switched);
    if (error != ENODEV && error != ENXIO) // it is gone, and its settings with it
        throw_if(error, "restore the offloads of", state->name);
}

void offload_guard::restore(std::error_code& ec) noexcept {
    detail::guarded(ec, [&] { restore(); });
}

promiscuous_guard::promiscuous_guard(std::string_view ifname, std::error_code& ec) noexcept {
    ec = code_of(keep_promiscuous(ifname, socket_));
}

promiscuous_guard::promiscuous_guard(std::string_view ifname) {
    std::error_code ec;
    *this = promiscuous_guard{ifname, ec};
    if (ec)
        throw error{ec, "make promiscuous", ifname};
}

} // namespace netmapxx::inline v1::host
