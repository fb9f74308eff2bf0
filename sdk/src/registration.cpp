// SPDX-License-Identifier: BSD-2-Clause
#include "registration.hpp"

#include <cerrno>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <netmapxx/error.hpp>

#include "control.hpp"
#include "core_counters.hpp"

namespace netmapxx::inline v1::detail {

namespace {

[[nodiscard]] std::uint32_t mode_of(ring_kind kind) noexcept {
    switch (kind) {
    case ring_kind::one_nic:
        return NR_REG_ONE_NIC;
    case ring_kind::all_host:
        return NR_REG_SW;
    case ring_kind::one_host:
        return NR_REG_ONE_SW;
    case ring_kind::nic_and_host:
        return NR_REG_NIC_SW;
    case ring_kind::all_nic:
        break;
    }
    return NR_REG_ALL_NIC;
}

[[nodiscard]] std::uint64_t flags_of(port_spec const& spec, open_options const& options) noexcept {
    auto const set = [flags = spec.flags()](spec_flags f) { return has(flags, f); };
    std::uint64_t out = 0;
    if (set(spec_flags::exclusive) || options.exclusive)
        out |= NR_EXCLUSIVE;
    if (set(spec_flags::zero_copy_monitor))
        out |= NR_ZCOPY_MON | NR_MONITOR_TX | NR_MONITOR_RX;
    if (set(spec_flags::monitor_tx))
        out |= NR_MONITOR_TX;
    if (set(spec_flags::monitor_rx))
        out |= NR_MONITOR_RX;
    if (set(spec_flags::rx_only) || options.directions == direction_set::rx)
        out |= NR_RX_RINGS_ONLY;
    if (set(spec_flags::tx_only) || options.directions == direction_set::tx)
        out |= NR_TX_RINGS_ONLY;
    if (options.accept_vnet_header)
        out |= NR_ACCEPT_VNET_HDR;
    if (options.keep_offloads)
        out |= NR_OFFLOADS | NR_ACCEPT_VNET_HDR;
    if (!options.tx_sync_in_poll)
        out |= NR_NO_TX_POLL;
    if (options.rx_sync_in_poll)
        out |= NR_DO_RX_POLL;
    if (options.adapter == adapter_choice::require_native)
        out |= NR_NATIVE_ONLY;
    if (options.adapter == adapter_choice::require_emulated)
        out |= NR_EMULATED_ONLY;
    return out;
}

// A number of an option; the parser has checked its range.
[[nodiscard]] std::uint64_t number(std::string const& text) noexcept {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// The value the more specific key gives, else the general one's.
[[nodiscard]] std::uint64_t conf(port_spec const& spec, std::string_view key,
                                 std::string_view general) {
    std::string const* found = nullptr;
    for (auto const& option : spec.options())
        if (option.name == "conf") {
            if (auto const* value = option.find(key); value != nullptr)
                return number(*value);
            if (found == nullptr)
                found = option.find(general);
        }
    return found != nullptr ? number(*found) : 0;
}

[[nodiscard]] spec_option const* find_option(port_spec const& spec, std::string_view name) {
    for (auto const& option : spec.options())
        if (option.name == name)
            return &option;
    return nullptr;
}

void apply_conf(nmreq_register& request, port_spec const& spec, open_options const& options) {
    auto const rings = [&](std::uint16_t wanted, std::string_view key, std::string_view general) {
        return wanted != 0 ? wanted : static_cast<std::uint16_t>(conf(spec, key, general));
    };
    auto const slots = [&](std::uint32_t wanted, std::string_view key) {
        return wanted != 0 ? wanted : static_cast<std::uint32_t>(conf(spec, key, "slots"));
    };
    request.nr_tx_rings = rings(options.tx_rings, "tx-rings", "rings");
    request.nr_rx_rings = rings(options.rx_rings, "rx-rings", "rings");
    request.nr_host_tx_rings = rings(options.host_tx_rings, "host-tx-rings", "host-rings");
    request.nr_host_rx_rings = rings(options.host_rx_rings, "host-rx-rings", "host-rings");
    request.nr_tx_slots = slots(options.tx_slots, "tx-slots");
    request.nr_rx_slots = slots(options.rx_slots, "rx-slots");
}

// Fails for what contradicts itself.
void refuse_unsupported(port_spec const& spec, open_options const& options) {
    auto const refuse = [&](std::string_view feature, std::string_view why) {
        throw error{errc::unsupported_option, "open", spec.to_string(),
                    fmt::format("{}: {}", feature, why)};
    };
    if (!options.external.memory.empty() && find_option(spec, "extmem") != nullptr)
        refuse("extmem", "asked for by the specification and by open_options::external at once");
    bool const offsets = find_option(spec, "offset") != nullptr || options.initial_offset != 0 ||
                         options.max_offset != 0;
    if (offsets && !options.allow_offsets)
        refuse("offset", "the program has not enabled it (allow_offsets)");
}

// Region id of the port that `share` names.
[[nodiscard]] std::uint16_t shared_id(backend& host, port_spec const& spec,
                                      std::string const& target_text) {
    port_spec const target{target_text};
    auto const dev = open_control(host, spec.to_string());
    nmreq_port_info_get info{};
    auto const name = target.core_name();
    control_request request{NETMAP_REQ_PORT_INFO_GET, name, &info};
    int const error = request.send(host, *dev);
    if (error != 0)
        throw netmapxx::error{code_of(error), "share memory with", target_text, request.text()};
    return info.nr_mem_id;
}

[[nodiscard]] std::uint16_t wanted_region(backend& host, port_spec const& spec,
                                          open_options const& options) {
    std::uint16_t id = spec.memory_id().value_or(0);
    auto const merge = [&](std::uint16_t other, std::string_view source) {
        if (id != 0 && other != 0 && id != other)
            throw error{
                errc::region_mismatch, "open", spec.to_string(),
                fmt::format("{} is region {}, but region {} is asked for too", source, other, id)};
        if (other != 0)
            id = other;
    };
    if (options.share)
        merge(options.share.id(), "open_options::share");
    if (auto const* share = find_option(spec, "share"); share != nullptr)
        if (auto const* target = share->find("port"); target != nullptr)
            merge(shared_id(host, spec, *target), *target);
    return id;
}

[[nodiscard]] std::optional<nmreq_opt_offsets> offsets_of(port_spec const& spec,
                                                          open_options const& options) {
    if (!options.allow_offsets)
        return std::nullopt;
    nmreq_opt_offsets out{};
    out.nro_opt.nro_reqtype = NETMAP_REQ_OPT_OFFSETS;
    out.nro_initial_offset = options.initial_offset;
    out.nro_max_offset = options.max_offset;
    out.nro_offset_bits = options.offset_bits;
    if (auto const* option = find_option(spec, "offset"); option != nullptr) {
        if (auto const* initial = option->find("initial"); initial != nullptr)
            out.nro_initial_offset = number(*initial);
        if (auto const* bits = option->find("bits"); bits != nullptr)
            out.nro_offset_bits = static_cast<std::uint32_t>(number(*bits));
    }
    if (out.nro_max_offset < out.nro_initial_offset)
        out.nro_max_offset = out.nro_initial_offset;
    if (out.nro_max_offset == 0)
        return std::nullopt;
    return out;
}

[[nodiscard]] std::uint32_t number_of(spec_option const& option, std::string_view key) noexcept {
    auto const* const value = option.find(key);
    return value != nullptr ? static_cast<std::uint32_t>(number(*value)) : 0;
}

// The pools as the specification or the options want them, and where they are to
// lie; nothing if the region is not to be the program's memory.
[[nodiscard]] std::optional<nmreq_opt_extmem>
external_of(port_spec const& spec, open_options const& options, own_memory& into) {
    external_memory wanted = options.external;
    if (auto const* option = find_option(spec, "extmem"); option != nullptr) {
        auto const* const path = option->find("file");
        into.file = memory_area::of_file(path != nullptr ? *path : std::string{});
        wanted = {.memory = into.file->bytes(),
                  .interface_objects = number_of(*option, "if-num"),
                  .interface_size = number_of(*option, "if-size"),
                  .ring_objects = number_of(*option, "ring-num"),
                  .ring_size = number_of(*option, "ring-size"),
                  .buffer_objects = number_of(*option, "buf-num"),
                  .buffer_size = number_of(*option, "buf-size")};
    }
    into.bytes = wanted.memory;
    if (wanted.memory.empty())
        return std::nullopt;
    nmreq_opt_extmem out{};
    out.nro_opt.nro_reqtype = NETMAP_REQ_OPT_EXTMEM;
    out.nro_opt.nro_size = sizeof out;
    out.nro_usrptr = reinterpret_cast<std::uintptr_t>(wanted.memory.data());
    out.nro_info.nr_memsize = wanted.memory.size();
    out.nro_info.nr_if_pool_objtotal = wanted.interface_objects;
    out.nro_info.nr_if_pool_objsize = wanted.interface_size;
    out.nro_info.nr_ring_pool_objtotal = wanted.ring_objects;
    out.nro_info.nr_ring_pool_objsize = wanted.ring_size;
    out.nro_info.nr_buf_pool_objtotal = wanted.buffer_objects;
    out.nro_info.nr_buf_pool_objsize = wanted.buffer_size;
    return out;
}

// EINVAL has many reasons; asks the core what the port is made of to tell them apart.
[[nodiscard]] std::error_code explain_invalid(backend& host, device& dev, port_spec const& spec) {
    auto const plain = std::make_error_code(std::errc::invalid_argument);
    if (spec.rings().kind == ring_kind::all_nic && !spec.is_monitor())
        return plain;
    nmreq_port_info_get info{};
    auto const name = spec.core_name();
    control_request request{NETMAP_REQ_PORT_INFO_GET, name, &info};
    if (request.send(host, dev) != 0)
        return plain;
    unsigned const index = spec.rings().index;
    bool const no_host = info.nr_host_tx_rings == 0 && info.nr_host_rx_rings == 0;
    switch (spec.rings().kind) {
    case ring_kind::one_nic:
        if (index >= info.nr_tx_rings && index >= info.nr_rx_rings)
            return errc::no_such_ring;
        break;
    case ring_kind::one_host:
        if (no_host)
            return errc::no_host_rings;
        if (index >= info.nr_host_tx_rings && index >= info.nr_host_rx_rings)
            return errc::no_such_ring;
        break;
    case ring_kind::all_host:
    case ring_kind::nic_and_host:
        if (no_host)
            return errc::no_host_rings;
        break;
    case ring_kind::all_nic:
        break;
    }
    return spec.is_monitor() ? make_error_code(errc::target_not_active) : plain;
}

[[nodiscard]] std::error_code explain(int error, backend& host, device& dev, port_spec const& spec,
                                      open_options const& options) {
    switch (error) {
    case EINVAL:
        return explain_invalid(host, dev, spec);
    case EIO:
        if (!options.accept_vnet_header)
            return errc::header_required;
        break;
    case EOPNOTSUPP:
        return errc::unsupported_option;
    default:
        break;
    }
    return code_of(error);
}

// Ports that are an interface to no core, whatever it says of itself.
[[nodiscard]] bool has_no_interface(port_spec const& spec) noexcept {
    return spec.scheme() == port_scheme::vale || spec.pipe().has_value() || spec.is_monitor();
}

[[nodiscard]] std::string_view name_of(adapter_choice choice) noexcept {
    return choice == adapter_choice::require_native ? "require_native" : "require_emulated";
}

// An older core ignores what it is told, so what it did counts.
void check_mode(port_spec const& spec, adapter_choice wanted, port_mode got) {
    bool const native = wanted == adapter_choice::require_native;
    if (wanted == adapter_choice::any || got == port_mode::virtual_ ||
        got == (native ? port_mode::native : port_mode::emulated))
        return;
    if (got == port_mode::unknown && has_no_interface(spec))
        return;
    throw error{errc::unsupported_option, "open", spec.to_string(),
                got == port_mode::unknown
                    ? fmt::format("{}: the core does not say whether the port is native",
                                  name_of(wanted))
                    : fmt::format("{}: the port is {}", name_of(wanted), to_string(got))};
}

} // namespace

nmreq_register register_request(port_spec const& spec, open_options const& options) {
    if (spec.empty())
        throw error{errc::invalid_spec, "open", "", "the specification is empty"};
    refuse_unsupported(spec, options);
    nmreq_register request{};
    request.nr_mode = mode_of(spec.rings().kind);
    request.nr_ringid = spec.rings().index;
    request.nr_flags = flags_of(spec, options);
    request.nr_extra_bufs = options.extra_buffers;
    apply_conf(request, spec, options);
    return request;
}

registration register_port(backend& host, port_spec const& spec, open_options const& options) {
    registration out;
    out.reply = register_request(spec, options);
    out.dev = open_control(host, spec.to_string());
    std::uint16_t const region_id = wanted_region(host, spec, options);
    out.reply.nr_mem_id = region_id;

    auto offsets = offsets_of(spec, options);
    auto const name = spec.core_name();
    control_request request{NETMAP_REQ_REGISTER, name, &out.reply};
    if (offsets)
        request.add(offsets->nro_opt);
    auto extmem = external_of(spec, options, out.external);
    if (extmem)
        request.add(extmem->nro_opt);
    int const error = request.send(host, *out.dev);
    if (error != 0) {
        std::string detail{request.text()};
        auto code = explain(error, host, *out.dev, spec, options);
        if (offsets && offsets->nro_opt.nro_status != 0) {
            code = errc::unsupported_option;
            detail = detail.empty() ? "offset" : fmt::format("offset: {}", detail);
        } else if (extmem && extmem->nro_opt.nro_status != 0) {
            code = code_of(error);
            detail = detail.empty() ? "extmem" : fmt::format("extmem: {}", detail);
        } else if (error == EOPNOTSUPP && options.adapter != adapter_choice::any) {
            detail = fmt::format("{}: {}", name_of(options.adapter), detail);
        }
        throw netmapxx::error{code, "register", spec.to_string(), detail};
    }
    if (region_id != 0 && out.reply.nr_mem_id != region_id)
        throw netmapxx::error{
            errc::region_mismatch, "register", spec.to_string(),
            fmt::format("region {} was asked for, but the port lives in region {}", region_id,
                        out.reply.nr_mem_id)};
    out.mode = mode_of_bound(host, *out.dev);
    check_mode(spec, options.adapter, out.mode);
    return out;
}

} // namespace netmapxx::inline v1::detail
