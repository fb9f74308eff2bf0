// SPDX-License-Identifier: BSD-2-Clause
// REGISTER: modes, ring ids, names, limits (checks A32 to A67, D29, D53).
#include "fixture.hpp"

namespace conformance {
namespace {

class Register : public suite {
  protected:
    /// Binding `name` fails with `code` and leaves nothing.
    static void expect_refused(int code, std::string_view name, const reg& wanted = reg{}) {
        SCOPED_TRACE(name);
        descriptor d;
        reg body = wanted;
        EXPECT_ERR(code, d.bind(name, body));
        EXPECT_FALSE(d.bound());
        EXPECT_EQ(std::vector<std::string>{}, switch_ports());
    }
};

TEST_F(Register, A32_ephemeral_port_with_defaults) {
    port p;
    ASSERT_OK(p.open("vale0:a"));
    EXPECT_EQ(1, p.reply.nr_tx_rings);
    EXPECT_EQ(1, p.reply.nr_rx_rings);
    EXPECT_EQ(1024u, p.reply.nr_tx_slots);
    EXPECT_EQ(1024u, p.reply.nr_rx_slots);
    EXPECT_EQ(0, p.reply.nr_host_tx_rings);
    EXPECT_EQ(0, p.reply.nr_host_rx_rings);
    EXPECT_GE(p.reply.nr_mem_id, 2);
    EXPECT_EQ(0u, p.reply.nr_extra_bufs);
    EXPECT_STREQ("vale0:a", p.nifp()->ni_name);
    EXPECT_EQ(uint32_t{NI_PRIV_MEM}, p.nifp()->ni_flags & NI_PRIV_MEM);
    EXPECT_EQ(1u, p.nifp()->ni_tx_rings);
    EXPECT_EQ(1u, p.nifp()->ni_rx_rings);
    EXPECT_EQ(1u, p.nifp()->ni_host_tx_rings);
    EXPECT_EQ(1u, p.nifp()->ni_host_rx_rings);
    EXPECT_NE(0, p.tx_offset(0));
    EXPECT_EQ(0, p.tx_offset(1));
    EXPECT_NE(0, p.rx_offset(0));
    EXPECT_EQ(0, p.rx_offset(1));
    EXPECT_EQ(0u, p.nifp()->ni_bufs_head);
}

TEST_F(Register, mode_ring_and_flags_come_back_as_given) {
    reg body;
    body.one(0).flags(NR_EXCLUSIVE | NR_NO_TX_POLL | NR_DO_RX_POLL);
    descriptor d;
    ASSERT_OK(d.bind("vale0:a", body));
    EXPECT_EQ(uint32_t{NR_REG_ONE_NIC}, body.nr_mode);
    EXPECT_EQ(0, body.nr_ringid);
    EXPECT_EQ(uint64_t{NR_EXCLUSIVE | NR_NO_TX_POLL | NR_DO_RX_POLL}, body.nr_flags);
}

TEST_F(Register, ring_id_is_ignored_when_all_rings_are_bound) {
    reg body;
    body.mode(NR_REG_ALL_NIC, 4095);
    EXPECT_OK(descriptor().bind("vale0:a", body));
    EXPECT_EQ(4095, body.nr_ringid);
}

TEST_F(Register, name_in_memory_is_cut_at_15_bytes) {
    port p;
    ASSERT_OK(p.open("vale0:a{long_pipe_name"));
    EXPECT_STREQ("vale0:a{long_pi", p.nifp()->ni_name);
}

TEST_F(Register, A33_bound_descriptor_cannot_be_bound_again) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a"));
    ASSERT_OK(b.open("vale0:b"));
    EXPECT_ERR(EBUSY, a.fd().bind("vale0:a"));
    EXPECT_ERR(EBUSY, a.fd().bind("vale0:other"));
    EXPECT_ERR(EBUSY, a.fd().bind("nosuchif"));
    const frame f = make_frame(broadcast, mac_of(1));
    EXPECT_OK(a.send(f));
    EXPECT_EQ(std::vector<frame>{f}, b.receive());
}

TEST_F(Register, A34_modes_that_are_none) {
    for (const uint32_t mode : {0u, 5u, 6u, 9u, 255u, 0xffffffffu}) {
        expect_refused(EINVAL, "vale0:a", reg().mode(mode));
    }
}

TEST_F(Register, A35_host_rings_of_a_switch_port) {
    for (const uint32_t mode : {NR_REG_SW, NR_REG_NIC_SW, NR_REG_ONE_SW}) {
        expect_refused(EINVAL, "vale0:a", reg().mode(mode));
    }
}

TEST_F(Register, A36_pain_48_56_ring_ids_that_do_not_exist) {
    for (const uint16_t ring : {2, 3, 0x0fff, 0x1000, 0x4000, 0x8000, 65535}) {
        expect_refused(EINVAL, "vale0:a", reg().rings(2, 2).slots(16).one(ring));
    }
}

TEST_F(Register, A37_ring_id_beyond_one_direction_takes_ring_0_there) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().rings(2, 1).slots(16).one(1)));
    EXPECT_EQ(0, p.tx_offset(0));
    ASSERT_NE(0, p.tx_offset(1));
    ASSERT_NE(0, p.rx_offset(0));
    EXPECT_EQ(1, p.tx(1).raw()->ringid);
    EXPECT_EQ(0, p.rx(0).raw()->ringid);
}

TEST_F(Register, only_the_bound_rings_have_offsets) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().rings(4, 4).slots(16).one(2)));
    for (unsigned i = 0; i < 4; ++i) {
        EXPECT_EQ(i == 2, p.tx_offset(i) != 0) << i;
        EXPECT_EQ(i == 2, p.rx_offset(i) != 0) << i;
    }
    port other;
    ASSERT_OK(other.open("vale0:a", reg().one(1)));
    EXPECT_EQ(0, other.tx_offset(2)) << "bound by somebody else";
    EXPECT_NE(0, other.tx_offset(1));
}

TEST_F(Register, A40_pain_287_tx_rings_only_never_receives) {
    port sender;
    port p;
    ASSERT_OK(sender.open("vale0:s"));
    ASSERT_OK(p.open("vale0:a", reg().rings(2, 2).slots(16).flags(NR_TX_RINGS_ONLY)));
    EXPECT_NE(0, p.tx_offset(0));
    EXPECT_NE(0, p.tx_offset(1));
    EXPECT_EQ(0, p.rx_offset(0));
    EXPECT_EQ(0, p.rx_offset(1));
    EXPECT_OK(sender.send(make_frame(broadcast, mac_of(1))));
    EXPECT_EQ(0, p.poll(POLLIN));
    EXPECT_OK(p.rxsync());
    EXPECT_EQ(POLLOUT, p.poll(POLLIN | POLLOUT));
}

TEST_F(Register, A40_D11_pain_287_rx_rings_only_never_sends) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().slots(16).flags(NR_RX_RINGS_ONLY)));
    EXPECT_EQ(0, p.tx_offset(0));
    EXPECT_NE(0, p.rx_offset(0));
    EXPECT_OK(p.txsync());
    EXPECT_EQ(0, p.poll(POLLOUT));
}

TEST_F(Register, A41_both_restrictions_bind_nothing) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().flags(NR_RX_RINGS_ONLY | NR_TX_RINGS_ONLY)));
    EXPECT_EQ(0, p.tx_offset(0));
    EXPECT_EQ(0, p.rx_offset(0));
    EXPECT_OK(p.txsync());
    EXPECT_OK(p.rxsync());
    EXPECT_EQ(0, p.poll(POLLIN | POLLOUT));
}

TEST_F(Register, A42_17_rings_become_16) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().rings(17, 17).slots(16)));
    EXPECT_EQ(16, p.reply.nr_tx_rings);
    EXPECT_EQ(16, p.reply.nr_rx_rings);
    EXPECT_NE(0, p.tx_offset(15));
    EXPECT_NE(0, p.rx_offset(15));
    EXPECT_EQ(15, p.rx(15).raw()->ringid);
}

TEST_F(Register, A42_5000_slots_become_4096) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().slots(5000, 8)));
    EXPECT_EQ(4096u, p.reply.nr_tx_slots);
    EXPECT_EQ(8u, p.reply.nr_rx_slots);
    EXPECT_EQ(4096u, p.tx().slots());
    EXPECT_EQ(8u, p.rx().slots());
}

TEST_F(Register, A42_absurd_numbers_are_cut_to_the_limits) {
    nmreq_port_info_get info{};
    info.nr_tx_slots = info.nr_rx_slots = 0xffffffff;
    info.nr_tx_rings = info.nr_rx_rings = 0xffff;
    EXPECT_OK(port_info("vale0:a", info));
    EXPECT_EQ(4096u, info.nr_tx_slots);
    EXPECT_EQ(4096u, info.nr_rx_slots);
    EXPECT_EQ(16, info.nr_tx_rings);
    EXPECT_EQ(16, info.nr_rx_rings);
}

TEST_F(Register, A42_odd_numbers_are_taken_as_they_are) {
    port p;
    ASSERT_OK(p.open("vale0:a", reg().rings(3, 5).slots(7, 1000)));
    EXPECT_EQ(3, p.reply.nr_tx_rings);
    EXPECT_EQ(5, p.reply.nr_rx_rings);
    EXPECT_EQ(7u, p.reply.nr_tx_slots);
    EXPECT_EQ(1000u, p.reply.nr_rx_slots);
    EXPECT_EQ(7u, p.tx(2).slots());
    EXPECT_EQ(1000u, p.rx(4).slots());
}

TEST_F(Register, A48_region_that_does_not_exist) {
    expect_refused(EINVAL, "vale0:a", reg().mem(65535));
}

TEST_F(Register, A49_new_port_in_the_region_of_another) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a"));
    ASSERT_OK(b.open("vale1:b", reg().mem(a.reply.nr_mem_id)));
    EXPECT_EQ(a.reply.nr_mem_id, b.reply.nr_mem_id);
    EXPECT_EQ(a.reply.nr_memsize, b.reply.nr_memsize);
    EXPECT_NE(a.reply.nr_offset, b.reply.nr_offset);
    const netmap_if* other = NETMAP_IF(a.mem(), b.reply.nr_offset);
    EXPECT_STREQ("vale1:b", other->ni_name);
}

TEST_F(Register, ports_have_regions_of_their_own) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a"));
    ASSERT_OK(b.open("vale0:b"));
    EXPECT_NE(a.reply.nr_mem_id, b.reply.nr_mem_id);
}

TEST_F(Register, region_goes_with_its_last_port) {
    uint16_t id = 0;
    {
        port a;
        ASSERT_OK(a.open("vale0:a"));
        id = a.reply.nr_mem_id;
    }
    expect_refused(EINVAL, "vale0:b", reg().mem(id));
}

TEST_F(Register, A50_interfaces_that_do_not_exist) {
    expect_refused(ENXIO, "nosuchif");
    expect_refused(ENXIO, "averylongnameofaninterface");
    expect_refused(ENXIO, "");
}

TEST_F(Register, A51_malformed_names_of_switch_ports) {
    expect_refused(EINVAL, "vale-0:a");
    expect_refused(EINVAL, "vale 0:a");
    expect_refused(EINVAL, "vale0:" + std::string(16, 'p'));
    expect_refused(EINVAL, "vale" + std::string(12, 's') + ":a");
    expect_refused(EINVAL, "vale" + std::string(40, 's') + ":a");
    descriptor d;
    EXPECT_TRUE(one_of(d.bind("vale0"), {EINVAL, ENXIO}));
}

TEST_F(Register, A51_longest_names_of_switch_ports) {
    const std::string name = "vale" + std::string(11, 's') + ":" + std::string(15, 'p');
    port p;
    ASSERT_OK(p.open(name));
    EXPECT_EQ(std::vector<std::string>{name}, switch_ports());
}

TEST_F(Register, any_bytes_may_be_in_the_port_part) {
    port p;
    ASSERT_OK(p.open("vale0:-a b:\xff/"));
    EXPECT_EQ(std::vector<std::string>{"vale0:-a b:\xff/"}, switch_ports());
}

TEST_F(Register, prefix_of_a_switch_port_is_compared_whole) {
    expect_refused(ENXIO, "valx:a");
    expect_refused(ENXIO, "val0:a");
    expect_refused(ENXIO, "Vale0:a");
}

TEST_F(Register, A52_port_part_may_be_empty) {
    port p;
    port q;
    ASSERT_OK(p.open("vale0:"));
    ASSERT_OK(q.open("vale:"));
    EXPECT_EQ((std::vector<std::string>{"vale0:", "vale:"}), switch_ports());
}

TEST_F(Register, port_part_that_names_an_interface_must_be_attached_instead) {
    if (the_host().embedded()) {
        EXPECT_OK(descriptor().bind("vale0:lo")) << "the engine has no interfaces";
    } else {
        expect_refused(EINVAL, "vale0:lo");
    }
}

TEST_F(Register, A53_D53_ninth_switch_is_ENOMEM_until_one_is_empty) {
    std::vector<port> ports(8);
    for (size_t i = 0; i < ports.size(); ++i) {
        ASSERT_OK(ports[i].open("vale" + std::to_string(i) + ":a", reg().slots(16)));
    }
    port ninth;
    EXPECT_ERR(ENOMEM, ninth.open("vale8:a", reg().slots(16)));
    EXPECT_EQ(8u, switch_ports().size());
    EXPECT_OK(ninth.open("vale7:b", reg().slots(16))) << "in a switch that exists";
    ninth.close();
    ports[3].close();
    EXPECT_OK(ninth.open("vale8:a", reg().slots(16)));
}

TEST_F(Register, switch_holds_252_ports) {
    port first;
    ASSERT_OK(first.open("vale0:first", reg().slots(2)));
    std::vector<port> ports(251);
    for (size_t i = 0; i < ports.size(); ++i) {
        ASSERT_OK(ports[i].open("vale0:" + std::to_string(i), reg().slots(2))) << i;
    }
    EXPECT_EQ(252u, switch_ports().size());
    port next;
    EXPECT_ERR(ENOMEM, next.open("vale0:next", reg().slots(2)));
    ports[100].close();
    EXPECT_OK(next.open("vale0:next", reg().slots(2)));
}

TEST_F(Register, A54_D29_pipes_without_parent_or_id) {
    for (const char* name : {"{x", "}x", "{", "}", "vale0:a{", "vale0:a}"}) {
        expect_refused(EINVAL, name);
    }
}

TEST_F(Register, A55_D29_modes_of_pipes) {
    for (const uint32_t mode :
         {NR_REG_SW, NR_REG_NIC_SW, NR_REG_ONE_SW, NR_REG_PIPE_MASTER, NR_REG_PIPE_SLAVE}) {
        expect_refused(EINVAL, "vale0:a{x", reg().mode(mode));
    }
    EXPECT_OK(descriptor().bind("vale0:a{x"));
    EXPECT_OK(descriptor().bind("vale0:a{x", reg().one(0)));
}

TEST_F(Register, A65_defect_reference_leak_descriptor_is_usable_after_every_kind_of_failure) {
    port exclusive;
    ASSERT_OK(exclusive.open("vale0:x", reg().flags(NR_EXCLUSIVE)));
    descriptor d;
    nmreq_option unknown = unknown_option();
    EXPECT_ERR(EBUSY, d.bind("vale0:x"));
    EXPECT_ERR(EBUSY, d.bind("vale0:x", reg().flags(NR_EXCLUSIVE)));
    EXPECT_ERR(ENXIO, d.bind("nosuchif"));
    EXPECT_ERR(EINVAL, d.bind("vale0:a", reg().one(9)));
    EXPECT_ERR(EINVAL, d.bind("vale0:a", reg().mode(NR_REG_SW)));
    EXPECT_ERR(EINVAL, d.bind("vale0:a", reg().mem(65535)));
    EXPECT_ERR(EOPNOTSUPP, d.bind("vale0:a", reg{}, &unknown));
    EXPECT_FALSE(d.bound());
    EXPECT_EQ(POLLERR, d.poll(POLLIN | POLLOUT));
    EXPECT_EQ(std::vector<std::string>{"vale0:x"}, switch_ports());

    EXPECT_OK(d.bind("vale0:a"));
    EXPECT_OK(d.txsync());
    EXPECT_OK(d.rxsync());
    EXPECT_EQ(POLLOUT, d.poll(POLLIN | POLLOUT));
}

TEST_F(Register, A66_defect_reference_leak_failed_exclusive_bind_leaves_nothing_behind) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a"));
    descriptor d;
    EXPECT_ERR(EBUSY, d.bind("vale0:a", reg().flags(NR_EXCLUSIVE)));
    EXPECT_ERR(ENXIO, d.txsync());
    EXPECT_OK(b.open("vale0:a")) << "the ring is not exclusive";
    d.close();
    EXPECT_OK(a.txsync());
}

TEST_F(Register, ports_come_and_go_a_thousand_times) {
    for (unsigned i = 0; i < rounds(1000); ++i) {
        port p;
        ASSERT_OK(p.open("vale0:a", reg().slots(64).extra(i % 7)));
        ASSERT_OK(p.txsync());
    }
}

} // namespace
} // namespace conformance
