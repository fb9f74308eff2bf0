// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file program.hpp
 * The frame around every program: from main() to run(), and from exceptions to
 * exit codes.
 */
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/env.hpp"
#include "common/exit_code.hpp"
#include "common/json_lines.hpp"
#include "common/messages.hpp"

namespace netmapxx::apps {

/** Calls `body`; what it throws becomes one message and an exit code. */
[[nodiscard]] int guarded_run(std::string const& program, app_env& env,
                              std::function<exit_code(messages&)> const& body);

/** What comes first ends a program; `later` counts if there was nothing before. */
[[nodiscard]] constexpr exit_code first_failure(exit_code before, exit_code later) noexcept {
    return before == exit_code::ok ? later : before;
}

/** Does nothing for so long, or until the run is told to stop. */
void pause(app_env& env, std::chrono::nanoseconds time);

/** Says what a worker failed with, and turns it into a code; nothing: ok. */
[[nodiscard]] exit_code failure_code(messages& say, std::exception_ptr const& failure);

/** Says that `out` could not be written; a broken pipe is no failure. */
[[nodiscard]] exit_code output_failure(messages& say, text_out const& out, std::string_view name);

/** JSON Lines to `file`, "-" being standard output; null if none was asked for. */
[[nodiscard]] std::unique_ptr<json_lines> open_json(std::optional<std::string> const& file,
                                                    app_env& env);

/** Says that JSON could not be written, by the name it was asked for with. */
[[nodiscard]] exit_code json_failure(messages& say, json_lines const& lines,
                                     std::string const& file);

/** Help and version: standard output, status 0 unless it cannot be written. */
[[nodiscard]] exit_code print_text(app_env& env, messages& say, std::string const& text);

/**
 * Reads the words with `parse`, which returns parsed_options, and does what they
 * ask for: prints a text, or calls `body` with the options.
 */
template <class Parse, class Body>
[[nodiscard]] int run_parsed(std::string const& program, std::span<char const* const> args,
                             app_env& env, Parse const& parse, Body const& body) {
    return guarded_run(program, env, [&](messages& say) {
        auto const parsed = parse(args, env.backend);
        if (parsed.text)
            return print_text(env, say, *parsed.text);
        say.set_level(parsed.opts.verbosity, parsed.opts.quiet);
        return body(parsed.opts, say);
    });
}

using run_function = int(std::span<char const* const> args, app_env& env);

/** All of main(): signals, standard streams, and then `run`. */
[[nodiscard]] int program_main(int argc, char** argv, run_function& run);

} // namespace netmapxx::apps
