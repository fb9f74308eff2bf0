/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mappings of regions. The engine maps a region once for all, so a mapping of
 * the program is a record, and must be dropped as it was made.
 */
#include "descriptors.h"
#include "real.h"

#include <errno.h>
#include <netmap_engine.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

struct record {
	struct record *next;
	uintptr_t begin, end; /* whole pages */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct record *records; /* under lock; also read to see that it is empty */

static uintptr_t page_up(uintptr_t bytes)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	return (bytes + page - 1) / page * page;
}

static void *map_engine(int d, size_t length, int prot, int flags, off_t offset)
{
	struct record *r;
	void *at;

	if ((flags & MAP_FIXED) || ((flags & MAP_PRIVATE) && (prot & PROT_WRITE)) ||
	    offset < 0) {
		errno = EINVAL;
		return MAP_FAILED;
	}
	r = (struct record *)malloc(sizeof(*r));
	if (!r)
		return MAP_FAILED;
	at = nm_engine_mmap(d, length, (uint64_t)offset);
	if (at == MAP_FAILED) {
		int saved = errno;

		free(r);
		errno = saved;
		return at;
	}
	r->begin = (uintptr_t)at;
	r->end = r->begin + page_up(length);
	pthread_mutex_lock(&lock);
	r->next = records;
	__atomic_store_n(&records, r, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&lock);
	return at;
}

NM_PRELOAD_API void *mmap(void *addr, size_t length, int prot, int flags, int fd,
			  off_t offset)
{
	const int d = flags & MAP_ANONYMOUS ? NM_FD_NONE : nm_fd_engine(fd);

	if (d == NM_FD_NONE)
		return NM_REAL(mmap)(addr, length, prot, flags, fd, offset);
	if (d != NM_FD_FOREIGN)
		return map_engine(d, length, prot, flags, offset);
	nm_fd_say_foreign();
	errno = ENODEV;
	return MAP_FAILED;
}

NM_PRELOAD_API void *mmap64(void *addr, size_t length, int prot, int flags, int fd,
			    off64_t offset)
{
	return mmap(addr, length, prot, flags, fd, offset);
}

/* What a range is to the records: none of them, one of them (taken out), or a
 * part of one. */
enum match { MATCH_NONE, MATCH_ONE, MATCH_PART };

static enum match take(uintptr_t begin, uintptr_t end)
{
	struct record **link, *r;
	enum match match = MATCH_NONE;

	pthread_mutex_lock(&lock);
	for (link = &records; (r = *link); link = &r->next) {
		if (r->begin == begin && r->end == end) {
			__atomic_store_n(link, r->next, __ATOMIC_RELEASE);
			match = MATCH_ONE;
			break;
		}
		if (begin < r->end && end > r->begin)
			match = MATCH_PART;
	}
	pthread_mutex_unlock(&lock);
	free(r);
	return match;
}

NM_PRELOAD_API int munmap(void *addr, size_t length)
{
	static int said;
	const uintptr_t begin = (uintptr_t)addr;

	/* a forked child has the addresses, and not the engine */
	if (!__atomic_load_n(&records, __ATOMIC_ACQUIRE) || nm_fd_forked())
		return NM_REAL(munmap)(addr, length);
	switch (take(begin, begin + page_up(length))) {
	case MATCH_ONE:
		return nm_engine_munmap(addr, length);
	case MATCH_PART:
		nm_say_once(&said,
			    "on the embedded engine a mapping of a port is dropped as a "
			    "whole, with the length it was made with");
		errno = EINVAL;
		return -1;
	default:
		return NM_REAL(munmap)(addr, length);
	}
}
