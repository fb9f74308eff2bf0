// SPDX-License-Identifier: BSD-2-Clause
// What an interface does on its own, switched and put back, in a network
// namespace of the test's own.
#include <thread>

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <netmapxx/netmapxx.hpp>

#include "ethernet_features.hpp"
#include "net_namespace.hpp"

namespace netmapxx_tests {

namespace {

namespace nmx = netmapxx;
namespace host = nmx::host;

class host_guards : public in_namespace {
  protected:
    [[nodiscard]] nmx::detail::feature_blocks active(std::string const& name) const {
        nmx::detail::ethernet_features features;
        nmx::detail::ethernet_features::values values;
        EXPECT_EQ(features.open(name), 0);
        EXPECT_EQ(features.read(values), 0);
        return values.active;
    }
    [[nodiscard]] bool promiscuous(std::string const& name) const {
        return nmx::link::query(name).promiscuous;
    }
    // Runs `fn` in the namespace without any privilege.
    template <class Fn> void as_nobody(Fn fn) const {
        std::thread([&] {
            enter();
            ASSERT_EQ(::syscall(SYS_setresuid, 65534, 65534, 65534), 0);
            fn();
        }).join();
    }
};

TEST_F(host_guards, switch_offloads_off_and_restore_exactly_these) {
    auto const before = active(near);
    auto const state = host::offload_state(near);
    EXPECT_TRUE(state.tx_checksum);
    EXPECT_TRUE(state.segmentation);
    EXPECT_TRUE(state.any());
    {
        host::offload_guard const guard{near};
        EXPECT_TRUE(guard);
        auto const during = host::offload_state(near);
        EXPECT_FALSE(during.tx_checksum);
        EXPECT_FALSE(during.segmentation);
        EXPECT_FALSE(during.receive_merge);
        EXPECT_FALSE(during.vlan_tags);
        EXPECT_NE(active(near), before);
    }
    EXPECT_EQ(active(near), before);
    EXPECT_EQ(host::offload_state(near), state);
}

TEST_F(host_guards, of_offloads_nest_and_move) {
    auto const before = active(near);
    {
        host::offload_guard outer{near};
        auto const during = active(near);
        {
            host::offload_guard const inner{near};
            EXPECT_FALSE(inner); // nothing left to switch off
        }
        EXPECT_EQ(active(near), during);
        host::offload_guard moved{std::move(outer)};
        EXPECT_FALSE(outer); // NOLINT(bugprone-use-after-move)
        outer = std::move(moved);
        EXPECT_TRUE(outer);
        EXPECT_EQ(active(near), during);
        outer.restore();
        EXPECT_EQ(active(near), before);
        outer.restore(); // does nothing
    }
    EXPECT_EQ(active(near), before);
}

TEST_F(host_guards, of_offloads_leave_alone_what_was_off) {
    EXPECT_EQ(conformance::set_mtu(near, 1500).code, 0);
    host::offload_guard first{near};
    auto const off = active(near);
    { host::offload_guard const second{near}; }
    EXPECT_EQ(active(near), off);
}

TEST_F(host_guards, of_offloads_follow_a_new_name_and_survive_the_end_of_the_interface) {
    auto const before = active(near);
    {
        host::offload_guard const guard{near};
        ASSERT_EQ(conformance::rename_link(near, "other0").code, 0);
    }
    EXPECT_EQ(active("other0"), before);
    host::offload_guard guard{far};
    ASSERT_EQ(conformance::unplug(far).code, 0);
    std::error_code ec;
    guard.restore(ec);
    EXPECT_FALSE(ec) << ec.message();
}

TEST_F(host_guards, of_offloads_say_why_they_cannot) {
    for (auto const* const name : {"nothere0", "", "a name longer than any interface"}) {
        std::error_code ec;
        EXPECT_FALSE(host::offload_guard(name, ec));
        EXPECT_EQ(ec, nmx::errc::no_such_port) << name;
        EXPECT_EQ(host::offload_state(name, ec), host::offloads{});
        EXPECT_EQ(ec, nmx::errc::no_such_port) << name;
        EXPECT_THROW(host::offload_guard{name}, nmx::error);
        EXPECT_THROW((void)host::offload_state(name), nmx::error);
    }
    as_nobody([&] {
        std::error_code ec;
        EXPECT_TRUE(host::offload_state(near, ec).any()); // to ask is free
        EXPECT_FALSE(ec) << ec.message();
        EXPECT_FALSE(host::offload_guard(near, ec));
        EXPECT_EQ(ec, nmx::condition::denied);
    });
}

TEST_F(host_guards, of_promiscuity_count_wishes) {
    EXPECT_FALSE(promiscuous(near));
    {
        host::promiscuous_guard const first{near};
        EXPECT_TRUE(first);
        {
            host::promiscuous_guard second{near};
            host::promiscuous_guard moved{std::move(second)};
            EXPECT_TRUE(promiscuous(near));
            moved.restore();
            EXPECT_FALSE(moved);
        }
        EXPECT_TRUE(promiscuous(near));
    }
    EXPECT_FALSE(promiscuous(near));
    ASSERT_EQ(conformance::set_promiscuous(near, true).code, 0);
    { host::promiscuous_guard const guard{near}; }
    EXPECT_TRUE(promiscuous(near)); // somebody else wished it too
}

TEST_F(host_guards, of_promiscuity_say_why_they_cannot) {
    for (auto const* const name : {"nothere0", "", "a name longer than any interface"}) {
        std::error_code ec;
        EXPECT_FALSE(host::promiscuous_guard(name, ec));
        EXPECT_EQ(ec, nmx::errc::no_such_port) << name;
        EXPECT_THROW(host::promiscuous_guard{name}, nmx::error);
    }
    as_nobody([&] {
        std::error_code ec;
        EXPECT_FALSE(host::promiscuous_guard(near, ec));
        EXPECT_EQ(ec, nmx::condition::denied);
    });
}

TEST_F(host_guards, survive_the_end_of_the_interface) {
    host::promiscuous_guard guard{near};
    ASSERT_EQ(conformance::unplug(near).code, 0);
    guard.restore();
}

} // namespace

} // namespace netmapxx_tests
