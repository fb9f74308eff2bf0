// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/parameters.hpp>

#include <algorithm>
#include <array>
#include <cerrno>

#include <netmapxx/error.hpp>

#include "device.hpp"
#include "guarded.hpp"

namespace netmapxx::inline v1 {

namespace {

struct known {
    std::string_view name;
    std::string_view meaning;
};

constexpr std::array known_parameters{
    known{"admode", "adapter of interfaces: 0 native if there is one, 1 native only, 2 emulated"},
    known{"bridge_batch", "most packets a switch handles at once; 0 drops everything"},
    known{"buf_curr_num", "buffers of the global region now"},
    known{"buf_curr_size", "bytes of a buffer of the global region now"},
    known{"buf_num", "buffers of the global region"},
    known{"buf_size", "bytes of a buffer of the global region"},
    known{"debug", "what to trace, as bits; debug builds only"},
    known{"default_pipes", "ignored; pipes need no room kept for them"},
    known{"fwd", "1: pass packets on between interface and host stack without being asked"},
    known{"generic_hwcsum", "1: emulated adapters let the interface compute checksums"},
    known{"generic_mit", "ns between notifications of an emulated adapter"},
    known{"generic_rings", "rings of an emulated adapter"},
    known{"generic_ringsize", "slots of an emulated ring whose device does not tell"},
    known{"generic_txqdisc", "1: emulated adapters send through a queueing discipline"},
    known{"if_curr_num", "interface objects of the global region now"},
    known{"if_curr_size", "bytes of an interface object of the global region now"},
    known{"if_num", "interface objects of the global region: one for each binding"},
    known{"if_size", "bytes of an interface object of the global region"},
    known{"max_bridges", "switches in a network namespace; set when the module is loaded"},
    known{"no_pendintr", "1: look for received packets without an interrupt"},
    known{"no_timestamp", "1: record no time of receive syncs"},
    known{"priv_buf_num", "least buffers of a private region"},
    known{"priv_buf_size", "least bytes of a buffer of a private region"},
    known{"priv_if_num", "least interface objects of a private region"},
    known{"priv_if_size", "least bytes of an interface object of a private region"},
    known{"priv_ring_num", "least rings of a private region"},
    known{"priv_ring_size", "least bytes of a ring of a private region"},
    known{"ptnet_vnet_hdr", "1: guest devices may use virtio-net headers"},
    known{"ring_curr_num", "rings of the global region now"},
    known{"ring_curr_size", "bytes of a ring of the global region now"},
    known{"ring_num", "rings of the global region, of both directions and host rings together"},
    known{"ring_size", "bytes of a ring of the global region"},
    known{"sink_delay_ns", "ns a packet spends in the sink device"},
    known{"sink_num", "number of sink devices"},
    known{"txsync_retry", "times a switch tries again to deliver to a full ring"},
    known{"verbose", "1: say in the system log why requests fail"},
};

[[nodiscard]] std::string_view meaning_of(std::string_view name) noexcept {
    for (auto const& one : known_parameters)
        if (one.name == name)
            return one.meaning;
    return {};
}

[[nodiscard]] std::shared_ptr<detail::backend> host_of(backend_kind backend) {
    return detail::find_backend(choose_backend(backend).kind);
}

[[nodiscard]] error failure(int code, std::string_view operation, std::string_view name) {
    std::string_view words;
    if (code == ENOENT)
        words = "there is no such parameter";
    else if (code == EROFS)
        words = "it cannot be changed now";
    else if (code == EINVAL)
        words = "the core does not take this value";
    return {std::error_code{code, std::generic_category()}, operation, name, words};
}

} // namespace

namespace detail {

std::vector<std::string> parameter_names_known() {
    std::vector<std::string> out;
    out.reserve(known_parameters.size());
    for (auto const& one : known_parameters)
        out.emplace_back(one.name);
    return out;
}

} // namespace detail

std::vector<parameter> parameters(backend_kind backend) {
    auto const host = host_of(backend);
    std::vector<std::string> names;
    if (int const code = host->parameter_names(names); code != 0)
        throw error{code == ENOENT ? make_error_code(errc::backend_unavailable)
                                   : std::error_code{code, std::generic_category()},
                    "read", "parameters", "the netmap module is not loaded"};
    std::ranges::sort(names);
    std::vector<parameter> out;
    for (auto& name : names) {
        long value = 0;
        if (host->get_parameter(name, value) != 0)
            continue; // not of this core, or not a number
        bool const writable = host->parameter_writable(name);
        auto const meaning = meaning_of(name);
        out.push_back({std::move(name), value, writable, meaning});
    }
    return out;
}

std::vector<parameter> parameters(std::error_code& ec, backend_kind backend) noexcept {
    return detail::guarded(ec, [&] { return parameters(backend); });
}

parameter get_parameter(std::string_view name, backend_kind backend) {
    auto const host = host_of(backend);
    parameter out{std::string{name}, 0, host->parameter_writable(std::string{name}),
                  meaning_of(name)};
    if (int const code = host->get_parameter(out.name, out.value); code != 0)
        throw failure(code, "read parameter", name);
    return out;
}

parameter get_parameter(std::string_view name, std::error_code& ec, backend_kind backend) noexcept {
    return detail::guarded(ec, [&] { return get_parameter(name, backend); });
}

void set_parameter(std::string_view name, long value, backend_kind backend) {
    auto const present = get_parameter(name, backend);
    int const code =
        present.writable ? host_of(backend)->set_parameter(present.name, value) : EROFS;
    if (code != 0)
        throw failure(code, "set parameter", name);
}

void set_parameter(std::string_view name, long value, std::error_code& ec,
                   backend_kind backend) noexcept {
    detail::guarded(ec, [&] { set_parameter(name, value, backend); });
}

} // namespace netmapxx::inline v1
