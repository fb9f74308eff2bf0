// SPDX-License-Identifier: BSD-2-Clause
/*
 * A receiver of the first days: open(), NIOCREGIF and mmap() by hand, select()
 * over the port and the standard input's stand-in, a pipe that says stop.
 */
#include <net/netmap.h>
#include <net/netmap_user.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <unistd.h>

struct my_port {
	int fd;
	void *mem;
	size_t memsize;
	struct netmap_if *nifp;
};

static int my_open(struct my_port *p, const char *name)
{
	struct nmreq req;

	p->fd = open("/dev/netmap", O_RDWR);
	if (p->fd < 0) {
		perror("open /dev/netmap");
		return -1;
	}
	memset(&req, 0, sizeof(req));
	req.nr_version = NETMAP_API;
	strncpy(req.nr_name, name, sizeof(req.nr_name) - 1);
	if (ioctl(p->fd, NIOCGINFO, &req)) {
		perror("NIOCGINFO");
		return -1;
	}
	req.nr_ringid = 0;
	req.nr_arg2 = 0; /* the region of a switch port is new each time */
	req.nr_flags = NR_REG_ALL_NIC;
	if (ioctl(p->fd, NIOCREGIF, &req)) {
		perror("NIOCREGIF");
		return -1;
	}
	p->memsize = req.nr_memsize;
	p->mem = mmap(0, p->memsize, PROT_WRITE | PROT_READ, MAP_SHARED, p->fd, 0);
	if (p->mem == MAP_FAILED) {
		perror("mmap");
		return -1;
	}
	p->nifp = NETMAP_IF(p->mem, req.nr_offset);
	return 0;
}

static void my_close(struct my_port *p)
{
	munmap(p->mem, p->memsize);
	close(p->fd);
}

static void send_one(struct my_port *p, int len)
{
	struct netmap_ring *ring = NETMAP_TXRING(p->nifp, 0);
	struct netmap_slot *slot = &ring->slot[ring->cur];

	memset(NETMAP_BUF(ring, slot->buf_idx), 0xff, (size_t)len);
	slot->len = (uint16_t)len;
	ring->head = ring->cur = nm_ring_next(ring, ring->cur);
	ioctl(p->fd, NIOCTXSYNC, NULL);
}

int main(void)
{
	struct my_port in, out;
	int stop[2], done = 0, packets = 0, bytes = 0, i;

	if (my_open(&in, "vale4:in") || my_open(&out, "vale4:out") || pipe(stop))
		return 1;
	printf("rings %u %u, buffers of %u\n", in.nifp->ni_tx_rings, in.nifp->ni_rx_rings,
	       NETMAP_RXRING(in.nifp, 0)->nr_buf_size);
	for (i = 0; i < 3; i++)
		send_one(&out, 60 + i);
	while (!done) {
		struct netmap_ring *ring = NETMAP_RXRING(in.nifp, 0);
		struct timeval limit = {10, 0};
		fd_set set;

		FD_ZERO(&set);
		FD_SET(in.fd, &set);
		FD_SET(stop[0], &set);
		if (select((in.fd > stop[0] ? in.fd : stop[0]) + 1, &set, NULL, NULL, &limit) <= 0)
			break;
		done = FD_ISSET(stop[0], &set);
		while (!nm_ring_empty(ring)) {
			packets++;
			bytes += ring->slot[ring->cur].len;
			ring->head = ring->cur = nm_ring_next(ring, ring->cur);
		}
		if (packets == 3 && !done)
			done = write(stop[1], "", 1) != 1;
	}
	printf("%d packets, %d bytes, stopped: %d\n", packets, bytes, done);
	my_close(&out);
	my_close(&in);
	return 0;
}
