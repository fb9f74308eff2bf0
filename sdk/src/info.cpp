// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/info.hpp>

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <unistd.h>

#include "control.hpp"
#include "guarded.hpp"

namespace netmapxx::inline v1 {

namespace {

[[nodiscard]] region_description to_region(nmreq_pools_info const& from) noexcept {
    return {
        .id = from.nr_mem_id,
        .size = from.nr_memsize,
        .interfaces = {from.nr_if_pool_offset, from.nr_if_pool_objsize, from.nr_if_pool_objtotal},
        .rings = {from.nr_ring_pool_offset, from.nr_ring_pool_objsize, from.nr_ring_pool_objtotal},
        .buffers = {from.nr_buf_pool_offset, from.nr_buf_pool_objsize, from.nr_buf_pool_objtotal}};
}

} // namespace

port_description port_information(port_spec const& spec, backend_kind backend) {
    auto const name = spec.core_name();
    nmreq_port_info_get body{};
    detail::ask(backend, {NETMAP_REQ_PORT_INFO_GET, name, &body}, "describe", spec.to_string());
    return {.name = name,
            .memory_size = body.nr_memsize,
            .memory_id = body.nr_mem_id,
            .tx_slots = body.nr_tx_slots,
            .rx_slots = body.nr_rx_slots,
            .tx_rings = body.nr_tx_rings,
            .rx_rings = body.nr_rx_rings,
            .host_tx_rings = body.nr_host_tx_rings,
            .host_rx_rings = body.nr_host_rx_rings};
}

port_description port_information(port_spec const& spec, std::error_code& ec,
                                  backend_kind backend) noexcept {
    return detail::guarded(ec, [&] { return port_information(spec, backend); });
}

region_description pools(port_spec const& spec, backend_kind backend) {
    auto const name = spec.core_name();
    nmreq_pools_info body{};
    body.nr_mem_id = spec.memory_id().value_or(0);
    detail::ask(backend, {NETMAP_REQ_POOLS_INFO_GET, name, &body}, "describe the memory of",
                spec.to_string());
    return to_region(body);
}

region_description pools(port_spec const& spec, std::error_code& ec,
                         backend_kind backend) noexcept {
    return detail::guarded(ec, [&] { return pools(spec, backend); });
}

region_description pools(std::uint16_t memory_id, backend_kind backend) {
    // A port of nobody else's name; it is gone when the request has been answered.
    auto const name = fmt::format("vale_pools:{}", ::getpid());
    nmreq_pools_info body{};
    body.nr_mem_id = memory_id;
    detail::ask(backend, {NETMAP_REQ_POOLS_INFO_GET, name, &body}, "describe",
                fmt::format("region {}", memory_id));
    return to_region(body);
}

region_description pools(std::uint16_t memory_id, std::error_code& ec,
                         backend_kind backend) noexcept {
    return detail::guarded(ec, [&] { return pools(memory_id, backend); });
}

std::size_t header_length(port_spec const& spec, backend_kind backend) {
    auto const name = spec.core_name();
    nmreq_port_hdr body{};
    detail::ask(backend, {NETMAP_REQ_PORT_HDR_GET, name, &body}, "read the header length of",
                spec.to_string());
    return body.nr_hdr_len;
}

std::size_t header_length(port_spec const& spec, std::error_code& ec,
                          backend_kind backend) noexcept {
    return detail::guarded(ec, [&] { return header_length(spec, backend); });
}

void set_header_length(port_spec const& spec, std::size_t bytes, backend_kind backend) {
    auto const name = spec.core_name();
    // What the field cannot hold is wrong as well, and must not become right by being cut.
    constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
    nmreq_port_hdr body{static_cast<std::uint32_t>(std::min(bytes, most)), 0};
    detail::ask(backend, {NETMAP_REQ_PORT_HDR_SET, name, &body}, "set the header length of",
                spec.to_string());
}

void set_header_length(port_spec const& spec, std::size_t bytes, std::error_code& ec,
                       backend_kind backend) noexcept {
    detail::guarded(ec, [&] { set_header_length(spec, bytes, backend); });
}

} // namespace netmapxx::inline v1
