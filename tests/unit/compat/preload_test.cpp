// SPDX-License-Identifier: BSD-2-Clause
// The interposing library: descriptors and mappings that behave as the device's.
#include "support.hpp"

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <net/netmap_user.h>

extern "C" int nm_preload_descriptor(int fd);

using namespace compat_test;

namespace {

int open_node(int flags = O_RDWR) {
    return ::open("/dev/netmap", flags);
}

TEST(Preload, TheNodeOpensOnTheEngine) {
    EXPECT_EQ(access("/dev/netmap", R_OK | W_OK), 0);
    EXPECT_EQ(faccessat(AT_FDCWD, "/dev/netmap", F_OK, 0), 0);
    for (int fd : {open_node(), ::openat(AT_FDCWD, "/dev/netmap", O_RDWR)}) {
        ASSERT_GE(fd, 0);
        EXPECT_GE(nm_preload_descriptor(fd), 0);
        EXPECT_EQ(ioctl(fd, NIOCTXSYNC, nullptr), -1);
        EXPECT_EQ(errno, ENXIO) << "not bound";
        EXPECT_EQ(ioctl(fd, 0x12345678, nullptr), -1);
        EXPECT_EQ(errno, EOPNOTSUPP);
        EXPECT_EQ(::close(fd), 0);
        EXPECT_EQ(nm_preload_descriptor(fd), -1);
        EXPECT_EQ(::close(fd), -1);
        EXPECT_EQ(errno, EBADF);
        EXPECT_EQ(ioctl(fd, NIOCTXSYNC, nullptr), -1);
        EXPECT_EQ(errno, EBADF);
    }
}

TEST(Preload, OtherFilesAreTheSystems) {
    EXPECT_EQ(::open("/dev/netmap/x", O_RDONLY), -1);
    int const fd = ::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    ASSERT_GE(fd, 0);
    EXPECT_EQ(nm_preload_descriptor(fd), -1);
    EXPECT_EQ(::ftruncate(fd, 4096), 0);
    void* const at = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ASSERT_NE(at, MAP_FAILED);
    std::memset(at, 1, 4096);
    EXPECT_EQ(munmap(at, 4096), 0);
    int const copy = dup(fd);
    EXPECT_GE(copy, 0);
    EXPECT_EQ(::close(copy), 0);
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(::close(fd), 0);
}

TEST(Preload, GeneralControlsOfADescriptorWork) {
    int const fd = open_node(O_RDWR | O_CLOEXEC);
    ASSERT_GE(fd, 0);
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    int on = 1;
    EXPECT_EQ(ioctl(fd, FIONBIO, &on), 0);
    EXPECT_EQ(::close(fd), 0);
}

TEST(Preload, ADescriptorCannotBeDuplicated) {
    int const fd = open_node();
    int const other = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (int got : {dup(fd), dup2(fd, other), dup3(fd, other, 0), fcntl(fd, F_DUPFD, 0),
                    fcntl(fd, F_DUPFD_CLOEXEC, 0)}) {
        EXPECT_EQ(got, -1);
        EXPECT_EQ(errno, EOPNOTSUPP);
    }
    EXPECT_EQ(dup2(fd, fd), fd);
    EXPECT_EQ(dup2(other, fd), fd) << "takes the number, so the port is closed";
    EXPECT_EQ(nm_preload_descriptor(fd), -1);
    EXPECT_EQ(::close(fd), 0);
    EXPECT_EQ(::close(other), 0);
}

TEST(Preload, ARangeOfDescriptorsIsClosed) {
    context ctx;
    auto d = open_port("vale0:a/x");
    ASSERT_TRUE(d);
    nmport_undo_mmap(d.get());
    auto const fd = static_cast<unsigned>(d->fd);
    EXPECT_EQ(close_range(fd, fd, CLOSE_RANGE_CLOEXEC), 0);
    EXPECT_GE(nm_preload_descriptor(d->fd), 0) << "only marked";
    EXPECT_EQ(close_range(fd, fd + 3000, 0), 0);
    EXPECT_EQ(nm_preload_descriptor(d->fd), -1);
    d->fd = -1;
    EXPECT_TRUE(open_port("vale0:a/x")) << "the port was closed: " << ctx.last();
}

TEST(Preload, MappingsAreDroppedAsTheyWereMade) {
    context ctx;
    auto const d = open_port("vale0:a");
    ASSERT_TRUE(d) << ctx.last();
    std::size_t const size = d->reg.nr_memsize;
    EXPECT_EQ(mmap(nullptr, size + 4096, PROT_READ, MAP_SHARED, d->fd, 0), MAP_FAILED);
    EXPECT_EQ(errno, EINVAL);
    EXPECT_EQ(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, d->fd, 0), MAP_FAILED);
    EXPECT_EQ(errno, EINVAL);
    int const unbound = open_node();
    EXPECT_EQ(mmap(nullptr, 4096, PROT_READ, MAP_SHARED, unbound, 0), MAP_FAILED);
    EXPECT_EQ(errno, EINVAL);
    EXPECT_EQ(::close(unbound), 0);
    void* const page = mmap(nullptr, 100, PROT_READ, MAP_SHARED, d->fd, 4096);
    ASSERT_NE(page, MAP_FAILED);
    EXPECT_EQ(page, static_cast<char*>(d->mem->mem) + 4096);
    EXPECT_EQ(munmap(d->mem->mem, 4096), -1) << "a part of it";
    EXPECT_EQ(errno, EINVAL);
    EXPECT_EQ(munmap(page, 4096), 0);
    EXPECT_TRUE(send(d, frame(1))) << "the rest is still there";
}

TEST(Preload, AMappingKeepsTheBindingOfAClosedDescriptor) {
    context ctx;
    int const fd = open_node();
    nmreq_register reg{};
    nmreq_header hdr;
    nmreq_header_init(&hdr, NETMAP_REQ_REGISTER, &reg);
    std::strcpy(hdr.nr_name, "vale0:a");
    reg.nr_mode = NR_REG_ALL_NIC;
    reg.nr_flags = NR_EXCLUSIVE;
    ASSERT_EQ(ioctl(fd, NIOCCTRL, &hdr), 0);
    void* const at = mmap(nullptr, reg.nr_memsize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ASSERT_NE(at, MAP_FAILED);
    EXPECT_EQ(::close(fd), 0);
    EXPECT_FALSE(open_port("vale0:a"));
    EXPECT_EQ(errno, EBUSY);
    EXPECT_EQ(munmap(at, reg.nr_memsize), 0);
    EXPECT_TRUE(open_port("vale0:a")) << ctx.last();
}

// In a child without threads of its own; 0 if all is as it should be.
int child_checks(int fd) {
    if (ioctl(fd, NIOCTXSYNC, nullptr) != -1 || errno != ENODEV)
        return 1;
    pollfd p{fd, POLLIN, 0};
    if (poll(&p, 1, 1000) != 1 || p.revents != POLLNVAL)
        return 2;
    if (mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED)
        return 3;
    if (open_node() != -1 || errno != ENODEV)
        return 4;
    epoll_event e{};
    int const set = epoll_create1(0);
    if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &e) != -1 || errno != ENODEV)
        return 5;
    if (::close(fd) != 0 || ::open("/dev/null", O_WRONLY) != fd)
        return 6;
    p.events = POLLOUT; // the number is an ordinary one now
    return poll(&p, 1, 1000) == 1 && p.revents == POLLOUT ? 0 : 7;
}

TEST(Preload, AForkedChildHasNoEngine) {
    context ctx;
    auto const a = open_port("vale0:a");
    auto const b = open_port("vale0:b");
    ASSERT_TRUE(a && b);
    pid_t const child = fork();
    ASSERT_GE(child, 0);
    if (child == 0)
        _exit(child_checks(a->fd));
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
    EXPECT_TRUE(send(a, frame(1))) << "the parent goes on";
    EXPECT_EQ(receive(b), frame(1));
}

TEST(Preload, AProgramThatIsStartedClosesNothingOfOurs) {
    context ctx;
    auto const a = open_port("vale0:a");
    auto const b = open_port("vale0:b");
    ASSERT_TRUE(a && b);
    int const fd = a->fd;
    pid_t const child = vfork(); // NOLINT: what is tested
    if (child == 0) {
        ::close(fd);
        execl("/bin/true", "true", nullptr);
        _exit(1);
    }
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(send(a, frame(1)));
    EXPECT_EQ(receive(b), frame(1));
}

TEST(Preload, ThreadsOpenAndCloseAtOnce) {
    context quiet; // has no real lock: not used by the threads
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([t] {
            for (int i = 0; i < 50; ++i) {
                int const fd = open_node();
                ASSERT_GE(fd, 0);
                nmreq_register reg{};
                nmreq_header hdr;
                nmreq_header_init(&hdr, NETMAP_REQ_REGISTER, &reg);
                std::snprintf(hdr.nr_name, sizeof(hdr.nr_name), "vale0:t%d", t);
                reg.nr_mode = NR_REG_ALL_NIC;
                ASSERT_EQ(ioctl(fd, NIOCCTRL, &hdr), 0);
                void* const at =
                    mmap(nullptr, reg.nr_memsize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
                ASSERT_NE(at, MAP_FAILED);
                pollfd p{fd, POLLIN, 0};
                EXPECT_EQ(poll(&p, 1, 0), 0);
                EXPECT_EQ(munmap(at, reg.nr_memsize), 0);
                EXPECT_EQ(::close(fd), 0);
            }
        });
    for (auto& t : threads)
        t.join();
}

} // namespace
