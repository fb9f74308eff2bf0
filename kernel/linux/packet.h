/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets of the host: making, writing, and the virtio-net header that tells what
 * is left to do with them.
 */
#ifndef NM_LINUX_PACKET_H
#define NM_LINUX_PACKET_H

#include <linux/skbuff.h>
#include <linux/virtio_net.h>

/* Longer ones are made of pages, with the headers in one piece. */
#define NM_PACKET_LINEAR 3072u

int nm_packet_init(void);
void nm_packet_exit(void);

/* A long packet of that many bytes, after `headroom`; NULL: no memory. Process, or
 * softirq. */
struct sk_buff *nm_packet_alloc(u32 headroom, u32 bytes, u32 tailroom);

/* Can a virtio-net header say what is left to do with a packet to be segmented? */
bool nm_packet_has_words(const struct sk_buff *skb);
/* Says it in *vnet, of any packet. False: there are no words for it. */
bool nm_packet_words(const struct sk_buff *skb, struct virtio_net_hdr_mrg_rxbuf *vnet);

#endif /* NM_LINUX_PACKET_H */
