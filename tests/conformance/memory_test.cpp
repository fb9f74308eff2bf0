// SPDX-License-Identifier: BSD-2-Clause
// Mapping and layout of a region, fresh rings, extra buffers (checks A68 to
// A75, D1, D2, D14).
#include "fixture.hpp"

namespace conformance {
namespace {

class Memory : public suite {};

TEST_F(Memory, A68_unbound_descriptor_cannot_be_mapped) {
    descriptor d;
    EXPECT_ERR(EINVAL, mapping(d, page).error());
}

TEST_F(Memory, A69_any_page_inside_the_region_can_be_mapped) {
    descriptor d;
    reg body;
    ASSERT_OK(d.bind("vale0:a", body));
    ASSERT_EQ(0u, body.nr_memsize % page);
    EXPECT_OK(mapping(d, body.nr_memsize).error());
    EXPECT_OK(mapping(d, page).error());
    EXPECT_OK(mapping(d, page, body.nr_memsize - page).error());
    EXPECT_OK(mapping(d, body.nr_memsize - page, page).error());
    EXPECT_OK(mapping(d, 100).error()) << "any length";
}

TEST_F(Memory, A70_nothing_outside_the_region_can_be_mapped) {
    descriptor d;
    reg body;
    ASSERT_OK(d.bind("vale0:a", body));
    const uint64_t size = body.nr_memsize;
    EXPECT_ERR(EINVAL, mapping(d, size + page).error());
    EXPECT_ERR(EINVAL, mapping(d, page, size).error());
    EXPECT_ERR(EINVAL, mapping(d, 2 * page, size - page).error());
    EXPECT_ERR(EINVAL, mapping(d, size, page).error());
    EXPECT_TRUE(one_of(mapping(d, page, (uint64_t{1} << 63) - page).error(), {EINVAL, EOVERFLOW}));
    EXPECT_ERR(EINVAL, mapping(d, page, 100).error()) << "offset inside a page";
    EXPECT_ERR(EINVAL, mapping(d, 0).error()) << "no length";
}

TEST_F(Memory, several_mappings_show_the_same_memory) {
    port p;
    ASSERT_OK(p.open("vale0:a"));
    const mapping whole(p.fd(), p.reply.nr_memsize);
    ASSERT_OK(whole.error());
    const uint64_t at = static_cast<uint64_t>(reinterpret_cast<uint8_t*>(p.tx().raw()) - p.mem());
    const uint64_t first = at & ~(page - 1);
    const mapping part(p.fd(), page, first);
    ASSERT_OK(part.error());
    p.tx().raw()->sem[9] = 42;
    constexpr size_t sem = offsetof(netmap_ring, sem) + 9;
    EXPECT_EQ(42, whole.base()[at + sem]);
    if (at - first + sem < page) {
        EXPECT_EQ(42, part.base()[at - first + sem]);
    }
}

TEST_F(Memory, A71_heir_uses_the_mapping_after_the_owner_closed) {
    port p;
    ASSERT_OK(p.open("vale0:a"));
    p.tx().raw()->sem[0] = 7;
    const int fd = p.fd().release();
    const bool worked = the_host().run_in_heir(fd, [&] {
        const bool seen = p.tx().raw()->sem[0] == 7;
        p.tx().raw()->sem[1] = 8;
        return seen && switch_ports() == std::vector<std::string>{"vale0:a"};
    });
    EXPECT_TRUE(worked);
    EXPECT_EQ(8, p.tx().raw()->sem[1]);
    p.unmap();
}

TEST_F(Memory, A72_layout_follows_the_formulas) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().rings(3, 2).slots(100, 60)));
    nmreq_pools_info pools{};
    ASSERT_OK(pools_info("vale0:a", pools));
    EXPECT_EQ(p.reply.nr_memsize, pools.nr_memsize);
    EXPECT_EQ(p.reply.nr_mem_id, pools.nr_mem_id);
    EXPECT_EQ(0u, p.reply.nr_offset % pools.nr_if_pool_objsize);
    EXPECT_LT(p.reply.nr_offset, pools.nr_ring_pool_offset);
    for (const ring& r : p.rings()) {
        const auto at = static_cast<uint64_t>(reinterpret_cast<uint8_t*>(r.raw()) - p.mem());
        EXPECT_GE(at, pools.nr_ring_pool_offset);
        EXPECT_LT(at, pools.nr_buf_pool_offset);
        EXPECT_EQ(0u, (at - pools.nr_ring_pool_offset) % pools.nr_ring_pool_objsize);
        EXPECT_EQ(pools.nr_buf_pool_offset - at, static_cast<uint64_t>(r.raw()->buf_ofs));
        EXPECT_EQ(pools.nr_buf_pool_objsize, r.buf_size());
        EXPECT_LE(sizeof(netmap_ring) + r.slots() * sizeof(netmap_slot),
                  pools.nr_ring_pool_objsize);
    }
}

TEST_F(Memory, A72_every_slot_has_a_buffer_of_its_own) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a", reg().rings(3, 2).slots(100, 60).extra(30)));
    ASSERT_OK(b.open("vale0:b", reg().mem(a.reply.nr_mem_id).slots(50).extra(10)));
    nmreq_pools_info pools{};
    ASSERT_OK(pools_info("vale0:a", pools));
    std::vector<uint32_t> all = a.ring_indices();
    for (const auto& more : {b.ring_indices(), a.extra_list(), b.extra_list()}) {
        all.insert(all.end(), more.begin(), more.end());
    }
    EXPECT_EQ(3u * 100 + 2 * 60 + 2 * 50 + 30 + 10, all.size());
    EXPECT_TRUE(all_different(all));
    EXPECT_GE(*std::min_element(all.begin(), all.end()), 2u);
    EXPECT_LT(*std::max_element(all.begin(), all.end()), pools.nr_buf_pool_objtotal);
}

TEST_F(Memory, A73_D1_fresh_tx_rings) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().rings(2, 2).slots(100, 60)));
    for (unsigned i = 0; i < 2; ++i) {
        const ring r = p.tx(i);
        EXPECT_EQ(0u, r.head());
        EXPECT_EQ(0u, r.cur());
        EXPECT_EQ(99u, r.tail());
        EXPECT_EQ(100u, r.slots());
        EXPECT_EQ(1, r.raw()->dir);
        EXPECT_EQ(i, r.raw()->ringid);
        EXPECT_EQ(0u, r.raw()->flags);
    }
}

TEST_F(Memory, A73_D2_fresh_rx_rings) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().rings(2, 2).slots(100, 60)));
    for (unsigned i = 0; i < 2; ++i) {
        const ring r = p.rx(i);
        EXPECT_EQ(0u, r.head());
        EXPECT_EQ(0u, r.cur());
        EXPECT_EQ(0u, r.tail());
        EXPECT_EQ(60u, r.slots());
        EXPECT_EQ(0, r.raw()->dir);
        EXPECT_EQ(i, r.raw()->ringid);
        EXPECT_EQ(0u, r.raw()->flags);
    }
}

TEST_F(Memory, A73_D1_fresh_slots) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().slots(100, 60)));
    for (const ring& r : p.rings()) {
        for (uint32_t i = 0; i < r.slots(); ++i) {
            const netmap_slot s = r.slot(i);
            ASSERT_EQ(r.buf_size(), s.len);
            ASSERT_EQ(0, s.flags);
            ASSERT_EQ(0u, s.ptr);
        }
        EXPECT_EQ(0u, r.raw()->offset_mask);
    }
}

TEST_F(Memory, A74_D14_nothing_of_a_former_user_is_seen) {
    port keeper;
    ASSERT_OK(keeper.open("vale0:k"));
    const auto in_region = reg().mem(keeper.reply.nr_mem_id).slots(64);
    port p;
    ASSERT_OK(p.open("vale0:a", in_region));
    for (const ring& r : p.rings()) {
        poke(r.raw()->flags, NR_FORWARD | NR_TIMESTAMP);
        std::memset(r.raw()->sem, 0xee, sizeof(r.raw()->sem));
        poke(r.raw()->offset_mask, 0xffff);
    }
    std::memset(p.nifp()->ni_spare1, 0xee, sizeof(p.nifp()->ni_spare1));
    poke(p.nifp()->ni_flags, 0xffffffff);
    p.close();

    ASSERT_OK(p.open("vale0:a", in_region));
    for (const ring& r : p.rings()) {
        EXPECT_EQ(0u, r.raw()->flags);
        EXPECT_EQ(0u, r.raw()->offset_mask);
        EXPECT_EQ(0, r.raw()->ts.tv_sec);
        EXPECT_EQ(0, std::count_if(std::begin(r.raw()->sem), std::end(r.raw()->sem),
                                   [](uint8_t byte) { return byte != 0; }));
    }
    EXPECT_EQ(0u, p.nifp()->ni_spare1[0] | p.nifp()->ni_spare1[1] | p.nifp()->ni_spare1[2]);
    EXPECT_EQ(uint32_t{NI_PRIV_MEM}, p.nifp()->ni_flags);
}

TEST_F(Memory, A75_extra_buffers_form_a_list) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().extra(20)));
    EXPECT_EQ(20u, p.reply.nr_extra_bufs);
    std::vector<uint32_t> all = p.extra_list();
    EXPECT_EQ(20u, all.size());
    EXPECT_GE(*std::min_element(all.begin(), all.end()), 2u);
    const auto in_rings = p.ring_indices();
    all.insert(all.end(), in_rings.begin(), in_rings.end());
    EXPECT_TRUE(all_different(all));
}

TEST_F(Memory, A75_every_descriptor_has_extra_buffers_of_its_own) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a", reg().extra(5)));
    ASSERT_OK(b.open("vale0:a", reg().extra(6)));
    auto all = a.extra_list();
    EXPECT_EQ(5u, all.size());
    const auto more = b.extra_list();
    EXPECT_EQ(6u, more.size());
    all.insert(all.end(), more.begin(), more.end());
    EXPECT_TRUE(all_different(all));
}

TEST_F(Memory, without_extra_buffers_the_list_is_empty) {
    port p;
    ASSERT_OK(p.open("vale0:a"));
    EXPECT_EQ(0u, p.reply.nr_extra_bufs);
    EXPECT_EQ(0u, p.nifp()->ni_bufs_head);
}

TEST_F(Memory, extra_buffers_are_as_good_as_ring_buffers) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a", reg().extra(1)));
    ASSERT_OK(b.open("vale0:b"));
    const ring tx = a.tx();
    netmap_slot s = tx.slot(0);
    const uint32_t original = s.buf_idx;
    s.buf_idx = a.extra_list().at(0);
    s.flags = NS_BUF_CHANGED;
    poke(a.nifp()->ni_bufs_head, 0);
    tx.slot(0, s);
    const frame f = make_frame(broadcast, mac_of(1), 200);
    EXPECT_OK(a.send(f));
    EXPECT_EQ(std::vector<frame>{f}, b.receive());
    EXPECT_NE(original, tx.slot(0).buf_idx);

    const uint32_t nothing = 0;
    std::memcpy(tx.buf(original), &nothing, sizeof(nothing));
    poke(a.nifp()->ni_bufs_head, original);
}

TEST_F(Memory, pain_row_6_large_buffer_counts_are_granted_on_request) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().slots(16).extra(20000)));
    EXPECT_EQ(20000u, p.reply.nr_extra_bufs);
    EXPECT_TRUE(all_different(p.extra_list()));
    EXPECT_EQ(20000u, p.extra_list().size());
}

TEST_F(Memory, region_is_readable_and_writable_in_all_buffers_of_the_port) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().slots(64).extra(64)));
    const ring any = p.any_ring();
    auto all = p.ring_indices();
    const auto more = p.extra_list();
    all.insert(all.end(), more.begin(), more.end());
    for (const uint32_t index : all) {
        std::memset(any.buf(index), static_cast<int>(index & 0xff), any.buf_size());
    }
    for (const uint32_t index : all) {
        ASSERT_EQ(static_cast<uint8_t>(index), any.buf(index)[0]);
        ASSERT_EQ(static_cast<uint8_t>(index), any.buf(index)[any.buf_size() - 1]);
    }
    poke(p.nifp()->ni_bufs_head, 0);
}

} // namespace
} // namespace conformance
