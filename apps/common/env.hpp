// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file env.hpp
 * What a program finds around it. A run touches nothing else of its process,
 * so that several can be started side by side on the embedded engine.
 */
#pragma once

#include <chrono>
#include <string>

#include "common/control.hpp"
#include "common/text_out.hpp"

namespace netmapxx::apps {

/** Time as a run sees it. */
class run_clock {
  public:
    virtual ~run_clock() = default;
    [[nodiscard]] virtual time_point now() const noexcept {
        return std::chrono::steady_clock::now();
    }
    /** Sleeps until `t`. */
    virtual void sleep_until(time_point t) const;
};

struct app_env {
    text_out& out;        ///< standard output
    text_out& err;        ///< standard error
    run_control& control; ///< stop and report requests
    run_clock const& clock;
    std::string backend{}; ///< "device" or "embedded"; empty: the library's choice
};

} // namespace netmapxx::apps
