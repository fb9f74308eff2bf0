/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control requests: NIOCCTRL, and the lock under which all control state is
 * changed.  Syncs and poll do not take it.
 */
#ifndef NM_CONTROL_H
#define NM_CONTROL_H

#include "binding.h"

void nm_control_lock(void);
/* 0, or -EINTR when the caller is being killed. */
int nm_control_lock_killable(void);
void nm_control_unlock(void);

/* NIOCCTRL with a header at `arg`. 0 or a negative errno. */
int nm_control(struct nm_binding *b, uint64_t arg);

/* The same for a request of a known type whose header and body (NULL: it has
 * none) are in core memory, without options. When it succeeds, both hold the
 * reply, and deliver() takes it to the application; if that fails, so does the
 * request, and a registration is undone. Process. */
int nm_control_inner(struct nm_binding *b, struct nmreq_header *hdr, void *body,
		     int (*deliver)(void *arg), void *arg);

#endif /* NM_CONTROL_H */
