// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/pools.hpp"

#include <limits>

#include <fmt/format.h>
#include <netmapxx/info.hpp>
#include <netmapxx/stats.hpp>

#include "common/ports.hpp"
#include "common/units.hpp"

namespace netmapxx::apps::ctl {
namespace {

constexpr std::uint64_t most_id = std::numeric_limits<std::uint16_t>::max();

/** A region, and how much of it is in use where the core tells. */
struct usage {
    region_description region{};
    std::optional<std::uint64_t> populated{};
    std::optional<std::uint32_t> buffers_used{};
};

usage of_port(session const& s, port_spec const& spec) {
    usage u{.region = pools(spec, s.backend())};
    std::error_code ec;
    auto const stats = core_stats(spec, ec, s.backend());
    // Counters of a port that lives elsewhere say nothing of this region.
    if (!ec && stats.memory && stats.memory->id == u.region.id) {
        u.populated = stats.memory->populated;
        u.buffers_used = stats.memory->buffers_used;
    }
    return u;
}

json pool_json(std::string_view name, pool_description const& p,
               std::optional<std::uint32_t> used) {
    return {{"name", name},
            {"offset_bytes", p.offset},
            {"object_bytes", p.object_size},
            {"objects", p.objects},
            {"used_objects", json_or_null(used)}};
}

std::string pool_text(std::string_view name, pool_description const& p,
                      std::optional<std::uint32_t> used) {
    return fmt::format("  {:<10}  {:>10} of {:>6} bytes at {}{}\n", name, p.objects, p.object_size,
                       p.offset, used ? fmt::format(", {} in use", *used) : std::string{});
}

result describe(usage const& u) {
    auto const& r = u.region;
    result out;
    out.text =
        fmt::format("region {}: {} bytes{}\n", r.id, r.size,
                    u.populated ? fmt::format(", {} populated", *u.populated) : std::string{});
    json rows = json::array();
    auto const add = [&](std::string_view name, pool_description const& p,
                         std::optional<std::uint32_t> used) {
        out.text += pool_text(name, p, used);
        rows.push_back(pool_json(name, p, used));
    };
    add("interfaces", r.interfaces, std::nullopt);
    add("rings", r.rings, std::nullopt);
    add("buffers", r.buffers, u.buffers_used);
    out.fields = {{"memory_id", r.id},
                  {"memory_bytes", r.size},
                  {"populated_bytes", json_or_null(u.populated)},
                  {"pools", std::move(rows)}};
    return out;
}

class pools_command : public command {
  public:
    pools_command()
        : command(
              "nm-ctl pools", "pools",
              "Shows the objects of a memory region: that of a port, or one by its id;\nwithout "
              "either, the global one.",
              "[PORT|ID] [options]") {}

  protected:
    exit_code execute(session& s) override {
        s.finish(describe(find(s)));
        return exit_code::ok;
    }

  private:
    [[nodiscard]] usage find(session const& s) const {
        auto const text = region_.given() ? region_.text() : "1";
        if (text.find_first_not_of("0123456789") != std::string::npos)
            return of_port(s, parse_port("PORT", text));
        auto const id = parse_uint(text);
        if (!id || *id == 0 || *id > most_id)
            bad_value(region_, text, fmt::format("a region in 1..{}", most_id));
        return {.region = pools(static_cast<std::uint16_t>(*id), s.backend())};
    }

    text_option& region_ = line_.positionals("REGION", "a port, or the id of a region", 1);
};

} // namespace

std::unique_ptr<command> make_pools() {
    return std::make_unique<pools_command>();
}

} // namespace netmapxx::apps::ctl
