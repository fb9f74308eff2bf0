// SPDX-License-Identifier: BSD-2-Clause
#include <netmapxx/vale.hpp>

#include <cerrno>

#include <netmapxx/error.hpp>

#include "control.hpp"
#include "guarded.hpp"

namespace netmapxx::inline v1::vale {

std::vector<entry> list(backend_kind backend) {
    auto const host = detail::find_backend(choose_backend(backend).kind);
    auto const dev = detail::open_control(*host, "switches");
    std::vector<entry> out;
    nmreq_vale_list body{};
    for (;;) {
        detail::control_request request{NETMAP_REQ_VALE_LIST, "", &body};
        int const error = request.send(*host, *dev);
        if (error == ENOENT)
            return out;
        if (error != 0)
            throw netmapxx::error{detail::code_of(error), "list", "switches", request.text()};
        out.push_back({std::string{request.name()}, body.nr_bridge_idx, body.nr_port_idx});
        ++body.nr_port_idx;
    }
}

std::vector<entry> list(std::error_code& ec, backend_kind backend) noexcept {
    return detail::guarded(ec, [&] { return list(backend); });
}

} // namespace netmapxx::inline v1::vale
