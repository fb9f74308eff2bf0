/* SPDX-License-Identifier: BSD-2-Clause */
#include "real.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[NM_REAL_COUNT] = {
	"open",	 "openat", "access",  "faccessat", "close",	 "close_range", "dup",
	"dup2",	 "dup3",   "fcntl",   "ioctl",	   "mmap",	 "munmap",	"poll",
	"ppoll", "select", "pselect", "epoll_ctl", "epoll_pwait"};

typedef void (*function)(void);

static function found[NM_REAL_COUNT];

/* Threads that come together find the same. */
void (*nm_real_find(enum nm_real which))(void)
{
	function f = __atomic_load_n(&found[which], __ATOMIC_ACQUIRE);
	void *at;

	if (__builtin_expect(f != NULL, 1))
		return f;
	at = dlsym(RTLD_NEXT, names[which]);
	if (!at) {
		fprintf(stderr, "libnetmapxx-preload: this system has no %s()\n",
			names[which]);
		abort();
	}
	memcpy(&f, &at, sizeof(f));
	__atomic_store_n(&found[which], f, __ATOMIC_RELEASE);
	return f;
}

void nm_say_once(int *said, const char *text)
{
	int saved = errno;

	if (!__atomic_exchange_n(said, 1, __ATOMIC_RELAXED))
		fprintf(stderr, "libnetmapxx-preload: %s\n", text);
	errno = saved;
}
