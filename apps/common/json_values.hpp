// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file json_values.hpp
 * Helpers for building JSON objects; includes all of the JSON library.
 */
#pragma once

#include <optional>

#include <nlohmann/json.hpp>

#include "common/json_lines.hpp"

namespace netmapxx::apps {

/** A figure that may be unknown, which is null and never 0. */
template <class T> [[nodiscard]] json json_or_null(std::optional<T> const& value) {
    return value ? json(*value) : json(nullptr);
}

} // namespace netmapxx::apps
