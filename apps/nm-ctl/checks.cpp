// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/checks.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <netmapxx/error.hpp>
#include <netmapxx/parameters.hpp>
#include <netmapxx/stats.hpp>
#include <netmapxx/vale.hpp>

namespace netmapxx::apps::ctl {
namespace {

constexpr std::string_view node = "/dev/netmap";
constexpr std::string_view module_directory = "/sys/module/netmap";
constexpr std::uint64_t mebi = 1ULL << 20;

using enum finding_level;

std::string message_of(int error) {
    return std::error_code(error, std::generic_category()).message();
}

void missing_device(patient const& p, findings& out) {
    bool const loaded = p.system.exists(module_directory);
    if (loaded)
        out.push_back({error, "device",
                       fmt::format("the netmap module is loaded, but {} is missing", node),
                       "let udev make it: udevadm trigger --name-match=netmap"});
    else if (p.backend == backend_kind::embedded && p.named)
        out.push_back({note, "device", "no netmap module; the embedded engine needs none", ""});
    else
        out.push_back({p.named ? error : warning, "device",
                       fmt::format("the netmap module is not loaded: {} is missing{}", node,
                                   p.named ? "" : ", programs use the embedded engine"),
                       "modprobe netmap"});
}

/** The value of a parameter, or nothing with a core that does not have it. */
std::optional<long> value_of(patient const& p, std::string_view name) {
    std::error_code ec;
    auto const found = get_parameter(name, ec, p.backend);
    return ec ? std::nullopt : std::optional(found.value);
}

std::optional<std::uint64_t> global_region_bytes(patient const& p) {
    std::uint64_t bytes = 0;
    for (std::string_view const pool : {"if", "ring", "buf"}) {
        auto const size = value_of(p, fmt::format("{}_size", pool));
        auto const count = value_of(p, fmt::format("{}_num", pool));
        std::uint64_t product = 0;
        if (!size || !count || *size < 0 || *count < 0 ||
            __builtin_mul_overflow(static_cast<std::uint64_t>(*size),
                                   static_cast<std::uint64_t>(*count), &product) ||
            __builtin_add_overflow(bytes, product, &bytes))
            return std::nullopt;
    }
    return bytes;
}

} // namespace

void check_device(patient const& p, findings& out) {
    if (!p.system.exists(node)) {
        missing_device(p, out);
        return;
    }
    int const failed = p.system.try_open(node);
    if (failed == 0)
        out.push_back({ok, "device", fmt::format("{} can be opened", node), ""});
    else if (failed == EACCES || failed == EPERM)
        out.push_back({error, "device",
                       fmt::format("{} cannot be opened: {}", node, message_of(failed)),
                       "run as root, or join the group of the node"});
    else
        out.push_back({error, "device",
                       fmt::format("{} cannot be opened: {}", node, message_of(failed)),
                       "load the module again: rmmod netmap; modprobe netmap"});
}

void check_core(patient const& p, findings& out) {
    std::error_code ec;
    auto const ports = vale::list(ec, p.backend);
    if (ec) {
        out.push_back(
            {error, "core", fmt::format("the core does not answer: {}", ec.message()),
             ec == errc::backend_unavailable ? "modprobe netmap" : "see the system log (dmesg)"});
        return;
    }
    out.push_back({ok, "core",
                   fmt::format("the {} core answers; {} switch port{}", to_string(p.backend),
                               ports.size(), ports.size() == 1 ? "" : "s"),
                   ""});
    // Nobody's port: a core that counts says that it is not there, another one that it cannot.
    auto const stats = core_stats(port_spec("vale_doctor:nobody"), ec, p.backend);
    if (!ec && !stats.rings)
        out.push_back({warning, "core",
                       "this core keeps no counters and does not finish packets of the host stack",
                       "use the module that comes with these programs"});
}

void check_parameters(patient const& p, findings& out) {
    auto const batch = value_of(p, "bridge_batch");
    if (!batch)
        return; // no core, or one without parameters
    auto const before = out.size();
    auto const add = [&](finding_level level, std::string text, std::string_view name,
                         std::string_view value) {
        out.push_back({level, "parameters", std::move(text),
                       fmt::format("nm-ctl param set {} {}", name, value)});
    };
    if (*batch <= 0)
        add(error, fmt::format("bridge_batch is {}: switches drop everything", *batch),
            "bridge_batch", "1024");
    if (auto const mode = value_of(p, "admode"); mode && *mode == 2)
        add(warning, "admode is 2: interfaces are emulated even where their driver knows netmap",
            "admode", "0");
    else if (mode && *mode == 1)
        add(note, "admode is 1: interfaces without native support cannot be opened", "admode", "0");
    if (auto const size = value_of(p, "buf_size"); size && *size < 1536)
        add(warning, fmt::format("buf_size is {}: ordinary frames need several slots", *size),
            "buf_size", "2048");
    if (auto const forward = value_of(p, "fwd"); forward && *forward != 0)
        add(note, "fwd is set: every ring passes marked packets on without being asked", "fwd",
            "0");
    auto const wanted = value_of(p, "buf_num");
    auto const present = value_of(p, "buf_curr_num");
    if (wanted && present && *present > 0 && *present < *wanted)
        out.push_back({note, "parameters",
                       fmt::format("the global region has {} buffers, and {} are wanted: it is in "
                                   "use, or memory was short",
                                   *present, *wanted),
                       "close all its users, then open a port"});
    if (out.size() == before)
        out.push_back({ok, "parameters", "no parameter does harm", ""});
}

void check_memory(patient const& p, findings& out) {
    auto const needed = global_region_bytes(p);
    auto const available = p.system.memory("MemAvailable");
    if (needed && available && *needed > *available)
        out.push_back({warning, "memory",
                       fmt::format("the global region may grow to {} MiB, and {} MiB are available",
                                   *needed / mebi, *available / mebi),
                       "nm-ctl param set buf_num, to fewer buffers"});
    else if (needed && available)
        out.push_back({ok, "memory",
                       fmt::format("the global region may grow to {} of {} MiB available",
                                   *needed / mebi, *available / mebi),
                       ""});
    if (p.system.memory("HugePages_Total").value_or(1) == 0)
        out.push_back({note, "huge pages",
                       "none are reserved; only external memory on huge pages needs them",
                       "sysctl vm.nr_hugepages=N"});
    if (p.system.open_files_limit() < 256)
        out.push_back({warning, "limits",
                       fmt::format("only {} open files: programs open one for each thread and port",
                                   p.system.open_files_limit()),
                       "ulimit -n 1024"});
    if (p.system.locked_bytes_limit() < 64 * mebi)
        out.push_back({note, "limits",
                       fmt::format("only {} KiB may be locked in memory; --mlock needs more",
                                   p.system.locked_bytes_limit() / 1024),
                       "ulimit -l unlimited"});
}

} // namespace netmapxx::apps::ctl
