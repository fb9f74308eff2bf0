// SPDX-License-Identifier: BSD-2-Clause
#include "nm-bridge/options.hpp"

#include <fmt/format.h>

#include "common/cli.hpp"
#include "common/exit_code.hpp"
#include "common/ports.hpp"

namespace netmapxx::apps::bridge {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t most_burst = 8192;

constexpr char const* epilogue = R"(Exit status:
  0  stopped on request
  1  failed while running: a port went away, or reported errors three times within a second
  2  bad option, value or combination
  3  a port could not be opened, cannot send, or shares no memory although it must
  4  permission denied
  7  an output could not be created or written
  130  second SIGINT
)";

/** The options as words; reading them is a second step. */
struct words {
    command_line line{"nm-bridge", "Forwards packets between two netmap ports.",
                      "nm-bridge -i PORT [-i PORT] [options]\n"
                      "       nm-bridge [options] PORT [PORT [BURST]]"};

    text_option& ports =
        line.option("Bridge", "-i,--port", "PORT",
                    "port, once or twice; once: an interface and its host stack", 2);
    text_option& classic =
        line.positionals("PORTS", "PORT [PORT [BURST]], instead of -i and -b", 3);
    text_option& burst = line.option("Bridge", "-b,--burst", "N",
                                     "most slots per ring visit, 1..8192 (default 1024)");
    int& loopback = line.flag("Bridge", "-L,--loopback", "one port: send back what arrives on it");
    int& one_way = line.flag("Bridge", "-1,--one-way", "only from the first port to the second");
    int& copy = line.flag("Bridge", "-c,--copy", "copy packets, never exchange buffers");
    int& zero_copy = line.flag("Bridge", "--require-zero-copy",
                               "refuse to start unless both ports share memory");
    int& offloads = line.flag("Bridge", "--offloads",
                              "interfaces: pass packets on uncut, with a virtio-net header");
    text_option& full = line.option("Bridge", "--on-full", "WHAT",
                                    "wait (default): hold the source back; drop: newest packets");

    sending_words sending{line};

    report_words report{line};
    say_words say{line, "say more; twice: a line per moved batch"};

    words() { line.footer(epilogue); }
};

struct port_words {
    std::string names;
    std::vector<std::string> ports;
    std::vector<std::string> burst{}; ///< the third of the classic words, if any
};

/** Either -i, or the classic words. */
port_words collect_ports(words const& w) {
    if (w.ports.given() && w.classic.given())
        refuse(fmt::format("'{}' given besides -i", w.classic.text()));
    if (w.ports.given())
        return {w.ports.names, w.ports.words};
    if (!w.classic.given())
        refuse("a port is required (-i)");
    port_words result{"port", w.classic.words};
    if (result.ports.size() == 3) {
        if (w.burst.given())
            refuse(fmt::format("burst given twice: '{}' and '{}'", w.burst.text(),
                               result.ports.back()));
        result.burst = {result.ports.back()};
        result.ports.pop_back();
    }
    return result;
}

void read_burst(words const& w, port_words const& p, options& o) {
    text_option option = w.burst;
    if (!p.burst.empty())
        option.words = p.burst;
    o.burst =
        static_cast<std::uint32_t>(read_uint(option, "a number of slots", 1, most_burst, o.burst));
}

/** One interface: its host side first, then its NIC side. */
void choose_host_mode(options& o) {
    if (is_software_port(o.first) || o.first.is_monitor())
        refuse(fmt::format("'{}': host mode needs a network interface; name a second port, or use "
                           "-L",
                           o.first.to_string()));
    auto const name = o.first.name();
    o.second = o.first.with_nic();
    o.first = o.first.with_host();
    o.first_label = name + ":host";
    o.second_label = name + ":nic";
}

void read_ports(words const& w, options& o) {
    auto const p = collect_ports(w);
    read_burst(w, p, o);
    o.first = parse_port(p.names, p.ports.front());
    o.first_label = o.first.to_string();
    o.loopback = w.loopback != 0;
    if (p.ports.size() == 2) {
        o.second = parse_port(p.names, p.ports.back());
        o.second_label = o.second.to_string();
    }
    bool const single = p.ports.size() == 1 || o.second == o.first;
    if (o.loopback && !single)
        refuse(fmt::format("-L takes one port, '{}' is a second one", p.ports.back()));
    if (o.loopback)
        o.second = {};
    else if (single)
        choose_host_mode(o);
}

/** Monitors see packets, they do not send any. */
void check_destinations(options const& o) {
    auto const check = [](port_spec const& spec) {
        if (spec.is_monitor())
            throw app_failure(exit_code::port, fmt::format("cannot send to {}: monitors cannot "
                                                           "transmit",
                                                           spec.to_string()));
    };
    if (o.loopback || !o.one_way)
        check(o.first);
    if (!o.loopback)
        check(o.second);
}

void check_combinations(options const& o) {
    if (o.loopback && o.one_way)
        refuse("-L and -1 exclude each other");
    if (o.copy && o.require_zero_copy)
        refuse("-c and --require-zero-copy exclude each other");
    check_destinations(o);
}

} // namespace

parsed parse_options(std::span<char const* const> args, std::string_view default_backend) {
    words w;
    if (auto text = w.line.parse(args))
        return {.text = std::move(text)};
    parsed result;
    auto& o = result.opts;
    read_ports(w, o);
    o.one_way = w.one_way != 0;
    o.copy = w.copy != 0;
    o.require_zero_copy = w.zero_copy != 0;
    o.offloads = w.offloads != 0;
    o.full = static_cast<on_full>(read_choice(w.full, on_full_names, 0));
    w.sending.read(o, default_backend);
    w.report.read(o);
    w.say.read(o);
    check_combinations(o);
    return result;
}

} // namespace netmapxx::apps::bridge
