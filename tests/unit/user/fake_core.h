/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A core that does as the tests say: a binding has two wait queues, a flag of
 * readiness for each, and a region.
 */
#ifndef FAKE_CORE_H
#define FAKE_CORE_H

#include "netmap_core.h"

enum fake_action {
	FAKE_BIND,	  /* to a region of its own */
	FAKE_BIND_SHARED, /* to the one that all such bindings share */
	FAKE_IDENTIFY,	  /* gives the binding */
	FAKE_BLOCK,	  /* returns 7 when fake_open_gate() was called */
};

/* The argument of NIOCCTRL. */
struct fake_request {
	enum fake_action action;
	struct nm_binding *binding;
};

#define FAKE_REGION_BYTES (16u * OS_PAGE_SIZE)

/* Makes a direction ready and notifies; takes readiness away, and tells if it
 * was there. */
void fake_post(struct nm_binding *b, bool tx);
bool fake_take(struct nm_binding *b, bool tx);

void fake_close_gate(void);
void fake_open_gate(void);
uint32_t fake_blocked(void); /* calls that wait at the gate */

uint32_t fake_live(void);  /* bindings open */
uint32_t fake_syncs(void); /* since the program started */

#endif /* FAKE_CORE_H */
