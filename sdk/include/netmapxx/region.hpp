// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// A mapped memory region.
#ifndef NETMAPXX_REGION_HPP
#define NETMAPXX_REGION_HPP

#include <cstddef>
#include <cstdint>
#include <memory>

#include <netmapxx/config.hpp>

namespace netmapxx::inline v1 {

namespace detail {
class region_state;
} // namespace detail

/// @brief Handle of one memory region mapped into this process.
///
/// There is one mapping per backend and region id, shared by all ports of that
/// region. Two handles are equal exactly when buffers can be exchanged between
/// the ports they came from.
///
/// @snippet reference.cpp region
///
/// @par Ownership Reference counted: the memory stays mapped while any handle,
///      port or buffer of the region lives.
/// @par Thread safety Distinct objects free; one object const-concurrent.
/// @since 0.1
class NETMAPXX_EXPORT region {
  public:
    /// A handle of no region.
    region() noexcept = default;

    /// True unless this is a handle of no region.
    [[nodiscard]] explicit operator bool() const noexcept { return state_ != nullptr; }
    /// Region id the core knows it by; 1 is the global one. 0 for no region.
    [[nodiscard]] std::uint16_t id() const noexcept;
    /// Bytes mapped.
    [[nodiscard]] std::size_t size() const noexcept;
    /// Bytes in each buffer.
    [[nodiscard]] std::size_t buffer_size() const noexcept;
    /// Buffers in the region's capacity, the two reserved ones included.
    [[nodiscard]] std::size_t buffer_count() const noexcept;
    /// Extra buffers that were still alive when their port closed: they are
    /// lost to the core as long as the region lives.
    [[nodiscard]] std::size_t orphans() const noexcept;
    /// @brief True if an address lies inside the mapping.
    /// @param address any address
    /// @return false for a handle of no region
    [[nodiscard]] bool contains(void const* address) const noexcept;

    /// Same mapping: the test for zero copy.
    friend bool operator==(region const& a, region const& b) noexcept = default;

    /// @private
    explicit region(std::shared_ptr<detail::region_state> state) noexcept;
    /// @private
    [[nodiscard]] std::shared_ptr<detail::region_state> const& state() const noexcept {
        return state_;
    }

  private:
    std::shared_ptr<detail::region_state> state_;
};

} // namespace netmapxx::inline v1

#endif // NETMAPXX_REGION_HPP
