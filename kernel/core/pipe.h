/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes: two ports, back to back, in the region of their parent.
 *
 * TX ring i of one end feeds RX ring i of the other.  The two rings have the
 * same slots and share one set of buffers; a packet is handed over by copying
 * its slot, never its data.  The sender's sync does all the copying: slots with
 * packets go to the receiver's ring, and slots the receiver released come back,
 * with whatever buffer the receiver left in them.  The receiver's sync only
 * moves indices.
 *
 * With slot offsets at either end (ring.h) a slot says where its packet begins.
 * If the receiver cannot be told so, because it has no offsets or wants a larger
 * one, the sender's sync moves the data in its buffer.
 */
#ifndef NM_PIPE_H
#define NM_PIPE_H

#include "adapter.h"

#define NM_MAX_PIPES 64u  /* on one parent */
#define NM_PIPE_MAX_DEPTH 8u /* of pipes on pipes: look-up recurses */
#define NM_PIPE_MAX_RINGS 256u
#define NM_PIPE_MAX_SLOTS 4096u

/* Is it the name of a pipe's end (is there a brace in it)? */
bool nm_pipe_name(const char *name);
int nm_pipe_find(const struct nm_lookup *how, const char *name, struct nm_adapter **na);

#endif /* NM_PIPE_H */
