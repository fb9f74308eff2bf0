// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/attach.hpp"

#include <fmt/format.h>

#include "nm-ctl/names.hpp"
#include "nm-ctl/refusal.hpp"

namespace netmapxx::apps::ctl {
namespace {

class attach_command : public command {
  public:
    attach_command()
        : command(
              "nm-ctl attach", "attach",
              "Plugs an existing interface into a VALE switch, which is made if it is not there.",
              "valeS:IF [options]") {}

  protected:
    exit_code execute(session& s) override {
        auto const words = words_of(port_, 1, "a switch port (valeS:IF) is");
        auto const spec = read_switch_port(words[0]);
        vale::attach_options options{.with_host = host_ != 0, .config = read_conf(conf_)};
        options.config.memory_id = read_region(mem_, s.backend());
        s.finish(attach_port(s, spec, options));
        return exit_code::ok;
    }

  private:
    text_option& port_ = line_.positionals("PORT", "switch and interface, as vale0:eth0", 1);
    int& host_ =
        line_.flag("Attach", "--with-host", "the interface's host stack too, as a second port");
    text_option& conf_ = line_.option("Attach", "-C,--conf", "TXS[,RXS[,TXR[,RXR]]]",
                                      "slots and rings, where they can be chosen");
    text_option& mem_ = line_.option("Attach", "-m,--mem", "ID|PORT",
                                     "region, or the region of a port; 1 is the global one");
};

class detach_command : public command {
  public:
    detach_command()
        : command("nm-ctl detach", "detach", "Unplugs an interface from a VALE switch.",
                  "valeS:IF [options]") {}

  protected:
    exit_code execute(session& s) override {
        auto const words = words_of(port_, 1, "a switch port (valeS:IF) is");
        s.finish(detach_port(s, read_switch_port(words[0])));
        return exit_code::ok;
    }

  private:
    text_option& port_ = line_.positionals("PORT", "switch and interface, as vale0:eth0", 1);
};

result port_result(session const& s, std::string const& name, std::uint32_t index) {
    return {.text =
                s.say().verbosity() > 0 ? fmt::format("{}: port {}\n", name, index) : std::string{},
            .fields = {{"name", name}, {"port_index", index}}};
}

/** The switch that has the interface already, as " to vale1", or nothing. */
std::string present_switch(session const& s, std::string const& interface) {
    std::error_code ec;
    for (auto const& p : vale::list(ec, s.backend()))
        if (p.name.ends_with(":" + interface))
            return p.name.substr(0, p.name.find(':'));
    return {};
}

} // namespace

result attach_port(session const& s, port_spec const& spec, vale::attach_options const& options) {
    auto const name = spec.core_name();
    try {
        return port_result(s, name, vale::attach(spec, options, s.backend()));
    } catch (error const& e) {
        if (e.code() != errc::port_busy || !e.detail().empty())
            throw;
        auto const where = present_switch(s, spec.name());
        if (where.empty())
            throw;
        throw app_failure(exit_code::port,
                          fmt::format("cannot attach {}: already attached to {}", name, where),
                          fmt::format("nm-ctl detach {}:{}", where, spec.name()));
    }
}

result detach_port(session const& s, port_spec const& spec) {
    return port_result(s, spec.core_name(), vale::detach(spec, s.backend()));
}

std::unique_ptr<command> make_attach() {
    return std::make_unique<attach_command>();
}

std::unique_ptr<command> make_detach() {
    return std::make_unique<detach_command>();
}

} // namespace netmapxx::apps::ctl
