// SPDX-License-Identifier: BSD-2-Clause
// Ports in sets of epoll.
#include "support.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <thread>
#include <unistd.h>

using namespace compat_test;

namespace {

class Epoll : public testing::Test {
  protected:
    void SetUp() override {
        a_ = open_port("vale0:a");
        b_ = open_port("vale0:b");
        ASSERT_TRUE(a_ && b_);
        ASSERT_EQ(::pipe(pipe_.data()), 0);
        set_ = epoll_create1(EPOLL_CLOEXEC);
        ASSERT_GE(set_, 0);
    }
    void TearDown() override {
        ::close(set_);
        ::close(pipe_[0]);
        ::close(pipe_[1]);
    }
    int control(int op, int fd, std::uint32_t events) const {
        epoll_event e{};
        e.events = events;
        e.data.fd = fd;
        return epoll_ctl(set_, op, fd, &e);
    }
    /// What epoll_wait() tells, by descriptor.
    std::vector<std::pair<int, std::uint32_t>> wait(int ms, int max = 8) const {
        std::vector<epoll_event> e(static_cast<std::size_t>(max));
        int const n = epoll_wait(set_, e.data(), max, ms);
        EXPECT_GE(n, 0);
        std::vector<std::pair<int, std::uint32_t>> out;
        for (int i = 0; i < n; ++i) { // packed: no references into it
            int const fd = e[static_cast<std::size_t>(i)].data.fd;
            std::uint32_t const events = e[static_cast<std::size_t>(i)].events;
            out.emplace_back(fd, events);
        }
        return out;
    }
    void drain() const {
        while (!receive(b_).empty()) {
        }
    }

    using list = std::vector<std::pair<int, std::uint32_t>>;
    port a_, b_;
    std::array<int, 2> pipe_{};
    int set_ = -1;
};

TEST_F(Epoll, MembersAreAddedChangedAndRemoved) {
    EXPECT_EQ(control(EPOLL_CTL_MOD, b_->fd, EPOLLIN), -1);
    EXPECT_EQ(errno, ENOENT);
    EXPECT_EQ(control(EPOLL_CTL_ADD, b_->fd, EPOLLIN), 0);
    EXPECT_EQ(control(EPOLL_CTL_ADD, b_->fd, EPOLLIN), -1);
    EXPECT_EQ(errno, EEXIST);
    EXPECT_EQ(wait(0), list{});
    EXPECT_EQ(control(EPOLL_CTL_MOD, b_->fd, EPOLLOUT), 0);
    EXPECT_EQ(wait(1000), (list{{b_->fd, EPOLLOUT}}));
    EXPECT_EQ(epoll_ctl(set_, EPOLL_CTL_DEL, b_->fd, nullptr), 0);
    EXPECT_EQ(wait(0), list{});
    EXPECT_EQ(control(EPOLL_CTL_DEL, b_->fd, 0), -1);
    EXPECT_EQ(errno, ENOENT);
    epoll_event e{};
    EXPECT_EQ(epoll_ctl(pipe_[0], EPOLL_CTL_ADD, b_->fd, &e), -1) << "no set";
    EXPECT_EQ(errno, EINVAL);
    EXPECT_EQ(epoll_ctl(set_, EPOLL_CTL_ADD, b_->fd, nullptr), -1);
    EXPECT_EQ(errno, EFAULT);
    EXPECT_EQ(control(EPOLL_CTL_ADD, b_->fd, EPOLLIN), 0);
    EXPECT_EQ(epoll_wait(set_, &e, 0, 0), -1);
    EXPECT_EQ(errno, EINVAL);
}

TEST_F(Epoll, LevelTriggeredTellsBothKindsUntilTheyAreRead) {
    ASSERT_EQ(control(EPOLL_CTL_ADD, b_->fd, EPOLLIN), 0);
    ASSERT_EQ(control(EPOLL_CTL_ADD, pipe_[0], EPOLLIN), 0);
    EXPECT_EQ(wait(10), list{});
    EXPECT_EQ(::write(pipe_[1], "x", 1), 1);
    EXPECT_EQ(wait(20000), (list{{pipe_[0], EPOLLIN}}));
    std::thread sender([&] { EXPECT_TRUE(send(a_, frame(1))); });
    sender.join();
    for (int round = 0; round < 2; ++round)
        EXPECT_EQ(wait(20000).size(), 2u);
    // room for one: both get their turn
    bool port_seen = false;
    bool pipe_seen = false;
    for (int round = 0; round < 4; ++round) {
        auto const got = wait(20000, 1);
        ASSERT_EQ(got.size(), 1u);
        port_seen |= got[0].first == b_->fd;
        pipe_seen |= got[0].first == pipe_[0];
    }
    EXPECT_TRUE(port_seen && pipe_seen);
}

TEST_F(Epoll, SleepsUntilAPacketComes) {
    ASSERT_EQ(control(EPOLL_CTL_ADD, b_->fd, EPOLLIN), 0);
    for (int round = 0; round < 50; ++round) {
        std::thread sender([&] { EXPECT_TRUE(send(a_, frame(1))); });
        EXPECT_EQ(wait(20000), (list{{b_->fd, EPOLLIN}}));
        sender.join();
        drain();
    }
}

TEST_F(Epoll, EdgeTriggeredTellsOncePerArrival) {
    EXPECT_TRUE(send(a_, frame(1)));
    ASSERT_EQ(control(EPOLL_CTL_ADD, b_->fd, EPOLLIN | EPOLLOUT | EPOLLET), 0);
    EXPECT_EQ(wait(20000), (list{{b_->fd, EPOLLIN | EPOLLOUT}})) << "what is there when added";
    EXPECT_EQ(wait(10), list{}) << "unread, and nothing new";
    for (int round = 0; round < 3; ++round) {
        EXPECT_TRUE(send(a_, frame(2)));
        auto const got = wait(20000);
        ASSERT_EQ(got.size(), 1u) << "an arrival while data is unread";
        EXPECT_NE(got[0].second & EPOLLIN, 0u);
    }
    drain();
    std::thread sender([&] { EXPECT_TRUE(send(a_, frame(3))); });
    EXPECT_EQ(wait(20000).size(), 1u) << "from sleep";
    sender.join();
    EXPECT_EQ(control(EPOLL_CTL_MOD, b_->fd, EPOLLIN | EPOLLET), 0);
    EXPECT_EQ(wait(20000), (list{{b_->fd, EPOLLIN}})) << "modified: told again";
}

// A pipe, as it loses nothing when its receiver is late.
TEST_F(Epoll, EdgesAreNotLostInAHammer) {
    constexpr int rounds = 20000;
    auto const left = open_port("vale0:p{1@conf:slots=64");
    b_ = open_port("vale0:p}1");
    ASSERT_TRUE(left && b_);
    ASSERT_EQ(control(EPOLL_CTL_ADD, b_->fd, EPOLLIN | EPOLLET), 0);
    int got = 0;
    std::thread sender([&] {
        auto const bytes = frame(1);
        pollfd room{left->fd, POLLOUT, 0};
        for (int sent = 0; sent < rounds; ++sent) {
            while (nmport_inject(left.get(), bytes.data(), bytes.size()) == 0) {
                if (poll(&room, 1, 20000) != 1)
                    return;
            }
            ASSERT_EQ(ioctl(left->fd, NIOCTXSYNC, nullptr), 0);
        }
    });
    while (got < rounds && !wait(20000).empty()) {
        while (!receive(b_).empty())
            ++got;
    }
    sender.join();
    EXPECT_EQ(got, rounds);
}

TEST_F(Epoll, OneShotTellsOnceUntilItIsModified) {
    EXPECT_TRUE(send(a_, frame(1)));
    ASSERT_EQ(control(EPOLL_CTL_ADD, b_->fd, EPOLLIN | EPOLLONESHOT), 0);
    EXPECT_EQ(wait(20000), (list{{b_->fd, EPOLLIN}}));
    EXPECT_EQ(wait(0), list{});
    EXPECT_EQ(control(EPOLL_CTL_MOD, b_->fd, EPOLLIN | EPOLLONESHOT), 0);
    EXPECT_EQ(wait(20000), (list{{b_->fd, EPOLLIN}}));
}

TEST_F(Epoll, AClosedPortLeavesItsSet) {
    ASSERT_EQ(control(EPOLL_CTL_ADD, b_->fd, EPOLLIN), 0);
    ASSERT_EQ(control(EPOLL_CTL_ADD, pipe_[1], EPOLLOUT), 0);
    b_.reset();
    EXPECT_EQ(wait(1000), (list{{pipe_[1], EPOLLOUT}}));
}

} // namespace
