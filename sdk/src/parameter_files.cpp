// SPDX-License-Identifier: BSD-2-Clause
#include "parameter_files.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <netmapxx/unique_fd.hpp>

namespace netmapxx::inline v1::detail {

namespace {

[[nodiscard]] unique_fd open_file(std::string const& path, int flags) noexcept {
    return unique_fd{::open(path.c_str(), flags | O_CLOEXEC)};
}

// A name must not lead out of the directory.
[[nodiscard]] bool is_name(std::string_view name) noexcept {
    return !name.empty() && name.find('/') == std::string_view::npos && !name.starts_with('.');
}

// "12\n", or "Y" and "N" for switches.
[[nodiscard]] int to_value(std::string_view text, long& into) noexcept {
    while (text.ends_with('\n'))
        text.remove_suffix(1);
    if (text == "Y" || text == "N") {
        into = text == "Y" ? 1 : 0;
        return 0;
    }
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), into);
    return ec == std::errc{} && end == text.data() + text.size() ? 0 : EINVAL;
}

} // namespace

std::string parameter_files::path(std::string_view name) const {
    return fmt::format("{}/{}", directory_, name);
}

int parameter_files::names(std::vector<std::string>& into) const {
    std::error_code ec;
    std::filesystem::directory_iterator at{directory_, ec};
    for (; !ec && at != std::filesystem::directory_iterator{}; at.increment(ec))
        into.push_back(at->path().filename().string());
    return ec.value();
}

int parameter_files::get(std::string_view name, long& into) const {
    if (!is_name(name))
        return ENOENT;
    auto const file = open_file(path(name), O_RDONLY);
    std::array<char, 64> text{};
    auto const got = !file ? -1 : ::read(file.get(), text.data(), text.size());
    if (got < 0)
        return errno;
    return to_value({text.data(), static_cast<std::size_t>(got)}, into);
}

int parameter_files::set(std::string_view name, long value) const {
    if (!is_name(name))
        return ENOENT;
    auto const file = open_file(path(name), O_WRONLY);
    auto const text = fmt::format("{}\n", value);
    if (!file || ::write(file.get(), text.data(), text.size()) < 0)
        return errno;
    return 0;
}

bool parameter_files::writable(std::string_view name) const {
    struct stat status {};
    return is_name(name) && ::stat(path(name).c_str(), &status) == 0 &&
           (status.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) != 0;
}

} // namespace netmapxx::inline v1::detail
