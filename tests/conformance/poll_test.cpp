// SPDX-License-Identifier: BSD-2-Clause
// poll: what it pushes, what makes it ready, whom it wakes (checks A86 to
// A91, A97, D15 to D17).
#include "fixture.hpp"

#include <csignal>
#include <thread>

namespace conformance {
namespace {

class Poll : public suite {
  protected:
    static frame numbered(uint32_t tag) { return make_frame(broadcast, mac_of(1), 60, tag); }
};

TEST_F(Poll, A86_D10_unbound_descriptor_is_POLLERR_at_once) {
    descriptor d;
    for (const int events : {0, POLLIN, POLLOUT, POLLIN | POLLOUT, POLLRDNORM}) {
        EXPECT_EQ(POLLERR, d.poll(events, -1)) << events;
    }
}

TEST_F(Poll, A87_poll_without_events_pushes_what_is_filled) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:x{1", reg().slots(16)));
    ASSERT_OK(b.open("vale0:x}1", reg().slots(16)));
    ASSERT_TRUE(a.tx().put(numbered(1)));
    EXPECT_EQ(0, a.poll(0));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, b.receive());
}

TEST_F(Poll, A87_D15_poll_for_input_pushes_what_is_filled) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a"));
    ASSERT_OK(b.open("vale0:b"));
    ASSERT_TRUE(a.tx().put(numbered(1)));
    EXPECT_EQ(0, a.poll(POLLIN));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, b.receive());
}

TEST_F(Poll, A87_D15_without_tx_poll_only_POLLOUT_pushes) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a", reg().flags(NR_NO_TX_POLL)));
    ASSERT_OK(b.open("vale0:b"));
    ASSERT_TRUE(a.tx().put(numbered(1)));
    EXPECT_EQ(0, a.poll(0));
    EXPECT_EQ(0, a.poll(POLLIN));
    EXPECT_EQ(0u, b.receive().size());
    EXPECT_EQ(POLLOUT, a.poll(POLLOUT));
    EXPECT_EQ(std::vector<frame>{numbered(1)}, b.receive());
}

TEST_F(Poll, POLLOUT_pushes_every_ring_that_has_something) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a", reg().rings(3, 1).slots(16)));
    ASSERT_OK(b.open("vale0:b"));
    ASSERT_TRUE(a.tx(0).put(numbered(1)));
    ASSERT_TRUE(a.tx(2).put(numbered(2)));
    EXPECT_EQ(POLLOUT, a.poll(POLLOUT));
    EXPECT_EQ((std::vector<frame>{numbered(1), numbered(2)}), b.receive());
}

TEST_F(Poll, A88_idle_switch_port_is_writable_at_once) {
    port p;
    ASSERT_OK(p.open("vale0:a"));
    EXPECT_EQ(POLLOUT, p.poll(POLLOUT, -1));
    EXPECT_EQ(POLLWRNORM, p.poll(POLLWRNORM, -1));
    EXPECT_EQ(POLLOUT | POLLWRNORM, p.poll(POLLOUT | POLLWRNORM, -1));
}

TEST_F(Poll, A89_D17_cur_at_tail_waits_for_something_new) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a"));
    ASSERT_OK(b.open("vale0:b"));
    EXPECT_OK(a.send({numbered(1), numbered(2), numbered(3)}));
    EXPECT_EQ(POLLIN, b.poll(POLLIN));
    b.rx().set_cur(b.rx().tail());
    EXPECT_EQ(0, b.poll(POLLIN));
    EXPECT_EQ(0u, b.rx().head());
    EXPECT_OK(a.send(numbered(4)));
    EXPECT_EQ(POLLIN, b.poll(POLLIN));
    EXPECT_EQ((std::vector<frame>{numbered(1), numbered(2), numbered(3), numbered(4)}),
              b.receive());
}

TEST_F(Poll, A90_unread_packets_are_reported_every_time) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a"));
    ASSERT_OK(b.open("vale0:b"));
    EXPECT_EQ(0, b.poll(POLLIN));
    EXPECT_OK(a.send(numbered(1)));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(POLLIN, b.poll(POLLIN));
    }
    b.receive();
    EXPECT_EQ(0, b.poll(POLLIN));
}

TEST_F(Poll, A91_only_the_bits_asked_for_are_reported) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a"));
    ASSERT_OK(b.open("vale0:b"));
    EXPECT_OK(a.send(numbered(1)));
    EXPECT_EQ(POLLRDNORM, b.poll(POLLRDNORM));
    EXPECT_EQ(POLLIN | POLLRDNORM, b.poll(POLLIN | POLLRDNORM));
    EXPECT_EQ(POLLIN, b.poll(POLLIN | POLLPRI));
    EXPECT_EQ(POLLIN | POLLOUT, b.poll(POLLIN | POLLOUT));
    EXPECT_EQ(0, b.poll(0));
}

TEST_F(Poll, D16_poll_for_output_leaves_rx_rings_alone) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a"));
    ASSERT_OK(b.open("vale0:b"));
    EXPECT_OK(a.send(numbered(1)));
    EXPECT_EQ(POLLOUT, b.poll(POLLOUT));
    EXPECT_EQ(0, b.poll(0));
    EXPECT_EQ(0u, b.rx().tail());
}

TEST_F(Poll, D16_with_rx_poll_every_poll_imports_packets) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a"));
    ASSERT_OK(b.open("vale0:b", reg().flags(NR_DO_RX_POLL)));
    EXPECT_OK(a.send(numbered(1)));
    EXPECT_EQ(POLLOUT, b.poll(POLLOUT));
    EXPECT_EQ(1u, b.rx().tail());
    EXPECT_OK(a.send(numbered(2)));
    EXPECT_EQ(0, b.poll(0));
    EXPECT_EQ(2u, b.rx().tail());
}

TEST_F(Poll, A97_descriptor_of_one_ring_sleeps_through_traffic_of_another) {
    port sender;
    port zero;
    port one;
    ASSERT_OK(sender.open("vale0:s", reg().rings(2, 2).slots(16)));
    ASSERT_OK(zero.open("vale0:a", reg().rings(2, 2).slots(16).one(0)));
    ASSERT_OK(one.open("vale0:a", reg().one(1)));
    teach(zero, mac_of(1), {&sender});
    EXPECT_OK(sender.send(make_frame(mac_of(1), mac_of(2)), 1));
    EXPECT_EQ(0, zero.poll(POLLIN));
    EXPECT_EQ(POLLIN, one.poll(POLLIN));
    EXPECT_OK(sender.send(make_frame(mac_of(1), mac_of(2)), 0));
    EXPECT_EQ(POLLIN, zero.poll(POLLIN));
}

TEST_F(Poll, any_of_several_rings_makes_the_descriptor_readable) {
    port sender;
    port all;
    ASSERT_OK(sender.open("vale0:s", reg().rings(4, 1).slots(16)));
    ASSERT_OK(all.open("vale0:a", reg().rings(4, 4).slots(16)));
    teach(all, mac_of(1), {&sender});
    for (unsigned i = 0; i < 4; ++i) {
        EXPECT_EQ(0, all.poll(POLLIN));
        EXPECT_OK(sender.send(make_frame(mac_of(1), mac_of(2)), i));
        EXPECT_EQ(POLLIN, all.poll(POLLIN, patience_ms()));
        EXPECT_EQ(1u, all.receive(i).size());
    }
}

TEST_F(Poll, several_descriptors_in_one_call) {
    port a;
    port b;
    port c;
    ASSERT_OK(a.open("vale0:a"));
    ASSERT_OK(b.open("vale1:b"));
    ASSERT_OK(c.open("vale1:c"));
    EXPECT_OK(c.send(numbered(1)));
    descriptor unbound;
    pollfd entries[] = {{a.fd().fd(), POLLIN, 99},
                        {-1, POLLIN, 99},
                        {b.fd().fd(), POLLIN, 99},
                        {c.fd().fd(), POLLOUT, 99},
                        {unbound.fd(), POLLIN, 99}};
    EXPECT_EQ(3, the_host().poll(entries, 5, -1));
    EXPECT_EQ(0, entries[0].revents);
    EXPECT_EQ(0, entries[1].revents);
    EXPECT_EQ(POLLIN, entries[2].revents);
    EXPECT_EQ(POLLOUT, entries[3].revents);
    EXPECT_EQ(POLLERR, entries[4].revents);
}

TEST_F(Poll, closed_descriptor_is_POLLNVAL) {
    descriptor d;
    pollfd entry{d.fd(), POLLIN, 0};
    d.close();
    EXPECT_EQ(1, the_host().poll(&entry, 1, -1));
    EXPECT_EQ(POLLNVAL, entry.revents);
}

TEST_F(Poll, sleeper_is_woken_by_every_packet_of_a_switch) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:a", reg().slots(16)));
    ASSERT_OK(b.open("vale0:b", reg().slots(16)));
    const unsigned count = rounds(3000);
    std::jthread echo([&] {
        for (unsigned i = 0; i < count; ++i) {
            ASSERT_EQ(POLLIN, b.poll(POLLIN, patience_ms())) << "round " << i;
            ASSERT_EQ(1u, b.receive().size());
            ASSERT_OK(b.send(numbered(i)));
        }
    });
    for (unsigned i = 0; i < count; ++i) {
        ASSERT_OK(a.send(numbered(i)));
        ASSERT_EQ(POLLIN, a.poll(POLLIN, patience_ms())) << "round " << i;
        ASSERT_EQ(std::vector<frame>{numbered(i)}, a.receive());
    }
    echo.join();
}

TEST_F(Poll, sleeper_is_woken_by_every_packet_of_a_pipe) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:x{1", reg().slots(16)));
    ASSERT_OK(b.open("vale0:x}1", reg().slots(16)));
    const unsigned count = rounds(3000);
    std::jthread echo([&] {
        for (unsigned i = 0; i < count; ++i) {
            ASSERT_EQ(POLLIN, b.poll(POLLIN, patience_ms())) << "round " << i;
            ASSERT_EQ(1u, b.receive().size());
            ASSERT_OK(b.send(numbered(i)));
        }
    });
    for (unsigned i = 0; i < count; ++i) {
        ASSERT_OK(a.send(numbered(i)));
        ASSERT_EQ(POLLIN, a.poll(POLLIN, patience_ms())) << "round " << i;
        ASSERT_EQ(std::vector<frame>{numbered(i)}, a.receive());
    }
    echo.join();
}

TEST_F(Poll, pain_457_sleepers_of_both_directions_on_a_full_pipe) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:x{1", reg().slots(4)));
    ASSERT_OK(b.open("vale0:x}1", reg().slots(4)));
    const unsigned count = rounds(5000);
    std::jthread writer([&] {
        for (uint32_t i = 0; i < count;) {
            ASSERT_EQ(POLLOUT, a.poll(POLLOUT, patience_ms())) << "packet " << i;
            while (i < count && a.tx().put(numbered(i))) {
                ++i;
            }
        }
        ASSERT_OK(a.txsync());
    });
    for (uint32_t i = 0; i < count;) {
        ASSERT_EQ(POLLIN, b.poll(POLLIN, patience_ms())) << "packet " << i;
        while (const auto p = b.rx().take()) {
            ASSERT_EQ(i, tag_of(p->data));
            ++i;
        }
    }
    EXPECT_OK(b.rxsync());
    writer.join();
}

TEST_F(Poll, every_sleeper_of_a_shared_ring_is_woken) {
    port a;
    port b[3];
    ASSERT_OK(a.open("vale0:a", reg().slots(16)));
    std::vector<std::jthread> sleepers;
    std::atomic<int> woken = 0;
    for (port& p : b) {
        ASSERT_OK(p.open("vale0:b", reg().slots(16)));
    }
    for (port& p : b) {
        sleepers.emplace_back([&] { woken += p.poll(POLLIN, patience_ms()) == POLLIN; });
    }
    EXPECT_OK(a.send(numbered(1)));
    for (std::jthread& t : sleepers) {
        t.join();
    }
    EXPECT_EQ(3, woken);
}

extern "C" void on_signal(int) {}

TEST_F(Poll, signal_interrupts_a_sleeper) {
    struct sigaction action {};
    action.sa_handler = on_signal;
    struct sigaction before {};
    ASSERT_EQ(0, ::sigaction(SIGUSR1, &action, &before));
    port p;
    ASSERT_OK(p.open("vale0:a"));
    std::atomic<int> code = -1;
    std::jthread sleeper([&] {
        pollfd entry{p.fd().fd(), POLLIN, 0};
        code = result(the_host().poll(&entry, 1, patience_ms())).code;
    });
    const bool interrupted = eventually([&] {
        ::pthread_kill(sleeper.native_handle(), SIGUSR1);
        return code != -1;
    });
    sleeper.join();
    EXPECT_TRUE(interrupted);
    EXPECT_EQ(err{EINTR}, err{code});
    ASSERT_EQ(0, ::sigaction(SIGUSR1, &before, nullptr));
}

} // namespace
} // namespace conformance
