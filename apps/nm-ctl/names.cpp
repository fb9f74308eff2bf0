// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/names.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <netmapxx/info.hpp>

#include "common/exit_code.hpp"
#include "common/ports.hpp"
#include "common/units.hpp"

namespace netmapxx::apps::ctl {
namespace {

constexpr std::size_t longest_interface = 15;
constexpr std::uint64_t most_16 = std::numeric_limits<std::uint16_t>::max();
constexpr std::uint64_t most_32 = std::numeric_limits<std::uint32_t>::max();

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> parts;
    for (;;) {
        auto const comma = text.find(',');
        parts.push_back(text.substr(0, comma));
        if (comma == std::string_view::npos)
            return parts;
        text.remove_prefix(comma + 1);
    }
}

/** One to `most` numbers, each at most as large as its limit. */
std::vector<std::uint64_t> read_numbers(text_option const& option,
                                        std::span<std::uint64_t const> limits,
                                        std::string_view shape) {
    auto const parts = split(option.text());
    std::vector<std::uint64_t> numbers;
    for (auto const part : parts) {
        auto const value = parse_uint(part);
        if (parts.size() > limits.size() || !value || *value > limits[numbers.size()])
            bad_value(option, option.text(), shape);
        numbers.push_back(*value);
    }
    return numbers;
}

} // namespace

port_spec read_switch_port(std::string_view text) {
    if (!text.starts_with("vale") || text.find(':') == std::string_view::npos)
        refuse(fmt::format("'{}' is not a switch port: valeSWITCH:PORT is expected", text));
    auto spec = read_exact_port(text);
    if (spec.pipe())
        refuse(fmt::format("'{}' is a pipe, and no port of a switch", text));
    return spec;
}

std::string read_interface(std::string_view text) {
    bool const plain = !text.empty() && !text.starts_with("vale") &&
                       text.find_first_of(":/ \t\n") == std::string_view::npos;
    if (!plain)
        refuse(fmt::format("'{}': a plain interface name is expected", text));
    if (text.size() > longest_interface)
        refuse(fmt::format("'{}' is longer than the {} characters of an interface's name", text,
                           longest_interface));
    return std::string(text);
}

std::string read_switch(std::string_view text) {
    auto name = text;
    if (name.ends_with(':'))
        name.remove_suffix(1);
    auto const ident = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '_';
    };
    if (name.empty() || !std::ranges::all_of(name, ident))
        refuse(fmt::format("'{}' is not a switch: a name like vale0 is expected", text));
    return fmt::format("{}{}:", name.starts_with("vale") ? "" : "vale", name);
}

vale::port_config read_conf(text_option const& option) {
    static constexpr std::uint64_t limits[] = {most_32, most_32, most_16, most_16};
    if (!option.given())
        return {};
    auto const n = read_numbers(option, limits,
                                "one to four numbers, "
                                "tx-slots[,rx-slots[,tx-rings[,rx-rings]]]");
    vale::port_config c;
    c.tx_slots = static_cast<std::uint32_t>(n[0]);
    c.rx_slots = n.size() > 1 ? static_cast<std::uint32_t>(n[1]) : c.tx_slots;
    c.tx_rings = n.size() > 2 ? static_cast<std::uint16_t>(n[2]) : std::uint16_t{0};
    c.rx_rings = n.size() > 3 ? static_cast<std::uint16_t>(n[3]) : c.tx_rings;
    return c;
}

vale::polling read_polling(text_option const& option) {
    static constexpr std::uint64_t limits[] = {1, most_32, most_32};
    if (!option.given())
        return {};
    static constexpr std::string_view shape = "mode[,first-cpu[,cpus]] with mode 0 (one thread) or "
                                              "1 (one a ring); cpus for mode 1 only";
    auto const n = read_numbers(option, limits, shape);
    vale::polling how;
    how.mode = n[0] == 0 ? vale::polling_mode::single : vale::polling_mode::per_ring;
    if (n.size() > 1)
        how.first_cpu = static_cast<std::uint32_t>(n[1]);
    if (n.size() > 2)
        how.cpus = static_cast<std::uint32_t>(n[2]);
    if (how.cpus == 0 || (n.size() > 2 && how.mode == vale::polling_mode::single))
        bad_value(option, option.text(), shape);
    return how;
}

std::uint16_t read_region(text_option const& option, backend_kind backend) {
    if (!option.given())
        return 0;
    if (option.text().find_first_not_of("0123456789") != std::string::npos)
        return port_information(read_exact_port(option.text()), backend).memory_id;
    auto const id = parse_uint(option.text());
    if (!id || *id == 0 || *id > most_16)
        bad_value(option, option.text(), fmt::format("a region in 1..{}, or a port", most_16));
    return static_cast<std::uint16_t>(*id);
}

void check_cpus(vale::polling const& how, system_view const& system) {
    auto const online = system.online_cpus();
    for (std::uint64_t i = 0; !online.empty() && i < how.cpus; ++i)
        if (!std::ranges::binary_search(online, how.first_cpu + i))
            refuse(fmt::format("CPU {} is not online", how.first_cpu + i));
}

std::string_view closest_name(std::string_view word, std::span<std::string_view const> names) {
    constexpr std::size_t similar = 2; // changes of one letter
    std::string_view best;
    std::size_t least = similar + 1;
    for (auto const name : names) {
        std::vector<std::size_t> row(name.size() + 1);
        std::iota(row.begin(), row.end(), std::size_t{0});
        for (std::size_t i = 0; i < word.size(); ++i) {
            auto corner = std::exchange(row[0], i + 1);
            for (std::size_t j = 0; j < name.size(); ++j) {
                auto const changed = corner + (word[i] == name[j] ? 0 : 1);
                corner = row[j + 1];
                row[j + 1] = std::min({changed, row[j] + 1, corner + 1});
            }
        }
        if (row.back() < least && row.back() < name.size()) {
            least = row.back();
            best = name;
        }
    }
    return best;
}

} // namespace netmapxx::apps::ctl
