// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// A small core behind the library's device seam: records every call, fails
/// on demand at the k-th, and counts what is still open. Ports, rings and
/// buffers are real memory, laid out as the ABI says; syncs do what the test says.
#ifndef NETMAPXX_TESTS_FAKE_CORE_HPP
#define NETMAPXX_TESTS_FAKE_CORE_HPP

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <net/netmap.h>

#include "device.hpp"

namespace netmapxx_tests {

namespace nmx = netmapxx;

class fake_core;

/// A port of the fake core.
struct fake_port {
    std::uint16_t tx_rings = 1;
    std::uint16_t rx_rings = 1;
    std::uint16_t host_tx_rings = 0;
    std::uint16_t host_rx_rings = 0;
    std::uint32_t slots = 16;
    std::uint16_t memory_id = 1;
    std::uint32_t header = 0;
    std::uint16_t mode = NETMAP_PORT_VIRTUAL; ///< 0: the core does not say
    int refuse = 0;       ///< errno of every REGISTER
    std::string why = {}; ///< the core's words for that
    std::uint32_t most_extra = 100;
    std::map<std::uint32_t, netmap_ring*> rings = {}; ///< by place in the directory
    int users = 0;
};

/// Memory of one region.
class fake_memory {
  public:
    static constexpr std::size_t buffers_at = 256 * 1024;
    static constexpr std::uint32_t buffer_size = 256;
    static constexpr std::uint32_t buffer_count = 1024;
    static constexpr std::size_t size = buffers_at + std::size_t{buffer_size} * buffer_count;

    fake_memory();
    ~fake_memory();
    fake_memory(fake_memory const&) = delete;
    fake_memory& operator=(fake_memory const&) = delete;

    [[nodiscard]] std::byte* base() const { return base_; }
    [[nodiscard]] std::byte* allocate(std::size_t bytes);
    [[nodiscard]] std::uint32_t allocate_buffer();
    void free_buffer(std::uint32_t index) { free_.push_back(index); }
    [[nodiscard]] netmap_ring* make_ring(bool tx, std::uint16_t id, std::uint32_t slots);
    [[nodiscard]] std::byte* buffer(std::uint32_t index) const {
        return base_ + buffers_at + std::size_t{index} * buffer_size;
    }

  private:
    std::byte* base_;
    std::size_t used_ = 0;
    std::vector<std::uint32_t> free_;
};

/// An open file's tie to a port; kept by its descriptor and its mappings.
struct fake_binding {
    fake_core& core;
    fake_port* port; ///< null for a null port
    std::shared_ptr<fake_memory> memory;
    netmap_if* interface_object = nullptr;
    std::uint16_t memory_id = 0;
    std::vector<netmap_ring*> tx = {};
    std::vector<netmap_ring*> rx = {};

    ~fake_binding();
};

/// A control request as it arrived, without what differs from run to run: the
/// addresses in its header, and its options.
struct fake_request {
    std::uint16_t type = 0;
    std::string name = {};
    std::vector<std::byte> body = {};

    friend bool operator==(fake_request const&, fake_request const&) = default;
};

/// A request with the bytes of `body`.
template <class Body>
[[nodiscard]] fake_request request_of(std::uint16_t type, std::string name, Body const& body) {
    auto const bytes = std::as_bytes(std::span{&body, 1});
    return {type, std::move(name), {bytes.begin(), bytes.end()}};
}

/// The core.
class fake_core : public nmx::detail::backend {
  public:
    fake_core();
    ~fake_core() override;

    [[nodiscard]] int open(std::unique_ptr<nmx::detail::device>& into) noexcept override;

    fake_port& add(std::string const& name, fake_port port = {}) {
        return ports[name] = std::move(port);
    }

    /// One fallible call: logs it; an errno if it is the one to fail.
    [[nodiscard]] int step(std::string const& what);

    /// Nothing is open, mapped or bound.
    [[nodiscard]] bool quiet() const { return devices == 0 && mappings == 0 && bindings == 0; }
    /// How often `what` was called.
    [[nodiscard]] std::size_t calls(std::string const& what) const;
    /// Makes a direction's wait handle readable.
    void notify(nmx::direction dir);

    std::map<std::string, fake_port> ports;
    std::map<std::uint16_t, std::shared_ptr<fake_memory>> memories;
    bool has_error_text = true;
    bool has_null_ports = true;
    bool has_stats = true;
    bool obeys_mode = true; ///< refuses NR_NATIVE_ONLY, NR_EMULATED_ONLY if it must
    bool has_offsets = false;
    bool troubled = false;
    bool ignores_memory_id = false;
    std::function<int(fake_binding&)> on_rxsync;
    std::function<int(fake_binding&)> on_txsync;
    std::function<void(nmx::direction)> on_arm;
    std::function<void()> on_handle;

    /// What a request without a port of its own is answered with: an errno (0:
    /// done) and words. VALE_ATTACH and VALE_DETACH also get a port index.
    struct answer {
        int error = 0;
        std::string why = {};
    };
    std::map<std::uint16_t, answer> answers; ///< by request type, before anything else
    std::map<std::string, long> parameters = {};
    static constexpr std::uint32_t port_index = 3;

    [[nodiscard]] int get_parameter(std::string const& name, long& into) override;
    [[nodiscard]] int set_parameter(std::string const& name, long value) override;
    [[nodiscard]] bool parameter_writable(std::string const& name) override;

    std::vector<fake_request> requests; ///< all, in order
    std::vector<std::string> log;
    nmreq_register last_request{}; ///< but for null ports
    std::size_t fail_at = 0;       ///< 1 = the first call; 0 = none
    int fail_with = 5;
    std::size_t steps = 0;
    int devices = 0;
    int mappings = 0;
    int bindings = 0;
    std::vector<std::uint32_t> returned_buffers; ///< extra buffers handed back
    std::array<int, 2> events{-1, -1};           ///< wait handles: rx, tx
};

/// Puts a fake core in the place of every backend while it lives.
class with_fake_core : public testing::Test {
  protected:
    with_fake_core() { nmx::detail::replace_backends(core); }
    ~with_fake_core() override { nmx::detail::replace_backends(nullptr); }

    std::shared_ptr<fake_core> core = std::make_shared<fake_core>();
};

} // namespace netmapxx_tests

#endif // NETMAPXX_TESTS_FAKE_CORE_HPP
