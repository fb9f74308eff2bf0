// SPDX-License-Identifier: BSD-2-Clause
// External memory, offsets, extra buffers.
#include "support.hpp"

#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace compat_test;

namespace {

constexpr std::size_t area = std::size_t{2} << 20;
constexpr char const* pools = ":if-num=4,if-size=1024,ring-num=8,ring-size=4096,"
                              "buf-num=100,buf-size=2048";

/// A file that is gone with the test.
class file {
  public:
    explicit file(std::size_t bytes) {
        int const fd = ::mkstemp(path_.data());
        EXPECT_GE(fd, 0);
        EXPECT_EQ(::ftruncate(fd, static_cast<off_t>(bytes)), 0);
        ::close(fd);
    }
    ~file() { ::unlink(path_.data()); }
    file(file const&) = delete;
    file& operator=(file const&) = delete;
    std::string path() const { return path_.data(); }

  private:
    std::array<char, 32> path_{"/tmp/netmapxx-compat-XXXXXX"};
};

TEST(Memory, ARegionInAFile) {
    context ctx;
    file const f{area};
    {
        auto const a = open_port("vale0:a@conf:slots=16@extmem:file=" + f.path() +
                                 std::string{pools}.replace(0, 1, ","));
        ASSERT_TRUE(a) << ctx.last();
        ASSERT_NE(nmport_extmem_getinfo(a.get()), nullptr);
        EXPECT_EQ(a->mem->mem, reinterpret_cast<void*>(a->extmem->nro_usrptr));
        EXPECT_TRUE(a->mem->is_extmem);
        auto const b = open_port("vale0:b@conf:slots=16@share=vale0:a");
        ASSERT_TRUE(b) << ctx.last();
        EXPECT_EQ(b->mem, a->mem);
        EXPECT_EQ(nmport_extmem_getinfo(b.get()), nullptr);
        EXPECT_TRUE(send(a, frame(5)));
        EXPECT_EQ(receive(b), frame(5));
        port const clone{nmport_clone(a.get())};
        ASSERT_TRUE(clone);
        EXPECT_EQ(clone->extmem, nullptr);
        ASSERT_EQ(nmport_open_desc(clone.get()), 0) << ctx.last();
        EXPECT_EQ(clone->mem, a->mem);
    }
    auto const fd = ::open(f.path().c_str(), O_RDONLY | O_CLOEXEC);
    std::array<std::uint8_t, 4096> start{};
    EXPECT_EQ(::read(fd, start.data(), start.size()), static_cast<ssize_t>(start.size()));
    ::close(fd);
    EXPECT_NE(std::count(start.begin(), start.end(), 0), 4096) << "the region was in the file";
}

TEST(Memory, ARegionInMemoryOfTheProgram) {
    context ctx;
    void* const at = mmap(nullptr, area, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(at, MAP_FAILED);
    {
        port const d{nmport_prepare("vale0:a@conf:slots=16")};
        ASSERT_TRUE(d);
        EXPECT_EQ(nmport_extmem_getinfo(d.get()), nullptr);
        ASSERT_EQ(nmport_extmem(d.get(), at, area), 0);
        EXPECT_EQ(nmport_extmem(d.get(), at, area), -1) << "twice";
        EXPECT_EQ(errno, EINVAL);
        EXPECT_EQ(nmport_clone(d.get()), nullptr) << "it has no number yet";
        EXPECT_EQ(errno, EINVAL);
        nmreq_pools_info* const info = nmport_extmem_getinfo(d.get());
        ASSERT_NE(info, nullptr);
        info->nr_if_pool_objtotal = 4;
        info->nr_if_pool_objsize = 1024;
        info->nr_ring_pool_objtotal = 8;
        info->nr_ring_pool_objsize = 4096;
        info->nr_buf_pool_objtotal = 100;
        info->nr_buf_pool_objsize = 2048;
        ASSERT_EQ(nmport_open_desc(d.get()), 0) << ctx.last();
        EXPECT_EQ(d->mem->mem, at);
        EXPECT_EQ(nmport_extmem(d.get(), at, area), -1) << "too late";
        EXPECT_EQ(errno, EINVAL);
    }
    EXPECT_EQ(munmap(at, area), 0);
}

TEST(Memory, FilesThatDoNotServe) {
    context ctx;
    EXPECT_EQ(nmport_open("vale0:a@extmem=/nowhere/at/all"), nullptr);
    EXPECT_EQ(errno, ENOENT);
    EXPECT_NE(ctx.last().find("/nowhere/at/all"), std::string::npos) << ctx.last();
    file const empty{0};
    EXPECT_EQ(nmport_open(("vale0:a@extmem=" + empty.path()).c_str()), nullptr);
    EXPECT_EQ(errno, EINVAL);
    file const small{4096};
    EXPECT_EQ(nmport_open(("vale0:a@extmem=" + small.path()).c_str()), nullptr);
    EXPECT_EQ(errno, ENOMEM);
    EXPECT_EQ(nmport_open(("vale0:a@extmem=" + small.path() + "@extmem=" + small.path()).c_str()),
              nullptr);
    EXPECT_EQ(errno, EINVAL);
}

TEST(Memory, OffsetsMoveThePacketInItsBuffer) {
    context ctx;
    port const a{nmport_prepare("vale0:a")};
    auto const b = open_port("vale0:b");
    ASSERT_TRUE(a && b);
    ASSERT_EQ(nmport_offset(a.get(), 64, 128, 16, 0), 0);
    ASSERT_EQ(nmport_open_desc(a.get()), 0) << ctx.last();
    netmap_ring* const ring = NETMAP_TXRING(a->nifp, 0);
    EXPECT_EQ(ring->offset_mask, 0xffffu);
    EXPECT_EQ(NETMAP_ROFFSET(ring, &ring->slot[0]), 64u);
    EXPECT_TRUE(send(a, frame(6)));
    EXPECT_EQ(receive(b), frame(6));
    EXPECT_TRUE(send(a, frame(7, 4000)));
    EXPECT_EQ(receive(b), frame(7, 4000));
    EXPECT_TRUE(send(b, frame(8, 1500)));
    EXPECT_EQ(receive(a), frame(8, 1500));
    EXPECT_EQ(nmport_offset(a.get(), 1, 1, 0, 0), -1) << "too late";
    port const c{nmport_prepare("vale0:c")};
    EXPECT_EQ(nmport_offset(c.get(), 2, 1, 0, 0), -1);
    EXPECT_EQ(nmport_offset(c.get(), 0, 1, 65, 0), -1);
    ASSERT_EQ(nmport_offset(c.get(), 0, 1 << 20, 64, 0), 0);
    EXPECT_EQ(nmport_open_desc(c.get()), -1) << "larger than a buffer";
    EXPECT_EQ(errno, EINVAL);
}

TEST(Memory, ExtraBuffersAreAList) {
    context ctx;
    port const d{nmport_prepare("vale0:a")};
    ASSERT_TRUE(d);
    d->reg.nr_extra_bufs = 5;
    ASSERT_EQ(nmport_open_desc(d.get()), 0) << ctx.last();
    EXPECT_EQ(d->reg.nr_extra_bufs, 5u);
    netmap_ring* const ring = NETMAP_TXRING(d->nifp, 0);
    int n = 0;
    for (std::uint32_t i = d->nifp->ni_bufs_head; i != 0 && n < 10; ++n)
        std::memcpy(&i, NETMAP_BUF(ring, i), sizeof(i));
    EXPECT_EQ(n, 5);
}

} // namespace
