// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <thread>

namespace conformance {
namespace {

bool slow() {
    static const bool value = [] {
        const char* text = std::getenv("NETMAPXX_SLOW");
        return text != nullptr && std::string_view(text) != "0";
    }();
    return value;
}

/// A ring of one slot, for tests that have failed.
struct nowhere_ring {
    alignas(netmap_ring) uint8_t memory[sizeof(netmap_ring) + sizeof(netmap_slot)];
    uint8_t buffer[4096];
};
nowhere_ring nowhere;

} // namespace

netmap_ring* find_ring(netmap_if* nifp, int64_t offset) {
    if (offset != 0) {
        return NETMAP_OFFSET_(netmap_ring*, nifp, offset);
    }
    ADD_FAILURE() << "the ring is not bound";
    auto* ring = reinterpret_cast<netmap_ring*>(nowhere.memory);
    ring->num_slots = 1;
    ring->nr_buf_size = sizeof(nowhere.buffer);
    ring->buf_ofs = nowhere.buffer - nowhere.memory;
    return ring;
}

void suite::SetUp() {
    ASSERT_EQ(std::vector<std::string>{}, switch_ports()) << "left by an earlier test";
}

void suite::TearDown() {
    EXPECT_EQ(std::vector<std::string>{}, switch_ports()) << "left by this test";
}

unsigned rounds(unsigned native) {
    return slow() ? std::max(1u, native / 20) : native;
}

std::chrono::milliseconds patience() {
    return std::chrono::seconds(slow() ? 120 : 20);
}

bool eventually(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + patience();
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

guarded::guarded(size_t pages) : usable_(pages * page) {
    void* memory = ::mmap(nullptr, usable_ + page, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || ::mprotect(static_cast<uint8_t*>(memory) + usable_, page,
                                           PROT_NONE) != 0) {
        std::abort();
    }
    base_ = static_cast<uint8_t*>(memory);
}

guarded::~guarded() {
    ::munmap(base_, usable_ + page);
}

void guarded::make_read_only() {
    EXPECT_EQ(0, ::mprotect(base_, usable_, PROT_READ));
}

} // namespace conformance
