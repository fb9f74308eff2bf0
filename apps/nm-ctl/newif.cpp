// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/newif.hpp"

#include <fmt/format.h>

#include "nm-ctl/names.hpp"

namespace netmapxx::apps::ctl {
namespace {

class newif_command : public command {
  public:
    newif_command()
        : command(
              "nm-ctl newif", "newif",
              "Makes a persistent VALE port: an interface of the system, at first in no switch.",
              "NAME [options]") {}

  protected:
    exit_code execute(session& s) override {
        auto const words = words_of(name_, 1, "a name for the interface is");
        auto const name = read_interface(words[0]);
        auto config = read_conf(conf_);
        config.memory_id = read_region(mem_, s.backend());
        s.finish(create_interface(s, name, config));
        return exit_code::ok;
    }

  private:
    text_option& name_ = line_.positionals("NAME", "a new name, at most 15 characters", 1);
    text_option& conf_ =
        line_.option("Interface", "-C,--conf", "TXS[,RXS[,TXR[,RXR]]]", "slots and rings");
    text_option& mem_ = line_.option("Interface", "-m,--mem", "ID|PORT",
                                     "region, or the region of a port; 1 is the global one");
};

class delif_command : public command {
  public:
    delif_command()
        : command("nm-ctl delif", "delif", "Takes away an interface that newif made.",
                  "NAME [options]") {}

  protected:
    exit_code execute(session& s) override {
        auto const words = words_of(name_, 1, "the name of an interface is");
        s.finish(delete_interface(s, read_interface(words[0])));
        return exit_code::ok;
    }

  private:
    text_option& name_ = line_.positionals("NAME", "the interface", 1);
};

} // namespace

result create_interface(session const& s, std::string const& name,
                        vale::port_config const& config) {
    auto const got = vale::create(name, config, s.backend());
    result r{.fields = {{"name", name},
                        {"tx_rings", got.tx_rings},
                        {"rx_rings", got.rx_rings},
                        {"tx_slots", got.tx_slots},
                        {"rx_slots", got.rx_slots},
                        {"memory_id", got.memory_id}}};
    if (s.say().verbosity() > 0)
        r.text =
            fmt::format("{}: {} tx rings of {} slots, {} rx rings of {} slots, region {}\n", name,
                        got.tx_rings, got.tx_slots, got.rx_rings, got.rx_slots, got.memory_id);
    return r;
}

result delete_interface(session const& s, std::string const& name) {
    vale::destroy(name, s.backend());
    return {.text = {}, .fields = {{"name", name}}};
}

std::unique_ptr<command> make_newif() {
    return std::make_unique<newif_command>();
}

std::unique_ptr<command> make_delif() {
    return std::make_unique<delif_command>();
}

} // namespace netmapxx::apps::ctl
