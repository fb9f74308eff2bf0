// SPDX-License-Identifier: BSD-2-Clause
/*
 * The data path of VALE switches.  One batch of a TX ring goes through three
 * passes, so that each touches memory in one pattern only:
 *
 *   collect    copies the slots out, once, and starts fetching the headers
 *   classify   looks destinations up; packets of one destination that follow
 *              one another form a run, and cost one look-up
 *   deliver    per destination: reserves room, copies, publishes, wakes
 *
 * Cost follows the destinations that are in use.  Senders never wait for a
 * receiver: what does not fit is dropped and counted, newest first.
 *
 * Many senders fill one RX ring.  Under the ring's lock a sender reserves slots
 * (a lease), copies without the lock, and publishes under it again.  Leases end
 * in any order but are published in the order they were taken.
 */
#include "copy.h"
#include "netmap_core.h"
#include "vale_batch.h"

struct nm_vale_scratch *nm_vale_scratch_new(void)
{
	return os_zalloc(sizeof(struct nm_vale_scratch));
}

/* ---- collect ----------------------------------------------------------------------- */

/* Can every page of the range be read without waiting for it? */
static bool readable(uint64_t addr, uint32_t len)
{
	uint64_t at = addr;
	char byte;

	for (;;) {
		if (os_copyin_nowait(&byte, at, 1))
			return false;
		at = (at | (OS_PAGE_SIZE - 1)) + 1;
		if (at - addr >= len)
			return true;
	}
}

/*
 * A slot whose data is in the application's own memory: up to 65535 bytes, cut
 * into buffer-sized pieces. False when pages must be brought in first.
 */
static bool collect_indirect(struct nm_kring *k, struct nm_vale_scratch *s, uint64_t addr,
			     uint32_t len, uint16_t flags)
{
	uint32_t piece = nm_mem_buf_size(k->mem), part;

	if (len && !readable(addr, len)) {
		if (k->fault_tries < MAX_FRAGS) {
			k->fault_tries++;
			k->fault_addr = addr;
			k->fault_len = len;
			return false;
		}
		drop(k, NETMAP_DROP_BAD_INDIRECT, 1);
		len = 0;
	}
	do {
		part = len < piece ? len : piece;
		if (s->n_frags < NM_VALE_BATCH + MAX_FRAGS)
			s->frag[s->n_frags++] = (struct frag){
				.at = addr, .len = (uint16_t)part, .flags = flags,
			};
		addr += part;
		len -= part;
	} while (len);
	return true;
}

/*
 * Where the data of a slot begins, on a ring with offsets. The field can hold one
 * thing only, so there is no NS_INDIRECT there. Returns the flags that are left,
 * and FRAG_EXACT where that is due.
 */
static uint16_t offset_of(const struct nm_kring *k, const struct netmap_slot *slot,
			  uint32_t flags, uint32_t *offset)
{
	*offset = nm_kring_offset(k, os_load_relaxed(&slot->ptr));
	flags &= ~(uint32_t)NS_INDIRECT;
	return (uint16_t)(*offset % 64 ? flags | FRAG_EXACT : flags);
}

struct cursor {
	uint32_t at;	/* next slot */
	uint32_t end;	/* first slot not submitted */
};

/*
 * A packet of several slots, or with data elsewhere, whose first slot is at
 * c->at. On false, nothing of it was taken.
 */
static bool collect_chain(struct nm_kring *k, struct nm_vale_scratch *s, struct cursor *c)
{
	uint32_t first = s->n_frags, size = nm_mem_buf_size(k->mem), at = c->at, frags;
	bool too_many = false;
	uint16_t flags;

	do {
		struct netmap_slot *slot = &k->ring->slot[at];
		uint64_t w = os_load_relaxed((const uint64_t *)(const void *)slot);
		uint32_t len = (uint32_t)(w >> 32) & 0xffff;
		char *buf = nm_mem_buf(k->mem, (uint32_t)w);
		uint32_t offset = 0;

		if (unlikely((w >> 48) & NS_BUF_CHANGED))
			os_store_relaxed(&slot->flags,
					 (uint16_t)((w >> 48) & ~(uint64_t)NS_BUF_CHANGED));
		flags = (uint16_t)(w >> 48) & (NS_MOREFRAG | NS_INDIRECT | NS_NO_LEARN);
		if (s->n_frags - first > MAX_FRAGS) {
			too_many = true;
			s->n_frags = first + 1; /* go on to its end, keep nothing */
		}
		if (unlikely(k->offset_mask))
			flags = offset_of(k, slot, flags, &offset);
		if (flags & NS_INDIRECT) {
			if (!collect_indirect(k, s, os_load_relaxed(&slot->ptr), len, flags)) {
				s->n_frags = first;
				return false;
			}
		} else {
			if (!buf || len > size - offset) {
				drop(k, NETMAP_DROP_BAD_SLOT, 1);
				len = 0;
			}
			s->frag[s->n_frags++] = (struct frag){
				.at = (uintptr_t)buf + offset, .len = (uint16_t)len,
				.flags = flags & (NS_NO_LEARN | FRAG_EXACT),
			};
		}
		at = nm_next(at, k->num_slots);
	} while (flags & NS_MOREFRAG && at != c->end);
	c->at = at;
	k->fault_tries = 0;
	frags = s->n_frags - first;
	if (too_many || frags > MAX_FRAGS) {
		drop(k, NETMAP_DROP_TOO_MANY_FRAGS, 1);
		s->n_frags = first;
		return true;
	}
	for (at = first; at < s->n_frags; at++) {
		s->frag[at].frags = (uint16_t)frags;
		s->frag[at].out = (uint16_t)(frags << NS_PORT_SHIFT | NS_MOREFRAG);
	}
	s->frag[at - 1].out &= (uint16_t)~NS_MOREFRAG; /* also if cut at head */
	return true;
}

/* Fills the table of fragments from the ring. False when it stopped early
 * because memory must be brought in. */
static inline __attribute__((always_inline)) bool
collect_slots(struct nm_kring *k, struct nm_vale_scratch *s, struct cursor *c,
	      uint32_t batch, const bool offsets)
{
	const struct nm_bufs bufs = nm_mem_bufs(k->mem);
	struct netmap_slot *slots = k->ring->slot;
	uint32_t n = k->num_slots, at = c->at, end = c->end, nf = 0;

	while (at != end && nf < batch) {
		uint64_t w = os_load_relaxed((uint64_t *)(void *)&slots[at]);
		uint32_t flags = (uint32_t)(w >> 48), len = (uint32_t)(w >> 32) & 0xffff;
		char *buf = nm_bufs_at(&bufs, (uint32_t)w);
		uint32_t offset = 0;

		if (unlikely(flags & (NS_MOREFRAG | NS_INDIRECT | NS_BUF_CHANGED))) {
			os_store_relaxed(&slots[at].flags, (uint16_t)(flags & ~NS_BUF_CHANGED));
			if (flags & (NS_MOREFRAG | NS_INDIRECT)) {
				s->n_frags = nf;
				c->at = at;
				if (!collect_chain(k, s, c))
					return false;
				nf = s->n_frags;
				at = c->at;
				continue;
			}
		}
		flags &= NS_NO_LEARN;
		if (offsets)
			flags = offset_of(k, &slots[at], flags, &offset);
		at = nm_next(at, n);
		if (unlikely(!buf || len > bufs.size - offset)) {
			drop(k, NETMAP_DROP_BAD_SLOT, 1);
			continue;
		}
		os_prefetch(buf + offset);
		s->frag[nf++] = (struct frag){
			.at = (uintptr_t)buf + offset, .len = (uint16_t)len,
			.out = 1 << NS_PORT_SHIFT, .frags = 1,
			.flags = (uint16_t)flags,
		};
	}
	s->n_frags = nf;
	c->at = at;
	return true;
}

/* Rings without offsets do not pay for them. */
static bool collect(struct nm_kring *k, struct nm_vale_scratch *s, struct cursor *c,
		    uint32_t batch)
{
	return likely(!k->offset_mask) ? collect_slots(k, s, c, batch, false) :
					 collect_slots(k, s, c, batch, true);
}

/* ---- classify ---------------------------------------------------------------------- */

/* The 12 bytes of addresses, as two words. */
struct addresses {
	uint64_t lo; /* destination, and the first 2 bytes of the source */
	uint32_t hi; /* the rest of the source */
};

static inline uint64_t mac_dst(const struct addresses *a)
{
	return a->lo & 0xffffffffffffull;
}

static inline uint64_t mac_src(const struct addresses *a)
{
	return a->lo >> 48 | (uint64_t)a->hi << 16;
}

static inline bool mac_group(uint64_t mac)
{
	return mac & 1; /* the first byte on the wire is the lowest */
}

/* Reads the addresses of a packet whose header is not simply at the start of its
 * first fragment; false if it is too short to have any. */
static bool read_addresses_slow(const struct frag *f, uint32_t hdr, struct addresses *a)
{
	char bytes[ETH_HEADER];
	const char *eth;

	if (hdr && f->len == hdr && f->frags > 1) {
		f++;
		hdr = 0;
	}
	if (f->len < hdr + ETH_HEADER)
		return false;
	if (f->flags & NS_INDIRECT) {
		if (os_copyin_nowait(bytes, f->at + hdr, ETH_HEADER))
			return false;
		eth = bytes;
	} else {
		eth = (const char *)(uintptr_t)f->at + hdr;
	}
	memcpy(&a->lo, eth, 8);
	memcpy(&a->hi, eth + 8, 4);
	return true;
}

static inline bool read_addresses(const struct frag *f, uint32_t hdr, struct addresses *a)
{
	const char *eth = (const char *)(uintptr_t)f->at;

	if (unlikely(hdr || f->len < ETH_HEADER || f->flags & NS_INDIRECT))
		return read_addresses_slow(f, hdr, a);
	memcpy(&a->lo, eth, 8);
	memcpy(&a->hi, eth + 8, 4);
	return true;
}

static uint32_t look_up(struct nm_vale *sw, struct nm_vale_port *from,
			const struct addresses *a, bool learn)
{
	uint64_t src = mac_src(a), dst = mac_dst(a);
	int port;

	if (learn && !mac_group(src))
		nm_fdb_learn(&sw->fdb, src, from->index);
	if (mac_group(dst))
		return FLOOD;
	port = nm_fdb_find(&sw->fdb, dst);
	if (port < 0 || !os_load_acquire(&sw->ports[port]))
		return FLOOD;
	return (uint32_t)port == from->index ? NOWHERE : (uint32_t)port;
}

static void run_begin(struct nm_vale_scratch *s, uint32_t dest, uint32_t frag)
{
	struct dest_list *d = &s->dest[dest];
	uint16_t r = (uint16_t)s->n_runs++;

	s->run[r] = (struct run){ .frag = (uint16_t)frag, .dest = (uint16_t)dest,
				  .next = NO_RUN };
	if (d->batch != s->batch) {
		d->batch = s->batch;
		d->first = r;
		d->frags = 0;
		if (dest < NM_VALE_PORTS)
			s->active[s->n_active++] = (uint16_t)dest;
	} else {
		s->run[d->last].next = r;
	}
	d->last = r;
}

/* The last run ends before fragment `end`. */
static void run_end(struct nm_vale_scratch *s, uint32_t end, uint32_t packets)
{
	struct run *r;

	if (!packets)
		return;
	r = &s->run[s->n_runs - 1];
	r->frags = (uint16_t)(end - r->frag);
	r->packets = (uint16_t)packets;
	s->dest[r->dest].frags += r->frags;
}

/* Cuts the batch into runs and lists them by destination. */
static void classify(struct nm_kring *k, struct nm_vale_scratch *s, struct nm_vale *sw,
		     struct nm_vale_port *from)
{
	uint32_t i, frags, nf = s->n_frags, hdr = os_load_relaxed(&from->na.vnet_hdr_len);
	uint32_t dest = NOWHERE, packets = 0; /* of the run that is open, if any */
	struct addresses a = { 0, 0 }, last = { 0, 0 };
	uint32_t last_flags = ~0u; /* as of no packet */
	uint64_t sent = 0, bytes = 0;

	s->n_runs = s->n_active = 0;
	s->hdr = hdr;
	s->batch++;
	for (i = 0; i < nf; i += frags) {
		const struct frag *f = &s->frag[i];
		bool ok = read_addresses(f, hdr, &a);

		frags = f->frags;
		if (unlikely(!ok || a.lo != last.lo || a.hi != last.hi ||
			     f->flags != last_flags)) {
			run_end(s, i, packets);
			sent += packets;
			packets = 0;
			last_flags = ~0u;
			if (!ok) {
				drop(k, NETMAP_DROP_SHORT, 1);
				continue;
			}
			last = a;
			last_flags = f->flags;
			dest = look_up(sw, from, &a, !(f->flags & NS_NO_LEARN));
			run_begin(s, dest, i);
		}
		packets++;
		bytes += f->len;
		while (unlikely(++f != &s->frag[i + frags]))
			bytes += f->len;
	}
	run_end(s, nf, packets);
	nm_count(&k->stats.packets, sent + packets);
	nm_count(&k->stats.bytes, bytes);
}

/* ---- deliver ----------------------------------------------------------------------- */

/* Slots of the whole packets, from the front, that fit into `space`; and how
 * many packets that are. */
static uint32_t whole_that_fit(struct runs runs, uint32_t space, uint32_t *packets)
{
	const struct run *run;
	uint32_t used = 0, i, end;

	*packets = 0;
	while ((run = runs_next(&runs))) {
		end = (uint32_t)run->frag + run->frags;
		for (i = run->frag; i < end; i += runs.s->frag[i].frags) {
			if (used + runs.s->frag[i].frags > space)
				return used;
			used += runs.s->frag[i].frags;
			++*packets;
		}
	}
	return used;
}

/* Reserves slots for as many of the packets as fit; *first is the first slot. */
static uint32_t lease_take(struct nm_kring *rx, const struct runs *runs, uint32_t want,
			   uint32_t *first)
{
	uint32_t n = rx->num_slots, space, packets;

	os_spin_lock(&rx->lock);
	space = lease_space(rx, want);
	if (unlikely(space < want))
		want = whole_that_fit(*runs, space, &packets);
	*first = rx->lease;
	rx->lease = nm_advance(rx->lease, want, n);
	os_spin_unlock(&rx->lock);
	return want;
}

bool nm_vale_lease_end(struct nm_kring *rx, uint32_t first, uint32_t slots,
		       const struct delivered *d)
{
	uint32_t n = rx->num_slots, tail;
	bool published = false;

	os_spin_lock(&rx->lock);
	nm_count(&rx->stats.packets, d->packets);
	nm_count(&rx->stats.bytes, d->bytes);
	if (unlikely(d->lost))
		nm_count(&rx->stats.drops[NETMAP_DROP_NO_ROOM], d->lost);
	if (unlikely(d->too_long))
		nm_count(&rx->stats.drops[NETMAP_DROP_TOO_LONG], d->too_long);
	if (slots && first == rx->hwtail) {
		tail = nm_advance(first, slots, n);
		while (rx->lease_done[tail]) {
			slots = rx->lease_done[tail];
			rx->lease_done[tail] = 0;
			tail = nm_advance(tail, slots, n);
		}
		if (unlikely(os_load_relaxed(&rx->observers)))
			nm_monitor_show(rx, tail);
		os_store_release(&rx->hwtail, tail); /* (A) */
		published = true;
	} else if (slots) {
		rx->lease_done[first] = slots;
	}
	os_spin_unlock(&rx->lock);
	return published;
}

/* A fragment that is not simply copied, to where there is `room`; the word for its
 * slot. */
static uint32_t copy_odd(uint32_t room, char *dst, const struct frag *f,
			 struct delivered *d)
{
	uint32_t empty = (uint32_t)f->out << 16;

	d->too_long += f->len > room;
	if (!dst || f->len > room)
		return empty; /* the receiver's slot is bad, or its buffers are smaller */
	if (f->flags & NS_INDIRECT)
		return os_copyin_nowait(dst, f->at, f->len) ? empty : slot_word(f);
	os_copy_bulk(dst, (const char *)(uintptr_t)f->at, f->len);
	return slot_word(f);
}

/*
 * The receiver was the last to touch its slots and buffers, so every line of
 * them is far away: slots are fetched for writing FETCH_SLOTS ahead, and the
 * buffers they name, once the slot is here, FETCH_BUFS ahead.
 */
#define FETCH_SLOTS 16u
#define FETCH_BUFS 6u

/* Copies the fragments [f, end) into consecutive slots from *slot on, which end
 * before `ring_end`. */
static inline void copy_frags(const struct nm_bufs *bufs, struct netmap_slot *slot,
			      const struct netmap_slot *ring_end, const struct frag *f,
			      const struct frag *end, struct delivered *d)
{
	uint64_t bytes = 0;

	for (; f != end; f++, slot++) {
		char *dst = nm_bufs_at(bufs, os_load_relaxed(&slot->buf_idx));
		uint32_t word = slot_word(f);

		os_prefetch_write(slot + FETCH_SLOTS); /* a hint, also past the end */
		if (likely(slot + FETCH_BUFS < ring_end))
			os_prefetch_write(nm_bufs_at(
				bufs, os_load_relaxed(&slot[FETCH_BUFS].buf_idx)));
		if (unlikely(!dst || f->len > bufs->size ||
			     f->flags & (NS_INDIRECT | FRAG_EXACT)))
			word = copy_odd(bufs->size, dst, f, d);
		else
			nm_copy_packet(dst, (const char *)(uintptr_t)f->at, f->len);
		os_store_relaxed((uint32_t *)(void *)&slot->len, word);
		bytes += word & 0xffff;
	}
	d->bytes += bytes;
}

/* The same, for a receiver whose slots say where in its buffers the data goes. */
static void copy_to_offsets(const struct nm_kring *rx, struct netmap_slot *slot,
			    const struct frag *f, const struct frag *end,
			    struct delivered *d)
{
	const struct nm_bufs bufs = nm_mem_bufs(rx->mem);
	uint32_t word, offset;
	char *dst;

	for (; f != end; f++, slot++) {
		dst = nm_bufs_at(&bufs, os_load_relaxed(&slot->buf_idx));
		offset = nm_kring_offset(rx, os_load_relaxed(&slot->ptr));
		word = copy_odd(nm_kring_room(rx, offset), dst ? dst + offset : NULL, f, d);
		os_store_relaxed((uint32_t *)(void *)&slot->len, word);
		d->bytes += word & 0xffff;
	}
}

/* Copies packets, in order, into `slots` reserved slots from `at` on. */
static void copy_runs(struct nm_kring *rx, struct netmap_ring *ring, struct runs runs,
		      uint32_t at, uint32_t slots, struct delivered *d)
{
	const struct nm_bufs bufs = nm_mem_bufs(rx->mem);
	uint32_t n = rx->num_slots, part, left;
	const struct run *run;
	const struct frag *f;

	while (slots && (run = runs_next(&runs))) {
		f = &runs.s->frag[run->frag];
		for (left = run->frags < slots ? run->frags : slots; left; left -= part) {
			part = left < n - at ? left : n - at;
			if (likely(!rx->offset_mask))
				copy_frags(&bufs, &ring->slot[at], &ring->slot[n], f,
					   f + part, d);
			else
				copy_to_offsets(rx, &ring->slot[at], f, f + part, d);
			f += part;
			slots -= part;
			at = nm_advance(at, part, n);
		}
	}
}

/* Two lists (either may be NO_RUN) to one RX ring. */
static void deliver_ring(struct nm_kring *k, struct nm_kring *rx, struct runs runs,
			 uint32_t frags)
{
	struct netmap_ring *ring = os_load_acquire(&rx->ring);
	struct delivered d = { 0, 0, 0, 0 };
	uint32_t first, got, fit;

	if (!ring) { /* flooded packets are not missed there */
		runs.b = NO_RUN;
		drop(k, NETMAP_DROP_NO_DEST, count_packets(runs));
		return;
	}
	d.packets = count_packets(runs);
	got = lease_take(rx, &runs, frags, &first);
	if (unlikely(got < frags)) {
		whole_that_fit(runs, got, &fit);
		d.lost = d.packets - fit;
		d.packets = fit;
	}
	copy_runs(rx, ring, runs, first, got, &d);
	if (nm_vale_lease_end(rx, first, got, &d))
		nm_kring_notify(rx);
}

/* To one port: unicast to the ring that matches the sender's, flooded packets to
 * ring 0; in batch order where the two are one. */
static void deliver_port(struct nm_kring *k, struct nm_vale_scratch *s,
			 struct nm_vale *sw, uint32_t port, bool unicast, bool flood)
{
	struct nm_vale_port *vp = os_load_acquire(&sw->ports[port]);
	struct nm_kring *rx = vp ? os_load_acquire(&vp->rx) : NULL;
	struct dest_list *u = &s->dest[port], *f = &s->dest[FLOOD];
	struct runs both = { s, unicast ? u->first : NO_RUN, flood ? f->first : NO_RUN };
	struct runs one = { s, both.a, NO_RUN }, all = { s, both.b, NO_RUN };
	bool same;
	uint32_t ring;

	if (!rx) {
		drop(k, NETMAP_DROP_NO_DEST, count_packets(one));
		return;
	}
	same = os_load_relaxed(&vp->na.vnet_hdr_len) == s->hdr;
	ring = k->ring_id % vp->na.rings[NM_RX];
	if (!ring || !unicast || !flood) {
		rx = unicast ? &rx[ring] : &rx[0];
		if (same)
			deliver_ring(k, rx, both,
				     (unicast ? u->frags : 0) + (flood ? f->frags : 0));
		else
			nm_vale_convert(k, rx, both);
		return;
	}
	if (same) {
		deliver_ring(k, &rx[ring], one, u->frags);
		deliver_ring(k, &rx[0], all, f->frags);
	} else {
		nm_vale_convert(k, &rx[ring], one);
		nm_vale_convert(k, &rx[0], all);
	}
}

/* A batch for many receivers is long; but packets of an attached interface come
 * where nobody may sleep, and are few at a time. */
static void give_way(const struct nm_kring *k)
{
	if (likely(!k->na->in_kernel))
		os_give_way();
}

static void deliver(struct nm_kring *k, struct nm_vale_scratch *s, struct nm_vale *sw,
		    struct nm_vale_port *from)
{
	bool flood = s->dest[FLOOD].batch == s->batch, anyone = false;
	uint32_t i, word, port;
	uint64_t ports;

	for (i = 0; i < s->n_active; i++)
		deliver_port(k, s, sw, s->active[i], true,
			     flood && s->active[i] != from->index);
	if (s->dest[NOWHERE].batch == s->batch)
		drop(k, NETMAP_DROP_NO_DEST,
		     count_packets((struct runs){ s, s->dest[NOWHERE].first, NO_RUN }));
	for (word = 0; flood && word < sizeof(sw->used) / sizeof(sw->used[0]); word++) {
		for (ports = os_load_relaxed(&sw->used[word]); ports; ports &= ports - 1) {
			port = word * 64 + (uint32_t)__builtin_ctzll(ports);
			if (port == from->index || s->dest[port].batch == s->batch)
				continue; /* itself, or served above */
			give_way(k);
			deliver_port(k, s, sw, port, false, true);
			anyone = true;
		}
	}
	if (flood && !anyone && !s->n_active)
		drop(k, NETMAP_DROP_NO_DEST,
		     count_packets((struct runs){ s, s->dest[FLOOD].first, NO_RUN }));
}

/* ---- the syncs --------------------------------------------------------------------- */

int nm_vale_txsync(struct nm_kring *k, unsigned int flags)
{
	struct nm_vale_port *from = nm_vale_port_of(k->na);
	struct nm_vale *sw = os_load_acquire(&from->sw);
	struct nm_vale_scratch *s = k->scratch;
	struct cursor c = { k->hwcur, k->rhead };
	int batch = os_load_relaxed(&nm_params.bridge_batch);
	bool whole = true;

	if (flags & NM_SYNC_NO_FAULT)
		k->fault_tries = MAX_FRAGS;
	if (!sw || batch <= 0) {
		drop(k, sw ? NETMAP_DROP_DISABLED : NETMAP_DROP_DETACHED,
		     nm_distance(c.at, c.end, k->num_slots));
		c.at = c.end;
	}
	if (batch > (int)NM_VALE_BATCH)
		batch = NM_VALE_BATCH;
	while (c.at != c.end && whole) {
		whole = collect(k, s, &c, (uint32_t)batch);
		if (s->n_frags) {
			classify(k, s, sw, from);
			deliver(k, s, sw, from);
			give_way(k);
		}
	}
	os_store_relaxed(&k->hwcur, c.at);
	os_store_relaxed(&k->hwtail, nm_prev(c.at, k->num_slots));
	return whole ? 0 : -EAGAIN;
}

int nm_vale_rxsync(struct nm_kring *k, unsigned int flags)
{
	(void)flags;
	os_store_release(&k->hwcur, k->rhead); /* (B) */
	return 0;
}
