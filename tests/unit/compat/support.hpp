// SPDX-License-Identifier: BSD-2-Clause
// What the tests of the C library share: a context that remembers what it was
// told, ports that close themselves, and frames.
#pragma once

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <libnetmap.h>
#include <sys/ioctl.h>

namespace compat_test {

/// The default context while it lives: collects messages, counts memory.
class context {
  public:
    context() {
        ctx_.base.verbose = 1;
        ctx_.base.error = [](nmctx* c, char const* text) { self(c).messages.emplace_back(text); };
        ctx_.base.malloc = [](nmctx* c, std::size_t n) -> void* {
            if (self(c).refuse)
                return nullptr;
            ++self(c).live;
            return std::malloc(n);
        };
        ctx_.base.free = [](nmctx* c, void* p) {
            --self(c).live;
            std::free(p);
        };
        ctx_.base.lock = [](nmctx* c) { EXPECT_EQ(self(c).locked++, 0); };
        ctx_.base.unlock = [](nmctx* c) { EXPECT_EQ(--self(c).locked, 0); };
        old_ = nmctx_set_default(&ctx_.base);
    }
    ~context() {
        EXPECT_EQ(ctx_.live, 0) << "memory of the context is left";
        EXPECT_EQ(ctx_.base.mem_descs, nullptr) << "a region is left";
        nmctx_set_default(old_);
    }
    context(context const&) = delete;
    context& operator=(context const&) = delete;

    nmctx* get() { return &ctx_.base; }
    int live() const { return ctx_.live; }
    void refuse_memory(bool refuse) { ctx_.refuse = refuse; }
    std::size_t said() const { return ctx_.messages.size(); }
    std::string last() const { return ctx_.messages.empty() ? "" : ctx_.messages.back(); }

  private:
    struct full {
        nmctx base{};
        std::vector<std::string> messages{};
        int live = 0;
        int locked = 0;
        bool refuse = false;
    };
    static full& self(nmctx* c) { return *reinterpret_cast<full*>(c); }

    full ctx_{};
    nmctx* old_ = nullptr;
};

struct port_closer {
    void operator()(nmport_d* d) const { nmport_close(d); }
};
using port = std::unique_ptr<nmport_d, port_closer>;

inline port open_port(std::string const& spec) {
    return port{nmport_open(spec.c_str())};
}

/// A broadcast frame of `size` bytes that carries a number.
inline std::vector<std::uint8_t> frame(std::uint8_t number, std::size_t size = 64) {
    std::vector<std::uint8_t> out(size, number);
    std::fill_n(out.begin(), 6, std::uint8_t{0xff});
    std::fill_n(out.begin() + 6, 6, std::uint8_t{2});
    return out;
}

inline bool send(port const& p, std::vector<std::uint8_t> const& bytes) {
    return nmport_inject(p.get(), bytes.data(), bytes.size()) == static_cast<int>(bytes.size()) &&
           ioctl(p->fd, NIOCTXSYNC, nullptr) == 0;
}

/// The next packet of a port, which is released; empty if there is none.
inline std::vector<std::uint8_t> receive(port const& p) {
    EXPECT_EQ(ioctl(p->fd, NIOCRXSYNC, nullptr), 0);
    std::vector<std::uint8_t> out;
    for (unsigned i = p->first_rx_ring; i <= p->last_rx_ring; ++i) {
        netmap_ring* const ring = NETMAP_RXRING(p->nifp, i);
        bool more = true;
        while (more && !nm_ring_empty(ring)) {
            netmap_slot const& slot = ring->slot[ring->head];
            char const* const at = NETMAP_BUF_OFFSET(ring, &slot);
            out.insert(out.end(), at, at + slot.len);
            more = (slot.flags & NS_MOREFRAG) != 0;
            ring->head = ring->cur = nm_ring_next(ring, ring->head);
        }
        if (!out.empty())
            break;
    }
    return out;
}

} // namespace compat_test
