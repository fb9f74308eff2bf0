// SPDX-License-Identifier: BSD-2-Clause
#include "spec_parser.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include <fmt/format.h>

namespace netmapxx::inline v1::detail {

namespace {

constexpr std::string_view name_enders = "*^/@{}";

[[nodiscard]] bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

[[nodiscard]] bool is_word(char c) noexcept {
    return is_ident(c) || c == '-';
}

[[nodiscard]] bool is_control(char c) noexcept {
    auto const byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

// The whole text as a number up to `most`.
[[nodiscard]] std::optional<std::uint64_t> to_number(std::string_view text, std::uint64_t most) {
    std::uint64_t number = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{} || end != text.data() + text.size() || number > most)
        return std::nullopt;
    return number;
}

// True if everything from the last '-' on is digits, or nothing.
[[nodiscard]] bool ends_like_mode(std::string_view name) noexcept {
    auto const dash = name.rfind('-');
    return dash != std::string_view::npos && std::ranges::all_of(name.substr(dash + 1), is_digit);
}

} // namespace

bool is_ident(char c) noexcept {
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool needs_brackets(std::string_view name) noexcept {
    return name.find_first_of(name_enders) != std::string_view::npos || name.starts_with('[') ||
           name.find(' ') != std::string_view::npos || ends_like_mode(name);
}

/// One option of the grammar and its keys.
struct spec_parser::option_kind {
    enum class value_kind { number16, number32, number64, text, port };

    struct key {
        std::string_view name;
        value_kind kind;
    };

    std::string_view name;
    std::span<key const> keys; // the default key comes first
    bool default_required;

    [[nodiscard]] key const* find(std::string_view key_name) const noexcept {
        auto const it = std::ranges::find(keys, key_name, &key::name);
        return it == keys.end() ? nullptr : &*it;
    }

    [[nodiscard]] std::string list() const {
        std::string out = "one of the keys";
        for (auto const& k : keys)
            out += fmt::format("{}{}", &k == keys.data() ? " " : ", ", k.name);
        return out;
    }

    [[nodiscard]] static option_kind const* by_name(std::string_view name) noexcept;
};

spec_parser::option_kind const* spec_parser::option_kind::by_name(std::string_view name) noexcept {
    using enum value_kind;
    static constexpr std::array<key, 1> share{{{"port", port}}};
    static constexpr std::array<key, 9> conf{{{"rings", number16},
                                              {"host-rings", number16},
                                              {"slots", number32},
                                              {"tx-rings", number16},
                                              {"rx-rings", number16},
                                              {"host-tx-rings", number16},
                                              {"host-rx-rings", number16},
                                              {"tx-slots", number32},
                                              {"rx-slots", number32}}};
    static constexpr std::array<key, 7> extmem{{{"file", text},
                                                {"if-num", number32},
                                                {"if-size", number32},
                                                {"ring-num", number32},
                                                {"ring-size", number32},
                                                {"buf-num", number32},
                                                {"buf-size", number32}}};
    static constexpr std::array<key, 2> offset{{{"initial", number64}, {"bits", number32}}};
    static constexpr std::array<option_kind, 4> all{{{"share", share, true},
                                                     {"conf", conf, false},
                                                     {"extmem", extmem, true},
                                                     {"offset", offset, true}}};
    auto const* const it = std::ranges::find(all, name, &option_kind::name);
    return it == all.end() ? nullptr : &*it;
}

bool spec_parser::run() {
    if (!scheme() || !name() || !pipe())
        return false;
    if (spec_.core_name().size() > port_spec::max_core_name)
        return fail(pos_, fmt::format("a name of at most {} bytes", port_spec::max_core_name));
    return mode() && suffixes();
}

bool spec_parser::fail(std::size_t position, std::string expected) {
    position_ = position;
    expected_ = std::move(expected);
    return false;
}

std::string_view spec_parser::take_while(bool (*pred)(char) noexcept) noexcept {
    std::size_t const begin = pos_;
    while (pos_ < text_.size() && pred(text_[pos_]))
        ++pos_;
    return text_.substr(begin, pos_ - begin);
}

bool spec_parser::scheme() {
    constexpr std::string_view netmap = "netmap:";
    if (text_.starts_with(netmap)) {
        pos_ = netmap.size();
        return true;
    }
    if (text_.starts_with("vale"))
        return vale_scheme();
    // A colon before the name ends would be some other scheme's.
    auto const stop = text_.find_first_of(":[*^/@{}");
    bool const other_scheme = stop != std::string_view::npos && text_[stop] == ':';
    if (bare_ == bare_names::accepted && !other_scheme)
        return true;
    return fail(0, "\"netmap:\" or \"vale\"");
}

bool spec_parser::vale_scheme() {
    pos_ = 4;
    spec_.scheme_ = port_scheme::vale;
    spec_.switch_name_ = take_while(is_ident);
    if (peek() != ':')
        return fail(pos_, "\":\" after the name of the switch");
    ++pos_;
    return true;
}

bool spec_parser::name() {
    std::size_t const begin = pos_;
    if (!(peek() == '[' ? bracketed_name() : plain_name()))
        return false;
    if (spec_.name_.empty() && spec_.scheme_ == port_scheme::netmap)
        return fail(begin, "the name of a port");
    return true;
}

bool spec_parser::bracketed_name() {
    std::size_t const begin = pos_ + 1;
    std::size_t const end = text_.find(']', begin);
    auto const inside = text_.substr(begin, end == std::string_view::npos ? end : end - begin);
    auto const* const bad = std::ranges::find_if(inside, is_control);
    if (bad != inside.end())
        return fail(begin + static_cast<std::size_t>(bad - inside.begin()),
                    "a printable character");
    if (end == std::string_view::npos)
        return fail(text_.size(), "\"]\"");
    if (inside.empty())
        return fail(begin, "the name of a port");
    spec_.name_ = inside;
    pos_ = end + 1;
    return true;
}

bool spec_parser::plain_name() {
    std::size_t const begin = pos_;
    for (; !at_end() && name_enders.find(peek()) == std::string_view::npos; ++pos_) {
        if (is_control(peek()) || peek() == ' ')
            return fail(pos_, "a printable character");
        if (peek() == ']') // brackets could not hold it
            return fail(pos_, "a character other than \"]\"");
        if (peek() == '-' && dash_is_mode())
            break;
    }
    spec_.name_ = text_.substr(begin, pos_ - begin);
    return true;
}

// Digits, or nothing, up to the end or a suffix: then it is a ring number, as
// it always was; else the dash belongs to the name.
bool spec_parser::dash_is_mode() const noexcept {
    std::size_t i = pos_ + 1;
    while (i < text_.size() && is_digit(text_[i]))
        ++i;
    return i == text_.size() || text_[i] == '/' || text_[i] == '@';
}

bool spec_parser::pipe() {
    if (peek() != '{' && peek() != '}')
        return true;
    pipe_end end;
    end.side = peek() == '{' ? pipe_side::first : pipe_side::second;
    ++pos_;
    end.id = take_while(is_ident);
    if (end.id.empty())
        return fail(pos_, "the id of a pipe: letters, digits, \"_\"");
    spec_.pipe_ = std::move(end);
    return true;
}

bool spec_parser::mode() {
    switch (peek()) {
    case '*':
        ++pos_;
        spec_.rings_ = {ring_kind::nic_and_host, 0};
        break;
    case '^':
        ++pos_;
        spec_.rings_ = {ring_kind::all_host, 0};
        if (is_digit(peek()))
            return ring_number(ring_kind::one_host);
        break;
    case '-':
        ++pos_;
        return ring_number(ring_kind::one_nic);
    default:
        if (!at_suffix())
            return fail(pos_, "\"^\", \"*\", \"-\", \"/\", \"@\" or the end");
        break;
    }
    return at_suffix() || fail(pos_, "\"/\", \"@\" or the end");
}

bool spec_parser::ring_number(ring_kind kind) {
    std::size_t const begin = pos_;
    auto const number = to_number(take_while(is_digit), port_spec::max_ring);
    if (!number)
        return fail(begin, fmt::format("a ring number, 0 to {}", port_spec::max_ring));
    spec_.rings_ = {kind, static_cast<std::uint16_t>(*number)};
    return at_suffix() || fail(pos_, "\"/\", \"@\" or the end");
}

bool spec_parser::suffixes() {
    bool options_begun = false;
    while (!at_end()) {
        bool const digit = is_digit(peek(1));
        bool done = false;
        if (peek() == '/' && !options_begun) {
            done = flags();
        } else if (peek() == '@' && digit && !options_begun) {
            done = memory_id();
        } else {
            options_begun = true;
            done = option();
        }
        if (!done)
            return false;
    }
    return true;
}

bool spec_parser::flags() {
    constexpr std::string_view letters = "xztrRT";
    ++pos_;
    if (peek() == '@' && is_digit(peek(1)))
        return true;
    std::size_t const begin = pos_;
    for (; !at_suffix(); ++pos_) {
        auto const which = letters.find(peek());
        if (which == std::string_view::npos)
            return fail(pos_, "a flag: x, z, t, r, R or T");
        spec_.flags_ = spec_.flags_ | static_cast<spec_flags>(1U << which);
    }
    return pos_ != begin || fail(pos_, "a flag: x, z, t, r, R or T");
}

bool spec_parser::memory_id() {
    ++pos_;
    std::size_t const begin = pos_;
    auto const number = to_number(take_while(is_digit), 0xffff);
    if (!number || *number == 0)
        return fail(begin, "a region id, 1 to 65535");
    if (!at_suffix())
        return fail(pos_, "\"/\", \"@\" or the end");
    auto const id = static_cast<std::uint16_t>(*number);
    if (spec_.memory_id_ && *spec_.memory_id_ != id)
        return fail(begin, fmt::format("region id {} as before", *spec_.memory_id_));
    spec_.memory_id_ = id;
    return true;
}

bool spec_parser::option() {
    ++pos_; // the '@'
    std::size_t const begin = pos_;
    spec_option found;
    found.name = take_while(is_word);
    std::ranges::replace(found.name, '_', '-');
    option_kind const* const kind = option_kind::by_name(found.name);
    if (kind == nullptr)
        return fail(begin, at_end() && begin == pos_ ? "a region id or an option"
                                                     : "an option: share, conf, extmem or offset");
    if (peek() == '=') {
        ++pos_;
        if (!value(*kind, kind->keys.front().name, begin, found))
            return false;
    } else if (peek() == ':') {
        if (!keys(*kind, found))
            return false;
    } else {
        return fail(pos_, "\"=\" or \":\"");
    }
    if (!at_end() && peek() != '@')
        return fail(pos_, "\"@\" or the end");
    if (kind->default_required && found.find(kind->keys.front().name) == nullptr)
        return fail(pos_, fmt::format("the key {}", kind->keys.front().name));
    spec_.options_.push_back(std::move(found));
    return true;
}

bool spec_parser::keys(option_kind const& kind, spec_option& into) {
    do {
        ++pos_; // the ':' or ','
        std::size_t const begin = pos_;
        std::string key{take_while(is_word)};
        std::ranges::replace(key, '_', '-');
        if (kind.find(key) == nullptr)
            return fail(begin, kind.list());
        if (peek() != '=')
            return fail(pos_, "\"=\"");
        ++pos_;
        if (!value(kind, key, begin, into))
            return false;
    } while (peek() == ',');
    return true;
}

bool spec_parser::value(option_kind const& kind, std::string_view key, std::size_t key_at,
                        spec_option& into) {
    if (!key_is_new(kind.name, key, into))
        return fail(key_at, "a key that was not given before");
    std::size_t const begin = pos_;
    std::string text{take_while([](char c) noexcept { return c != ',' && c != '@'; })};
    if (text.empty())
        return fail(begin, "a value");
    if (!check_value(kind, key, begin, text))
        return false;
    into.values.emplace_back(key, std::move(text));
    return true;
}

bool spec_parser::check_value(option_kind const& kind, std::string_view key, std::size_t at,
                              std::string& text) {
    using value_kind = option_kind::value_kind;
    std::uint64_t most = 0xffff;
    switch (kind.find(key)->kind) {
    case value_kind::text:
        return true;
    case value_kind::port: {
        spec_parser inner{text};
        if (!inner.run())
            return fail(at + inner.position(), inner.expected());
        text = inner.spec_.to_string();
        return true;
    }
    case value_kind::number64:
        most = ~std::uint64_t{0};
        break;
    case value_kind::number32:
        most = 0xffffffff;
        break;
    case value_kind::number16:
        break;
    }
    auto const number = to_number(text, most);
    if (!number)
        return fail(at, fmt::format("a number, 0 to {}", most));
    text = fmt::format("{}", *number);
    return true;
}

bool spec_parser::key_is_new(std::string_view option, std::string_view key,
                             spec_option const& current) const noexcept {
    if (current.find(key) != nullptr)
        return false;
    return std::ranges::none_of(spec_.options_, [&](spec_option const& o) {
        return o.name == option && o.find(key) != nullptr;
    });
}

} // namespace netmapxx::inline v1::detail
