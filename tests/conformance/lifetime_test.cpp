// SPDX-License-Identifier: BSD-2-Clause
// Descriptors: opening, closing under way, who may do what, what goes with a
// process (abi-control 2.1).
#include "fixture.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

namespace conformance {
namespace {

class Lifetime : public suite {};

constexpr const char* node = "/dev/netmap";

TEST_F(Lifetime, descriptors_are_independent) {
    descriptor a;
    descriptor b;
    EXPECT_NE(a.fd(), b.fd());
    EXPECT_OK(a.bind("vale0:a"));
    EXPECT_FALSE(b.bound());
    EXPECT_OK(b.bind("vale0:b"));
    a.close();
    EXPECT_TRUE(b.bound());
}

TEST_F(Lifetime, closed_descriptor_is_EBADF) {
    descriptor d;
    const int fd = d.fd();
    d.close();
    EXPECT_ERR(EBADF, result(the_host().close(fd)));
    EXPECT_ERR(EBADF, result(the_host().ioctl(fd, NIOCTXSYNC, nullptr)));
    nmreq_port_info_get info{};
    nmreq_header header = make_header(NETMAP_REQ_PORT_INFO_GET, "", &info);
    EXPECT_ERR(EBADF, result(the_host().ioctl(fd, NIOCCTRL, &header)));
    EXPECT_EQ(MAP_FAILED, the_host().mmap(fd, page, 0));
    EXPECT_EQ(EBADF, errno);
}

TEST_F(Lifetime, hundreds_of_descriptors) {
    std::vector<descriptor> many(300);
    for (size_t i = 0; i < many.size(); ++i) {
        ASSERT_OK(many[i].bind("vale0:a", reg().slots(16))) << i;
    }
    EXPECT_EQ(std::vector<std::string>{"vale0:a"}, switch_ports());
    many.clear();
}

TEST_F(Lifetime, sleeper_in_poll_keeps_a_closed_descriptor_alive) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a", reg().slots(16)));
    ASSERT_OK(b.open("vale0:b", reg().slots(16)));
    b.unmap();
    const int fd = b.fd().release();
    nmreq_stats_get s;
    ASSERT_OK(stats("vale0:b", direction::rx, 0, s));
    const uint64_t before = s.nr_syncs;
    std::atomic<int> seen = -1;
    std::jthread sleeper([&] {
        pollfd entry{fd, POLLIN, 0};
        the_host().poll(&entry, 1, patience_ms());
        seen = entry.revents;
    });
    EXPECT_TRUE(eventually([&] {
        return !stats("vale0:b", direction::rx, 0, s) && s.nr_syncs > before;
    })) << "poll has begun";
    EXPECT_OK(result(the_host().close(fd)));
    EXPECT_OK(a.send(make_frame(broadcast, mac_of(1))));
    sleeper.join();
    // woken in any case; Linux then looks the number up anew and finds it gone
    EXPECT_TRUE(seen == POLLIN || seen == POLLNVAL) << seen;
    EXPECT_EQ(std::vector<std::string>{"vale0:a"}, switch_ports());
}

TEST_F(Lifetime, descriptor_may_be_used_from_any_thread) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a"));
    ASSERT_OK(b.open("vale0:b"));
    const frame f = make_frame(broadcast, mac_of(1));
    std::jthread([&] { EXPECT_OK(a.send(f)); }).join();
    std::jthread([&] { EXPECT_EQ(std::vector<frame>{f}, b.receive()); }).join();
    std::jthread([&] { b.close(); }).join();
    EXPECT_EQ(std::vector<std::string>{"vale0:a"}, switch_ports());
}

TEST_F(Lifetime, heir_keeps_the_binding) {
    descriptor d;
    ASSERT_OK(d.bind("vale0:a"));
    mapping map(d, page);
    const int fd = d.release();
    EXPECT_TRUE(the_host().run_in_heir(
        fd, [] { return switch_ports() == std::vector<std::string>{"vale0:a"}; }));
    map.unmap();
    EXPECT_EQ(std::vector<std::string>{}, switch_ports());
}

/// Sends a descriptor through a socket and returns what comes out.
int pass_through_socket(int fd) {
    int ends[2];
    EXPECT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    char byte = 0;
    iovec data{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(head), &fd, sizeof(fd));
    EXPECT_EQ(1, ::sendmsg(ends[0], &message, 0));
    ::close(fd);
    EXPECT_EQ(1, ::recvmsg(ends[1], &message, 0));
    int out = -1;
    std::memcpy(&out, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(out));
    ::close(ends[0]);
    ::close(ends[1]);
    return out;
}

TEST_F(Lifetime, duplicates_and_passed_descriptors_share_one_binding) {
    if (the_host().embedded()) {
        GTEST_SKIP() << "the engine's descriptors are numbers of one process";
    }
    descriptor d;
    ASSERT_OK(d.bind("vale0:a"));
    const int copy = ::dup(d.fd());
    ASSERT_GE(copy, 0);
    d.close();
    EXPECT_OK(result(the_host().ioctl(copy, NIOCTXSYNC, nullptr)));
    const int passed = pass_through_socket(copy);
    ASSERT_GE(passed, 0);
    EXPECT_OK(result(the_host().ioctl(passed, NIOCTXSYNC, nullptr)));
    EXPECT_EQ(std::vector<std::string>{"vale0:a"}, switch_ports());
    ::close(passed);
}

TEST_F(Lifetime, everything_of_a_killed_process_goes) {
    if (the_host().embedded()) {
        GTEST_SKIP() << "the engine goes with its process";
    }
    int gate[2];
    ASSERT_EQ(0, ::pipe(gate));
    const pid_t child = ::fork();
    if (child == 0) {
        port a;
        port b;
        const bool good = !a.open("vale0:a") && !b.open("vale0:a{1");
        [[maybe_unused]] const auto told = ::write(gate[1], good ? "y" : "n", 1);
        for (;;) {
            b.poll(POLLIN, -1);
        }
    }
    char byte = 0;
    EXPECT_EQ(1, ::read(gate[0], &byte, 1));
    EXPECT_EQ('y', byte);
    EXPECT_FALSE(switch_ports().empty());
    ::kill(child, SIGKILL);
    EXPECT_EQ(child, ::waitpid(child, nullptr, 0));
    EXPECT_TRUE(eventually([] { return switch_ports().empty(); }));
    ::close(gate[0]);
    ::close(gate[1]);
}

TEST_F(Lifetime, read_only_descriptor_can_do_all_but_map_for_writing) {
    if (the_host().embedded()) {
        GTEST_SKIP() << "the engine's descriptors have no modes";
    }
    const int fd = ::open(node, O_RDONLY | O_CLOEXEC);
    ASSERT_GE(fd, 0);
    reg body;
    nmreq_header header = make_header(NETMAP_REQ_REGISTER, "vale0:a", &body);
    EXPECT_OK(result(::ioctl(fd, NIOCCTRL, &header)));
    EXPECT_OK(result(::ioctl(fd, NIOCRXSYNC, nullptr)));
    pollfd entry{fd, POLLOUT, 0};
    EXPECT_EQ(1, ::poll(&entry, 1, -1));
    EXPECT_EQ(MAP_FAILED, ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    EXPECT_EQ(EACCES, errno);
    char byte = 0;
    EXPECT_EQ(-1, ::read(fd, &byte, 1));
    EXPECT_EQ(EINVAL, errno);
    ::close(fd);
}

/// Runs one test of this program as a user without privileges.
bool passes_as_nobody(const char* filter) {
    const int self = ::open("/proc/self/exe", O_PATH | O_CLOEXEC);
    const pid_t child = ::fork();
    if (child == 0) {
        const std::string which = std::string("--gtest_filter=") + filter;
        const char* const args[] = {"conformance", "--host=embedded", "--gtest_brief=1",
                                    which.c_str(), nullptr};
        if (::setgid(65534) == 0 && ::setuid(65534) == 0) {
            ::fexecve(self, const_cast<char* const*>(args), environ);
        }
        ::_exit(77);
    }
    int status = -1;
    EXPECT_EQ(child, ::waitpid(child, &status, 0));
    ::close(self);
    return status == 0;
}

bool nobody_opens_the_node() {
    const pid_t child = ::fork();
    if (child == 0) {
        const bool dropped = ::setgid(65534) == 0 && ::setuid(65534) == 0;
        ::_exit(dropped && ::open(node, O_RDWR) >= 0 ? 0 : 1);
    }
    int status = -1;
    EXPECT_EQ(child, ::waitpid(child, &status, 0));
    return status == 0;
}

TEST_F(Lifetime, privileges_are_those_of_the_node_and_nothing_else) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "giving up privileges needs some";
    }
    if (the_host().embedded()) {
        EXPECT_TRUE(passes_as_nobody("Register.A32_ephemeral_port_with_defaults"));
        return;
    }
    struct stat status {};
    ASSERT_EQ(0, ::stat(node, &status));
    EXPECT_EQ((status.st_mode & 0006) == 0006, nobody_opens_the_node());
}

TEST_F(Lifetime, D54_pain_382_network_namespaces_have_switches_of_their_own) {
    if (the_host().embedded()) {
        GTEST_SKIP() << "the engine's switches are visible in one process only";
    }
    port outside;
    ASSERT_OK(outside.open("vale0:a", reg().flags(NR_EXCLUSIVE)));
    const pid_t child = ::fork();
    if (child == 0) {
        bool good = ::unshare(CLONE_NEWNET) == 0 && switch_ports().empty();
        port inside;
        good = good && !inside.open("vale0:a", reg().flags(NR_EXCLUSIVE)) &&
               switch_ports().size() == 1 && !inside.send(make_frame(broadcast, mac_of(1)));
        ::_exit(good ? 0 : 1);
    }
    int status = -1;
    EXPECT_EQ(child, ::waitpid(child, &status, 0));
    EXPECT_EQ(0, status);
    EXPECT_EQ(0u, outside.receive().size());
    EXPECT_EQ(std::vector<std::string>{"vale0:a"}, switch_ports());
}

} // namespace
} // namespace conformance
