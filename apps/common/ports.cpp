// SPDX-License-Identifier: BSD-2-Clause
#include "common/ports.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace netmapxx::apps {
namespace {

std::string hint_for(error const& e) {
    if (!e.hint().empty())
        return std::string(e.hint());
    if (e.code() == errc::backend_unavailable)
        return "load the netmap module, or use --backend embedded";
    if (e.code() == condition::denied)
        return "check the mode and group of /dev/netmap, or run with CAP_NET_ADMIN";
    return {};
}

template <class Open> auto opened(port_spec const& spec, Open const& open) {
    try {
        return open();
    } catch (error const& e) {
        throw port_failure(spec.to_string(), e);
    }
}

} // namespace

port_spec parse_port(std::string_view option_names, std::string_view text) {
    try {
        return port_spec::from_user(text);
    } catch (port_spec_error const& e) {
        throw app_failure(exit_code::usage,
                          fmt::format("{}: '{}' is not a port: expected {} at byte {}",
                                      option_names, text, e.expected(), e.position()));
    }
}

port_spec read_exact_port(std::string_view text) {
    auto const colon = text.starts_with("vale") ? text.find(':') : std::string_view::npos;
    auto const head =
        colon == std::string_view::npos ? "netmap:" : std::string(text.substr(0, colon + 1));
    auto const rest = colon == std::string_view::npos ? text : text.substr(colon + 1);
    auto const brace = std::min(rest.find_last_of("{}"), rest.size());
    try {
        return port_spec(fmt::format("{}[{}]{}", head, rest.substr(0, brace), rest.substr(brace)));
    } catch (port_spec_error const&) {
        refuse(text.size() > port_spec::max_core_name
                   ? fmt::format("'{}' is not a port: its name is longer than {} bytes", text,
                                 port_spec::max_core_name)
                   : fmt::format("'{}' is not a port", text));
    }
}

backend_kind read_backend(text_option const& option, std::string_view otherwise) {
    static constexpr backend_kind kinds[] = {backend_kind::device, backend_kind::embedded};
    if (option.given())
        return kinds[read_choice(option, backend_names, 0)];
    return backend_from_name(otherwise);
}

adapter_choice read_adapter(int require_native) noexcept {
    return require_native != 0 ? adapter_choice::require_native : adapter_choice::any;
}

app_failure port_failure(std::string_view port_name, error const& e) {
    auto text = fmt::format("cannot open {}: {}", port_name, e.code().message());
    if (!e.detail().empty())
        text += fmt::format(": {}", e.detail());
    auto const code = e.code() == condition::denied    ? exit_code::denied
                      : e.code() == errc::invalid_spec ? exit_code::usage
                                                       : exit_code::port;
    return {code, text, hint_for(e)};
}

port open_port(port_spec const& spec, open_options const& options) {
    return opened(spec, [&] { return port::open(spec, options); });
}

std::vector<port> open_ring_ports(port_spec const& spec, open_options const& options) {
    return opened(spec, [&] { return port::open_per_ring(spec, options); });
}

void note_backend(messages& say, port_info const& info) {
    if (info.backend == backend_kind::embedded && info.origin == backend_origin::automatic)
        say.note("no netmap device here: using the embedded engine, "
                 "whose ports are visible in this process only");
}

void note_backend(messages& say, backend_choice const& backend) {
    if (backend.kind == backend_kind::embedded)
        say.note(fmt::format(
            "{}using the embedded engine, whose ports are visible in this process only",
            backend.origin == backend_origin::automatic ? "no netmap device here: " : ""));
}

std::string mode_note(port_info const& info) {
    bool const shown = info.mode == port_mode::native || info.mode == port_mode::emulated;
    return shown ? fmt::format(" ({})", to_string(info.mode)) : std::string{};
}

bool is_software_port(port_spec const& spec) noexcept {
    return spec.scheme() == port_scheme::vale || spec.pipe().has_value();
}

} // namespace netmapxx::apps
