// SPDX-License-Identifier: BSD-2-Clause
/** What nm-ctl asks of the core, byte by byte, and what it makes of refusals. */
#include "ctl_support.hpp"

#include <cerrno>

#include <gtest/gtest.h>

#include "fake_core.hpp"

namespace netmapxx::apps {
namespace {

using netmapxx_tests::fake_core;
using netmapxx_tests::fake_request;
using netmapxx_tests::request_of;
using test::run_classic;
using test::run_ctl;
using words = std::vector<std::string>;

class ctl_requests : public netmapxx_tests::with_fake_core {
  protected:
    ctl_requests() {
        core->add("vale0:eth0", {.memory_id = 9});
        core->add("eth0", {.tx_rings = 2, .rx_rings = 2, .slots = 64, .memory_id = 5});
    }

    /** The requests of a classic run that must succeed. */
    std::vector<fake_request> asked(words const& letters) {
        core->requests.clear();
        auto const r = run_classic(letters);
        EXPECT_EQ(r.status, 0) << r.err;
        EXPECT_TRUE(core->quiet());
        return core->requests;
    }
    /** The one request of such a run. */
    fake_request only(words const& letters) {
        auto const all = asked(letters);
        EXPECT_EQ(all.size(), 1U);
        return all.empty() ? fake_request{} : all.front();
    }
};

TEST_F(ctl_requests, no_letter_walks_through_all_ports) {
    auto const all = asked({});
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0], request_of(NETMAP_REQ_VALE_LIST, "", nmreq_vale_list{}));
    EXPECT_EQ(all[1], request_of(NETMAP_REQ_VALE_LIST, "", nmreq_vale_list{0, 0, 1}));
}

TEST_F(ctl_requests, l_looks_one_port_up) {
    EXPECT_EQ(only({"-l", "vale0:eth0"}),
              request_of(NETMAP_REQ_VALE_LIST, "vale0:eth0", nmreq_vale_list{}));
}

TEST_F(ctl_requests, a_attaches_the_nic_rings) {
    nmreq_vale_attach body{};
    body.reg.nr_mode = NR_REG_ALL_NIC;
    EXPECT_EQ(only({"-a", "vale0:eth0"}), request_of(NETMAP_REQ_VALE_ATTACH, "vale0:eth0", body));
    EXPECT_EQ(only({"-a", "vale0:eth-1"}), request_of(NETMAP_REQ_VALE_ATTACH, "vale0:eth-1", body));
}

TEST_F(ctl_requests, h_attaches_nic_and_host_rings) {
    nmreq_vale_attach body{};
    body.reg.nr_mode = NR_REG_NIC_SW;
    EXPECT_EQ(only({"-h", "vale0:eth0"}), request_of(NETMAP_REQ_VALE_ATTACH, "vale0:eth0", body));
}

TEST_F(ctl_requests, big_c_and_m_shape_what_is_attached) {
    nmreq_vale_attach body{};
    body.reg.nr_mode = NR_REG_ALL_NIC;
    body.reg.nr_tx_slots = 512;
    body.reg.nr_rx_slots = 256;
    body.reg.nr_tx_rings = 2;
    body.reg.nr_rx_rings = 3;
    body.reg.nr_mem_id = 7;
    EXPECT_EQ(only({"-a", "vale0:eth0", "-C", "512,256,2,3", "-m", "7"}),
              request_of(NETMAP_REQ_VALE_ATTACH, "vale0:eth0", body));
    body = {};
    body.reg.nr_mode = NR_REG_ALL_NIC;
    body.reg.nr_tx_slots = body.reg.nr_rx_slots = 128;
    EXPECT_EQ(only({"-C", "128", "-a", "vale0:eth0"}),
              request_of(NETMAP_REQ_VALE_ATTACH, "vale0:eth0", body));
    body.reg.nr_tx_rings = body.reg.nr_rx_rings = 4;
    EXPECT_EQ(only({"-C", "128,128,4", "-a", "vale0:eth0"}),
              request_of(NETMAP_REQ_VALE_ATTACH, "vale0:eth0", body));
}

TEST_F(ctl_requests, m_with_a_port_asks_for_its_region_first) {
    auto const all = asked({"-n", "v0", "-m", "eth0"});
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0], request_of(NETMAP_REQ_PORT_INFO_GET, "eth0", nmreq_port_info_get{}));
    nmreq_vale_newif body{};
    body.nr_mem_id = 5;
    EXPECT_EQ(all[1], request_of(NETMAP_REQ_VALE_NEWIF, "v0", body));
}

TEST_F(ctl_requests, d_detaches) {
    EXPECT_EQ(only({"-d", "vale0:eth0"}),
              request_of(NETMAP_REQ_VALE_DETACH, "vale0:eth0", nmreq_vale_detach{}));
}

TEST_F(ctl_requests, n_makes_an_interface) {
    EXPECT_EQ(only({"-n", "v0"}), request_of(NETMAP_REQ_VALE_NEWIF, "v0", nmreq_vale_newif{}));
    nmreq_vale_newif const body{1024, 512, 2, 1, 1, 0};
    EXPECT_EQ(only({"-n", "v0", "-C", "1024,512,2,1", "-m", "1"}),
              request_of(NETMAP_REQ_VALE_NEWIF, "v0", body));
}

TEST_F(ctl_requests, r_takes_it_away) {
    EXPECT_EQ(only({"-r", "v0"}), (fake_request{NETMAP_REQ_VALE_DELIF, "v0", {}}));
}

TEST_F(ctl_requests, g_describes_a_port) {
    EXPECT_EQ(only({"-g", "eth0"}),
              request_of(NETMAP_REQ_PORT_INFO_GET, "eth0", nmreq_port_info_get{}));
    EXPECT_EQ(only({"-g", "vale0:eth0"}),
              request_of(NETMAP_REQ_PORT_INFO_GET, "vale0:eth0", nmreq_port_info_get{}));
}

TEST_F(ctl_requests, p_polls_with_one_thread_or_one_for_each_ring) {
    nmreq_vale_polling body{NETMAP_POLLING_MODE_SINGLE_CPU, 0, 1, 0};
    EXPECT_EQ(only({"-p", "vale0:eth0"}),
              request_of(NETMAP_REQ_VALE_POLLING_ENABLE, "vale0:eth0", body));
    EXPECT_EQ(only({"-p", "vale0:eth0", "-C", "0,0"}),
              request_of(NETMAP_REQ_VALE_POLLING_ENABLE, "vale0:eth0", body));
    body.nr_mode = NETMAP_POLLING_MODE_MULTI_CPU;
    EXPECT_EQ(only({"-p", "vale0:eth0", "-C", "1,0,1"}),
              request_of(NETMAP_REQ_VALE_POLLING_ENABLE, "vale0:eth0", body));
}

TEST_F(ctl_requests, big_p_ends_polling) {
    EXPECT_EQ(only({"-P", "vale0:eth0"}),
              request_of(NETMAP_REQ_VALE_POLLING_DISABLE, "vale0:eth0", nmreq_vale_polling{}));
}

TEST_F(ctl_requests, v_prints_the_index_of_an_attached_port) {
    EXPECT_EQ(run_classic({"-a", "vale0:eth0"}).out, "");
    EXPECT_EQ(run_classic({"-a", "vale0:eth0", "-v"}).out, "vale0:eth0: port 3\n");
}

TEST_F(ctl_requests, what_the_classic_program_took_silently_is_refused) {
    for (auto const& letters :
         {words{"-a", "vale0:eth0", "-d", "vale0:eth0"}, words{"-p", "vale0:eth0", "-C", "0,0,2"},
          words{"-p", "vale0:eth0", "-C", "2"}, words{"-a", "vale0:eth0", "-C", "x"},
          words{"-a", "vale0:eth0", "-C", "1,2,3,4,5"}, words{"-a", "eth0"}, words{"eth0"},
          words{"-a", "vale0:eth0", "-a", "vale0:eth1"}, words{"-n", "vale0:x"},
          words{"-a", "vale0:" + std::string(60, 'x')}, words{"-m", "0", "-n", "x"}}) {
        core->requests.clear();
        auto const r = run_classic(letters);
        EXPECT_EQ(r.status, 2) << r.err;
        EXPECT_TRUE(r.complaint().starts_with("vale-ctl: error: ")) << r.err;
        EXPECT_TRUE(core->requests.empty());
    }
}

TEST_F(ctl_requests, the_commands_send_what_the_letters_send) {
    struct pair {
        words command;
        words letters;
    };
    for (auto const& [command, letters] :
         {pair{{"list"}, {}}, pair{{"show", "vale0:eth0"}, {"-l", "vale0:eth0"}},
          pair{{"attach", "vale0:eth0"}, {"-a", "vale0:eth0"}},
          pair{{"attach", "vale0:eth0", "--with-host", "--conf", "8,9", "--mem", "2"},
               {"-h", "vale0:eth0", "-C", "8,9", "-m", "2"}},
          pair{{"detach", "vale0:eth0"}, {"-d", "vale0:eth0"}},
          pair{{"newif", "v0", "-C", "8"}, {"-n", "v0", "-C", "8"}},
          pair{{"delif", "v0"}, {"-r", "v0"}},
          pair{{"polling", "on", "vale0:eth0", "--mode", "per-ring", "--cpus", "1"},
               {"-p", "vale0:eth0", "-C", "1,0,1"}},
          pair{{"polling", "off", "vale0:eth0"}, {"-P", "vale0:eth0"}}}) {
        auto const classic = asked(letters);
        core->requests.clear();
        EXPECT_EQ(run_ctl(command).status, 0) << command.front();
        EXPECT_EQ(core->requests, classic) << command.front();
    }
}

TEST_F(ctl_requests, the_answers_of_commands_are_as_their_schema_says) {
    EXPECT_EQ(test::summary_of({"attach", "vale0:eth0"})["port_index"], 3);
    EXPECT_EQ(test::summary_of({"detach", "vale0:eth0"})["port_index"], 3);
    EXPECT_EQ(test::summary_of({"newif", "v0", "-C", "64"})["tx_slots"], 64);
    EXPECT_EQ(test::summary_of({"delif", "v0"})["name"], "v0");
    EXPECT_EQ(test::summary_of({"polling", "on", "vale0:eth0"})["mode"], "single");
    EXPECT_EQ(test::summary_of({"polling", "off", "vale0:eth0"})["polling"], false);
    EXPECT_EQ(test::summary_of({"info", "eth0"})["memory_id"], 5);
    core->has_stats = false;
    EXPECT_TRUE(test::summary_of({"stats", "eth0"})["ports"].at(0)["rings"].is_null());
    EXPECT_EQ(run_ctl({"stats", "eth0"}).out, "eth0: not available with this core\n");
}

// ---- refusals -------------------------------------------------------------------------

struct refused {
    words command;
    std::uint16_t request;
    int error;
    std::string why; ///< the core's words
    int status;
    std::string line;

    friend void PrintTo(refused const& r, std::ostream* out) { *out << r.line; }
};

class ctl_refusals : public netmapxx_tests::with_fake_core,
                     public testing::WithParamInterface<refused> {};

TEST_P(ctl_refusals, are_one_line_and_a_status) {
    auto const& p = GetParam();
    core->answers[p.request] = {p.error, p.why};
    auto const r = run_ctl(p.command);
    EXPECT_EQ(r.status, p.status);
    EXPECT_EQ(r.complaint(), "nm-ctl: error: " + p.line);
    EXPECT_EQ(r.out, "");
    EXPECT_TRUE(core->quiet());
}

INSTANTIATE_TEST_SUITE_P(
    ctl, ctl_refusals,
    testing::Values(
        refused{{"attach", "vale0:e"},
                NETMAP_REQ_VALE_ATTACH,
                EBUSY,
                "e is used by nm-pktgen",
                3,
                "cannot attach vale0:e: e is used by nm-pktgen"},
        refused{{"attach", "vale0:e"},
                NETMAP_REQ_VALE_ATTACH,
                EINVAL,
                "",
                3,
                "cannot attach vale0:e: no such interface"},
        refused{{"attach", "vale0:e"},
                NETMAP_REQ_VALE_ATTACH,
                EBUSY,
                "",
                3,
                "cannot attach vale0:e: already attached to a switch, or open in netmap mode"},
        refused{{"attach", "vale0:e"},
                NETMAP_REQ_VALE_ATTACH,
                ENOMEM,
                "",
                3,
                "cannot attach vale0:e: switch limit reached (parameter max_bridges), or switch "
                "full"},
        refused{{"attach", "vale0:e"},
                NETMAP_REQ_VALE_ATTACH,
                EPERM,
                "",
                4,
                "cannot attach vale0:e: Operation not permitted"},
        refused{{"attach", "vale0:e"},
                NETMAP_REQ_VALE_ATTACH,
                EOPNOTSUPP,
                "not in this build",
                3,
                "cannot attach vale0:e: not in this build"},
        refused{{"detach", "vale0:e"},
                NETMAP_REQ_VALE_DETACH,
                EBUSY,
                "",
                3,
                "cannot detach vale0:e: in use"},
        refused{{"detach", "vale0:e"},
                NETMAP_REQ_VALE_DETACH,
                ENXIO,
                "",
                3,
                "cannot detach vale0:e: no such switch or port"},
        refused{{"newif", "e"},
                NETMAP_REQ_VALE_NEWIF,
                EEXIST,
                "",
                3,
                "cannot create e: an interface of that name exists"},
        refused{{"delif", "e"},
                NETMAP_REQ_VALE_DELIF,
                EBUSY,
                "",
                3,
                "cannot delete e: in use: open, or attached to a switch"},
        refused{{"polling", "on", "vale0:e"},
                NETMAP_REQ_VALE_POLLING_ENABLE,
                EOPNOTSUPP,
                "",
                3,
                "cannot start polling of vale0:e: not an attached interface"},
        refused{{"polling", "off", "vale0:e"},
                NETMAP_REQ_VALE_POLLING_DISABLE,
                EFAULT,
                "",
                3,
                "cannot stop polling of vale0:e: not polled"},
        refused{{"hdr", "set", "vale0:e", "10"},
                NETMAP_REQ_PORT_HDR_SET,
                ENXIO,
                "",
                3,
                "cannot set the header length of vale0:e: no such switch port"},
        refused{{"info", "e"},
                NETMAP_REQ_PORT_INFO_GET,
                EACCES,
                "",
                4,
                "cannot describe netmap:e: Permission denied"},
        refused{{"list"},
                NETMAP_REQ_VALE_LIST,
                EACCES,
                "",
                4,
                "cannot list switches: Permission denied"},
        refused{{"newif", "e", "--mem", "nosuch0"},
                NETMAP_REQ_PORT_INFO_GET,
                ENXIO,
                "",
                3,
                "cannot describe netmap:nosuch0: no such port"}));

TEST_F(ctl_requests, an_interface_that_is_attached_is_found_where_it_is) {
    core->answers[NETMAP_REQ_VALE_ATTACH] = {EBUSY};
    auto const r = run_ctl({"attach", "vale1:eth0"});
    EXPECT_EQ(r.status, 3);
    EXPECT_EQ(r.complaint(), "nm-ctl: error: cannot attach vale1:eth0: already attached to vale0");
    EXPECT_NE(r.err.find("  hint: nm-ctl detach vale0:eth0"), std::string::npos);
}

TEST_F(ctl_requests, a_device_that_may_not_be_opened_ends_with_4) {
    core->fail_at = 1;
    core->fail_with = EACCES;
    EXPECT_EQ(run_ctl({"list"}).status, 4);
}

} // namespace
} // namespace netmapxx::apps
