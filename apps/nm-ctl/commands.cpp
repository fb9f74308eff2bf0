// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/commands.hpp"

#include "nm-ctl/attach.hpp"
#include "nm-ctl/doctor.hpp"
#include "nm-ctl/header.hpp"
#include "nm-ctl/info.hpp"
#include "nm-ctl/list.hpp"
#include "nm-ctl/newif.hpp"
#include "nm-ctl/param.hpp"
#include "nm-ctl/polling.hpp"
#include "nm-ctl/pools.hpp"
#include "nm-ctl/ports.hpp"
#include "nm-ctl/ring_dump.hpp"
#include "nm-ctl/stats.hpp"

namespace netmapxx::apps::ctl {

std::span<command_entry const> all_commands() noexcept {
    static constexpr command_entry entries[] = {
        {"list", "[SWITCH]", "ports of all switches, or of one", make_list},
        {"show", "valeS:P", "place of one switch port", make_show},
        {"attach", "valeS:IF", "plug an interface into a switch", make_attach},
        {"detach", "valeS:IF", "unplug it", make_detach},
        {"newif", "NAME", "make a persistent switch port", make_newif},
        {"delif", "NAME", "take it away", make_delif},
        {"info", "PORT", "rings, slots and region of a port", make_info},
        {"polling", "on|off valeS:IF", "kernel threads that poll an interface", make_polling},
        {"hdr", "get|set PORT [0|10|12]", "virtio-net header of a port", make_header},
        {"pools", "[PORT|ID]", "objects of a memory region", make_pools},
        {"param", "list|get|set [NAME] [VALUE]", "parameters of the core", make_param},
        {"stats", "[PORT]", "counters of the core, drops by reason", make_stats},
        {"ports", "", "what can be opened", make_ports},
        {"doctor", "[IF]", "checks of this machine, with fixes", make_doctor},
        {"ring-dump", "PORT", "indexes and slots of a port's rings", make_ring_dump},
    };
    return entries;
}

} // namespace netmapxx::apps::ctl
