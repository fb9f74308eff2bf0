// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/port.hpp>

#include <array>
#include <cstring>
#include <utility>

#include "guarded.hpp"
#include "inject.hpp"
#include "port_state.hpp"

namespace netmapxx::inline v1 {

using detail::guarded;
using detail::port_state;

namespace {

[[noreturn]] void raise(std::error_code code, std::string_view operation, port_state const* state) {
    throw error{code, operation, state != nullptr ? state->info.spec.to_string() : "port"};
}

void raise_if(std::error_code code, std::string_view operation, port_state const* state) {
    if (code)
        raise(code, operation, state);
}

template <class Ring>
[[nodiscard]] std::span<Ring const> all(std::vector<Ring> const& rings) noexcept {
    return rings;
}

} // namespace

// --- life ------------------------------------------------------------------

port::port() noexcept = default;
port::port(std::unique_ptr<port_state> state) noexcept : state_(std::move(state)) {}
port::port(port_spec const& spec, open_options const& options)
    : state_(detail::open_port(spec, options)) {}
port::port(std::string_view spec, open_options const& options) : port(port_spec{spec}, options) {}
port::port(port&& other) noexcept = default;
port& port::operator=(port&& other) noexcept {
    if (this != &other) {
        close();
        state_ = std::move(other.state_);
    }
    return *this;
}
port::~port() {
    close();
}

port port::open(port_spec const& spec, open_options const& options) {
    return port{spec, options};
}
port port::open(std::string_view spec, open_options const& options) {
    return port{spec, options};
}

port port::open(port_spec const& spec, open_options const& options, std::error_code& ec) noexcept {
    return guarded(ec, [&] { return open(spec, options); });
}

port port::open(std::string_view spec, open_options const& options, std::error_code& ec) noexcept {
    return guarded(ec, [&] { return open(spec, options); });
}

std::vector<port> port::open_per_ring(port_spec const& spec, open_options const& options) {
    std::vector<port> out;
    auto const kind = spec.rings().kind;
    bool const nic = kind == ring_kind::all_nic || kind == ring_kind::nic_and_host;
    bool const host = kind == ring_kind::all_host || kind == ring_kind::nic_and_host;
    if (!nic && !host) {
        out.emplace_back(spec, options);
        return out;
    }
    // The first one says how many there are, and which region the others share.
    out.emplace_back(nic ? spec.with_ring(0) : spec.with_host(0), options);
    port_info const& info = out.front().info();
    unsigned const nic_pairs = nic ? std::max(info.tx_rings, info.rx_rings) : 0U;
    unsigned const host_pairs = host ? std::max(info.host_tx_rings, info.host_rx_rings) : 0U;
    open_options rest = options;
    rest.backend = info.backend;
    rest.share = out.front().memory();
    out.reserve(std::size_t{nic_pairs} + host_pairs);
    for (unsigned i = 1; i < nic_pairs; ++i)
        out.emplace_back(spec.with_ring(static_cast<std::uint16_t>(i)), rest);
    for (unsigned i = nic ? 0 : 1; i < host_pairs; ++i)
        out.emplace_back(spec.with_host(static_cast<std::uint16_t>(i)), rest);
    return out;
}

std::vector<port> port::open_per_ring(port_spec const& spec, open_options const& options,
                                      std::error_code& ec) noexcept {
    return guarded(ec, [&] { return open_per_ring(spec, options); });
}

port port::reopen(ring_selection rings, open_options options) const {
    if (!state_)
        raise(errc::closed, "reopen", nullptr);
    port_spec spec = state_->info.spec;
    switch (rings.kind) {
    case ring_kind::all_nic:
        spec = spec.with_nic();
        break;
    case ring_kind::one_nic:
        spec = spec.with_ring(rings.index);
        break;
    case ring_kind::all_host:
        spec = spec.with_host();
        break;
    case ring_kind::one_host:
        spec = spec.with_host(rings.index);
        break;
    case ring_kind::nic_and_host:
        spec = spec.with_all();
        break;
    }
    options.backend = state_->kind();
    options.share = memory();
    return port{spec, options};
}

port port::reopen(ring_selection rings, open_options options, std::error_code& ec) const noexcept {
    return guarded(ec, [&] { return reopen(rings, std::move(options)); });
}

void port::close() noexcept {
    state_.reset();
}

void port::close(std::error_code& ec) noexcept {
    ec.clear();
    if (state_ && state_->pool->outstanding() != 0)
        ec = errc::buffers_outstanding;
    else
        close();
}

// --- what there is ---------------------------------------------------------

port_info const& port::info() const noexcept {
    NETMAPXX_ASSERT(state_ && "info() of a closed port");
    return state_->info;
}

port_mode port::mode() const noexcept {
    return state_ ? state_->info.mode : port_mode::unknown;
}

std::span<rx_ring const> port::rx_rings() const noexcept {
    return state_ ? all(state_->rx) : std::span<rx_ring const>{};
}
std::span<tx_ring const> port::tx_rings() const noexcept {
    return state_ ? all(state_->tx) : std::span<tx_ring const>{};
}
std::span<rx_ring const> port::nic_rx_rings() const noexcept {
    return state_ ? rx_rings().first(state_->nic_rx) : rx_rings();
}
std::span<tx_ring const> port::nic_tx_rings() const noexcept {
    return state_ ? tx_rings().first(state_->nic_tx) : tx_rings();
}
std::span<rx_ring const> port::host_rx_rings() const noexcept {
    return state_ ? rx_rings().subspan(state_->nic_rx) : rx_rings();
}
std::span<tx_ring const> port::host_tx_rings() const noexcept {
    return state_ ? tx_rings().subspan(state_->nic_tx) : tx_rings();
}

region port::memory() const noexcept {
    return state_ ? region{state_->memory} : region{};
}

buffer_pool& port::buffers() noexcept {
    NETMAPXX_ASSERT(state_ && "buffers() of a closed port");
    return state_->buffers;
}

int port::native_handle() const noexcept {
    return state_ ? state_->dev().native_handle() : -1;
}

port_stats port::stats() const noexcept {
    return state_ ? state_->stats() : port_stats{};
}

void port::reset_stats() noexcept {
    if (state_)
        state_->reset_stats();
}

core_port_stats port::core_stats() const {
    if (!state_)
        raise(errc::closed, "read counters", nullptr);
    return state_->core_stats();
}

core_port_stats port::core_stats(std::error_code& ec) const noexcept {
    return guarded(ec, [&] { return core_stats(); });
}

// --- syncs -----------------------------------------------------------------

std::error_code port::sync_rx(std::nothrow_t) noexcept {
    return state_ ? state_->sync(direction::rx) : make_error_code(errc::closed);
}
void port::sync_rx(std::error_code& ec) noexcept {
    ec = sync_rx(std::nothrow);
}
void port::sync_rx() {
    raise_if(sync_rx(std::nothrow), "sync rx of", state_.get());
}

std::error_code port::sync_tx(std::nothrow_t) noexcept {
    return state_ ? state_->sync(direction::tx) : make_error_code(errc::closed);
}
void port::sync_tx(std::error_code& ec) noexcept {
    ec = sync_tx(std::nothrow);
}
void port::sync_tx() {
    raise_if(sync_tx(std::nothrow), "sync tx of", state_.get());
}

// --- waits -----------------------------------------------------------------

namespace {

[[nodiscard]] wait_result run_wait(port_state* state, detail::wait_request const& request,
                                   std::error_code& ec) noexcept {
    if (state != nullptr)
        return state->wait(request, ec);
    ec = errc::closed;
    return wait_result::error_event;
}

} // namespace

wait_result port::wait_readable(std::chrono::nanoseconds timeout, std::error_code& ec) noexcept {
    return run_wait(state_.get(), {.rx = true, .timeout = timeout}, ec);
}

wait_result port::wait_readable(std::chrono::nanoseconds timeout) {
    std::error_code ec;
    auto const result = wait_readable(timeout, ec);
    raise_if(ec, "wait for packets on", state_.get());
    return result;
}

wait_result port::wait_writable(std::chrono::nanoseconds timeout, std::size_t min_slots,
                                std::error_code& ec) noexcept {
    return run_wait(state_.get(), {.tx = true, .min_slots = min_slots, .timeout = timeout}, ec);
}

wait_result port::wait_writable(std::chrono::nanoseconds timeout, std::size_t min_slots) {
    std::error_code ec;
    auto const result = wait_writable(timeout, min_slots, ec);
    raise_if(ec, "wait for room on", state_.get());
    return result;
}

wait_result port::wait(wait_events events, std::chrono::nanoseconds timeout,
                       std::error_code& ec) noexcept {
    return run_wait(state_.get(),
                    {.rx = events != wait_events::writable,
                     .tx = events != wait_events::readable,
                     .timeout = timeout},
                    ec);
}

wait_result port::wait(wait_events events, std::chrono::nanoseconds timeout) {
    std::error_code ec;
    auto const result = wait(events, timeout, ec);
    raise_if(ec, "wait on", state_.get());
    return result;
}

wait_result port::flush(std::chrono::nanoseconds timeout, std::error_code& ec) noexcept {
    if (state_)
        return state_->flush(timeout, ec);
    ec = errc::closed;
    return wait_result::error_event;
}

wait_result port::flush(std::chrono::nanoseconds timeout) {
    std::error_code ec;
    auto const result = flush(timeout, ec);
    raise_if(ec, "flush", state_.get());
    return result;
}

port_wait_handle port::wait_handle(direction dir, std::error_code& ec) const noexcept {
    port_wait_handle handle;
    ec = errc::closed;
    if (state_) {
        int const error = state_->dev().wait_handle(dir, handle);
        ec = {error, std::generic_category()};
    }
    return handle;
}

port_wait_handle port::wait_handle(direction dir) const {
    std::error_code ec;
    auto const handle = wait_handle(dir, ec);
    raise_if(ec, "make a wait handle of", state_.get());
    return handle;
}

void port::arm(direction dir, std::error_code& ec) noexcept {
    ec = state_ ? std::error_code{state_->dev().arm(dir), std::generic_category()}
                : make_error_code(errc::closed);
}

void port::arm(direction dir) {
    std::error_code ec;
    arm(dir, ec);
    raise_if(ec, "arm", state_.get());
}

// --- sending one packet ----------------------------------------------------

bool port::inject(std::span<std::span<std::byte const> const> pieces,
                  std::error_code& ec) noexcept {
    if (state_)
        return state_->inject(pieces, ec);
    ec = errc::closed;
    return false;
}

bool port::inject(std::span<std::span<std::byte const> const> pieces) {
    std::error_code ec;
    bool const done = inject(pieces, ec);
    raise_if(ec, "inject into", state_.get());
    return done;
}

bool port::inject(std::span<std::byte const> packet, std::error_code& ec) noexcept {
    if (state_ && state_->inject_one(packet)) [[likely]] {
        ec.clear();
        return true;
    }
    return inject(std::span{&packet, 1}, ec);
}

bool port::inject(std::span<std::byte const> packet) {
    if (state_ && state_->inject_one(packet)) [[likely]]
        return true;
    return inject(std::span{&packet, 1});
}

namespace detail {

// A packet of one slot on the ring whose turn it is. False if that ring is full
// or the packet longer than that; then the general way decides.
bool port_state::inject_one(std::span<std::byte const> packet) noexcept {
    if (next_tx_ >= tx.size())
        return false;
    ring_control& ctl = tx[next_tx_].control();
    NETMAPXX_ASSERT(!ctl.reserved && "inject into a ring with a live reservation");
    netmap_slot& slot = ctl.slots[ctl.head];
    if (ctl.owned() == 0 || packet.size() > ctl.capacity(slot) || packet.size() > 0xffff ||
        packet.empty())
        return false;
    std::memcpy(ctl.buffer(slot) + ctl.offset(slot), packet.data(), packet.size());
    slot.len = static_cast<std::uint16_t>(packet.size());
    slot.flags = static_cast<std::uint16_t>((slot.flags & NS_BUF_CHANGED) | NS_REPORT);
    bump(ctl.counters.packets);
    bump(ctl.counters.bytes, packet.size());
    ctl.give(1);
    next_tx_ = next_tx_ + 1 == tx.size() ? 0 : next_tx_ + 1;
    return true;
}

bool port_state::inject(std::span<std::span<std::byte const> const> pieces,
                        std::error_code& ec) noexcept {
    ec.clear();
    auto const append = [pieces](tx_batch& batch) {
        return pieces.size() == 1 ? batch.append(pieces[0]) : batch.append(pieces);
    };
    if (send_round_robin(tx, next_tx_, append))
        return true;
    std::size_t bytes = 0;
    for (auto const piece : pieces)
        bytes += piece.size();
    ec = never_fits(tx, bytes);
    return false;
}

} // namespace detail

} // namespace netmapxx::inline v1
