// SPDX-License-Identifier: BSD-2-Clause
/** Whole runs of nm-ctl inside this process, where the ports are the test's own. */
#include "ctl_support.hpp"

#include <gtest/gtest.h>
#include <netmapxx/port.hpp>
#include <netmapxx/vale.hpp>

#include "common/ports.hpp"
#include "nm-ctl/commands.hpp"
#include "nm-ctl/counters.hpp"
#include "nm-ctl/names.hpp"
#include "nm-ctl/ring_dump.hpp"

namespace netmapxx::apps {
namespace {

using namespace std::chrono_literals;
using test::outcome;
using test::run_classic;
using test::run_ctl;
using test::running;
using test::summary_of;

port open_end(std::string_view spec) {
    return port(spec, {.backend = backend_kind::embedded});
}

/** A broadcast frame, so that every port of its switch gets it. */
std::vector<std::byte> frame(std::size_t size = 60) {
    std::vector<std::byte> bytes(size);
    std::fill_n(bytes.begin(), 6, std::byte{0xff});
    bytes[6] = std::byte{2};
    return bytes;
}

void send(port& from, int count = 1) {
    for (int i = 0; i < count; ++i)
        ASSERT_TRUE(from.inject(frame()));
    from.sync_tx();
}

// ---- what is typed wrong ----------------------------------------------------------

struct wrong_words {
    std::vector<std::string> words;
    int status;
    std::string line; ///< the first line on standard error

    friend void PrintTo(wrong_words const& w, std::ostream* out) { *out << w.line; }
};

class wrong : public testing::TestWithParam<wrong_words> {};

TEST_P(wrong, ends_with_its_status_and_one_line) {
    auto const& [words, status, line] = GetParam();
    auto const r = run_ctl(words);
    EXPECT_EQ(r.status, status);
    EXPECT_EQ(r.complaint(), line);
    EXPECT_EQ(r.out, "");
    if (status == 2) {
        EXPECT_EQ(r.err.find(": note: "), std::string::npos) << "nothing but the complaint";
    }
}

INSTANTIATE_TEST_SUITE_P(
    ctl, wrong,
    testing::Values(
        wrong_words{{}, 2, "nm-ctl: error: a command is required"},
        wrong_words{{"atach", "vale0:x"}, 2, "nm-ctl: error: unknown command 'atach'"},
        wrong_words{{"--json", "list"}, 2, "nm-ctl: error: '--json' before the command"},
        wrong_words{{"list", "--bogus"}, 2, "nm-ctl: error: unexpected argument '--bogus'"},
        wrong_words{{"list", "a-b"},
                    2,
                    "nm-ctl: error: 'a-b' is not a switch: a name like vale0 is expected"},
        wrong_words{{"show", "eth0"},
                    2,
                    "nm-ctl: error: 'eth0' is not a switch port: valeSWITCH:PORT is expected"},
        wrong_words{{"show", "vale_none:a"}, 3, "nm-ctl: error: no such switch port: vale_none:a"},
        wrong_words{{"attach"}, 2, "nm-ctl: error: a switch port (valeS:IF) is required"},
        wrong_words{{"attach", "vale0:x", "--conf", "1,2,3,4,5"},
                    2,
                    "nm-ctl: error: -C/--conf: '1,2,3,4,5' is not one to four numbers, "
                    "tx-slots[,rx-slots[,tx-rings[,rx-rings]]]"},
        wrong_words{{"attach", "vale0:x", "--conf", "12x"},
                    2,
                    "nm-ctl: error: -C/--conf: '12x' is not one to four numbers, "
                    "tx-slots[,rx-slots[,tx-rings[,rx-rings]]]"},
        wrong_words{{"attach", "vale0:x", "--mem", "70000"},
                    2,
                    "nm-ctl: error: -m/--mem: '70000' is not a region in 1..65535, or a port"},
        wrong_words{{"attach", "vale0:" + std::string(64, 'x')},
                    2,
                    "nm-ctl: error: 'vale0:" + std::string(64, 'x') +
                        "' is not a port: its name is longer than 63 bytes"},
        wrong_words{{"detach", "vale0:a{1"},
                    2,
                    "nm-ctl: error: 'vale0:a{1' is a pipe, and no port of a switch"},
        wrong_words{{"newif", "vale0:x"},
                    2,
                    "nm-ctl: error: 'vale0:x': a plain interface name is expected"},
        wrong_words{{"newif", "sixteen_letters_"},
                    2,
                    "nm-ctl: error: 'sixteen_letters_' is longer than the 15 characters of an "
                    "interface's name"},
        wrong_words{{"delif"}, 2, "nm-ctl: error: the name of an interface is required"},
        wrong_words{{"info", "vale0:a@"},
                    2,
                    "nm-ctl: error: PORT: 'vale0:a@' is not a port: expected a region id or an "
                    "option at byte 8"},
        wrong_words{{"polling", "vale0:x"},
                    2,
                    "nm-ctl: error: 'on' or 'off' and a switch port are required"},
        wrong_words{
            {"polling", "up", "vale0:x"}, 2, "nm-ctl: error: WORDS: 'up' is not 'on' or 'off'"},
        wrong_words{{"polling", "on", "vale0:x", "--first-cpu", "60000"},
                    2,
                    "nm-ctl: error: CPU 60000 is not online"},
        wrong_words{{"polling", "on", "vale0:x", "--cpus", "2"},
                    2,
                    "nm-ctl: error: --cpus 2 needs --mode per-ring"},
        wrong_words{{"hdr", "set", "vale0:a", "11"},
                    2,
                    "nm-ctl: error: '11' is not a header length: 0, 10 or 12 bytes"},
        wrong_words{{"hdr", "get", "vale0:a", "12"}, 2, "nm-ctl: error: hdr get takes a port only"},
        wrong_words{{"pools", "0"}, 2, "nm-ctl: error: REGION: '0' is not a region in 1..65535"},
        wrong_words{{"param", "get", "bridge_bacth"},
                    2,
                    "nm-ctl: error: no such parameter: 'bridge_bacth'"},
        wrong_words{{"param", "set", "bridge_batch", "many"},
                    2,
                    "nm-ctl: error: 'many' is not a whole number"},
        wrong_words{{"param", "set", "buf_curr_num", "1"},
                    2,
                    "nm-ctl: error: parameter 'buf_curr_num' is read only"},
        wrong_words{{"param", "get"}, 2, "nm-ctl: error: param get takes a name"},
        wrong_words{{"stats", "-T", "5"},
                    2,
                    "nm-ctl: error: -T/--report-interval: '5' is not a time of at least 10.00 ms "
                    "(units ns us ms s min h)"},
        wrong_words{
            {"ring-dump", "vale_none:a"}, 3, "nm-ctl: error: nobody has vale_none:a open"}));

TEST(ctl, suggests_the_closest_command) {
    EXPECT_NE(run_ctl({"atach"}).err.find("  hint: did you mean 'attach'?"), std::string::npos);
    EXPECT_NE(run_ctl({"quux"}).err.find("  hint: nm-ctl --help"), std::string::npos);
    EXPECT_NE(run_ctl({"param", "get", "bridge_bacth"}).err.find("did you mean 'bridge_batch'?"),
              std::string::npos);
}

TEST(ctl, help_names_every_command_and_fits_the_screen) {
    auto const help = run_ctl({"--help"});
    EXPECT_EQ(help.status, 0);
    EXPECT_EQ(help.err, "");
    auto texts = help.out;
    for (auto const& c : ctl::all_commands()) {
        EXPECT_NE(help.out.find(std::string("\n  ") + std::string(c.name) + " "), std::string::npos)
            << c.name;
        auto const own = run_ctl({std::string(c.name), "--help"});
        EXPECT_EQ(own.status, 0);
        EXPECT_NE(own.out.find("Usage: nm-ctl " + std::string(c.name)), std::string::npos);
        EXPECT_NE(own.out.find("--json"), std::string::npos);
        texts += own.out;
    }
    texts += run_classic({"--help"}).out;
    for (auto const& line : test::lines_of(texts))
        EXPECT_LE(line.size(), 120U) << line;
}

TEST(ctl, the_engine_it_runs_on_is_noted_and_quiet_says_nothing) {
    auto const r = run_ctl({"list"});
    EXPECT_EQ(r.status, 0);
    EXPECT_NE(r.err.find("visible in this process only"), std::string::npos);
    EXPECT_EQ(run_ctl({"list", "-q"}).err, "");
}

TEST(ctl, a_backend_that_is_not_there_ends_with_3_and_one_that_is_no_name_with_2) {
    EXPECT_EQ(run_ctl({"list", "--backend", "bogus"}).status, 2);
    EXPECT_EQ(test::run_to_end(ctl::run, {"list"}, "bogus").status, 3);
}

TEST(ctl, results_that_cannot_be_written_end_with_7) {
    EXPECT_EQ(run_ctl({"list", "--json=/dev/full"}).status, 7);
    EXPECT_EQ(run_ctl({"list", "--json=/nonexistent-directory/x"}).status, 7);
}

// ---- switches -----------------------------------------------------------------------

TEST(ctl, list_is_empty_without_ports_and_shows_those_there_are) {
    EXPECT_TRUE(summary_of({"list", "_ctl1"})["ports"].empty());
    EXPECT_EQ(run_ctl({"list", "_ctl1"}).out, "");
    auto const a = open_end("vale_ctl1:a");
    auto const b = open_end("vale_ctl1:b");
    auto const listed = summary_of({"list", "vale_ctl1"})["ports"];
    ASSERT_EQ(listed.size(), 2U);
    EXPECT_EQ(listed[0]["name"], "vale_ctl1:a");
    EXPECT_EQ(listed[1]["port_index"], 1);
    EXPECT_EQ(summary_of({"show", "vale_ctl1:b"})["ports"].at(0), listed[1]);
    auto const text = run_ctl({"list", "_ctl1:"}).out;
    EXPECT_EQ(test::lines_of(text).size(), 2U);
    EXPECT_TRUE(text.starts_with("vale_ctl1:a  switch ")) << text;
    EXPECT_EQ(run_classic({}).status, 0);
}

TEST(ctl, json_in_a_file_leaves_the_text_on_standard_output) {
    auto const a = open_end("vale_ctl2:a");
    auto const path = testing::TempDir() + "nm-ctl-test.json";
    auto const r = run_ctl({"list", "vale_ctl2", "--json=" + path});
    EXPECT_NE(r.out.find("vale_ctl2:a"), std::string::npos);
    std::ifstream file(path);
    std::string const text{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(test::last_of(text, "summary")["ports"].size(), 1U);
    std::remove(path.c_str());
}

/** Runs one step; false, with the reason in `why`, if the core does not serve it yet. */
bool served(std::vector<std::string> const& words, std::string& why) {
    auto const r = run_ctl(words);
    bool const missing = r.status == 3 && r.err.find("a core that serves") != std::string::npos;
    EXPECT_TRUE(r.status == 0 || missing) << r.err;
    if (r.status != 0)
        why = r.complaint();
    return r.status == 0;
}

TEST(ctl_round_trip, newif_attach_list_info_detach_delif) {
    std::string why;
    EXPECT_TRUE(summary_of({"list", "_ctl3"})["ports"].empty());
    if (!served({"newif", "ctl3", "--conf", "64,128", "-q"}, why))
        GTEST_SKIP() << why;
    bool const attached = served({"attach", "vale_ctl3:ctl3", "-q"}, why);
    if (attached) {
        auto const ports = summary_of({"list", "vale_ctl3"})["ports"];
        EXPECT_EQ(ports.size(), 1U);
        EXPECT_EQ(ports.at(0)["name"], "vale_ctl3:ctl3");
        auto const info = summary_of({"info", "vale_ctl3:ctl3"});
        EXPECT_EQ(info["tx_slots"], 64);
        EXPECT_EQ(info["rx_slots"], 128);
        EXPECT_EQ(run_ctl({"attach", "vale_ctl3:ctl3"}).status, 3) << "twice";
        EXPECT_EQ(run_ctl({"delif", "ctl3"}).status, 3) << "attached";
        EXPECT_EQ(run_ctl({"detach", "vale_ctl3:ctl3"}).status, 0);
        EXPECT_TRUE(summary_of({"list", "vale_ctl3"})["ports"].empty());
    }
    EXPECT_EQ(run_ctl({"delif", "ctl3"}).status, 0);
    if (!attached)
        GTEST_SKIP() << why;
}

TEST(ctl_round_trip, attaching_what_is_not_there_is_refused) {
    auto const r = run_ctl({"attach", "vale_ctl4:nosuch0"});
    EXPECT_EQ(r.status, 3);
    EXPECT_TRUE(r.complaint().starts_with("nm-ctl: error: cannot attach vale_ctl4:nosuch0: "))
        << r.complaint();
    EXPECT_TRUE(summary_of({"list", "_ctl4"})["ports"].empty());
}

TEST(ctl_round_trip, a_port_that_a_program_opened_is_not_detached) {
    auto const a = open_end("vale_ctl5:a");
    EXPECT_EQ(run_ctl({"detach", "vale_ctl5:a"}).status, 3);
    EXPECT_EQ(run_ctl({"polling", "on", "vale_ctl5:a"}).status, 3);
    EXPECT_EQ(summary_of({"list", "_ctl5"})["ports"].size(), 1U);
}

// ---- information ----------------------------------------------------------------------

TEST(ctl, info_of_an_open_port_and_of_one_that_would_be_made) {
    auto const a = open_end("vale_ctl6:a@conf:rings=2,slots=64");
    auto const info = summary_of({"info", "vale_ctl6:a"});
    EXPECT_EQ(info["tx_rings"], 2);
    EXPECT_EQ(info["rx_slots"], 64);
    EXPECT_EQ(info["memory_id"], a.info().memory_id);
    EXPECT_EQ(info["memory_bytes"], a.info().memory_size);
    EXPECT_EQ(info["buffer_bytes"], a.info().buffer_size);
    EXPECT_EQ(info["header_bytes"], 0);
    EXPECT_TRUE(summary_of({"info", "vale_ctl6:new"})["header_bytes"].is_null());
    EXPECT_EQ(summary_of({"list", "_ctl6"})["ports"].size(), 1U) << "asking makes nothing";
    EXPECT_EQ(run_ctl({"info", "no_such_if"}).status, 3);
}

TEST(ctl, header_lengths_are_set_and_read) {
    auto const a = open_end("vale_ctl7:a");
    EXPECT_EQ(summary_of({"hdr", "get", "vale_ctl7:a"})["header_bytes"], 0);
    EXPECT_EQ(summary_of({"hdr", "set", "vale_ctl7:a", "12"})["header_bytes"], 12);
    EXPECT_EQ(run_ctl({"hdr", "get", "vale_ctl7:a"}).out, "vale_ctl7:a: 12 bytes\n");
    EXPECT_EQ(run_ctl({"hdr", "set", "vale_ctl7:missing", "10"}).status, 3);
}

TEST(ctl, pools_of_a_port_tell_what_is_in_use_and_those_of_a_region_what_there_is) {
    auto const a = open_end("vale_ctl8:a@conf:slots=64");
    auto const mine = summary_of({"pools", "vale_ctl8:a"});
    EXPECT_EQ(mine["memory_id"], a.info().memory_id);
    EXPECT_TRUE(mine["populated_bytes"].is_number());
    EXPECT_GE(mine["pools"].at(2)["used_objects"], 2 * 64);
    auto const same = summary_of({"pools", std::to_string(a.info().memory_id)});
    EXPECT_EQ(same["memory_bytes"], mine["memory_bytes"]);
    EXPECT_TRUE(same["pools"].at(2)["used_objects"].is_null());
    EXPECT_EQ(summary_of({"pools"})["memory_id"], 1);
    EXPECT_EQ(run_ctl({"pools", "65535"}).status, 3);
    EXPECT_EQ(summary_of({"list", "vale_pools"})["ports"].size(), 0U) << "nothing stays behind";
}

TEST(ctl, parameters_are_listed_read_and_set) {
    auto const all = summary_of({"param", "list"})["parameters"];
    EXPECT_GT(all.size(), 10U);
    auto const before = summary_of({"param", "get", "txsync_retry"})["parameters"].at(0)["value"];
    auto const set = summary_of({"param", "set", "txsync_retry", "7"})["parameters"].at(0);
    EXPECT_EQ(set["value"], 7);
    EXPECT_TRUE(set["writable"]);
    EXPECT_EQ(run_ctl({"param", "set", "txsync_retry", before.dump()}).status, 0);
    EXPECT_EQ(summary_of({"param", "get", "txsync_retry"})["parameters"].at(0)["value"], before);
}

TEST(ctl, ports_shows_switch_ports_and_says_why_an_interface_cannot_be_opened) {
    auto const a = open_end("vale_ctl9:a");
    bool seen = false;
    auto const summary = summary_of({"ports"});
    for (auto const& p : summary["ports"]) {
        if (p["name"] == "vale_ctl9:a") {
            seen = true;
            EXPECT_EQ(p["kind"], "switch port");
            EXPECT_EQ(p["in_use"], true);
            EXPECT_EQ(p["memory_id"], a.info().memory_id);
        }
        if (p["adapter"] == "none") {
            EXPECT_FALSE(p["reason"].get<std::string>().empty());
        }
    }
    EXPECT_TRUE(seen);
    EXPECT_NE(run_ctl({"ports"}).out.find("vale_ctl9:a"), std::string::npos);
}

// ---- counters -------------------------------------------------------------------------

TEST(ctl_stats, count_packets_and_name_the_reasons_of_drops) {
    auto a = open_end("vale_ctl10:a");
    send(a, 3); // nobody is there to receive
    auto b = open_end("vale_ctl10:b");
    send(a, 5);
    auto const port = summary_of({"stats", "vale_ctl10:a"})["ports"].at(0);
    auto const tx = port["rings"].at(0);
    EXPECT_EQ(tx["direction"], "tx");
    EXPECT_EQ(tx["drops_pkts"]["no_destination"], 3);
    EXPECT_EQ(tx["dropped_pkts"], 3);
    EXPECT_GE(tx["pkts"], 5);
    EXPECT_EQ(port["memory"]["memory_id"], a.info().memory_id);
    auto const text = run_ctl({"stats", "vale_ctl10:a"}).out;
    EXPECT_NE(text.find("3 dropped (no destination 3)"), std::string::npos) << text;
}

TEST(ctl_stats, without_a_port_all_switch_ports_are_shown) {
    auto const a = open_end("vale_ctl11:a");
    auto const b = open_end("vale_ctl11:b");
    std::size_t found = 0;
    auto const summary = summary_of({"stats"});
    for (auto const& p : summary["ports"])
        found += p["name"].get<std::string>().starts_with("vale_ctl11:") ? 1 : 0;
    EXPECT_EQ(found, 2U);
}

TEST(ctl_stats, live_rates_follow_the_traffic_until_somebody_stops_them) {
    auto a = open_end("vale_ctl12:a");
    auto b = open_end("vale_ctl12:b");
    running live(ctl::run, {"stats", "vale_ctl12:a", "-T", "10", "--json"});
    ASSERT_TRUE(live.out.wait_for("\"interval\""));
    send(a, 100);
    EXPECT_TRUE(live.out.wait_until([](std::string const& text) {
        auto const lines = test::json_of(text);
        return std::ranges::any_of(lines, [](auto const& line) {
            return line["type"] == "interval" && line["ports"].at(0)["tx_pps"] > 0;
        });
    }));
    EXPECT_EQ(live.stop(), 0);
    EXPECT_NE(live.err.str().find("vale_ctl12:a tx "), std::string::npos);
    EXPECT_EQ(test::last_of(live.out.str(), "summary")["ports"].size(), 1U);
}

TEST(ctl_stats, a_named_port_that_goes_away_ends_the_watch) {
    auto a = std::make_unique<port>(open_end("vale_ctl13:a"));
    running live(ctl::run, {"stats", "vale_ctl13:a", "-T", "10", "--json"});
    ASSERT_TRUE(live.out.wait_for("\"interval\""));
    a.reset();
    EXPECT_EQ(live.wait(), 1);
    EXPECT_NE(live.err.str().find("nm-ctl: error: cannot read counters of vale_ctl13:a: "),
              std::string::npos);
}

TEST(ctl_stats, an_interim_report_does_not_end_the_watch) {
    auto const a = open_end("vale_ctl18:a");
    running live(ctl::run, {"stats", "vale_ctl18:a", "-T", "10", "--live", "log"});
    ASSERT_TRUE(live.err.wait_for("pps"));
    live.control.request_report();
    ASSERT_TRUE(live.out.wait_for("interim:\nvale_ctl18:a: region"));
    auto const seen = live.err.str().size();
    EXPECT_TRUE(live.err.wait_until([&](std::string const& text) { return text.size() > seen; }));
    EXPECT_EQ(live.stop(), 0);
}

TEST(ctl_stats, every_line_of_a_live_run_is_as_the_schema_says) {
    test::json_schema const schema(
        nlohmann::json::parse(std::ifstream(NM_CTL_SCHEMA), nullptr, false));
    auto const a = open_end("vale_ctl19:a");
    running live(ctl::run, {"stats", "vale_ctl19:a", "-T", "10", "--json"});
    ASSERT_TRUE(live.out.wait_for("\"interval\""));
    live.control.request_report();
    ASSERT_TRUE(live.out.wait_for("\"interim\":true"));
    EXPECT_EQ(live.stop(), 0);
    for (auto const& line : test::json_of(live.out.str())) {
        auto const type = line["type"].get<std::string>();
        EXPECT_EQ(schema.check(type == "summary" ? "stats" : type, line), "");
    }
}

TEST(ctl_stats, switch_ports_may_come_and_go_while_all_are_watched) {
    auto const a = open_end("vale_ctl14:a");
    running live(ctl::run, {"stats", "-T", "10", "--json", "--live", "off"});
    ASSERT_TRUE(live.out.wait_for("\"interval\""));
    {
        auto const b = open_end("vale_ctl14:b");
        ASSERT_TRUE(live.out.wait_for("vale_ctl14:b"));
    }
    EXPECT_EQ(live.stop(), 0);
    EXPECT_EQ(live.err.str().find("pps"), std::string::npos);
}

TEST(ctl_counters, every_reason_has_a_name_of_its_own) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < drop_reason_count; ++i)
        names.push_back(ctl::json_name(static_cast<drop_reason>(i)));
    EXPECT_EQ(names.front(), "receiver_full");
    std::ranges::sort(names);
    EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

TEST(ctl_counters, rates_are_differences_and_survive_counters_that_start_anew) {
    auto const counters = [](std::uint64_t packets) {
        core_ring_stats ring;
        ring.tx = true;
        ring.packets = packets;
        ring.bytes = packets * 60;
        ring.other_drops = packets / 10;
        return std::vector<ctl::port_counters>{{"p", {.rings = {{ring}}}}};
    };
    auto const rates = ctl::rates_between(counters(100), counters(300), 2s);
    ASSERT_EQ(rates.size(), 1U);
    EXPECT_DOUBLE_EQ(rates[0].tx_pps, 100);
    EXPECT_DOUBLE_EQ(rates[0].tx_bps, 100 * 60 * 8);
    EXPECT_DOUBLE_EQ(rates[0].dropped_pps, 10);
    EXPECT_DOUBLE_EQ(rates[0].rx_pps, 0);
    EXPECT_DOUBLE_EQ(ctl::rates_between(counters(300), counters(50), 1s)[0].tx_pps, 50);
    EXPECT_TRUE(ctl::rates_between({}, counters(1), 1s).empty());
}

TEST(ctl_counters, a_core_without_counters_is_said_to_have_none) {
    std::vector<ctl::port_counters> const none{{"eth0", {}}};
    EXPECT_EQ(ctl::counters_text(none), "eth0: not available with this core\n");
    EXPECT_TRUE(ctl::counters_json(none)[0]["rings"].is_null());
}

// ---- rings ------------------------------------------------------------------------------

TEST(ctl_ring_dump, shows_indexes_and_slots_of_a_port_in_use) {
    auto a = open_end("vale_ctl15:a@conf:slots=8");
    auto b = open_end("vale_ctl15:b@conf:slots=8");
    send(b, 2);
    a.sync_rx();
    auto const dump = summary_of({"ring-dump", "vale_ctl15:a"});
    ASSERT_EQ(dump["rings"].size(), 2U);
    auto const rx = dump["rings"].at(1);
    EXPECT_EQ(rx["direction"], "rx");
    EXPECT_EQ(rx["head"], 0);
    EXPECT_EQ(rx["tail"], 2);
    ASSERT_EQ(rx["slots"].size(), 8U);
    EXPECT_EQ(rx["slots"].at(1)["length_bytes"], 60);
    auto const text = run_ctl({"ring-dump", "vale_ctl15:a"}).out;
    EXPECT_EQ(test::lines_of(text).size(), 1U + 2 * (1 + 8));
    EXPECT_NE(text.find("2 of 8 slots are the program's"), std::string::npos) << text;
    EXPECT_EQ(test::lines_of(run_ctl({"ring-dump", "--brief", "vale_ctl15:a-0"}).out).size(), 3U);
}

TEST(ctl_ring_dump, makes_no_port_and_disturbs_none) {
    EXPECT_EQ(run_ctl({"ring-dump", "vale_ctl16:a"}).status, 3);
    EXPECT_EQ(run_ctl({"ring-dump", "ctl16{1"}).status, 3);
    auto a = open_end("vale_ctl16:a");
    auto b = open_end("vale_ctl16:b");
    send(a);
    EXPECT_EQ(run_ctl({"ring-dump", "vale_ctl16:b", "-b"}).status, 0);
    EXPECT_EQ(b.wait_readable(10s), wait_result::ready);
    EXPECT_EQ(b.rx_rings()[0].available(), 1U);
}

TEST(ctl_ring_dump, rings_held_exclusively_are_refused) {
    auto const a = open_end("vale_ctl17:a/x");
    auto const r = run_ctl({"ring-dump", "vale_ctl17:a"});
    EXPECT_EQ(r.status, 3);
    EXPECT_TRUE(r.complaint().starts_with("nm-ctl: error: cannot open vale_ctl17:a: "));
}

TEST(ctl_ring_dump, flags_and_owners_are_named) {
    ring_snapshot ring{.head = 3, .cur = 3, .tail = 1, .slots = std::vector<slot_snapshot>(4)};
    ring.slots[3] = {
        .buffer = 9, .length = 70, .pointer = 16, .more_fragments = true, .report = true};
    auto const r = ctl::describe("p", {ring}, true);
    EXPECT_NE(r.text.find("head 3, cur 3, tail 1; 2 of 4 slots"), std::string::npos) << r.text;
    auto const lines = test::lines_of(r.text);
    EXPECT_EQ(lines.at(5),
              "         3 program buffer        9 length    70 pointer 0x10 more,report");
    EXPECT_NE(lines.at(2).find("program"), std::string::npos);
    EXPECT_NE(lines.at(3).find("core"), std::string::npos);
}

// ---- names ------------------------------------------------------------------------------

TEST(ctl_names, a_switch_port_is_exactly_what_was_typed) {
    EXPECT_EQ(ctl::read_switch_port("vale0:eth-1").core_name(), "vale0:eth-1");
    EXPECT_EQ(ctl::read_switch_port("vale0:a/x").core_name(), "vale0:a/x");
    EXPECT_EQ(ctl::read_switch_port("vale0:eth-1").rings(), ring_selection{});
    EXPECT_EQ(read_exact_port("br-lan").core_name(), "br-lan");
    EXPECT_EQ(read_exact_port("eth0{7").core_name(), "eth0{7");
    EXPECT_EQ(read_exact_port("vale0:a}x").core_name(), "vale0:a}x");
}

TEST(ctl_names, the_closest_name_is_close) {
    static constexpr std::string_view names[] = {"attach", "detach", "list"};
    EXPECT_EQ(ctl::closest_name("attahc", names), "attach");
    EXPECT_EQ(ctl::closest_name("dettach", names), "detach");
    EXPECT_EQ(ctl::closest_name("xyz", names), "");
    EXPECT_EQ(ctl::closest_name("", names), "");
}

TEST(ctl_names, lists_of_cpus) {
    EXPECT_EQ(ctl::parse_cpu_list("0,2-4"), (std::vector<std::uint64_t>{0, 2, 3, 4}));
    EXPECT_EQ(ctl::parse_cpu_list(""), std::vector<std::uint64_t>{});
    EXPECT_FALSE(ctl::parse_cpu_list("4-2"));
    EXPECT_FALSE(ctl::parse_cpu_list("0-99999999999"));
    EXPECT_FALSE(ctl::parse_cpu_list("a"));
}

TEST(ctl_names, the_classic_name_is_that_of_the_program_itself) {
    EXPECT_TRUE(ctl::is_classic_name("vale-ctl"));
    EXPECT_TRUE(ctl::is_classic_name("/usr/bin/vale-ctl"));
    EXPECT_FALSE(ctl::is_classic_name("/vale-ctl/nm-ctl"));
    EXPECT_FALSE(ctl::is_classic_name("nm-ctl"));
}

} // namespace
} // namespace netmapxx::apps
