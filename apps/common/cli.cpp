// SPDX-License-Identifier: BSD-2-Clause
#include "common/cli.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <netmapxx/version.hpp>

#include "common/exit_code.hpp"

namespace netmapxx::apps {
namespace {

/** Two spaces behind the longest option, so that the eye, and help2man, finds its meaning. */
constexpr std::size_t help_column = 35;

std::string display_names(std::string names) {
    std::ranges::replace(names, ',', '/');
    return names;
}

/** CLI11's own texts, in the words of our messages. */
std::string parser_message(CLI::ParseError const& e) {
    std::string text = e.what();
    if (auto const* extra = dynamic_cast<CLI::ExtrasError const*>(&e); extra != nullptr) {
        // "The following argument was not expected: x" or "... arguments were ...: [a, b]"
        auto const colon = text.find(": ");
        return fmt::format("unexpected argument '{}'",
                           colon == std::string::npos ? text : text.substr(colon + 2));
    }
    std::ranges::replace(text, '\n', ' ');
    return text;
}

/** Our usage line; options as "-n,--count N" without CLI11's type words. */
class help_formatter : public CLI::Formatter {
  public:
    explicit help_formatter(std::string usage) : usage_(std::move(usage)) {
        column_width(help_column);
    }

    std::string make_usage(CLI::App const*, std::string) const override {
        return fmt::format("Usage: {}\n", usage_);
    }

    std::string make_option_opts(CLI::Option const* option) const override {
        auto const type = option->get_type_size() == 0 ? std::string{} : option->get_type_name();
        return type.empty() || type.front() == '[' ? type : " " + type;
    }

  private:
    std::string usage_;
};

} // namespace

command_line::command_line(std::string program, std::string const& summary,
                           std::string const& usage, std::string const& help)
    : program_(std::move(program)), app_(std::make_unique<CLI::App>(summary, program_)) {
    app_->formatter(std::make_shared<help_formatter>(usage));
    app_->set_help_flag(help, "print this text and end");
    app_->set_version_flag("--version", fmt::format("{} {}", program_, NETMAPXX_VERSION_STRING),
                           "print the version and end");
}

text_option& command_line::option(std::string const& group, std::string const& names,
                                  std::string const& value_name, std::string const& help,
                                  unsigned at_most) {
    auto& o = options_.emplace_back(text_option{display_names(names)});
    app_->add_option(names, o.words, help)
        ->take_all()
        ->allow_extra_args(false)
        ->group(group)
        ->type_name(value_name);
    limits_.push_back({&o, at_most});
    return o;
}

text_option& command_line::optional_value(std::string const& group, std::string const& name,
                                          std::string const& value_name, std::string const& help) {
    optional_names_.push_back(name);
    return option(group, name, value_name, help);
}

int& command_line::flag(std::string const& group, std::string const& names,
                        std::string const& help) {
    auto& count = flags_.emplace_back(0);
    app_->add_flag(names, count, help)->group(group);
    return count;
}

text_option& command_line::positionals(std::string const& value_name, std::string const& help,
                                       unsigned at_most) {
    auto& o = options_.emplace_back(text_option{value_name});
    app_->add_option(value_name, o.words, help)->take_all()->type_name("");
    limits_.push_back({&o, at_most});
    return o;
}

command_line::~command_line() = default;

void command_line::footer(std::string const& text) {
    app_->footer(text);
}

std::optional<std::string> command_line::parse(std::span<char const* const> args) {
    std::vector<std::string> words(args.begin(), args.end());
    for (auto& word : words)
        if (std::ranges::find(optional_names_, word) != optional_names_.end())
            word += "=-";
    std::ranges::reverse(words); // CLI11 takes them from the back
    try {
        app_->parse(words);
    } catch (CLI::CallForHelp const&) {
        return app_->help();
    } catch (CLI::CallForVersion const&) {
        return app_->version() + "\n";
    } catch (CLI::ParseError const& e) {
        throw app_failure(exit_code::usage, parser_message(e),
                          fmt::format("{} --help lists the options", program_));
    }
    check_repetitions();
    return std::nullopt;
}

void command_line::check_repetitions() const {
    for (auto const& [option, at_most] : limits_) {
        if (option->words.size() <= at_most)
            continue;
        if (at_most == 1)
            throw app_failure(exit_code::usage,
                              fmt::format("{} given twice: '{}' and '{}'", option->names,
                                          option->words[0], option->words[1]));
        throw app_failure(exit_code::usage,
                          fmt::format("{}: at most {} are possible, '{}' is one too many",
                                      option->names, at_most, option->words[at_most]));
    }
}

void refuse(std::string const& text) {
    throw app_failure(exit_code::usage, text);
}

void bad_value(text_option const& option, std::string_view text, std::string_view what) {
    refuse(fmt::format("{}: '{}' is not {}", option.names, text, what));
}

std::uint64_t read_count(text_option const& option, std::string_view what, std::uint64_t lo,
                         std::uint64_t hi, std::uint64_t otherwise) {
    if (!option.given())
        return otherwise;
    auto const value = parse_count(option.text());
    if (!value || *value < lo || *value > hi)
        bad_value(option, option.text(), fmt::format("{} in {}..{}", what, lo, hi));
    return *value;
}

std::uint64_t read_uint(text_option const& option, std::string_view what, std::uint64_t lo,
                        std::uint64_t hi, std::uint64_t otherwise) {
    if (!option.given())
        return otherwise;
    auto const value = parse_uint(option.text());
    if (!value || *value < lo || *value > hi)
        bad_value(option, option.text(), fmt::format("{} in {}..{}", what, lo, hi));
    return *value;
}

std::chrono::nanoseconds read_duration(text_option const& option, std::chrono::nanoseconds unit,
                                       std::chrono::nanoseconds lowest,
                                       std::chrono::nanoseconds otherwise) {
    if (!option.given())
        return otherwise;
    auto const value = parse_duration(option.text(), unit);
    if (!value || *value < lowest)
        bad_value(
            option, option.text(),
            fmt::format("a time of at least {} (units ns us ms s min h)", format_duration(lowest)));
    return *value;
}

std::size_t read_choice(text_option const& option, std::span<std::string_view const> choices,
                        std::size_t otherwise) {
    if (!option.given())
        return otherwise;
    auto const found = std::ranges::find(choices, option.text());
    if (found == choices.end())
        bad_value(option, option.text(), fmt::format("one of {}", fmt::join(choices, ", ")));
    return static_cast<std::size_t>(found - choices.begin());
}

} // namespace netmapxx::apps
