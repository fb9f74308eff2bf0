// SPDX-License-Identifier: BSD-2-Clause
#include "common/common_options.hpp"

#include "common/ports.hpp"

namespace netmapxx::apps {

using namespace std::chrono_literals;

text_option& backend_option(command_line& line, std::string const& group) {
    return line.option(group, "--backend", "NAME",
                       "device (kernel module) or embedded (this process)");
}

text_option& live_option(command_line& line, std::string const& group) {
    return line.option(group, "--live", "MODE", "auto (default), line, log or off");
}

live_mode read_live(text_option const& option) {
    return static_cast<live_mode>(read_choice(option, live_mode_names, 0));
}

report_words::report_words(command_line& line)
    : interval_(line.option("Output", "-T,--report-interval", "MS",
                            "time between reports (default 1000, least 10)")),
      live_(live_option(line, "Output")),
      json_(line.optional_value("Output", "--json", "[=FILE]",
                                "JSON Lines, to FILE or standard output")) {}

void report_words::read(common_options& o) const {
    o.interval = read_duration(interval_, 1ms, 10ms, o.interval);
    o.live = read_live(live_);
    if (json_.given())
        o.json = json_.text();
}

say_words::say_words(command_line& line, std::string const& verbose)
    : verbose_(line.flag("Output", "-v,--verbose", verbose)),
      quiet_(line.flag("Output", "-q,--quiet", "errors and the summary only")) {}

void say_words::read(common_options& o) const {
    o.verbosity = verbose_;
    o.quiet = quiet_ != 0;
}

sending_words::sending_words(command_line& line)
    : wait_link_(
          line.option("Port", "-w,--wait-link", "SECS", "sleep so long after opening (default 0)")),
      drain_(line.option("Port", "--drain-timeout", "TIME",
                         "longest wait for packets under way at the end (default 1s)")),
      backend_(backend_option(line, "Port")),
      native_(line.flag("Port", "--require-native",
                        "fail rather than emulate an interface whose driver has no netmap")) {}

void sending_words::read(sending_options& o, std::string_view default_backend) const {
    o.wait_link = read_duration(wait_link_, 1s, 0s, 0s);
    o.drain_timeout = read_duration(drain_, 1s, 0s, o.drain_timeout);
    o.backend = read_backend(backend_, default_backend);
    o.adapter = read_adapter(native_);
}

} // namespace netmapxx::apps
