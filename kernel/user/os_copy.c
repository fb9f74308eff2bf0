/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies from and to addresses that the application gave, which may be bad.
 * The kernel is asked to copy between two places of this same process: it
 * respects the protection of pages and answers EFAULT where a plain access
 * would be a signal.  Where that call is forbidden, the bytes go through a
 * memory file, whose read and write answer in the same way.
 */
#include "os.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* Most that goes through the file, or is asked of the kernel, at once. */
#define FILE_CHUNK ((size_t)64 << 10)
#define CALL_CHUNK ((size_t)1 << 30)
#define FAULT_PAGES 64

static uint32_t direct_refused; /* set once, for good */

static bool range_is_sane(uint64_t uaddr, size_t bytes)
{
	return uaddr + bytes >= uaddr && uaddr + bytes <= UINTPTR_MAX;
}

/* ---- through a file ------------------------------------------------------ */

static struct os_mutex file_lock = OS_MUTEX_INIT;
static int file_fd = -1;

/* Past libc, where a sanitizer would look at the address first. */
static bool move_all(int fd, uintptr_t p, size_t bytes, bool in)
{
	size_t done = 0;
	long n;

	while (done < bytes) {
		n = syscall(in ? SYS_pwrite64 : SYS_pread64, fd, p + done, bytes - done,
			    (off_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static int copy_by_file(uintptr_t dst, uintptr_t src, size_t bytes)
{
	bool ok = true;
	size_t n;

	os_mutex_lock(&file_lock);
	if (file_fd < 0)
		file_fd = memfd_create("netmap copy", MFD_CLOEXEC);
	for (; ok && bytes; bytes -= n, src += n, dst += n) {
		n = bytes < FILE_CHUNK ? bytes : FILE_CHUNK;
		ok = move_all(file_fd, src, n, true) && move_all(file_fd, dst, n, false);
	}
	os_mutex_unlock(&file_lock);
	return ok ? 0 : -EFAULT;
}

/* ---- directly ------------------------------------------------------------ */

static int copy(uint64_t uaddr, void *own, size_t bytes, bool in)
{
	size_t n;
	ssize_t got;

	if (!range_is_sane(uaddr, bytes))
		return -EFAULT;
	for (; bytes && !os_load_relaxed(&direct_refused); bytes -= n) {
		struct iovec local = {own, bytes < CALL_CHUNK ? bytes : CALL_CHUNK};
		struct iovec remote = {(void *)(uintptr_t)uaddr, local.iov_len};

		n = local.iov_len;
		got = in ? process_vm_readv(getpid(), &local, 1, &remote, 1, 0)
			 : process_vm_writev(getpid(), &local, 1, &remote, 1, 0);
		if (got < 0 && (errno == ENOSYS || errno == EPERM)) {
			os_store_relaxed(&direct_refused, 1u);
			break;
		}
		if (got != (ssize_t)n)
			return -EFAULT;
		own = (char *)own + n;
		uaddr += n;
	}
	if (!bytes)
		return 0;
	return in ? copy_by_file((uintptr_t)own, (uintptr_t)uaddr, bytes)
		  : copy_by_file((uintptr_t)uaddr, (uintptr_t)own, bytes);
}

int os_copyin(void *dst, uint64_t uaddr, size_t bytes)
{
	return copy(uaddr, dst, bytes, true);
}

int os_copyout(uint64_t uaddr, const void *src, size_t bytes)
{
	return copy(uaddr, (void *)(uintptr_t)src, bytes, false);
}

/* No spin lock of user space minds a page fault. */
int os_copyin_nowait(void *dst, uint64_t uaddr, size_t bytes)
{
	return copy(uaddr, dst, bytes, true);
}

int os_fault_in(uint64_t uaddr, size_t bytes)
{
	struct iovec remote[FAULT_PAGES], local;
	char probe[FAULT_PAGES];
	uint64_t end = uaddr + bytes;
	unsigned int n;

	if (!range_is_sane(uaddr, bytes))
		return -EFAULT;
	while (uaddr < end) {
		for (n = 0; n < FAULT_PAGES && uaddr < end; n++) {
			remote[n].iov_base = (void *)(uintptr_t)uaddr;
			remote[n].iov_len = 1;
			uaddr = (uaddr & ~(uint64_t)(OS_PAGE_SIZE - 1)) + OS_PAGE_SIZE;
		}
		local.iov_base = probe;
		local.iov_len = n;
		if (!os_load_relaxed(&direct_refused) &&
		    process_vm_readv(getpid(), &local, 1, remote, n, 0) == (ssize_t)n)
			continue;
		/* Page by page, the other way if need be. */
		while (n--)
			if (copy((uintptr_t)remote[n].iov_base, probe, 1, true))
				return -EFAULT;
	}
	return 0;
}
