// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/info.hpp"

#include <fmt/format.h>

#include "common/ports.hpp"

namespace netmapxx::apps::ctl {
namespace {

class info_command : public command {
  public:
    info_command()
        : command(
              "nm-ctl info", "info",
              "Shows rings, slots and region of a port; of one that does not exist yet,\nas they "
              "would be.",
              "PORT [options]") {}

  protected:
    exit_code execute(session& s) override {
        auto const words = words_of(port_, 1, "a port is");
        s.finish(describe_port(s, parse_port("PORT", words[0]), true));
        return exit_code::ok;
    }

  private:
    text_option& port_ = line_.positionals("PORT", "the port, as eth0, vale0:a or vale0:a{1", 1);
};

std::string rings(unsigned count, std::uint32_t slots) {
    return fmt::format("{} ring{} of {} slots", count, count == 1 ? "" : "s", slots);
}

/** What a port does not say stays unknown. */
template <class Ask>
auto known(Ask const& ask) -> std::optional<decltype(ask(std::declval<std::error_code&>()))> {
    std::error_code ec;
    auto value = ask(ec);
    return ec ? std::nullopt : std::optional(value);
}

} // namespace

result describe_port(session const& s, port_spec const& spec, bool all) {
    auto const p = port_information(spec, s.backend());
    std::optional<std::size_t> header;
    std::optional<std::uint32_t> buffer;
    if (all) {
        header = known([&](auto& ec) { return header_length(spec, ec, s.backend()); });
        buffer = known([&](auto& ec) { return pools(spec, ec, s.backend()).buffers.object_size; });
    }
    result r;
    r.text = fmt::format("{}: region {} of {} bytes\n  tx: {}\n  rx: {}\n  host: {} tx, {} rx\n",
                         p.name, p.memory_id, p.memory_size, rings(p.tx_rings, p.tx_slots),
                         rings(p.rx_rings, p.rx_slots), p.host_tx_rings, p.host_rx_rings);
    if (buffer)
        r.text += fmt::format("  buffers: {} bytes\n", *buffer);
    if (header)
        r.text += fmt::format("  virtio-net header: {} bytes\n", *header);
    r.fields = {{"name", p.name},
                {"memory_id", p.memory_id},
                {"memory_bytes", p.memory_size},
                {"tx_rings", p.tx_rings},
                {"rx_rings", p.rx_rings},
                {"tx_slots", p.tx_slots},
                {"rx_slots", p.rx_slots},
                {"host_tx_rings", p.host_tx_rings},
                {"host_rx_rings", p.host_rx_rings},
                {"buffer_bytes", json_or_null(buffer)},
                {"header_bytes", json_or_null(header)}};
    return r;
}

std::unique_ptr<command> make_info() {
    return std::make_unique<info_command>();
}

} // namespace netmapxx::apps::ctl
