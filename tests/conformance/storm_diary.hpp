// SPDX-License-Identifier: BSD-2-Clause
// What a worker of a storm is doing, for those who watch it: in memory that
// processes may share, so all texts are constants of the program.
#pragma once

#include "request.hpp"

#include <array>
#include <atomic>

namespace conformance {

/// What there is to do.
enum class deed : unsigned {
    newif,
    delif,
    attach,
    detach,
    polling,
    header,
    ask,
    use,
    use_offsets,
    use_extmem,
    use_legacy,
    loop,
    weather,
    move,
    traffic
};
inline constexpr std::array deed_names = {
    "VALE_NEWIF",   "VALE_DELIF", "VALE_ATTACH", "VALE_DETACH", "VALE_POLLING",
    "PORT_HDR_SET", "questions",  "ports",       "OFFSETS",     "EXTMEM",
    "old ioctls",   "sync loops", "weather",     "moves",       "traffic"};

class diary {
  public:
    /// Deeds done by this worker and by those it replaces.
    uint64_t deeds() const { return deeds_.load(std::memory_order_relaxed); }
    const char* what() const { return what_.load(std::memory_order_relaxed); }
    const char* where() const { return where_.load(std::memory_order_relaxed); }
    /// Frames that the traffic has seen arrive, by flow.
    uint64_t arrived(unsigned flow) const { return arrived_[flow].load(std::memory_order_relaxed); }

    /// Requests of such deeds that were granted.
    uint64_t granted(deed d) const {
        return granted_[static_cast<unsigned>(d)].load(std::memory_order_relaxed);
    }

    void begins(const char* what, const char* where) {
        where_.store(where, std::memory_order_relaxed);
        what_.store(what, std::memory_order_relaxed);
    }
    void done() { deeds_.fetch_add(1, std::memory_order_relaxed); }
    void grants(deed d) {
        granted_[static_cast<unsigned>(d)].fetch_add(1, std::memory_order_relaxed);
    }
    void arrives(unsigned flow, uint64_t frames) {
        arrived_[flow].fetch_add(frames, std::memory_order_relaxed);
    }
    static constexpr unsigned flows = 3;

  private:
    std::atomic<uint64_t> deeds_ = 0;
    std::atomic<const char*> what_ = "nothing yet";
    std::atomic<const char*> where_ = "";
    std::array<std::atomic<uint64_t>, flows> arrived_{};
    std::array<std::atomic<uint64_t>, deed_names.size()> granted_{};
};

} // namespace conformance
