// SPDX-License-Identifier: BSD-2-Clause
#include "nm-capture/capture.hpp"

#include "common/program.hpp"
#include "nm-capture/listing.hpp"
#include "nm-capture/session.hpp"

namespace netmapxx::apps::capture {

int run(std::span<char const* const> args, app_env& env) {
    return guarded_run("nm-capture", env, [&](messages& say) {
        auto const parsed = parse_options(args, env.backend);
        if (parsed.text)
            return print_text(env, say, *parsed.text);
        auto const& o = parsed.opts;
        say.set_level(o.verbosity, o.quiet);
        if (o.list)
            return list_ports(o, env, say);
        session s(o, env, say);
        return s.run();
    });
}

} // namespace netmapxx::apps::capture
