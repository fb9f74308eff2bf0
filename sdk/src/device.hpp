// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// The seam between the library and the hosts of the core. Shaped like the
/// device node, so that a recording double can check requests byte by byte and
/// a further host needs no change above this line. Results are 0 or an errno.
#ifndef NETMAPXX_DEVICE_HPP
#define NETMAPXX_DEVICE_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <netmapxx/backend.hpp>
#include <netmapxx/port.hpp>

namespace netmapxx::inline v1::detail {

class region_state;

/// Memory mapped from a device; unmaps when destroyed. It keeps the binding it
/// was made from alive, not the device object.
class mapping {
  public:
    mapping() = default;
    mapping(mapping const&) = delete;
    mapping& operator=(mapping const&) = delete;
    virtual ~mapping() = default;

    [[nodiscard]] virtual std::byte* base() const noexcept = 0;
    [[nodiscard]] virtual std::size_t size() const noexcept = 0;
};

/// One open descriptor of the core; closes when destroyed.
class device {
  public:
    device() = default;
    device(device const&) = delete;
    device& operator=(device const&) = delete;
    virtual ~device() = default;

    /// A control request or a sync. May be interrupted (EINTR).
    [[nodiscard]] virtual int ioctl(unsigned long code, void* argument) noexcept = 0;
    /// Maps the bound region, from its start.
    [[nodiscard]] virtual int map(std::size_t size, std::unique_ptr<mapping>& into) noexcept = 0;
    /// Where to sleep for a direction.
    [[nodiscard]] virtual int wait_handle(direction dir, port_wait_handle& into) noexcept = 0;
    /// Clears a pending event of the direction and asks for the next; look at
    /// the rings after that and before sleeping.
    [[nodiscard]] virtual int arm(direction dir) noexcept = 0;
    /// True if the port reports an error event that the wait handle cannot show.
    [[nodiscard]] virtual bool troubled() noexcept = 0;
    /// File descriptor of the device node, or -1.
    [[nodiscard]] virtual int native_handle() const noexcept = 0;
};

/// A host of the core.
class backend {
  public:
    explicit backend(backend_kind kind) noexcept : kind_(kind) {}
    backend(backend const&) = delete;
    backend& operator=(backend const&) = delete;
    virtual ~backend() = default;

    [[nodiscard]] backend_kind kind() const noexcept { return kind_; }
    /// Opens an unbound descriptor.
    [[nodiscard]] virtual int open(std::unique_ptr<device>& into) noexcept = 0;

    /// Names of parameters it may have; a host that cannot tell gives all that are known.
    [[nodiscard]] virtual int parameter_names(std::vector<std::string>& into);
    /// ENOENT for what it does not have.
    [[nodiscard]] virtual int get_parameter(std::string const& name, long& into);
    [[nodiscard]] virtual int set_parameter(std::string const& name, long value);
    [[nodiscard]] virtual bool parameter_writable(std::string const& name);

    /// False once the core refused the error-text option.
    std::atomic<bool> knows_error_text{true};
    /// Guards `regions`, and is held while one is mapped: one mapping per id.
    std::mutex regions_lock;
    std::map<std::uint16_t, std::weak_ptr<region_state>> regions;

  private:
    backend_kind kind_;
};

/// The device node: /dev/netmap, or what NETMAPXX_DEVICE names.
[[nodiscard]] std::shared_ptr<backend> device_backend();
/// The engine inside this process.
[[nodiscard]] std::shared_ptr<backend> embedded_backend();
/// All parameters that netmap is known to have.
[[nodiscard]] std::vector<std::string> parameter_names_known();
/// Path of the device node.
[[nodiscard]] std::string_view device_path() noexcept;

/// The backend a choice stands for.
[[nodiscard]] std::shared_ptr<backend> find_backend(backend_kind kind);

/// Tests: puts `replacement` in the place of every backend; null ends that.
void replace_backends(std::shared_ptr<backend> replacement) noexcept;

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_DEVICE_HPP
