// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// A file descriptor with an owner.
#ifndef NETMAPXX_UNIQUE_FD_HPP
#define NETMAPXX_UNIQUE_FD_HPP

#include <utility>

#include <unistd.h>

#include <netmapxx/config.hpp>

namespace netmapxx::inline v1 {

/// @brief Owner of a file descriptor.
///
/// @snippet reference.cpp unique_fd
///
/// @par Ownership Move only; closes when destroyed.
/// @par Thread safety Distinct objects free; one object const-concurrent.
/// @since 0.1
class unique_fd {
  public:
    /// None.
    unique_fd() noexcept = default;
    /// @brief Takes over a descriptor.
    /// @param fd the descriptor; a negative one stands for none, as system calls return it
    explicit unique_fd(int fd) noexcept : fd_(fd) {}
    /// Takes the descriptor over; `other` has none then.
    unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    /// Exchanges descriptors; the own one is closed with `other`.
    unique_fd& operator=(unique_fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    unique_fd(unique_fd const&) = delete;
    unique_fd& operator=(unique_fd const&) = delete;
    /// Closes.
    ~unique_fd() {
        if (fd_ >= 0)
            ::close(fd_);
    }

    /// The descriptor, still owned; negative if there is none.
    [[nodiscard]] int get() const noexcept { return fd_; }
    /// True if there is one.
    [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }

  private:
    int fd_ = -1;
};

} // namespace netmapxx::inline v1

#endif // NETMAPXX_UNIQUE_FD_HPP
