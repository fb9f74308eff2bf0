// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file cli.hpp
 * The command line as all programs read it: CLI11 splits the words, the
 * checks and the messages are ours.
 */
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/units.hpp"

namespace CLI {
class App; // the parser underneath is known to cli.cpp alone: it takes long to compile
}

namespace netmapxx::apps {

/** The words given for one option. */
struct text_option {
    std::string names; ///< as messages show it: "-n/--count"
    std::vector<std::string> words{};

    [[nodiscard]] bool given() const noexcept { return !words.empty(); }
    [[nodiscard]] std::string const& text() const { return words.front(); }
};

class command_line {
  public:
    /**
     * `program` and `summary` head the help text; `usage` shows the shape of a
     * call; `help` are the names of the help flag, where -h means something else.
     */
    command_line(std::string program, std::string const& summary, std::string const& usage,
                 std::string const& help = "-h,--help");
    command_line(command_line const&) = delete;
    command_line& operator=(command_line const&) = delete;
    ~command_line();

    /**
     * An option with a value. `names` as CLI11 takes them: "-n,--count".
     * More than `at_most` occurrences are an error.
     */
    text_option& option(std::string const& group, std::string const& names,
                        std::string const& value_name, std::string const& help,
                        unsigned at_most = 1);

    /** A long option whose value is optional and only taken after "=". */
    text_option& optional_value(std::string const& group, std::string const& name,
                                std::string const& value_name, std::string const& help);

    /** A flag; the result counts its occurrences. */
    int& flag(std::string const& group, std::string const& names, std::string const& help);

    /** Words without a dash; by default there may be none. */
    text_option& positionals(std::string const& value_name, std::string const& help,
                             unsigned at_most);

    /** Text below the options of the help. */
    void footer(std::string const& text);

    /**
     * Parses. A text to print on standard output means: print it and end with
     * status 0 (help, version). Throws app_failure (usage).
     */
    [[nodiscard]] std::optional<std::string> parse(std::span<char const* const> args);

  private:
    struct limit {
        text_option* option;
        unsigned at_most;
    };
    void check_repetitions() const;

    std::string program_;
    std::unique_ptr<CLI::App> app_;
    std::deque<text_option> options_;
    std::deque<int> flags_;
    std::vector<limit> limits_;
    std::vector<std::string> optional_names_;
};

/** Throws app_failure (usage). */
[[noreturn]] void refuse(std::string const& text);

/** Throws app_failure (usage): "-n/--count: '12abc' is not WHAT". */
[[noreturn]] void bad_value(text_option const& option, std::string_view text,
                            std::string_view what);

/** Reads a number in lo..hi, with `k M G`, or the default when not given. */
[[nodiscard]] std::uint64_t read_count(text_option const& option, std::string_view what,
                                       std::uint64_t lo, std::uint64_t hi, std::uint64_t otherwise);

/** Reads plain digits in lo..hi, or the default when not given. */
[[nodiscard]] std::uint64_t read_uint(text_option const& option, std::string_view what,
                                      std::uint64_t lo, std::uint64_t hi, std::uint64_t otherwise);

/** Reads a time of at least `lowest`; a bare number counts in `unit`. */
[[nodiscard]] std::chrono::nanoseconds read_duration(text_option const& option,
                                                     std::chrono::nanoseconds unit,
                                                     std::chrono::nanoseconds lowest,
                                                     std::chrono::nanoseconds otherwise);

/** Reads one of a few words; returns its index. */
[[nodiscard]] std::size_t read_choice(text_option const& option,
                                      std::span<std::string_view const> choices,
                                      std::size_t otherwise);

} // namespace netmapxx::apps
