// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Parameters as the kernel shows those of a module: a directory with a file
/// for each. Results are 0 or an errno.
#ifndef NETMAPXX_PARAMETER_FILES_HPP
#define NETMAPXX_PARAMETER_FILES_HPP

#include <string>
#include <string_view>
#include <vector>

namespace netmapxx::inline v1::detail {

/// The files of one module.
class parameter_files {
  public:
    /// Where the kernel shows the parameters of netmap.
    static constexpr std::string_view standard = "/sys/module/netmap/parameters";

    explicit parameter_files(std::string_view directory = standard) : directory_(directory) {}

    /// Names of the files there, in no order.
    [[nodiscard]] int names(std::vector<std::string>& into) const;
    [[nodiscard]] int get(std::string_view name, long& into) const;
    [[nodiscard]] int set(std::string_view name, long value) const;
    /// True if somebody, not necessarily the caller, may write the parameter.
    [[nodiscard]] bool writable(std::string_view name) const;

  private:
    [[nodiscard]] std::string path(std::string_view name) const;

    std::string directory_;
};

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_PARAMETER_FILES_HPP
