// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/list.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "nm-ctl/names.hpp"

namespace netmapxx::apps::ctl {
namespace {

class list_command : public command {
  public:
    list_command()
        : command("nm-ctl list", "list", "Lists the ports of all VALE switches, or of one.",
                  "[SWITCH] [options]") {}

  protected:
    exit_code execute(session& s) override {
        auto ports = vale::list(s.backend());
        if (switch_.given())
            std::erase_if(ports, [prefix = read_switch(switch_.text())](auto const& p) {
                return !p.name.starts_with(prefix);
            });
        s.finish(describe(ports));
        return exit_code::ok;
    }

  private:
    text_option& switch_ = line_.positionals("SWITCH", "a switch, as vale0", 1);
};

class show_command : public command {
  public:
    show_command()
        : command("nm-ctl show", "show", "Shows the place of one switch port.",
                  "valeS:P [options]") {}

  protected:
    exit_code execute(session& s) override {
        auto const words = words_of(port_, 1, "a switch port (valeS:P) is");
        s.finish(show_port(s, read_switch_port(words[0])));
        return exit_code::ok;
    }

  private:
    text_option& port_ = line_.positionals("PORT", "the port, as vale0:a", 1);
};

} // namespace

result describe(std::vector<vale::entry> const& ports) {
    result r{.fields = {{"ports", json::array()}}};
    std::size_t width = 0;
    for (auto const& p : ports)
        width = std::max(width, p.name.size());
    for (auto const& p : ports) {
        r.text += fmt::format("{:<{}}  switch {}, port {}\n", p.name, width, p.switch_index,
                              p.port_index);
        r.fields["ports"].push_back(
            {{"name", p.name}, {"switch_index", p.switch_index}, {"port_index", p.port_index}});
    }
    return r;
}

result list_ports(session const& s) {
    return describe(vale::list(s.backend()));
}

result show_port(session const& s, port_spec const& spec) {
    auto const found = vale::find(spec, s.backend());
    if (!found)
        throw app_failure(exit_code::port, fmt::format("no such switch port: {}", spec.core_name()),
                          "nm-ctl list shows those there are");
    return describe({*found});
}

std::unique_ptr<command> make_list() {
    return std::make_unique<list_command>();
}

std::unique_ptr<command> make_show() {
    return std::make_unique<show_command>();
}

} // namespace netmapxx::apps::ctl
