// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// The parser of port specifications: one pass, no input or output, and for a
/// violation the byte position and what would have been right there.
#ifndef NETMAPXX_SPEC_PARSER_HPP
#define NETMAPXX_SPEC_PARSER_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <netmapxx/port_spec.hpp>

namespace netmapxx::inline v1::detail {

/// Letters, digits and underscore.
[[nodiscard]] bool is_ident(char c) noexcept;

/// True if the name cannot be written without brackets.
[[nodiscard]] bool needs_brackets(std::string_view name) noexcept;

/// Parses one specification.
class spec_parser {
  public:
    /// Whether a bare name means `netmap:` name.
    enum class bare_names { refused, accepted };

    explicit spec_parser(std::string_view text, bare_names bare = bare_names::refused)
        : text_(text), bare_(bare) {}

    /// True if the text is a specification; then spec() has it.
    [[nodiscard]] bool run();

    [[nodiscard]] port_spec&& spec() noexcept { return std::move(spec_); }
    /// Where the text went wrong.
    [[nodiscard]] std::size_t position() const noexcept { return position_; }
    /// What would have been accepted there.
    [[nodiscard]] std::string const& expected() const noexcept { return expected_; }

  private:
    struct option_kind;

    [[nodiscard]] bool scheme();
    [[nodiscard]] bool vale_scheme();
    [[nodiscard]] bool name();
    [[nodiscard]] bool bracketed_name();
    [[nodiscard]] bool plain_name();
    [[nodiscard]] bool dash_is_mode() const noexcept;
    [[nodiscard]] bool pipe();
    [[nodiscard]] bool mode();
    [[nodiscard]] bool ring_number(ring_kind kind);
    [[nodiscard]] bool suffixes();
    [[nodiscard]] bool flags();
    [[nodiscard]] bool memory_id();
    [[nodiscard]] bool option();
    [[nodiscard]] bool keys(option_kind const& kind, spec_option& into);
    [[nodiscard]] bool value(option_kind const& kind, std::string_view key, std::size_t key_at,
                             spec_option& into);
    [[nodiscard]] bool check_value(option_kind const& kind, std::string_view key, std::size_t at,
                                   std::string& text);
    [[nodiscard]] bool key_is_new(std::string_view option, std::string_view key,
                                  spec_option const& current) const noexcept;

    [[nodiscard]] bool at_end() const noexcept { return pos_ == text_.size(); }
    [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept {
        return pos_ + ahead < text_.size() ? text_[pos_ + ahead] : '\0';
    }
    [[nodiscard]] bool at_suffix() const noexcept {
        return at_end() || peek() == '/' || peek() == '@';
    }
    [[nodiscard]] std::string_view take_while(bool (*pred)(char) noexcept) noexcept;
    [[nodiscard]] bool fail(std::size_t position, std::string expected);

    std::string_view text_;
    bare_names bare_;
    std::size_t pos_ = 0;
    port_spec spec_;
    std::size_t position_ = 0;
    std::string expected_;
};

} // namespace netmapxx::inline v1::detail

#endif // NETMAPXX_SPEC_PARSER_HPP
