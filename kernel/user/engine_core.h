/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of the core inside this process.
 */
#ifndef NM_ENGINE_CORE_H
#define NM_ENGINE_CORE_H

#include "netmap_core.h"

/* Starts the core unless it runs: 0 or a negative errno. It is stopped when the
 * program ends. */
int engine_core_start(void);

bool engine_core_running(void);

#endif /* NM_ENGINE_CORE_H */
