// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file packet_filter.hpp
 * Filters in libpcap's language, for Ethernet.
 */
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct bpf_program;

namespace netmapxx::apps {

/** A compiled filter, or none, which takes every packet. Any thread may match. */
class packet_filter {
  public:
    packet_filter() noexcept;
    /**
     * Compiles; `option_names` are for the message. Throws app_failure (usage)
     * with the parser's words.
     */
    packet_filter(std::string_view option_names, std::string const& expression);
    packet_filter(packet_filter&&) noexcept;
    packet_filter& operator=(packet_filter&&) noexcept;
    ~packet_filter();

    /** True unless there is none. */
    [[nodiscard]] explicit operator bool() const noexcept { return program_ != nullptr; }

    /** `bytes` are what is there of a packet of `length` bytes. */
    [[nodiscard]] bool matches(std::span<std::byte const> bytes,
                               std::size_t length) const noexcept {
        return program_ == nullptr || run(bytes, length);
    }

    /** The program, one instruction a line. */
    [[nodiscard]] std::string listing() const;

  private:
    struct deleter {
        void operator()(bpf_program* p) const noexcept;
    };
    [[nodiscard]] bool run(std::span<std::byte const> bytes, std::size_t length) const noexcept;

    std::unique_ptr<bpf_program, deleter> program_;
};

} // namespace netmapxx::apps
