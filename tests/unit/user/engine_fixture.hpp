// SPDX-License-Identifier: BSD-2-Clause
// What the tests of the engine's calls share: descriptors over the fake core.
#pragma once

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <thread>

#include <gtest/gtest.h>
#include <net/netmap.h>

#include "netmap_engine.h"

extern "C" {
#include "fake_core.h"
}

namespace user_test {

inline constexpr auto deadline = std::chrono::seconds(20);

/// Waits for a condition; false if it does not come true in time.
template <class Condition> bool eventually(Condition condition) {
    auto end = std::chrono::steady_clock::now() + deadline;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    return true;
}

inline int request(int d, fake_action action, nm_binding** binding = nullptr) {
    fake_request r = {action, nullptr};
    int ret = nm_engine_ioctl(d, NIOCCTRL, &r);
    if (binding)
        *binding = r.binding;
    return ret;
}

/// An open descriptor, bound unless it is told not to be.
class descriptor {
  public:
    explicit descriptor(fake_action how = FAKE_BIND) : d_(nm_engine_open()) {
        EXPECT_GE(d_, 0);
        EXPECT_EQ(request(d_, FAKE_IDENTIFY, &binding_), 0);
        if (how != FAKE_IDENTIFY) {
            EXPECT_EQ(request(d_, how), 0);
        }
    }
    ~descriptor() { close(); }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;

    int number() const { return d_; }
    nm_binding* binding() const { return binding_; }
    void close() {
        if (d_ >= 0) {
            EXPECT_EQ(nm_engine_close(d_), 0);
        }
        d_ = -1;
    }
    void* map() const { return nm_engine_mmap(d_, FAKE_REGION_BYTES, 0); }

  private:
    int d_;
    nm_binding* binding_ = nullptr;
};

} // namespace user_test
