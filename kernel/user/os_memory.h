/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the engine asks of a region beyond os.h.
 */
#ifndef NM_OS_MEMORY_H
#define NM_OS_MEMORY_H

#include "os.h"

/* The address of the region's first byte; the whole capacity is mapped there. */
void *os_region_base(struct os_region *r);

#endif /* NM_OS_MEMORY_H */
