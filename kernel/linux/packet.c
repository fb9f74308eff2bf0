// SPDX-License-Identifier: BSD-2-Clause
/*
 * Packets of the host.
 */
#include <linux/if_ether.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/virtio_net.h>

#include "compat.h"
#include "packet.h"
#include "netmap_core.h"

/* Of a long packet, in one piece: more than all headers have. */
#define NM_PACKET_HEAD 256u

/* Kinds of segmentation a virtio-net header has words for; none is a tunnel's. */
#ifdef VIRTIO_NET_HDR_GSO_UDP_L4 /* since 6.2 */
#define NM_PACKET_GSO_UDP SKB_GSO_UDP_L4
#else
#define NM_PACKET_GSO_UDP 0
#endif
#define NM_PACKET_GSO                                                                      \
	(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_TCP_ECN | SKB_GSO_TCP_FIXEDID |           \
	 NM_PACKET_GSO_UDP | SKB_GSO_DODGY)

/* A frame of an IP packet, with tags. */
#define NM_PACKET_LONGEST (65535u + 22u)

/* Pages a CPU keeps at most: what a TCP connection has under way in one direction. */
#define NM_PACKET_PAGES 2048

/*
 * Pages of long packets, one pool for each CPU: they come back when the last
 * reader is done, and are not cleared again on their way out.
 */
static DEFINE_PER_CPU(struct page_pool *, nm_packet_pages);

int nm_packet_init(void)
{
	struct page_pool_params params = {
		.pool_size = NM_PACKET_PAGES,
		.nid = NUMA_NO_NODE,
	};
	struct page_pool *pool;
	int cpu;

	for_each_possible_cpu(cpu) {
		pool = page_pool_create(&params);
		if (IS_ERR(pool)) {
			nm_packet_exit();
			return PTR_ERR(pool);
		}
		per_cpu(nm_packet_pages, cpu) = pool;
	}
	return 0;
}

void nm_packet_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		if (per_cpu(nm_packet_pages, cpu)) /* pages that are away do not need us */
			page_pool_destroy(per_cpu(nm_packet_pages, cpu));
		per_cpu(nm_packet_pages, cpu) = NULL;
	}
}

/* Adds that many bytes in pages. Softirqs off. */
static bool nm_packet_add_pages(struct sk_buff *skb, u32 bytes)
{
	struct page_pool *pool = this_cpu_read(nm_packet_pages);
	struct page *page;
	u32 part;

	for (; bytes; bytes -= part) {
		page = page_pool_alloc_pages(pool, GFP_ATOMIC | __GFP_NOWARN);
		if (unlikely(!page))
			return false;
		part = min_t(u32, bytes, PAGE_SIZE);
		skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, 0, part, PAGE_SIZE);
	}
	return true;
}

struct sk_buff *nm_packet_alloc(u32 headroom, u32 bytes, u32 tailroom)
{
	u32 head = bytes < NM_PACKET_HEAD ? bytes : NM_PACKET_HEAD;
	struct sk_buff *skb;
	bool done;

	if (bytes > head + MAX_SKB_FRAGS * PAGE_SIZE)
		return NULL;
	skb = alloc_skb(headroom + head + tailroom, GFP_ATOMIC | __GFP_NOWARN);
	if (unlikely(!skb))
		return NULL;
	skb_reserve(skb, headroom);
	skb_put(skb, head);
	skb_mark_for_recycle(skb);
	local_bh_disable();
	done = nm_packet_add_pages(skb, bytes - head);
	local_bh_enable();
	if (likely(done))
		return skb;
	kfree_skb(skb);
	return NULL;
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

bool nm_packet_has_words(const struct sk_buff *skb)
{
	return !(skb_shinfo(skb)->gso_type & ~NM_PACKET_GSO) && !skb->encapsulation &&
	       skb->len <= NM_PACKET_LONGEST;
}

bool nm_packet_words(const struct sk_buff *skb, struct virtio_net_hdr_mrg_rxbuf *vnet)
{
	memset(vnet, 0, sizeof(*vnet));
	vnet->num_buffers = __cpu_to_virtio16(true, 1);
	return !virtio_net_hdr_from_skb(skb, &vnet->hdr, true, true, 0);
}
