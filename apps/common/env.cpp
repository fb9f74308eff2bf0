// SPDX-License-Identifier: BSD-2-Clause
#include "common/env.hpp"

#include <thread>

namespace netmapxx::apps {

void run_clock::sleep_until(time_point t) const {
    std::this_thread::sleep_until(t);
}

} // namespace netmapxx::apps
