// SPDX-License-Identifier: BSD-2-Clause
/*
 * Null ports: syncs succeed and do nothing.
 */
#include "null.h"

static int null_sync(struct nm_kring *k, unsigned int flags)
{
	(void)flags;
	if (k->dir == NM_RX)
		os_store_release(&k->hwcur, k->rhead);
	return 0;
}

static void null_destroy(struct nm_adapter *na)
{
	nm_adapter_teardown(na);
	os_free(na);
}

static const struct nm_adapter_ops nm_null_ops = {
	.kind = "null",
	.offsets = true,
	.txsync = null_sync,
	.rxsync = null_sync,
	.destroy = null_destroy,
};

int nm_null_new(const struct nm_lookup *how, const char *name, struct nm_adapter **out)
{
	struct nm_adapter *na;
	struct nm_mem *m;
	char full[NETMAP_REQ_IFNAMSIZ];
	int d;

	if (!how->mem_id)
		return nm_fail(how->err, -EINVAL,
			       "a null port needs a region to live in (nr_mem_id, for example 1)");
	for (d = 0; d < NM_DIRS; d++) {
		if (how->rings[d] && how->slots[d] < 2)
			return nm_fail(how->err, -EINVAL,
				       "%u rings of %u slots: a ring needs two slots at least",
				       how->rings[d], how->slots[d]);
	}
	m = nm_adapter_region(how, name);
	if (!m)
		return -EINVAL;
	na = os_zalloc(sizeof(*na));
	if (!na) {
		nm_mem_put(m);
		return nm_fail(how->err, -ENOMEM, "no memory for a null port");
	}
	os_snprintf(full, sizeof(full), "null:%s", name);
	nm_adapter_setup(na, &nm_null_ops, how->ns, m, full);
	for (d = 0; d < NM_DIRS; d++) {
		na->rings[d] = how->rings[d];
		na->slots[d] = how->slots[d];
	}
	*out = na;
	return 0;
}
