// SPDX-License-Identifier: BSD-2-Clause
/**
 * nm-capture when things go wrong: writers that are too slow, full disks, ports
 * that close, readers that leave, words that make no sense.
 */
#include "nm-capture/capture.hpp"

#include <array>
#include <atomic>
#include <numeric>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "capture_support.hpp"
#include "common/exit_code.hpp"
#include "common/packet_filter.hpp"

namespace netmapxx::apps {
namespace {

using test::blocks_of;
using test::bytes;
using test::last_of;
using test::libpcap_read;
using test::make_packets;
using test::only;
using test::peer;
using test::running;
using test::scratch;
using test::until;
namespace block_type = test::block_type;

std::uint64_t number(nlohmann::json const& line, char const* name) {
    return line.at(name).get<std::uint64_t>();
}

/** The last whole interval line; null before the first. */
nlohmann::json last_interval(running const& run) {
    auto const text = run.out.str();
    auto const from = text.rfind("{\"type\":\"interval\"", text.rfind('\n'));
    if (from == std::string::npos)
        return {};
    return nlohmann::json::parse(text.substr(from, text.find('\n', from) - from));
}

/** Sends from one end to the other until all have arrived and are given back. */
[[nodiscard]] bool send_all(peer& from, peer& to, std::vector<bytes> const& packets) {
    auto const wanted = to.received.size() + packets.size();
    from.send(packets);
    bool const done = until([&] {
        bool const sent = from.work();
        to.work();
        return sent && to.received.size() == wanted;
    });
    from.work();
    return done;
}

/* ---- a writer that is too slow -------------------------------------------------------- */

/** A named pipe: what is written stays under way until the test reads it. */
class slow_file {
  public:
    slow_file() {
        EXPECT_EQ(::mkfifo(name().c_str(), 0600), 0);
        fd_ = ::open(name().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        EXPECT_GE(fd_, 0);
    }
    slow_file(slow_file const&) = delete;
    slow_file& operator=(slow_file const&) = delete;
    ~slow_file() {
        if (reader_.joinable())
            reader_.join();
        ::close(fd_);
    }
    [[nodiscard]] std::string name() const { return directory_ / "fifo"; }

    /** From now on everything is read, until the writer closes. */
    void read_on() {
        ::fcntl(fd_, F_SETFL, 0);
        reader_ = std::thread([this] {
            std::array<std::byte, 65536> part;
            for (ssize_t n = 0; (n = ::read(fd_, part.data(), part.size())) > 0;)
                content_.insert(content_.end(), part.begin(), part.begin() + n);
        });
    }
    /** What came, after the writer has closed. */
    [[nodiscard]] bytes const& content() {
        reader_.join();
        return content_;
    }

  private:
    scratch directory_;
    int fd_ = -1;
    std::thread reader_;
    bytes content_;
};

TEST(capture_loss, a_slow_writer_costs_packets_that_are_all_accounted_for) {
    peer a("netmap:da{1");
    peer b("netmap:da}1");
    slow_file file;
    running run(capture::run, {"-i", "da{1", "-w", file.name(), "-B", "1Mi", "--json", "--live",
                               "off", "-T", "10"});
    ASSERT_TRUE(run.out.wait_for("\"start\""));
    auto packets = make_packets(2000, 1, 1600);
    ASSERT_TRUE(send_all(a, b, packets));
    ASSERT_TRUE(until([&] {
        auto const now = last_interval(run);
        return !now.is_null() &&
               number(now, "captured_pkts") + number(now, "port_dropped_pkts") == packets.size();
    })) << last_interval(run);
    auto const stuck = last_interval(run);
    EXPECT_GT(number(stuck, "dropped_pkts"), 0U) << stuck;

    file.read_on();
    auto const one = make_packets(1, 2);
    std::size_t sent = packets.size();
    ASSERT_TRUE(until([&] {
        ++sent;
        return send_all(a, b, one) &&
               number(last_interval(run), "written_pkts") > number(stuck, "written_pkts");
    }));
    EXPECT_EQ(run.stop(), 0) << run.err.str();

    auto const end = last_of(run.out.str(), "summary");
    EXPECT_EQ(number(end, "written_pkts") + number(end, "dropped_pkts") +
                  number(end, "port_dropped_pkts"),
              sent);
    auto const all = blocks_of(file.content());
    auto const recorded = only(all, block_type::packet);
    EXPECT_EQ(recorded.size(), number(end, "written_pkts"));
    std::uint64_t told = 0;
    for (auto const& p : recorded)
        told += p.has(4) ? p.number(4) : 0;
    EXPECT_EQ(told, number(end, "dropped_pkts")) << "the first packet after a loss tells of it";
    auto const statistics = only(all, block_type::statistics);
    ASSERT_FALSE(statistics.empty());
    auto const& last = statistics.back();
    EXPECT_EQ(last.number(8), recorded.size());
    EXPECT_EQ(last.number(6) - last.number(8), number(end, "dropped_pkts"));
    EXPECT_EQ(last.number(7), number(end, "port_dropped_pkts"));
    EXPECT_NE(last.text(1).find("dropped by nm-capture"), std::string::npos);
}

TEST(capture_loss, a_slow_writer_can_leave_the_loss_to_the_monitor) {
    peer a("netmap:db{1");
    peer b("netmap:db}1");
    slow_file file;
    running run(capture::run, {"-i", "db{1", "-w", file.name(), "-B", "1Mi", "--on-overflow",
                               "wait", "--json", "--live", "off", "-T", "10"});
    ASSERT_TRUE(run.out.wait_for("\"start\""));
    auto const packets = make_packets(8000, 3, 1600);
    ASSERT_TRUE(send_all(a, b, packets));
    file.read_on();
    ASSERT_TRUE(until([&] {
        auto const now = last_interval(run);
        return !now.is_null() &&
               number(now, "captured_pkts") + number(now, "port_dropped_pkts") == packets.size();
    })) << last_interval(run);
    EXPECT_EQ(run.stop(), 0) << run.err.str();
    auto const end = last_of(run.out.str(), "summary");
    EXPECT_EQ(number(end, "dropped_pkts"), 0U);
    EXPECT_GT(number(end, "port_dropped_pkts"), 0U);
    auto const all = blocks_of(file.content());
    EXPECT_EQ(only(all, block_type::packet).size(), number(end, "written_pkts"));
    EXPECT_EQ(only(all, block_type::statistics).back().number(7), number(end, "port_dropped_pkts"));
}

TEST(capture_loss, a_reader_that_leaves_a_quiet_capture_is_noticed) {
    peer a("netmap:dc{1");
    auto file = std::make_unique<slow_file>();
    running run(capture::run, {"-i", "dc{1", "-w", file->name(), "-T", "10", "--live", "off"});
    ASSERT_TRUE(run.err.wait_for("backend\n"));
    file.reset();
    EXPECT_EQ(run.wait(), 0) << run.err.str();
}

/* ---- a disk that is full --------------------------------------------------------------- */

TEST(capture_loss, a_disk_that_is_full_at_once_ends_with_7) {
    running run(capture::run, {"--direct", "-i", "vale40:a", "-w", "/dev/full"});
    EXPECT_EQ(run.wait(), 7);
    EXPECT_NE(run.err.str().find("cannot write '/dev/full': No space left on device"),
              std::string::npos);
}

/** What a capture leaves on a small disk, which only the thread of this call sees. */
void capture_to_small_disk(std::string const& directory, std::string& skipped) {
    constexpr std::size_t count = 1500;
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", directory.c_str(), "tmpfs", 0, "size=256k") != 0) {
        skipped = "no file system of its own: " + std::generic_category().message(errno);
        return;
    }
    peer a("netmap:dd{1");
    peer b("netmap:dd}1");
    auto const file = directory + "/file";
    running run(capture::run, {"-i", "dd{1", "-w", file, "-U", "--json", "--live", "off"});
    ASSERT_TRUE(run.out.wait_for("\"start\""));
    ASSERT_TRUE(send_all(a, b, make_packets(count, 4, 1600)));
    EXPECT_EQ(run.wait(), 7) << run.err.str();
    EXPECT_NE(run.err.str().find("No space left on device"), std::string::npos);
    auto const packets = libpcap_read(file); // complains of a block that is cut
    auto const end = last_of(run.out.str(), "summary");
    EXPECT_GT(packets.size(), 50U);
    EXPECT_EQ(packets.size(), number(end, "written_pkts"));
    EXPECT_LE(packets.size() + number(end, "dropped_pkts"), count);
    auto const statistics = only(blocks_of(file), block_type::statistics);
    if (!statistics.empty()) { // there was room for them
        EXPECT_EQ(statistics.back().number(8), packets.size());
    }
}

TEST(capture_loss, a_disk_that_fills_up_leaves_whole_blocks) {
    scratch const directory;
    ASSERT_EQ(::mkdir((directory / "disk").c_str(), 0700), 0);
    std::string skipped;
    std::thread([&] { capture_to_small_disk(directory / "disk", skipped); }).join();
    if (!skipped.empty())
        GTEST_SKIP() << skipped;
}

/* ---- ports that come and go ------------------------------------------------------------- */

TEST(capture_loss, a_port_that_closes_ends_the_run_with_1) {
    auto a = std::make_unique<peer>("netmap:de{1");
    scratch const directory;
    running run(capture::run, {"-i", "de{1", "-w", directory / "file", "--json", "--live", "off"});
    ASSERT_TRUE(run.out.wait_for("\"start\""));
    a.reset();
    EXPECT_EQ(run.wait(), 1);
    EXPECT_NE(run.err.str().find("netmap:de{1 was closed or went away\n  hint: with --wait-target"),
              std::string::npos)
        << run.err.str();
    EXPECT_EQ(only(blocks_of(directory / "file"), block_type::statistics).size(), 1U);
}

TEST(capture_loss, a_port_that_comes_late_and_comes_back_is_waited_for) {
    scratch const directory;
    auto const file = directory / "file";
    running run(capture::run, {"-i", "vale41:a", "--wait-target", "1min", "-w", file, "--json",
                               "--live", "off", "--isb-interval", "0"});
    ASSERT_TRUE(run.err.wait_for("waiting up to"));
    auto a = std::make_unique<peer>("vale41:a");
    peer b("vale41:b");
    ASSERT_TRUE(run.out.wait_for("\"start\""));
    auto const first = make_packets(20, 5);
    ASSERT_TRUE(send_all(*a, b, first));
    a.reset();
    ASSERT_TRUE(run.err.wait_for("vale41:a was closed; waiting"));
    a = std::make_unique<peer>("vale41:a");
    ASSERT_TRUE(run.err.wait_for("vale41:a is back after"));
    auto const second = make_packets(30, 6);
    ASSERT_TRUE(send_all(*a, b, second));
    EXPECT_EQ(run.stop(), 0) << run.err.str();
    auto const read = libpcap_read(file);
    ASSERT_EQ(read.size(), first.size() + second.size());
    for (std::size_t i = 0; i < read.size(); ++i)
        EXPECT_TRUE(read[i].data == (i < first.size() ? first[i] : second[i - first.size()]));
    auto const statistics = only(blocks_of(file), block_type::statistics);
    ASSERT_EQ(statistics.size(), 2U);
    EXPECT_EQ(statistics[0].text(1).find("the port was closed; nothing was seen for "), 0U);
    EXPECT_EQ(statistics[1].number(8), read.size());
}

TEST(capture_loss, waiting_for_a_port_can_be_interrupted) {
    scratch const directory;
    running run(capture::run, {"-i", "vale42:a", "--wait-target", "1h", "-w", directory / "file"});
    ASSERT_TRUE(run.err.wait_for("waiting up to"));
    EXPECT_EQ(run.stop(), 0);
}

/* ---- tshark ------------------------------------------------------------------------------ */

struct outcome {
    int status = -1;
    std::string out;
    std::string err;
};

std::string text_of(std::string const& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

outcome shell(scratch const& where, std::string const& command) {
    int const raw =
        std::system((command + " >" + (where / "out") + " 2>" + (where / "err")).c_str()); // NOLINT
    return {WIFEXITED(raw) ? WEXITSTATUS(raw) : -1, text_of(where / "out"), text_of(where / "err")};
}

TEST(capture_tshark, reads_the_same_packets_without_a_complaint) {
    scratch const directory;
    if (shell(directory, "tshark --version").status != 0)
        GTEST_SKIP() << "tshark is not installed here";
    auto const file = directory / "file";
    peer a("vale43:a@conf:rings=2");
    peer b("vale43:b");
    running run(capture::run, {"-i", "vale43:a", "-w", file, "--comment", "for tshark"});
    ASSERT_TRUE(run.err.wait_for("backend\n"));
    auto const packets = make_packets(100, 7);
    ASSERT_TRUE(send_all(a, b, packets));
    EXPECT_EQ(run.stop(), 0) << run.err.str();

    // As root it says that this is dangerous, which is no complaint about the file.
    auto const plain = shell(directory, "tshark -r '" + file + "'");
    EXPECT_EQ(plain.status, 0);
    for (auto const& line : test::lines_of(plain.err))
        EXPECT_EQ(line.find("Running as user \"root\""), 0U) << line;
    EXPECT_EQ(test::lines_of(plain.out).size(), packets.size());

    auto const fields = shell(
        directory,
        "tshark -n --disable-all-protocols -r '" + file +
            "' -T fields -E separator=/s -e frame.len -e frame.time_epoch "
            "-e frame.interface_queue -e frame.packet_flags_direction -e frame.interface_name");
    EXPECT_EQ(fields.status, 0) << fields.err;
    auto const blocks = only(blocks_of(file), block_type::packet);
    auto const rows = test::lines_of(fields.out);
    ASSERT_EQ(rows.size(), blocks.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto const ns = blocks[i].time_ns();
        EXPECT_EQ(rows[i],
                  fmt::format("{} {}.{:09} {} 0x00000002 vale43:a", blocks[i].data.size(),
                              ns / 1'000'000'000, ns % 1'000'000'000, blocks[i].number(6)));
    }
}

TEST(capture_tshark, shows_the_bytes_that_were_sent) {
    scratch const directory;
    if (shell(directory, "tshark --version").status != 0)
        GTEST_SKIP() << "tshark is not installed here";
    auto const file = directory / "file";
    peer a("netmap:df{1");
    peer b("netmap:df}1");
    running run(capture::run, {"-i", "df{1", "-w", file});
    ASSERT_TRUE(run.err.wait_for("backend\n"));
    auto const packets = make_packets(20, 8, 5000);
    ASSERT_TRUE(send_all(a, b, packets));
    EXPECT_EQ(run.stop(), 0) << run.err.str();
    auto const raw = shell(directory, "tshark -n --disable-all-protocols -r '" + file +
                                          "' -T jsonraw --no-duplicate-keys");
    ASSERT_EQ(raw.status, 0) << raw.err;
    auto const frames = nlohmann::json::parse(raw.out);
    ASSERT_EQ(frames.size(), packets.size());
    for (std::size_t i = 0; i < packets.size(); ++i) {
        std::string hex;
        for (auto const b : packets[i])
            hex += fmt::format("{:02x}", std::to_integer<unsigned>(b));
        EXPECT_EQ(frames[i]["_source"]["layers"]["frame_raw"][0], hex);
    }
}

/* ---- words ---------------------------------------------------------------------------------- */

struct bad_input {
    std::vector<std::string> words;
    int status;
    std::string text; ///< that standard error must hold
};

std::ostream& operator<<(std::ostream& out, bad_input const& b) {
    for (auto const& word : b.words)
        out << word << ' ';
    return out;
}

class capture_bad_input : public ::testing::TestWithParam<bad_input> {};

TEST_P(capture_bad_input, is_refused_with_a_message_that_quotes_it) {
    running run(capture::run, GetParam().words);
    EXPECT_EQ(run.wait(), GetParam().status) << run.err.str();
    EXPECT_EQ(run.err.str().find("nm-capture: error: "), 0U) << run.err.str();
    EXPECT_NE(run.err.str().find(GetParam().text), std::string::npos) << run.err.str();
    EXPECT_EQ(run.out.str(), "");
}

INSTANTIATE_TEST_SUITE_P(
    words, capture_bad_input,
    ::testing::Values(
        bad_input{{}, 2, "a port is required (-i)"},
        bad_input{{"-i", "vale0:a@"}, 2, "'vale0:a@' is not a port"},
        bad_input{{"-i", "vale0:a", "--bogus"}, 2, "unexpected argument '--bogus'"},
        bad_input{{"-i", "vale0:a", "tcp", "prt", "80"},
                  2,
                  "'tcp prt 80' is not a filter: can't parse filter expression: syntax error"},
        bad_input{{"-i", "vale0:a", "-f", "tcp", "udp"}, 2, "filter given twice: 'tcp' and 'udp'"},
        bad_input{{"-d", "nonsense("}, 2, "is not a filter"},
        bad_input{{"-i", "vale0:a", "-s", "-1"}, 2, "-s/--snaplen: '-1' is not a number of bytes"},
        bad_input{{"-i", "vale0:a", "-s", "262145"}, 2, "in 0..262144"},
        bad_input{{"-i", "vale0:a", "-c", "0"}, 2, "'0' is not a number of packets"},
        bad_input{{"-i", "vale0:a", "-c", "1", "-c", "2"}, 2, "-c/--count given twice"},
        bad_input{{"-i", "vale0:a", "-a", "moon:full"}, 2, "'moon:full' is not duration:TIME"},
        bad_input{{"-i", "vale0:a", "-a", "duration"}, 2, "-a/--autostop: '' is not a time"},
        bad_input{{"-i", "vale0:a", "-a", "filesize:0"}, 2, "'0' is not a size"},
        bad_input{{"-i", "vale0:a", "-a", "files:2"}, 2, "-a files is not there yet"},
        bad_input{{"-i", "vale0:a", "-b", "files:1"}, 2, "-b/--rotate is not there yet"},
        bad_input{{"-r", "x"}, 2, "-r/--read is not there yet\n  hint: "},
        bad_input{{"--replay-to", "vale0:a"}, 2, "--replay-to is not there yet"},
        bad_input{{"--extcap-interfaces"}, 2, "--extcap-interfaces is not there yet"},
        bad_input{{"-i", "vale0:a", "--time", "slot"}, 2, "--time slot is not there yet"},
        bad_input{{"-i", "vale0:a", "--time", "noon"}, 2, "'noon' is not one of auto, batch"},
        bad_input{{"-i", "vale0:a", "-F", "text"}, 2, "'text' is not one of pcapng, pcap"},
        bad_input{{"-i", "vale0:a", "-F", "pcap", "-n"}, 2, "-F, -P and -n exclude each other"},
        bad_input{{"-i", "vale0:a", "-B", "4"}, 2, "'4' is not a number of bytes in 1Mi..64Gi"},
        bad_input{{"-i", "vale0:a", "-w", ""}, 2, "'' is not a file name"},
        bad_input{{"-i", "vale0:a", "-w", "-", "--json"}, 2, "both want standard output"},
        bad_input{{"-i", "vale0:a", "--ifname", "a", "--ifname", "b"}, 2, "'b' belongs to no port"},
        bad_input{{"-i", "vale0:a", "--direct", "--monitor", "copy"}, 2, "exclude each other"},
        bad_input{{"-i", "vale0:a", "--direct", "--wait-target", "1"}, 2, "exclude each other"},
        bad_input{{"-i", "vale0:a/z", "--direct"}, 2, "'vale0:a/z' is a monitor"},
        bad_input{{"-i", "vale0:a/x"}, 2, "'vale0:a/x' has flags that a monitor cannot have"}));

INSTANTIATE_TEST_SUITE_P(
    ports_and_files, capture_bad_input,
    ::testing::Values(
        bad_input{{"-i", "vale44:a"},
                  3,
                  "vale44:a is not in netmap mode\n  hint: start the application first, use "
                  "--wait-target, or --direct"},
        bad_input{{"-i", "dg{1"}, 3, "netmap:dg{1 is not in netmap mode\n  hint: "},
        bad_input{{"-i", "vale44:a/rt"}, 3, "vale44:a is not in netmap mode"},
        bad_input{{"-i", "no_such_if"}, 3, "cannot open netmap:no_such_if: no such port"},
        bad_input{{"--direct", "-i", "no_such_if"}, 3, "cannot open netmap:no_such_if: "},
        bad_input{{"-q", "--direct", "-i", "vale45:a", "-w", "/no_such_directory/x"},
                  7,
                  "cannot create '/no_such_directory/x': No such file or directory"},
        bad_input{{"-q", "--direct", "-i", "vale45:a", "-w", "/sys/nm-capture-test"},
                  4,
                  "cannot create '/sys/nm-capture-test': Permission denied"}));

TEST(capture_words, help_fits_120_columns_and_lists_all_options) {
    running run(capture::run, {"-h"});
    EXPECT_EQ(run.wait(), 0);
    auto const help = run.out.str();
    for (auto const& line : test::lines_of(help))
        EXPECT_LE(line.size(), 120U) << line;
    for (auto const* option : {"-i,--port",       "--monitor",
                               "--direct",        "--wait-target",
                               "-f,--filter",     "-s,--snaplen",
                               "--direction",     "--time",
                               "-c,--count",      "-a,--autostop",
                               "-w,--write",      "-F,--format",
                               "-g,--group-read", "-U,--packet-buffered",
                               "-B,--buffer",     "--on-overflow",
                               "--isb-interval",  "--comment",
                               "--json",          "Exit status:"})
        EXPECT_NE(help.find(option), std::string::npos) << option;
    EXPECT_EQ(help.find("--replay-to"), std::string::npos) << "what is not there is not offered";
}

TEST(capture_words, lists_need_no_port) {
    running links(capture::run, {"-L"});
    EXPECT_EQ(links.wait(), 0);
    EXPECT_EQ(links.out.str(), "1: EN10MB (Ethernet)\n");
    running program(capture::run, {"-d", "ip"});
    EXPECT_EQ(program.wait(), 0);
    EXPECT_NE(program.out.str().find("#0x800"), std::string::npos) << program.out.str();
    peer a("vale47:listed");
    running ports(capture::run, {"-D"});
    EXPECT_EQ(ports.wait(), 0);
    EXPECT_NE(ports.out.str().find("vale47:listed"), std::string::npos) << ports.out.str();
    running json(capture::run, {"-D", "--json"});
    EXPECT_EQ(json.wait(), 0);
    EXPECT_FALSE(last_of(json.out.str(), "summary")["ports"].empty());
}

/* ---- the parts -------------------------------------------------------------------------- */

TEST(packet_filter, without_an_expression_takes_all) {
    packet_filter const none;
    EXPECT_FALSE(none);
    EXPECT_TRUE(none.matches({}, 0));
    EXPECT_EQ(none.listing(), "");
}

TEST(packet_filter, looks_at_bytes_and_length) {
    packet_filter const long_ones("-f", "greater 100");
    bytes const frame(60);
    EXPECT_TRUE(long_ones.matches(frame, 100)) << "the length on the wire counts";
    EXPECT_FALSE(long_ones.matches(frame, 60));
    packet_filter const beyond("-f", "ether[80] = 0");
    EXPECT_FALSE(beyond.matches(frame, 60)) << "bytes that are not there match nothing";
}

TEST(packet_filter, a_bad_expression_is_a_matter_of_usage) {
    try {
        packet_filter const bad("-f", "port port");
        FAIL();
    } catch (app_failure const& e) {
        EXPECT_EQ(e.code(), exit_code::usage);
        EXPECT_NE(std::string(e.what()).find("-f: 'port port' is not a filter: "),
                  std::string::npos);
    }
}

} // namespace
} // namespace netmapxx::apps
