// SPDX-License-Identifier: BSD-2-Clause
/*
 * Eventfds that applications gave, and threads that sleep for long: on one
 * ppoll() over the eventfds, an event for each queue, and one for being woken.
 */
#include "os_wait.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* ---- eventfds ------------------------------------------------------------ */

struct os_eventfd {
	int fd; /* our own */
};

static bool is_eventfd(int fd)
{
	static const char kind[] = "anon_inode:[eventfd]";
	char path[32], link[sizeof(kind)];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link));
	return n == (ssize_t)sizeof(kind) - 1 && !memcmp(link, kind, sizeof(kind) - 1);
}

/* Not the lowest number: the application may name it next, having closed it. */
#define HIGH_NUMBERS 256

int os_eventfd_get(int32_t fd, struct os_eventfd **out)
{
	struct os_eventfd *e = NULL;
	int own = fcntl(fd, F_DUPFD_CLOEXEC, HIGH_NUMBERS), err = -EINVAL;

	if (own < 0 && errno != EBADF) /* few are allowed */
		own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (own < 0)
		return -errno;
	if (is_eventfd(own)) {
		e = (struct os_eventfd *)os_zalloc(sizeof(*e));
		err = -ENOMEM;
	}
	if (!e) {
		(void)close(own);
		return err;
	}
	e->fd = own;
	*out = e;
	return 0;
}

void os_eventfd_put(struct os_eventfd *e)
{
	if (!e)
		return;
	(void)close(e->fd);
	os_free(e);
}

/* A full counter would make us wait, and whoever looks at it is told anyway. */
void os_eventfd_signal(struct os_eventfd *e)
{
	struct pollfd p = {.fd = e->fd, .events = POLLOUT};
	static const struct timespec now;
	const uint64_t one = 1;

	if (syscall(SYS_ppoll, &p, 1, &now, NULL, 0) == 1 && p.revents == POLLOUT)
		(void)syscall(SYS_write, e->fd, &one, sizeof(one));
}

/* ---- sleepers ------------------------------------------------------------ */

struct os_sleeper {
	unsigned int queues, room_queues; /* in use, and room */
	unsigned int fds, room_fds;
	struct os_event *event; /* of each queue */
	struct os_waitq **queue;
	struct pollfd *poll; /* first our own, then the queues', then eventfds */
};

struct os_sleeper *os_sleeper_new(unsigned int queues, unsigned int eventfds)
{
	struct os_sleeper *s = (struct os_sleeper *)os_zalloc(sizeof(*s));

	if (!s)
		return NULL;
	s->room_queues = queues;
	s->room_fds = 1 + queues + eventfds;
	s->event = (struct os_event *)os_zalloc((queues + 1) * sizeof(*s->event));
	s->queue = (struct os_waitq **)os_zalloc((queues + 1) * sizeof(*s->queue));
	s->poll = (struct pollfd *)os_zalloc(s->room_fds * sizeof(*s->poll));
	if (s->poll)
		s->poll[0].fd = -1;
	if (!s->event || !s->queue || !s->poll)
		goto fail;
	s->poll[0].fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (s->poll[0].fd < 0)
		goto fail;
	s->poll[0].events = POLLIN;
	s->fds = 1;
	return s;
fail:
	os_sleeper_free(s);
	return NULL;
}

void os_sleeper_free(struct os_sleeper *s)
{
	unsigned int i;

	if (!s)
		return;
	for (i = 0; i < s->queues; i++)
		os_event_close(&s->event[i]);
	if (s->poll && s->poll[0].fd >= 0)
		(void)close(s->poll[0].fd);
	os_free(s->event);
	os_free((void *)s->queue);
	os_free(s->poll);
	os_free(s);
}

static int add_fd(struct os_sleeper *s, int fd)
{
	if (fd < 0)
		return fd;
	if (s->fds == s->room_fds)
		return -ENOMEM;
	s->poll[s->fds].fd = fd;
	s->poll[s->fds++].events = POLLIN;
	return 0;
}

/* Queues come first: the events of `poll` from 1 on are those of `event`. */
int os_sleeper_watch_queue(struct os_sleeper *s, struct os_waitq *q)
{
	struct os_event *e = &s->event[s->queues];

	if (s->queues == s->room_queues)
		return -ENOMEM;
	os_event_init(e);
	s->queue[s->queues++] = q;
	return add_fd(s, os_event_fd(e));
}

int os_sleeper_watch_eventfd(struct os_sleeper *s, struct os_eventfd *e)
{
	return add_fd(s, e->fd);
}

/* Takes what is there, without waiting for more: the descriptor may be one that
 * waits, and the application may have read it meanwhile. */
static void drain(int fd)
{
	uint64_t count;
	struct iovec to = {&count, sizeof(count)};

	(void)syscall(SYS_preadv2, fd, &to, 1UL, -1L, -1L, RWF_NOWAIT);
}

void os_sleeper_arm(struct os_sleeper *s)
{
	unsigned int i;

	for (i = 0; i < s->fds; i++) {
		bool event = i && i <= s->queues;

		if (!event && s->poll[i].revents)
			drain(s->poll[i].fd);
		s->poll[i].revents = 0;
	}
	for (i = 0; i < s->queues; i++)
		os_event_arm(&s->event[i], s->queue[i]);
}

int os_sleeper_wait(struct os_sleeper *s, uint32_t microseconds)
{
	struct timespec t = {.tv_sec = microseconds / 1000000,
			     .tv_nsec = (long)(microseconds % 1000000) * 1000};

	if (!microseconds)
		sched_yield();
	/* A signal is no reason to end: one that kills takes us along. */
	(void)syscall(SYS_ppoll, s->poll, (unsigned long)s->fds, &t, NULL, 0);
	return 0;
}

void os_sleeper_wake(struct os_sleeper *s)
{
	const uint64_t one = 1;

	(void)syscall(SYS_write, s->poll[0].fd, &one, sizeof(one));
}
