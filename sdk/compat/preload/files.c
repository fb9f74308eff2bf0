/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening the control device, controlling it, closing it: on the embedded
 * engine instead of the module, if that is the host.
 */
#include "descriptors.h"
#include "real.h"

#include <errno.h>
#include <limits.h>
#include <net/netmap.h>
#include <netmap_engine.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

/* ---- which host ------------------------------------------------------------ */

enum host { HOST_DEVICE, HOST_ENGINE, HOST_UNKNOWN };

static enum host chosen;
static char node[PATH_MAX] = "/dev/netmap";
static pthread_once_t choose_once = PTHREAD_ONCE_INIT;

/* As the C++ library chooses. It stays: two hosts have the same numbers for
 * different regions. */
static void choose(void)
{
	static int said;
	const char *backend = getenv("NETMAPXX_BACKEND"),
		   *path = getenv("NETMAPXX_DEVICE");

	if (path && *path && strlen(path) < sizeof(node))
		strcpy(node, path);
	if (!backend || !*backend || !strcmp(backend, "automatic")) {
		chosen = NM_REAL(access)(node, F_OK) ? HOST_ENGINE : HOST_DEVICE;
	} else if (!strcmp(backend, "embedded")) {
		chosen = HOST_ENGINE;
	} else if (!strcmp(backend, "device")) {
		chosen = HOST_DEVICE;
	} else {
		chosen = HOST_UNKNOWN;
		nm_say_once(&said, "NETMAPXX_BACKEND must be \"device\" or \"embedded\"");
	}
}

static int is_node(const char *path)
{
	if (!path || path[0] != '/')
		return 0;
	if (strcmp(path, "/dev/netmap") != 0) {
		const char *own = getenv("NETMAPXX_DEVICE");

		if (!own || strcmp(path, own) != 0)
			return 0;
	}
	(void)pthread_once(&choose_once, choose);
	return chosen != HOST_DEVICE;
}

/* ---- open ------------------------------------------------------------------ */

static int open_node(int flags)
{
	if (chosen == HOST_ENGINE)
		return nm_fd_open(flags);
	errno = ENODEV;
	return -1;
}

/* The mode of open(), if these flags come with one. */
#define TAKE_MODE(flags, mode)                                                           \
	do {                                                                             \
		va_list args;                                                            \
		if ((flags) & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) {                  \
			va_start(args, flags);                                           \
			(mode) = va_arg(args, mode_t);                                   \
			va_end(args);                                                    \
		}                                                                        \
	} while (0)

NM_PRELOAD_API int open(const char *path, int flags, ...)
{
	mode_t mode = 0;

	if (is_node(path))
		return open_node(flags);
	TAKE_MODE(flags, mode);
	return NM_REAL(open)(path, flags, mode);
}

NM_PRELOAD_API int open64(const char *path, int flags, ...)
{
	mode_t mode = 0;

	if (is_node(path))
		return open_node(flags);
	TAKE_MODE(flags, mode);
	return NM_REAL(open)(path, flags | O_LARGEFILE, mode);
}

NM_PRELOAD_API int openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;

	if (is_node(path))
		return open_node(flags);
	TAKE_MODE(flags, mode);
	return NM_REAL(openat)(dir, path, flags, mode);
}

NM_PRELOAD_API int openat64(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;

	if (is_node(path))
		return open_node(flags);
	TAKE_MODE(flags, mode);
	return NM_REAL(openat)(dir, path, flags | O_LARGEFILE, mode);
}

/* What open() becomes in programs compiled with checks of the C library. */
NM_PRELOAD_API int __open_2(const char *path, int flags);
NM_PRELOAD_API int __open64_2(const char *path, int flags);

int __open_2(const char *path, int flags)
{
	return open(path, flags);
}

int __open64_2(const char *path, int flags)
{
	return open64(path, flags);
}

NM_PRELOAD_API int __openat_2(int dir, const char *path, int flags);
NM_PRELOAD_API int __openat64_2(int dir, const char *path, int flags);

int __openat_2(int dir, const char *path, int flags)
{
	return openat(dir, path, flags);
}

int __openat64_2(int dir, const char *path, int flags)
{
	return openat64(dir, path, flags);
}

/* Programs look first whether the node is there. */
NM_PRELOAD_API int access(const char *path, int mode)
{
	if (is_node(path) && chosen == HOST_ENGINE)
		return 0;
	return NM_REAL(access)(path, mode);
}

NM_PRELOAD_API int faccessat(int dir, const char *path, int mode, int flags)
{
	if (is_node(path) && chosen == HOST_ENGINE)
		return 0;
	return NM_REAL(faccessat)(dir, path, mode, flags);
}

/* ---- close ----------------------------------------------------------------- */

NM_PRELOAD_API int close(int fd)
{
	if (fd >= 0)
		nm_fd_drop((unsigned int)fd, (unsigned int)fd);
	return NM_REAL(close)(fd);
}

NM_PRELOAD_API int close_range(unsigned int from, unsigned int to, int flags)
{
	if (from <= to && !(flags & (1 << 2))) /* not CLOSE_RANGE_CLOEXEC */
		nm_fd_drop(from, to);
	return NM_REAL(close_range)(from, to, flags);
}

NM_PRELOAD_API void closefrom(int from)
{
	(void)close_range(from < 0 ? 0 : (unsigned int)from, UINT_MAX, 0);
}

/* ---- duplicates, which the engine does not know ------------------------------ */

static int refuse_duplicate(void)
{
	static int said;

	nm_say_once(&said,
		    "a port's descriptor cannot be duplicated on the embedded engine: "
		    "open the port again");
	errno = EOPNOTSUPP;
	return -1;
}

NM_PRELOAD_API int dup(int fd)
{
	return nm_fd_engine(fd) != NM_FD_NONE ? refuse_duplicate() : NM_REAL(dup)(fd);
}

NM_PRELOAD_API int dup2(int fd, int to)
{
	if (nm_fd_engine(fd) != NM_FD_NONE)
		return fd == to ? to : refuse_duplicate();
	if (fd != to && to >= 0)
		nm_fd_drop((unsigned int)to, (unsigned int)to);
	return NM_REAL(dup2)(fd, to);
}

NM_PRELOAD_API int dup3(int fd, int to, int flags)
{
	if (nm_fd_engine(fd) != NM_FD_NONE)
		return refuse_duplicate();
	if (fd != to && to >= 0)
		nm_fd_drop((unsigned int)to, (unsigned int)to);
	return NM_REAL(dup3)(fd, to, flags);
}

static int control_file(int fd, int cmd, void *arg)
{
	if ((cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC) && nm_fd_engine(fd) != NM_FD_NONE)
		return refuse_duplicate();
	return NM_REAL(fcntl)(fd, cmd, arg);
}

/* The third argument is an int or a pointer; both travel as one. */
#define TAKE_ARGUMENT(after, arg)                                                        \
	do {                                                                             \
		va_list args;                                                            \
		va_start(args, after);                                                   \
		(arg) = va_arg(args, void *);                                            \
		va_end(args);                                                            \
	} while (0)

NM_PRELOAD_API int fcntl(int fd, int cmd, ...)
{
	void *arg;

	TAKE_ARGUMENT(cmd, arg);
	return control_file(fd, cmd, arg);
}

NM_PRELOAD_API int fcntl64(int fd, int cmd, ...)
{
	void *arg;

	TAKE_ARGUMENT(cmd, arg);
	return control_file(fd, cmd, arg);
}

/* ---- control --------------------------------------------------------------- */

/* What the system does with any descriptor, before it asks its driver. */
static int is_general(unsigned long cmd)
{
	return cmd == FIONBIO || cmd == FIOASYNC || cmd == FIOCLEX || cmd == FIONCLEX;
}

NM_PRELOAD_API int ioctl(int fd, unsigned long cmd, ...)
{
	const int d = nm_fd_engine(fd);
	void *arg;

	TAKE_ARGUMENT(cmd, arg);
	if (__builtin_expect(d == NM_FD_NONE, 0) || is_general(cmd))
		return NM_REAL(ioctl)(fd, cmd, arg);
	if (d != NM_FD_FOREIGN)
		return nm_engine_ioctl(d, cmd, arg);
	nm_fd_say_foreign();
	errno = ENODEV;
	return -1;
}

/** The engine's descriptor behind a file descriptor, or -1 (netmap_engine.h). */
NM_PRELOAD_API int nm_preload_descriptor(int fd);

int nm_preload_descriptor(int fd)
{
	const int d = nm_fd_engine(fd);

	return d == NM_FD_FOREIGN ? -1 : d;
}
