// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file trouble.hpp
 * A port that reports trouble now and then is lived with; one that keeps doing
 * so ends the run.
 */
#pragma once

#include <string>

#include "common/messages.hpp"

namespace netmapxx::apps {

class trouble_limit {
  public:
    explicit trouble_limit(messages& say) noexcept : say_(say) {}

    /** Warns; throws app_failure (runtime) for the third time within a second. */
    void report(std::string const& text, time_point now);

  private:
    messages& say_;
    time_point window_{};
    int count_ = 0;
};

} // namespace netmapxx::apps
