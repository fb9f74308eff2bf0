// SPDX-License-Identifier: BSD-2-Clause
/*
 * Pages of applications, held in memory and mapped into the kernel: shared
 * indices, and regions that are the application's own memory.
 *
 * What is held stays, whatever the application does with its addresses: munmap()
 * takes them away from it and not from us.  Held pages count against
 * RLIMIT_MEMLOCK of the user, unless the process may lock any.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "os.h"
#include "pin.h"

/* ---- the limit ------------------------------------------------------------- */

static int nm_pages_charge(struct nm_pages *p)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	long before, after;

	if (capable(CAP_IPC_LOCK))
		return 0;
	p->user = get_uid(current_user());
	before = atomic_long_read(&p->user->locked_vm);
	do {
		after = before + (long)p->n;
		if (after < 0 || (unsigned long)after > limit) {
			free_uid(p->user);
			p->user = NULL;
			return -ENOMEM;
		}
	} while (!atomic_long_try_cmpxchg(&p->user->locked_vm, &before, after));
	return 0;
}

static void nm_pages_uncharge(struct nm_pages *p)
{
	if (!p->user)
		return;
	atomic_long_sub((long)p->n, &p->user->locked_vm);
	free_uid(p->user);
	p->user = NULL;
}

/* ---- holding --------------------------------------------------------------- */

static void nm_pages_drop(struct nm_pages *p, unsigned long n)
{
	if (n)
		unpin_user_pages_dirty_lock(p->page, n, true);
}

static int nm_pages_take(struct nm_pages *p, unsigned long start)
{
	unsigned long done = 0;
	int n = 0;

	while (done < p->n) {
		if (fatal_signal_pending(current)) {
			n = -EINTR;
			break;
		}
		n = pin_user_pages_fast(start + (done << PAGE_SHIFT),
					(int)min_t(unsigned long, p->n - done, 4096),
					FOLL_WRITE | FOLL_LONGTERM, p->page + done);
		if (n <= 0)
			break;
		done += (unsigned long)n;
		cond_resched();
	}
	if (done == p->n)
		return 0;
	nm_pages_drop(p, done);
	return n == -ENOMEM || n == -EINTR ? n : -EFAULT;
}

int nm_pages_pin(struct nm_pages *p, u64 uaddr, u64 bytes)
{
	u64 end, start = uaddr & PAGE_MASK;
	int err;

	memset(p, 0, sizeof(*p));
	if (!bytes)
		return -ENOMEM;
	if (check_add_overflow(uaddr, bytes, &end) || end > TASK_SIZE_MAX)
		return -EFAULT;
	p->n = (unsigned long)((end - start + PAGE_SIZE - 1) >> PAGE_SHIFT);
	if (p->n > totalram_pages() || p->n > INT_MAX)
		return -ENOMEM;

	p->page = kvmalloc_array(p->n, sizeof(*p->page),
				 GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
	if (!p->page)
		return -ENOMEM;
	err = nm_pages_charge(p);
	if (err)
		goto free_array;
	err = nm_pages_take(p, (unsigned long)start);
	if (err)
		goto uncharge;
	p->addr = vmap(p->page, (unsigned int)p->n, VM_MAP, PAGE_KERNEL);
	if (p->addr)
		return 0;
	err = -ENOMEM;
	nm_pages_drop(p, p->n);
uncharge:
	nm_pages_uncharge(p);
free_array:
	kvfree(p->page);
	return err;
}

void nm_pages_unpin(struct nm_pages *p)
{
	vunmap(p->addr);
	nm_pages_drop(p, p->n);
	nm_pages_uncharge(p);
	kvfree(p->page);
}

/* ---- the contract: words --------------------------------------------------- */

struct os_pinned {
	struct nm_pages pages;
	char *addr;
};

int os_pin(uint64_t uaddr, size_t bytes, struct os_pinned **pinned)
{
	struct os_pinned *p = kzalloc(sizeof(*p), GFP_KERNEL_ACCOUNT);
	int err;

	if (!p)
		return -ENOMEM;
	err = nm_pages_pin(&p->pages, uaddr, bytes);
	if (err) {
		kfree(p);
		return err;
	}
	p->addr = (char *)p->pages.addr + offset_in_page(uaddr);
	*pinned = p;
	return 0;
}

void os_unpin(struct os_pinned *p)
{
	if (!p)
		return;
	nm_pages_unpin(&p->pages);
	kfree(p);
}

int os_pinned_read(struct os_pinned *p, size_t offset, uint32_t *words, unsigned int n)
{
	const uint32_t *from = (const uint32_t *)(p->addr + offset);
	unsigned int i;

	for (i = 0; i < n; i++)
		words[i] = smp_load_acquire(&from[i]);
	return 0;
}

int os_pinned_write(struct os_pinned *p, size_t offset, const uint32_t *words,
		    unsigned int n)
{
	uint32_t *to = (uint32_t *)(p->addr + offset);
	unsigned int i;

	for (i = 0; i < n; i++)
		smp_store_release(&to[i], words[i]);
	return 0;
}
