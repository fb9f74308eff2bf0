// SPDX-License-Identifier: BSD-2-Clause
/*
 * Host rings.
 */
#include "gather.h"
#include "host.h"
#include "netmap_core.h"

static void drop(struct nm_kring *k, enum netmap_drop_reason why, uint64_t packets)
{
	nm_count(&k->stats.drops[why], packets);
}

struct nm_kring *nm_host_ring(struct nm_netdev *nd, uint32_t queue)
{
	struct nm_kring *tx = os_load_acquire(&nd->na.krings[NM_TX]);
	struct nm_kring *rx = os_load_acquire(&nd->na.krings[NM_RX]);

	if (!tx || !rx || queue >= nd->na.rings[NM_TX] || !os_load_relaxed(&tx[queue].on))
		return NULL;
	return &rx[nd->na.rings[NM_RX] + queue % nd->na.host_rings[NM_RX]];
}

/* ---- to the stack -------------------------------------------------------------- */

/* Adds one packet to a batch, or counts why not. */
static void hand_up(struct nm_kring *k, struct os_batch *b, const struct nm_packet *p)
{
	char *room = p->refused ? NULL : os_batch_add(b, p->bytes);

	if (!room) {
		drop(k, p->refused ? p->why : NETMAP_DROP_NO_ROOM, 1);
		return;
	}
	nm_gather_copy(k, p, room);
	nm_count(&k->stats.packets, 1);
	nm_count(&k->stats.bytes, p->bytes);
}

int nm_host_txsync(struct nm_kring *k, unsigned int flags)
{
	struct nm_netdev *nd = nm_netdev_of(k->na);
	uint32_t at = k->hwcur, n = k->num_slots;
	struct nm_packet p;
	struct os_batch batch;

	(void)flags;
	if (at == k->rhead)
		return 0;
	os_batch_begin(&batch, nd->dev, k->ring_id - nd->na.rings[NM_TX]);
	while (at != k->rhead && nm_gather(k, at, k->rhead, &p)) {
		hand_up(k, &batch, &p);
		at = nm_advance(at, p.slots, n);
	}
	os_batch_deliver(&batch);
	os_store_relaxed(&k->hwcur, at);
	os_store_relaxed(&k->hwtail, nm_prev(at, n));
	return 0;
}

/* ---- forwarding ---------------------------------------------------------------- */

static bool forwards(const struct nm_kring *k)
{
	return os_load_relaxed(&nm_params.fwd) ||
	       os_load_relaxed(&k->ring->flags) & NR_FORWARD;
}

/* Is the packet whose first slot is `at` marked? The mark goes. */
static bool take_mark(struct nm_kring *k, uint32_t at)
{
	uint16_t *flags = &k->ring->slot[at].flags, seen = os_load_relaxed(flags);

	if (!(seen & NS_FORWARD))
		return os_load_relaxed(&nm_params.fwd);
	os_store_relaxed(flags, (uint16_t)(seen & ~NS_FORWARD));
	return true;
}

void nm_host_forward_up(struct nm_kring *k)
{
	struct nm_netdev *nd = nm_netdev_of(k->na);
	uint32_t at = k->hwcur;
	struct nm_packet p;
	struct os_batch batch;

	if (likely(at == k->rhead || !forwards(k)))
		return;
	os_batch_begin(&batch, nd->dev, k->ring_id);
	for (; at != k->rhead; at = nm_advance(at, p.slots, k->num_slots)) {
		bool marked = take_mark(k, at);

		if (!nm_gather(k, at, k->rhead, &p))
			break;
		if (marked)
			hand_up(k, &batch, &p);
	}
	os_batch_deliver(&batch);
}

/* A free slot of a NIC TX ring, whose sync is ours for the while; the index of
 * the ring's first free slot, or num_slots if there is none. */
static uint32_t free_slot(const struct nm_kring *tx)
{
	uint32_t head = os_load_relaxed(&tx->ring->head);

	if (head >= tx->num_slots || head == os_load_relaxed(&tx->rtail))
		return tx->num_slots;
	return head;
}

/* Swaps the buffer of one released slot into a TX ring. */
static void swap_down(struct nm_kring *tx, uint32_t to, struct netmap_slot *from)
{
	struct netmap_slot *slot = &tx->ring->slot[to];
	uint32_t buf = os_load_relaxed(&slot->buf_idx), next = nm_next(to, tx->num_slots);

	os_store_relaxed(&slot->buf_idx, os_load_relaxed(&from->buf_idx));
	os_store_relaxed(&slot->len, os_load_relaxed(&from->len));
	os_store_relaxed(&slot->flags, (uint16_t)NS_BUF_CHANGED);
	os_store_relaxed(&from->buf_idx, buf);
	os_store_relaxed(&from->flags, (uint16_t)NS_BUF_CHANGED);
	os_store_relaxed(&tx->ring->cur, next);
	os_store_release(&tx->ring->head, next);
}

/* One packet to the first NIC TX ring with room. */
static bool send_down(struct nm_adapter *na, struct netmap_slot *from)
{
	uint32_t i, to;

	for (i = 0; i < na->rings[NM_TX]; i++) {
		struct nm_kring *tx = &na->krings[NM_TX][i];

		if (!os_load_acquire(&tx->ring) || os_exchange(&tx->busy, 1))
			continue;
		to = free_slot(tx);
		if (to != tx->num_slots)
			swap_down(tx, to, from);
		os_store_release(&tx->busy, 0);
		if (to != tx->num_slots)
			return true;
	}
	return false;
}

static void forward_down(struct nm_kring *k, unsigned int flags)
{
	uint32_t at;

	for (at = k->hwcur; at != k->rhead; at = nm_next(at, k->num_slots)) {
		if (!take_mark(k, at))
			continue;
		if (!(flags & NM_SYNC_MAY_FORWARD) || !send_down(k->na, &k->ring->slot[at]))
			drop(k, NETMAP_DROP_NO_ROOM, 1);
		else
			k->forwarded = true;
	}
}

/* ---- from the stack -------------------------------------------------------------- */

int nm_host_rxsync(struct nm_kring *k, unsigned int flags)
{
	if (unlikely(k->hwcur != k->rhead && forwards(k)))
		forward_down(k, flags);
	return nm_netdev_release(k, flags);
}
