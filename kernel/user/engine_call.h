/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every call of the engine begins and ends with.
 */
#ifndef NM_ENGINE_CALL_H
#define NM_ENGINE_CALL_H

#include "netmap_core.h"

/* What the core said, as a system call says it. */
static inline int engine_result(int err)
{
	if (likely(err >= 0))
		return err;
	errno = -err;
	return -1;
}

/* A thread cancelled in the core would leave its locks behind. Pairs with
 * engine_uncancellable_end(). */
static inline int engine_uncancellable(void)
{
	int old;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	return old;
}

static inline void engine_uncancellable_end(int old)
{
	(void)pthread_setcancelstate(old, NULL);
}

#endif /* NM_ENGINE_CALL_H */
