// SPDX-License-Identifier: BSD-2-Clause
// nm_engine_mmap() and nm_engine_munmap(): what they return, and how long they
// keep a binding alive.
#include <sys/mman.h>

#include "engine_fixture.hpp"

using namespace user_test;

namespace {

TEST(Mapping, ErrorsAreThoseOfMmap) {
    EXPECT_EQ(nm_engine_mmap(99, 4096, 0), MAP_FAILED);
    EXPECT_EQ(errno, EBADF);
    descriptor d(FAKE_IDENTIFY);
    EXPECT_EQ(d.map(), MAP_FAILED);
    EXPECT_EQ(errno, EINVAL);
    ASSERT_EQ(request(d.number(), FAKE_BIND), 0);
    struct {
        size_t length;
        uint64_t offset;
    } bad[] = {{0, 0},
               {FAKE_REGION_BYTES + 1, 0},
               {FAKE_REGION_BYTES, 4096},
               {4096, FAKE_REGION_BYTES},
               {4096, 1},
               {4096, ~uint64_t{0} << 12},
               {SIZE_MAX, 0}};
    for (auto& b : bad) {
        EXPECT_EQ(nm_engine_mmap(d.number(), b.length, b.offset), MAP_FAILED) << b.length;
        EXPECT_EQ(errno, EINVAL);
    }
}

TEST(Mapping, GivesThePagesOfTheRegionItself) {
    descriptor d;
    auto* all = static_cast<char*>(d.map());
    auto* part = static_cast<char*>(nm_engine_mmap(d.number(), 100, 8192));
    ASSERT_NE(all, MAP_FAILED);
    EXPECT_EQ(part, all + 8192);
    all[8192] = 42;
    EXPECT_EQ(part[0], 42);
    EXPECT_EQ(nm_engine_munmap(part, 4096), 0) << "lengths count in pages";
    EXPECT_EQ(nm_engine_munmap(all, FAKE_REGION_BYTES), 0);
}

TEST(Mapping, DropsOnlyWhatWasMapped) {
    descriptor d;
    auto* p = static_cast<char*>(d.map());
    EXPECT_EQ(nm_engine_munmap(p, 4096), -1);
    EXPECT_EQ(errno, EINVAL);
    EXPECT_EQ(nm_engine_munmap(p + 4096, FAKE_REGION_BYTES), -1);
    EXPECT_EQ(nm_engine_munmap(nullptr, 0), -1);
    EXPECT_EQ(nm_engine_munmap(p, FAKE_REGION_BYTES), 0);
    EXPECT_EQ(nm_engine_munmap(p, FAKE_REGION_BYTES), -1);
}

TEST(Mapping, KeepsTheBindingUntilTheLastIsDropped) {
    descriptor d;
    void* a = d.map();
    void* b = d.map();
    EXPECT_EQ(a, b);
    d.close();
    EXPECT_EQ(fake_live(), 1u);
    EXPECT_EQ(nm_engine_munmap(a, FAKE_REGION_BYTES), 0);
    EXPECT_EQ(fake_live(), 1u);
    EXPECT_EQ(nm_engine_munmap(a, FAKE_REGION_BYTES), 0);
    EXPECT_EQ(fake_live(), 0u);
}

TEST(Mapping, MappingAgainAndAgainLeavesNothingBehind) {
    descriptor d;
    for (int i = 0; i < 1000; i++)
        ASSERT_EQ(nm_engine_munmap(d.map(), FAKE_REGION_BYTES), 0);
    d.close();
    EXPECT_EQ(fake_live(), 0u);
}

/// Two descriptors of one region have equal mappings.
TEST(MappingOfASharedRegion, DroppingThenClosingEndsThatBindingInAnyOrder) {
    for (bool last_first : {false, true}) {
        descriptor a(FAKE_BIND_SHARED), b(FAKE_BIND_SHARED);
        void* p = a.map();
        ASSERT_EQ(b.map(), p);
        for (descriptor* one : {last_first ? &b : &a, last_first ? &a : &b}) {
            uint32_t before = fake_live();
            EXPECT_EQ(nm_engine_munmap(p, FAKE_REGION_BYTES), 0);
            one->close();
            EXPECT_EQ(fake_live(), before - 1);
        }
        EXPECT_EQ(nm_engine_munmap(p, FAKE_REGION_BYTES), -1);
    }
}

TEST(MappingOfASharedRegion, ClosingThenDroppingEndsThatBinding) {
    descriptor a(FAKE_BIND_SHARED), b(FAKE_BIND_SHARED);
    void* p = a.map();
    ASSERT_EQ(b.map(), p);
    for (descriptor* one : {&b, &a}) {
        uint32_t before = fake_live();
        one->close();
        EXPECT_EQ(fake_live(), before);
        EXPECT_EQ(nm_engine_munmap(p, FAKE_REGION_BYTES), 0);
        EXPECT_EQ(fake_live(), before - 1);
    }
}

TEST(MappingOfASharedRegion, CreditOfOneIsNotTakenByMoreThanOne) {
    descriptor a(FAKE_BIND_SHARED), b(FAKE_BIND_SHARED), c(FAKE_BIND_SHARED);
    void* p = a.map();
    b.map();
    c.map();
    c.map();
    EXPECT_EQ(nm_engine_munmap(p, FAKE_REGION_BYTES), 0);
    b.close();
    EXPECT_EQ(fake_live(), 2u);
    a.close();
    c.close();
    EXPECT_EQ(fake_live(), 2u);
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(nm_engine_munmap(p, FAKE_REGION_BYTES), 0);
    EXPECT_EQ(nm_engine_munmap(p, FAKE_REGION_BYTES), -1);
    EXPECT_EQ(fake_live(), 0u);
}

TEST(MappingHammer, ThreadsMapAndDropWhileOthersClose) {
    auto work = [] {
        for (int i = 0; i < 1000; i++) {
            descriptor d(FAKE_BIND_SHARED);
            void* p = d.map();
            if (i % 2)
                d.close();
            EXPECT_EQ(nm_engine_munmap(p, FAKE_REGION_BYTES), 0);
        }
    };
    std::thread a(work), b(work);
    a.join();
    b.join();
    EXPECT_EQ(fake_live(), 0u);
}

} // namespace
