/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What differs between Linux kernels, by feature.  The only file that knows
 * version numbers; everything else calls the nm_compat functions.
 */
#ifndef NM_LINUX_COMPAT_H
#define NM_LINUX_COMPAT_H

#include <linux/eventfd.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "netmap needs Linux 6.1 or later"
#endif

/* The flags of a mapping: since 6.3 behind accessors. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
static inline void nm_compat_vm_flags(struct vm_area_struct *vma, unsigned long set,
				      unsigned long clear)
{
	vm_flags_mod(vma, set, clear);
}
#else
static inline void nm_compat_vm_flags(struct vm_area_struct *vma, unsigned long set,
				      unsigned long clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}
#endif

/* Adds one to an eventfd. Since 6.8 nobody can add more. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
static inline void nm_compat_eventfd_signal(struct eventfd_ctx *ctx)
{
	eventfd_signal(ctx);
}
#else
static inline void nm_compat_eventfd_signal(struct eventfd_ctx *ctx)
{
	eventfd_signal(ctx, 1);
}
#endif

/* A timer and its function: in one call since 6.13. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define nm_compat_hrtimer_setup hrtimer_setup
#else
static inline void nm_compat_hrtimer_setup(struct hrtimer *timer,
					   enum hrtimer_restart (*function)(struct hrtimer *),
					   clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* Pools of pages: since 6.6 in several headers. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#include <net/page_pool/helpers.h>
#else
#include <net/page_pool.h>
#endif

/* Segmentation in software: since 6.5 in a header of its own. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include <net/gso.h>
#else
#include <linux/netdevice.h>
#endif

#endif /* NM_LINUX_COMPAT_H */
