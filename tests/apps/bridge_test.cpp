// SPDX-License-Identifier: BSD-2-Clause
/** Whole runs of nm-bridge inside this process, between ports of the test. */
#include "nm-bridge/bridge.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <netmapxx/port.hpp>

#include "nm-pktgen/pktgen.hpp"
#include "support.hpp"
#include "traffic.hpp"

namespace netmapxx::apps {
namespace {

using namespace std::chrono_literals;
using test::last_of;
using test::make_packets;
using test::peer;
using test::running;
using test::until;

class bridge_run : public running {
  public:
    explicit bridge_run(std::vector<std::string> words) : running(bridge::run, with_json(words)) {}

    /** False if it ended before it had opened its ports. */
    [[nodiscard]] bool started() const { return out.wait_for("\"start\""); }
    [[nodiscard]] nlohmann::json start() const { return last_of(out.str(), "start"); }
    [[nodiscard]] nlohmann::json lane(std::size_t i) const {
        return last_of(out.str(), "summary")["directions"].at(i);
    }
    [[nodiscard]] std::size_t lanes() const {
        return last_of(out.str(), "summary")["directions"].size();
    }

  private:
    static std::vector<std::string> with_json(std::vector<std::string> words) {
        words.insert(words.end(), {"--json", "--live", "off"});
        return words;
    }
};

/** Sends both ways through a running bridge and expects everything unchanged. */
void expect_both_ways(peer& a, peer& b, std::size_t count, std::size_t largest = 1600) {
    auto const forth = make_packets(count, 1, largest);
    auto const back = make_packets(count, 2, largest);
    a.send(forth);
    b.send(back);
    ASSERT_TRUE(until([&] {
        bool const sent = a.work() & b.work();
        return sent && b.received.size() >= count && a.received.size() >= count;
    })) << a.received.size()
        << ' ' << b.received.size();
    EXPECT_TRUE(b.received == forth) << "byte-identical, in order";
    EXPECT_TRUE(a.received == back) << "byte-identical, in order";
}

TEST(bridge, pipes_of_different_regions_are_joined_by_copying) {
    bridge_run run({"-i", "ba{1", "-i", "bb{1"});
    ASSERT_TRUE(run.started());
    peer a("netmap:ba}1");
    peer b("netmap:bb}1");
    expect_both_ways(a, b, 10'000);
    EXPECT_EQ(run.stop(), 0) << run.err.str();
    EXPECT_EQ(run.start()["zero_copy"], false);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(run.lane(i)["pkts"], 10'000);
        EXPECT_EQ(run.lane(i)["copied_pkts"], 10'000);
        EXPECT_EQ(run.lane(i)["exchanged_pkts"], 0);
    }
}

TEST(bridge, pipes_of_one_region_are_joined_without_copying) {
    bridge_run run({"-i", "bc{1", "-i", "bc{2", "--require-zero-copy"});
    ASSERT_TRUE(run.started());
    peer a("netmap:bc}1");
    peer b("netmap:bc}2");
    expect_both_ways(a, b, 10'000);
    EXPECT_EQ(run.stop(), 0) << run.err.str();
    EXPECT_EQ(run.start()["zero_copy"], true);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(run.lane(i)["copied_pkts"], 0);
        EXPECT_EQ(run.lane(i)["exchanged_pkts"], 10'000);
    }
}

TEST(bridge, copying_can_be_asked_for) {
    bridge_run run({"-c", "-i", "bd{1", "-i", "bd{2"});
    ASSERT_TRUE(run.started());
    peer a("netmap:bd}1");
    peer b("netmap:bd}2");
    expect_both_ways(a, b, 2'000);
    EXPECT_EQ(run.stop(), 0) << run.err.str();
    EXPECT_EQ(run.lane(0)["copied_pkts"], 2'000);
    EXPECT_EQ(run.lane(0)["exchanged_pkts"], 0);
}

TEST(bridge, packets_of_several_slots_stay_whole) {
    bridge_run run({"-i", "be{1", "-i", "be{2"});
    ASSERT_TRUE(run.started());
    peer a("netmap:be}1");
    peer b("netmap:be}2");
    expect_both_ways(a, b, 1'000, 12'000);
    EXPECT_EQ(run.stop(), 0) << run.err.str();
    EXPECT_EQ(run.lane(0)["too_long_pkts"], 0);
}

TEST(bridge, packets_of_several_slots_stay_whole_when_copied_with_a_small_burst) {
    bridge_run run({"-i", "bf{1", "-i", "bg{1", "-b", "7"});
    ASSERT_TRUE(run.started());
    peer a("netmap:bf}1");
    peer b("netmap:bg}1");
    expect_both_ways(a, b, 1'000, 12'000);
    EXPECT_EQ(run.stop(), 0) << run.err.str();
}

TEST(bridge, switches_are_joined) {
    bridge_run run({"vale20:br", "vale21:br", "256"});
    ASSERT_TRUE(run.started());
    peer a("vale20:a");
    peer b("vale21:b");
    auto const packets = make_packets(500, 3);
    a.send(packets);
    ASSERT_TRUE(until([&] {
        a.work();
        b.work();
        return b.received.size() == packets.size();
    }));
    EXPECT_TRUE(b.received == packets);
    EXPECT_EQ(run.stop(), 0) << run.err.str();
    EXPECT_EQ(run.start()["burst_slots"], 256);
}

TEST(bridge, one_way_lets_nothing_back) {
    bridge_run run({"-1", "-i", "bh{1", "-i", "bi{1"});
    ASSERT_TRUE(run.started());
    peer a("netmap:bh}1");
    peer b("netmap:bi}1");
    auto const forth = make_packets(2'000, 4);
    auto const back = make_packets(100, 5);
    b.send(back);
    ASSERT_TRUE(until([&] { return b.work(); }));
    a.send(forth);
    ASSERT_TRUE(until([&] {
        a.work();
        b.work();
        return b.received.size() == forth.size();
    }));
    EXPECT_EQ(run.stop(), 0) << run.err.str();
    a.work();
    EXPECT_EQ(a.received.size(), 0U);
    EXPECT_EQ(run.lanes(), 1U);
}

TEST(bridge, loopback_returns_what_arrives) {
    bridge_run run({"-L", "-i", "bj{1"});
    ASSERT_TRUE(run.started());
    peer a("netmap:bj}1");
    auto const packets = make_packets(5'000, 6);
    a.send(packets);
    ASSERT_TRUE(until([&] {
        a.work();
        return a.received.size() == packets.size();
    }));
    EXPECT_TRUE(a.received == packets);
    EXPECT_EQ(run.stop(), 0) << run.err.str();
    EXPECT_EQ(run.lane(0)["exchanged_pkts"], 5'000);
}

/** The peer behind does not read: what is sent is held back, and nothing is lost. */
TEST(bridge, a_full_destination_holds_the_source_back) {
    bridge_run run({"-i", "bk{1", "-i", "bl{1", "-T", "10"});
    ASSERT_TRUE(run.started());
    peer a("netmap:bk}1");
    peer b("netmap:bl}1");
    auto const packets = make_packets(8'000, 7, 200);
    a.send(packets);
    auto const full = [&] {
        auto const text = run.out.str();
        if (text.find("\"interval\"") == std::string::npos)
            return false;
        return last_of(text.substr(0, text.rfind('\n') + 1), "interval")["directions"][0].value(
                   "tx_full_events", 0) > 0;
    };
    ASSERT_TRUE(until([&] {
        a.work();
        return full();
    }));
    EXPECT_LT(a.sent(), packets.size()) << "back-pressure reaches the source";
    ASSERT_TRUE(until([&] {
        a.work();
        b.work();
        return b.received.size() == packets.size();
    }));
    EXPECT_TRUE(b.received == packets);
    EXPECT_EQ(run.stop(), 0) << run.err.str();
    EXPECT_EQ(run.lane(0)["dropped_pkts"], 0);
    EXPECT_GT(run.lane(0)["longest_stall_ns"].get<std::uint64_t>(), 0U);
}

/** The peer behind does not read, and the bridge drops: every packet is accounted for. */
TEST(bridge, a_full_destination_drops_when_told_to) {
    bridge_run run({"-i", "bm{1", "-i", "bn{1", "--on-full", "drop", "--drain-timeout", "10ms"});
    ASSERT_TRUE(run.started());
    peer a("netmap:bm}1");
    peer b("netmap:bn}1");
    auto const packets = make_packets(20'000, 8, 200);
    a.send(packets);
    ASSERT_TRUE(until([&] { return a.work(); }));
    ASSERT_EQ(a.ends().flush(test::patience), wait_result::ready) << "the bridge took them all";
    EXPECT_EQ(run.stop(), 0) << run.err.str();
    while (b.work(), b.ends().sync_rx(), !b.ends().rx_rings()[0].empty())
        continue;
    auto const forwarded = run.lane(0)["pkts"].get<std::uint64_t>();
    EXPECT_EQ(forwarded + run.lane(0)["dropped_pkts"].get<std::uint64_t>(), packets.size());
    EXPECT_GT(run.lane(0)["dropped_pkts"].get<std::uint64_t>(), 0U);
    ASSERT_EQ(b.received.size(), forwarded);
    EXPECT_TRUE(std::ranges::equal(b.received, std::span(packets).first(forwarded)))
        << "the oldest ones got through, in order";
}

TEST(bridge, generator_bridge_and_receiver_agree_to_the_packet) {
    bridge_run run({"-i", "bo{1", "-i", "bp{1"});
    ASSERT_TRUE(run.started());
    running loop(pktgen::run, {"-f", "loop", "-i", "bo}1", "--peer", "bp}1", "-n", "100000",
                               "--verify", "--json", "--live", "off", "--drain-timeout", "30s"});
    EXPECT_EQ(loop.wait(), 0) << loop.err.str();
    auto const s = last_of(loop.out.str(), "summary");
    EXPECT_EQ(s["rx_pkts"], 100000);
    EXPECT_EQ(run.stop(), 0) << run.err.str();
    EXPECT_EQ(run.lane(0)["pkts"], 100000);
    EXPECT_EQ(run.lane(1)["pkts"], 0);
}

TEST(bridge, stale_frames_are_never_sent_when_the_bridge_exchanges_buffers) {
    bridge_run run({"-i", "bq{1", "-i", "bq{2", "--require-zero-copy"});
    ASSERT_TRUE(run.started());
    running loop(pktgen::run,
                 {"-f", "loop", "-i", "bq}1", "--peer", "bq}2", "-n", "50000", "--verify", "-l",
                  "1514", "-l", "60", "--json", "--live", "off", "--drain-timeout", "30s"});
    EXPECT_EQ(loop.wait(), 0) << loop.err.str() << loop.out.str();
    EXPECT_EQ(run.stop(), 0) << run.err.str();
    EXPECT_EQ(run.lane(0)["exchanged_pkts"], 50000);
}

/* ---- reports and bad input ----------------------------------------------------- */

TEST(bridge, start_line_and_summary_are_text_for_people) {
    running run(bridge::run, {"-i", "br{1", "-i", "br{2"});
    ASSERT_TRUE(run.err.wait_for("backend\n"));
    EXPECT_EQ(run.err.str(), "netmap:br{1 <-> netmap:br{2: zero copy, 1x1 rings, burst 1024, "
                             "embedded backend\n");
    EXPECT_EQ(run.stop(), 0);
    EXPECT_EQ(run.out.str().find("netmap:br{1 -> netmap:br{2: 0 packets, 0 bytes in "), 0U)
        << run.out.str();
}

TEST(bridge, an_interim_summary_on_request) {
    bridge_run run({"-i", "bs{1", "-i", "bs{2"});
    ASSERT_TRUE(run.started());
    run.control.request_report();
    EXPECT_TRUE(run.out.wait_for("\"interim\":true"));
    EXPECT_EQ(run.stop(), 0);
}

TEST(bridge, a_reader_that_goes_away_ends_the_run_normally) {
    bridge_run run({"-i", "bt{1", "-i", "bt{2", "-T", "10"});
    ASSERT_TRUE(run.out.wait_for("\"interval\""));
    run.out.fail_with(std::errc::broken_pipe);
    EXPECT_EQ(run.wait(), 0);
}

TEST(bridge, moved_batches_are_shown_when_very_verbose) {
    running run(bridge::run, {"-vv", "-L", "-i", "bu{1"});
    ASSERT_TRUE(run.err.wait_for("backend\n"));
    peer a("netmap:bu}1");
    auto const packets = make_packets(3, 9);
    a.send(packets);
    ASSERT_TRUE(until([&] {
        a.work();
        return a.received.size() == packets.size();
    }));
    EXPECT_TRUE(run.err.wait_for("nm-bridge: debug: netmap:bu{1 -> netmap:bu{1: "));
    EXPECT_EQ(run.stop(), 0);
}

struct bad_input {
    std::vector<std::string> words;
    int status;
    std::string text; ///< that the first line of standard error must hold
};

std::ostream& operator<<(std::ostream& out, bad_input const& b) {
    for (auto const& word : b.words)
        out << word << ' ';
    return out;
}

class bridge_bad_input : public ::testing::TestWithParam<bad_input> {};

TEST_P(bridge_bad_input, is_refused_with_a_message_that_quotes_it) {
    running run(bridge::run, GetParam().words);
    EXPECT_EQ(run.wait(), GetParam().status) << run.err.str();
    auto const lines = test::lines_of(run.err.str());
    ASSERT_FALSE(lines.empty());
    EXPECT_EQ(lines[0].find("nm-bridge: error: "), 0U) << lines[0];
    EXPECT_NE(lines[0].find(GetParam().text), std::string::npos) << lines[0];
    EXPECT_EQ(run.out.str(), "");
}

INSTANTIATE_TEST_SUITE_P(
    words, bridge_bad_input,
    ::testing::Values(
        bad_input{{}, 2, "a port is required (-i)"},
        bad_input{{"-i", "vale0:a"}, 2, "host mode needs a network interface"},
        bad_input{{"-i", "vale0:a", "-i", "vale0:a"}, 2, "host mode needs a network interface"},
        bad_input{{"x{1", "x{1"}, 2, "host mode needs a network interface"},
        bad_input{
            {"-i", "vale0:a", "-i", "vale0:b", "-i", "vale0:c"}, 2, "'vale0:c' is one too many"},
        bad_input{{"vale0:a", "vale0:b", "64", "more"}, 2, "'more' is one too many"},
        bad_input{{"vale0:a", "-i", "vale0:b"}, 2, "'vale0:a' given besides -i"},
        bad_input{{"vale0:a", "vale0:b", "64", "-b", "32"}, 2, "burst given twice: '32' and '64'"},
        bad_input{{"-i", "vale0:a", "-i", "vale0:b", "-b", "0"},
                  2,
                  "-b/--burst: '0' is not a number of slots in 1..8192"},
        bad_input{{"vale0:a", "vale0:b", "8193"}, 2, "'8193' is not a number of slots in 1..8192"},
        bad_input{{"-L", "-i", "vale0:a", "-i", "vale0:b"}, 2, "-L takes one port, 'vale0:b'"},
        bad_input{{"-L", "-1", "-i", "vale0:a"}, 2, "-L and -1 exclude each other"},
        bad_input{{"-c", "--require-zero-copy", "-i", "vale0:a", "-i", "vale0:b"},
                  2,
                  "-c and --require-zero-copy exclude each other"},
        bad_input{{"-i", "vale0:a", "-i", "vale0:b", "--on-full", "explode"},
                  2,
                  "--on-full: 'explode' is not one of wait, drop"},
        bad_input{{"-i", "vale0:a", "-i", "vale0:a@"}, 2, "'vale0:a@' is not a port"},
        bad_input{
            {"-i", "vale0:a", "-i", "vale0:b", "--bogus"}, 2, "unexpected argument '--bogus'"}));

INSTANTIATE_TEST_SUITE_P(
    ports, bridge_bad_input,
    ::testing::Values(
        bad_input{{"-i", "vale0:a", "-i", "vale0:b/r"},
                  3,
                  "cannot send to vale0:b/r: monitors cannot transmit"},
        bad_input{{"-i", "vale0:a/r", "-i", "vale0:b"}, 3, "monitors cannot transmit"},
        bad_input{{"-i", "by{1", "-i", "bz{1", "--require-zero-copy"},
                  3,
                  "netmap:by{1 and netmap:bz{1 do not share memory"},
        bad_input{{"-i", "no_such_if"}, 3, "cannot open netmap:no_such_if^: "},
        bad_input{{"-i", "vale22:a", "-i", "no_such_if"}, 3, "cannot open netmap:no_such_if: "},
        bad_input{{"-i", "vale22:a/T", "-i", "vale22:b"}, 3, "vale22:a/T has no rx rings"}));

TEST(bridge, help_fits_120_columns_and_lists_all_options) {
    running run(bridge::run, {"-h"});
    EXPECT_EQ(run.wait(), 0);
    auto const help = run.out.str();
    for (auto const& line : test::lines_of(help))
        EXPECT_LE(line.size(), 120U) << line;
    for (auto const* option :
         {"-i,--port", "-b,--burst", "-w,--wait-link", "-c,--copy", "-L,--loopback", "-v,--verbose",
          "-q,--quiet", "-1,--one-way", "--require-zero-copy", "--on-full", "--json",
          "-T,--report-interval", "--backend", "--live", "--drain-timeout"})
        EXPECT_NE(help.find(option), std::string::npos) << option;
}

} // namespace
} // namespace netmapxx::apps
