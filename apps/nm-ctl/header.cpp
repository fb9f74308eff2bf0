// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/header.hpp"

#include <fmt/format.h>
#include <netmapxx/info.hpp>

#include "common/ports.hpp"
#include "common/units.hpp"

namespace netmapxx::apps::ctl {
namespace {

class header_command : public command {
  public:
    header_command()
        : command("nm-ctl hdr", "hdr",
                  "Reads or sets the length of the virtio-net header in front of each packet.",
                  "get PORT | set PORT 0|10|12 [options]") {}

  protected:
    exit_code execute(session& s) override {
        auto const words = words_of(words_, 2, "'get' or 'set' and a port are");
        bool const set = words[0] == "set";
        if (!set && words[0] != "get")
            bad_value(words_, words[0], "'get' or 'set'");
        if (words.size() != (set ? 3U : 2U))
            throw app_failure(exit_code::usage, set ? "hdr set takes a port and a length"
                                                    : "hdr get takes a port only");
        auto const spec = parse_port("PORT", words[1]);
        auto const bytes = set ? set_length(s, spec, words[2]) : header_length(spec, s.backend());
        s.finish({.text = fmt::format("{}: {} bytes\n", spec.core_name(), bytes),
                  .fields = {{"name", spec.core_name()}, {"header_bytes", bytes}}});
        return exit_code::ok;
    }

  private:
    std::size_t set_length(session const& s, port_spec const& spec, std::string const& text) const {
        auto const bytes = parse_uint(text);
        if (!bytes || (*bytes != 0 && *bytes != 10 && *bytes != 12))
            throw app_failure(exit_code::usage,
                              fmt::format("'{}' is not a header length: 0, 10 or 12 bytes", text));
        set_header_length(spec, *bytes, s.backend());
        return *bytes;
    }

    text_option& words_ = line_.positionals("WORDS", "get PORT, or set PORT BYTES", 3);
};

} // namespace

std::unique_ptr<command> make_header() {
    return std::make_unique<header_command>();
}

} // namespace netmapxx::apps::ctl
