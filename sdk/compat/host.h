/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the C library meets the host of the core: opening the control device,
 * and requests with the words of the core when they fail. Descriptors are file
 * descriptors on both hosts; on the embedded engine the interposing library
 * stands behind them.
 */
#ifndef NM_COMPAT_HOST_H
#define NM_COMPAT_HOST_H

#include <libnetmap.h>

/* An unbound descriptor, close-on-exec; or -1 with errno, and said why. */
int nm_host_open(struct nmctx *ctx);

/* Leaves errno alone. */
void nm_host_close(int fd);

/* NIOCCTRL; `what` is what it is called in a message. 0, or -1 with errno. */
int nm_host_request(int fd, struct nmreq_header *hdr, const char *what,
		    struct nmctx *ctx);

#endif /* NM_COMPAT_HOST_H */
