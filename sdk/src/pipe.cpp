// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/pipe.hpp>

#include <utility>

#include "guarded.hpp"

namespace netmapxx::inline v1 {

port open_pipe_end(std::string_view base, std::string_view id, pipe_side side,
                   open_options const& options) {
    return port{port_spec::from_user(base).with_pipe(side, id), options};
}

port open_pipe_end(std::string_view base, std::string_view id, pipe_side side,
                   open_options const& options, std::error_code& ec) noexcept {
    return detail::guarded(ec, [&] { return open_pipe_end(base, id, side, options); });
}

std::pair<port, port> make_pipe(std::string_view base, std::string_view id,
                                open_options const& options) {
    port first = open_pipe_end(base, id, pipe_side::first, options);
    open_options rest = options;
    rest.backend = first.info().backend;
    rest.share = first.memory();
    rest.external = {}; // the region is there, and shared
    port second = open_pipe_end(base, id, pipe_side::second, rest);
    return {std::move(first), std::move(second)};
}

std::pair<port, port> make_pipe(std::string_view base, std::string_view id,
                                open_options const& options, std::error_code& ec) noexcept {
    return detail::guarded(ec, [&] { return make_pipe(base, id, options); });
}

} // namespace netmapxx::inline v1
