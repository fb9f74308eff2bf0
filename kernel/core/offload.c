// SPDX-License-Identifier: BSD-2-Clause
/*
 * Virtio-net headers in software: checks, checksums, segments, fragments.
 */
#include "offload.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "byte order below");

/* The header, as it lies in front of a packet; the last field is in that of 12
 * bytes only. Little-endian. */
struct vnet_hdr {
	uint8_t flags, gso_type;
	uint16_t hdr_len, gso_size, csum_start, csum_offset, buffers;
};
_Static_assert(sizeof(struct vnet_hdr) == 12, "layout of the virtio-net header");

#define VNET_COMMON 10u /* bytes that both lengths have */

#define VNET_NEEDS_CSUM 1u
#define VNET_DATA_VALID 2u
#define VNET_GSO_TCP4 1u
#define VNET_GSO_UDP 3u
#define VNET_GSO_TCP6 4u
#define VNET_GSO_ECN 0x80u

#define ETH_TYPE 12u
#define ETH_VLAN 0x8100u
#define ETH_IPV4 0x0800u
#define ETH_IPV6 0x86ddu
#define VLAN_TAG 4u

#define IPV4_HEADER 20u /* without options */
#define IPV4_LEN 2u
#define IPV4_ID 4u
#define IPV4_FRAG 6u
#define IPV4_PROTO 9u
#define IPV4_CSUM 10u
#define IPV4_ADDRS 12u
#define IPV4_MF 0x2000u
#define IPV4_FRAG_MASK 0x3fffu /* MF and the offset */

#define IPV6_HEADER 40u
#define IPV6_LEN 4u
#define IPV6_NEXT 6u
#define IPV6_ADDRS 8u
#define IPV6_FRAGMENT_HEADER 8u
#define IPV6_FRAGMENT 44u

#define PROTO_TCP 6u
#define PROTO_UDP 17u

#define TCP_HEADER 20u /* without options */
#define TCP_SEQ 4u
#define TCP_OFFSET 12u
#define TCP_FLAGS 13u
#define TCP_CSUM 16u
#define TCP_FIN 0x01u
#define TCP_PSH 0x08u
#define TCP_CWR 0x80u

#define UDP_HEADER 8u
#define UDP_LEN 4u
#define UDP_CSUM 6u

#define IP_MOST 65535u /* bytes of a datagram */

static uint32_t nm_fragment_ident; /* of IPv6; the core's own */

/* ---- bytes and sums ----------------------------------------------------------------- */

static inline uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static inline void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline uint32_t get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* A number of the packet's, as it counts in the sums below. */
static inline uint64_t as_word(uint32_t v)
{
	return (v & 0xff) << 8 | (v >> 8 & 0xff);
}

/*
 * Sums are of 16-bit words as they lie in memory: one's complement sums do not
 * care for the byte order, as long as the result is stored as it was computed.
 * 64 bits hold the carries of far more words than a packet has.
 */
static uint64_t sum_add(uint64_t sum, const void *bytes, uint32_t len)
{
	const uint8_t *p = bytes;
	uint32_t word;
	uint16_t half;

	for (; len >= 4; len -= 4, p += 4) {
		memcpy(&word, p, 4);
		sum += word;
	}
	if (len >= 2) {
		memcpy(&half, p, 2);
		sum += half;
		p += 2;
	}
	return len & 1 ? sum + *p : sum;
}

static uint16_t sum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Goes on with bytes that follow those summed before, an odd number perhaps. */
static void run_sum(struct nm_offload_run *r, const void *bytes, uint32_t len)
{
	uint16_t more = sum_fold(sum_add(0, bytes, len));

	if (r->odd)
		more = (uint16_t)(more << 8 | more >> 8);
	r->sum += more;
	r->odd ^= len & 1;
}

static inline void store_sum(uint8_t *to, uint16_t sum)
{
	memcpy(to, &sum, 2);
}

/* A computed sum of 0 would say that there is none (UDP); both mean the same. */
static inline uint16_t never_zero(uint16_t sum)
{
	return sum ? sum : 0xffff;
}

/* Addresses, protocol and length, which transport checksums cover. */
static uint64_t pseudo_header(const struct nm_offload *o, uint32_t proto, uint32_t len)
{
	uint64_t sum = as_word(proto) + as_word(len & 0xffff) + as_word(len >> 16);
	const uint8_t *ip = o->head + o->l3;

	return o->ipv6 ? sum_add(sum, ip + IPV6_ADDRS, 32) : sum_add(sum, ip + IPV4_ADDRS, 8);
}

/* ---- the packet's bytes --------------------------------------------------------------- */

static void skip(struct nm_offload_run *r, uint32_t len)
{
	uint32_t part;

	for (; len && r->piece != r->end; len -= part) {
		part = r->piece->len - r->at;
		if (part > len) {
			r->at += len;
			return;
		}
		r->piece++;
		r->at = 0;
	}
}

/* Copies the next bytes of the packet; false if they cannot be had. */
static bool take(struct nm_offload_run *r, void *to, uint32_t len)
{
	uint8_t *dst = to;
	uint32_t part;
	bool ok = true;

	while (len && r->piece != r->end) {
		const struct nm_piece *p = r->piece;

		part = p->len - r->at;
		part = part < len ? part : len;
		if (part && !p->indirect)
			os_copy_bulk(dst, (const char *)(uintptr_t)p->at + r->at, part);
		else if (part && os_copyin_nowait(dst, p->at + r->at, part))
			ok = false;
		dst += part;
		len -= part;
		r->at += part;
		if (r->at == p->len) {
			r->piece++;
			r->at = 0;
		}
	}
	return ok && !len;
}

/* ---- plan ------------------------------------------------------------------------------ */

static uint32_t slots_for(uint32_t bytes, uint32_t each)
{
	return bytes ? (bytes - 1) / each + 1 : 1;
}

static int plan_copy(struct nm_offload *o)
{
	uint64_t bytes = (uint64_t)o->vnet_len + o->len;

	if (o->room <= o->vnet_len)
		return NETMAP_DROP_TOO_LONG;
	if (bytes > (uint64_t)o->room * NETMAP_MAX_FRAGS)
		return NETMAP_DROP_TOO_MANY_FRAGS;
	o->slots = slots_for((uint32_t)bytes, o->room);
	return 0;
}

static int plan_checksum(struct nm_offload *o, const struct vnet_hdr *h)
{
	o->kind = NM_OFFLOAD_CHECKSUM;
	o->csum_start = h->csum_start;
	o->csum_at = (uint32_t)h->csum_start + h->csum_offset;
	if (o->csum_at + 2 > o->len)
		return NETMAP_DROP_OFFLOAD;
	return plan_copy(o);
}

/* Where IP begins, behind any number of tags; and which one it is. 0 or -1. */
static int parse_ethernet(struct nm_offload *o, uint32_t have, uint32_t *tags)
{
	uint32_t at = ETH_TYPE, type;

	for (*tags = 0;; at += VLAN_TAG, ++*tags) {
		if (at + 2 > have)
			return -1;
		type = get16(o->head + at);
		if (type != ETH_VLAN)
			break;
	}
	o->l3 = (uint16_t)(at + 2);
	o->ipv6 = type == ETH_IPV6;
	return type == ETH_IPV4 || type == ETH_IPV6 ? 0 : -1;
}

/* Where TCP or UDP begins: the IP header's end. 0 or -1. */
static int parse_ip(struct nm_offload *o, uint32_t have, uint32_t proto)
{
	const uint8_t *ip = o->head + o->l3;
	uint32_t len = o->ipv6 ? IPV6_HEADER : IPV4_HEADER;

	if (o->l3 + len > have || ip[0] >> 4 != (o->ipv6 ? 6 : 4))
		return -1;
	if (o->ipv6) {
		if (ip[IPV6_NEXT] != proto)
			return -1;
	} else {
		len = (ip[0] & 0xfu) * 4;
		if (len < IPV4_HEADER || o->l3 + len > have || ip[IPV4_PROTO] != proto ||
		    get16(ip + IPV4_FRAG) & IPV4_FRAG_MASK)
			return -1;
	}
	o->l4 = (uint16_t)(o->l3 + len);
	return 0;
}

static int plan_tcp(struct nm_offload *o, uint32_t have, uint32_t size, uint32_t frame)
{
	const uint8_t *tcp = o->head + o->l4;
	uint32_t len;

	if (o->l4 + TCP_HEADER > have)
		return NETMAP_DROP_OFFLOAD;
	len = (uint32_t)(tcp[TCP_OFFSET] >> 4) * 4;
	if (len < TCP_HEADER || o->l4 + len > have || o->l4 + len >= frame)
		return NETMAP_DROP_OFFLOAD;
	o->kind = NM_OFFLOAD_TCP;
	o->headers = (uint16_t)(o->l4 + len);
	o->tcp_flags = tcp[TCP_FLAGS];
	o->step = size < frame - o->headers ? size : frame - o->headers;
	o->slots = slots_for(o->len - o->headers, o->step);
	return 0;
}

/* One datagram, in fragments: `size` is what each may carry, UDP's own header
 * included in the first. */
static int plan_udp(struct nm_offload *o, uint32_t have, uint32_t size, uint32_t frame)
{
	uint32_t bytes = o->len - o->l4;
	uint32_t extra = o->ipv6 ? IPV6_FRAGMENT_HEADER : 0;

	if (o->l4 + UDP_HEADER > have || o->l4 + extra >= frame)
		return NETMAP_DROP_OFFLOAD;
	if (bytes > IP_MOST - (o->ipv6 ? 0 : (uint32_t)o->l4 - o->l3))
		return NETMAP_DROP_OFFLOAD;
	o->kind = NM_OFFLOAD_UDP;
	o->headers = (uint16_t)(o->l4 + UDP_HEADER);
	o->step = bytes;
	o->slots = 1;
	if (bytes <= size && bytes <= frame - o->l4)
		return 0;
	frame -= o->l4 + extra;
	o->step = (size < frame ? size : frame) & ~7u;
	if (!o->step)
		return NETMAP_DROP_OFFLOAD;
	o->slots = slots_for(bytes, o->step);
	o->ident = o->ipv6 ? os_fetch_add(&nm_fragment_ident, 1) : 0;
	return 0;
}

/* `have` bytes of the packet are in head[]. */
static int plan_split(struct nm_offload *o, const struct vnet_hdr *h, uint32_t have)
{
	uint32_t type = h->gso_type & ~VNET_GSO_ECN, tags, frame;
	uint32_t proto = type == VNET_GSO_UDP ? PROTO_UDP : PROTO_TCP;

	if (!h->gso_size || parse_ethernet(o, have, &tags) || parse_ip(o, have, proto))
		return NETMAP_DROP_OFFLOAD;
	if (type != VNET_GSO_UDP && o->ipv6 != (type == VNET_GSO_TCP6))
		return NETMAP_DROP_OFFLOAD;
	/* tags make a frame longer, and take nothing from what it carries */
	frame = NM_OFFLOAD_FRAME + tags * VLAN_TAG;
	if (frame > o->room)
		frame = o->room;
	if (type == VNET_GSO_UDP)
		return plan_udp(o, have, h->gso_size, frame);
	return plan_tcp(o, have, h->gso_size, frame);
}

static bool header_known(const struct vnet_hdr *h)
{
	uint32_t type = h->gso_type & ~VNET_GSO_ECN;

	return !(h->flags & ~(VNET_NEEDS_CSUM | VNET_DATA_VALID)) &&
	       (!type || type == VNET_GSO_TCP4 || type == VNET_GSO_UDP ||
		type == VNET_GSO_TCP6);
}

/* The packet comes from a port with headers and goes to one without. */
static int plan_finish(struct nm_offload *o, struct nm_offload_run *in,
		       const struct vnet_hdr *h)
{
	uint32_t have = o->len < NM_OFFLOAD_HEAD ? o->len : NM_OFFLOAD_HEAD;

	if (!header_known(h))
		return NETMAP_DROP_VNET_HDR;
	if (h->gso_type & ~VNET_GSO_ECN) {
		if (!take(in, o->head, have))
			return NETMAP_DROP_BAD_INDIRECT;
		return plan_split(o, h, have);
	}
	return h->flags & VNET_NEEDS_CSUM ? plan_checksum(o, h) : plan_copy(o);
}

int nm_offload_plan(struct nm_offload *o, const struct nm_piece *piece, uint32_t pieces,
		    const struct nm_offload_way *way)
{
	struct nm_offload_run in = { .piece = piece, .end = piece + pieces };
	struct vnet_hdr h = { 0 };
	uint32_t i;

	o->kind = NM_OFFLOAD_COPY;
	o->room = way->room;
	o->skip = (uint16_t)way->from;
	o->vnet_len = (uint8_t)way->to;
	o->headers = 0;
	for (i = 0, o->len = 0; i < pieces; i++)
		o->len += piece[i].len;
	if (o->len <= way->from)
		return NETMAP_DROP_SHORT;
	o->len -= way->from;
	if (way->from && !take(&in, &h, way->from))
		return NETMAP_DROP_BAD_INDIRECT;
	if (way->from && !way->to)
		return plan_finish(o, &in, &h);
	memset(o->vnet, 0, sizeof(o->vnet));
	if (way->from)
		memcpy(o->vnet, &h, VNET_COMMON);
	return plan_copy(o);
}

/* ---- output ---------------------------------------------------------------------------- */

void nm_offload_begin(struct nm_offload_run *r, struct nm_offload *o,
		      const struct nm_piece *piece, uint32_t pieces)
{
	*r = (struct nm_offload_run){ .o = o, .piece = piece, .end = piece + pieces };
	skip(r, o->skip + o->headers);
	if (o->kind == NM_OFFLOAD_UDP) {
		uint8_t *udp = o->head + o->l4;
		uint32_t len = o->len - o->l4;

		put16(udp + UDP_LEN, len);
		put16(udp + UDP_CSUM, 0);
		r->sum = pseudo_header(o, PROTO_UDP, len);
		run_sum(r, udp, UDP_HEADER);
	}
}

/* Payload, `len` bytes of it, to an output buffer; false if there is none. */
static bool payload(struct nm_offload_run *r, char *dst, uint32_t len)
{
	r->done += len;
	if (dst)
		return take(r, dst, len);
	skip(r, len);
	return false;
}

/* The sum of the whole packet is known: it goes where it belongs. */
static void finish_sum(struct nm_offload_run *r)
{
	uint16_t sum = never_zero((uint16_t)~sum_fold(r->sum));

	if (r->field[0])
		*r->field[0] = (char)(sum & 0xff);
	if (r->field[1])
		*r->field[1] = (char)(sum >> 8);
}

/* A packet that stays one. */
static uint32_t next_part(struct nm_offload_run *r, char *dst)
{
	const struct nm_offload *o = r->o;
	uint32_t lead = r->slot++ ? 0 : o->vnet_len, from = r->done, to, start;
	uint32_t len = o->len - from < o->room - lead ? o->len - from : o->room - lead;
	bool ok;

	if (dst)
		memcpy(dst, o->vnet, lead);
	ok = payload(r, dst ? dst + lead : NULL, len);
	to = r->done;
	if (o->kind == NM_OFFLOAD_CHECKSUM) {
		start = from > o->csum_start ? from : o->csum_start;
		if (ok && start < to)
			run_sum(r, dst + (start - from), to - start);
		if (ok && o->csum_at >= from && o->csum_at < to)
			r->field[0] = dst + (o->csum_at - from);
		if (ok && o->csum_at + 1 >= from && o->csum_at + 1 < to)
			r->field[1] = dst + (o->csum_at + 1 - from);
		if (r->slot == o->slots)
			finish_sum(r);
	}
	return ok ? lead + len : 0;
}

static void finish_ipv4(struct nm_offload *o, uint32_t payload_len)
{
	uint8_t *ip = o->head + o->l3;
	uint32_t len = (uint32_t)o->l4 - o->l3;

	put16(ip + IPV4_LEN, len + payload_len);
	put16(ip + IPV4_CSUM, 0);
	store_sum(ip + IPV4_CSUM, (uint16_t)~sum_fold(sum_add(0, ip, len)));
}

/* Length and checksum of the IP header in front of `payload_len` bytes. */
static void finish_ip(struct nm_offload *o, uint32_t payload_len)
{
	if (o->ipv6)
		put16(o->head + o->l3 + IPV6_LEN, payload_len);
	else
		finish_ipv4(o, payload_len);
}

static void segment_headers(struct nm_offload_run *r, const char *data, uint32_t len,
			    bool last)
{
	struct nm_offload *o = r->o;
	uint8_t *tcp = o->head + o->l4;
	uint32_t header = (uint32_t)o->headers - o->l4, flags = o->tcp_flags;
	uint64_t sum;

	if (!last)
		flags &= ~(TCP_FIN | TCP_PSH);
	if (r->slot > 1)
		flags &= ~TCP_CWR;
	tcp[TCP_FLAGS] = (uint8_t)flags;
	finish_ip(o, header + len);
	put16(tcp + TCP_CSUM, 0);
	sum = sum_add(pseudo_header(o, PROTO_TCP, header + len), tcp, header);
	store_sum(tcp + TCP_CSUM, (uint16_t)~sum_fold(sum_add(sum, data, len)));
}

static uint32_t next_segment(struct nm_offload_run *r, char *dst)
{
	struct nm_offload *o = r->o;
	uint32_t left = o->len - o->headers - r->done;
	uint32_t len = left < o->step ? left : o->step;
	uint8_t *tcp = o->head + o->l4, *id = o->head + o->l3 + IPV4_ID;
	bool ok = payload(r, dst ? dst + o->headers : NULL, len);

	r->slot++;
	if (ok) {
		segment_headers(r, dst + o->headers, len, len == left);
		memcpy(dst, o->head, o->headers);
	}
	/* now for the next one */
	put32(tcp + TCP_SEQ, get32(tcp + TCP_SEQ) + len);
	if (!o->ipv6)
		put16(id, get16(id) + 1);
	return ok ? o->headers + len : 0;
}

/* The headers of a fragment, at `at` of the datagram; returns their length. */
static uint32_t fragment_headers(struct nm_offload *o, char *dst, uint32_t at, uint32_t len,
				 bool last)
{
	uint8_t fragment[IPV6_FRAGMENT_HEADER] = { PROTO_UDP, 0 };
	uint8_t *ip = o->head + o->l3;

	if (!o->ipv6) {
		put16(ip + IPV4_FRAG, at / 8 | (last ? 0 : IPV4_MF));
		finish_ip(o, len);
		memcpy(dst, o->head, o->l4);
		return o->l4;
	}
	if (o->slots == 1) {
		finish_ip(o, len);
		memcpy(dst, o->head, o->l4);
		return o->l4;
	}
	ip[IPV6_NEXT] = IPV6_FRAGMENT;
	finish_ip(o, len + IPV6_FRAGMENT_HEADER);
	put16(fragment + 2, last ? at : at | 1u);
	put32(fragment + 4, o->ident);
	memcpy(dst, o->head, o->l4);
	memcpy(dst + o->l4, fragment, sizeof(fragment));
	return o->l4 + IPV6_FRAGMENT_HEADER;
}

static uint32_t next_fragment(struct nm_offload_run *r, char *dst)
{
	struct nm_offload *o = r->o;
	uint32_t bytes = o->len - o->l4, at = r->slot * o->step;
	uint32_t len = bytes - at < o->step ? bytes - at : o->step;
	uint32_t lead = r->slot++ ? 0 : UDP_HEADER, headers = 0;
	bool ok;

	if (dst) {
		headers = fragment_headers(o, dst, at, len, at + len == bytes);
		memcpy(dst + headers, o->head + o->l4, lead);
		if (lead) {
			r->field[0] = dst + headers + UDP_CSUM;
			r->field[1] = r->field[0] + 1;
		}
		dst += headers + lead;
	}
	ok = payload(r, dst, len - lead);
	if (ok)
		run_sum(r, dst, len - lead);
	if (r->slot == o->slots)
		finish_sum(r);
	return ok ? headers + len : 0;
}

uint32_t nm_offload_next(struct nm_offload_run *r, char *dst)
{
	switch (r->o->kind) {
	case NM_OFFLOAD_TCP:
		return next_segment(r, dst);
	case NM_OFFLOAD_UDP:
		return next_fragment(r, dst);
	default:
		return next_part(r, dst);
	}
}
