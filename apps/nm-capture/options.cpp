// SPDX-License-Identifier: BSD-2-Clause
#include "nm-capture/options.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "common/cli.hpp"
#include "common/exit_code.hpp"
#include "common/packet_filter.hpp"
#include "common/ports.hpp"

namespace netmapxx::apps::capture {
namespace {

using namespace std::chrono_literals;

constexpr unsigned most_ports = 64;
constexpr unsigned most_words = 4096;
constexpr std::uint64_t least_buffer = 1 << 20;
constexpr std::uint64_t most_buffer = std::uint64_t{64} << 30;
constexpr std::uint64_t standard_buffer = 64 << 20;

constexpr char const* epilogue = R"(Exit status:
  0  the goal (-c, -a) was reached, or the capture was stopped and had none
  1  failed while running: a port went away
  2  bad option, value, combination or filter
  3  a port could not be opened
  4  permission denied
  6  a goal was set and not reached
  7  the file could not be created or written
  130  second SIGINT
)";

/** An option of the design that this version lacks; it is refused in words. */
struct absent_option {
    char const* names;
    bool has_value;
    char const* instead;
};

constexpr absent_option absent[] = {
    {"-b,--rotate", true, "one run writes one file; -a ends it"},
    {"-r,--read", true, "tcpdump -r and tshark -r read the file"},
    {"--replay-to", true, "nm-pktgen sends packets of its own"},
    {"-S,--statistics", false, "--json shows the counters each interval"},
    {"-M,--machine-readable", false, "-D --json lists for programs"},
    {"-t,--per-port-thread", false, "one thread serves all ports"},
    {"-C,--buffer-bytes", true, "-B bounds the memory between capture and file"},
    {"-N,--buffer-packets", true, "-B bounds the memory between capture and file"},
    {"-z,--post-rotate", true, "run the command after nm-capture has ended"},
    {"-Z,--user", true, "open the device to a group instead of starting as root"},
    {"--split-direction", false, "each packet of a pcapng file says its direction"},
    {"--compress", true, "pipe -w - into zstd"},
    {"--direct-io", false, "the file is written through the page cache"},
    {"--prealloc", true, "the file grows as it is written"},
    {"--fsync", false, "call sync afterwards"},
    {"--sort", false, "reordercap sorts a file by time"},
    {"--extcap-interfaces", false, "use nm-capture -w - with wireshark -k -i -"},
    {"--extcap-dlts", false, "use nm-capture -w - with wireshark -k -i -"},
    {"--extcap-config", false, "use nm-capture -w - with wireshark -k -i -"},
};

/** The options as words; reading them is a second step. */
struct words {
    words();
    void refuse_absent() const;

    command_line line{"nm-capture", "Records packets of netmap ports to a file.",
                      "nm-capture -i PORT [options] [FILTER...]\n"
                      "       nm-capture -D | -L | -d FILTER..."};

    text_option& ports =
        line.option("Port", "-i,--port", "PORT", "port to observe; may be repeated", most_ports);
    text_option& monitor =
        line.option("Port", "--monitor", "KIND",
                    "zero (default): packets once they are used up; copy: before that");
    int& direct = line.flag("Port", "--direct", "take the port itself, and all it receives");
    text_option& wait_target =
        line.option("Port", "--wait-target", "TIME",
                    "wait so long for the port to be opened, and again when it was closed");
    text_option& backend = backend_option(line, "Port");
    int& list = line.flag("Port", "-D,--list", "list what can be opened, and end");
    int& link_types = line.flag("Port", "-L,--list-linktypes", "list link types, and end");
    int& no_promisc = line.flag("Port", "-p,--no-promisc", "accepted; it is always so");

    text_option& filter =
        line.option("Packets", "-f,--filter", "EXPR", "only packets that match, as for tcpdump");
    text_option& filter_words =
        line.positionals("FILTER", "the same, as words at the end", most_words);
    int& dump_filter =
        line.flag("Packets", "-d,--dump-filter", "show the compiled filter, and end");
    text_option& snaplen = line.option("Packets", "-s,--snaplen", "BYTES",
                                       "most bytes of each packet (default and 0: 262144)");
    text_option& direction = line.option("Packets", "--direction", "WHICH",
                                         "both (default), in or out, seen from the port");
    text_option& time = line.option(
        "Packets", "--time", "SOURCE",
        "time of a packet: batch (auto, default), packet: clock read for each, ring: sync time");

    text_option& count =
        line.option("Stop", "-c,--count", "N", "end when N packets have been written");
    text_option& autostop =
        line.option("Stop", "-a,--autostop", "WHEN",
                    "duration:TIME, filesize:KB or packets:N; may be repeated", 8);

    text_option& file = line.option("File", "-w,--write", "FILE",
                                    "where to; - is standard output (default: nmcap_PORT_TIME)");
    text_option& format =
        line.option("File", "-F,--format", "NAME", "pcapng (default), pcap (ns) or pcap-us");
    int& pcap = line.flag("File", "-P,--pcap", "as -F pcap");
    int& pcapng = line.flag("File", "-n,--pcapng", "as -F pcapng");
    int& group_read = line.flag("File", "-g,--group-read", "the group may read the file");
    int& unbuffered = line.flag("File", "-U,--packet-buffered", "write out after each batch");
    text_option& buffer = line.option("File", "-B,--buffer", "BYTES",
                                      "memory between capture and file (default 64Mi)");
    text_option& overflow =
        line.option("File", "--on-overflow", "WHAT",
                    "writer behind: drop (default) here, or wait: the monitor does");
    text_option& statistics =
        line.option("File", "--isb-interval", "TIME",
                    "between counters in the file (default 60s, 0: at the end)");
    text_option& comment = line.option("File", "--comment", "TEXT", "comment on the file");
    text_option& if_name = line.option("File", "--ifname", "TEXT",
                                       "name of the port in the file; as often as -i", most_ports);
    text_option& if_description =
        line.option("File", "--ifdescr", "TEXT", "its description; as often as -i", most_ports);

    report_words report{line};
    say_words say{line, "say more"};

    std::vector<text_option const*> absent_values{};
    std::vector<int const*> absent_flags{};
};

words::words() {
    line.footer(epilogue);
    for (auto const& a : absent) {
        absent_values.push_back(a.has_value ? &line.option("", a.names, "", "", most_words)
                                            : nullptr);
        absent_flags.push_back(a.has_value ? nullptr : &line.flag("", a.names, ""));
    }
}

void words::refuse_absent() const {
    for (std::size_t i = 0; i < std::size(absent); ++i) {
        bool const given =
            absent_values[i] != nullptr ? absent_values[i]->given() : *absent_flags[i] != 0;
        if (!given)
            continue;
        std::string names = absent[i].names;
        std::ranges::replace(names, ',', '/');
        throw app_failure(exit_code::usage, fmt::format("{} is not there yet", names),
                          absent[i].instead);
    }
}

/* ---- ports ---------------------------------------------------------------------- */

std::string describe(port_spec const& spec) {
    if (!spec.is_monitor())
        return "direct";
    if (has(spec.flags(), spec_flags::zero_copy_monitor))
        return "zero-copy monitor";
    bool const rx = has(spec.flags(), spec_flags::monitor_rx);
    bool const tx = has(spec.flags(), spec_flags::monitor_tx);
    return rx && tx ? "copy monitor" : rx ? "copy monitor of rx" : "copy monitor of tx";
}

/** A monitor of the port, unless it is one or the port itself is wanted. */
port_spec capture_point(port_spec const& spec, options const& o, bool copy) {
    constexpr auto own = spec_flags::exclusive | spec_flags::rx_only | spec_flags::tx_only;
    auto const text = spec.to_string();
    if (o.direct && spec.is_monitor())
        refuse(fmt::format("'{}' is a monitor, which --direct excludes", text));
    if (o.direct && has(spec.flags(), spec_flags::tx_only))
        refuse(fmt::format("'{}' receives nothing", text));
    if (o.direct || spec.is_monitor())
        return spec;
    if (has(spec.flags(), own))
        throw app_failure(exit_code::usage,
                          fmt::format("'{}' has flags that a monitor cannot have", text),
                          "leave them out, or use --direct to take the port itself");
    if (!copy)
        return spec.with_monitor(monitor_direction::both, monitor_kind::exchange);
    auto const which = o.direction == wanted_direction::in    ? monitor_direction::rx
                       : o.direction == wanted_direction::out ? monitor_direction::tx
                                                              : monitor_direction::both;
    return spec.with_monitor(which, monitor_kind::copy);
}

void read_targets(words const& w, options& o) {
    constexpr std::string_view kinds[] = {"zero", "copy"};
    bool const copy = read_choice(w.monitor, kinds, 0) == 1;
    if (!w.ports.given())
        refuse("a port is required (-i)");
    if (o.direct && w.monitor.given())
        refuse("--direct and --monitor exclude each other");
    for (auto const* texts : {&w.if_name, &w.if_description})
        if (texts->words.size() > w.ports.words.size())
            refuse(fmt::format("{}: '{}' belongs to no port", texts->names,
                               texts->words[w.ports.words.size()]));
    for (std::size_t i = 0; i < w.ports.words.size(); ++i) {
        auto const spec = parse_port(w.ports.names, w.ports.words[i]);
        target t{.spec = capture_point(spec, o, copy)};
        constexpr auto monitors =
            spec_flags::zero_copy_monitor | spec_flags::monitor_rx | spec_flags::monitor_tx;
        t.label = spec.with_flags(spec.flags() & ~monitors).to_string();
        t.description = describe(t.spec);
        t.if_name = i < w.if_name.words.size() ? w.if_name.words[i] : t.label;
        if (i < w.if_description.words.size())
            t.if_description = w.if_description.words[i];
        o.targets.push_back(std::move(t));
    }
}

/* ---- packets --------------------------------------------------------------------- */

void read_filter(words const& w, options& o) {
    if (w.filter.given() && w.filter_words.given())
        refuse(fmt::format("filter given twice: '{}' and '{}'", w.filter.text(),
                           fmt::join(w.filter_words.words, " ")));
    auto const& from = w.filter.given() ? w.filter : w.filter_words;
    o.filter_names = from.names;
    o.filter = fmt::format("{}", fmt::join(from.words, " "));
    if (!o.filter.empty())
        static_cast<void>(
            packet_filter(o.filter_names, o.filter)); // refuses before ports are opened
}

void read_time(words const& w, options& o) {
    if (w.time.given() && w.time.text() == "slot")
        throw app_failure(exit_code::usage, "--time slot is not there yet",
                          "no core records a time for each slot; --time packet is the finest");
    o.time = static_cast<time_source>(read_choice(w.time, time_source_names, 0));
}

void read_packets(words const& w, options& o) {
    o.snaplen = static_cast<std::uint32_t>(
        read_uint(w.snaplen, "a number of bytes", 0, most_snaplen, most_snaplen));
    if (o.snaplen == 0)
        o.snaplen = most_snaplen;
    o.direction =
        static_cast<wanted_direction>(read_choice(w.direction, wanted_direction_names, 0));
    read_time(w, o);
    read_filter(w, o);
}

/* ---- when to stop ---------------------------------------------------------------- */

template <class T> void limit_to(std::optional<T>& limit, T value) {
    limit = limit ? std::min(*limit, value) : value;
}

/** One word of -a; a second condition of a kind only counts if it comes sooner. */
void read_condition(text_option const& names, std::string const& text, options& o) {
    auto const colon = text.find(':');
    auto const kind = text.substr(0, colon);
    text_option value{names.names};
    value.words.push_back(colon == std::string::npos ? "" : text.substr(colon + 1));
    if (kind == "duration") {
        limit_to(o.most_time, read_duration(value, 1s, 1ns, 0ns));
    } else if (kind == "packets") {
        limit_to(o.most_packets, read_count(value, "a number of packets", 1, UINT64_MAX, 0));
    } else if (kind == "filesize") {
        auto const plain = parse_uint(value.text());
        auto const bytes = plain ? (*plain < UINT64_MAX / 1000 ? *plain * 1000 : 0)
                                 : parse_bytes(value.text()).value_or(0);
        if (bytes == 0)
            bad_value(value, value.text(), "a size: a number of 1000 bytes, or one with a unit");
        limit_to(o.most_bytes, bytes);
    } else if (kind == "files") {
        throw app_failure(exit_code::usage, "-a files is not there yet", absent[0].instead);
    } else {
        bad_value(names, text, "duration:TIME, filesize:KB or packets:N");
    }
}

void read_stop(words const& w, options& o) {
    if (w.count.given())
        o.most_packets = read_count(w.count, "a number of packets", 1, UINT64_MAX, 0);
    for (auto const& text : w.autostop.words)
        read_condition(w.autostop, text, o);
}

/* ---- file ------------------------------------------------------------------------ */

void read_format(words const& w, options& o) {
    if ((w.format.given() ? 1 : 0) + (w.pcap != 0 ? 1 : 0) + (w.pcapng != 0 ? 1 : 0) > 1)
        refuse("-F, -P and -n exclude each other");
    o.format = w.pcap != 0 ? file_format::pcap
                           : static_cast<file_format>(read_choice(w.format, file_format_names, 0));
}

void read_file(words const& w, options& o) {
    if (w.file.given())
        o.file = w.file.text();
    if (o.file && o.file->empty())
        refuse("-w/--write: '' is not a file name");
    read_format(w, o);
    o.group_read = w.group_read != 0;
    o.packet_buffered = w.unbuffered != 0;
    if (w.comment.given())
        o.comment = w.comment.text();
    o.buffer_bytes = standard_buffer;
    if (w.buffer.given()) {
        o.buffer_bytes = parse_bytes(w.buffer.text()).value_or(0);
        if (o.buffer_bytes < least_buffer || o.buffer_bytes > most_buffer)
            bad_value(w.buffer, w.buffer.text(), "a number of bytes in 1Mi..64Gi");
    }
    o.overflow = static_cast<on_overflow>(read_choice(w.overflow, on_overflow_names, 0));
    o.statistics_interval = read_duration(w.statistics, 1s, 0ns, o.statistics_interval);
}

void read_output(words const& w, options& o) {
    w.report.read(o);
    w.say.read(o);
    if (o.json_on_stdout() && o.packets_on_stdout())
        refuse("--json and -w - both want standard output; give one of them a file");
}

} // namespace

parsed parse_options(std::span<char const* const> args, std::string_view default_backend) {
    words w;
    if (auto text = w.line.parse(args))
        return {.text = std::move(text)};
    w.refuse_absent();
    parsed result;
    auto& o = result.opts;
    o.backend = read_backend(w.backend, default_backend);
    o.list = w.list != 0;
    read_packets(w, o);
    if (w.link_types != 0)
        return {.text = "1: EN10MB (Ethernet)\n"};
    if (w.dump_filter != 0)
        return {.text = packet_filter(o.filter_names, o.filter).listing()};
    read_file(w, o);
    read_output(w, o);
    if (o.list)
        return result;
    o.direct = w.direct != 0;
    read_targets(w, o);
    read_stop(w, o);
    if (w.wait_target.given())
        o.wait_target = read_duration(w.wait_target, 1s, 0ns, 0ns);
    if (o.direct && o.wait_target)
        refuse("--direct and --wait-target exclude each other: there is nobody to wait for");
    return result;
}

} // namespace netmapxx::apps::capture
