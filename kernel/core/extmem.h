/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The EXTMEM option of REGISTER: a region that is the application's own memory.
 */
#ifndef NM_EXTMEM_H
#define NM_EXTMEM_H

#include "mem.h"
#include "option.h"

/* What a request brings; all zero without the option. */
struct nm_extmem {
	struct nm_options *options;
	struct nm_option *item;
	struct os_region *region; /* the memory, held, until a region takes it over */
	struct nmreq_opt_extmem opt;
};

/* Takes the option, if there is one, and holds its memory. Pairs with
 * nm_extmem_release(). Process, no lock held. */
int nm_extmem_hold(struct nm_extmem *x, struct nm_options *o, struct nm_error *e);
/* Lets go of memory that no region has taken over. Process, no lock held. */
void nm_extmem_release(struct nm_extmem *x);

/* The region in the memory of the option, referenced, or NULL without the option;
 * `mem_id` is what the request asks for besides. Control lock. */
int nm_extmem_mem(struct nm_extmem *x, uint32_t mem_id, struct nm_mem **m,
		  struct nm_error *e);

/* As nm_fail(), and the status of the option tells, too. */
int nm_extmem_fail(struct nm_extmem *x, int err, struct nm_error *e, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif /* NM_EXTMEM_H */
