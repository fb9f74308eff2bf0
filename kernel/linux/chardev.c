// SPDX-License-Identifier: BSD-2-Clause
/*
 * The character device /dev/netmap: system calls in, calls of the core out.
 *
 * One open file is one binding.  What holds what: a mapping holds the file, the
 * file holds the module, the network namespace and the binding, the binding
 * holds its port and its region.  So release comes after the last munmap, and
 * nothing a mapping or a sleeping poll refers to can go away under it.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "chardev.h"
#include "compat.h"
#include "netmap_core.h"
#include "region.h"

struct nm_file {
	struct nm_binding *binding;
	struct net *net; /* the opener's namespace; held */
};

/* ---- open, release --------------------------------------------------------- */

static int nm_file_open(struct inode *inode, struct file *file)
{
	struct nm_file *f;

	f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	if (!f)
		return -ENOMEM;

	f->net = get_net(current->nsproxy->net_ns);
	f->binding = nm_binding_open((struct os_ns *)f->net);
	if (!f->binding) {
		put_net(f->net);
		kfree(f);
		return -ENOMEM;
	}
	file->private_data = f;
	return 0;
}

static int nm_file_release(struct inode *inode, struct file *file)
{
	struct nm_file *f = file->private_data;

	nm_binding_close(f->binding);
	put_net(f->net);
	kfree(f);
	return 0;
}

/* ---- ioctl ----------------------------------------------------------------- */

static long nm_file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct nm_file *f = file->private_data;

	return nm_binding_ioctl(f->binding, cmd, arg);
}

#ifdef CONFIG_COMPAT
/* Layouts differ for 32-bit programs (nmreq_register, ring_ofs): better an
 * error than a request misunderstood. */
static long nm_file_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return -EOPNOTSUPP;
}
#endif

/* ---- poll ------------------------------------------------------------------ */

struct os_poller {
	struct file *file;
	struct poll_table_struct *table;
};

void os_poll_wait(struct os_poller *p, struct os_waitq *q)
{
	if (!p || poll_does_not_wait(p->table))
		return;
	poll_wait(p->file, &q->head, p->table);
	/* Queued before any index is read; pairs with the fence in
	 * os_waitq_wake(). Early releases of 6.1 have none in poll_wait(). */
	smp_mb();
}

static __poll_t nm_file_poll(struct file *file, struct poll_table_struct *table)
{
	/* Inside the kernel, events have the same values on all machines. */
	static_assert(NM_POLLIN == (__force unsigned int)EPOLLIN);
	static_assert(NM_POLLOUT == (__force unsigned int)EPOLLOUT);
	static_assert(NM_POLLERR == (__force unsigned int)EPOLLERR);
	static_assert(NM_POLLRDNORM == (__force unsigned int)EPOLLRDNORM);
	static_assert(NM_POLLWRNORM == (__force unsigned int)EPOLLWRNORM);
	struct nm_file *f = file->private_data;
	struct os_poller poller = { .file = file, .table = table };
	unsigned int events = (__force unsigned int)poll_requested_events(table);

	return (__force __poll_t)nm_binding_poll(f->binding, events, &poller);
}

/* ---- mmap ------------------------------------------------------------------ */

/* Pages appear in an application when it touches them; what the core has not
 * populated yet is SIGBUS. */
static vm_fault_t nm_vma_fault(struct vm_fault *vmf)
{
	struct page *page = nm_region_page(vmf->vma->vm_private_data, vmf->pgoff);

	if (!page)
		return VM_FAULT_SIGBUS;
	get_page(page); /* dropped when the page is unmapped */
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct nm_vma_ops = {
	.fault = nm_vma_fault,
};

/*
 * Called with the address space locked, so nm_binding_region() must not wait
 * for a lock under which the core touches the application's memory.
 */
static int nm_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct nm_file *f = file->private_data;
	unsigned long clear = 0, pages;
	struct os_region *region;
	uint64_t bytes;
	int err;

	err = nm_binding_region(f->binding, &region, &bytes);
	if (err)
		return err;
	pages = PAGE_ALIGN(bytes) >> PAGE_SHIFT;
	if (vma_pages(vma) > pages || vma->vm_pgoff > pages - vma_pages(vma))
		return -EINVAL;

	/* The first write to a private mapping would replace a page by a copy
	 * that the core never sees. Looking is fine, for as long as it stays
	 * looking. */
	if (!(vma->vm_flags & VM_SHARED)) {
		if (vma->vm_flags & VM_WRITE)
			return -EINVAL;
		clear = VM_MAYWRITE;
	}

	/* Packets do not belong into core dumps; growing would pass the checks
	 * above by. */
	nm_compat_vm_flags(vma, VM_DONTEXPAND | VM_DONTDUMP, clear);
	vma->vm_private_data = region;
	vma->vm_ops = &nm_vma_ops;
	return 0;
}

/* ---- the device ------------------------------------------------------------ */

/* No read, write (EINVAL) and no llseek (ESPIPE). */
static const struct file_operations nm_file_ops = {
	.owner = THIS_MODULE,
	.open = nm_file_open,
	.release = nm_file_release,
	.unlocked_ioctl = nm_file_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl = nm_file_compat_ioctl,
#endif
	.poll = nm_file_poll,
	.mmap = nm_file_mmap,
};

static struct miscdevice nm_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "netmap",
	.fops = &nm_file_ops,
	.mode = 0600,
};

int nm_chardev_register(void)
{
	return misc_register(&nm_misc);
}

void nm_chardev_unregister(void)
{
	misc_deregister(&nm_misc);
}
