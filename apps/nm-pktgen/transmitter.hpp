// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file transmitter.hpp
 * Fills transmit slots: the sender's hot path.
 *
 * A slot's buffer keeps what was written into it, so after the first lap of a
 * ring nothing is written but fields that change from packet to packet. A slot
 * whose buffer the port exchanged says so, and is written anew.
 */
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <netmapxx/port.hpp>

#include "common/frame.hpp"
#include "nm-pktgen/dump.hpp"

namespace netmapxx::apps::pktgen {

class transmitter {
  public:
    struct plan {
        std::uint32_t fragments = 1; ///< slots per packet
        bool number = false;         ///< write a running number into each packet
        bool copy = false;           ///< write every frame anew
        std::uint64_t seed = 1;      ///< for random sizes
        frame_dump* dump = nullptr;  ///< shows every frame
    };
    struct result {
        std::uint64_t packets = 0;
        std::uint64_t bytes = 0;
    };

    /** Borrows all three; the frames fit the port's buffers in `fragments` slots. */
    transmitter(port& port, frame_template const& frame, plan const& plan);

    /** Fills and commits up to `packets` packets on one ring; does not sync. */
    result send(std::size_t ring_index, std::uint32_t packets);

    [[nodiscard]] std::uint32_t slots_per_packet() const noexcept { return plan_.fragments; }

    /** Slots a packet of `bytes` needs in buffers of `buffer_size`, at least `wanted`. */
    [[nodiscard]] static std::uint32_t fragments_for(std::size_t bytes, std::size_t buffer_size,
                                                     std::uint32_t wanted) noexcept;

    /** "in place", "numbered in place" or "copy", for reports. */
    [[nodiscard]] std::string_view path_name() const noexcept;

  private:
    enum class path { fixed, patched, copied };

    result send_fixed(tx_ring ring, std::uint32_t packets, bool fresh);
    result send_patched(tx_ring ring, std::uint32_t packets, bool fresh);
    result send_copied(tx_ring ring, std::uint32_t packets);
    void write_whole(slot_view slot) const noexcept;
    void patch(std::span<std::byte> frame, std::size_t size) noexcept;
    std::size_t append_chain(tx_batch& batch, std::size_t first_slot);
    [[nodiscard]] std::size_t next_size() noexcept;
    void dump_slots(tx_ring ring, tx_batch const& batch, std::size_t slots) const;

    port& port_;
    frame_template const& frame_;
    plan plan_;
    path path_;
    std::vector<std::size_t> unwritten_; ///< per ring: slots before the first lap is over
    std::vector<std::byte> scratch_;     ///< one frame, for chains
    std::uint64_t random_;
    std::uint32_t number_ = 0;
};

} // namespace netmapxx::apps::pktgen
