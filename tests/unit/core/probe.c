// SPDX-License-Identifier: BSD-2-Clause
/*
 * Probes that need no static function.
 */
#include "probe.h"

#include "binding.h"
#include "os_memory.h"

struct nm_kring *probe_kring(struct nm_binding *b, bool tx, uint32_t ring)
{
	enum nm_dir dir = tx ? NM_TX : NM_RX;

	if (!b->na || ring >= b->na->rings[dir])
		return NULL;
	return &b->na->krings[dir][ring];
}

char *probe_region(struct nm_binding *b)
{
	return (char *)os_region_base(b->na->mem->region);
}

struct probe_indices probe_indices(const struct nm_kring *k)
{
	return (struct probe_indices){ k->rhead, k->rcur,   k->rtail,
				       k->hwcur, k->hwtail, k->lease };
}

/* ---- memory that runs out ------------------------------------------------------ */

static _Thread_local uint64_t allocations, failing;

static bool allocation_fails(void)
{
	return ++allocations == failing;
}

uint64_t probe_fail_allocation(uint64_t n)
{
	uint64_t seen = allocations;

	allocations = 0;
	failing = n;
	return seen;
}

void *__real_os_zalloc(size_t bytes);
void *__wrap_os_zalloc(size_t bytes);
struct os_region *__real_os_region_create(uint64_t capacity);
struct os_region *__wrap_os_region_create(uint64_t capacity);
void *__real_os_region_populate(struct os_region *r, uint64_t offset, uint64_t bytes);
void *__wrap_os_region_populate(struct os_region *r, uint64_t offset, uint64_t bytes);

void *__wrap_os_zalloc(size_t bytes)
{
	return allocation_fails() ? NULL : __real_os_zalloc(bytes);
}

struct os_region *__wrap_os_region_create(uint64_t capacity)
{
	return allocation_fails() ? NULL : __real_os_region_create(capacity);
}

void *__wrap_os_region_populate(struct os_region *r, uint64_t offset, uint64_t bytes)
{
	return allocation_fails() ? NULL : __real_os_region_populate(r, offset, bytes);
}
