/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spin locks that do not come by at once, wait queues, and those who sleep on
 * them.
 *
 * No wake-up is lost because of two fences:
 *
 *     waiter                            waker
 *       joins the queue                   publishes an index
 *       (Q) fence                         (W) fence, in os_waitq_wake()
 *       looks at the index                looks for waiters
 *
 * One of the two sees what the other wrote.  A waker never makes a system call
 * with the queue's lock held: whoever it wakes may run in its place and want
 * that lock.
 */
#include "os_wait.h"

#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SPIN_ROUNDS 100

void os_spin_wait(struct os_spin *s)
{
	unsigned int round = 0;

	do {
		while (os_load_relaxed(&s->held)) {
			if (++round < SPIN_ROUNDS)
				os_relax();
			else
				sched_yield();
		}
	} while (__atomic_exchange_n(&s->held, 1u, __ATOMIC_ACQUIRE));
}

/* ---- joining and leaving ------------------------------------------------- */

static void waiter_unlink(struct os_waitq *q, struct os_waiter *w)
{
	if (w->prev)
		w->prev->next = w->next;
	else
		q->first = w->next;
	if (w->next)
		w->next->prev = w->prev;
	else
		q->last = w->prev;
	os_store_relaxed(&q->waiters, q->waiters - 1);
}

/* Nothing happens if it is queued already. */
static void waiter_join(struct os_waiter *w)
{
	struct os_waitq *q = w->q;

	os_spin_lock(&q->lock);
	if (!os_load_relaxed(&w->queued)) {
		w->next = NULL;
		w->prev = q->last;
		if (q->last)
			q->last->next = w;
		else
			q->first = w;
		q->last = w;
		os_store_relaxed(&w->queued, true);
		os_store_relaxed(&q->waiters, q->waiters + 1);
	}
	os_spin_unlock(&q->lock);
	os_fence(); /* Q */
}

static void waiter_leave(struct os_waiter *w)
{
	struct os_waitq *q = w->q;

	if (!os_load_acquire(&w->queued)) /* pairs with waiter_release() */
		return;
	os_spin_lock(&q->lock);
	if (os_load_relaxed(&w->queued)) {
		waiter_unlink(q, w);
		os_store_relaxed(&w->queued, false);
	}
	os_spin_unlock(&q->lock);
}

/* ---- waking -------------------------------------------------------------- */

#define SHOTS 16

/* A system call to be made once the lock is free. */
struct shot {
	uint32_t *futex;
	struct os_event *event;
};

/* Takes a waiter off and promises it a wake-up; true if that needs a shot. The
 * lock is held. Pairs with waiter_leave(): the release is the last touch. */
static bool waiter_release(struct os_waitq *q, struct os_waiter *w, struct shot *s)
{
	bool needed = true;

	s->futex = w->futex;
	s->event = NULL;
	waiter_unlink(q, w);
	if (w->futex) {
		needed = !os_exchange(w->futex, 1u);
	} else {
		s->event = (struct os_event *)w;
		s->event->fired = true;
		os_fetch_add(&s->event->firing, 1u);
	}
	os_store_release(&w->queued, false);
	return needed;
}

/* A poller may have gone by now, and its word with it. The kernel does not
 * look at the word, so at worst it wakes a stranger that sleeps at the same
 * address, and everybody who sleeps on a futex checks why it woke. */
static void shot_fire(const struct shot *s)
{
	const uint64_t one = 1;

	if (s->futex) {
		(void)syscall(SYS_futex, s->futex, FUTEX_WAKE | FUTEX_PRIVATE_FLAG,
			      INT_MAX, NULL, NULL, 0);
		return;
	}
	/* Not write(), where a thread could be cancelled. */
	(void)syscall(SYS_write, s->event->fd, &one, sizeof(one));
	/* Pairs with event_settle(). */
	__atomic_fetch_sub(&s->event->firing, 1u, __ATOMIC_RELEASE);
}

/* Wakes those who are queued now, and not those who come back meanwhile: they
 * join at the end. */
void os_waitq_fire(struct os_waitq *q)
{
	int saved = errno;
	struct shot shot[SHOTS];
	unsigned int i, n, left;

	os_spin_lock(&q->lock);
	left = q->waiters;
	for (;;) {
		for (n = 0; n < SHOTS && left && q->first; left--)
			n += waiter_release(q, q->first, &shot[n]);
		os_spin_unlock(&q->lock);
		for (i = 0; i < n; i++)
			shot_fire(&shot[i]);
		if (n < SHOTS)
			break;
		os_spin_lock(&q->lock);
	}
	errno = saved;
}

/* Whoever waits queues anew each time, so nobody stays. */
void os_relay_begin(struct os_relay *r, struct os_waitq *from, struct os_waitq *to)
{
	(void)r;
	(void)from;
	(void)to;
}

void os_relay_end(struct os_relay *r)
{
	(void)r;
}

/* ---- pollers ------------------------------------------------------------- */

void os_poller_init(struct os_poller *p)
{
	p->woken = 0;
	p->error = 0;
	p->last = &p->first;
	p->first.next = NULL;
	p->first.used = 0;
}

void os_poller_destroy(struct os_poller *p)
{
	struct os_waiter_block *b = &p->first, *next;
	unsigned int i;

	for (; b; b = next) {
		next = b->next;
		for (i = 0; i < b->used; i++)
			waiter_leave(&b->waiter[i]);
		if (b != &p->first)
			os_free(b);
	}
}

static struct os_waiter *poller_waiter(struct os_poller *p)
{
	if (p->last->used == OS_WAITERS_PER_BLOCK) {
		p->last->next = (struct os_waiter_block *)os_zalloc(sizeof(*p->last));
		if (!p->last->next)
			return NULL;
		p->last = p->last->next;
	}
	return &p->last->waiter[p->last->used++];
}

void os_poll_wait(struct os_poller *p, struct os_waitq *q)
{
	struct os_waiter *w;

	if (!p)
		return;
	w = poller_waiter(p);
	if (!w) {
		p->error = -ENOMEM;
		return;
	}
	w->q = q;
	w->futex = &p->woken;
	w->queued = false;
	waiter_join(w);
}

/* The word is cleared first: a waker that takes the lock of a queue after us
 * sets it again. One that took it before has taken us off, and we rejoin. */
void os_poller_rearm(struct os_poller *p)
{
	struct os_waiter_block *b;
	unsigned int i;

	os_store_relaxed(&p->woken, 0u);
	for (b = &p->first; b; b = b->next)
		for (i = 0; i < b->used; i++)
			waiter_join(&b->waiter[i]);
}

int os_poller_sleep(struct os_poller *p, const struct timespec *deadline)
{
	/* Without a time limit the kernel would restart the wait after a
	 * handler with SA_RESTART, and poll() does not. */
	static const struct timespec never = {.tv_sec = INT_MAX};

	while (!os_load_acquire(&p->woken)) {
		if (!syscall(SYS_futex, &p->woken, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG,
			     0, deadline ? deadline : &never, NULL,
			     FUTEX_BITSET_MATCH_ANY))
			continue;
		if (errno != EAGAIN)
			return -errno;
	}
	return 0;
}

/* ---- events -------------------------------------------------------------- */

void os_event_init(struct os_event *e)
{
	memset(e, 0, sizeof(*e));
	e->fd = -1;
}

int os_event_fd(struct os_event *e)
{
	if (e->fd < 0) {
		e->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (e->fd < 0)
			return -errno;
	}
	return e->fd;
}

static bool event_drain(struct os_event *e)
{
	uint64_t count;

	return syscall(SYS_read, e->fd, &count, sizeof(count)) == (long)sizeof(count);
}

/* Consumes the write that a waker promised, waiting for it if need be. */
static void event_settle(struct os_event *e)
{
	unsigned int round;

	if (!e->fired)
		return;
	for (round = 0; !event_drain(e); round++) {
		if (!os_load_acquire(&e->firing)) { /* pairs with shot_fire() */
			(void)event_drain(e);
			break;
		}
		os_pause(round);
	}
	e->fired = false;
}

void os_event_arm(struct os_event *e, struct os_waitq *q)
{
	if (os_event_armed(e))
		return;
	event_settle(e);
	e->waiter.q = q;
	waiter_join(&e->waiter);
}

void os_event_close(struct os_event *e)
{
	unsigned int round;

	if (e->fd < 0)
		return;
	if (e->waiter.q)
		waiter_leave(&e->waiter);
	for (round = 0; os_load_acquire(&e->firing); round++)
		os_pause(round);
	(void)close(e->fd);
	os_event_init(e);
}
