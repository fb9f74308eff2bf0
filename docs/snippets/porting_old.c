// SPDX-License-Identifier: BSD-2-Clause
// What programs in C look like, for the page on porting. They compile against
// the C headers as they are; porting.cpp has what becomes of each.
#define NETMAP_WITH_LIBS
#include <net/netmap_user.h>

#include <poll.h>

int old_receive(const char* name);
int old_send(struct nm_desc* d, const void* frame, uint16_t length, int count);
void old_swap(struct netmap_ring* rx, struct netmap_ring* tx);
int old_drained(struct nm_desc* d);

//! [receive]
int old_receive(const char* name) {
    struct nm_desc* d = nm_open(name, NULL, 0, NULL);
    int packets = 0;

    if (d == NULL)
        return -1; /* errno, and no more */
    struct pollfd p = {.fd = NETMAP_FD(d), .events = POLLIN};
    while (packets < 1000 && poll(&p, 1, 1000) > 0) {
        for (int i = d->first_rx_ring; i <= d->last_rx_ring; i++) {
            struct netmap_ring* ring = NETMAP_RXRING(d->nifp, i);
            while (!nm_ring_empty(ring)) {
                packets++; /* NETMAP_BUF(ring, ring->slot[ring->head].buf_idx) */
                ring->head = ring->cur = nm_ring_next(ring, ring->head);
            }
        }
    }
    nm_close(d);
    return packets;
}
//! [receive]

//! [send]
int old_send(struct nm_desc* d, const void* frame, uint16_t length, int count) {
    struct netmap_ring* ring = NETMAP_TXRING(d->nifp, d->first_tx_ring);

    while (count > 0 && !nm_ring_empty(ring)) {
        struct netmap_slot* slot = &ring->slot[ring->head];
        nm_pkt_copy(frame, NETMAP_BUF(ring, slot->buf_idx), length);
        slot->len = length;
        slot->flags = 0;
        ring->head = ring->cur = nm_ring_next(ring, ring->head);
        count--;
    }
    ioctl(NETMAP_FD(d), NIOCTXSYNC, NULL);
    return count;
}
//! [send]

//! [swap]
void old_swap(struct netmap_ring* rx, struct netmap_ring* tx) {
    struct netmap_slot *from = &rx->slot[rx->head], *to = &tx->slot[tx->head];
    uint32_t spare = to->buf_idx;

    to->buf_idx = from->buf_idx;
    to->len = from->len;
    to->flags |= NS_BUF_CHANGED;
    from->buf_idx = spare;
    from->flags |= NS_BUF_CHANGED;
    rx->head = rx->cur = nm_ring_next(rx, rx->head);
    tx->head = tx->cur = nm_ring_next(tx, tx->head);
}
//! [swap]

//! [drained]
int old_drained(struct nm_desc* d) {
    for (int i = d->first_tx_ring; i <= d->last_tx_ring; i++)
        if (nm_tx_pending(NETMAP_TXRING(d->nifp, i)))
            return 0;
    return 1;
}
//! [drained]
