// SPDX-License-Identifier: BSD-2-Clause
/*
 * Moderation of wake-ups.
 */
#include <linux/rcupdate.h>

#include "compat.h"
#include "moderation.h"
#include "netmap_core.h"

/* Below that a timer costs more than it saves. */
#define NM_MODERATION_LEAST 32768

enum {
	NM_MODERATION_IDLE,    /* no timer: the next packet is told at once */
	NM_MODERATION_QUIET,   /* the timer runs */
	NM_MODERATION_PENDING, /* the timer runs, and something is to be told */
};

static ktime_t nm_moderation_time(void)
{
	return ns_to_ktime(READ_ONCE(nm_params.generic_mit));
}

static bool nm_moderation_step(struct nm_moderation *m, int from, int to)
{
	return atomic_cmpxchg(&m->state, from, to) == from;
}

/* What the timer finds may be on its way out: a ring is turned off first, then
 * one waits for RCU, then it is freed. */
static void nm_moderation_notify(const struct nm_moderation *m)
{
	struct nm_kring *rx;

	rcu_read_lock();
	rx = os_load_acquire(&m->nd->na.krings[NM_RX]);
	if (rx && os_load_relaxed(&rx[m->ring].on))
		nm_kring_notify(&rx[m->ring]);
	rcu_read_unlock();
}

static enum hrtimer_restart nm_moderation_expired(struct hrtimer *timer)
{
	struct nm_moderation *m = container_of(timer, struct nm_moderation, timer);

	for (;;) {
		if (nm_moderation_step(m, NM_MODERATION_PENDING, NM_MODERATION_QUIET)) {
			nm_moderation_notify(m);
			hrtimer_forward_now(timer, nm_moderation_time());
			return HRTIMER_RESTART;
		}
		if (nm_moderation_step(m, NM_MODERATION_QUIET, NM_MODERATION_IDLE))
			return HRTIMER_NORESTART;
	}
}

void nm_moderation_tell(struct nm_moderation *m, struct nm_kring *k)
{
	/* in-kernel readers gather what comes before they run, anyway */
	if (READ_ONCE(nm_params.generic_mit) < NM_MODERATION_LEAST ||
	    os_load_relaxed(&k->forward)) {
		nm_kring_notify(k);
		return;
	}
	smp_mb(); /* the packet is out before the state is looked at: see expired() */
	for (;;) {
		if (atomic_read(&m->state) == NM_MODERATION_PENDING)
			return;
		if (nm_moderation_step(m, NM_MODERATION_QUIET, NM_MODERATION_PENDING))
			return;
		if (nm_moderation_step(m, NM_MODERATION_IDLE, NM_MODERATION_QUIET))
			break;
	}
	nm_kring_notify(k);
	hrtimer_start(&m->timer, nm_moderation_time(), HRTIMER_MODE_REL_SOFT);
}

void nm_moderation_init(struct nm_moderation *m, struct nm_netdev *nd, u32 ring)
{
	m->nd = nd;
	m->ring = ring;
	atomic_set(&m->state, NM_MODERATION_IDLE);
	nm_compat_hrtimer_setup(&m->timer, nm_moderation_expired, CLOCK_MONOTONIC,
				HRTIMER_MODE_REL_SOFT);
}

void nm_moderation_stop(struct nm_moderation *m)
{
	hrtimer_cancel(&m->timer);
}
