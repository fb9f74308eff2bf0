// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/stats.hpp>

#include <algorithm>
#include <cerrno>
#include <numeric>

#include <net/netmap.h>

#include <netmapxx/error.hpp>

#include "control.hpp"
#include "core_counters.hpp"
#include "guarded.hpp"
#include "port_state.hpp"

namespace netmapxx::inline v1 {

namespace {

static_assert(static_cast<int>(drop_reason::offload) == NETMAP_DROP_OFFLOAD &&
              drop_reason_count <= NETMAP_DROP_REASONS);

[[nodiscard]] core_ring_stats to_ring(nmreq_stats_get const& from) noexcept {
    core_ring_stats out;
    out.tx = from.nr_dir == 1;
    out.index = from.nr_ring;
    out.packets = from.nr_packets;
    out.bytes = from.nr_bytes;
    out.syncs = from.nr_syncs;
    out.wakeups = from.nr_wakeups;
    out.bad_rings = from.nr_bad_rings;
    std::span const drops{from.nr_drops};
    std::ranges::copy(drops.first<drop_reason_count>(), out.drops.begin());
    auto const others = drops.subspan<drop_reason_count>();
    out.other_drops = std::accumulate(others.begin(), others.end(), std::uint64_t{0});
    return out;
}

[[nodiscard]] port_mode to_mode(nmreq_stats_get const& from) noexcept {
    return from.nr_port_mode <= NETMAP_PORT_EMULATED ? static_cast<port_mode>(from.nr_port_mode)
                                                     : port_mode::unknown;
}

// One direction's rings, until there are no more. False with other cores.
[[nodiscard]] bool walk(detail::backend& host, detail::device& dev, std::string_view name,
                        std::string_view subject, bool tx, std::vector<core_ring_stats>& rings,
                        core_port_stats& port) {
    for (std::uint32_t ring = 0;; ++ring) {
        nmreq_stats_get body{};
        body.nr_dir = tx ? 1 : 0;
        body.nr_ring = ring;
        detail::control_request request{NETMAP_REQ_STATS_GET, name, &body};
        int const error = request.send(host, dev);
        if (error == ENOENT)
            return true;
        if (error == EINVAL || error == EOPNOTSUPP)
            return false;
        if (error != 0)
            throw netmapxx::error{detail::code_of(error), "read counters of", subject,
                                  request.text()};
        rings.push_back(to_ring(body));
        port.memory = core_memory_stats{body.nr_mem_id, body.nr_mem_capacity, body.nr_mem_populated,
                                        body.nr_bufs_total, body.nr_bufs_used};
        port.mode = to_mode(body);
        if (body.nr_port_mode != 0) // before there were modes, this was padding
            port.opens = body.nr_opens;
    }
}

} // namespace

ring_stats& ring_stats::operator+=(ring_stats const& other) noexcept {
    packets += other.packets;
    bytes += other.bytes;
    slots += other.slots;
    syncs += other.syncs;
    empty_syncs += other.empty_syncs;
    full_events += other.full_events;
    resets += other.resets;
    exchanged += other.exchanged;
    copied += other.copied;
    dropped_chains += other.dropped_chains;
    bad_slots += other.bad_slots;
    suspected_overruns += other.suspected_overruns;
    if (other.smallest_space)
        smallest_space =
            std::min(smallest_space.value_or(*other.smallest_space), *other.smallest_space);
    return *this;
}

std::string_view to_string(drop_reason reason) noexcept {
    switch (reason) {
    case drop_reason::no_room:
        return "receiver full";
    case drop_reason::too_short:
        return "too short";
    case drop_reason::no_destination:
        return "no destination";
    case drop_reason::too_many_fragments:
        return "too many fragments";
    case drop_reason::bad_slot:
        return "bad slot";
    case drop_reason::bad_indirect:
        return "bad indirect address";
    case drop_reason::vnet_header:
        return "bad virtio-net header";
    case drop_reason::detached:
        return "port not in a switch";
    case drop_reason::disabled:
        return "switch told to drop";
    case drop_reason::too_long:
        return "too long for receiver";
    case drop_reason::offload:
        return "offload not possible";
    }
    return "unknown";
}

std::string_view to_string(port_mode mode) noexcept {
    switch (mode) {
    case port_mode::virtual_:
        return "virtual";
    case port_mode::native:
        return "native";
    case port_mode::emulated:
        return "emulated";
    case port_mode::unknown:
        break;
    }
    return "unknown";
}

core_port_stats core_stats(port_spec const& spec, backend_kind backend) {
    auto const host = detail::find_backend(choose_backend(backend).kind);
    auto const subject = spec.to_string();
    if (spec.is_monitor())
        throw error{errc::invalid_spec, "read counters of", subject,
                    "a monitor's counters can only be asked for by who opened it"};
    auto const dev = detail::open_control(*host, subject);
    return detail::read_counters(*host, *dev, spec.core_name(), subject);
}

core_port_stats core_stats(port_spec const& spec, std::error_code& ec,
                           backend_kind backend) noexcept {
    return detail::guarded(ec, [&] { return core_stats(spec, backend); });
}

namespace detail {

core_port_stats read_counters(backend& host, device& dev, std::string_view name,
                              std::string_view subject) {
    std::vector<core_ring_stats> rings;
    core_port_stats port;
    if (!walk(host, dev, name, subject, true, rings, port) ||
        !walk(host, dev, name, subject, false, rings, port))
        return {};
    port.rings = std::move(rings);
    return port;
}

port_mode mode_of_bound(backend& host, device& dev) noexcept {
    for (std::uint32_t const dir : {0U, 1U}) { // a port may have rings of one direction only
        nmreq_stats_get body{};
        body.nr_dir = dir;
        control_request request{NETMAP_REQ_STATS_GET, {}, &body};
        if (request.send(host, dev) == 0)
            return to_mode(body);
    }
    return port_mode::unknown;
}

core_port_stats port_state::core_stats() const {
    return read_counters(*host_, *dev_, {}, info.spec.to_string());
}

port_stats port_state::stats() const noexcept {
    port_stats out;
    for (rx_ring const ring : rx)
        out.rx += ring.stats();
    for (tx_ring const ring : tx)
        out.tx += ring.stats();
    auto const read = [](std::uint64_t const& counter) {
        // atomic_ref of const objects is C++26; nothing is written here.
        auto& writable = const_cast<std::uint64_t&>(counter); // NOLINT(*-const-cast)
        return std::atomic_ref<std::uint64_t>{writable}.load(std::memory_order_relaxed);
    };
    out.wakeups = read(wakeups_);
    out.timeouts = read(timeouts_);
    return out;
}

void port_state::reset_stats() noexcept {
    for (rx_ring const ring : rx)
        reset(ring.control().counters);
    for (tx_ring const ring : tx)
        reset(ring.control().counters);
    for (auto* const counter : {&wakeups_, &timeouts_})
        std::atomic_ref<std::uint64_t>{*counter}.store(0, std::memory_order_relaxed);
}

} // namespace detail

} // namespace netmapxx::inline v1
