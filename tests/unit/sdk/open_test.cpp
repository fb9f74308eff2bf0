// SPDX-License-Identifier: BSD-2-Clause
// Opening ports: requests, errors, undoing, regions.
#include <algorithm>
#include <cerrno>

#include <gtest/gtest.h>

#include <netmapxx/netmapxx.hpp>

#include "fake_core.hpp"
#include "fake_region.hpp"

namespace netmapxx_tests {

namespace {

using open = with_fake_core;
using open_errors = with_fake_core;
using regions = with_fake_core;
using core_counters = with_fake_core;
using switches = with_fake_core;

TEST_F(open, S26_grants_rings_and_closes_without_a_trace) {
    core->add("eth0", {.tx_rings = 2, .rx_rings = 3, .slots = 8, .memory_id = 7});
    {
        nmx::port port{"netmap:eth0"};
        EXPECT_EQ(port.rx_rings().size(), 3U);
        EXPECT_EQ(port.tx_rings().size(), 2U);
        EXPECT_EQ(port.host_rx_rings().size(), 0U);
        EXPECT_EQ(port.rx_rings()[2].index(), 2U);
        EXPECT_EQ(port.tx_rings()[1].size(), 8U);
        EXPECT_EQ(port.tx_rings()[1].space(), 7U);
        EXPECT_EQ(port.info().name, "eth0");
        EXPECT_EQ(port.info().memory_id, 7);
        EXPECT_EQ(port.info().buffer_size, 256U);
        EXPECT_EQ(port.info().tx_slots, 8U);
        EXPECT_FALSE(port.info().region_pinned);
        EXPECT_EQ(port.native_handle(), -1);
        EXPECT_EQ(core->calls("ctrl:1"), 2U); // the port and the region's holder
    }
    EXPECT_TRUE(core->quiet());
}

TEST_F(open, selects_rings_as_the_specification_says) {
    core->add("eth0", {.tx_rings = 2, .rx_rings = 2, .host_tx_rings = 1, .host_rx_rings = 2});
    struct {
        char const* spec;
        std::size_t rx, tx, host_rx, host_tx;
    } const rows[] = {{"netmap:eth0", 2, 2, 0, 0},   {"netmap:eth0*", 4, 3, 2, 1},
                      {"netmap:eth0^", 2, 1, 2, 1},  {"netmap:eth0-1", 1, 1, 0, 0},
                      {"netmap:eth0^0", 1, 1, 1, 1}, {"netmap:eth0/R", 2, 0, 0, 0},
                      {"netmap:eth0/T", 0, 2, 0, 0}};
    for (auto const& row : rows) {
        nmx::port const port{row.spec};
        EXPECT_EQ(port.rx_rings().size(), row.rx) << row.spec;
        EXPECT_EQ(port.tx_rings().size(), row.tx) << row.spec;
        EXPECT_EQ(port.host_rx_rings().size(), row.host_rx) << row.spec;
        EXPECT_EQ(port.host_tx_rings().size(), row.host_tx) << row.spec;
        EXPECT_EQ(port.nic_rx_rings().size(), row.rx - row.host_rx) << row.spec;
        for (auto const ring : port.host_rx_rings())
            EXPECT_TRUE(ring.is_host());
    }
}

TEST_F(open, translates_specification_and_options_into_the_request) {
    core->add("vale0:a");
    (void)nmx::port{"vale0:a/xR@conf:rings=2,rx-rings=3,slots=64,host-rings=4",
                    {.extra_buffers = 5, .rx_slots = 32, .accept_vnet_header = true}};
    nmreq_register const& request = core->last_request;
    EXPECT_EQ(request.nr_mode, static_cast<unsigned>(NR_REG_ALL_NIC));
    EXPECT_EQ(request.nr_flags, static_cast<unsigned>(NR_EXCLUSIVE | NR_RX_RINGS_ONLY |
                                                      NR_ACCEPT_VNET_HDR | NR_NO_TX_POLL));
    EXPECT_EQ(request.nr_tx_rings, 2);
    EXPECT_EQ(request.nr_rx_rings, 3);
    EXPECT_EQ(request.nr_host_rx_rings, 4);
    EXPECT_EQ(request.nr_tx_slots, 64U);
    EXPECT_EQ(request.nr_rx_slots, 32U);
    EXPECT_EQ(request.nr_extra_bufs, 5U);

    (void)nmx::port{"vale0:a-0",
                    {.exclusive = true,
                     .directions = nmx::direction_set::tx,
                     .tx_sync_in_poll = true,
                     .rx_sync_in_poll = true}};
    EXPECT_EQ(request.nr_mode, static_cast<unsigned>(NR_REG_ONE_NIC));
    EXPECT_EQ(request.nr_flags,
              static_cast<unsigned>(NR_EXCLUSIVE | NR_TX_RINGS_ONLY | NR_DO_RX_POLL));
}

TEST_F(open, monitors_hide_their_dummy_tx_ring) {
    core->add("vale0:a");
    nmx::port port{"vale0:a/z"};
    EXPECT_EQ(core->last_request.nr_flags,
              static_cast<unsigned>(NR_ZCOPY_MON | NR_MONITOR_TX | NR_MONITOR_RX | NR_NO_TX_POLL));
    EXPECT_TRUE(port.tx_rings().empty());
    EXPECT_EQ(port.rx_rings().size(), 1U);
    port.sync_tx();
    EXPECT_EQ(core->calls("txsync"), 0U);
}

TEST_F(open, falls_back_when_the_core_has_no_error_texts) {
    core->has_error_text = false;
    core->add("eth0");
    { nmx::port const port{"netmap:eth0"}; }
    EXPECT_FALSE(core->knows_error_text);
    auto const registers = core->calls("ctrl:1");
    { nmx::port const port{"netmap:eth0"}; }
    EXPECT_EQ(core->calls("ctrl:1"), registers + 2); // port and holder, once each
    EXPECT_TRUE(core->quiet());
}

TEST_F(open, S24_a_fault_at_any_step_leaves_nothing_open) {
    core->add("eth0", {.tx_rings = 2, .rx_rings = 2});
    { nmx::port const port{"netmap:eth0", {.extra_buffers = 4}}; }
    std::size_t const steps = core->steps;
    ASSERT_GE(steps, 6U);
    for (int const fault : {EIO, ENOMEM, EACCES, EBUSY}) {
        for (std::size_t k = 1; k <= steps; ++k) {
            core->steps = 0;
            core->fail_at = k;
            core->fail_with = fault;
            std::error_code ec;
            auto port = nmx::port::open("netmap:eth0", {.extra_buffers = 4}, ec);
            // The holder may fail without harm, and the header length too.
            EXPECT_EQ(port.is_open(), !ec) << k;
            if (k <= 2) {
                EXPECT_TRUE(ec) << k;
            }
            port.close();
            EXPECT_TRUE(core->quiet()) << "fault at " << k;
        }
    }
}

TEST_F(open, S24_a_fault_at_any_step_leaves_no_other_port_harmed) {
    core->add("eth0");
    nmx::port const other{"netmap:eth0"};
    for (std::size_t k = 1; k <= 5; ++k) {
        core->steps = 0;
        core->fail_at = k;
        std::error_code ec;
        (void)nmx::port::open("netmap:eth0", {}, ec);
        EXPECT_EQ(core->mappings, 1);
        EXPECT_EQ(other.rx_rings()[0].size(), 16U);
    }
}

TEST_F(open, S24_a_fault_while_sharing_or_opening_many_leaves_nothing_open) {
    core->add("eth0", {.tx_rings = 3, .rx_rings = 3, .host_tx_rings = 1, .host_rx_rings = 1});
    core->add("eth1");
    {
        auto const ports =
            nmx::port::open_per_ring(nmx::port_spec{"netmap:eth0*@share=netmap:eth1"});
    }
    std::size_t const steps = core->steps;
    for (std::size_t k = 1; k <= steps; ++k) {
        core->steps = 0;
        core->fail_at = k;
        std::error_code ec;
        auto ports =
            nmx::port::open_per_ring(nmx::port_spec{"netmap:eth0*@share=netmap:eth1"}, {}, ec);
        EXPECT_EQ(ports.empty(), static_cast<bool>(ec)) << k;
        ports.clear();
        EXPECT_TRUE(core->quiet()) << "fault at " << k;
    }
}

TEST_F(open, S30_per_ring_covers_every_ring_once_host_rings_last) {
    core->add("eth0", {.tx_rings = 2, .rx_rings = 3, .host_tx_rings = 1, .host_rx_rings = 1});
    auto const ports = nmx::port::open_per_ring(nmx::port_spec{"netmap:eth0*"});
    ASSERT_EQ(ports.size(), 4U);
    std::vector<std::size_t> rx;
    std::vector<std::size_t> tx;
    for (auto const& port : ports) {
        for (auto const ring : port.rx_rings())
            rx.push_back(ring.index());
        for (auto const ring : port.tx_rings())
            tx.push_back(ring.index());
        EXPECT_EQ(port.memory(), ports[0].memory());
    }
    EXPECT_EQ(rx, (std::vector<std::size_t>{0, 1, 2, 3}));
    EXPECT_EQ(tx, (std::vector<std::size_t>{0, 1, 2}));
    EXPECT_TRUE(ports[3].rx_rings()[0].is_host());
    EXPECT_EQ(nmx::port::open_per_ring(nmx::port_spec{"netmap:eth0-1"}).size(), 1U);
}

TEST_F(open, reopens_other_rings_in_the_same_region) {
    core->add("eth0", {.tx_rings = 2, .rx_rings = 2});
    nmx::port const first{"netmap:eth0-0"};
    auto const second = first.reopen({nmx::ring_kind::one_nic, 1});
    EXPECT_EQ(second.rx_rings()[0].index(), 1U);
    EXPECT_EQ(first.memory(), second.memory());
    EXPECT_THROW((void)nmx::port{}.reopen({}), nmx::error);
}

TEST_F(open, ring_views_survive_moves_of_the_port) {
    core->add("eth0");
    nmx::port first{"netmap:eth0"};
    nmx::tx_ring const ring = first.tx_rings()[0];
    nmx::port second{std::move(first)};
    EXPECT_FALSE(first.is_open()); // NOLINT(bugprone-use-after-move): that is the promise
    EXPECT_TRUE(first.rx_rings().empty());
    nmx::port third;
    third = std::move(second);
    EXPECT_EQ(ring.space(), 15U);
    EXPECT_EQ(third.tx_rings()[0], ring);
}

TEST_F(open, reports_the_header_length) {
    core->add("vale0:a", {.header = 12});
    EXPECT_EQ((nmx::port{"vale0:a", {.accept_vnet_header = true}}.info().header_length), 12U);
}

TEST_F(open, timestamps_are_asked_for_in_the_rings) {
    core->add("eth0");
    nmx::port const port{"netmap:eth0", {.timestamps = true}};
    EXPECT_EQ(port.rx_rings()[0].control().ring->flags, static_cast<unsigned>(NR_TIMESTAMP));
}

// --- errors ------------------------------------------------------------------

TEST_F(open_errors, S28_map_to_codes) {
    struct {
        int error;
        std::error_code code;
    } const rows[] = {{ENXIO, nmx::errc::no_such_port},
                      {EBUSY, nmx::errc::port_busy},
                      {ENOMEM, nmx::errc::out_of_buffers},
                      {EIO, nmx::errc::header_required},
                      {EOPNOTSUPP, nmx::errc::unsupported_option},
                      {EINVAL, std::make_error_code(std::errc::invalid_argument)},
                      {EPERM, std::make_error_code(std::errc::operation_not_permitted)}};
    for (auto const& row : rows) {
        core->add("eth0", {.refuse = row.error, .why = "because"});
        std::error_code ec;
        auto const port = nmx::port::open("netmap:eth0", {}, ec);
        EXPECT_FALSE(port);
        EXPECT_EQ(ec, row.code) << row.error;
        EXPECT_TRUE(core->quiet());
    }
    core->add("eth0", {.refuse = EIO});
    std::error_code ec;
    (void)nmx::port::open("netmap:eth0", {.accept_vnet_header = true}, ec);
    EXPECT_EQ(ec, std::errc::io_error);
}

TEST_F(open_errors, carry_the_cores_own_words) {
    try {
        nmx::port const port{"netmap:eth9"};
        FAIL();
    } catch (nmx::error const& e) {
        EXPECT_STREQ(e.what(), "cannot register netmap:eth9: no such port: there is no port eth9");
        EXPECT_EQ(e.subject(), "netmap:eth9");
        EXPECT_FALSE(e.hint().empty());
    }
}

TEST_F(open_errors, tell_the_reasons_of_einval_apart) {
    core->add("eth0", {.tx_rings = 2, .rx_rings = 2});
    core->add("mon", {.refuse = EINVAL});
    auto const code = [](char const* spec) {
        std::error_code ec;
        (void)nmx::port::open(spec, {}, ec);
        return ec;
    };
    EXPECT_EQ(code("netmap:eth0-2"), nmx::errc::no_such_ring);
    EXPECT_EQ(code("netmap:eth0^"), nmx::errc::no_host_rings);
    EXPECT_EQ(code("netmap:eth0^0"), nmx::errc::no_host_rings);
    EXPECT_EQ(code("netmap:eth0*"), nmx::errc::no_host_rings);
    EXPECT_EQ(code("netmap:mon/t"), nmx::errc::target_not_active);
    EXPECT_EQ(code("netmap:mon-0"), std::errc::invalid_argument);
    EXPECT_TRUE(core->quiet());
}

TEST_F(open_errors, S25_name_the_refused_option) {
    core->add("eth0");
    struct {
        nmx::open_options options;
        char const* name;
    } const rows[] = {
        {{.initial_offset = 4}, "offset"},
        {{.allow_offsets = true, .initial_offset = 4}, "offset"},
    };
    for (auto const& row : rows) {
        try {
            nmx::port const port{"netmap:eth0", row.options};
            FAIL() << row.name;
        } catch (nmx::error const& e) {
            EXPECT_EQ(e.code(), nmx::errc::unsupported_option);
            EXPECT_NE(e.detail().find(row.name), std::string_view::npos) << e.what();
        }
    }
    std::error_code ec;
    nmx::memory_area const area{4096};
    (void)nmx::port::open("netmap:eth0", {.external = {.memory = area.bytes()}}, ec);
    EXPECT_EQ(ec, nmx::errc::unsupported_option) << "a core without external memory";
    (void)nmx::port::open("netmap:eth0@offset=4", {}, ec);
    EXPECT_EQ(ec, nmx::errc::unsupported_option);
    EXPECT_TRUE(core->quiet());
}

TEST_F(open, says_who_moves_the_packets) {
    core->add("vale0:a");
    core->add("eth0", {.mode = NETMAP_PORT_NATIVE});
    core->add("eth1", {.mode = NETMAP_PORT_EMULATED});
    core->add("eth2", {.mode = 0});
    EXPECT_EQ(nmx::port("vale0:a").mode(), nmx::port_mode::virtual_);
    EXPECT_EQ(nmx::port("netmap:eth0").mode(), nmx::port_mode::native);
    EXPECT_EQ(nmx::port("netmap:eth1").info().mode, nmx::port_mode::emulated);
    EXPECT_EQ(nmx::port("netmap:eth2").mode(), nmx::port_mode::unknown);
    EXPECT_EQ(nmx::port{}.mode(), nmx::port_mode::unknown);
    core->has_stats = false;
    EXPECT_EQ(nmx::port("netmap:eth0").mode(), nmx::port_mode::unknown);
}

TEST_F(open, a_demanded_adapter_is_asked_for) {
    core->add("eth0", {.mode = NETMAP_PORT_NATIVE});
    core->add("eth1", {.mode = NETMAP_PORT_EMULATED});
    core->add("vale0:a");
    using enum nmx::adapter_choice;
    EXPECT_TRUE(nmx::port("netmap:eth0", {.adapter = require_native}).is_open());
    EXPECT_NE(core->last_request.nr_flags & NR_NATIVE_ONLY, 0U);
    EXPECT_TRUE(nmx::port("netmap:eth1", {.adapter = require_emulated}).is_open());
    EXPECT_NE(core->last_request.nr_flags & NR_EMULATED_ONLY, 0U);
    EXPECT_TRUE(nmx::port("vale0:a", {.adapter = require_native}).is_open());
    EXPECT_TRUE(nmx::port("vale0:a", {.adapter = require_emulated}).is_open());
}

TEST_F(open_errors, S25_a_demanded_adapter_that_is_not_there_is_refused_in_words) {
    core->add("eth0", {.mode = NETMAP_PORT_NATIVE});
    core->add("eth1", {.mode = NETMAP_PORT_EMULATED});
    core->add("eth2", {.mode = 0});
    core->add("vale0:b", {.mode = 0});
    auto const words = [](char const* spec, nmx::adapter_choice wanted) -> std::string {
        try {
            nmx::port const port{spec, {.adapter = wanted}};
        } catch (nmx::error const& e) {
            EXPECT_EQ(e.code(), nmx::errc::unsupported_option);
            return std::string{e.detail()};
        }
        return {};
    };
    using enum nmx::adapter_choice;
    EXPECT_EQ(words("netmap:eth1", require_native), "require_native: its mode is another");
    EXPECT_EQ(words("netmap:eth0", require_emulated), "require_emulated: its mode is another");
    core->obeys_mode = false; // an older core
    EXPECT_EQ(words("netmap:eth1", require_native), "require_native: the port is emulated");
    EXPECT_EQ(words("netmap:eth0", require_emulated), "require_emulated: the port is native");
    EXPECT_NE(words("netmap:eth2", require_native).find("does not say"), std::string::npos);
    EXPECT_EQ(words("vale0:b", require_native), "") << "it is known to be none";
    EXPECT_TRUE(core->quiet());
}

TEST_F(open_errors, S48_offsets_work_where_the_core_has_them) {
    core->has_offsets = true;
    core->add("eth0");
    EXPECT_TRUE(nmx::port("netmap:eth0", {.allow_offsets = true, .initial_offset = 4}).is_open());
    EXPECT_TRUE(nmx::port("netmap:eth0@offset=4", {.allow_offsets = true}).is_open());
}

TEST_F(open, says_what_the_core_can_do) {
    core->add("a", {.mode = NETMAP_PORT_EMULATED});
    nmx::open_options const on_device{.backend = nmx::backend_kind::device};
    auto const features = nmx::port{"netmap:a", on_device}.info().features;
    EXPECT_TRUE(features.core_statistics);
    EXPECT_TRUE(features.error_texts);
    EXPECT_FALSE(features.offsets);
    EXPECT_FALSE(features.cross_process); // the double stands for the engine
    core->has_stats = core->has_error_text = false;
    nmx::port const old{"netmap:a"};
    EXPECT_FALSE(old.info().features.core_statistics);
    EXPECT_FALSE(old.info().features.error_texts);
}

TEST_F(open, forwards_between_ports_with_a_filter) {
    core->add("a", {.rx_rings = 2, .slots = 8});
    core->add("b", {.slots = 8});
    core->add("c", {.slots = 8, .memory_id = 2});
    nmx::port a{"netmap:a"};
    nmx::port b{"netmap:b"};
    nmx::port c{"netmap:c"};
    for (std::size_t r = 0; r < 2; ++r)
        for (std::size_t const bytes : {50U, 60U})
            ASSERT_TRUE(deliver(a.rx_rings()[r], pattern(bytes)));
    auto const large = [](nmx::packet_view p) {
        return p.size() >= 60 ? nmx::verdict::pass : nmx::verdict::drop;
    };
    std::error_code ec;
    auto result = nmx::forward(a, c, {.mode = nmx::transfer_mode::exchange_only}, large, ec);
    EXPECT_EQ(ec, nmx::errc::region_mismatch);
    EXPECT_EQ(result.reason, nmx::stop_reason::region_mismatch);
    EXPECT_EQ(result.packets, 0U);
    EXPECT_THROW((void)nmx::forward(a, c, {.mode = nmx::transfer_mode::exchange_only}, large),
                 nmx::error);
    result = nmx::forward(a, b, {.max_slots = 1}, large);
    EXPECT_EQ(result.filtered, 2U);
    result = nmx::forward(a, b, {}, large);
    EXPECT_EQ(result.packets, 2U);
    EXPECT_EQ(b.tx_rings()[0].pending(), 2U);
    nmx::port closed;
    (void)nmx::forward(a, closed, {}, large, ec);
    EXPECT_EQ(ec, nmx::errc::closed);
}

TEST_F(open_errors, calls_on_a_closed_port_say_so) {
    nmx::port port;
    std::error_code ec;
    EXPECT_EQ(port.sync_rx(std::nothrow), nmx::errc::closed);
    port.sync_tx(ec);
    EXPECT_EQ(ec, nmx::errc::closed);
    EXPECT_THROW(port.sync_rx(), nmx::error);
    EXPECT_THROW((void)port.wait_readable(std::chrono::seconds{1}), nmx::error);
    (void)port.flush(std::chrono::seconds{1}, ec);
    EXPECT_EQ(ec, nmx::errc::closed);
    EXPECT_FALSE(port.inject(std::span<std::byte const>{}, ec));
    EXPECT_EQ(ec, nmx::errc::closed);
    (void)port.wait_handle(nmx::direction::rx, ec);
    EXPECT_EQ(ec, nmx::errc::closed);
    EXPECT_FALSE(port.memory());
    EXPECT_EQ(port.native_handle(), -1);
    port.close(ec);
    EXPECT_FALSE(ec);
    EXPECT_THROW((void)nmx::port(nmx::port_spec{}), nmx::error);
}

TEST_F(open_errors, a_damaged_directory_is_refused) {
    core->add("eth0");
    { nmx::port const port{"netmap:eth0"}; }
    for (auto& [place, ring] : core->ports["eth0"].rings)
        ring->num_slots = 1U << 30;
    std::error_code ec;
    (void)nmx::port::open("netmap:eth0", {}, ec);
    EXPECT_EQ(ec, std::errc::bad_address);
    EXPECT_TRUE(core->quiet());
}

// --- regions -----------------------------------------------------------------

TEST_F(regions, S29_ports_of_one_region_share_one_mapping) {
    core->add("a", {.memory_id = 3});
    core->add("b", {.memory_id = 3});
    core->add("c", {.memory_id = 4});
    auto a = std::make_unique<nmx::port>("netmap:a");
    nmx::port const b{"netmap:b"};
    nmx::port const c{"netmap:c"};
    EXPECT_EQ(core->mappings, 2);
    EXPECT_EQ(a->memory(), b.memory());
    EXPECT_NE(a->memory(), c.memory());
    EXPECT_EQ(b.memory().id(), 3);
    a.reset();
    EXPECT_EQ(core->ports["a"].users, 0);
    EXPECT_EQ(b.tx_rings()[0].space(), 15U);
}

TEST_F(regions, S76_memory_outlives_its_port_and_the_port_leaves_netmap_mode) {
    core->add("a");
    nmx::region memory;
    {
        nmx::port const a{"netmap:a"};
        memory = a.memory();
    }
    EXPECT_EQ(core->ports["a"].users, 0);
    EXPECT_EQ(core->mappings, 1);
    EXPECT_TRUE(memory.contains(core->memories[1]->base()));
    EXPECT_FALSE(memory.contains(core->memories[1]->base() + memory.size()));
    EXPECT_EQ(memory.buffer_size(), 256U);
    EXPECT_EQ(memory.buffer_count(), std::size_t{fake_memory::buffer_count});
    nmx::port const again{"netmap:a"};
    EXPECT_EQ(again.memory(), memory);
    memory = {};
    EXPECT_EQ(core->mappings, 1);
}

TEST_F(regions, without_null_ports_the_mapping_pins_the_port_and_says_so) {
    core->has_null_ports = false;
    core->add("a");
    nmx::region memory;
    {
        nmx::port const a{"netmap:a"};
        EXPECT_TRUE(a.info().region_pinned);
        memory = a.memory();
    }
    EXPECT_EQ(core->ports["a"].users, 1);
    memory = {};
    EXPECT_TRUE(core->quiet());
}

TEST_F(regions, can_be_shared_by_id_by_name_and_by_handle) {
    core->add("a", {.memory_id = 9});
    core->add("vale0:b", {.memory_id = 5});
    nmx::port const a{"netmap:a"};
    EXPECT_EQ(nmx::port{"vale0:b@9"}.memory(), a.memory());
    core->ports["vale0:b"] = {.memory_id = 5};
    EXPECT_EQ(nmx::port{"vale0:b@share=netmap:a"}.memory(), a.memory());
    core->ports["vale0:b"] = {.memory_id = 5};
    EXPECT_EQ((nmx::port{"vale0:b", {.share = a.memory()}}.memory()), a.memory());
    std::error_code ec;
    (void)nmx::port::open("vale0:b@4", {.share = a.memory()}, ec);
    EXPECT_EQ(ec, nmx::errc::region_mismatch);
    (void)nmx::port::open("vale0:b@share=netmap:nobody", {}, ec);
    EXPECT_EQ(ec, nmx::errc::no_such_port);
}

TEST_F(regions, a_core_that_ignores_the_wish_is_found_out) {
    core->ignores_memory_id = true;
    core->add("a", {.memory_id = 9});
    std::error_code ec;
    (void)nmx::port::open("netmap:a@4", {}, ec);
    EXPECT_EQ(ec, nmx::errc::region_mismatch);
    EXPECT_TRUE(core->quiet());
}

TEST_F(regions, forwarding_between_ports_exchanges_in_one_region_and_copies_else) {
    core->add("a", {.tx_rings = 1, .rx_rings = 3});
    core->add("b", {.tx_rings = 2, .rx_rings = 2});
    core->add("c", {.memory_id = 2});
    nmx::port a{"netmap:a"};
    nmx::port b{"netmap:b"};
    nmx::port c{"netmap:c"};
    auto const receive = [&] {
        for (auto const ring : a.rx_rings()) {
            auto& shared = *ring.control().ring;
            shared.slot[shared.tail].len = 60;
            shared.tail = ring.control().advance(shared.tail, 1);
        }
    };
    receive();
    auto result = nmx::forward(a, b);
    EXPECT_EQ(result.exchanged, 3U);
    EXPECT_EQ(b.tx_rings()[0].pending(), 2U);
    EXPECT_EQ(b.tx_rings()[1].pending(), 1U);
    EXPECT_EQ(b.stats().tx.exchanged, 3U);
    receive();
    EXPECT_EQ(nmx::forward(a, c).copied, 3U);
    receive();
    EXPECT_THROW(nmx::forward(a, c, {.mode = nmx::transfer_mode::exchange_only}), nmx::error);
    nmx::port closed;
    std::error_code ec;
    nmx::forward(a, closed, {}, ec);
    EXPECT_EQ(ec, nmx::errc::closed);
}

// --- counters of the core, and switches --------------------------------------

TEST_F(core_counters, are_read_ring_by_ring) {
    core->add("vale0:a", {.tx_rings = 2, .rx_rings = 1, .memory_id = 6});
    auto const stats = nmx::core_stats(nmx::port_spec{"vale0:a"});
    ASSERT_TRUE(stats.rings && stats.memory);
    ASSERT_EQ(stats.rings->size(), 3U);
    EXPECT_TRUE(stats.rings->at(1).tx);
    EXPECT_EQ(stats.rings->at(1).packets, 111U);
    EXPECT_FALSE(stats.rings->at(2).tx);
    EXPECT_EQ(stats.rings->at(0).dropped(nmx::drop_reason::no_room), 7U);
    EXPECT_EQ(stats.rings->at(0).other_drops, 3U);
    EXPECT_EQ(stats.memory->id, 6);
    EXPECT_TRUE(core->quiet());
}

TEST_F(core_counters, are_empty_with_cores_that_do_not_count) {
    core->has_stats = false;
    core->add("vale0:a");
    auto const stats = nmx::core_stats(nmx::port_spec{"vale0:a"});
    EXPECT_FALSE(stats.rings || stats.memory);
}

TEST_F(core_counters, of_an_open_port_are_asked_for_through_it) {
    core->add("vale0:a", {.tx_rings = 1, .rx_rings = 1, .memory_id = 6});
    nmx::port const port{"vale0:a/r"};
    core->requests.clear();
    auto const stats = port.core_stats();
    ASSERT_TRUE(stats.rings && stats.memory);
    EXPECT_EQ(stats.rings->size(), 2U);
    EXPECT_EQ(core->requests.at(0).name, "") << "a monitor has no name to ask by";
    std::error_code ec;
    (void)nmx::port{}.core_stats(ec);
    EXPECT_EQ(ec, nmx::errc::closed);
}

TEST_F(core_counters, of_a_monitor_are_not_those_of_its_target) {
    core->add("vale0:a");
    std::error_code ec;
    auto const stats = nmx::core_stats(nmx::port_spec{"vale0:a/r"}, ec);
    EXPECT_EQ(ec, nmx::errc::invalid_spec);
    EXPECT_FALSE(stats.rings);
    EXPECT_TRUE(core->requests.empty());
}

TEST_F(core_counters, of_a_port_that_is_not_there_are_an_error) {
    std::error_code ec;
    (void)nmx::core_stats(nmx::port_spec{"vale0:a"}, ec);
    EXPECT_EQ(ec, nmx::errc::no_such_port);
    EXPECT_TRUE(core->quiet());
}

TEST(drop_reasons, have_distinct_names) {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < nmx::drop_reason_count; ++i)
        names.push_back(nmx::to_string(static_cast<nmx::drop_reason>(i)));
    std::ranges::sort(names);
    EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
    EXPECT_EQ(nmx::to_string(nmx::drop_reason::no_room), "receiver full");
}

TEST_F(switches, are_listed) {
    core->add("vale0:a");
    core->add("vale0:b");
    core->add("eth0");
    auto const entries = nmx::vale::list();
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[1].name, "vale0:b");
    core->steps = 0;
    core->fail_at = 2;
    std::error_code ec;
    EXPECT_TRUE(nmx::vale::list(ec).empty());
    EXPECT_TRUE(ec);
    EXPECT_TRUE(core->quiet());
}

} // namespace

} // namespace netmapxx_tests
