// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file recorder.hpp
 * Lays packets out as blocks of the file, in chunks.
 */
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>

#include "common/pcap_writer.hpp"
#include "common/pcapng_writer.hpp"
#include "nm-capture/chunks.hpp"
#include "nm-capture/options.hpp"

namespace netmapxx::apps::capture {

/** Used by the capture's thread alone. */
class recorder {
  public:
    /** What became of a packet. */
    enum class outcome {
        recorded,
        no_room, ///< the writer has all chunks
        enough   ///< a limit is reached: this one is not wanted any more
    };

    /** `file_size` is what the file has already. Borrows both. */
    recorder(chunk_round& round, options const& o, std::uint64_t file_size)
        : round_(round), format_(o.format), snaplen_(o.snaplen),
          packets_left_(o.most_packets.value_or(unlimited)), size_(file_size),
          most_bytes_(o.most_bytes.value_or(unlimited)) {}
    recorder(recorder const&) = delete;
    recorder& operator=(recorder const&) = delete;

    /** Bytes of the largest block of a packet. */
    [[nodiscard]] static std::size_t largest_block(std::uint32_t snaplen) noexcept {
        return pcapng::packet_size({.captured = snaplen, .dropped_before = 1});
    }

    /** Records what the snap length leaves of `bytes`; `r.captured` is set here. */
    [[nodiscard]] outcome record(packet_record r, std::span<std::byte const> bytes) noexcept {
        if (enough_)
            return outcome::enough;
        r.captured = static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), snaplen_));
        std::size_t const size =
            format_ == file_format::pcapng ? pcapng::packet_size(r) : pcap::packet_size(r);
        if (size > most_bytes_ - size_) [[unlikely]] {
            enough_ = true;
            return outcome::enough;
        }
        if (!make_room(size)) [[unlikely]]
            return outcome::no_room;
        lay_out(r, bytes.data());
        chunk_->grow(size);
        size_ += size;
        enough_ = --packets_left_ == 0;
        return outcome::recorded;
    }

    /** True once a limit is reached. */
    [[nodiscard]] bool enough() const noexcept { return enough_; }

    /** Adds a block that is not a packet; false if there is no room now. */
    [[nodiscard]] bool append(std::span<std::byte const> block) noexcept {
        if (!make_room(block.size()))
            return false;
        std::memcpy(chunk_->end(), block.data(), block.size());
        chunk_->grow(block.size());
        size_ += block.size();
        return true;
    }

    /** Gives what is there to the writer, unless nothing would be left to go on with. */
    void flush();
    /** Gives the last chunk to the writer, and says that it was. */
    void finish();

  private:
    static constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

    bool make_room(std::size_t size) noexcept {
        return (chunk_ != nullptr && chunk_->room() >= size) || next_chunk();
    }
    bool next_chunk() noexcept;

    void lay_out(packet_record const& r, std::byte const* bytes) noexcept {
        auto* const at = chunk_->end();
        if (format_ == file_format::pcapng) {
            std::memcpy(at + pcapng::packet_data_offset, bytes, r.captured);
            pcapng::write_packet(at, r);
        } else {
            std::memcpy(at + pcap::packet_data_offset, bytes, r.captured);
            pcap::write_packet(at, r,
                               format_ == file_format::pcap ? pcap::resolution::nanoseconds
                                                            : pcap::resolution::microseconds);
        }
    }

    chunk_round& round_;
    file_format format_;
    std::uint32_t snaplen_;
    std::uint64_t packets_left_;
    std::uint64_t size_;
    std::uint64_t most_bytes_;
    bool enough_ = false;
    chunk* chunk_ = nullptr;
};

} // namespace netmapxx::apps::capture
