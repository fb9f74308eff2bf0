// SPDX-License-Identifier: BSD-2-Clause
#include "common/pcapng_writer.hpp"

#include <algorithm>
#include <string_view>

namespace netmapxx::apps::pcapng {
namespace {

enum : std::uint32_t {
    interface_block = 1,
    statistics_block = 5,
    section_block = 0x0a0d0d0a,
    byte_order_magic = 0x1a2b3c4d,
};

/** Option codes; the same number means different things in different blocks. */
enum : std::uint16_t {
    opt_end = 0,
    opt_comment = 1,
    section_hardware = 2,
    section_os = 3,
    section_application = 4,
    if_name = 2,
    if_description = 3,
    if_time_resolution = 9,
    if_filter = 11,
    if_os = 12,
    isb_start = 2,
    isb_end = 3,
    isb_received = 4,
    isb_dropped_by_interface = 5,
    isb_accepted = 6,
    isb_dropped_by_os = 7,
    isb_delivered = 8,
};

constexpr std::size_t longest_option = 0xffff;
constexpr std::size_t least_block = 12;

/** Builds one block; options come in the order they are added. */
class block_builder {
  public:
    explicit block_builder(std::uint32_t type) {
        put(type);
        put(std::uint32_t{0}); // the length, known at the end
    }

    template <class T> void put(T value) {
        std::byte raw[sizeof value];
        std::memcpy(raw, &value, sizeof value);
        bytes_.insert(bytes_.end(), raw, raw + sizeof value);
    }

    void option(std::uint16_t code, std::span<std::byte const> value) {
        put(code);
        put(static_cast<std::uint16_t>(value.size()));
        bytes_.insert(bytes_.end(), value.begin(), value.end());
        bytes_.resize((bytes_.size() + 3) & ~std::size_t{3});
        options_ = true;
    }
    void text(std::uint16_t code, std::string_view value) {
        if (!value.empty())
            option(code, std::as_bytes(std::span(value.substr(0, longest_option))));
    }
    /** A time: two words, the high one first. */
    void time(std::uint16_t code, std::uint64_t ns) {
        std::uint32_t const words[] = {static_cast<std::uint32_t>(ns >> 32),
                                       static_cast<std::uint32_t>(ns)};
        option(code, std::as_bytes(std::span(words)));
    }
    void figure(std::uint16_t code, std::optional<std::uint64_t> value) {
        if (value)
            option(code, std::as_bytes(std::span(&*value, 1)));
    }

    [[nodiscard]] std::vector<std::byte> finish() {
        if (options_)
            put(std::uint32_t{opt_end});
        auto const size = static_cast<std::uint32_t>(bytes_.size() + 4);
        put(size);
        std::memcpy(&bytes_[4], &size, sizeof size);
        return std::move(bytes_);
    }

  private:
    std::vector<std::byte> bytes_;
    bool options_ = false;
};

std::uint32_t word(std::span<std::byte const> bytes, std::size_t at) noexcept {
    std::uint32_t value = 0;
    std::memcpy(&value, &bytes[at], sizeof value);
    return value;
}

} // namespace

std::vector<std::byte> block(section const& s) {
    block_builder b(section_block);
    b.put(std::uint32_t{byte_order_magic});
    b.put(std::uint16_t{1}); // version 1.0
    b.put(std::uint16_t{0});
    b.put(std::int64_t{-1}); // the section's length is not known
    b.text(section_hardware, s.hardware);
    b.text(section_os, s.os);
    b.text(section_application, s.application);
    b.text(opt_comment, s.comment);
    return b.finish();
}

std::vector<std::byte> block(interface_description const& d) {
    block_builder b(interface_block);
    b.put(link_ethernet);
    b.put(std::uint16_t{0});
    b.put(d.snaplen);
    b.text(if_name, d.name);
    b.text(if_description, d.description);
    std::byte const nanoseconds{9};
    b.option(if_time_resolution, std::span(&nanoseconds, 1));
    if (!d.filter.empty())
        b.text(if_filter, std::string(1, '\0') + d.filter); // 0: libpcap's language
    b.text(if_os, d.os);
    return b.finish();
}

std::vector<std::byte> block(interface_statistics const& s) {
    block_builder b(statistics_block);
    b.put(s.interface);
    b.put(static_cast<std::uint32_t>(s.time_ns >> 32));
    b.put(static_cast<std::uint32_t>(s.time_ns));
    b.time(isb_start, s.start_ns);
    b.time(isb_end, s.end_ns);
    b.figure(isb_received, s.received);
    b.figure(isb_dropped_by_interface, s.dropped_by_interface);
    b.figure(isb_accepted, s.accepted);
    b.figure(isb_dropped_by_os, s.dropped_by_os);
    b.figure(isb_delivered, s.delivered);
    b.text(opt_comment, s.comment);
    return b.finish();
}

std::span<std::byte const> first_block(std::span<std::byte const> bytes) noexcept {
    if (bytes.size() < least_block)
        return {};
    std::size_t const size = word(bytes, 4);
    if (size < least_block || size % 4 != 0 || size > bytes.size())
        return {};
    return bytes.first(size);
}

std::optional<std::uint32_t> packet_interface(std::span<std::byte const> whole_block) noexcept {
    if (word(whole_block, 0) != packet_block_type)
        return std::nullopt;
    return word(whole_block, 8);
}

} // namespace netmapxx::apps::pcapng
