// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/ring_dump.hpp"

#include <utility>

#include <fmt/format.h>
#include <netmapxx/info.hpp>
#include <netmapxx/stats.hpp>

#include "common/ports.hpp"

namespace netmapxx::apps::ctl {
namespace {

struct flag_name {
    bool slot_snapshot::*flag;
    std::string_view name;
};

constexpr flag_name flag_names[] = {
    {&slot_snapshot::more_fragments, "more"}, {&slot_snapshot::buffer_changed, "changed"},
    {&slot_snapshot::report, "report"},       {&slot_snapshot::forward, "forward"},
    {&slot_snapshot::no_learn, "no_learn"},   {&slot_snapshot::indirect, "indirect"},
};

std::vector<std::string_view> flags_of(slot_snapshot const& slot) {
    std::vector<std::string_view> out;
    for (auto const& [flag, name] : flag_names)
        if (slot.*flag)
            out.push_back(name);
    return out;
}

/** Who owns slot `i`: the program from head to tail, the core the rest. */
bool is_program_owned(ring_snapshot const& r, std::uint32_t i) noexcept {
    return r.head <= r.tail ? i >= r.head && i < r.tail : i >= r.head || i < r.tail;
}

std::string_view direction_name(ring_snapshot const& r) noexcept {
    return r.dir == direction::tx ? "tx" : "rx";
}

std::uint32_t owned(ring_snapshot const& r) noexcept {
    auto const size = static_cast<std::uint32_t>(r.slots.size());
    return r.tail >= r.head ? r.tail - r.head : r.tail + size - r.head;
}

std::string slot_text(ring_snapshot const& r, std::uint32_t i) {
    auto const& s = r.slots[i];
    auto const flags = flags_of(s);
    return fmt::format("    {:>6} {:<7} buffer {:>8} length {:>5}{}{}\n", i,
                       is_program_owned(r, i) ? "program" : "core", s.buffer, s.length,
                       s.pointer != 0 ? fmt::format(" pointer {:#x}", s.pointer) : "",
                       flags.empty() ? "" : fmt::format(" {}", fmt::join(flags, ",")));
}

json ring_json(ring_snapshot const& r) {
    json slots = json::array();
    for (auto const& s : r.slots)
        slots.push_back({{"buffer", s.buffer},
                         {"length_bytes", s.length},
                         {"pointer", s.pointer},
                         {"flags", flags_of(s)}});
    return {{"direction", direction_name(r)},
            {"index", r.index},
            {"host", r.host},
            {"buffer_bytes", r.buffer_size},
            {"head", r.head},
            {"cur", r.cur},
            {"tail", r.tail},
            {"slots", std::move(slots)}};
}

class ring_dump_command : public command {
  public:
    ring_dump_command()
        : command("nm-ctl ring-dump", "ring-dump",
                  "Shows indexes and slots of the rings of a port that somebody has open.\nSyncs "
                  "nothing; needs rings that are not held exclusively.",
                  "PORT [options]") {}

  protected:
    exit_code execute(session& s) override {
        auto const words = words_of(port_, 1, "a port is");
        auto const spec = parse_port("PORT", words[0]);
        require_open(s, spec);
        auto const opened = open_port(spec, {.backend = s.backend(), .accept_vnet_header = true});
        s.finish(describe(spec.to_string(), take_snapshot(opened), brief_ == 0));
        return exit_code::ok;
    }

  private:
    /** Looking must not make a port, nor take an interface from the host stack. */
    static void require_open(session const& s, port_spec const& spec) {
        std::error_code ec;
        auto const target = spec.with_flags(spec_flags::none); // of a monitor, who is monitored
        auto stats = core_stats(target, ec, s.backend());
        if (!ec && !stats.rings) // another core: at least the port must exist
            static_cast<void>(header_length(spec, ec, s.backend()));
        if (ec == errc::no_such_port)
            throw app_failure(exit_code::port, fmt::format("nobody has {} open", spec.to_string()),
                              "ring-dump looks at ports in use; nm-ctl info describes others");
        if (ec)
            static_cast<void>(core_stats(target, s.backend())); // throws with all its words
    }

    text_option& port_ = line_.positionals("PORT", "the port, also one ring of it: vale0:a-0", 1);
    int& brief_ = line_.flag("Dump", "-b,--brief", "indexes only, no slots");
};

} // namespace

result describe(std::string const& name, std::vector<ring_snapshot> const& rings, bool slots) {
    result out{.fields = {{"name", name}, {"rings", json::array()}}};
    out.text = name + "\n";
    for (auto const& r : rings) {
        out.text += fmt::format("  {} {}{}: head {}, cur {}, tail {}; {} of {} slots are the "
                                "program's, buffers of {} bytes\n",
                                direction_name(r), r.index, r.host ? " (host)" : "", r.head, r.cur,
                                r.tail, owned(r), r.slots.size(), r.buffer_size);
        for (std::uint32_t i = 0; slots && i < r.slots.size(); ++i)
            out.text += slot_text(r, i);
        out.fields["rings"].push_back(ring_json(r));
    }
    return out;
}

std::unique_ptr<command> make_ring_dump() {
    return std::make_unique<ring_dump_command>();
}

} // namespace netmapxx::apps::ctl
