// SPDX-License-Identifier: BSD-2-Clause
/*
 * STATS_GET.
 */
#include "stats.h"

static void ring_counters(const struct nm_kring *k, struct nmreq_stats_get *s)
{
	int i;

	s->nr_packets = os_load_relaxed(&k->stats.packets);
	s->nr_bytes = os_load_relaxed(&k->stats.bytes);
	s->nr_syncs = os_load_relaxed(&k->n_syncs);
	s->nr_wakeups = os_load_relaxed(&k->stats.wakeups);
	s->nr_bad_rings = os_load_relaxed(&k->stats.bad_rings);
	for (i = 0; i < NETMAP_DROP_REASONS; i++)
		s->nr_drops[i] = os_load_relaxed(&k->stats.drops[i]);
}

int nm_stats_get(const struct nm_adapter *na, struct nmreq_stats_get *s,
		 struct nm_error *e)
{
	const struct nm_mem *m = na->mem;
	uint32_t dir = s->nr_dir, ring = s->nr_ring;

	if (dir > NM_TX)
		return nm_fail(e, -EINVAL, "nr_dir is 1 for TX and 0 for RX, not %u", dir);
	if (ring >= nm_adapter_rings(na, dir))
		return nm_fail(e, -ENOENT, "%s has %u %s rings, no ring %u", na->name,
			       nm_adapter_rings(na, dir), dir ? "TX" : "RX", ring);
	memset(s, 0, sizeof(*s));
	s->nr_dir = dir;
	s->nr_ring = ring;
	if (na->krings[dir])
		ring_counters(&na->krings[dir][ring], s);
	s->nr_mem_capacity = m->bytes;
	s->nr_mem_populated = m->populated;
	s->nr_bufs_total = m->pool[NM_POOL_BUF].total;
	s->nr_bufs_used = m->pool[NM_POOL_BUF].used;
	s->nr_mem_id = m->id;
	s->nr_opens = (uint16_t)(na->opens < 65535 ? na->opens : 65535);
	s->nr_port_mode = na->mode ? na->mode : NETMAP_PORT_VIRTUAL;
	return 0;
}
