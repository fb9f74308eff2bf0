// SPDX-License-Identifier: BSD-2-Clause
/// @file
/// A network of one's own for tests of interfaces: a fresh namespace with a
/// veth pair, near0 and far0, that nobody else sees and that ends with the test.
#ifndef NETMAPXX_TESTS_NET_NAMESPACE_HPP
#define NETMAPXX_TESTS_NET_NAMESPACE_HPP

#include <cerrno>
#include <cstring>
#include <memory>
#include <sched.h>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "../../conformance/wire.hpp"

namespace netmapxx_tests {

/// The test's thread is in the namespace; others have to enter it.
class in_namespace : public testing::Test {
  protected:
    void SetUp() override {
        int refused = 0;
        std::thread([&] { refused = ::unshare(CLONE_NEWNET) == 0 ? 0 : errno; }).join();
        if (refused != 0)
            GTEST_SKIP() << "no network namespace of our own: " << std::strerror(refused);
        using which = conformance::network_namespace::which;
        before_ = std::make_unique<conformance::network_namespace>(which::current);
        space_ = std::make_unique<conformance::network_namespace>(which::fresh);
        enter();
        auto const made = conformance::plug_veth(near, far);
        if (made.code == EOPNOTSUPP)
            GTEST_SKIP() << "this kernel has no veth";
        ASSERT_EQ(made.code, 0);
    }
    void TearDown() override {
        if (before_) {
            EXPECT_EQ(before_->enter().code, 0);
        }
    }

    /// The calling thread goes into the namespace.
    void enter() const { EXPECT_EQ(space_->enter().code, 0); }

    std::string const near = "near0";
    std::string const far = "far0";

  private:
    std::unique_ptr<conformance::network_namespace> before_;
    std::unique_ptr<conformance::network_namespace> space_;
};

} // namespace netmapxx_tests

#endif // NETMAPXX_TESTS_NET_NAMESPACE_HPP
