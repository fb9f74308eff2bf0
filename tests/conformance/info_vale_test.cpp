// SPDX-License-Identifier: BSD-2-Clause
// Requests that ask and do not bind: port and pool information, header
// lengths, the list of switch ports (checks A101 to A108, D96).
#include "fixture.hpp"

namespace conformance {
namespace {

class Info : public suite {};

TEST_F(Info, A101_empty_name_means_the_global_region) {
    nmreq_port_info_get info{};
    info.nr_tx_slots = 11;
    info.nr_rx_rings = 12;
    info.nr_host_tx_rings = 13;
    EXPECT_OK(port_info("", info));
    EXPECT_EQ(1, info.nr_mem_id);
    EXPECT_NE(0u, info.nr_memsize);
    EXPECT_EQ(0u, info.nr_memsize % page);
    EXPECT_EQ(11u, info.nr_tx_slots);
    EXPECT_EQ(12, info.nr_rx_rings);
    EXPECT_EQ(13, info.nr_host_tx_rings);
}

TEST_F(Info, A101_empty_name_with_the_region_of_a_port) {
    port p;
    ASSERT_OK(p.open("vale0:a"));
    nmreq_port_info_get info{};
    info.nr_mem_id = p.reply.nr_mem_id;
    EXPECT_OK(port_info("", info));
    EXPECT_EQ(p.reply.nr_mem_id, info.nr_mem_id);
    EXPECT_EQ(p.reply.nr_memsize, info.nr_memsize);
    info.nr_mem_id = 65535;
    EXPECT_ERR(EINVAL, port_info("", info));
}

TEST_F(Info, open_port_is_described_as_its_owner_sees_it) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().rings(2, 3).slots(32, 64)));
    nmreq_port_info_get info{};
    EXPECT_OK(port_info("vale0:a", info));
    EXPECT_EQ(p.reply.nr_memsize, info.nr_memsize);
    EXPECT_EQ(p.reply.nr_mem_id, info.nr_mem_id);
    EXPECT_EQ(32u, info.nr_tx_slots);
    EXPECT_EQ(64u, info.nr_rx_slots);
    EXPECT_EQ(2, info.nr_tx_rings);
    EXPECT_EQ(3, info.nr_rx_rings);
    EXPECT_EQ(0, info.nr_host_tx_rings);
    EXPECT_EQ(0, info.nr_host_rx_rings);
}

TEST_F(Info, works_on_a_bound_descriptor_and_on_exclusive_ports) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().flags(NR_EXCLUSIVE)));
    nmreq_port_info_get info{};
    EXPECT_OK(p.fd().request(NETMAP_REQ_PORT_INFO_GET, "vale0:a", &info));
    EXPECT_OK(port_info("vale0:a", info));
    EXPECT_TRUE(p.fd().bound());
}

TEST_F(Info, A102_new_switch_port_shows_defaults_and_does_not_stay) {
    nmreq_port_info_get info{};
    EXPECT_OK(port_info("vale0:new", info));
    EXPECT_EQ(1024u, info.nr_tx_slots);
    EXPECT_EQ(1024u, info.nr_rx_slots);
    EXPECT_EQ(1, info.nr_tx_rings);
    EXPECT_EQ(1, info.nr_rx_rings);
    EXPECT_GE(info.nr_mem_id, 2);
    EXPECT_EQ(std::vector<std::string>{}, switch_ports());
}

TEST_F(Info, A102_predicted_size_is_the_size) {
    nmreq_port_info_get info{};
    EXPECT_OK(port_info("vale0:new", info));
    port p;
    ASSERT_OK(p.open("vale0:new"));
    EXPECT_EQ(info.nr_memsize, p.reply.nr_memsize);
}

TEST_F(Info, errors_are_those_of_the_look_up) {
    nmreq_port_info_get info{};
    EXPECT_ERR(ENXIO, port_info("nosuchif", info));
    EXPECT_ERR(EINVAL, port_info("{x", info));
    EXPECT_ERR(EINVAL, port_info("vale0:a{", info));
    EXPECT_NE(err{}, port_info("vale-:x", info));
    info.nr_mem_id = 65535;
    EXPECT_ERR(EINVAL, port_info("vale0:a", info));
}

TEST_F(Info, D96_questions_change_nothing) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().rings(2, 2).slots(32)));
    const auto used = buffers_used("vale0:a");
    for (unsigned i = 0; i < 20; ++i) {
        nmreq_port_info_get info{};
        info.nr_tx_rings = 7;
        info.nr_rx_slots = 99;
        info.nr_host_rx_rings = 5;
        info.nr_mem_id = i % 2 == 0 ? 1 : 0;
        EXPECT_OK(port_info("vale0:a", info));
        nmreq_pools_info pools{};
        EXPECT_OK(pools_info("vale0:a", pools));
        EXPECT_OK(pools_info("vale3:temporary", pools));
        EXPECT_OK(port_info("vale3:temporary{x", info = {}));
    }
    nmreq_port_info_get info{};
    EXPECT_OK(port_info("vale0:a", info));
    EXPECT_EQ(2, info.nr_tx_rings);
    EXPECT_EQ(32u, info.nr_rx_slots);
    EXPECT_EQ(0, info.nr_host_rx_rings);
    EXPECT_EQ(p.reply.nr_mem_id, info.nr_mem_id);
    EXPECT_EQ(p.reply.nr_memsize, info.nr_memsize);
    EXPECT_EQ(used, buffers_used("vale0:a"));
    EXPECT_EQ(std::vector<std::string>{"vale0:a"}, switch_ports());
}

TEST_F(Info, D96_question_about_a_pipe_of_nothing_creates_nothing) {
    nmreq_port_info_get info{};
    nmreq_pools_info pools{};
    uint32_t length = 0;
    EXPECT_ERR(ENXIO, port_info("foo{1", info));
    EXPECT_ERR(ENXIO, pools_info("foo{1", pools));
    EXPECT_ERR(ENXIO, header_length_get("foo{1", length));
    EXPECT_ERR(ENXIO, port_info("foo", info));
}

TEST_F(Info, A104_pools_need_a_name) {
    nmreq_pools_info pools{};
    EXPECT_ERR(ENXIO, pools_info("", pools));
    EXPECT_ERR(ENXIO, pools_info("nosuchif", pools));
}

TEST_F(Info, A104_pools_lie_one_after_the_other) {
    port p;
    ASSERT_OK(p.open("vale0:a"));
    nmreq_pools_info pools{};
    ASSERT_OK(pools_info("vale0:a", pools));
    EXPECT_EQ(p.reply.nr_mem_id, pools.nr_mem_id);
    EXPECT_EQ(p.reply.nr_memsize, pools.nr_memsize);
    EXPECT_EQ(0u, pools.nr_if_pool_offset);
    EXPECT_LT(0u, pools.nr_ring_pool_offset);
    EXPECT_LT(pools.nr_ring_pool_offset, pools.nr_buf_pool_offset);
    EXPECT_LT(pools.nr_buf_pool_offset, pools.nr_memsize);
    EXPECT_EQ(0u, pools.nr_ring_pool_offset % page);
    EXPECT_EQ(0u, pools.nr_buf_pool_offset % page);
    const uint64_t ifs = uint64_t{pools.nr_if_pool_objtotal} * pools.nr_if_pool_objsize;
    const uint64_t rings = uint64_t{pools.nr_ring_pool_objtotal} * pools.nr_ring_pool_objsize;
    const uint64_t bufs = uint64_t{pools.nr_buf_pool_objtotal} * pools.nr_buf_pool_objsize;
    EXPECT_GT(ifs, 0u);
    EXPECT_GT(rings, 0u);
    EXPECT_GT(bufs, 0u);
    EXPECT_LE(ifs, pools.nr_ring_pool_offset);
    EXPECT_LE(rings, pools.nr_buf_pool_offset - pools.nr_ring_pool_offset);
    EXPECT_LE(bufs, pools.nr_memsize - pools.nr_buf_pool_offset);
    EXPECT_EQ(0u, pools.nr_if_pool_objsize % 64);
    EXPECT_EQ(0u, pools.nr_ring_pool_objsize % 64);
    EXPECT_EQ(0u, pools.nr_buf_pool_objsize % 64);
}

TEST_F(Info, A105_header_lengths_that_cannot_be_set) {
    port p;
    ASSERT_OK(p.open("vale0:a"));
    for (const uint32_t length : {1u, 9u, 11u, 13u, 14u, 0xffffffffu}) {
        EXPECT_ERR(EINVAL, header_length_set("vale0:a", length)) << length;
    }
    EXPECT_ERR(ENXIO, header_length_set("lo", 12));
    EXPECT_ERR(ENXIO, header_length_set("vale0:none", 12));
    EXPECT_ERR(ENXIO, header_length_set("vale5:none", 12));
    EXPECT_EQ(std::vector<std::string>{"vale0:a"}, switch_ports());
    uint32_t length = 99;
    EXPECT_OK(header_length_get("vale0:a", length));
    EXPECT_EQ(0u, length);
}

TEST_F(Info, A106_header_length_is_what_was_set) {
    port p;
    ASSERT_OK(p.open("vale:eph0"));
    for (const uint32_t wanted : {12u, 0u, 10u, 12u, 0u}) {
        EXPECT_OK(header_length_set("vale:eph0", wanted));
        uint32_t length = 99;
        EXPECT_OK(header_length_get("vale:eph0", length));
        EXPECT_EQ(wanted, length);
    }
}

TEST_F(Info, A106_header_length_of_what_does_not_exist) {
    port p;
    ASSERT_OK(p.open("vale0:a"));
    uint32_t length = 0;
    EXPECT_ERR(ENXIO, header_length_get("vale0:none", length));
    EXPECT_ERR(ENXIO, header_length_get("nosuchif", length));
    EXPECT_ERR(ENODEV, header_length_get("vale0:a{none", length));
    port pipe;
    ASSERT_OK(pipe.open("vale0:a{1"));
    EXPECT_OK(header_length_get("vale0:a{1", length));
    EXPECT_EQ(0u, length);
    EXPECT_OK(header_length_get("vale0:a}1", length));
}

TEST_F(Info, A63_D58_header_length_asks_for_applications_that_know) {
    port first;
    ASSERT_OK(first.open("vale0:a"));
    ASSERT_OK(header_length_set("vale0:a", 12));
    port second;
    EXPECT_ERR(EIO, second.open("vale0:a"));
    EXPECT_OK(first.txsync()) << "those who are there stay";
    EXPECT_OK(second.open("vale0:a", reg().flags(NR_ACCEPT_VNET_HDR)));
    ASSERT_OK(header_length_set("vale0:a", 0));
    port third;
    EXPECT_OK(third.open("vale0:a"));
}

TEST_F(Info, header_length_goes_with_its_port) {
    {
        port p;
        ASSERT_OK(p.open("vale0:a"));
        ASSERT_OK(header_length_set("vale0:a", 12));
    }
    port p;
    EXPECT_OK(p.open("vale0:a"));
}

class List : public suite {};

TEST_F(List, A107_walk_shows_every_port_once) {
    port a;
    port b;
    port c;
    ASSERT_OK(a.open("vale0:a"));
    ASSERT_OK(b.open("vale0:b"));
    ASSERT_OK(c.open("valeother:c"));
    EXPECT_EQ((std::vector<std::string>{"vale0:a", "vale0:b", "valeother:c"}), switch_ports());
    a.close();
    EXPECT_EQ((std::vector<std::string>{"vale0:b", "valeother:c"}), switch_ports());
}

TEST_F(List, A107_start_is_inclusive_and_the_end_is_ENOENT) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a"));
    ASSERT_OK(b.open("vale0:b"));
    list_entry at;
    ASSERT_OK(list_next(at));
    list_entry again = at;
    ASSERT_OK(list_next(again));
    EXPECT_EQ(at.name, again.name);
    EXPECT_EQ(at.port, again.port);
    ++at.port;
    ASSERT_OK(list_next(at));
    EXPECT_NE(again.name, at.name);
    ++at.port;
    EXPECT_ERR(ENOENT, list_next(at));
}

TEST_F(List, A107_absurd_starts_are_ENOENT_or_the_next_switch) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a"));
    ASSERT_OK(b.open("vale1:b"));
    list_entry first;
    ASSERT_OK(list_next(first));
    list_entry second{"", first.bridge, first.port + 1};
    ASSERT_OK(list_next(second));
    ASSERT_NE(first.bridge, second.bridge);
    for (const uint32_t start : {0x80000000u, 0xffffffffu, 0x7fffffffu, 254u, 255u, 1000u}) {
        list_entry at{"", first.bridge, start};
        EXPECT_OK(list_next(at)) << start;
        EXPECT_EQ(second.name, at.name) << start;
        at = {"", second.bridge, start};
        EXPECT_ERR(ENOENT, list_next(at)) << start;
    }
    for (const uint16_t bridge : {8, 9, 255, 0x7fff, 0x8000, 0xffff}) {
        list_entry at{"", bridge, 0};
        EXPECT_ERR(ENOENT, list_next(at)) << bridge;
        at = {"", bridge, 0xffffffff};
        EXPECT_ERR(ENOENT, list_next(at)) << bridge;
    }
}

TEST_F(List, nothing_is_written_at_the_end) {
    nmreq_vale_list body{};
    body.nr_bridge_idx = 3;
    body.nr_port_idx = 4;
    nmreq_header header = make_header(NETMAP_REQ_VALE_LIST, "", &body);
    EXPECT_ERR(ENOENT, descriptor().control(header));
    EXPECT_EQ(3, body.nr_bridge_idx);
    EXPECT_EQ(4u, body.nr_port_idx);
    EXPECT_STREQ("", header.nr_name);
}

TEST_F(List, A108_looking_for_one_port) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a"));
    ASSERT_OK(b.open("vale0:b"));
    list_entry at;
    ASSERT_OK(list_next(at));
    nmreq_vale_list body{};
    descriptor d;
    EXPECT_OK(d.request(NETMAP_REQ_VALE_LIST, "vale0:a", &body));
    EXPECT_EQ(at.bridge, body.nr_bridge_idx);
    EXPECT_EQ(at.port, body.nr_port_idx);
    EXPECT_OK(d.request(NETMAP_REQ_VALE_LIST, "vale0:zz", &body));
    EXPECT_EQ(255u, body.nr_port_idx);
    EXPECT_ERR(ENOENT, d.request(NETMAP_REQ_VALE_LIST, "valeq:z", &body));
    EXPECT_ERR(EINVAL, d.request(NETMAP_REQ_VALE_LIST, "eth0", &body));
    EXPECT_ERR(EINVAL, d.request(NETMAP_REQ_VALE_LIST, "lo", &body));
}

TEST_F(List, pipes_and_null_ports_are_not_in_it) {
    port pipe;
    port null;
    ASSERT_OK(pipe.open("vale0:a{1"));
    ASSERT_OK(null.open("vale0:n", reg().mode(NR_REG_NULL).mem(1)));
    const auto names = switch_ports();
    EXPECT_EQ(std::vector<std::string>{"vale0:a"}, names) << "the pipe's parent";
}

TEST_F(List, names_of_switches_and_ports_are_compared_whole) {
    port a;
    port b;
    port c;
    ASSERT_OK(a.open("vale1:p"));
    ASSERT_OK(b.open("vale11:p"));
    ASSERT_OK(c.open("vale1:pp"));
    EXPECT_OK(a.send(make_frame(broadcast, mac_of(1))));
    EXPECT_EQ(0u, b.receive().size());
    EXPECT_EQ(1u, c.receive().size());
}

} // namespace
} // namespace conformance
