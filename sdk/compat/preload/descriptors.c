/* SPDX-License-Identifier: BSD-2-Clause */
#include "descriptors.h"

#include "epoll_set.h"
#include "real.h"

#include <errno.h>
#include <netmap_engine.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#define CHUNK 1024u
#define CHUNKS 1024u

/* Descriptors of the engine plus one, by file descriptor. Chunks come as needed
 * and stay, so that looking takes no lock. */
static int *chunks[CHUNKS];
static pthread_mutex_t chunks_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;
static int forked;
static pid_t owner; /* of the descriptors; 0: there were none yet */

static int *entry(unsigned int fd)
{
	int *chunk;

	if (fd >= CHUNK * CHUNKS)
		return NULL;
	chunk = __atomic_load_n(&chunks[fd / CHUNK], __ATOMIC_ACQUIRE);
	return chunk ? &chunk[fd % CHUNK] : NULL;
}

int nm_fd_forked(void)
{
	return __atomic_load_n(&forked, __ATOMIC_RELAXED);
}

int nm_fd_engine(int fd)
{
	int *e = entry((unsigned int)fd), d;

	if (__builtin_expect(!e, 1))
		return NM_FD_NONE;
	d = __atomic_load_n(e, __ATOMIC_ACQUIRE) - 1;
	return d >= 0 && nm_fd_forked() ? NM_FD_FOREIGN : d;
}

void nm_fd_say_foreign(void)
{
	static int said;

	nm_say_once(&said,
		    "this process was forked after its parent had opened a port: the "
		    "engine is the parent's alone. Open ports after fork()");
}

/* ---- opening --------------------------------------------------------------- */

static void child_of_fork(void)
{
	__atomic_store_n(&forked, 1, __ATOMIC_RELAXED);
}

static void watch_forks(void)
{
	(void)pthread_atfork(NULL, NULL, child_of_fork);
}

/* 0, EMFILE or ENOMEM. */
static int make_room(unsigned int fd)
{
	int *fresh = NULL;

	if (fd >= CHUNK * CHUNKS)
		return EMFILE;
	pthread_mutex_lock(&chunks_lock);
	if (!entry(fd)) {
		fresh = (int *)calloc(CHUNK, sizeof(*fresh));
		if (fresh)
			__atomic_store_n(&chunks[fd / CHUNK], fresh, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&chunks_lock);
	return entry(fd) ? 0 : ENOMEM;
}

int nm_fd_open(int flags)
{
	int d, fd, err;

	if (nm_fd_forked()) {
		nm_fd_say_foreign();
		errno = ENODEV;
		return -1;
	}
	(void)pthread_once(&fork_once, watch_forks);
	__atomic_store_n(&owner, getpid(), __ATOMIC_RELAXED);
	d = nm_engine_open();
	if (d < 0)
		return -1;
	fd = eventfd(0, flags & O_CLOEXEC ? EFD_CLOEXEC : 0);
	err = fd < 0 ? errno : make_room((unsigned int)fd);
	if (!err) {
		__atomic_store_n(entry((unsigned int)fd), d + 1, __ATOMIC_RELEASE);
		return fd;
	}
	if (fd >= 0)
		NM_REAL(close)(fd);
	(void)nm_engine_close(d);
	errno = err;
	return -1;
}

/* ---- closing --------------------------------------------------------------- */

static void drop_one(int *e)
{
	int d = __atomic_exchange_n(e, 0, __ATOMIC_ACQ_REL) - 1;

	if (d >= 0 && !nm_fd_forked())
		(void)nm_engine_close(d);
}

/* Between vfork() and exec a child has our memory, and descriptors of its own:
 * those it closes are not ours. */
static int not_ours_to_drop(void)
{
	const pid_t pid = __atomic_load_n(&owner, __ATOMIC_RELAXED);

	return !pid || (pid != getpid() && !nm_fd_forked());
}

void nm_fd_drop(unsigned int from, unsigned int to)
{
	int saved = errno, *e;
	unsigned int fd;

	if (not_ours_to_drop())
		return;
	nm_epoll_forget(from, to);
	for (fd = from; fd <= to && fd < CHUNK * CHUNKS; fd++) {
		e = entry(fd);
		if (e)
			drop_one(e);
		else
			fd |= CHUNK - 1; /* to the end of the chunk that is not there */
	}
	errno = saved;
}
