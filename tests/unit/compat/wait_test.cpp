// SPDX-License-Identifier: BSD-2-Clause
// poll(), ppoll() and select() over ports and other descriptors.
#include "support.hpp"

#include <csignal>
#include <poll.h>
#include <pthread.h>
#include <sys/select.h>
#include <thread>
#include <unistd.h>

using namespace compat_test;

namespace {

class Wait : public testing::Test {
  protected:
    void SetUp() override {
        a_ = open_port("vale0:a");
        b_ = open_port("vale0:b");
        ASSERT_TRUE(a_ && b_);
        ASSERT_EQ(::pipe(pipe_.data()), 0);
    }
    void TearDown() override {
        ::close(pipe_[0]);
        ::close(pipe_[1]);
    }
    void write_pipe() const { EXPECT_EQ(::write(pipe_[1], "x", 1), 1); }

    port a_, b_;
    std::array<int, 2> pipe_{};
};

TEST_F(Wait, PollTellsBothKindsInTheCallersOrder) {
    std::array<pollfd, 5> p{{{pipe_[0], POLLIN, 9},
                             {b_->fd, POLLIN, 9},
                             {-1, POLLIN, 9},
                             {a_->fd, POLLOUT, 9},
                             {pipe_[1], POLLOUT, 9}}};
    EXPECT_EQ(sys().poll(p.data(), p.size(), 1000), 2);
    EXPECT_EQ(p[0].revents, 0);
    EXPECT_EQ(p[1].revents, 0);
    EXPECT_EQ(p[2].revents, 0);
    EXPECT_EQ(p[3].revents, POLLOUT);
    EXPECT_EQ(p[4].revents, POLLOUT);
    write_pipe();
    EXPECT_TRUE(send(a_, frame(1)));
    EXPECT_EQ(sys().poll(p.data(), 3, -1), 2);
    EXPECT_EQ(p[0].revents, POLLIN);
    EXPECT_EQ(p[1].revents, POLLIN);
}

TEST_F(Wait, PollOfManySleepsUntilEitherKindWakes) {
    std::vector<pollfd> p(100, pollfd{pipe_[0], POLLIN, 0});
    p[70].fd = b_->fd;
    std::thread sender([&] { EXPECT_TRUE(send(a_, frame(1))); });
    EXPECT_EQ(sys().poll(p.data(), p.size(), 20000), 1);
    EXPECT_EQ(p[70].revents, POLLIN);
    sender.join();
    EXPECT_EQ(receive(b_), frame(1));
    // a byte that comes while they are looked at is seen by those behind only
    std::thread writer([&] { write_pipe(); });
    EXPECT_GE(sys().poll(p.data(), p.size(), 20000), 1);
    EXPECT_EQ(p[70].revents, 0);
    writer.join();
    EXPECT_EQ(sys().poll(p.data(), p.size(), 20000), 99);
    EXPECT_EQ(p[70].revents, 0);
}

TEST_F(Wait, ThreadsThatPollOneDescriptorWithOthersAllWake) {
    std::vector<std::thread> threads;
    std::array<int, 4> got{};
    for (auto& g : got)
        threads.emplace_back([this, &g] {
            std::array<pollfd, 2> p{{{b_->fd, POLLIN, 0}, {pipe_[0], POLLIN, 0}}};
            g = sys().poll(p.data(), p.size(), 20000);
        });
    EXPECT_TRUE(send(a_, frame(1)));
    for (auto& t : threads)
        t.join();
    for (int g : got)
        EXPECT_EQ(g, 1);
}

void on_signal(int) {}

TEST_F(Wait, PpollHasItsMaskWhileItSleeps) {
    struct sigaction act {};
    act.sa_handler = on_signal;
    ASSERT_EQ(sigaction(SIGUSR1, &act, nullptr), 0);
    sigset_t usr1;
    sigset_t before;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, &before);
    pthread_kill(pthread_self(), SIGUSR1);
    pollfd p{b_->fd, POLLIN, 0};
    timespec const soon{0, 10000000};
    EXPECT_EQ(sys().ppoll(&p, 1, &soon, nullptr), 0);
    EXPECT_EQ(sys().ppoll(&p, 1, nullptr, &before), -1);
    EXPECT_EQ(errno, EINTR);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    timespec const bad{0, -1};
    EXPECT_EQ(sys().ppoll(&p, 1, &bad, nullptr), -1);
    EXPECT_EQ(errno, EINVAL);
}

TEST_F(Wait, SelectOfBothKinds) {
    int const n = std::max(pipe_[0], std::max(a_->fd, b_->fd)) + 1;
    fd_set r;
    fd_set w;
    auto const fill = [&] {
        FD_ZERO(&r);
        FD_ZERO(&w);
        FD_SET(pipe_[0], &r);
        FD_SET(b_->fd, &r);
    };
    fill();
    timeval t{0, 10000};
    EXPECT_EQ(sys().select(n, &r, nullptr, nullptr, &t), 0);
    EXPECT_FALSE(FD_ISSET(b_->fd, &r));
    EXPECT_TRUE(t.tv_sec == 0 && t.tv_usec == 0);
    fill();
    FD_SET(a_->fd, &w);
    EXPECT_TRUE(send(a_, frame(1)));
    t = {10, 0};
    EXPECT_EQ(sys().select(n, &r, &w, nullptr, &t), 2);
    EXPECT_TRUE(FD_ISSET(b_->fd, &r));
    EXPECT_TRUE(FD_ISSET(a_->fd, &w));
    EXPECT_FALSE(FD_ISSET(pipe_[0], &r));
    EXPECT_TRUE(t.tv_sec < 10 && t.tv_usec < 1000000); // what is left of it
    EXPECT_EQ(receive(b_), frame(1));
    fill();
    write_pipe();
    EXPECT_EQ(sys().select(n, &r, nullptr, nullptr, nullptr), 1);
    EXPECT_TRUE(FD_ISSET(pipe_[0], &r));
    fill();
    timespec const zero{};
    EXPECT_EQ(sys().pselect(n, &r, nullptr, nullptr, &zero, nullptr), 1);
    t = {-1, 0};
    EXPECT_EQ(sys().select(n, &r, nullptr, nullptr, &t), -1);
    EXPECT_EQ(errno, EINVAL);
}

TEST_F(Wait, WithoutPortsItIsTheSystems) {
    pollfd p{pipe_[0], POLLIN, 0};
    EXPECT_EQ(sys().poll(&p, 1, 0), 0);
    write_pipe();
    EXPECT_EQ(sys().poll(&p, 1, -1), 1);
    EXPECT_EQ(sys().poll(nullptr, 0, 1), 0);
    timespec const zero{};
    EXPECT_EQ(sys().ppoll(&p, 1, &zero, nullptr), 1);
    fd_set r;
    FD_ZERO(&r);
    FD_SET(pipe_[0], &r);
    timeval t{1, 0};
    EXPECT_EQ(sys().select(pipe_[0] + 1, &r, nullptr, nullptr, &t), 1);
}

} // namespace
