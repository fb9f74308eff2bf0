// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// The host stack beside a NIC: a forwarder between both with the program's
/// filter in the middle, sending into the stack and receiving from it, and
/// guards for what an interface does on its own.
///
/// Host tx rings lead into the operating system, host rx rings bring what it
/// wants to send. The system's packets are intercepted only while the NIC's tx
/// rings are in netmap mode too, so both are opened together.
#ifndef NETMAPXX_HOST_HPP
#define NETMAPXX_HOST_HPP

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

#include <netmapxx/config.hpp>
#include <netmapxx/error.hpp>
#include <netmapxx/forward.hpp>
#include <netmapxx/options.hpp>
#include <netmapxx/packet.hpp>
#include <netmapxx/port.hpp>
#include <netmapxx/port_spec.hpp>
#include <netmapxx/ring.hpp>
#include <netmapxx/unique_fd.hpp>

namespace netmapxx::inline v1::host {

/// Where a packet is going.
/// @since 0.1
enum class way {
    to_host, ///< received by the NIC, on its way into the system
    to_wire  ///< sent by the system, on its way to the NIC
};

/// @brief A filter or editor of `splice::pump_if`: `verdict(packet_view)`, or
///        `verdict(packet_view, way)` to be told where the packet is going.
/// @since 0.1
template <class Fn>
concept splice_filter = packet_filter<Fn> ||
    (std::invocable<Fn&, packet_view, way>&&
         std::same_as<std::invoke_result_t<Fn&, packet_view, way>, verdict>);

/// What a splice did so far. The reasons are those of the last pump:
/// destination_full if any ring met it, else the last ring's.
/// @since 0.1
struct splice_totals {
    forward_result to_host = {}; ///< from the NIC
    forward_result to_wire = {}; ///< from the system
};

/// @brief A NIC and its host stack, with the program in between.
///
/// @snippet kinds.cpp splice
///
/// @par Ownership Owns one port, bound to the NIC's and the host's rings. Move only.
/// @par Thread safety As its port: one thread at a time.
/// @since 0.1
class NETMAPXX_EXPORT splice {
  public:
    /// A closed splice.
    splice() noexcept = default;

    /// @brief Opens an interface with its host rings.
    /// @param spec    an interface; one without ring selection is opened as `*`
    /// @param options how; `keep_offloads` lets long packets pass uncut
    /// @throws error invalid_spec for a selection that lacks NIC or host rings,
    ///         no_host_rings for what has none, and what opening a port throws
    explicit splice(port_spec const& spec, open_options const& options = {});
    /// @brief Parses and opens.
    /// @param spec    an interface, as "netmap:eth0"
    /// @param options how; `keep_offloads` lets long packets pass uncut
    /// @throws port_spec_error if `spec` violates the grammar
    /// @throws error what the other constructor throws
    explicit splice(std::string_view spec, open_options const& options = {});
    /// @brief Takes over an open port.
    /// @param opened bound to NIC and host rings, both directions
    /// @throws error closed, no_host_rings; the port is closed then
    explicit splice(netmapxx::port&& opened);

    /// @brief Opens an interface with its host rings.
    /// @param spec    an interface; one without ring selection is opened as `*`
    /// @param options how
    /// @param ec      cleared, or the error; the result is then a closed splice
    /// @return the open splice
    [[nodiscard]] static splice open(port_spec const& spec, open_options const& options,
                                     std::error_code& ec) noexcept;

    /// True between opening and closing.
    [[nodiscard]] bool is_open() const noexcept { return port_.is_open(); }
    /// The port, for its syncs, counters and descriptors.
    [[nodiscard]] netmapxx::port& port() noexcept { return port_; }
    /// @copydoc port()
    [[nodiscard]] netmapxx::port const& port() const noexcept { return port_; }
    /// Gives the port away; the splice is closed then.
    [[nodiscard]] netmapxx::port release() noexcept;

    /// Rings with what the system sent.
    [[nodiscard]] std::span<rx_ring const> from_host() const noexcept {
        return port_.host_rx_rings();
    }
    /// Rings with what the NIC received.
    [[nodiscard]] std::span<rx_ring const> from_wire() const noexcept {
        return port_.nic_rx_rings();
    }

    /// @brief Hands one received packet to the system, by exchange if its ring
    ///        is in the same region, else by copy. Release its slots afterwards;
    ///        nothing is synced.
    /// @param packet one whose slots are not yet released
    /// @return false if no host ring has room now; never hands over a part
    /// @throws error closed, packet_too_large if it can never fit
    [[nodiscard]] bool to_host(packet_view packet);
    /// @copydoc to_host(packet_view)
    /// @param ec receives the error instead
    [[nodiscard]] bool to_host(packet_view packet, std::error_code& ec) noexcept;
    /// @brief Hands a copy of one packet to the system. Nothing is synced.
    /// @param packet its bytes, from the Ethernet header on
    /// @return false if no host ring has room now; never hands over a part
    /// @throws error closed, packet_too_large if it can never fit
    [[nodiscard]] bool to_host(std::span<std::byte const> packet);
    /// @copydoc to_host(std::span<std::byte const>)
    /// @param ec receives the error instead
    [[nodiscard]] bool to_host(std::span<std::byte const> packet, std::error_code& ec) noexcept;
    /// @brief Hands copies of several packets to the system, in order, as long
    ///        as there is room. Nothing is synced.
    /// @param packets the bytes of each
    /// @return how many, from the first on
    /// @throws error closed, packet_too_large if the next one can never fit
    std::size_t to_host_batch(std::span<std::span<std::byte const> const> packets);
    /// @copydoc to_host_batch(std::span<std::span<std::byte const> const>)
    /// @param ec receives the error instead
    std::size_t to_host_batch(std::span<std::span<std::byte const> const> packets,
                              std::error_code& ec) noexcept;

    /// @brief As to_host(packet_view), towards the NIC.
    /// @param packet one whose slots are not yet released
    /// @return false if no NIC ring has room now; never hands over a part
    /// @throws error closed, packet_too_large
    [[nodiscard]] bool to_wire(packet_view packet);
    /// @copydoc to_wire(packet_view)
    /// @param ec receives the error instead
    [[nodiscard]] bool to_wire(packet_view packet, std::error_code& ec) noexcept;
    /// @brief As to_host(std::span<std::byte const>), towards the NIC.
    /// @param packet its bytes
    /// @return false if no NIC ring has room now; never hands over a part
    /// @throws error closed, packet_too_large
    [[nodiscard]] bool to_wire(std::span<std::byte const> packet);
    /// @copydoc to_wire(std::span<std::byte const>)
    /// @param ec receives the error instead
    [[nodiscard]] bool to_wire(std::span<std::byte const> packet, std::error_code& ec) noexcept;
    /// @brief As to_host_batch(), towards the NIC.
    /// @param packets the bytes of each
    /// @return how many, from the first on
    /// @throws error closed, packet_too_large
    std::size_t to_wire_batch(std::span<std::span<std::byte const> const> packets);
    /// @copydoc to_wire_batch(std::span<std::span<std::byte const> const>)
    /// @param ec receives the error instead
    std::size_t to_wire_batch(std::span<std::span<std::byte const> const> packets,
                              std::error_code& ec) noexcept;

    /// @brief Moves what is there both ways, whole packets, by exchange of
    ///        buffers, and syncs both directions at its end: so what it fetches
    ///        is for the next call, and what it moved is under way.
    /// @param max_slots most slots to take from each ring
    /// @return packets that left the ring they were in, for whatever became of them
    /// @throws error closed, port_gone, ring_reset
    std::uint64_t pump(std::size_t max_slots = all_slots);
    /// @copydoc pump(std::size_t)
    /// @param ec receives the error instead
    std::uint64_t pump(std::size_t max_slots, std::error_code& ec) noexcept;

    /// @brief As pump(), with a filter that sees each packet once and may edit
    ///        it. `verdict::stop` leaves the packet and ends the work on its
    ///        ring; the other rings are served nevertheless.
    /// @param filter    `verdict(packet_view)` or `verdict(packet_view, way)`
    /// @param max_slots most slots to take from each ring
    /// @return packets that left the ring they were in, for whatever became of them
    /// @throws error closed, port_gone, ring_reset; and what `filter` throws,
    ///         with the packets before that one moved, but nothing synced
    template <splice_filter Fn>
    std::uint64_t pump_if(Fn&& filter, std::size_t max_slots = all_slots) {
        std::error_code ec;
        auto const moved = pump_if(filter, max_slots, ec);
        raise_if(ec, "forward at");
        return moved;
    }
    /// @copydoc pump_if(Fn&&, std::size_t)
    /// @param ec receives the error instead; what `filter` throws passes through
    template <splice_filter Fn>
    std::uint64_t pump_if(Fn&& filter, std::size_t max_slots, std::error_code& ec) {
        if (!begin_pass(ec))
            return 0;
        std::uint64_t moved = move<way::to_host>(from_wire(), port_.host_tx_rings(), 0, max_slots,
                                                 filter, totals_.to_host);
        moved += move<way::to_wire>(from_host(), port_.nic_tx_rings(), from_wire().size(),
                                    max_slots, filter, totals_.to_wire);
        end_pass(ec);
        return moved;
    }

    /// @brief Waits until pump() has something to do: packets, or, where a
    ///        destination was full, room there.
    /// @param timeout negative = without limit, zero = one sync and a look
    /// @return ready, timed_out or error_event
    /// @throws error closed, port_gone, ring_reset
    wait_result wait(std::chrono::nanoseconds timeout = netmapxx::port::forever);
    /// @copydoc wait(std::chrono::nanoseconds)
    /// @param ec receives the error instead
    wait_result wait(std::chrono::nanoseconds timeout, std::error_code& ec) noexcept;

    /// @brief Switches transparent forwarding on or off: the core itself then
    ///        takes packets whose slots were marked by
    ///        `slot_view::forward_to_peer()` to the other side when they are
    ///        released and synced, by copy and without a tx slot of ours.
    /// @param on the new state
    /// @throws error closed
    void enable_transparent(bool on = true);
    /// @copydoc enable_transparent(bool)
    /// @param ec receives the error instead
    void enable_transparent(bool on, std::error_code& ec) noexcept;

    /// What pump() and pump_if() did so far.
    [[nodiscard]] splice_totals const& totals() const noexcept { return totals_; }

  private:
    template <way Way, class Fn>
    std::uint64_t move(std::span<rx_ring const> sources, std::span<tx_ring const> targets,
                       std::size_t first_flag, std::size_t max_slots, Fn& filter,
                       forward_result& total) {
        auto const bound = [&filter](packet_view packet) {
            if constexpr (packet_filter<Fn>)
                return std::invoke(filter, packet);
            else
                return std::invoke(filter, packet, Way);
        };
        std::uint64_t left = 0;
        std::size_t target = 0;
        bool any_full = false;
        for (std::size_t r = 0; r < sources.size(); ++r) {
            auto const result = forward(sources[r], targets[target], max_slots, bound);
            target = target + 1 == targets.size() ? 0 : target + 1;
            total += result;
            left += result.packets + result.filtered + result.dropped + result.bad;
            bool const full = result.reason == stop_reason::destination_full;
            full_[first_flag + r] = full ? 1 : 0;
            any_full = any_full || full;
        }
        if (any_full)
            total.reason = stop_reason::destination_full;
        return left;
    }

    [[nodiscard]] bool begin_pass(std::error_code& ec) const noexcept;
    void end_pass(std::error_code& ec) noexcept;
    [[nodiscard]] std::size_t room() const noexcept;
    [[nodiscard]] bool goes_on() const noexcept;
    void check_rings();
    void raise_if(std::error_code ec, std::string_view operation) const;

    netmapxx::port port_;
    splice_totals totals_;
    std::vector<char> full_; // per rx ring, NIC first: its destination had no room
    std::size_t room_ = 0;   // free slots of all tx rings when the last pass had moved all it could
    std::array<std::size_t, 2> next_{}; // round robin of to_host() and to_wire()
};

/// Work that an interface does for the host stack.
/// @since 0.1
struct offloads {
    bool tx_checksum = false;   ///< the stack leaves checksums to the NIC
    bool rx_checksum = false;   ///< the stack trusts the NIC's check
    bool segmentation = false;  ///< the stack sends packets longer than the MTU (TSO, GSO)
    bool receive_merge = false; ///< received packets are merged (GRO, LRO)
    bool vlan_tags = false;     ///< VLAN tags travel beside the packet

    /// True if anything is on.
    [[nodiscard]] bool any() const noexcept {
        return tx_checksum || rx_checksum || segmentation || receive_merge || vlan_tags;
    }
    /// Same work.
    friend bool operator==(offloads const&, offloads const&) = default;
};

/// @brief What an interface does for the host stack now.
/// @param ifname name, in the calling thread's network namespace
/// @return what is on
/// @throws error no_such_port, or the system's own code
/// @par Thread safety Any thread, any time.
/// @since 0.1
[[nodiscard]] NETMAPXX_EXPORT offloads offload_state(std::string_view ifname);
/// @copydoc offload_state(std::string_view)
/// @param ec receives the error instead
[[nodiscard]] NETMAPXX_EXPORT offloads offload_state(std::string_view ifname,
                                                     std::error_code& ec) noexcept;

/// @brief Switches off, while it lives, what an interface does for the host
///        stack, as far as its driver lets it be switched.
///
/// Needed with cores that pass packets of the host stack on unfinished; ours
/// finishes them. Exactly what was switched off is switched on again.
/// @snippet kinds.cpp offload_guard
///
/// @par Ownership Move only. Follows the interface when its name changes; one
///      that is gone needs no restoring. A process that is killed restores nothing.
/// @par Thread safety Distinct objects free.
/// @since 0.1
class NETMAPXX_EXPORT offload_guard {
  public:
    /// Guards nothing.
    offload_guard() noexcept;
    /// @brief Switches off.
    /// @param ifname name, in the calling thread's network namespace
    /// @throws error no_such_port, or the system's own code (EPERM)
    explicit offload_guard(std::string_view ifname);
    /// @copydoc offload_guard(std::string_view)
    /// @param ec receives the error instead; nothing is guarded then
    offload_guard(std::string_view ifname, std::error_code& ec) noexcept;
    /// Takes the guard over; `other` guards nothing then.
    offload_guard(offload_guard&& other) noexcept;
    /// Exchanges guards; what this one guarded is restored with `other`.
    offload_guard& operator=(offload_guard&& other) noexcept;
    offload_guard(offload_guard const&) = delete;
    offload_guard& operator=(offload_guard const&) = delete;
    /// Restores; failures stay unsaid.
    ~offload_guard();

    /// True if anything was switched off and will be restored.
    [[nodiscard]] explicit operator bool() const noexcept { return state_ != nullptr; }
    /// @brief Switches on again now.
    /// @throws error with the system's own code; nothing is guarded then
    void restore();
    /// @copydoc restore()
    /// @param ec receives the error instead
    void restore(std::error_code& ec) noexcept;

  private:
    struct saved;
    std::unique_ptr<saved> state_;
};

/// @brief Has an interface take frames for others while this lives.
///
/// The kernel counts such wishes, so several guards and `ip link set promisc
/// on` do not disturb each other, and it forgets ours when the process ends,
/// however that happens.
/// @snippet kinds.cpp promiscuous_guard
///
/// @par Ownership Move only.
/// @par Thread safety Distinct objects free.
/// @since 0.1
class NETMAPXX_EXPORT promiscuous_guard {
  public:
    /// Guards nothing.
    promiscuous_guard() noexcept = default;
    /// @brief Switches on.
    /// @param ifname name, in the calling thread's network namespace
    /// @throws error no_such_port, or the system's own code (EPERM without CAP_NET_RAW)
    explicit promiscuous_guard(std::string_view ifname);
    /// @copydoc promiscuous_guard(std::string_view)
    /// @param ec receives the error instead; nothing is guarded then
    promiscuous_guard(std::string_view ifname, std::error_code& ec) noexcept;

    /// True while the interface is kept promiscuous.
    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(socket_); }
    /// Takes the wish back now.
    void restore() noexcept { socket_ = {}; }

  private:
    unique_fd socket_;
};

} // namespace netmapxx::inline v1::host

#endif // NETMAPXX_HOST_HPP
