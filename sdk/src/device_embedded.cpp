// SPDX-License-Identifier: BSD-2-Clause
// The engine inside this process as a backend: function calls of the same shape.
#include "device.hpp"

#include <cerrno>
#include <new>
#include <poll.h>
#include <sys/mman.h>

#include <netmap_engine.h>

namespace netmapxx::inline v1::detail {

namespace {

[[nodiscard]] nm_engine_dir engine_dir(direction dir) noexcept {
    return dir == direction::rx ? NM_ENGINE_RX : NM_ENGINE_TX;
}

class engine_mapping final : public mapping {
  public:
    engine_mapping(std::byte* base, std::size_t size) noexcept : base_(base), size_(size) {}
    ~engine_mapping() override { nm_engine_munmap(base_, size_); }
    [[nodiscard]] std::byte* base() const noexcept override { return base_; }
    [[nodiscard]] std::size_t size() const noexcept override { return size_; }

  private:
    std::byte* base_;
    std::size_t size_;
};

class engine_device final : public device {
  public:
    explicit engine_device(int handle) noexcept : handle_(handle) {}
    ~engine_device() override { nm_engine_close(handle_); }

    [[nodiscard]] int ioctl(unsigned long code, void* argument) noexcept override {
        return nm_engine_ioctl(handle_, code, argument) < 0 ? errno : 0;
    }

    [[nodiscard]] int map(std::size_t size, std::unique_ptr<mapping>& into) noexcept override {
        void* const at = nm_engine_mmap(handle_, size, 0);
        if (at == MAP_FAILED)
            return errno;
        into.reset(new (std::nothrow) engine_mapping{static_cast<std::byte*>(at), size});
        if (into)
            return 0;
        nm_engine_munmap(at, size);
        return ENOMEM;
    }

    [[nodiscard]] int wait_handle(direction dir, port_wait_handle& into) noexcept override {
        int const fd = nm_engine_event_fd(handle_, engine_dir(dir));
        if (fd < 0)
            return errno;
        into = {fd, POLLIN};
        return 0;
    }

    [[nodiscard]] int arm(direction dir) noexcept override {
        return nm_engine_arm(handle_, engine_dir(dir)) < 0 ? errno : 0;
    }

    [[nodiscard]] bool troubled() noexcept override {
        nm_engine_pollfd entry{handle_, POLLIN, 0};
        return nm_engine_poll(&entry, 1, 0) > 0 && (entry.revents & (POLLERR | POLLNVAL)) != 0;
    }

    [[nodiscard]] int native_handle() const noexcept override { return -1; }

  private:
    int handle_;
};

class engine_backend final : public backend {
  public:
    engine_backend() noexcept : backend(backend_kind::embedded) {}

    [[nodiscard]] int open(std::unique_ptr<device>& into) noexcept override {
        int const handle = nm_engine_open();
        if (handle < 0)
            return errno;
        into.reset(new (std::nothrow) engine_device{handle});
        if (into)
            return 0;
        nm_engine_close(handle);
        return ENOMEM;
    }

    [[nodiscard]] int get_parameter(std::string const& name, long& into) override {
        return nm_engine_param_get(name.c_str(), &into) < 0 ? errno : 0;
    }
    [[nodiscard]] int set_parameter(std::string const& name, long value) override {
        return nm_engine_param_set(name.c_str(), value) < 0 ? errno : 0;
    }
    // The engine has no question for this: what says "curr" only tells, and the
    // switches are laid out by the first descriptor, which may have been opened.
    [[nodiscard]] bool parameter_writable(std::string const& name) override {
        return name.find("_curr_") == std::string::npos && name != "max_bridges";
    }
};

} // namespace

std::shared_ptr<backend> embedded_backend() {
    static auto const instance = std::make_shared<engine_backend>();
    return instance;
}

} // namespace netmapxx::inline v1::detail
