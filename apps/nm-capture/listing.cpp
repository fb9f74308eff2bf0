// SPDX-License-Identifier: BSD-2-Clause
#include "nm-capture/listing.hpp"

#include "common/port_list.hpp"
#include "common/ports.hpp"
#include "common/program.hpp"

namespace netmapxx::apps::capture {
namespace {

result found(backend_choice const& backend) {
    try {
        return describe(find_ports(backend.kind, system_files{}));
    } catch (error const& e) {
        throw port_failure("the list of ports", e);
    }
}

} // namespace

exit_code list_ports(options const& o, app_env& env, messages& say) {
    auto const backend = choose_backend(o.backend);
    note_backend(say, backend);
    auto const ports = found(backend);
    if (!o.json)
        return print_text(env, say, ports.text);
    auto const json = open_json(o.json, env);
    json->write("summary", ports.fields);
    return json_failure(say, *json, *o.json);
}

} // namespace netmapxx::apps::capture
