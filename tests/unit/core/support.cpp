// SPDX-License-Identifier: BSD-2-Clause
#include "support.hpp"

#include <algorithm>
#include <utility>

namespace core_test {

namespace {

char the_namespace;

os_ns* ns() {
    return reinterpret_cast<os_ns*>(&the_namespace);
}

void set_name(nmreq_header& h, std::string_view name) {
    std::memcpy(h.nr_name, name.data(), std::min(name.size(), sizeof(h.nr_name) - 1));
}

} // namespace

core::core() : params_(nm_params) {
    EXPECT_EQ(nm_core_init(), 0);
}

core::~core() {
    nm_core_exit();
    nm_params = params_;
}

int request(nm_binding* b, uint16_t type, std::string_view name, void* body) {
    nmreq_header h{};
    h.nr_version = NETMAP_API;
    h.nr_reqtype = type;
    h.nr_body = reinterpret_cast<uintptr_t>(body);
    set_name(h, name);
    return -nm_binding_ioctl(b, NIOCCTRL, reinterpret_cast<uintptr_t>(&h));
}

port::port(std::string_view name, const wish& w) : b_(nm_binding_open(ns())), name_(name) {
    if (!b_) {
        error_ = ENOMEM;
        return;
    }
    nmreq_opt_errtext words{};
    words.nro_opt.nro_reqtype = NETMAP_REQ_OPT_ERRTEXT;
    nmreq_header h{};
    h.nr_version = NETMAP_API;
    h.nr_reqtype = NETMAP_REQ_REGISTER;
    h.nr_body = reinterpret_cast<uintptr_t>(&reply_);
    h.nr_options = reinterpret_cast<uintptr_t>(&words);
    set_name(h, name);
    reply_.nr_tx_rings = w.tx_rings;
    reply_.nr_rx_rings = w.rx_rings;
    reply_.nr_tx_slots = w.tx_slots;
    reply_.nr_rx_slots = w.rx_slots;
    reply_.nr_mem_id = w.mem_id;
    reply_.nr_extra_bufs = w.extra_bufs;
    reply_.nr_mode = w.mode;
    reply_.nr_ringid = w.ring_id;
    reply_.nr_flags = w.flags;
    error_ = -nm_binding_ioctl(b_, NIOCCTRL, reinterpret_cast<uintptr_t>(&h));
    text_ = words.nro_text;
}

port::port(port&& other) noexcept
    : b_(std::exchange(other.b_, nullptr)), error_(other.error_), text_(std::move(other.text_)),
      name_(std::move(other.name_)), reply_(other.reply_) {}

void port::close() {
    if (b_)
        nm_binding_close(std::exchange(b_, nullptr));
}

netmap_if* port::nifp() const {
    return reinterpret_cast<netmap_if*>(probe_region(b_) + reply_.nr_offset);
}

netmap_ring* port::ring(bool tx, uint32_t i) const {
    netmap_if* n = nifp();
    int64_t at = n->ring_ofs[tx ? i : i + n->ni_tx_rings + n->ni_host_tx_rings];
    return at ? reinterpret_cast<netmap_ring*>(reinterpret_cast<char*>(n) + at) : nullptr;
}

nmreq_stats_get port::stats(bool tx, uint32_t i) {
    nmreq_stats_get s{};
    s.nr_dir = tx;
    s.nr_ring = i;
    EXPECT_EQ(request(b_, NETMAP_REQ_STATS_GET, name_, &s), 0);
    return s;
}

bool put(netmap_ring* r, const std::vector<std::string>& fragments) {
    if (space(r) < fragments.size())
        return false;
    for (size_t i = 0; i < fragments.size(); i++) {
        netmap_slot& s = r->slot[r->head];
        std::memcpy(buffer(r, s.buf_idx), fragments[i].data(), fragments[i].size());
        s.len = static_cast<uint16_t>(fragments[i].size());
        s.flags = i + 1 < fragments.size() ? NS_MOREFRAG : 0;
        r->head = r->cur = next(r, r->head);
    }
    return true;
}

std::vector<std::string> take(netmap_ring* r) {
    std::vector<std::string> packets;
    bool more = false;
    while (r->head != r->tail) {
        const netmap_slot& s = r->slot[r->head];
        if (!more)
            packets.emplace_back();
        packets.back().append(buffer(r, s.buf_idx), s.len);
        more = s.flags & NS_MOREFRAG;
        r->head = r->cur = next(r, r->head);
    }
    return packets;
}

std::string frame(mac dst, mac src, size_t size, char fill) {
    std::string f(size, fill);
    uint64_t words[2] = {dst | src << 48, src >> 16};
    std::memcpy(f.data(), words, std::min(size, size_t{12}));
    return f;
}

} // namespace core_test
