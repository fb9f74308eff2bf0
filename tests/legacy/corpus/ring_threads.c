// SPDX-License-Identifier: BSD-2-Clause
/*
 * A thread for each ring, each with a descriptor of its own: one is opened for
 * the first ring, and cloned for the others.
 */
#include <libnetmap.h>

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define RINGS 4
#define PACKETS 500

struct worker {
	struct nmport_d *d;
	pthread_t thread;
	int sent;
};

static void *body(void *arg)
{
	struct worker *w = (struct worker *)arg;
	struct pollfd pfd = {w->d->fd, POLLOUT, 0};
	char frame[60];

	memset(frame, 0xff, 6);
	memset(frame + 6, 2, sizeof(frame) - 6);
	while (w->sent < PACKETS) {
		if (nmport_inject(w->d, frame, sizeof(frame)))
			w->sent++;
		else if (poll(&pfd, 1, 10000) <= 0)
			break;
	}
	ioctl(w->d->fd, NIOCTXSYNC, NULL);
	return NULL;
}

static int open_worker(struct worker *w, struct nmport_d *first, int i)
{
	w->d = i ? nmport_clone(first) : nmport_prepare("vale7:multi/T@conf:rings=4,slots=512");
	if (w->d == NULL)
		return -1;
	w->d->reg.nr_mode = NR_REG_ONE_NIC;
	w->d->reg.nr_ringid = (uint16_t)i;
	return nmport_open_desc(w->d);
}

int main(void)
{
	static struct worker w[RINGS];
	int i, sent = 0, same = 1;

	for (i = 0; i < RINGS; i++) {
		if (open_worker(&w[i], w[0].d, i))
			return 1;
		same = same && w[i].d->mem == w[0].d->mem;
		printf("thread %d: ring %d to %d\n", i, w[i].d->first_tx_ring,
		       w[i].d->last_tx_ring);
	}
	for (i = 0; i < RINGS; i++)
		pthread_create(&w[i].thread, NULL, body, &w[i]);
	for (i = 0; i < RINGS; i++) {
		pthread_join(w[i].thread, NULL);
		sent += w[i].sent;
	}
	for (i = RINGS - 1; i >= 0; i--)
		nmport_close(w[i].d);
	printf("one mapping: %d, sent %d\n", same, sent);
	return 0;
}
