// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/doctor.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "nm-ctl/names.hpp"

namespace netmapxx::apps::ctl {
namespace {

class doctor_command : public command {
  public:
    doctor_command()
        : command("nm-ctl doctor", "doctor",
                  "Checks device node, module, parameters, memory and limits, and an interface if "
                  "one is named;\nsays what to do. Status 5 if something is wrong.",
                  "[IF] [options]") {}

  protected:
    exit_code execute(session& s) override {
        std::optional<std::string> interface;
        if (interface_.given())
            interface = read_interface(interface_.text());
        system_view const system;
        auto const all = examine({system, s.backend(), s.named_backend()}, interface);
        s.finish(describe(all));
        return verdict(all);
    }

  private:
    text_option& interface_ = line_.positionals("IF", "an interface", 1);
};

std::size_t count(findings const& all, finding_level level) noexcept {
    return static_cast<std::size_t>(std::ranges::count(all, level, &finding::level));
}

std::string_view name_of(finding_level level) noexcept {
    return finding_level_names[static_cast<std::size_t>(level)];
}

} // namespace

findings examine(patient const& p, std::optional<std::string> const& interface) {
    findings all;
    check_device(p, all);
    check_core(p, all);
    check_parameters(p, all);
    check_memory(p, all);
    if (interface)
        check_interface(p, *interface, all);
    return all;
}

result describe(findings const& all) {
    auto const errors = count(all, finding_level::error);
    auto const warnings = count(all, finding_level::warning);
    result r{.fields = {{"errors", errors}, {"warnings", warnings}, {"findings", json::array()}}};
    for (auto const& f : all) {
        r.text += fmt::format("{:<8} {:<10}  {}\n", name_of(f.level), f.check, f.text);
        if (!f.fix.empty())
            r.text += fmt::format("{:<8} {:<10}  fix: {}\n", "", "", f.fix);
        r.fields["findings"].push_back({{"level", name_of(f.level)},
                                        {"check", f.check},
                                        {"text", f.text},
                                        {"fix", f.fix.empty() ? json(nullptr) : json(f.fix)}});
    }
    r.text += fmt::format("{} error{}, {} warning{}\n", errors, errors == 1 ? "" : "s", warnings,
                          warnings == 1 ? "" : "s");
    return r;
}

exit_code verdict(findings const& all) noexcept {
    return count(all, finding_level::error) != 0 ? exit_code::verification : exit_code::ok;
}

std::unique_ptr<command> make_doctor() {
    return std::make_unique<doctor_command>();
}

} // namespace netmapxx::apps::ctl
