// SPDX-License-Identifier: BSD-2-Clause
// What the tests of the core share: a core for each test, and ports bound to it
// through the same requests that applications make.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <net/netmap.h>

#include "probe.h"

extern "C" {
#include "netmap_core.h"
}

namespace core_test {

/// Random numbers, the same in every run.
class dice {
  public:
    explicit dice(uint32_t seed) : engine_(seed) {}
    uint32_t operator()() { return static_cast<uint32_t>(engine_()); }
    bool once_in(uint32_t n) { return (*this)() % n == 0; }

  private:
    std::mt19937 engine_;
};

/// A core that lives as long as one test; parameters are put back.
class core : public ::testing::Test {
  protected:
    core();
    ~core() override;
    core(const core&) = delete;
    core& operator=(const core&) = delete;

  private:
    struct nm_params params_;
};

/// What is asked of a REGISTER.
struct wish {
    uint16_t tx_rings = 0, rx_rings = 0;
    uint32_t tx_slots = 0, rx_slots = 0;
    uint16_t mem_id = 0;
    uint32_t extra_bufs = 0;
    uint32_t mode = NR_REG_ALL_NIC;
    uint16_t ring_id = 0;
    uint64_t flags = 0;
};

/// One descriptor. Result of the open is in error(): 0 or a positive errno.
class port {
  public:
    explicit port(std::string_view name, const wish& w = {});
    ~port() { close(); }
    port(const port&) = delete;
    port& operator=(const port&) = delete;
    port(port&& other) noexcept;

    int error() const { return error_; }
    const std::string& text() const { return text_; }
    const nmreq_register& reply() const { return reply_; }
    nm_binding* binding() const { return b_; }
    void close();

    netmap_if* nifp() const;
    netmap_ring* ring(bool tx, uint32_t i = 0) const;
    netmap_ring* tx(uint32_t i = 0) const { return ring(true, i); }
    netmap_ring* rx(uint32_t i = 0) const { return ring(false, i); }
    nm_kring* kring(bool tx, uint32_t i = 0) const { return probe_kring(b_, tx, i); }

    int txsync() { return nm_binding_ioctl(b_, NIOCTXSYNC, 0); }
    int rxsync() { return nm_binding_ioctl(b_, NIOCRXSYNC, 0); }
    unsigned poll(unsigned events) { return nm_binding_poll(b_, events, nullptr); }

    nmreq_stats_get stats(bool tx, uint32_t i = 0);

  private:
    nm_binding* b_ = nullptr;
    int error_ = 0;
    std::string text_;
    std::string name_;
    nmreq_register reply_{};
};

/// A control request without options; 0 or a positive errno.
int request(nm_binding* b, uint16_t type, std::string_view name, void* body);

inline uint32_t next(const netmap_ring* r, uint32_t i) {
    return i + 1 == r->num_slots ? 0 : i + 1;
}

inline uint32_t space(const netmap_ring* r) {
    return (r->tail + r->num_slots - r->head) % r->num_slots;
}

inline char* buffer(netmap_ring* r, uint32_t index) {
    return reinterpret_cast<char*>(r) + r->buf_ofs + size_t{index} * r->nr_buf_size;
}

/// Puts a packet of one or several slots at head; false if there is no room.
bool put(netmap_ring* r, const std::vector<std::string>& fragments);

/// Everything received, whole packets, releasing it (without a sync).
std::vector<std::string> take(netmap_ring* r);

using mac = uint64_t; ///< 48 bits, first byte on the wire lowest

/// An Ethernet frame of `size` bytes, filled with `fill`.
std::string frame(mac dst, mac src, size_t size = 60, char fill = 0);

} // namespace core_test
