/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory: small objects from the heap, and regions.  A region is a memfd,
 * mapped once and whole as address space; populating it takes pages from the
 * system, so that a lack of memory is an error there and not a signal at the
 * first touch, and leaves mapping and zeroing to that touch.
 */
#include "os_memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define HUGE_SIZE ((uint64_t)2 << 20)

/* Newer than the C library may be. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008u
#endif
#ifndef MFD_HUGE_2MB
#define MFD_HUGE_2MB (21u << 26)
#endif

/* ---- small objects ------------------------------------------------------- */

/* Objects as long as a pair of cache lines start on one. */
#define ALIGNMENT 128

#ifdef __SANITIZE_ADDRESS__
#define EXACT_ENDS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EXACT_ENDS 1
#endif
#endif

#ifdef EXACT_ENDS

/* The sanitizer's red zone starts right behind the object. */
void *os_zalloc(size_t bytes)
{
	void *p = NULL;

	if (posix_memalign(&p, bytes < ALIGNMENT ? sizeof(void *) : ALIGNMENT, bytes))
		return NULL;
	return memset(p, 0, bytes);
}

void os_free(void *p)
{
	free(p);
}

#else

/* calloc() because pages of a large object then appear as they are touched.
 * The word before the object says where the allocation starts. */
void *os_zalloc(size_t bytes)
{
	size_t room = bytes < ALIGNMENT ? 2 * sizeof(void *) : ALIGNMENT;
	size_t extra = bytes < ALIGNMENT ? room : room + sizeof(void *);
	uintptr_t p;
	char *raw;

	if (bytes > SIZE_MAX - extra)
		return NULL;
	raw = (char *)calloc(1, bytes + extra);
	if (!raw)
		return NULL;
	p = ((uintptr_t)raw + extra) & ~(uintptr_t)(room - 1);
	((void **)p)[-1] = raw;
	return (void *)p;
}

void os_free(void *p)
{
	if (p)
		free(((void **)p)[-1]);
}

#endif

/* ---- regions ------------------------------------------------------------- */

/* What a mapping shows: a file, and from where in it. */
struct place {
	unsigned int major, minor;
	unsigned long long inode, offset;
};

struct os_region {
	char *base;
	uint64_t capacity; /* mapped: what was asked for, in whole pages of its size */
	uint64_t page;	   /* OS_PAGE_SIZE or HUGE_SIZE */
	int fd;		   /* -1: adopted */
	struct place place; /* ... from there */
};

static uint64_t round_up(uint64_t v, uint64_t unit)
{
	return (v + unit - 1) & ~(unit - 1);
}

static uint64_t sysfs_number(const char *path)
{
	unsigned long long v = 0;
	FILE *f = fopen(path, "re");

	if (!f)
		return 0;
	if (fscanf(f, "%llu", &v) != 1)
		v = 0;
	fclose(f);
	return v;
}

/* Only pages that an administrator set aside, and only if there are enough:
 * asking for more could make the kernel gather them from all over memory. */
static bool huge_pages_suffice(uint64_t bytes)
{
	static const char dir[] = "/sys/kernel/mm/hugepages/hugepages-2048kB/";
	char path[sizeof(dir) + 16];
	uint64_t n, reserved;

	snprintf(path, sizeof(path), "%sfree_hugepages", dir);
	n = sysfs_number(path);
	if (n * HUGE_SIZE < bytes)
		return false;
	snprintf(path, sizeof(path), "%sresv_hugepages", dir);
	reserved = sysfs_number(path);
	return n > reserved && (n - reserved) * HUGE_SIZE >= bytes;
}

static int region_file(uint64_t bytes, unsigned int flags)
{
	int fd = memfd_create("netmap", MFD_CLOEXEC | MFD_NOEXEC_SEAL | flags);

	if (fd < 0)
		fd = memfd_create("netmap", MFD_CLOEXEC | flags);
	if (fd >= 0 && ftruncate(fd, (off_t)bytes)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Maps the whole capacity. Of huge pages this reserves all, or fails. */
static bool region_map(struct os_region *r, uint64_t capacity, uint64_t page)
{
	void *p;

	r->fd = region_file(capacity, page == HUGE_SIZE ? MFD_HUGETLB | MFD_HUGE_2MB : 0);
	if (r->fd < 0)
		return false;
	p = mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	if (p == MAP_FAILED) {
		close(r->fd);
		return false;
	}
	r->base = (char *)p;
	r->capacity = capacity;
	r->page = page;
	return true;
}

/* A file longer than the limit would be a signal. */
static bool file_size_allowed(uint64_t bytes)
{
	struct rlimit lim;

	return getrlimit(RLIMIT_FSIZE, &lim) || lim.rlim_cur == RLIM_INFINITY ||
	       bytes <= lim.rlim_cur;
}

/*
 * Huge pages are used when they were set aside. Transparent ones are not asked
 * for: at the sizes of ports they moved packets no faster (60 bytes: 0 to 7 %,
 * 1500 bytes: nothing), and where a pool has begun they cost 2 MiB each.
 */
struct os_region *os_region_create(uint64_t capacity)
{
	uint64_t huge = round_up(capacity, HUGE_SIZE);
	struct os_region *r;

	if (!capacity || capacity % OS_PAGE_SIZE || capacity > INT64_MAX - HUGE_SIZE ||
	    huge > SIZE_MAX || !file_size_allowed(huge))
		return NULL;
	r = (struct os_region *)os_zalloc(sizeof(*r));
	if (!r)
		return NULL;
	if (huge_pages_suffice(huge) && region_map(r, huge, HUGE_SIZE))
		return r;
	if (region_map(r, capacity, OS_PAGE_SIZE))
		return r;
	os_free(r);
	return NULL;
}

/* The file system takes whole pages from the system now, and zeroes and maps
 * each when it is touched. */
void *os_region_populate(struct os_region *r, uint64_t offset, uint64_t bytes)
{
	uint64_t from, to;
	int err;

	if (!bytes || offset > r->capacity || bytes > r->capacity - offset)
		return NULL;
	if (r->fd < 0)
		return r->base + offset;
	from = offset & ~(r->page - 1);
	to = round_up(offset + bytes, r->page);
	do
		err = fallocate(r->fd, 0, (off_t)from, (off_t)(to - from)) ? errno : 0;
	while (err == EINTR);
	return err ? NULL : r->base + offset;
}

void os_region_destroy(struct os_region *r)
{
	munmap(r->base, r->capacity);
	if (r->fd >= 0)
		close(r->fd);
	os_free(r);
}

/* ---- memory of the application ------------------------------------------- */

/*
 * A process cannot hold its own pages against its own munmap().  It can map them
 * a second time, at an address that only the engine knows, if the mapping is a
 * shared one (memfd, MAP_SHARED | MAP_ANONYMOUS, a file).  Private memory is in
 * no second place and is refused.  A file must not be cut shorter while it is in
 * use: that would be SIGBUS, for the engine as for everybody who maps it.
 */

/* Newer than the C library may be. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* Finds what all of [addr, addr + bytes) shows; false unless it is one shared
 * mapping that can be read and written. */
static bool place_of(uint64_t addr, uint64_t bytes, struct place *place)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long long from, to;
	bool found = false;
	char *line = NULL, mode[5];
	size_t room = 0;

	while (f && !found && getline(&line, &room, f) > 0) {
		if (sscanf(line, "%llx-%llx %4s %llx %x:%x %llu", &from, &to, mode,
			   &place->offset, &place->major, &place->minor,
			   &place->inode) != 7 ||
		    addr < from || addr >= to)
			continue;
		if (to - addr < bytes || mode[0] != 'r' || mode[1] != 'w' || mode[3] != 's')
			break;
		place->offset += addr - from;
		found = true;
	}
	free(line);
	if (f)
		fclose(f);
	return found;
}

static bool same_place(const struct place *a, const struct place *b)
{
	return a->major == b->major && a->minor == b->minor && a->inode == b->inode &&
	       a->offset == b->offset;
}

/* All pages now: what lies beyond the end of a file is found here. */
static bool all_there(char *base, uint64_t bytes)
{
	if (!madvise(base, bytes, MADV_POPULATE_WRITE))
		return true;
	return errno == EINVAL && !os_fault_in((uintptr_t)base, bytes);
}

int os_region_adopt(uint64_t uaddr, uint64_t bytes, struct os_region **out, const char **why)
{
	uint64_t capacity = round_up(bytes, OS_PAGE_SIZE);
	struct os_region *r;
	struct place before;
	void *base;

	if (uaddr + bytes < uaddr || capacity < bytes ||
	    uaddr + capacity > (uint64_t)UINTPTR_MAX / 2)
		goto bad_address;
	if (bytes > os_memory_total())
		return -ENOMEM;
	if (!place_of(uaddr, capacity, &before))
		goto bad_address;
	r = (struct os_region *)os_zalloc(sizeof(*r));
	if (!r)
		return -ENOMEM;
	base = mremap((void *)(uintptr_t)uaddr, 0, capacity, MREMAP_MAYMOVE);
	if (base == MAP_FAILED) {
		os_free(r);
		goto bad_address;
	}
	*r = (struct os_region){.base = (char *)base, .capacity = capacity,
				.page = OS_PAGE_SIZE, .fd = -1};
	if (!place_of((uintptr_t)base, capacity, &r->place) || !same_place(&before, &r->place) ||
	    !all_there(r->base, capacity)) {
		os_region_destroy(r);
		goto bad_address;
	}
	*out = r;
	return 0;
bad_address:
	*why = "is not one shared mapping, readable and writable (memfd, or MAP_SHARED with "
	       "MAP_ANONYMOUS): the engine cannot hold any other";
	return -EFAULT;
}

bool os_region_same(const struct os_region *a, const struct os_region *b)
{
	return a->capacity == b->capacity && same_place(&a->place, &b->place);
}

void *os_region_base(struct os_region *r)
{
	return r->base;
}

uint64_t os_memory_total(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
}
