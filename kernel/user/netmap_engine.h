/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file netmap_engine.h
 * The embedded engine: the netmap core inside this process.
 *
 * Calls have the shape of the system calls an application makes on
 * /dev/netmap, and the same results: a failing call returns -1 and sets errno.
 * Descriptors are the engine's own small integers, not file descriptors.
 * Ports are visible inside this process only.
 *
 *     int d = nm_engine_open();
 *     struct nmreq_header hdr = { .nr_version = NETMAP_API, ... };
 *     nm_engine_ioctl(d, NIOCCTRL, &hdr);
 *     void *mem = nm_engine_mmap(d, reg.nr_memsize, 0);
 *     ...
 *     nm_engine_ioctl(d, NIOCTXSYNC, NULL);
 *     nm_engine_munmap(mem, reg.nr_memsize);
 *     nm_engine_close(d);
 *
 * Thread safety: every call may be made from any thread at any time; a call
 * that is under way when another thread closes the descriptor finishes on it.
 * No call is a cancellation point. A child of fork() must not use the parent's
 * engine.
 */
#ifndef NETMAP_ENGINE_H
#define NETMAP_ENGINE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/select.h> /* sigset_t */
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NM_ENGINE_API __attribute__((visibility("default")))

struct pollfd;

/** Which side of a port a wait is about. */
enum nm_engine_dir { NM_ENGINE_RX = 0, NM_ENGINE_TX = 1 };

/** One entry of nm_engine_poll(): as struct pollfd, with an engine descriptor. */
struct nm_engine_pollfd {
	int fd;
	short events;
	short revents;
};

/** Opens an unbound descriptor. Errors: ENOMEM, EMFILE. */
NM_ENGINE_API int nm_engine_open(void);

/**
 * Drops the descriptor. The binding ends with the last of the descriptor and
 * its mappings. A sync loop on the descriptor ends (SYNC_KLOOP_START returns 0
 * in its thread); until then it holds the binding, too. Errors: EBADF.
 */
NM_ENGINE_API int nm_engine_close(int d);

/**
 * NIOCCTRL, NIOCTXSYNC, NIOCRXSYNC and the legacy commands. Addresses inside
 * requests are addresses of this process; they are checked, so a bad one is
 * EFAULT and not a crash. Errors: EBADF and what the request documents.
 */
NM_ENGINE_API int nm_engine_ioctl(int d, unsigned long cmd, void *arg);

/**
 * Maps `length` bytes at `offset` (a multiple of the page size) of the
 * region of a bound descriptor, shared, readable and writable. Returns
 * MAP_FAILED on error: EBADF, EINVAL (not bound, or beyond the region).
 * The mapping keeps the binding alive; drop it with nm_engine_munmap().
 */
NM_ENGINE_API void *nm_engine_mmap(int d, size_t length, uint64_t offset);

/** Drops one mapping made with the same address and length. Errors: EINVAL. */
NM_ENGINE_API int nm_engine_munmap(void *addr, size_t length);

/**
 * poll() for engine descriptors: syncs the bound rings for the events asked
 * for, sleeps until one is ready, `timeout_ms` passed (negative: no limit) or
 * a signal came (EINTR). Returns the number of entries with revents. An entry
 * with a negative fd is skipped, one with an unknown fd gets POLLNVAL.
 */
NM_ENGINE_API int nm_engine_poll(struct nm_engine_pollfd *fds, unsigned int nfds,
				 int timeout_ms);

/**
 * ppoll() for engine descriptors and file descriptors at once: `fds` as in
 * nm_engine_poll(), `others` as in ppoll(), each may be empty. `timeout` (NULL:
 * no limit) is not changed; `mask` (NULL: as it is) holds while it sleeps. Any
 * number of threads may wait for the same descriptor. Returns the number of
 * entries with revents in both lists. Errors: EINTR, EINVAL (timeout), ENOMEM,
 * EMFILE (it makes a descriptor for each side it waits for).
 */
NM_ENGINE_API int nm_engine_poll_with(struct nm_engine_pollfd *fds, unsigned int nfds,
				      struct pollfd *others, unsigned int nothers,
				      const struct timespec *timeout,
				      const sigset_t *mask);

/**
 * A file descriptor (an eventfd, non-blocking, close-on-exec) that becomes
 * readable when the core notified the side `dir` of a descriptor after
 * nm_engine_arm(); that the descriptor was bound is such an event, too. It belongs to the engine and lives as long as the engine
 * descriptor: watch it with poll, epoll or a reactor, never close or read it.
 * It serves one waiter at a time; threads that wait for the same side of the
 * same descriptor use nm_engine_poll(). Errors: EBADF, EINVAL (no such
 * side), EMFILE.
 */
NM_ENGINE_API int nm_engine_event_fd(int d, enum nm_engine_dir dir);

/**
 * Clears the event descriptor of that side and asks to be told of the next
 * notification. Use it as poll works inside: arm, sync, look at the rings,
 * and only then sleep on the descriptor; so no wake-up can be lost. One event
 * is given for each call. Errors: as nm_engine_event_fd().
 */
NM_ENGINE_API int nm_engine_arm(int d, enum nm_engine_dir dir);

/**
 * Sets a parameter of the core (the names of the module's parameters, such as
 * "bridge_batch" or "buf_num"). Errors: ENOENT; EINVAL for one that only tells
 * ("buf_curr_num"), for "max_bridges" once a descriptor was opened, and for a
 * value that is no int.
 */
NM_ENGINE_API int nm_engine_param_set(const char *name, long value);

/** Reads a parameter of the core. Errors: ENOENT. */
NM_ENGINE_API int nm_engine_param_get(const char *name, long *value);

#ifdef __cplusplus
}
#endif

#endif /* NETMAP_ENGINE_H */
