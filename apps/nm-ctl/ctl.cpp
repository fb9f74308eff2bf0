// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/ctl.hpp"

#include <fmt/format.h>
#include <netmapxx/version.hpp>

#include "common/program.hpp"
#include "nm-ctl/classic.hpp"
#include "nm-ctl/commands.hpp"
#include "nm-ctl/names.hpp"

namespace netmapxx::apps::ctl {
namespace {

constexpr std::string_view tail = R"(
Every command takes --json[=FILE], --backend device|embedded, -v, -q and --help.

Exit status:
  0  done
  1  failed while running: the port that stats -T shows went away
  2  bad command, option, name or value
  3  refused by the core, or no such port, interface or region
  4  permission denied
  5  doctor found an error
  7  an output could not be created or written
  130  second SIGINT
)";

std::string help_text() {
    std::string text = "Administers netmap: VALE switches, ports, regions, counters, parameters.\n"
                       "Usage: nm-ctl COMMAND [options]\n\nCommands:\n";
    for (auto const& c : all_commands())
        text += fmt::format("  {:<35}{}\n", fmt::format("{} {}", c.name, c.words), c.meaning);
    text += fmt::format("  {:<35}{}\n", "classic LETTERS", "the letters of the classic vale-ctl");
    return text.append(tail);
}

[[noreturn]] void unknown_command(std::string_view word) {
    std::vector<std::string_view> names{"classic"};
    for (auto const& c : all_commands())
        names.push_back(c.name);
    auto const closest = closest_name(word, names);
    throw app_failure(exit_code::usage, fmt::format("unknown command '{}'", word),
                      closest.empty() ? "nm-ctl --help lists the commands"
                                      : fmt::format("did you mean '{}'?", closest));
}

exit_code dispatch(std::span<char const* const> args, app_env& env, messages& say) {
    if (args.empty())
        throw app_failure(exit_code::usage, "a command is required",
                          "nm-ctl --help lists the commands");
    std::string_view const word = args.front();
    if (word == "-h" || word == "--help")
        return print_text(env, say, help_text());
    if (word == "--version")
        return print_text(env, say, fmt::format("nm-ctl {}\n", NETMAPXX_VERSION_STRING));
    auto const rest = args.subspan(1);
    if (word == "classic")
        return make_classic("nm-ctl classic")->run(rest, env, say);
    for (auto const& c : all_commands())
        if (c.name == word)
            return c.make()->run(rest, env, say);
    if (word.starts_with('-'))
        throw app_failure(exit_code::usage, fmt::format("'{}' before the command", word),
                          "the command comes first: nm-ctl COMMAND [options]");
    unknown_command(word);
}

} // namespace

int run(std::span<char const* const> args, app_env& env) {
    return guarded_run("nm-ctl", env, [&](messages& say) { return dispatch(args, env, say); });
}

int run_classic(std::span<char const* const> args, app_env& env) {
    return guarded_run("vale-ctl", env, [&](messages& say) {
        return make_classic("vale-ctl")->run(args, env, say);
    });
}

bool is_classic_name(std::string_view program) noexcept {
    return program.substr(program.find_last_of('/') + 1) == "vale-ctl";
}

} // namespace netmapxx::apps::ctl
