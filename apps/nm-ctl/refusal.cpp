// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/refusal.hpp"

#include <fmt/format.h>

namespace netmapxx::apps::ctl {
namespace {

/** An error of an operation, in words. */
struct reading {
    std::string_view operation;
    std::errc code;
    std::string_view words;
};

using enum std::errc;

constexpr reading readings[] = {
    {"attach", invalid_argument, "no such interface"},
    {"attach", no_such_device_or_address, "no such interface"},
    {"attach", device_or_resource_busy, "already attached to a switch, or open in netmap mode"},
    {"attach", not_enough_memory, "switch limit reached (parameter max_bridges), or switch full"},
    {"detach", device_or_resource_busy, "in use"},
    {"detach", no_such_device_or_address, "no such switch or port"},
    {"detach", invalid_argument, "not attached"},
    {"create", file_exists, "an interface of that name exists"},
    {"create", invalid_argument, "not a name for an interface, or no such region"},
    {"delete", device_or_resource_busy, "in use: open, or attached to a switch"},
    {"delete", no_such_device_or_address, "no such interface"},
    {"delete", invalid_argument, "not made with newif"},
    {"start polling of", bad_address, "polled already, or its threads could not be made"},
    {"start polling of", invalid_argument, "CPUs or rings that are not there"},
    {"start polling of", not_supported, "not an attached interface"},
    {"start polling of", no_such_device_or_address, "no such switch or port"},
    {"stop polling of", bad_address, "not polled"},
    {"stop polling of", not_supported, "not an attached interface"},
    {"stop polling of", no_such_device_or_address, "no such switch or port"},
    {"describe", invalid_argument, "no such region"},
    {"set the header length of", no_such_device_or_address, "no such switch port"},
};

std::string_view words_for(error const& e) noexcept {
    for (auto const& r : readings)
        if (r.operation == e.operation() && e.code() == r.code)
            return r.words;
    return {};
}

exit_code code_for(std::error_code const& ec) noexcept {
    if (ec == condition::denied)
        return exit_code::denied;
    return ec == errc::invalid_spec ? exit_code::usage : exit_code::port;
}

} // namespace

app_failure refusal(error const& e) {
    auto const words = e.detail().empty() ? words_for(e) : e.detail();
    // The general text of a code is worth its place only where nothing says more.
    bool const general = words.empty() || e.code() == errc::backend_unavailable;
    auto const why = general ? e.code().message() : std::string(words);
    auto text = fmt::format("cannot {} {}: {}", e.operation(), e.subject(), why);
    if (general && !words.empty())
        text += fmt::format(": {}", words);
    auto const hint = e.code() == errc::unsupported_option
                          ? std::string_view("use a core that serves this request; nm-ctl doctor "
                                             "looks at this one")
                          : e.hint();
    return {code_for(e.code()), text, std::string(hint)};
}

} // namespace netmapxx::apps::ctl
