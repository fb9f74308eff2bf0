/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls of the embedded engine, in the shape of the system calls on
 * /dev/netmap.  None of them is a cancellation point.
 */
#include "netmap_engine.h"

#include "engine_core.h"
#include "engine_desc.h"
#include "engine_map.h"

#include <net/netmap.h>
#include <poll.h>
#include <sys/mman.h>
#include <time.h>

/* ---- results, and cancellation ------------------------------------------- */

static int result(int err)
{
	if (likely(err >= 0))
		return err;
	errno = -err;
	return -1;
}

/* A thread cancelled in the core would leave its locks behind. Pairs with
 * uncancellable_end(). */
static int uncancellable(void)
{
	int old;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	return old;
}

static void uncancellable_end(int old)
{
	(void)pthread_setcancelstate(old, NULL);
}

/* ---- open, close, ioctl -------------------------------------------------- */

int nm_engine_open(void)
{
	int old = uncancellable();
	int d = engine_core_start();

	if (!d)
		d = engine_desc_open();
	uncancellable_end(old);
	return result(d);
}

int nm_engine_close(int d)
{
	int old = uncancellable();
	int err = engine_desc_close(d);

	uncancellable_end(old);
	return result(err);
}

static int control(int d, unsigned int cmd, uint64_t arg)
{
	int old = uncancellable(), err = -EBADF;
	struct engine_desc *desc = engine_desc_get(d);

	if (desc) {
		err = nm_binding_ioctl(desc->binding, cmd, arg);
		engine_desc_put(desc);
	}
	uncancellable_end(old);
	return result(err);
}

/* A sync is short and frequent; all others may take their time. */
int nm_engine_ioctl(int d, unsigned long cmd, void *arg)
{
	struct engine_guard *guard;
	struct engine_desc *desc;
	int err;

	if (unlikely(cmd != NIOCTXSYNC && cmd != NIOCRXSYNC))
		return control(d, (unsigned int)cmd, (uintptr_t)arg);
	desc = engine_desc_enter(d, &guard);
	if (unlikely(!desc))
		return result(-EBADF);
	err = nm_binding_ioctl(desc->binding, (unsigned int)cmd, (uintptr_t)arg);
	engine_desc_leave(desc, guard);
	return result(err);
}

/* ---- memory -------------------------------------------------------------- */

void *nm_engine_mmap(int d, size_t length, uint64_t offset)
{
	int old = uncancellable(), err = -EBADF;
	struct engine_desc *desc = engine_desc_get(d);
	void *addr = MAP_FAILED;

	if (desc) {
		err = engine_map_add(desc, length, offset, &addr);
		engine_desc_put(desc);
	}
	uncancellable_end(old);
	(void)result(err);
	return addr;
}

int nm_engine_munmap(void *addr, size_t length)
{
	int old = uncancellable();
	int err = engine_map_remove(addr, length);

	uncancellable_end(old);
	return result(err);
}

/* ---- events -------------------------------------------------------------- */

/* The event descriptor of a side, armed if so asked. */
static int event_use(struct engine_desc *desc, enum nm_engine_dir dir, bool arm)
{
	struct os_waitq *q = nm_binding_waitq(desc->binding, dir == NM_ENGINE_TX);
	struct os_event *e = &desc->event[dir];
	int fd = -EBADF;

	os_mutex_lock(&desc->lock);
	if (!desc->silent) {
		fd = os_event_fd(e);
		if (fd >= 0 && arm)
			os_event_arm(e, q);
	}
	os_mutex_unlock(&desc->lock);
	/* bound meanwhile: the event comes, and the next one is armed rightly */
	if (unlikely(q != nm_binding_waitq(desc->binding, dir == NM_ENGINE_TX)))
		os_waitq_wake(q);
	return fd;
}

int nm_engine_event_fd(int d, enum nm_engine_dir dir)
{
	struct engine_desc *desc;
	int fd;

	if (dir != NM_ENGINE_RX && dir != NM_ENGINE_TX)
		return result(-EINVAL);
	desc = engine_desc_get(d);
	if (!desc)
		return result(-EBADF);
	fd = event_use(desc, dir, false);
	engine_desc_put(desc);
	return result(fd);
}

int nm_engine_arm(int d, enum nm_engine_dir dir)
{
	struct engine_guard *guard;
	struct engine_desc *desc;
	int err = 0;

	if (unlikely(dir != NM_ENGINE_RX && dir != NM_ENGINE_TX))
		return result(-EINVAL);
	desc = engine_desc_enter(d, &guard);
	if (unlikely(!desc))
		return result(-EBADF);
	if (!os_event_armed(&desc->event[dir]))
		err = event_use(desc, dir, true);
	engine_desc_leave(desc, guard);
	return result(err < 0 ? err : 0);
}

/* ---- poll ---------------------------------------------------------------- */

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

int nm_engine_poll(struct nm_engine_pollfd *fds, unsigned int nfds, int timeout_ms)
{
	struct engine_desc *few[FEW];
	struct poll_set s = {fds, few, nfds};
	int old = uncancellable(), ret = -ENOMEM;
	unsigned int i;

	if (nfds > FEW)
		s.desc = (struct engine_desc **)os_zalloc(nfds * sizeof(*s.desc));
	if (s.desc) {
		for (i = 0; i < nfds; i++)
			s.desc[i] = fds[i].fd < 0 ? NULL : engine_desc_get(fds[i].fd);
		ret = poll_run(&s, timeout_ms);
		for (i = 0; i < nfds; i++)
			if (s.desc[i])
				engine_desc_put(s.desc[i]);
	}
	if (s.desc != few)
		os_free(s.desc);
	uncancellable_end(old);
	return result(ret);
}
