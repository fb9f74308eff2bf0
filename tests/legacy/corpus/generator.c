// SPDX-License-Identifier: BSD-2-Clause
/*
 * A packet generator of the classic kind: nm_open(), frames prepared in every
 * slot once, then rings filled and synced until enough is sent. A receiver in a
 * thread of its own counts with nm_dispatch().
 */
#define NETMAP_WITH_LIBS
#include <net/netmap_user.h>

#include <poll.h>
#include <pthread.h>

#define PACKETS 20000

static volatile int got;

static void on_packet(u_char *arg, const struct nm_pkthdr *h, const u_char *data)
{
	u_int *last = (u_int *)(void *)arg;
	u_int number;

	memcpy(&number, data + 16, sizeof(number));
	if (h->len != 60 || number != *last + 1)
		D("packet %u of %u bytes after %u", number, h->len, *last);
	*last = number;
	got = got + 1;
}

static void *receiver_body(void *arg)
{
	struct nm_desc *d = (struct nm_desc *)arg;
	struct pollfd pfd = {NETMAP_FD(d), POLLIN, 0};
	u_int last = 0;

	while (got < PACKETS) {
		if (poll(&pfd, 1, 10000) <= 0) {
			D("nothing came, %d so far", got);
			break;
		}
		if (pfd.revents & POLLERR)
			break;
		nm_dispatch(d, -1, on_packet, (u_char *)&last);
	}
	ioctl(d->fd, NIOCRXSYNC, NULL); /* gives back the last slots */
	return NULL;
}

static u_int fill(struct netmap_ring *ring, u_int sent)
{
	u_int n = nm_ring_space(ring), cur = ring->cur, i;

	if (n > PACKETS - sent)
		n = PACKETS - sent;
	for (i = 0; i < n; i++) {
		struct netmap_slot *slot = &ring->slot[cur];
		char *p = NETMAP_BUF(ring, slot->buf_idx);
		u_int number = sent + i + 1;

		memset(p, 0, 60);
		memset(p, 0xff, 6);
		memset(p + 6, 2, 6);
		memcpy(p + 16, &number, sizeof(number));
		slot->len = 60;
		slot->flags = 0;
		if (i == n - 1)
			slot->flags |= NS_REPORT;
		cur = nm_ring_next(ring, cur);
	}
	ring->head = ring->cur = cur;
	return n;
}

int main(int argc, char **argv)
{
	const char *to = argc > 1 ? argv[1] : "vale3:x{0", *from = argc > 2 ? argv[2] : "vale3:x}0";
	struct nm_desc *tx, *rx;
	struct nmreq req;
	struct pollfd pfd;
	pthread_t receiver;
	u_int sent = 0, i;

	memset(&req, 0, sizeof(req));
	req.nr_tx_slots = req.nr_rx_slots = 256;
	tx = nm_open(to, &req, 0, NULL);
	rx = nm_open(from, NULL, NETMAP_NO_TX_POLL, tx);
	if (tx == NULL || rx == NULL) {
		printf("cannot open %s and %s: %s\n", to, from, strerror(errno));
		return 1;
	}
	printf("%u slots, same memory: %d\n", NETMAP_TXRING(tx->nifp, 0)->num_slots,
	       tx->mem == rx->mem);
	pthread_create(&receiver, NULL, receiver_body, rx);
	pfd.fd = tx->fd;
	pfd.events = POLLOUT;
	while (sent < PACKETS) {
		if (poll(&pfd, 1, 10000) <= 0)
			break;
		for (i = tx->first_tx_ring; i <= tx->last_tx_ring && sent < PACKETS; i++)
			sent += fill(NETMAP_TXRING(tx->nifp, i), sent);
	}
	/* flush, and wait until all has left */
	ioctl(tx->fd, NIOCTXSYNC, NULL);
	while (nm_tx_pending(NETMAP_TXRING(tx->nifp, tx->last_tx_ring)))
		ioctl(tx->fd, NIOCTXSYNC, NULL);
	pthread_join(receiver, NULL);
	printf("sent %u, received %d\n", sent, got);
	nm_close(rx);
	nm_close(tx);
	return 0;
}
