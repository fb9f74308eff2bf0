// SPDX-License-Identifier: BSD-2-Clause
#include "common/run_output.hpp"

#include <fmt/format.h>

#include "common/json_values.hpp"
#include "common/program.hpp"

namespace netmapxx::apps {

run_output::run_output(common_options const& o, app_env& env, messages& say, stdout_use use)
    : opts_(o), env_(env), say_(say), use_(use), live_(env.err, o.live, o.quiet),
      json_(open_json(o.json, env)) {}

void run_output::start(fields const& make) {
    if (json_)
        json_->write("start", make());
}

void run_output::interval(std::string_view text, fields const& make) {
    live_.show(text);
    if (json_)
        json_->write("interval", make());
}

void run_output::summary(std::string_view text, bool final, fields const& make) {
    live_.finish();
    auto const shown = fmt::format("{}{}", final ? "" : "interim:\n", text);
    if (use_ == stdout_use::text && !opts_.json_on_stdout())
        env_.out.write(shown);
    else if (!opts_.quiet)
        env_.err.write(shown);
    if (json_)
        json_->write("summary", make());
}

void run_output::finish() {
    live_.finish();
    say_.close_repeated();
}

bool run_output::lost() const {
    return env_.out.status() || (json_ && json_->sink().status());
}

exit_code run_output::failure() {
    auto code = exit_code::ok;
    if (use_ == stdout_use::text)
        code = output_failure(say_, env_.out, "standard output");
    if (json_ && !opts_.json_on_stdout())
        code = first_failure(code, json_failure(say_, *json_, *opts_.json));
    return code;
}

} // namespace netmapxx::apps
