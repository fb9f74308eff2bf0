/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll() and select() over ports and other descriptors. Waiting for a port
 * syncs its rings, as it does on the device.
 */
#include "descriptors.h"
#include "real.h"

#include <errno.h>
#include <netmap_engine.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#define FEW 32

/* The caller's list, taken apart. */
struct split {
	struct nm_engine_pollfd *ours;
	struct pollfd *others;
	char *is_ours; /* of each entry of the caller */
	unsigned int n_ours, n_others;
};

static int any_ours(const struct pollfd *fds, nfds_t n)
{
	nfds_t i;

	for (i = 0; i < n; i++)
		if (nm_fd_engine(fds[i].fd) != NM_FD_NONE)
			return 1;
	return 0;
}

static void split_list(struct split *s, const struct pollfd *fds, nfds_t n)
{
	nfds_t i;
	int d;

	for (i = 0; i < n; i++) {
		d = nm_fd_engine(fds[i].fd);
		s->is_ours[i] = d != NM_FD_NONE;
		if (d == NM_FD_NONE) {
			s->others[s->n_others++] = fds[i];
			continue;
		}
		if (d == NM_FD_FOREIGN)
			nm_fd_say_foreign();
		s->ours[s->n_ours].fd = d;
		s->ours[s->n_ours++].events = fds[i].events;
	}
}

static void join_list(const struct split *s, struct pollfd *fds, nfds_t n)
{
	unsigned int ours = 0, others = 0;
	nfds_t i;

	for (i = 0; i < n; i++)
		fds[i].revents = s->is_ours[i] ? s->ours[ours++].revents
					       : s->others[others++].revents;
}

/* Alone and without a mask they are waited for without file descriptors. */
static int wait_split(struct split *s, const struct timespec *timeout,
		      const sigset_t *mask)
{
	int64_t ms = -1;

	if (s->n_others || mask)
		return nm_engine_poll_with(s->ours, s->n_ours, s->others, s->n_others,
					   timeout, mask);
	if (timeout && timeout->tv_sec > INT32_MAX / 1000 - 1)
		ms = INT32_MAX;
	else if (timeout)
		ms = (int64_t)timeout->tv_sec * 1000 +
		     (timeout->tv_nsec + 999999) / 1000000;
	return nm_engine_poll(s->ours, s->n_ours, (int)ms);
}

static int nm_wait(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
		   const sigset_t *mask)
{
	struct {
		struct nm_engine_pollfd ours[FEW];
		struct pollfd others[FEW];
		char is_ours[FEW];
	} few;
	struct split s = {few.ours, few.others, few.is_ours, 0, 0};
	char *many = NULL;
	int ret;

	if (n > FEW) {
		many = (char *)malloc(n * (sizeof(*s.others) + sizeof(*s.ours) + 1));
		if (!many)
			return -1;
		s.others = (struct pollfd *)(void *)many;
		s.ours = (struct nm_engine_pollfd *)(void *)(s.others + n);
		s.is_ours = (char *)(s.ours + n);
	}
	split_list(&s, fds, n);
	ret = wait_split(&s, timeout, mask);
	if (ret >= 0)
		join_list(&s, fds, n);
	free(many);
	return ret;
}

/* ---- poll ------------------------------------------------------------------ */

NM_PRELOAD_API int poll(struct pollfd *fds, nfds_t n, int ms)
{
	struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

	if (!any_ours(fds, n))
		return NM_REAL(poll)(fds, n, ms);
	return nm_wait(fds, n, ms < 0 ? NULL : &t, NULL);
}

NM_PRELOAD_API int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
			 const sigset_t *mask)
{
	if (!any_ours(fds, n))
		return NM_REAL(ppoll)(fds, n, timeout, mask);
	if (timeout && (timeout->tv_sec < 0 || timeout->tv_nsec < 0 ||
			timeout->tv_nsec >= 1000000000)) {
		errno = EINVAL;
		return -1;
	}
	return nm_wait(fds, n, timeout, mask);
}

/* What they become in programs compiled with checks of the C library. */
NM_PRELOAD_API int __poll_chk(struct pollfd *fds, nfds_t n, int ms, size_t bytes);
NM_PRELOAD_API int __ppoll_chk(struct pollfd *fds, nfds_t n,
			       const struct timespec *timeout, const sigset_t *mask,
			       size_t bytes);

int __poll_chk(struct pollfd *fds, nfds_t n, int ms, size_t bytes)
{
	if (bytes / sizeof(*fds) < n)
		abort();
	return poll(fds, n, ms);
}

int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
		const sigset_t *mask, size_t bytes)
{
	if (bytes / sizeof(*fds) < n)
		abort();
	return ppoll(fds, n, timeout, mask);
}

/* ---- select ---------------------------------------------------------------- */

static int in(int fd, const fd_set *set)
{
	return set && FD_ISSET(fd, set);
}

static int any_ours_in(int n, const fd_set *r, const fd_set *w, const fd_set *e)
{
	int fd;

	for (fd = 0; fd < n && fd < FD_SETSIZE; fd++)
		if (nm_fd_engine(fd) != NM_FD_NONE &&
		    (in(fd, r) || in(fd, w) || in(fd, e)))
			return 1;
	return 0;
}

static nfds_t to_list(struct pollfd *fds, int n, const fd_set *r, const fd_set *w,
		      const fd_set *e)
{
	nfds_t used = 0;
	int fd;

	for (fd = 0; fd < n && fd < FD_SETSIZE; fd++) {
		const int events = (in(fd, r) ? POLLIN : 0) | (in(fd, w) ? POLLOUT : 0) |
				   (in(fd, e) ? POLLPRI : 0);

		if (!events)
			continue;
		fds[used].fd = fd;
		fds[used].events = (short)events;
		fds[used++].revents = 0;
	}
	return used;
}

/* Leaves in the set what is ready; how many. */
static int keep(fd_set *set, const struct pollfd *f, int ready)
{
	if (!in(f->fd, set))
		return 0;
	if (f->revents & ready)
		return 1;
	FD_CLR(f->fd, set);
	return 0;
}

static int select_ours(int n, fd_set *r, fd_set *w, fd_set *e,
		       const struct timespec *timeout, const sigset_t *mask)
{
	struct pollfd fds[FD_SETSIZE];
	const nfds_t used = to_list(fds, n, r, w, e);
	int ready = 0, ret = nm_wait(fds, used, timeout, mask);
	nfds_t i;

	if (ret < 0)
		return ret;
	for (i = 0; i < used; i++) {
		if (fds[i].revents & POLLNVAL) {
			errno = EBADF;
			return -1;
		}
	}
	for (i = 0; i < used; i++) {
		ready += keep(r, &fds[i], POLLIN | POLLERR | POLLHUP);
		ready += keep(w, &fds[i], POLLOUT | POLLERR);
		ready += keep(e, &fds[i], POLLPRI);
	}
	return ready;
}

/* As the system does, what is left of the time is written back. */
NM_PRELOAD_API int select(int n, fd_set *r, fd_set *w, fd_set *e, struct timeval *timeout)
{
	struct timespec t, begin, end;
	int64_t left;
	int ret, saved;

	if (!any_ours_in(n, r, w, e))
		return NM_REAL(select)(n, r, w, e, timeout);
	if (!timeout)
		return select_ours(n, r, w, e, NULL, NULL);
	if (timeout->tv_sec < 0 || timeout->tv_usec < 0 || timeout->tv_usec >= 1000000) {
		errno = EINVAL;
		return -1;
	}
	t.tv_sec = timeout->tv_sec;
	t.tv_nsec = timeout->tv_usec * 1000;
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	ret = select_ours(n, r, w, e, &t, NULL);
	saved = errno;
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	left = timeout->tv_usec - (end.tv_nsec - begin.tv_nsec) / 1000;
	timeout->tv_sec -= end.tv_sec - begin.tv_sec;
	for (; left < 0; left += 1000000)
		timeout->tv_sec--;
	for (; left >= 1000000; left -= 1000000)
		timeout->tv_sec++;
	timeout->tv_usec = left;
	if (timeout->tv_sec < 0)
		timeout->tv_sec = timeout->tv_usec = 0;
	errno = saved;
	return ret;
}

NM_PRELOAD_API int pselect(int n, fd_set *r, fd_set *w, fd_set *e,
			   const struct timespec *timeout, const sigset_t *mask)
{
	if (!any_ours_in(n, r, w, e))
		return NM_REAL(pselect)(n, r, w, e, timeout, mask);
	return select_ours(n, r, w, e, timeout, mask);
}
