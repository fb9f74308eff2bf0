// SPDX-License-Identifier: BSD-2-Clause
// Counters where the host's own tools look (device only): the interface of a
// persistent port, and the list of open ports in debugfs.
#include "fixture.hpp"
#include "wire.hpp"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <sstream>
#include <thread>

namespace conformance {
namespace {

constexpr const char* shown = "nmxshown";

/// ethtool -S: what the interface counts, by name.
std::map<std::string, uint64_t> ethtool_counters(const std::string& name) {
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    const auto ask = [&](void* data) {
        request.ifr_data = static_cast<char*>(data);
        EXPECT_OK(result(::ioctl(fd, SIOCETHTOOL, &request)));
    };
    ethtool_drvinfo info{};
    info.cmd = ETHTOOL_GDRVINFO;
    ask(&info);
    const uint32_t n = info.n_stats;
    std::vector<uint64_t> names((sizeof(ethtool_gstrings) + n * ETH_GSTRING_LEN) / 8 + 1);
    auto* strings = reinterpret_cast<ethtool_gstrings*>(names.data());
    strings->cmd = ETHTOOL_GSTRINGS;
    strings->string_set = ETH_SS_STATS;
    strings->len = n;
    ask(strings);
    std::vector<uint64_t> values(sizeof(ethtool_stats) / 8 + n);
    auto* stats = reinterpret_cast<ethtool_stats*>(values.data());
    stats->cmd = ETHTOOL_GSTATS;
    stats->n_stats = n;
    ask(stats);
    ::close(fd);
    std::map<std::string, uint64_t> all;
    for (uint32_t i = 0; i < n; ++i) {
        const auto* text = reinterpret_cast<const char*>(strings->data + i * ETH_GSTRING_LEN);
        all[std::string(text, ::strnlen(text, ETH_GSTRING_LEN))] = stats->data[i];
    }
    return all;
}

nmreq_stats_get counters_of(std::string_view name, bool tx) {
    nmreq_stats_get s{};
    s.nr_dir = tx ? 1 : 0;
    EXPECT_OK(descriptor().request(NETMAP_REQ_STATS_GET, name, &s)) << name;
    return s;
}

class Shown : public suite {
  protected:
    void SetUp() override {
        suite::SetUp();
        if (the_host().embedded()) {
            GTEST_SKIP() << "the engine has no network interfaces";
        }
        nmreq_vale_newif newif{};
        newif.nr_tx_rings = newif.nr_rx_rings = 2;
        newif.nr_tx_slots = newif.nr_rx_slots = 8;
        ASSERT_OK(descriptor().request(NETMAP_REQ_VALE_NEWIF, shown, &newif));
        nmreq_vale_attach attach{};
        attach.reg.nr_mode = NR_REG_ALL_NIC;
        ASSERT_OK(descriptor().request(NETMAP_REQ_VALE_ATTACH, "vale0:nmxshown", &attach));
    }
    void TearDown() override {
        if (!the_host().embedded()) {
            nmreq_vale_detach detach{};
            descriptor().request(NETMAP_REQ_VALE_DETACH, "vale0:nmxshown", &detach);
            descriptor().request(NETMAP_REQ_VALE_DELIF, shown, nullptr);
        }
        suite::TearDown();
    }
};

TEST_F(Shown, ethtool_has_all_counters_by_name) {
    port p;
    port q;
    ASSERT_OK(p.open(shown));
    ASSERT_OK(q.open("vale0:q", reg().slots(8)));
    for (unsigned i = 0; i < 3; ++i) {
        ASSERT_OK(p.send(make_frame(broadcast, mac_of(1))));
    }
    for (unsigned i = 0; i < 20; ++i) { // more than fit
        ASSERT_OK(q.send(make_frame(broadcast, mac_of(2))));
    }
    const auto all = ethtool_counters(shown);
    EXPECT_EQ(4u * 16, all.size()) << "two rings a direction";
    const auto tx = counters_of(shown, true);
    const auto rx = counters_of(shown, false);
    EXPECT_EQ(3u, all.at("tx0_packets"));
    EXPECT_EQ(tx.nr_bytes, all.at("tx0_bytes"));
    EXPECT_EQ(tx.nr_syncs, all.at("tx0_syncs"));
    EXPECT_EQ(0u, all.at("tx1_packets"));
    EXPECT_EQ(rx.nr_packets, all.at("rx0_packets"));
    EXPECT_EQ(7u, all.at("rx0_packets")) << "a ring of 8";
    EXPECT_EQ(rx.nr_drops[NETMAP_DROP_NO_ROOM], all.at("rx0_drop_no_room"));
    EXPECT_EQ(rx.nr_drops[NETMAP_DROP_OFFLOAD], all.at("rx0_drop_offload"));
}

TEST_F(Shown, statistics_of_the_interface_are_the_sums) {
    port p;
    port q;
    ASSERT_OK(p.open(shown));
    ASSERT_OK(q.open("vale0:q"));
    ASSERT_OK(p.send(make_frame(broadcast, mac_of(1))));
    for (unsigned i = 0; i < 2; ++i) {
        ASSERT_OK(q.send(make_frame(broadcast, mac_of(2), 100)));
    }
    EXPECT_EQ(1, statistic(shown, "tx_packets"));
    EXPECT_EQ(60, statistic(shown, "tx_bytes"));
    EXPECT_EQ(2, statistic(shown, "rx_packets"));
    EXPECT_EQ(200, statistic(shown, "rx_bytes"));
}

TEST_F(Shown, counters_of_the_interface_outlive_its_users) {
    for (unsigned round = 1; round <= 3; ++round) {
        port p;
        ASSERT_OK(p.open(shown));
        ASSERT_OK(p.send(make_frame(broadcast, mac_of(1))));
        EXPECT_EQ(round, ethtool_counters(shown).at("tx0_syncs"));
        p.close();
        EXPECT_EQ(round, ethtool_counters(shown).at("tx0_syncs"));
    }
}

TEST_F(Shown, can_be_read_while_users_come_and_go) {
    std::atomic<bool> stop = false;
    std::jthread reader([&] {
        while (!stop) {
            EXPECT_GE(statistic(shown, "tx_packets"), 0);
            EXPECT_FALSE(ethtool_counters(shown).empty());
        }
    });
    for (unsigned i = 0; i < rounds(500); ++i) {
        port p;
        ASSERT_OK(p.open(shown));
        p.send(make_frame(broadcast, mac_of(1)));
    }
    stop = true;
}

TEST_F(Shown, debugfs_lists_open_ports_with_their_counters) {
    constexpr const char* file = "/sys/kernel/debug/netmap/ports";
    const auto text = [&] {
        std::stringstream all;
        all << std::ifstream(file).rdbuf();
        return all.str();
    };
    if (::access(file, R_OK) != 0 &&
        (::mount("debugfs", "/sys/kernel/debug", "debugfs", 0, nullptr) != 0 ||
         ::access(file, R_OK) != 0)) {
        GTEST_SKIP() << "no debugfs here";
    }
    EXPECT_EQ(std::string::npos, text().find("vale0:q"));
    port p;
    port q;
    ASSERT_OK(p.open("vale0:q"));
    ASSERT_OK(q.open("vale1:alone"));
    ASSERT_OK(q.send(make_frame(broadcast, mac_of(1))));
    const std::string all = text();
    EXPECT_NE(std::string::npos, all.find("port vale0:q kind vale mode virtual")) << all;
    EXPECT_NE(std::string::npos, all.find(" opens 1 region " + std::to_string(q.reply.nr_mem_id)));
    EXPECT_NE(std::string::npos, all.find("drop_no_destination 1")) << all;
    p.close();
    EXPECT_EQ(std::string::npos, text().find("vale0:q"));
}

} // namespace
} // namespace conformance
