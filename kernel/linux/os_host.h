/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The OS contract on Linux, the part that is types and inline functions; the
 * core sees it through os.h, which says what each entry means.
 *
 * What lies on the path of packets is a macro or an inline here.  Initialisers
 * of locks are macros so that lockdep gets one class for each place that makes
 * a lock.
 */
#ifndef NM_OS_HOST_H
#define NM_OS_HOST_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/interrupt.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/prefetch.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/stdarg.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/wait.h>

#if !defined(CONFIG_64BIT) || defined(__BIG_ENDIAN)
#error "the netmap ABI is that of 64-bit little-endian machines"
#endif

/* ---- locks ---------------------------------------------------------------- */

struct os_mutex {
	struct mutex lock;
};

#define os_mutex_init(m) mutex_init(&(m)->lock)

static inline void os_mutex_destroy(struct os_mutex *m)
{
	mutex_destroy(&m->lock);
}

static inline void os_mutex_lock(struct os_mutex *m)
{
	mutex_lock(&m->lock);
}

static inline int __must_check os_mutex_lock_killable(struct os_mutex *m)
{
	return mutex_lock_killable(&m->lock);
}

static inline void os_mutex_unlock(struct os_mutex *m)
{
	mutex_unlock(&m->lock);
}

/* Packets arrive in softirqs, so those are held off while the lock is held. */
struct os_spin {
	spinlock_t lock;
};

#define os_spin_init(s) spin_lock_init(&(s)->lock)

static inline void os_spin_lock(struct os_spin *s)
{
	spin_lock_bh(&s->lock);
}

static inline void os_spin_unlock(struct os_spin *s)
{
	spin_unlock_bh(&s->lock);
}

/* ---- atomics -------------------------------------------------------------- */

#define os_load_relaxed(p) READ_ONCE(*(p))
#define os_store_relaxed(p, v) WRITE_ONCE(*(p), (v))
#define os_load_acquire(p) smp_load_acquire(p)
#define os_store_release(p, v) smp_store_release((p), (v))

/* Operations that return a value are full barriers on Linux. */
#define os_exchange(p, v) xchg((p), (v))

#ifdef xadd
#define os_fetch_add(p, v) xadd((p), (v))
#else
#define os_fetch_add(p, v)                                                               \
	({                                                                               \
		typeof(p) os_p_ = (p);                                                   \
		typeof(*os_p_) os_v_ = (v), os_old_ = READ_ONCE(*os_p_), os_seen_;       \
		while ((os_seen_ = cmpxchg(os_p_, os_old_, os_old_ + os_v_)) != os_old_) \
			os_old_ = os_seen_;                                              \
		os_old_;                                                                 \
	})
#endif

#define os_fence() smp_mb()

/* ---- wait queues ---------------------------------------------------------- */

struct os_waitq {
	wait_queue_head_t head;
};

#define os_waitq_init(q) init_waitqueue_head(&(q)->head)

/* Pollers have gone: the file takes them off the queue before its release,
 * and the core keeps a queue for as long as a binding polls on it. */
static inline void os_waitq_destroy(struct os_waitq *q)
{
}

/* Wakes everybody on the queue; os_waitq_wake() is what is to be called. Any. */
void nm_waitq_wake_all(struct os_waitq *q);

/* The fence in wq_has_sleeper() pairs with the one in os_poll_wait(). */
static inline void os_waitq_wake(struct os_waitq *q)
{
	if (unlikely(wq_has_sleeper(&q->head)))
		nm_waitq_wake_all(q);
}

struct os_relay {
	wait_queue_entry_t entry;
	struct os_waitq *from, *to; /* NULL: there is none */
};

/* ---- tasks ------------------------------------------------------------------ */

struct os_task {
	struct tasklet_struct tasklet;
	void (*fn)(void *arg);
	void *arg;
};

/* ---- packets for the host's stack ------------------------------------------ */

struct net_device;

struct os_batch {
	struct list_head packets; /* of sk_buff */
	struct net_device *dev;
	uint32_t queue;
};

/* ---- hints and copying ---------------------------------------------------- */

/* Into all caches: what is prefetched is about to be read or copied. */
#define os_prefetch(p) __builtin_prefetch((p), 0, 3)
#define os_prefetch_write(p) prefetchw(p)
#define os_relax() cpu_relax()
#define os_give_way() ((void)cond_resched())

static inline void os_copy_bulk(void *dst, const void *src, size_t len)
{
	memcpy(dst, src, len);
}

/* ---- names ---------------------------------------------------------------- */

/*
 * The core is plain C and may name its functions as it likes; these macros of
 * Linux give way.  So in this folder, too, the core's headers are included
 * after those of Linux, some of which use the macros.
 */
#undef abs
#undef clamp
#undef max
#undef min
#undef round_down
#undef round_up
#undef rounddown
#undef roundup
#undef swap

#endif /* NM_OS_HOST_H */
