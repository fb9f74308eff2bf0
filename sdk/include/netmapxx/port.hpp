// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// An open port: its rings, syncs and waits.
#ifndef NETMAPXX_PORT_HPP
#define NETMAPXX_PORT_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <netmapxx/backend.hpp>
#include <netmapxx/buffer.hpp>
#include <netmapxx/config.hpp>
#include <netmapxx/error.hpp>
#include <netmapxx/options.hpp>
#include <netmapxx/port_spec.hpp>
#include <netmapxx/region.hpp>
#include <netmapxx/ring.hpp>
#include <netmapxx/stats.hpp>

namespace netmapxx::inline v1 {

namespace detail {
class port_state;
struct port_access;
} // namespace detail

class waiter;

/// A direction of traffic, seen from the program.
/// @since 0.1
enum class direction {
    rx, ///< towards the program
    tx  ///< away from it
};

/// What to wait for.
/// @since 0.1
enum class wait_events {
    readable, ///< packets on some rx ring
    writable, ///< room on some tx ring
    any       ///< either
};

/// How a wait ended.
/// @since 0.1
enum class wait_result {
    ready,      ///< what was waited for is there
    timed_out,  ///< it is not, and the time is over
    error_event ///< the port reports trouble, but still answers syncs
};

/// Where a foreign reactor can wait for a port.
/// @since 0.1
struct port_wait_handle {
    int fd = -1;      ///< file descriptor; belongs to the port: do not read or close it
    short events = 0; ///< events as for poll()
};

/// What a core can do, as far as it could be found out.
/// @since 0.1
struct port_features {
    bool cross_process = false;   ///< other processes can reach the same port
    bool poll_syncs = false;      ///< waiting on the port's descriptor syncs rings
    bool offsets = false;         ///< packets may begin at an offset; was asked for
    bool core_statistics = false; ///< core_stats() has something to tell
    bool error_texts = false;     ///< it says in words why it refuses
};

/// What was granted when a port was opened.
/// @since 0.1
struct port_info {
    port_spec spec = {};                               ///< as opened
    std::string name = {};                             ///< as the core calls it
    backend_kind backend = backend_kind::embedded;     ///< host of the core
    backend_origin origin = backend_origin::automatic; ///< who chose it
    std::uint16_t tx_rings = 0;                        ///< NIC tx rings of the port, bound or not
    std::uint16_t rx_rings = 0;                        ///< NIC rx rings of the port, bound or not
    std::uint16_t host_tx_rings = 0;                   ///< host tx rings of the port
    std::uint16_t host_rx_rings = 0;                   ///< host rx rings of the port
    std::uint32_t tx_slots = 0;                        ///< slots per NIC tx ring
    std::uint32_t rx_slots = 0;                        ///< slots per NIC rx ring
    std::uint16_t memory_id = 0;                       ///< region id
    std::size_t memory_size = 0;                       ///< bytes of the region
    std::size_t buffer_size = 0;                       ///< bytes in each buffer
    std::size_t extra_buffers = 0;                     ///< granted
    std::size_t header_length = 0;                     ///< virtio-net header, 0, 10 or 12 bytes
    port_mode mode = port_mode::unknown;               ///< who moves the packets
    port_features features = {};                       ///< what its core can do
    bool region_pinned = false; ///< the mapping keeps this port registered after close()
};

/// @brief An open port: descriptor, registration, rings and extra buffers.
///
/// @code
/// netmapxx::port port{"netmap:eth0"};
/// while (running) {
///     if (port.wait_readable(1s) != netmapxx::wait_result::ready) continue;
///     for (netmapxx::rx_ring ring : port.rx_rings())
///         ring.consume([&](netmapxx::packet_view pkt) { bytes += pkt.size(); });
/// }
/// @endcode
///
/// @par Ownership Move only. Ring views stay valid when the port moves, and
///      die when it closes. After fork() only the parent may use a port.
/// @par Thread safety Queries are const-concurrent. Each ring belongs to one
///      thread at a time, and syncs and waits touch all rings of the port: to
///      go parallel, use one port per thread (open_per_ring()).
/// @since 0.1
class NETMAPXX_EXPORT port {
  public:
    /// A time-out of this, or any negative one, waits without limit.
    static constexpr std::chrono::nanoseconds forever{-1};

    /// A closed port.
    port() noexcept;

    /// @brief Opens a port.
    /// @param spec    what to open
    /// @param options how to open it
    /// @throws error no_such_port, port_busy, no_such_ring, no_host_rings,
    ///         target_not_active, out_of_buffers, header_required,
    ///         unsupported_option, region_mismatch, version_mismatch,
    ///         backend_unavailable, or the system's own code. After a failure
    ///         nothing stays open.
    explicit port(port_spec const& spec, open_options const& options = {});

    /// @brief Parses and opens.
    /// @throws port_spec_error, and what the other constructor throws
    explicit port(std::string_view spec, open_options const& options = {});

    port(port&& other) noexcept;
    port& operator=(port&& other) noexcept;
    port(port const&) = delete;
    port& operator=(port const&) = delete;
    /// Closes as close() does.
    ~port();

    /// @brief Opens a port.
    /// @throws as the constructor
    [[nodiscard]] static port open(port_spec const& spec, open_options const& options = {});
    /// @copydoc open(port_spec const&, open_options const&)
    /// @param ec receives the error instead; the result is then a closed port
    [[nodiscard]] static port open(port_spec const& spec, open_options const& options,
                                   std::error_code& ec) noexcept;
    /// @copydoc open(port_spec const&, open_options const&)
    [[nodiscard]] static port open(std::string_view spec, open_options const& options = {});
    /// @copydoc open(port_spec const&, open_options const&, std::error_code&)
    [[nodiscard]] static port open(std::string_view spec, open_options const& options,
                                   std::error_code& ec) noexcept;

    /// @brief One port per ring pair, all in one region, remaining host rings last.
    /// @param spec    what to open; `*` gives NIC and host rings, `^` host rings only
    /// @param options how to open each
    /// @throws as the constructor
    [[nodiscard]] static std::vector<port> open_per_ring(port_spec const& spec,
                                                         open_options const& options = {});
    /// @copydoc open_per_ring(port_spec const&, open_options const&)
    /// @param ec receives the error instead; the result is then empty
    [[nodiscard]] static std::vector<port>
    open_per_ring(port_spec const& spec, open_options const& options, std::error_code& ec) noexcept;

    /// @brief Opens other rings of the same target, in the same region and backend.
    /// @param rings   which rings
    /// @param options how; its backend and region are replaced by this port's
    /// @throws as the constructor, and closed
    [[nodiscard]] port reopen(ring_selection rings, open_options options = {}) const;
    /// @copydoc reopen(ring_selection, open_options) const
    /// @param ec receives the error instead; the result is then a closed port
    [[nodiscard]] port reopen(ring_selection rings, open_options options,
                              std::error_code& ec) const noexcept;

    /// @brief Closes. Extra buffers still alive become orphans: their memory
    ///        stays readable, and is lost to the core until the region dies.
    void close() noexcept;
    /// @brief Closes unless extra buffers are alive.
    /// @param ec cleared, or `errc::buffers_outstanding`, with the port still open
    void close(std::error_code& ec) noexcept;

    /// True between opening and closing.
    [[nodiscard]] bool is_open() const noexcept { return state_ != nullptr; }
    /// True between opening and closing.
    [[nodiscard]] explicit operator bool() const noexcept { return is_open(); }

    /// What was granted; the port must be open.
    [[nodiscard]] port_info const& info() const noexcept;
    /// Who moves the packets, as info() says; `unknown` when closed.
    [[nodiscard]] port_mode mode() const noexcept;
    /// All bound rx rings, NIC rings first; empty when closed.
    [[nodiscard]] std::span<rx_ring const> rx_rings() const noexcept;
    /// All bound tx rings, NIC rings first; empty when closed.
    [[nodiscard]] std::span<tx_ring const> tx_rings() const noexcept;
    /// Bound NIC rx rings.
    [[nodiscard]] std::span<rx_ring const> nic_rx_rings() const noexcept;
    /// Bound NIC tx rings.
    [[nodiscard]] std::span<tx_ring const> nic_tx_rings() const noexcept;
    /// Bound host rx rings: what the operating system sent.
    [[nodiscard]] std::span<rx_ring const> host_rx_rings() const noexcept;
    /// Bound host tx rings: into the operating system.
    [[nodiscard]] std::span<tx_ring const> host_tx_rings() const noexcept;

    /// @brief Returns released slots to the core and fetches new packets.
    /// @throws error closed, port_gone, ring_reset
    void sync_rx();
    /// @copydoc sync_rx()
    /// @param ec receives the error instead
    void sync_rx(std::error_code& ec) noexcept;
    /// @copydoc sync_rx()
    /// @return the error instead
    std::error_code sync_rx(std::nothrow_t) noexcept;

    /// @brief Hands committed slots over for sending and reclaims finished ones.
    /// @throws error closed, port_gone, ring_reset
    void sync_tx();
    /// @copydoc sync_tx()
    /// @param ec receives the error instead
    void sync_tx(std::error_code& ec) noexcept;
    /// @copydoc sync_tx()
    /// @return the error instead
    std::error_code sync_tx(std::nothrow_t) noexcept;

    /// @brief Waits until some rx ring has packets beyond what hold() kept.
    ///        Makes no system call if it has already.
    /// @param timeout negative = without limit, zero = one sync and a look
    /// @throws error closed, port_gone, ring_reset
    wait_result wait_readable(std::chrono::nanoseconds timeout = forever);
    /// @copydoc wait_readable(std::chrono::nanoseconds)
    /// @param ec receives the error instead
    wait_result wait_readable(std::chrono::nanoseconds timeout, std::error_code& ec) noexcept;

    /// @brief Waits until some tx ring has room. Makes no system call if it has.
    /// @param timeout   negative = without limit, zero = one sync and a look
    /// @param min_slots free slots one ring must have, at most its size - 1
    /// @throws error closed, port_gone, ring_reset
    wait_result wait_writable(std::chrono::nanoseconds timeout = forever,
                              std::size_t min_slots = 1);
    /// @copydoc wait_writable(std::chrono::nanoseconds, std::size_t)
    /// @param ec receives the error instead
    wait_result wait_writable(std::chrono::nanoseconds timeout, std::size_t min_slots,
                              std::error_code& ec) noexcept;

    /// @brief Waits for either direction; look at the rings to see which.
    /// @param events  what to wait for
    /// @param timeout negative = without limit, zero = one sync and a look
    /// @throws error closed, port_gone, ring_reset
    wait_result wait(wait_events events, std::chrono::nanoseconds timeout = forever);
    /// @copydoc wait(wait_events, std::chrono::nanoseconds)
    /// @param ec receives the error instead
    wait_result wait(wait_events events, std::chrono::nanoseconds timeout,
                     std::error_code& ec) noexcept;

    /// @brief Copies one packet to the next tx ring with room, round robin, as
    ///        a chain if it needs several slots. Does not sync.
    /// @param packet its bytes
    /// @return false if no ring has room now; never sends a part
    /// @throws error closed, packet_too_large if it can never fit
    [[nodiscard]] bool inject(std::span<std::byte const> packet);
    /// @copydoc inject(std::span<std::byte const>)
    /// @param ec receives the error instead
    [[nodiscard]] bool inject(std::span<std::byte const> packet, std::error_code& ec) noexcept;
    /// @brief As the other inject(), for a packet in several pieces.
    /// @param pieces its bytes in order
    [[nodiscard]] bool inject(std::span<std::span<std::byte const> const> pieces);
    /// @copydoc inject(std::span<std::span<std::byte const> const>)
    /// @param ec receives the error instead
    [[nodiscard]] bool inject(std::span<std::span<std::byte const> const> pieces,
                              std::error_code& ec) noexcept;

    /// @brief Syncs until nothing is pending on any tx ring.
    /// @param timeout negative = without limit, zero = one sync and a look
    /// @throws error closed, port_gone, ring_reset
    wait_result flush(std::chrono::nanoseconds timeout = forever);
    /// @copydoc flush(std::chrono::nanoseconds)
    /// @param ec receives the error instead
    wait_result flush(std::chrono::nanoseconds timeout, std::error_code& ec) noexcept;

    /// The region the port lives in; an empty handle when closed.
    [[nodiscard]] region memory() const noexcept;
    /// The port's extra buffers; the port must be open.
    [[nodiscard]] buffer_pool& buffers() noexcept;

    /// @brief Where a foreign reactor can wait. Sync first and look at the
    ///        rings; wait only if nothing is there. Backends with event
    ///        descriptors need arm() before that sync.
    /// @throws error closed, or the backend's own code
    [[nodiscard]] port_wait_handle wait_handle(direction dir) const;
    /// @copydoc wait_handle(direction) const
    /// @param ec receives the error instead
    [[nodiscard]] port_wait_handle wait_handle(direction dir, std::error_code& ec) const noexcept;
    /// @brief Clears a pending event of that direction and asks for the next.
    ///        Nothing to do on the kernel device.
    /// @throws error closed, or the backend's own code
    void arm(direction dir);
    /// @copydoc arm(direction)
    /// @param ec receives the error instead
    void arm(direction dir, std::error_code& ec) noexcept;

    /// Descriptor for code at the level of ioctl(); -1 when closed or the
    /// backend has none.
    [[nodiscard]] int native_handle() const noexcept;

    /// Sums of the ring counters, and of the port's own; readable from any thread.
    [[nodiscard]] port_stats stats() const noexcept;
    /// Sets all counters to 0; for the thread that owns the rings.
    void reset_stats() noexcept;

    /// @brief What the core counted for this very port: for a monitor its own
    ///        counters, not those of the port it looks at.
    /// @return counters, or empty fields if the core does not count
    /// @throws error closed, or the system's own code
    /// @since 0.1
    [[nodiscard]] core_port_stats core_stats() const;
    /// @copydoc core_stats() const
    /// @param ec receives the error instead; the result is then empty
    [[nodiscard]] core_port_stats core_stats(std::error_code& ec) const noexcept;

  private:
    friend struct detail::port_access;
    friend class waiter;

    explicit port(std::unique_ptr<detail::port_state> state) noexcept;

    std::unique_ptr<detail::port_state> state_;
};

} // namespace netmapxx::inline v1

#endif // NETMAPXX_PORT_HPP
