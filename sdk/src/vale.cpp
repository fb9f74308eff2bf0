// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/vale.hpp>

#include <cerrno>

#include <netmapxx/error.hpp>

#include "control.hpp"
#include "guarded.hpp"

namespace netmapxx::inline v1::vale {

namespace {

/// What VALE_LIST answers for a port that its switch does not have.
constexpr std::uint32_t not_in_switch = 255;

// The core's name of a switch port; nothing but a name may be given.
[[nodiscard]] std::string switch_port(port_spec const& spec, std::string_view operation) {
    bool const plain = spec.scheme() == port_scheme::vale && !spec.pipe() &&
                       spec.rings() == ring_selection{} && spec.flags() == spec_flags::none &&
                       !spec.memory_id() && spec.options().empty();
    if (!plain)
        throw error{errc::invalid_spec, operation, spec.to_string(),
                    "expected a switch port and nothing else, as vale0:eth0"};
    return spec.core_name();
}

// A name in a field of the ABI: what does not fit must not be cut.
void check_interface(std::string_view name, std::string_view operation) {
    if (name.empty() || name.size() > port_spec::max_core_name)
        throw error{std::make_error_code(std::errc::invalid_argument), operation, name,
                    "expected the name of an interface"};
}

[[nodiscard]] std::uint32_t mode_of(polling_mode mode) noexcept {
    return mode == polling_mode::single ? NETMAP_POLLING_MODE_SINGLE_CPU
                                        : NETMAP_POLLING_MODE_MULTI_CPU;
}

} // namespace

std::vector<entry> list(backend_kind backend) {
    auto const host = detail::find_backend(choose_backend(backend).kind);
    auto const dev = detail::open_control(*host, "switches");
    std::vector<entry> out;
    nmreq_vale_list body{};
    for (;;) {
        detail::control_request request{NETMAP_REQ_VALE_LIST, "", &body};
        int const error = request.send(*host, *dev);
        if (error == ENOENT)
            return out;
        if (error != 0)
            throw netmapxx::error{detail::code_of(error), "list", "switches", request.text()};
        out.push_back({std::string{request.name()}, body.nr_bridge_idx, body.nr_port_idx});
        ++body.nr_port_idx;
    }
}

std::vector<entry> list(std::error_code& ec, backend_kind backend) noexcept {
    return detail::guarded(ec, [&] { return list(backend); });
}

std::optional<entry> find(port_spec const& spec, backend_kind backend) {
    auto const name = switch_port(spec, "find");
    auto const host = detail::find_backend(choose_backend(backend).kind);
    auto const dev = detail::open_control(*host, name);
    nmreq_vale_list body{};
    detail::control_request request{NETMAP_REQ_VALE_LIST, name, &body};
    int const error = request.send(*host, *dev);
    if (error == ENOENT || (error == 0 && body.nr_port_idx == not_in_switch))
        return std::nullopt;
    if (error != 0)
        throw netmapxx::error{detail::code_of(error), "find", name, request.text()};
    return entry{name, body.nr_bridge_idx, body.nr_port_idx};
}

std::optional<entry> find(port_spec const& spec, std::error_code& ec,
                          backend_kind backend) noexcept {
    return detail::guarded(ec, [&] { return find(spec, backend); });
}

std::uint32_t attach(port_spec const& spec, attach_options const& options, backend_kind backend) {
    auto const name = switch_port(spec, "attach");
    nmreq_vale_attach body{};
    body.reg.nr_mode = options.with_host ? NR_REG_NIC_SW : NR_REG_ALL_NIC;
    body.reg.nr_tx_slots = options.config.tx_slots;
    body.reg.nr_rx_slots = options.config.rx_slots;
    body.reg.nr_tx_rings = options.config.tx_rings;
    body.reg.nr_rx_rings = options.config.rx_rings;
    body.reg.nr_mem_id = options.config.memory_id;
    detail::ask(backend, {NETMAP_REQ_VALE_ATTACH, name, &body}, "attach", name);
    return body.port_index;
}

std::uint32_t attach(port_spec const& spec, attach_options const& options, std::error_code& ec,
                     backend_kind backend) noexcept {
    return detail::guarded(ec, [&] { return attach(spec, options, backend); });
}

std::uint32_t detach(port_spec const& spec, backend_kind backend) {
    auto const name = switch_port(spec, "detach");
    nmreq_vale_detach body{};
    detail::ask(backend, {NETMAP_REQ_VALE_DETACH, name, &body}, "detach", name);
    return body.port_index;
}

std::uint32_t detach(port_spec const& spec, std::error_code& ec, backend_kind backend) noexcept {
    return detail::guarded(ec, [&] { return detach(spec, backend); });
}

port_config create(std::string_view name, port_config const& config, backend_kind backend) {
    check_interface(name, "create");
    nmreq_vale_newif body{config.tx_slots, config.rx_slots,  config.tx_rings,
                          config.rx_rings, config.memory_id, 0};
    detail::ask(backend, {NETMAP_REQ_VALE_NEWIF, name, &body}, "create", name);
    return {body.nr_tx_slots, body.nr_rx_slots, body.nr_tx_rings, body.nr_rx_rings, body.nr_mem_id};
}

port_config create(std::string_view name, port_config const& config, std::error_code& ec,
                   backend_kind backend) noexcept {
    return detail::guarded(ec, [&] { return create(name, config, backend); });
}

void destroy(std::string_view name, backend_kind backend) {
    check_interface(name, "delete");
    detail::ask(backend, {NETMAP_REQ_VALE_DELIF, name, nullptr}, "delete", name);
}

void destroy(std::string_view name, std::error_code& ec, backend_kind backend) noexcept {
    detail::guarded(ec, [&] { destroy(name, backend); });
}

void start_polling(port_spec const& spec, polling const& how, backend_kind backend) {
    auto const name = switch_port(spec, "start polling of");
    nmreq_vale_polling body{mode_of(how.mode), how.first_cpu, how.cpus, 0};
    detail::ask(backend, {NETMAP_REQ_VALE_POLLING_ENABLE, name, &body}, "start polling of", name);
}

void start_polling(port_spec const& spec, polling const& how, std::error_code& ec,
                   backend_kind backend) noexcept {
    detail::guarded(ec, [&] { start_polling(spec, how, backend); });
}

void stop_polling(port_spec const& spec, backend_kind backend) {
    auto const name = switch_port(spec, "stop polling of");
    nmreq_vale_polling body{};
    detail::ask(backend, {NETMAP_REQ_VALE_POLLING_DISABLE, name, &body}, "stop polling of", name);
}

void stop_polling(port_spec const& spec, std::error_code& ec, backend_kind backend) noexcept {
    detail::guarded(ec, [&] { stop_polling(spec, backend); });
}

} // namespace netmapxx::inline v1::vale
