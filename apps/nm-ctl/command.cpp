// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/command.hpp"

#include <utility>

#include <fmt/format.h>
#include <netmapxx/error.hpp>
#include <netmapxx/version.hpp>

#include "common/common_options.hpp"
#include "common/ports.hpp"
#include "common/program.hpp"
#include "nm-ctl/refusal.hpp"

namespace netmapxx::apps::ctl {

session::session(std::string const& command, backend_choice backend,
                 std::optional<std::string> const& json_file, app_env& env, messages& say)
    : command_(command), backend_(backend), env_(env), say_(say),
      json_file_(json_file == "-" ? std::nullopt : json_file), json_(open_json(json_file, env)) {}

void session::begin() {
    if (std::exchange(begun_, true))
        return;
    note_backend(say_, backend_);
    if (json_)
        json_->write("start", {{"program", "nm-ctl"},
                               {"version", NETMAPXX_VERSION_STRING},
                               {"command", command_},
                               {"backend", to_string(backend_.kind)}});
}

void session::write(std::string_view type, json const& fields) {
    begin();
    if (json_)
        json_->write(type, fields);
}

void session::finish(result const& r) {
    write("summary", r.fields);
    if (!json_on_stdout())
        env_.out.write(r.text);
}

bool session::output_ended() const {
    return env_.out.status() || (json_ && json_->sink().status());
}

exit_code session::end(exit_code code) {
    code = first_failure(code, output_failure(say_, env_.out, "standard output"));
    if (json_file_)
        code = first_failure(code, json_failure(say_, *json_, *json_file_));
    return code;
}

command::command(std::string const& program, std::string name, std::string const& summary,
                 std::string const& words, std::string const& help)
    : line_(program, summary, fmt::format("{} {}", program, words), help), name_(std::move(name)),
      backend_(backend_option(line_, "Common")),
      json_(line_.optional_value("Common", "--json", "[=FILE]",
                                 "JSON Lines, to FILE or instead of the text")),
      verbose_(line_.flag("Common", "-v,--verbose", "say more; may be repeated")),
      quiet_(line_.flag("Common", "-q,--quiet", "errors and the result only")) {}

exit_code command::run(std::span<char const* const> args, app_env& env, messages& say) {
    if (auto const text = line_.parse(args))
        return print_text(env, say, *text);
    say.set_level(verbose_, quiet_ != 0);
    try {
        auto const backend = choose_backend(read_backend(backend_, env.backend));
        session s(name_, backend, json_.given() ? std::optional(json_.text()) : std::nullopt, env,
                  say);
        return s.end(execute_or_begin(s));
    } catch (error const& e) {
        throw refusal(e);
    }
}

exit_code command::execute_or_begin(session& s) {
    try {
        return execute(s);
    } catch (app_failure const& e) {
        if (e.code() != exit_code::usage)
            s.begin();
        throw;
    } catch (error const& e) {
        s.begin();
        throw;
    }
}

std::span<std::string const> command::words_of(text_option const& option, std::size_t least,
                                               std::string_view what) {
    if (option.words.size() < least)
        throw app_failure(exit_code::usage, fmt::format("{} required", what));
    return option.words;
}

} // namespace netmapxx::apps::ctl
