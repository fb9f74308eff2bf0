/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file netmap_user.h
 * C helpers for applications: addresses inside a mapped region and the
 * arithmetic of ring indices.  Nothing here calls the system; old programs
 * define NETMAP_WITH_LIBS first and get nm_open() and its kin, which do.
 *
 * A sender in ten lines, given a bound descriptor `fd`, its region mapped at
 * `mem` and the register reply `reg`:
 *
 *     struct netmap_if *nifp = NETMAP_IF(mem, reg.nr_offset);
 *     struct netmap_ring *ring = NETMAP_TXRING(nifp, 0);
 *     while (!nm_ring_empty(ring)) {
 *             struct netmap_slot *slot = &ring->slot[ring->head];
 *             memcpy(NETMAP_BUF(ring, slot->buf_idx), frame, len);
 *             slot->len = len;
 *             ring->head = ring->cur = nm_ring_next(ring, ring->head);
 *     }
 *     ioctl(fd, NIOCTXSYNC, NULL);
 *
 * Thread safety: a ring belongs to one thread at a time.
 */
#ifndef NET_NETMAP_USER_H
#define NET_NETMAP_USER_H

#include <net/if.h>
#include <net/netmap.h>
#include <net/netmap_legacy.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

/* C programs take these from here; one that has its own keeps them. */
#if !defined(__cplusplus) && !defined(likely)
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif

#define NETMAP_OFFSET_(type, ptr, offset) \
	((type)(void *)((char *)(ptr) + (offset)))

/** The netmap_if at `ofs` (nr_offset of the register reply) of a region. */
#define NETMAP_IF(base, ofs) NETMAP_OFFSET_(struct netmap_if *, base, ofs)

/** TX ring `index`; host rings follow the NIC rings. */
#define NETMAP_TXRING(nifp, index) \
	NETMAP_OFFSET_(struct netmap_ring *, nifp, (nifp)->ring_ofs[index])

/** RX ring `index`; host rings follow the NIC rings. */
#define NETMAP_RXRING(nifp, index)                              \
	NETMAP_OFFSET_(struct netmap_ring *, nifp,              \
		       (nifp)->ring_ofs[(index) + (nifp)->ni_tx_rings + \
					(nifp)->ni_host_tx_rings])

/** Buffer `index` of the region a ring lives in. */
#define NETMAP_BUF(ring, index)                  \
	((char *)(ring) + (ring)->buf_ofs +      \
	 ((size_t)(index) * (ring)->nr_buf_size))

/** Index of the buffer that begins at `buf`. */
#define NETMAP_BUF_IDX(ring, buf)                                         \
	((uint32_t)(((char *)(buf) - ((char *)(ring) + (ring)->buf_ofs)) / \
		    (ring)->nr_buf_size))

/** Offset of the packet in the slot's buffer (0 unless offsets are on). */
#define NETMAP_ROFFSET(ring, slot) ((slot)->ptr & (ring)->offset_mask)

/** Set the offset of the packet in the slot's buffer. */
#define NETMAP_WOFFSET(ring, slot, offset)                            \
	do {                                                          \
		(slot)->ptr = ((slot)->ptr & ~(ring)->offset_mask) |  \
			      ((offset) & (ring)->offset_mask);       \
	} while (0)

/** First byte of the slot's packet, its offset included. */
#define NETMAP_BUF_OFFSET(ring, slot) \
	(NETMAP_BUF(ring, (slot)->buf_idx) + NETMAP_ROFFSET(ring, slot))

#ifdef __cplusplus
extern "C" {
#endif

/** The index after `i`. */
static inline uint32_t nm_ring_next(const struct netmap_ring *r, uint32_t i)
{
	return i + 1 == r->num_slots ? 0 : i + 1;
}

/** Slots the application owns: free ones on TX, packets on RX. */
static inline uint32_t nm_ring_space(const struct netmap_ring *r)
{
	uint32_t head = r->head, tail = r->tail;

	return tail >= head ? tail - head : tail + r->num_slots - head;
}

/** True when the application owns no slot. */
static inline int nm_ring_empty(const struct netmap_ring *r)
{
	return r->head == r->tail;
}

/** True while packets handed over on TX have not been reclaimed. */
static inline int nm_tx_pending(const struct netmap_ring *r)
{
	return nm_ring_next(r, r->tail) != r->head;
}

/** Copies a packet; source and destination must not overlap. */
static inline void nm_pkt_copy(const void *src, void *dst, int len)
{
	if (len > 0)
		memcpy(dst, src, (size_t)len);
}

#ifdef __cplusplus
}
#endif

#ifdef NETMAP_WITH_LIBS
#include <net/netmap_open.h>
#endif

#endif /* NET_NETMAP_USER_H */
