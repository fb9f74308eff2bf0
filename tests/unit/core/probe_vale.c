// SPDX-License-Identifier: BSD-2-Clause
/*
 * vale_forward.c, opened up.
 */
#include "vale_forward.c" // NOLINT(bugprone-suspicious-include)

#include "probe.h"

void probe_set_batch(struct nm_kring *tx, uint64_t batch)
{
	tx->scratch->batch = (__typeof__(tx->scratch->batch))batch;
}
