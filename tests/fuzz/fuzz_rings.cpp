// SPDX-License-Identifier: BSD-2-Clause
// Rings: headers, slots and buffers of any content, and syncs, on switch ports and
// pipes; some in one region, which a port that does nothing shares with them.
#include <algorithm>

#include "fuzz.hpp"

using fuzz::memory;

namespace {

/// A descriptor and what its REGISTER said. Rings are found by what we were told
/// at the start: the headers in the region are anybody's to overwrite.
class port {
  public:
    port(const char* name, uint16_t tx_rings, uint16_t rx_rings, uint32_t slots, uint16_t mem_id,
         uint32_t extra = 0, uint64_t max_offset = 0)
        : b_(nm_binding_open(fuzz::ns())), name_(name) {
        fuzz::expect(b_, "a descriptor");
        nmreq_register r{};
        r.nr_tx_rings = tx_rings;
        r.nr_rx_rings = rx_rings;
        r.nr_tx_slots = r.nr_rx_slots = slots;
        r.nr_mem_id = mem_id;
        r.nr_extra_bufs = extra;
        r.nr_mode = NR_REG_ALL_NIC;
        r.nr_flags = NR_ACCEPT_VNET_HDR;
        nmreq_opt_offsets o{};
        o.nro_opt.nro_reqtype = NETMAP_REQ_OPT_OFFSETS;
        o.nro_max_offset = max_offset;
        o.nro_initial_offset = max_offset / 2;
        o.nro_min_gap = max_offset == 64 ? 100 : 0;
        fuzz::expect(
            !fuzz::request(b_, NETMAP_REQ_REGISTER, name, &r, max_offset ? &o.nro_opt : nullptr),
            "a port");
        os_region* region;
        uint64_t bytes;
        fuzz::expect(!nm_binding_region(b_, &region, &bytes), "a region");
        nifp_ =
            reinterpret_cast<netmap_if*>(static_cast<char*>(os_region_base(region)) + r.nr_offset);
        mem_id_ = r.nr_mem_id;
        for (uint32_t i = 0; i < r.nr_tx_rings + r.nr_rx_rings + 1u; i++) {
            if (i == r.nr_tx_rings)
                continue; // the place of a host ring
            auto* ring =
                reinterpret_cast<netmap_ring*>(reinterpret_cast<char*>(nifp_) + nifp_->ring_ofs[i]);
            rings_.push_back({ring, ring->num_slots, ring->buf_ofs, i < r.nr_tx_rings});
        }
    }
    ~port() { nm_binding_close(b_); }
    port(const port&) = delete;
    port& operator=(const port&) = delete;

    struct view {
        netmap_ring* ring;
        uint32_t slots;
        int64_t buf_ofs;
        bool tx;
        uint64_t bytes() const { return sizeof(*ring) + slots * sizeof(netmap_slot); }
    };
    const std::vector<view>& rings() const { return rings_; }
    netmap_if* nifp() const { return nifp_; }
    nm_binding* binding() const { return b_; }
    uint16_t mem_id() const { return mem_id_; }

    nmreq_stats_get stats() const {
        nmreq_stats_get st{};
        st.nr_dir = 1;
        fuzz::expect(!fuzz::request(b_, NETMAP_REQ_STATS_GET, name_, &st), "its counters");
        return st;
    }

    void sync(bool tx) {
        fuzz::expect(!nm_binding_ioctl(b_, tx ? NIOCTXSYNC : NIOCRXSYNC, 0), "a sync says 0");
        expect_sane(tx);
    }
    void poll(unsigned events) {
        unsigned asked = NM_POLLERR | (events & 0x145);
        fuzz::expect(!(nm_binding_poll(b_, events, nullptr) & ~asked), "events asked for");
    }

  private:
    void expect_sane(bool tx) const {
        for (const view& v : rings_)
            fuzz::expect(v.tx != tx || v.ring->tail < v.slots, "tail is in the ring");
    }

    nm_binding* b_;
    const char* name_;
    netmap_if* nifp_;
    uint16_t mem_id_;
    std::vector<view> rings_;
};

uint32_t index(FuzzedDataProvider& in) {
    switch (in.ConsumeIntegralInRange<int>(0, 7)) {
    case 0:
        return in.ConsumeIntegral<uint32_t>();
    case 1:
        return in.PickValueInArray<uint32_t>({0, 1, 0x7fffffff, 0x80000000, UINT32_MAX});
    default:
        return in.ConsumeIntegralInRange<uint32_t>(0, 140);
    }
}

uint16_t length(FuzzedDataProvider& in) {
    switch (in.ConsumeIntegralInRange<int>(0, 7)) {
    case 0:
        return in.ConsumeIntegral<uint16_t>();
    case 1:
        return in.PickValueInArray<uint16_t>({0, 13, 14, 63, 64, 65, 255, 256, 257, 320, 321});
    default:
        return in.ConsumeIntegralInRange<uint16_t>(14, 320);
    }
}

uint64_t pointer(FuzzedDataProvider& in) {
    if (in.ConsumeBool())
        return memory().address(in.ConsumeIntegralInRange<size_t>(0, memory().size));
    return in.ConsumeBool() ? in.ConsumeIntegral<uint64_t>()
                            : in.PickValueInArray<uint64_t>({0, 0x1000, UINT64_MAX});
}

void write_slot(FuzzedDataProvider& in, netmap_slot& s, bool honest) {
    s.len = length(in);
    s.flags = in.PickValueInArray<uint16_t>(
        {0, 0, 0, NS_MOREFRAG, NS_INDIRECT, NS_NO_LEARN, 1, NS_MOREFRAG | NS_INDIRECT, 0xffff});
    if (s.flags & NS_INDIRECT)
        s.ptr = pointer(in);
    else if (in.ConsumeIntegralInRange<int>(0, 3) == 0)
        s.ptr = in.ConsumeIntegralInRange<uint64_t>(0, 400);
    if (!honest && in.ConsumeBool())
        s.buf_idx = index(in);
}

/// Addresses at the start of the slot's buffer, if it names one.
void write_header(FuzzedDataProvider& in, const port::view& v, const netmap_slot& s,
                  uint32_t bufs) {
    if (s.buf_idx < 2 || s.buf_idx >= bufs)
        return;
    static const uint8_t stations[] = {0x00, 0x02, 0x04, 0x06, 0x08, 0xff};
    uint8_t mac[12] = {};
    mac[0] = in.PickValueInArray(stations);
    mac[6] = in.PickValueInArray(stations);
    std::memcpy(reinterpret_cast<char*>(v.ring) + v.buf_ofs + size_t{s.buf_idx} * 320, mac, 12);
}

/// As an application should: some of its slots, in order.
void honest(FuzzedDataProvider& in, const port::view& v, uint32_t bufs) {
    netmap_ring* r = v.ring;
    uint32_t room = (r->tail + v.slots - r->head % v.slots) % v.slots;
    uint32_t k = std::min(in.ConsumeIntegralInRange<uint32_t>(1, 70), room);
    for (; k; k--) {
        uint32_t at = r->head % v.slots;
        if (v.tx) {
            write_slot(in, r->slot[at], true);
            write_header(in, v, r->slot[at], bufs);
        }
        r->head = r->cur = (at + 1) % v.slots;
    }
}

void hostile(FuzzedDataProvider& in, const port& p, const port::view& v) {
    netmap_ring* r = v.ring;
    switch (in.ConsumeIntegralInRange<int>(0, 7)) {
    case 0:
        r->head = index(in);
        break;
    case 1:
        r->cur = index(in);
        break;
    case 2:
        r->tail = index(in);
        break;
    case 3:
        r->head = r->cur = index(in) % v.slots;
        break;
    case 4:
        p.nifp()->ni_bufs_head = index(in);
        break;
    case 5: { // any header word but the indices
        auto* words = reinterpret_cast<uint32_t*>(r);
        words[in.PickValueInArray<size_t>({0, 1, 2, 3, 4, 8, 9, 10, 14, 16})] = index(in);
        break;
    }
    default:
        write_slot(in, r->slot[in.ConsumeIntegralInRange<uint32_t>(0, v.slots - 1)], false);
    }
}

/// The bytes of a port that does nothing: its rings and its interface.
std::string snapshot(const port& p) {
    std::string s(reinterpret_cast<const char*>(p.nifp()), sizeof(netmap_if) + 4 * sizeof(int64_t));
    for (const port::view& v : p.rings())
        s.append(reinterpret_cast<const char*>(v.ring), v.bytes());
    return s;
}

struct shape {
    const char* name;
    uint16_t tx_rings, rx_rings;
    uint32_t slots;
    bool shared;
    uint32_t extra;
    uint64_t max_offset;
};

const shape shapes[] = {
    {"vale0:a", 2, 1, 9, true, 3, 0},        {"vale0:b", 1, 3, 67, true, 0, 64},
    {"vale0:c", 1, 1, 5, false, 2, 320},     {"vale0:d", 1, 2, 140, false, 0, 0},
    {"vale9:keeper{1", 1, 2, 7, true, 2, 0}, {"vale9:keeper}1", 1, 2, 7, true, 0, 0},
    {"vale0:c{1", 1, 1, 3, false, 1, 64},    {"vale0:c}1", 1, 1, 3, false, 0, 200},
    {"vale9:keeper{2", 1, 1, 9, true, 2, 0}, {"vale9:keeper}2", 1, 1, 9, true, 0, 100},
};

/// Another length of virtio-net header on a switch port.
void set_header(FuzzedDataProvider& in) {
    nmreq_port_hdr h{};
    h.nr_hdr_len = in.PickValueInArray<uint32_t>({0, 10, 12});
    nm_binding* b = nm_binding_open(fuzz::ns());
    fuzz::expect(b, "a descriptor");
    (void)fuzz::request(b, NETMAP_REQ_PORT_HDR_SET,
                        shapes[in.ConsumeIntegralInRange<int>(0, 3)].name, &h);
    nm_binding_close(b);
}

void run(FuzzedDataProvider& in) {
    port keeper("vale9:keeper", 1, 1, 4, 1);
    const uint32_t used = keeper.stats().nr_bufs_used, total = keeper.stats().nr_bufs_total;
    const std::string before = snapshot(keeper);
    {
        std::vector<std::unique_ptr<port>> open(std::size(shapes));
        for (int steps = 0; steps < 300 && in.remaining_bytes(); steps++) {
            size_t which = in.ConsumeIntegralInRange<size_t>(0, std::size(shapes) - 1);
            auto& p = open[which];
            if (!p) {
                const shape& s = shapes[which];
                p = std::make_unique<port>(s.name, s.tx_rings, s.rx_rings, s.slots,
                                           s.shared ? keeper.mem_id() : 0, s.extra, s.max_offset);
                continue;
            }
            size_t ring = in.ConsumeIntegralInRange<size_t>(0, p->rings().size() - 1);
            const port::view& v = p->rings()[ring];
            switch (in.ConsumeIntegralInRange<int>(0, 11)) {
            case 0:
                if (in.ConsumeIntegralInRange<int>(0, 3) == 0)
                    p.reset();
                break;
            case 1:
                p->poll(in.ConsumeIntegral<uint16_t>());
                break;
            case 2:
            case 3:
            case 4:
                hostile(in, *p, v);
                break;
            case 5:
                p->sync(!v.tx);
                break;
            case 6:
                set_header(in);
                nm_params.bridge_batch = static_cast<int>(index(in));
                break;
            default:
                honest(in, v, total);
                p->sync(v.tx);
            }
        }
    }
    fuzz::expect(keeper.stats().nr_bufs_used == used, "every buffer is free again");
    fuzz::expect(snapshot(keeper) == before, "the port that does nothing is as it was");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    FuzzedDataProvider in(data, size);
    fuzz::core core;
    memory().clear();
    nm_params.buf_size = nm_params.priv_buf_size = 320;
    nm_params.buf_num = 2000;
    run(in);
    fuzz::expect_no_ports();
    return 0;
}
