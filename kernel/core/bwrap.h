/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nm_bwrap: an interface plugged into a switch.
 *
 * Like an application that bridges two ports, inside the core: it binds the
 * interface's rings, and those of one switch port (two, with the host's side),
 * and moves packets between them by swapping buffers of their one region.  Each
 * ring is served by a lane, a task that runs when there is something to move;
 * in polling mode threads serve the lanes of the NIC's RX rings instead.
 *
 *   NIC RX ring i  -> TX ring i of "vale:IF"      the switch copies on from there
 *   RX ring i of "vale:IF" -> NIC TX ring i       what does not fit waits there
 *   host rings <-> "vale:IF^", likewise
 *
 * All under the control lock, but for the lanes.
 */
#ifndef NM_BWRAP_H
#define NM_BWRAP_H

#include "netdev.h"
#include "vale.h"

struct nm_bwrap;

/* Plugs `nd`, which nobody has open, into the switch under `name`; with_host: and
 * its host rings under `name`^. Takes over the reference to nd in any case. */
int nm_bwrap_new(struct nm_netdev *nd, const char *name, int len, bool with_host,
		 struct nm_error *e, uint32_t *index);
/* Takes it out, and gives the interface back to the host. */
void nm_bwrap_free(struct nm_bwrap *w);

bool nm_bwrap_polling(const struct nm_bwrap *w);
/* Has the interface gone? */
bool nm_bwrap_gone(const struct nm_bwrap *w);
int nm_bwrap_poll_start(struct nm_bwrap *w, const struct nmreq_vale_polling *req,
			struct nm_error *e);
void nm_bwrap_poll_stop(struct nm_bwrap *w);

#endif /* NM_BWRAP_H */
