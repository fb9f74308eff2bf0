// SPDX-License-Identifier: BSD-2-Clause
// A unit of its own: where the compiler sees both sides, it takes them for a mistake.
#include "allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::size_t> count{0};
} // namespace

void* operator new(std::size_t bytes, std::nothrow_t const&) noexcept {
    ++count;
    return std::malloc(bytes == 0 ? 1 : bytes);
}
void* operator new(std::size_t bytes) {
    if (void* const out = ::operator new(bytes, std::nothrow))
        return out;
    throw std::bad_alloc{};
}
void operator delete(void* what) noexcept {
    std::free(what);
}
void operator delete(void* what, std::size_t) noexcept {
    std::free(what);
}

namespace netmapxx_tests {

std::size_t allocations() noexcept {
    return count;
}

} // namespace netmapxx_tests
