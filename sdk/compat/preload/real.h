/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The functions of the system that this library stands in front of.
 */
#ifndef NM_PRELOAD_REAL_H
#define NM_PRELOAD_REAL_H

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <unistd.h>

#define NM_PRELOAD_API __attribute__((visibility("default")))

enum nm_real {
	NM_REAL_open,
	NM_REAL_openat,
	NM_REAL_access,
	NM_REAL_faccessat,
	NM_REAL_close,
	NM_REAL_close_range,
	NM_REAL_dup,
	NM_REAL_dup2,
	NM_REAL_dup3,
	NM_REAL_fcntl,
	NM_REAL_ioctl,
	NM_REAL_mmap,
	NM_REAL_munmap,
	NM_REAL_poll,
	NM_REAL_ppoll,
	NM_REAL_select,
	NM_REAL_pselect,
	NM_REAL_epoll_ctl,
	NM_REAL_epoll_pwait,
	NM_REAL_COUNT
};

/* Never NULL: a system without the function ends the program, with words. */
void (*nm_real_find(enum nm_real which))(void);

/* The system's function of that name, with its type. */
#define NM_REAL(name) ((__typeof__(&name))nm_real_find(NM_REAL_##name))

/* One line on stderr, once for each `said`, which begins as 0. errno stays. */
void nm_say_once(int *said, const char *text);

#endif /* NM_PRELOAD_REAL_H */
