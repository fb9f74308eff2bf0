// SPDX-License-Identifier: BSD-2-Clause
/**
 * Whole runs of nm-capture inside this process: what was sent through an
 * observed port is what other readers find in the file.
 */
#include "nm-capture/capture.hpp"

#include <algorithm>
#include <array>

#include <sys/stat.h>

#include "capture_support.hpp"
#include "nm-capture/source.hpp"

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

enum : std::uint16_t { flags = 2, queue = 6, comment = 1 };

/** A capture to a file of its own, with JSON on standard output. */
class capture_run {
  public:
    explicit capture_run(std::vector<std::string> words) : run_(capture::run, with_file(words)) {}

    /** False if it ended before it had opened its ports. */
    [[nodiscard]] bool started() const { return run_.out.wait_for("\"start\""); }
    /** Stops it and expects success. */
    void stop() { EXPECT_EQ(run_.stop(), 0) << run_.err.str(); }
    [[nodiscard]] nlohmann::json summary() const { return last_of(run_.out.str(), "summary"); }
    [[nodiscard]] std::vector<test::block> blocks() const { return blocks_of(file()); }
    [[nodiscard]] std::string file() const { return directory_ / "file"; }
    running& program() { return run_; }

  private:
    std::vector<std::string> with_file(std::vector<std::string> words) const {
        words.insert(words.begin(), {"-w", file(), "--json", "--live", "off"});
        return words;
    }

    scratch directory_;
    running run_;
};

/** Exchanges packets until both sides have all of them, and gives all slots back. */
void exchange(peer& a, std::vector<bytes> const& forth, peer& b, std::vector<bytes> const& back) {
    auto const a_has = a.received.size() + back.size();
    auto const b_has = b.received.size() + forth.size();
    a.send(forth);
    b.send(back);
    ASSERT_TRUE(until([&] {
        bool const sent = a.work() & b.work();
        return sent && a.received.size() == a_has && b.received.size() == b_has;
    })) << a.received.size()
        << ' ' << b.received.size();
    static_cast<void>(a.work() & b.work()); // what was sent is reclaimed
}

std::vector<bytes> data_of(std::vector<test::block> const& packets, unsigned direction) {
    std::vector<bytes> found;
    for (auto const& p : packets)
        if (p.number(flags) == direction)
            found.push_back(p.data);
    return found;
}

std::uint64_t now_ns() {
    return static_cast<std::uint64_t>(capture::wall_now().time_since_epoch().count());
}

/* ---- what is in the file -------------------------------------------------------- */

class observed : public ::testing::TestWithParam<std::string> {};

TEST_P(observed, a_pipe_is_recorded_byte_by_byte_with_direction_and_time) {
    auto const before = now_ns();
    peer a("netmap:ca{1");
    peer b("netmap:ca}1");
    capture_run run({"-i", "ca{1", "--monitor", GetParam(), "--comment", "a test"});
    ASSERT_TRUE(run.started());
    auto const forth = make_packets(900, 1);
    auto const back = make_packets(800, 2);
    exchange(a, forth, b, back);
    run.stop();
    EXPECT_EQ(run.summary()["written_pkts"], 1700);
    EXPECT_EQ(run.summary()["port_dropped_pkts"], 0);

    auto const packets = only(run.blocks(), block_type::packet);
    EXPECT_TRUE(data_of(packets, 2) == forth) << "sent by the port, in order";
    EXPECT_TRUE(data_of(packets, 1) == back) << "received by the port, in order";
    auto const read = libpcap_read(run.file());
    ASSERT_EQ(read.size(), packets.size());
    std::uint64_t last = before;
    for (std::size_t i = 0; i < read.size(); ++i) {
        EXPECT_TRUE(read[i].data == packets[i].data);
        EXPECT_EQ(read[i].original, packets[i].data.size());
        EXPECT_EQ(read[i].time_ns, packets[i].time_ns()) << "nanoseconds are kept";
        EXPECT_EQ(packets[i].number(queue), 0U);
        EXPECT_LE(last, read[i].time_ns);
        last = read[i].time_ns;
    }
    EXPECT_LE(last, now_ns());
}

INSTANTIATE_TEST_SUITE_P(kinds, observed, ::testing::Values("zero", "copy"));

TEST(capture, the_file_describes_itself) {
    peer a("netmap:cb{1");
    peer b("netmap:cb}1");
    capture_run run({"-i", "cb{1", "-i", "cb}1", "-s", "128", "--comment", "why", "--ifname",
                     "left", "len", ">", "0"});
    ASSERT_TRUE(run.started());
    exchange(a, make_packets(10, 1), b, make_packets(20, 2));
    run.stop();
    auto const all = run.blocks();
    ASSERT_FALSE(all.empty());
    EXPECT_EQ(all[0].type, block_type::section);
    EXPECT_EQ(all[0].text(comment), "why");
    EXPECT_EQ(all[0].text(4).find("nm-capture "), 0U);
    auto const interfaces = only(all, block_type::interface);
    ASSERT_EQ(interfaces.size(), 2U);
    for (auto const& i : interfaces) {
        EXPECT_EQ(i.words.at(0), 1U) << "Ethernet";
        EXPECT_EQ(i.words.at(1), 128U);
        EXPECT_EQ(i.text(9), "\x09") << "nanoseconds";
        EXPECT_EQ(i.text(11), std::string("\0len > 0", 8));
    }
    EXPECT_EQ(interfaces[0].text(2), "left");
    EXPECT_EQ(interfaces[1].text(2), "netmap:cb}1");
    EXPECT_EQ(interfaces[1].text(3), "zero-copy monitor of netmap:cb}1");
    auto const statistics = only(all, block_type::statistics);
    ASSERT_EQ(statistics.size(), 2U);
    for (auto const& s : statistics) {
        EXPECT_EQ(s.number(4), 30U) << "received";
        EXPECT_EQ(s.number(6), 30U) << "accepted";
        EXPECT_EQ(s.number(7), 0U) << "dropped by the core";
        EXPECT_EQ(s.number(8), 30U) << "delivered";
        EXPECT_FALSE(s.has(5)) << "what is not known is left out";
        EXPECT_FALSE(s.has(comment));
    }
}

TEST(capture, two_ports_keep_their_numbers) {
    peer a("netmap:cc{1");
    peer b("netmap:cc}1");
    capture_run run({"-i", "cc{1", "-i", "cc}1", "--monitor", "copy"});
    ASSERT_TRUE(run.started());
    auto const forth = make_packets(300, 3);
    exchange(a, forth, b, {});
    run.stop();
    std::array<std::vector<bytes>, 2> seen;
    for (auto const& p : only(run.blocks(), block_type::packet)) {
        ASSERT_LT(p.words.at(0), 2U);
        seen[p.words[0]].push_back(p.data);
        EXPECT_EQ(p.number(flags), p.words[0] == 0 ? 2U : 1U);
    }
    EXPECT_TRUE(seen[0] == forth);
    EXPECT_TRUE(seen[1] == forth);
}

TEST(capture, each_packet_names_its_ring) {
    peer a("vale30:a@conf:rings=3");
    peer b("vale30:b");
    capture_run run({"-i", "vale30:a", "--time", "packet"});
    ASSERT_TRUE(run.started());
    auto const packets = make_packets(300, 4, 200);
    a.send(packets);
    ASSERT_TRUE(until([&] {
        b.work();
        return a.work() && b.received.size() == packets.size();
    }));
    a.work();
    run.stop();
    std::array<std::vector<bytes>, 3> sent;
    for (std::size_t i = 0; i < packets.size(); ++i)
        sent[i % 3].push_back(packets[i]); // as inject() spreads them
    std::array<std::vector<bytes>, 3> seen;
    std::array<std::uint64_t, 3> last{};
    for (auto const& p : only(run.blocks(), block_type::packet)) {
        auto const ring = p.number(queue);
        ASSERT_LT(ring, 3U);
        seen[ring].push_back(p.data);
        EXPECT_LE(last[ring], p.time_ns());
        last[ring] = p.time_ns();
    }
    EXPECT_TRUE(seen == sent) << "each ring in order";
}

TEST(capture, the_snap_length_cuts_packets_of_several_slots) {
    peer a("netmap:cd{1");
    peer b("netmap:cd}1");
    capture_run cut({"-i", "cd{1", "-s", "96"});
    capture_run whole({"-i", "cd{1"});
    ASSERT_TRUE(cut.started());
    ASSERT_TRUE(whole.started());
    std::vector<bytes> packets = make_packets(40, 5, 9000);
    for (auto& p : packets)
        p.resize(9000, std::byte{7});
    exchange(a, packets, b, {});
    cut.stop();
    whole.stop();
    auto const read = libpcap_read(cut.file());
    auto const full = libpcap_read(whole.file());
    ASSERT_EQ(read.size(), packets.size());
    ASSERT_EQ(full.size(), packets.size());
    for (std::size_t i = 0; i < packets.size(); ++i) {
        EXPECT_EQ(read[i].original, 9000U);
        EXPECT_TRUE(std::ranges::equal(read[i].data, std::span(packets[i]).first(96)));
        EXPECT_TRUE(full[i].data == packets[i]);
    }
}

/** Ethernet, perhaps a VLAN tag, IPv4, and nothing of sense behind. */
bytes ip_frame(unsigned vlan, unsigned protocol, std::size_t size) {
    bytes frame(size, std::byte{0x11});
    std::size_t at = 12;
    auto const put = [&](std::initializer_list<unsigned> values) {
        for (unsigned const v : values)
            frame.at(at++) = static_cast<std::byte>(v);
    };
    if (vlan != 0)
        put({0x81, 0x00, 0x00, vlan});
    put({0x08, 0x00, 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, protocol});
    return frame;
}

TEST(capture, a_filter_chooses_as_libpcap_does_afterwards) {
    constexpr auto expression = "vlan 5 and tcp";
    peer a("netmap:ce{1");
    peer b("netmap:ce}1");
    capture_run all({"-i", "ce{1"});
    capture_run some({"-i", "ce{1", "-f", expression});
    ASSERT_TRUE(all.started());
    ASSERT_TRUE(some.started());
    std::vector<bytes> packets;
    for (unsigned i = 0; i < 240; ++i)
        packets.push_back(ip_frame(i % 3 == 0 ? 0 : 4 + i % 2, i % 5 == 0 ? 17 : 6,
                                   i % 7 == 0 ? 5000 : 60 + i)); // some of several slots
    exchange(a, packets, b, {});
    all.stop();
    some.stop();
    auto const offline = libpcap_read(all.file(), expression);
    auto const ours = libpcap_read(some.file());
    EXPECT_EQ(libpcap_read(all.file()).size(), packets.size());
    EXPECT_GT(offline.size(), 20U);
    ASSERT_EQ(ours.size(), offline.size());
    for (std::size_t i = 0; i < ours.size(); ++i)
        EXPECT_TRUE(ours[i].data == offline[i].data);
    EXPECT_EQ(some.summary()["filtered_pkts"], packets.size() - ours.size());
}

class one_direction : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(one_direction, leaves_the_other_out) {
    auto const& [kind, which] = GetParam();
    peer a("netmap:cf{1");
    peer b("netmap:cf}1");
    capture_run run({"-i", "cf{1", "--monitor", kind, "--direction", which});
    ASSERT_TRUE(run.started());
    auto const forth = make_packets(50, 6);
    auto const back = make_packets(60, 7);
    exchange(a, forth, b, back);
    run.stop();
    auto const packets = only(run.blocks(), block_type::packet);
    EXPECT_TRUE(data_of(packets, 2) == (which == "in" ? std::vector<bytes>{} : forth));
    EXPECT_TRUE(data_of(packets, 1) == (which == "out" ? std::vector<bytes>{} : back));
}

INSTANTIATE_TEST_SUITE_P(ways, one_direction,
                         ::testing::Combine(::testing::Values("zero", "copy"),
                                            ::testing::Values("in", "out", "both")));

TEST(capture, what_a_port_itself_receives_is_incoming) {
    capture_run run({"--direct", "-i", "vale31:cap"});
    ASSERT_TRUE(run.started());
    peer a("vale31:a");
    auto const packets = make_packets(200, 8);
    a.send(packets);
    ASSERT_TRUE(until([&] { return a.work(); }));
    run.stop();
    EXPECT_TRUE(data_of(only(run.blocks(), block_type::packet), 1) == packets);
}

TEST(capture, times_of_the_sync_are_taken_on_request) {
    auto const before = now_ns();
    peer a("netmap:cg{1");
    peer b("netmap:cg}1");
    capture_run run({"-i", "cg{1", "--time", "ring"});
    ASSERT_TRUE(run.started());
    exchange(a, make_packets(10, 9), b, {});
    run.stop();
    for (auto const& p : libpcap_read(run.file())) {
        EXPECT_EQ(p.time_ns % 1000, 0U) << "microseconds are all a ring has";
        EXPECT_LE(before / 1000, p.time_ns / 1000);
        EXPECT_GE(now_ns(), p.time_ns);
    }
}

/* ---- other formats ----------------------------------------------------------------- */

struct old_format {
    std::vector<std::string> words;
    std::uint32_t magic;
    std::uint64_t grain_ns;
};

class old_formats : public ::testing::TestWithParam<old_format> {};

TEST_P(old_formats, hold_the_same_packets) {
    auto const& format = GetParam();
    peer a("netmap:ch{1");
    peer b("netmap:ch}1");
    std::vector<std::string> words{"-i", "ch{1", "-s", "500", "--time", "packet"};
    words.insert(words.end(), format.words.begin(), format.words.end());
    capture_run run(words);
    ASSERT_TRUE(run.started());
    auto const packets = make_packets(200, 10);
    exchange(a, packets, b, {});
    run.stop();
    std::uint32_t magic = 0;
    std::memcpy(&magic, test::file_bytes(run.file()).data(), sizeof magic);
    EXPECT_EQ(magic, format.magic);
    auto const read = libpcap_read(run.file());
    ASSERT_EQ(read.size(), packets.size());
    bool finer = false;
    for (std::size_t i = 0; i < read.size(); ++i) {
        EXPECT_EQ(read[i].original, packets[i].size());
        EXPECT_TRUE(std::ranges::equal(
            read[i].data,
            std::span(packets[i]).first(std::min<std::size_t>(packets[i].size(), 500))));
        finer = finer || read[i].time_ns % 1000 != 0;
    }
    EXPECT_EQ(finer, format.grain_ns == 1);
}

INSTANTIATE_TEST_SUITE_P(formats, old_formats,
                         ::testing::Values(old_format{{"-F", "pcap"}, 0xa1b23c4d, 1},
                                           old_format{{"-P"}, 0xa1b23c4d, 1},
                                           old_format{{"-F", "pcap-us"}, 0xa1b2c3d4, 1000}));

/* ---- when it ends, and what is said meanwhile ----------------------------------------- */

TEST(capture, a_count_ends_it_to_the_packet) {
    peer a("netmap:ci{1");
    peer b("netmap:ci}1");
    capture_run run({"-i", "ci{1", "-c", "100"});
    ASSERT_TRUE(run.started());
    auto const packets = make_packets(300, 11);
    exchange(a, packets, b, {});
    EXPECT_EQ(run.program().wait(), 0) << run.program().err.str();
    auto const read = libpcap_read(run.file());
    ASSERT_EQ(read.size(), 100U);
    for (std::size_t i = 0; i < read.size(); ++i)
        EXPECT_TRUE(read[i].data == packets[i]);
}

TEST(capture, a_size_ends_it_before_the_file_is_larger) {
    peer a("netmap:cj{1");
    peer b("netmap:cj}1");
    capture_run run({"-i", "cj{1", "-a", "filesize:20", "-a", "packets:1M"});
    ASSERT_TRUE(run.started());
    exchange(a, make_packets(100, 12), b, {});
    EXPECT_EQ(run.program().wait(), 0) << run.program().err.str();
    auto const last_packets = test::file_bytes(run.file()).size();
    EXPECT_GT(last_packets, 20'000U - 2000);
    EXPECT_LT(last_packets, 20'000U + 200) << "20 kB, and the counters behind";
    EXPECT_EQ(libpcap_read(run.file()).size(), run.summary()["written_pkts"]);
}

TEST(capture, a_time_ends_it) {
    peer a("netmap:ck{1");
    capture_run run({"-i", "ck{1", "-a", "duration:20ms"});
    EXPECT_EQ(run.program().wait(), 0) << run.program().err.str();
    EXPECT_EQ(libpcap_read(run.file()).size(), 0U);
}

TEST(capture, a_goal_that_is_missed_is_told) {
    peer a("netmap:cl{1");
    capture_run run({"-i", "cl{1", "-c", "10"});
    ASSERT_TRUE(run.started());
    EXPECT_EQ(run.program().stop(), 6);
    EXPECT_NE(run.program().err.str().find("ended after 0 of 10 packets"), std::string::npos);
}

TEST(capture, an_interim_summary_puts_counters_into_the_file) {
    peer a("netmap:cm{1");
    peer b("netmap:cm}1");
    capture_run run({"-i", "cm{1", "--isb-interval", "0"});
    ASSERT_TRUE(run.started());
    exchange(a, make_packets(25, 13), b, {});
    run.program().control.request_report();
    EXPECT_TRUE(run.program().out.wait_for("\"interim\":true"));
    exchange(a, make_packets(5, 14), b, {});
    run.stop();
    auto const statistics = only(run.blocks(), block_type::statistics);
    ASSERT_EQ(statistics.size(), 2U);
    EXPECT_EQ(statistics[0].number(8), 25U);
    EXPECT_EQ(statistics[1].number(8), 30U);
}

TEST(capture, packets_reach_a_reader_of_the_file_batch_by_batch_if_asked) {
    peer a("netmap:cn{1");
    peer b("netmap:cn}1");
    running run(capture::run, {"-i", "cn{1", "-w", "-", "-U", "-q"});
    ASSERT_TRUE(run.out.wait_until([](std::string const& text) { return !text.empty(); }));
    auto const packets = make_packets(3, 15);
    exchange(a, packets, b, {});
    auto const packets_in = [](std::string const& text) {
        auto const* const at = reinterpret_cast<std::byte const*>(text.data());
        return only(blocks_of(bytes(at, at + text.size())), block_type::packet);
    };
    EXPECT_TRUE(run.out.wait_until(
        [&](std::string const& text) { return packets_in(text).size() == packets.size(); }));
    EXPECT_EQ(run.stop(), 0) << run.err.str();
    EXPECT_TRUE(data_of(packets_in(run.out.str()), 2) == packets);
    EXPECT_EQ(run.err.str(), "") << "quiet";
}

TEST(capture, a_reader_that_goes_away_ends_the_run_normally) {
    peer a("netmap:co{1");
    peer b("netmap:co}1");
    running run(capture::run, {"-i", "co{1", "-w", "-", "-U", "-c", "1M"});
    ASSERT_TRUE(run.out.wait_until([](std::string const& text) { return !text.empty(); }));
    run.out.fail_with(std::errc::broken_pipe);
    exchange(a, make_packets(30, 16), b, {});
    EXPECT_EQ(run.wait(), 0) << run.err.str();
}

TEST(capture, files_are_private_unless_the_group_may_read) {
    auto const old = ::umask(0);
    for (bool const group : {false, true}) {
        std::vector<std::string> words{"--direct", "-i", "vale32:a", "-a", "duration:1ms"};
        if (group)
            words.emplace_back("-g");
        capture_run run(words);
        EXPECT_EQ(run.program().wait(), 0) << run.program().err.str();
        struct stat what {};
        ASSERT_EQ(::stat(run.file().c_str(), &what), 0);
        EXPECT_EQ(what.st_mode & 0777U, group ? 0640U : 0600U);
    }
    ::umask(old);
}

} // namespace
} // namespace netmapxx::apps
