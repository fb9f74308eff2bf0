// SPDX-License-Identifier: BSD-2-Clause
/*
 * The forwarding table: learning and forgetting.
 */
#include "fdb.h"

void nm_fdb_learn(struct nm_fdb *f, uint64_t mac, uint32_t port)
{
	uint64_t want = mac << 16 | (uint64_t)port << 8 | 1;
	uint64_t *set = nm_fdb_set(f, mac);
	unsigned int way, at = NM_FDB_WAYS;

	for (way = 0; way < NM_FDB_WAYS; way++) {
		uint64_t e = os_load_relaxed(&set[way]);

		if (e == want)
			return;
		if (e && e >> 16 == mac) { /* the station moved */
			at = way;
			break;
		}
		if (!e && at == NM_FDB_WAYS)
			at = way;
	}
	if (at == NM_FDB_WAYS) /* full: which one goes depends on who comes */
		at = (unsigned int)(mac >> 40) % NM_FDB_WAYS;
	os_store_relaxed(&set[at], want);
}

void nm_fdb_flush(struct nm_fdb *f, uint32_t port)
{
	unsigned int set, way;

	for (set = 0; set < NM_FDB_SETS; set++) {
		for (way = 0; way < NM_FDB_WAYS; way++) {
			uint64_t e = os_load_relaxed(&f->entry[set][way]);

			if (e && (e >> 8 & 0xff) == port)
				os_store_relaxed(&f->entry[set][way], (uint64_t)0);
		}
	}
}
