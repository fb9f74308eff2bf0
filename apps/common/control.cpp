// SPDX-License-Identifier: BSD-2-Clause
#include "common/control.hpp"

#include <utility>

namespace netmapxx::apps {

void run_control::raise(bool events::*which) {
    {
        std::lock_guard lock(mutex_);
        pending_.*which = true;
    }
    changed_.notify_all();
}

void run_control::request_stop() {
    stop_.request_stop();
    raise(&events::stop);
}

void run_control::request_report() {
    raise(&events::report);
}

void run_control::wake() {
    raise(&events::woken);
}

run_control::events run_control::wait_until(time_point deadline) {
    std::unique_lock lock(mutex_);
    auto const happened = [this] { return pending_.stop || pending_.report || pending_.woken; };
    if (deadline == time_point::max())
        changed_.wait(lock, happened);
    else
        changed_.wait_until(lock, deadline, happened);
    return std::exchange(pending_, {});
}

} // namespace netmapxx::apps
