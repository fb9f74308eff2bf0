/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who sleeps on the core's wait queues: a call of nm_engine_poll(), which
 * queues itself on several at once and sleeps on one futex, and an event, the
 * eventfd that one direction of a descriptor is waited on through.  A wake-up
 * takes a waiter off its queue, so each is told once until it queues again.
 */
#ifndef NM_OS_WAIT_H
#define NM_OS_WAIT_H

#include "os.h"

#include <time.h>

/* A place on a queue. While `queued` it belongs to the queue, under its lock;
 * the waker clears `queued` with its last touch of the waiter. */
struct os_waiter {
	struct os_waiter *next, *prev;
	struct os_waitq *q;
	uint32_t *futex; /* a poller's word; NULL for an event */
	bool queued;
};

/* ---- pollers ------------------------------------------------------------- */

#define OS_WAITERS_PER_BLOCK 16

struct os_waiter_block {
	struct os_waiter_block *next;
	unsigned int used;
	struct os_waiter waiter[OS_WAITERS_PER_BLOCK];
};

/* One call of nm_engine_poll(), on its stack. */
struct os_poller {
	uint32_t woken;
	int error; /* -ENOMEM once a queue could not be joined */
	struct os_waiter_block *last;
	struct os_waiter_block first;
};

/* Pairs with os_poller_destroy(), which leaves all queues. */
void os_poller_init(struct os_poller *p);
void os_poller_destroy(struct os_poller *p);

/* Queues the poller again where wake-ups took it off; look afterwards. */
void os_poller_rearm(struct os_poller *p);

/* Sleeps until woken (0), the deadline on CLOCK_MONOTONIC (-ETIMEDOUT; NULL:
 * none) or a signal (-EINTR, whatever the handler's SA_RESTART says). */
int os_poller_sleep(struct os_poller *p, const struct timespec *deadline);

/* ---- events -------------------------------------------------------------- */

/* Calls are serialised by the owner, except os_event_armed(). */
struct os_event {
	struct os_waiter waiter;
	int fd;		 /* -1: not made yet */
	uint32_t firing; /* wakers that are about to write */
	bool fired;	 /* a write was promised and not consumed; while not queued */
};

/* Pairs with os_event_close(), which leaves the queue and waits for writers;
 * the event can be used again after it. */
void os_event_init(struct os_event *e);
void os_event_close(struct os_event *e);

/* The eventfd, made at the first call; or a negative errno. */
int os_event_fd(struct os_event *e);

/* Takes back an event that was given and queues for the next one; look
 * afterwards. Pairs with the wake-up, or os_event_close(). */
void os_event_arm(struct os_event *e, struct os_waitq *q);

/* Armed, and nothing has come since: arming again would change nothing. */
static inline bool os_event_armed(struct os_event *e)
{
	return os_load_acquire(&e->waiter.queued);
}

#endif /* NM_OS_WAIT_H */
