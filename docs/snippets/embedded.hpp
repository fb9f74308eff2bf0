// SPDX-License-Identifier: BSD-2-Clause
// What the tests of the documentation share: the embedded engine as backend,
// so that they run anywhere, and a frame to send.
#ifndef NETMAPXX_DOCS_EMBEDDED_HPP
#define NETMAPXX_DOCS_EMBEDDED_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>

#include <gtest/gtest.h>

namespace docs_tests {

/// Names the backend as a reader would: in the environment.
class embedded : public testing::Test {
  protected:
    void SetUp() override { ASSERT_EQ(::setenv("NETMAPXX_BACKEND", "embedded", 1), 0); }
};

/// 60 bytes to everybody, of the Ethernet type for experiments.
inline std::array<std::byte, 60> broadcast() {
    std::array<std::byte, 60> frame{};
    std::fill_n(frame.begin(), 6, std::byte{0xff});
    frame[6] = std::byte{0x02};
    frame[12] = std::byte{0x88};
    frame[13] = std::byte{0xb5};
    return frame;
}

} // namespace docs_tests

#endif // NETMAPXX_DOCS_EMBEDDED_HPP
