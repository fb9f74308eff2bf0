/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a host of the core calls: the life of the core, and of the descriptors
 * that applications open.  Everything else in this folder is the core's own.
 */
#ifndef NETMAP_CORE_H
#define NETMAP_CORE_H

#include "os.h"

/* Makes the core ready, or -ENOMEM. Pairs with nm_core_exit(), which the host
 * calls when no descriptor is open any more. Process. */
int nm_core_init(void);
void nm_core_exit(void);

/* Takes apart what outlives descriptors (attachments, persistent ports) of a
 * namespace that is going, which no descriptor refers to any more. Process. */
void nm_core_clear(struct os_ns *ns);

struct nm_binding;

/* A new descriptor, not bound to a port yet; NULL if memory is short. The
 * namespace stays valid until nm_binding_close(). Process. */
struct nm_binding *nm_binding_open(struct os_ns *ns);

/* The last reference to the descriptor, mappings included, has gone, and no
 * call on it is under way. Process. */
void nm_binding_close(struct nm_binding *b);

/* NIOCCTRL (arg is the address of a header), NIOCTXSYNC, NIOCRXSYNC. Returns
 * 0 or a negative errno; other commands are -EOPNOTSUPP. From any number of
 * threads at once. Process. */
int nm_binding_ioctl(struct nm_binding *b, unsigned int cmd, uint64_t arg);

/* Events of nm_binding_poll(); the values of poll() on Linux. */
#define NM_POLLIN 0x001u
#define NM_POLLOUT 0x004u
#define NM_POLLERR 0x008u
#define NM_POLLRDNORM 0x040u
#define NM_POLLWRNORM 0x100u

/* Queues the poller on both directions, syncs as the events ask for, and
 * returns the events that are ready. Process. */
unsigned int nm_binding_poll(struct nm_binding *b, unsigned int events,
			     struct os_poller *poller);

/* The region to map and its size in bytes; -EINVAL while not bound. The region
 * lives at least as long as the binding. Process. */
int nm_binding_region(struct nm_binding *b, struct os_region **region, uint64_t *bytes);

/* The queue that notifications of direction `tx` reach this descriptor
 * through; NULL while not bound. Process. */
struct os_waitq *nm_binding_waitq(struct nm_binding *b, bool tx);

/*
 * Parameters, under the names that module parameters have. Values are plain
 * ints that may change at any time; the core reads each once per use.
 */
struct nm_params {
	int if_size, if_num;		   /* wanted global pools */
	int ring_size, ring_num;
	int buf_size, buf_num;
	int if_curr_size, if_curr_num;	   /* actual global pools, read-only */
	int ring_curr_size, ring_curr_num;
	int buf_curr_size, buf_curr_num;
	int priv_if_size, priv_if_num;	   /* least of private pools */
	int priv_ring_size, priv_ring_num;
	int priv_buf_size, priv_buf_num;
	int max_bridges;		   /* read-only once running */
	int bridge_batch;
	int txsync_retry;
	int no_timestamp;
	int admode;		   /* interfaces: 0 best, 1 native only, 2 emulated */
	int fwd;		   /* forward between NIC and host rings, always */
	int no_pendintr;
	int default_pipes;	   /* no effect; old scripts set it */
	int generic_mit;	   /* emulated RX: ns between two wake-ups */
	int generic_ringsize;	   /* emulation: slots, if the device does not tell */
	int generic_rings;	   /* no effect on Linux */
	int generic_hwcsum;	   /* no effect: checksums are always finished */
	int generic_txqdisc;	   /* no effect: the emulation needs no queueing */
	int ptnet_vnet_hdr;	   /* no effect */
	int verbose;
};
extern struct nm_params nm_params;

#endif /* NETMAP_CORE_H */
