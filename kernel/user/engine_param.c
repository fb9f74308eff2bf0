/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parameters of the core by name.
 */
#include "netmap_engine.h"

#include "engine_core.h"

#include <limits.h>

enum access {
	ANY_TIME,
	BEFORE_START, /* until the first descriptor is opened */
	READ_ONLY,
};

/* clang-format off */
static const struct param {
	const char *name;
	int *value;
	enum access access;
} params[] = {
#define PARAM(field, access) {#field, &nm_params.field, access}
	PARAM(if_size, ANY_TIME),
	PARAM(if_num, ANY_TIME),
	PARAM(ring_size, ANY_TIME),
	PARAM(ring_num, ANY_TIME),
	PARAM(buf_size, ANY_TIME),
	PARAM(buf_num, ANY_TIME),
	PARAM(if_curr_size, READ_ONLY),
	PARAM(if_curr_num, READ_ONLY),
	PARAM(ring_curr_size, READ_ONLY),
	PARAM(ring_curr_num, READ_ONLY),
	PARAM(buf_curr_size, READ_ONLY),
	PARAM(buf_curr_num, READ_ONLY),
	PARAM(priv_if_size, ANY_TIME),
	PARAM(priv_if_num, ANY_TIME),
	PARAM(priv_ring_size, ANY_TIME),
	PARAM(priv_ring_num, ANY_TIME),
	PARAM(priv_buf_size, ANY_TIME),
	PARAM(priv_buf_num, ANY_TIME),
	PARAM(max_bridges, BEFORE_START),
	PARAM(bridge_batch, ANY_TIME),
	PARAM(txsync_retry, ANY_TIME),
	PARAM(admode, ANY_TIME),
	PARAM(fwd, ANY_TIME),
	PARAM(no_pendintr, ANY_TIME),
	PARAM(default_pipes, ANY_TIME),
	PARAM(generic_mit, ANY_TIME),
	PARAM(generic_ringsize, ANY_TIME),
	PARAM(generic_rings, ANY_TIME),
	PARAM(generic_hwcsum, ANY_TIME),
	PARAM(generic_txqdisc, ANY_TIME),
	PARAM(ptnet_vnet_hdr, ANY_TIME),
	PARAM(no_timestamp, ANY_TIME),
	PARAM(verbose, ANY_TIME),
#undef PARAM
};
/* clang-format on */

static const struct param *find(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(params) / sizeof(params[0]); i++)
		if (!strcmp(params[i].name, name))
			return &params[i];
	errno = ENOENT;
	return NULL;
}

int nm_engine_param_set(const char *name, long value)
{
	const struct param *p = find(name);

	if (!p)
		return -1;
	if (value < INT_MIN || value > INT_MAX || p->access == READ_ONLY ||
	    (p->access == BEFORE_START && engine_core_running())) {
		errno = EINVAL;
		return -1;
	}
	os_store_relaxed(p->value, (int)value);
	return 0;
}

int nm_engine_param_get(const char *name, long *value)
{
	const struct param *p = find(name);

	if (!p)
		return -1;
	*value = os_load_relaxed(p->value);
	return 0;
}
