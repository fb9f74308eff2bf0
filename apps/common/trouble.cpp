// SPDX-License-Identifier: BSD-2-Clause
#include "common/trouble.hpp"

#include <fmt/format.h>

#include "common/exit_code.hpp"

namespace netmapxx::apps {

void trouble_limit::report(std::string const& text, time_point now) {
    constexpr int most = 3;
    say_.repeated_warning(text, now);
    if (now - window_ > std::chrono::seconds(1)) {
        window_ = now;
        count_ = 0;
    }
    if (++count_ >= most)
        throw app_failure(exit_code::runtime,
                          fmt::format("{} errors within a second, the last one: {}", count_, text));
}

} // namespace netmapxx::apps
