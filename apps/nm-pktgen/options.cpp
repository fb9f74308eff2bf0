// SPDX-License-Identifier: BSD-2-Clause
#include "nm-pktgen/options.hpp"

#include <limits>

#include <fmt/format.h>

#include "common/cli.hpp"
#include "common/exit_code.hpp"
#include "common/ports.hpp"

namespace netmapxx::apps::pktgen {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view function_names[] = {"rx", "tx", "loop"};
constexpr std::size_t lowest_frame = 16;
constexpr char const* epilogue = R"(Exit status:
  0  the goal (-n, --duration) was reached, or the run was stopped and had none
  1  failed while running
  2  bad option, value or combination
  3  a port could not be opened
  4  permission denied
  5  --verify found loss beyond --max-loss, reordering, duplicates or corruption
  6  a goal was set and not reached
  7  an output could not be created or written
  130  second SIGINT
)";
constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

/** The options as words; reading them is a second step. */
struct words {
    command_line line{"nm-pktgen", "Sends, receives and verifies packets on netmap ports.",
                      "nm-pktgen -i PORT [-f rx|tx|loop] [options]"};

    text_option& port = line.option("Traffic", "-i,--port", "PORT", "port to use, as vale0:a");
    text_option& function = line.option("Traffic", "-f,--function", "NAME",
                                        "rx (default), tx, or loop: send on -i, receive on --peer");
    text_option& peer = line.option("Traffic", "--peer", "PORT", "loop: port that receives");
    text_option& count =
        line.option("Traffic", "-n,--count", "N", "packets to send or receive; 0 (default): any");
    text_option& duration =
        line.option("Traffic", "--duration", "TIME", "end after this time (bare number: seconds)");
    text_option& rate = line.option("Traffic", "-R,--rate", "PPS",
                                    "packets per second, all threads; 0 (default): no limit");
    text_option& burst =
        line.option("Traffic", "-b,--burst", "N", "most packets per ring visit (default 512)");
    text_option& threads =
        line.option("Traffic", "-p,--threads", "N", "threads, one ring pair each (default 1)");
    int& idle_exit =
        line.flag("Traffic", "-W,--exit-idle", "once traffic has begun, end after 1 s of silence");
    int& verify =
        line.flag("Traffic", "--verify", "loop: number the packets; check loss, order and content");
    text_option& max_loss = line.option("Traffic", "--max-loss", "P",
                                        "share that --verify lets be lost, as 0.001 or 0.1%");

    text_option& size =
        line.option("Frame", "-l,--size", "BYTES",
                    "frame without CRC (default 60); twice: random, upper, lower", 2);
    text_option& fragments =
        line.option("Frame", "-F,--frags", "N", "spread each packet over N slots (default 1)");
    int& ipv4 = line.flag("Frame", "-4,--ipv4", "IPv4/UDP frames (the default)");
    text_option& src_ip =
        line.option("Frame", "-s,--src-ip", "ADDR[:PORT]", "source (default 10.0.0.1:1234)");
    text_option& dst_ip =
        line.option("Frame", "-d,--dst-ip", "ADDR[:PORT]", "destination (default 10.1.0.1:1234)");
    text_option& src_mac = line.option("Frame", "-S,--src-mac", "MAC",
                                       "source (default: derived from the port's name)");
    text_option& dst_mac =
        line.option("Frame", "-D,--dst-mac", "MAC", "destination (default ff:ff:ff:ff:ff:ff)");
    int& copy = line.flag("Frame", "--copy", "write every frame anew, for comparison");

    sending_words sending{line};

    report_words report{line};
    int& plain = line.flag("Output", "-N,--no-normalize", "plain numbers without unit prefixes");
    int& dump = line.flag("Output", "-X,--dump", "print every frame in hexadecimal");
    say_words say{line, "say more; may be repeated"};

    words() { line.footer(epilogue); }
};

std::size_t read_size(text_option const& option, std::string const& text) {
    auto const value = parse_uint(text);
    if (!value || *value < lowest_frame || *value > frame_template::max_size)
        bad_value(
            option, text,
            fmt::format("a frame size in {}..{} bytes", lowest_frame, frame_template::max_size));
    if (*value < frame_template::min_size)
        bad_value(option, text,
                  fmt::format("enough for an IPv4/UDP frame, which has at least {} "
                              "bytes",
                              frame_template::min_size));
    return *value;
}

void read_sizes(text_option const& option, options& o) {
    if (!option.given())
        return;
    o.highest_size = read_size(option, option.words.front());
    o.lowest_size = read_size(option, option.words.back());
    if (o.lowest_size > o.highest_size)
        throw app_failure(exit_code::usage,
                          fmt::format("{}: lower bound {} above upper bound {}", option.names,
                                      option.words.back(), option.words.front()));
}

/** The part behind "-" makes a range, which is not there yet. */
void refuse_range(text_option const& option, std::string_view low, bool valid_low) {
    if (valid_low && low.size() < option.text().size())
        throw app_failure(exit_code::usage,
                          fmt::format("{}: '{}' is a range; ranges are not supported yet",
                                      option.names, option.text()));
}

ipv4_endpoint read_endpoint(text_option const& option, ipv4_endpoint otherwise) {
    if (!option.given())
        return otherwise;
    std::string_view const text = option.text();
    auto const low = text.substr(0, text.find('-'));
    auto const value = parse_endpoint(low, otherwise.port);
    refuse_range(option, low, value.has_value());
    if (!value)
        bad_value(option, text, "an IPv4 address with an optional :port in 0..65535");
    return *value;
}

std::optional<mac_address> read_mac(text_option const& option) {
    if (!option.given())
        return std::nullopt;
    constexpr std::size_t mac_length = 17;
    std::string_view const text = option.text();
    auto const low = text.substr(0, mac_length);
    auto const value = parse_mac(low);
    refuse_range(option, low, value && text.size() > mac_length && text[mac_length] == '-');
    if (!value || text.size() != mac_length)
        bad_value(option, text, "a MAC address as 02:00:00:00:00:01");
    return value;
}

void read_traffic(words const& w, options& o) {
    if (!w.port.given())
        throw app_failure(exit_code::usage, "a port is required (-i)");
    o.function = static_cast<function>(read_choice(w.function, function_names, 0));
    o.port = parse_port(w.port.names, w.port.text());
    if (w.peer.given())
        o.peer = parse_port(w.peer.names, w.peer.text());
    o.count = read_count(w.count, "a number of packets", 0, no_limit, 0);
    if (w.duration.given())
        o.duration = read_duration(w.duration, 1s, 1ms, 0s);
    o.rate = read_count(w.rate, "a rate in packets per second", 0, 1'000'000'000, 0);
    o.burst =
        static_cast<std::uint32_t>(read_uint(w.burst, "a number of packets", 1, 65536, o.burst));
    o.threads = static_cast<std::uint32_t>(read_uint(w.threads, "a number of threads", 1, 4095, 1));
    o.idle_exit = w.idle_exit != 0;
    o.verify = w.verify != 0;
    if (w.max_loss.given()) {
        auto const value = parse_probability(w.max_loss.text());
        if (!value)
            bad_value(w.max_loss, w.max_loss.text(), "a probability in 0..1 or 0%..100%");
        o.max_loss = *value;
    }
}

void read_frame(words const& w, options& o) {
    read_sizes(w.size, o);
    o.fragments = static_cast<std::uint32_t>(read_uint(w.fragments, "a number of slots", 1, 63, 1));
    o.frame.from = read_endpoint(w.src_ip, o.frame.from);
    o.frame.to = read_endpoint(w.dst_ip, o.frame.to);
    o.source_mac = read_mac(w.src_mac);
    o.frame.destination = read_mac(w.dst_mac).value_or(o.frame.destination);
    o.copy = w.copy != 0;
}

void read_output(words const& w, options& o) {
    w.report.read(o);
    o.plain_numbers = w.plain != 0;
    o.dump = w.dump != 0;
    w.say.read(o);
}

void check_combinations(words const& w, options const& o) {
    bool const loop = o.function == function::loop;
    if (loop && !w.peer.given())
        refuse("-f loop needs a port that receives (--peer)");
    if (!loop && w.peer.given())
        refuse(fmt::format("--peer '{}' is for -f loop only", w.peer.text()));
    if (loop && o.peer == o.port)
        refuse(fmt::format("--peer '{}' is the same port as -i", w.peer.text()));
    if (o.verify && !loop)
        refuse("--verify is for -f loop only");
    if (w.max_loss.given() && !o.verify)
        refuse(fmt::format("--max-loss '{}' needs --verify", w.max_loss.text()));
    if (o.verify && o.threads > 1)
        refuse(fmt::format("--verify works with one thread, not with {}", o.threads));
    if (o.fragments > o.lowest_size)
        refuse(fmt::format("-F/--frags: {} slots are too many for {} bytes", o.fragments,
                           o.lowest_size));
    if (!o.verify)
        return;
    if (o.lowest_size < frame_layout::sequence_end)
        refuse(fmt::format("-l/--size: {} bytes are too short for --verify, which needs {}",
                           o.lowest_size, frame_layout::sequence_end));
    if (o.lowest_size / o.fragments < frame_layout::sequence_end && o.fragments > 1)
        refuse(fmt::format("-F/--frags: {} slots leave less than {} bytes in the first one, which "
                           "--verify needs",
                           o.fragments, frame_layout::sequence_end));
}

} // namespace

std::string_view to_string(function f) noexcept {
    return function_names[static_cast<std::size_t>(f)];
}

parsed parse_options(std::span<char const* const> args, std::string_view default_backend) {
    words w;
    if (auto text = w.line.parse(args))
        return {.text = std::move(text)};
    parsed result;
    auto& o = result.opts;
    read_traffic(w, o);
    read_frame(w, o);
    read_output(w, o);
    w.sending.read(o, default_backend);
    check_combinations(w, o);
    return result;
}

} // namespace netmapxx::apps::pktgen
