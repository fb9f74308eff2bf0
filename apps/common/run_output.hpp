// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file run_output.hpp
 * Where the reports of a run go: progress to standard error, the summary to
 * standard output unless that is taken, and all of them as JSON where asked for.
 */
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "common/common_options.hpp"
#include "common/env.hpp"
#include "common/exit_code.hpp"
#include "common/json_lines.hpp"
#include "common/live.hpp"
#include "common/messages.hpp"

namespace netmapxx::apps {

/** What standard output is for besides JSON. */
enum class stdout_use { text, data };

class run_output {
  public:
    /** Makes the JSON form of a report; called where it is wanted only. */
    using fields = std::function<json()>;

    /** Opens the JSON file; throws app_failure. Borrows all but `use`. */
    run_output(common_options const& o, app_env& env, messages& say,
               stdout_use use = stdout_use::text);

    void start(fields const& make);
    void interval(std::string_view text, fields const& make);
    /** The end, or a look in between. */
    void summary(std::string_view text, bool final, fields const& make);

    /** Nothing but summaries comes from now on. */
    void finish();

    /** True once nobody can or will read an output any more. */
    [[nodiscard]] bool lost() const;

    /** Says which outputs failed, and turns that into a code. */
    [[nodiscard]] exit_code failure();

  private:
    common_options const& opts_;
    app_env& env_;
    messages& say_;
    stdout_use use_;
    live_view live_;
    std::unique_ptr<json_lines> json_;
};

} // namespace netmapxx::apps
