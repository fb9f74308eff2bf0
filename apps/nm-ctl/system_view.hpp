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

namespace netmapxx::apps::ctl {

/** Work that an interface does for the host stack; nothing where it does not tell. */
struct offload_state {
    std::optional<bool> tx_checksum{};
    std::optional<bool> segmentation{};  ///< TSO or GSO
    std::optional<bool> receive_merge{}; ///< LRO or GRO
    std::optional<bool> rx_vlan{};       ///< VLAN tags are taken off
};

/** Files below a root, and a few questions that files do not answer. */
class system_view {
  public:
    /** `root` stands in front of every path; tests give a directory of theirs. */
    explicit system_view(std::string root = {}) : root_(std::move(root)) {}
    system_view(system_view const&) = delete;
    system_view& operator=(system_view const&) = delete;
    virtual ~system_view() = default;

    [[nodiscard]] bool exists(std::string_view path) const;
    /** A small file without the line end, or nothing. */
    [[nodiscard]] std::optional<std::string> read(std::string_view path) const;
    /** A number in a file, decimal or 0x..., or nothing. */
    [[nodiscard]] std::optional<std::uint64_t> number(std::string_view path) const;
    /** Last part of what a link leads to, or nothing. */
    [[nodiscard]] std::optional<std::string> link_name(std::string_view path) const;
    /** Names in a directory, sorted. */
    [[nodiscard]] std::vector<std::string> names(std::string_view path) const;

    /** Interfaces of this network namespace, sorted. */
    [[nodiscard]] std::vector<std::string> interfaces() const;
    /** A file of an interface: "/sys/class/net/IF/WHAT". */
    [[nodiscard]] static std::string of_interface(std::string_view name, std::string_view what);
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

  private:
    [[nodiscard]] std::string path_of(std::string_view path) const;

    std::string root_;
};

/** "0,2-5" as numbers, ascending; nothing if it is no such list. */
[[nodiscard]] std::optional<std::vector<std::uint64_t>> parse_cpu_list(std::string_view text);

} // namespace netmapxx::apps::ctl
