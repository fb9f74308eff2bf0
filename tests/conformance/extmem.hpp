// SPDX-License-Identifier: BSD-2-Clause
// What tests of regions in the application's own memory share.
#pragma once

#include "fixture.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace conformance {

inline constexpr size_t area = size_t{2} << 20;

/// Shared memory of a file without a name; may be mapped more than once.
class memory {
  public:
    explicit memory(size_t bytes = area)
        : bytes_(bytes), fd_(::memfd_create("external", MFD_CLOEXEC)) {
        EXPECT_EQ(0, ::ftruncate(fd_, static_cast<off_t>(bytes)));
        base_ = map();
    }
    memory(const memory&) = delete;
    memory& operator=(const memory&) = delete;
    ~memory() {
        gone();
        ::close(fd_);
    }
    uint8_t* map() const {
        void* p = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
        EXPECT_NE(MAP_FAILED, p);
        return static_cast<uint8_t*>(p);
    }
    void gone() {
        if (base_ != nullptr) {
            ::munmap(std::exchange(base_, nullptr), bytes_);
        }
    }
    uint8_t* base() const { return base_; }
    size_t bytes() const { return bytes_; }

  private:
    size_t bytes_;
    int fd_;
    uint8_t* base_;
};

struct extmem_option : nmreq_opt_extmem {
    extmem_option(const void* base, uint64_t bytes) : nmreq_opt_extmem{} {
        nro_opt = make_option(NETMAP_REQ_OPT_EXTMEM, sizeof(nmreq_opt_extmem));
        nro_usrptr = addr(base);
        nro_info.nr_memsize = bytes;
        ifs(4, 1024).rings(8, 4096).bufs(100, 2048);
    }
    explicit extmem_option(const memory& m) : extmem_option(m.base(), m.bytes()) {}
    extmem_option& ifs(uint32_t n, uint32_t size) {
        nro_info.nr_if_pool_objtotal = n;
        nro_info.nr_if_pool_objsize = size;
        return *this;
    }
    extmem_option& rings(uint32_t n, uint32_t size) {
        nro_info.nr_ring_pool_objtotal = n;
        nro_info.nr_ring_pool_objsize = size;
        return *this;
    }
    extmem_option& bufs(uint32_t n, uint32_t size) {
        nro_info.nr_buf_pool_objtotal = n;
        nro_info.nr_buf_pool_objsize = size;
        return *this;
    }
};

/// A port that lives at `base`.
struct ext_port {
    descriptor fd;
    reg reply;
    uint8_t* base = nullptr;

    err open(std::string_view name, uint8_t* at, extmem_option& o, const reg& wanted) {
        reply = wanted;
        base = at;
        return fd.bind(name, reply, &o.nro_opt);
    }
    err open(std::string_view name, uint8_t* at, extmem_option& o) {
        return open(name, at, o, reg().slots(16));
    }
    netmap_if* nifp() const { return NETMAP_IF(base, reply.nr_offset); }
    ring tx(unsigned i = 0) const { return ring(find_ring(nifp(), nifp()->ring_ofs[i])); }
    ring rx(unsigned i = 0) const {
        return ring(find_ring(nifp(), nifp()->ring_ofs[nifp()->ni_tx_rings +
                                                       nifp()->ni_host_tx_rings + i]));
    }
    bool inside(const void* p) const {
        const auto at = static_cast<const uint8_t*>(p);
        return at >= base && at < base + reply.nr_memsize;
    }
};

} // namespace conformance
