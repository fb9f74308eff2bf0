/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rest of the OS contract: pausing, the clock, names of interfaces, text,
 * and the log, which a library keeps to itself unless it is asked to speak.
 */
#include "netmap_core.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define RELAX_ROUNDS 16
#define YIELD_ROUNDS 32
#define SLEEP_NS 50000

void os_pause(unsigned int round)
{
	const struct timespec t = {.tv_nsec = SLEEP_NS};
	unsigned int i;

	if (round < RELAX_ROUNDS) {
		for (i = 0; i < 8; i++)
			os_relax();
	} else if (round < YIELD_ROUNDS) {
		sched_yield();
	} else {
		/* Not nanosleep(), where a thread could be cancelled. */
		(void)syscall(SYS_nanosleep, &t, NULL);
	}
}

/* Not the coarse clock: it stands still for milliseconds. */
void os_walltime(int64_t *seconds, int64_t *microseconds)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	*seconds = t.tv_sec;
	*microseconds = t.tv_nsec / 1000;
}

int os_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	return vsnprintf(buf, size, fmt, ap);
}

int os_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

/* ---- log ----------------------------------------------------------------- */

#define LINES_PER_SECOND 10

static bool log_wanted(void)
{
	enum { UNKNOWN, NO, YES };
	static int by_environment; /* looked up once */
	int v = os_load_relaxed(&by_environment);

	if (v == UNKNOWN) {
		v = getenv("NETMAPXX_VERBOSE") ? YES : NO;
		os_store_relaxed(&by_environment, v);
	}
	return v == YES || os_load_relaxed(&nm_params.verbose);
}

static bool log_admitted(void)
{
	static uint64_t second;
	static uint32_t lines;
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (os_exchange(&second, (uint64_t)t.tv_sec) != (uint64_t)t.tv_sec)
		os_store_relaxed(&lines, 0u);
	return os_fetch_add(&lines, 1u) < LINES_PER_SECOND;
}

void os_log(const char *fmt, ...)
{
	char line[512] = "netmap: ";
	const size_t prefix = strlen(line);
	int saved = errno;
	va_list ap;
	size_t n;

	if (!log_wanted() || !log_admitted())
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line + prefix, sizeof(line) - prefix - 1, fmt, ap);
	va_end(ap);
	n = strlen(line);
	if (line[n - 1] != '\n')
		line[n++] = '\n';
	/* One call, so that lines of several threads stay whole. */
	(void)syscall(SYS_write, STDERR_FILENO, line, n);
	errno = saved;
}
