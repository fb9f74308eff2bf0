// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// One mapped region, and how it comes about.
///
/// A mapping keeps the registration it was made from alive. So that a closed
/// NIC port really leaves netmap mode while somebody still reads its memory,
/// regions are mapped through a holder: a null port without rings, registered
/// in that region only for this purpose.
#ifndef NETMAPXX_REGION_STATE_HPP
#define NETMAPXX_REGION_STATE_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include <net/netmap.h>

#include "device.hpp"
#include "registration.hpp"

namespace netmapxx::inline v1::detail {

/// A mapped region; lives as long as any handle, port or buffer of it.
class region_state {
  public:
    region_state(std::uint16_t id, std::unique_ptr<mapping> memory) noexcept
        : memory_(std::move(memory)), id_(id) {}

    [[nodiscard]] std::uint16_t id() const noexcept { return id_; }
    [[nodiscard]] std::byte* base() const noexcept { return memory_->base(); }
    [[nodiscard]] std::size_t size() const noexcept { return memory_->size(); }
    [[nodiscard]] bool contains(void const* address, std::size_t bytes) const noexcept;

    /// Learns where the buffers are from a ring of the region; all rings agree.
    void learn(netmap_ring const& ring) noexcept;
    /// Buffer 0, or null before any ring was seen.
    [[nodiscard]] std::byte* buffers() const noexcept { return buffers_.load(); }
    [[nodiscard]] std::uint32_t buffer_size() const noexcept { return buffer_size_.load(); }
    [[nodiscard]] std::uint32_t buffer_count() const noexcept { return buffer_count_.load(); }

    /// Extra buffers that the core will not get back.
    [[nodiscard]] std::size_t orphans() const noexcept { return orphans_.load(); }
    void add_orphans(std::size_t count) noexcept { orphans_ += count; }

  private:
    std::unique_ptr<mapping> memory_;
    std::uint16_t id_;
    std::atomic<std::size_t> orphans_{0};
    std::atomic<std::byte*> buffers_{nullptr};
    std::atomic<std::uint32_t> buffer_size_{0};
    std::atomic<std::uint32_t> buffer_count_{0};
};

/// The region of a bound descriptor, mapped now or before; takes the program's
/// memory out of `bound` if that is where it lies. Throws `error`.
/// Sets `pinned` if it had to be mapped from the descriptor itself.
[[nodiscard]] std::shared_ptr<region_state> find_region(backend& host, registration& bound,
                                                        std::string_view subject, bool& pinned);

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_REGION_STATE_HPP
