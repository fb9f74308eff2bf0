// SPDX-License-Identifier: BSD-2-Clause
/*
 * The life of adapters, and how a name leads to one.
 */
#include "adapter.h"
#include "netdev.h"
#include "netmap_core.h"
#include "pipe.h"
#include "vale.h"

static struct nm_link nm_adapters;

void nm_adapter_init(void)
{
	nm_list_init(&nm_adapters);
}

const struct nm_adapter *nm_adapter_next(const struct nm_adapter *na)
{
	const struct nm_link *l = na ? na->link.next : nm_adapters.next;

	return l == &nm_adapters ? NULL : nm_entry(l, struct nm_adapter, link);
}

void nm_adapter_setup(struct nm_adapter *na, const struct nm_adapter_ops *ops,
		      struct os_ns *ns, struct nm_mem *mem, const char *name)
{
	na->ops = ops;
	na->ns = ns;
	na->mem = mem;
	na->refs = 1;
	nm_list_init(&na->pipes);
	nm_list_append(&nm_adapters, &na->link);
	os_waitq_init(&na->wq[NM_RX]);
	os_waitq_init(&na->wq[NM_TX]);
	os_snprintf(na->name, sizeof(na->name), "%s", name);
}

void nm_adapter_teardown(struct nm_adapter *na)
{
	nm_list_remove(&na->link);
	os_waitq_destroy(&na->wq[NM_RX]);
	os_waitq_destroy(&na->wq[NM_TX]);
	nm_mem_put(na->mem);
}

struct nm_adapter *nm_adapter_get(struct nm_adapter *na)
{
	na->refs++;
	return na;
}

void nm_adapter_put(struct nm_adapter *na)
{
	if (--na->refs == 0)
		na->ops->destroy(na);
}

/* ---- look-up ---------------------------------------------------------------------- */

int nm_adapter_find(const struct nm_lookup *how, const char *name, struct nm_adapter **na)
{
	if (nm_pipe_name(name))
		return nm_pipe_find(how, name, na);
	if (nm_vale_name(name))
		return nm_vale_find(how, name, na);
	if (nm_vale_find_standalone(how->ns, name, na))
		return 0;
	return nm_netdev_find(how, name, na);
}

/*
 * Room for a port of the wished size, for every pipe that may be opened on it,
 * and for extra buffers. Only what is used gets memory.
 */
static struct nm_mem_want private_want(const struct nm_lookup *how)
{
	uint64_t rings = how->rings[NM_TX] + how->rings[NM_RX];
	uint64_t slots = how->slots[NM_TX] > how->slots[NM_RX] ? how->slots[NM_TX] :
								 how->slots[NM_RX];
	/* pipes may have longer rings than their parent */
	uint64_t ring_bytes = sizeof(struct netmap_ring) +
			      NM_PIPE_MAX_SLOTS * sizeof(struct netmap_slot);
	uint64_t ifs = 2 + 4 * NM_MAX_PIPES;
	uint64_t ring_num = rings + 2 + 4 * NM_MAX_PIPES;
	uint64_t bufs = (uint64_t)how->rings[NM_TX] * how->slots[NM_TX] +
			(uint64_t)how->rings[NM_RX] * how->slots[NM_RX] +
			2 * NM_MAX_PIPES * slots + 2;
	uint64_t extra = how->extra_bufs > 524288 ? 524288 : how->extra_bufs;
	uint64_t buf_size = (uint64_t)os_load_relaxed(&nm_params.priv_buf_size);
	uint64_t limit = os_memory_total() / 2 / (buf_size ? buf_size : 1);
	struct nm_mem_want w;

	ring_bytes = (ring_bytes + OS_PAGE_SIZE - 1) / OS_PAGE_SIZE * OS_PAGE_SIZE;
	if (bufs > limit) /* at least the rings: what is missing is said when asked for */
		bufs = limit > 4096 ? limit : 4096;
	bufs += extra;
#define AT_LEAST(value, param)                                                          \
	((uint32_t)((value) > (uint64_t)(uint32_t)os_load_relaxed(&nm_params.param) ?   \
			    (value) :                                                   \
			    (uint64_t)(uint32_t)os_load_relaxed(&nm_params.param)))
	w.pool[NM_POOL_IF].size = (uint32_t)os_load_relaxed(&nm_params.priv_if_size);
	w.pool[NM_POOL_IF].num = AT_LEAST(ifs, priv_if_num);
	w.pool[NM_POOL_RING].size = AT_LEAST(ring_bytes, priv_ring_size);
	w.pool[NM_POOL_RING].num = AT_LEAST(ring_num, priv_ring_num);
	w.pool[NM_POOL_BUF].size = (uint32_t)buf_size;
	w.pool[NM_POOL_BUF].num = AT_LEAST(bufs > 1000000 ? 1000000 : bufs, priv_buf_num);
#undef AT_LEAST
	return w;
}

struct nm_mem *nm_adapter_region(const struct nm_lookup *how, const char *name)
{
	struct nm_mem_want want;
	struct nm_mem *m;

	if (!how->mem_id) {
		want = private_want(how);
		m = nm_mem_new_private(&want, how->err);
		if (m)
			m->maker = how->ns;
		return m;
	}
	m = nm_mem_find((uint16_t)how->mem_id);
	if (!m)
		nm_fail(how->err, -EINVAL, "%s: there is no region %u", name, how->mem_id);
	return m;
}

/* ---- activation -------------------------------------------------------------------- */

static void free_krings(struct nm_adapter *na)
{
	int d;

	for (d = 0; d < NM_DIRS; d++) {
		nm_krings_free(na->krings[d], nm_adapter_rings(na, (uint32_t)d),
			       na->krings_memory[d]);
		na->krings[d] = NULL;
		na->krings_memory[d] = NULL;
	}
}

int nm_adapter_activate(struct nm_adapter *na, struct nm_error *e)
{
	int d;

	if (na->bindings) {
		na->bindings++;
		return 0;
	}
	for (d = 0; d < NM_DIRS; d++) {
		na->krings[d] = nm_krings_new(na, (enum nm_dir)d, &na->krings_memory[d]);
		if (!na->krings[d]) {
			free_krings(na);
			return nm_fail(e, -ENOMEM, "no memory for the rings of %s", na->name);
		}
	}
	na->bindings = 1;
	return 0;
}

void nm_adapter_deactivate(struct nm_adapter *na)
{
	if (--na->bindings == 0)
		free_krings(na);
}
