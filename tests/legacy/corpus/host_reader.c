// SPDX-License-Identifier: BSD-2-Clause
/*
 * The skeleton of a program between a NIC and the host's stack: the NIC's
 * rings and the host's in one descriptor ("*"), or the host's alone ("^"). It
 * tries them on what it is given and says which rings it got, or why none.
 */
#include <libnetmap.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void quiet(struct nmctx *ctx, const char *message)
{
	(void)ctx;
	(void)message;
}

/* What a bridge to the host does with each turn of its loop. */
static unsigned int drain(struct nmport_d *d)
{
	unsigned int i, n = 0;

	ioctl(d->fd, NIOCRXSYNC, NULL);
	for (i = d->first_rx_ring; i <= d->last_rx_ring; i++) {
		struct netmap_ring *ring = NETMAP_RXRING(d->nifp, i);

		n += nm_ring_space(ring);
		ring->head = ring->cur = ring->tail;
	}
	return n;
}

static void try_port(const char *spec)
{
	struct nmport_d *d = nmport_open(spec);

	if (d == NULL) {
		printf("%s: %s\n", spec, strerror(errno));
		return;
	}
	printf("%s: tx %d-%d, rx %d-%d, host %u, %u waiting\n", spec, d->first_tx_ring,
	       d->last_tx_ring, d->first_rx_ring, d->last_rx_ring, d->reg.nr_host_rx_rings,
	       drain(d));
	nmport_close(d);
}

int main(int argc, char **argv)
{
	struct nmctx ctx;
	int i;

	memcpy(&ctx, nmctx_get(), sizeof(ctx));
	ctx.error = quiet;
	nmctx_set_default(&ctx);
	if (argc == 1) {
		try_port("vale0:a");
		try_port("vale0:a^");
		try_port("vale0:a*");
		try_port("netmap:no_such_if^");
	}
	for (i = 1; i < argc; i++)
		try_port(argv[i]);
	return 0;
}
