// SPDX-License-Identifier: BSD-2-Clause
/** What nm-pktgen says to bad input: status and first line. */
#include <filesystem>

#include <gtest/gtest.h>

#include "nm-pktgen/options.hpp"
#include "nm-pktgen/pktgen.hpp"
#include "support.hpp"

namespace netmapxx::apps {
namespace {

using test::running;

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

class pktgen_bad_input : public ::testing::TestWithParam<bad_input> {};

TEST_P(pktgen_bad_input, is_refused_with_a_message_that_quotes_it) {
    running run(pktgen::run, GetParam().words);
    EXPECT_EQ(run.wait(), GetParam().status) << run.err.str();
    auto const lines = test::lines_of(run.err.str());
    ASSERT_FALSE(lines.empty());
    EXPECT_EQ(lines[0].find("nm-pktgen: error: "), 0U) << lines[0];
    EXPECT_NE(lines[0].find(GetParam().text), std::string::npos) << lines[0];
    EXPECT_EQ(run.out.str(), "");
}

std::vector<std::string> with_port(std::vector<std::string> words) {
    words.insert(words.end(), {"-i", "vale0:a"});
    return words;
}

INSTANTIATE_TEST_SUITE_P(
    numbers, pktgen_bad_input,
    ::testing::Values(
        bad_input{with_port({"-l", "10"}), 2, "-l/--size: '10' is not a frame size in 16..65536"},
        bad_input{with_port({"-l", "70000"}), 2, "'70000' is not a frame size in 16..65536"},
        bad_input{with_port({"-l", "20"}), 2, "'20' is not enough for an IPv4/UDP frame"},
        bad_input{with_port({"-l", "60", "-l", "1500"}), 2,
                  "lower bound 1500 above upper bound 60"},
        bad_input{with_port({"-l", "60", "-l", "60", "-l", "60"}), 2, "-l/--size: at most 2"},
        bad_input{with_port({"-n", "12abc"}), 2, "-n/--count: '12abc' is not a number of packets"},
        bad_input{with_port({"-n", "-4"}), 2, "'-4' is not a number of packets in 0.."},
        bad_input{with_port({"-n", "99999999999999999999"}), 2, "'99999999999999999999' is not"},
        bad_input{with_port({"-n", "1", "-n", "2"}), 2, "-n/--count given twice: '1' and '2'"},
        bad_input{with_port({"-R", "-5"}), 2, "-R/--rate: '-5' is not a rate"},
        bad_input{with_port({"-R", "10Gbps"}), 2, "-R/--rate: '10Gbps' is not a rate"},
        bad_input{with_port({"-b", "0"}), 2, "-b/--burst: '0' is not a number of packets in 1.."},
        bad_input{with_port({"-p", "0"}), 2, "-p/--threads: '0' is not a number of threads in 1.."},
        bad_input{with_port({"-F", "64"}), 2, "-F/--frags: '64' is not a number of slots in 1..63"},
        bad_input{with_port({"-F", "0"}), 2, "'0' is not a number of slots in 1..63"},
        bad_input{with_port({"-F", "61", "-f", "tx"}), 2, "61 slots are too many for 60 bytes"},
        bad_input{with_port({"-T", "0"}), 2, "-T/--report-interval: '0' is not a time of at least"},
        bad_input{with_port({"-T", "9"}), 2, "'9' is not a time of at least 10.00 ms"},
        bad_input{with_port({"-w", "-1"}), 2, "-w/--wait-link: '-1' is not a time"},
        bad_input{with_port({"--duration", "0"}), 2, "--duration: '0' is not a time"},
        bad_input{with_port({"--duration", "5parsecs"}), 2, "'5parsecs' is not a time"}));

INSTANTIATE_TEST_SUITE_P(
    addresses, pktgen_bad_input,
    ::testing::Values(
        bad_input{with_port({"-D", "zz"}), 2, "-D/--dst-mac: 'zz' is not a MAC address"},
        bad_input{with_port({"-S", "02:00:00:00:00"}), 2, "'02:00:00:00:00' is not a MAC"},
        bad_input{with_port({"-S", "02:00:00:00:00:01-02:00:00:00:00:09"}), 2,
                  "'02:00:00:00:00:01-02:00:00:00:00:09' is a range; ranges are not supported"},
        bad_input{with_port({"-s", "10.0.0.999"}), 2, "-s/--src-ip: '10.0.0.999' is not an IPv4"},
        bad_input{with_port({"-s", "10.0.0.1-fe80::1"}), 2, "'10.0.0.1-fe80::1' is a range"},
        bad_input{with_port({"-s", "10.0.0.1-10.0.0.9"}), 2, "ranges are not supported yet"},
        bad_input{with_port({"-d", "10.0.0.1:70000"}), 2, "-d/--dst-ip: '10.0.0.1:70000' is not"},
        bad_input{with_port({"-d", "fe80::1"}), 2, "'fe80::1' is not an IPv4 address"},
        bad_input{with_port({"-6", "-s", "10.0.0.1"}), 2, "unexpected argument '-6'"}));

INSTANTIATE_TEST_SUITE_P(
    combinations, pktgen_bad_input,
    ::testing::Values(
        bad_input{{}, 2, "a port is required (-i)"}, bad_input{{"-i"}, 2, "--port"},
        bad_input{with_port({"-f", "bogus"}), 2,
                  "-f/--function: 'bogus' is not one of rx, tx, loop"},
        bad_input{with_port({"word"}), 2, "unexpected argument 'word'"},
        bad_input{with_port({"--bogus"}), 2, "unexpected argument '--bogus'"},
        bad_input{with_port({"--live", "tui"}), 2, "--live: 'tui' is not one of auto, line"},
        bad_input{with_port({"--backend", "magic"}), 2, "--backend: 'magic' is not one of device"},
        bad_input{with_port({"-f", "loop"}), 2, "-f loop needs a port that receives (--peer)"},
        bad_input{with_port({"--peer", "vale0:b"}), 2, "--peer 'vale0:b' is for -f loop only"},
        bad_input{with_port({"-f", "loop", "--peer", "vale0:a"}), 2, "'vale0:a' is the same port"},
        bad_input{with_port({"--verify"}), 2, "--verify is for -f loop only"},
        bad_input{with_port({"-f", "loop", "--peer", "vale0:b", "--max-loss", "1%"}), 2,
                  "--max-loss '1%' needs --verify"},
        bad_input{with_port({"-f", "loop", "--peer", "vale0:b", "--verify", "--max-loss", "2"}), 2,
                  "--max-loss: '2' is not a probability"},
        bad_input{with_port({"-f", "loop", "--peer", "vale0:b", "--verify", "-p", "2"}), 2,
                  "--verify works with one thread, not with 2"},
        bad_input{with_port({"-f", "loop", "--peer", "vale0:b", "--verify", "-l", "42"}), 2,
                  "42 bytes are too short for --verify"},
        bad_input{with_port({"-f", "loop", "--peer", "vale0:b", "--verify", "-F", "2"}), 2,
                  "2 slots leave less than 46 bytes"}));

INSTANTIATE_TEST_SUITE_P(
    ports, pktgen_bad_input,
    ::testing::Values(
        bad_input{{"-i", "vale0:a@"}, 2, "-i/--port: 'vale0:a@' is not a port: expected"},
        bad_input{{"-i", "vale0:a/q"}, 2, "'vale0:a/q' is not a port: expected"},
        bad_input{{"-i", ""}, 2, "'' is not a port"},
        bad_input{{"-f", "tx", "-i", "vale11:a@conf:rings=4", "-p", "8"},
                  2,
                  "8 threads, but the port has 4 tx rings"},
        bad_input{{"-i", "vale11:b@conf:rings=2", "-p", "8"},
                  2,
                  "8 threads, but the port has 2 rx rings"},
        bad_input{
            {"-f", "tx", "-i", "vale11:c@conf:slots=16", "-l", "65000"}, 2, "65000 bytes need "},
        bad_input{{"-i", "netmap:no_such_if"}, 3, "cannot open netmap:no_such_if: "},
        bad_input{{"-f", "loop", "-i", "vale11:d", "--peer", "no_such_if"},
                  3,
                  "cannot open netmap:no_such_if: "},
        bad_input{{"-f", "tx", "-i", "vale11:e/R"}, 3, "it has no tx rings"},
        bad_input{{"-i", "vale11:f", "--json=/nonexistent-directory/x"},
                  7,
                  "cannot create '/nonexistent-directory/x': No such file"}));

TEST(pktgen_usage, a_device_that_is_not_there_is_3_with_a_hint) {
    if (std::filesystem::exists("/dev/netmap"))
        GTEST_SKIP() << "this machine has the device";
    running run(pktgen::run, {"-i", "vale0:a", "--backend", "device"});
    EXPECT_EQ(run.wait(), 3);
    auto const lines = test::lines_of(run.err.str());
    ASSERT_EQ(lines.size(), 2U) << run.err.str();
    EXPECT_EQ(lines[0].find("nm-pktgen: error: cannot open vale0:a: "), 0U) << lines[0];
    EXPECT_EQ(lines[1].find("  hint: "), 0U) << lines[1];
}

TEST(pktgen_usage, help_goes_to_standard_output_and_fits_120_columns) {
    running run(pktgen::run, {"--help"});
    EXPECT_EQ(run.wait(), 0);
    EXPECT_EQ(run.err.str(), "");
    auto const help = run.out.str();
    for (auto const& line : test::lines_of(help))
        EXPECT_LE(line.size(), 120U) << line;
    for (auto const* option :
         {"-i,--port",         "-f,--function",  "--peer",         "-n,--count",
          "-l,--size",         "-b,--burst",     "-R,--rate",      "-T,--report-interval",
          "--duration",        "-w,--wait-link", "-4,--ipv4",      "-s,--src-ip",
          "-d,--dst-ip",       "-S,--src-mac",   "-D,--dst-mac",   "-p,--threads",
          "-F,--frags",        "-W,--exit-idle", "-v,--verbose",   "-q,--quiet",
          "-N,--no-normalize", "-X,--dump",      "--json",         "--live",
          "--backend",         "-h,--help",      "--version",      "--verify",
          "--max-loss",        "--copy",         "--drain-timeout"})
        EXPECT_NE(help.find(option), std::string::npos) << option;
}

TEST(pktgen_usage, version_goes_to_standard_output) {
    running run(pktgen::run, {"--version"});
    EXPECT_EQ(run.wait(), 0);
    EXPECT_EQ(run.out.str().find("nm-pktgen "), 0U);
}

TEST(pktgen_usage, defaults_are_those_of_the_specification) {
    char const* const words[] = {"-i", "eth0"};
    auto const o = pktgen::parse_options(words, "").opts;
    EXPECT_EQ(o.function, pktgen::function::rx);
    EXPECT_EQ(o.port.to_string(), "netmap:eth0");
    EXPECT_EQ(o.highest_size, 60U);
    EXPECT_EQ(o.lowest_size, 60U);
    EXPECT_EQ(o.burst, 512U);
    EXPECT_EQ(o.threads, 1U);
    EXPECT_EQ(o.interval, std::chrono::seconds(1));
    EXPECT_EQ(o.frame.to, (ipv4_endpoint{0x0a010001, 1234}));
    EXPECT_EQ(o.backend, backend_kind::automatic);
}

TEST(pktgen_usage, values_with_units_are_read) {
    char const* const words[] = {"-i",   "eth0", "-f", "tx",         "-n",        "10M",     "-R",
                                 "1.5M", "-T",   "2s", "--duration", "1min",      "-l",      "1514",
                                 "-l",   "60",   "-w", "4",          "--backend", "embedded"};
    auto const o = pktgen::parse_options(words, "device").opts;
    EXPECT_EQ(o.count, 10'000'000U);
    EXPECT_EQ(o.rate, 1'500'000U);
    EXPECT_EQ(o.interval, std::chrono::seconds(2));
    EXPECT_EQ(o.duration, std::chrono::minutes(1));
    EXPECT_EQ(o.wait_link, std::chrono::seconds(4));
    EXPECT_EQ(o.highest_size, 1514U);
    EXPECT_EQ(o.lowest_size, 60U);
    EXPECT_EQ(o.backend, backend_kind::embedded) << "the option wins";
}

} // namespace
} // namespace netmapxx::apps
