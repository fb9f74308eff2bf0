/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Monitors: ports whose RX rings show the traffic of another port's rings.
 *
 * A ring has a list of observers, each of which feeds one ring of one monitor.
 * The ring's syncs and its producers run the list at fixed points:
 *
 *                copies                              exchanges buffers (zero-copy)
 *   TX   before the port's sync: what was      after it: what came back as sent
 *        submitted and not shown yet
 *   RX   before packets are published, by a    before the port's sync: what the
 *        producer or by the port's sync        application released
 *
 * Any number of copying monitors observe a ring. Those that exchange form a
 * chain: the first observes the port's rings, the next one the first one's ring,
 * and so on; what one has released the next one gets.
 *
 * The policy of drops: newest last. If less room is left than there are new
 * packets, the oldest of them are lost, whole packets always, and counted on the
 * monitor's ring (NETMAP_DROP_NO_ROOM). A packet that the port's application
 * released in pieces is lost to monitors that exchange, and counted likewise.
 * Slots without a valid buffer are shown empty (NETMAP_DROP_BAD_SLOT).
 *
 * A monitor's ring ends when one of the rings that it observes leaves netmap
 * mode: what it was shown before can be read, with one sync; then its syncs fail
 * for good. The port itself never learns that it is observed.
 *
 * Locks: a list is changed under the control lock and the ring's lock, and run
 * under the ring's lock; so nobody is in it any more once an observer was taken
 * out. Inside, the lock of the monitor's ring is taken (two rings may feed it),
 * and for an exchange that of the region.
 */
#ifndef NM_MONITOR_H
#define NM_MONITOR_H

#include "adapter.h"

#define NM_MONITOR_MAX_SLOTS 4096u
#define NM_MONITOR_FLAGS (NR_MONITOR_TX | NR_MONITOR_RX | NR_ZCOPY_MON)

void nm_monitor_init(void);

/* ---- under the control lock ------------------------------------------------ */

/* A new monitor of the port called `name`; `flags` are those of the REGISTER. */
int nm_monitor_new(const struct nm_lookup *how, const char *name, uint64_t flags,
		   struct nm_adapter **na);
/* The monitor called `name`, with a reference. */
bool nm_monitor_find(struct os_ns *ns, const char *name, struct nm_adapter **na);
/* The ring leaves netmap mode: so do the monitors' rings that observe it. On
 * return nobody looks at it any more. */
void nm_monitor_end(struct nm_kring *k);

/* nm_monitor_sync(), _publish() and _show(), which the data path calls for rings
 * that have observers, are declared in ring.h. */

#endif /* NM_MONITOR_H */
