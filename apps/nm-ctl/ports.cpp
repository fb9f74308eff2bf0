// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/ports.hpp"

#include "common/port_list.hpp"

namespace netmapxx::apps::ctl {
namespace {

class ports_command : public command {
  public:
    ports_command()
        : command("nm-ctl ports", "ports",
                  "Shows what can be opened: interfaces of the system and ports of switches.",
                  "[options]") {}

  protected:
    exit_code execute(session& s) override {
        s.finish(describe(find_ports(s.backend(), system_files{})));
        return exit_code::ok;
    }
};

} // namespace

std::unique_ptr<command> make_ports() {
    return std::make_unique<ports_command>();
}

} // namespace netmapxx::apps::ctl
