// SPDX-License-Identifier: BSD-2-Clause
#include "nm-bridge/bridge.hpp"

#include "common/program.hpp"
#include "nm-bridge/session.hpp"

namespace netmapxx::apps::bridge {

int run(std::span<char const* const> args, app_env& env) {
    return guarded_run("nm-bridge", env, [&](messages& say) {
        auto const parsed = parse_options(args, env.backend);
        if (parsed.text)
            return print_text(env, say, *parsed.text);
        say.set_level(parsed.opts.verbosity, parsed.opts.quiet);
        session s(parsed.opts, env, say);
        return s.run();
    });
}

} // namespace netmapxx::apps::bridge
