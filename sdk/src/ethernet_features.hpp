// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// What an interface does for the host stack, feature by feature, as the kernel
/// names them. Results are 0 or an errno.
#ifndef NETMAPXX_ETHERNET_FEATURES_HPP
#define NETMAPXX_ETHERNET_FEATURES_HPP

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <netmapxx/unique_fd.hpp>

namespace netmapxx::inline v1::detail {

/// Bits of features, 32 to a block.
using feature_blocks = std::vector<std::uint32_t>;

/// One interface, by its index in the network namespace where open() was called.
class ethernet_features {
  public:
    /// Features as they are.
    struct values {
        feature_blocks active;     ///< at work
        feature_blocks switchable; ///< by us
        feature_blocks wanted;     ///< asked for, whether at work or not
    };

    [[nodiscard]] int open(std::string_view interface) noexcept;
    /// Names by bit.
    [[nodiscard]] int names(std::vector<std::string>& into) const;
    [[nodiscard]] int read(values& into) const;
    /// Sets the bits of `which` to those of `to`.
    [[nodiscard]] int change(feature_blocks const& which, feature_blocks const& to) const;

  private:
    [[nodiscard]] int command(void* request) const noexcept;
    [[nodiscard]] int count(std::uint32_t& features) const;

    unique_fd socket_; // stays in its namespace when the thread leaves that
    int index_ = 0;
};

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_ETHERNET_FEATURES_HPP
