// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/port_spec.hpp>

#include <algorithm>
#include <array>
#include <new>

#include <fmt/format.h>

#include "spec_parser.hpp"

namespace netmapxx::inline v1 {

using detail::spec_parser;

namespace {

[[nodiscard]] port_spec parse_or_throw(std::string_view text, spec_parser::bare_names bare) {
    spec_parser parser{text, bare};
    if (!parser.run())
        throw port_spec_error{text, parser.position(), parser.expected()};
    return parser.spec();
}

[[nodiscard]] port_spec parse_or_code(std::string_view text, spec_parser::bare_names bare,
                                      std::error_code& ec) noexcept {
    try {
        spec_parser parser{text, bare};
        if (parser.run()) {
            ec.clear();
            return parser.spec();
        }
        ec = errc::invalid_spec;
    } catch (std::bad_alloc const&) {
        ec = make_error_code(std::errc::not_enough_memory);
    }
    return {};
}

[[nodiscard]] std::string mode_text(ring_selection rings) {
    switch (rings.kind) {
    case ring_kind::one_nic:
        return fmt::format("-{}", rings.index);
    case ring_kind::all_host:
        return "^";
    case ring_kind::one_host:
        return fmt::format("^{}", rings.index);
    case ring_kind::nic_and_host:
        return "*";
    case ring_kind::all_nic:
        break;
    }
    return {};
}

[[nodiscard]] std::string flags_text(spec_flags flags) {
    static constexpr std::array<std::pair<spec_flags, char>, 6> letters{
        {{spec_flags::exclusive, 'x'},
         {spec_flags::zero_copy_monitor, 'z'},
         {spec_flags::monitor_tx, 't'},
         {spec_flags::monitor_rx, 'r'},
         {spec_flags::rx_only, 'R'},
         {spec_flags::tx_only, 'T'}}};
    std::string out;
    for (auto const& [flag, letter] : letters) {
        if (!has(flags, flag))
            continue;
        if (out.empty())
            out += '/';
        out += letter;
    }
    return out;
}

[[nodiscard]] std::string pipe_text(std::optional<pipe_end> const& pipe) {
    if (!pipe)
        return {};
    return fmt::format("{}{}", pipe->side == pipe_side::first ? '{' : '}', pipe->id);
}

[[nodiscard]] std::string option_text(spec_option const& option) {
    std::string out = fmt::format("@{}", option.name);
    char separator = ':';
    for (auto const& [key, value] : option.values) {
        out += fmt::format("{}{}={}", separator, key, value);
        separator = ',';
    }
    return out;
}

} // namespace

std::string const* spec_option::find(std::string_view key) const noexcept {
    auto const it = std::ranges::find_if(values, [&](auto const& v) { return v.first == key; });
    return it == values.end() ? nullptr : &it->second;
}

port_spec::port_spec(std::string_view text)
    : port_spec(parse_or_throw(text, spec_parser::bare_names::refused)) {}

port_spec port_spec::parse(std::string_view text, std::error_code& ec) noexcept {
    return parse_or_code(text, spec_parser::bare_names::refused, ec);
}

port_spec port_spec::from_user(std::string_view text) {
    return parse_or_throw(text, spec_parser::bare_names::accepted);
}

port_spec port_spec::from_user(std::string_view text, std::error_code& ec) noexcept {
    return parse_or_code(text, spec_parser::bare_names::accepted, ec);
}

std::string port_spec::core_name() const {
    std::string const prefix =
        scheme_ == port_scheme::vale ? fmt::format("vale{}:", switch_name_) : std::string{};
    return prefix + name_ + pipe_text(pipe_);
}

std::string port_spec::to_string() const {
    std::string out =
        scheme_ == port_scheme::vale ? fmt::format("vale{}:", switch_name_) : "netmap:";
    out += detail::needs_brackets(name_) ? fmt::format("[{}]", name_) : name_;
    out += pipe_text(pipe_);
    out += mode_text(rings_);
    out += flags_text(flags_);
    if (memory_id_)
        out += fmt::format("@{}", *memory_id_);
    for (auto const& option : options_)
        out += option_text(option);
    return out;
}

port_spec port_spec::with_ring(std::uint16_t index) const {
    auto copy = *this;
    copy.rings_ = {ring_kind::one_nic, index};
    return copy;
}

port_spec port_spec::with_nic() const {
    auto copy = *this;
    copy.rings_ = {};
    return copy;
}

port_spec port_spec::with_host() const {
    auto copy = *this;
    copy.rings_ = {ring_kind::all_host, 0};
    return copy;
}

port_spec port_spec::with_host(std::uint16_t index) const {
    auto copy = *this;
    copy.rings_ = {ring_kind::one_host, index};
    return copy;
}

port_spec port_spec::with_all() const {
    auto copy = *this;
    copy.rings_ = {ring_kind::nic_and_host, 0};
    return copy;
}

port_spec port_spec::with_monitor(monitor_direction direction, monitor_kind kind) const {
    constexpr auto all =
        spec_flags::zero_copy_monitor | spec_flags::monitor_tx | spec_flags::monitor_rx;
    auto wanted = spec_flags::none;
    if (kind == monitor_kind::exchange)
        wanted = spec_flags::zero_copy_monitor;
    else if (direction == monitor_direction::rx)
        wanted = spec_flags::monitor_rx;
    else if (direction == monitor_direction::tx)
        wanted = spec_flags::monitor_tx;
    else
        wanted = spec_flags::monitor_rx | spec_flags::monitor_tx;
    return with_flags((flags_ & ~all) | wanted);
}

port_spec port_spec::with_pipe(pipe_side side, std::string_view id) const {
    auto copy = *this;
    copy.pipe_ = pipe_end{side, std::string{id}};
    auto const text = copy.to_string();
    spec_parser parser{text};
    if (!parser.run())
        throw port_spec_error{text, parser.position(), parser.expected()};
    if (parser.spec() != copy) // the id ran into the mode
        throw port_spec_error{id, 0, "the id of a pipe: letters, digits, \"_\""};
    return copy;
}

port_spec port_spec::with_flags(spec_flags flags) const {
    auto copy = *this;
    copy.flags_ = flags;
    return copy;
}

port_spec port_spec::with_memory(std::uint16_t id) const {
    auto copy = *this;
    copy.memory_id_ = id == 0 ? std::nullopt : std::optional{id};
    return copy;
}

} // namespace netmapxx::inline v1
