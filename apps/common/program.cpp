// SPDX-License-Identifier: BSD-2-Clause
#include "common/program.hpp"

#include <fmt/format.h>
#include <netmapxx/error.hpp>
#include <unistd.h>

#include "common/signals.hpp"

namespace netmapxx::apps {

int guarded_run(std::string const& program, app_env& env,
                std::function<exit_code(messages&)> const& body) {
    messages say(env.err, program);
    try {
        return to_int(body(say));
    } catch (...) {
        return to_int(failure_code(say, std::current_exception()));
    }
}

void pause(app_env& env, std::chrono::nanoseconds time) {
    auto const until = env.clock.now() + time;
    while (!env.control.stop_requested() && env.clock.now() < until)
        static_cast<void>(env.control.wait_until(until));
}

exit_code failure_code(messages& say, std::exception_ptr const& failure) {
    if (failure == nullptr)
        return exit_code::ok;
    try {
        std::rethrow_exception(failure);
    } catch (app_failure const& e) {
        say.error(e.what(), e.hint());
        return e.code();
    } catch (error const& e) {
        say.error(e.what(), e.hint());
        return runtime_code(e.code());
    } catch (std::exception const& e) {
        say.error(e.what());
        return exit_code::runtime;
    }
}

exit_code output_failure(messages& say, text_out const& out, std::string_view name) {
    if (!out.status() || out.broken_pipe())
        return exit_code::ok;
    say.error(fmt::format("cannot write {}: {}", name, out.status().message()));
    return output_code(out.status());
}

std::unique_ptr<json_lines> open_json(std::optional<std::string> const& file, app_env& env) {
    if (!file)
        return nullptr;
    return *file == "-" ? std::make_unique<json_lines>(env.out)
                        : std::make_unique<json_lines>(*file);
}

exit_code json_failure(messages& say, json_lines const& lines, std::string const& file) {
    return output_failure(say, lines.sink(),
                          file == "-" ? "standard output" : fmt::format("'{}'", file));
}

exit_code print_text(app_env& env, messages& say, std::string const& text) {
    env.out.write(text);
    return output_failure(say, env.out, "standard output");
}

int program_main(int argc, char** argv, run_function& run) {
    run_control control;
    signal_bridge const signals(control);
    fd_out out(STDOUT_FILENO);
    fd_out err(STDERR_FILENO);
    run_clock const clock;
    app_env env{out, err, control, clock};
    std::span<char const* const> const words(argv, static_cast<std::size_t>(argc));
    return run(words.subspan(argc > 0 ? 1 : 0), env);
}

} // namespace netmapxx::apps
