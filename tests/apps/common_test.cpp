// SPDX-License-Identifier: BSD-2-Clause
#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "common/cli.hpp"
#include "common/control.hpp"
#include "common/exit_code.hpp"
#include "common/json_values.hpp"
#include "common/live.hpp"
#include "common/messages.hpp"
#include "common/signals.hpp"
#include "common/text_out.hpp"
#include "support.hpp"

namespace netmapxx::apps {
namespace {

using namespace std::chrono_literals;
using test::watched_out;

auto soon() {
    return std::chrono::steady_clock::now() + test::patience;
}

TEST(control, requests_end_a_wait_and_are_reported_once) {
    run_control control;
    std::jthread other([&] { control.request_report(); });
    EXPECT_TRUE(control.wait_until(soon()).report);
    auto const passed = std::chrono::steady_clock::now();
    auto const none = control.wait_until(passed);
    EXPECT_FALSE(none.report || none.stop || none.woken);
    EXPECT_FALSE(control.stop_requested());
}

TEST(control, a_stop_stays_visible_after_it_was_reported) {
    run_control control;
    auto const token = control.stop_token();
    control.request_stop();
    EXPECT_TRUE(control.wait_until(time_point::max()).stop);
    EXPECT_TRUE(control.stop_requested());
    EXPECT_TRUE(token.stop_requested());
}

TEST(control, a_wake_before_the_wait_is_not_lost) {
    run_control control;
    control.wake();
    EXPECT_TRUE(control.wait_until(time_point::max()).woken);
}

TEST(signals, become_requests) {
    run_control control;
    signal_bridge bridge(control);
    for (int const number : {SIGUSR1, SIGUSR2}) {
        ::kill(::getpid(), number);
        EXPECT_TRUE(control.wait_until(soon()).report);
    }
    ::kill(::getpid(), SIGTERM);
    EXPECT_TRUE(control.wait_until(soon()).stop);
}

TEST(signals, a_second_interrupt_ends_at_once_with_130) {
    run_control control;
    std::atomic<int> code = 0;
    signal_bridge bridge(control, [&](int c) {
        code = c;
        control.wake();
    });
    ::kill(::getpid(), SIGINT);
    ASSERT_TRUE(control.wait_until(soon()).stop);
    EXPECT_EQ(code, 0);
    ::kill(::getpid(), SIGINT);
    EXPECT_TRUE(control.wait_until(soon()).woken);
    EXPECT_EQ(code, 130);
}

TEST(signals, an_interrupt_after_a_terminate_is_the_first_one) {
    run_control control;
    std::atomic<int> code = 0;
    signal_bridge bridge(control, [&](int c) { code = c; });
    ::kill(::getpid(), SIGTERM);
    ASSERT_TRUE(control.wait_until(soon()).stop);
    ::kill(::getpid(), SIGINT);
    ASSERT_TRUE(control.wait_until(soon()).stop);
    EXPECT_EQ(code, 0);
}

TEST(signals, a_broken_pipe_is_an_error_and_no_signal) {
    run_control control;
    signal_bridge bridge(control);
    int fds[2];
    ASSERT_EQ(::pipe(fds), 0);
    ::close(fds[0]);
    fd_out out(fds[1]);
    EXPECT_EQ(out.write("x"), std::errc::broken_pipe);
    EXPECT_TRUE(out.broken_pipe());
    ::close(fds[1]);
}

TEST(text_out, keeps_the_first_failure) {
    int const fd = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    ASSERT_GE(fd, 0);
    fd_out out(fd);
    EXPECT_EQ(out.write("x"), std::errc::no_space_on_device);
    EXPECT_FALSE(out.broken_pipe());
    EXPECT_EQ(out.status(), std::errc::no_space_on_device);
    ::close(fd);
}

TEST(text_out, a_file_that_cannot_be_created_names_its_path_and_code) {
    try {
        fd_out out(std::string("/nonexistent-directory/x.json"));
        FAIL() << "created";
    } catch (app_failure const& e) {
        EXPECT_EQ(e.code(), exit_code::output);
        EXPECT_STREQ(e.what(),
                     "cannot create '/nonexistent-directory/x.json': No such file or directory");
    }
}

TEST(exit_codes, outputs_that_are_not_permitted_are_denied) {
    EXPECT_EQ(output_code(std::make_error_code(std::errc::permission_denied)), exit_code::denied);
    EXPECT_EQ(output_code(std::make_error_code(std::errc::no_space_on_device)), exit_code::output);
}

TEST(messages, carry_program_level_and_hint) {
    string_out err;
    messages m(err, "nm-x");
    m.error("broken: '12'", "do this");
    m.warning("odd");
    m.note("by the way");
    m.debug("hidden");
    EXPECT_EQ(err.str(), "nm-x: error: broken: '12'\n  hint: do this\n"
                         "nm-x: warning: odd\nnm-x: note: by the way\n");
}

TEST(messages, quiet_lets_errors_through_only) {
    string_out err;
    messages m(err, "nm-x");
    m.set_level(2, true);
    m.warning("odd");
    m.note("n");
    m.debug("d");
    m.line("progress");
    m.error("broken");
    EXPECT_EQ(err.str(), "nm-x: error: broken\n");
}

TEST(messages, repeated_warnings_are_limited_to_five_a_second) {
    string_out err;
    messages m(err, "nm-x");
    auto const t = time_point{} + 1000s;
    for (int i = 0; i < 20; ++i)
        m.repeated_warning("again", t + i * 10ms);
    m.repeated_warning("again", t + 1100ms);
    m.close_repeated();
    m.close_repeated();
    auto const lines = test::lines_of(err.str());
    ASSERT_EQ(lines.size(), 7U);
    EXPECT_EQ(lines.back(), "nm-x: warning: 15 similar messages suppressed");
}

TEST(json_lines, one_object_a_line_with_type_first_and_schema_in_start) {
    string_out out;
    json_lines lines(out);
    lines.write("start", {{"port", "vale0:a\n\"x\""}});
    lines.write("interval", {{"rx_pps", 5}, {"late_pkts", json_or_null(std::optional<int>{})}});
    auto const text = test::lines_of(out.str());
    ASSERT_EQ(text.size(), 2U);
    EXPECT_EQ(text[0], R"({"type":"start","schema":1,"port":"vale0:a\n\"x\""})");
    EXPECT_EQ(text[1], R"({"type":"interval","rx_pps":5,"late_pkts":null})");
}

TEST(live_view, refreshes_one_line_on_a_terminal) {
    watched_out err(true);
    live_view view(err, live_mode::automatic, false);
    view.show("long line");
    view.show("short");
    view.finish();
    view.finish();
    EXPECT_EQ(err.str(), "\rlong line\rshort    \n");
}

TEST(live_view, writes_lines_elsewhere_and_nothing_when_quiet) {
    string_out err;
    live_view view(err, live_mode::automatic, false);
    view.show("one");
    view.finish();
    live_view quiet(err, live_mode::line, true);
    quiet.show("two");
    quiet.finish();
    EXPECT_EQ(err.str(), "one\n");
}

class cli : public ::testing::Test {
  protected:
    std::optional<std::string> parse(std::vector<char const*> const& args) {
        return line_.parse(args);
    }
    std::string failure_of(std::vector<char const*> const& args) {
        try {
            static_cast<void>(line_.parse(args));
        } catch (app_failure const& e) {
            EXPECT_EQ(e.code(), exit_code::usage);
            return e.what();
        }
        return "no failure";
    }

    command_line line_{"nm-x", "Does x.", "nm-x [options]"};
    text_option& port_ = line_.option("main", "-i,--port", "PORT", "port to use");
    text_option& count_ = line_.option("main", "-n,--count", "N", "packets");
    text_option& size_ = line_.option("main", "-l,--size", "BYTES", "frame size", 2);
    text_option& json_ = line_.optional_value("out", "--json", "FILE", "machine format");
    int& four_ = line_.flag("main", "-4,--ipv4", "IPv4");
    int& verbose_ = line_.flag("out", "-v,--verbose", "say more");
};

TEST_F(cli, words_reach_their_options_verbatim) {
    EXPECT_FALSE(parse({"-i", "vale0:a{1", "-n", "-4", "-l60", "-l", "1500", "-vv", "--json"}));
    EXPECT_EQ(port_.text(), "vale0:a{1");
    EXPECT_EQ(count_.text(), "-4") << "a value, not the flag";
    EXPECT_EQ(size_.words, (std::vector<std::string>{"60", "1500"}));
    EXPECT_EQ(json_.text(), "-");
    EXPECT_EQ(verbose_, 2);
    EXPECT_EQ(four_, 0);
}

TEST_F(cli, brackets_and_commas_stay_as_they_are) {
    EXPECT_FALSE(parse({"-i", "[eth-1]", "--json=a,b"}));
    EXPECT_EQ(port_.words, (std::vector<std::string>{"[eth-1]"}));
    EXPECT_EQ(json_.words, (std::vector<std::string>{"a,b"}));
}

TEST_F(cli, an_optional_value_does_not_swallow_the_next_word) {
    EXPECT_EQ(failure_of({"--json", "word"}), "unexpected argument 'word'");
}

TEST_F(cli, an_option_with_a_value_takes_one_word_only) {
    EXPECT_EQ(failure_of({"-l", "60", "70"}), "unexpected argument '70'");
}

TEST_F(cli, a_single_option_given_twice_is_refused) {
    EXPECT_EQ(failure_of({"-n", "1", "-n", "2"}), "-n/--count given twice: '1' and '2'");
}

TEST_F(cli, an_option_that_may_be_given_twice_is_refused_the_third_time) {
    EXPECT_EQ(failure_of({"-l", "1", "-l", "2", "-l", "3"}),
              "-l/--size: at most 2 are possible, '3' is one too many");
}

TEST_F(cli, unknown_options_and_missing_values_are_refused) {
    EXPECT_EQ(failure_of({"--bogus"}), "unexpected argument '--bogus'");
    EXPECT_NE(failure_of({"-n"}).find("--count"), std::string::npos);
}

TEST_F(cli, help_and_version_are_texts) {
    auto const help = parse({"-h"});
    ASSERT_TRUE(help);
    EXPECT_NE(help->find("Usage: nm-x [options]"), std::string::npos);
    EXPECT_NE(help->find("-n,--count N"), std::string::npos);
    auto const version = parse({"--version"});
    ASSERT_TRUE(version);
    EXPECT_EQ(version->substr(0, 5), "nm-x ");
}

TEST_F(cli, values_out_of_range_quote_text_and_range) {
    auto const failure = [&](char const* text, auto const& read) -> std::string {
        count_.words = {text};
        try {
            read();
        } catch (app_failure const& e) {
            EXPECT_EQ(e.code(), exit_code::usage);
            return e.what();
        }
        return "no failure";
    };
    auto const packets = [&] { static_cast<void>(read_count(count_, "a number", 0, 100, 0)); };
    EXPECT_EQ(failure("12abc", packets), "-n/--count: '12abc' is not a number in 0..100");
    EXPECT_EQ(failure("-4", packets), "-n/--count: '-4' is not a number in 0..100");
    EXPECT_EQ(failure("101", packets), "-n/--count: '101' is not a number in 0..100");
    EXPECT_EQ(failure("100", packets), "no failure");
    auto const time = [&] { static_cast<void>(read_duration(count_, 1ms, 10ms, 1s)); };
    EXPECT_EQ(failure("0", time),
              "-n/--count: '0' is not a time of at least 10.00 ms (units ns us ms s min h)");
    EXPECT_EQ(failure("10", time), "no failure");
    static constexpr std::string_view words[] = {"tx", "rx"};
    auto const choice = [&] { static_cast<void>(read_choice(count_, words, 0)); };
    EXPECT_EQ(failure("bogus", choice), "-n/--count: 'bogus' is not one of tx, rx");
}

} // namespace
} // namespace netmapxx::apps
