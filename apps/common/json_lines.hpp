// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file json_lines.hpp
 * Results for machines: one JSON object a line.
 */
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "common/text_out.hpp"

namespace netmapxx::apps {

using json = nlohmann::ordered_json;

/** JSON Lines, to standard output or to a file. */
class json_lines {
  public:
    static constexpr int schema = 1;

    /** To `out`, which is borrowed. */
    explicit json_lines(text_out& out) : out_(&out) {}
    /** To a new file; throws app_failure. */
    explicit json_lines(std::string const& path)
        : owned_(std::make_unique<fd_out>(path)), out_(owned_.get()) {}

    /** Writes one object with "type" first; "start" also gets the schema version. */
    void write(std::string_view type, json const& fields);

    [[nodiscard]] text_out& sink() const noexcept { return *out_; }

  private:
    std::unique_ptr<text_out> owned_;
    text_out* out_;
};

} // namespace netmapxx::apps
