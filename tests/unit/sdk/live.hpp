// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// Tests that run on a real host of the core: the engine in this process, or
/// the device, as the program was told (sdk_live_tests --backend=device).
#ifndef NETMAPXX_TESTS_LIVE_HPP
#define NETMAPXX_TESTS_LIVE_HPP

#include <gtest/gtest.h>

#include <netmap_engine.h>
#include <netmapxx/netmapxx.hpp>

namespace netmapxx_tests {

namespace nmx = netmapxx;

/// Set before any test begins.
inline nmx::backend_kind live_backend = nmx::backend_kind::embedded;

/// Options for that host.
inline nmx::open_options on_live(nmx::open_options options = {}) {
    options.backend = live_backend;
    return options;
}

/// A test on that host.
class live : public testing::Test {
  protected:
    void SetUp() override {
        if (live_backend != nmx::backend_kind::embedded)
            return;
        int const d = nm_engine_open();
        if (d < 0)
            GTEST_SKIP() << "no engine in this build";
        nm_engine_close(d);
    }
};

} // namespace netmapxx_tests

#endif // NETMAPXX_TESTS_LIVE_HPP
