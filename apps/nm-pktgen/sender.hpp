// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file sender.hpp
 * One sending thread: how many, when, and on which ring.
 */
#pragma once

#include <optional>

#include "common/pacer.hpp"
#include "nm-pktgen/transmitter.hpp"
#include "nm-pktgen/worker.hpp"

namespace netmapxx::apps::pktgen {

class sender : public worker {
  public:
    struct part {
        std::uint32_t index = 0; ///< of this worker
        std::uint32_t of = 1;    ///< workers
    };

    sender(run_state& state, port p, frame_template const& frame, part which, frame_dump* dump);

    [[nodiscard]] std::string_view path_name() const noexcept { return transmitter_.path_name(); }
    [[nodiscard]] std::uint32_t slots_per_packet() const noexcept {
        return transmitter_.slots_per_packet();
    }

  protected:
    void work() override;

  private:
    [[nodiscard]] bool stopping() const noexcept {
        return state_.stop_sending.load(std::memory_order_relaxed);
    }
    /** Packets to send now; 0: nothing is due yet. */
    [[nodiscard]] std::uint64_t allowed();
    std::uint64_t send_on_all_rings(std::uint64_t limit);
    void wait_until_due();
    void wait_for_room();
    void drain();

    transmitter transmitter_;
    std::optional<pacer> pacer_;
    pacer::settings pace_;
    std::uint64_t left_; ///< packets still to send, unless unlimited_
    bool unlimited_;
    std::size_t next_ring_ = 0;
};

} // namespace netmapxx::apps::pktgen
