/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors with words.  Functions that refuse something return a negative errno
 * and leave one sentence for the person who asked; the sentence travels back
 * in the ERRTEXT option.
 */
#ifndef NM_ERROR_H
#define NM_ERROR_H

#include "os.h"
#include <net/netmap.h>

struct nm_error {
	char text[NETMAP_ERRTEXT_LEN];
};

/* Writes the sentence (unless `e` is NULL) and returns `err`. The first
 * sentence stays: it is the one nearest to the cause. */
int nm_fail(struct nm_error *e, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* NM_ERROR_H */
