// SPDX-License-Identifier: BSD-2-Clause
// The kernel's device node as a backend: system calls.
#include "device.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <new>
#include <poll.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "parameter_files.hpp"

namespace netmapxx::inline v1::detail {

namespace {

class node_mapping final : public mapping {
  public:
    node_mapping(std::byte* base, std::size_t size) noexcept : base_(base), size_(size) {}
    ~node_mapping() override { ::munmap(base_, size_); }
    [[nodiscard]] std::byte* base() const noexcept override { return base_; }
    [[nodiscard]] std::size_t size() const noexcept override { return size_; }

  private:
    std::byte* base_;
    std::size_t size_;
};

class node_device final : public device {
  public:
    explicit node_device(int fd) noexcept : fd_(fd) {}
    ~node_device() override { ::close(fd_); }

    [[nodiscard]] int ioctl(unsigned long code, void* argument) noexcept override {
        return ::ioctl(fd_, code, argument) < 0 ? errno : 0;
    }

    [[nodiscard]] int map(std::size_t size, std::unique_ptr<mapping>& into) noexcept override {
        void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
        if (at == MAP_FAILED)
            return errno;
        into.reset(new (std::nothrow) node_mapping{static_cast<std::byte*>(at), size});
        if (into)
            return 0;
        ::munmap(at, size);
        return ENOMEM;
    }

    [[nodiscard]] int wait_handle(direction dir, port_wait_handle& into) noexcept override {
        into = {fd_, static_cast<short>(dir == direction::rx ? POLLIN : POLLOUT)};
        return 0;
    }

    [[nodiscard]] int arm(direction) noexcept override { return 0; }
    [[nodiscard]] bool troubled() noexcept override { return false; }
    [[nodiscard]] int native_handle() const noexcept override { return fd_; }

  private:
    int fd_;
};

class node_backend final : public backend {
  public:
    node_backend() noexcept : backend(backend_kind::device) {}

    [[nodiscard]] int open(std::unique_ptr<device>& into) noexcept override {
        int const fd = ::open(device_path().data(), O_RDWR | O_CLOEXEC);
        if (fd < 0)
            return errno;
        into.reset(new (std::nothrow) node_device{fd});
        if (into)
            return 0;
        ::close(fd);
        return ENOMEM;
    }

    [[nodiscard]] int parameter_names(std::vector<std::string>& into) override {
        return parameters_.names(into);
    }
    [[nodiscard]] int get_parameter(std::string const& name, long& into) override {
        return parameters_.get(name, into);
    }
    [[nodiscard]] int set_parameter(std::string const& name, long value) override {
        return parameters_.set(name, value);
    }
    [[nodiscard]] bool parameter_writable(std::string const& name) override {
        return parameters_.writable(name);
    }

  private:
    parameter_files parameters_;
};

} // namespace

std::string_view device_path() noexcept {
    // Set, if at all, before threads start.
    char const* const path = std::getenv("NETMAPXX_DEVICE"); // NOLINT(concurrency-mt-unsafe)
    return path != nullptr ? path : "/dev/netmap";
}

std::shared_ptr<backend> device_backend() {
    static auto const instance = std::make_shared<node_backend>();
    return instance;
}

} // namespace netmapxx::inline v1::detail
