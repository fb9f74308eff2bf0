// SPDX-License-Identifier: BSD-2-Clause
// Pipes against a model: random packets, chains, releases, swaps and closes, and
// after every step both ends show what the model says.
#include <algorithm>
#include <optional>
#include <set>

#include "support.hpp"

using namespace core_test;

namespace {

/// What the owner of a slot left in it.
struct content {
    uint32_t buf;
    uint16_t len, flags;
    uint64_t ptr;
    bool operator==(const content&) const = default;
};

content read(const netmap_slot& s) {
    return {s.buf_idx, s.len, s.flags, s.ptr};
}

void write(netmap_slot& s, const content& c) {
    s.buf_idx = c.buf, s.len = c.len, s.flags = c.flags, s.ptr = c.ptr;
}

/// One direction of one pair of rings. Positions only grow; slot p % n.
class direction {
  public:
    direction(uint32_t n, uint32_t seed) : n_(n), rng_(seed), sent_content_(n), back_content_(n) {}

    /// Fills some free slots and syncs; checks what came back.
    void send(port& from, uint32_t ring, std::vector<uint32_t>& spare) {
        netmap_ring* r = from.tx(ring);
        for (uint32_t k = rng_() % (space(r) + 1); k; k--) {
            netmap_slot& s = r->slot[r->head];
            content c = {s.buf_idx, static_cast<uint16_t>(rng_() % 2048), 0, rng_()};
            if (rng_.once_in(3) && space(r) > 1) // a ring full of one packet never moves
                c.flags |= NS_MOREFRAG;
            if (rng_.once_in(4))
                c.flags |= NS_REPORT;
            if (!spare.empty() && rng_.once_in(5)) {
                std::swap(c.buf, spare[rng_() % spare.size()]);
                c.flags |= NS_BUF_CHANGED;
            }
            write(s, c);
            sent_content_[sent_ % n_] = c;
            sent_++;
            bytes_ += c.len;
            if (!(c.flags & NS_MOREFRAG)) {
                whole_ = sent_;
                packets_++;
            }
            r->head = r->cur = next(r, r->head);
        }
        sync(from, ring);
    }

    /// A sync of the sending end: what was released comes back.
    void sync(port& from, uint32_t ring) {
        ASSERT_EQ(from.txsync(), 0);
        netmap_ring* r = from.tx(ring);
        for (; reclaimed_ < released_; reclaimed_++)
            ASSERT_EQ(read(r->slot[reclaimed_ % n_]), back_content_[reclaimed_ % n_])
                << "slot " << reclaimed_ % n_ << " as the receiver left it";
        ASSERT_EQ(r->tail, (reclaimed_ + n_ - 1) % n_);
        ASSERT_EQ(r->head, sent_ % n_);
        for (uint64_t p = reclaimed_; p < sent_; p++)
            ASSERT_FALSE(r->slot[p % n_].flags & NS_BUF_CHANGED);
    }

    /// Releases some of what was received, with changes, and syncs.
    void receive(port& to, uint32_t ring, std::vector<uint32_t>& spare) {
        netmap_ring* r = to.rx(ring);
        for (uint32_t k = rng_() % (space(r) + 1); k; k--) {
            netmap_slot& s = r->slot[r->head];
            content c = read(s);
            ASSERT_EQ(c, sent_content_[released_ % n_]);
            c.flags = 0;
            if (!spare.empty() && rng_.once_in(4)) {
                std::swap(c.buf, spare[rng_() % spare.size()]);
                c.flags = NS_BUF_CHANGED;
                c.len = static_cast<uint16_t>(rng_() % 100);
            }
            write(s, c);
            back_content_[released_ % n_] = c;
            released_++;
            r->head = r->cur = next(r, r->head);
        }
        ASSERT_EQ(to.rxsync(), 0);
        expect_received(to, ring);
    }

    void expect_received(port& to, uint32_t ring) const {
        netmap_ring* r = to.rx(ring);
        ASSERT_EQ(r->head, released_ % n_);
        ASSERT_EQ(r->tail, whole_ % n_) << "the end of the last whole packet";
        for (uint64_t p = released_; p < whole_; p++)
            ASSERT_EQ(read(r->slot[p % n_]), sent_content_[p % n_]);
    }

    void expect_counted(port& from, uint32_t ring) const {
        nmreq_stats_get st = from.stats(true, ring);
        EXPECT_EQ(st.nr_bytes, bytes_);
        EXPECT_EQ(st.nr_packets, packets_);
        EXPECT_EQ(st.nr_bad_rings, 0u);
        for (uint64_t d : st.nr_drops)
            EXPECT_EQ(d, 0u) << "pipes never drop";
    }

    /// Every buffer of the pair is with exactly one side.
    void collect(port& from, port& to, uint32_t ring, std::multiset<uint32_t>& all) const {
        for (uint64_t p = reclaimed_; p < sent_; p++)
            all.insert(to.rx(ring)->slot[p % n_].buf_idx);
        for (uint64_t p = sent_; p < reclaimed_ + n_; p++)
            all.insert(from.tx(ring)->slot[p % n_].buf_idx);
    }

    uint64_t moved() const { return released_; }

  private:
    uint32_t n_;
    dice rng_;
    uint64_t sent_ = 0;      ///< handed over
    uint64_t whole_ = 0;     ///< ... up to the end of a whole packet
    uint64_t released_ = 0;  ///< by the receiver
    uint64_t reclaimed_ = 0; ///< back with the sender
    uint64_t bytes_ = 0, packets_ = 0;
    std::vector<content> sent_content_, back_content_;
};

class PipeModel : public core, public ::testing::WithParamInterface<uint32_t> {
  protected:
    static std::vector<uint32_t> extras(const port& p) {
        std::vector<uint32_t> all;
        for (uint32_t b = p.nifp()->ni_bufs_head; b; std::memcpy(&b, buffer(p.tx(), b), sizeof(b)))
            all.push_back(b);
        return all;
    }
    static void set_extras(const port& p, const std::vector<uint32_t>& all) {
        uint32_t head = 0;
        for (size_t i = all.size(); i--; head = all[i])
            std::memcpy(buffer(p.tx(), all[i]), &head, sizeof(head));
        p.nifp()->ni_bufs_head = head;
    }
};

TEST_P(PipeModel, BothEndsShowWhatTheModelSaysAndEveryBufferIsAccountedFor) {
    const uint32_t n = GetParam(), m = n + 2, rings = 2;
    dice rng(n);
    port keeper("x{keeper", {.tx_slots = 2, .rx_slots = 2});
    ASSERT_EQ(keeper.error(), 0) << keeper.text();
    const uint32_t base = keeper.stats(true).nr_bufs_used;
    {
        port spare("spare", {.tx_rings = 1,
                             .tx_slots = 2,
                             .mem_id = keeper.reply().nr_mem_id,
                             .extra_bufs = 6,
                             .mode = NR_REG_NULL});
        ASSERT_EQ(spare.error(), 0) << spare.text();
        std::vector<uint32_t> extra = extras(spare);
        wish w{.tx_rings = rings, .rx_rings = rings, .tx_slots = n, .rx_slots = m};
        // one of the ends may be absent, never both
        std::optional<port> end[2];
        end[0].emplace("x{1", w);
        end[1].emplace("x}1", w);
        ASSERT_EQ(end[0]->error(), 0) << end[0]->text();
        std::vector<direction> there, back;
        for (uint32_t i = 0; i < rings; i++) {
            there.emplace_back(n, 100 + i);
            back.emplace_back(m, 200 + i);
        }
        auto flow = [&](uint32_t side, uint32_t i) -> direction& {
            return side ? back[i] : there[i];
        };
        for (int step = 0; step < 1500 && !HasFatalFailure(); step++) {
            uint32_t side = rng() % 2, ring = rng() % rings, other = 1 - side;
            switch (rng() % 8) {
            case 0:
                if (end[other] && end[side] && rng.once_in(4)) {
                    end[side].reset();
                } else if (!end[side]) {
                    end[side].emplace(side ? "x}1" : "x{1", w);
                    ASSERT_EQ(end[side]->error(), 0) << end[side]->text();
                    for (uint32_t i = 0; i < rings; i++)
                        flow(other, i).expect_received(*end[side], i);
                }
                break;
            case 1: // in the middle of everything: nothing new
                if (end[side]) {
                    for (uint32_t i = 0; i < rings; i++)
                        flow(side, i).sync(*end[side], i);
                }
                break;
            case 2:
            case 3:
            case 4:
                if (end[side]) {
                    flow(side, ring).send(*end[side], ring, extra);
                    flow(side, 1 - ring).sync(*end[side], 1 - ring);
                }
                break;
            default:
                if (end[other])
                    flow(side, ring).receive(*end[other], ring, extra);
            }
        }
        ASSERT_FALSE(HasFatalFailure());
        for (uint32_t side : {0u, 1u}) {
            if (!end[side])
                end[side].emplace(side ? "x}1" : "x{1", w);
        }
        std::multiset<uint32_t> all(extra.begin(), extra.end());
        for (uint32_t side : {0u, 1u}) {
            for (uint32_t i = 0; i < rings; i++) {
                flow(side, i).sync(*end[side], i);
                flow(side, i).collect(*end[side], *end[1 - side], i, all);
                flow(side, i).expect_counted(*end[side], i);
                EXPECT_EQ(end[side]->stats(true, i).nr_mem_id, keeper.reply().nr_mem_id);
            }
        }
        EXPECT_EQ(all.size(), rings * (n + m) + extra.size());
        EXPECT_EQ(std::set<uint32_t>(all.begin(), all.end()).size(), all.size())
            << "a buffer is in two places";
        if (n > 2) {
            EXPECT_GT(there[0].moved(), 3 * n) << "the model went around the ring";
        }
        // what is in flight goes with the pipe, what was swapped with its holder
        set_extras(spare, extra);
        end[rng() % 2].reset();
    }
    EXPECT_EQ(keeper.stats(true).nr_bufs_used, base);
}

INSTANTIATE_TEST_SUITE_P(Slots, PipeModel, ::testing::Values(1, 2, 3, 5, 16, 67));

} // namespace
