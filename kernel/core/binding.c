// SPDX-License-Identifier: BSD-2-Clause
/*
 * Bindings: taking rings and giving them back, syncs and poll.
 */
#include "binding.h"
#include "control.h"
#include "kloop.h"
#include "monitor.h"
#include "netmap_core.h"

struct nm_binding *nm_binding_open(struct os_ns *ns)
{
	struct nm_binding *b = os_zalloc(sizeof(*b));

	if (!b)
		return NULL;
	b->ns = ns;
	os_waitq_init(&b->early);
	os_waitq_init(&b->loop.ended);
	return b;
}

void nm_binding_close(struct nm_binding *b)
{
	nm_control_lock();
	nm_binding_undo(b);
	nm_control_unlock();
	os_waitq_destroy(&b->loop.ended);
	os_waitq_destroy(&b->early);
	os_free(b);
}

void nm_binding_hang_up(struct nm_binding *b)
{
	nm_kloop_over(b);
}

/* ---- which rings ------------------------------------------------------------------- */

static struct nm_ring_range first_rings(uint32_t from, uint32_t n)
{
	return (struct nm_ring_range){ from, from + n };
}

/* One pair of NIC or host rings: of the direction that has fewer of them, its
 * first serves. */
static int one_ring(struct nm_binding *b, const struct nm_adapter *na, uint32_t ring,
		    bool host, struct nm_error *e)
{
	const uint32_t *n = host ? na->host_rings : na->rings;
	uint32_t d;

	if (ring >= n[NM_TX] && ring >= n[NM_RX])
		return nm_fail(e, -EINVAL, "%s has no %sring %u: it has %u TX and %u RX %srings",
			       na->name, host ? "host " : "", ring, n[NM_TX], n[NM_RX],
			       host ? "host " : "");
	for (d = 0; d < NM_DIRS; d++)
		b->range[d] = first_rings((host ? na->rings[d] : 0) + (ring < n[d] ? ring : 0),
					  n[d] ? 1 : 0);
	return 0;
}

static int choose_rings(struct nm_binding *b, const struct nm_adapter *na,
			const struct nm_binding_wish *wish, struct nm_error *e)
{
	bool nic = wish->mode == NR_REG_ALL_NIC || wish->mode == NR_REG_NULL ||
		   wish->mode == NR_REG_NIC_SW || wish->mode == NR_REG_ONE_NIC;
	bool host = wish->mode == NR_REG_SW || wish->mode == NR_REG_NIC_SW ||
		    wish->mode == NR_REG_ONE_SW;
	uint32_t d;
	int err = 0;

	if (host && !na->host_rings[NM_TX] && !na->host_rings[NM_RX])
		return nm_fail(e, -EINVAL, "%s has no host rings: only interfaces have",
			       na->name);
	if (wish->mode == NR_REG_ONE_NIC || wish->mode == NR_REG_ONE_SW)
		err = one_ring(b, na, wish->ringid, host, e);
	for (d = 0; d < NM_DIRS && wish->mode != NR_REG_ONE_NIC && wish->mode != NR_REG_ONE_SW; d++)
		b->range[d] = first_rings(nic ? 0 : na->rings[d],
					  (nic ? na->rings[d] : 0) +
						  (host ? na->host_rings[d] : 0));
	if (wish->flags & NR_RX_RINGS_ONLY)
		b->range[NM_TX] = first_rings(0, 0);
	if (wish->flags & NR_TX_RINGS_ONLY)
		b->range[NM_RX] = first_rings(0, 0);
	return err;
}

static int check_exclusive(const struct nm_binding *b, const struct nm_adapter *na,
			   struct nm_error *e)
{
	uint32_t d, r;

	for (d = 0; d < NM_DIRS; d++) {
		for (r = b->range[d].first; r < b->range[d].last; r++) {
			const struct nm_kring *k = &na->krings[d][r];

			if (k->exclusive)
				return nm_fail(e, -EBUSY, "%s ring %u of %s is in exclusive use",
					       d == NM_TX ? "TX" : "RX", r, na->name);
			if (b->exclusive && k->users)
				return nm_fail(e, -EBUSY,
					       "%s ring %u of %s is in use, and exclusive use "
					       "was asked for",
					       d == NM_TX ? "TX" : "RX", r, na->name);
		}
	}
	return 0;
}

/* ---- offsets of slots ---------------------------------------------------------------- */

/* Rings in use keep the offsets that they have, if those serve. */
static int check_offsets(const struct nm_binding *b, const struct nm_adapter *na,
			 struct nm_offsets *o, struct nm_error *e)
{
	uint32_t d, r, asked = o->max;

	if (!na->ops->offsets)
		return nm_fail(e, -EOPNOTSUPP, "slots of %s can have no offsets", na->name);
	if (asked > nm_mem_buf_size(na->mem))
		return nm_fail(e, -EINVAL, "nro_max_offset is %u, and buffers have %u bytes",
			       asked, nm_mem_buf_size(na->mem));
	for (d = 0; d < NM_DIRS; d++) {
		for (r = b->range[d].first; r < b->range[d].last; r++) {
			const struct nm_kring *k = &na->krings[d][r];

			if (!k->users)
				continue;
			if (o->mask & ~k->offset_mask || asked > k->offset_max)
				return nm_fail(e, -EBUSY,
					       "%s ring %u of %s is in use with offsets up to "
					       "%u in the bits %llx: ask for less, or close it",
					       d == NM_TX ? "TX" : "RX", r, na->name,
					       k->offset_max,
					       (unsigned long long)k->offset_mask);
			if (o->max < k->offset_max)
				o->max = k->offset_max;
		}
	}
	return 0;
}

/* Users are counted, and rings have no memory yet but those that stay. */
static void set_offsets(struct nm_binding *b, struct nm_adapter *na, uint32_t max,
			const struct nm_offsets *o)
{
	struct nm_offsets own = *o;
	uint32_t d, r;

	own.max = max;
	for (d = 0; d < NM_DIRS; d++) {
		for (r = b->range[d].first; r < b->range[d].last; r++) {
			if (na->krings[d][r].users == 1)
				nm_kring_set_offsets(&na->krings[d][r], &own);
		}
	}
}

/* ---- queues ------------------------------------------------------------------------ */

static struct os_waitq *queue_of(struct nm_binding *b, struct nm_adapter *na,
				 enum nm_dir dir)
{
	const struct nm_ring_range *range = &b->range[dir];

	if (range->last - range->first > 1 || !nm_adapter_rings(na, dir))
		return &na->wq[dir];
	return &na->krings[dir][range->first].wq;
}

/* The port; who finds none is queued to hear of the binding. */
static struct nm_adapter *port_or_wait(struct nm_binding *b, struct os_poller *poller)
{
	struct nm_adapter *na = os_load_acquire(&b->na);

	if (likely(na))
		return na;
	os_poll_wait(poller, &b->early);
	return os_load_acquire(&b->na);
}

struct os_waitq *nm_binding_waitq(struct nm_binding *b, bool tx)
{
	struct nm_adapter *na = os_load_acquire(&b->na);

	return na ? queue_of(b, na, tx ? NM_TX : NM_RX) : &b->early;
}

/* ---- taking ------------------------------------------------------------------------ */

static void count_users(struct nm_binding *b, struct nm_adapter *na)
{
	uint32_t d, r;

	na->opens++;
	for (d = 0; d < NM_DIRS; d++) {
		for (r = b->range[d].first; r < b->range[d].last; r++) {
			na->krings[d][r].users++;
			na->krings[d][r].exclusive = b->exclusive;
		}
		if (b->range[d].last - b->range[d].first > 1)
			os_store_relaxed(&na->wide[d], na->wide[d] + 1);
	}
}

static void uncount_users(struct nm_binding *b, struct nm_adapter *na)
{
	uint32_t d, r;

	na->opens--;
	for (d = 0; d < NM_DIRS; d++) {
		for (r = b->range[d].first; r < b->range[d].last; r++) {
			na->krings[d][r].users--;
			na->krings[d][r].exclusive = false;
			if (!na->krings[d][r].users && !na->krings[d][r].ring)
				nm_kring_clear_offsets(&na->krings[d][r]);
		}
		if (b->range[d].last - b->range[d].first > 1)
			os_store_relaxed(&na->wide[d], na->wide[d] - 1);
	}
}

static int give_memory(struct nm_binding *b, struct nm_adapter *na, struct nm_error *e)
{
	uint32_t d, r;
	int err;

	for (d = 0; d < NM_DIRS; d++) {
		for (r = b->range[d].first; r < b->range[d].last; r++) {
			if (na->krings[d][r].ring) {
				if (na->krings[d][r].users == 1)
					nm_kring_restart(&na->krings[d][r]);
				continue;
			}
			err = nm_kring_attach_memory(&na->krings[d][r], na->mem, NULL, e);
			if (err)
				return err;
		}
	}
	return 0;
}

struct extra_list {
	struct nm_mem *m;
	uint32_t *next; /* where the next index goes */
};

static void extra_link(void *arg, uint32_t k, uint32_t buf)
{
	struct extra_list *l = arg;

	(void)k;
	*l->next = buf;
	l->next = (uint32_t *)(void *)nm_mem_buf(l->m, buf);
	*l->next = 0;
}

static void fill_interface(const struct nm_binding *b, const struct nm_adapter *na)
{
	struct netmap_if *nifp = b->nifp;
	uint32_t d, r, at = 0, host[NM_DIRS];
	static const enum nm_dir order[] = { NM_TX, NM_RX };

	for (d = 0; d < NM_DIRS; d++) /* never 0, even without host rings */
		host[d] = na->host_rings[d] ? na->host_rings[d] : 1;

	os_snprintf(nifp->ni_name, sizeof(nifp->ni_name), "%s", na->name);
	nifp->ni_version = NETMAP_API;
	nifp->ni_flags = na->mem->is_private ? NI_PRIV_MEM : 0;
	nifp->ni_tx_rings = na->rings[NM_TX];
	nifp->ni_rx_rings = na->rings[NM_RX];
	nifp->ni_host_tx_rings = host[NM_TX];
	nifp->ni_host_rx_rings = host[NM_RX];
	for (d = 0; d < NM_DIRS; d++) {
		const struct nm_ring_range *range = &b->range[order[d]];

		for (r = range->first; r < range->last; r++)
			nifp->ring_ofs[at + r] =
				(int64_t)nm_mem_offset(na->mem, NM_POOL_RING,
						       na->krings[order[d]][r].ring_index) -
				(int64_t)b->nif_offset;
		at += na->rings[order[d]] + host[order[d]];
	}
}

static int make_interface(struct nm_binding *b, struct nm_adapter *na, uint32_t extra,
			  struct nm_error *e)
{
	/* one of each direction is counted for host rings that are not there */
	uint64_t rings = (uint64_t)nm_adapter_rings(na, NM_TX) +
			 nm_adapter_rings(na, NM_RX) + 2;
	struct extra_list list;
	int got;

	b->nifp = nm_mem_alloc(na->mem, NM_POOL_IF,
			       sizeof(struct netmap_if) + rings * sizeof(int64_t),
			       &b->nif_index, e);
	if (!b->nifp)
		return -ENOMEM;
	b->nif_offset = nm_mem_offset(na->mem, NM_POOL_IF, b->nif_index);
	fill_interface(b, na);
	if (!extra)
		return 0;
	list = (struct extra_list){ na->mem, &b->nifp->ni_bufs_head };
	got = nm_mem_hold(na->mem, &b->extra, extra, false, extra_link, &list, e);
	return got < 0 ? got : 0;
}

static int activate(struct nm_adapter *na, struct nm_error *e)
{
	return na->ops->activate ? na->ops->activate(na, e) : nm_adapter_activate(na, e);
}

static void deactivate(struct nm_adapter *na)
{
	if (na->ops->deactivate)
		na->ops->deactivate(na);
	else
		nm_adapter_deactivate(na);
}

static int switch_rings(struct nm_adapter *na, struct nm_error *e)
{
	return na->ops->switch_rings ? na->ops->switch_rings(na, e) : 0;
}

/* ---- giving back ------------------------------------------------------------------- */

/* Nobody observes rings that lost their last user, and with the last descriptor
 * none at all. Before their memory goes. */
static void end_monitors(const struct nm_binding *b, struct nm_adapter *na)
{
	uint32_t d, r;

	for (d = 0; d < NM_DIRS; d++) {
		for (r = 0; r < nm_adapter_rings(na, d); r++) {
			struct nm_kring *k = &na->krings[d][r];
			bool bound = r >= b->range[d].first && r < b->range[d].last;

			if (k->observers && !k->users && (bound || !na->opens))
				nm_monitor_end(k);
		}
	}
}

/* Rings that lost their last user: first out of sight, then out of use, then
 * gone. Their buffers, and the extra ones, are released together. */
static void take_memory_back(struct nm_binding *b, struct nm_adapter *na)
{
	struct nm_mem *m = na->mem;
	uint32_t d, r;

#define EACH_UNUSED(k)                                                                  \
	for (d = 0; d < NM_DIRS; d++)                                                   \
		for (r = 0; r < nm_adapter_rings(na, d); r++)                           \
			if (((k) = &na->krings[d][r])->users == 0 && !(k)->keep &&      \
			    (k)->hold.id)
	struct nm_kring *k;

	EACH_UNUSED(k) nm_kring_unpublish(k);
	if (na->ops->quiesce)
		na->ops->quiesce(na);
	EACH_UNUSED(k) {
		nm_kring_free_memory(k, m);
		k->hold.closing = true;
	}
	if (b->extra.id) {
		b->extra.list_head = os_load_relaxed(&b->nifp->ni_bufs_head);
		b->extra.closing = true;
	}
	nm_mem_release_closing(m);
	if (b->nifp)
		nm_mem_free(m, NM_POOL_IF, b->nif_index);
	b->nifp = NULL;
#undef EACH_UNUSED
}

void nm_binding_undo(struct nm_binding *b)
{
	struct nm_adapter *na = b->held;
	struct nm_mem *m;

	if (!na)
		return;
	m = na->mem;
	os_relay_end(&b->relay[NM_RX]);
	os_relay_end(&b->relay[NM_TX]);
	os_store_release(&b->na, NULL);
	nm_csb_drop(b);
	uncount_users(b, na);
	end_monitors(b, na);
	switch_rings(na, NULL); /* nothing is switched on here: cannot fail */
	take_memory_back(b, na);
	deactivate(na);
	nm_mem_unuse(m);
	b->held = NULL;
	nm_adapter_put(na);
	memset(b->range, 0, sizeof(b->range));
}

/* Who polled before stays on the queue of those, and hears there of the rings. */
void nm_binding_publish(struct nm_binding *b)
{
	struct nm_adapter *na = b->held;

	os_store_release(&b->na, na); /* syncs, poll and mmap load-acquire it */
	os_relay_begin(&b->relay[NM_RX], queue_of(b, na, NM_RX), &b->early);
	os_relay_begin(&b->relay[NM_TX], queue_of(b, na, NM_TX), &b->early);
	os_waitq_wake(&b->early);
}

int nm_binding_prepare(struct nm_binding *b, struct nm_adapter *na,
		       const struct nm_binding_wish *wish, struct nm_error *e)
{
	uint32_t max_offset = wish->offsets ? wish->offsets->max : 0;
	int err;

	b->exclusive = wish->flags & NR_EXCLUSIVE;
	b->tx_in_poll = !(wish->flags & NR_NO_TX_POLL);
	b->rx_in_poll = wish->flags & NR_DO_RX_POLL;
	err = choose_rings(b, na, wish, e);
	if (err)
		goto put;
	b->sync_flags = na->host_rings[NM_RX] && b->range[NM_TX].first == 0 &&
					b->range[NM_TX].last >= na->rings[NM_TX] ?
				NM_SYNC_MAY_FORWARD :
				0;
	err = nm_mem_use(na->mem, e);
	if (err)
		goto put;
	err = activate(na, e);
	if (err)
		goto unuse;
	err = check_exclusive(b, na, e);
	if (!err && wish->offsets)
		err = wish->offsets->err = check_offsets(b, na, wish->offsets, e);
	if (err)
		goto inactive;
	b->held = na;
	count_users(b, na);
	if (wish->offsets)
		set_offsets(b, na, max_offset, wish->offsets);
	err = give_memory(b, na, e);
	if (!err)
		err = make_interface(b, na, wish->extra_bufs, e);
	if (!err)
		err = switch_rings(na, e);
	if (err)
		nm_binding_undo(b);
	else if (na->ops->bound)
		na->ops->bound(na);
	return err;

inactive:
	deactivate(na);
unuse:
	nm_mem_unuse(na->mem);
put:
	nm_adapter_put(na);
	memset(b->range, 0, sizeof(b->range));
	return err;
}

/* ---- syncs ------------------------------------------------------------------------- */

int nm_binding_sync(struct nm_binding *b, enum nm_dir dir)
{
	struct nm_adapter *na = os_load_acquire(&b->na);
	unsigned int flags = dir == NM_TX ? NM_SYNC_FORCE_RECLAIM : NM_SYNC_FORCE_READ;
	uint32_t r;
	int err = 0;

	if (unlikely(!na))
		return -ENXIO;
	if (unlikely(os_load_relaxed(&b->csb))) /* the sync loop's */
		return -EBUSY;
	flags |= b->sync_flags;
	for (r = b->range[dir].first; r < b->range[dir].last; r++) {
		if (nm_kring_sync(&na->krings[dir][r], flags, NULL) == NM_SYNC_GONE)
			err = -EIO;
	}
	return err;
}

/* ---- poll -------------------------------------------------------------------------- */

/* Anything the application handed over since the last sync? */
static bool something_to_push(const struct nm_kring *k)
{
	return os_load_relaxed(&k->ring->head) != os_load_relaxed(&k->hwcur);
}

/* Did a host ring's sync put packets into NIC TX rings? */
static bool forwarded(const struct nm_binding *b, struct nm_adapter *na)
{
	bool any = false;
	uint32_t r;

	for (r = b->range[NM_RX].first; r < b->range[NM_RX].last; r++) {
		any |= os_load_relaxed(&na->krings[NM_RX][r].forwarded);
		os_store_relaxed(&na->krings[NM_RX][r].forwarded, false);
	}
	return any;
}

/* As nm_kring_sync(); but whoever is going to sleep cannot leave a ring out
 * because another thread is in it: nobody would tell when that one is done. */
static enum nm_sync_result poll_sync(struct nm_kring *k, unsigned int flags, bool *ready)
{
	enum nm_sync_result res = nm_kring_sync(k, flags, ready);

	if (unlikely(res == NM_SYNC_BUSY)) {
		nm_kring_wait_idle(k);
		res = nm_kring_sync(k, flags, ready);
		if (res == NM_SYNC_BUSY) /* it did what we came for */
			*ready = os_load_relaxed(&k->rcur) != os_load_relaxed(&k->rtail);
	}
	return res;
}

/* Syncs the TX rings; once one has room, only those with something to push.
 * Returns the events, of `want` and NM_POLLERR. */
static unsigned int poll_tx(struct nm_binding *b, struct nm_adapter *na, unsigned int want)
{
	unsigned int got = 0;
	uint32_t r;
	bool ready;

	for (r = b->range[NM_TX].first; r < b->range[NM_TX].last; r++) {
		struct nm_kring *k = &na->krings[NM_TX][r];

		if (!(want & ~got) && !something_to_push(k))
			continue;
		switch (poll_sync(k, b->sync_flags, &ready)) {
		case NM_SYNC_DONE:
		case NM_SYNC_BUSY:
			got |= ready ? want : 0;
			break;
		default:
			got |= NM_POLLERR;
		}
	}
	return got;
}

static unsigned int poll_rx(struct nm_binding *b, struct nm_adapter *na, unsigned int want)
{
	unsigned int got = 0;
	uint32_t r;
	bool ready;

	for (r = b->range[NM_RX].first; r < b->range[NM_RX].last; r++) {
		switch (poll_sync(&na->krings[NM_RX][r], b->sync_flags, &ready)) {
		case NM_SYNC_DONE:
		case NM_SYNC_BUSY:
			got |= ready ? want : 0;
			break;
		default:
			got |= NM_POLLERR;
		}
	}
	return got;
}

unsigned int nm_binding_poll(struct nm_binding *b, unsigned int events,
			     struct os_poller *poller)
{
	struct nm_adapter *na = port_or_wait(b, poller);
	unsigned int out = events & (NM_POLLOUT | NM_POLLWRNORM), got = 0;
	unsigned int in = events & (NM_POLLIN | NM_POLLRDNORM);

	if (!na || os_load_relaxed(&b->csb))
		return NM_POLLERR;
	/* first into the queues, then look: whatever is published later wakes us */
	os_poll_wait(poller, queue_of(b, na, NM_RX));
	os_poll_wait(poller, queue_of(b, na, NM_TX));
	if (out || b->tx_in_poll) {
		got |= poll_tx(b, na, out);
		if (out && !(got & out)) /* closes the race with a completion */
			got |= poll_tx(b, na, out);
	}
	if (in || b->rx_in_poll) {
		got |= poll_rx(b, na, in);
		if (unlikely(b->sync_flags && forwarded(b, na)))
			got |= poll_tx(b, na, 0); /* pushes what was forwarded */
		if (in && !(got & in))
			got |= poll_rx(b, na, in);
	}
	return got;
}

int nm_binding_region(struct nm_binding *b, struct os_region **region, uint64_t *bytes)
{
	struct nm_adapter *na = os_load_acquire(&b->na);

	if (!na || na->mem->external) /* which the application has mapped already */
		return -EINVAL;
	*region = na->mem->region;
	*bytes = na->mem->bytes;
	return 0;
}
