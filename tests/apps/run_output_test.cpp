// SPDX-License-Identifier: BSD-2-Clause
/** What the runs of the programs share: when they report, where to, and how that ends. */
#include <gtest/gtest.h>

#include "common/json_values.hpp"
#include "common/program.hpp"
#include "common/report_times.hpp"
#include "common/run_output.hpp"
#include "support.hpp"

namespace netmapxx::apps {
namespace {

using namespace std::chrono_literals;
using test::watched_out;

TEST(report_times, an_interval_follows_the_other_from_the_start_on) {
    time_point const start{1h};
    report_times times(100ms);
    times.begin(start);
    EXPECT_FALSE(times.due(start + 99ms));
    EXPECT_TRUE(times.due(start + 100ms));
    times.reported(start + 130ms);
    EXPECT_EQ(times.next(), start + 200ms); // no later because the last was late
    EXPECT_EQ(times.length(start + 200ms), 70ms);
    EXPECT_EQ(times.elapsed(start + 200ms), 200ms);
}

TEST(report_times, intervals_that_were_missed_are_left_out) {
    time_point const start{1h};
    report_times times(100ms);
    times.begin(start);
    times.reported(start + 500ms);
    EXPECT_EQ(times.next(), start + 600ms);
}

/** Outputs of a run, in memory. */
class run_outputs : public testing::Test {
  protected:
    run_output make(stdout_use use = stdout_use::text) { return {opts, env, say, use}; }

    watched_out out, err;
    run_control control;
    run_clock clock;
    app_env env{out, err, control, clock};
    messages say{err, "program"};
    common_options opts{.live = live_mode::log};
};

TEST_F(run_outputs, progress_goes_to_standard_error_and_the_summary_to_standard_output) {
    auto o = make();
    auto const none = []() -> json { throw std::logic_error("nobody asked for JSON"); };
    o.start(none);
    o.interval("moving", none);
    o.summary("so far\n", false, none);
    o.summary("all\n", true, none);
    EXPECT_EQ(err.str(), "moving\n");
    EXPECT_EQ(out.str(), "interim:\nso far\nall\n");
}

TEST_F(run_outputs, standard_output_is_left_to_json) {
    opts.json = "-";
    auto o = make();
    auto const fields = [] { return json{{"n", 1}}; };
    o.start(fields);
    o.interval("moving", fields);
    o.summary("all\n", true, fields);
    EXPECT_EQ(err.str(), "moving\nall\n");
    EXPECT_EQ(out.str(),
              "{\"type\":\"start\",\"schema\":1,\"n\":1}\n{\"type\":\"interval\",\"n\":1}\n"
              "{\"type\":\"summary\",\"n\":1}\n");
}

TEST_F(run_outputs, standard_output_is_left_to_data) {
    auto o = make(stdout_use::data);
    o.summary("all\n", true, [] { return json{}; });
    EXPECT_EQ(err.str(), "all\n");
    out.fail_with(std::errc::no_space_on_device);
    out.write("data");
    EXPECT_TRUE(o.lost());
    EXPECT_EQ(o.failure(), exit_code::ok); // who writes the data tells
}

TEST_F(run_outputs, quiet_runs_show_no_summary_beside_json) {
    opts.json = "-";
    opts.quiet = true;
    auto o = make();
    o.summary("all\n", true, [] { return json{{"n", 1}}; });
    EXPECT_EQ(err.str(), "");
}

TEST_F(run_outputs, a_full_disk_ends_the_run_and_names_the_file) {
    opts.json = "/dev/full";
    auto o = make();
    EXPECT_FALSE(o.lost());
    o.start([] { return json{{"n", 1}}; });
    EXPECT_TRUE(o.lost());
    EXPECT_EQ(o.failure(), exit_code::output);
    EXPECT_EQ(err.str(), "program: error: cannot write '/dev/full': No space left on device\n");
}

TEST_F(run_outputs, a_reader_that_goes_away_ends_the_run_without_failure) {
    auto o = make();
    out.fail_with(std::errc::broken_pipe);
    o.summary("all\n", true, [] { return json{}; });
    EXPECT_TRUE(o.lost());
    EXPECT_EQ(o.failure(), exit_code::ok);
}

TEST_F(run_outputs, a_pause_ends_when_the_run_is_told_to_stop) {
    std::jthread const other([&] { control.request_stop(); });
    pause(env, std::chrono::hours(24));
    EXPECT_TRUE(control.stop_requested());
}

TEST(first_failure, is_what_came_first) {
    EXPECT_EQ(first_failure(exit_code::ok, exit_code::output), exit_code::output);
    EXPECT_EQ(first_failure(exit_code::port, exit_code::output), exit_code::port);
    EXPECT_EQ(first_failure(exit_code::ok, exit_code::ok), exit_code::ok);
}

} // namespace
} // namespace netmapxx::apps
