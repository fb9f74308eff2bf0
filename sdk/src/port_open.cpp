// SPDX-License-Identifier: BSD-2-Clause
// Opening: backend, registration, mapping, ring directory, extra buffers. A
// failure at any step undoes the steps before it, by destructors alone.
#include "port_state.hpp"

#include <algorithm>
#include <utility>

#include <netmapxx/error.hpp>

#include "control.hpp"
#include "log.hpp"

namespace netmapxx::inline v1::detail {

namespace {

[[nodiscard]] port_info describe(port_spec const& spec, registration const& bound,
                                 backend_choice choice) {
    nmreq_register const& reply = bound.reply;
    port_info out;
    out.spec = spec;
    out.name = spec.core_name();
    out.backend = choice.kind;
    out.origin = choice.origin;
    out.tx_rings = reply.nr_tx_rings;
    out.rx_rings = reply.nr_rx_rings;
    out.host_tx_rings = reply.nr_host_tx_rings;
    out.host_rx_rings = reply.nr_host_rx_rings;
    out.tx_slots = reply.nr_tx_slots;
    out.rx_slots = reply.nr_rx_slots;
    out.memory_id = reply.nr_mem_id;
    out.memory_size = reply.nr_memsize;
    out.mode = bound.mode;
    return out;
}

// Length of the virtio-net header; ports that have none may refuse to say so.
[[nodiscard]] std::size_t header_length(backend& host, device& dev,
                                        std::string_view name) noexcept {
    nmreq_port_hdr body{};
    control_request request{NETMAP_REQ_PORT_HDR_GET, name, &body};
    return request.send(host, dev) == 0 ? body.nr_hdr_len : 0;
}

// An older core ignores what it was told, and other kinds of ports have none.
void check_offloads(port_info const& info, open_options const& options) {
    if (options.keep_offloads && info.header_length == 0)
        throw error{errc::unsupported_option, "open", info.spec.to_string(),
                    "keep_offloads: packets of this port have no virtio-net header (interfaces "
                    "of a core that serves NR_OFFLOADS do)"};
}

[[nodiscard]] error damaged(port_info const& info, std::string_view what) {
    return {std::make_error_code(std::errc::bad_address), "open", info.spec.to_string(), what};
}

} // namespace

port_state::port_state(std::shared_ptr<backend> host, registration bound, port_info granted,
                       std::shared_ptr<region_state> region)
    : info(std::move(granted)), memory(std::move(region)),
      pool(std::make_shared<pool_state>(memory)), buffers(pool), host_(std::move(host)),
      dev_(std::move(bound.dev)), monitor_(info.spec.is_monitor()) {
    std::byte* const at = memory->base() + bound.reply.nr_offset;
    if (bound.reply.nr_offset > memory->size() || !memory->contains(at, sizeof(netmap_if)))
        throw damaged(info, "the interface lies outside the region");
    interface_ = reinterpret_cast<netmap_if*>(at);
}

port_state::~port_state() {
    log(log_level::debug, "{}: closing", info.name);
    if (interface_ == nullptr || pool->capacity() == 0)
        return;
    interface_->ni_bufs_head = pool->close();
    // Read after the pool closed: what comes back from now on is an orphan.
    std::size_t const orphans = pool->outstanding();
    if (orphans == 0)
        return;
    memory->add_orphans(orphans);
    log(log_level::warning, "{}: closed while {} extra buffers are in use", info.name, orphans);
}

netmap_ring* port_state::ring_at(std::size_t entry) const {
    auto const offset = interface_->ring_ofs[entry];
    if (offset == 0)
        return nullptr;
    auto* const ring =
        reinterpret_cast<netmap_ring*>(reinterpret_cast<std::byte*>(interface_) + offset);
    if (!memory->contains(ring, sizeof(netmap_ring)))
        throw damaged(info, "a ring lies outside the region");
    auto const bytes = sizeof(netmap_ring) + std::size_t{ring->num_slots} * sizeof(netmap_slot);
    if (ring->num_slots < 2 || !memory->contains(ring, bytes))
        throw damaged(info, "a ring reaches beyond the region");
    return ring;
}

void port_state::set_up(ring_control& ctl, netmap_ring& ring, std::size_t index, bool is_tx,
                        bool host) {
    memory->learn(ring);
    if (memory->buffers() == nullptr)
        throw damaged(info, "the buffers lie outside the region");
    ctl.ring = &ring;
    ctl.slots = ring.slot;
    ctl.buffers = memory->buffers();
    ctl.offset_mask = ring.offset_mask;
    ctl.size = ring.num_slots;
    ctl.buffer_size = ring.nr_buf_size;
    ctl.buffer_count = memory->buffer_count();
    ctl.region = memory.get();
    ctl.index = static_cast<std::uint16_t>(index);
    ctl.tx = is_tx;
    ctl.host = host;
    ctl.head = std::atomic_ref<std::uint32_t>{ring.head}.load(std::memory_order_acquire);
    ctl.cur = std::atomic_ref<std::uint32_t>{ring.cur}.load(std::memory_order_acquire);
    ctl.last_tail = ctl.tail();
    if (ctl.head >= ctl.size || ctl.cur >= ctl.size)
        throw damaged(info, "a ring's indexes lie outside the ring");
}

void port_state::build_directory(bool hide_tx) {
    std::size_t const nic_tx_count = interface_->ni_tx_rings;
    std::size_t const nic_rx_count = interface_->ni_rx_rings;
    std::size_t const tx_count = nic_tx_count + interface_->ni_host_tx_rings;
    std::size_t const rx_count = nic_rx_count + interface_->ni_host_rx_rings;
    std::size_t const entries = tx_count + rx_count;
    if (!memory->contains(interface_, sizeof(netmap_if) + entries * sizeof(std::int64_t)))
        throw damaged(info, "the directory reaches beyond the region");
    controls_ = std::make_unique<ring_control[]>(entries);
    for (std::size_t i = 0; i < entries; ++i) {
        bool const is_tx = i < tx_count;
        std::size_t const index = is_tx ? i : i - tx_count;
        bool const host = index >= (is_tx ? nic_tx_count : nic_rx_count);
        netmap_ring* const ring = ring_at(i);
        if (ring == nullptr || (is_tx && hide_tx))
            continue;
        set_up(controls_[i], *ring, index, is_tx, host);
        if (is_tx) {
            tx.emplace_back(controls_[i]);
            nic_tx += host ? 0 : 1;
        } else {
            rx.emplace_back(controls_[i]);
            nic_rx += host ? 0 : 1;
        }
    }
    info.buffer_size = memory->buffer_size();
}

void port_state::adopt_buffers(std::uint32_t granted) noexcept {
    pool->adopt(interface_->ni_bufs_head, granted);
    info.extra_buffers = pool->capacity();
    // From here on the list is ours; it goes back when the port closes.
    if (pool->capacity() != 0)
        interface_->ni_bufs_head = 0;
}

void port_state::enable_timestamps() noexcept {
    for (rx_ring const ring : rx)
        ring.control().ring->flags |= NR_TIMESTAMP;
}

namespace {

[[nodiscard]] port_features features_of(port_state const& state) noexcept {
    port_features out;
    out.cross_process = state.kind() == backend_kind::device;
    out.poll_syncs = state.kind() == backend_kind::device;
    out.core_statistics = state.info.mode != port_mode::unknown;
    out.error_texts = state.host_knows_error_texts();
    auto const has_offsets = [](auto ring) { return ring.control().offset_mask != 0; };
    out.offsets =
        std::ranges::any_of(state.rx, has_offsets) || std::ranges::any_of(state.tx, has_offsets);
    return out;
}

void report_opened(port_info const& info, open_options const& options) noexcept {
    log(log_level::debug, "{}: opened, region {} of {} bytes, {} backend", info.name,
        info.memory_id, info.memory_size, to_string(info.backend));
    if (info.extra_buffers < options.extra_buffers)
        log(log_level::info, "{}: {} of {} extra buffers were granted", info.name,
            info.extra_buffers, options.extra_buffers);
    if (info.region_pinned)
        log(log_level::info, "{}: the mapping keeps it registered after it is closed", info.name);
}

} // namespace

std::unique_ptr<port_state> open_port(port_spec const& spec, open_options const& options) {
    backend_choice const choice = choose_backend(options.backend);
    auto host = find_backend(choice.kind);
    registration bound = register_port(*host, spec, options);
    auto info = describe(spec, bound, choice);
    auto const subject = spec.to_string();
    auto region = find_region(*host, bound, subject, info.region_pinned);
    info.header_length = header_length(*host, *bound.dev, info.name);
    check_offloads(info, options);

    std::uint32_t const granted = bound.reply.nr_extra_bufs;
    auto state = std::make_unique<port_state>(std::move(host), std::move(bound), std::move(info),
                                              std::move(region));
    state->build_directory(spec.is_monitor());
    state->adopt_buffers(granted);
    if (options.timestamps)
        state->enable_timestamps();
    state->info.features = features_of(*state);
    report_opened(state->info, options);
    return state;
}

} // namespace netmapxx::inline v1::detail
