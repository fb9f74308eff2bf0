/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copying packets between buffers.  Buffers begin on 64-byte boundaries and are
 * multiples of 64 bytes long, so short packets are copied in whole blocks, up
 * to 63 bytes beyond their end: a fixed number of wide moves and no tail.
 */
#ifndef NM_COPY_H
#define NM_COPY_H

#include "os.h"

#define NM_COPY_BLOCKS_MAX 256u /* longer: the platform's best copy */

static inline void nm_copy_block(void *dst, const void *src)
{
	const uint64_t *s = src;
	uint64_t *d = dst;
	uint64_t a = s[0], b = s[1], c = s[2], e = s[3];
	uint64_t f = s[4], g = s[5], h = s[6], i = s[7];

	d[0] = a;
	d[1] = b;
	d[2] = c;
	d[3] = e;
	d[4] = f;
	d[5] = g;
	d[6] = h;
	d[7] = i;
}

/* From the start of one buffer to the start of another; len fits both. */
static inline void nm_copy_packet(char *dst, const char *src, uint32_t len)
{
	uint32_t at;

	if (unlikely(len > NM_COPY_BLOCKS_MAX)) {
		os_copy_bulk(dst, src, len);
		return;
	}
	for (at = 0; at < len; at += 64)
		nm_copy_block(dst + at, src + at);
}

#endif /* NM_COPY_H */
