/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ports in sets of epoll: the system knows nothing of them, so they are kept
 * beside the set, and epoll_wait() waits for both.
 */
#ifndef NM_PRELOAD_EPOLL_SET_H
#define NM_PRELOAD_EPOLL_SET_H

/* Descriptors from..to are about to be closed: as sets, and as members. */
void nm_epoll_forget(unsigned int from, unsigned int to);

#endif /* NM_PRELOAD_EPOLL_SET_H */
