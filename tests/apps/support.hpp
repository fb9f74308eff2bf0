// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file support.hpp
 * What the tests of the programs share.
 */
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/env.hpp"

namespace netmapxx::apps::test {

/** Longest any test waits for a condition; only a watchdog. */
inline constexpr std::chrono::seconds patience{60};

/** Text in memory that another thread can wait for. */
class watched_out : public text_out {
  public:
    explicit watched_out(bool terminal = false) : terminal_(terminal) {}

    [[nodiscard]] std::string str() const {
        std::lock_guard lock(mutex_);
        return text_;
    }

    /** Waits until the text holds `part`; false when patience is over. */
    [[nodiscard]] bool wait_for(std::string_view part) const {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience,
                                 [&] { return text_.find(part) != std::string::npos; });
    }

    /** Waits until the text is as wanted; false when patience is over. */
    [[nodiscard]] bool wait_until(std::function<bool(std::string const&)> const& wanted) const {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [&] { return wanted(text_); });
    }

    /** From now on writes fail with this error. */
    void fail_with(std::errc error) {
        std::lock_guard lock(mutex_);
        failure_ = std::make_error_code(error);
    }

    [[nodiscard]] bool is_terminal() const noexcept override { return terminal_; }

  protected:
    std::error_code do_write(std::string_view text) override {
        std::lock_guard lock(mutex_);
        if (failure_)
            return failure_;
        text_.append(text);
        changed_.notify_all();
        return {};
    }

  private:
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::string text_;
    std::error_code failure_;
    bool terminal_;
};

[[nodiscard]] inline std::vector<std::string> lines_of(std::string const& text) {
    std::vector<std::string> lines;
    std::size_t from = 0;
    for (std::size_t end; (end = text.find('\n', from)) != std::string::npos; from = end + 1)
        lines.push_back(text.substr(from, end - from));
    if (from < text.size())
        lines.push_back(text.substr(from));
    return lines;
}

/** The JSON Lines in a text; a line that does not parse fails the test. */
[[nodiscard]] inline std::vector<nlohmann::json> json_of(std::string const& text) {
    std::vector<nlohmann::json> result;
    for (auto const& line : lines_of(text)) {
        auto parsed = nlohmann::json::parse(line, nullptr, false);
        EXPECT_FALSE(parsed.is_discarded()) << line;
        result.push_back(std::move(parsed));
    }
    return result;
}

/** A program that runs in a thread of this process, on the embedded engine. */
class running {
  public:
    using function = int(std::span<char const* const>, app_env&);

    running(function& program, std::vector<std::string> words, bool terminal = false)
        : err(terminal), words_(std::move(words)) {
        for (auto const& word : words_)
            args_.push_back(word.c_str());
        thread_ = std::thread([this, &program] {
            app_env env{out, err, control, clock_, "embedded"};
            int const code = program(args_, env);
            std::lock_guard lock(mutex_);
            code_ = code;
            ended_.notify_all();
        });
    }
    running(running const&) = delete;
    running& operator=(running const&) = delete;
    ~running() {
        control.request_stop();
        if (thread_.joinable())
            thread_.join();
    }

    /** Waits for the end and returns the exit status; -1 if it had to be stopped. */
    [[nodiscard]] int wait() {
        std::optional<int> code;
        {
            std::unique_lock lock(mutex_);
            ended_.wait_for(lock, patience, [this] { return code_.has_value(); });
            code = code_;
        }
        control.request_stop();
        thread_.join();
        return code.value_or(-1);
    }
    /** Asks for an orderly stop, then as wait(). */
    [[nodiscard]] int stop() {
        control.request_stop();
        return wait();
    }

    watched_out out;
    watched_out err;
    run_control control;

  private:
    run_clock clock_;
    std::vector<std::string> words_;
    std::vector<char const*> args_;
    std::mutex mutex_;
    std::condition_variable ended_;
    std::optional<int> code_;
    std::thread thread_;
};

/** The last JSON line of that type. */
[[nodiscard]] inline nlohmann::json last_of(std::string const& text, std::string_view type) {
    nlohmann::json last;
    for (auto const& line : json_of(text))
        if (line.value("type", "") == type)
            last = line;
    EXPECT_FALSE(last.is_null()) << "no " << type << " in: " << text;
    return last;
}

} // namespace netmapxx::apps::test
