/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters, as applications see them.
 */
#ifndef NM_STATS_H
#define NM_STATS_H

#include "adapter.h"

/* Fills in what STATS_GET answers; -ENOENT past the last ring. Control lock. */
int nm_stats_get(const struct nm_adapter *na, struct nmreq_stats_get *s,
		 struct nm_error *e);

/* NM_COUNTERS values, in the order of enum nm_counter. Any. */
void nm_kring_counters(const struct nm_kring *k, uint64_t *counters);

#endif /* NM_STATS_H */
