// SPDX-License-Identifier: BSD-2-Clause
// Ports of switches that outlive descriptors: persistent ports, interfaces
// attached to switches, polling (checks A107 to A113, D64 to D67).
#include "interface.hpp"

#include <thread>

namespace conformance {
namespace {

err newif(const std::string& name, nmreq_vale_newif body = {}) {
    return descriptor().request(NETMAP_REQ_VALE_NEWIF, name, &body);
}
err delif(const std::string& name) {
    return descriptor().request(NETMAP_REQ_VALE_DELIF, name, nullptr);
}
err attach(const std::string& name, uint32_t mode = NR_REG_ALL_NIC) {
    nmreq_vale_attach body{};
    body.reg.nr_mode = mode;
    return descriptor().request(NETMAP_REQ_VALE_ATTACH, name, &body);
}
/// Tries to attach with an option that cannot be had there; its answer is checked.
err attach_with_offsets(const std::string& name) {
    nmreq_vale_attach body{};
    body.reg.nr_mode = NR_REG_ALL_NIC;
    nmreq_opt_offsets o{};
    o.nro_opt = make_option(NETMAP_REQ_OPT_OFFSETS, sizeof(o));
    o.nro_max_offset = 64;
    nmreq_opt_errtext text{};
    text.nro_opt = make_option(NETMAP_REQ_OPT_ERRTEXT, sizeof(text));
    const err e = descriptor().request(NETMAP_REQ_VALE_ATTACH, name, &body,
                                       chain({&o.nro_opt, &text.nro_opt}));
    EXPECT_EQ(static_cast<uint32_t>(EOPNOTSUPP), o.nro_opt.nro_status);
    EXPECT_EQ(64u, o.nro_max_offset);
    EXPECT_NE(nullptr, std::strstr(text.nro_text, "offsets")) << text.nro_text;
    return e;
}
err detach(const std::string& name) {
    nmreq_vale_detach body;
    std::memset(&body, 0xff, sizeof(body));
    return descriptor().request(NETMAP_REQ_VALE_DETACH, name, &body);
}
err polling(uint16_t type, const std::string& name, uint32_t mode, uint32_t first, uint32_t cpus) {
    nmreq_vale_polling body{};
    body.nr_mode = mode;
    body.nr_first_cpu_id = first;
    body.nr_num_polling_cpus = cpus;
    return descriptor().request(type, name, &body);
}
/// Names of all switch ports.
std::vector<std::string> listed() {
    std::vector<std::string> all;
    const descriptor d;
    nmreq_vale_list body{};
    for (nmreq_header h = make_header(NETMAP_REQ_VALE_LIST, "", &body); !d.control(h);
         h = make_header(NETMAP_REQ_VALE_LIST, "", &body)) {
        all.emplace_back(h.nr_name);
        ++body.nr_port_idx;
    }
    return all;
}
using names = std::vector<std::string>;

class Persistent : public suite {
  protected:
    static frame numbered(uint32_t tag) { return make_frame(broadcast, mac_of(1), 60, tag); }
};

TEST_F(Persistent, A112_names_and_what_is_there_already) {
    EXPECT_ERR(EINVAL, newif("vale0:x"));
    EXPECT_ERR(EINVAL, newif("valeX"));
    EXPECT_ERR(EINVAL, newif("sixteencharacter"));
    EXPECT_ERR(EINVAL, newif(""));
    ASSERT_OK(newif("nmxp"));
    EXPECT_ERR(EEXIST, newif("nmxp"));
    EXPECT_OK(delif("nmxp"));
    EXPECT_ERR(ENXIO, delif("nmxp"));
    nmreq_vale_newif unknown_region{};
    unknown_region.nr_mem_id = 65535;
    EXPECT_ERR(EINVAL, newif("nmxp", unknown_region));
    if (!the_host().embedded()) {
        EXPECT_ERR(EINVAL, delif("lo"));
        EXPECT_ERR(EEXIST, newif("lo"));
    }
}

TEST_F(Persistent, A112_D67_one_that_is_open_or_attached_stays) {
    ASSERT_OK(newif("nmxp"));
    port p;
    ASSERT_OK(p.open("nmxp"));
    EXPECT_ERR(EBUSY, delif("nmxp"));
    p.close();
    ASSERT_OK(attach("vale0:nmxp"));
    EXPECT_ERR(EBUSY, delif("nmxp"));
    EXPECT_OK(detach("vale0:nmxp"));
    EXPECT_OK(delif("nmxp"));
}

TEST_F(Persistent, reply_tells_the_shape_and_the_port_keeps_it) {
    nmreq_vale_newif body{};
    body.nr_tx_rings = 3;
    body.nr_rx_rings = 2;
    body.nr_tx_slots = 128;
    body.nr_rx_slots = 9999;
    ASSERT_OK(descriptor().request(NETMAP_REQ_VALE_NEWIF, "nmxp", &body));
    EXPECT_EQ(4096u, body.nr_rx_slots);
    EXPECT_LE(2u, body.nr_mem_id);
    port p;
    ASSERT_OK(p.open("nmxp"));
    EXPECT_EQ(3u, p.reply.nr_tx_rings);
    EXPECT_EQ(2u, p.reply.nr_rx_rings);
    EXPECT_EQ(body.nr_mem_id, p.reply.nr_mem_id);
    p.close();
    EXPECT_OK(delif("nmxp"));
}

TEST_F(Persistent, an_unattached_port_sends_into_nothing_and_counts) {
    ASSERT_OK(newif("nmxp"));
    port p;
    ASSERT_OK(p.open("nmxp"));
    ASSERT_OK(p.send(numbered(1)));
    EXPECT_EQ(p.tx().prev(p.tx().head()), p.tx().tail());
    EXPECT_EQ(1u, drops({"nmxp"}, NETMAP_DROP_DETACHED));
    p.close();
    EXPECT_OK(delif("nmxp"));
}

TEST_F(Persistent, attached_it_has_two_names_and_packets_flow) {
    ASSERT_OK(newif("nmxp"));
    ASSERT_OK(attach("vale0:nmxp"));
    EXPECT_EQ(names{"vale0:nmxp"}, listed());
    port other;
    ASSERT_OK(other.open("vale0:o"));
    for (const char* name : {"nmxp", "vale0:nmxp"}) {
        port p;
        ASSERT_OK(p.open(name));
        ASSERT_OK(p.send(numbered(1)));
        EXPECT_EQ(std::vector<frame>{numbered(1)}, other.receive());
        ASSERT_OK(other.send(numbered(2)));
        EXPECT_EQ(std::vector<frame>{numbered(2)}, p.receive());
        EXPECT_EQ((names{"vale0:nmxp", "vale0:o"}), listed()) << "the name in the switch stays";
    }
    EXPECT_ERR(EBUSY, attach("vale0:nmxp"));
    EXPECT_ERR(EBUSY, attach("vale1:nmxp"));
    EXPECT_ERR(EINVAL, descriptor().bind("vale1:nmxp", reg{})) << "attach it instead";
    EXPECT_OK(detach("vale0:nmxp"));
    EXPECT_OK(delif("nmxp"));
    EXPECT_EQ(names{"vale0:o"}, listed());
}

TEST_F(Persistent, D66_detached_while_open_its_syncs_return_and_discard) {
    ASSERT_OK(newif("nmxp"));
    ASSERT_OK(attach("vale0:nmxp"));
    port p;
    ASSERT_OK(p.open("nmxp"));
    std::atomic<bool> stop = false;
    std::jthread traffic([&] {
        while (!stop) {
            p.tx().put(numbered(1));
            EXPECT_OK(p.txsync());
            p.receive();
        }
    });
    for (unsigned i = 0; i < rounds(200); ++i) {
        ASSERT_OK(detach("vale0:nmxp"));
        EXPECT_ERR(EBUSY, attach("vale0:nmxp")) << "open";
        if (i + 1 < rounds(200)) {
            stop = true;
            traffic.join();
            p.close();
            ASSERT_OK(attach("vale0:nmxp"));
            ASSERT_OK(p.open("nmxp"));
            stop = false;
            traffic = std::jthread([&] {
                while (!stop) {
                    p.tx().put(numbered(1));
                    EXPECT_OK(p.txsync());
                    p.receive();
                }
            });
        }
    }
    stop = true;
    traffic.join();
    p.close();
    EXPECT_OK(delif("nmxp"));
}

TEST_F(Persistent, attaching_with_offsets_is_refused_in_words) {
    ASSERT_OK(newif("nmxp"));
    EXPECT_ERR(EOPNOTSUPP, attach_with_offsets("vale0:nmxp"));
    EXPECT_EQ(names{}, listed());
    EXPECT_OK(attach("vale0:nmxp"));
    EXPECT_OK(detach("vale0:nmxp"));
    EXPECT_OK(delif("nmxp"));
}

TEST_F(Persistent, A111_detaching_what_cannot_be_detached) {
    port p;
    ASSERT_OK(p.open("vale0:a"));
    EXPECT_ERR(EBUSY, detach("vale0:a"));
    EXPECT_ERR(ENXIO, detach("vale0:nothere"));
    EXPECT_ERR(ENXIO, detach("vale7:a"));
    EXPECT_ERR(EINVAL, detach("eth0"));
}

TEST_F(Persistent, attaching_what_does_not_exist_leaves_no_switch) {
    EXPECT_ERR(EINVAL, attach("vale0:nosuchif"));
    EXPECT_ERR(EINVAL, attach("nosuchif"));
    EXPECT_EQ(names{}, listed());
}

TEST_F(Persistent, A113_only_interfaces_are_polled) {
    ASSERT_OK(newif("nmxp"));
    ASSERT_OK(attach("vale0:nmxp"));
    EXPECT_ERR(EOPNOTSUPP, polling(NETMAP_REQ_VALE_POLLING_ENABLE, "vale0:nmxp", 1, 0, 1));
    EXPECT_ERR(ENXIO, polling(NETMAP_REQ_VALE_POLLING_ENABLE, "vale0:zz", 1, 0, 1));
    EXPECT_ERR(EINVAL, polling(NETMAP_REQ_VALE_POLLING_ENABLE, "zz", 1, 0, 1));
    EXPECT_OK(detach("vale0:nmxp"));
    EXPECT_OK(delif("nmxp"));
}

TEST_F(Persistent, the_host_sees_the_interface) {
    if (the_host().embedded()) {
        GTEST_SKIP() << "ports of the engine are nobody's interfaces";
    }
    ASSERT_OK(newif("nmxp"));
    EXPECT_LE(0, statistic("nmxp", "rx_packets"));
    ASSERT_OK(set_up("nmxp", true));
    EXPECT_OK(delif("nmxp"));
    EXPECT_EQ(-1, statistic("nmxp", "rx_packets"));
    port p;
    ASSERT_OK(p.open("foo{1"));
    EXPECT_LE(0, statistic("foo", "rx_packets")) << "D30: a pipe's parent is an interface";
    p.close();
    EXPECT_EQ(-1, statistic("foo", "rx_packets"));
}

class Attached : public interface_suite {};

TEST_F(Attached, an_interface_forwards_both_ways) {
    const on_one_cpu steady;
    ASSERT_OK(attach("vale0:nmx0"));
    EXPECT_EQ(names{"vale0:nmx0"}, listed());
    port p;
    ASSERT_OK(p.open("vale0:p"));
    const wire far(pair_->b());
    std::vector<frame> sent;
    for (uint32_t i = 0; i < 50; ++i) {
        sent.push_back(numbered(i, 60 + 20 * i));
    }
    ASSERT_OK(p.send(sent));
    EXPECT_EQ(sent, far.receive(sent.size()));
    for (const frame& f : sent) {
        ASSERT_OK(far.send(f));
    }
    EXPECT_EQ(sent, collect(p, sent.size()));
    p.close();
    EXPECT_OK(detach("vale0:nmx0"));
    EXPECT_EQ(names{}, listed());
}

TEST_F(Attached, D64_A110_it_cannot_be_opened_or_attached_again) {
    ASSERT_OK(attach("vale0:nmx0"));
    EXPECT_ERR(EBUSY, descriptor().bind("nmx0", reg{}));
    EXPECT_ERR(EBUSY, descriptor().bind("vale0:nmx0", reg{}));
    EXPECT_ERR(EBUSY, attach("vale0:nmx0"));
    EXPECT_ERR(EBUSY, attach("vale1:nmx0"));
    EXPECT_ERR(EBUSY, descriptor().bind("nmx0{1", reg{}));
    EXPECT_OK(detach("vale0:nmx0"));
    const wire stack(pair_->a(), wire::sees::what_the_stack_gets);
    const wire far(pair_->b());
    ASSERT_OK(far.send(numbered(1)));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, stack.receive(1)) << "host traffic is back";
}

TEST_F(Attached, A110_an_open_interface_is_not_attached) {
    port p;
    ASSERT_OK(p.open("nmx0"));
    EXPECT_ERR(EBUSY, attach("vale0:nmx0"));
    EXPECT_EQ(names{}, listed());
}

TEST_F(Attached, A109_only_all_rings_with_or_without_the_host) {
    EXPECT_ERR(EINVAL, attach("vale0:nmx0", NR_REG_ONE_NIC));
    EXPECT_ERR(EINVAL, attach("vale0:nmx0", NR_REG_SW));
    nmreq_vale_attach body{};
    body.reg.nr_mode = NR_REG_ALL_NIC;
    body.reg.nr_ringid = 1;
    EXPECT_ERR(EINVAL, descriptor().request(NETMAP_REQ_VALE_ATTACH, "vale0:nmx0", &body));
    EXPECT_EQ(names{}, listed());
}

TEST_F(Attached, options_of_registrations_are_not_for_the_rings_of_a_switch) {
    nmreq_vale_attach body{};
    body.reg.nr_mode = NR_REG_ALL_NIC;
    nmreq_option unknown = unknown_option();
    EXPECT_OK(descriptor().request(NETMAP_REQ_VALE_ATTACH, "vale0:nmx0", &body, &unknown));
    EXPECT_EQ(static_cast<uint32_t>(EOPNOTSUPP), unknown.nro_status);
    EXPECT_OK(detach("vale0:nmx0"));
    EXPECT_ERR(EOPNOTSUPP, attach_with_offsets("vale0:nmx0"));
    EXPECT_EQ(names{}, listed());
    port p;
    EXPECT_OK(p.open("nmx0")) << "nothing is left of it";
}

TEST_F(Attached, D65_with_the_host_the_stack_is_a_port_of_its_own) {
    ASSERT_OK(attach("vale0:nmx0", NR_REG_NIC_SW));
    EXPECT_EQ((names{"vale0:nmx0", "vale0:nmx0^"}), listed());
    const wire near(pair_->a());
    const wire stack(pair_->a(), wire::sees::what_the_stack_gets);
    const wire far(pair_->b());
    port p;
    ASSERT_OK(p.open("vale0:p"));
    ASSERT_OK(near.send(numbered(1)));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, far.receive(1));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, collect(p, 1));
    ASSERT_OK(far.send(numbered(2)));
    EXPECT_EQ(std::vector<frame>{numbered(2)}, stack.receive(1));
    EXPECT_EQ(std::vector<frame>{numbered(2)}, collect(p, 1));
    p.close();
    EXPECT_ERR(EBUSY, detach("vale0:nmx0^"));
    EXPECT_OK(detach("vale0:nmx0"));
    EXPECT_EQ(names{}, listed());
}

TEST_F(Attached, pain_580_two_interfaces_on_one_switch) {
    const on_one_cpu steady;
    veth_pair second("nmx2", "nmx3");
    ASSERT_OK(second.error());
    ASSERT_OK(attach("vale0:nmx0"));
    ASSERT_OK(attach("vale0:nmx2"));
    const wire one(pair_->b());
    const wire two(second.b());
    std::vector<frame> sent;
    for (uint32_t i = 0; i < 200; ++i) {
        sent.push_back(numbered(i));
        ASSERT_OK(one.send(sent.back()));
    }
    EXPECT_EQ(sent, two.receive(sent.size()));
    EXPECT_OK(detach("vale0:nmx0"));
    EXPECT_OK(detach("vale0:nmx2"));
}

TEST_F(Attached, pain_887_attaching_and_detaching_while_packets_flow) {
    const wire far(pair_->b());
    port p;
    ASSERT_OK(p.open("vale0:p"));
    std::atomic<bool> stop = false;
    std::jthread wire_side([&] {
        for (uint32_t i = 0; !stop; ++i) {
            far.send(numbered(i));
            far.receive();
        }
    });
    std::jthread switch_side([&] {
        while (!stop) {
            p.send(numbered(1));
            p.receive();
        }
    });
    for (unsigned i = 0; i < rounds(100); ++i) {
        ASSERT_OK(attach("vale0:nmx0", i % 2 != 0 ? NR_REG_NIC_SW : NR_REG_ALL_NIC));
        ASSERT_OK(detach("vale0:nmx0"));
    }
    stop = true;
}

TEST_F(Attached, an_interface_unplugged_while_attached_leaves_a_port_that_can_be_detached) {
    ASSERT_OK(attach("vale0:nmx0"));
    ASSERT_OK(pair_->remove());
    port p;
    ASSERT_OK(p.open("vale0:p"));
    ASSERT_OK(p.send(numbered(1)));
    EXPECT_OK(detach("vale0:nmx0"));
}

TEST_F(Attached, an_interface_that_came_back_can_be_attached_again) {
    ASSERT_OK(attach("vale0:nmx0"));
    pair_.reset();
    pair_ = std::make_unique<veth_pair>();
    ASSERT_OK(pair_->error());
    EXPECT_OK(attach("vale0:nmx0")) << "the place of the one that is gone";
    EXPECT_OK(detach("vale0:nmx0"));
}

TEST_F(Attached, A113_polling_moves_packets_and_holds_the_port) {
    ASSERT_OK(attach("vale0:nmx0"));
    for (const uint32_t cpus : {0u, 2u, 4096u}) {
        EXPECT_ERR(EINVAL, polling(NETMAP_REQ_VALE_POLLING_ENABLE, "vale0:nmx0", 1, 0, cpus));
    }
    EXPECT_ERR(EINVAL, polling(NETMAP_REQ_VALE_POLLING_ENABLE, "vale0:nmx0", 1, 0xffffffff, 1));
    EXPECT_ERR(EINVAL, polling(NETMAP_REQ_VALE_POLLING_ENABLE, "vale0:nmx0", 3, 0, 1));
    EXPECT_ERR(EFAULT, polling(NETMAP_REQ_VALE_POLLING_DISABLE, "vale0:nmx0", 1, 0, 1));
    ASSERT_OK(polling(NETMAP_REQ_VALE_POLLING_ENABLE, "vale0:nmx0", 1, 1, 1));
    EXPECT_ERR(EFAULT, polling(NETMAP_REQ_VALE_POLLING_ENABLE, "vale0:nmx0", 1, 1, 1));
    EXPECT_ERR(EBUSY, detach("vale0:nmx0"));
    port p;
    ASSERT_OK(p.open("vale0:p"));
    const wire far(pair_->b());
    ASSERT_OK(far.send(numbered(1)));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, collect(p, 1));
    ASSERT_OK(p.send(numbered(2)));
    EXPECT_EQ(std::vector<frame>{numbered(2)}, far.receive(1));
    ASSERT_OK(polling(NETMAP_REQ_VALE_POLLING_DISABLE, "vale0:nmx0", 1, 1, 1));
    ASSERT_OK(far.send(numbered(3)));
    EXPECT_EQ(std::vector<frame>{numbered(3)}, collect(p, 1));
    EXPECT_OK(detach("vale0:nmx0"));
}

} // namespace
} // namespace conformance
