// SPDX-License-Identifier: BSD-2-Clause
/*
 * Finishing packets of the host.
 */
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/virtio_net.h>

#include "compat.h"
#include "finish.h"
#include "netdev.h"
#include "packet.h"

static void nm_finish_lost(struct nm_kring *k, struct sk_buff *skb)
{
	os_spin_lock(&k->lock);
	nm_count(&k->stats.drops[NETMAP_DROP_OFFLOAD], 1);
	os_spin_unlock(&k->lock);
	kfree_skb(skb);
}

/* Tag and checksum of one frame. NULL: lost. */
static struct sk_buff *nm_finish_frame(struct nm_kring *k, struct sk_buff *skb)
{
	if (skb_vlan_tag_present(skb)) {
		skb = __vlan_hwaccel_push_inside(skb);
		if (unlikely(!skb)) /* freed there */
			return NULL;
	}
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_csum_hwoffload_help(skb, 0)) {
		nm_finish_lost(k, skb);
		return NULL;
	}
	return skb;
}

static unsigned int nm_finish_put(struct nm_kring *k, struct sk_buff *skb)
{
	bool done;

	if (unlikely(skb_vlan_tag_present(skb) || skb->ip_summed == CHECKSUM_PARTIAL)) {
		skb = nm_finish_frame(k, skb);
		if (!skb)
			return 1;
	}
	done = nm_netdev_receive(k, (const struct os_packet *)skb, NULL);
	napi_consume_skb(skb, 1);
	return !done;
}

/* As it is, behind a virtio-net header. */
static unsigned int nm_finish_describe(struct nm_kring *k, struct sk_buff *skb)
{
	struct virtio_net_hdr_mrg_rxbuf vnet;
	bool done;

	if (skb_vlan_tag_present(skb)) {
		skb = __vlan_hwaccel_push_inside(skb);
		if (unlikely(!skb)) /* freed there */
			return 1;
	}
	if (unlikely(!nm_packet_words(skb, &vnet))) {
		nm_finish_lost(k, skb);
		return 1;
	}
	done = nm_netdev_receive(k, (const struct os_packet *)skb, &vnet);
	napi_consume_skb(skb, 1);
	return !done;
}

static unsigned int nm_finish_one(struct nm_kring *k, struct sk_buff *skb)
{
	return unlikely(k->na->vnet_hdr_len) ? nm_finish_describe(k, skb) : nm_finish_put(k, skb);
}

/* Does it stay in one piece? */
static bool nm_finish_whole(const struct nm_kring *k, const struct sk_buff *skb)
{
	u32 vnet_len = k->na->vnet_hdr_len;

	return !skb_is_gso(skb) ||
	       (vnet_len && skb->len + vnet_len <= nm_netdev_longest(k) &&
		nm_packet_has_words(skb));
}

unsigned int nm_finish_into(struct nm_kring *k, struct sk_buff *skb, bool tx_path)
{
	struct sk_buff *segments, *next;
	unsigned int lost = 0;

	if (likely(nm_finish_whole(k, skb)))
		return nm_finish_one(k, skb);

	/* Scatter/gather and nothing else: data is copied once, into the ring,
	 * and every checksum is computed on the way. */
	segments = __skb_gso_segment(skb, NETIF_F_SG, tx_path);
	if (IS_ERR(segments)) {
		nm_finish_lost(k, skb);
		return 1;
	}
	if (!segments) /* it was none, after all */
		return nm_finish_one(k, skb);
	consume_skb(skb);
	skb_list_walk_safe(segments, skb, next) {
		skb_mark_not_on_list(skb);
		lost += nm_finish_one(k, skb);
	}
	return lost;
}
