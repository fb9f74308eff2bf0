/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nm_adapter: something that has rings.  What kind it is, its table of
 * operations says; operations are entered once per batch, never per packet.
 *
 * Life: referenced (get/put) by descriptors that look at it, by its pipes and
 * by bindings; gone with the last reference.  Its krings live from the first
 * binding to the last.  All under the control lock, but for the syncs.
 */
#ifndef NM_ADAPTER_H
#define NM_ADAPTER_H

#include "ring.h"

struct nm_adapter_ops {
	const char *kind;
	bool offsets; /* its syncs honour the offsets of slots */
	/* one at a time per ring; 0 or a negative errno. -EAGAIN: bring the
	 * kring's fault range in, outside the sync, and call again */
	int (*txsync)(struct nm_kring *k, unsigned int flags);
	int (*rxsync)(struct nm_kring *k, unsigned int flags);
	/* the same for host rings, of adapters that have some */
	int (*host_txsync)(struct nm_kring *k, unsigned int flags);
	int (*host_rxsync)(struct nm_kring *k, unsigned int flags);
	bool rx_imports;  /* packets come in by rxsync, not by producers */
	bool tx_indirect; /* TX follows NS_INDIRECT */
	bool tx_cuts;	  /* TX ends a packet that is unfinished at head there */
	/* a binding comes and goes; NULL: nm_adapter_activate(), _deactivate() */
	int (*activate)(struct nm_adapter *na, struct nm_error *e);
	void (*deactivate)(struct nm_adapter *na);
	/* rings got their first user, with memory, or are about to lose their
	 * last one: those whose `on` is not what nm_kring_wanted() says change.
	 * Cannot fail when none is to be switched on. May be NULL */
	int (*switch_rings)(struct nm_adapter *na, struct nm_error *e);
	/* the rings of a new binding have memory. May be NULL */
	void (*bound)(struct nm_adapter *na);
	/* returns when no foreign thread is inside a ring that was taken from
	 * view before the call. May be NULL */
	void (*quiesce)(struct nm_adapter *na);
	/* the adapter's last reference has gone */
	void (*destroy)(struct nm_adapter *na);
};

struct nm_adapter {
	const struct nm_adapter_ops *ops;
	struct os_ns *ns;
	struct nm_mem *mem;	   /* referenced */
	uint32_t refs;
	uint32_t bindings;
	uint32_t opens;		   /* descriptors bound to it; pipes: to this end */
	uint32_t rings[NM_DIRS];   /* NIC rings */
	uint32_t host_rings[NM_DIRS]; /* 0: a port that is no interface */
	uint32_t slots[NM_DIRS];
	struct nm_kring *krings[NM_DIRS]; /* while there are bindings */
	void *krings_memory[NM_DIRS];
	struct os_waitq wq[NM_DIRS]; /* bindings with several rings sleep here */
	uint32_t wide[NM_DIRS];	   /* how many of those there are */
	uint16_t mode;		   /* NETMAP_PORT_*; 0 is virtual, too */
	bool in_kernel;		   /* a switch uses it: nobody can open it */
	uint32_t vnet_hdr_len;
	struct nm_link pipes;	   /* of nm_pipe.link */
	struct nm_link link;	   /* all adapters, under the control lock */
	uint32_t n_pipes;
	uint32_t monitors_made;	   /* so far, for their names */
	char name[NETMAP_REQ_IFNAMSIZ];
};

/* NIC rings and host rings. */
static inline uint32_t nm_adapter_rings(const struct nm_adapter *na, uint32_t dir)
{
	return na->rings[dir] + na->host_rings[dir];
}

/* Is the ring to be in netmap mode? */
static inline bool nm_kring_wanted(const struct nm_kring *k)
{
	return k->users > 0;
}

void nm_adapter_setup(struct nm_adapter *na, const struct nm_adapter_ops *ops,
		      struct os_ns *ns, struct nm_mem *mem, const char *name);
/* Undoes it, in destroy(). */
void nm_adapter_teardown(struct nm_adapter *na);

/* Before there is any. */
void nm_adapter_init(void);
/* The one after it; NULL: the first one, and none. */
const struct nm_adapter *nm_adapter_next(const struct nm_adapter *na);

struct nm_adapter *nm_adapter_get(struct nm_adapter *na);
void nm_adapter_put(struct nm_adapter *na);

/* How to look a port up. */
struct nm_lookup {
	struct os_ns *ns;
	bool create;		   /* make it if it does not exist */
	bool make_parent;	   /* make a pipe's parent out of nothing */
	uint32_t mem_id;	   /* region for a new port, 0 = its own */
	uint32_t rings[NM_DIRS];   /* wishes for a new port, 0 = default */
	uint32_t slots[NM_DIRS];
	uint32_t host_rings[NM_DIRS]; /* of an interface nobody has open, 0 = keep */
	bool native_only, emulated_only; /* how an interface is to be served */
	bool offloads;		   /* an interface's packets keep theirs */
	bool to_bind;		   /* and not just to look at it */
	bool any_shape;		   /* a switch port may have more rings than usual */
	uint32_t extra_bufs;
	uint32_t depth;		   /* of pipes on pipes */
	struct nm_error *err;
};

/* Finds (or makes) the port called `name` and takes a reference. 0 or a
 * negative errno. */
int nm_adapter_find(const struct nm_lookup *how, const char *name, struct nm_adapter **na);

/* Counts a binding; the first one makes the krings, the last one ends them. */
int nm_adapter_activate(struct nm_adapter *na, struct nm_error *e);
void nm_adapter_deactivate(struct nm_adapter *na);

/* The region asked for by id, or a private one that fits the wishes. */
struct nm_mem *nm_adapter_region(const struct nm_lookup *how, const char *name);

#endif /* NM_ADAPTER_H */
