// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Memory of the program that can serve as a region.
#ifndef NETMAPXX_MEMORY_AREA_HPP
#define NETMAPXX_MEMORY_AREA_HPP

#include <cstddef>
#include <span>
#include <string>
#include <system_error>

#include <netmapxx/config.hpp>

namespace netmapxx::inline v1 {

/// Which pages an area is made of.
/// @since 0.1
enum class area_pages {
    normal, ///< the system's ordinary pages
    huge    ///< huge pages of the default size, which must have been reserved
};

/// @brief Owner of shared memory, mapped readable and writable: what
/// `open_options::external` can take on any backend.
///
/// @snippet reference.cpp memory_area
///
/// @par Ownership Move only; unmaps when destroyed. It must outlive the region,
///      that is all ports, buffers and handles of it.
/// @par Thread safety Distinct objects free; one object const-concurrent.
/// @since 0.1
class NETMAPXX_EXPORT memory_area {
  public:
    /// No memory.
    memory_area() noexcept = default;

    /// @brief New memory, zeroed.
    /// @param bytes rounded up to whole pages of the kind
    /// @param pages kind of pages
    /// @throws error the system's code: not_enough_memory if no huge pages are left
    explicit memory_area(std::size_t bytes, area_pages pages = area_pages::normal);
    /// @copydoc memory_area(std::size_t, area_pages)
    /// @param ec receives the error instead; the area is then empty
    memory_area(std::size_t bytes, area_pages pages, std::error_code& ec) noexcept;

    /// @brief The whole of an existing file, which may lie in a file system of huge pages.
    /// @param path the file
    /// @return its memory, shared with all who map the file
    /// @throws error the system's code
    [[nodiscard]] static memory_area of_file(std::string const& path);
    /// @copydoc of_file(std::string const&)
    /// @param ec receives the error instead; the area is then empty
    [[nodiscard]] static memory_area of_file(std::string const& path, std::error_code& ec) noexcept;

    /// Takes the memory over; `other` is empty then.
    memory_area(memory_area&& other) noexcept;
    /// Unmaps the own memory and takes the other over.
    memory_area& operator=(memory_area&& other) noexcept;
    memory_area(memory_area const&) = delete;
    memory_area& operator=(memory_area const&) = delete;
    /// Unmaps.
    ~memory_area();

    /// The memory; empty if there is none.
    [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

  private:
    void map(int fd, std::size_t bytes, std::error_code& ec) noexcept;

    std::span<std::byte> bytes_;
};

} // namespace netmapxx::inline v1

#endif // NETMAPXX_MEMORY_AREA_HPP
