// SPDX-License-Identifier: BSD-2-Clause
#include "nm-pktgen/pktgen.hpp"

#include "common/program.hpp"
#include "nm-pktgen/session.hpp"

namespace netmapxx::apps::pktgen {

int run(std::span<char const* const> args, app_env& env) {
    return run_parsed("nm-pktgen", args, env, parse_options, [&](options const& o, messages& say) {
        session s(o, env, say);
        return s.run();
    });
}

} // namespace netmapxx::apps::pktgen
