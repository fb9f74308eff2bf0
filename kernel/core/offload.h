/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nm_offload: virtio-net headers, and what they ask for, in software.
 *
 * A port may have a virtio-net header of 10 or 12 bytes in front of each packet.
 * Between ports whose headers differ the packet is made to fit: a header is put
 * in front or cut to size; or it is taken away, and what it asked for is done:
 * a checksum completed, a TCP packet cut into segments, a UDP datagram into IP
 * fragments.  Nothing here knows rings:
 *
 *   plan    reads the headers, once, into memory of its own, checks them, and
 *           says how many output buffers the packet takes, exactly
 *   begin   the same packet again, for output
 *   next    fills one output buffer; as often as there are slots
 *
 * The packet's memory is somebody else's to change at any time. Whatever is
 * decided is decided in plan; later, only payload is read.
 */
#ifndef NM_OFFLOAD_H
#define NM_OFFLOAD_H

#include "os.h"
#include <net/netmap.h>

/* Headers of a packet that are looked at: Ethernet, tags, IP, TCP. */
#define NM_OFFLOAD_HEAD 256u

/* Longest frame on a port without headers of its own; tags come on top. */
#define NM_OFFLOAD_FRAME 1514u

/* A piece of a packet: in the core's memory or, `indirect`, in that of the
 * calling application, at hand or to be given up. */
struct nm_piece {
	uint64_t at;
	uint32_t len;
	uint32_t indirect;
};

/* Lengths of the virtio-net headers at both ends, 0, 10 or 12, and the bytes an
 * output buffer has room for. */
struct nm_offload_way {
	uint32_t from, to, room;
};

enum nm_offload_kind {
	NM_OFFLOAD_COPY,     /* one packet; its bytes stay */
	NM_OFFLOAD_CHECKSUM, /* one packet; a checksum is completed */
	NM_OFFLOAD_TCP,	     /* a packet in each output buffer */
	NM_OFFLOAD_UDP,	     /* a fragment in each output buffer */
};

struct nm_offload {
	uint32_t slots;	      /* output buffers it takes; 1 at least */
	uint8_t kind;	      /* nm_offload_kind */
	bool ipv6;
	uint8_t tcp_flags;
	uint8_t vnet_len;     /* bytes of virtio-net header put in front */
	uint16_t skip;	      /* bytes of virtio-net header left out */
	uint16_t l3, l4;      /* where those headers begin in head[] */
	uint16_t headers;     /* length of all headers */
	uint32_t step;	      /* bytes of payload in an output buffer */
	uint32_t len;	      /* of the packet, virtio-net header left out */
	uint32_t room;
	uint32_t csum_start, csum_at;
	uint32_t ident;	      /* of IPv6 fragments */
	uint8_t vnet[12];
	uint8_t head[NM_OFFLOAD_HEAD]; /* changed as segments go out */
};

/* A packet on its way out. */
struct nm_offload_run {
	struct nm_offload *o;
	const struct nm_piece *piece, *end;
	uint32_t at;	      /* in the piece */
	uint32_t done;	      /* bytes of payload that are out */
	uint32_t slot;	      /* output buffers that are */
	uint64_t sum;	      /* checksum of a whole packet so far ... */
	bool odd;	      /* ... of an odd number of bytes */
	char *field[2];	      /* where its two bytes went */
};

/* Looks at a packet and decides what becomes of it: 0, or else the reason to
 * drop it (an enum netmap_drop_reason that is not 0). Any context. */
int nm_offload_plan(struct nm_offload *o, const struct nm_piece *piece, uint32_t pieces,
		    const struct nm_offload_way *way);

/* The packet that was planned, again; pieces of the same lengths. */
void nm_offload_begin(struct nm_offload_run *r, struct nm_offload *o,
		      const struct nm_piece *piece, uint32_t pieces);

/* Fills the next output buffer, `way.room` bytes, and returns the bytes it got;
 * 0 if they could not be read. With dst NULL they are left out. Each buffer may
 * be written to until the last one was filled. */
uint32_t nm_offload_next(struct nm_offload_run *r, char *dst);

/* Does each output buffer hold a packet of its own? */
static inline bool nm_offload_splits(const struct nm_offload *o)
{
	return o->kind >= NM_OFFLOAD_TCP;
}

#endif /* NM_OFFLOAD_H */
