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

/* Adds one packet to a batch, or says why not. */
static bool add_to_batch(struct nm_kring *k, struct os_batch *b, const struct nm_packet *p,
			 enum netmap_drop_reason *why)
{
	char vnet[NETMAP_OFFLOADS_HDR_LEN];
	uint32_t skip = k->na->vnet_hdr_len;
	struct os_packet *packet;

	*why = p->why;
	if (p->refused)
		return false;
	*why = NETMAP_DROP_SHORT;
	if (skip && (p->bytes < skip + NM_ETH_HEADER || nm_gather_head(k, p, vnet, skip) != skip))
		return false;
	*why = NETMAP_DROP_NO_ROOM;
	packet = os_batch_add(b, p->bytes - skip);
	if (!packet)
		return false;
	nm_gather_write(k, p, skip, packet);
	*why = NETMAP_DROP_OFFLOAD;
	if (!skip || os_packet_describe(packet, vnet))
		return true;
	os_batch_take_back(b, packet);
	return false;
}

static void hand_up(struct nm_kring *k, struct os_batch *b, const struct nm_packet *p)
{
	enum netmap_drop_reason why;

	if (!add_to_batch(k, b, p, &why)) {
		drop(k, why, 1);
		return;
	}
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

		if (!nm_gather(k, at, k->rhead, &p)) { /* released in part */
			drop(k, NETMAP_DROP_BAD_SLOT, marked);
			break;
		}
		if (marked)
			hand_up(k, &batch, &p);
	}
	os_batch_deliver(&batch);
}

/* Slots of the packet at `at`; one released in part ends where the release does. */
static uint32_t packet_slots(const struct nm_kring *k, uint32_t at)
{
	uint32_t slots = 0;
	bool more = true;

	for (; more && at != k->rhead; at = nm_next(at, k->num_slots)) {
		more = os_load_relaxed(&k->ring->slot[at].flags) & NS_MOREFRAG;
		slots++;
	}
	return slots;
}

/* Free slots of a NIC TX ring, whose sync is ours for the while, from *head on. */
static uint32_t free_slots(const struct nm_kring *tx, uint32_t *head)
{
	uint32_t n = tx->num_slots;

	*head = os_load_relaxed(&tx->ring->head);
	if (*head >= n ||
	    nm_distance(tx->rhead, *head, n) > nm_distance(tx->rhead, tx->rtail, n))
		return 0;
	return nm_distance(*head, tx->rtail, n);
}

/* Swaps the buffers of a released packet into a TX ring, and moves its head. */
static void swap_down(struct nm_kring *tx, uint32_t to, struct nm_kring *k, uint32_t at,
		      uint32_t slots)
{
	struct os_spin *lock = &k->na->mem->exchange;

	os_spin_lock(lock); /* nobody counts buffers meanwhile */
	for (; slots; slots--) {
		struct netmap_slot *from = &k->ring->slot[at], *slot = &tx->ring->slot[to];

		if (k->offset_mask) /* the data stays where it is in its buffer */
			os_store_relaxed(&slot->ptr, os_load_relaxed(&from->ptr));
		nm_slot_swap(from, slot, slots > 1 ? NS_MOREFRAG : 0);
		at = nm_next(at, k->num_slots);
		to = nm_next(to, tx->num_slots);
	}
	os_spin_unlock(lock);
	os_store_relaxed(&tx->ring->cur, to);
	os_store_release(&tx->ring->head, to);
}

/* One packet to the first NIC TX ring with room for all of it. */
static bool send_down(struct nm_kring *k, uint32_t at, uint32_t slots)
{
	struct nm_adapter *na = k->na;
	uint32_t i, head;
	bool fits;

	for (i = 0; i < na->rings[NM_TX]; i++) {
		struct nm_kring *tx = &na->krings[NM_TX][i];

		if (!os_load_acquire(&tx->ring) || os_exchange(&tx->busy, 1))
			continue;
		fits = free_slots(tx, &head) >= slots;
		if (fits)
			swap_down(tx, head, k, at, slots);
		os_store_release(&tx->syncs, tx->syncs + 1);
		os_store_release(&tx->busy, 0);
		if (fits)
			return true;
	}
	return false;
}

static void forward_down(struct nm_kring *k, unsigned int flags)
{
	uint32_t at, slots;

	for (at = k->hwcur; at != k->rhead; at = nm_advance(at, slots, k->num_slots)) {
		slots = packet_slots(k, at);
		if (!take_mark(k, at))
			continue;
		if (!(flags & NM_SYNC_MAY_FORWARD) || !send_down(k, at, slots))
			drop(k, NETMAP_DROP_NO_ROOM, 1);
		else
			os_store_relaxed(&k->forwarded, true);
	}
}

/* ---- from the stack -------------------------------------------------------------- */

int nm_host_rxsync(struct nm_kring *k, unsigned int flags)
{
	if (unlikely(k->hwcur != k->rhead && forwards(k)))
		forward_down(k, flags);
	return nm_netdev_release(k, flags);
}
