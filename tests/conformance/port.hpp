// SPDX-License-Identifier: BSD-2-Clause
// Bound and mapped ports, and their rings. Everything in shared memory is
// read and written with relaxed atomics (tail with acquire), so that tests
// which race on purpose are silent under the thread sanitizer.
#pragma once

#include "frame.hpp"
#include "request.hpp"

#include <net/netmap_user.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

namespace conformance {

template <class T> T peek(const T& field) {
    return __atomic_load_n(&field, __ATOMIC_RELAXED);
}

template <class T> void poke(T& field, std::type_identity_t<T> value) {
    __atomic_store_n(&field, value, __ATOMIC_RELAXED);
}

/// A packet taken from an RX ring.
struct packet {
    frame data;
    uint16_t first_flags = 0;
    uint16_t last_flags = 0;
    unsigned slots = 0;
};

/// The ring at `offset` of an interface. A ring that is not bound (offset 0)
/// fails the test and yields one that is safe to use and leads nowhere.
netmap_ring* find_ring(netmap_if* nifp, int64_t offset);

/// A ring as its application sees it.
class ring {
  public:
    explicit ring(netmap_ring* raw)
        : raw_(raw), slots_(peek(raw->num_slots)), buf_size_(peek(raw->nr_buf_size)),
          bufs_(reinterpret_cast<uint8_t*>(raw) + peek(raw->buf_ofs)) {}

    netmap_ring* raw() const { return raw_; }
    uint32_t slots() const { return slots_; }
    uint32_t buf_size() const { return buf_size_; }
    uint32_t head() const { return peek(raw_->head); }
    uint32_t cur() const { return peek(raw_->cur); }
    uint32_t tail() const { return __atomic_load_n(&raw_->tail, __ATOMIC_ACQUIRE); }
    uint32_t next(uint32_t i) const { return i + 1 >= slots_ ? 0 : i + 1; }
    uint32_t prev(uint32_t i) const { return i == 0 ? slots_ - 1 : i - 1; }
    uint32_t plus(uint32_t i, uint32_t n) const { return (i + n) % slots_; }
    uint32_t space() const { return (tail() + slots_ - head()) % slots_; }
    void set_head(uint32_t v) const { poke(raw_->head, v); }
    void set_cur(uint32_t v) const { poke(raw_->cur, v); }
    /// cur first, then head, with whatever was written before: another thread's
    /// poll may sync the ring at any moment.
    void set(uint32_t head, uint32_t cur) const {
        poke(raw_->cur, cur);
        __atomic_store_n(&raw_->head, head, __ATOMIC_RELEASE);
    }

    netmap_slot slot(uint32_t i) const {
        const netmap_slot& s = raw_->slot[i];
        return {peek(s.buf_idx), peek(s.len), peek(s.flags), peek(s.ptr)};
    }
    void slot(uint32_t i, const netmap_slot& value) const {
        netmap_slot& s = raw_->slot[i];
        poke(s.buf_idx, value.buf_idx);
        poke(s.len, value.len);
        poke(s.flags, value.flags);
        poke(s.ptr, value.ptr);
    }
    uint8_t* buf(uint32_t index) const { return bufs_ + uint64_t{index} * buf_size_; }
    uint8_t* data(uint32_t i) const { return buf(slot(i).buf_idx); }

    std::vector<uint32_t> indices() const {
        std::vector<uint32_t> all;
        for (uint32_t i = 0; i < slots_; ++i) {
            all.push_back(slot(i).buf_idx);
        }
        return all;
    }

    /// Fills slot `i` without moving an index.
    void fill(uint32_t i, const frame& f, uint16_t flags = 0) const {
        if (!f.empty()) {
            std::memcpy(data(i), f.data(), std::min<size_t>(f.size(), buf_size_));
        }
        netmap_slot s = slot(i);
        s.len = static_cast<uint16_t>(f.size());
        s.flags = flags;
        slot(i, s);
    }
    /// Fills the slot at head and moves head and cur on; false without room.
    bool put(const frame& f, uint16_t flags = 0) const {
        if (head() == tail()) {
            return false;
        }
        fill(head(), f, flags);
        set(next(head()), next(head()));
        return true;
    }
    /// Puts a frame in `pieces` slots of about equal size.
    bool put_in(unsigned pieces, const frame& f) const {
        if (space() < pieces) {
            return false;
        }
        const size_t step = (f.size() + pieces - 1) / pieces;
        for (unsigned i = 0; i < pieces; ++i) {
            const auto from = f.begin() + static_cast<long>(std::min(f.size(), i * step));
            const auto to = f.begin() + static_cast<long>(std::min(f.size(), (i + 1) * step));
            put(frame(from, to), i + 1 < pieces ? NS_MOREFRAG : 0);
        }
        return true;
    }
    /// Data of slot `i`.
    frame read(uint32_t i) const {
        const size_t len = std::min<size_t>(slot(i).len, buf_size_);
        const uint8_t* from = data(i);
        return frame(from, from + len);
    }
    /// Takes and releases one packet, all its slots.
    std::optional<packet> take() const {
        if (head() == tail()) {
            return {};
        }
        packet p;
        p.first_flags = slot(head()).flags;
        do {
            const frame part = read(head());
            p.data.insert(p.data.end(), part.begin(), part.end());
            p.last_flags = slot(head()).flags;
            ++p.slots;
            set(next(head()), next(head()));
        } while ((p.last_flags & NS_MOREFRAG) != 0 && head() != tail());
        return p;
    }

  private:
    netmap_ring* raw_;
    uint32_t slots_;
    uint32_t buf_size_;
    uint8_t* bufs_;
};

/// A mapping of a descriptor's region.
class mapping {
  public:
    mapping() = default;
    mapping(const descriptor& d, size_t length, uint64_t offset = 0)
        : length_(length), base_(the_host().mmap(d.fd(), length, offset)),
          error_(base_ == failed() ? err{errno} : err{}) {}
    mapping(mapping&& other) noexcept
        : length_(other.length_), base_(std::exchange(other.base_, failed())),
          error_(other.error_) {}
    mapping& operator=(mapping&& other) noexcept {
        std::swap(length_, other.length_);
        std::swap(base_, other.base_);
        std::swap(error_, other.error_);
        return *this;
    }
    ~mapping() { unmap(); }

    err error() const { return error_; }
    bool mapped() const { return base_ != failed(); }
    uint8_t* base() const { return static_cast<uint8_t*>(base_); }
    size_t length() const { return length_; }
    void unmap() {
        if (mapped()) {
            EXPECT_OK(result(the_host().munmap(std::exchange(base_, failed()), length_)));
        }
    }

  private:
    static void* failed() { return reinterpret_cast<void*>(-1); }
    size_t length_ = 0;
    void* base_ = failed();
    err error_{EINVAL};
};

/// A descriptor that is bound, with its region mapped.
class port {
  public:
    port() : fd_(descriptor::none()) {}
    port(port&&) = default;
    port& operator=(port&&) = default;
    ~port() { close(); }

    /// Opens, binds and maps; what failed is undone.
    err open(std::string_view name, const reg& wanted = reg{},
             const nmreq_option* options = nullptr) {
        close();
        descriptor d;
        reply = wanted;
        err e = d.bind(name, reply, options);
        if (!e) {
            map_ = mapping(d, reply.nr_memsize);
            e = map_.error();
        }
        if (!e) {
            fd_ = std::move(d);
            name_ = name;
            mem_ = map_.base();
        }
        return e;
    }
    void unmap() { map_.unmap(); }
    void close_fd() { fd_.close(); }
    void close() {
        unmap();
        close_fd();
    }

    const descriptor& fd() const { return fd_; }
    descriptor& fd() { return fd_; }
    const std::string& name() const { return name_; }
    uint8_t* mem() const { return mem_; }
    netmap_if* nifp() const { return NETMAP_IF(mem_, reply.nr_offset); }
    int64_t tx_offset(unsigned i) const { return nifp()->ring_ofs[i]; }
    int64_t rx_offset(unsigned i) const {
        return nifp()->ring_ofs[i + nifp()->ni_tx_rings + nifp()->ni_host_tx_rings];
    }
    ring tx(unsigned i = 0) const { return at(tx_offset(i)); }
    ring rx(unsigned i = 0) const { return at(rx_offset(i)); }

    err txsync() const { return fd_.txsync(); }
    err rxsync() const { return fd_.rxsync(); }
    short poll(int events, int timeout_ms = 0) const { return fd_.poll(events, timeout_ms); }

    /// Sends frames through a TX ring in one sync.
    err send(const std::vector<frame>& frames, unsigned ring_index = 0) const {
        const ring r = tx(ring_index);
        for (const frame& f : frames) {
            if (!r.put(f)) {
                return err{ENOBUFS};
            }
        }
        return txsync();
    }
    err send(const frame& f, unsigned ring_index = 0) const {
        return send(std::vector<frame>{f}, ring_index);
    }

    /// Syncs, takes and releases everything that is in an RX ring.
    std::vector<packet> receive_packets(unsigned ring_index = 0) const {
        EXPECT_OK(rxsync());
        std::vector<packet> all;
        while (auto p = rx(ring_index).take()) {
            all.push_back(std::move(*p));
        }
        EXPECT_OK(rxsync());
        return all;
    }
    std::vector<frame> receive(unsigned ring_index = 0) const {
        std::vector<frame> all;
        for (packet& p : receive_packets(ring_index)) {
            all.push_back(std::move(p.data));
        }
        return all;
    }

    /// Indices of the list of extra buffers; stops after `most`.
    std::vector<uint32_t> extra_list(size_t most = 100000) const {
        std::vector<uint32_t> list;
        const ring any = any_ring();
        for (uint32_t i = peek(nifp()->ni_bufs_head); i != 0 && list.size() < most;) {
            list.push_back(i);
            std::memcpy(&i, any.buf(i), sizeof(i));
        }
        return list;
    }
    /// Indices in all rings that are bound, host rings as well.
    std::vector<uint32_t> ring_indices() const {
        std::vector<uint32_t> all;
        for (const ring& r : rings()) {
            const auto some = r.indices();
            all.insert(all.end(), some.begin(), some.end());
        }
        return all;
    }
    std::vector<ring> rings() const {
        std::vector<ring> all;
        for (unsigned i = 0; i < nifp()->ni_tx_rings + nifp()->ni_host_tx_rings; ++i) {
            if (tx_offset(i) != 0) {
                all.push_back(tx(i));
            }
        }
        for (unsigned i = 0; i < nifp()->ni_rx_rings + nifp()->ni_host_rx_rings; ++i) {
            if (rx_offset(i) != 0) {
                all.push_back(rx(i));
            }
        }
        return all;
    }
    ring any_ring() const {
        const auto all = rings();
        return all.empty() ? at(0) : all.front();
    }

    nmreq_register reply{};

  private:
    ring at(int64_t offset) const { return ring(find_ring(nifp(), offset)); }

    descriptor fd_;
    mapping map_;
    uint8_t* mem_ = nullptr;
    std::string name_;
};

/// True if no value occurs twice.
inline bool all_different(const std::vector<uint32_t>& values) {
    return std::set<uint32_t>(values.begin(), values.end()).size() == values.size();
}

/// Makes the switch know that `m` is behind `p`, and empties all the others.
inline void teach(const port& p, const mac& m, std::initializer_list<const port*> others) {
    EXPECT_OK(p.send(make_frame(broadcast, m)));
    for (const port* other : others) {
        for (unsigned i = 0; i < other->nifp()->ni_rx_rings; ++i) {
            if (other->rx_offset(i) != 0) {
                other->receive(i);
            }
        }
    }
}

} // namespace conformance
