// SPDX-License-Identifier: BSD-2-Clause
/**
 * @file receiver.hpp
 * One receiving thread: counts packets, or verifies them.
 */
#pragma once

#include <optional>
#include <vector>

#include "common/frame.hpp"
#include "common/sequence.hpp"
#include "nm-pktgen/dump.hpp"
#include "nm-pktgen/worker.hpp"

namespace netmapxx::apps::pktgen {

class receiver : public worker {
  public:
    /** With a `frame`, packets are verified against it; without, only counted. */
    receiver(run_state& state, port p, frame_template const* frame, frame_dump* dump);

    /** True if it ended because of silence. Only after ended(). */
    [[nodiscard]] bool went_idle() const noexcept { return went_idle_; }

  protected:
    void work() override;

  private:
    struct taken {
        std::uint64_t packets = 0;
        std::uint64_t bytes = 0;
    };

    /** Takes what is visible, a burst from each ring; false if there was nothing. */
    bool receive();
    taken take(rx_batch& batch);
    taken take_counting(rx_batch& batch) const noexcept;
    taken take_looking(rx_batch& batch, std::uint64_t most);
    void look_at(packet_view packet);

    /** What to do when nothing is there: false ends the thread. */
    [[nodiscard]] bool wait_for_more();
    [[nodiscard]] bool is_complete() const noexcept;
    void receive_rest();
    void finish();
    void publish_findings() noexcept;

    frame_template const* frame_;
    frame_dump* dump_;
    sequence_tracker tracker_;
    std::vector<std::byte> scratch_;
    time_point last_activity_{};
    bool idle_ = true; ///< last_activity_ is up to date
    bool went_idle_ = false;
};

} // namespace netmapxx::apps::pktgen
