// SPDX-License-Identifier: BSD-2-Clause
// The traffic of a storm: frames through a switch, a pipe and a pair of interfaces
// of its own. Nobody touches the pipe, so nothing may be lost in it.
#pragma once

#include "fixture.hpp"
#include "storm_diary.hpp"
#include "wire.hpp"

#include <memory>

namespace conformance {

class storm_traffic {
  public:
    enum flow : unsigned { through_switch, through_pipe, through_wire };

    /// `end`: the interface to be used, whose other end is `far`; or empty.
    storm_traffic(diary& d, const std::string& end, const std::string& far);
    void step();

  private:
    void flood();
    void stream();
    void cable();

    diary& diary_;
    port sender_;
    port receiver_;
    port master_;
    port slave_;
    port nic_;
    std::unique_ptr<wire> far_;
    uint32_t sent_ = 0;
    uint32_t got_ = 0;
};

} // namespace conformance
