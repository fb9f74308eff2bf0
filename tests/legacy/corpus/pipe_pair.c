// SPDX-License-Identifier: BSD-2-Clause
/*
 * A load balancer in small: packets of one port go to pipes by a hash of their
 * first bytes, without a copy, using extra buffers; the workers behind the
 * pipes count theirs.
 */
#include <libnetmap.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define PIPES 3
#define PACKETS 90
#define EXTRA 16

static struct nmport_d *port, *master[PIPES], *worker[PIPES];

static struct nmport_d *open_in(struct nmport_d *same, const char *fmt, int i)
{
	char name[64];
	struct nmport_d *d;

	snprintf(name, sizeof(name), fmt, i);
	d = nmport_prepare(name);
	if (d == NULL)
		return NULL;
	if (same != NULL)
		d->reg.nr_mem_id = same->reg.nr_mem_id;
	else
		d->reg.nr_extra_bufs = EXTRA;
	if (nmport_open_desc(d) < 0) {
		nmport_close(d);
		return NULL;
	}
	return d;
}

static int push(struct netmap_ring *from, struct netmap_slot *rs, struct nmport_d *to)
{
	struct netmap_ring *ring = NETMAP_TXRING(to->nifp, to->first_tx_ring);
	struct netmap_slot *ts = &ring->slot[ring->head];
	uint32_t idx = ts->buf_idx;

	(void)from;
	if (nm_ring_empty(ring))
		return 0;
	ts->buf_idx = rs->buf_idx;
	ts->len = rs->len;
	ts->flags |= NS_BUF_CHANGED;
	rs->buf_idx = idx;
	rs->flags |= NS_BUF_CHANGED;
	ring->head = ring->cur = nm_ring_next(ring, ring->head);
	return 1;
}

static int distribute(void)
{
	struct netmap_ring *ring = NETMAP_RXRING(port->nifp, port->first_rx_ring);
	int n = 0, i;

	while (!nm_ring_empty(ring)) {
		struct netmap_slot *rs = &ring->slot[ring->head];

		n += push(ring, rs, master[NETMAP_BUF(ring, rs->buf_idx)[12] % PIPES]);
		ring->head = ring->cur = nm_ring_next(ring, ring->head);
	}
	for (i = 0; i < PIPES; i++)
		ioctl(master[i]->fd, NIOCTXSYNC, NULL);
	return n;
}

static int count(struct nmport_d *d, int hash)
{
	struct netmap_ring *ring = NETMAP_RXRING(d->nifp, d->first_rx_ring);
	int n = 0;

	ioctl(d->fd, NIOCRXSYNC, NULL);
	for (; !nm_ring_empty(ring); ring->head = ring->cur = nm_ring_next(ring, ring->head))
		n += NETMAP_BUF(ring, ring->slot[ring->head].buf_idx)[12] % PIPES == hash;
	return n;
}

static int extra_buffers(struct nmport_d *d)
{
	struct netmap_ring *ring = NETMAP_TXRING(d->nifp, 0);
	uint32_t i = d->nifp->ni_bufs_head;
	int n = 0;

	while (i && n <= EXTRA) {
		i = *(uint32_t *)(void *)NETMAP_BUF(ring, i);
		n++;
	}
	return n;
}

int main(void)
{
	char frame[64];
	struct nmport_d *gen;
	int i, moved = 0, same = 1;

	port = open_in(NULL, "vale5:lb", 0);
	gen = nmport_open("vale5:gen");
	if (port == NULL || gen == NULL)
		return 1;
	for (i = 0; i < PIPES; i++) {
		master[i] = open_in(port, "vale5:lb{%d", i);
		worker[i] = open_in(port, "vale5:lb}%d", i);
		if (master[i] == NULL || worker[i] == NULL)
			return 1;
		same = same && master[i]->mem == port->mem && worker[i]->mem == port->mem;
	}
	printf("one memory: %d, extra buffers: %d\n", same, extra_buffers(port));
	for (i = 0; i < PACKETS; i++) {
		memset(frame, 0xff, 6);
		memset(frame + 6, 2, sizeof(frame) - 6);
		frame[12] = (char)i;
		nmport_inject(gen, frame, sizeof(frame));
	}
	ioctl(gen->fd, NIOCTXSYNC, NULL);
	while (moved < PACKETS) {
		struct pollfd pfd = {port->fd, POLLIN, 0};

		if (poll(&pfd, 1, 10000) <= 0)
			break;
		moved += distribute();
	}
	printf("moved %d\n", moved);
	for (i = 0; i < PIPES; i++)
		printf("worker %d: %d\n", i, count(worker[i], i));
	for (i = 0; i < PIPES; i++) {
		nmport_close(worker[i]);
		nmport_close(master[i]);
	}
	nmport_close(gen);
	nmport_close(port);
	return 0;
}
