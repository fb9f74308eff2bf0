/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mappings: which descriptors an application still has memory of.
 */
#ifndef NM_ENGINE_MAP_H
#define NM_ENGINE_MAP_H

#include "engine_desc.h"

/* Maps and takes a reference to the descriptor; 0 or a negative errno. Pairs
 * with engine_map_remove(). */
int engine_map_add(struct engine_desc *desc, size_t length, uint64_t offset, void **addr);

/* 0 or -EINVAL. */
int engine_map_remove(void *addr, size_t length);

/* The descriptor's number is gone. */
void engine_map_closed(struct engine_desc *desc);

#endif /* NM_ENGINE_MAP_H */
