// SPDX-License-Identifier: BSD-2-Clause
// Regions in the application's own memory (abi-control 5.5, data-plane 10.3).
#include "extmem.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <thread>

namespace conformance {
namespace {

class Extmem : public suite {};

void expect_traffic(const ext_port& from, const ext_port& to) {
    const frame f = make_frame(broadcast, mac_of(1));
    for (unsigned i = 0; i < 40; ++i) {
        ASSERT_TRUE(from.tx().put(f)) << i;
        ASSERT_OK(from.fd.txsync());
        ASSERT_OK(to.fd.rxsync());
        const auto got = to.rx().take();
        ASSERT_TRUE(got.has_value()) << i;
        EXPECT_EQ(f, got->data);
    }
}

TEST_F(Extmem, A81_port_lives_in_the_memory_of_the_application) {
    memory m;
    extmem_option o(m);
    const extmem_option before = o;
    ext_port a;
    ASSERT_OK(a.open("vale0:a", m.base(), o));
    EXPECT_EQ(0u, o.nro_opt.nro_status);
    EXPECT_EQ(before.nro_usrptr, o.nro_usrptr);
    EXPECT_EQ(0, std::memcmp(&before.nro_info, &o.nro_info, sizeof(o.nro_info)));
    EXPECT_GE(a.reply.nr_mem_id, 2);
    EXPECT_LE(a.reply.nr_memsize, m.bytes());
    EXPECT_GT(a.reply.nr_memsize + 2048, m.bytes()) << "what is over became buffers";
    EXPECT_STREQ("vale0:a", a.nifp()->ni_name);
    EXPECT_EQ(static_cast<uint32_t>(NI_PRIV_MEM), a.nifp()->ni_flags & NI_PRIV_MEM);
    EXPECT_TRUE(a.inside(a.tx().raw()));
    std::set<uint32_t> all;
    for (const ring& r : {a.tx(), a.rx()}) {
        for (const uint32_t i : r.indices()) {
            EXPECT_GE(i, 2u);
            EXPECT_TRUE(all.insert(i).second) << i;
            EXPECT_TRUE(a.inside(r.buf(i)) && a.inside(r.buf(i) + 2047)) << i;
        }
    }
    nmreq_pools_info info{};
    ASSERT_OK(pools_info("vale0:a", info));
    EXPECT_EQ(0u, info.nr_if_pool_offset);
    EXPECT_EQ(4096u, info.nr_ring_pool_offset);
    EXPECT_EQ(9u * 4096, info.nr_buf_pool_offset);
    EXPECT_EQ((area - 9 * 4096) / 2048, info.nr_buf_pool_objtotal);
    EXPECT_EQ(a.reply.nr_memsize, info.nr_memsize);
}

TEST_F(Extmem, A81_exact_size_is_enough) {
    constexpr size_t sum = 4 * 1024 + 8 * 4096 + 100 * 2048;
    memory m(sum);
    extmem_option o(m);
    ext_port a;
    ASSERT_OK(a.open("vale0:a", m.base(), o));
    EXPECT_EQ(sum, a.reply.nr_memsize);
    ext_port b;
    extmem_option again(m);
    ASSERT_OK(b.open("vale0:b", m.base(), again));
    expect_traffic(a, b);
    memory less(sum);
    extmem_option small(less);
    small.bufs(101, 2048);
    EXPECT_ERR(ENOMEM, descriptor().bind("vale0:c", reg().slots(16), &small.nro_opt));
    EXPECT_EQ(static_cast<uint32_t>(ENOMEM), small.nro_opt.nro_status);
}

TEST_F(Extmem, A84_same_memory_is_the_same_region) {
    memory m;
    uint8_t* const elsewhere = m.map();
    extmem_option o(m);
    ext_port a;
    ASSERT_OK(a.open("vale0:a", m.base(), o));
    ext_port b;
    extmem_option again(elsewhere, m.bytes());
    again.ifs(50, 64).rings(2, 256).bufs(4, 64);
    ASSERT_OK(b.open("vale0:b", elsewhere, again)) << "numbers of the second one do not count";
    EXPECT_EQ(a.reply.nr_mem_id, b.reply.nr_mem_id);
    EXPECT_EQ(a.reply.nr_memsize, b.reply.nr_memsize);
    expect_traffic(a, b);
    expect_traffic(b, a);
    ext_port c;
    c.base = m.base();
    c.reply = reg().slots(16).mem(a.reply.nr_mem_id);
    ASSERT_OK(c.fd.bind("vale0:c", c.reply)) << "by number";
    expect_traffic(a, c);
    memory other;
    extmem_option different(other);
    ext_port d;
    ASSERT_OK(d.open("vale0:d", other.base(), different));
    EXPECT_NE(a.reply.nr_mem_id, d.reply.nr_mem_id);
    ::munmap(elsewhere, m.bytes());
}

TEST_F(Extmem, region_goes_with_its_last_port) {
    memory m;
    uint16_t id = 0;
    for (int i = 0; i < 3; ++i) {
        extmem_option o(m);
        ext_port a;
        ASSERT_OK(a.open("vale0:a", m.base(), o, reg().slots(16).extra(10)));
        EXPECT_EQ(10u, a.reply.nr_extra_bufs);
        EXPECT_EQ(43u - 1, buffers_used("vale0:a"));
        id = a.reply.nr_mem_id;
    }
    EXPECT_ERR(EINVAL, descriptor().bind("vale0:a", reg().slots(16).mem(id)));
}

TEST_F(Extmem, all_buffers_can_be_used_and_come_back) {
    memory m(4 * 1024 + 8 * 4096 + 131 * 2048); // the last cluster is not whole
    extmem_option o(m);
    ext_port a;
    ASSERT_OK(a.open("vale0:a", m.base(), o, reg().slots(16).extra(1000)));
    EXPECT_EQ(131u - 2 - 32, a.reply.nr_extra_bufs);
    std::set<uint32_t> seen;
    for (uint32_t i = a.nifp()->ni_bufs_head; i != 0 && seen.size() < 1000;) {
        EXPECT_LT(i, 131u);
        EXPECT_TRUE(seen.insert(i).second);
        std::memcpy(&i, a.tx().buf(i), sizeof(i));
    }
    EXPECT_EQ(a.reply.nr_extra_bufs, seen.size());
    extmem_option again(m);
    EXPECT_ERR(ENOMEM, descriptor().bind("vale0:b", reg().slots(16), &again.nro_opt));
    ext_port b;
    a.nifp()->ni_bufs_head = 0; // lost: the core knows how many there were
    a.fd.close();
    extmem_option third(m);
    EXPECT_OK(b.open("vale0:b", m.base(), third, reg().slots(16).extra(1000)));
    EXPECT_EQ(131u - 2 - 32, b.reply.nr_extra_bufs);
}

TEST_F(Extmem, zeroes_are_defaults_and_written_back) {
    memory m(16u << 20);
    extmem_option o(m);
    o.ifs(0, 0).rings(0, 0).bufs(0, 0);
    ext_port a;
    ASSERT_OK(a.open("vale0:a", m.base(), o));
    EXPECT_EQ(2u, o.nro_info.nr_if_pool_objtotal);
    EXPECT_EQ(1024u, o.nro_info.nr_if_pool_objsize);
    EXPECT_EQ(4u, o.nro_info.nr_ring_pool_objtotal);
    EXPECT_EQ(20480u, o.nro_info.nr_ring_pool_objsize);
    EXPECT_EQ(4098u, o.nro_info.nr_buf_pool_objtotal);
    EXPECT_EQ(2048u, o.nro_info.nr_buf_pool_objsize);
    EXPECT_EQ(m.bytes(), o.nro_info.nr_memsize);
}

TEST_F(Extmem, A82_S_what_does_not_fit_is_refused) {
    memory m;
    const uint32_t most = UINT32_MAX;
    const struct {
        extmem_option o;
        std::initializer_list<int> errors;
    } bad[] = {
        {extmem_option(m).rings(8, 1 << 20), {ENOMEM}},
        {extmem_option(m).ifs(most, most).rings(most, most).bufs(most, most), {ENOMEM}},
        {extmem_option(m).bufs(most, most), {ENOMEM}},
        {extmem_option(m).rings(1, 1 << 20), {EINVAL}},
        {extmem_option(m).bufs(100, 2047), {EINVAL}},
        {extmem_option(m).bufs(1, 2048), {EINVAL}},
        {extmem_option(m).bufs(100, 32), {EINVAL}},
        {extmem_option(m).ifs(4, 48), {EINVAL}},
        {extmem_option(m.base(), 0), {ENOMEM}},
        {extmem_option(m.base(), 4096), {ENOMEM}},
        {extmem_option(m.base(), uint64_t{1} << 44), {ENOMEM, EFAULT}},
        {extmem_option(m.base(), UINT64_MAX), {ENOMEM, EFAULT}},
        {extmem_option(m.base(), UINT64_MAX - addr(m.base())), {ENOMEM, EFAULT}},
        {extmem_option(m.base() + 64, area - 4096), {EINVAL}},
        {extmem_option(m.base(), area + 4096), {EFAULT}},
        {extmem_option(nullptr, area), {EFAULT}},
        {extmem_option(reinterpret_cast<void*>(kernel_address), area), {EFAULT}},
    };
    // so that nothing happens to lie behind it
    memory guard;
    for (size_t i = 0; i < std::size(bad); ++i) {
        extmem_option o = bad[i].o;
        const descriptor d;
        if (bad[i].o.nro_info.nr_memsize == area + 4096) {
            ::mprotect(m.base(), 4096, PROT_READ); // in any case not all is writable
        }
        const err e = d.bind("vale0:a", reg().slots(16), &o.nro_opt);
        ::mprotect(m.base(), 4096, PROT_READ | PROT_WRITE);
        EXPECT_TRUE(one_of(e, bad[i].errors)) << i << ": " << e;
        EXPECT_EQ(static_cast<uint32_t>(e.code), o.nro_opt.nro_status) << i;
        EXPECT_FALSE(d.bound()) << i;
        EXPECT_EQ(0, std::memcmp(&o.nro_info, &bad[i].o.nro_info, sizeof(o.nro_info))) << i;
    }
}

TEST_F(Extmem, A83_S_memory_that_is_not_there_is_EFAULT) {
    memory m;
    extmem_option o(m);
    ASSERT_EQ(0, ::mprotect(m.base() + area / 2, page, PROT_READ));
    EXPECT_ERR(EFAULT, descriptor().bind("vale0:a", reg().slots(16), &o.nro_opt)) << "read-only";
    ::munmap(m.base() + area / 2, page);
    EXPECT_ERR(EFAULT, descriptor().bind("vale0:a", reg().slots(16), &o.nro_opt)) << "a hole";
    const int file = ::memfd_create("short", MFD_CLOEXEC);
    ASSERT_EQ(0, ::ftruncate(file, area / 2));
    void* p = ::mmap(nullptr, area, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    extmem_option beyond(p, area);
    EXPECT_ERR(EFAULT, descriptor().bind("vale0:a", reg().slots(16), &beyond.nro_opt))
        << "beyond the end of a file";
    ::munmap(p, area);
    ::close(file);
}

TEST_F(Extmem, A83_S_munmap_while_in_use) {
    memory m;
    uint8_t* const second = m.map();
    ext_port a;
    ext_port b;
    extmem_option o(m);
    extmem_option again(second, m.bytes());
    ASSERT_OK(a.open("vale0:a", m.base(), o));
    ASSERT_OK(b.open("vale0:b", m.base(), again));
    m.gone();
    a.base = b.base = second;
    expect_traffic(a, b);
    ASSERT_TRUE(a.tx().put(make_frame(broadcast, mac_of(1))));
    ::munmap(second, m.bytes());
    EXPECT_OK(a.fd.txsync()) << "nothing of it is mapped here any more";
    EXPECT_OK(b.fd.rxsync());
    uint8_t* const third = m.map();
    b.base = third;
    const auto got = b.rx().take();
    EXPECT_TRUE(got.has_value() && got->data == make_frame(broadcast, mac_of(1)));
    ::munmap(third, m.bytes());
}

TEST_F(Extmem, private_memory_is_held_or_refused) {
    void* p = ::mmap(nullptr, area, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    extmem_option o(p, area);
    ext_port a;
    const err e = a.open("vale0:a", static_cast<uint8_t*>(p), o);
    if (the_host().embedded()) { // which has no way to hold it
        EXPECT_ERR(EFAULT, e);
        EXPECT_EQ(static_cast<uint32_t>(EFAULT), o.nro_opt.nro_status);
    } else {
        ASSERT_OK(e);
        EXPECT_STREQ("vale0:a", a.nifp()->ni_name);
        ASSERT_TRUE(a.tx().put(make_frame(broadcast, mac_of(1))));
        ::munmap(p, area);
        EXPECT_OK(a.fd.txsync());
        return;
    }
    ::munmap(p, area);
}

TEST_F(Extmem, shared_memory_without_a_file) {
    void* p = ::mmap(nullptr, area, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    extmem_option o(p, area);
    ext_port a;
    ext_port b;
    ASSERT_OK(a.open("vale0:a", static_cast<uint8_t*>(p), o));
    ASSERT_OK(b.open("vale0:b", static_cast<uint8_t*>(p), o));
    expect_traffic(a, b);
    ::munmap(p, area);
    EXPECT_OK(a.fd.txsync());
}

TEST_F(Extmem, cannot_be_mapped_a_second_time_through_the_descriptor) {
    memory m;
    extmem_option o(m);
    ext_port a;
    ASSERT_OK(a.open("vale0:a", m.base(), o));
    EXPECT_ERR(EINVAL, mapping(a.fd, page).error());
}

TEST_F(Extmem, port_that_lives_elsewhere_is_EBUSY) {
    port a;
    ASSERT_OK(a.open("vale0:a", reg().slots(16)));
    memory m;
    extmem_option o(m);
    EXPECT_ERR(EBUSY, descriptor().bind("vale0:a", reg().slots(16), &o.nro_opt));
    EXPECT_EQ(static_cast<uint32_t>(EBUSY), o.nro_opt.nro_status);
    extmem_option both(m);
    EXPECT_ERR(EINVAL, descriptor().bind("vale0:b", reg().slots(16).mem(a.reply.nr_mem_id),
                                         &both.nro_opt));
}

TEST_F(Extmem, pipes_and_null_ports) {
    memory m;
    extmem_option o(m);
    ext_port master;
    ASSERT_OK(master.open("vale0:a{1", m.base(), o));
    extmem_option again(m);
    ext_port slave;
    ASSERT_OK(slave.open("vale0:a}1", m.base(), again));
    EXPECT_EQ(master.reply.nr_mem_id, slave.reply.nr_mem_id);
    expect_traffic(master, slave);
    extmem_option third(m);
    ext_port null;
    EXPECT_OK(null.open("n", m.base(), third, reg().mode(NR_REG_NULL).rings(1, 1).slots(16)));
    EXPECT_OK(null.fd.txsync());
}

TEST_F(Extmem, S_application_scribbles_over_everything) {
    memory m;
    extmem_option o(m);
    ext_port a;
    ext_port b;
    ASSERT_OK(a.open("vale0:a", m.base(), o, reg().slots(16).extra(20)));
    ASSERT_OK(b.open("vale0:b", m.base(), o));
    std::atomic<bool> stop = false;
    std::jthread writer([&] {
        sequence random(3);
        auto* words = reinterpret_cast<uint32_t*>(m.base());
        while (!stop) {
            for (unsigned i = 0; i < 9 * 1024; i += 1 + random.below(8)) {
                poke(words[i], static_cast<uint32_t>(random.next()) >> random.below(32));
            }
        }
    });
    for (unsigned i = 0; i < rounds(300); ++i) {
        a.fd.txsync();
        b.fd.rxsync();
        b.fd.txsync();
        a.fd.rxsync();
    }
    a.fd.close();
    b.fd.close();
    stop = true;
}

} // namespace
} // namespace conformance
