// SPDX-License-Identifier: BSD-2-Clause
/** Whole runs of nm-pktgen inside this process, on the embedded engine. */
#include "nm-pktgen/pktgen.hpp"

#include <gtest/gtest.h>

#include "nm-pktgen/counters.hpp"
#include "nm-pktgen/dump.hpp"
#include "nm-pktgen/transmitter.hpp"
#include "support.hpp"

namespace netmapxx::apps {
namespace {

using test::last_of;
using test::running;

/** Starts nm-pktgen; the options every test wants come last. */
class pktgen_run : public running {
  public:
    explicit pktgen_run(std::vector<std::string> words) : running(pktgen::run, with_json(words)) {}

    [[nodiscard]] nlohmann::json summary() const { return last_of(out.str(), "summary"); }

  private:
    static std::vector<std::string> with_json(std::vector<std::string> words) {
        words.insert(words.end(), {"--json", "--live", "off"});
        return words;
    }
};

std::uint64_t number(nlohmann::json const& j, char const* key) {
    EXPECT_TRUE(j.contains(key) && j[key].is_number()) << key << " in " << j;
    return j.value(key, std::uint64_t{0});
}

/* ---- parts -------------------------------------------------------------------- */

TEST(pktgen_parts, shares_add_up_and_differ_by_one_at_most) {
    for (std::uint64_t const n : {0ULL, 3ULL, 4ULL, 1000003ULL}) {
        std::uint64_t sum = 0;
        for (std::uint32_t k = 0; k < 4; ++k) {
            sum += pktgen::share_of(n, k, 4);
            EXPECT_LE(pktgen::share_of(n, k, 4) - n / 4, 1U);
        }
        EXPECT_EQ(sum, n);
    }
}

TEST(pktgen_parts, a_budget_is_never_overdrawn) {
    pktgen::packet_budget budget(100'000);
    std::atomic<std::uint64_t> claimed = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&, t] {
                while (auto const n = budget.claim(static_cast<std::uint64_t>(1 + t)))
                    claimed += n;
            });
    }
    EXPECT_EQ(claimed, 100'000U);
    EXPECT_TRUE(budget.exhausted());
}

TEST(pktgen_parts, a_budget_of_zero_is_no_limit) {
    pktgen::packet_budget budget(0);
    EXPECT_EQ(budget.claim(7), 7U);
    EXPECT_FALSE(budget.exhausted());
}

TEST(pktgen_parts, fragments_grow_with_the_frame) {
    using pktgen::transmitter;
    EXPECT_EQ(transmitter::fragments_for(60, 2048, 1), 1U);
    EXPECT_EQ(transmitter::fragments_for(2048, 2048, 1), 1U);
    EXPECT_EQ(transmitter::fragments_for(2049, 2048, 1), 2U);
    EXPECT_EQ(transmitter::fragments_for(9000, 2048, 7), 7U);
    EXPECT_EQ(transmitter::fragments_for(65536, 1 << 20, 1), 2U) << "a slot's length has 16 bits";
}

TEST(pktgen_parts, hexadecimal_lines_show_sixteen_bytes) {
    std::vector<std::byte> bytes;
    for (int i = 0; i < 18; ++i)
        bytes.push_back(static_cast<std::byte>(0x38 + i));
    EXPECT_EQ(pktgen::hex_lines(bytes),
              "    0: 38 39 3a 3b 3c 3d 3e 3f 40 41 42 43 44 45 46 47  89:;<=>?@ABCDEFG\n"
              "   16: 48 49                                            HI\n");
}

/* ---- loops -------------------------------------------------------------------- */

TEST(pktgen_loop, a_pipe_loses_nothing_and_keeps_order) {
    pktgen_run loop({"-f", "loop", "-i", "lp{1", "--peer", "lp}1", "-n", "200003", "--verify"});
    EXPECT_EQ(loop.wait(), 0) << loop.err.str();
    auto const s = loop.summary();
    EXPECT_EQ(number(s, "tx_queued_pkts"), 200003U);
    EXPECT_EQ(number(s, "tx_completed_pkts"), 200003U);
    EXPECT_EQ(number(s, "rx_pkts"), 200003U);
    EXPECT_EQ(number(s, "bytes"), 200003U * 60);
    for (auto const* key : {"lost_pkts", "late_pkts", "dup_pkts", "corrupt_pkts", "foreign_pkts"})
        EXPECT_EQ(number(s, key), 0U) << key;
}

TEST(pktgen_loop, a_switch_port_gets_the_exact_count) {
    pktgen_run loop({"-f", "loop", "-i", "vale1:tx", "--peer", "vale1:rx", "-n", "100001"});
    EXPECT_EQ(loop.wait(), 0) << loop.err.str();
    auto const s = loop.summary();
    EXPECT_EQ(number(s, "tx_queued_pkts"), 100001U);
    EXPECT_EQ(number(s, "rx_pkts") + number(s, "lost_pkts"), 100001U);
    EXPECT_GT(number(s, "rx_pkts"), 0U);
}

TEST(pktgen_loop, what_fits_the_ring_crosses_a_switch_verified) {
    pktgen_run loop({"-f", "loop", "-i", "vale2:tx", "--peer", "vale2:rx@conf:slots=1024", "-n",
                     "900", "--verify"});
    EXPECT_EQ(loop.wait(), 0) << loop.err.str();
    EXPECT_EQ(number(loop.summary(), "rx_pkts"), 900U);
}

TEST(pktgen_loop, loss_ends_with_5_and_says_how_much) {
    pktgen_run loop({"-f", "loop", "-i", "vale3:tx", "--peer", "vale3:rx@conf:slots=64", "-n",
                     "50000", "-b", "512", "--verify", "--drain-timeout", "50ms"});
    EXPECT_EQ(loop.wait(), 5);
    auto const s = loop.summary();
    EXPECT_GT(number(s, "lost_pkts"), 0U);
    EXPECT_EQ(number(s, "rx_pkts") + number(s, "lost_pkts"), 50000U);
    EXPECT_NE(loop.err.str().find("of 50000 packets"), std::string::npos) << loop.err.str();
}

TEST(pktgen_loop, loss_within_the_limit_is_accepted) {
    pktgen_run loop({"-f", "loop", "-i", "vale4:tx", "--peer", "vale4:rx@conf:slots=64", "-n",
                     "5000", "--verify", "--max-loss", "100%", "--drain-timeout", "50ms"});
    EXPECT_EQ(loop.wait(), 0) << loop.err.str();
}

TEST(pktgen_loop, random_sizes_stay_in_range_and_verify) {
    pktgen_run loop({"-f", "loop", "-i", "ls{1", "--peer", "ls}1", "-n", "20000", "-l", "1514",
                     "-l", "60", "--verify"});
    EXPECT_EQ(loop.wait(), 0) << loop.err.str();
    auto const s = loop.summary();
    auto const mean = static_cast<double>(number(s, "bytes")) / 20000;
    EXPECT_NEAR(mean, (1514 + 60) / 2.0, (1514 + 60) / 2.0 * 0.02);
    EXPECT_EQ(number(s, "corrupt_pkts"), 0U);
}

TEST(pktgen_loop, chained_slots_count_as_one_packet) {
    pktgen_run loop({"-f", "loop", "-i", "vale5:tx", "--peer", "vale5:rx@conf:slots=1024", "-n",
                     "150", "-F", "5", "-l", "9000", "--verify"});
    EXPECT_EQ(loop.wait(), 0) << loop.err.str();
    auto const s = loop.summary();
    EXPECT_EQ(number(s, "rx_pkts"), 150U);
    EXPECT_EQ(number(s, "bytes"), 150U * 9000);
}

TEST(pktgen_loop, chains_cross_a_pipe_verified) {
    pktgen_run loop({"-f", "loop", "-i", "lc{1", "--peer", "lc}1", "-n", "20000", "-F", "3", "-l",
                     "300", "--verify"});
    EXPECT_EQ(loop.wait(), 0) << loop.err.str();
    EXPECT_EQ(number(loop.summary(), "rx_pkts"), 20000U);
}

TEST(pktgen_loop, frames_longer_than_a_buffer_become_chains) {
    pktgen_run loop(
        {"-f", "loop", "-i", "lb{1", "--peer", "lb}1", "-n", "1000", "-l", "9000", "--verify"});
    EXPECT_EQ(loop.wait(), 0) << loop.err.str();
    EXPECT_EQ(number(loop.summary(), "bytes"), 1000U * 9000);
}

TEST(pktgen_loop, copying_gives_the_same_frames) {
    pktgen_run loop(
        {"-f", "loop", "-i", "lk{1", "--peer", "lk}1", "-n", "20000", "--copy", "--verify"});
    EXPECT_EQ(loop.wait(), 0) << loop.err.str();
    EXPECT_EQ(last_of(loop.out.str(), "start")["fast_path"], "copy");
}

TEST(pktgen_loop, four_threads_share_the_count_exactly) {
    pktgen_run loop({"-f", "loop", "-i", "vale6:tx@conf:rings=4", "--peer", "vale6:rx@conf:rings=4",
                     "-n", "100003", "-p", "4", "--drain-timeout", "50ms"});
    EXPECT_EQ(loop.wait(), 0) << loop.err.str();
    auto const s = loop.summary();
    EXPECT_EQ(number(s, "tx_queued_pkts"), 100003U);
    EXPECT_EQ(number(s, "rx_pkts") + number(s, "lost_pkts"), 100003U);
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    for (auto const& row : s["threads"])
        (row["direction"] == "tx" ? sent : received) += number(row, "pkts");
    EXPECT_EQ(sent, number(s, "tx_queued_pkts"));
    EXPECT_EQ(received, number(s, "rx_pkts"));
}

TEST(pktgen_loop, a_rate_over_all_threads_loses_nothing) {
    pktgen_run loop({"-f", "loop", "-i", "vale7:tx@conf:rings=2", "--peer", "vale7:rx@conf:rings=2",
                     "-n", "600", "-R", "20k", "-p", "2"});
    EXPECT_EQ(loop.wait(), 0) << loop.err.str();
    auto const s = loop.summary();
    EXPECT_EQ(number(s, "tx_queued_pkts"), 600U);
    EXPECT_EQ(number(s, "rx_pkts"), 600U);
    EXPECT_EQ(number(s, "behind_pkts"), 0U);
}

// The time of a sender begins with its schedule; a receiver's with the first packet it sees.
TEST(pktgen_tx, a_rate_is_kept_over_all_threads) {
    pktgen_run tx({"-f", "tx", "-i", "vale7:tx@conf:rings=2", "-n", "600", "-R", "20k", "-p", "2"});
    EXPECT_EQ(tx.wait(), 0) << tx.err.str();
    auto const s = tx.summary();
    EXPECT_EQ(number(s, "tx_queued_pkts"), 600U);
    // 300 packets a thread at 10 kpps: the last one is due after 29.9 ms, less the quantum.
    EXPECT_GE(number(s, "duration_ns"), 29'000'000U);
}

TEST(pktgen_loop, a_duration_that_passes_is_a_goal_reached) {
    pktgen_run loop(
        {"-f", "loop", "-i", "ld{1", "--peer", "ld}1", "--duration", "50ms", "--verify"});
    EXPECT_EQ(loop.wait(), 0) << loop.err.str();
    auto const s = loop.summary();
    EXPECT_GT(number(s, "rx_pkts"), 0U);
    EXPECT_EQ(number(s, "rx_pkts"), number(s, "tx_queued_pkts"));
}

/* ---- sender and receiver as programs of their own ------------------------------- */

TEST(pktgen_pair, tx_and_rx_agree_to_the_packet) {
    pktgen_run rx({"-f", "rx", "-i", "pa}1", "-n", "100000"});
    ASSERT_TRUE(rx.out.wait_for("\"start\""));
    pktgen_run tx({"-f", "tx", "-i", "pa{1", "-n", "100000"});
    EXPECT_EQ(tx.wait(), 0) << tx.err.str();
    EXPECT_EQ(rx.wait(), 0) << rx.err.str();
    EXPECT_EQ(number(tx.summary(), "tx_queued_pkts"), 100000U);
    EXPECT_EQ(number(rx.summary(), "rx_pkts"), 100000U);
    EXPECT_TRUE(rx.summary()["tx_queued_pkts"].is_null());
    EXPECT_TRUE(tx.summary()["rx_pkts"].is_null());
}

TEST(pktgen_pair, rx_stops_exactly_at_its_count) {
    pktgen_run rx({"-i", "pb}1", "-n", "100"});
    ASSERT_TRUE(rx.out.wait_for("\"start\""));
    pktgen_run tx({"-f", "tx", "-i", "pb{1", "-n", "700", "--drain-timeout", "10ms"});
    EXPECT_EQ(rx.wait(), 0) << rx.err.str();
    EXPECT_EQ(number(rx.summary(), "rx_pkts"), 100U);
    EXPECT_EQ(tx.wait(), 0) << "the packets were sent, whoever takes them";
    EXPECT_EQ(number(tx.summary(), "tx_queued_pkts"), 700U);
}

TEST(pktgen_pair, several_receiving_threads_stop_exactly_too) {
    pktgen_run rx({"-i", "vale8:rx@conf:rings=4", "-n", "1001", "-p", "4"});
    ASSERT_TRUE(rx.out.wait_for("\"start\""));
    pktgen_run tx({"-f", "tx", "-i", "vale8:tx@conf:rings=4", "-p", "4"});
    EXPECT_EQ(rx.wait(), 0) << rx.err.str();
    EXPECT_EQ(number(rx.summary(), "rx_pkts"), 1001U);
    EXPECT_EQ(tx.stop(), 0) << tx.err.str();
}

TEST(pktgen_pair, silence_after_traffic_ends_an_rx_that_was_told_so) {
    pktgen_run rx({"-i", "pc}1", "-n", "1000", "-W"});
    ASSERT_TRUE(rx.out.wait_for("\"start\""));
    pktgen_run tx({"-f", "tx", "-i", "pc{1", "-n", "10"});
    EXPECT_EQ(tx.wait(), 0) << tx.err.str();
    EXPECT_EQ(rx.wait(), 6) << "goal not reached";
    EXPECT_EQ(number(rx.summary(), "rx_pkts"), 10U);
    EXPECT_NE(rx.err.str().find("ended after 10 of 1000 packets"), std::string::npos);
}

TEST(pktgen_pair, the_receiver_sees_the_frames_that_were_described) {
    running rx(pktgen::run, {"-i", "pd}1", "-n", "1", "-X", "--live", "off"});
    ASSERT_TRUE(rx.err.wait_for("rx netmap:pd}1"));
    pktgen_run tx({"-f", "tx", "-i", "pd{1", "-n", "1", "-S", "02:00:00:00:00:07", "-D",
                   "02:00:00:00:00:08", "-s", "192.168.1.2:53", "-d", "192.168.1.3:54", "-4"});
    EXPECT_EQ(tx.wait(), 0) << tx.err.str();
    EXPECT_EQ(rx.wait(), 0) << rx.err.str();
    auto const text = rx.out.str();
    EXPECT_NE(text.find("rx ring 0 buffer "), std::string::npos) << text;
    EXPECT_NE(text.find("length 60"), std::string::npos) << text;
    EXPECT_NE(text.find("02 00 00 00 00 08 02 00 00 00 00 07 08 00 45 10"), std::string::npos);
    EXPECT_NE(text.find("c0 a8 01 02 c0 a8"), std::string::npos) << text;
    EXPECT_NE(text.find("01 03 00 35 00 36 00 1a"), std::string::npos) << text;
}

/* ---- how runs end ----------------------------------------------------------------- */

TEST(pktgen_end, a_stop_without_a_goal_is_success) {
    pktgen_run tx({"-f", "tx", "-i", "vale9:tx", "-T", "20"});
    ASSERT_TRUE(tx.out.wait_for("\"interval\""));
    EXPECT_EQ(tx.stop(), 0) << tx.err.str();
    EXPECT_GT(number(tx.summary(), "tx_queued_pkts"), 0U);
}

TEST(pktgen_end, a_stop_before_the_goal_is_incomplete) {
    pktgen_run rx({"-i", "vale9:rx", "-n", "5"});
    ASSERT_TRUE(rx.out.wait_for("\"start\""));
    EXPECT_EQ(rx.stop(), 6);
    EXPECT_EQ(number(rx.summary(), "rx_pkts"), 0U);
    EXPECT_TRUE(rx.summary()["pps_mean"].is_null()) << "unknown is null, never 0";
}

TEST(pktgen_end, a_stop_of_a_full_sender_does_not_hang) {
    pktgen_run tx({"-f", "tx", "-i", "pf{1", "-T", "20", "--drain-timeout", "20ms"});
    ASSERT_TRUE(tx.out.wait_for("\"interval\""));
    EXPECT_EQ(tx.stop(), 0) << tx.err.str();
    auto const s = tx.summary();
    EXPECT_LT(number(s, "tx_completed_pkts"), number(s, "tx_queued_pkts") + 1);
    EXPECT_GT(number(s, "ring_full_events"), 0U);
}

TEST(pktgen_end, a_stop_before_the_duration_is_incomplete) {
    pktgen_run tx({"-f", "tx", "-i", "vale9:t2", "--duration", "1h", "-T", "20"});
    ASSERT_TRUE(tx.out.wait_for("\"interval\""));
    EXPECT_EQ(tx.stop(), 6);
}

TEST(pktgen_end, a_stop_while_waiting_for_the_link_is_prompt) {
    pktgen_run tx({"-f", "tx", "-i", "vale9:t3", "-w", "3600", "-n", "1"});
    ASSERT_TRUE(tx.out.wait_for("\"start\""));
    EXPECT_EQ(tx.stop(), 6);
}

TEST(pktgen_end, a_request_gives_an_interim_summary_and_goes_on) {
    pktgen_run tx({"-f", "tx", "-i", "vale9:t4"});
    ASSERT_TRUE(tx.out.wait_for("\"start\""));
    tx.control.request_report();
    ASSERT_TRUE(tx.out.wait_for("\"interim\":true"));
    EXPECT_EQ(tx.stop(), 0);
    EXPECT_EQ(tx.summary()["interim"], false);
}

TEST(pktgen_end, a_reader_that_goes_away_ends_the_run_normally) {
    pktgen_run tx({"-f", "tx", "-i", "vale9:t5", "-T", "20", "-n", "1000000000000"});
    ASSERT_TRUE(tx.out.wait_for("\"interval\""));
    tx.out.fail_with(std::errc::broken_pipe);
    EXPECT_EQ(tx.wait(), 0) << tx.err.str();
}

TEST(pktgen_end, an_output_that_fails_ends_the_run_with_7) {
    pktgen_run tx({"-f", "tx", "-i", "vale9:t6", "-T", "20"});
    ASSERT_TRUE(tx.out.wait_for("\"interval\""));
    tx.out.fail_with(std::errc::no_space_on_device);
    EXPECT_EQ(tx.wait(), 7);
    EXPECT_NE(tx.err.str().find("cannot write standard output: No space left"), std::string::npos);
}

TEST(pktgen_end, a_full_disk_ends_the_run_with_7) {
    running tx(pktgen::run, {"-f", "tx", "-i", "vale9:t7", "--json=/dev/full", "--live", "off"});
    EXPECT_EQ(tx.wait(), 7);
    EXPECT_NE(tx.err.str().find("cannot write '/dev/full': No space left"), std::string::npos)
        << tx.err.str();
}

/* ---- reports ---------------------------------------------------------------------- */

TEST(pktgen_reports, start_names_what_runs) {
    pktgen_run loop({"-f", "loop", "-i", "rp{1", "--peer", "rp}1", "-n", "10", "-R", "1M"});
    EXPECT_EQ(loop.wait(), 0) << loop.err.str();
    auto const s = last_of(loop.out.str(), "start");
    EXPECT_EQ(s["schema"], 1);
    EXPECT_EQ(s["program"], "nm-pktgen");
    EXPECT_EQ(s["function"], "loop");
    EXPECT_EQ(s["port"], "netmap:rp{1");
    EXPECT_EQ(s["peer"], "netmap:rp}1");
    EXPECT_EQ(s["backend"], "embedded");
    EXPECT_EQ(s["fast_path"], "in place");
    EXPECT_EQ(s["size_bytes"], 60);
    EXPECT_EQ(s["rate_pps"], 1000000);
    EXPECT_TRUE(s["duration_ns"].is_null());
}

TEST(pktgen_reports, intervals_carry_units_in_their_names) {
    pktgen_run tx({"-f", "tx", "-i", "vale10:tx", "-T", "20"});
    ASSERT_TRUE(tx.out.wait_for("\"interval\""));
    EXPECT_EQ(tx.stop(), 0);
    auto const i = last_of(tx.out.str(), "interval");
    for (auto const* key : {"elapsed_ns", "interval_ns", "tx_pkts", "tx_bytes", "tx_pps", "tx_bps"})
        EXPECT_TRUE(i.contains(key)) << key;
    EXPECT_FALSE(i.contains("rx_pkts"));
}

TEST(pktgen_reports, text_goes_to_standard_output_and_progress_to_standard_error) {
    running loop(pktgen::run, {"-f", "loop", "-i", "rq{1", "--peer", "rq}1", "-n", "1000"});
    EXPECT_EQ(loop.wait(), 0) << loop.err.str();
    auto const lines = test::lines_of(loop.out.str());
    ASSERT_EQ(lines.size(), 3U) << loop.out.str();
    EXPECT_EQ(lines[0].find("tx netmap:rq{1: 1000 packets, 60000 bytes in "), 0U) << lines[0];
    EXPECT_EQ(lines[1].find("rx netmap:rq}1: 1000 packets, 60000 bytes in "), 0U) << lines[1];
    EXPECT_EQ(lines[2], "lost 0 (0.0000 %)");
    EXPECT_EQ(loop.err.str().find("loop netmap:rq{1 -> netmap:rq}1: embedded backend"), 0U)
        << loop.err.str();
}

TEST(pktgen_reports, quiet_leaves_the_summary_only) {
    running loop(pktgen::run, {"-f", "loop", "-i", "rr{1", "--peer", "rr}1", "-n", "10", "-q"});
    EXPECT_EQ(loop.wait(), 0);
    EXPECT_EQ(loop.err.str(), "");
    EXPECT_NE(loop.out.str(), "");
}

TEST(pktgen_reports, no_packets_is_said_in_words) {
    running rx(pktgen::run, {"-i", "vale10:rx"});
    ASSERT_TRUE(rx.err.wait_for("rx vale10:rx"));
    EXPECT_EQ(rx.stop(), 0);
    EXPECT_EQ(rx.out.str(), "rx vale10:rx: no packets\n");
}

TEST(pktgen_reports, a_terminal_gets_one_refreshed_line) {
    running tx(pktgen::run, {"-f", "tx", "-i", "vale10:t2", "-T", "20"}, true);
    ASSERT_TRUE(tx.err.wait_for("\r"));
    EXPECT_EQ(tx.stop(), 0);
    EXPECT_EQ(tx.err.str().back(), '\n');
}

} // namespace
} // namespace netmapxx::apps
