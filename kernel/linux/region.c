// SPDX-License-Identifier: BSD-2-Clause
/*
 * Regions: memory that the core and applications share.
 *
 * A region starts as page numbers without pages.  The core populates ranges;
 * each becomes an extent, contiguous in the kernel, physically so when such
 * memory is at hand.  Faults of applications find single pages through an
 * array indexed by page number, without a lock.
 *
 * Every page has a reference of its own, the region's, and each mapping adds
 * one.  So a page outlives the region for as long as somebody still uses it
 * (a transfer under way in another subsystem, say), and no longer.
 */
#include <linux/gfp.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include "os.h"
#include "pin.h"
#include "region.h"

static_assert(PAGE_SIZE == OS_PAGE_SIZE, "layouts of regions assume pages of 4 KiB");

struct nm_extent {
	struct llist_node node; /* in the region's extents */
	void *addr;		/* the core's address */
	size_t bytes;
};

struct os_region {
	struct xarray pages;	   /* page number -> struct page */
	struct llist_head extents; /* only grows, until the region is destroyed */
	unsigned long nr_pages;	   /* capacity */
	struct nm_pages adopted;   /* all of them, if they are an application's */
};

/* ---- memory ---------------------------------------------------------------- */

/*
 * Memory is charged to the control group of whoever makes the region grow.
 * Neither kind of allocation wakes the OOM killer: that a wish was too big is
 * the application's problem and nobody else's.
 */
static void *nm_extent_alloc(size_t bytes)
{
	const gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN;
	void *addr;

	/* One that was killed must not fill the machine before it dies. */
	if (fatal_signal_pending(current))
		return NULL;
	/* Not worth reclaiming for: single pages do as well, only slower. */
	addr = alloc_pages_exact(bytes, gfp | __GFP_NORETRY);
	if (addr)
		return addr;
	return __vmalloc(bytes, gfp | __GFP_RETRY_MAYFAIL);
}

static void nm_extent_free(void *addr, size_t bytes)
{
	/* Both drop one reference of each page. */
	if (is_vmalloc_addr(addr))
		vfree(addr);
	else
		free_pages_exact(addr, bytes);
}

static struct page *nm_extent_page(void *addr)
{
	return is_vmalloc_addr(addr) ? vmalloc_to_page(addr) : virt_to_page(addr);
}

/* ---- page numbers ---------------------------------------------------------- */

/*
 * Takes the array's slots of n pages, all or none; they read as empty.  Done
 * before the first page goes in, for what cannot fail half-way need not be
 * taken back from an application that has already mapped it.
 */
static int nm_region_reserve(struct os_region *r, unsigned long first, unsigned long n)
{
	unsigned long i;
	int err;

	for (i = 0; i < n; i++) {
		/* -EBUSY: there is a page already, which is the caller's error. */
		err = xa_insert(&r->pages, first + i, NULL, GFP_KERNEL);
		if (err)
			goto release;
		cond_resched();
	}
	return 0;

release:
	while (i--)
		xa_erase(&r->pages, first + i);
	return err;
}

/* Puts the extent's pages, which are zeroed by now, where faults find them. */
static void nm_region_publish(struct os_region *r, unsigned long first,
			      const struct nm_extent *e)
{
	unsigned long n = e->bytes >> PAGE_SHIFT, i;

	for (i = 0; i < n; i++) {
		struct page *page = nm_extent_page(e->addr + (i << PAGE_SHIFT));

		/* Into a reserved slot: allocates nothing, so cannot fail. */
		xa_store(&r->pages, first + i, page, 0);
		cond_resched();
	}
}

struct page *nm_region_page(struct os_region *r, unsigned long index)
{
	return xa_load(&r->pages, index);
}

/* ---- the contract ---------------------------------------------------------- */

struct os_region *os_region_create(uint64_t capacity)
{
	struct os_region *r;

	if (!capacity || capacity > LONG_MAX || !IS_ALIGNED(capacity, PAGE_SIZE))
		return NULL;

	r = kzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);
	if (!r)
		return NULL;
	xa_init_flags(&r->pages, XA_FLAGS_ACCOUNT);
	init_llist_head(&r->extents);
	r->nr_pages = capacity >> PAGE_SHIFT;
	return r;
}

void *os_region_populate(struct os_region *r, uint64_t offset, uint64_t bytes)
{
	unsigned long first = offset >> PAGE_SHIFT, n = bytes >> PAGE_SHIFT;
	struct nm_extent *e;

	if (r->adopted.addr) {
		if (offset > (uint64_t)r->nr_pages << PAGE_SHIFT ||
		    bytes > ((uint64_t)r->nr_pages << PAGE_SHIFT) - offset)
			return NULL;
		return (char *)r->adopted.addr + offset;
	}
	if (!n || !IS_ALIGNED(offset | bytes, PAGE_SIZE) || n > r->nr_pages ||
	    first > r->nr_pages - n)
		return NULL;

	e = kmalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);
	if (!e)
		return NULL;
	e->bytes = bytes;
	e->addr = nm_extent_alloc(bytes);
	if (!e->addr)
		goto free_extent;
	if (nm_region_reserve(r, first, n))
		goto free_memory;

	llist_add(&e->node, &r->extents);
	nm_region_publish(r, first, e);
	return e->addr;

free_memory:
	nm_extent_free(e->addr, e->bytes);
free_extent:
	kfree(e);
	return NULL;
}

/* Mappings of such a region are refused (by the core): its pages belong to files
 * and processes, and are mapped there. */
int os_region_adopt(uint64_t uaddr, uint64_t bytes, struct os_region **out, const char **why)
{
	struct os_region *r;
	int err;

	r = kzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);
	if (!r)
		return -ENOMEM;
	xa_init(&r->pages);
	init_llist_head(&r->extents);
	err = nm_pages_pin(&r->adopted, uaddr, bytes);
	if (err) {
		if (err == -EFAULT)
			*why = "not all pages can be held for writing";
		kfree(r);
		return err;
	}
	r->nr_pages = r->adopted.n;
	*out = r;
	return 0;
}

bool os_region_same(const struct os_region *a, const struct os_region *b)
{
	return a->nr_pages == b->nr_pages &&
	       !memcmp(a->adopted.page, b->adopted.page, a->nr_pages * sizeof(struct page *));
}

void os_region_destroy(struct os_region *r)
{
	struct nm_extent *e, *next;

	if (!r)
		return;
	if (r->adopted.addr)
		nm_pages_unpin(&r->adopted);
	llist_for_each_entry_safe(e, next, r->extents.first, node) {
		nm_extent_free(e->addr, e->bytes);
		kfree(e);
		cond_resched();
	}
	xa_destroy(&r->pages);
	kfree(r);
}
