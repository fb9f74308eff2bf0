// SPDX-License-Identifier: BSD-2-Clause
// Threads that open, close, ask and sync at the same time.
#include "fixture.hpp"

#include <thread>

namespace conformance {
namespace {

class Race : public suite {
  protected:
    /// Runs `work(thread number)` in several threads.
    static void in_threads(unsigned count, const std::function<void(unsigned)>& work) {
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < count; ++i) {
            threads.emplace_back(work, i);
        }
    }
};

TEST_F(Race, threads_open_and_close_the_same_ports) {
    in_threads(4, [](unsigned which) {
        sequence random(which);
        for (unsigned i = 0; i < rounds(400); ++i) {
            port p;
            const std::string name = random.pick<const char*>(
                {"vale0:a", "vale0:b", "vale0:a{1", "vale0:a}1", "foo{1", "foo}1", "vale1:a"});
            const err e = p.open(name, reg().slots(16).extra(random.below(4)));
            ASSERT_OK(e) << name;
            ASSERT_OK(p.txsync());
            ASSERT_OK(p.rxsync());
            ASSERT_EQ(0, p.poll(POLLIN | POLLOUT) & POLLERR);
        }
    });
}

TEST_F(Race, exactly_one_thread_gets_an_exclusive_port) {
    std::atomic<int> owners = 0;
    in_threads(4, [&](unsigned) {
        for (unsigned i = 0; i < rounds(500); ++i) {
            port p;
            const err e = p.open("vale0:a", reg().slots(16).flags(NR_EXCLUSIVE));
            if (!e) {
                EXPECT_EQ(1, ++owners);
                --owners;
            } else {
                EXPECT_ERR(EBUSY, e);
            }
        }
    });
}

TEST_F(Race, pain_779_408_412_144_573_sync_and_poll_while_the_descriptor_is_closed) {
    for (unsigned i = 0; i < rounds(40); ++i) {
        port peer;
        ASSERT_OK(peer.open("vale0:p", reg().slots(16)));
        port p;
        ASSERT_OK(p.open("vale0:a", reg().slots(16)));
        p.unmap();
        const int fd = p.fd().release();
        std::atomic<unsigned> begun = 0;
        std::vector<std::jthread> users;
        for (const unsigned long cmd : {NIOCTXSYNC, NIOCRXSYNC}) {
            users.emplace_back([&, cmd](const std::stop_token& stop) {
                ++begun;
                while (!stop.stop_requested()) {
                    const err e = result(the_host().ioctl(fd, cmd, nullptr));
                    ASSERT_TRUE(one_of(e, {0, EBADF})) << e;
                }
            });
        }
        EXPECT_TRUE(eventually([&] { return begun == 2; }));
        EXPECT_OK(peer.send(make_frame(broadcast, mac_of(1))));
        EXPECT_OK(result(the_host().close(fd)));
        users.clear();
        ASSERT_EQ(std::vector<std::string>{"vale0:p"}, switch_ports());
    }
}

TEST_F(Race, only_one_of_two_threads_binds_a_descriptor) {
    for (unsigned i = 0; i < rounds(300); ++i) {
        descriptor d;
        std::atomic<int> bound = 0;
        in_threads(2, [&](unsigned which) {
            reg body;
            const err e = d.bind(which == 0 ? "vale0:a" : "vale0:b", body.slots(16));
            bound += !e;
            EXPECT_TRUE(one_of(e, {0, EBUSY})) << e;
        });
        ASSERT_EQ(1, bound);
        ASSERT_EQ(1u, switch_ports().size());
    }
}

TEST_F(Race, questions_while_ports_come_and_go) {
    const std::jthread asker([](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            nmreq_port_info_get info{};
            ASSERT_OK(port_info("vale0:a", info));
            nmreq_pools_info pools{};
            ASSERT_OK(pools_info("vale0:a", pools));
            nmreq_stats_get s;
            ASSERT_TRUE(one_of(stats("vale0:a", direction::tx, 0, s),
                               {0, ENXIO, ENOENT, ENODEV}));
            list_entry at;
            ASSERT_TRUE(one_of(list_next(at), {0, ENOENT}));
        }
    });
    in_threads(2, [](unsigned who) {
        for (unsigned i = 0; i < rounds(500); ++i) {
            port p;
            ASSERT_OK(p.open("vale0:" + std::to_string(who), reg().slots(16)));
            ASSERT_OK(p.send(make_frame(broadcast, mac_of(1))));
        }
    });
}

TEST_F(Race, traffic_goes_on_while_other_ports_come_and_go) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a", reg().slots(64)));
    ASSERT_OK(b.open("vale0:b", reg().slots(64)));
    teach(b, mac_of(2), {&a});
    std::atomic<unsigned> progress = 0;
    const std::jthread churn([&](const std::stop_token& stop) {
        sequence random(3);
        unsigned seen = 0;
        for (unsigned many = 0; !stop.stop_requested(); ++many) {
            if (many >= 20 && progress == seen) {
                std::this_thread::yield();
                continue;
            }
            many = progress == seen ? many : 0;
            seen = progress;
            port p;
            ASSERT_OK(p.open("vale0:" + std::to_string(random.below(5)), reg().slots(16)));
            ASSERT_OK(p.send(make_frame(broadcast, mac_of(77))));
        }
    });
    for (uint32_t i = 0; i < rounds(5000); ++i) {
        const frame f = make_checked(mac_of(2), mac_of(1), 60 + i % 200, {1, i});
        ASSERT_OK(a.send(f));
        // it is published behind the packets of a sender that came first
        bool seen = false;
        ASSERT_TRUE(eventually([&] {
            for (const frame& got : b.receive()) {
                seen = seen || got == f;
            }
            return seen;
        })) << "packet " << i << " of an undisturbed flow is missing";
        a.receive();
        ++progress;
    }
}

TEST_F(Race, ends_of_a_pipe_close_while_the_other_syncs) {
    port keeper;
    ASSERT_OK(keeper.open("vale0:x", reg().slots(16)));
    const uint32_t before = buffers_used("vale0:x");
    std::jthread other([](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            port b;
            ASSERT_OK(b.open("vale0:x}1", reg().slots(8)));
            b.receive();
            b.tx().put(make_frame(broadcast, mac_of(2)));
            ASSERT_OK(b.txsync());
        }
    });
    for (unsigned i = 0; i < rounds(300); ++i) {
        port a;
        ASSERT_OK(a.open("vale0:x{1", reg().slots(8)));
        for (int k = 0; k < 20; ++k) {
            a.receive();
            while (a.tx().put(make_frame(broadcast, mac_of(1)))) {
            }
            ASSERT_OK(a.txsync());
        }
    }
    other.request_stop();
    other.join();
    EXPECT_EQ(before, buffers_used("vale0:x"));
}

} // namespace
} // namespace conformance
