// SPDX-License-Identifier: BSD-2-Clause
// What tests of network interfaces share: a veth pair, nmx0 and nmx1.
#pragma once

#include "fixture.hpp"
#include "wire.hpp"

#include <memory>

namespace conformance {

/// Tests on one end, nmx0, of a pair of interfaces; the other end is nmx1.
class interface_suite : public suite {
  protected:
    explicit interface_suite(unsigned queues = 1) : queues_(queues) {}
    void SetUp() override {
        suite::SetUp();
        if (the_host().embedded()) {
            GTEST_SKIP() << "the engine has no network interfaces";
        }
        make_pair(queues_);
    }
    void TearDown() override {
        pair_.reset();
        suite::TearDown();
    }
    /// Anew, with so many queues.
    void make_pair(unsigned queues) {
        pair_.reset(); // before the next: they have the same names
        pair_ = std::make_unique<veth_pair>("nmx0", "nmx1", queues);
        if (pair_->error().code == EOPNOTSUPP) {
            GTEST_SKIP() << "this kernel has no veth";
        }
        ASSERT_OK(pair_->error());
    }
    static frame numbered(uint32_t tag, size_t len = 60) {
        return make_frame(broadcast, mac_of(1), len, tag);
    }
    static std::vector<frame> row(uint32_t from, uint32_t to) {
        std::vector<frame> all;
        for (uint32_t i = from; i < to; ++i) {
            all.push_back(numbered(i));
        }
        return all;
    }
    /// Receives on the ring until `count` packets came.
    static std::vector<frame> collect(const port& p, size_t count, unsigned ring = 0) {
        std::vector<frame> all;
        EXPECT_TRUE(eventually([&] {
            const auto more = p.receive(ring);
            all.insert(all.end(), more.begin(), more.end());
            return all.size() >= count;
        })) << all.size() << " of " << count << " packets came";
        return all;
    }
    std::unique_ptr<veth_pair> pair_;

  private:
    unsigned queues_;
};

} // namespace conformance
