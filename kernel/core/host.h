/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host rings: the way between an interface's port and the host's stack.
 *
 *   stack -> RX host ring   while NIC TX ring i is in netmap mode, what the host
 *                           transmits on queue i is copied straight into free
 *                           slots of RX host ring i mod n, and forgotten
 *   TX host ring -> stack   the packets of one sync are handed over as one batch
 *
 * A full RX host ring drops the newest packet and counts it.
 */
#ifndef NM_HOST_H
#define NM_HOST_H

#include "netdev.h"

/* The RX host ring for what the host sends on `queue`; NULL: this packet is for
 * the wire, the queue is not in netmap mode. As nm_netdev_receive(). */
struct nm_kring *nm_host_ring(struct nm_netdev *nd, uint32_t queue);

int nm_host_txsync(struct nm_kring *k, unsigned int flags);
int nm_host_rxsync(struct nm_kring *k, unsigned int flags);

/* Hands released packets of a NIC RX ring that are marked NS_FORWARD to the
 * stack, if the ring asks for it. Inside the ring's sync. */
void nm_host_forward_up(struct nm_kring *k);

#endif /* NM_HOST_H */
