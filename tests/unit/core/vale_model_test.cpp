// SPDX-License-Identifier: BSD-2-Clause
// VALE against a reference model: what every ring of every port receives, slot by
// slot; and many senders on one receiver.
#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <thread>

#include "support.hpp"

using namespace core_test;

namespace {

struct fragment {
    std::string data;
    uint16_t flags; ///< as the receiver sees them
    bool operator==(const fragment&) const = default;
};

using packet = std::vector<fragment>;

/// A switch as one would explain it: packets one after another, tables that
/// never forget, queues of fragments.
class reference {
  public:
    struct ring {
        explicit ring(uint32_t n) : slots(n) {}
        uint32_t slots;
        uint32_t held = 0;         ///< slots not given back yet
        std::deque<fragment> fifo; ///< those not looked at yet
        uint64_t lost = 0, packets = 0;
    };
    struct member {
        std::vector<ring> rx;
        std::vector<uint64_t> sent, nowhere, runt, long_chain;
    };

    void join(uint32_t id, uint32_t tx_rings, uint32_t rx_rings, uint32_t rx_slots) {
        member m;
        m.rx.assign(rx_rings, ring(rx_slots));
        m.sent.assign(tx_rings, 0);
        m.nowhere = m.runt = m.long_chain = m.sent;
        ports[id] = std::move(m);
    }

    void leave(uint32_t id) {
        ports.erase(id);
        std::erase_if(table_, [&](const auto& e) { return e.second == id; });
    }

    /// One batch: an input packet is what lies in its slots.
    struct input {
        std::vector<std::string> fragments;
        bool learn;
    };

    void batch(uint32_t from, uint32_t tx_ring, const std::vector<input>& packets) {
        std::map<std::pair<uint32_t, uint32_t>, std::vector<packet>> out; // by port and ring
        member& sender = ports.at(from);
        for (const input& in : packets) {
            if (in.fragments.size() > NETMAP_MAX_FRAGS) {
                sender.long_chain[tx_ring]++;
                continue;
            }
            if (in.fragments[0].size() < 14) {
                sender.runt[tx_ring]++;
                continue;
            }
            sender.sent[tx_ring]++;
            mac dst = address(in.fragments[0], 0), src = address(in.fragments[0], 6);
            if (in.learn && !(src & 1))
                table_[src] = from;
            auto known = dst & 1 ? table_.end() : table_.find(dst);
            packet p = arriving(in);
            if (known == table_.end()) {
                for (auto& [id, m] : ports) {
                    if (id != from)
                        out[{id, 0}].push_back(p);
                }
                sender.nowhere[tx_ring] += ports.size() == 1;
            } else if (known->second == from) {
                sender.nowhere[tx_ring]++;
            } else {
                auto rings = static_cast<uint32_t>(ports.at(known->second).rx.size());
                out[{known->second, tx_ring % rings}].push_back(p);
            }
        }
        for (auto& [where, list] : out)
            deliver(ports.at(where.first).rx[where.second], list);
    }

    std::map<uint32_t, member> ports;

  private:
    static mac address(const std::string& data, size_t at) {
        mac m = 0;
        std::memcpy(&m, data.data() + at, 6);
        return m;
    }

    static packet arriving(const input& in) {
        packet p;
        for (const std::string& f : in.fragments)
            p.push_back({f, static_cast<uint16_t>(in.fragments.size() << 8 | NS_MOREFRAG)});
        p.back().flags &= static_cast<uint16_t>(~NS_MOREFRAG);
        return p;
    }

    /// In order; from the first that does not fit, all are lost.
    static void deliver(ring& r, const std::vector<packet>& list) {
        bool fits = true;
        for (const packet& p : list) {
            fits = fits && r.held + p.size() <= r.slots - 1;
            if (!fits) {
                r.lost++;
                continue;
            }
            r.held += static_cast<uint32_t>(p.size());
            r.packets++;
            r.fifo.insert(r.fifo.end(), p.begin(), p.end());
        }
    }

    std::map<mac, uint32_t> table_;
};

class ValeModel : public core, public ::testing::WithParamInterface<uint32_t> {
  protected:
    struct live {
        std::unique_ptr<port> p;
        wish shape;
    };

    ValeModel() : rng_(GetParam()) {}

    void join() {
        uint32_t id = 0;
        while (ports_.contains(id))
            id++;
        wish w;
        w.tx_rings = static_cast<uint16_t>(1 + rng_() % 3);
        w.rx_rings = static_cast<uint16_t>(1 + rng_() % 3);
        w.tx_slots = 2 + rng_() % (rng_.once_in(4) ? 200 : 30);
        w.rx_slots = 2 + rng_() % (rng_.once_in(4) ? 200 : 30);
        auto p = std::make_unique<port>("vale0:" + std::to_string(id), w);
        ASSERT_EQ(p->error(), 0) << p->text();
        model_.join(id, w.tx_rings, w.rx_rings, w.rx_slots);
        ports_[id] = {std::move(p), w};
    }

    mac station() {
        if (rng_.once_in(12))
            return rng_.once_in(2) ? 0xffffffffffff : 0x5e0001; // groups, odd first byte
        return (rng_() % 11) * 0x1000200;                       // a few, and 0 among them
    }

    std::vector<std::string> random_packet() {
        size_t n = rng_.once_in(5) ? 1 + rng_() % 6 : 1;
        if (rng_.once_in(60))
            n = NETMAP_MAX_FRAGS - 1 + rng_() % 4;
        size_t size = rng_.once_in(20) ? rng_() % 20 : 14 + rng_() % 300;
        auto fill = static_cast<char>(rng_());
        std::vector<std::string> p{frame(station(), station(), size, fill)};
        while (p.size() < n)
            p.emplace_back(rng_() % 300, fill);
        if (rng_.once_in(10))
            p[0].resize(2048, 'x');
        return p;
    }

    /// Some packets on one TX ring, in one sync.
    void send(uint32_t id, uint32_t tx_ring) {
        port& p = *ports_.at(id).p;
        netmap_ring* r = p.tx(tx_ring);
        std::vector<reference::input> all;
        mac dst = station(), src = station();
        for (uint32_t k = rng_() % 40; k; k--) {
            reference::input in{random_packet(), !rng_.once_in(8)};
            if (rng_.once_in(2) && in.fragments[0].size() >= 14) // makes runs
                in.fragments[0].replace(0, 12, frame(dst, src, 12));
            uint32_t room = space(r), at = r->head;
            if (!room)
                break;
            if (in.fragments.size() > room)
                in.fragments.resize(room); // cut at head, with MOREFRAG at its end
            bool cut = in.fragments.size() == room && rng_.once_in(2);
            ASSERT_TRUE(put(r, in.fragments));
            for (size_t f = 0; f < in.fragments.size(); f++, at = next(r, at)) {
                r->slot[at].flags |= static_cast<uint16_t>(
                    (in.learn ? 0 : NS_NO_LEARN) | (rng_.once_in(9) ? NS_BUF_CHANGED : 0) |
                    (rng_.once_in(9) ? NS_REPORT : 0) |
                    (cut && f + 1 == in.fragments.size() ? NS_MOREFRAG : 0));
            }
            all.push_back(std::move(in));
        }
        nm_params.bridge_batch = static_cast<int>(rng_.once_in(2) ? 1 + rng_() % 20 : 1024);
        ASSERT_EQ(p.txsync(), 0);
        ASSERT_EQ(r->tail, (r->head + r->num_slots - 1) % r->num_slots) << "all taken";
        std::vector<reference::input> batch;
        int slots = 0;
        for (auto& in : all) {
            slots +=
                in.fragments.size() > NETMAP_MAX_FRAGS ? 0 : static_cast<int>(in.fragments.size());
            batch.push_back(std::move(in));
            if (slots >= nm_params.bridge_batch) {
                model_.batch(id, tx_ring, batch);
                batch.clear();
                slots = 0;
            }
        }
        model_.batch(id, tx_ring, batch);
    }

    /// Looks at everything that arrived, and gives some of it back.
    void receive(uint32_t id) {
        port& p = *ports_.at(id).p;
        auto& rings = model_.ports.at(id).rx;
        ASSERT_EQ(p.rxsync(), 0);
        for (uint32_t i = 0; i < rings.size(); i++) {
            netmap_ring* r = p.rx(i);
            reference::ring& want = rings[i];
            ASSERT_EQ(space(r), want.held) << "ring " << i << " of port " << id;
            uint32_t at =
                (r->head + want.held - static_cast<uint32_t>(want.fifo.size())) % r->num_slots;
            for (; !want.fifo.empty(); want.fifo.pop_front(), at = next(r, at)) {
                const netmap_slot& s = r->slot[at];
                fragment got{std::string(buffer(r, s.buf_idx), s.len), s.flags};
                ASSERT_EQ(got.flags, want.fifo.front().flags);
                ASSERT_EQ(got.data, want.fifo.front().data);
            }
            uint32_t back = rng_() % (want.held + 1);
            if (rng_.once_in(2))
                back = want.held;
            r->head = r->cur = (r->head + back) % r->num_slots;
            want.held -= back;
        }
        ASSERT_EQ(p.rxsync(), 0);
    }

    void expect_counters(uint32_t id) {
        port& p = *ports_.at(id).p;
        const auto& m = model_.ports.at(id);
        for (uint32_t i = 0; i < m.rx.size(); i++) {
            auto st = p.stats(false, i);
            EXPECT_EQ(st.nr_packets, m.rx[i].packets);
            EXPECT_EQ(st.nr_drops[NETMAP_DROP_NO_ROOM], m.rx[i].lost);
        }
        for (uint32_t i = 0; i < m.sent.size(); i++) {
            auto st = p.stats(true, i);
            EXPECT_EQ(st.nr_packets, m.sent[i]);
            EXPECT_EQ(st.nr_drops[NETMAP_DROP_SHORT], m.runt[i]);
            EXPECT_EQ(st.nr_drops[NETMAP_DROP_NO_DEST], m.nowhere[i]);
            EXPECT_EQ(st.nr_drops[NETMAP_DROP_TOO_MANY_FRAGS], m.long_chain[i]);
        }
    }

    void leave(uint32_t id) {
        expect_counters(id);
        ports_.erase(id);
        model_.leave(id);
    }

    uint32_t any_port() {
        return std::next(ports_.begin(), rng_() % static_cast<uint32_t>(ports_.size()))->first;
    }

    dice rng_;
    std::map<uint32_t, live> ports_;
    reference model_;
};

TEST_P(ValeModel, EveryRingReceivesWhatTheReferenceSwitchSaysInOrder) {
    join();
    for (int step = 0; step < 800 && !HasFailure(); step++) {
        uint32_t what = rng_() % 20;
        if (what == 0 && ports_.size() < 5) {
            join();
        } else if (what == 1 && ports_.size() > 1 && rng_.once_in(2)) {
            leave(any_port());
        } else if (what < 12) {
            uint32_t id = any_port();
            send(id, rng_() % ports_.at(id).shape.tx_rings);
        } else {
            receive(any_port());
        }
    }
    for (auto& [id, p] : ports_) {
        receive(id);
        expect_counters(id);
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ValeModel, ::testing::Values(1, 2, 3, 4, 5, 6));

// ---- many senders ---------------------------------------------------------------

class ValeThreads : public core {};

/// The n-th packet of a sender: 1 to 4 slots, each telling whose it is.
std::vector<std::string> numbered(uint32_t sender, uint32_t n, mac dst) {
    std::vector<std::string> p(1 + n % 4);
    for (size_t f = 0; f < p.size(); f++) {
        p[f] = f ? std::string(30 + n % 100, 0) : frame(dst, 0x200 + 2 * sender, 40 + n % 200);
        uint32_t mark[] = {sender, n, static_cast<uint32_t>(f)};
        std::memcpy(p[f].data() + 14, mark, sizeof(mark));
    }
    return p;
}

TEST_F(ValeThreads, LeasesOfManySendersKeepEverySendersOrderAndLoseNoSlot) {
    constexpr uint32_t senders = 3, packets = 4000, rx_slots = 37;
    constexpr mac receiver = 0x102;
    port rx("vale0:rx", {.tx_slots = 8, .rx_slots = rx_slots});
    ASSERT_EQ(rx.error(), 0) << rx.text();
    put(rx.tx(), {frame(0xffffffffffff, receiver)});
    rx.txsync(); // to nobody, but it is learned
    std::vector<std::unique_ptr<port>> tx;
    for (uint32_t s = 0; s < senders; s++) {
        tx.push_back(std::make_unique<port>("vale0:" + std::to_string(s),
                                            wish{.tx_slots = 24, .rx_slots = 8}));
        ASSERT_EQ(tx.back()->error(), 0) << tx.back()->text();
    }
    std::atomic<uint32_t> at_work{senders};
    std::vector<std::jthread> threads;
    for (uint32_t s = 0; s < senders; s++) {
        threads.emplace_back([&, s] {
            port& p = *tx[s];
            for (uint32_t n = 0; n < packets; n++) {
                // one in three floods, so that both kinds of lists are at work
                while (!put(p.tx(), numbered(s, n, n % 3 ? receiver : 0xffffffffffff)))
                    p.txsync();
                if (n % 16 == 0)
                    std::this_thread::yield();
            }
            p.txsync();
            at_work--;
        });
    }
    // ports come and go beside it: senders must not fall into them
    threads.emplace_back([&] {
        while (at_work) {
            port visitor("vale0:visitor", {.tx_slots = 4, .rx_slots = 4});
            EXPECT_EQ(visitor.error(), 0) << visitor.text();
            visitor.rxsync();
        }
    });
    uint64_t whole = 0;
    std::vector<int64_t> last(senders, -1);
    netmap_ring* r = rx.rx();
    for (bool more = true; more;) {
        more = at_work; // before the look: what came until then is seen
        rx.rxsync();
        while (r->head != r->tail && !HasFailure()) {
            uint32_t frags = 1;
            for (uint32_t f = 0; f < frags; f++) {
                ASSERT_NE(r->head, r->tail) << "a part of a packet was published";
                const netmap_slot& s = r->slot[r->head];
                uint32_t mark[3];
                ASSERT_GE(s.len, 26);
                std::memcpy(mark, buffer(r, s.buf_idx) + 14, sizeof(mark));
                ASSERT_LT(mark[0], senders);
                if (!f) {
                    frags = NS_RFRAGS(&s);
                    ASSERT_EQ(frags, 1 + mark[1] % 4);
                    ASSERT_LT(last[mark[0]], static_cast<int64_t>(mark[1])) << "out of order";
                    last[mark[0]] = mark[1];
                }
                ASSERT_EQ(mark[2], f);
                ASSERT_EQ(s.flags, frags << 8 | (f + 1 < frags ? NS_MOREFRAG : 0));
                r->head = r->cur = next(r, r->head);
            }
            whole++;
        }
        std::this_thread::yield();
    }
    threads.clear(); // joins
    auto st = rx.stats(false);
    EXPECT_EQ(st.nr_packets, whole);
    EXPECT_EQ(st.nr_packets + st.nr_drops[NETMAP_DROP_NO_ROOM], uint64_t{senders} * packets);
    EXPECT_GT(whole, 0u);
    auto end = probe_indices(rx.kring(false));
    EXPECT_EQ(end.lease, end.hwtail) << "a lease was never ended";
}

} // namespace
