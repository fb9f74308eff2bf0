// SPDX-License-Identifier: BSD-2-Clause
#include "nm-capture/file_head.hpp"

#include <cctype>
#include <ctime>

#include <fmt/format.h>
#include <netmapxx/version.hpp>
#include <sys/utsname.h>

#include "common/pcap_writer.hpp"

namespace netmapxx::apps::capture {
namespace {

struct system_names {
    std::string hardware{};
    std::string os{};
};

system_names this_system() {
    utsname names{};
    if (::uname(&names) != 0)
        return {};
    return {names.machine, fmt::format("{} {}", names.sysname, names.release)};
}

std::string describe(target const& t, std::size_t header) {
    if (!t.if_description.empty())
        return t.if_description;
    auto text = fmt::format("{} of {}", t.description, t.label);
    if (t.description == "direct")
        text = fmt::format("{}, taken over", t.label);
    if (header != 0)
        text += fmt::format("; virtio-net headers of {} bytes taken off", header);
    return text;
}

} // namespace

std::vector<std::byte> file_head(options const& o, std::span<std::size_t const> headers) {
    if (o.format != file_format::pcapng)
        return pcap::file_header(o.format == file_format::pcap ? pcap::resolution::nanoseconds
                                                               : pcap::resolution::microseconds,
                                 o.snaplen);
    auto const system = this_system();
    auto bytes = pcapng::block(pcapng::section{.hardware = system.hardware,
                                               .os = system.os,
                                               .application = "nm-capture " NETMAPXX_VERSION_STRING,
                                               .comment = o.comment});
    for (std::size_t i = 0; i < o.targets.size(); ++i) {
        auto const& t = o.targets[i];
        auto const block =
            pcapng::block(pcapng::interface_description{.name = t.if_name,
                                                        .description = describe(t, headers[i]),
                                                        .filter = o.filter,
                                                        .os = system.os,
                                                        .snaplen = o.snaplen});
        bytes.insert(bytes.end(), block.begin(), block.end());
    }
    return bytes;
}

std::string default_name(options const& o) {
    auto name = o.targets.front().spec.core_name();
    for (auto& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-')
            c = '_';
    auto const now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    char text[32];
    text[std::strftime(text, sizeof text, "%Y%m%d%H%M%S", &local)] = '\0';
    return fmt::format("nmcap_{}_{}.{}", name, text,
                       o.format == file_format::pcapng ? "pcapng" : "pcap");
}

} // namespace netmapxx::apps::capture
