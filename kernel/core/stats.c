// SPDX-License-Identifier: BSD-2-Clause
/*
 * STATS_GET, and the same counters for people.
 */
#include "control.h"
#include "netmap_core.h"
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

static uint16_t port_mode(const struct nm_adapter *na)
{
	return na->mode ? na->mode : NETMAP_PORT_VIRTUAL;
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
	s->nr_port_mode = port_mode(na);
	return 0;
}

/* ---- for people ---------------------------------------------------------------------- */

static const char *const nm_counter_names[] = {
	[NM_COUNT_PACKETS] = "packets",
	[NM_COUNT_BYTES] = "bytes",
	[NM_COUNT_SYNCS] = "syncs",
	[NM_COUNT_WAKEUPS] = "wakeups",
	[NM_COUNT_BAD_RINGS] = "bad_rings",
	[NM_COUNT_DROPS + NETMAP_DROP_NO_ROOM] = "drop_no_room",
	[NM_COUNT_DROPS + NETMAP_DROP_SHORT] = "drop_too_short",
	[NM_COUNT_DROPS + NETMAP_DROP_NO_DEST] = "drop_no_destination",
	[NM_COUNT_DROPS + NETMAP_DROP_TOO_MANY_FRAGS] = "drop_too_many_fragments",
	[NM_COUNT_DROPS + NETMAP_DROP_BAD_SLOT] = "drop_bad_slot",
	[NM_COUNT_DROPS + NETMAP_DROP_BAD_INDIRECT] = "drop_bad_indirect",
	[NM_COUNT_DROPS + NETMAP_DROP_VNET_HDR] = "drop_vnet_header",
	[NM_COUNT_DROPS + NETMAP_DROP_DETACHED] = "drop_detached",
	[NM_COUNT_DROPS + NETMAP_DROP_DISABLED] = "drop_disabled",
	[NM_COUNT_DROPS + NETMAP_DROP_TOO_LONG] = "drop_too_long",
	[NM_COUNT_DROPS + NETMAP_DROP_OFFLOAD] = "drop_offload",
};
_Static_assert(sizeof(nm_counter_names) / sizeof(nm_counter_names[0]) == NM_COUNTERS,
	       "a reason to drop has no name here");

const char *nm_counter_name(uint32_t counter)
{
	return nm_counter_names[counter];
}

void nm_kring_counters(const struct nm_kring *k, uint64_t *counters)
{
	uint32_t i;

	counters[NM_COUNT_PACKETS] = os_load_relaxed(&k->stats.packets);
	counters[NM_COUNT_BYTES] = os_load_relaxed(&k->stats.bytes);
	counters[NM_COUNT_SYNCS] = os_load_relaxed(&k->n_syncs);
	counters[NM_COUNT_WAKEUPS] = os_load_relaxed(&k->stats.wakeups);
	counters[NM_COUNT_BAD_RINGS] = os_load_relaxed(&k->stats.bad_rings);
	for (i = NM_COUNT_DROPS; i < NM_COUNTERS; i++)
		counters[i] = os_load_relaxed(&k->stats.drops[i - NM_COUNT_DROPS]);
}

static void view_rings(const struct nm_port_viewer *viewer, void *arg,
		       const struct nm_adapter *na, uint32_t dir)
{
	uint64_t counters[NM_COUNTERS];
	uint32_t r;

	for (r = 0; na->krings[dir] && r < nm_adapter_rings(na, dir); r++) {
		nm_kring_counters(&na->krings[dir][r], counters);
		viewer->ring(arg, dir == NM_TX, r, counters);
	}
}

int nm_core_view(const struct nm_port_viewer *viewer, void *arg)
{
	const struct nm_adapter *na = NULL;
	int err = nm_control_lock_killable();

	if (err)
		return err;
	while ((na = nm_adapter_next(na))) {
		struct nm_port_view view = { na->ns, na->name, na->ops->kind, na->opens,
					     port_mode(na), na->mem->id };

		if (!na->bindings)
			continue;
		viewer->port(arg, &view);
		view_rings(viewer, arg, na, NM_TX);
		view_rings(viewer, arg, na, NM_RX);
	}
	nm_control_unlock();
	return 0;
}
