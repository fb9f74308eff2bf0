// SPDX-License-Identifier: BSD-2-Clause
#include "common/json_lines.hpp"

#include <nlohmann/json.hpp>

namespace netmapxx::apps {

void json_lines::write(std::string_view type, json const& fields) {
    json line;
    line["type"] = type;
    if (type == "start")
        line["schema"] = schema;
    line.update(fields);
    out_->write(line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
}

} // namespace netmapxx::apps
