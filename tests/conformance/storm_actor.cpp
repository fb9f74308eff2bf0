// SPDX-License-Identifier: BSD-2-Clause
#include "storm_actor.hpp"

#include <net/netmap_legacy.h>

#include <sys/mman.h>

#include <thread>

namespace conformance {
namespace {

bool expected(err e) {
    return one_of(e, {0, EBUSY, EINVAL, ENXIO, ENODEV, ENOMEM, EEXIST, EIO, EOPNOTSUPP, ENOENT,
                      EFAULT, EPERM});
}

/// Shared memory without a name.
class area {
  public:
    explicit area(size_t bytes)
        : bytes_(bytes),
          base_(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
        EXPECT_NE(MAP_FAILED, base_);
    }
    area(const area&) = delete;
    area& operator=(const area&) = delete;
    ~area() { ::munmap(base_, bytes_); }
    uint8_t* at(size_t offset = 0) const { return static_cast<uint8_t*>(base_) + offset; }
    size_t bytes() const { return bytes_; }

  private:
    size_t bytes_;
    void* base_;
};

/// The rings that a reply told of, in a region that is at `base`.
std::vector<ring> rings_at(uint8_t* base, const nmreq_register& reply) {
    netmap_if* nifp = NETMAP_IF(base, reply.nr_offset);
    const unsigned all =
        nifp->ni_tx_rings + nifp->ni_host_tx_rings + nifp->ni_rx_rings + nifp->ni_host_rx_rings;
    std::vector<ring> rings;
    for (unsigned i = 0; i < all; ++i) {
        if (nifp->ring_ofs[i] != 0) {
            rings.emplace_back(find_ring(nifp, nifp->ring_ofs[i]));
        }
    }
    return rings;
}

void request(uint16_t type, const std::string& name, void* body) {
    descriptor().request(type, name, body);
}

constexpr std::initializer_list<const char*> ends = {"nmx0", "nmx1", "nmy0", "nmy1"};
constexpr std::initializer_list<const char*> plugs = {"vale0:nmxs", "vale1:nmxt", "vale0:nmx0",
                                                      "vale0:nmx0", "vale1:nmx1", "vale0:nmy0"};

} // namespace

storm_place::storm_place() {
    if (!the_host().embedded()) {
        here_ = std::make_unique<network_namespace>(network_namespace::which::current);
        attic_ = std::make_unique<network_namespace>(network_namespace::which::fresh);
    }
}

void storm_place::clear() {
    EXPECT_TRUE(eventually([] {
        const auto left = switch_ports();
        for (const std::string& name : left) {
            nmreq_vale_polling polling{};
            request(NETMAP_REQ_VALE_POLLING_DISABLE, name, &polling);
            nmreq_vale_detach body{};
            request(NETMAP_REQ_VALE_DETACH, name, &body);
        }
        return left.empty();
    })) << "ports that are nobody's";
    for (const char* name : {"nmxs", "nmxt"}) {
        const err e = descriptor().request(NETMAP_REQ_VALE_DELIF, name, nullptr);
        EXPECT_TRUE(one_of(e, {0, ENXIO})) << name << ": " << e;
    }
}

/// Interfaces that are in the attic go with it.
storm_place::~storm_place() {
    if (has_wires()) {
        for (const char* name : ends) {
            unplug(name);
        }
    }
}

void storm_actor::act() {
    now_ = random_.pick({deed::newif, deed::delif, deed::attach, deed::detach, deed::polling,
                         deed::header, deed::ask, deed::use, deed::use, deed::use_offsets,
                         deed::use_extmem, deed::use_legacy, deed::loop, deed::use, deed::use});
    if (place_.has_wires() && random_.below(6) == 0) {
        now_ = random_.pick({deed::weather, deed::weather, deed::weather, deed::move});
    }
    switch (now_) {
    case deed::newif:
        make_port();
        break;
    case deed::delif:
        remove_port();
        break;
    case deed::attach:
        attach();
        break;
    case deed::detach:
        detach();
        break;
    case deed::polling:
        polling();
        break;
    case deed::header:
        header_length();
        break;
    case deed::ask:
        ask();
        break;
    case deed::use_offsets:
        use_with_offsets();
        break;
    case deed::use_extmem:
        use_own_memory();
        break;
    case deed::use_legacy:
        use_the_old_way();
        break;
    case deed::loop:
        run_loop();
        break;
    case deed::weather:
        weather();
        break;
    case deed::move:
        move();
        break;
    default:
        use();
    }
    diary_.done();
}

const char* storm_actor::begin(const char* what, std::initializer_list<const char*> names) {
    const char* name = random_.pick(names);
    diary_.begins(what, name);
    return name;
}

const char* storm_actor::any_port(const char* what) {
    return begin(what, {"vale0:a",    "vale0:b",    "vale1:a",   "nmxs",      "nmxt",
                        "vale0:nmxs", "vale1:nmxt", "vale0:a{1", "vale0:a}1", "nmxs{1",
                        "nmx0",       "nmx1",       "nmx0^",     "nmx0{1",    "nmy0",
                        "nmy1",       "vale0:nmx0", "lonely{2",  "lonely}2",  "none"});
}

void storm_actor::note(err e) {
    if (!e) {
        diary_.grants(now_);
    }
    EXPECT_TRUE(expected(e)) << diary_.what() << " " << diary_.where() << ": " << e;
}

void storm_actor::make_port() {
    nmreq_vale_newif body{};
    body.nr_tx_slots = body.nr_rx_slots = 64;
    note(descriptor().request(NETMAP_REQ_VALE_NEWIF, begin("VALE_NEWIF", {"nmxs", "nmxt"}), &body));
}

void storm_actor::remove_port() {
    note(descriptor().request(NETMAP_REQ_VALE_DELIF, begin("VALE_DELIF", {"nmxs", "nmxt"}),
                              nullptr));
}

void storm_actor::attach() {
    const char* name = begin("VALE_ATTACH", plugs);
    nmreq_vale_attach body{};
    body.reg.nr_mode = random_.pick<uint32_t>({NR_REG_ALL_NIC, NR_REG_NIC_SW});
    note(descriptor().request(NETMAP_REQ_VALE_ATTACH, name, &body));
}

void storm_actor::detach() {
    const char* name = begin("VALE_DETACH", plugs);
    nmreq_vale_detach body{};
    note(descriptor().request(NETMAP_REQ_VALE_DETACH, name, &body));
}

void storm_actor::polling() {
    const bool on = random_.below(2) == 0;
    const char* name = begin(on ? "VALE_POLLING_ENABLE" : "VALE_POLLING_DISABLE",
                             {"vale0:nmx0", "vale1:nmx1", "vale0:nmy0"});
    nmreq_vale_polling body{};
    body.nr_mode = NETMAP_POLLING_MODE_SINGLE_CPU;
    body.nr_num_polling_cpus = 1;
    note(descriptor().request(on ? NETMAP_REQ_VALE_POLLING_ENABLE : NETMAP_REQ_VALE_POLLING_DISABLE,
                              name, &body));
}

void storm_actor::header_length() {
    note(header_length_set(any_port("PORT_HDR_SET"), random_.pick({0u, 10u, 12u})));
}

void storm_actor::ask() {
    nmreq_port_info_get info{};
    note(port_info(any_port("PORT_INFO_GET"), info));
    nmreq_pools_info pools{};
    note(pools_info(any_port("POOLS_INFO_GET"), pools));
    nmreq_stats_get counters{};
    note(stats(any_port("STATS_GET"), random_.pick({direction::rx, direction::tx}),
               random_.below(2), counters));
    diary_.begins("VALE_LIST", "");
    switch_ports();
}

reg storm_actor::wish() {
    reg r;
    r.slots(random_.pick({16u, 64u, 256u}));
    r.mode(random_.pick<uint32_t>({NR_REG_ALL_NIC, NR_REG_ALL_NIC, NR_REG_NIC_SW, NR_REG_SW,
                                   NR_REG_ONE_NIC, NR_REG_ONE_SW, NR_REG_NULL}));
    r.flags(NR_ACCEPT_VNET_HDR |
            random_.pick<uint64_t>(
                {0, 0, 0, NR_EXCLUSIVE, NR_TX_RINGS_ONLY, NR_RX_RINGS_ONLY, NR_MONITOR_RX,
                 NR_MONITOR_TX | NR_MONITOR_RX, NR_ZCOPY_MON | NR_MONITOR_RX,
                 NR_ZCOPY_MON | NR_MONITOR_TX | NR_MONITOR_RX, NR_NO_TX_POLL | NR_DO_RX_POLL}));
    r.extra(random_.pick({0u, 0u, 5u}));
    r.mem(random_.pick<uint16_t>({0, 0, 0, 0, 1, 3}));
    return r;
}

/// Moves one slot on: sends whatever the buffer holds, or releases a packet. Others
/// may have the same ring; what is in the buffers does not matter here.
void storm_actor::step(const ring& r) {
    const uint32_t at = r.head();
    if (at >= r.slots() || at == r.tail()) {
        return;
    }
    netmap_slot s = r.slot(at);
    if (peek(r.raw()->dir) == 1) {
        s.len = 60;
        s.flags = 0;
        r.slot(at, s);
    } else if (random_.below(4) == 0) {
        poke(r.raw()->flags, peek(r.raw()->flags) ^ NR_FORWARD);
        s.flags |= NS_FORWARD;
        r.slot(at, s);
    }
    r.set(r.next(at), r.next(at));
}

void storm_actor::steps(const descriptor& d, const std::vector<ring>& rings) {
    diary_.begins("syncs of", diary_.where());
    for (unsigned i = random_.below(20); i > 0; --i) {
        for (const ring& r : rings) {
            step(r);
        }
        note(d.txsync());
        note(d.rxsync());
        d.poll(POLLIN | POLLOUT, random_.below(8) == 0 ? 1 : 0);
    }
    diary_.begins("close of", diary_.where());
}

void storm_actor::use() {
    port p;
    const err e = p.open(any_port("REGISTER of"), wish());
    note(e);
    if (!e) {
        steps(p.fd(), p.rings());
    }
}

void storm_actor::use_with_offsets() {
    nmreq_opt_offsets o{};
    o.nro_opt = make_option(NETMAP_REQ_OPT_OFFSETS, sizeof(o));
    o.nro_max_offset = random_.pick({0u, 64u, 512u});
    o.nro_initial_offset = random_.pick({0u, 64u});
    port p;
    const err e = p.open(any_port("REGISTER with offsets of"), wish(), &o.nro_opt);
    note(e);
    if (!e) {
        steps(p.fd(), p.rings());
    }
}

void storm_actor::use_own_memory() {
    const area memory(size_t{2} << 20);
    nmreq_opt_extmem o{};
    o.nro_opt = make_option(NETMAP_REQ_OPT_EXTMEM, sizeof(o));
    o.nro_usrptr = addr(memory.at());
    o.nro_info.nr_memsize = memory.bytes();
    o.nro_info.nr_if_pool_objtotal = 4;
    o.nro_info.nr_if_pool_objsize = 1024;
    o.nro_info.nr_ring_pool_objtotal = 8;
    o.nro_info.nr_ring_pool_objsize = 8192;
    o.nro_info.nr_buf_pool_objtotal = 400;
    o.nro_info.nr_buf_pool_objsize = 2048;
    const descriptor d;
    reg body = wish();
    body.nr_mem_id = 0;
    const err e = d.bind(any_port("REGISTER with EXTMEM of"), body, &o.nro_opt);
    note(e);
    if (!e) {
        steps(d, rings_at(memory.at(), body));
    }
}

void storm_actor::use_the_old_way() {
    nmreq r{};
    const std::string name = any_port("NIOCGINFO of");
    name.copy(r.nr_name, sizeof(r.nr_name) - 1);
    r.nr_version = NETMAP_API;
    nmreq info = r;
    note(descriptor().ioctl(NIOCGINFO, &info));
    diary_.begins("NIOCREGIF of", diary_.where());
    r.nr_flags = random_.pick<uint32_t>({NR_REG_DEFAULT, NR_REG_ALL_NIC, NR_REG_NIC_SW});
    r.nr_ringid = random_.pick<uint16_t>({0, NETMAP_NO_TX_POLL});
    const descriptor d;
    const err e = d.ioctl(NIOCREGIF, &r);
    note(e);
    if (!e) {
        const mapping map(d, r.nr_memsize);
        if (!map.mapped()) {
            return; // somebody else made it, in memory of his own
        }
        nmreq_register reply{};
        reply.nr_offset = r.nr_offset;
        steps(d, rings_at(map.base(), reply));
    }
}

/// Shared indices, and a loop in another thread that is stopped at some moment.
void storm_actor::run_loop() {
    const area indices(2 * page);
    nmreq_opt_csb o{};
    o.nro_opt = make_option(NETMAP_REQ_OPT_CSB, sizeof(o));
    o.csb_atok = addr(indices.at());
    o.csb_ktoa = addr(indices.at(page));
    auto* ktoa = reinterpret_cast<nm_csb_ktoa*>(indices.at(page));
    ktoa[0].kern_need_kick = 1; // until a loop runs
    reg r = wish();
    r.flags(NR_ACCEPT_VNET_HDR | NR_EXCLUSIVE);
    port p;
    const err e = p.open(any_port("REGISTER with CSB of"), r, &o.nro_opt);
    note(e);
    if (!!e) {
        return;
    }
    diary_.begins("SYNC_KLOOP_START on", diary_.where());
    nmreq_sync_kloop_start body{};
    body.sleep_us = random_.pick({0u, 50u, 1000u});
    std::atomic<bool> ended = false;
    std::jthread loop([&, fd = p.fd().fd()] {
        nmreq_header header = make_header(NETMAP_REQ_SYNC_KLOOP_START, "", &body);
        note(result(the_host().ioctl(fd, NIOCCTRL, &header)));
        ended = true;
    });
    auto* atok = reinterpret_cast<nm_csb_atok*>(indices.at());
    for (unsigned i = random_.below(50); i > 0; --i) {
        poke(atok[0].head, random_.below(16));
        std::this_thread::yield();
    }
    if (the_host().embedded() && random_.below(2) == 0) {
        diary_.begins("close, with a loop, of", diary_.where());
        // not earlier: the number would be somebody else's when it starts
        EXPECT_TRUE(eventually([&] { return ended || peek(ktoa[0].kern_need_kick) == 0; }));
        p.close();
        return;
    }
    diary_.begins("SYNC_KLOOP_STOP on", diary_.where());
    note(p.fd().request(NETMAP_REQ_SYNC_KLOOP_STOP, "", nullptr));
    diary_.begins("end of the loop on", diary_.where());
    loop.join();
    diary_.begins("close, with CSB, of", diary_.where());
}

/// What happens to interfaces: unplugged, plugged in, down, up, smaller, larger.
void storm_actor::weather() {
    switch (random_.below(8)) {
    case 0:
        note(unplug(begin("unplugs", ends)));
        break;
    case 1:
        note(set_mtu(begin("sets the MTU of", ends), random_.pick({576, 1500, 9000})));
        break;
    case 2:
        note(set_up(begin("sets down", ends), false));
        break;
    case 3:
    case 4:
        note(set_up(begin("sets up", ends), true));
        break;
    case 5:
        diary_.begins("plugs in", "nmy0");
        note(plug_veth("nmy0", "nmy1", 2));
        break;
    default:
        diary_.begins("plugs in", "nmx0");
        note(plug_veth("nmx0", "nmx1"));
    }
}

/// Interfaces go to another namespace, are used there, and come back.
void storm_actor::move() {
    note(place_.attic().take(begin("moves away", ends)));
    ASSERT_OK(place_.attic().enter());
    for (unsigned i = random_.below(4); i > 0; --i) {
        use();
    }
    note(place_.here().take(begin("brings back", ends)));
    ASSERT_OK(place_.here().enter());
}

} // namespace conformance
