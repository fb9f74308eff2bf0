/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The POSIX host of the core: the types and the inline functions that os.h
 * asks for.  Everything here is ordinary user space: a mutex is a pthread
 * mutex, "any context" is any thread, and a spin lock gives the processor away
 * when it does not come by soon, for its holder may have been preempted.
 */
#ifndef NM_OS_HOST_H
#define NM_OS_HOST_H

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* ---- atomics ------------------------------------------------------------- */

#define os_load_relaxed(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define os_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define os_store_relaxed(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define os_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define os_exchange(p, v) __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#define os_fetch_add(p, v) __atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)

/* On x86 a locked operation on the stack is a full fence at an eighth of the
 * price of mfence, which clang would emit. The thread sanitizer knows neither;
 * it need not, since nothing is published by a fence alone. */
static inline void os_fence(void)
{
#if defined(__x86_64__)
	__asm__ volatile("lock; orl $0,-4(%%rsp)" ::: "memory", "cc");
#elif defined(__aarch64__)
	__asm__ volatile("dmb ish" ::: "memory");
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

static inline void os_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield" ::: "memory");
#else
	__asm__ volatile("" ::: "memory");
#endif
}

/* ---- locks --------------------------------------------------------------- */

struct os_mutex {
	pthread_mutex_t m;
};

#define OS_MUTEX_INIT                                                                    \
	{                                                                                \
		PTHREAD_MUTEX_INITIALIZER                                                \
	}

static inline void os_mutex_init(struct os_mutex *m)
{
	(void)pthread_mutex_init(&m->m, NULL);
}

static inline void os_mutex_destroy(struct os_mutex *m)
{
	(void)pthread_mutex_destroy(&m->m);
}

static inline void os_mutex_lock(struct os_mutex *m)
{
	(void)pthread_mutex_lock(&m->m);
}

/* A thread of a process cannot be told to die alone. */
static inline int os_mutex_lock_killable(struct os_mutex *m)
{
	os_mutex_lock(m);
	return 0;
}

static inline void os_mutex_unlock(struct os_mutex *m)
{
	(void)pthread_mutex_unlock(&m->m);
}

struct os_spin {
	uint32_t held;
};

void os_spin_wait(struct os_spin *s);

static inline void os_spin_init(struct os_spin *s)
{
	s->held = 0;
}

static inline void os_spin_lock(struct os_spin *s)
{
	if (unlikely(__atomic_exchange_n(&s->held, 1u, __ATOMIC_ACQUIRE)))
		os_spin_wait(s);
}

static inline void os_spin_unlock(struct os_spin *s)
{
	os_store_release(&s->held, 0u);
}

/* ---- wait queues; the rest is in os_wait.h ------------------------------- */

struct os_waiter;

struct os_waitq {
	uint32_t waiters; /* how many are queued; written under the lock */
	struct os_spin lock;
	struct os_waiter *first, *last;
};

void os_waitq_fire(struct os_waitq *q);

static inline void os_waitq_init(struct os_waitq *q)
{
	q->waiters = 0;
	os_spin_init(&q->lock);
	q->first = q->last = NULL;
}

/* Whoever is still queued is let go. */
static inline void os_waitq_destroy(struct os_waitq *q)
{
	os_waitq_fire(q);
}

/* (W) Pairs with (Q) in os_wait.c: either this sees the waiter, or the waiter
 * sees what the caller published before. */
static inline void os_waitq_wake(struct os_waitq *q)
{
	os_fence(); /* W */
	if (unlikely(os_load_relaxed(&q->waiters)))
		os_waitq_fire(q);
}

struct os_relay {
	char unused;
};

/* ---- tasks --------------------------------------------------------------- */

struct os_task {
	void (*fn)(void *arg);
	void *arg;
	uint32_t wanted; /* how often since it was last idle */
};

/* ---- packets for a host's stack, of which there is none ------------------- */

struct os_batch {
	int unused;
};

/* ---- hints and copying --------------------------------------------------- */

static inline void os_prefetch(const void *p)
{
	__builtin_prefetch(p, 0, 3);
}

static inline void os_prefetch_write(const void *p)
{
	__builtin_prefetch(p, 1, 3);
}

/* The scheduler of a process takes the processor when it wants it. */
static inline void os_give_way(void)
{
}

static inline void os_copy_bulk(void *dst, const void *src, size_t len)
{
	memcpy(dst, src, len);
}

#endif /* NM_OS_HOST_H */
