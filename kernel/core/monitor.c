// SPDX-License-Identifier: BSD-2-Clause
/*
 * Monitors: names and life, who observes whom, and the observation.
 */
#include "monitor.h"
#include "copy.h"
#include "pipe.h"
#include "vale.h"

#define NOTHING_SEEN ((uint32_t)-1)

/* What ties a ring to a monitor's ring. */
struct nm_observer {
	struct nm_observer *next;  /* of the same ring */
	struct nm_kring *source;   /* the ring; NULL: looks at none */
	struct nm_monitor_ring *to;
	bool exchange;
	bool skip;		   /* the packet at hand began without us */
	uint32_t seen;		   /* copies: shown so far, or NOTHING_SEEN */
};

struct nm_monitor_ring {
	struct os_spin lock;	   /* producers' turn: TX and RX side of the port */
	struct nm_kring *k;	   /* once bound */
	bool over;		   /* nothing comes any more */
	struct nm_observer watch[NM_DIRS]; /* in a chain: [NM_RX] alone */
};

struct nm_monitor {
	struct nm_adapter na;
	struct nm_adapter *port;   /* referenced */
	uint64_t flags;
	struct nm_link link;	   /* all monitors */
	struct nm_monitor_ring *ring;
};

static struct nm_link nm_monitors;

static const struct nm_adapter_ops nm_copy_ops, nm_exchange_ops;

static struct nm_monitor *monitor_of(struct nm_adapter *na)
{
	return nm_entry(na, struct nm_monitor, na);
}

static bool is_monitor(const struct nm_adapter *na)
{
	return na->ops == &nm_copy_ops || na->ops == &nm_exchange_ops;
}

/* ---- one slot ---------------------------------------------------------------------- */

/* A row of slots on its way from a ring to a monitor's. */
struct row {
	struct netmap_slot *src, *dst;
	const struct nm_kring *from, *to;
	struct nm_bufs src_bufs, dst_bufs;
	uint16_t keep, mark;  /* flags that are copied; NS_TXMON */
	bool exchange, indirect;
	uint64_t bytes;
	uint32_t packets, bad_slots, bad_indirect;
};

static void row_init(struct row *r, const struct nm_observer *o, struct netmap_ring *into)
{
	const struct nm_kring *k = o->source, *mk = o->to->k;

	*r = (struct row){
		.src = k->ring->slot, .dst = into->slot, .from = k, .to = mk,
		.src_bufs = nm_mem_bufs(k->mem), .dst_bufs = nm_mem_bufs(mk->mem),
		.keep = (uint16_t)~(NS_BUF_CHANGED | NS_INDIRECT | NS_TXMON),
		.mark = k->dir == NM_TX ? NS_TXMON : 0,
		.exchange = o->exchange,
		.indirect = k->dir == NM_TX && k->na->ops->tx_indirect && !k->offset_mask,
	};
	if (is_monitor(k->na)) /* the first of the chain has marked it */
		r->keep |= NS_TXMON;
}

/* The monitor gets the buffer, the port's slot the monitor's. Returns the length. */
static uint32_t exchange_slot(struct row *r, struct netmap_slot *src, struct netmap_slot *dst,
			      uint64_t w)
{
	uint32_t theirs = (uint32_t)w, mine = os_load_relaxed(&dst->buf_idx);
	uint32_t len = (uint32_t)(w >> 32) & 0xffff, flags = (uint32_t)(w >> 48);

	if (unlikely(r->indirect && flags & NS_INDIRECT)) {
		r->bad_indirect++; /* it was not in the buffer */
		return 0;
	}
	if (unlikely(!nm_bufs_at(&r->src_bufs, theirs) || !nm_bufs_at(&r->dst_bufs, mine))) {
		r->bad_slots++;
		return 0;
	}
	os_store_relaxed(&dst->buf_idx, theirs);
	os_store_relaxed(&dst->ptr, os_load_relaxed(&src->ptr)); /* the data's offset */
	os_store_relaxed(&src->buf_idx, mine);
	os_store_relaxed(&src->flags, (uint16_t)(flags | NS_BUF_CHANGED));
	return len < r->dst_bufs.size ? len : r->dst_bufs.size;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Where the data of a slot begins in its buffer. */
static uint32_t offset_of(const struct nm_kring *k, const struct netmap_slot *slot)
{
	return k->offset_mask ? nm_kring_offset(k, os_load_relaxed(&slot->ptr)) : 0;
}

/* The monitor gets a copy, cut to its buffer. Returns the length. */
static uint32_t copy_slot(struct row *r, const struct netmap_slot *src,
			  const struct netmap_slot *dst, uint64_t w)
{
	uint32_t at = offset_of(r->from, src), to_at = offset_of(r->to, dst);
	char *from = nm_bufs_at(&r->src_bufs, (uint32_t)w);
	char *to = nm_bufs_at(&r->dst_bufs, os_load_relaxed(&dst->buf_idx));
	uint32_t len = least((uint32_t)(w >> 32) & 0xffff, nm_kring_room(r->to, to_at));

	if (to)
		to += to_at;
	if (unlikely(r->indirect && (w >> 48) & NS_INDIRECT)) {
		if (to && !os_copyin_nowait(to, os_load_relaxed(&src->ptr), len))
			return len;
		r->bad_indirect++;
		return 0;
	}
	if (unlikely(!from || !to)) {
		r->bad_slots++;
		return 0;
	}
	len = least(len, r->src_bufs.size - at);
	if (at | to_at) /* no room to copy in whole blocks */
		os_copy_bulk(to, from + at, len);
	else
		nm_copy_packet(to, from, len);
	return len;
}

/* Shows slot `i` of the source in slot `at` of the monitor; the last one of a row
 * ends its packet, whatever it says. */
static void show_slot(struct row *r, uint32_t i, uint32_t at, bool last)
{
	struct netmap_slot *src = &r->src[i], *dst = &r->dst[at];
	uint64_t w = os_load_relaxed((const uint64_t *)(const void *)src); /* once */
	uint32_t flags = ((uint32_t)(w >> 48) & r->keep) | r->mark, len;

	if (last)
		flags &= ~(uint32_t)NS_MOREFRAG;
	len = r->exchange ? exchange_slot(r, src, dst, w) : copy_slot(r, src, dst, w);
	os_store_relaxed((uint32_t *)(void *)&dst->len, len | flags << 16);
	r->bytes += len;
	r->packets += !(flags & NS_MOREFRAG);
}

/* Shows the slots [from, end) of the source, which fit. Returns the new tail. */
static uint32_t show_row(struct row *r, const struct nm_observer *o, uint32_t from, uint32_t end)
{
	uint32_t n = o->source->num_slots, mn = o->to->k->num_slots, at = o->to->k->hwtail, i;

	while (from != end) {
		i = from;
		from = nm_next(from, n);
		show_slot(r, i, at, from == end);
		at = nm_next(at, mn);
	}
	return at;
}

/* As show_row(); nobody counts buffers while some are on their way. */
static uint32_t exchange_row(struct row *r, const struct nm_observer *o, uint32_t from,
			     uint32_t end)
{
	struct os_spin *lock = &o->to->k->na->mem->exchange;

	os_spin_lock(lock);
	end = show_row(r, o, from, end);
	os_spin_unlock(lock);
	return end;
}

/* ---- which slots ------------------------------------------------------------------- */

static bool goes_on(const struct netmap_slot *slot)
{
	return os_load_relaxed(&slot->flags) & NS_MOREFRAG;
}

/* Where the last whole packet between `from` and `to` ends. */
static uint32_t whole_end(const struct netmap_slot *slot, uint32_t from, uint32_t to, uint32_t n)
{
	while (to != from && goes_on(&slot[nm_prev(to, n)]))
		to = nm_prev(to, n);
	return to;
}

/* Goes over packets, counted, until no more than `space` slots are left. */
static uint32_t last_that_fit(const struct netmap_slot *slot, uint32_t from, uint32_t to,
			      uint32_t n, uint32_t space, uint32_t *lost)
{
	uint32_t left = nm_distance(from, to, n);
	bool more;

	while (left > space) {
		do {
			more = goes_on(&slot[from]);
			from = nm_next(from, n);
		} while (--left && more);
		++*lost;
	}
	return from;
}

/* The rest of a packet whose beginning was not shown is not shown, either. */
static uint32_t skip_rest(struct nm_observer *o, uint32_t from, uint32_t to)
{
	const struct nm_kring *k = o->source;

	while (o->skip && from != to) {
		o->skip = goes_on(&k->ring->slot[from]);
		from = nm_next(from, k->num_slots);
	}
	return from;
}

static void count_row(struct nm_kring *mk, const struct row *r, uint32_t lost)
{
	nm_count(&mk->stats.packets, r->packets);
	nm_count(&mk->stats.bytes, r->bytes);
	nm_count(&mk->stats.drops[NETMAP_DROP_NO_ROOM], lost);
	nm_count(&mk->stats.drops[NETMAP_DROP_BAD_SLOT], r->bad_slots);
	nm_count(&mk->stats.drops[NETMAP_DROP_BAD_INDIRECT], r->bad_indirect);
}

/* The slots [from, to) of the source, as many as fit. True if there is news. */
static bool deliver(struct nm_observer *o, struct netmap_ring *into, uint32_t from,
		    uint32_t to, bool cut)
{
	struct nm_kring *k = o->source, *mk = o->to->k;
	uint32_t n = k->num_slots, mn = mk->num_slots, at = mk->hwtail, space, end, lost = 0;
	struct row r;

	row_init(&r, o, into);
	from = skip_rest(o, from, to);
	end = cut ? to : whole_end(r.src, from, to, n);
	if (end != to) { /* its end comes when its beginning is gone */
		o->skip = true;
		lost++;
	}
	space = mn - 1 - nm_distance(os_load_acquire(&mk->hwcur), at, mn); /* (B) */
	from = last_that_fit(r.src, from, end, n, space, &lost);
	at = o->exchange ? exchange_row(&r, o, from, end) : show_row(&r, o, from, end);
	os_store_release(&mk->hwtail, at); /* (A) */
	count_row(mk, &r, lost);
	return r.packets;
}

/* Under the source's lock. With `cut`, a packet unfinished at `to` ends there. */
static void show(struct nm_observer *o, uint32_t from, uint32_t to, bool cut)
{
	struct nm_monitor_ring *mr = o->to;
	struct netmap_ring *into;
	bool news = false;

	if (from == to)
		return;
	os_spin_lock(&mr->lock);
	into = os_load_acquire(&mr->k->ring);
	if (into) /* not being closed */
		news = deliver(o, into, from, to, cut);
	os_spin_unlock(&mr->lock);
	if (news)
		nm_kring_notify(mr->k);
}

/* ---- the fixed points --------------------------------------------------------------- */

#define EACH_OBSERVER(o, k) for ((o) = (k)->observers; (o); (o) = (o)->next)

/* TX, copies: what was submitted. What the port left in the ring last time was
 * shown then; a packet that is not whole yet is shown when it is. */
static void show_submitted(struct nm_kring *k)
{
	bool cut = k->na->ops->tx_cuts;
	struct nm_observer *o;
	uint32_t from, to;

	os_spin_lock(&k->lock);
	EACH_OBSERVER(o, k) {
		if (o->exchange)
			continue;
		from = o->seen == NOTHING_SEEN ? k->hwcur : o->seen;
		to = cut ? k->rhead : whole_end(k->ring->slot, from, k->rhead, k->num_slots);
		show(o, from, to, true);
		o->seen = to;
	}
	os_spin_unlock(&k->lock);
}

/* Exchange: slots [from, to), back from the port (TX) or from its application. */
static void show_used(struct nm_kring *k, uint32_t from, uint32_t to)
{
	bool cut = k->dir == NM_TX && k->na->ops->tx_cuts;
	struct nm_observer *o;

	os_spin_lock(&k->lock);
	EACH_OBSERVER(o, k) {
		if (o->exchange)
			show(o, from, to, cut);
	}
	os_spin_unlock(&k->lock);
}

/* RX, copies: from what was seen, or else `known`, up to `to`, but nothing that
 * the application has released. The ring's lock is held. */
static void show_received(struct nm_kring *k, uint32_t known, uint32_t to)
{
	uint32_t n = k->num_slots, hwcur = os_load_acquire(&k->hwcur), from;
	struct nm_observer *o;

	EACH_OBSERVER(o, k) {
		if (o->exchange)
			continue;
		from = o->seen == NOTHING_SEEN ? known : o->seen;
		if (nm_distance(hwcur, from, n) > nm_distance(hwcur, to, n))
			from = hwcur;
		show(o, from, to, true);
		o->seen = to;
	}
}

void nm_monitor_show(struct nm_kring *k, uint32_t tail)
{
	show_received(k, k->hwtail, tail);
}

void nm_monitor_publish(struct nm_kring *k, uint32_t tail)
{
	os_spin_lock(&k->lock);
	show_received(k, k->hwtail, tail);
	os_store_release(&k->hwtail, tail); /* (A) */
	os_spin_unlock(&k->lock);
}

static int sync_tx(struct nm_kring *k, unsigned int flags)
{
	uint32_t n = k->num_slots, before = k->hwtail;
	int err;

	show_submitted(k);
	err = k->sync(k, flags);
	if (!err || err == -EAGAIN)
		show_used(k, nm_next(before, n), nm_next(k->hwtail, n));
	return err;
}

static int sync_rx(struct nm_kring *k, unsigned int flags)
{
	uint32_t before = os_load_acquire(&k->hwtail);
	int err;

	show_used(k, k->hwcur, k->rhead);
	err = k->sync(k, flags);
	if (err)
		return err;
	os_spin_lock(&k->lock);
	show_received(k, before, os_load_acquire(&k->hwtail)); /* (A) */
	os_spin_unlock(&k->lock);
	return 0;
}

int nm_monitor_sync(struct nm_kring *k, unsigned int flags)
{
	return k->dir == NM_TX ? sync_tx(k, flags) : sync_rx(k, flags);
}

void nm_monitor_wake(struct nm_kring *k)
{
	struct nm_observer *o;

	if (k->dir != NM_RX || !k->na->ops->rx_imports)
		return;
	os_spin_lock(&k->lock);
	EACH_OBSERVER(o, k) {
		if (!o->exchange)
			nm_kring_notify(o->to->k); /* its sync will look */
	}
	os_spin_unlock(&k->lock);
}

void nm_monitor_rewind(struct nm_kring *k)
{
	uint32_t n = k->num_slots;
	struct nm_observer *o;

	os_spin_lock(&k->lock);
	EACH_OBSERVER(o, k) {
		if (o->seen != NOTHING_SEEN &&
		    nm_distance(k->hwcur, o->seen, n) <= nm_distance(k->hwcur, k->rhead, n))
			o->seen = k->hwcur;
	}
	os_spin_unlock(&k->lock);
}

/* ---- who observes whom (control lock) ------------------------------------------------ */

static void attach(struct nm_observer *o, struct nm_kring *k)
{
	os_spin_lock(&k->lock);
	o->seen = NOTHING_SEEN;
	o->skip = false;
	os_store_release(&o->source, k);
	o->next = k->observers;
	os_store_release(&k->observers, o);
	os_spin_unlock(&k->lock);
}

/* On return nobody is inside: the list is run under the same lock. */
static void detach(struct nm_observer *o)
{
	struct nm_kring *k = o->source;
	struct nm_observer **at;

	if (!k)
		return;
	os_spin_lock(&k->lock);
	for (at = &k->observers; *at != o; at = &(*at)->next)
		;
	os_store_release(at, o->next);
	os_store_release(&o->source, NULL); /* import() looks without the lock */
	os_spin_unlock(&k->lock);
}

static struct nm_observer *exchanger_of(const struct nm_kring *k)
{
	struct nm_observer *o;

	EACH_OBSERVER(o, k) {
		if (o->exchange)
			return o;
	}
	return NULL;
}

/* The ring of the port that ring `i` of a monitor looks at: a NIC ring sees a
 * NIC ring, a host ring a host ring. */
static struct nm_kring *target(const struct nm_monitor *m, enum nm_dir dir, uint32_t i)
{
	const struct nm_adapter *port = m->port;

	if (i < m->na.rings[NM_RX])
		return i < port->rings[dir] ? &port->krings[dir][i] : NULL;
	i -= m->na.rings[NM_RX];
	return i < port->host_rings[dir] ? &port->krings[dir][port->rings[dir] + i] : NULL;
}

static void observe(struct nm_monitor *m, uint32_t i)
{
	static const uint64_t wanted[NM_DIRS] = { NR_MONITOR_RX, NR_MONITOR_TX };
	struct nm_monitor_ring *mr = &m->ring[i];
	struct nm_observer *first, *next;
	struct nm_kring *k;
	int d;

	for (d = 0; d < NM_DIRS; d++) {
		k = m->flags & wanted[d] ? target(m, (enum nm_dir)d, i) : NULL;
		if (!k)
			continue;
		first = mr->watch[d].exchange ? exchanger_of(k) : NULL;
		if (!first) {
			attach(&mr->watch[d], k);
			continue;
		}
		/* it has both directions: join the end of its chain, once */
		while ((next = exchanger_of(first->to->k)))
			first = next;
		attach(&mr->watch[NM_RX], first->to->k);
		return;
	}
}

/* Takes a monitor's ring out; who comes behind it in a chain takes its place. */
static void leave(struct nm_monitor_ring *mr)
{
	struct nm_observer *next = exchanger_of(mr->k);
	struct nm_kring *source;
	int d;

	if (next)
		detach(next);
	for (d = 0; d < NM_DIRS; d++) {
		source = mr->watch[d].source;
		detach(&mr->watch[d]);
		if (next && source)
			attach(&next->to->watch[d], source);
	}
}

void nm_monitor_end(struct nm_kring *k)
{
	struct nm_monitor_ring *mr;
	struct nm_observer *o;

	if (is_monitor(k->na)) /* its chain goes on without it */
		return;
	while (k->observers) {
		for (o = k->observers; o; o = exchanger_of(mr->k)) {
			mr = o->to;
			detach(&mr->watch[NM_RX]);
			detach(&mr->watch[NM_TX]);
			os_store_release(&mr->over, true);
			nm_kring_wait_idle(mr->k); /* it may be in import() */
			nm_kring_notify(mr->k);
		}
	}
}

/* ---- a monitor's own syncs ----------------------------------------------------------- */

static int monitor_txsync(struct nm_kring *k, unsigned int flags)
{
	(void)k;
	(void)flags;
	return -EIO; /* monitors send nothing */
}

/* Where nobody publishes packets, whoever wants to see them has to look. The ring
 * stays while we are busy: nm_monitor_end() waits. */
static void import(struct nm_monitor_ring *mr)
{
	struct nm_observer *o = &mr->watch[NM_RX];
	struct nm_kring *k = os_load_acquire(&o->source);

	if (k && !o->exchange && k->na->ops->rx_imports)
		nm_kring_import(k);
}

static int monitor_rxsync(struct nm_kring *k, unsigned int flags)
{
	struct nm_monitor_ring *mr = &monitor_of(k->na)->ring[k->ring_id];
	bool over = os_load_acquire(&mr->over);

	(void)flags;
	import(mr);
	if (unlikely(over) && k->rtail == os_load_acquire(&k->hwtail))
		return -EIO;
	os_store_release(&k->hwcur, k->rhead); /* (B) */
	return 0;
}

/* ---- life ---------------------------------------------------------------------------- */

static void monitor_bound(struct nm_adapter *na)
{
	struct nm_monitor *m = monitor_of(na);
	uint32_t i;

	for (i = 0; i < nm_adapter_rings(na, NM_RX); i++) {
		m->ring[i].k = &na->krings[NM_RX][i];
		if (m->ring[i].k->users)
			observe(m, i);
	}
}

/* Its one descriptor closes. */
static void monitor_quiesce(struct nm_adapter *na)
{
	struct nm_monitor *m = monitor_of(na);
	uint32_t i;

	for (i = 0; i < nm_adapter_rings(na, NM_RX); i++) {
		if (m->ring[i].k)
			leave(&m->ring[i]);
	}
}

static void monitor_destroy(struct nm_adapter *na)
{
	struct nm_monitor *m = monitor_of(na);

	nm_list_remove(&m->link);
	nm_adapter_teardown(na);
	nm_adapter_put(m->port);
	os_free(m->ring);
	os_free(m);
}

static const struct nm_adapter_ops nm_copy_ops = {
	.kind = "monitor",
	.offsets = true,
	.txsync = monitor_txsync,
	.rxsync = monitor_rxsync,
	.host_txsync = monitor_txsync,
	.host_rxsync = monitor_rxsync,
	.bound = monitor_bound,
	.quiesce = monitor_quiesce,
	.destroy = monitor_destroy,
};

/* Buffers are exchanged as they are, so where data begins is the port's choice. */
static const struct nm_adapter_ops nm_exchange_ops = {
	.kind = "monitor",
	.txsync = monitor_txsync,
	.rxsync = monitor_rxsync,
	.host_txsync = monitor_txsync,
	.host_rxsync = monitor_rxsync,
	.bound = monitor_bound,
	.quiesce = monitor_quiesce,
	.destroy = monitor_destroy,
};

void nm_monitor_init(void)
{
	nm_list_init(&nm_monitors);
}

bool nm_monitor_find(struct os_ns *ns, const char *name, struct nm_adapter **na)
{
	struct nm_link *l;

	nm_list_each(l, &nm_monitors) {
		struct nm_monitor *m = nm_entry(l, struct nm_monitor, link);

		if (m->na.ns == ns && !strcmp(m->na.name, name)) {
			*na = nm_adapter_get(&m->na);
			return true;
		}
	}
	return false;
}

/* The port to be monitored: one that somebody has open. Asking makes none. */
static int find_target(const struct nm_lookup *how, const char *name, struct nm_adapter **na)
{
	struct nm_lookup h = { .ns = how->ns, .to_bind = how->to_bind };
	bool software = nm_pipe_name(name) || nm_vale_name(name);
	int err = nm_adapter_find(&h, name, na);

	if (err && !(software && (err == -ENXIO || err == -ENODEV))) {
		h.err = how->err;
		return nm_adapter_find(&h, name, na); /* once more, for the words */
	}
	if (!err && (*na)->opens)
		return 0;
	if (!err)
		nm_adapter_put(*na);
	return nm_fail(how->err, -EINVAL,
		       "cannot monitor %s: nobody has it open (open the port first, then its "
		       "monitor)", name);
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint32_t clamp_slots(uint32_t wish, uint32_t standard)
{
	uint32_t slots = wish ? wish : standard;

	return slots > NM_MONITOR_MAX_SLOTS ? NM_MONITOR_MAX_SLOTS : slots;
}

/* PORT/[z][r][t]#N; the port's name gives way if that is too long. */
static void make_name(char *name, size_t size, struct nm_adapter *port, uint64_t flags)
{
	char tail[24];
	int len = os_snprintf(tail, sizeof(tail), "/%s%s%s#%u", flags & NR_ZCOPY_MON ? "z" : "",
			      flags & NR_MONITOR_RX ? "r" : "", flags & NR_MONITOR_TX ? "t" : "",
			      port->monitors_made++);

	os_snprintf(name, size, "%.*s%s", (int)size - 1 - len, port->name, tail);
}

static void watches_init(struct nm_monitor *m)
{
	uint32_t i;
	int d;

	for (i = 0; i < nm_adapter_rings(&m->na, NM_RX); i++) {
		os_spin_init(&m->ring[i].lock);
		for (d = 0; d < NM_DIRS; d++) {
			m->ring[i].watch[d].to = &m->ring[i];
			m->ring[i].watch[d].exchange = m->flags & NR_ZCOPY_MON;
		}
	}
}

/* Its region: the port's own for an exchange, for copies one that fits. */
static struct nm_mem *monitor_region(const struct nm_lookup *how, struct nm_adapter *port,
				     uint64_t flags)
{
	struct nm_lookup h = *how;

	if (flags & NR_ZCOPY_MON)
		return nm_mem_get(port->mem);
	h.mem_id = 0;
	return nm_adapter_region(&h, port->name);
}

/* Takes over the reference to `port` if it succeeds. */
static int monitor_make(struct nm_lookup *how, struct nm_adapter *port, uint64_t flags,
			struct nm_adapter **na)
{
	uint32_t host = larger(port->host_rings[NM_TX], port->host_rings[NM_RX]);
	struct nm_monitor *m = os_zalloc(sizeof(*m));
	char name[NETMAP_REQ_IFNAMSIZ];
	struct nm_mem *mem = NULL;

	how->rings[NM_TX] = 1;
	how->rings[NM_RX] = larger(port->rings[NM_TX], port->rings[NM_RX]);
	how->slots[NM_TX] = clamp_slots(how->slots[NM_TX], port->slots[NM_TX]);
	how->slots[NM_RX] = clamp_slots(how->slots[NM_RX], port->slots[NM_RX]);
	if (m)
		m->ring = os_zalloc((how->rings[NM_RX] + host + 1) * sizeof(*m->ring));
	if (m && m->ring)
		mem = monitor_region(how, port, flags);
	if (!mem) {
		if (m)
			os_free(m->ring);
		os_free(m);
		return nm_fail(how->err, -ENOMEM, "no memory for a monitor of %s", port->name);
	}
	make_name(name, sizeof(name), port, flags);
	nm_adapter_setup(&m->na, flags & NR_ZCOPY_MON ? &nm_exchange_ops : &nm_copy_ops, port->ns,
			 mem, name);
	memcpy(m->na.rings, how->rings, sizeof(m->na.rings));
	memcpy(m->na.slots, how->slots, sizeof(m->na.slots));
	m->na.host_rings[NM_RX] = host;
	m->na.host_rings[NM_TX] = host ? 1 : 0;
	m->na.vnet_hdr_len = port->vnet_hdr_len; /* so begin the packets it shows */
	m->port = port;
	m->flags = flags;
	watches_init(m);
	nm_list_append(&nm_monitors, &m->link);
	*na = &m->na;
	return 0;
}

int nm_monitor_new(const struct nm_lookup *how, const char *name, uint64_t flags,
		   struct nm_adapter **na)
{
	struct nm_lookup h = *how;
	struct nm_adapter *port;
	int err;

	if (nm_monitor_find(how->ns, name, &port)) {
		nm_adapter_put(port);
		return nm_fail(how->err, -EINVAL,
			       "%s is a monitor itself; open another one of its port", name);
	}
	err = find_target(how, name, &port);
	if (err)
		return err;
	if (flags & NR_ZCOPY_MON)
		flags |= NR_MONITOR_TX | NR_MONITOR_RX;
	err = monitor_make(&h, port, flags, na);
	if (err)
		nm_adapter_put(port);
	return err;
}
