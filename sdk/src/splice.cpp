// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/host.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "guarded.hpp"
#include "inject.hpp"
#include "port_state.hpp"

namespace netmapxx::inline v1::host {

namespace {

[[nodiscard]] port_spec with_host_rings(port_spec const& spec) {
    switch (spec.rings().kind) {
    case ring_kind::all_nic:
        return spec.with_all();
    case ring_kind::nic_and_host:
        return spec;
    default:
        throw error{errc::invalid_spec, "splice", spec.to_string(),
                    "expected all rings of an interface, as netmap:eth0"};
    }
}

// Keeps the packets on rings whose destination is full from ending a wait.
class held_rings {
  public:
    held_rings(std::span<rx_ring const> rings, std::span<char const> which) noexcept
        : rings_(rings) {
        for (std::size_t r = 0; r < rings.size(); ++r)
            if (which[r] != 0)
                rings[r].hold();
    }
    held_rings(held_rings const&) = delete;
    held_rings& operator=(held_rings const&) = delete;
    ~held_rings() {
        for (rx_ring const ring : rings_)
            if (ring.control().cur != ring.control().head)
                ring.control().publish_cur(ring.control().head);
    }

  private:
    std::span<rx_ring const> rings_;
};

[[nodiscard]] bool send(std::span<tx_ring const> rings, std::size_t& next, packet_view packet,
                        std::error_code& ec) noexcept {
    std::array<std::span<std::byte const>, max_fragments> pieces;
    auto const append = [&](tx_batch& batch) {
        if (batch.append_exchange(packet))
            return true;
        if (packet.slots()[0].control().region == rings.front().control().region ||
            packet.fragment_count() > pieces.size())
            return false; // for lack of room
        std::size_t count = 0;
        for (auto const piece : packet.fragments())
            pieces.at(count++) = piece;
        return batch.append(std::span{pieces}.first(count));
    };
    if (detail::send_round_robin(rings, next, append))
        return true;
    auto const long_enough = [&](tx_ring ring) { return packet.fragment_count() < ring.size(); };
    ec = std::ranges::any_of(rings, long_enough) ? detail::never_fits(rings, packet.size())
                                                 : make_error_code(errc::packet_too_large);
    return false;
}

[[nodiscard]] bool send(std::span<tx_ring const> rings, std::size_t& next,
                        std::span<std::byte const> packet, std::error_code& ec) noexcept {
    if (detail::send_round_robin(rings, next,
                                 [&](tx_batch& batch) { return batch.append(packet); }))
        return true;
    ec = detail::never_fits(rings, packet.size());
    return false;
}

template <class Packet>
[[nodiscard]] bool send(port const& through, std::span<tx_ring const> rings, std::size_t& next,
                        Packet packet, std::error_code& ec) noexcept {
    ec = through.is_open() ? std::error_code{} : make_error_code(errc::closed);
    return !ec && send(rings, next, packet, ec);
}

[[nodiscard]] std::size_t send_all(port const& through, std::span<tx_ring const> rings,
                                   std::size_t& next,
                                   std::span<std::span<std::byte const> const> packets,
                                   std::error_code& ec) noexcept {
    ec = through.is_open() ? std::error_code{} : make_error_code(errc::closed);
    std::size_t done = 0;
    while (!ec && done < packets.size() && send(rings, next, packets[done], ec))
        ++done;
    return done;
}

} // namespace

// --- life ------------------------------------------------------------------

splice::splice(port_spec const& spec, open_options const& options)
    : splice(netmapxx::port{with_host_rings(spec), options}) {}

splice::splice(std::string_view spec, open_options const& options)
    : splice(port_spec{spec}, options) {}

splice::splice(netmapxx::port&& opened) : port_(std::move(opened)) {
    raise_if(port_.is_open() ? std::error_code{} : make_error_code(errc::closed), "splice");
    check_rings();
    full_.resize(port_.rx_rings().size());
}

splice splice::open(port_spec const& spec, open_options const& options,
                    std::error_code& ec) noexcept {
    return detail::guarded(ec, [&] { return splice{spec, options}; });
}

void splice::check_rings() {
    auto const need = [this](bool empty, std::string_view what) {
        if (empty)
            throw error{errc::no_host_rings, "splice", port_.info().spec.to_string(), what};
    };
    need(port_.nic_rx_rings().empty(), "no NIC rx rings are bound");
    need(port_.nic_tx_rings().empty(), "no NIC tx rings are bound");
    need(port_.host_rx_rings().empty(), "no host rx rings are bound");
    need(port_.host_tx_rings().empty(), "no host tx rings are bound");
}

netmapxx::port splice::release() noexcept {
    full_.clear();
    return std::move(port_);
}

void splice::raise_if(std::error_code ec, std::string_view operation) const {
    if (ec)
        throw error{ec, operation, port_.is_open() ? port_.info().spec.to_string() : "port"};
}

// --- single packets --------------------------------------------------------

bool splice::to_host(packet_view packet, std::error_code& ec) noexcept {
    return send(port_, port_.host_tx_rings(), next_[0], packet, ec);
}
bool splice::to_host(std::span<std::byte const> packet, std::error_code& ec) noexcept {
    return send(port_, port_.host_tx_rings(), next_[0], packet, ec);
}
std::size_t splice::to_host_batch(std::span<std::span<std::byte const> const> packets,
                                  std::error_code& ec) noexcept {
    return send_all(port_, port_.host_tx_rings(), next_[0], packets, ec);
}
bool splice::to_wire(packet_view packet, std::error_code& ec) noexcept {
    return send(port_, port_.nic_tx_rings(), next_[1], packet, ec);
}
bool splice::to_wire(std::span<std::byte const> packet, std::error_code& ec) noexcept {
    return send(port_, port_.nic_tx_rings(), next_[1], packet, ec);
}
std::size_t splice::to_wire_batch(std::span<std::span<std::byte const> const> packets,
                                  std::error_code& ec) noexcept {
    return send_all(port_, port_.nic_tx_rings(), next_[1], packets, ec);
}

bool splice::to_host(packet_view packet) {
    std::error_code ec;
    bool const done = to_host(packet, ec);
    raise_if(ec, "send to the host of");
    return done;
}
bool splice::to_host(std::span<std::byte const> packet) {
    std::error_code ec;
    bool const done = to_host(packet, ec);
    raise_if(ec, "send to the host of");
    return done;
}
std::size_t splice::to_host_batch(std::span<std::span<std::byte const> const> packets) {
    std::error_code ec;
    auto const done = to_host_batch(packets, ec);
    raise_if(ec, "send to the host of");
    return done;
}
bool splice::to_wire(packet_view packet) {
    std::error_code ec;
    bool const done = to_wire(packet, ec);
    raise_if(ec, "send through");
    return done;
}
bool splice::to_wire(std::span<std::byte const> packet) {
    std::error_code ec;
    bool const done = to_wire(packet, ec);
    raise_if(ec, "send through");
    return done;
}
std::size_t splice::to_wire_batch(std::span<std::span<std::byte const> const> packets) {
    std::error_code ec;
    auto const done = to_wire_batch(packets, ec);
    raise_if(ec, "send through");
    return done;
}

// --- both ways -------------------------------------------------------------

std::uint64_t splice::pump(std::size_t max_slots) {
    return pump_if(pass_all{}, max_slots);
}

std::uint64_t splice::pump(std::size_t max_slots, std::error_code& ec) noexcept {
    return pump_if(pass_all{}, max_slots, ec);
}

bool splice::begin_pass(std::error_code& ec) const noexcept {
    ec = is_open() ? std::error_code{} : make_error_code(errc::closed);
    return !ec;
}

// Tx first: it makes room, and what rx brings is not looked at before the next pass.
void splice::end_pass(std::error_code& ec) noexcept {
    room_ = room(); // what the sync adds is news to wait()
    ec = port_.sync_tx(std::nothrow);
    if (auto const rx = port_.sync_rx(std::nothrow); !ec)
        ec = rx;
}

std::size_t splice::room() const noexcept {
    std::size_t sum = 0;
    for (tx_ring const ring : port_.tx_rings())
        sum += ring.space();
    return sum;
}

// Packets on a ring whose destination has room, or more room than there was.
bool splice::goes_on() const noexcept {
    if (room() > room_)
        return true;
    return std::ranges::any_of(port_.rx_rings(), [](rx_ring ring) {
        auto& ctl = ring.control();
        return ctl.cur != ctl.head ? ctl.tail() != ctl.cur : !ring.peek(1).empty();
    });
}

wait_result splice::wait(std::chrono::nanoseconds timeout, std::error_code& ec) noexcept {
    if (!begin_pass(ec))
        return wait_result::error_event;
    if (std::ranges::find(full_, char{1}) == full_.end())
        return port_.wait_readable(timeout, ec);
    held_rings const held{port_.rx_rings(), full_};
    auto const ended = [](void const* self) { return static_cast<splice const*>(self)->goes_on(); };
    return detail::port_access::state(port_)->wait(
        {.rx = true, .tx = true, .timeout = timeout, .ended = ended, .asker = this}, ec);
}

wait_result splice::wait(std::chrono::nanoseconds timeout) {
    std::error_code ec;
    auto const result = wait(timeout, ec);
    raise_if(ec, "wait for packets on");
    return result;
}

void splice::enable_transparent(bool on, std::error_code& ec) noexcept {
    if (!begin_pass(ec))
        return;
    for (rx_ring const ring : port_.rx_rings()) {
        std::atomic_ref<std::uint32_t> const flags{ring.control().ring->flags};
        if (on)
            flags.fetch_or(NR_FORWARD, std::memory_order_relaxed);
        else
            flags.fetch_and(~std::uint32_t{NR_FORWARD}, std::memory_order_relaxed);
    }
}

void splice::enable_transparent(bool on) {
    std::error_code ec;
    enable_transparent(on, ec);
    raise_if(ec, "forward transparently at");
}

} // namespace netmapxx::inline v1::host
