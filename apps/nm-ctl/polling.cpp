// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/polling.hpp"

#include <limits>

#include <fmt/format.h>

#include "nm-ctl/names.hpp"

namespace netmapxx::apps::ctl {
namespace {

constexpr std::string_view mode_names[] = {"single", "per-ring"};
constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();

class polling_command : public command {
  public:
    polling_command()
        : command("nm-ctl polling", "polling",
                  "Has kernel threads poll an attached interface, or ends that.",
                  "on|off valeS:IF [options]") {}

  protected:
    exit_code execute(session& s) override {
        auto const words = words_of(words_, 2, "'on' or 'off' and a switch port are");
        bool const on = words[0] == "on";
        if (!on && words[0] != "off")
            bad_value(words_, words[0], "'on' or 'off'");
        auto const spec = read_switch_port(words[1]);
        if (!on && (mode_.given() || first_.given() || cpus_.given()))
            throw app_failure(exit_code::usage, "polling off takes no CPUs and no mode");
        s.finish(on ? start_polling(s, spec, how()) : stop_polling(s, spec));
        return exit_code::ok;
    }

  private:
    [[nodiscard]] vale::polling how() const {
        vale::polling p;
        p.mode = static_cast<vale::polling_mode>(read_choice(mode_, mode_names, 0));
        p.first_cpu = static_cast<std::uint32_t>(read_uint(first_, "a CPU", 0, most, 0));
        p.cpus = static_cast<std::uint32_t>(read_uint(cpus_, "a number of CPUs", 1, most, 1));
        if (p.mode == vale::polling_mode::single && p.cpus != 1)
            throw app_failure(exit_code::usage,
                              fmt::format("--cpus {} needs --mode per-ring", p.cpus));
        return p;
    }

    text_option& words_ = line_.positionals("WORDS", "on or off, and the port, as vale0:eth0", 2);
    text_option& mode_ = line_.option("Polling", "--mode", "MODE",
                                      "single (default): one thread for all rings; per-ring");
    text_option& first_ =
        line_.option("Polling", "--first-cpu", "N", "CPU of the first thread (default 0)");
    text_option& cpus_ =
        line_.option("Polling", "--cpus", "K", "number of threads, with per-ring (default 1)");
};

} // namespace

result start_polling(session const& s, port_spec const& spec, vale::polling const& how) {
    check_cpus(how, system_view{});
    vale::start_polling(spec, how, s.backend());
    return {.text = {},
            .fields = {{"name", spec.core_name()},
                       {"polling", true},
                       {"mode", mode_names[static_cast<std::size_t>(how.mode)]},
                       {"first_cpu", how.first_cpu},
                       {"cpus", how.cpus}}};
}

result stop_polling(session const& s, port_spec const& spec) {
    vale::stop_polling(spec, s.backend());
    return {.text = {}, .fields = {{"name", spec.core_name()}, {"polling", false}}};
}

std::unique_ptr<command> make_polling() {
    return std::make_unique<polling_command>();
}

} // namespace netmapxx::apps::ctl
