// SPDX-License-Identifier: BSD-2-Clause
#include "nm-capture/capture.hpp"

#include "common/program.hpp"
#include "nm-capture/listing.hpp"
#include "nm-capture/session.hpp"

namespace netmapxx::apps::capture {

int run(std::span<char const* const> args, app_env& env) {
    return run_parsed("nm-capture", args, env, parse_options, [&](options const& o, messages& say) {
        if (o.list)
            return list_ports(o, env, say);
        session s(o, env, say);
        return s.run();
    });
}

} // namespace netmapxx::apps::capture
