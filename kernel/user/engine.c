/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls of the embedded engine, in the shape of the system calls on
 * /dev/netmap.  None of them is a cancellation point.
 */
#include "netmap_engine.h"

#include "engine_call.h"
#include "engine_core.h"
#include "engine_desc.h"
#include "engine_map.h"

#include <net/netmap.h>
#include <sys/mman.h>

/* ---- open, close, ioctl -------------------------------------------------- */

int nm_engine_open(void)
{
	int old = engine_uncancellable();
	int d = engine_core_start();

	if (!d)
		d = engine_desc_open();
	engine_uncancellable_end(old);
	return engine_result(d);
}

int nm_engine_close(int d)
{
	int old = engine_uncancellable();
	int err = engine_desc_close(d);

	engine_uncancellable_end(old);
	return engine_result(err);
}

static int control(int d, unsigned int cmd, uint64_t arg)
{
	int old = engine_uncancellable(), err = -EBADF;
	struct engine_desc *desc = engine_desc_get(d);

	if (desc) {
		err = nm_binding_ioctl(desc->binding, cmd, arg);
		engine_desc_put(desc);
	}
	engine_uncancellable_end(old);
	return engine_result(err);
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
		return engine_result(-EBADF);
	err = nm_binding_ioctl(desc->binding, (unsigned int)cmd, (uintptr_t)arg);
	engine_desc_leave(desc, guard);
	return engine_result(err);
}

/* ---- memory -------------------------------------------------------------- */

void *nm_engine_mmap(int d, size_t length, uint64_t offset)
{
	int old = engine_uncancellable(), err = -EBADF;
	struct engine_desc *desc = engine_desc_get(d);
	void *addr = MAP_FAILED;

	if (desc) {
		err = engine_map_add(desc, length, offset, &addr);
		engine_desc_put(desc);
	}
	engine_uncancellable_end(old);
	(void)engine_result(err);
	return addr;
}

int nm_engine_munmap(void *addr, size_t length)
{
	int old = engine_uncancellable();
	int err = engine_map_remove(addr, length);

	engine_uncancellable_end(old);
	return engine_result(err);
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
		return engine_result(-EINVAL);
	desc = engine_desc_get(d);
	if (!desc)
		return engine_result(-EBADF);
	fd = event_use(desc, dir, false);
	engine_desc_put(desc);
	return engine_result(fd);
}

int nm_engine_arm(int d, enum nm_engine_dir dir)
{
	struct engine_guard *guard;
	struct engine_desc *desc;
	int err = 0;

	if (unlikely(dir != NM_ENGINE_RX && dir != NM_ENGINE_TX))
		return engine_result(-EINVAL);
	desc = engine_desc_enter(d, &guard);
	if (unlikely(!desc))
		return engine_result(-EBADF);
	if (!os_event_armed(&desc->event[dir]))
		err = event_use(desc, dir, true);
	engine_desc_leave(desc, guard);
	return engine_result(err < 0 ? err : 0);
}
