// SPDX-License-Identifier: BSD-2-Clause
// What the tests of monitors share: a port that is monitored and the port it
// talks to, of each kind.
#pragma once

#include "fixture.hpp"

#include <thread>

namespace conformance {

inline const std::vector<frame> none;

/// Everybody's, so that a switch brings it to everybody.
inline frame numbered(uint32_t tag, size_t len = 60) {
    return make_frame(broadcast, mac_of(1), len, tag);
}

inline std::vector<frame> row(uint32_t from, uint32_t to) {
    std::vector<frame> all;
    for (uint32_t i = from; i < to; ++i) {
        all.push_back(numbered(i));
    }
    return all;
}

struct port_kind {
    const char* name;
    const char* port; ///< the one that is monitored
    const char* peer;
};

inline std::ostream& operator<<(std::ostream& out, const port_kind& kind) {
    return out << kind.name;
}

inline constexpr port_kind port_kinds[] = {
    {"switch", "vale0:a", "vale0:b"},
    {"pipe_master", "vale0:a{1", "vale0:a}1"},
    {"pipe_slave", "foo}1", "foo{1"},
};

inline std::string kind_name(const testing::TestParamInfo<port_kind>& tested) {
    return tested.param.name;
}

/// Port a, which is to be monitored, its peer b, and a monitor.
class Monitor : public suite, public testing::WithParamInterface<port_kind> {
  protected:
    void open_ports(uint32_t slots = 32) {
        ASSERT_OK(a.open(GetParam().port, reg().slots(slots)));
        ASSERT_OK(b.open(GetParam().peer, reg().slots(slots)));
    }
    void TearDown() override {
        m.close();
        a.close();
        b.close();
        suite::TearDown();
    }
    /// Packets for which the monitor had no room.
    uint64_t lost() const { return drops({m.nifp()->ni_name}, NETMAP_DROP_NO_ROOM); }
    /// Buffers in the rings of a and m. Of two rings with the same buffers only
    /// one: when nothing is under way, both ends of a pipe show the same.
    std::vector<uint32_t> owned_buffers() const {
        std::vector<uint32_t> all = a.ring_indices();
        if (m.fd().fd() >= 0) {
            const auto more = m.ring_indices();
            all.insert(all.end(), more.begin(), more.end());
        }
        return all;
    }

    port a;
    port b;
    port m;
};

} // namespace conformance
