// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file system_view.hpp
 * What the operating system says of itself and of its interfaces.
 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/system_files.hpp"

namespace netmapxx::apps::ctl {

/** Work that an interface does for the host stack; nothing where it does not tell. */
struct offload_state {
    std::optional<bool> tx_checksum{};
    std::optional<bool> segmentation{};  ///< TSO or GSO
    std::optional<bool> receive_merge{}; ///< LRO or GRO
    std::optional<bool> rx_vlan{};       ///< VLAN tags are taken off
};

/** Files below a root, and a few questions that files do not answer. */
class system_view : public system_files {
  public:
    using system_files::system_files;
    system_view() = default;
    system_view(system_view const&) = delete;
    system_view& operator=(system_view const&) = delete;
    virtual ~system_view() = default;

    /** CPUs online, ascending; empty if the system does not tell. */
    [[nodiscard]] std::vector<std::uint64_t> online_cpus() const;
    /** A line "KEY:  N kB" of /proc/meminfo, in bytes; without a unit, N. */
    [[nodiscard]] std::optional<std::uint64_t> memory(std::string_view key) const;

    /** 0 if the file can be opened for reading and writing, else the errno. */
    [[nodiscard]] virtual int try_open(std::string_view path) const;
    [[nodiscard]] virtual std::optional<std::string> environment(char const* name) const;
    [[nodiscard]] virtual offload_state offloads(std::string const& interface) const;
    /** The interface that has this address, or nothing. */
    [[nodiscard]] virtual std::optional<std::string> interface_of(std::string const& address) const;
    /** Open files and locked bytes a process may have. */
    [[nodiscard]] virtual std::uint64_t open_files_limit() const;
    [[nodiscard]] virtual std::uint64_t locked_bytes_limit() const;
};

/** "0,2-5" as numbers, ascending; nothing if it is no such list. */
[[nodiscard]] std::optional<std::vector<std::uint64_t>> parse_cpu_list(std::string_view text);

} // namespace netmapxx::apps::ctl
