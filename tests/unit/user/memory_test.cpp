// SPDX-License-Identifier: BSD-2-Clause
// Small objects and regions.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include <sys/resource.h>

#include <gtest/gtest.h>

extern "C" {
#include "os_memory.h"
}

namespace {

TEST(Zalloc, GivesZeroedMemoryOfEverySize) {
    for (size_t n : {1u, 7u, 16u, 127u, 128u, 129u, 4096u, 1000000u}) {
        auto* p = static_cast<unsigned char*>(os_zalloc(n));
        ASSERT_NE(p, nullptr);
        for (size_t i = 0; i < n; i++)
            ASSERT_EQ(p[i], 0) << n << " bytes, at " << i;
        memset(p, 0xff, n);
        os_free(p);
    }
}

TEST(Zalloc, AlignsLongObjectsToAPairOfCacheLines) {
    for (size_t n : {128u, 200u, 5000u, 300000u}) {
        void* p = os_zalloc(n);
        EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % 128, 0u) << n;
        os_free(p);
    }
}

TEST(Zalloc, FreesNull) {
    os_free(nullptr);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
TEST(Zalloc, RefusesSizesThatOverflow) {
    volatile size_t all = SIZE_MAX;
    EXPECT_EQ(os_zalloc(all), nullptr);
    EXPECT_EQ(os_zalloc(all - 100), nullptr);
}
#endif

TEST(Region, PopulatedMemoryIsZeroedAndWritable) {
    os_region* r = os_region_create(64 * OS_PAGE_SIZE);
    ASSERT_NE(r, nullptr);
    auto* p =
        static_cast<unsigned char*>(os_region_populate(r, 8 * OS_PAGE_SIZE, 4 * OS_PAGE_SIZE));
    ASSERT_EQ(p, static_cast<unsigned char*>(os_region_base(r)) + 8 * OS_PAGE_SIZE);
    for (size_t i = 0; i < 4 * OS_PAGE_SIZE; i++)
        ASSERT_EQ(p[i], 0);
    memset(p, 0x5a, 4 * OS_PAGE_SIZE);
    os_region_destroy(r);
}

TEST(Region, PopulatingMoreLeavesTheRestAlone) {
    os_region* r = os_region_create(64 * OS_PAGE_SIZE);
    ASSERT_NE(r, nullptr);
    auto* first = static_cast<unsigned char*>(os_region_populate(r, 0, OS_PAGE_SIZE));
    memset(first, 0x11, OS_PAGE_SIZE);
    auto* second = static_cast<unsigned char*>(os_region_populate(r, OS_PAGE_SIZE, OS_PAGE_SIZE));
    EXPECT_EQ(second, first + OS_PAGE_SIZE);
    EXPECT_EQ(second[0], 0);
    EXPECT_EQ(first[0], 0x11);
    EXPECT_EQ(first[OS_PAGE_SIZE - 1], 0x11);
    os_region_destroy(r);
}

TEST(Region, RefusesCapacitiesAndRangesThatMakeNoSense) {
    EXPECT_EQ(os_region_create(0), nullptr);
    EXPECT_EQ(os_region_create(OS_PAGE_SIZE + 1), nullptr);
    EXPECT_EQ(os_region_create(uint64_t{1} << 63), nullptr);
    EXPECT_EQ(os_region_create(~uint64_t{0} << 12), nullptr);
    EXPECT_EQ(os_region_create(uint64_t{1} << 60), nullptr) << "more than any address space";
    os_region* r = os_region_create(2 * OS_PAGE_SIZE);
    ASSERT_NE(r, nullptr);
    EXPECT_EQ(os_region_populate(r, 0, 0), nullptr);
    EXPECT_EQ(os_region_populate(r, uint64_t{1} << 40, OS_PAGE_SIZE), nullptr);
    EXPECT_EQ(os_region_populate(r, OS_PAGE_SIZE, ~uint64_t{0}), nullptr);
    os_region_destroy(r);
}

/// Kilobytes of shared memory this process has touched.
long resident_shared() {
    std::ifstream status("/proc/self/status");
    std::string word;
    long kb = -1;
    while (status >> word)
        if (word == "RssShmem:")
            status >> kb;
    return kb;
}

TEST(Region, CapacityIsAddressSpaceAndPopulatedPagesAppearOnTouch) {
    long before = resident_shared();
    os_region* r = os_region_create(uint64_t{16} << 30);
    ASSERT_NE(r, nullptr);
    auto* p = static_cast<unsigned char*>(os_region_populate(r, uint64_t{8} << 30, 6 << 20));
    ASSERT_NE(p, nullptr);
    EXPECT_LT(resident_shared() - before, 1024);
    p[0] = 1;
    EXPECT_LT(resident_shared() - before, 3072);
    os_region_destroy(r);
}

TEST(Region, FileSizeLimitIsAnErrorAndNotASignal) {
    rlimit old{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
    rlimit small = old;
    small.rlim_cur = 1 << 20;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    os_region* r = os_region_create(uint64_t{8} << 20);
    setrlimit(RLIMIT_FSIZE, &old);
    EXPECT_EQ(r, nullptr);
}

/// Kilobytes of a page of the mapping that begins at an address.
long page_size_at(const void* base) {
    char start[32];
    snprintf(start, sizeof(start), "%lx-", reinterpret_cast<unsigned long>(base));
    std::ifstream maps("/proc/self/smaps");
    std::string line;
    bool inside = false;
    while (std::getline(maps, line)) {
        inside |= line.rfind(start, 0) == 0;
        if (inside && line.rfind("KernelPageSize:", 0) == 0)
            return std::stol(line.substr(15));
    }
    return -1;
}

TEST(Region, UsesHugePagesOnlyIfEnoughWereSetAside) {
    constexpr uint64_t capacity = (uint64_t{8} << 20) - OS_PAGE_SIZE;
    long free_pages = 0, reserved = 0;
    const std::string pool = "/sys/kernel/mm/hugepages/hugepages-2048kB/";
    std::ifstream(pool + "free_hugepages") >> free_pages;
    std::ifstream(pool + "resv_hugepages") >> reserved;
    os_region* big = os_region_create(uint64_t{2} * (free_pages + 1) << 20);
    ASSERT_NE(big, nullptr);
    EXPECT_EQ(page_size_at(os_region_base(big)), 4) << "too few for all of it";
    os_region_destroy(big);
    if (free_pages - reserved < 4)
        GTEST_SKIP() << "needs vm.nr_hugepages=4";
    os_region* r = os_region_create(capacity);
    ASSERT_NE(r, nullptr);
    EXPECT_EQ(page_size_at(os_region_base(r)), 2048);
    auto* p = static_cast<unsigned char*>(os_region_populate(r, 3 * OS_PAGE_SIZE, OS_PAGE_SIZE));
    ASSERT_EQ(p, static_cast<unsigned char*>(os_region_base(r)) + 3 * OS_PAGE_SIZE);
    EXPECT_EQ(p[0], 0);
    memset(p, 1, OS_PAGE_SIZE);
    EXPECT_NE(os_region_populate(r, 0, capacity), nullptr);
    EXPECT_EQ(p[0], 1);
    os_region_destroy(r);
    long after = 0;
    std::ifstream(pool + "free_hugepages") >> after;
    EXPECT_EQ(after, free_pages) << "all given back";
}

TEST(Memory, TotalIsPlausible) {
    EXPECT_GT(os_memory_total(), uint64_t{64} << 20);
    EXPECT_EQ(os_memory_total() % OS_PAGE_SIZE, 0u);
}

} // namespace
