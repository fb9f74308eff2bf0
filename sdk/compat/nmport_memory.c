/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regions: one mapping for each number of a region, in a context.
 *
 * A mapping keeps the descriptor registered that it was made from. So that a
 * port can be closed while others use its region, a null port of that region
 * is mapped in its place, where the core has null ports.
 */
#include <libnetmap.h>

#include "host.h"
#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

static const char holder_name[] = "netmapxx-region";

/* A null port without rings in the port's region, or -1: the core has none, or
 * lays it out differently. */
static int open_holder(const struct nmport_d *d)
{
	struct nmctx silent = *d->ctx;
	struct nmreq_register reg;
	struct nmreq_header hdr;
	int fd;

	silent.verbose = 0;
	fd = nm_host_open(&silent);
	if (fd < 0)
		return -1;
	memset(&reg, 0, sizeof(reg));
	reg.nr_mode = NR_REG_NULL;
	reg.nr_mem_id = d->reg.nr_mem_id;
	nmreq_header_init(&hdr, NETMAP_REQ_REGISTER, &reg);
	memcpy(hdr.nr_name, holder_name, sizeof(holder_name));
	if (!ioctl(fd, NIOCCTRL, &hdr) && reg.nr_mem_id == d->reg.nr_mem_id &&
	    reg.nr_memsize == d->reg.nr_memsize)
		return fd;
	nm_host_close(fd);
	return -1;
}

static void *map_region(int fd, size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

/* The holder's number stays in use for as long as the mapping does. */
static int map_device(struct nmem_d *m, const struct nmport_d *d)
{
	int holder = open_holder(d);

	m->mem = MAP_FAILED;
	if (holder >= 0)
		m->mem = map_region(holder, m->size);
	nm_host_close(holder);
	if (m->mem == MAP_FAILED)
		m->mem = map_region(d->fd, m->size);
	return m->mem == MAP_FAILED ? -1 : 0;
}

static struct nmem_d *make(const struct nmport_d *d)
{
	struct nmem_d *m = (struct nmem_d *)nmctx_malloc(d->ctx, sizeof(*m));

	if (!m)
		return NULL;
	memset(m, 0, sizeof(*m));
	m->mem_id = d->reg.nr_mem_id;
	m->size = (size_t)d->reg.nr_memsize;
	m->holder = -1;
	if (d->extmem) {
		m->is_extmem = 1;
		m->mem = (void *)(uintptr_t)d->extmem->nro_usrptr;
		m->holder = open_holder(d);
	} else if (map_device(m, d)) {
		int saved = errno;

		nmctx_free(d->ctx, m);
		errno = saved;
		return NULL;
	}
	return m;
}

static void drop(struct nmem_d *m, struct nmctx *ctx)
{
	if (m->prev)
		m->prev->next = m->next;
	else
		ctx->mem_descs = m->next;
	if (m->next)
		m->next->prev = m->prev;
	if (!m->is_extmem)
		munmap(m->mem, m->size);
	nm_host_close(m->holder);
	nmctx_free(ctx, m);
}

/* The same memory may be given twice through different addresses; each port
 * then looks at it through its own. */
static int serves(const struct nmem_d *m, const struct nmport_d *d)
{
	return m->mem_id == d->reg.nr_mem_id && m->size == d->reg.nr_memsize &&
	       (!d->extmem || (uintptr_t)m->mem == d->extmem->nro_usrptr);
}

int nm_port_memory_get(struct nmport_d *d)
{
	struct nmctx *ctx = d->ctx;
	struct nmem_d *m;
	int err = 0;

	nmctx_lock(ctx);
	for (m = ctx->mem_descs; m && !serves(m, d); m = m->next)
		;
	if (!m) {
		m = make(d);
		err = errno;
		if (m) {
			m->next = ctx->mem_descs;
			if (m->next)
				m->next->prev = m;
			ctx->mem_descs = m;
		}
	}
	if (m)
		m->refcount++;
	nmctx_unlock(ctx);
	d->mem = m;
	if (m)
		return 0;
	nmctx_ferror(ctx, "%s: cannot map %llu bytes of region %u: %s", d->hdr.nr_name,
		     (unsigned long long)d->reg.nr_memsize,
		     (unsigned int)d->reg.nr_mem_id, strerror(err));
	errno = err;
	return -1;
}

void nm_port_memory_put(struct nmport_d *d)
{
	struct nmctx *ctx = d->ctx;

	nmctx_lock(ctx);
	if (!--d->mem->refcount)
		drop(d->mem, ctx);
	nmctx_unlock(ctx);
	d->mem = NULL;
}
