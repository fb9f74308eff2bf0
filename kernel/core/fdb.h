/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nm_fdb: the forwarding table of a switch, which port a station is behind.
 *
 * 256 sets of four entries.  An entry is one 64-bit word, read and written
 * whole by any number of senders without a lock; a word that would not change
 * is not written, for a written line is one every other sender must fetch.
 * There is no ageing: entries go with their port, or make room for others.
 */
#ifndef NM_FDB_H
#define NM_FDB_H

#include "os.h"

#define NM_FDB_SETS 256u
#define NM_FDB_WAYS 4u

/* entry = address << 16 | port << 8 | 1; 0 is an empty one */
struct nm_fdb {
	uint64_t entry[NM_FDB_SETS][NM_FDB_WAYS]
		__attribute__((aligned(NM_FDB_WAYS * sizeof(uint64_t))));
};

#define NM_FDB_UNKNOWN (-1)

static inline uint64_t *nm_fdb_set(struct nm_fdb *f, uint64_t mac)
{
	return f->entry[(mac * 0x9E3779B97F4A7C15ull) >> 56];
}

/* The port of a station (48 bits of address), or NM_FDB_UNKNOWN. Any context. */
static inline int nm_fdb_find(struct nm_fdb *f, uint64_t mac)
{
	const uint64_t *set = nm_fdb_set(f, mac);
	unsigned int way;

	for (way = 0; way < NM_FDB_WAYS; way++) {
		uint64_t e = os_load_relaxed(&set[way]);

		if (e >> 16 == mac && e)
			return (int)(e >> 8 & 0xff);
	}
	return NM_FDB_UNKNOWN;
}

/* Notes that the station is behind `port`. Any context. */
void nm_fdb_learn(struct nm_fdb *f, uint64_t mac, uint32_t port);
/* Forgets all stations behind `port`. Any context. */
void nm_fdb_flush(struct nm_fdb *f, uint32_t port);

#endif /* NM_FDB_H */
