// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file result.hpp
 * What a program found out, for people and for programs.
 */
#pragma once

#include <string>

#include "common/json_values.hpp"

namespace netmapxx::apps {

struct result {
    std::string text{}; ///< whole lines
    json fields{};      ///< of the summary
};

} // namespace netmapxx::apps
