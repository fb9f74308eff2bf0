// SPDX-License-Identifier: BSD-2-Clause
// Links of interfaces, in a network namespace of the test's own.
#include <thread>

#include <gtest/gtest.h>

#include <netmapxx/netmapxx.hpp>

#include "../../conformance/fixture.hpp"
#include "fake_core.hpp"
#include "net_namespace.hpp"

namespace netmapxx_tests {

namespace {

using namespace std::chrono_literals;
using conformance::eventually;
using nmx::wait_result;
namespace link = nmx::link;

class links : public in_namespace {
  protected:
    void set(std::string const& name, bool up) const {
        EXPECT_EQ(conformance::set_up(name, up).code, 0) << name;
    }
};

TEST_F(links, tell_what_the_kernel_knows) {
    ASSERT_EQ(link::wait_up(near, 10s), wait_result::ready);
    auto const state = link::query(near);
    EXPECT_GT(state.index, 0);
    EXPECT_TRUE(state.enabled);
    EXPECT_TRUE(state.carrier);
    EXPECT_EQ(state.oper, link::operational::up);
    EXPECT_EQ(state.mtu, 1500U);
    EXPECT_FALSE(state.promiscuous);
    EXPECT_EQ(conformance::set_mtu(near, 1400).code, 0);
    EXPECT_EQ(link::query(near).mtu, 1400U);
}

TEST_F(links, that_were_not_set_up_are_down) {
    auto const loopback = link::query("lo");
    EXPECT_FALSE(loopback.enabled);
    EXPECT_FALSE(loopback.up());
    set("lo", true);
    EXPECT_TRUE(link::is_up("lo")); // of unknown state, and nothing in the way
    EXPECT_EQ(link::query("lo").oper, link::operational::unknown);
}

TEST_F(links, of_no_interface_are_an_error) {
    for (std::string const& name :
         {std::string{"nothere0"}, std::string{}, std::string(15, 'x'), std::string(16, 'x'),
          std::string(127, 'x'), std::string(128, 'x'), std::string(5000, 'x')}) {
        std::error_code ec;
        EXPECT_EQ(link::query(name, ec).index, 0);
        EXPECT_EQ(ec, nmx::errc::no_such_port) << name;
        EXPECT_FALSE(link::is_up(name, ec));
        EXPECT_EQ(ec, nmx::errc::no_such_port) << name;
        EXPECT_EQ(link::wait_up(name, -1s, ec), wait_result::error_event);
        EXPECT_EQ(ec, nmx::errc::no_such_port) << name;
    }
    try {
        (void)link::wait_up("nothere0", 1s);
        FAIL();
    } catch (nmx::error const& e) {
        EXPECT_EQ(e.code(), nmx::errc::no_such_port);
        EXPECT_EQ(e.subject(), "nothere0");
        EXPECT_EQ(e.operation(), "wait for the link of");
    }
    EXPECT_THROW((void)link::query("nothere0"), nmx::error);
    EXPECT_THROW((void)link::is_up("nothere0"), nmx::error);
}

TEST_F(links, without_carrier_are_waited_for_as_long_as_asked) {
    set(far, false);
    ASSERT_TRUE(eventually([&] { return !link::is_up(near); }));
    EXPECT_EQ(link::wait_up(near, 0ns), wait_result::timed_out);
    auto const begin = std::chrono::steady_clock::now();
    EXPECT_EQ(link::wait_up(near, 30ms), wait_result::timed_out);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 30ms);
}

TEST_F(links, that_come_up_end_a_wait) {
    for (int round = 0; round < 20; ++round) {
        set(far, false);
        ASSERT_TRUE(eventually([&] { return !link::is_up(near); }));
        std::jthread const other{[&] {
            enter();
            set(far, true);
        }};
        std::error_code ec;
        EXPECT_EQ(link::wait_up(near, 30s, ec), wait_result::ready) << ec.message();
    }
}

TEST_F(links, are_followed_when_they_get_another_name) {
    set(far, false);
    ASSERT_TRUE(eventually([&] { return !link::is_up(near); }));
    std::jthread const other{[&] {
        enter();
        // The waiter has asked when it hears of changes, or asks by the new name.
        EXPECT_EQ(conformance::rename_link(near, "other0").code, 0);
        set(far, true);
    }};
    std::error_code ec;
    auto result = link::wait_up(near, 30s, ec);
    if (ec == nmx::errc::no_such_port) // we came after the change
        result = link::wait_up("other0", 30s, ec);
    EXPECT_EQ(result, wait_result::ready) << ec.message();
}

TEST_F(links, that_vanish_end_a_wait) {
    // Whether the waiter asks before or after the end is up to the scheduler, so
    // it is tried until the first was the case.
    for (int round = 0; round < 200; ++round) {
        set(far, false);
        std::error_code ec;
        {
            std::jthread const waiter{[&] {
                enter();
                EXPECT_EQ(link::wait_up(near, -1ns, ec), wait_result::error_event);
            }};
            std::error_code ignored;
            for (int i = 0; i < round; ++i)
                (void)link::is_up(near, ignored);
            EXPECT_EQ(conformance::unplug(near).code, 0);
        }
        if (ec == nmx::errc::port_gone)
            return;
        ASSERT_EQ(ec, nmx::errc::no_such_port);
        ASSERT_EQ(conformance::plug_veth(near, far).code, 0);
    }
    FAIL() << "it never vanished in the middle of a wait";
}

TEST_F(links, of_ports_that_are_no_interface_are_up) {
    auto const core = std::make_shared<fake_core>();
    nmx::detail::replace_backends(core);
    core->add("vale0:a");
    core->add("near0{1", {.mode = NETMAP_PORT_VIRTUAL});
    core->add(near, {.mode = NETMAP_PORT_EMULATED});
    set(far, false);
    ASSERT_TRUE(eventually([&] { return !link::is_up(near); }));
    {
        nmx::open_options const device{.backend = nmx::backend_kind::device};
        EXPECT_EQ(link::wait_up(nmx::port{"vale0:a", device}, -1s), wait_result::ready);
        EXPECT_EQ(link::wait_up(nmx::port{"netmap:near0{1", device}, -1s), wait_result::ready);
        nmx::port const embedded{"netmap:near0", {.backend = nmx::backend_kind::embedded}};
        EXPECT_EQ(link::wait_up(embedded, -1s), wait_result::ready);
        nmx::port const emulated{"netmap:near0", device};
        EXPECT_EQ(link::wait_up(emulated, 0s), wait_result::timed_out);
        set(far, true);
        EXPECT_EQ(link::wait_up(emulated, 30s), wait_result::ready);
        nmx::port const monitor{"netmap:near0/r", device};
        EXPECT_EQ(link::wait_up(monitor, 30s), wait_result::ready);

        std::error_code ec;
        EXPECT_EQ(link::wait_up(nmx::port{}, 1s, ec), wait_result::error_event);
        EXPECT_EQ(ec, nmx::errc::closed);
        EXPECT_THROW((void)link::wait_up(nmx::port{}, 1s), nmx::error);
    }
    nmx::detail::replace_backends(nullptr);
}

TEST(link_states, have_names) {
    EXPECT_EQ(to_string(link::operational::up), "up");
    EXPECT_EQ(to_string(link::operational::lower_layer_down), "lower layer down");
}

} // namespace

} // namespace netmapxx_tests
