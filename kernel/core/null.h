/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Null ports: rings that lead nowhere.  They hold a region and extra buffers.
 */
#ifndef NM_NULL_H
#define NM_NULL_H

#include "adapter.h"

/* A new null port in the region how->mem_id, with exactly the rings and slots
 * asked for. 0 or a negative errno. */
int nm_null_new(const struct nm_lookup *how, const char *name, struct nm_adapter **na);

#endif /* NM_NULL_H */
