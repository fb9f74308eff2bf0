/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nm_binding: an open descriptor, and its tie to the rings of a port.
 *
 * A descriptor is unbound until a REGISTER succeeds, and stays bound until it
 * is closed.  Registration has two steps, so that a reply that cannot be
 * delivered leaves nothing behind: prepare() acquires everything, and either
 * publish() makes it visible to syncs, poll and mmap, or undo() gives it back.
 */
#ifndef NM_BINDING_H
#define NM_BINDING_H

#include "adapter.h"

struct nm_ring_range {
	uint32_t first, last; /* [first, last) */
};

struct nm_csb;
struct os_sleeper;

/* The sync loop of a descriptor: see kloop.h. */
struct nm_loop {
	bool stop;		 /* asked to end; stays until a loop has seen it */
	bool over;		 /* the descriptor is closed: no loop goes on */
	uint32_t ends;		 /* how many have ended; both read without a lock */
	struct os_waitq ended;
	/* ---- under the control lock */
	bool running;
	struct os_sleeper *sleeper; /* while it runs */
};

struct nm_binding {
	struct os_ns *ns;
	struct os_waitq early; /* who waits before there are rings to wait for */
	struct os_relay relay[NM_DIRS]; /* for those of them who stay there */
	struct nm_adapter *na;	/* the port, once bound; read without a lock */
	struct nm_csb *csb;	/* shared-index mode; written under the control lock */
	struct nm_ring_range range[NM_DIRS];
	unsigned int sync_flags; /* NM_SYNC_MAY_FORWARD, or 0 */
	bool tx_in_poll;	/* poll pushes TX rings whatever it is asked for */
	bool rx_in_poll;	/* poll syncs RX rings whatever it is asked for */

	/* ---- under the control lock */
	struct nm_adapter *held; /* the port, from prepare() on */
	bool exclusive;
	struct netmap_if *nifp;
	uint32_t nif_index;
	uint64_t nif_offset;
	struct nm_holding extra; /* its extra buffers */
	struct nm_loop loop;
};

/* What a REGISTER asks for, beyond the port. */
struct nm_binding_wish {
	uint32_t mode, ringid, extra_bufs;
	uint64_t flags;
	struct nm_offsets *offsets; /* or NULL; its max becomes what is in force */
};

/* Takes over the reference to `na` in any case. Control lock. */
int nm_binding_prepare(struct nm_binding *b, struct nm_adapter *na,
		       const struct nm_binding_wish *wish, struct nm_error *e);
void nm_binding_publish(struct nm_binding *b);
void nm_binding_undo(struct nm_binding *b);

/* NIOCTXSYNC, NIOCRXSYNC. */
int nm_binding_sync(struct nm_binding *b, enum nm_dir dir);

#endif /* NM_BINDING_H */
