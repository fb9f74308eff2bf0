// SPDX-License-Identifier: BSD-2-Clause
#include "nm-ctl/param.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <netmapxx/error.hpp>
#include <netmapxx/parameters.hpp>

#include "nm-ctl/names.hpp"
#include "nm-ctl/refusal.hpp"

namespace netmapxx::apps::ctl {
namespace {

constexpr std::string_view verbs[] = {"list", "get", "set"};

result describe(std::vector<parameter> const& all) {
    result r{.fields = {{"parameters", json::array()}}};
    std::size_t width = 0;
    for (auto const& p : all)
        width = std::max(width, p.name.size());
    for (auto const& p : all) {
        r.text += fmt::format("{:<{}}  int  {:>10}  {:<2}  {}\n", p.name, width, p.value,
                              p.writable ? "rw" : "ro", p.meaning);
        r.fields["parameters"].push_back({{"name", p.name},
                                          {"type", "int"},
                                          {"value", p.value},
                                          {"writable", p.writable},
                                          {"meaning", p.meaning}});
    }
    return r;
}

/** What was typed wrong is the user's: an unknown name gets the closest known one. */
app_failure failure_of(error const& e, std::string const& name, backend_kind backend) {
    if (e.code() == std::errc::read_only_file_system)
        return {exit_code::usage, fmt::format("parameter '{}' is read only", name),
                name == "max_bridges" ? "it is set when the core starts, as in "
                                        "'modprobe netmap max_bridges=16'"
                                      : ""};
    if (e.code() != std::errc::no_such_file_or_directory)
        return refusal(e);
    std::error_code ec;
    auto const all = parameters(ec, backend);
    if (ec == errc::backend_unavailable)
        return {exit_code::port, "no parameters: the netmap module is not loaded",
                "load it, or use --backend embedded"};
    std::vector<std::string_view> names;
    for (auto const& p : all)
        names.push_back(p.name);
    auto const closest = closest_name(name, names);
    return {exit_code::usage, fmt::format("no such parameter: '{}'", name),
            closest.empty() ? "nm-ctl param list shows those there are"
                            : fmt::format("did you mean '{}'?", closest)};
}

long read_value(std::string const& text) {
    long value = 0;
    auto const* const end = text.data() + text.size();
    auto const [stop, ec] = std::from_chars(text.data(), end, value);
    if (ec != std::errc{} || stop != end)
        throw app_failure(exit_code::usage, fmt::format("'{}' is not a whole number", text));
    return value;
}

class param_command : public command {
  public:
    param_command()
        : command("nm-ctl param", "param", "Lists, reads and sets parameters of the core.",
                  "list | get NAME | set NAME VALUE [options]") {}

  protected:
    exit_code execute(session& s) override {
        auto const words = words_of(words_, 1, "'list', 'get' or 'set' is");
        auto const verb = std::ranges::find(verbs, words[0]);
        if (verb == std::end(verbs))
            bad_value(words_, words[0], "'list', 'get' or 'set'");
        auto const taken = static_cast<std::size_t>(verb - std::begin(verbs)) + 1;
        if (words.size() != taken)
            throw app_failure(exit_code::usage,
                              fmt::format("param {} takes {}", words[0], arguments[taken - 1]));
        s.finish(taken == 1 ? describe(parameters(s.backend())) : one(s, words));
        return exit_code::ok;
    }

  private:
    static constexpr std::string_view arguments[] = {"no name", "a name", "a name and a value"};

    [[nodiscard]] static result one(session const& s, std::span<std::string const> words) {
        auto const& name = words[1];
        std::optional<long> wanted;
        if (words.size() > 2)
            wanted = read_value(words[2]);
        try {
            if (wanted)
                set_parameter(name, *wanted, s.backend());
            return describe({get_parameter(name, s.backend())});
        } catch (error const& e) {
            throw failure_of(e, name, s.backend());
        }
    }

    text_option& words_ =
        line_.positionals("WORDS", "list, get NAME, or set NAME VALUE (a whole number)", 3);
};

} // namespace

std::unique_ptr<command> make_param() {
    return std::make_unique<param_command>();
}

} // namespace netmapxx::apps::ctl
