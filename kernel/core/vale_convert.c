// SPDX-License-Identifier: BSD-2-Clause
/*
 * Delivery to a port of a switch whose virtio-net header is another one than the
 * sender's.  Packets change their size, and one may become many, so how many
 * slots they take is known only when their headers were read: some at a time
 * are planned (offload.h), then slots are leased, then the packets put there.
 * A packet is delivered with all that comes of it, or not at all.
 */
#include "vale_batch.h"

/* The packets of two lists, one by one. */
struct packets {
	struct runs runs;
	const struct frag *next, *end; /* of the run that is open */
};

static const struct frag *packets_next(struct packets *p)
{
	const struct frag *f;
	const struct run *run;

	if (p->next == p->end) {
		run = runs_next(&p->runs);
		if (!run)
			return NULL;
		p->next = &p->runs.s->frag[run->frag];
		p->end = p->next + run->frags;
	}
	f = p->next;
	p->next += f->frags;
	return f;
}

/* Lists a packet's pieces in the scratch; how many they are. */
static uint32_t pieces_of(struct nm_vale_scratch *s, const struct frag *f)
{
	uint32_t i;

	for (i = 0; i < f->frags; i++)
		s->piece[i] = (struct nm_piece){ f[i].at, f[i].len,
						 f[i].flags & NS_INDIRECT };
	return f->frags;
}

/* Plans the next packets; how many, 0 after the last. */
static uint32_t plan_some(struct nm_kring *k, struct nm_vale_scratch *s,
			  const struct nm_offload_way *way, struct packets *p)
{
	const struct frag *f;
	uint32_t n = 0;
	int why;

	while (n < PLANS && (f = packets_next(p))) {
		why = nm_offload_plan(&s->plan[n], s->piece, pieces_of(s, f), way);
		if (why)
			drop(k, (enum netmap_drop_reason)why, 1);
		else
			s->planned[n++] = f;
	}
	return n;
}

/* Reserves slots for as many of the planned packets as fit, each with all that
 * comes of it; returns how many packets. */
static uint32_t lease_some(struct nm_kring *rx, const struct nm_vale_scratch *s,
			   uint32_t packets, uint32_t *first, uint32_t *slots)
{
	uint32_t i, space, n = rx->num_slots;

	os_spin_lock(&rx->lock);
	space = lease_space(rx, n - 1);
	for (i = 0, *slots = 0; i < packets && s->plan[i].slots <= space - *slots; i++)
		*slots += s->plan[i].slots;
	*first = rx->lease;
	rx->lease = nm_advance(rx->lease, *slots, n);
	os_spin_unlock(&rx->lock);
	return i;
}

/* Fills the slots of one planned packet, from `at` on; the slot after them. */
static uint32_t put_packet(struct nm_kring *rx, struct netmap_ring *ring,
			   struct nm_vale_scratch *s, uint32_t which, uint32_t at,
			   struct delivered *d)
{
	const struct nm_bufs bufs = nm_mem_bufs(rx->mem);
	struct nm_offload *plan = &s->plan[which];
	uint32_t i, len, slots = plan->slots, each = nm_offload_splits(plan) ? 1 : slots;
	struct nm_offload_run run;

	nm_offload_begin(&run, plan, s->piece, pieces_of(s, s->planned[which]));
	for (i = 0; i < slots; i++, at = nm_next(at, rx->num_slots)) {
		struct netmap_slot *slot = &ring->slot[at];
		char *dst = nm_bufs_at(&bufs, os_load_relaxed(&slot->buf_idx));

		if (dst)
			dst += nm_kring_offset(rx, os_load_relaxed(&slot->ptr));
		len = nm_offload_next(&run, dst);
		len |= each << (16 + NS_PORT_SHIFT);
		if (each > i + 1)
			len |= (uint32_t)NS_MOREFRAG << 16;
		os_store_relaxed((uint32_t *)(void *)&slot->len, len);
		d->bytes += len & 0xffff;
	}
	d->packets += slots / each;
	return at;
}

void nm_vale_convert(struct nm_kring *k, struct nm_kring *rx, struct runs runs)
{
	struct netmap_ring *ring = os_load_acquire(&rx->ring);
	struct nm_vale_scratch *s = k->scratch;
	uint32_t room = ring ? nm_kring_room(rx, rx->offset_max) : 0;
	uint32_t n, i, fit, at, first = 0, slots = 0;
	struct nm_offload_way way = { s->hdr, os_load_relaxed(&rx->na->vnet_hdr_len),
				      room > 65535 ? 65535 : room };
	struct packets packets = { runs, NULL, NULL };
	bool full = false, published = false;

	if (!ring) {
		packets.runs.b = NO_RUN;
		drop(k, NETMAP_DROP_NO_DEST, count_packets(packets.runs));
		return;
	}
	while ((n = plan_some(k, s, &way, &packets))) {
		struct delivered d = { 0, 0, 0, 0 };

		fit = full ? 0 : lease_some(rx, s, n, &first, &slots);
		full = fit < n; /* what follows does not overtake what was lost */
		d.lost = n - fit;
		for (i = 0, at = first; i < fit; i++)
			at = put_packet(rx, ring, s, i, at, &d);
		published |= nm_vale_lease_end(rx, first, fit ? slots : 0, &d);
	}
	if (published)
		nm_kring_notify(rx);
}
