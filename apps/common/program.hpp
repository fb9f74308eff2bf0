// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file program.hpp
 * The frame around every program: from main() to run(), and from exceptions to
 * exit codes.
 */
#pragma once

#include <exception>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "common/env.hpp"
#include "common/exit_code.hpp"
#include "common/messages.hpp"

namespace netmapxx::apps {

/** Calls `body`; what it throws becomes one message and an exit code. */
[[nodiscard]] int guarded_run(std::string const& program, app_env& env,
                              std::function<exit_code(messages&)> const& body);

/** Says what a worker failed with, and turns it into a code; nothing: ok. */
[[nodiscard]] exit_code failure_code(messages& say, std::exception_ptr const& failure);

/** Says that `out` could not be written; a broken pipe is no failure. */
[[nodiscard]] exit_code output_failure(messages& say, text_out const& out, std::string_view name);

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
