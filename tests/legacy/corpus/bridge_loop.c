// SPDX-License-Identifier: BSD-2-Clause
/*
 * The loop of every netmap bridge: poll both ports, swap buffers if they share
 * a region and copy otherwise. It moves a hundred packets from a generator's
 * port to a counter's, and ends.
 */
#include <libnetmap.h>

#include <poll.h>
#include <stdio.h>

#define PACKETS 100

static unsigned int swapped, copied;

static void move_slot(struct netmap_ring *from, struct netmap_slot *rs, struct netmap_ring *to,
		      struct netmap_slot *ts, int zerocopy)
{
	uint32_t idx;

	ts->len = rs->len;
	if (zerocopy) {
		idx = ts->buf_idx;
		ts->buf_idx = rs->buf_idx;
		rs->buf_idx = idx;
		ts->flags |= NS_BUF_CHANGED;
		rs->flags |= NS_BUF_CHANGED;
		swapped++;
	} else {
		nm_pkt_copy(NETMAP_BUF(from, rs->buf_idx), NETMAP_BUF(to, ts->buf_idx), ts->len);
		copied++;
	}
}

static unsigned int move_ring(struct netmap_ring *rxring, struct netmap_ring *txring, int zerocopy)
{
	u_int m = nm_ring_space(rxring), j = rxring->head, k = txring->head, n;

	if (m > nm_ring_space(txring))
		m = nm_ring_space(txring);
	for (n = 0; n < m; n++) {
		move_slot(rxring, &rxring->slot[j], txring, &txring->slot[k], zerocopy);
		j = nm_ring_next(rxring, j);
		k = nm_ring_next(txring, k);
	}
	rxring->head = rxring->cur = j;
	txring->head = txring->cur = k;
	return m;
}

static unsigned int move(struct nmport_d *src, struct nmport_d *dst)
{
	unsigned int i, j, m = 0;

	for (i = src->first_rx_ring; i <= src->last_rx_ring; i++)
		for (j = dst->first_tx_ring; j <= dst->last_tx_ring; j++)
			m += move_ring(NETMAP_RXRING(src->nifp, i), NETMAP_TXRING(dst->nifp, j),
				       src->mem == dst->mem);
	return m;
}

static unsigned int count(struct nmport_d *d)
{
	struct netmap_ring *ring = NETMAP_RXRING(d->nifp, d->first_rx_ring);
	unsigned int n;

	ioctl(d->fd, NIOCRXSYNC, NULL);
	n = nm_ring_space(ring);
	ring->head = ring->cur = ring->tail;
	return n;
}

/* Bridges from a to b what the generator sends; how many came out. */
static unsigned int run(const char *gen, const char *a, const char *b, const char *sink)
{
	struct nmport_d *ports[4] = {nmport_open(gen), nmport_open(a), nmport_open(b),
				     nmport_open(sink)};
	char frame[60] = "\377\377\377\377\377\377\2\2\2\2\2\2";
	unsigned int sent, moved = 0, got = 0, i;

	for (i = 0; i < 4; i++)
		if (!ports[i])
			return 0;
	for (sent = 0; sent < PACKETS; sent++)
		if (!nmport_inject(ports[0], frame, sizeof(frame)))
			break;
	ioctl(ports[0]->fd, NIOCTXSYNC, NULL);
	while (moved < sent) {
		struct pollfd fds[2] = {{ports[1]->fd, POLLIN, 0}, {ports[2]->fd, POLLIN, 0}};

		if (poll(fds, 2, 10000) <= 0)
			break;
		if (fds[0].revents & POLLERR || fds[1].revents & POLLERR)
			break;
		moved += move(ports[1], ports[2]);
		move(ports[2], ports[1]);
		ioctl(ports[2]->fd, NIOCTXSYNC, NULL);
	}
	got = count(ports[3]);
	for (i = 0; i < 4; i++)
		nmport_close(ports[i]);
	return got;
}

int main(void)
{
	printf("two switches: %u\n", run("vale0:gen", "vale0:a", "vale1:b", "vale1:sink"));
	printf("two pipes of one port: %u\n",
	       run("vale0:p{1", "vale0:p}1", "vale0:p{2", "vale0:p}2"));
	printf("swapped %u, copied %u\n", swapped, copied);
	return 0;
}
