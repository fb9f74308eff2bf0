/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File descriptors with a descriptor of the engine behind them. The number is
 * taken by an eventfd that nobody signals: so it is the program's, cannot be
 * given to anything else, and survives whatever we do not know of.
 */
#ifndef NM_PRELOAD_DESCRIPTORS_H
#define NM_PRELOAD_DESCRIPTORS_H

/* What nm_fd_engine() says of a descriptor that is not ours. */
#define NM_FD_NONE (-1)
/* ... of one that belongs to the parent of a forked child: no engine knows it. */
#define NM_FD_FOREIGN 0x7fffffff

/* The descriptor of the engine, NM_FD_NONE or NM_FD_FOREIGN. Takes no lock. */
int nm_fd_engine(int fd);

/* A new descriptor, as open() with these flags; or -1 with errno. */
int nm_fd_open(int flags);

/* Closes what is behind the descriptors from..to, which stay open themselves:
 * the caller closes or replaces them next. Others are left alone. */
void nm_fd_drop(unsigned int from, unsigned int to);

/* True in a forked child whose parent used the engine. */
int nm_fd_forked(void);

/* Says so. */
void nm_fd_say_foreign(void);

#endif /* NM_PRELOAD_DESCRIPTORS_H */
