// SPDX-License-Identifier: BSD-2-Clause
/*
 * Application memory that is used for long.  A process cannot hold pages of its
 * own against munmap(), so nothing is held: each access goes through the kernel,
 * which answers EFAULT when the memory is gone.
 */
#include "os.h"

struct os_pinned {
	uint64_t uaddr;
};

/* The kernel's copies are invisible to the thread sanitizer: say what they
 * order. */
#if defined(__SANITIZE_THREAD__)
#define SEES_THREADS 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SEES_THREADS 1
#endif
#endif
#ifdef SEES_THREADS
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
#else
static inline void __tsan_acquire(void *addr)
{
	(void)addr;
}
static inline void __tsan_release(void *addr)
{
	(void)addr;
}
#endif

/* What was read is written back, so that both are tried: the caller is going to
 * fill the memory anyway, and the application keeps off until then. */
int os_pin(uint64_t uaddr, size_t bytes, struct os_pinned **pinned)
{
	struct os_pinned *p;
	char page[OS_PAGE_SIZE];
	size_t done, n;

	for (done = 0; done < bytes; done += n) {
		n = bytes - done < sizeof(page) ? bytes - done : sizeof(page);
		if (os_copyin(page, uaddr + done, n) || os_copyout(uaddr + done, page, n))
			return -EFAULT;
	}
	p = (struct os_pinned *)os_zalloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->uaddr = uaddr;
	*pinned = p;
	return 0;
}

void os_unpin(struct os_pinned *p)
{
	os_free(p);
}

int os_pinned_read(struct os_pinned *p, size_t offset, uint32_t *words, unsigned int n)
{
	uint64_t at = p->uaddr + offset;

	if (os_copyin(words, at, sizeof(*words)))
		return -EFAULT;
	__tsan_acquire((void *)(uintptr_t)at);
	os_fence();
	if (n > 1 && os_copyin(words + 1, at + sizeof(*words), (n - 1) * sizeof(*words)))
		return -EFAULT;
	return 0;
}

int os_pinned_write(struct os_pinned *p, size_t offset, const uint32_t *words,
		    unsigned int n)
{
	uint64_t at = p->uaddr + offset, last = at + (n - 1) * sizeof(*words);

	os_fence();
	if (n > 1 && os_copyout(at, words, (n - 1) * sizeof(*words)))
		return -EFAULT;
	os_fence();
	__tsan_release((void *)(uintptr_t)last);
	return os_copyout(last, words + n - 1, sizeof(*words));
}
