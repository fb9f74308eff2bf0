/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nm_netdev: the adapter of a network interface.  It has NIC rings, which its
 * driver serves, and host rings, which lead to the host's stack (host.h).
 *
 * A driver is native (a NIC driver with netmap functions) or the emulation,
 * which works over any interface through the host's own paths.
 *
 * Locks: an nm_netdev changes under the control lock and, inside it, the
 * interface lock (os_netdev_lock()), so the interface's own events are handled
 * under the latter alone.  When the interface goes, nm_netdev_device_gone() stops the
 * rings for good: syncs fail with EIO, poll with POLLERR, and the memory stays
 * until the descriptors are closed.
 */
#ifndef NM_NETDEV_H
#define NM_NETDEV_H

#include "adapter.h"

#define NM_NETDEV_MAX_HOST_RINGS 256u

struct nm_netdev;

struct nm_driver {
	const char *name;
	bool native;
	/* a first look at the device; a last one. The driver keeps what it likes
	 * in nd->priv. Interface lock */
	int (*attach)(struct nm_netdev *nd, struct nm_error *e);
	void (*detach)(struct nm_netdev *nd);
	/* NIC rings whose nm_kring_wanted() is not their `on` change, and `on`
	 * with them. Interface lock, may sleep; no sync of rings that change is
	 * under way. Cannot fail when none is to be switched on */
	int (*switch_rings)(struct nm_netdev *nd, struct nm_error *e);
	/* as in nm_adapter_ops: one at a time per ring, may not sleep */
	int (*txsync)(struct nm_kring *k, unsigned int flags);
	int (*rxsync)(struct nm_kring *k, unsigned int flags);
};

struct nm_netdev {
	struct nm_adapter na;
	const struct nm_driver *driver;
	struct os_netdev *dev; /* held until the interface or the adapter goes */
	bool gone;	       /* the interface is; interface lock */
	uint32_t device_slots[NM_DIRS]; /* per ring, as the device says */
	bool intercepting;     /* some NIC TX ring is on: host packets come to us */
	void *priv;	       /* the driver's */
	struct nm_link link;   /* all, under both locks */
};

static inline struct nm_netdev *nm_netdev_of(struct nm_adapter *na)
{
	return nm_entry(na, struct nm_netdev, na);
}

void nm_netdev_init(void);

/* The adapter of the interface called `name`, made if there is none yet.
 * Control lock. 0 or a negative errno. */
int nm_netdev_find(const struct nm_lookup *how, const char *name, struct nm_adapter **na);

/* ---- for drivers and for the OS ---------------------------------------------- */

/* The interface is leaving. The interface lock is held, the control lock not. */
void nm_netdev_device_gone(struct os_netdev *dev);
/* The interface may have come up: whoever waits for room on its TX rings syncs
 * them again. The interface lock is held, the control lock not. */
void nm_netdev_device_ready(struct os_netdev *dev);

/*
 * A packet arrived for an RX ring that is filled where packets arrive: it is
 * copied into free slots, as many as it needs. `vnet` is its virtio-net header of
 * k->na->vnet_hdr_len bytes, NULL if that is 0: the packet is finished then. False:
 * dropped, and counted. The caller tells the ring's sleepers (nm_kring_notify())
 * when its batch is done. Any context; inside what os_netdev_quiesce() waits for.
 */
bool nm_netdev_receive(struct nm_kring *k, const struct os_packet *p, const void *vnet);

/* Bytes of the longest packet such a ring takes, with its virtio-net header. */
uint32_t nm_netdev_longest(const struct nm_kring *k);

/* RX sync of such a ring: the packets are there, released slots go back. */
int nm_netdev_release(struct nm_kring *k, unsigned int flags);

#endif /* NM_NETDEV_H */
