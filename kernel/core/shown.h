/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A port that the host sees as a network interface, and the counters it shows
 * there.  The host asks from contexts where the control lock cannot be taken; and
 * its counters do not start anew with each user, so those of earlier users are
 * kept.
 */
#ifndef NM_SHOWN_H
#define NM_SHOWN_H

#include "adapter.h"
#include "netmap_core.h"

struct nm_shown {
	struct os_netdev *dev;	/* NULL: nothing to see */
	struct os_spin lock;	/* what follows */
	const struct nm_kring *krings[NM_DIRS]; /* while the port has users */
	uint32_t rings[NM_DIRS];
	uint64_t *past;		/* counters of earlier users, ring by ring, RX first */
};

/* Shows a port under its name: 0, -ENOMEM, or what os_netdev_make() says. */
int nm_shown_make(struct nm_shown *s, const struct nm_adapter *na);
/* Also after a failure, or if there never was one. */
void nm_shown_unmake(struct nm_shown *s);

/* The port's krings have come, or are about to go. Control lock. */
void nm_shown_begin(struct nm_shown *s, const struct nm_adapter *na);
void nm_shown_end(struct nm_shown *s);

#endif /* NM_SHOWN_H */
