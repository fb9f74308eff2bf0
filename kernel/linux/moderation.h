/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moderation of wake-ups: packets that arrive one by one wake their reader once
 * in a while, not each time.
 *
 * A packet is told at once if the last one was told generic_mit nanoseconds ago
 * or earlier; else a timer tells it when that time is over, with all that come
 * until then. So packets that are rare cost no timer.
 */
#ifndef NM_LINUX_MODERATION_H
#define NM_LINUX_MODERATION_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>

#include "netdev.h"

struct nm_moderation {
	struct hrtimer timer;
	atomic_t pending;     /* the timer runs */
	u64 told;             /* when, the last time; monotonic, ns */
	struct nm_netdev *nd; /* whose RX ring number `ring` is told */
	u32 ring;
};

void nm_moderation_init(struct nm_moderation *m, struct nm_netdev *nd, u32 ring);

/* A packet is in the ring. Softirq context, inside an RCU section. */
void nm_moderation_tell(struct nm_moderation *m, struct nm_kring *k);

/* Nobody tells any more. Waits for the timer. */
void nm_moderation_stop(struct nm_moderation *m);

#endif /* NM_LINUX_MODERATION_H */
