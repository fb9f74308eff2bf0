// SPDX-License-Identifier: BSD-2-Clause
/*
 * The EXTMEM option.  Memory is held before the control lock is taken, for that
 * may wait for pages; what it becomes is decided under the lock.
 */
#include "extmem.h"
#include "netmap_core.h"

int nm_extmem_fail(struct nm_extmem *x, int err, struct nm_error *e, const char *fmt, ...)
{
	char text[NETMAP_ERRTEXT_LEN];
	va_list ap;

	va_start(ap, fmt);
	os_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (x->item)
		x->item->status = (uint32_t)-err;
	return nm_fail(e, err, "%s", text);
}

int nm_extmem_hold(struct nm_extmem *x, struct nm_options *o, struct nm_error *e)
{
	const char *why = "there is not enough memory, or RLIMIT_MEMLOCK is too low";
	uint64_t bytes;
	int err;

	x->options = o;
	x->item = nm_options_take(o, NETMAP_REQ_OPT_EXTMEM);
	if (!x->item)
		return 0;
	nm_option_get(o, x->item, &x->opt);
	bytes = x->opt.nro_info.nr_memsize;
	if (x->opt.nro_usrptr % OS_PAGE_SIZE)
		return nm_extmem_fail(x, -EINVAL, e,
				      "external memory at 0x%llx does not begin on a page",
				      (unsigned long long)x->opt.nro_usrptr);
	if (!bytes)
		return nm_extmem_fail(x, -ENOMEM, e, "external memory of 0 bytes");
	err = os_region_adopt(x->opt.nro_usrptr, bytes, &x->region, &why);
	if (err)
		return nm_extmem_fail(x, err, e, "%llu bytes of external memory at 0x%llx: %s",
				      (unsigned long long)bytes,
				      (unsigned long long)x->opt.nro_usrptr, why);
	return 0;
}

void nm_extmem_release(struct nm_extmem *x)
{
	if (x->region)
		os_region_destroy(x->region);
	x->region = NULL;
}

/* What is asked for as 0 gets a default, which is written back. */
static uint32_t or_default(uint32_t *field, const int *param)
{
	if (!*field)
		*field = (uint32_t)os_load_relaxed(param);
	if (!*field) /* a parameter may be anything */
		*field = 1;
	return *field;
}

static void wants(struct nm_extmem *x, struct nm_mem_want *w)
{
	struct nmreq_pools_info *i = &x->opt.nro_info;

	w->pool[NM_POOL_IF].num = or_default(&i->nr_if_pool_objtotal, &nm_params.priv_if_num);
	w->pool[NM_POOL_IF].size = or_default(&i->nr_if_pool_objsize, &nm_params.priv_if_size);
	w->pool[NM_POOL_RING].num = or_default(&i->nr_ring_pool_objtotal,
					       &nm_params.priv_ring_num);
	w->pool[NM_POOL_RING].size = or_default(&i->nr_ring_pool_objsize,
						&nm_params.priv_ring_size);
	w->pool[NM_POOL_BUF].num = or_default(&i->nr_buf_pool_objtotal,
					      &nm_params.priv_buf_num);
	w->pool[NM_POOL_BUF].size = or_default(&i->nr_buf_pool_objsize,
					       &nm_params.priv_buf_size);
	memcpy(nm_option_body(x->options, x->item), (char *)&x->opt + sizeof(x->opt.nro_opt),
	       x->item->body_len);
	x->item->reply = true;
}

int nm_extmem_mem(struct nm_extmem *x, uint32_t mem_id, struct nm_mem **m,
		  struct nm_error *e)
{
	struct os_region *region = x->region;
	struct nm_mem_want want;
	int err;

	*m = NULL;
	if (!x->item)
		return 0;
	wants(x, &want);
	x->region = NULL;
	err = nm_mem_find_external(region, x->opt.nro_info.nr_memsize, &want, m, e);
	if (err) {
		x->item->status = (uint32_t)-err;
		return err;
	}
	if (mem_id && mem_id != (*m)->id) {
		err = nm_extmem_fail(x, -EINVAL, e, "region %u and external memory at once",
				     mem_id);
		nm_mem_put(*m);
	}
	return err;
}
