// SPDX-License-Identifier: BSD-2-Clause
// Copies from and to addresses that may be bad.
#include <cstring>
#include <vector>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <gtest/gtest.h>

extern "C" {
#include "os.h"
}

namespace {

constexpr size_t page = OS_PAGE_SIZE;

uint64_t address(const void* p) {
    return reinterpret_cast<uintptr_t>(p);
}

/// Four pages: writable, writable, read-only, none.
class Pages {
  public:
    Pages()
        : p_(static_cast<unsigned char*>(mmap(nullptr, 4 * page, PROT_READ | PROT_WRITE,
                                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
        for (size_t i = 0; i < 3 * page; i++)
            p_[i] = static_cast<unsigned char>(i * 7);
        mprotect(p_ + 2 * page, page, PROT_READ);
        mprotect(p_ + 3 * page, page, PROT_NONE);
    }
    ~Pages() { munmap(p_, 4 * page); }
    unsigned char* at(size_t offset) { return p_ + offset; }

  private:
    unsigned char* p_;
};

/// What holds of copies, whichever way they take: a list of complaints.
std::vector<const char*> complaints() {
    std::vector<const char*> bad;
    auto check = [&](bool ok, const char* what) {
        if (!ok)
            bad.push_back(what);
    };
    Pages pages;
    std::vector<unsigned char> buf(4 * page, 0xee);
    auto in = [&](uint64_t from, size_t n) { return os_copyin(buf.data(), from, n); };
    auto out = [&](uint64_t to, size_t n) { return os_copyout(to, buf.data(), n); };

    check(in(address(pages.at(5)), 3 * page - 5) == 0, "copy in over pages");
    check(memcmp(buf.data(), pages.at(5), 3 * page - 5) == 0, "bytes copied in");
    check(in(address(pages.at(3 * page - 4)), 8) == -EFAULT, "copy in across the end");
    check(in(address(pages.at(3 * page)), 1) == -EFAULT, "copy in from no access");
    check(in(0, 8) == -EFAULT, "copy in from null");
    check(in(8, 0) == 0, "copy in of nothing");
    check(in(uint64_t{1} << 63, 8) == -EFAULT, "copy in from a kernel address");
    check(in(~uint64_t{0} - 3, 8) == -EFAULT, "copy in that wraps");
    check(os_copyin_nowait(buf.data(), address(pages.at(0)), 100) == 0, "no wait");
    check(os_copyin_nowait(buf.data(), 4096, 100) == -EFAULT, "no wait from nowhere");

    memset(buf.data(), 0x42, buf.size());
    check(out(address(pages.at(page - 3)), 6) == 0, "copy out over pages");
    check(pages.at(page - 3)[0] == 0x42 && pages.at(page)[2] == 0x42, "bytes copied out");
    check(out(address(pages.at(2 * page)), 1) == -EFAULT, "copy out to read-only");
    check(out(address(pages.at(2 * page - 1)), 2) == -EFAULT, "copy out into read-only");
    check(out(address(pages.at(3 * page)), 1) == -EFAULT, "copy out to no access");
    check(out(0, 1) == -EFAULT, "copy out to null");
    check(out(8, 0) == 0, "copy out of nothing");

    check(os_fault_in(address(pages.at(1)), 3 * page - 1) == 0, "fault in");
    check(os_fault_in(address(pages.at(1)), 3 * page) == -EFAULT, "fault in beyond");
    check(os_fault_in(0, 1) == -EFAULT, "fault in null");
    check(os_fault_in(0, 0) == 0, "fault in nothing");
    check(os_fault_in(~uint64_t{0} - 1, 4) == -EFAULT, "fault in that wraps");
    return bad;
}

TEST(Copy, BadAddressesAreErrors) {
    for (const char* what : complaints())
        ADD_FAILURE() << what;
}

TEST(Copy, MovesMuch) {
    constexpr size_t n = 3 << 20;
    std::vector<unsigned char> a(n), b(n), c(n);
    for (size_t i = 0; i < n; i++)
        a[i] = static_cast<unsigned char>(i ^ i >> 9);
    EXPECT_EQ(os_copyin(b.data(), address(a.data()), n), 0);
    EXPECT_EQ(os_copyout(address(c.data()), b.data(), n), 0);
    EXPECT_EQ(a, c);
    EXPECT_EQ(os_fault_in(address(a.data()), n), 0);
}

void forbid_process_vm() {
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_writev, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog prog = {sizeof(code) / sizeof(code[0]), code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
        _exit(2);
}

TEST(CopyDeathTest, BadAddressesAreErrorsWhereTheDirectCallIsForbidden) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            forbid_process_vm();
            auto bad = complaints();
            for (const char* what : bad)
                fprintf(stderr, "%s\n", what);
            _exit(bad.empty() ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
}

} // namespace
