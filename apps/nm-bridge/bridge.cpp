// SPDX-License-Identifier: BSD-2-Clause
#include "nm-bridge/bridge.hpp"

#include "common/program.hpp"
#include "nm-bridge/session.hpp"

namespace netmapxx::apps::bridge {

int run(std::span<char const* const> args, app_env& env) {
    return run_parsed("nm-bridge", args, env, parse_options, [&](options const& o, messages& say) {
        session s(o, env, say);
        return s.run();
    });
}

} // namespace netmapxx::apps::bridge
