// SPDX-License-Identifier: BSD-2-Clause
// What the fuzz targets share: a core for each input, and a place for the
// application's memory that ends at a page nobody may touch.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fuzzer/FuzzedDataProvider.h>
#include <net/netmap.h>
#include <sys/mman.h>

extern "C" {
#include "netmap_core.h"
#include "os_memory.h"
}

namespace fuzz {

/// An expectation that does not go away with NDEBUG.
inline void expect(bool ok, const char* what) {
    if (ok)
        return;
    std::fprintf(stderr, "expected: %s\n", what);
    std::abort();
}

inline os_ns* ns(unsigned n = 0) {
    static char identities[4];
    return reinterpret_cast<os_ns*>(&identities[n % 4]);
}

class core {
  public:
    core() : params_(nm_params) { expect(nm_core_init() == 0, "the core begins"); }
    ~core() {
        nm_core_exit();
        nm_params = params_;
    }
    core(const core&) = delete;
    core& operator=(const core&) = delete;

  private:
    struct nm_params params_;
};

/// Two pages to write, and one behind them that faults.
class arena {
  public:
    static constexpr size_t size = 8192;
    arena() {
        void* p =
            mmap(nullptr, size + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        expect(p != MAP_FAILED && mprotect(static_cast<char*>(p) + size, 4096, PROT_NONE) == 0,
               "memory for the arena");
        base_ = static_cast<char*>(p);
    }
    void clear() { std::memset(base_, 0, size); }
    uint64_t address(size_t at) const { return reinterpret_cast<uintptr_t>(base_) + at; }

    /// As much of an object as lies before the end.
    void write(size_t at, const void* from, size_t bytes) {
        if (at < size)
            std::memcpy(base_ + at, from, bytes < size - at ? bytes : size - at);
    }

  private:
    char* base_;
};

inline arena& memory() {
    static arena a;
    return a;
}

/// A well-formed request, with one option or none; 0 or a negative errno.
inline int request(nm_binding* b, uint16_t type, std::string_view name, void* body,
                   const nmreq_option* option = nullptr) {
    nmreq_header h{};
    h.nr_version = NETMAP_API;
    h.nr_reqtype = type;
    h.nr_body = reinterpret_cast<uintptr_t>(body);
    h.nr_options = reinterpret_cast<uintptr_t>(option);
    std::memcpy(h.nr_name, name.data(), std::min(name.size(), sizeof(h.nr_name) - 1));
    return nm_binding_ioctl(b, NIOCCTRL, reinterpret_cast<uintptr_t>(&h));
}

/// Nothing is left of any port.
inline void expect_no_ports() {
    for (unsigned n = 0; n < 4; n++) {
        nm_binding* b = nm_binding_open(ns(n));
        nmreq_vale_list list{};
        expect(request(b, NETMAP_REQ_VALE_LIST, "", &list) == -ENOENT, "no port is left");
        nm_binding_close(b);
    }
}

} // namespace fuzz
