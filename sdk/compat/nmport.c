/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ports: from a specification to rings, and back. Each step has its undo, and
 * undoing what was not done is harmless.
 */
#include <libnetmap.h>

#include "host.h"
#include "port.h"

#include <errno.h>
#include <string.h>

/* ---- making and describing ------------------------------------------------- */

static struct nmport_d *new_in(struct nmctx *ctx)
{
	struct nmport_d *d = (struct nmport_d *)nmctx_malloc(ctx, sizeof(*d));

	if (!d) {
		nmctx_ferror(ctx, "cannot make a port: %s", strerror(errno));
		return NULL;
	}
	memset(d, 0, sizeof(*d));
	nmreq_header_init(&d->hdr, NETMAP_REQ_REGISTER, &d->reg);
	d->ctx = ctx;
	d->fd = -1;
	return d;
}

struct nmport_d *nmport_new(void)
{
	return new_in(nmctx_get());
}

void nmport_delete(struct nmport_d *d)
{
	if (d)
		nmctx_free(d->ctx, d);
}

void nm_port_clean(struct nmport_d *d, const struct nmport_cleanup_d *until)
{
	struct nmport_cleanup_d *c;

	while ((c = d->clist) != until) {
		d->clist = c->next;
		c->run(c, d);
	}
}

int nmport_parse(struct nmport_d *d, const char *portspec)
{
	const struct nmport_cleanup_d *before = d->clist;
	const struct nmreq_header hdr = d->hdr;
	const struct nmreq_register reg = d->reg;
	const char *p = portspec;
	int saved;

	nmreq_header_init(&d->hdr, NETMAP_REQ_REGISTER, &d->reg);
	d->hdr.nr_options = hdr.nr_options;
	if (!nmreq_header_decode(&p, &d->hdr, d->ctx) &&
	    !nmreq_register_decode(&p, &d->reg, d->ctx) && !nm_port_options_decode(d, p))
		return 0;
	saved = errno;
	nm_port_clean(d, before);
	d->hdr = hdr;
	d->reg = reg;
	errno = saved;
	return -1;
}

void nmport_undo_parse(struct nmport_d *d)
{
	nm_port_clean(d, NULL);
	memset(&d->reg, 0, sizeof(d->reg));
	memset(&d->hdr, 0, sizeof(d->hdr));
}

struct nmport_d *nmport_prepare(const char *portspec)
{
	struct nmport_d *d = nmport_new();
	int saved;

	if (!d || !nmport_parse(d, portspec))
		return d;
	saved = errno;
	nmport_undo_prepare(d);
	errno = saved;
	return NULL;
}

void nmport_undo_prepare(struct nmport_d *d)
{
	if (!d)
		return;
	nmport_undo_parse(d);
	nmport_delete(d);
}

struct nmport_d *nmport_clone(struct nmport_d *d)
{
	struct nmport_d *c;

	if (d->extmem && !d->register_done) {
		nmctx_ferror(
			d->ctx,
			"%s: register it before it is cloned: its external memory has "
			"no number yet",
			d->hdr.nr_name);
		errno = EINVAL;
		return NULL;
	}
	c = new_in(d->ctx);
	if (!c)
		return NULL;
	memcpy(c->hdr.nr_name, d->hdr.nr_name, sizeof(c->hdr.nr_name));
	c->hdr.nr_version = d->hdr.nr_version;
	c->reg = d->reg;
	return c;
}

/* ---- registering ----------------------------------------------------------- */

int nmport_register(struct nmport_d *d)
{
	if (d->register_done) {
		nmctx_ferror(d->ctx, "%s: the port is registered already",
			     d->hdr.nr_name);
		errno = EINVAL;
		return -1;
	}
	d->asked_mem_id = d->reg.nr_mem_id;
	d->fd = nm_host_open(d->ctx);
	if (d->fd < 0)
		return -1;
	if (nm_host_request(d->fd, &d->hdr, "opening the port", d->ctx)) {
		nm_host_close(d->fd);
		d->fd = -1;
		return -1;
	}
	d->register_done = 1;
	return 0;
}

/* The region may be gone with the port: it is asked for only if it was before. */
void nmport_undo_register(struct nmport_d *d)
{
	if (d->register_done)
		d->reg.nr_mem_id = d->asked_mem_id;
	nm_host_close(d->fd);
	d->fd = -1;
	d->register_done = 0;
}

/* ---- mapping ----------------------------------------------------------------- */

/* The bound rings are neighbours: the first and the last of `n` that has a
 * place. None: first > last. */
static void find_range(const int64_t *ofs, uint32_t n, uint16_t *first, uint16_t *last)
{
	uint32_t i = 0, end;

	while (i < n && !ofs[i])
		i++;
	for (end = i; end < n && ofs[end]; end++)
		;
	if (i == end) { /* none */
		i = 1;
		end = 1;
	}
	*first = (uint16_t)i;
	*last = (uint16_t)(end - 1);
}

/* The reply has no host rings where there are none; the netmap_if has places. */
static void find_rings(struct nmport_d *d)
{
	const uint32_t tx = (uint32_t)d->reg.nr_tx_rings + d->nifp->ni_host_tx_rings;
	const uint32_t rx = (uint32_t)d->reg.nr_rx_rings + d->nifp->ni_host_rx_rings;

	find_range(d->nifp->ring_ofs, tx, &d->first_tx_ring, &d->last_tx_ring);
	find_range(d->nifp->ring_ofs + tx, rx, &d->first_rx_ring, &d->last_rx_ring);
	d->cur_tx_ring = d->first_tx_ring;
	d->cur_rx_ring = d->first_rx_ring;
}

int nmport_mmap(struct nmport_d *d)
{
	if (d->mmap_done || !d->register_done) {
		nmctx_ferror(d->ctx, "%s: the port %s", d->hdr.nr_name,
			     d->mmap_done ? "is mapped already"
					  : "is mapped once registered");
		errno = EINVAL;
		return -1;
	}
	if (nm_port_memory_get(d))
		return -1;
	d->nifp = NETMAP_IF(d->mem->mem, d->reg.nr_offset);
	find_rings(d);
	d->mmap_done = 1;
	return 0;
}

void nmport_undo_mmap(struct nmport_d *d)
{
	if (!d->mmap_done)
		return;
	nm_port_memory_put(d);
	d->nifp = NULL;
	d->first_tx_ring = d->last_tx_ring = d->cur_tx_ring = 0;
	d->first_rx_ring = d->last_rx_ring = d->cur_rx_ring = 0;
	d->mmap_done = 0;
}

/* ---- all steps ----------------------------------------------------------------- */

int nmport_open_desc(struct nmport_d *d)
{
	int saved;

	if (nmport_register(d))
		return -1;
	if (!nmport_mmap(d))
		return 0;
	saved = errno;
	nmport_undo_open_desc(d);
	errno = saved;
	return -1;
}

void nmport_undo_open_desc(struct nmport_d *d)
{
	nmport_undo_mmap(d);
	nmport_undo_register(d);
}

struct nmport_d *nmport_open(const char *portspec)
{
	struct nmport_d *d = nmport_prepare(portspec);
	int saved;

	if (!d || !nmport_open_desc(d))
		return d;
	saved = errno;
	nmport_close(d);
	errno = saved;
	return NULL;
}

void nmport_close(struct nmport_d *d)
{
	if (!d)
		return;
	nmport_undo_open_desc(d);
	nmport_undo_prepare(d);
}

/* ---- packets --------------------------------------------------------------------- */

/* Bytes that fit behind the offset of the slot at `i`. */
static size_t room_at(const struct netmap_ring *ring, uint32_t i)
{
	const uint64_t ofs = NETMAP_ROFFSET(ring, &ring->slot[i]);
	const size_t size = ring->nr_buf_size;

	if (ofs >= size)
		return 0;
	return size - ofs < UINT16_MAX ? size - (size_t)ofs : UINT16_MAX;
}

/* How many of the slots from head on a packet needs; 0 if there are too few. */
static uint32_t slots_needed(const struct netmap_ring *ring, size_t size)
{
	uint32_t n = nm_ring_space(ring), i = ring->head, used = 0;
	size_t room;

	while (used < n && used < NETMAP_MAX_FRAGS) {
		room = room_at(ring, i);
		if (!room)
			return 0;
		used++;
		if (size <= room)
			return used;
		size -= room;
		i = nm_ring_next(ring, i);
	}
	return 0;
}

static void put_packet(struct netmap_ring *ring, const char *from, size_t size,
		       uint32_t slots)
{
	uint32_t i = ring->head;
	size_t part;

	for (; slots; slots--) {
		struct netmap_slot *slot = &ring->slot[i];

		part = room_at(ring, i);
		part = size < part ? size : part;
		nm_pkt_copy(from, NETMAP_BUF_OFFSET(ring, slot), (int)part);
		slot->len = (uint16_t)part;
		slot->flags = slots > 1 ? NS_MOREFRAG : 0;
		from += part;
		size -= part;
		i = nm_ring_next(ring, i);
	}
	ring->cur = i;
	ring->head = i;
}

int nmport_inject(struct nmport_d *d, const void *buf, size_t size)
{
	const unsigned int first = d->first_tx_ring, last = d->last_tx_ring;
	unsigned int i, n = last - first + 1, at = d->cur_tx_ring;

	if (!d->mmap_done || first > last)
		return 0;
	if (at < first || at > last)
		at = first;
	for (i = 0; i < n; i++, at = at == last ? first : at + 1) {
		struct netmap_ring *ring = NETMAP_TXRING(d->nifp, at);
		uint32_t slots = slots_needed(ring, size);

		if (!slots)
			continue;
		put_packet(ring, (const char *)buf, size, slots);
		d->cur_tx_ring = (uint16_t)at;
		return (int)size;
	}
	return 0;
}
