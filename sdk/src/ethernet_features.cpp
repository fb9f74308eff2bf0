// SPDX-License-Identifier: BSD-2-Clause
#include "ethernet_features.hpp"

#include <cerrno>
#include <cstring>

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace netmapxx::inline v1::detail {

namespace {

/// A request of the kernel's with `Item`s behind its `Head`, as one piece of memory.
template <class Head, class Item> class with_tail {
  public:
    with_tail(Head const& head, std::size_t items)
        : words_((sizeof(Head) + items * sizeof(Item) + sizeof(std::uint64_t) - 1) /
                 sizeof(std::uint64_t)) {
        std::memcpy(words_.data(), &head, sizeof head);
    }
    [[nodiscard]] void* get() noexcept { return words_.data(); }
    [[nodiscard]] Item item(std::size_t i) const noexcept {
        Item out;
        std::memcpy(&out, bytes() + sizeof(Head) + i * sizeof(Item), sizeof out);
        return out;
    }
    void set_item(std::size_t i, Item const& value) noexcept {
        std::memcpy(reinterpret_cast<std::byte*>(words_.data()) + sizeof(Head) + i * sizeof(Item),
                    &value, sizeof value);
    }

  private:
    [[nodiscard]] std::byte const* bytes() const noexcept {
        return reinterpret_cast<std::byte const*>(words_.data());
    }
    std::vector<std::uint64_t> words_;
};

/// What both requests for feature bits begin with. The kernel's own types end in
/// arrays of no length, which cannot be initialised in pedantic C++.
struct feature_head {
    std::uint32_t command;
    std::uint32_t blocks;
};
static_assert(sizeof(feature_head) == sizeof(ethtool_gfeatures) &&
              sizeof(feature_head) == sizeof(ethtool_sfeatures));

struct feature_name {
    char text[ETH_GSTRING_LEN];
};

[[nodiscard]] constexpr std::uint32_t blocks_of(std::uint32_t features) noexcept {
    return (features + 31) / 32;
}

} // namespace

int ethernet_features::open(std::string_view interface) noexcept {
    if (interface.empty() || interface.size() >= IFNAMSIZ)
        return ENODEV;
    unique_fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (!socket)
        return errno;
    ifreq request{};
    interface.copy(request.ifr_name, IFNAMSIZ - 1);
    if (::ioctl(socket.get(), SIOCGIFINDEX, &request) < 0)
        return errno;
    index_ = request.ifr_ifindex;
    socket_ = std::move(socket);
    return 0;
}

// Under the name of the moment.
int ethernet_features::command(void* request) const noexcept {
    ifreq carrier{};
    carrier.ifr_ifindex = index_;
    if (::ioctl(socket_.get(), SIOCGIFNAME, &carrier) < 0)
        return errno;
    carrier.ifr_data = static_cast<char*>(request);
    return ::ioctl(socket_.get(), SIOCETHTOOL, &carrier) < 0 ? errno : 0;
}

int ethernet_features::count(std::uint32_t& features) const {
    ethtool_sset_info head{};
    head.cmd = ETHTOOL_GSSET_INFO;
    head.sset_mask = std::uint64_t{1} << ETH_SS_FEATURES;
    with_tail<ethtool_sset_info, std::uint32_t> request{head, 1};
    int const error = command(request.get());
    features = error == 0 ? request.item(0) : 0;
    return error;
}

int ethernet_features::names(std::vector<std::string>& into) const {
    std::uint32_t features = 0;
    if (int const error = count(features); error != 0)
        return error;
    ethtool_gstrings head{};
    head.cmd = ETHTOOL_GSTRINGS;
    head.string_set = ETH_SS_FEATURES;
    head.len = features;
    with_tail<ethtool_gstrings, feature_name> request{head, features};
    if (int const error = command(request.get()); error != 0)
        return error;
    for (std::uint32_t i = 0; i < features; ++i) {
        auto const name = request.item(i);
        into.emplace_back(name.text, ::strnlen(name.text, sizeof name.text));
    }
    return 0;
}

int ethernet_features::read(values& into) const {
    std::uint32_t features = 0;
    if (int const error = count(features); error != 0)
        return error;
    feature_head const head{ETHTOOL_GFEATURES, blocks_of(features)};
    with_tail<feature_head, ethtool_get_features_block> request{head, head.blocks};
    if (int const error = command(request.get()); error != 0)
        return error;
    for (std::uint32_t i = 0; i < head.blocks; ++i) {
        auto const block = request.item(i);
        into.active.push_back(block.active);
        into.switchable.push_back(block.available & ~block.never_changed);
        into.wanted.push_back(block.requested);
    }
    return 0;
}

int ethernet_features::change(feature_blocks const& which, feature_blocks const& to) const {
    feature_head const head{ETHTOOL_SFEATURES, static_cast<std::uint32_t>(which.size())};
    with_tail<feature_head, ethtool_set_features_block> request{head, which.size()};
    for (std::size_t i = 0; i < which.size(); ++i)
        request.set_item(i, {which[i], to[i] & which[i]});
    return command(request.get());
}

} // namespace netmapxx::inline v1::detail
