// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file system_files.hpp
 * What the operating system says of itself in files, as below /proc and /sys.
 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netmapxx::apps {

/** Files below a root. */
class system_files {
  public:
    /** `root` stands in front of every path; tests give a directory of theirs. */
    explicit system_files(std::string root = {}) : root_(std::move(root)) {}

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

  protected:
    [[nodiscard]] std::string path_of(std::string_view path) const;

  private:
    std::string root_;
};

} // namespace netmapxx::apps
