// SPDX-License-Identifier: BSD-2-Clause
// Who may do what (device only): interfaces are for administrators of their
// network namespace, switches and pipes for everybody who may open the node.
#include "fixture.hpp"
#include "wire.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace conformance {
namespace {

constexpr const char* node = "/dev/netmap";
constexpr uid_t nobody = 65534;

class Privilege : public suite {
  protected:
    void SetUp() override {
        suite::SetUp();
        if (the_host().embedded()) {
            GTEST_SKIP() << "whoever runs the engine owns it";
        }
        if (::geteuid() != 0) {
            GTEST_SKIP() << "privileges are dropped here, so there must be some";
        }
        pair_ = std::make_unique<veth_pair>();
        if (pair_->error().code == EOPNOTSUPP) {
            GTEST_SKIP() << "this kernel has no veth";
        }
        ASSERT_OK(pair_->error());
        ASSERT_EQ(0, ::stat(node, &before_));
        ASSERT_EQ(0, ::chmod(node, 0666));
    }
    void TearDown() override {
        if (before_.st_mode != 0) {
            ::chmod(node, before_.st_mode & 07777);
        }
        pair_.reset();
        suite::TearDown();
    }

    enum : int { good = 0, bad = 1, impossible = 77 };
    /// What `body`, in a process of its own, makes of it.
    template <class Body> static int in_child(Body body) {
        std::fflush(nullptr);
        const pid_t child = ::fork();
        if (child == 0) {
            const int verdict = body();
            std::fflush(nullptr);
            ::_exit(HasFailure() ? bad : verdict);
        }
        int status = -1;
        EXPECT_EQ(child, ::waitpid(child, &status, 0));
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    static bool become_nobody() {
        return ::setgid(nobody) == 0 && ::setuid(nobody) == 0 && ::geteuid() == nobody;
    }
    /// Refused, and the words name what is missing.
    static void expect_refused(std::string_view name, reg wanted) {
        nmreq_opt_errtext words{};
        words.nro_opt = make_option(NETMAP_REQ_OPT_ERRTEXT, sizeof(words));
        EXPECT_ERR(EPERM, descriptor().bind(name, wanted, &words.nro_opt)) << name;
        EXPECT_NE(std::string_view(words.nro_text).find("CAP_NET_ADMIN"), std::string_view::npos)
            << name << ": " << words.nro_text;
    }

  private:
    std::unique_ptr<veth_pair> pair_;
    struct stat before_ {};
};

TEST_F(Privilege, switches_and_pipes_need_none) {
    EXPECT_EQ(good, in_child([] {
                  EXPECT_TRUE(become_nobody());
                  port a;
                  port b;
                  port monitor;
                  EXPECT_OK(a.open("vale0:a"));
                  EXPECT_OK(b.open("vale0:b"));
                  EXPECT_OK(monitor.open("vale0:a", reg().flags(NR_MONITOR_TX)));
                  EXPECT_OK(a.send(make_frame(broadcast, mac_of(1))));
                  EXPECT_EQ(1u, b.receive().size());
                  port master;
                  port slave;
                  EXPECT_OK(master.open("p{1"));
                  EXPECT_OK(slave.open("p}1"));
                  EXPECT_OK(master.send(make_frame(broadcast, mac_of(1))));
                  EXPECT_EQ(1u, slave.receive().size());
                  return good;
              }));
}

TEST_F(Privilege, S_interfaces_are_for_administrators) {
    port held;
    ASSERT_OK(held.open("nmx0"));
    EXPECT_EQ(good, in_child([] {
                  EXPECT_TRUE(become_nobody());
                  expect_refused("nmx1", reg());
                  expect_refused("nmx0", reg());
                  expect_refused("nmx0", reg().mode(NR_REG_SW));
                  expect_refused("nmx0", reg().mode(NR_REG_NIC_SW));
                  expect_refused("nmx0", reg().flags(NR_MONITOR_RX));
                  expect_refused("nmx0", reg().flags(NR_ZCOPY_MON));
                  expect_refused("nmx0{1", reg());
                  EXPECT_ERR(ENXIO, descriptor().bind("nmx9"));
                  return good;
              }));
    nmreq_port_info_get info{};
    EXPECT_OK(port_info("nmx1", info));
}

TEST_F(Privilege, S_the_region_of_interfaces_is_for_administrators) {
    port held;
    ASSERT_OK(held.open("vale0:held", reg().mem(1)));
    EXPECT_EQ(good, in_child([] {
                  EXPECT_TRUE(become_nobody());
                  expect_refused("vale0:a", reg().mem(1));
                  expect_refused("vale0:held", reg());
                  expect_refused("q{1", reg().mem(1));
                  expect_refused("n", reg().mode(NR_REG_NULL).mem(1));
                  return good;
              }));
}

TEST_F(Privilege, S_attaching_and_making_interfaces_are_for_administrators) {
    EXPECT_EQ(good, in_child([] {
                  EXPECT_TRUE(become_nobody());
                  const descriptor d;
                  nmreq_vale_attach attach{};
                  attach.reg.nr_mode = NR_REG_ALL_NIC;
                  EXPECT_ERR(EPERM, d.request(NETMAP_REQ_VALE_ATTACH, "vale0:nmx0", &attach));
                  nmreq_vale_detach detach{};
                  EXPECT_ERR(EPERM, d.request(NETMAP_REQ_VALE_DETACH, "vale0:nmx0", &detach));
                  nmreq_vale_newif newif{};
                  EXPECT_ERR(EPERM, d.request(NETMAP_REQ_VALE_NEWIF, "nobodys", &newif));
                  EXPECT_ERR(EPERM, d.request(NETMAP_REQ_VALE_DELIF, "nmx0", nullptr));
                  nmreq_vale_polling polling{};
                  EXPECT_ERR(EPERM,
                             d.request(NETMAP_REQ_VALE_POLLING_ENABLE, "vale0:nmx0", &polling));
                  EXPECT_TRUE(switch_ports().empty());
                  nmreq_port_info_get info{};
                  EXPECT_OK(port_info("nmx0", info)) << "looking is no use of it";
                  return good;
              }));
}

TEST_F(Privilege, S_a_container_has_its_own_interfaces_and_no_others) {
    port outside;
    ASSERT_OK(outside.open("nmx1"));
    ASSERT_EQ(1u, outside.reply.nr_mem_id);
    port switched;
    ASSERT_OK(switched.open("vale0:theirs"));
    const int verdict = in_child([others = switched.reply.nr_mem_id]() -> int {
        const descriptor hosts; // of the namespace of whoever opened it
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
            return errno == EINVAL || errno == EPERM || errno == ENOSPC ? impossible : bad;
        }
        EXPECT_ERR(EPERM, hosts.bind("nmx0"));
        EXPECT_ERR(ENXIO, descriptor().bind("nmx0")) << "not in this namespace";
        const veth_pair own("own0", "own1");
        EXPECT_OK(own.error());
        expect_refused("own0", reg().mem(1));
        EXPECT_ERR(EPERM, descriptor().bind("vale0:a", reg().mem(others)));
        EXPECT_ERR(EPERM, descriptor().bind("n", reg().mode(NR_REG_NULL).mem(others)));
        port a;
        port b;
        EXPECT_OK(a.open("own0", reg().mode(NR_REG_NIC_SW)));
        EXPECT_OK(b.open("own1"));
        EXPECT_NE(1u, a.reply.nr_mem_id) << "there are other people's packets";
        EXPECT_NE(a.reply.nr_mem_id, b.reply.nr_mem_id);
        expect_refused("vale0:a", reg().mem(1));
        EXPECT_OK(a.send(make_frame(broadcast, mac_of(1))));
        EXPECT_TRUE(eventually([&] { return b.receive().size() == 1; }));
        port c;
        EXPECT_OK(c.open("vale0:a", reg().mem(a.reply.nr_mem_id))) << "its own region";
        return good;
    });
    if (verdict == impossible) {
        GTEST_SKIP() << "no user namespaces here";
    }
    EXPECT_EQ(good, verdict);
}

} // namespace
} // namespace conformance
