/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets of the host, finished in software: what a NIC would have done after
 * the stack let go of a packet (segmentation, checksums, the VLAN tag) is done
 * here, so that applications see frames as they are on a wire. Where the port's
 * users asked for offloads, a virtio-net header says what is left to do.
 */
#ifndef NM_LINUX_FINISH_H
#define NM_LINUX_FINISH_H

#include <linux/skbuff.h>

struct nm_kring;

/*
 * Copies the frames of one packet, whose data begins at the Ethernet header,
 * into the ring, and frees it. Frames that do not fit are counted there.
 * Returns how many were lost. In softirq context, or with softirqs off.
 */
unsigned int nm_finish_into(struct nm_kring *k, struct sk_buff *skb, bool tx_path);

#endif /* NM_LINUX_FINISH_H */
