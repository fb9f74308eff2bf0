/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages of applications, held in memory and mapped into the kernel.
 */
#ifndef NM_LINUX_PIN_H
#define NM_LINUX_PIN_H

#include <linux/types.h>

struct page;
struct user_struct;

struct nm_pages {
	struct page **page;
	unsigned long n;
	void *addr;		  /* the kernel's, of the first page's first byte */
	struct user_struct *user; /* whose limit they count against, or NULL */
};

/* Holds all pages that [uaddr, uaddr + bytes) touches, for writing: 0, -EFAULT,
 * -ENOMEM (also: RLIMIT_MEMLOCK) or -EINTR. Process, may sleep for a page.
 * Pairs with nm_pages_unpin(). */
int nm_pages_pin(struct nm_pages *p, u64 uaddr, u64 bytes);
void nm_pages_unpin(struct nm_pages *p);

#endif /* NM_LINUX_PIN_H */
