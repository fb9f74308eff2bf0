// SPDX-License-Identifier: BSD-2-Clause
// The shape of the interface, mostly checked when this is compiled: each call
// that can fail has a form that does not throw, options read well, codes go
// together with those of others.
#include <type_traits>
#include <utility>

#include <boost/system/error_code.hpp>
#include <gtest/gtest.h>

#include <netmapxx/netmapxx.hpp>

namespace netmapxx_tests {

std::size_t const* elsewhere_all_slots();
using forward_function = netmapxx::forward_result (*)(netmapxx::rx_ring, netmapxx::tx_ring,
                                                      std::size_t, netmapxx::transfer_mode);
forward_function elsewhere_forward();

namespace {

namespace nmx = netmapxx;
using std::declval;

using bytes = std::span<std::byte const>;
using pieces = std::span<bytes const>;

// NAME(object, arguments...): both forms exist, and that with a code is noexcept.
#define EXPECT_TWINS(call, ...)                                                                    \
    static_assert(!noexcept(call(__VA_ARGS__)), #call " says that it throws");                     \
    static_assert(noexcept(call(__VA_ARGS__, ec)), #call " has a form that does not")
// For calls without arguments.
#define EXPECT_TWINS_OF_NONE(call)                                                                 \
    static_assert(!noexcept(call()), #call " says that it throws");                                \
    static_assert(noexcept(call(ec)), #call " has a form that does not")

[[maybe_unused]] void twins_of_ports(nmx::port& port, nmx::port_spec const& spec,
                                     nmx::open_options const& options, std::error_code& ec,
                                     nmx::forward_options const& forwarding,
                                     std::chrono::nanoseconds limit,
                                     nmx::monitor::options const& watching) {
    EXPECT_TWINS(nmx::port::open, spec, options);
    EXPECT_TWINS(nmx::port::open, std::string_view{}, options);
    EXPECT_TWINS(nmx::port::open_per_ring, spec, options);
    EXPECT_TWINS(port.reopen, nmx::ring_selection{}, options);
    EXPECT_TWINS_OF_NONE(port.sync_rx);
    EXPECT_TWINS_OF_NONE(port.sync_tx);
    static_assert(noexcept(port.sync_rx(std::nothrow))&& noexcept(port.sync_tx(std::nothrow)));
    EXPECT_TWINS(port.wait_readable, limit);
    EXPECT_TWINS(port.wait_writable, limit, 1);
    EXPECT_TWINS(port.wait, nmx::wait_events::any, limit);
    EXPECT_TWINS(port.inject, bytes{});
    EXPECT_TWINS(port.inject, pieces{});
    EXPECT_TWINS(port.flush, limit);
    EXPECT_TWINS(port.wait_handle, nmx::direction::rx);
    EXPECT_TWINS(port.arm, nmx::direction::rx);
    EXPECT_TWINS_OF_NONE(port.core_stats);
    static_assert(noexcept(port.close())&& noexcept(port.close(ec)));
    EXPECT_TWINS(nmx::forward, port, port, forwarding);
    EXPECT_TWINS(nmx::make_pipe, "a", "b", options);
    EXPECT_TWINS(nmx::open_pipe_end, "a", "b", nmx::pipe_side::first, options);
    EXPECT_TWINS(nmx::monitor::open, spec, watching);
}

[[maybe_unused]] void twins_of_hosts(nmx::host::splice& splice, nmx::packet_view packet,
                                     std::error_code& ec, nmx::port const& port,
                                     nmx::host::offload_guard& guard,
                                     std::chrono::nanoseconds limit) {
    static_assert(noexcept(nmx::host::splice::open(nmx::port_spec{}, {}, ec)));
    EXPECT_TWINS(splice.to_host, packet);
    EXPECT_TWINS(splice.to_wire, packet);
    EXPECT_TWINS(splice.to_host, bytes{});
    EXPECT_TWINS(splice.to_wire, bytes{});
    EXPECT_TWINS(splice.to_host_batch, pieces{});
    EXPECT_TWINS(splice.to_wire_batch, pieces{});
    EXPECT_TWINS(splice.pump, 1);
    EXPECT_TWINS(splice.wait, limit);
    EXPECT_TWINS(splice.enable_transparent, true);
    EXPECT_TWINS(nmx::host::offload_state, "eth0");
    EXPECT_TWINS_OF_NONE(guard.restore);
    static_assert(
        std::is_nothrow_constructible_v<nmx::host::offload_guard, char const*, std::error_code&> &&
        std::is_nothrow_constructible_v<nmx::host::promiscuous_guard, char const*,
                                        std::error_code&>);
    EXPECT_TWINS(nmx::link::query, "eth0");
    EXPECT_TWINS(nmx::link::is_up, "eth0");
    EXPECT_TWINS(nmx::link::wait_up, "eth0", limit);
    EXPECT_TWINS(nmx::link::wait_up, port, limit);
}

[[maybe_unused]] void twins_of_values(nmx::port_spec const& spec, std::error_code& ec,
                                      nmx::slot_view slot) {
    static_assert(noexcept(nmx::port_spec::parse("", ec)));
    EXPECT_TWINS(nmx::port_spec::from_user, "");
    EXPECT_TWINS(nmx::backend_from_name, "");
    EXPECT_TWINS(nmx::choose_backend, nmx::backend_kind::automatic);
    EXPECT_TWINS(nmx::core_stats, spec);
    EXPECT_TWINS(nmx::port_information, spec);
    EXPECT_TWINS(nmx::pools, spec);
    EXPECT_TWINS(nmx::pools, std::uint16_t{1});
    EXPECT_TWINS(nmx::header_length, spec);
    EXPECT_TWINS(nmx::set_header_length, spec, 0U);
    EXPECT_TWINS_OF_NONE(nmx::vale::list);
    EXPECT_TWINS(nmx::vale::find, spec);
    EXPECT_TWINS(nmx::vale::attach, spec, nmx::vale::attach_options{});
    EXPECT_TWINS(nmx::vale::detach, spec);
    EXPECT_TWINS(nmx::vale::create, "v0", nmx::vale::port_config{});
    EXPECT_TWINS(nmx::vale::destroy, "v0");
    EXPECT_TWINS(nmx::vale::start_polling, spec, nmx::vale::polling{});
    EXPECT_TWINS(nmx::vale::stop_polling, spec);
    static_assert(noexcept(slot.exchange(slot))&& noexcept(slot.exchange(slot, ec)));
}

TEST(interface, S2_the_umbrella_header_is_the_same_in_two_translation_units) {
    EXPECT_EQ(elsewhere_all_slots(), &nmx::all_slots);
    EXPECT_EQ(elsewhere_forward(), static_cast<forward_function>(&nmx::forward));
}

TEST(interface, S9_options_are_named_where_they_are_given) {
    nmx::open_options const some{.extra_buffers = 32, .tx_slots = 1024, .timestamps = true};
    EXPECT_EQ(some.extra_buffers, 32U);
    EXPECT_EQ(some.rx_slots, 0U);
    nmx::monitor::options const monitor{.slots = 64, .open = {.timestamps = true}};
    EXPECT_EQ(monitor.kind, nmx::monitor_kind::copy);
    nmx::forward_options const forwarding{.mode = nmx::transfer_mode::copy_only};
    EXPECT_EQ(forwarding.max_slots, nmx::all_slots);
    nmx::vale::attach_options const attach{.config = {.tx_rings = 2}};
    EXPECT_FALSE(attach.with_host);
}

TEST(interface, S10_calls_that_can_fail_have_a_form_that_does_not_throw) {
    SUCCEED(); // if it compiles
}

TEST(interface, S11_codes_go_together_with_both_families) {
    std::error_code const ec = nmx::errc::port_busy;
    EXPECT_EQ(ec, std::errc::device_or_resource_busy);
    EXPECT_EQ(ec, nmx::errc::port_busy);
    boost::system::error_code const other = ec;
    EXPECT_TRUE(other.failed());
    EXPECT_EQ(other, nmx::make_error_code(nmx::errc::port_busy));
    EXPECT_EQ(std::error_code{other}, ec);
    EXPECT_EQ(std::error_code{other}, std::errc::device_or_resource_busy);
}

} // namespace

} // namespace netmapxx_tests
