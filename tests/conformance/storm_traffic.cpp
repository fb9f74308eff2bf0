// SPDX-License-Identifier: BSD-2-Clause
#include "storm_traffic.hpp"

namespace conformance {
namespace {

constexpr unsigned burst = 8;

} // namespace

storm_traffic::storm_traffic(diary& d, const std::string& end, const std::string& far) : diary_(d) {
    diary_.begins("REGISTER of", "the ports of the traffic");
    EXPECT_OK(sender_.open("vale0:flood", reg().slots(64)));
    EXPECT_OK(receiver_.open("vale0:drain", reg().slots(64)));
    EXPECT_OK(master_.open("stream{7", reg().slots(64)));
    EXPECT_OK(slave_.open("stream}7", reg().slots(64)));
    if (!end.empty()) {
        EXPECT_OK(nic_.open(end, reg{}));
        far_ = std::make_unique<wire>(far);
    }
}

void storm_traffic::step() {
    diary_.begins("traffic through", "the switch");
    flood();
    diary_.begins("traffic through", "the pipe");
    stream();
    diary_.begins("traffic through", "the interface");
    if (far_ != nullptr) {
        cable();
    }
    diary_.grants(deed::traffic);
    diary_.done();
}

/// To everybody on the switch.
void storm_traffic::flood() {
    const frame f = make_frame(broadcast, mac_of(1));
    for (unsigned i = 0; i < burst && sender_.tx().put(f); ++i) {
    }
    EXPECT_OK(sender_.txsync());
    sender_.receive();
    diary_.arrives(through_switch, receiver_.receive().size());
}

void storm_traffic::stream() {
    while (master_.tx().put(make_frame(mac_of(2), mac_of(1), 60, sent_))) {
        ++sent_;
    }
    EXPECT_OK(master_.txsync());
    for (const frame& f : slave_.receive()) {
        EXPECT_EQ(got_, tag_of(f)) << "lost in the pipe";
        got_ = tag_of(f) + 1;
        diary_.arrives(through_pipe, 1);
    }
    EXPECT_OK(master_.txsync());
}

void storm_traffic::cable() {
    const frame f = make_frame(broadcast, mac_of(3));
    for (unsigned i = 0; i < burst; ++i) {
        far_->send(f);
        nic_.tx().put(f);
    }
    EXPECT_OK(nic_.txsync());
    far_->receive();
    diary_.arrives(through_wire, nic_.receive().size());
}

} // namespace conformance
