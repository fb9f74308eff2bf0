/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Edge-triggered members: a member has an edge when it is added or modified,
 * and when its side was notified after that. An edge is good for one report.
 * The engine's event descriptors tell of notifications; they are armed, and
 * edges are taken, under the lock, so that of several threads that wait each
 * edge goes to one.
 */
#include "epoll_set.h"

#include "descriptors.h"
#include "real.h"

#include <errno.h>
#include <netmap_engine.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#define SIDES 2

struct member {
	struct member *next;
	int epfd, fd;
	struct epoll_event event; /* events 0: disabled until it is modified */
	char edge[SIDES];	  /* by enum nm_engine_dir */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct member *members; /* under lock; also read to see that it is empty */
static unsigned int turns;     /* who comes first when there is room for few */

/* In a forked child nobody waits for ports, and the lock may be held forever. */
static int any(void)
{
	return __atomic_load_n(&members, __ATOMIC_ACQUIRE) != NULL && !nm_fd_forked();
}

/* ---- membership ------------------------------------------------------------ */

static struct member **find(int epfd, int fd)
{
	struct member **link = &members;

	while (*link && ((*link)->epfd != epfd || (*link)->fd != fd))
		link = &(*link)->next;
	return link;
}

static void unlink_member(struct member **link)
{
	struct member *m = *link;

	__atomic_store_n(link, m->next, __ATOMIC_RELEASE);
	free(m);
}

void nm_epoll_forget(unsigned int from, unsigned int to)
{
	struct member **link;

	if (!any())
		return;
	pthread_mutex_lock(&lock);
	for (link = &members; *link;) {
		const unsigned int set = (unsigned int)(*link)->epfd;
		const unsigned int fd = (unsigned int)(*link)->fd;

		if ((set >= from && set <= to) || (fd >= from && fd <= to))
			unlink_member(link);
		else
			link = &(*link)->next;
	}
	pthread_mutex_unlock(&lock);
}

/* Armed before the first look, which what is there already is good for. */
static void set_event(struct member *m, const struct epoll_event *event)
{
	const int d = nm_fd_engine(m->fd);
	int side;

	m->event = *event;
	for (side = 0; side < SIDES; side++) {
		m->edge[side] = 1;
		if (event->events & EPOLLET)
			(void)nm_engine_arm(d, (enum nm_engine_dir)side);
	}
}

static int add(struct member **link, int epfd, int fd, const struct epoll_event *event)
{
	struct member *m;

	if (*link)
		return EEXIST;
	m = (struct member *)calloc(1, sizeof(*m));
	if (!m)
		return ENOMEM;
	m->epfd = epfd;
	m->fd = fd;
	set_event(m, event);
	__atomic_store_n(link, m, __ATOMIC_RELEASE);
	return 0;
}

static int change(int epfd, int op, int fd, const struct epoll_event *event)
{
	struct member **link = find(epfd, fd);

	if (op != EPOLL_CTL_DEL && !event)
		return EFAULT;
	if (op == EPOLL_CTL_ADD)
		return add(link, epfd, fd, event);
	if (!*link)
		return ENOENT;
	if (op == EPOLL_CTL_DEL)
		unlink_member(link);
	else if (op == EPOLL_CTL_MOD)
		set_event(*link, event);
	else
		return EINVAL;
	return 0;
}

/* A set is what the system takes for one: removing what is not in it says. */
static int is_set(int epfd, int fd)
{
	return !NM_REAL(epoll_ctl)(epfd, EPOLL_CTL_DEL, fd, NULL) || errno == ENOENT;
}

NM_PRELOAD_API int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	const int d = nm_fd_engine(fd);
	int err;

	if (d == NM_FD_NONE)
		return NM_REAL(epoll_ctl)(epfd, op, fd, event);
	if (d == NM_FD_FOREIGN) {
		nm_fd_say_foreign();
		errno = ENODEV;
		return -1;
	}
	if (!is_set(epfd, fd))
		return -1;
	pthread_mutex_lock(&lock);
	err = change(epfd, op, fd, event);
	pthread_mutex_unlock(&lock);
	if (!err)
		return 0;
	errno = err;
	return -1;
}

/* ---- waiting --------------------------------------------------------------- */

#define MEMBERS_MAX 256

/* One look at a set: its members, and what the system is asked to watch: the
 * set itself, and the events of the sides that wait for an edge. */
struct look {
	int epfd;
	unsigned int n, watched;
	struct nm_engine_pollfd ours[MEMBERS_MAX];
	int fds[MEMBERS_MAX];
	struct pollfd others[1 + SIDES * MEMBERS_MAX];
};

static short to_poll(uint32_t events)
{
	return (short)(events & (EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM));
}

static uint32_t side_events(int side)
{
	return side == NM_ENGINE_TX ? EPOLLOUT | EPOLLWRNORM : EPOLLIN | EPOLLRDNORM;
}

/* The side of a port was notified: an edge for every member that is the port. */
static void spread_edge(int fd, int side)
{
	struct member *m;

	for (m = members; m; m = m->next)
		if (m->fd == fd)
			m->edge[side] = 1;
}

/* Takes an edge that came, in an event that is readable, or watches for it. The
 * event is armed again only after it was seen: arming clears it. */
static void watch_edge(struct look *l, struct member *m, int d, int side)
{
	struct pollfd f = {nm_engine_event_fd(d, (enum nm_engine_dir)side), POLLIN, 0};

	if (f.fd < 0)
		return;
	if (NM_REAL(poll)(&f, 1, 0) > 0) {
		(void)nm_engine_arm(d, (enum nm_engine_dir)side);
		spread_edge(m->fd, side);
	}
	if (!m->edge[side])
		l->others[l->watched++] = f;
}

/* What a member is looked at for now: an edge-triggered one, for its edges. */
static short wanted(struct look *l, struct member *m, int d)
{
	uint32_t events = m->event.events;
	int side;

	if (!(events & EPOLLET))
		return to_poll(events);
	for (side = 0; side < SIDES; side++) {
		if (!(events & side_events(side)))
			continue;
		watch_edge(l, m, d, side);
		if (!m->edge[side])
			events &= ~side_events(side);
		m->edge[side] = 0;
	}
	return to_poll(events);
}

/* The caller then syncs and looks at the rings; an edge taken here and found
 * without data is spent: the event is armed, and comes with the data. */
static void gather(struct look *l, int epfd)
{
	struct member *m;
	int d;

	l->epfd = epfd;
	l->n = 0;
	l->watched = 1;
	l->others[0].fd = epfd;
	l->others[0].events = POLLIN;
	l->others[0].revents = 0;
	pthread_mutex_lock(&lock);
	for (m = members; m && l->n < MEMBERS_MAX; m = m->next) {
		if (m->epfd != epfd || !m->event.events)
			continue;
		d = nm_fd_engine(m->fd);
		l->fds[l->n] = m->fd;
		l->ours[l->n].fd = d;
		l->ours[l->n].events = wanted(l, m, d);
		l->ours[l->n++].revents = 0;
	}
	pthread_mutex_unlock(&lock);
}

/* Reports members that are ready; how many of at most `max`. An edge for which
 * there is no room comes again. */
static int report(struct look *l, struct epoll_event *events, int max)
{
	struct member *m;
	unsigned int i;
	int side, n = 0;

	pthread_mutex_lock(&lock);
	for (i = 0; i < l->n; i++) {
		const uint32_t got = (uint32_t)(unsigned short)l->ours[i].revents;

		m = *find(l->epfd, l->fds[i]);
		if (!m || !m->event.events || !got)
			continue;
		for (side = 0; side < SIDES && n == max; side++)
			if (got & side_events(side))
				m->edge[side] = 1;
		if (n == max)
			continue;
		events[n].events = got & (m->event.events | EPOLLERR | EPOLLHUP);
		events[n++].data = m->event.data;
		if (m->event.events & EPOLLONESHOT)
			m->event.events = 0;
	}
	pthread_mutex_unlock(&lock);
	return n;
}

/* Both kinds, in turns the one or the other first. */
static int collect(struct look *l, struct epoll_event *events, int max)
{
	const unsigned int turn = __atomic_fetch_add(&turns, 1, __ATOMIC_RELAXED);
	int n = 0, got;

	if (turn % 2)
		n = report(l, events, max);
	if (n < max && l->others[0].revents) {
		got = NM_REAL(epoll_pwait)(l->epfd, events + n, max - n, 0, NULL);
		if (got < 0 && !n)
			return -1;
		n += got > 0 ? got : 0;
	}
	if (!(turn % 2))
		n += report(l, events + n, max - n);
	return n;
}

static struct timespec now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t;
}

/* Milliseconds that are left of `ms` (negative: no limit) after `begin`. */
static int left_of(int ms, const struct timespec *begin)
{
	const struct timespec t = now();
	int64_t gone;

	if (ms <= 0)
		return ms;
	gone = (int64_t)(t.tv_sec - begin->tv_sec) * 1000 +
	       (t.tv_nsec - begin->tv_nsec) / 1000000;
	return gone >= ms ? 0 : (int)(ms - gone);
}

static int wait_both(struct look *l, int ms, const sigset_t *mask)
{
	const struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

	return nm_engine_poll_with(l->ours, l->n, l->others, l->watched,
				   ms < 0 ? NULL : &t, mask);
}

static int wait_set(int epfd, struct epoll_event *events, int max, int ms,
		    const sigset_t *mask)
{
	const struct timespec begin = now();
	struct look *l;
	int n = 0, left = ms;

	if (max <= 0) {
		errno = EINVAL;
		return -1;
	}
	l = (struct look *)malloc(sizeof(*l));
	if (!l)
		return -1;
	while (!n) {
		gather(l, epfd);
		n = wait_both(l, left, mask);
		if (n > 0)
			n = collect(l, events, max);
		if (!left)
			break;
		left = left_of(ms, &begin);
	}
	free(l);
	return n;
}

static int has_members(int epfd)
{
	struct member *m;

	if (!any())
		return 0;
	pthread_mutex_lock(&lock);
	for (m = members; m && m->epfd != epfd; m = m->next)
		;
	pthread_mutex_unlock(&lock);
	return m != NULL;
}

NM_PRELOAD_API int epoll_pwait(int epfd, struct epoll_event *events, int max, int ms,
			       const sigset_t *mask)
{
	if (!has_members(epfd))
		return NM_REAL(epoll_pwait)(epfd, events, max, ms, mask);
	return wait_set(epfd, events, max, ms, mask);
}

NM_PRELOAD_API int epoll_wait(int epfd, struct epoll_event *events, int max, int ms)
{
	return epoll_pwait(epfd, events, max, ms, NULL);
}

NM_PRELOAD_API int epoll_pwait2(int epfd, struct epoll_event *events, int max,
				const struct timespec *timeout, const sigset_t *mask)
{
	int64_t ms = -1;

	if (timeout)
		ms = (int64_t)timeout->tv_sec * 1000 +
		     (timeout->tv_nsec + 999999) / 1000000;
	return epoll_pwait(epfd, events, max, ms > INT32_MAX ? INT32_MAX : (int)ms, mask);
}
