// SPDX-License-Identifier: BSD-2-Clause
/*
 * Rings from the core's side: checking what the application wrote, one sync at
 * a time, and the memory behind a ring.
 */
#include "adapter.h"
#include "netmap_core.h"

/* ---- what the application wrote ------------------------------------------------ */

/*
 * Are h and c, in this order, within the circular interval from `from` to `to`?
 * cur may lie ahead of head, up to tail: "wake me for more than there is now".
 */
static bool indices_valid(uint32_t from, uint32_t h, uint32_t c, uint32_t to, uint32_t n)
{
	uint32_t ahead, limit;

	if (unlikely(h >= n || c >= n))
		return false;
	ahead = nm_distance(from, h, n);
	limit = nm_distance(from, to, n);
	return ahead <= limit && nm_distance(from, c, n) >= ahead &&
	       nm_distance(from, c, n) <= limit;
}

/*
 * Puts a ring back on its feet: bad slots are made harmless, the indices are
 * the core's own again, and nothing of what the application wrote is adopted.
 */
static void kring_repair(struct nm_kring *k, const struct nm_indices *at)
{
	uint32_t i, n = k->num_slots, total = k->mem->pool[NM_POOL_BUF].total;
	struct netmap_ring *ring = k->ring;

	for (i = 0; i < n; i++) {
		struct netmap_slot *s = &ring->slot[i];
		uint32_t idx = os_load_relaxed(&s->buf_idx);

		if (idx < 2 || idx >= total) {
			os_store_relaxed(&s->buf_idx, 0);
			os_store_relaxed(&s->len, 0);
		} else if (os_load_relaxed(&s->len) > nm_mem_buf_size(k->mem)) {
			os_store_relaxed(&s->len, 0);
		}
	}
	if (k->dir == NM_TX && os_load_acquire(&k->observers))
		nm_monitor_rewind(k);
	k->rhead = k->hwcur;
	os_store_relaxed(&k->rcur, k->hwcur);
	os_store_relaxed(&k->rtail, os_load_acquire(&k->hwtail));
	nm_count(&k->stats.bad_rings, 1);
	if (at)
		return;
	os_store_relaxed(&ring->cur, k->rcur);
	os_store_relaxed(&ring->head, k->rhead);
	os_store_release(&ring->tail, k->rtail);
}

/* Everything from here to nm_kring_sync() exists twice: with indices from the
 * header (at is NULL), and with others. */
#define TWICE inline __attribute__((always_inline))

/* Snapshots head and cur once and checks them. */
static TWICE bool kring_accept(struct nm_kring *k, const struct nm_indices *at)
{
	struct netmap_ring *ring = k->ring;
	/* head before cur: see SDK rule 1 */
	uint32_t h = at ? at->head : os_load_acquire(&ring->head);
	uint32_t c = at ? at->cur : os_load_relaxed(&ring->cur);
	uint32_t from, to;

	if (k->dir == NM_TX) {
		from = k->rhead;
		to = k->rtail;
	} else {
		from = k->hwcur;
		to = os_load_acquire(&k->hwtail); /* (A) */
	}
	if (unlikely(!indices_valid(from, h, c, to, k->num_slots)))
		return false;
	k->rhead = h;
	os_store_relaxed(&k->rcur, c);
	return true;
}

/* ---- one sync -------------------------------------------------------------------- */

static void stamp(struct netmap_ring *ring)
{
	int64_t s, us;

	if (os_load_relaxed(&nm_params.no_timestamp) &&
	    !(os_load_relaxed(&ring->flags) & NR_TIMESTAMP))
		return;
	os_walltime(&s, &us);
	ring->ts.tv_sec = s;
	ring->ts.tv_usec = us;
}

/* Holding busy: check, let the port work, publish. */
static TWICE enum nm_sync_result kring_work(struct nm_kring *k, unsigned int flags,
					    const struct nm_indices *at)
{
	int err;

	if (unlikely(!(flags & NM_SYNC_AGAIN) && !kring_accept(k, at))) {
		kring_repair(k, at);
		return NM_SYNC_REJECTED;
	}
	nm_count(&k->n_syncs, 1);
	if (unlikely(os_load_acquire(&k->observers)))
		err = nm_monitor_sync(k, flags);
	else
		err = k->sync(k, flags);
	if (unlikely(err && err != -EAGAIN))
		return NM_SYNC_FAILED;
	os_store_relaxed(&k->rtail, os_load_acquire(&k->hwtail)); /* (A) */
	if (!at)
		os_store_release(&k->ring->tail, k->rtail);
	if (k->dir == NM_RX)
		stamp(k->ring);
	return unlikely(err) ? NM_SYNC_FAULT : NM_SYNC_DONE;
}

struct outcome {
	bool ready;
	uint64_t fault_addr;
	uint32_t fault_len;
};

static TWICE enum nm_sync_result sync_once(struct nm_kring *k, unsigned int flags,
					   struct nm_indices *at, struct outcome *o)
{
	enum nm_sync_result res;

	if (unlikely(os_load_acquire(&k->stopped)))
		return NM_SYNC_GONE;
	if (unlikely(os_exchange(&k->busy, 1)))
		return NM_SYNC_BUSY;
	res = os_load_acquire(&k->stopped) ? NM_SYNC_GONE : kring_work(k, flags, at);
	if (at) {
		at->hwcur = k->hwcur;
		at->hwtail = k->rtail;
	}
	*o = (struct outcome){ k->rcur != k->rtail, k->fault_addr, k->fault_len };
	/* one more has ended: nm_kring_wait_idle() looks at this */
	os_store_release(&k->syncs, k->syncs + 1);
	os_store_release(&k->busy, 0);
	return res;
}

void nm_kring_import(struct nm_kring *k)
{
	if (os_load_acquire(&k->stopped) || os_exchange(&k->busy, 1))
		return;
	if (os_load_acquire(&k->ring))
		nm_monitor_sync(k, NM_SYNC_FORCE_READ);
	os_store_release(&k->syncs, k->syncs + 1);
	os_store_release(&k->busy, 0);
}

static TWICE enum nm_sync_result sync_whole(struct nm_kring *k, unsigned int flags,
					    struct nm_indices *at, struct outcome *o)
{
	enum nm_sync_result res;

	/* a packet asks for memory a bounded number of times: it ends */
	while (unlikely((res = sync_once(k, flags, at, o)) == NM_SYNC_FAULT)) {
		flags |= NM_SYNC_AGAIN;
		flags &= ~NM_SYNC_NO_FAULT;
		if (os_fault_in(o->fault_addr, o->fault_len))
			flags |= NM_SYNC_NO_FAULT;
	}
	return res;
}

enum nm_sync_result nm_kring_sync(struct nm_kring *k, unsigned int flags, bool *ready)
{
	struct outcome o = { false, 0, 0 };
	enum nm_sync_result res = sync_whole(k, flags, NULL, &o);

	if (ready)
		*ready = o.ready && res != NM_SYNC_BUSY;
	return res;
}

enum nm_sync_result nm_kring_sync_at(struct nm_kring *k, unsigned int flags,
				     struct nm_indices *at)
{
	struct outcome o = { false, 0, 0 };

	return sync_whole(k, flags, at, &o);
}

void nm_kring_wait_idle(struct nm_kring *k)
{
	unsigned int round;
	uint32_t syncs;

	os_fence(); /* the caller's stores, then our looks: pairs with os_exchange(busy) */
	syncs = os_load_acquire(&k->syncs);
	for (round = 0; os_load_acquire(&k->busy); round++) {
		/* the one we saw has ended; the next one began after the fence */
		if (os_load_acquire(&k->syncs) != syncs)
			return;
		os_pause(round);
	}
}

void nm_kring_enter(struct nm_kring *k)
{
	unsigned int round;

	for (round = 0; os_exchange(&k->busy, 1); round++)
		os_pause(round);
}

void nm_kring_leave(struct nm_kring *k)
{
	os_store_release(&k->syncs, k->syncs + 1);
	os_store_release(&k->busy, 0);
}

void nm_kring_notify(struct nm_kring *k)
{
	struct os_task *forward = os_load_relaxed(&k->forward);

	if (unlikely(forward))
		os_task_run(forward);
	os_fetch_add(&k->stats.wakeups, 1); /* several senders may be here */
	os_waitq_wake(&k->wq);
	if (os_load_relaxed(&k->na->wide[k->dir]))
		os_waitq_wake(&k->na->wq[k->dir]);
	if (unlikely(os_load_acquire(&k->observers)))
		nm_monitor_wake(k);
}

/* ---- life ------------------------------------------------------------------------ */

static int (*sync_of(const struct nm_adapter *na, enum nm_dir dir, bool host))(
	struct nm_kring *, unsigned int)
{
	const struct nm_adapter_ops *ops = na->ops;

	if (host)
		return dir == NM_TX ? ops->host_txsync : ops->host_rxsync;
	return dir == NM_TX ? ops->txsync : ops->rxsync;
}

struct nm_kring *nm_krings_new(struct nm_adapter *na, enum nm_dir dir, void **to_free)
{
	uint32_t i, n = nm_adapter_rings(na, dir), slots = na->slots[dir];
	struct nm_kring *k;
	char *memory;

	memory = os_zalloc((size_t)(n + 1) * sizeof(*k));
	*to_free = memory;
	if (!memory)
		return NULL;
	k = (struct nm_kring *)(void *)(memory + NM_LINE_PAIR -
					(uintptr_t)memory % NM_LINE_PAIR);
	for (i = 0; i < n; i++) {
		k[i].na = na;
		k[i].num_slots = slots;
		k[i].ring_id = (uint16_t)i;
		k[i].dir = (uint8_t)dir;
		k[i].host = i >= na->rings[dir];
		k[i].sync = sync_of(na, dir, k[i].host);
		k[i].hwtail = k[i].rtail = dir == NM_TX && slots ? slots - 1 : 0;
		os_spin_init(&k[i].lock);
		os_waitq_init(&k[i].wq);
	}
	return k;
}

void nm_krings_free(struct nm_kring *k, uint32_t n, void *to_free)
{
	uint32_t i;

	for (i = 0; k && i < n; i++)
		os_waitq_destroy(&k[i].wq);
	os_free(to_free);
}

static void slot_init(void *arg, uint32_t i, uint32_t buf)
{
	struct netmap_ring *ring = arg;

	ring->slot[i].buf_idx = buf;
	ring->slot[i].len = (uint16_t)(ring->nr_buf_size > 65535 ? 65535 : ring->nr_buf_size);
}

static void header_init(struct nm_kring *k, const struct nm_mem *m, struct netmap_ring *ring)
{
	int64_t at = (int64_t)nm_mem_offset(m, NM_POOL_RING, k->ring_index);

	ring->buf_ofs = (int64_t)m->pool[NM_POOL_BUF].offset - at;
	ring->num_slots = k->num_slots;
	ring->nr_buf_size = nm_mem_buf_size(m);
	ring->ringid = k->ring_id;
	ring->dir = k->dir;
	ring->offset_mask = k->offset_mask;
	ring->head = k->rhead;
	ring->cur = k->rcur;
	ring->tail = k->rtail = os_load_acquire(&k->hwtail);
}

void nm_kring_restart(struct nm_kring *k)
{
	struct netmap_ring *ring = k->ring;

	memset(ring, 0, sizeof(*ring));
	k->rcur = k->rhead;
	header_init(k, k->mem, ring);
}

/* The offset of `count` slots from `from` on. */
static void write_offsets(struct nm_kring *k, struct netmap_ring *ring, uint32_t from,
			  uint32_t count, uint32_t offset)
{
	uint32_t i, at = from;

	for (i = 0; i < count; i++, at = nm_next(at, k->num_slots)) {
		uint64_t ptr = os_load_relaxed(&ring->slot[at].ptr) & ~k->offset_mask;

		os_store_relaxed(&ring->slot[at].ptr, ptr | offset);
	}
}

/* An RX ring with a sender of its own: slots with packets in them, also those of
 * a packet that is not whole yet. The sender is kept out. */
static uint32_t waiting_slots(const struct nm_kring *k)
{
	if (k->dir != NM_RX || !k->peer)
		return 0;
	return nm_distance(k->hwcur, k->peer->hwcur, k->num_slots);
}

void nm_kring_set_offsets(struct nm_kring *k, const struct nm_offsets *o)
{
	uint32_t waiting;

	if (k->peer)
		nm_kring_enter(k->peer);
	k->offset_mask = o->mask;
	k->offset_max = o->max;
	k->offset_gap = o->gap;
	k->offset_initial = o->initial;
	if (k->ring) {
		waiting = waiting_slots(k);
		write_offsets(k, k->ring, k->hwcur, waiting, 0);
		write_offsets(k, k->ring, nm_advance(k->hwcur, waiting, k->num_slots),
			      k->num_slots - waiting, o->initial);
	}
	if (k->peer)
		nm_kring_leave(k->peer);
}

/* A packet that waits begins at the start of its buffer again. */
static void offset_to_start(struct nm_kring *k, struct netmap_slot *slot)
{
	uint64_t ptr = os_load_relaxed(&slot->ptr);
	uint32_t offset = nm_kring_offset(k, ptr), len = os_load_relaxed(&slot->len);
	char *buf = nm_mem_buf(k->mem, os_load_relaxed(&slot->buf_idx));

	if (buf && offset && len <= nm_mem_buf_size(k->mem) - offset)
		memmove(buf, buf + offset, len);
	os_store_relaxed(&slot->ptr, ptr & ~k->offset_mask);
}

void nm_kring_clear_offsets(struct nm_kring *k)
{
	/* without its ring nobody looks at it, and there may be no peer any more */
	struct nm_kring *peer = k->ring ? k->peer : NULL;
	uint32_t i, at = k->hwcur;

	if (!k->offset_mask)
		return;
	if (peer)
		nm_kring_enter(peer);
	for (i = peer ? waiting_slots(k) : 0; i; i--, at = nm_next(at, k->num_slots))
		offset_to_start(k, &k->ring->slot[at]);
	k->offset_mask = 0;
	k->offset_max = k->offset_gap = k->offset_initial = 0;
	if (peer)
		nm_kring_leave(peer);
}

int nm_kring_attach_memory(struct nm_kring *k, struct nm_mem *m, struct nm_kring *shared,
			   struct nm_error *e)
{
	uint64_t bytes = sizeof(struct netmap_ring) +
			 (uint64_t)k->num_slots * sizeof(struct netmap_slot);
	struct netmap_ring *ring;
	int got;

	ring = nm_mem_alloc(m, NM_POOL_RING, bytes, &k->ring_index, e);
	if (!ring)
		return -ENOMEM;
	header_init(k, m, ring);
	if (shared) {
		memcpy(ring->slot, shared->ring->slot, k->num_slots * sizeof(ring->slot[0]));
		shared->hold.other = ring;
		shared->hold.hwtail = &shared->hwtail;
		shared->hold.hwcur = &shared->hwcur;
	} else {
		got = nm_mem_hold(m, &k->hold, k->num_slots, true, slot_init, ring, e);
		if (got < 0) {
			nm_mem_free(m, NM_POOL_RING, k->ring_index);
			return got;
		}
		k->hold.ring = ring;
	}
	k->mem = m;
	if (k->offset_mask)
		write_offsets(k, ring, 0, k->num_slots, k->offset_initial);
	os_store_release(&k->ring, ring);
	return 0;
}

void nm_kring_unpublish(struct nm_kring *k)
{
	os_store_release(&k->ring, NULL);
}

void nm_kring_free_memory(struct nm_kring *k, struct nm_mem *m)
{
	nm_mem_free(m, NM_POOL_RING, k->ring_index);
	nm_kring_clear_offsets(k);
	/* what nobody read is gone; what was submitted counts as sent */
	if (k->dir == NM_RX)
		k->hwcur = k->hwtail;
	k->lease = k->hwtail;
	k->seen_hwcur = k->hwcur;
	k->rhead = k->rcur = k->hwcur;
}
