// SPDX-License-Identifier: BSD-2-Clause
/*
 * Dumps what passes a port: a copy monitor of both directions, read with
 * nm_nextpkt().
 */
#define NETMAP_WITH_LIBS
#include <net/netmap_user.h>

#include <poll.h>

static void dump(const struct nm_pkthdr *h, const u_char *p)
{
	u_int i;

	printf("%u bytes:", h->len);
	for (i = 12; i < 16; i++)
		printf(" %02x", p[i]);
	printf("%s\n", h->slot->flags & NS_TXMON ? " sent" : " received");
}

int main(void)
{
	u_char frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 2, 2, 2, 2, 2};
	struct nm_desc *a = nm_open("vale6:a", NULL, 0, NULL);
	struct nm_desc *b = nm_open("vale6:b", NULL, 0, NULL);
	struct nm_desc *mon = nm_open("vale6:a/rt", NULL, 0, NULL);
	struct nm_pkthdr h;
	struct pollfd pfd;
	u_char *p;
	int i, seen = 0;

	if (!a || !b || !mon) {
		printf("cannot open: %s\n", strerror(errno));
		return 1;
	}
	for (i = 0; i < 2; i++) {
		frame[12] = (u_char)(0x10 + i);
		nm_inject(a, frame, sizeof(frame));
	}
	ioctl(a->fd, NIOCTXSYNC, NULL);
	frame[11] = 3;
	frame[12] = 0x20;
	nm_inject(b, frame, sizeof(frame));
	ioctl(b->fd, NIOCTXSYNC, NULL);
	/* a monitor of RX sees packets when the port takes them */
	pfd.fd = a->fd;
	pfd.events = POLLIN;
	poll(&pfd, 1, 10000);
	while (seen < 3) {
		pfd.fd = mon->fd;
		pfd.events = POLLIN;
		if (poll(&pfd, 1, 10000) <= 0)
			break;
		while ((p = nm_nextpkt(mon, &h)) != NULL) {
			dump(&h, p);
			seen++;
		}
	}
	printf("seen %d\n", seen);
	nm_close(mon);
	nm_close(b);
	nm_close(a);
	return 0;
}
