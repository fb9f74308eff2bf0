/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One batch of a switch's TX ring on its way: what the two sources of the data
 * path share, and nobody else.  vale_forward.c takes a batch apart and delivers
 * it; vale_convert.c delivers to ports whose virtio-net header is another one.
 */
#ifndef NM_VALE_BATCH_H
#define NM_VALE_BATCH_H

#include "offload.h"
#include "vale.h"

#define MAX_FRAGS NETMAP_MAX_FRAGS
#define FLOOD NM_VALE_PORTS	      /* destination: every other port */
#define NOWHERE (NM_VALE_PORTS + 1u)  /* destination: dropped */
#define NO_RUN 0xffffu
#define ETH_HEADER 14u
#define PLANS 32u /* packets to a port with other headers, planned at once */

/* One slot's worth of a packet. */
struct frag {
	uint64_t at;	/* core address, or the user's with NS_INDIRECT */
	uint16_t len;
	uint16_t out;	/* flags of the receiver's slot */
	uint16_t flags; /* NS_INDIRECT, NS_NO_LEARN, FRAG_EXACT */
	uint16_t frags; /* of its packet, in all */
};

/* Begins at no 64-byte boundary: no byte beside it may be touched. Among the flags
 * of a slot that are not looked at here. */
#define FRAG_EXACT 0x8000u

/* len and out, as they lie in a slot. */
static inline uint32_t slot_word(const struct frag *f)
{
	return f->len | (uint32_t)f->out << 16;
}

/* Packets for one destination that follow one another in the batch. */
struct run {
	uint16_t frag, frags; /* first, and how many */
	uint16_t packets;
	uint16_t dest;
	uint16_t next;	      /* for the same destination, or NO_RUN */
};

struct dest_list {
	uint64_t batch;	      /* the batch that `first` and the rest belong to */
	uint32_t frags;
	uint16_t first, last;
};

struct nm_vale_scratch {
	struct frag frag[NM_VALE_BATCH + MAX_FRAGS];
	struct run run[NM_VALE_BATCH + MAX_FRAGS];
	struct dest_list dest[NM_VALE_PORTS + 2];
	uint16_t active[NM_VALE_PORTS]; /* unicast destinations of this batch */
	uint32_t n_active, n_frags, n_runs;
	uint32_t hdr;			/* virtio-net header of the batch's packets */
	uint64_t batch;			/* never wraps: 0 is that of no batch */
	struct nm_offload plan[PLANS];
	const struct frag *planned[PLANS];
	struct nm_piece piece[MAX_FRAGS]; /* of one packet */
};

static inline void drop(struct nm_kring *k, enum netmap_drop_reason why, uint64_t packets)
{
	nm_count(&k->stats.drops[why], packets);
}

/* Two lists of runs, each in batch order, read as one in batch order. */
struct runs {
	const struct nm_vale_scratch *s;
	uint16_t a, b;
};

static inline const struct run *runs_next(struct runs *r)
{
	uint16_t *from = r->a < r->b ? &r->a : &r->b; /* NO_RUN is the highest */
	const struct run *run;

	if (*from == NO_RUN)
		return NULL;
	run = &r->s->run[*from];
	*from = run->next;
	return run;
}

static inline uint32_t count_packets(struct runs runs)
{
	const struct run *run;
	uint32_t packets = 0;

	while ((run = runs_next(&runs)))
		packets += run->packets;
	return packets;
}

/* What came of a lease. */
struct delivered {
	uint32_t packets, lost;
	uint32_t too_long; /* fragments that arrived empty */
	uint64_t bytes;
};

/* Slots that can be reserved, looked at anew if they are fewer than wanted. Under
 * the ring's lock. */
static inline uint32_t lease_space(struct nm_kring *rx, uint32_t want)
{
	uint32_t n = rx->num_slots, space;

	space = n - 1 - nm_distance(rx->seen_hwcur, rx->lease, n);
	if (space < want) {
		rx->seen_hwcur = os_load_acquire(&rx->hwcur); /* (B) */
		space = n - 1 - nm_distance(rx->seen_hwcur, rx->lease, n);
	}
	return space;
}

/* Ends a lease. Who ends the oldest one publishes all that have ended behind it,
 * and tells: true. */
bool nm_vale_lease_end(struct nm_kring *rx, uint32_t first, uint32_t slots,
		       const struct delivered *d);

/* Two lists (either may be NO_RUN) to one RX ring of a port whose header differs
 * from that of the batch. */
void nm_vale_convert(struct nm_kring *k, struct nm_kring *rx, struct runs runs);

#endif /* NM_VALE_BATCH_H */
