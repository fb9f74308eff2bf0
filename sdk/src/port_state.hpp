// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// What an open port consists of. Never moves, so that ring views stay valid
/// when the `port` object does.
#ifndef NETMAPXX_PORT_STATE_HPP
#define NETMAPXX_PORT_STATE_HPP

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <netmapxx/port.hpp>

#include "deadline.hpp"
#include "device.hpp"
#include "pool_state.hpp"
#include "region_state.hpp"
#include "registration.hpp"

namespace netmapxx::inline v1::detail {

/// What a wait is for.
struct wait_request {
    bool rx = false;
    bool tx = false;
    std::size_t min_slots = 1;
    std::chrono::nanoseconds timeout{-1};
    /// Says that the wait is over, in the place of packets or room.
    bool (*ended)(void const*) = nullptr;
    void const* asker = nullptr; ///< argument of `ended`
};

/// An open port. Members are set up by open_port() and then only used.
class port_state {
  public:
    port_state(std::shared_ptr<backend> host, registration bound, port_info granted,
               std::shared_ptr<region_state> region);
    port_state(port_state const&) = delete;
    port_state& operator=(port_state const&) = delete;
    /// Gives free extra buffers back to the core, then unregisters.
    ~port_state();

    /// Makes the ring views. Throws `error` if the core's directory is damaged.
    void build_directory(bool hide_tx);
    void adopt_buffers(std::uint32_t granted) noexcept;
    void enable_timestamps() noexcept;

    /// One sync of all rings of a direction, and what it changed.
    [[nodiscard]] std::error_code sync(direction dir) noexcept;
    [[nodiscard]] wait_result wait(wait_request const& request, std::error_code& ec) noexcept;
    /// False, with an error, if nothing could ever end this wait.
    [[nodiscard]] bool can_end(wait_request const& request, std::error_code& ec) const noexcept;
    [[nodiscard]] bool ready(wait_request const& request) const noexcept;
    /// What a wait does before it sleeps: arms, raises wake-up points, syncs, and looks.
    /// True if what is waited for is there.
    [[nodiscard]] bool prepare(wait_request const& request, std::error_code& ec) noexcept;
    /// Takes the raised wake-up points of tx rings back.
    void lower_wake_points() noexcept;
    /// True if the port reports an error event on that side.
    [[nodiscard]] bool troubled(direction dir) noexcept;
    [[nodiscard]] wait_result flush(std::chrono::nanoseconds timeout, std::error_code& ec) noexcept;
    [[nodiscard]] bool inject_one(std::span<std::byte const> packet) noexcept;
    [[nodiscard]] bool inject(std::span<std::span<std::byte const> const> pieces,
                              std::error_code& ec) noexcept;

    [[nodiscard]] port_stats stats() const noexcept;
    void reset_stats() noexcept;
    /// The core's counters of this port; throws `error`.
    [[nodiscard]] core_port_stats core_stats() const;

    [[nodiscard]] device& dev() const noexcept { return *dev_; }
    [[nodiscard]] backend_kind kind() const noexcept { return host_->kind(); }
    [[nodiscard]] bool host_knows_error_texts() const noexcept { return host_->knows_error_text; }

    port_info info;
    std::vector<rx_ring> rx;
    std::vector<tx_ring> tx;
    std::size_t nic_rx = 0; ///< NIC rings come first
    std::size_t nic_tx = 0;
    std::shared_ptr<region_state> memory;
    std::shared_ptr<pool_state> pool;
    buffer_pool buffers;

  private:
    [[nodiscard]] netmap_ring* ring_at(std::size_t entry) const;
    void set_up(ring_control& ctl, netmap_ring& ring, std::size_t index, bool tx, bool host);
    [[nodiscard]] bool check_rings(direction dir) noexcept;
    void adopt_forwarded() noexcept;
    [[nodiscard]] bool check_ring(ring_control& ctl) noexcept;
    [[nodiscard]] bool forwards_transparently() const noexcept;

    // Asks to be woken by more room than there is.
    void raise_wake_points() noexcept;
    [[nodiscard]] std::error_code arm(wait_request const& request) noexcept;
    [[nodiscard]] std::error_code sync(wait_request const& request) noexcept;
    [[nodiscard]] wait_result block(wait_request const& request, deadline const& end,
                                    std::error_code& ec) noexcept;
    [[nodiscard]] wait_result wait_loop(wait_request const& request, std::error_code& ec) noexcept;

    // Declared in the order of need: the device closes before the memory goes.
    std::shared_ptr<backend> host_;
    netmap_if* interface_ = nullptr;
    std::unique_ptr<ring_control[]> controls_;
    std::unique_ptr<device> dev_;
    std::size_t next_tx_ = 0;
    bool monitor_ = false;
    std::uint64_t wakeups_ = 0;
    std::uint64_t timeouts_ = 0;
};

/// The way from a port to its state, for the rest of the library.
struct port_access {
    [[nodiscard]] static port_state* state(port& of) noexcept { return of.state_.get(); }
};

/// Opens a port. Throws `error`; nothing stays open then.
[[nodiscard]] std::unique_ptr<port_state> open_port(port_spec const& spec,
                                                    open_options const& options);

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_PORT_STATE_HPP
