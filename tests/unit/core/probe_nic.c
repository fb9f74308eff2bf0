// SPDX-License-Identifier: BSD-2-Clause
/*
 * A port's rings behave like those of a network interface: transmission takes
 * what its queue takes and completes later, and packets come in by syncs only.
 */
#include "probe.h"

#include "binding.h"

static struct nm_adapter_ops nic_ops;
static const struct nm_adapter_ops *before;
static struct probe_nic nic;

static int nic_txsync(struct nm_kring *k, unsigned int flags)
{
	(void)flags;
	while (k->hwcur != k->rhead && nic.tx_room) {
		k->hwcur = nm_next(k->hwcur, k->num_slots);
		nic.tx_room--;
	}
	while (nm_next(k->hwtail, k->num_slots) != k->hwcur && nic.tx_done) {
		k->hwtail = nm_next(k->hwtail, k->num_slots);
		nic.tx_done--;
	}
	return 0;
}

static int nic_rxsync(struct nm_kring *k, unsigned int flags)
{
	uint32_t n = k->num_slots, tail = k->hwtail;

	(void)flags;
	k->hwcur = k->rhead;
	for (; nic.rx_waiting && nm_next(tail, n) != k->hwcur; nic.rx_waiting--) {
		struct netmap_slot *slot = &k->ring->slot[tail];

		memset(nm_mem_buf(k->mem, slot->buf_idx), (int)nic.rx_fill++, 60);
		slot->len = 60;
		slot->flags = 0;
		tail = nm_next(tail, n);
	}
	os_store_release(&k->hwtail, tail);
	return 0;
}

/* The rings were made already, and know their syncs. */
static void use(struct nm_adapter *na, const struct nm_adapter_ops *ops)
{
	uint32_t i;

	na->ops = ops;
	for (i = 0; i < na->rings[NM_TX]; i++)
		na->krings[NM_TX][i].sync = ops->txsync;
	for (i = 0; i < na->rings[NM_RX]; i++)
		na->krings[NM_RX][i].sync = ops->rxsync;
}

struct probe_nic *probe_make_nic(struct nm_binding *b)
{
	before = b->na->ops;
	nic_ops = *before;
	nic_ops.txsync = nic_txsync;
	nic_ops.rxsync = nic_rxsync;
	nic_ops.rx_imports = true;
	nic_ops.tx_cuts = nic_ops.tx_indirect = false;
	use(b->na, &nic_ops);
	memset(&nic, 0, sizeof(nic));
	return &nic;
}

void probe_unmake_nic(struct nm_binding *b)
{
	use(b->na, before);
}

void probe_interrupt(struct nm_binding *b)
{
	nm_kring_notify(&b->na->krings[NM_RX][0]);
}
