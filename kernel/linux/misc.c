// SPDX-License-Identifier: BSD-2-Clause
/*
 * The small entries of the OS contract: objects, the application's memory,
 * time, network interfaces and the log.
 */
#define pr_fmt(fmt) "netmap: " fmt

#include <linux/capability.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/pagemap.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "os.h"

/* ---- objects --------------------------------------------------------------- */

/* Sizes may come from a request: a silly one is a plain failure, without a
 * warning and without waking the OOM killer. */
void *os_zalloc(size_t bytes)
{
	return kvzalloc(bytes, GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
}

void os_free(void *p)
{
	kvfree(p);
}

uint64_t os_memory_total(void)
{
	return (uint64_t)totalram_pages() << PAGE_SHIFT;
}

/* ---- the application's memory ---------------------------------------------- */

int os_copyin(void *dst, uint64_t uaddr, size_t bytes)
{
	return copy_from_user(dst, u64_to_user_ptr(uaddr), bytes) ? -EFAULT : 0;
}

int os_copyout(uint64_t uaddr, const void *src, size_t bytes)
{
	return copy_to_user(u64_to_user_ptr(uaddr), src, bytes) ? -EFAULT : 0;
}

int os_copyin_nowait(void *dst, uint64_t uaddr, size_t bytes)
{
	return copy_from_user_nofault(dst, u64_to_user_ptr(uaddr), bytes) ? -EFAULT : 0;
}

int os_fault_in(uint64_t uaddr, size_t bytes)
{
	return fault_in_readable(u64_to_user_ptr(uaddr), bytes) ? -EFAULT : 0;
}

/* ---- who may what ---------------------------------------------------------- */

bool os_net_admin(struct os_ns *ns)
{
	return ns_capable(ns ? ((struct net *)ns)->user_ns : &init_user_ns, CAP_NET_ADMIN);
}

bool os_ns_trusted(struct os_ns *ns)
{
	return ((struct net *)ns)->user_ns == &init_user_ns;
}

/* ---- waiting and time ------------------------------------------------------ */

/*
 * Without a key there is no filter by event: every poll, select and epoll
 * looks again.  And all of them, also those that asked to be woken one at a
 * time (EPOLLEXCLUSIVE): descriptors bound to different rings share a port's
 * queue, and what is news to one is none to another.
 */
void nm_waitq_wake_all(struct os_waitq *q)
{
	wake_up_interruptible_all(&q->head);
}

/* Called by whoever wakes the queue, with its lock held; as when epoll sets are in
 * epoll sets. */
static int nm_relay_wake(wait_queue_entry_t *entry, unsigned int mode, int sync, void *key)
{
	os_waitq_wake(container_of(entry, struct os_relay, entry)->to);
	return 0;
}

void os_relay_begin(struct os_relay *r, struct os_waitq *from, struct os_waitq *to)
{
	if (!wq_has_sleeper(&to->head)) /* which begins with a fence */
		return;
	init_waitqueue_func_entry(&r->entry, nm_relay_wake);
	r->from = from;
	r->to = to;
	add_wait_queue(&from->head, &r->entry);
}

void os_relay_end(struct os_relay *r)
{
	if (r->from)
		remove_wait_queue(&r->from->head, &r->entry);
	r->from = NULL;
}

/* The section waited for is short, unless its CPU is busy with interrupts or
 * belongs to a hypervisor: spin, then be polite, then sleep. */
void os_pause(unsigned int round)
{
	if (round < 32)
		cpu_relax();
	else if (round < 64)
		cond_resched();
	else
		usleep_range(20, 100);
}

void os_walltime(int64_t *seconds, int64_t *microseconds)
{
	struct timespec64 now;

	ktime_get_real_ts64(&now);
	*seconds = now.tv_sec;
	*microseconds = now.tv_nsec / NSEC_PER_USEC;
}

/* ---- texts ----------------------------------------------------------------- */

int os_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	return vsnprintf(buf, size, fmt, ap);
}

int os_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

void os_log(const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list ap;

	va_start(ap, fmt);
	vaf.va = &ap;
	pr_info_ratelimited("%pV\n", &vaf);
	va_end(ap);
}
