// SPDX-License-Identifier: BSD-2-Clause
// Control requests: building them, sending them, and results that print as
// names of errors.
#pragma once

#include "host.hpp"

#include <net/netmap.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conformance {

/// Result of a call: 0, or an errno. Prints as its name.
struct err {
    int code = 0;
    bool operator==(const err&) const = default;
    bool operator!() const { return code == 0; }
};

inline std::ostream& operator<<(std::ostream& out, err e) {
    const char* name = e.code == 0 ? "success" : strerrorname_np(e.code);
    return name != nullptr ? out << name : out << "result " << e.code;
}

/// From the return value of a system call; positive values count as errors.
inline err result(int value) {
    return value == 0 ? err{} : err{value < 0 ? errno : -value};
}

#define EXPECT_OK(call) EXPECT_EQ(::conformance::err{}, (call))
#define ASSERT_OK(call) ASSERT_EQ(::conformance::err{}, (call))
#define EXPECT_ERR(code, call) EXPECT_EQ(::conformance::err{code}, (call))
#define ASSERT_ERR(code, call) ASSERT_EQ(::conformance::err{code}, (call))

/// True if `e` is one of `allowed`.
inline bool one_of(err e, std::initializer_list<int> allowed) {
    for (const int code : allowed) {
        if (e.code == code) {
            return true;
        }
    }
    return false;
}

inline uint64_t addr(const void* p) {
    return reinterpret_cast<uint64_t>(p);
}

inline void set_name(nmreq_header& header, std::string_view name) {
    std::memset(header.nr_name, 0, sizeof(header.nr_name));
    std::memcpy(header.nr_name, name.data(), std::min(name.size(), sizeof(header.nr_name)));
}

inline nmreq_header make_header(uint16_t type, std::string_view name, const void* body,
                                const void* options = nullptr) {
    nmreq_header header{};
    header.nr_version = NETMAP_API;
    header.nr_reqtype = type;
    header.nr_options = addr(options);
    header.nr_body = addr(body);
    set_name(header, name);
    return header;
}

/// A status that no core ever writes.
inline constexpr uint32_t untouched = 0x5a5a5a5a;

inline nmreq_option make_option(uint32_t type, uint64_t size = 0) {
    nmreq_option option{};
    option.nro_reqtype = type;
    option.nro_status = untouched;
    option.nro_size = size;
    return option;
}

/// An option of a type that nobody knows.
inline nmreq_option unknown_option() {
    return make_option(1234, sizeof(nmreq_option));
}

/// Links options in that order and returns the first.
inline nmreq_option* chain(std::initializer_list<nmreq_option*> options) {
    nmreq_option* previous = nullptr;
    for (nmreq_option* option : options) {
        if (previous != nullptr) {
            previous->nro_next = addr(option);
        }
        previous = option;
    }
    previous->nro_next = 0;
    return *options.begin();
}

/// A body of REGISTER that is written in one line; by default all rings.
struct reg : nmreq_register {
    reg() : nmreq_register{} { nr_mode = NR_REG_ALL_NIC; }
    reg& mode(uint32_t m, uint16_t ring = 0) {
        nr_mode = m;
        nr_ringid = ring;
        return *this;
    }
    reg& one(uint16_t ring) { return mode(NR_REG_ONE_NIC, ring); }
    reg& rings(uint16_t tx, uint16_t rx) {
        nr_tx_rings = tx;
        nr_rx_rings = rx;
        return *this;
    }
    reg& slots(uint32_t tx, uint32_t rx) {
        nr_tx_slots = tx;
        nr_rx_slots = rx;
        return *this;
    }
    reg& slots(uint32_t both) { return slots(both, both); }
    reg& flags(uint64_t f) {
        nr_flags = f;
        return *this;
    }
    reg& mem(uint16_t id) {
        nr_mem_id = id;
        return *this;
    }
    reg& extra(uint32_t bufs) {
        nr_extra_bufs = bufs;
        return *this;
    }
};

/// An open control descriptor.
class descriptor {
  public:
    descriptor() : fd_(the_host().open()) { EXPECT_GE(fd_, 0) << "cannot open the control device"; }
    static descriptor none() { return descriptor(-1); }
    descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~descriptor() { close(); }

    int fd() const { return fd_; }
    /// Somebody else has closed it, or will.
    int release() { return std::exchange(fd_, -1); }
    void close() {
        if (fd_ >= 0) {
            EXPECT_OK(result(the_host().close(std::exchange(fd_, -1))));
        }
    }

    err ioctl(unsigned long cmd, void* arg = nullptr) const {
        return result(the_host().ioctl(fd_, cmd, arg));
    }
    err control(nmreq_header& header) const { return ioctl(NIOCCTRL, &header); }
    err request(uint16_t type, std::string_view name, void* body,
                const nmreq_option* options = nullptr) const {
        nmreq_header header = make_header(type, name, body, options);
        return control(header);
    }
    err bind(std::string_view name, nmreq_register& body,
             const nmreq_option* options = nullptr) const {
        return request(NETMAP_REQ_REGISTER, name, &body, options);
    }
    /// For those who do not need the reply.
    err bind(std::string_view name, reg&& body = reg{},
             const nmreq_option* options = nullptr) const {
        return request(NETMAP_REQ_REGISTER, name, &body, options);
    }
    err txsync() const { return ioctl(NIOCTXSYNC); }
    err rxsync() const { return ioctl(NIOCRXSYNC); }
    bool bound() const { return !txsync(); }

    /// Events that are ready, or 0 when time ran out.
    short poll(int events, int timeout_ms = 0) const {
        pollfd entry{fd_, static_cast<short>(events), 0};
        const int ready = the_host().poll(&entry, 1, timeout_ms);
        EXPECT_EQ(ready, entry.revents != 0 ? 1 : 0);
        return entry.revents;
    }

  private:
    explicit descriptor(int fd) : fd_(fd) {}
    int fd_;
};

/// A reply of PORT_INFO_GET, or the error.
inline err port_info(std::string_view name, nmreq_port_info_get& info) {
    return descriptor().request(NETMAP_REQ_PORT_INFO_GET, name, &info);
}

inline err pools_info(std::string_view name, nmreq_pools_info& info) {
    return descriptor().request(NETMAP_REQ_POOLS_INFO_GET, name, &info);
}

inline err header_length_set(std::string_view name, uint32_t length) {
    nmreq_port_hdr body{};
    body.nr_hdr_len = length;
    return descriptor().request(NETMAP_REQ_PORT_HDR_SET, name, &body);
}

inline err header_length_get(std::string_view name, uint32_t& length) {
    nmreq_port_hdr body{};
    const err e = descriptor().request(NETMAP_REQ_PORT_HDR_GET, name, &body);
    length = body.nr_hdr_len;
    return e;
}

/// Counters of one ring.
inline err stats(std::string_view name, direction dir, uint32_t ring, nmreq_stats_get& out) {
    out = {};
    out.nr_dir = dir == direction::tx ? 1 : 0;
    out.nr_ring = ring;
    return descriptor().request(NETMAP_REQ_STATS_GET, name, &out);
}

/// Buffers of the region behind a port that are in rings or lists.
inline uint32_t buffers_used(std::string_view name) {
    nmreq_stats_get s;
    EXPECT_OK(stats(name, direction::rx, 0, s)) << name;
    return s.nr_bufs_used;
}

/// Packets dropped for `reason`, over all rings of the ports.
inline uint64_t drops(const std::vector<std::string>& names, netmap_drop_reason reason) {
    uint64_t sum = 0;
    for (const std::string& name : names) {
        for (const direction dir : {direction::rx, direction::tx}) {
            nmreq_stats_get s;
            for (uint32_t ring = 0; !stats(name, dir, ring, s); ++ring) {
                sum += s.nr_drops[reason];
            }
        }
    }
    return sum;
}

/// Packets dropped for any reason, over all rings of the ports.
inline uint64_t all_drops(const std::vector<std::string>& names) {
    uint64_t sum = 0;
    for (int reason = 0; reason < NETMAP_DROP_REASONS; ++reason) {
        sum += drops(names, static_cast<netmap_drop_reason>(reason));
    }
    return sum;
}

/// One step of the enumeration of switch ports from (bridge, port) on.
struct list_entry {
    std::string name;
    uint16_t bridge = 0;
    uint32_t port = 0;
};

inline err list_next(list_entry& at) {
    nmreq_vale_list body{};
    body.nr_bridge_idx = at.bridge;
    body.nr_port_idx = at.port;
    nmreq_header header = make_header(NETMAP_REQ_VALE_LIST, "", &body);
    const err e = descriptor().control(header);
    if (!e) {
        at = {header.nr_name, body.nr_bridge_idx, body.nr_port_idx};
    }
    return e;
}

/// Names of all switch ports there are, sorted.
inline std::vector<std::string> switch_ports() {
    std::vector<std::string> names;
    for (list_entry at; !list_next(at); ++at.port) {
        names.push_back(at.name);
        if (names.size() > 8 * 254) {
            ADD_FAILURE() << "the enumeration of switch ports does not end";
            break;
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

/// Sets a parameter of the core for as long as this lives.
class param_guard {
  public:
    param_guard(std::string name, long value) : name_(std::move(name)) {
        EXPECT_OK(result(the_host().param_get(name_, before_))) << name_;
        set(value);
    }
    param_guard(const param_guard&) = delete;
    param_guard& operator=(const param_guard&) = delete;
    ~param_guard() { set(before_); }

    void set(long value) { EXPECT_OK(result(the_host().param_set(name_, value))) << name_; }
    long before() const { return before_; }

  private:
    std::string name_;
    long before_ = 0;
};

} // namespace conformance
