/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regions as the character device sees them; the core's side is in os.h.
 */
#ifndef NM_LINUX_REGION_H
#define NM_LINUX_REGION_H

struct os_region;
struct page;

/* The page behind page number `index` of the region, or NULL if there is none.
 * No reference is taken: the region holds its pages until it is destroyed. Any. */
struct page *nm_region_page(struct os_region *r, unsigned long index);

#endif /* NM_LINUX_REGION_H */
