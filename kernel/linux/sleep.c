// SPDX-License-Identifier: BSD-2-Clause
/*
 * Eventfds that applications gave, and threads that sleep for long.
 *
 * A sleeper has an entry on each queue it watches, which stays there until the
 * sleeper goes: whoever wakes the queue calls it.  An eventfd is consumed by
 * that call, under the eventfd's own lock, so that its counter never fills and
 * the next signal is an edge again.
 */
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "compat.h"
#include "os.h"

/* ---- eventfds -------------------------------------------------------------- */

struct os_eventfd {
	struct file *file; /* held, so that the queue in it stays */
	struct eventfd_ctx *ctx;
};

int os_eventfd_get(int32_t fd, struct os_eventfd **out)
{
	struct os_eventfd *e;
	int err;

	e = kzalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);
	if (!e)
		return -ENOMEM;
	e->file = eventfd_fget(fd);
	if (IS_ERR(e->file)) {
		err = PTR_ERR(e->file);
		goto free;
	}
	e->ctx = eventfd_ctx_fileget(e->file);
	if (IS_ERR(e->ctx)) {
		err = PTR_ERR(e->ctx);
		goto put;
	}
	*out = e;
	return 0;
put:
	fput(e->file);
free:
	kfree(e);
	return err;
}

void os_eventfd_put(struct os_eventfd *e)
{
	if (!e)
		return;
	eventfd_ctx_put(e->ctx);
	fput(e->file);
	kfree(e);
}

void os_eventfd_signal(struct os_eventfd *e)
{
	nm_compat_eventfd_signal(e->ctx);
}

/* ---- watching -------------------------------------------------------------- */

struct nm_watch {
	wait_queue_entry_t entry;
	wait_queue_head_t *head;
	struct eventfd_ctx *ctx; /* NULL: a queue of the core */
	struct os_sleeper *sleeper;
};

struct os_sleeper {
	wait_queue_head_t wq;
	bool woken;
	unsigned int used, room;
	struct nm_watch watch[];
};

/* Called by whoever wakes the queue, with its lock held, perhaps with
 * interrupts off. */
static int nm_watch_wake(wait_queue_entry_t *entry, unsigned int mode, int sync, void *key)
{
	struct nm_watch *w = container_of(entry, struct nm_watch, entry);
	u64 count;

	if (w->ctx) {
		if (!(key_to_poll(key) & EPOLLIN))
			return 0; /* somebody has read it */
		eventfd_ctx_do_read(w->ctx, &count);
	}
	os_sleeper_wake(w->sleeper);
	return 0;
}

static struct nm_watch *nm_watch_new(struct os_sleeper *s, struct eventfd_ctx *ctx)
{
	struct nm_watch *w;

	if (s->used == s->room)
		return NULL;
	w = &s->watch[s->used];
	w->sleeper = s;
	w->ctx = ctx;
	init_waitqueue_func_entry(&w->entry, nm_watch_wake);
	return w;
}

static void nm_watch_begin(struct nm_watch *w, wait_queue_head_t *head)
{
	w->head = head;
	w->sleeper->used++;
	add_wait_queue(head, &w->entry);
}

struct nm_watch_table {
	poll_table table;
	struct nm_watch *watch;
};

/* poll of an eventfd tells which queue it has, this way and no other. */
static void nm_watch_found(struct file *file, wait_queue_head_t *head, poll_table *table)
{
	nm_watch_begin(container_of(table, struct nm_watch_table, table)->watch, head);
}

/* ---- the contract ---------------------------------------------------------- */

struct os_sleeper *os_sleeper_new(unsigned int queues, unsigned int eventfds)
{
	unsigned int room = queues + eventfds;
	struct os_sleeper *s;

	s = kvzalloc(struct_size(s, watch, room), GFP_KERNEL_ACCOUNT);
	if (!s)
		return NULL;
	init_waitqueue_head(&s->wq);
	s->room = room;
	return s;
}

void os_sleeper_free(struct os_sleeper *s)
{
	unsigned int i;

	for (i = 0; s && i < s->used; i++)
		remove_wait_queue(s->watch[i].head, &s->watch[i].entry);
	kvfree(s);
}

int os_sleeper_watch_queue(struct os_sleeper *s, struct os_waitq *q)
{
	struct nm_watch *w = nm_watch_new(s, NULL);

	if (!w)
		return -ENOMEM;
	nm_watch_begin(w, &q->head);
	return 0;
}

int os_sleeper_watch_eventfd(struct os_sleeper *s, struct os_eventfd *e)
{
	struct nm_watch_table t = { .watch = nm_watch_new(s, e->ctx) };

	if (!t.watch)
		return -ENOMEM;
	init_poll_funcptr(&t.table, nm_watch_found);
	/* what it was signalled before is seen by the first look */
	vfs_poll(e->file, &t.table);
	return 0;
}

void os_sleeper_arm(struct os_sleeper *s)
{
	WRITE_ONCE(s->woken, false);
	smp_mb(); /* the mark, then the caller's look; pairs with os_sleeper_wake() */
}

/* Only what kills ends a sleep. It counts as no load, and does not keep the
 * machine from being suspended. */
int os_sleeper_wait(struct os_sleeper *s, uint32_t microseconds)
{
	ktime_t t = ns_to_ktime((u64)microseconds * NSEC_PER_USEC);
	DEFINE_WAIT(wait);

	if (microseconds) {
		prepare_to_wait(&s->wq, &wait, TASK_KILLABLE | TASK_NOLOAD | TASK_FREEZABLE);
		if (!READ_ONCE(s->woken) && !fatal_signal_pending(current))
			schedule_hrtimeout_range(&t, ktime_to_ns(t) >> 5, HRTIMER_MODE_REL);
		finish_wait(&s->wq, &wait);
	} else {
		cond_resched();
	}
	return fatal_signal_pending(current) ? -EINTR : 0;
}

void os_sleeper_wake(struct os_sleeper *s)
{
	smp_mb(); /* what the caller published, then the mark */
	WRITE_ONCE(s->woken, true);
	wake_up(&s->wq);
}
