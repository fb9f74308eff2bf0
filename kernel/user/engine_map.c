/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mappings of regions.  A region is in the address space once, so a mapping is
 * only a record that keeps its descriptor alive, and two descriptors that
 * share a region get the same address.  When one of several equal mappings is
 * dropped, nobody can tell whose it was.  It matters only for descriptors that
 * are closed: if one of those has such a mapping, that one goes; otherwise the
 * drop is kept as a credit, and the first of them to be closed takes it.
 */
#include "engine_map.h"

#include "os_memory.h"

struct mapping {
	struct mapping *next;
	struct engine_desc *desc;
	char *addr;
	uint64_t bytes; /* whole pages */
	bool credit;	/* dropped already; its descriptor is open */
};

static struct os_mutex lock = OS_MUTEX_INIT;
static struct mapping *mappings;

static uint64_t whole_pages(uint64_t bytes)
{
	return (bytes + OS_PAGE_SIZE - 1) & ~(uint64_t)(OS_PAGE_SIZE - 1);
}

static bool equal(const struct mapping *a, const struct mapping *b)
{
	return a->addr == b->addr && a->bytes == b->bytes;
}

static struct mapping *find_credit(const struct mapping *like,
				   const struct engine_desc *of)
{
	struct mapping *m;

	for (m = mappings; m; m = m->next)
		if (m->credit && equal(m, like) && (!of || m->desc == of))
			break;
	return m;
}

static int map_record(struct engine_desc *desc, char *addr, uint64_t bytes)
{
	struct mapping *m = (struct mapping *)os_zalloc(sizeof(*m)), *old;

	if (!m)
		return -ENOMEM;
	m->desc = desc;
	m->addr = addr;
	m->bytes = bytes;
	os_mutex_lock(&lock);
	old = find_credit(m, desc);
	if (old) {
		old->credit = false;
	} else {
		os_fetch_add(&desc->refs, 1u);
		m->next = mappings;
		mappings = m;
	}
	os_mutex_unlock(&lock);
	if (old)
		os_free(m);
	return 0;
}

int engine_map_add(struct engine_desc *desc, size_t length, uint64_t offset, void **addr)
{
	struct os_region *region;
	uint64_t bytes, size;
	char *at;
	int err;

	if (nm_binding_region(desc->binding, &region, &size) < 0)
		return -EINVAL;
	bytes = whole_pages(length);
	size = whole_pages(size);
	if (bytes < length || !bytes || offset % OS_PAGE_SIZE || offset > size ||
	    bytes > size - offset)
		return -EINVAL;
	at = (char *)os_region_base(region) + offset;
	err = map_record(desc, at, bytes);
	if (!err)
		*addr = at;
	return err;
}

int engine_map_remove(void *addr, size_t length)
{
	const struct mapping like = {.addr = (char *)addr, .bytes = whole_pages(length)};
	struct mapping **link, **pick = NULL, *gone = NULL;

	os_mutex_lock(&lock);
	for (link = &mappings; *link; link = &(*link)->next) {
		if ((*link)->credit || !equal(*link, &like))
			continue;
		pick = link;
		if ((*link)->desc->closed)
			break;
	}
	if (pick && (*pick)->desc->closed) {
		gone = *pick;
		*pick = gone->next;
	} else if (pick) {
		(*pick)->credit = true;
	}
	os_mutex_unlock(&lock);
	if (gone) {
		engine_desc_put(gone->desc);
		os_free(gone);
	}
	return pick ? 0 : -EINVAL;
}

/* The caller has a reference of its own. */
void engine_map_closed(struct engine_desc *desc)
{
	struct mapping **link, *m, *credit;

	os_mutex_lock(&lock);
	desc->closed = true;
	for (link = &mappings; (m = *link);) {
		credit = NULL;
		if (m->desc == desc)
			credit = m->credit ? m : find_credit(m, NULL);
		if (!credit) {
			link = &m->next;
			continue;
		}
		credit->credit = false;
		*link = m->next;
		os_free(m);
		engine_desc_put(desc);
	}
	os_mutex_unlock(&lock);
}
