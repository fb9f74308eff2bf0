// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file capture_support.hpp
 * Reads files of packets: once with libpcap, once block by block with a reader
 * that shares nothing with the writer.
 */
#pragma once

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <pcap/pcap.h>
#include <unistd.h>

#include "traffic.hpp"

namespace netmapxx::apps::test {

/** A directory that goes away with the test. */
class scratch {
  public:
    scratch() {
        std::string name = (std::filesystem::temp_directory_path() / "nmcapXXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    scratch(scratch const&) = delete;
    scratch& operator=(scratch const&) = delete;
    ~scratch() { std::filesystem::remove_all(path_); }

    [[nodiscard]] std::string operator/(std::string const& name) const {
        return (path_ / name).string();
    }

  private:
    std::filesystem::path path_;
};

[[nodiscard]] inline bytes file_bytes(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    std::string const text(std::istreambuf_iterator<char>(in), {});
    auto const* const at = reinterpret_cast<std::byte const*>(text.data());
    return {at, at + text.size()};
}

struct read_packet {
    std::uint64_t time_ns = 0;
    std::uint32_t original = 0;
    bytes data{};
};

/** What libpcap finds in a file; a complaint of libpcap fails the test. */
[[nodiscard]] inline std::vector<read_packet> libpcap_read(std::string const& path,
                                                           std::string const& filter = {}) {
    char text[PCAP_ERRBUF_SIZE] = "";
    std::unique_ptr<pcap_t, decltype(&::pcap_close)> const file{
        ::pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, text),
        &::pcap_close};
    std::vector<read_packet> packets;
    if (file == nullptr) {
        ADD_FAILURE() << text;
        return packets;
    }
    bpf_program program{};
    if (!filter.empty()) {
        EXPECT_EQ(::pcap_compile(file.get(), &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN), 0);
        EXPECT_EQ(::pcap_setfilter(file.get(), &program), 0);
        ::pcap_freecode(&program);
    }
    pcap_pkthdr* head = nullptr;
    unsigned char const* data = nullptr;
    int status = 0;
    while ((status = ::pcap_next_ex(file.get(), &head, &data)) == 1) {
        auto const* const at = reinterpret_cast<std::byte const*>(data);
        packets.push_back({static_cast<std::uint64_t>(head->ts.tv_sec) * 1'000'000'000 +
                               static_cast<std::uint64_t>(head->ts.tv_usec),
                           head->len, bytes(at, at + head->caplen)});
    }
    EXPECT_EQ(status, PCAP_ERROR_BREAK) << ::pcap_geterr(file.get());
    return packets;
}

/** One block: its type, its fixed words and its options. */
struct block {
    std::uint32_t type = 0;
    std::vector<std::uint32_t> words{}; ///< behind type and length, up to the options
    bytes data{};                       ///< of a packet
    std::multimap<std::uint16_t, std::string> options{};

    [[nodiscard]] bool has(std::uint16_t code) const { return options.contains(code); }
    [[nodiscard]] std::string text(std::uint16_t code) const {
        auto const found = options.find(code);
        return found == options.end() ? std::string{} : found->second;
    }
    /** A number of 4 or 8 bytes. */
    [[nodiscard]] std::uint64_t number(std::uint16_t code) const {
        auto const raw = text(code);
        std::uint64_t value = 0;
        if (raw.size() == 4 || raw.size() == 8)
            std::memcpy(&value, raw.data(), raw.size());
        else
            ADD_FAILURE() << "option " << code << " has " << raw.size() << " bytes";
        return value;
    }
    [[nodiscard]] std::uint64_t time_ns() const {
        return std::uint64_t{words.at(1)} << 32 | words.at(2);
    }
};

namespace block_type {
inline constexpr std::uint32_t interface = 1;
inline constexpr std::uint32_t statistics = 5;
inline constexpr std::uint32_t packet = 6;
inline constexpr std::uint32_t section = 0x0a0d0d0a;
} // namespace block_type

namespace detail {

class bytes_in {
  public:
    bytes_in(bytes const& b, std::size_t from, std::size_t to) : b_(b), at_(from), end_(to) {}
    template <class T> T get() {
        T value{};
        if (left() < sizeof value) {
            ADD_FAILURE() << "a block is cut at byte " << at_;
            at_ = end_;
            return value;
        }
        std::memcpy(&value, &b_[at_], sizeof value);
        at_ += sizeof value;
        return value;
    }
    /** `size` bytes, and padding to a multiple of 4. */
    bytes padded(std::size_t size) {
        if (left() < (size + 3) / 4 * 4) {
            ADD_FAILURE() << "data of " << size << " bytes at byte " << at_ << " is cut";
            size = 0;
        }
        auto const from = b_.begin() + static_cast<std::ptrdiff_t>(at_);
        at_ += (size + 3) / 4 * 4;
        return {from, from + static_cast<std::ptrdiff_t>(size)};
    }
    [[nodiscard]] std::size_t left() const { return end_ - at_; }

  private:
    bytes const& b_;
    std::size_t at_;
    std::size_t end_;
};

inline std::size_t fixed_words(std::uint32_t type) {
    switch (type) {
    case block_type::interface:
        return 2;
    case block_type::statistics:
        return 3;
    case block_type::packet:
        return 5;
    default:
        return 4;
    }
}

inline block read_block(bytes_in in, std::uint32_t type) {
    block b{.type = type};
    for (std::size_t i = 0; i < fixed_words(type); ++i)
        b.words.push_back(in.get<std::uint32_t>());
    if (type == block_type::packet)
        b.data = in.padded(b.words[3]);
    while (in.left() > 0) {
        auto const code = in.get<std::uint16_t>();
        auto const value = in.padded(in.get<std::uint16_t>());
        if (code == 0)
            break;
        b.options.emplace(code,
                          std::string(reinterpret_cast<char const*>(value.data()), value.size()));
    }
    EXPECT_EQ(in.left(), 0U) << "bytes behind the end of the options";
    return b;
}

} // namespace detail

/** All blocks of a file; a file that ends within one fails the test. */
[[nodiscard]] inline std::vector<block> blocks_of(bytes const& file) {
    std::vector<block> all;
    std::size_t at = 0;
    while (at < file.size()) {
        detail::bytes_in head(file, at, file.size());
        auto const type = head.get<std::uint32_t>();
        std::size_t const size = head.get<std::uint32_t>();
        if (size < 12 || size % 4 != 0 || size > file.size() - at) {
            ADD_FAILURE() << "block of " << size << " bytes at byte " << at;
            return all;
        }
        detail::bytes_in tail(file, at + size - 4, at + size);
        EXPECT_EQ(tail.get<std::uint32_t>(), size) << "both lengths";
        all.push_back(detail::read_block({file, at + 8, at + size - 4}, type));
        at += size;
    }
    return all;
}

[[nodiscard]] inline std::vector<block> blocks_of(std::string const& path) {
    return blocks_of(file_bytes(path));
}

[[nodiscard]] inline std::vector<block> only(std::vector<block> const& all, std::uint32_t type) {
    std::vector<block> some;
    for (auto const& b : all)
        if (b.type == type)
            some.push_back(b);
    return some;
}

} // namespace netmapxx::apps::test
