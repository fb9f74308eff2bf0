// SPDX-License-Identifier: BSD-2-Clause
#include "common/system_files.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "common/units.hpp"

namespace netmapxx::apps {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view net_class = "/sys/class/net";

} // namespace

std::string system_files::path_of(std::string_view path) const {
    return fmt::format("{}{}", root_, path);
}

bool system_files::exists(std::string_view path) const {
    std::error_code ec;
    return fs::exists(path_of(path), ec);
}

std::optional<std::string> system_files::read(std::string_view path) const {
    std::ifstream file(path_of(path));
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file.good() && !file.eof())
        return std::nullopt;
    while (text.ends_with('\n'))
        text.pop_back();
    return text;
}

std::optional<std::uint64_t> system_files::number(std::string_view path) const {
    auto const text = read(path);
    if (!text)
        return std::nullopt;
    if (!text->starts_with("0x"))
        return parse_uint(*text);
    std::uint64_t value = 0;
    auto const* const end = text->data() + text->size();
    auto const [stop, ec] = std::from_chars(text->data() + 2, end, value, 16);
    return ec == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

std::optional<std::string> system_files::link_name(std::string_view path) const {
    std::error_code ec;
    auto const target = fs::read_symlink(path_of(path), ec);
    return ec ? std::nullopt : std::optional(target.filename().string());
}

std::vector<std::string> system_files::names(std::string_view path) const {
    std::vector<std::string> out;
    std::error_code ec;
    fs::directory_iterator at(path_of(path), ec);
    for (; !ec && at != fs::directory_iterator{}; at.increment(ec))
        out.push_back(at->path().filename().string());
    std::ranges::sort(out);
    return out;
}

std::vector<std::string> system_files::interfaces() const {
    auto all = names(net_class);
    std::erase_if(all, [&](auto const& name) { return !exists(of_interface(name, "ifindex")); });
    return all;
}

std::string system_files::of_interface(std::string_view name, std::string_view what) {
    return fmt::format("{}/{}/{}", net_class, name, what);
}

} // namespace netmapxx::apps
