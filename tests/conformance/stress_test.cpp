// SPDX-License-Identifier: BSD-2-Clause
// Much traffic from many threads: nothing lost but what was counted, nothing
// twice, nothing reordered, nothing damaged (check D62). The amount is fixed;
// NETMAPXX_SOAK_SECONDS repeats it for that long.
#include "fixture.hpp"

#include <cstdlib>
#include <map>
#include <mutex>
#include <thread>

namespace conformance {
namespace {

class Stress : public suite {
  protected:
    /// Runs `once` at least one time, and until the time for soaking is over.
    static void soak(const std::function<void(uint64_t)>& once) {
        const char* text = std::getenv("NETMAPXX_SOAK_SECONDS");
        const auto until = std::chrono::steady_clock::now() +
                           std::chrono::seconds(text == nullptr ? 0 : std::atoi(text));
        uint64_t seed = 1;
        do {
            once(seed++);
        } while (std::chrono::steady_clock::now() < until && !HasFatalFailure() &&
                 !HasNonfatalFailure());
    }
};

/// What has been sent and received on a set of flows.
class ledger {
  public:
    explicit ledger(size_t flows) : sent_(flows), seen_(flows), next_(flows) {}

    uint32_t send(uint32_t flow) { return sent_[flow]++; }
    /// False if the packet is not the next one or a later one of its flow.
    bool receive(const checked& what) {
        if (what.flow >= next_.size() || what.sequence < next_[what.flow] ||
            what.sequence >= sent_[what.flow]) {
            return false;
        }
        next_[what.flow] = what.sequence + 1;
        ++seen_[what.flow];
        return true;
    }
    uint64_t sent() const { return sum(sent_); }
    uint64_t seen() const { return sum(seen_); }

  private:
    static uint64_t sum(const std::vector<std::atomic<uint32_t>>& values) {
        uint64_t total = 0;
        for (const auto& value : values) {
            total += value;
        }
        return total;
    }
    std::vector<std::atomic<uint32_t>> sent_;
    std::vector<std::atomic<uint32_t>> seen_;
    std::vector<uint32_t> next_;
};

constexpr unsigned ports_of_switch = 4;
constexpr unsigned rings_of_port = 2;

/// One ring pair of one port, with a descriptor and a thread of its own.
class station {
  public:
    station(unsigned index, unsigned ring_index, ledger& book, uint64_t seed)
        : index_(index), ring_(ring_index), book_(book),
          random_(seed * 100 + index * rings_of_port + ring_index) {}

    err open() {
        return port_.open(name(index_), reg().rings(rings_of_port, rings_of_port)
                                            .slots(256)
                                            .one(static_cast<uint16_t>(ring_)));
    }
    static std::string name(unsigned index) { return "vale0:" + std::to_string(index); }
    const port& bound() const { return port_; }
    unsigned damaged() const { return damaged_; }

    void send_some() {
        const ring tx = port_.tx(ring_);
        const uint32_t batch = 1 + random_.below(random_.below(8) == 0 ? 255 : 32);
        for (uint32_t i = 0; i < batch && tx.space() >= 4; ++i) {
            const unsigned to = (index_ + 1 + random_.below(ports_of_switch - 1)) % ports_of_switch;
            const uint32_t flow = flow_of(to);
            const size_t len = 60 + random_.below(random_.below(4) == 0 ? 1400 : 100);
            const frame f = make_checked(mac_of(to), mac_of(index_), len, {flow, book_.send(flow)});
            const unsigned pieces = random_.below(8) == 0 ? 1 + random_.below(4) : 1;
            EXPECT_TRUE(tx.put_in(pieces, f));
        }
        EXPECT_OK(port_.txsync());
    }
    void receive_some() {
        EXPECT_OK(port_.rxsync());
        const ring rx = port_.rx(ring_);
        uint32_t left = 1 + random_.below(300);
        while (left-- > 0) {
            const auto p = rx.take();
            if (!p) {
                break;
            }
            const auto what = check(p->data);
            damaged_ += !what || !book_.receive(*what);
        }
    }
    bool empty() const {
        EXPECT_OK(port_.rxsync());
        return port_.rx(ring_).head() == port_.rx(ring_).tail();
    }

  private:
    uint32_t flow_of(unsigned to) const {
        return (index_ * ports_of_switch + to) * rings_of_port + ring_;
    }
    unsigned index_;
    unsigned ring_;
    ledger& book_;
    sequence random_;
    port port_;
    unsigned damaged_ = 0;
};

TEST_F(Stress, D62_four_ports_with_two_threads_each_on_one_switch) {
    soak([](uint64_t seed) {
        ledger book(ports_of_switch * ports_of_switch * rings_of_port);
        std::vector<std::unique_ptr<station>> stations;
        std::vector<std::string> names;
        for (unsigned i = 0; i < ports_of_switch; ++i) {
            names.push_back(station::name(i));
            for (unsigned k = 0; k < rings_of_port; ++k) {
                stations.push_back(std::make_unique<station>(i, k, book, seed));
                ASSERT_OK(stations.back()->open());
            }
        }
        for (unsigned i = 0; i < ports_of_switch; ++i) {
            ASSERT_OK(stations[i * rings_of_port]->bound().send(
                make_frame(broadcast, mac_of(i))));
        }
        for (const auto& s : stations) {
            const unsigned ring_index = s->bound().rx_offset(0) != 0 ? 0 : 1;
            s->bound().receive(ring_index);
        }
        ASSERT_EQ(0u, all_drops(names));

        std::atomic<unsigned> sending = static_cast<unsigned>(stations.size());
        std::vector<std::jthread> threads;
        for (const auto& s : stations) {
            threads.emplace_back([&sending, &s] {
                for (unsigned i = 0; i < rounds(1500); ++i) {
                    s->send_some();
                    s->receive_some();
                }
                --sending;
                while (sending > 0 || !s->empty()) {
                    s->receive_some();
                }
            });
        }
        for (std::jthread& t : threads) {
            t.join();
        }
        for (const auto& s : stations) {
            EXPECT_EQ(0u, s->damaged()) << "damaged, twice, reordered or astray";
        }
        EXPECT_GT(book.seen(), 0u);
        EXPECT_EQ(book.sent(), book.seen() + drops(names, NETMAP_DROP_NO_ROOM));
        EXPECT_EQ(all_drops(names), drops(names, NETMAP_DROP_NO_ROOM));
    });
}

TEST_F(Stress, D62_four_senders_and_one_receiver) {
    soak([](uint64_t seed) {
        constexpr unsigned senders = 4;
        ledger book(senders);
        port to;
        ASSERT_OK(to.open("vale0:to", reg().slots(512)));
        std::vector<port> from(senders);
        std::vector<std::string> names{"vale0:to"};
        for (unsigned i = 0; i < senders; ++i) {
            names.push_back("vale0:" + std::to_string(i));
            ASSERT_OK(from[i].open(names.back(), reg().slots(128)));
        }
        teach(to, mac_of(9), {&from[0], &from[1], &from[2], &from[3]});
        std::atomic<unsigned> sending = senders;
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < senders; ++i) {
            threads.emplace_back([&, i] {
                sequence random(seed * 10 + i);
                const ring tx = from[i].tx();
                for (unsigned k = 0; k < rounds(2000); ++k) {
                    for (uint32_t n = 1 + random.below(100); n > 0; --n) {
                        const frame f = make_checked(mac_of(9), mac_of(i), 60 + random.below(200),
                                                     {i, book.send(i)});
                        EXPECT_TRUE(tx.put(f));
                    }
                    EXPECT_OK(from[i].txsync());
                }
                --sending;
            });
        }
        unsigned damaged = 0;
        for (bool more = true; more;) {
            const bool last = sending == 0;
            const auto got = to.receive();
            for (const frame& f : got) {
                const auto what = check(f);
                damaged += !what || !book.receive(*what);
            }
            more = !last || !got.empty();
        }
        for (std::jthread& t : threads) {
            t.join();
        }
        EXPECT_EQ(0u, damaged);
        EXPECT_EQ(book.sent(), book.seen() + drops(names, NETMAP_DROP_NO_ROOM));
    });
}

/// Sends `count` packets of up to three slots in batches of random size.
void feed(const port& p, uint32_t flow, uint32_t count, uint64_t seed) {
    sequence random(seed);
    const ring tx = p.tx();
    for (uint32_t i = 0; i < count;) {
        if (random.below(2) == 0) {
            ASSERT_EQ(POLLOUT, p.poll(POLLOUT, patience_ms())) << "packet " << i;
        }
        for (uint32_t n = 1 + random.below(40); n > 0 && i < count; --n) {
            const frame f = make_checked(broadcast, mac_of(1), 60 + random.below(300), {flow, i});
            if (!tx.put_in(1 + random.below(3), f)) {
                break;
            }
            ++i;
        }
        ASSERT_OK(p.txsync());
    }
}

/// Takes `count` packets and checks that they are all there, in order.
void drain(const port& p, uint32_t flow, uint32_t count, uint64_t seed) {
    sequence random(seed);
    const ring rx = p.rx();
    for (uint32_t i = 0; i < count;) {
        ASSERT_EQ(POLLIN, p.poll(POLLIN, patience_ms())) << "packet " << i;
        for (uint32_t n = 1 + random.below(40); n > 0; --n) {
            const auto packet = rx.take();
            if (!packet) {
                break;
            }
            const auto what = check(packet->data);
            ASSERT_TRUE(what) << "damaged";
            ASSERT_EQ(flow, what->flow);
            ASSERT_EQ(i, what->sequence);
            ++i;
        }
    }
    ASSERT_OK(p.rxsync());
}

TEST_F(Stress, pipe_in_both_directions_loses_nothing) {
    soak([](uint64_t seed) {
        port a;
        port b;
        ASSERT_OK(a.open("vale0:x{1", reg().slots(64, 50)));
        ASSERT_OK(b.open("vale0:x}1"));
        const uint32_t count = rounds(100000);
        std::jthread threads[] = {std::jthread([&] { feed(a, 1, count, seed); }),
                                 std::jthread([&] { drain(b, 1, count, seed + 1); }),
                                 std::jthread([&] { feed(b, 2, count, seed + 2); }),
                                 std::jthread([&] { drain(a, 2, count, seed + 3); })};
        for (std::jthread& t : threads) {
            t.join();
        }
        EXPECT_EQ(0u, all_drops({"vale0:x{1", "vale0:x}1"}));
    });
}

TEST_F(Stress, buffers_swapped_through_a_pipe_are_never_mixed_up) {
    port a;
    port b;
    ASSERT_OK(a.open("vale0:x{1", reg().slots(32).extra(8)));
    ASSERT_OK(b.open("vale0:x}1", reg().slots(32).extra(8)));
    auto total = a.ring_indices();
    auto spare_a = a.extra_list();
    auto spare_b = b.extra_list();
    a.nifp()->ni_bufs_head = b.nifp()->ni_bufs_head = 0;
    sequence random(21);
    const auto exchange = [&](const ring& r, uint32_t at, std::vector<uint32_t>& spare) {
        netmap_slot s = r.slot(at);
        std::swap(s.buf_idx, spare[random.below(static_cast<uint32_t>(spare.size()))]);
        s.flags = NS_BUF_CHANGED;
        r.slot(at, s);
    };
    uint32_t sent = 0;
    uint32_t seen = 0;
    for (unsigned i = 0; i < rounds(5000); ++i) {
        for (uint32_t n = random.below(20); n > 0 && a.tx().space() > 0; --n) {
            exchange(a.tx(), a.tx().head(), spare_a);
            ASSERT_TRUE(a.tx().put(make_checked(broadcast, mac_of(1), 80, {0, sent++})));
        }
        ASSERT_OK(a.txsync());
        ASSERT_OK(b.rxsync());
        for (uint32_t n = random.below(20); n > 0 && b.rx().space() > 0; --n) {
            const uint32_t at = b.rx().head();
            const auto what = check(b.rx().read(at));
            ASSERT_TRUE(what);
            ASSERT_EQ(seen++, what->sequence);
            exchange(b.rx(), at, spare_b);
            b.rx().set(b.rx().next(at), b.rx().next(at));
        }
        ASSERT_OK(b.rxsync());
    }
    EXPECT_GT(seen, 0u);
}

TEST_F(Stress, chain_of_switch_and_pipe) {
    soak([](uint64_t seed) {
        port source;
        port in;
        port master;
        port slave;
        ASSERT_OK(source.open("vale0:s", reg().slots(64)));
        ASSERT_OK(in.open("vale0:in", reg().slots(1024)));
        ASSERT_OK(master.open("vale0:in{1", reg().slots(64)));
        ASSERT_OK(slave.open("vale0:in}1"));
        EXPECT_EQ(in.reply.nr_mem_id, master.reply.nr_mem_id);
        const uint32_t count = rounds(20000);
        std::atomic<uint32_t> forwarded = 0;
        std::jthread forwarder([&] {
            while (forwarded < count) {
                ASSERT_EQ(POLLIN, in.poll(POLLIN, patience_ms()));
                const ring rx = in.rx();
                const ring tx = master.tx();
                while (rx.space() > 0) {
                    if (tx.space() == 0) {
                        ASSERT_EQ(POLLOUT, master.poll(POLLOUT, patience_ms()));
                        continue;
                    }
                    netmap_slot x = rx.slot(rx.head());
                    netmap_slot y = tx.slot(tx.head());
                    std::swap(x.buf_idx, y.buf_idx);
                    y.len = x.len;
                    x.flags = y.flags = NS_BUF_CHANGED;
                    rx.slot(rx.head(), x);
                    tx.slot(tx.head(), y);
                    rx.set(rx.next(rx.head()), rx.next(rx.head()));
                    tx.set(tx.next(tx.head()), tx.next(tx.head()));
                    ++forwarded;
                }
                ASSERT_OK(master.txsync());
            }
        });
        std::jthread sink([&] { drain(slave, 5, count, seed); });
        for (uint32_t i = 0; i < count; ++i) {
            const bool room = eventually([&] { return i - forwarded < 500; });
            ASSERT_TRUE(room);
            ASSERT_OK(source.send(make_checked(broadcast, mac_of(1), 100, {5, i})));
        }
        forwarder.join();
        sink.join();
    });
}

} // namespace
} // namespace conformance
