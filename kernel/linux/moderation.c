// SPDX-License-Identifier: BSD-2-Clause
/*
 * Moderation of wake-ups.
 */
#include <linux/ktime.h>
#include <linux/rcupdate.h>

#include "compat.h"
#include "moderation.h"
#include "netmap_core.h"

/* Below that a timer costs more than it saves. */
#define NM_MODERATION_LEAST 32768

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

	WRITE_ONCE(m->told, ktime_get_mono_fast_ns());
	atomic_xchg(&m->pending, 0); /* a full fence: pairs with the one in tell() */
	nm_moderation_notify(m);
	return HRTIMER_NORESTART;
}

void nm_moderation_tell(struct nm_moderation *m, struct nm_kring *k)
{
	s64 least = READ_ONCE(nm_params.generic_mit);
	u64 now, since;

	/* in-kernel readers gather what comes before they run, anyway */
	if (least < NM_MODERATION_LEAST || os_load_relaxed(&k->forward)) {
		nm_kring_notify(k);
		return;
	}
	smp_mb(); /* the packet is out before the timer is looked at */
	if (atomic_read(&m->pending))
		return;
	now = ktime_get_mono_fast_ns();
	since = now - READ_ONCE(m->told);
	if (since >= (u64)least) {
		WRITE_ONCE(m->told, now);
		nm_kring_notify(k);
	} else if (!atomic_xchg(&m->pending, 1)) {
		hrtimer_start(&m->timer, ns_to_ktime(least - since), HRTIMER_MODE_REL_SOFT);
	}
}

void nm_moderation_init(struct nm_moderation *m, struct nm_netdev *nd, u32 ring)
{
	m->nd = nd;
	m->ring = ring;
	m->told = ktime_get_mono_fast_ns() - 10 * NSEC_PER_SEC;
	atomic_set(&m->pending, 0);
	nm_compat_hrtimer_setup(&m->timer, nm_moderation_expired, CLOCK_MONOTONIC,
				HRTIMER_MODE_REL_SOFT);
}

void nm_moderation_stop(struct nm_moderation *m)
{
	hrtimer_cancel(&m->timer);
}
