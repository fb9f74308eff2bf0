// SPDX-License-Identifier: BSD-2-Clause
/*
 * Packets of the host.
 */
#include <linux/if_ether.h>
#include <linux/mm.h>
#include <linux/virtio_net.h>

#include "compat.h"
#include "packet.h"
#include "netmap_core.h"

/* Of a long packet, in one piece: more than all headers have. */
#define NM_PACKET_HEAD 256u

/* Kinds of segmentation a virtio-net header has words for; none is a tunnel's. */
#define NM_PACKET_GSO                                                                      \
	(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_TCP_ECN | SKB_GSO_TCP_FIXEDID |           \
	 SKB_GSO_UDP_L4 | SKB_GSO_DODGY)

/* A frame of an IP packet, with tags. */
#define NM_PACKET_LONGEST (65535u + 22u)

struct sk_buff *nm_packet_alloc(u32 headroom, u32 bytes, u32 tailroom, gfp_t gfp)
{
	struct sk_buff *skb;
	int err;

	skb = alloc_skb_with_frags(headroom + NM_PACKET_HEAD + tailroom, bytes - NM_PACKET_HEAD,
				   PAGE_ALLOC_COSTLY_ORDER, &err, gfp | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, headroom);
	skb_put(skb, NM_PACKET_HEAD);
	skb->data_len = bytes - NM_PACKET_HEAD;
	skb->len = bytes;
	return skb;
}

void os_packet_write(struct os_packet *p, uint32_t at, const void *src, uint32_t len)
{
	struct sk_buff *skb = (struct sk_buff *)p;

	if (likely(at + len <= skb_headlen(skb)))
		memcpy(skb->data + at, src, len);
	else
		skb_store_bits(skb, at, src, len);
}

uint32_t os_packet_len(const struct os_packet *p)
{
	return ((const struct sk_buff *)p)->len;
}

void os_packet_copy(const struct os_packet *p, uint32_t at, void *dst, uint32_t len)
{
	const struct sk_buff *skb = (const struct sk_buff *)p;

	if (likely(at + len <= skb_headlen(skb)))
		memcpy(dst, skb->data + at, len);
	else
		skb_copy_bits(skb, at, dst, len);
}

bool os_packet_describe(struct os_packet *p, const void *vnet)
{
	struct sk_buff *skb = (struct sk_buff *)p;
	struct virtio_net_hdr h;

	memcpy(&h, vnet, sizeof(h));
	skb_reset_mac_header(skb);
	if (virtio_net_hdr_to_skb(skb, &h, true))
		return false;
	if (h.flags & VIRTIO_NET_HDR_F_DATA_VALID && skb->ip_summed == CHECKSUM_NONE)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	return true;
}

bool nm_packet_words(const struct sk_buff *skb, struct virtio_net_hdr_mrg_rxbuf *vnet)
{
	if (skb_is_gso(skb) && (skb_shinfo(skb)->gso_type & ~NM_PACKET_GSO ||
				skb->encapsulation || skb->len > NM_PACKET_LONGEST))
		return false;
	memset(vnet, 0, sizeof(*vnet));
	vnet->num_buffers = cpu_to_le16(1);
	return !virtio_net_hdr_from_skb(skb, &vnet->hdr, true, true, 0);
}
