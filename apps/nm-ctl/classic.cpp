// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/classic.hpp"

#include <fmt/format.h>

#include "common/ports.hpp"
#include "nm-ctl/attach.hpp"
#include "nm-ctl/info.hpp"
#include "nm-ctl/list.hpp"
#include "nm-ctl/names.hpp"
#include "nm-ctl/newif.hpp"
#include "nm-ctl/polling.hpp"

namespace netmapxx::apps::ctl {
namespace {

class classic_command : public command {
  public:
    explicit classic_command(std::string const& program)
        : command(
              program, "classic",
              "Administers VALE switches, with the classic letters; without one: lists all ports.",
              "[-a|-h|-d valeS:IF] [-l valeS:P] [-n|-r NAME] [-g PORT] [-p|-P valeS:IF] [options]",
              "--help") {}

  protected:
    exit_code execute(session& s) override {
        auto const asked = the_one_asked();
        auto const r = asked == nullptr ? list_ports(s) : carry_out(s, *asked);
        s.finish(r);
        return exit_code::ok;
    }

  private:
    text_option& letter(char const* name, char const* value, char const* help) {
        return line_.option("Commands", name, value, help);
    }

    /** The letter given, or null; two are a contradiction. */
    [[nodiscard]] text_option const* the_one_asked() const {
        text_option const* found = nullptr;
        for (auto const* option :
             {&attach_, &host_, &detach_, &show_, &newif_, &delif_, &info_, &poll_, &no_poll_}) {
            if (option->given() && found != nullptr)
                throw app_failure(exit_code::usage, fmt::format("{} and {} exclude each other",
                                                                found->names, option->names));
            if (option->given())
                found = option;
        }
        return found;
    }

    [[nodiscard]] vale::port_config config(session const& s) const {
        auto c = read_conf(conf_);
        c.memory_id = read_region(mem_, s.backend());
        return c;
    }

    [[nodiscard]] result carry_out(session const& s, text_option const& asked) const {
        auto const& name = asked.text();
        if (&asked == &newif_)
            return create_interface(s, read_interface(name), config(s));
        if (&asked == &delif_)
            return delete_interface(s, read_interface(name));
        if (&asked == &info_)
            return describe_port(s, read_exact_port(name), false);
        auto const spec = read_switch_port(name);
        if (&asked == &detach_)
            return detach_port(s, spec);
        if (&asked == &show_)
            return show_port(s, spec);
        if (&asked == &poll_)
            return start_polling(s, spec, read_polling(conf_));
        if (&asked == &no_poll_)
            return stop_polling(s, spec);
        return attach_port(s, spec, {.with_host = &asked == &host_, .config = config(s)});
    }

    text_option& attach_ = letter("-a", "valeS:IF", "attach an interface");
    text_option& host_ = letter("-h", "valeS:IF", "attach an interface and its host stack");
    text_option& detach_ = letter("-d", "valeS:IF", "detach an interface");
    text_option& show_ = letter("-l", "valeS:P", "show the place of a port");
    text_option& newif_ = letter("-n", "NAME", "make a persistent port");
    text_option& delif_ = letter("-r", "NAME", "take it away");
    text_option& info_ = letter("-g", "PORT", "rings and region of a port");
    text_option& poll_ = letter("-p", "valeS:IF", "start polling; -C x[,y[,z]]");
    text_option& no_poll_ = letter("-P", "valeS:IF", "stop polling");
    text_option& conf_ = line_.option(
        "Values", "-C", "NUMBERS",
        "tx-slots[,rx-slots[,tx-rings[,rx-rings]]] for -a -h -n; mode[,cpu[,cpus]] for -p");
    text_option& mem_ = line_.option("Values", "-m", "ID|PORT",
                                     "region, or the region of a port; 1 is the global one");
};

} // namespace

std::unique_ptr<command> make_classic(std::string const& program) {
    return std::make_unique<classic_command>(program);
}

} // namespace netmapxx::apps::ctl
