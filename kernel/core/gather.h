/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet as it lies in the slots of a TX ring: copied out once and checked,
 * for those who make one piece of it.
 */
#ifndef NM_GATHER_H
#define NM_GATHER_H

#include "adapter.h"

#define NM_ETH_HEADER 14u

struct nm_packet {
	struct {
		uint32_t buf;
		uint16_t offset, len; /* buffers have 65536 bytes at most */
	} part[NETMAP_MAX_FRAGS];
	uint32_t parts, bytes;
	uint32_t slots;		     /* that it takes, also if it is refused */
	bool refused;
	enum netmap_drop_reason why; /* if it is */
};

/*
 * The packet whose first slot is `at`. False: its last slot is not below `end`,
 * it has not been submitted as a whole. Marks that concern the sender's sync
 * alone (NS_BUF_CHANGED, NS_REPORT) are taken off. Inside the ring's sync.
 */
bool nm_gather(struct nm_kring *k, uint32_t at, uint32_t end, struct nm_packet *p);

/* Copies the first bytes of a packet that was not refused: `len` of them, or all
 * there are. Returns how many. */
uint32_t nm_gather_head(const struct nm_kring *k, const struct nm_packet *p, void *dst,
			uint32_t len);

/* Copies the bytes behind the first `skip` ones to a packet of the host. */
void nm_gather_write(const struct nm_kring *k, const struct nm_packet *p, uint32_t skip,
		     struct os_packet *to);

#endif /* NM_GATHER_H */
