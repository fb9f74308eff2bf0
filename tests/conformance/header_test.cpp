// SPDX-License-Identifier: BSD-2-Clause
// The head of a request: versions, reserved fields, bodies (checks A1 to A16).
#include "fixture.hpp"

namespace conformance {
namespace {

class Header : public suite {};

struct kind {
    uint16_t type;
    size_t body;
    const char* name;
};

/// All requests that carry a body.
const std::vector<kind> with_body = {
    {NETMAP_REQ_REGISTER, sizeof(nmreq_register), "vale0:a"},
    {NETMAP_REQ_PORT_INFO_GET, sizeof(nmreq_port_info_get), "vale0:a"},
    {NETMAP_REQ_VALE_ATTACH, sizeof(nmreq_vale_attach), "vale0:none"},
    {NETMAP_REQ_VALE_DETACH, sizeof(nmreq_vale_detach), "vale0:none"},
    {NETMAP_REQ_VALE_LIST, sizeof(nmreq_vale_list), "vale0:a"},
    {NETMAP_REQ_PORT_HDR_SET, sizeof(nmreq_port_hdr), "vale0:a"},
    {NETMAP_REQ_PORT_HDR_GET, sizeof(nmreq_port_hdr), "vale0:a"},
    {NETMAP_REQ_VALE_NEWIF, sizeof(nmreq_vale_newif), "vale0"},
    {NETMAP_REQ_VALE_POLLING_ENABLE, sizeof(nmreq_vale_polling), "vale0:none"},
    {NETMAP_REQ_VALE_POLLING_DISABLE, sizeof(nmreq_vale_polling), "vale0:none"},
    {NETMAP_REQ_POOLS_INFO_GET, sizeof(nmreq_pools_info), "vale0:a"},
    {NETMAP_REQ_SYNC_KLOOP_START, sizeof(nmreq_sync_kloop_start), ""},
    {NETMAP_REQ_STATS_GET, sizeof(nmreq_stats_get), "vale0:a"},
};

/// All requests that carry none.
const std::vector<uint16_t> without_body = {
    NETMAP_REQ_VALE_DELIF, NETMAP_REQ_SYNC_KLOOP_STOP, NETMAP_REQ_CSB_ENABLE};

TEST_F(Header, A1_version_13_is_EINVAL_and_nothing_else_is_read) {
    for (const kind& k : with_body) {
        SCOPED_TRACE(k.type);
        nmreq_header header = make_header(k.type, k.name, reinterpret_cast<void*>(0x10));
        header.nr_version = 13;
        header.nr_options = 0x20;
        EXPECT_ERR(EINVAL, descriptor().control(header));
    }
}

TEST_F(Header, A2_versions_14_and_15_work_alike_and_stay_unchanged) {
    nmreq_register replies[2];
    for (const uint16_t version : {14, 15}) {
        reg body;
        descriptor d;
        nmreq_header header = make_header(NETMAP_REQ_REGISTER, "vale0:a", &body);
        header.nr_version = version;
        EXPECT_OK(d.control(header));
        EXPECT_EQ(version, header.nr_version);
        body.nr_mem_id = 0;
        replies[version - 14] = body;
    }
    EXPECT_EQ(0, std::memcmp(&replies[0], &replies[1], sizeof(replies[0])));
}

TEST_F(Header, A3_versions_above_15_are_EINVAL) {
    for (const uint16_t version : {16, 17, 4711, 65535}) {
        nmreq_port_info_get body{};
        nmreq_header header = make_header(NETMAP_REQ_PORT_INFO_GET, "", &body);
        header.nr_version = version;
        EXPECT_ERR(EINVAL, descriptor().control(header)) << version;
    }
}

TEST_F(Header, A3_version_0_is_EINVAL) {
    nmreq_port_info_get body{};
    nmreq_header header = make_header(NETMAP_REQ_PORT_INFO_GET, "", &body);
    header.nr_version = 0;
    EXPECT_ERR(EINVAL, descriptor().control(header));
}

TEST_F(Header, A4_reserved_field_must_be_0) {
    for (const uint32_t value : {1u, 0x80000000u}) {
        nmreq_port_info_get body{};
        nmreq_header header = make_header(NETMAP_REQ_PORT_INFO_GET, "", &body);
        header.nr_reserved = value;
        EXPECT_ERR(EINVAL, descriptor().control(header));
    }
}

TEST_F(Header, A4_reserved_field_is_checked_before_the_body) {
    for (const kind& k : with_body) {
        SCOPED_TRACE(k.type);
        nmreq_header header = make_header(k.type, k.name, reinterpret_cast<void*>(0x10));
        header.nr_reserved = 1;
        EXPECT_ERR(EINVAL, descriptor().control(header));
    }
}

TEST_F(Header, A5_null_argument_is_EINVAL) {
    EXPECT_ERR(EINVAL, descriptor().ioctl(NIOCCTRL, nullptr));
}

TEST_F(Header, A5_unreachable_header_is_EFAULT) {
    guarded memory;
    EXPECT_ERR(EFAULT, descriptor().ioctl(NIOCCTRL, memory.forbidden()));
    EXPECT_ERR(EFAULT, descriptor().ioctl(NIOCCTRL, memory.cut<nmreq_header>(1)));
    EXPECT_ERR(EFAULT, descriptor().ioctl(NIOCCTRL, reinterpret_cast<void*>(kernel_address)));
}

TEST_F(Header, A6_missing_body_is_EINVAL_for_every_request_that_has_one) {
    for (const kind& k : with_body) {
        SCOPED_TRACE(k.type);
        nmreq_header header = make_header(k.type, k.name, nullptr);
        EXPECT_ERR(EINVAL, descriptor().control(header));
        EXPECT_EQ(0u, header.nr_reserved);
    }
}

TEST_F(Header, A6_header_of_a_failed_request_works_once_it_has_a_body) {
    descriptor d;
    nmreq_header header = make_header(NETMAP_REQ_REGISTER, "vale0:a", nullptr);
    EXPECT_ERR(EINVAL, d.control(header));
    EXPECT_EQ(0u, header.nr_reserved);
    reg body;
    header.nr_body = addr(&body);
    EXPECT_OK(d.control(header));
    EXPECT_EQ(0u, header.nr_reserved);
}

TEST_F(Header, A7_unexpected_body_is_EINVAL) {
    uint8_t body[64] = {};
    for (const uint16_t type : without_body) {
        EXPECT_ERR(EINVAL, descriptor().request(type, "none", body)) << type;
    }
}

TEST_F(Header, A8_unreachable_body_is_EFAULT_for_every_request) {
    guarded memory;
    for (const kind& k : with_body) {
        SCOPED_TRACE(k.type);
        EXPECT_ERR(EFAULT, descriptor().request(k.type, k.name, memory.forbidden()));
        EXPECT_ERR(EFAULT, descriptor().request(k.type, k.name, memory.last(k.body - 1)));
        EXPECT_ERR(EFAULT, descriptor().request(k.type, k.name,
                                                reinterpret_cast<void*>(kernel_address)));
    }
}

TEST_F(Header, A8_register_with_unreachable_body_leaves_the_descriptor_unbound) {
    guarded memory;
    descriptor d;
    EXPECT_ERR(EFAULT, d.request(NETMAP_REQ_REGISTER, "vale0:a", memory.cut<reg>(1)));
    EXPECT_FALSE(d.bound());
    EXPECT_OK(d.bind("vale0:a"));
}

TEST_F(Header, A8_exactly_the_body_is_read_and_written) {
    guarded memory;
    descriptor d;
    auto* body = memory.place(nmreq_register(reg()));
    EXPECT_OK(d.bind("vale0:a", *body));
    EXPECT_EQ(1024u, body->nr_tx_slots);

    guarded other;
    auto* stats_body = other.place(nmreq_stats_get{});
    EXPECT_OK(d.request(NETMAP_REQ_STATS_GET, "vale0:a", stats_body));
}

TEST_F(Header, A9_register_with_read_only_body_is_EFAULT_and_undone) {
    guarded memory;
    auto* body = memory.place(nmreq_register(reg().flags(NR_EXCLUSIVE)));
    memory.make_read_only();
    descriptor d;
    EXPECT_ERR(EFAULT, d.bind("vale0:a", *body));
    EXPECT_FALSE(d.bound());
    EXPECT_EQ(std::vector<std::string>{}, switch_ports());
    port p;
    EXPECT_OK(p.open("vale0:a", reg().flags(NR_EXCLUSIVE)));
}

TEST_F(Header, A9_register_with_read_only_header_is_EFAULT_and_undone) {
    guarded memory;
    reg body;
    body.flags(NR_EXCLUSIVE);
    auto* header = memory.place(make_header(NETMAP_REQ_REGISTER, "vale0:a", &body));
    memory.make_read_only();
    descriptor d;
    EXPECT_ERR(EFAULT, d.control(*header));
    EXPECT_FALSE(d.bound());
    EXPECT_EQ(std::vector<std::string>{}, switch_ports());
    port p;
    EXPECT_OK(p.open("vale0:a", reg().flags(NR_EXCLUSIVE)));
}

TEST_F(Header, A9_any_request_with_read_only_body_is_EFAULT) {
    port p;
    ASSERT_OK(p.open("vale0:a"));
    for (const kind& k : with_body) {
        if (k.type != NETMAP_REQ_PORT_INFO_GET && k.type != NETMAP_REQ_VALE_LIST &&
            k.type != NETMAP_REQ_PORT_HDR_GET && k.type != NETMAP_REQ_POOLS_INFO_GET &&
            k.type != NETMAP_REQ_STATS_GET) {
            continue;
        }
        SCOPED_TRACE(k.type);
        guarded memory;
        memory.make_read_only();
        EXPECT_ERR(EFAULT, descriptor().request(k.type, k.name, memory.last(k.body)));
    }
}

TEST_F(Header, A10_unknown_request_types_are_EINVAL_with_and_without_body) {
    uint8_t body[256] = {};
    for (const uint16_t type : {0, 16, 17, 999, 1001, 65535}) {
        EXPECT_ERR(EINVAL, descriptor().request(type, "vale0:a", body)) << type;
        EXPECT_ERR(EINVAL, descriptor().request(type, "vale0:a", nullptr)) << type;
    }
}

TEST_F(Header, A11_unknown_commands_are_EOPNOTSUPP) {
    nmreq_header header = make_header(NETMAP_REQ_PORT_INFO_GET, "", nullptr);
    for (const unsigned long cmd : {0x12345678ul, 0x6993ul, 0x6997ul, 0x80586997ul, 0ul}) {
        EXPECT_ERR(EOPNOTSUPP, descriptor().ioctl(cmd, &header)) << std::hex << cmd;
    }
}

TEST_F(Header, A12_name_of_64_bytes_comes_back_terminated) {
    nmreq_port_info_get body{};
    nmreq_header header =
        make_header(NETMAP_REQ_PORT_INFO_GET, std::string(NETMAP_REQ_IFNAMSIZ, 'x'), &body);
    EXPECT_ERR(ENXIO, descriptor().control(header));
    EXPECT_EQ(std::string(NETMAP_REQ_IFNAMSIZ - 1, 'x'), header.nr_name);
    EXPECT_EQ('\0', header.nr_name[NETMAP_REQ_IFNAMSIZ - 1]);
}

TEST_F(Header, A12_name_of_64_bytes_means_its_first_63) {
    const std::string long_name = "vale0:a{" + std::string(NETMAP_REQ_IFNAMSIZ - 8, 'x');
    std::string short_name = long_name.substr(0, NETMAP_REQ_IFNAMSIZ - 1);
    port master;
    ASSERT_OK(master.open(long_name));
    short_name[7] = '}';
    port slave;
    ASSERT_OK(slave.open(short_name));
    const frame f = make_frame(mac_of(1), mac_of(2));
    EXPECT_OK(master.send(f));
    EXPECT_EQ(std::vector<frame>{f}, slave.receive());
}

TEST_F(Header, A13_padding_of_register_is_ignored_and_returned) {
    reg plain;
    reg padded;
    padded.netmap_hole_ = 0xffffffff;
    ASSERT_OK(descriptor().bind("vale0:a", plain));
    ASSERT_OK(descriptor().bind("vale0:a", padded));
    EXPECT_EQ(0xffffffffu, padded.netmap_hole_);
    EXPECT_EQ(plain.nr_memsize, padded.nr_memsize);
    EXPECT_EQ(plain.nr_tx_slots, padded.nr_tx_slots);
}

TEST_F(Header, A13_padding_of_other_bodies_is_ignored_and_returned) {
    port p;
    ASSERT_OK(p.open("vale0:a"));
    descriptor d;

    nmreq_port_info_get info{};
    std::memset(info.pad, 0xff, sizeof(info.pad));
    EXPECT_OK(d.request(NETMAP_REQ_PORT_INFO_GET, "vale0:a", &info));
    EXPECT_EQ(0xffff, info.pad[0] & info.pad[1] & info.pad[2]);

    nmreq_pools_info pools{};
    std::memset(pools.pad1, 0xff, sizeof(pools.pad1));
    EXPECT_OK(d.request(NETMAP_REQ_POOLS_INFO_GET, "vale0:a", &pools));
    EXPECT_EQ(0xffff, pools.pad1[0] & pools.pad1[1] & pools.pad1[2]);

    nmreq_port_hdr hdr{};
    hdr.pad1 = 0xffffffff;
    EXPECT_OK(d.request(NETMAP_REQ_PORT_HDR_SET, "vale0:a", &hdr));
    EXPECT_OK(d.request(NETMAP_REQ_PORT_HDR_GET, "vale0:a", &hdr));
    EXPECT_EQ(0xffffffffu, hdr.pad1);

    nmreq_vale_list list{};
    list.pad1 = 0xffff;
    EXPECT_OK(d.request(NETMAP_REQ_VALE_LIST, "vale0:a", &list));
    EXPECT_EQ(0xffff, list.pad1);
}

TEST_F(Header, A14_unknown_register_flags_are_ignored_and_returned) {
    const uint64_t flags = 0x1000 | (uint64_t{1} << 40) | (uint64_t{1} << 31);
    reg body;
    body.flags(flags);
    descriptor d;
    EXPECT_OK(d.bind("vale0:a", body));
    EXPECT_EQ(flags & 0xffffffff, body.nr_flags & 0xffffffff);
    EXPECT_TRUE(d.bound());
}

TEST_F(Header, A16_body_of_a_failed_request_is_not_written) {
    nmreq_register body;
    std::memset(&body, 0xa5, sizeof(body));
    body.nr_mode = NR_REG_ALL_NIC;
    body.nr_flags = 0;
    body.nr_mem_id = 0;
    const nmreq_register before = body;
    EXPECT_ERR(ENXIO, descriptor().bind("nosuchif", body));
    EXPECT_EQ(0, std::memcmp(&before, &body, sizeof(body)));

    nmreq_port_info_get info;
    std::memset(&info, 0xa5, sizeof(info));
    info.nr_mem_id = 0;
    const nmreq_port_info_get info_before = info;
    EXPECT_ERR(ENXIO, port_info("nosuchif", info));
    EXPECT_EQ(0, std::memcmp(&info_before, &info, sizeof(info)));
}

TEST_F(Header, addresses_in_the_header_come_back_unchanged) {
    nmreq_option option = unknown_option();
    nmreq_port_info_get body{};
    nmreq_header header = make_header(NETMAP_REQ_PORT_INFO_GET, "vale0:a", &body, &option);
    EXPECT_OK(descriptor().control(header));
    EXPECT_EQ(addr(&body), header.nr_body);
    EXPECT_EQ(addr(&option), header.nr_options);
    EXPECT_STREQ("vale0:a", header.nr_name);
    EXPECT_EQ(NETMAP_REQ_PORT_INFO_GET, header.nr_reqtype);
}

} // namespace
} // namespace conformance
