// SPDX-License-Identifier: BSD-2-Clause
// The library says nothing unless it is given somebody to say it to.
#include <algorithm>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <netmapxx/netmapxx.hpp>

#include "fake_core.hpp"

namespace netmapxx_tests {

namespace {

using nmx::log_level;

class logs : public with_fake_core {
  protected:
    logs() { core->add("a", {.slots = 8, .most_extra = 2}); }
    ~logs() override { nmx::set_log_sink(log_level::off); }

    void listen(log_level most) {
        nmx::set_log_sink(most, [this](log_level level, std::string_view text) {
            levels.push_back(level);
            lines.emplace_back(text);
        });
    }
    [[nodiscard]] bool heard(std::string_view part) const {
        return std::ranges::any_of(
            lines, [&](auto const& line) { return line.find(part) != std::string::npos; });
    }
    // Opens, fails, resets a ring and closes with a buffer in use.
    void do_everything() {
        std::error_code ec;
        (void)nmx::port::open("netmap:nothere", {}, ec);
        nmx::port port{"netmap:a", {.extra_buffers = 5}};
        core->on_txsync = [](fake_binding& bound) {
            bound.tx[0]->head = bound.tx[0]->cur = 3;
            return 0;
        };
        (void)port.sync_tx(std::nothrow);
        core->on_txsync = nullptr;
        auto const held = port.buffers().try_allocate();
        port.close();
    }

    std::vector<log_level> levels;
    std::vector<std::string> lines;
};

TEST_F(logs, S71_are_silent_by_default) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    do_everything();
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(logs, tell_what_happens) {
    listen(log_level::debug);
    do_everything();
    EXPECT_TRUE(heard("there is no port nothere")); // the words an error code cannot carry
    EXPECT_TRUE(heard("a: opened, region 1"));
    EXPECT_TRUE(heard("2 of 5 extra buffers"));
    EXPECT_TRUE(heard("refused the indexes of tx ring 0"));
    EXPECT_TRUE(heard("closed while 1 extra buffers are in use"));
}

TEST_F(logs, tell_as_much_as_was_asked) {
    listen(log_level::warning);
    do_everything();
    EXPECT_EQ(levels, (std::vector{log_level::warning, log_level::warning}));
    nmx::set_log_sink(log_level::off);
    do_everything();
    EXPECT_EQ(levels.size(), 2U);
    nmx::set_log_sink(log_level::debug); // nobody to hear it
    do_everything();
    EXPECT_EQ(levels.size(), 2U);
}

TEST_F(logs, a_sink_that_throws_does_no_harm) {
    nmx::set_log_sink(log_level::debug,
                      [](log_level, std::string_view) { throw std::runtime_error{"no"}; });
    do_everything();
}

TEST_F(logs, sinks_are_called_one_at_a_time) {
    int at_once = 0;
    int most = 0;
    nmx::set_log_sink(log_level::debug, [&](log_level, std::string_view) {
        most = std::max(most, ++at_once);
        --at_once;
    });
    auto const many = [] {
        std::error_code ec;
        for (int i = 0; i < 200; ++i)
            (void)nmx::backend_from_name("quantum", ec);
    };
    {
        std::jthread const a{many};
        std::jthread const b{many};
    }
    EXPECT_EQ(most, 1);
}

} // namespace

} // namespace netmapxx_tests
