// SPDX-License-Identifier: BSD-2-Clause
/*
 * Pipes: names, the pair of ends, and the hand-over of slots.
 */
#include "pipe.h"
#include "vale.h"

struct nm_pipe;

struct nm_pipe_end {
	struct nm_adapter na;
	struct nm_pipe *pair;
};

struct nm_pipe {
	struct nm_pipe_end end[2];   /* master, slave */
	struct nm_adapter *parent;   /* referenced while an end is */
	struct nm_link link;	     /* among the parent's pipes */
	uint32_t referenced;	     /* ends with references */
	uint32_t active;	     /* bindings of both ends */
	char id[NETMAP_REQ_IFNAMSIZ];
};

static struct nm_pipe *pair_of(struct nm_adapter *na)
{
	return nm_entry(na, struct nm_pipe_end, na)->pair;
}

/* ---- the hand-over --------------------------------------------------------------- */

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "slot words below");

/* The first half of a slot, read at once: index, length, flags. */
#define WORD_FLAGS(w) ((uint32_t)((w) >> 48))
#define WORD_LEN(w) ((uint32_t)((w) >> 32) & 0xffff)

struct moved {
	uint64_t bytes;
	uint32_t flags; /* of all slots, or-ed */
};

/* Copies the slots [from, to), to > from and no wrap in between. */
static inline void copy_slots(struct netmap_slot *dst, const struct netmap_slot *src,
			      uint32_t from, uint32_t to, struct moved *m)
{
	const uint64_t *s = (const uint64_t *)(const void *)&src[from];
	const uint64_t *end = (const uint64_t *)(const void *)&src[to];
	uint64_t *d = (uint64_t *)(void *)&dst[from];
	uint64_t bytes = 0, seen = 0;

	for (; s != end; s += 2, d += 2) {
		uint64_t w = os_load_relaxed(&s[0]); /* once: the application may write */

		os_store_relaxed(&d[0], w); /* the other end may write there, too */
		os_store_relaxed(&d[1], os_load_relaxed(&s[1]));
		seen |= w;
		bytes += WORD_LEN(w);
	}
	m->bytes += bytes;
	m->flags |= WORD_FLAGS(seen);
}

/* Copies the slots from `from` to `to`, which may lie behind the wrap. */
static void move_slots(struct netmap_slot *dst, struct netmap_slot *src, uint32_t from,
		       uint32_t to, uint32_t n, struct moved *m)
{
	uint32_t i;

	if (to < from) {
		copy_slots(dst, src, from, n, m);
		if (to)
			copy_slots(dst, src, 0, to, m);
	} else {
		copy_slots(dst, src, from, to, m);
	}
	if (likely(!(m->flags & NS_BUF_CHANGED)))
		return;
	/* the mark went along; here it must not be found again */
	for (i = from; i != to; i = nm_next(i, n))
		os_store_relaxed(&src[i].flags,
				 (uint16_t)(os_load_relaxed(&src[i].flags) & ~NS_BUF_CHANGED));
}

/*
 * Where the receiver will look for a packet that begins `from` bytes into its
 * buffer: there, if it can be told so; otherwise where its own slot says, or at
 * the start.
 */
static uint32_t target_offset(const struct nm_kring *rx, uint32_t from, uint64_t rx_ptr)
{
	uint32_t own;

	if (!rx->offset_mask)
		return 0;
	own = nm_kring_offset(rx, rx_ptr);
	return from >= own && from == nm_kring_offset(rx, from) ? from : own;
}

/* Hands one slot over between rings of which one has offsets. Data is moved in
 * its buffer if it must begin elsewhere; what does not fit there is lost. */
static uint64_t send_to_offset(struct nm_kring *tx, struct nm_kring *rx, uint32_t at)
{
	const uint64_t *src = (const uint64_t *)(const void *)&tx->ring->slot[at];
	uint64_t *dst = (uint64_t *)(void *)&rx->ring->slot[at];
	uint64_t w = os_load_relaxed(&src[0]), ptr = os_load_relaxed(&src[1]);
	uint64_t rx_ptr = os_load_relaxed(&dst[1]);
	uint32_t from = nm_kring_offset(tx, ptr), to = target_offset(rx, from, rx_ptr);
	char *buf = nm_mem_buf(tx->mem, (uint32_t)w);
	uint32_t len = WORD_LEN(w);

	if (buf && (len > nm_mem_buf_size(tx->mem) - from || len > nm_kring_room(rx, to))) {
		nm_count(&tx->stats.drops[NETMAP_DROP_TOO_LONG], 1);
		w &= ~(0xffffull << 32);
		len = 0;
	}
	if (buf && from != to)
		memmove(buf + to, buf + from, len);
	ptr = rx->offset_mask ? rx_ptr & ~rx->offset_mask : ptr & ~tx->offset_mask;
	os_store_relaxed(&dst[0], w);
	os_store_relaxed(&dst[1], ptr | to);
	return w;
}

/* As move_slots(), to the receiver. */
static void move_to_offsets(struct nm_kring *tx, struct nm_kring *rx, uint32_t from,
			    uint32_t to, struct moved *m)
{
	struct netmap_slot *src = tx->ring->slot;
	uint32_t i;

	for (i = from; i != to; i = nm_next(i, tx->num_slots)) {
		uint64_t w = send_to_offset(tx, rx, i);

		m->flags |= WORD_FLAGS(w);
		m->bytes += WORD_LEN(w);
		os_store_relaxed(&src[i].flags, (uint16_t)(WORD_FLAGS(w) & ~NS_BUF_CHANGED));
	}
}

/* And back: what the sender's slots say of offsets stays. */
static void take_back(struct nm_kring *tx, const struct nm_kring *rx, uint32_t from,
		      uint32_t to)
{
	struct netmap_slot *slot = rx->ring->slot;
	uint32_t i;

	for (i = from; i != to; i = nm_next(i, tx->num_slots)) {
		uint64_t w = os_load_relaxed((const uint64_t *)(const void *)&slot[i]);

		os_store_relaxed((uint64_t *)(void *)&tx->ring->slot[i], w);
		os_store_relaxed(&slot[i].flags, (uint16_t)(WORD_FLAGS(w) & ~NS_BUF_CHANGED));
	}
}

static inline bool offsets(const struct nm_kring *tx, const struct nm_kring *rx)
{
	return unlikely(tx->offset_mask | rx->offset_mask);
}

/* Where the last whole packet between `from` and `to` ends, and how many end. */
static uint32_t whole_packets(const struct netmap_slot *slot, uint32_t from, uint32_t to,
			      uint32_t n, uint32_t *packets)
{
	uint32_t i, end = from;

	for (i = from; i != to; i = nm_next(i, n)) {
		if (!(os_load_relaxed(&slot[i].flags) & NS_MOREFRAG)) {
			end = nm_next(i, n);
			++*packets;
		}
	}
	return end;
}

static void pipe_send(struct nm_kring *tx, struct nm_kring *rx)
{
	uint32_t n = tx->num_slots, from = tx->hwcur, to = tx->rhead;
	uint32_t packets = nm_distance(from, to, n), end = to;
	struct moved m = { 0, 0 };

	if (offsets(tx, rx))
		move_to_offsets(tx, rx, from, to, &m);
	else
		move_slots(rx->ring->slot, tx->ring->slot, from, to, n, &m);
	os_store_relaxed(&tx->hwcur, to);
	nm_count(&tx->stats.bytes, m.bytes);
	if (unlikely(m.flags & NS_MOREFRAG)) {
		packets = 0;
		end = whole_packets(rx->ring->slot, from, to, n, &packets);
		if (!packets)
			return; /* the rest of it comes with a later sync */
	}
	nm_count(&tx->stats.packets, packets);
	nm_kring_publish(rx, end); /* (A) */
	nm_kring_notify(rx);
}

static void pipe_reclaim(struct nm_kring *tx, struct nm_kring *rx)
{
	uint32_t n = tx->num_slots, from = nm_next(tx->hwtail, n);
	uint32_t to = os_load_acquire(&rx->hwcur); /* (B) */
	struct moved m = { 0, 0 };

	if (from == to)
		return;
	if (offsets(tx, rx))
		take_back(tx, rx, from, to);
	else
		move_slots(tx->ring->slot, rx->ring->slot, from, to, n, &m);
	os_store_release(&tx->hwtail, nm_prev(to, n));
}

static int pipe_txsync(struct nm_kring *tx, unsigned int flags)
{
	(void)flags;
	if (tx->hwcur != tx->rhead)
		pipe_send(tx, tx->peer);
	pipe_reclaim(tx, tx->peer);
	return 0;
}

static int pipe_rxsync(struct nm_kring *rx, unsigned int flags)
{
	uint32_t moved = nm_distance(rx->hwcur, rx->rhead, rx->num_slots);

	(void)flags;
	if (!moved)
		return 0;
	nm_count(&rx->stats.packets, moved);
	os_store_release(&rx->hwcur, rx->rhead); /* (B) */
	nm_kring_notify(rx->peer);
	return 0;
}

/* ---- life ------------------------------------------------------------------------ */

/* Connects TX rings of end `from` with the RX rings of the other, and gives both
 * memory: one set of buffers for two rings. */
static int connect_rings(struct nm_pipe *p, int from, struct nm_error *e)
{
	struct nm_adapter *a = &p->end[from].na, *b = &p->end[!from].na;
	uint32_t i;
	int err;

	for (i = 0; i < a->rings[NM_TX]; i++) {
		struct nm_kring *tx = &a->krings[NM_TX][i], *rx = &b->krings[NM_RX][i];

		tx->keep = rx->keep = true;
		tx->peer = rx;
		rx->peer = tx;
		err = nm_kring_attach_memory(tx, a->mem, NULL, e);
		if (!err)
			err = nm_kring_attach_memory(rx, b->mem, tx, e);
		if (err)
			return err;
	}
	return 0;
}

static void free_rings(struct nm_adapter *na)
{
	uint32_t i, d;

	for (d = 0; d < NM_DIRS; d++) {
		for (i = 0; i < na->rings[d]; i++) {
			struct nm_kring *k = &na->krings[d][i];

			if (!k->ring)
				continue;
			nm_kring_unpublish(k);
			nm_kring_free_memory(k, na->mem);
		}
	}
}

static void disconnect(struct nm_pipe *p)
{
	uint32_t i;
	int side;

	for (side = 0; side < 2; side++) {
		struct nm_adapter *na = &p->end[side].na;

		for (i = 0; i < na->rings[NM_TX]; i++)
			na->krings[NM_TX][i].hold.closing =
				na->krings[NM_TX][i].hold.id != 0;
	}
	nm_mem_release_closing(p->end[0].na.mem);
	for (side = 0; side < 2; side++) {
		free_rings(&p->end[side].na);
		nm_adapter_deactivate(&p->end[side].na);
	}
}

static int pipe_activate(struct nm_adapter *na, struct nm_error *e)
{
	struct nm_pipe *p = pair_of(na);
	int err;

	if (p->active) {
		p->active++;
		return 0;
	}
	err = nm_adapter_activate(&p->end[0].na, e);
	if (err)
		return err;
	err = nm_adapter_activate(&p->end[1].na, e);
	if (err) {
		nm_adapter_deactivate(&p->end[0].na);
		return err;
	}
	err = connect_rings(p, 0, e);
	if (!err)
		err = connect_rings(p, 1, e);
	if (err) {
		disconnect(p);
		return err;
	}
	p->active = 1;
	return 0;
}

static void pipe_deactivate(struct nm_adapter *na)
{
	struct nm_pipe *p = pair_of(na);
	uint32_t i, d;

	if (--p->active == 0) {
		disconnect(p);
		return;
	}
	for (d = 0; d < NM_DIRS; d++) {
		for (i = 0; i < na->rings[d]; i++) {
			if (!na->krings[d][i].users) /* its slots stay, not what they said */
				nm_kring_clear_offsets(&na->krings[d][i]);
		}
	}
}

static void pipe_destroy(struct nm_adapter *na)
{
	struct nm_pipe *p = pair_of(na);
	struct nm_adapter *parent = p->parent;

	if (--p->referenced)
		return;
	nm_list_remove(&p->link);
	parent->n_pipes--;
	nm_adapter_teardown(&p->end[0].na);
	nm_adapter_teardown(&p->end[1].na);
	os_free(p);
	nm_adapter_put(parent);
}

static const struct nm_adapter_ops nm_pipe_ops = {
	.kind = "pipe",
	.offsets = true,
	.txsync = pipe_txsync,
	.rxsync = pipe_rxsync,
	.activate = pipe_activate,
	.deactivate = pipe_deactivate,
	.destroy = pipe_destroy,
};

/* ---- names ----------------------------------------------------------------------- */

bool nm_pipe_name(const char *name)
{
	return strchr(name, '{') || strchr(name, '}');
}

/* Splits at the last '{', or else at the last '}'. Returns the side. */
static int split_name(const char *name, char *parent, const char **id, struct nm_error *e)
{
	const char *brace = strrchr(name, '{');
	int side = 0;

	if (!brace) {
		brace = strrchr(name, '}');
		side = 1;
	}
	*id = brace + 1;
	if (brace == name || !**id)
		return nm_fail(e, -EINVAL,
			       "pipe \"%s\": needs a port before the brace and an id after it",
			       name);
	memcpy(parent, name, (size_t)(brace - name));
	parent[brace - name] = 0;
	return side;
}

static uint32_t clamp(uint32_t wish, uint32_t standard, uint32_t most)
{
	if (!wish)
		wish = standard;
	return wish < 1 ? 1 : wish > most ? most : wish;
}

static void end_setup(struct nm_pipe *p, int side, const char *parent_name)
{
	struct nm_adapter *na = &p->end[side].na;
	char name[2 * NETMAP_REQ_IFNAMSIZ];

	p->end[side].pair = p;
	os_snprintf(name, sizeof(name), "%s%c%s", parent_name, side ? '}' : '{', p->id);
	nm_adapter_setup(na, &nm_pipe_ops, p->parent->ns, nm_mem_get(p->parent->mem), name);
	na->refs = 0;
}

/* The wishes speak of the master, whichever end was named. */
static int pipe_new(const struct nm_lookup *how, struct nm_adapter *parent,
		    const char *parent_name, const char *id, struct nm_pipe **out)
{
	struct nm_pipe *p;
	int d;

	if (parent->in_kernel)
		return nm_fail(how->err, -EBUSY, "%s is attached to a switch", parent->name);
	if (parent->n_pipes >= NM_MAX_PIPES)
		return nm_fail(how->err, -EINVAL, "%s has %u pipes already, and no more fit",
			       parent->name, parent->n_pipes);
	p = os_zalloc(sizeof(*p));
	if (!p)
		return nm_fail(how->err, -ENOMEM, "no memory for a pipe");
	os_snprintf(p->id, sizeof(p->id), "%s", id);
	p->parent = parent; /* takes over the caller's reference */
	end_setup(p, 0, parent_name);
	end_setup(p, 1, parent_name);
	for (d = 0; d < NM_DIRS; d++) {
		p->end[0].na.rings[d] = p->end[1].na.rings[!d] =
			clamp(how->rings[d], 1, NM_PIPE_MAX_RINGS);
		p->end[0].na.slots[d] = p->end[1].na.slots[!d] =
			clamp(how->slots[d], parent->slots[d], NM_PIPE_MAX_SLOTS);
	}
	nm_list_append(&parent->pipes, &p->link);
	parent->n_pipes++;
	*out = p;
	return 0;
}

static struct nm_pipe *find_pipe(struct nm_adapter *parent, const char *id)
{
	struct nm_link *l;

	nm_list_each(l, &parent->pipes) {
		struct nm_pipe *p = nm_entry(l, struct nm_pipe, link);

		if (!strcmp(p->id, id))
			return p;
	}
	return NULL;
}

/* The parent, existing or made; a pipe may be opened out of nothing. */
static int find_parent(const struct nm_lookup *how, const char *name, struct nm_adapter **na)
{
	struct nm_lookup h = *how;
	int err, d;

	if (++h.depth > NM_PIPE_MAX_DEPTH)
		return nm_fail(how->err, -EINVAL, "pipes on pipes go %u deep, and no deeper",
			       NM_PIPE_MAX_DEPTH);
	for (d = 0; d < NM_DIRS; d++)
		h.rings[d] = h.slots[d] = 0;
	if (!how->make_parent || nm_pipe_name(name))
		return nm_adapter_find(&h, name, na);
	h.err = NULL;
	err = nm_adapter_find(&h, name, na);
	h.err = how->err;
	if (err == -ENXIO && !nm_vale_name(name))
		return nm_vale_new_standalone(&h, name, na);
	return err ? nm_adapter_find(&h, name, na) : 0; /* once more, for the words */
}

int nm_pipe_find(const struct nm_lookup *how, const char *name, struct nm_adapter **out)
{
	char parent_name[NETMAP_REQ_IFNAMSIZ];
	struct nm_adapter *parent, *na;
	struct nm_pipe *p;
	const char *id;
	int side, err;

	side = split_name(name, parent_name, &id, how->err);
	if (side < 0)
		return side;
	err = find_parent(how, parent_name, &parent);
	if (err)
		return err;
	p = find_pipe(parent, id);
	if (p) {
		nm_adapter_put(parent); /* the pipe holds one */
	} else if (!how->create) {
		nm_adapter_put(parent);
		return nm_fail(how->err, -ENODEV, "%s has no pipe \"%s\"", parent_name, id);
	} else {
		err = pipe_new(how, parent, parent_name, id, &p);
		if (err) {
			nm_adapter_put(parent);
			return err;
		}
	}
	na = &p->end[side].na;
	if (na->refs++ == 0)
		p->referenced++;
	*out = na;
	return 0;
}
