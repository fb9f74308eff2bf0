// SPDX-License-Identifier: BSD-2-Clause
// The old ioctls: NIOCREGIF, NIOCGINFO, NIOCCONFIG (abi-control 7).
#include "fixture.hpp"

#include <net/netmap_legacy.h>

#include <sys/mman.h>

#include <thread>

namespace conformance {
namespace {

class Legacy : public suite {};

/// A request of old times, written in one line.
struct old : nmreq {
    explicit old(std::string_view name) : nmreq{} {
        std::memcpy(nr_name, name.data(), std::min(name.size(), sizeof(nr_name)));
        nr_version = NETMAP_API;
    }
    old& flags(uint32_t f) {
        nr_flags = f;
        return *this;
    }
    old& ring(uint16_t id) {
        nr_ringid = id;
        return *this;
    }
    old& rings(uint16_t n) {
        nr_tx_rings = nr_rx_rings = n;
        return *this;
    }
    old& slots(uint32_t n) {
        nr_tx_slots = nr_rx_slots = n;
        return *this;
    }
    old& cmd(uint16_t c, uint16_t arg1 = 0, uint16_t arg2 = 0) {
        nr_cmd = c;
        nr_arg1 = arg1;
        nr_arg2 = arg2;
        return *this;
    }
};

err regif(const descriptor& d, old& r) {
    return d.ioctl(NIOCREGIF, &r);
}
err ginfo(old& r) {
    return descriptor().ioctl(NIOCGINFO, &r);
}

/// A descriptor bound in the old way, with its region mapped.
struct old_port {
    explicit old_port(old request) : r(request), result(regif(fd, r)) {
        if (!result) {
            map = mapping(fd, r.nr_memsize);
        }
    }
    netmap_if* nifp() const { return NETMAP_IF(map.base(), r.nr_offset); }
    bool tx_bound(unsigned i) const { return nifp()->ring_ofs[i] != 0; }
    bool rx_bound(unsigned i) const {
        return nifp()->ring_ofs[nifp()->ni_tx_rings + nifp()->ni_host_tx_rings + i] != 0;
    }

    descriptor fd;
    old r;
    err result;
    mapping map;
};

TEST_F(Legacy, A120_versions_from_14_on_are_served) {
    for (const uint32_t version : {0u, 11u, 13u}) {
        old r("vale0:a");
        r.nr_version = version;
        EXPECT_ERR(EINVAL, regif(descriptor(), r)) << version;
        EXPECT_ERR(EINVAL, ginfo(r)) << version;
    }
    for (const uint32_t version : {14u, 15u, 16u, 0xffffffffu}) {
        old r("vale0:a");
        r.nr_version = version;
        EXPECT_OK(regif(descriptor(), r)) << version;
        EXPECT_EQ(version, r.nr_version) << "returned as given";
        old info("");
        info.nr_version = version;
        EXPECT_OK(ginfo(info)) << version;
    }
}

TEST_F(Legacy, registration_replies_and_leaves_the_rest_as_given) {
    old given("vale0:a");
    given.slots(64).rings(2).ring(NETMAP_NO_TX_POLL);
    given.nr_arg1 = 7;
    given.spare2[0] = 77;
    old_port p(given);
    ASSERT_OK(p.result);
    ASSERT_OK(p.map.error());
    EXPECT_EQ(64u, p.r.nr_tx_slots);
    EXPECT_EQ(64u, p.r.nr_rx_slots);
    EXPECT_EQ(2, p.r.nr_tx_rings);
    EXPECT_EQ(2, p.r.nr_rx_rings);
    EXPECT_GE(p.r.nr_arg2, 2) << "a region of its own";
    EXPECT_GT(p.r.nr_memsize, 0u);
    EXPECT_STREQ("vale0:a", p.r.nr_name);
    EXPECT_EQ(given.nr_ringid, p.r.nr_ringid);
    EXPECT_EQ(given.nr_flags, p.r.nr_flags);
    EXPECT_EQ(given.nr_arg1, p.r.nr_arg1);
    EXPECT_EQ(given.spare2[0], p.r.spare2[0]);
    EXPECT_STREQ("vale0:a", p.nifp()->ni_name);
    EXPECT_TRUE(p.fd.bound());
    EXPECT_ERR(EBUSY, regif(p.fd, p.r)) << "bound already";
}

TEST_F(Legacy, A121_ring_id_without_mode_chooses_rings) {
    old three("vale0:a");
    three.slots(16).rings(3);
    old_port all(three);
    ASSERT_OK(all.result);
    for (unsigned i = 0; i < 3; ++i) {
        EXPECT_TRUE(all.tx_bound(i) && all.rx_bound(i)) << i;
    }
    old_port one(old("vale0:a").ring(NETMAP_HW_RING | 2));
    ASSERT_OK(one.result);
    EXPECT_EQ(NETMAP_HW_RING | 2, one.r.nr_ringid);
    EXPECT_EQ(0u, one.r.nr_flags);
    for (unsigned i = 0; i < 3; ++i) {
        EXPECT_EQ(i == 2, one.tx_bound(i)) << i;
        EXPECT_EQ(i == 2, one.rx_bound(i)) << i;
    }
    old bad = old("vale0:a").ring(NETMAP_HW_RING | 3);
    EXPECT_ERR(EINVAL, regif(descriptor(), bad)) << "there is no fourth";
    old host = old("vale0:a").ring(NETMAP_SW_RING);
    EXPECT_ERR(EINVAL, regif(descriptor(), host)) << "a switch port has no host rings";
    EXPECT_EQ(NETMAP_SW_RING, host.nr_ringid) << "an error changes nothing";
}

TEST_F(Legacy, modes_and_flags_pass) {
    old_port one(old("vale0:a").rings(2).slots(16).flags(NR_REG_ONE_NIC | NR_EXCLUSIVE).ring(1));
    ASSERT_OK(one.result);
    EXPECT_FALSE(one.tx_bound(0));
    EXPECT_TRUE(one.tx_bound(1));
    old same = old("vale0:a").flags(NR_REG_ONE_NIC).ring(1);
    EXPECT_ERR(EBUSY, regif(descriptor(), same)) << "in exclusive use";
    old_port rx(old("vale0:b").slots(16).flags(NR_REG_ALL_NIC | NR_RX_RINGS_ONLY));
    ASSERT_OK(rx.result);
    EXPECT_FALSE(rx.tx_bound(0));
    EXPECT_TRUE(rx.rx_bound(0));
    old null("x");
    EXPECT_ERR(EINVAL, regif(descriptor(), null.flags(9))) << "no such mode";
}

TEST_F(Legacy, A122_pipes_are_modes) {
    old_port master(old("vale0:a").slots(16).flags(NR_REG_PIPE_MASTER).ring(7));
    ASSERT_OK(master.result);
    EXPECT_STREQ("vale0:a", master.r.nr_name) << "returned as given";
    EXPECT_STREQ("vale0:a{7", master.nifp()->ni_name);
    port slave;
    ASSERT_OK(slave.open("vale0:a}7"));
    old_port other(old("vale0:a").slots(16).flags(NR_REG_PIPE_SLAVE).ring(4095));
    ASSERT_OK(other.result);
    EXPECT_STREQ("vale0:a}4095", other.nifp()->ni_name);
    old_port text(old("vale0:a{x"));
    ASSERT_OK(text.result) << "ids in the name";
}

TEST_F(Legacy, poll_flags_are_in_the_ring_id) {
    port receiver;
    ASSERT_OK(receiver.open("vale0:r", reg().slots(16)));
    for (const uint16_t flag : {uint16_t{0}, uint16_t{NETMAP_NO_TX_POLL}}) {
        old_port p(old("vale0:a").slots(16).ring(flag));
        ASSERT_OK(p.result);
        const ring tx(find_ring(p.nifp(), p.nifp()->ring_ofs[0]));
        ASSERT_TRUE(tx.put(make_frame(broadcast, mac_of(1))));
        p.fd.poll(POLLIN);
        EXPECT_EQ(flag ? 0u : 1u, receiver.receive().size()) << "poll sends, or does not";
    }
}

TEST_F(Legacy, A123_extra_buffers_are_arg3) {
    old r("vale0:a");
    r.slots(16).nr_arg3 = 20;
    old_port p(r);
    ASSERT_OK(p.result);
    EXPECT_EQ(20u, p.r.nr_arg3);
    const ring any(find_ring(p.nifp(), p.nifp()->ring_ofs[0]));
    std::set<uint32_t> list;
    for (uint32_t i = p.nifp()->ni_bufs_head; i != 0 && list.size() < 100;) {
        EXPECT_GE(i, 2u);
        EXPECT_TRUE(list.insert(i).second);
        std::memcpy(&i, any.buf(i), sizeof(i));
    }
    EXPECT_EQ(20u, list.size());
}

TEST_F(Legacy, region_is_arg2) {
    old_port a(old("vale0:a").slots(16));
    ASSERT_OK(a.result);
    old shared = old("vale0:b").slots(16);
    shared.nr_arg2 = a.r.nr_arg2;
    old_port b(shared);
    ASSERT_OK(b.result);
    EXPECT_EQ(a.r.nr_arg2, b.r.nr_arg2);
    old nowhere = old("vale0:c");
    nowhere.nr_arg2 = 65535;
    EXPECT_ERR(EINVAL, regif(descriptor(), nowhere));
    EXPECT_EQ(65535, nowhere.nr_arg2);
}

TEST_F(Legacy, name_ends_at_15_bytes_also_on_error) {
    old r("0123456789abcdef");
    ASSERT_EQ('f', r.nr_name[15]);
    const old before = r;
    EXPECT_ERR(ENXIO, regif(descriptor(), r));
    EXPECT_STREQ("0123456789abcde", r.nr_name);
    r.nr_name[15] = 'f';
    EXPECT_EQ(0, std::memcmp(static_cast<const nmreq*>(&before), static_cast<nmreq*>(&r),
                             sizeof(nmreq)))
        << "nothing else changes";
}

TEST_F(Legacy, info_of_a_port_and_of_a_region) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().slots(64, 128).rings(2, 1)));
    old r("vale0:a");
    ASSERT_OK(ginfo(r));
    EXPECT_EQ(p.reply.nr_memsize, r.nr_memsize);
    EXPECT_EQ(64u, r.nr_tx_slots);
    EXPECT_EQ(128u, r.nr_rx_slots);
    EXPECT_EQ(2, r.nr_tx_rings);
    EXPECT_EQ(1, r.nr_rx_rings);
    EXPECT_EQ(p.reply.nr_mem_id, r.nr_arg2);
    old region("");
    ASSERT_OK(ginfo(region));
    EXPECT_EQ(1, region.nr_arg2);
    EXPECT_GT(region.nr_memsize, 0u);
    old nobody("nosuchif");
    EXPECT_ERR(ENXIO, ginfo(nobody));
}

TEST_F(Legacy, list_of_ports) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a", reg().slots(16)));
    ASSERT_OK(b.open("vale0:b", reg().slots(16)));
    std::vector<std::string> names;
    old r = old("").cmd(NETMAP_BDG_LIST);
    while (!ginfo(r) && names.size() < 10) {
        names.emplace_back(r.nr_name);
        ++r.nr_arg2;
        std::memset(r.nr_name, 0, sizeof(r.nr_name));
    }
    std::sort(names.begin(), names.end());
    EXPECT_EQ((std::vector<std::string>{"vale0:a", "vale0:b"}), names);
}

TEST_F(Legacy, virtio_net_header_is_set_and_read) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().slots(16)));
    const descriptor d;
    old set = old("vale0:a").cmd(NETMAP_BDG_VNET_HDR, 12);
    EXPECT_OK(regif(d, set));
    EXPECT_EQ(12, set.nr_arg1);
    old get = old("vale0:a").cmd(NETMAP_VNET_HDR_GET);
    EXPECT_OK(regif(d, get));
    EXPECT_EQ(12, get.nr_arg1);
    EXPECT_FALSE(d.bound());
    old wrong = old("vale0:a").cmd(NETMAP_BDG_VNET_HDR, 11);
    EXPECT_ERR(EINVAL, regif(d, wrong));
}

TEST_F(Legacy, commands_say_what_the_new_requests_say) {
    const descriptor d;
    const struct {
        uint16_t cmd;
        uint16_t type;
        size_t body;
    } pairs[] = {
        {NETMAP_BDG_DETACH, NETMAP_REQ_VALE_DETACH, sizeof(nmreq_vale_detach)},
        {NETMAP_BDG_DELIF, NETMAP_REQ_VALE_DELIF, 0},
    };
    for (const auto& p : pairs) {
        uint8_t body[256] = {};
        nmreq_header header = make_header(p.type, "vale0:nobody", p.body ? body : nullptr);
        const err expected = d.control(header);
        EXPECT_NE(err{}, expected);
        old r = old("vale0:nobody").cmd(p.cmd);
        EXPECT_EQ(expected, regif(d, r)) << p.cmd;
    }
    old polling = old("vale0:nobody").cmd(NETMAP_BDG_POLLING_ON, 1).flags(NR_REG_SW);
    EXPECT_ERR(EINVAL, regif(d, polling)) << "a mode that polling has not";
    for (const uint16_t cmd : {3, 4, 13, 65535}) {
        old r = old("vale0:a").cmd(cmd);
        EXPECT_ERR(EINVAL, regif(d, r)) << cmd;
    }
    for (const uint16_t cmd : {NETMAP_PT_HOST_CREATE, NETMAP_PT_HOST_DELETE}) {
        old r = old("vale0:a").cmd(cmd);
        EXPECT_TRUE(one_of(regif(d, r), {EOPNOTSUPP, ENOMEM})) << cmd;
    }
}

TEST_F(Legacy, config_finds_no_switch_with_a_callback) {
    nm_ifreq r{};
    std::memcpy(r.nifr_name, "vale0:", 7);
    EXPECT_ERR(EINVAL, descriptor().ioctl(NIOCCONFIG, &r));
    port p;
    ASSERT_OK(p.open("vale0:a", reg().slots(16)));
    EXPECT_ERR(EINVAL, descriptor().ioctl(NIOCCONFIG, &r));
}

TEST_F(Legacy, bad_addresses_are_EFAULT) {
    const guarded memory;
    const descriptor d;
    for (const unsigned long cmd : {NIOCREGIF, NIOCGINFO, NIOCCONFIG}) {
        EXPECT_ERR(EFAULT, d.ioctl(cmd, memory.cut<nmreq>(1))) << cmd;
        EXPECT_ERR(EFAULT, d.ioctl(cmd, reinterpret_cast<void*>(kernel_address))) << cmd;
        EXPECT_TRUE(one_of(d.ioctl(cmd, nullptr), {EINVAL, EFAULT})) << cmd;
    }
    nm_ifreq whole{};
    EXPECT_ERR(EINVAL, d.ioctl(NIOCCONFIG, memory.place(whole)));
}

TEST_F(Legacy, a_reply_that_cannot_be_delivered_undoes_the_registration) {
    guarded memory;
    const descriptor d;
    old r = old("vale0:a").slots(16);
    nmreq* request = memory.place(static_cast<nmreq&>(r));
    memory.make_read_only();
    EXPECT_ERR(EFAULT, d.ioctl(NIOCREGIF, request));
    EXPECT_FALSE(d.bound());
    EXPECT_EQ(std::vector<std::string>{}, switch_ports());
    EXPECT_OK(regif(d, r)) << "the descriptor can be used again";
}

TEST_F(Legacy, S_cve_2022_23084_request_that_changes_under_way_is_read_once) {
    old shared = old("vale0:a").slots(16);
    std::atomic<bool> stop = false;
    std::jthread writer([&] {
        const char names[2][16] = {"vale0:a", "vale0:b{c{d{e"};
        for (unsigned i = 0; !stop; ++i) {
            for (unsigned k = 0; k < sizeof(names[0]); ++k) {
                poke(shared.nr_name[k], names[i % 2][k]);
            }
            poke(shared.nr_version, i % 3 ? 14u : 13u);
            poke(shared.nr_cmd, static_cast<uint16_t>(i % 14));
            poke(shared.nr_flags, i);
            poke(shared.nr_arg3, i % 5 ? 0u : 100u);
        }
    });
    for (unsigned i = 0; i < rounds(2000); ++i) {
        const descriptor d;
        d.ioctl(i % 4 ? NIOCREGIF : NIOCGINFO, &shared);
    }
    stop = true;
}

} // namespace
} // namespace conformance
