// SPDX-License-Identifier: BSD-2-Clause
// The library on a host of the core: real ports, real packets.
#include <algorithm>
#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>

#include "fake_region.hpp"
#include "live.hpp"

namespace netmapxx_tests {

namespace {

using namespace std::chrono_literals;
using nmx::wait_result;

class engine : public live {
  protected:
    static nmx::port open(std::string_view spec, nmx::open_options options = {}) {
        return nmx::port{spec, on_live(options)};
    }
    static std::vector<std::vector<std::byte>> receive(nmx::port& port, std::size_t count) {
        std::vector<std::vector<std::byte>> out;
        while (out.size() < count && port.wait_readable(2s) == wait_result::ready)
            for (auto const ring : port.rx_rings())
                ring.consume([&](nmx::packet_view p) { out.push_back(bytes_of(p)); },
                             count - out.size());
        return out;
    }
};

TEST_F(engine, a_pipe_carries_packets_both_ways) {
    auto a = open("netmap:lab{1");
    auto b = open("netmap:lab}1");
    EXPECT_EQ(a.memory(), b.memory());
    ASSERT_TRUE(a.inject(pattern(60)));
    ASSERT_TRUE(a.inject(pattern(1500, 3)));
    a.sync_tx();
    auto got = receive(b, 2);
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[0], pattern(60));
    EXPECT_EQ(got[1], pattern(1500, 3));
    ASSERT_TRUE(b.inject(pattern(70)));
    b.sync_tx();
    got = receive(a, 1);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0], pattern(70));
}

TEST_F(engine, a_switch_carries_packets) {
    auto a = open("vale_sdk:a");
    auto b = open("vale_sdk:b");
    auto frame = pattern(60);
    std::fill_n(frame.begin(), 6, std::byte{0xff});
    frame[6] = std::byte{2};
    ASSERT_TRUE(a.inject(frame));
    a.sync_tx();
    auto const got = receive(b, 1);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0], frame);
    auto const entries = nmx::vale::list(live_backend);
    EXPECT_TRUE(std::ranges::any_of(entries, [](auto const& e) { return e.name == "vale_sdk:a"; }));
}

TEST_F(engine, S26_ports_get_what_they_ask_for) {
    auto const port = open("vale_sdk2:a@conf:rings=3,slots=256", {.extra_buffers = 8});
    EXPECT_EQ(port.rx_rings().size(), 3U);
    EXPECT_EQ(port.tx_rings().size(), 3U);
    EXPECT_EQ(port.rx_rings()[0].size(), 256U);
    EXPECT_EQ(port.info().extra_buffers, 8U);
    EXPECT_EQ(port.info().backend, live_backend);
    EXPECT_FALSE(port.info().region_pinned);
    EXPECT_GE(port.memory().buffer_count(), 6U * 256 + 8);
}

TEST_F(engine, S27_an_interface_it_has_no_driver_for_is_no_port) {
    std::error_code ec;
    auto const port = nmx::port::open("netmap:nonexistent0", {.backend = live_backend}, ec);
    EXPECT_EQ(ec, nmx::errc::no_such_port) << ec.message();
    try {
        (void)open("netmap:nonexistent0");
        FAIL();
    } catch (nmx::error const& e) {
        EXPECT_FALSE(e.detail().empty()) << "the engine explains itself: " << e.what();
    }
}

TEST_F(engine, a_ring_that_is_not_there_is_named) {
    auto const port = open("vale_sdk3:a");
    std::error_code ec;
    (void)nmx::port::open("vale_sdk3:a-1", {.backend = live_backend}, ec);
    EXPECT_EQ(ec, nmx::errc::no_such_ring) << ec.message();
    (void)nmx::port::open("vale_sdk3:a^", {.backend = live_backend}, ec);
    EXPECT_EQ(ec, nmx::errc::no_host_rings) << ec.message();
}

TEST_F(engine, exclusive_rings_are_busy) {
    auto const port = open("vale_sdk4:a/x");
    std::error_code ec;
    (void)nmx::port::open("vale_sdk4:a", {.backend = live_backend}, ec);
    EXPECT_EQ(ec, nmx::errc::port_busy) << ec.message();
}

TEST_F(engine, memory_outlives_the_port) {
    nmx::region memory;
    std::uint32_t index = 0;
    {
        auto port = open("vale_sdk5:a", {.extra_buffers = 1});
        memory = port.memory();
        auto const b = port.buffers().try_allocate();
        ASSERT_TRUE(b);
        index = b.index();
        b.storage()[0] = std::byte{42};
        EXPECT_TRUE(memory.contains(b.storage().data()));
    }
    EXPECT_NE(index, 0U);
    EXPECT_GT(memory.size(), 0U);
    auto const entries = nmx::vale::list(live_backend);
    EXPECT_TRUE(
        std::ranges::none_of(entries, [](auto const& e) { return e.name == "vale_sdk5:a"; }));
}

TEST_F(engine, waits_time_out_and_are_woken) {
    auto a = open("netmap:lab6{1");
    auto b = open("netmap:lab6}1");
    EXPECT_EQ(b.wait_readable(0ns), wait_result::timed_out);
    EXPECT_EQ(b.wait_readable(5ms), wait_result::timed_out);
    std::jthread const sender{[&] {
        std::this_thread::sleep_for(20ms);
        EXPECT_TRUE(a.inject(pattern(60)));
        a.sync_tx();
    }};
    EXPECT_EQ(b.wait_readable(10s), wait_result::ready);
    EXPECT_EQ(b.rx_rings()[0].available(), 1U);
}

TEST_F(engine, S55_a_full_pipe_blocks_its_sender_until_the_receiver_reads) {
    auto a = open("netmap:lab7{1", {.tx_slots = 16, .rx_slots = 16});
    auto b = open("netmap:lab7}1");
    while (a.inject(pattern(60)))
        ;
    a.sync_tx();
    EXPECT_EQ(a.wait_writable(0ns), wait_result::timed_out);
    EXPECT_EQ(a.flush(2ms), wait_result::timed_out);
    std::jthread const reader{[&] {
        std::this_thread::sleep_for(20ms);
        EXPECT_EQ(receive(b, 15).size(), 15U);
        b.sync_rx();
    }};
    EXPECT_EQ(a.wait_writable(10s), wait_result::ready);
    EXPECT_EQ(a.flush(10s), wait_result::ready);
    EXPECT_EQ(a.tx_rings()[0].space(), 15U);
}

TEST_F(engine, S51_no_wake_up_is_lost_between_two_threads) {
    // Long when told to, short where a processor is emulated.
    bool const soak = ::getenv("NETMAPXX_SOAK_SECONDS") != nullptr;
    bool const slow = ::getenv("NETMAPXX_SLOW") != nullptr;
    std::uint32_t const packets = soak ? 10'000'000 : slow ? 5'000 : 200'000;
    auto a = open("netmap:lab8{1", {.tx_slots = 32, .rx_slots = 32});
    auto b = open("netmap:lab8}1");
    std::jthread const sender{[&] {
        for (std::uint32_t next = 0; next < packets;) {
            if (a.wait_writable(20s) != wait_result::ready) {
                ADD_FAILURE() << "the sender stalled at " << next;
                return;
            }
            auto batch = a.tx_rings()[0].reserve(1 + next % 7);
            while (batch.room() != 0 && next < packets) {
                ASSERT_TRUE(batch.append(std::as_bytes(std::span{&next, 1})));
                ++next;
            }
            batch.commit();
            a.sync_tx();
        }
    }};
    std::uint32_t expected = 0;
    std::uint32_t errors = 0;
    while (expected < packets) {
        if (b.wait_readable(20s) != wait_result::ready) {
            ADD_FAILURE() << "the receiver stalled at " << expected;
            break;
        }
        b.rx_rings()[0].consume([&](nmx::packet_view p) {
            std::uint32_t value = 0;
            p.copy_to(std::as_writable_bytes(std::span{&value, 1}));
            errors += value == expected ? 0 : 1;
            ++expected;
        });
        // Give the slots back now and then late, so that both sides sleep.
        if (expected % 3 == 0)
            b.sync_rx();
    }
    b.sync_rx();
    EXPECT_EQ(errors, 0U);
    EXPECT_EQ(expected, packets);
}

TEST_F(engine, forwards_without_copying_between_pipes_of_one_region) {
    auto in = open("netmap:lab9{in");
    auto from = open("netmap:lab9}in");
    auto to = open("netmap:lab9{out");
    auto out = open("netmap:lab9}out");
    ASSERT_EQ(from.memory(), to.memory());
    for (unsigned i = 0; i < 10; ++i)
        ASSERT_TRUE(in.inject(pattern(60 + i, i)));
    in.sync_tx();
    ASSERT_EQ(from.wait_readable(2s), wait_result::ready);
    auto const result = nmx::forward(from, to);
    EXPECT_EQ(result.exchanged, 10U);
    to.sync_tx();
    from.sync_rx();
    auto const got = receive(out, 10);
    ASSERT_EQ(got.size(), 10U);
    for (unsigned i = 0; i < 10; ++i)
        EXPECT_EQ(got[i], pattern(60 + i, i));
}

TEST_F(engine, counts_packets_and_drops_with_reasons) {
    auto a = open("vale_sdk10:a");
    ASSERT_TRUE(a.inject(pattern(60)));
    a.sync_tx();
    auto const stats = nmx::core_stats(nmx::port_spec{"vale_sdk10:a"}, live_backend);
    ASSERT_TRUE(stats.rings);
    ASSERT_FALSE(stats.rings->empty());
    std::uint64_t dropped = 0;
    for (auto const& ring : *stats.rings)
        for (auto const n : ring.drops)
            dropped += n;
    EXPECT_EQ(dropped, 1U); // nobody else is in the switch
    ASSERT_TRUE(stats.memory);
    EXPECT_EQ(stats.memory->id, a.info().memory_id);
}

TEST_F(engine, a_monitor_counts_for_itself) {
    auto a = open("netmap:lab12{1");
    auto b = open("netmap:lab12}1");
    auto const send = [&] {
        ASSERT_TRUE(a.inject(pattern(60)));
        a.sync_tx();
    };
    send();
    send();
    auto monitor = open("netmap:lab12{1/t");
    send();
    monitor.sync_rx();
    auto const packets = [](nmx::core_port_stats const& stats) {
        std::uint64_t sum = 0;
        for (auto const& ring : stats.rings.value())
            sum += ring.packets;
        return sum;
    };
    EXPECT_EQ(packets(monitor.core_stats()), 1U);
    EXPECT_EQ(packets(a.core_stats()), 3U);
    EXPECT_EQ(monitor.core_stats().opens, 1U);
}

TEST_F(engine, ports_without_an_interface_are_virtual) {
    auto a = open("vale_sdk12:a", {.adapter = nmx::adapter_choice::require_native});
    EXPECT_EQ(a.mode(), nmx::port_mode::virtual_);
    EXPECT_EQ(open("vale_sdk12:a/r").mode(), nmx::port_mode::virtual_);
    EXPECT_EQ(open("netmap:lab13{1", {.adapter = nmx::adapter_choice::require_emulated}).mode(),
              nmx::port_mode::virtual_);
}

TEST_F(engine, a_monitor_sees_traffic_and_its_direction) {
    auto a = open("netmap:lab11{1");
    auto b = open("netmap:lab11}1");
    auto monitor = open("netmap:lab11{1/rt");
    EXPECT_TRUE(monitor.tx_rings().empty());
    ASSERT_TRUE(a.inject(pattern(60)));
    a.sync_tx();
    ASSERT_EQ(monitor.wait_readable(2s), wait_result::ready);
    monitor.rx_rings()[0].consume([](nmx::packet_view p) {
        EXPECT_TRUE(p.from_tx_monitor());
        EXPECT_EQ(bytes_of(p), pattern(60));
    });
    ASSERT_TRUE(b.inject(pattern(70)));
    b.sync_tx();
    a.sync_rx();
    ASSERT_EQ(monitor.wait_readable(2s), wait_result::ready);
    monitor.rx_rings()[0].consume([](nmx::packet_view p) { EXPECT_FALSE(p.from_tx_monitor()); });
}

TEST_F(engine, S54_a_monitor_whose_target_closed_is_gone) {
    auto a = open("netmap:lab12{1");
    auto monitor = open("netmap:lab12{1/rt");
    std::jthread const closer{[&] {
        std::this_thread::sleep_for(20ms);
        a.close();
    }};
    std::error_code ec;
    EXPECT_EQ(monitor.wait_readable(10s, ec), wait_result::error_event);
    EXPECT_EQ(ec, nmx::errc::port_gone) << ec.message();
}

TEST_F(engine, a_monitor_of_nothing_cannot_be_opened) {
    std::error_code ec;
    (void)nmx::port::open("netmap:lab13{1/rt", {.backend = live_backend}, ec);
    EXPECT_TRUE(ec);
}

TEST_F(engine, one_port_per_ring_carries_all_rings) {
    auto const ports = [] {
        return nmx::port::open_per_ring(nmx::port_spec{"vale_sdk14:a@conf:rings=4"},
                                        {.backend = live_backend});
    }();
    ASSERT_EQ(ports.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        ASSERT_EQ(ports[i].rx_rings().size(), 1U);
        EXPECT_EQ(ports[i].rx_rings()[0].index(), i);
        EXPECT_EQ(ports[i].memory(), ports[0].memory());
    }
}

TEST_F(engine, S39_a_bad_head_is_reported_as_a_reset) {
    auto a = open("netmap:lab15{1");
    auto& ctl = a.tx_rings()[0].control();
    ctl.publish(ctl.tail(), ctl.tail());
    a.sync_tx();
    ctl.head = ctl.cur = 5; // beyond what the program owns
    ctl.publish(5, 5);
    EXPECT_EQ(a.sync_tx(std::nothrow), nmx::errc::ring_reset);
    EXPECT_EQ(a.stats().tx.resets, 1U);
    EXPECT_FALSE(a.sync_tx(std::nothrow));
}

TEST_F(engine, opening_and_closing_leaks_no_descriptors) {
    for (int i = 0; i < 300; ++i) {
        auto const port = open("vale_sdk16:a");
        ASSERT_TRUE(port.is_open());
    }
}

} // namespace

} // namespace netmapxx_tests
