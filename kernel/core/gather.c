// SPDX-License-Identifier: BSD-2-Clause
/*
 * Packets out of slots.
 */
#include "gather.h"

static void refuse(struct nm_packet *p, enum netmap_drop_reason why)
{
	if (!p->refused)
		p->why = why;
	p->refused = true;
}

static void add_slot(const struct nm_bufs *bufs, struct nm_packet *p, uint32_t buf,
		     uint32_t offset, uint32_t len)
{
	p->slots++;
	if (!nm_bufs_at(bufs, buf) || len > bufs->size - offset)
		refuse(p, NETMAP_DROP_BAD_SLOT);
	else if (p->parts == NETMAP_MAX_FRAGS)
		refuse(p, NETMAP_DROP_TOO_MANY_FRAGS);
	if (p->refused)
		return;
	p->part[p->parts].buf = buf;
	p->part[p->parts].offset = (uint16_t)offset;
	p->part[p->parts++].len = (uint16_t)len;
	p->bytes += len;
}

bool nm_gather(struct nm_kring *k, uint32_t at, uint32_t end, struct nm_packet *p)
{
	const struct nm_bufs bufs = nm_mem_bufs(k->mem);
	uint32_t flags;

	p->parts = p->bytes = p->slots = 0;
	p->refused = false;
	do {
		struct netmap_slot *slot = &k->ring->slot[at];
		uint64_t w = os_load_relaxed((const uint64_t *)(const void *)slot);

		if (at == end)
			return false;
		flags = (uint32_t)(w >> 48);
		if (flags & (NS_BUF_CHANGED | NS_REPORT))
			os_store_relaxed(&slot->flags,
					 (uint16_t)(flags & ~(uint32_t)(NS_BUF_CHANGED |
									NS_REPORT)));
		add_slot(&bufs, p, (uint32_t)w,
			 k->offset_mask ? nm_kring_offset(k, os_load_relaxed(&slot->ptr)) : 0,
			 (uint32_t)(w >> 32) & 0xffff);
		at = nm_next(at, k->num_slots);
	} while (flags & NS_MOREFRAG);
	if (!p->refused && p->bytes < NM_ETH_HEADER)
		refuse(p, NETMAP_DROP_SHORT);
	return true;
}

static const char *part_at(const struct nm_bufs *bufs, const struct nm_packet *p, uint32_t i)
{
	return nm_bufs_at(bufs, p->part[i].buf) + p->part[i].offset;
}

uint32_t nm_gather_head(const struct nm_kring *k, const struct nm_packet *p, void *dst,
			uint32_t len)
{
	const struct nm_bufs bufs = nm_mem_bufs(k->mem);
	uint32_t i, n, done = 0;

	for (i = 0; i < p->parts && done < len; i++, done += n) {
		n = p->part[i].len < len - done ? p->part[i].len : len - done;
		os_copy_bulk((char *)dst + done, part_at(&bufs, p, i), n);
	}
	return done;
}

void nm_gather_write(const struct nm_kring *k, const struct nm_packet *p, uint32_t skip,
		     struct os_packet *to)
{
	const struct nm_bufs bufs = nm_mem_bufs(k->mem);
	uint32_t i, left, at = 0;

	for (i = 0; i < p->parts; i++) {
		left = p->part[i].len;
		if (unlikely(skip)) {
			uint32_t less = skip < left ? skip : left;

			skip -= less;
			left -= less;
		}
		os_packet_write(to, at, part_at(&bufs, p, i) + p->part[i].len - left, left);
		at += left;
	}
}
