// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who owns which buffers of a region.
 *
 * Every buffer handed out carries the id of a holding.  Applications that share
 * a region may swap buffers between their rings and lists without telling
 * anybody, and may write what they like into both; so at close the ids alone
 * would free buffers that sit in somebody else's ring, and the slots alone
 * would free whatever was written there.  The rule that serves honest programs
 * exactly and confines the others:
 *
 *   1. as many buffers are freed as the closing holdings own, not one more;
 *   2. none that lies in a ring of a holding that stays;
 *   3. first those found in the closing rings and lists, then those that carry
 *      a closing id and were found nowhere;
 *   4. what stays although it carries a closing id was swapped away: it takes
 *      over the id of the buffer that came in its place;
 *   5. a closing holding that lost buffers leaves a debt: the buffers that were
 *      put aside for its own carry another's id, and go with that one.
 */
#include "mem.h"

/* Reads a word the application may be writing at this moment. */
static uint32_t peek(const uint32_t *p)
{
	return os_load_relaxed(p);
}

static bool is_taken(const struct nm_pool *p, uint32_t buf)
{
	return p->taken[buf >> p->shift] >> (buf & ((1u << p->shift) - 1)) & 1;
}

static uint32_t *owner_of(struct nm_mem *m, uint32_t buf)
{
	uint32_t shift = m->pool[NM_POOL_BUF].shift;

	return &m->owner[buf >> shift][buf & ((1u << shift) - 1)];
}

/* ---- taking ------------------------------------------------------------------- */

static int holding_register(struct nm_mem *m, struct nm_holding *h)
{
	struct nm_holding **bigger;
	uint32_t id, size;

	for (id = 1; id < m->holdings_size && m->holdings[id]; id++)
		;
	if (id >= m->holdings_size) {
		size = m->holdings_size ? 2 * m->holdings_size : 16;
		bigger = os_zalloc(size * sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		if (m->holdings_size)
			memcpy(bigger, m->holdings, m->holdings_size * sizeof(*bigger));
		os_free(m->holdings);
		m->holdings = bigger;
		m->holdings_size = size;
	}
	m->holdings[id] = h;
	h->id = id;
	h->count = 0;
	h->closing = false;
	h->list_head = 0;
	return 0;
}

static void holding_forget(struct nm_mem *m, struct nm_holding *h)
{
	m->holdings[h->id] = NULL;
	h->id = 0;
	h->count = 0;
	h->closing = false;
	h->ring = h->other = NULL;
}

int nm_mem_hold(struct nm_mem *m, struct nm_holding *h, uint32_t want, bool whole,
		void (*fn)(void *arg, uint32_t k, uint32_t buf), void *arg,
		struct nm_error *e)
{
	struct nm_pool *p = &m->pool[NM_POOL_BUF];
	uint32_t avail = p->total - 2 - p->used, buf;

	if (whole && want > avail)
		return nm_fail(e, -ENOMEM,
			       "%u buffers needed, region %u has %u left of %u (close a port, "
			       "or raise buf_num)", want, m->id, avail, p->total);
	if (holding_register(m, h))
		return nm_fail(e, -ENOMEM, "no memory for the books of region %u", m->id);
	while (h->count < want) {
		if (!nm_mem_alloc(m, NM_POOL_BUF, 0, &buf, whole ? e : NULL))
			break;
		*owner_of(m, buf) = h->id;
		fn(arg, h->count++, buf);
	}
	if (!whole || h->count == want)
		return (int)h->count;
	h->ring = h->other = NULL; /* what fn() wrote is not to be trusted: go by id */
	h->closing = true;
	nm_mem_release_closing(m);
	return -ENOMEM;
}

/* ---- giving back -------------------------------------------------------------- */

struct release {
	struct nm_mem *m;
	struct nm_pool *p;
	uint64_t *kept;	     /* bit map: buffers in rings that stay */
	uint32_t quota;	     /* buffers still to be freed */
	uint32_t *foreign;   /* ids of freed buffers that were others' */
	uint32_t n_foreign;
};

static bool closing_id(const struct nm_mem *m, uint32_t id)
{
	return id < m->holdings_size && m->holdings[id] && m->holdings[id]->closing;
}

/*
 * The index in slot k of a holding's ring. Of a pair of pipe rings, that one
 * which has the slot: what was taken from the sender and not given back yet is in
 * the other ring, and what either shows elsewhere is old. The number of slots is
 * from our own books: the application can write num_slots.
 */
static uint32_t slot_buf(const struct nm_holding *h, uint32_t k)
{
	const struct netmap_ring *ring = h->ring;
	uint32_t from, to;

	if (h->other) {
		from = os_load_acquire(h->hwtail) + 1;
		to = os_load_relaxed(h->hwcur);
		if (from == h->count)
			from = 0;
		if (from <= to ? k >= from && k < to : k >= from || k < to)
			ring = h->other;
	}
	return peek(&ring->slot[k].buf_idx);
}

static void keep_holding(struct release *r, const struct nm_holding *h)
{
	uint32_t k, buf;

	for (k = 0; h->ring && k < h->count; k++) {
		buf = slot_buf(h, k);
		if (buf < r->p->total)
			r->kept[buf / 64] |= 1ull << (buf % 64);
	}
}

/* Frees one buffer, if it is one that may go. False when the quota is used up. */
static bool release_one(struct release *r, uint32_t buf)
{
	uint32_t id;

	if (!r->quota)
		return false;
	if (buf < 2 || buf >= r->p->total || !is_taken(r->p, buf) ||
	    r->kept[buf / 64] >> (buf % 64) & 1)
		return true;
	id = *owner_of(r->m, buf);
	if (!closing_id(r->m, id))
		r->foreign[r->n_foreign++] = id;
	*owner_of(r->m, buf) = 0;
	nm_mem_free(r->m, NM_POOL_BUF, buf);
	r->quota--;
	return true;
}

static void release_found(struct release *r, const struct nm_holding *h)
{
	uint32_t k, buf, steps;
	char *addr;

	for (k = 0; h->ring && k < h->count; k++) {
		if (!release_one(r, slot_buf(h, k)))
			return;
	}
	if (h->ring)
		return;
	/* a list threaded through the buffers; it may run in circles */
	for (buf = h->list_head, steps = 0; buf >= 2 && steps < r->p->total; steps++) {
		addr = nm_mem_buf(r->m, buf);
		if (!addr || !is_taken(r->p, buf))
			return;
		k = buf;
		buf = peek((const uint32_t *)(void *)addr);
		if (!release_one(r, k))
			return;
	}
}

/* Buffers that carry a closing id and were found nowhere (3), or stay (4); then,
 * for a debt, those that carry no id at all (5). */
static void release_rest(struct release *r, bool orphans)
{
	uint32_t c, i, buf, *id;

	for (c = 0; c < r->p->clusters; c++) {
		for (i = 0; r->p->taken[c] && i < 1u << r->p->shift; i++) {
			buf = (c << r->p->shift) + i;
			if (buf < 2 || buf >= r->p->total || !is_taken(r->p, buf))
				continue;
			id = owner_of(r->m, buf);
			if (orphans ? *id != 0 : !closing_id(r->m, *id))
				continue;
			release_one(r, buf);
			if (!orphans && is_taken(r->p, buf))
				*id = r->n_foreign ? r->foreign[--r->n_foreign] : 0;
		}
	}
}

/* Monitors that exchange buffers wait meanwhile: one on its way from one ring to
 * another could be seen in neither. */
static void release_all(struct release *r)
{
	struct nm_mem *m = r->m;
	uint32_t i;

	os_spin_lock(&m->exchange);
	for (i = 1; i < m->holdings_size; i++) {
		struct nm_holding *h = m->holdings[i];

		if (h && !h->closing)
			keep_holding(r, h);
	}
	for (i = 1; i < m->holdings_size; i++) {
		if (m->holdings[i] && m->holdings[i]->closing)
			release_found(r, m->holdings[i]);
	}
	release_rest(r, false);
	if (r->quota)
		release_rest(r, true);
	os_spin_unlock(&m->exchange);
}

void nm_mem_release_closing(struct nm_mem *m)
{
	struct release r = { .m = m, .p = &m->pool[NM_POOL_BUF] };
	uint32_t i;

	for (i = 1; i < m->holdings_size; i++) {
		if (m->holdings[i] && m->holdings[i]->closing)
			r.quota += m->holdings[i]->count;
	}
	if (r.quota) {
		r.quota += m->missing;
		r.kept = os_zalloc((r.p->total + 63) / 64 * sizeof(uint64_t));
		r.foreign = os_zalloc(r.quota * sizeof(uint32_t));
		/* without memory to find out, they stay until the last user goes */
		if (r.kept && r.foreign)
			release_all(&r);
		m->missing = r.quota;
		os_free(r.kept);
		os_free(r.foreign);
	}
	for (i = 1; i < m->holdings_size; i++) {
		if (m->holdings[i] && m->holdings[i]->closing)
			holding_forget(m, m->holdings[i]);
	}
}
