/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shared-index (CSB) mode, and the sync loop: for hypervisors, whose guests
 * cannot make system calls.
 *
 * Head, cur and the core's indices travel through two arrays in the
 * application's memory in place of the ring headers, one entry for each bound
 * ring, TX rings first.  Once a descriptor is in this mode, its rings are synced
 * by a thread that runs the loop, and by nobody else.
 */
#ifndef NM_KLOOP_H
#define NM_KLOOP_H

#include "binding.h"
#include "option.h"

/* The CSB option of a REGISTER, if there is one: between prepare() and
 * publish(). Process, no lock held. */
int nm_csb_option(struct nm_binding *b, struct nm_options *o, struct nm_error *e);
/* CSB_ENABLE. Process, no lock held. */
int nm_csb_enable(struct nm_binding *b, struct nm_options *o, struct nm_error *e);
/* The binding ends, and with it the mode. Control lock. */
void nm_csb_drop(struct nm_binding *b);

/* SYNC_KLOOP_START: returns when the loop has ended. Process, no lock held. */
int nm_kloop_start(struct nm_binding *b, uint32_t sleep_us, struct nm_options *o,
		   struct nm_error *e);
/* SYNC_KLOOP_STOP: returns when no loop is left. Process, no lock held. */
int nm_kloop_stop(struct nm_binding *b, struct nm_error *e);

/* The descriptor is closed: a loop on it ends, and so will one that is about to
 * begin. Does not wait. Process, no lock held. */
void nm_kloop_over(struct nm_binding *b);

#endif /* NM_KLOOP_H */
