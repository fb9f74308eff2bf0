// SPDX-License-Identifier: BSD-2-Clause
// Ports on the embedded engine, step by step and in one.
#include "support.hpp"

#include <poll.h>
#include <thread>

using namespace compat_test;

namespace {

TEST(Port, SwitchPortsExchangePackets) {
    context ctx;
    auto const a = open_port("vale0:a");
    auto const b = open_port("vale0:b");
    ASSERT_TRUE(a && b) << ctx.last();
    EXPECT_TRUE(a->register_done && a->mmap_done && a->nifp);
    EXPECT_EQ(a->first_tx_ring, 0);
    EXPECT_EQ(a->last_tx_ring, 0);
    EXPECT_NE(a->mem, b->mem) << "each has a region of its own";
    for (std::size_t size : {60u, 1514u, 5000u}) {
        EXPECT_TRUE(send(a, frame(7, size)));
        EXPECT_EQ(receive(b), frame(7, size));
    }
    EXPECT_TRUE(receive(b).empty());
}

TEST(Port, EveryStepCanBeUndoneAndDoneAgain) {
    context ctx;
    nmport_d* const d = nmport_new();
    ASSERT_NE(d, nullptr);
    EXPECT_EQ(nmport_mmap(d), -1) << "not registered";
    EXPECT_EQ(errno, EINVAL);
    for (int round = 0; round < 3; ++round) {
        ASSERT_EQ(nmport_parse(d, "vale0:a@conf:rings=3,slots=64"), 0);
        ASSERT_EQ(nmport_register(d), 0) << ctx.last();
        EXPECT_GE(d->fd, 0);
        EXPECT_EQ(nmport_register(d), -1);
        EXPECT_EQ(errno, EINVAL);
        ASSERT_EQ(nmport_mmap(d), 0) << ctx.last();
        EXPECT_EQ(nmport_mmap(d), -1);
        EXPECT_EQ(errno, EINVAL);
        EXPECT_EQ(d->last_tx_ring, 2);
        EXPECT_EQ(d->last_rx_ring, 2);
        EXPECT_EQ(NETMAP_RXRING(d->nifp, 2)->num_slots, 64u);
        nmport_undo_mmap(d);
        EXPECT_EQ(d->nifp, nullptr);
        EXPECT_EQ(d->mem, nullptr);
        ASSERT_EQ(nmport_mmap(d), 0) << ctx.last();
        nmport_undo_open_desc(d);
        EXPECT_EQ(d->fd, -1);
        ASSERT_EQ(nmport_open_desc(d), 0) << ctx.last();
        nmport_undo_mmap(d);
        nmport_undo_register(d);
        nmport_undo_parse(d);
    }
    nmport_delete(d);
    nmport_close(nullptr);
    nmport_undo_prepare(nullptr);
    nmport_delete(nullptr);
}

TEST(Port, FailuresAreExplainedAndLeaveNothing) {
    context ctx;
    errno = 0;
    EXPECT_EQ(nmport_open("netmap:no_such_if"), nullptr);
    EXPECT_EQ(errno, ENXIO);
    EXPECT_NE(ctx.last().find("no_such_if"), std::string::npos) << ctx.last();
    auto const a = open_port("vale0:a/x");
    ASSERT_TRUE(a);
    EXPECT_EQ(nmport_open("vale0:a"), nullptr);
    EXPECT_EQ(errno, EBUSY);
    EXPECT_NE(ctx.last().find("vale0:a"), std::string::npos) << ctx.last();
    EXPECT_EQ(nmport_open("vale0:b@60000"), nullptr);
    EXPECT_EQ(errno, EINVAL);
}

TEST(Port, PipesShareTheirRegionAndAMonitorSees) {
    context ctx;
    auto const left = open_port("vale0:p{1");
    auto const right = open_port("vale0:p}1");
    ASSERT_TRUE(left && right) << ctx.last();
    EXPECT_EQ(left->mem, right->mem);
    auto const monitor = open_port("vale0:p}1/r");
    ASSERT_TRUE(monitor) << ctx.last();
    EXPECT_TRUE(send(left, frame(3)));
    EXPECT_EQ(receive(right), frame(3));
    EXPECT_EQ(receive(monitor), frame(3));
}

TEST(Port, ClosingOnePortKeepsTheRegionOfTheOther) {
    context ctx;
    auto left = open_port("vale0:p{1");
    auto const right = open_port("vale0:p}1");
    ASSERT_TRUE(left && right) << ctx.last();
    netmap_ring* const ring = NETMAP_RXRING(right->nifp, 0);
    left.reset();
    EXPECT_EQ(ring->num_slots, NETMAP_TXRING(right->nifp, 0)->num_slots);
    left = open_port("vale0:p{1");
    ASSERT_TRUE(left) << ctx.last();
    EXPECT_TRUE(send(left, frame(4)));
    EXPECT_EQ(receive(right), frame(4));
}

TEST(Port, ClonesOpenTheRingsOfAPortOneByOne) {
    context ctx;
    port first{nmport_prepare("vale0:a@conf:rings=4")};
    ASSERT_TRUE(first);
    first->reg.nr_mode = NR_REG_ONE_NIC;
    ASSERT_EQ(nmport_open_desc(first.get()), 0) << ctx.last();
    auto const peer = open_port("vale0:peer");
    std::vector<port> clones;
    for (std::uint16_t i = 1; i < 4; ++i) {
        clones.emplace_back(nmport_clone(first.get()));
        auto& c = clones.back();
        ASSERT_TRUE(c);
        EXPECT_EQ(c->fd, -1);
        EXPECT_EQ(c->mem, nullptr);
        c->reg.nr_ringid = i;
        ASSERT_EQ(nmport_open_desc(c.get()), 0) << ctx.last();
        EXPECT_EQ(c->mem, first->mem);
        EXPECT_EQ(c->first_tx_ring, i);
        EXPECT_EQ(c->last_tx_ring, i);
        EXPECT_EQ(c->first_rx_ring, i);
        EXPECT_TRUE(send(c, frame(static_cast<std::uint8_t>(i))));
        EXPECT_EQ(receive(peer), frame(static_cast<std::uint8_t>(i)));
    }
}

TEST(Port, OneDirectionBindsNoRingOfTheOther) {
    context ctx;
    auto const rx = open_port("vale0:a/R");
    auto const tx = open_port("vale0:b/T");
    ASSERT_TRUE(rx && tx) << ctx.last();
    EXPECT_GT(rx->first_tx_ring, rx->last_tx_ring);
    EXPECT_GT(tx->first_rx_ring, tx->last_rx_ring);
    auto const bytes = frame(1);
    EXPECT_EQ(nmport_inject(rx.get(), bytes.data(), bytes.size()), 0);
    EXPECT_TRUE(send(tx, bytes));
    EXPECT_EQ(receive(rx), bytes);
}

TEST(Port, InjectFillsEveryRingAndThenSaysNo) {
    context ctx;
    auto const a = open_port("vale0:a@conf:rings=3,slots=8");
    ASSERT_TRUE(a) << ctx.last();
    auto const bytes = frame(9);
    int n = 0;
    while (nmport_inject(a.get(), bytes.data(), bytes.size()) != 0)
        ++n;
    EXPECT_EQ(n, 3 * 7);
    auto const closed = port{nmport_prepare("vale0:b")};
    EXPECT_EQ(nmport_inject(closed.get(), bytes.data(), bytes.size()), 0) << "not open";
}

TEST(Port, InjectTakesWholePacketsOnly) {
    context ctx;
    auto const a = open_port("vale0:a@conf:slots=4");
    auto const b = open_port("vale0:b");
    ASSERT_TRUE(a && b) << ctx.last();
    auto const size = NETMAP_TXRING(a->nifp, 0)->nr_buf_size;
    EXPECT_EQ(nmport_inject(a.get(), frame(1, 3 * size + 1).data(), 3 * size + 1), 0);
    EXPECT_TRUE(send(a, frame(1, 3 * size)));
    EXPECT_EQ(receive(b), frame(1, 3 * size));
}

TEST(Port, TheDescriptorPollsLikeTheDevices) {
    context ctx;
    auto const a = open_port("vale0:a");
    auto const b = open_port("vale0:b");
    ASSERT_TRUE(a && b) << ctx.last();
    pollfd p{b->fd, POLLIN, 0};
    EXPECT_EQ(poll(&p, 1, 0), 0);
    auto const bytes = frame(2);
    std::thread sender([&] {
        EXPECT_NE(nmport_inject(a.get(), bytes.data(), bytes.size()), 0);
        pollfd push{a->fd, 0, 0};
        EXPECT_EQ(poll(&push, 1, 0), 0); // pushes, as events or not
    });
    EXPECT_EQ(poll(&p, 1, 20000), 1);
    EXPECT_EQ(p.revents, POLLIN);
    sender.join();
    EXPECT_EQ(receive(b), bytes);
}

} // namespace
