// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory regions: layout, life, and the objects of their pools.  Who owns which
 * buffers is in holding.c.
 */
#include "mem.h"
#include "netmap_core.h"

#define NM_MAX_EXTERNAL_BUFS (1u << 28)
#define NM_CLUSTER_BYTES (128u << 10) /* no larger than this, where possible */

static struct nm_link nm_regions;
static uint16_t nm_last_id;
static struct nm_mem *nm_global;

static const struct {
	const char *what;
	uint32_t min_size, max_size, min_num, max_num;
} nm_limits[NM_POOLS] = {
	[NM_POOL_IF] = { "interface", 56, 4096, 1, 10000 },
	[NM_POOL_RING] = { "ring", 256, 32 * OS_PAGE_SIZE, 2, 8192 },
	[NM_POOL_BUF] = { "buffer", 64, 65536, 4, 1000000 },
};

/* ---- layout ----------------------------------------------------------------- */

static uint32_t cluster_shift(uint32_t size)
{
	uint32_t shift = 0;

	while (((uint64_t)size << shift) % OS_PAGE_SIZE)
		shift++; /* sizes are multiples of 64: ends at 6 */
	while (shift < 6 && ((uint64_t)size << (shift + 1)) <= NM_CLUSTER_BYTES)
		shift++;
	return shift;
}

static int pool_layout(struct nm_pool *p, enum nm_pool_id id, struct nm_pool_want want,
		       uint64_t *offset, struct nm_error *e)
{
	uint32_t per;

	if (want.size < nm_limits[id].min_size || want.size > nm_limits[id].max_size)
		return nm_fail(e, -EINVAL,
			       "%s objects of %u bytes: must be %u to %u (parameter size)",
			       nm_limits[id].what, want.size, nm_limits[id].min_size,
			       nm_limits[id].max_size);
	if (want.num < nm_limits[id].min_num || want.num > nm_limits[id].max_num)
		return nm_fail(e, -EINVAL, "%u %s objects: must be %u to %u (parameter num)",
			       want.num, nm_limits[id].what, nm_limits[id].min_num,
			       nm_limits[id].max_num);
	p->obj_size = (want.size + 63) & ~63u;
	p->shift = cluster_shift(p->obj_size);
	per = 1u << p->shift;
	/* small pools: no more objects in a cluster than are wanted */
	while (p->shift && per / 2 >= want.num &&
	       !(((uint64_t)p->obj_size << (p->shift - 1)) % OS_PAGE_SIZE))
		per = 1u << --p->shift;
	p->clusters = (want.num + per - 1) / per;
	p->total = p->clusters * per;
	p->offset = *offset;
	p->hint = p->used = 0;
	*offset += (uint64_t)p->total * p->obj_size;
	return 0;
}

static struct nm_mem_want global_want(void)
{
	struct nm_mem_want w = { {
		[NM_POOL_IF] = { (uint32_t)os_load_relaxed(&nm_params.if_size),
				 (uint32_t)os_load_relaxed(&nm_params.if_num) },
		[NM_POOL_RING] = { (uint32_t)os_load_relaxed(&nm_params.ring_size),
				   (uint32_t)os_load_relaxed(&nm_params.ring_num) },
		[NM_POOL_BUF] = { (uint32_t)os_load_relaxed(&nm_params.buf_size),
				  (uint32_t)os_load_relaxed(&nm_params.buf_num) },
	} };
	return w;
}

static void global_report(const struct nm_mem *m)
{
	nm_params.if_curr_size = (int)m->pool[NM_POOL_IF].obj_size;
	nm_params.if_curr_num = (int)m->pool[NM_POOL_IF].total;
	nm_params.ring_curr_size = (int)m->pool[NM_POOL_RING].obj_size;
	nm_params.ring_curr_num = (int)m->pool[NM_POOL_RING].total;
	nm_params.buf_curr_size = (int)m->pool[NM_POOL_BUF].obj_size;
	nm_params.buf_curr_num = (int)m->pool[NM_POOL_BUF].total;
}

int nm_mem_layout(struct nm_mem *m, struct nm_error *e)
{
	struct nm_pool pools[NM_POOLS] = { { 0 } };
	uint64_t offset = 0;
	int i, err;

	if (m->users)
		return 0;
	if (m == nm_global)
		m->want = global_want();
	else if (m->laid_out)
		return 0;
	for (i = 0; i < NM_POOLS; i++) {
		err = pool_layout(&pools[i], (enum nm_pool_id)i, m->want.pool[i], &offset, e);
		if (err)
			return err;
	}
	memcpy(m->pool, pools, sizeof(pools));
	m->bytes = offset;
	m->laid_out = true;
	if (m == nm_global)
		global_report(m);
	return 0;
}

uint32_t nm_mem_ring_slots(struct nm_mem *m)
{
	uint32_t bytes;

	if (nm_mem_layout(m, NULL)) /* the binding will say why */
		return 0;
	bytes = m->pool[NM_POOL_RING].obj_size;
	if (bytes < sizeof(struct netmap_ring))
		return 0;
	return (uint32_t)((bytes - sizeof(struct netmap_ring)) / sizeof(struct netmap_slot));
}

/* ---- use ---------------------------------------------------------------------- */

static void drop_memory(struct nm_mem *m)
{
	uint32_t i;

	for (i = 0; m->owner && i < m->pool[NM_POOL_BUF].clusters; i++)
		os_free(m->owner[i]);
	os_free(m->owner);
	m->owner = NULL;
	os_free(m->holdings);
	m->holdings = NULL;
	m->holdings_size = m->missing = 0;
	for (i = 0; i < NM_POOLS; i++) {
		os_free(m->pool[i].addr);
		os_free(m->pool[i].taken);
		m->pool[i].addr = NULL;
		m->pool[i].taken = NULL;
		m->pool[i].used = m->pool[i].hint = 0;
	}
	if (m->region && !m->external) {
		os_region_destroy(m->region);
		m->region = NULL;
	}
	m->populated = 0;
}

/* The last cluster of external memory may be cut off: what is not there is taken. */
static void take_missing(struct nm_pool *p)
{
	uint32_t last = p->total & ((1u << p->shift) - 1);

	if (last)
		p->taken[p->clusters - 1] = (~0ull << last) &
					    (~0ull >> (64 - (1u << p->shift)));
}

static int take_memory(struct nm_mem *m, struct nm_error *e)
{
	int i;

	if (!m->external)
		m->region = os_region_create(m->bytes);
	m->owner = os_zalloc(m->pool[NM_POOL_BUF].clusters * sizeof(*m->owner));
	if (!m->region || !m->owner)
		goto fail;
	for (i = 0; i < NM_POOLS; i++) {
		m->pool[i].addr = os_zalloc(m->pool[i].clusters * sizeof(char *));
		m->pool[i].taken = os_zalloc(m->pool[i].clusters * sizeof(uint64_t));
		if (!m->pool[i].addr || !m->pool[i].taken)
			goto fail;
		take_missing(&m->pool[i]);
	}
	/* buffers 0 and 1 are nobody's: 0 ends lists, both mean "bad index" */
	m->pool[NM_POOL_BUF].taken[0] |= 3;
	return 0;
fail:
	drop_memory(m);
	return nm_fail(e, -ENOMEM, "no address space for a region of %llu bytes",
		       (unsigned long long)m->bytes);
}

int nm_mem_use(struct nm_mem *m, struct nm_error *e)
{
	int err = nm_mem_layout(m, e);

	if (err)
		return err;
	if (!m->users) {
		err = take_memory(m, e);
		if (err)
			return err;
	}
	m->users++;
	return 0;
}

void nm_mem_unuse(struct nm_mem *m)
{
	if (--m->users == 0)
		drop_memory(m);
}

/* ---- objects ------------------------------------------------------------------ */

static char *cluster_memory(struct nm_mem *m, struct nm_pool *p, uint32_t c)
{
	uint64_t bytes = (uint64_t)p->obj_size << p->shift, there;
	char *addr;

	if (p->addr[c])
		return p->addr[c];
	if (p == &m->pool[NM_POOL_BUF]) {
		if (!m->owner[c])
			m->owner[c] = os_zalloc(sizeof(uint32_t) << p->shift);
		if (!m->owner[c])
			return NULL;
	}
	there = (uint64_t)(p->total - (c << p->shift)) * p->obj_size;
	if (there > bytes)
		there = bytes;
	addr = os_region_populate(m->region, p->offset + c * bytes, there);
	if (addr)
		m->populated += there;
	/* syncs look buffers up without a lock */
	os_store_release(&p->addr[c], addr);
	return addr;
}

/* Index of a free object, with memory behind it; `total` if there is none. */
static uint32_t pool_take(struct nm_mem *m, struct nm_pool *p)
{
	uint32_t per = 1u << p->shift;
	uint64_t all = per == 64 ? ~0ull : (1ull << per) - 1;
	uint32_t c, bit;

	for (c = p->hint; c < p->clusters && p->taken[c] == all; c++)
		;
	p->hint = c;
	if (c == p->clusters || !cluster_memory(m, p, c))
		return p->total;
	bit = (uint32_t)__builtin_ctzll(~p->taken[c]);
	p->taken[c] |= 1ull << bit;
	p->used++;
	return (c << p->shift) + bit;
}

void *nm_mem_alloc(struct nm_mem *m, enum nm_pool_id id, uint64_t bytes, uint32_t *index,
		   struct nm_error *e)
{
	struct nm_pool *p = &m->pool[id];
	char *obj;

	if (bytes > p->obj_size) {
		nm_fail(e, -ENOMEM,
			"%s object of %llu bytes needed, region %u has them of %u "
			"(ask for fewer slots or rings, or raise %s)",
			nm_limits[id].what, (unsigned long long)bytes, m->id, p->obj_size,
			id == NM_POOL_RING ? "ring_size" : "if_size");
		return NULL;
	}
	*index = pool_take(m, p);
	if (*index == p->total) {
		nm_fail(e, -ENOMEM, "no %s object left in region %u: all %u in use%s",
			nm_limits[id].what, m->id, p->used,
			p->used < p->total ? ", and the machine has no memory" : "");
		return NULL;
	}
	obj = p->addr[*index >> p->shift] +
	      (size_t)(*index & ((1u << p->shift) - 1)) * p->obj_size;
	if (id != NM_POOL_BUF)
		memset(obj, 0, bytes);
	return obj;
}

void nm_mem_free(struct nm_mem *m, enum nm_pool_id id, uint32_t index)
{
	struct nm_pool *p = &m->pool[id];
	uint32_t c = index >> p->shift;

	p->taken[c] &= ~(1ull << (index & ((1u << p->shift) - 1)));
	p->used--;
	if (c < p->hint)
		p->hint = c;
}

uint64_t nm_mem_offset(const struct nm_mem *m, enum nm_pool_id id, uint32_t index)
{
	return m->pool[id].offset + (uint64_t)index * m->pool[id].obj_size;
}

/* ---- life --------------------------------------------------------------------- */

static bool id_in_use(uint16_t id)
{
	struct nm_link *l;

	nm_list_each(l, &nm_regions) {
		if (nm_entry(l, struct nm_mem, link)->id == id)
			return true;
	}
	return false;
}

static uint16_t new_id(void)
{
	uint32_t tries;

	for (tries = 0; tries < 65536; tries++) {
		if (++nm_last_id > NM_MEM_GLOBAL && !id_in_use(nm_last_id))
			return nm_last_id;
	}
	return 0;
}

static struct nm_mem *mem_new(uint16_t id, const struct nm_mem_want *want, bool is_private)
{
	struct nm_mem *m = os_zalloc(sizeof(*m));

	if (!m)
		return NULL;
	m->id = id;
	m->refs = 1;
	m->is_private = is_private;
	m->want = *want;
	os_spin_init(&m->exchange);
	nm_list_append(&nm_regions, &m->link);
	return m;
}

struct nm_mem *nm_mem_new_private(const struct nm_mem_want *want, struct nm_error *e)
{
	uint16_t id = new_id();
	struct nm_mem *m = id ? mem_new(id, want, true) : NULL;

	if (!m) {
		nm_fail(e, -ENOMEM, id ? "no memory for a region" :
					 "all 65534 region ids are in use");
		return NULL;
	}
	if (nm_mem_layout(m, e)) {
		nm_mem_put(m);
		return NULL;
	}
	return m;
}

/* ---- external memory ------------------------------------------------------------ */

static uint64_t whole_pages(uint64_t bytes)
{
	return (bytes + OS_PAGE_SIZE - 1) / OS_PAGE_SIZE * OS_PAGE_SIZE;
}

/* First whether they fit, then whether they can be. */
static int external_check(uint64_t bytes, const struct nm_mem_want *want, struct nm_error *e)
{
	uint64_t left = bytes;
	int i;

	for (i = 0; i < NM_POOLS; i++) {
		const struct nm_pool_want *w = &want->pool[i];

		if (w->num > left / w->size)
			return nm_fail(e, -ENOMEM,
				       "%u %s objects of %u bytes do not fit: of %llu bytes of "
				       "external memory %llu are left", w->num,
				       nm_limits[i].what, w->size, (unsigned long long)bytes,
				       (unsigned long long)left);
		left -= (uint64_t)w->num * w->size;
	}
	for (i = 0; i < NM_POOLS; i++) {
		const struct nm_pool_want *w = &want->pool[i];

		if (w->size < nm_limits[i].min_size || w->size > nm_limits[i].max_size ||
		    w->size % 64)
			return nm_fail(e, -EINVAL,
				       "%s objects of %u bytes: must be %u to %u, a multiple "
				       "of 64", nm_limits[i].what, w->size,
				       nm_limits[i].min_size, nm_limits[i].max_size);
		if (w->num < nm_limits[i].min_num || w->num > nm_limits[i].max_num)
			return nm_fail(e, -EINVAL, "%u %s objects: must be %u to %u", w->num,
				       nm_limits[i].what, nm_limits[i].min_num,
				       nm_limits[i].max_num);
	}
	return 0;
}

/* Pools begin on page boundaries; all that is over become buffers. */
static int external_layout(struct nm_mem *m, uint64_t bytes, const struct nm_mem_want *want,
			   struct nm_error *e)
{
	uint64_t offset = 0, num;
	int i;

	for (i = 0; i < NM_POOLS; i++) {
		struct nm_pool *p = &m->pool[i];

		num = want->pool[i].num;
		if (i == NM_POOL_BUF)
			num = offset < bytes ? (bytes - offset) / want->pool[i].size : 0;
		if (num < nm_limits[i].min_num)
			return nm_fail(e, -ENOMEM,
				       "%llu bytes of external memory leave room for %llu "
				       "buffers: 4 are needed at least",
				       (unsigned long long)bytes, (unsigned long long)num);
		p->obj_size = want->pool[i].size;
		p->shift = cluster_shift(p->obj_size);
		p->total = num > NM_MAX_EXTERNAL_BUFS ? NM_MAX_EXTERNAL_BUFS : (uint32_t)num;
		p->clusters = (p->total + (1u << p->shift) - 1) >> p->shift;
		p->offset = offset;
		m->bytes = offset + (uint64_t)p->total * p->obj_size;
		offset = whole_pages(m->bytes);
	}
	m->laid_out = true;
	return 0;
}

static struct nm_mem *find_external(const struct os_region *r)
{
	struct nm_link *l;

	nm_list_each(l, &nm_regions) {
		struct nm_mem *m = nm_entry(l, struct nm_mem, link);

		if (m->external && os_region_same(m->region, r))
			return nm_mem_get(m);
	}
	return NULL;
}

int nm_mem_find_external(struct os_region *r, uint64_t bytes, const struct nm_mem_want *want,
			 struct nm_mem **out, struct nm_error *e)
{
	struct nm_mem *m = find_external(r);
	uint16_t id;
	int err = 0;

	if (m) {
		os_region_destroy(r);
		*out = m;
		return 0;
	}
	err = external_check(bytes, want, e);
	id = err ? 0 : new_id();
	m = id ? mem_new(id, want, true) : NULL;
	if (!m) {
		os_region_destroy(r);
		return err ? err : nm_fail(e, -ENOMEM, "no memory for a region");
	}
	m->external = true;
	m->region = r;
	err = external_layout(m, bytes, want, e);
	if (err)
		nm_mem_put(m);
	else
		*out = m;
	return err;
}

struct nm_mem *nm_mem_find(uint16_t id)
{
	struct nm_link *l;

	nm_list_each(l, &nm_regions) {
		struct nm_mem *m = nm_entry(l, struct nm_mem, link);

		if (m->id == id)
			return nm_mem_get(m);
	}
	return NULL;
}

int nm_mem_check(uint32_t id, struct nm_error *e)
{
	struct nm_mem *m = id ? nm_mem_find((uint16_t)id) : NULL;

	if (id && !m)
		return nm_fail(e, -EINVAL, "there is no memory region %u", id);
	if (m)
		nm_mem_put(m);
	return 0;
}

struct nm_mem *nm_mem_get(struct nm_mem *m)
{
	m->refs++;
	return m;
}

void nm_mem_put(struct nm_mem *m)
{
	if (--m->refs)
		return;
	nm_list_remove(&m->link);
	drop_memory(m);
	if (m->region)
		os_region_destroy(m->region);
	os_free(m);
}

int nm_mem_init(void)
{
	struct nm_mem_want want = global_want();

	nm_list_init(&nm_regions);
	nm_last_id = NM_MEM_GLOBAL;
	nm_global = mem_new(NM_MEM_GLOBAL, &want, false);
	return nm_global ? 0 : -ENOMEM;
}

void nm_mem_exit(void)
{
	nm_mem_put(nm_global);
	nm_global = NULL;
}

void nm_mem_pools_info(const struct nm_mem *m, struct nmreq_pools_info *info)
{
	const struct nm_pool *p = m->pool;

	info->nr_memsize = m->bytes;
	info->nr_mem_id = m->id;
	info->nr_if_pool_offset = p[NM_POOL_IF].offset;
	info->nr_if_pool_objtotal = p[NM_POOL_IF].total;
	info->nr_if_pool_objsize = p[NM_POOL_IF].obj_size;
	info->nr_ring_pool_offset = p[NM_POOL_RING].offset;
	info->nr_ring_pool_objtotal = p[NM_POOL_RING].total;
	info->nr_ring_pool_objsize = p[NM_POOL_RING].obj_size;
	info->nr_buf_pool_offset = p[NM_POOL_BUF].offset;
	info->nr_buf_pool_objtotal = p[NM_POOL_BUF].total;
	info->nr_buf_pool_objsize = p[NM_POOL_BUF].obj_size;
}
