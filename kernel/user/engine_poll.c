/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for descriptors of the engine: alone, on a futex, and together with
 * file descriptors, on events.
 */
#include "netmap_engine.h"

#include "engine_call.h"
#include "engine_desc.h"
#include "os_wait.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FEW 8

struct poll_set {
	struct nm_engine_pollfd *fds;
	struct engine_desc **desc; /* of each; NULL if unknown or to be skipped */
	unsigned int n;
};

/* Looks at every entry; those after a ready one need no queue. */
static int poll_look(const struct poll_set *s, struct os_poller *poller)
{
	unsigned int i, got;
	int ready = 0;

	for (i = 0; i < s->n; i++) {
		struct nm_engine_pollfd *f = &s->fds[i];

		got = 0;
		if (s->desc[i]) {
			got = nm_binding_poll(s->desc[i]->binding,
					      (unsigned short)f->events,
					      ready ? NULL : poller);
			got &= (unsigned short)f->events | POLLERR | POLLHUP;
		} else if (f->fd >= 0) {
			got = POLLNVAL;
		}
		f->revents = (short)got;
		ready += got != 0;
	}
	return ready;
}

static struct timespec deadline_in(int ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

/* The first look queues nowhere: a caller that is kept busy finds work, and
 * stays off the lines that its peers read at each wake-up. */
static int poll_run(const struct poll_set *s, int timeout_ms)
{
	int err = 0, ready = poll_look(s, NULL);
	struct timespec deadline;
	struct os_poller poller;

	if (ready || !timeout_ms)
		return ready;
	if (timeout_ms > 0)
		deadline = deadline_in(timeout_ms);
	os_poller_init(&poller);
	ready = poll_look(s, &poller);
	if (poller.error)
		err = poller.error;
	while (!ready && !err) {
		err = os_poller_sleep(&poller, timeout_ms > 0 ? &deadline : NULL);
		os_poller_rearm(&poller);
		ready = poll_look(s, NULL);
	}
	os_poller_destroy(&poller);
	return ready ? ready : err == -ETIMEDOUT ? 0 : err;
}

/* Finds the descriptors of all entries; `few` serves if it is large enough. 0 or
 * -ENOMEM. Pairs with set_put(). */
static int set_get(struct poll_set *s, struct engine_desc **few)
{
	unsigned int i;

	s->desc = few;
	if (s->n > FEW)
		s->desc = (struct engine_desc **)os_zalloc(s->n * sizeof(*s->desc));
	if (!s->desc)
		return -ENOMEM;
	for (i = 0; i < s->n; i++)
		s->desc[i] = s->fds[i].fd < 0 ? NULL : engine_desc_get(s->fds[i].fd);
	return 0;
}

static void set_put(struct poll_set *s, struct engine_desc **few)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		if (s->desc[i])
			engine_desc_put(s->desc[i]);
	if (s->desc != few)
		os_free(s->desc);
}

int nm_engine_poll(struct nm_engine_pollfd *fds, unsigned int nfds, int timeout_ms)
{
	struct engine_desc *few[FEW];
	struct poll_set s = {fds, NULL, nfds};
	int old = engine_uncancellable(), ret = set_get(&s, few);

	if (!ret) {
		ret = poll_run(&s, timeout_ms);
		set_put(&s, few);
	}
	engine_uncancellable_end(old);
	return engine_result(ret);
}

/* ---- together with file descriptors --------------------------------------- */

#define SIDES 2

/* One call of nm_engine_poll_with(): the file descriptors of the caller, then
 * one for each side of each of ours. */
struct mixed {
	struct poll_set *set;
	struct pollfd *fds;
	struct os_event *events; /* SIDES of each entry of the set */
	unsigned int others;
	const sigset_t *mask;
};

/* Does an entry wait for a side? One that asks for nothing learns of its end on
 * the receive side. */
static bool mixed_wants(const struct nm_engine_pollfd *f, unsigned int side)
{
	const short tx = POLLOUT | POLLWRNORM, rx = POLLIN | POLLRDNORM;

	if (side == NM_ENGINE_TX)
		return f->events & tx;
	return (f->events & rx) || !(f->events & tx);
}

/* Queues every side that a wake-up took off; look afterwards. */
static int mixed_arm(const struct mixed *m)
{
	unsigned int i, side;

	for (i = 0; i < m->set->n; i++) {
		for (side = 0; side < SIDES; side++) {
			struct os_event *e = &m->events[i * SIDES + side];
			struct pollfd *f = &m->fds[m->others + i * SIDES + side];
			struct engine_desc *desc = m->set->desc[i];

			f->fd = -1;
			f->events = POLLIN;
			if (!desc || !mixed_wants(&m->set->fds[i], side))
				continue;
			f->fd = os_event_fd(e);
			if (f->fd < 0)
				return f->fd;
			os_event_arm(
				e, nm_binding_waitq(desc->binding, side == NM_ENGINE_TX));
		}
	}
	return 0;
}

/* How many of the caller's file descriptors are ready, within `t` (NULL: no
 * limit); or a negative errno. `all`: sleep on ours, too. */
static int mixed_sleep(const struct mixed *m, const struct timespec *t, bool all)
{
	unsigned int n = m->others + (all ? m->set->n * SIDES : 0), i;
	struct timespec left = t ? *t : (struct timespec){0, 0};
	int ready = 0;

	/* not ppoll(), which may be the caller's own */
	if (syscall(SYS_ppoll, m->fds, n, t ? &left : NULL, m->mask, _NSIG / 8) < 0)
		return -errno;
	for (i = 0; i < m->others; i++)
		ready += m->fds[i].revents != 0;
	return ready;
}

/* What is left until a deadline; false if nothing is. */
static bool time_left(const struct timespec *until, struct timespec *left)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left->tv_sec = until->tv_sec - now.tv_sec;
	left->tv_nsec = until->tv_nsec - now.tv_nsec;
	if (left->tv_nsec < 0) {
		left->tv_nsec += 1000000000;
		left->tv_sec--;
	}
	if (left->tv_sec >= 0)
		return left->tv_sec || left->tv_nsec;
	left->tv_sec = left->tv_nsec = 0;
	return false;
}

static struct timespec deadline_after(const struct timespec *timeout)
{
	const time_t far = (time_t)1 << 60;
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += timeout->tv_nsec;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	t.tv_sec += timeout->tv_sec < far ? timeout->tv_sec : far;
	return t;
}

static int mixed_run(const struct mixed *m, const struct timespec *timeout)
{
	static const struct timespec zero;
	struct timespec until, left;
	bool timed = false;
	int ours, others, err;

	if (timeout)
		until = deadline_after(timeout);
	ours = poll_look(m->set, NULL);
	others = mixed_sleep(m, &zero, false);
	while (!ours && !others && !timed) {
		err = mixed_arm(m);
		if (err)
			return err;
		ours = poll_look(m->set, NULL);
		timed = timeout && !time_left(&until, &left);
		others = mixed_sleep(m, ours ? &zero : timeout ? &left : NULL, true);
		if (!ours)
			ours = poll_look(m->set, NULL);
	}
	return others < 0 && !ours ? others : ours + (others < 0 ? 0 : others);
}

/* The caller's list is copied in and out: ours follows it. */
static int mixed_poll(struct poll_set *s, struct pollfd *others, unsigned int nothers,
		      const struct timespec *timeout, const sigset_t *mask)
{
	const unsigned int sides = s->n * SIDES;
	struct mixed m = {.set = s, .others = nothers, .mask = mask};
	unsigned int i;
	int ret = -ENOMEM;

	m.fds = (struct pollfd *)os_zalloc((nothers + sides + 1) * sizeof(*m.fds));
	m.events = (struct os_event *)os_zalloc((sides + 1) * sizeof(*m.events));
	if (m.fds && m.events) {
		for (i = 0; i < nothers; i++)
			m.fds[i] = others[i];
		for (i = 0; i < sides; i++)
			os_event_init(&m.events[i]);
		ret = mixed_run(&m, timeout);
		for (i = 0; i < sides; i++)
			os_event_close(&m.events[i]);
		for (i = 0; i < nothers; i++)
			others[i].revents = m.fds[i].revents;
	}
	os_free(m.events);
	os_free(m.fds);
	return ret;
}

int nm_engine_poll_with(struct nm_engine_pollfd *fds, unsigned int nfds,
			struct pollfd *others, unsigned int nothers,
			const struct timespec *timeout, const sigset_t *mask)
{
	struct engine_desc *few[FEW];
	struct poll_set s = {fds, NULL, nfds};
	int old, ret;

	if (timeout && (timeout->tv_sec < 0 || timeout->tv_nsec < 0 ||
			timeout->tv_nsec >= 1000000000))
		return engine_result(-EINVAL);
	old = engine_uncancellable();
	ret = set_get(&s, few);
	if (!ret) {
		ret = mixed_poll(&s, others, nothers, timeout, mask);
		set_put(&s, few);
	}
	engine_uncancellable_end(old);
	return engine_result(ret);
}
