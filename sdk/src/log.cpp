// SPDX-License-Identifier: BSD-2-Clause
#include "log.hpp"

#include <atomic>
#include <mutex>

namespace netmapxx::inline v1 {

namespace {

/// The sink, and how much it wants to hear.
struct log_target {
    std::atomic<log_level> most{log_level::off};
    std::mutex lock;
    log_sink sink;
};

log_target& target() noexcept {
    static log_target instance;
    return instance;
}

} // namespace

void set_log_sink(log_level most, log_sink sink) noexcept {
    auto& to = target();
    std::lock_guard const hold{to.lock};
    to.sink.swap(sink);
    to.most = to.sink ? most : log_level::off;
}

namespace detail {

bool logs(log_level level) noexcept {
    return target().most.load(std::memory_order_relaxed) >= level;
}

void log_line(log_level level, std::string_view text) {
    auto& to = target();
    std::lock_guard const hold{to.lock};
    if (to.sink && to.most >= level)
        to.sink(level, text);
}

} // namespace detail

} // namespace netmapxx::inline v1
