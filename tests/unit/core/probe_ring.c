// SPDX-License-Identifier: BSD-2-Clause
/*
 * ring.c, opened up.
 */
#include "ring.c" // NOLINT(bugprone-suspicious-include)

#include "probe.h"

bool probe_indices_valid(uint32_t from, uint32_t h, uint32_t c, uint32_t to, uint32_t n)
{
	return indices_valid(from, h, c, to, n);
}
