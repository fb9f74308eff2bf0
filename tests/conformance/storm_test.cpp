// SPDX-License-Identifier: BSD-2-Clause
// Random control operations from four threads while packets flow: ports, pipes,
// monitors, persistent ports, attachments, interfaces. Whatever they answer,
// nothing is left behind. NETMAPXX_SOAK_SECONDS repeats it for that long.
#include "fixture.hpp"
#include "wire.hpp"

#include <cstdlib>
#include <thread>

namespace conformance {
namespace {

/// One of those who do things at random. Opens, sends, receives, closes.
class actor {
  public:
    explicit actor(uint64_t seed) : random_(seed) {}

    void act() {
        switch (random_.below(10)) {
        case 0:
            note(persistent(NETMAP_REQ_VALE_NEWIF));
            break;
        case 1:
            note(persistent(NETMAP_REQ_VALE_DELIF));
            break;
        case 2:
            note(attach());
            break;
        case 3:
            note(detach());
            break;
        case 4:
            note(header_length_set(name(), random_.pick({0u, 10u, 12u})));
            break;
        case 5:
            ask();
            break;
        default:
            use();
        }
    }
    unsigned strange() const { return strange_; }

  private:
    std::string name() {
        return random_.pick<std::string>({"vale0:a", "vale0:b", "vale1:a", "nmxs", "nmxt",
                                          "vale0:nmxs", "vale1:nmxt", "vale0:a{1", "vale0:a}1",
                                          "nmxs{1", "nmx0", "nmx1", "nmx0{1", "vale0:nmx0",
                                          "lonely{2", "lonely}2"});
    }
    static bool expected(err e) {
        return one_of(e, {0, EBUSY, EINVAL, ENXIO, ENODEV, ENOMEM, EEXIST, EIO, EOPNOTSUPP, ENOENT});
    }
    void note(err e) { strange_ += !expected(e); }

    err persistent(uint16_t type) {
        nmreq_vale_newif body{};
        body.nr_tx_slots = body.nr_rx_slots = 64;
        return descriptor().request(type, random_.pick<std::string>({"nmxs", "nmxt"}),
                                    type == NETMAP_REQ_VALE_NEWIF ? &body : nullptr);
    }
    std::string plug() {
        return random_.pick<std::string>({"vale0:nmxs", "vale1:nmxt", "vale0:nmx0", "vale1:nmx1"});
    }
    err attach() {
        nmreq_vale_attach body{};
        body.reg.nr_mode = random_.pick<uint32_t>({NR_REG_ALL_NIC, NR_REG_NIC_SW});
        return descriptor().request(NETMAP_REQ_VALE_ATTACH, plug(), &body);
    }
    err detach() {
        nmreq_vale_detach body{};
        return descriptor().request(NETMAP_REQ_VALE_DETACH, plug(), &body);
    }
    void ask() {
        nmreq_port_info_get info{};
        note(port_info(name(), info));
        nmreq_pools_info pools{};
        note(pools_info(name(), pools));
        nmreq_stats_get counters{};
        note(stats(name(), direction::rx, 0, counters));
    }
    reg wish() {
        reg r;
        r.slots(random_.pick({16u, 64u, 256u}));
        r.mode(random_.pick<uint32_t>({NR_REG_ALL_NIC, NR_REG_ALL_NIC, NR_REG_NIC_SW, NR_REG_SW,
                                       NR_REG_ONE_NIC}));
        r.flags(NR_ACCEPT_VNET_HDR |
                random_.pick<uint64_t>({0, 0, 0, NR_EXCLUSIVE, NR_TX_RINGS_ONLY, NR_MONITOR_RX,
                                        NR_MONITOR_TX | NR_MONITOR_RX, NR_ZCOPY_MON}));
        r.extra(random_.pick({0u, 0u, 5u}));
        return r;
    }
    /// Moves one slot on: sends whatever the buffer holds, or releases a packet. Others
    /// may have the same ring; what is in the buffers does not matter here.
    static void step(const ring& r) {
        const uint32_t at = r.head();
        if (at >= r.slots() || at == r.tail()) {
            return;
        }
        if (peek(r.raw()->dir) == 1) {
            netmap_slot s = r.slot(at);
            s.len = 60;
            s.flags = 0;
            r.slot(at, s);
        }
        r.set(r.next(at), r.next(at));
    }
    void use() {
        port p;
        const err e = p.open(name(), wish());
        note(e);
        for (unsigned i = random_.below(20); !e && i > 0; --i) {
            for (const ring& r : p.rings()) {
                step(r);
            }
            note(p.txsync());
            note(p.rxsync());
            p.poll(POLLIN | POLLOUT);
        }
    }

    sequence random_;
    unsigned strange_ = 0;
};

class Storm : public suite {
  protected:
    /// Whatever the storm left by request goes.
    static void clean_up() {
        for (const char* name : {"vale0:nmxs", "vale1:nmxt", "vale0:nmx0", "vale1:nmx1"}) {
            nmreq_vale_detach body{};
            const err e = descriptor().request(NETMAP_REQ_VALE_DETACH, name, &body);
            EXPECT_TRUE(one_of(e, {0, ENXIO})) << name << ": " << e;
        }
        for (const char* name : {"nmxs", "nmxt"}) {
            const err e = descriptor().request(NETMAP_REQ_VALE_DELIF, name, nullptr);
            EXPECT_TRUE(one_of(e, {0, ENXIO})) << name << ": " << e;
        }
    }
};

TEST_F(Storm, random_control_operations_while_packets_flow_leave_nothing_behind) {
    const char* text = std::getenv("NETMAPXX_SOAK_SECONDS");
    const auto until = std::chrono::steady_clock::now() +
                       std::chrono::seconds(text == nullptr ? 0 : std::atoi(text));
    std::unique_ptr<veth_pair> pair;
    if (!the_host().embedded()) {
        pair = std::make_unique<veth_pair>();
    }
    std::vector<actor> actors;
    for (uint64_t i = 0; i < 4; ++i) {
        actors.emplace_back(i + 1);
    }
    {
        std::vector<std::jthread> threads;
        for (actor& a : actors) {
            threads.emplace_back([&a, until] {
                unsigned left = rounds(2000);
                while (left > 0 || std::chrono::steady_clock::now() < until) {
                    a.act();
                    left -= left > 0;
                }
            });
        }
    }
    for (const actor& a : actors) {
        EXPECT_EQ(0u, a.strange()) << "answers that no request has";
    }
    clean_up();
    nmreq_vale_list body{};
    EXPECT_ERR(ENOENT, descriptor().request(NETMAP_REQ_VALE_LIST, "", &body));
}

} // namespace
} // namespace conformance
