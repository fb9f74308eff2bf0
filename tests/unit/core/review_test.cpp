// SPDX-License-Identifier: BSD-2-Clause
#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <thread>
#include <unistd.h>

#include "support.hpp"

using namespace core_test;

class Review : public core {};

TEST_F(Review, AnOrdinaryBatchIsCleanUnderTheSanitizers) {
    port a("vale0:a"), b("vale0:b");
    ASSERT_EQ(a.error(), 0);
    ASSERT_TRUE(put(a.tx(), {frame(0x010203040502, 0x010203040504)}));
    EXPECT_EQ(a.txsync(), 0);
    EXPECT_EQ(b.rxsync(), 0);
    EXPECT_EQ(take(b.rx()).size(), 1u);
}

// The number of a batch wraps; destinations never used before carry 0.
TEST_F(Review, TheNumberOfABatchMayWrap) {
    port a("vale0:a"), b("vale0:b"), c("vale0:c");
    ASSERT_TRUE(put(b.tx(), {frame(0xffffffffffff, 0xb0)}));
    EXPECT_EQ(b.txsync(), 0);
    probe_set_batch(a.kring(true), 0xffffffff); // an hour of small syncs away
    ASSERT_TRUE(put(a.tx(), {frame(0xb0, 0xa0)}));
    alarm(10);
    EXPECT_EQ(a.txsync(), 0);
    alarm(0);
    EXPECT_EQ(b.rxsync(), 0);
    EXPECT_EQ(take(b.rx()).size(), 1u);
    c.rxsync();
    EXPECT_EQ(take(c.rx()).size(), 1u) << "only b's broadcast";
    EXPECT_EQ(a.stats(true).nr_drops[NETMAP_DROP_NO_DEST], 0u);
}

TEST_F(Review, ABigPipeOutOfNothingOpens) {
    port p("nothing{1", {.tx_slots = 4096, .rx_slots = 4096});
    EXPECT_EQ(p.error(), 0) << p.text();
}

TEST_F(Review, ABigPipeOnANewSwitchPortOpens) {
    port p("vale0:x{1", {.tx_slots = 2048, .rx_slots = 2048});
    EXPECT_EQ(p.error(), 0) << p.text();
}

TEST_F(Review, PipesOnPipesDoNotGoAsDeepAsTheNameIsLong) {
    std::string name = "a";
    while (name.size() < 61)
        name += "{1";
    EXPECT_EQ(port(name).error(), EINVAL); // 30 levels of recursion on a kernel stack
}

// Header of a ring that was kept for the other end.
TEST_F(Review, AnEndOfAPipeThatIsOpenedAgainHasASaneHeader) {
    port m("x{1"), s("x}1");
    netmap_ring* r = s.rx();
    r->head = r->cur = 0xffffffff;
    r->num_slots = 7;
    r->flags = NR_FORWARD;
    r->nr_buf_size = 1;
    std::memset(r->sem, 0x55, sizeof(r->sem));
    s.close();
    port again("x}1");
    ASSERT_EQ(again.error(), 0);
    r = again.rx();
    EXPECT_EQ(r->head, 0u);
    EXPECT_EQ(r->cur, 0u);
    EXPECT_EQ(r->num_slots, again.reply().nr_rx_slots);
    EXPECT_EQ(r->flags, 0u);
    EXPECT_EQ(r->nr_buf_size, 2048u);
    EXPECT_EQ(r->sem[0], 0);
}

// Honest: zero-copy forwarding from a pipe into another port of the region.
TEST_F(Review, BuffersSwappedOutOfAPipeAreAllFreeInTheEnd) {
    port keeper("x{keep");
    uint32_t before = keeper.stats(true).nr_bufs_used;
    uint16_t mem = keeper.reply().nr_mem_id;
    {
        port m("x{1"), s("x}1"), v("vale0:v", {.mem_id = mem});
        ASSERT_EQ(v.error(), 0) << v.text();
        ASSERT_TRUE(put(m.tx(), {"abc"}));
        m.txsync();
        s.rxsync();
        ASSERT_EQ(s.rx()->tail, 1u);
        std::swap(s.rx()->slot[0].buf_idx, v.tx()->slot[0].buf_idx);
        s.rx()->slot[0].flags = NS_BUF_CHANGED;
        s.rx()->head = s.rx()->cur = 1;
        s.rxsync();
        v.close(); // before the sender took the slot back
        m.txsync();
    }
    EXPECT_EQ(keeper.stats(true).nr_bufs_used, before);
}

TEST_F(Review, ExtraBuffersInARingAndNotInTheListAreAllFreeInTheEnd) {
    port keeper("vale0:k");
    uint32_t before = keeper.stats(true).nr_bufs_used;
    uint16_t mem = keeper.reply().nr_mem_id;
    {
        port v("vale0:v", {.mem_id = mem});
        {
            port x("n", {.mem_id = mem, .extra_bufs = 4, .mode = NR_REG_NULL});
            ASSERT_EQ(x.error(), 0) << x.text();
            uint32_t e = x.nifp()->ni_bufs_head;
            x.nifp()->ni_bufs_head = 0; // the program keeps them in its own books
            v.tx()->slot[0].buf_idx = e;
        }
    }
    EXPECT_EQ(keeper.stats(true).nr_bufs_used, before);
}

TEST_F(Review, ABadIndirectAddressIsTriedOnceOrTwice) {
    port a("vale0:a"), b("vale0:b");
    for (int i = 0; i < 1023; i++) {
        netmap_slot& s = a.tx()->slot[i];
        s.flags = NS_INDIRECT;
        s.ptr = 0x1000;
        s.len = 60;
    }
    a.tx()->head = a.tx()->cur = 1023;
    a.txsync();
    auto st = a.stats(true);
    EXPECT_EQ(st.nr_drops[NETMAP_DROP_BAD_INDIRECT], 1023u);
    EXPECT_LT(st.nr_syncs, 4000u);
}

TEST_F(Review, BytesSentAreCounted) {
    port a("vale0:a"), b("vale0:b");
    put(a.tx(), {frame(0xffffffffffff, 2, 100)});
    a.txsync();
    EXPECT_EQ(a.stats(true).nr_bytes, 100u);
    EXPECT_EQ(b.stats(false).nr_bytes, 100u);
}

TEST_F(Review, BufChangedIsClearedInAllSlotsOfAChain) {
    port a("vale0:a"), b("vale0:b");
    put(a.tx(), {frame(0xffffffffffff, 2), "more"});
    a.tx()->slot[0].flags |= NS_BUF_CHANGED;
    a.tx()->slot[1].flags |= NS_BUF_CHANGED;
    a.txsync();
    EXPECT_EQ(a.tx()->slot[0].flags, NS_MOREFRAG);
    EXPECT_EQ(a.tx()->slot[1].flags, 0);
}

TEST_F(Review, ATooLongPacketIsCountedWhereItIsLost) {
    nm_params.priv_buf_size = 2048;
    port a("vale0:a");
    nm_params.priv_buf_size = 512;
    port b("vale0:b");
    put(a.tx(), {frame(0xffffffffffff, 2, 1000)});
    a.txsync();
    b.rxsync();
    EXPECT_EQ(b.rx()->slot[0].len, 0);
    EXPECT_EQ(b.stats(false).nr_drops[NETMAP_DROP_TOO_LONG], 1u);
}

TEST_F(Review, BytesOfAPipePacketInTwoSyncsAreCounted) {
    port m("x{1"), s("x}1");
    put(m.tx(), {"abc", "de"});
    m.tx()->head = m.tx()->cur = 1;
    m.txsync();
    m.tx()->head = m.tx()->cur = 2;
    m.txsync();
    EXPECT_EQ(m.stats(true).nr_bytes, 5u);
    EXPECT_EQ(m.stats(true).nr_packets, 1u);
}

TEST_F(Review, ASyncEndsAlthoughSomebodyGoesOnSubmitting) {
    port a("vale0:a"), b("vale0:b");
    netmap_ring* r = a.tx();
    for (uint32_t i = 0; i < r->num_slots; i++) {
        r->slot[i].flags = NS_INDIRECT;
        r->slot[i].ptr = 0x1000;
        r->slot[i].len = 60;
    }
    std::atomic<bool> stop{false};
    std::thread partner([&] {
        while (!stop) {
            uint32_t t = __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE);
            __atomic_store_n(&r->cur, t, __ATOMIC_RELAXED);
            __atomic_store_n(&r->head, t, __ATOMIC_RELEASE);
        }
    });
    std::atomic<bool> done{false};
    std::thread syncer([&] {
        a.txsync();
        done = true;
    });
    auto end = std::chrono::steady_clock::now() + std::chrono::seconds(3);
    while (!done && std::chrono::steady_clock::now() < end)
        std::this_thread::yield();
    EXPECT_TRUE(done) << "one sync took more than 3 s";
    stop = true;
    partner.join();
    syncer.join();
}

TEST_F(Review, ARingWithRoomIsWritableWhileAnotherThreadSyncsIt) {
    port a("vale0:a"), b("vale0:b");
    std::atomic<bool> stop{false};
    std::thread other([&] {
        while (!stop)
            a.txsync();
    });
    int lost = 0;
    for (int i = 0; i < 200000; i++)
        lost += a.poll(NM_POLLOUT) != NM_POLLOUT;
    stop = true;
    other.join();
    EXPECT_EQ(lost, 0) << "polls that would have slept, with nobody to wake them";
}

static uint64_t sweep(const std::function<int()>& action) {
    probe_fail_allocation(0);
    EXPECT_EQ(action(), 0);
    uint64_t n = probe_fail_allocation(0), failed = 0;
    for (uint64_t i = 1; i <= n; i++) {
        probe_fail_allocation(i);
        int err = action();
        probe_fail_allocation(0);
        failed += err != 0;
        EXPECT_TRUE(err == 0 || err == ENOMEM) << "allocation " << i << " of " << n << ": " << err;
        EXPECT_EQ(action(), 0) << "after allocation " << i;
    }
    return failed;
}

TEST_F(Review, EveryAllocationOfARegistrationMayFail) {
    // short rings: each of their clusters of buffers is an allocation
    wish few{.tx_rings = 2, .rx_rings = 3, .tx_slots = 80, .rx_slots = 80};
    EXPECT_GT(sweep([&] { return port("vale0:a", few).error(); }), 5u);
    few.extra_bufs = 100;
    EXPECT_GT(sweep([&] { return port("vale0:a", few).error(); }), 5u);
    few = {.tx_slots = 80, .rx_slots = 80};
    EXPECT_GT(sweep([&] { return port("x{1", few).error(); }), 5u);
    few.tx_rings = 3;
    EXPECT_GT(sweep([&] { return port("x{1}2{3", few).error(); }), 5u);
    wish null{.tx_rings = 1, .tx_slots = 8, .mem_id = 1, .mode = NR_REG_NULL};
    EXPECT_GT(sweep([&] { return port("n", null).error(); }), 5u);
    few = {.tx_slots = 80, .rx_slots = 80};
    port a("vale0:a", few), m("vale0:a{1", few);
    uint32_t used = a.stats(true).nr_bufs_used;
    uint16_t mem = a.reply().nr_mem_id;
    few.mem_id = mem;
    EXPECT_GT(sweep([&] { return port("vale0:b", few).error(); }), 3u);
    EXPECT_EQ(a.stats(true).nr_bufs_used, used);
    EXPECT_GT(sweep([&] { return port("vale0:a{2", few).error(); }), 3u);
    EXPECT_EQ(a.stats(true).nr_bufs_used, used);
    sweep([&] { return port("vale0:a", {.extra_bufs = 4}).error(); });
    EXPECT_EQ(a.stats(true).nr_bufs_used, used);
    nmreq_port_info_get info{};
    sweep([&] {
        info = {};
        return request(a.binding(), NETMAP_REQ_PORT_INFO_GET, "vale1:z{2", &info);
    });
    EXPECT_EQ(a.stats(true).nr_bufs_used, used);
}
