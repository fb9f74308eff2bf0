// SPDX-License-Identifier: BSD-2-Clause
// What programs look like: each function here is one way of using the library,
// built as it would be in a program. Most are called on the embedded engine.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <poll.h>
#include <stop_token>

#include <gtest/gtest.h>

#include <netmap_engine.h>
#include <netmapxx/netmapxx.hpp>

namespace netmapxx_tests {

namespace {

namespace nmx = netmapxx;
using namespace std::chrono_literals;

// Receive loop.
std::size_t count(nmx::port& p, std::size_t wanted) {
    std::size_t packets = 0;
    while (packets < wanted) {
        if (p.wait_readable(1s) != nmx::wait_result::ready)
            break;
        for (nmx::rx_ring const ring : p.rx_rings()) {
            auto batch = ring.peek();
            for (nmx::packet_view const pkt : batch)
                packets += pkt.size() == 60 ? 1 : 0;
            batch.release();
        }
    }
    return packets;
}

// Opening without exceptions.
bool try_open(nmx::port& out) {
    std::error_code ec;
    auto const spec = nmx::port_spec::parse("vale_snip:a/x@conf:rings=2,slots=512", ec);
    if (ec)
        return false;
    out = nmx::port::open(spec, {.backend = nmx::backend_kind::embedded, .extra_buffers = 32}, ec);
    return ec != std::errc::device_or_resource_busy && !ec;
}

// Reserve, fill, commit, sync.
std::size_t send_copies(nmx::port& p, std::span<std::byte const> frame, std::size_t n) {
    std::size_t sent = 0;
    for (nmx::tx_ring const ring : p.tx_rings()) {
        auto batch = ring.reserve(n - sent);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            auto const slot = batch[i];
            std::ranges::copy(frame, slot.buffer().begin());
            slot.prepare(frame.size());
        }
        sent += batch.commit(batch.size());
    }
    p.sync_tx();
    return sent;
}

// Zero-copy transmit: rewrites only exchanged buffers.
std::size_t refill(nmx::tx_ring ring, std::span<std::byte const> frame) {
    auto batch = ring.reserve(ring.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        auto const slot = batch[i];
        if (slot.buffer_changed())
            std::ranges::copy(frame, slot.buffer().begin());
        slot.prepare(frame.size());
    }
    return batch.commit(batch.size());
}

// Bridge step with a filter.
void step(nmx::port& a, nmx::port& b) {
    auto const keep = [](nmx::packet_view p) {
        return p.size() >= 60 ? nmx::verdict::pass : nmx::verdict::drop;
    };
    auto const r = nmx::forward(a.rx_rings()[0], b.tx_rings()[0], 512, keep);
    if (r.packets != 0)
        b.sync_tx();
    if (r.reason == nmx::stop_reason::destination_full)
        b.wait_writable(10ms);
}

// NIC <-> host stack: built, but no interface is here to run it on; see splice_test.cpp.
[[maybe_unused]] void run_host(std::stop_token st) {
    nmx::host::offload_guard const offloads{"eth0"};
    nmx::host::splice splice{nmx::port_spec{"netmap:eth0*"}};
    while (!st.stop_requested())
        if (splice.pump(1024) == 0)
            splice.port().wait_readable(100ms);
}

// Monitor with direction, chained packets flattened.
std::uint64_t outgoing_bytes(nmx::port& mon, std::span<std::byte> scratch) {
    std::uint64_t total = 0;
    mon.sync_rx();
    for (nmx::rx_ring const ring : mon.rx_rings())
        ring.consume([&](nmx::packet_view p) {
            if (p.from_tx_monitor())
                total += p.flatten(scratch).size();
            return true;
        });
    return total;
}

// Switch administration and a pipe.
bool admin() {
    for (auto const& e : nmx::vale::list())
        std::printf("%s %u:%u\n", e.name.c_str(), e.switch_index, e.port_index);
    auto [left, right] = nmx::make_pipe("lab", "0", {.tx_slots = 1024, .rx_slots = 1024});
    return left.memory() == right.memory();
}

// Keeps a packet beyond its ring time.
nmx::buffer keep_first(nmx::port& p) {
    for (nmx::rx_ring const ring : p.rx_rings()) {
        auto batch = ring.peek(1);
        if (batch.empty())
            continue;
        nmx::buffer held = p.buffers().try_allocate();
        if (held)
            held.exchange(batch.slots()[0]);
        batch.release();
        return held;
    }
    return {};
}

// Foreign reactor: arm, sync, look, and only then sleep.
bool poll_two(nmx::port& a, nmx::port& b) {
    auto const ha = a.wait_handle(nmx::direction::rx);
    auto const hb = b.wait_handle(nmx::direction::rx);
    std::array<pollfd, 2> fds{{{ha.fd, ha.events, 0}, {hb.fd, hb.events, 0}}};
    a.arm(nmx::direction::rx);
    b.arm(nmx::direction::rx);
    a.sync_rx();
    b.sync_rx();
    if (a.rx_rings()[0].empty() && b.rx_rings()[0].empty())
        ::poll(fds.data(), fds.size(), 1000);
    a.sync_rx();
    b.sync_rx();
    return !a.rx_rings()[0].empty() || !b.rx_rings()[0].empty();
}

class snippets : public testing::Test {
  protected:
    void SetUp() override {
        int const d = nm_engine_open();
        if (d < 0)
            GTEST_SKIP() << "no engine in this build";
        nm_engine_close(d);
    }
    static nmx::port open(std::string_view spec, std::uint32_t extra = 0) {
        return nmx::port{spec, {.backend = nmx::backend_kind::embedded, .extra_buffers = extra}};
    }
    std::array<std::byte, 60> frame{};
};

TEST_F(snippets, S15_send_and_receive) {
    auto a = open("netmap:snip1{1");
    auto b = open("netmap:snip1}1");
    EXPECT_EQ(send_copies(a, frame, 10), 10U);
    EXPECT_TRUE(poll_two(a, b));
    EXPECT_EQ(count(b, 10), 10U);
    EXPECT_GT(refill(a.tx_rings()[0], frame), 0U);
}

TEST_F(snippets, S15_open_without_exceptions) {
    nmx::port port;
    EXPECT_TRUE(try_open(port));
    nmx::port second;
    EXPECT_FALSE(try_open(second));
}

TEST_F(snippets, S15_monitor) {
    auto [left, right] = nmx::make_pipe("snip3", "0", {.backend = nmx::backend_kind::embedded});
    auto seen =
        nmx::monitor::open(left.info().spec, {.open = {.backend = nmx::backend_kind::embedded}});
    EXPECT_EQ(send_copies(left, frame, 4), 4U);
    EXPECT_EQ(send_copies(right, frame, 2), 2U);
    left.sync_rx();
    std::array<std::byte, 2048> scratch{};
    EXPECT_EQ(outgoing_bytes(seen, scratch), 4 * frame.size());
}

TEST_F(snippets, S15_switches_and_a_pipe) {
    ::setenv("NETMAPXX_BACKEND", "embedded", 1);
    EXPECT_TRUE(admin());
    ::unsetenv("NETMAPXX_BACKEND");
}

TEST_F(snippets, S15_bridge_and_keep) {
    auto in = open("netmap:snip2{in");
    auto from = open("netmap:snip2}in", 1);
    auto to = open("netmap:snip2{out");
    auto out = open("netmap:snip2}out");
    EXPECT_EQ(send_copies(in, frame, 3), 3U);
    ASSERT_EQ(from.wait_readable(2s), nmx::wait_result::ready);
    auto const kept = keep_first(from);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept.length(), 60U);
    step(from, to);
    EXPECT_EQ(count(out, 2), 2U);
}

} // namespace

} // namespace netmapxx_tests
