// SPDX-License-Identifier: BSD-2-Clause
/*
 * Shared-index mode and the sync loop.
 *
 *   application                               loop
 *     slots, then cur, then head                reads head, then the rest     (A)
 *     fence                                     kern_need_kick = 1            (B)
 *     kern_need_kick? kick                      fence
 *                                               head again: work? go on       (B)
 *     appl_need_kick = 1                        slots, then hwcur, then hwtail
 *     fence                                     fence
 *     hwtail again: progress? go on             appl_need_kick? signal        (C)
 *
 * The arrays are the application's: each word is read once, and an index is used
 * only after the sync has checked it.
 */
#include "kloop.h"
#include "control.h"
#include "netmap_core.h"

#define CSB_ALIGN 64
#define MAX_SLEEP_US 1000000
#define EVENT_WAIT_US 3000000 /* with eventfds: a wake-up that got lost costs no more */
#define ROUNDS 32	      /* of one ring, before the others have their turn */

struct nm_csb {
	uint32_t entries;
	struct os_pinned *atok, *ktoa;
};

/* ---- the mode ---------------------------------------------------------------------- */

static uint32_t bound_rings(const struct nm_binding *b)
{
	return b->range[NM_TX].last - b->range[NM_TX].first + b->range[NM_RX].last -
	       b->range[NM_RX].first;
}

/* The ring of an entry. */
static struct nm_kring *ring_of(const struct nm_binding *b, uint32_t entry)
{
	uint32_t n = b->range[NM_TX].last - b->range[NM_TX].first;

	if (entry < n)
		return &b->held->krings[NM_TX][b->range[NM_TX].first + entry];
	return &b->held->krings[NM_RX][b->range[NM_RX].first + entry - n];
}

static void csb_free(struct nm_csb *csb)
{
	if (!csb)
		return;
	os_unpin(csb->atok);
	os_unpin(csb->ktoa);
	os_free(csb);
}

static int csb_new(const struct nmreq_opt_csb *opt, uint32_t entries, struct nm_csb **out,
		   struct nm_error *e)
{
	struct nm_csb *csb;
	int err;

	if (opt->csb_atok % CSB_ALIGN || opt->csb_ktoa % CSB_ALIGN)
		return nm_fail(e, -EINVAL, "the shared indices at 0x%llx and 0x%llx are not "
			       "on a boundary of %u bytes", (unsigned long long)opt->csb_atok,
			       (unsigned long long)opt->csb_ktoa, CSB_ALIGN);
	csb = os_zalloc(sizeof(*csb));
	if (!csb)
		return nm_fail(e, -ENOMEM, "no memory for shared indices");
	csb->entries = entries;
	err = os_pin(opt->csb_atok, entries * sizeof(struct nm_csb_atok), &csb->atok);
	if (!err)
		err = os_pin(opt->csb_ktoa, entries * sizeof(struct nm_csb_ktoa), &csb->ktoa);
	if (err) {
		csb_free(csb);
		return nm_fail(e, err, "the shared indices of %u rings cannot be %s (error %d)",
			       entries, err == -EFAULT ? "read and written" :
			       "held in memory (RLIMIT_MEMLOCK?)", -err);
	}
	*out = csb;
	return 0;
}

/* What both arrays hold at first: the indices as the ring header had them at its
 * last sync. Nobody syncs the rings. */
static int csb_fill(const struct nm_binding *b, const struct nm_csb *csb)
{
	static const uint32_t zeroes[sizeof(struct nm_csb_ktoa) / sizeof(uint32_t)];
	uint32_t i;

	for (i = 0; i < csb->entries; i++) {
		const struct nm_kring *k = ring_of(b, i);
		const uint32_t atok[4] = { k->rhead, k->rcur, 1, 1 };
		const uint32_t ktoa[3] = { k->hwcur, k->rtail, 1 };
		size_t at = i * sizeof(struct nm_csb_ktoa);

		if (os_pinned_write(csb->ktoa, at, zeroes, sizeof(zeroes) / sizeof(zeroes[0])) ||
		    os_pinned_write(csb->atok, at, atok, 4) ||
		    os_pinned_write(csb->ktoa, at, ktoa, 3))
			return -EFAULT;
	}
	return 0;
}

/* May the descriptor be in this mode? Control lock. */
static int csb_allowed(const struct nm_binding *b, bool registering, struct nm_error *e)
{
	if (!registering && !b->na)
		return nm_fail(e, -ENXIO, "shared indices of which rings? the descriptor is "
			       "not bound");
	if (b->loop.running)
		return nm_fail(e, -EBUSY, "a sync loop is running on this descriptor "
			       "(stop it first)");
	if (!b->exclusive)
		return nm_fail(e, -EINVAL, "shared indices are for rings that nobody else has "
			       "(bind with NR_EXCLUSIVE)");
	return 0;
}

/* From now on the ordinary syncs keep out; those under way end first. The arrays
 * take the place of earlier ones, which come back in *csb. Control lock. */
static int csb_install(struct nm_binding *b, struct nm_csb **csb, struct nm_error *e)
{
	struct nm_csb *before = b->csb;
	uint32_t i;

	os_store_relaxed(&b->csb, *csb);
	for (i = 0; i < (*csb)->entries; i++)
		nm_kring_wait_idle(ring_of(b, i));
	if (csb_fill(b, *csb)) {
		os_store_relaxed(&b->csb, before);
		return nm_fail(e, -EFAULT, "the shared indices cannot be written");
	}
	os_store_relaxed(&b->loop.stop, false); /* armed anew: no STOP is pending */
	*csb = before;
	return 0;
}

/* Application memory is not touched under the control lock where that could
 * sleep: look, hold the memory, look again. */
static int csb_set(struct nm_binding *b, const struct nmreq_opt_csb *opt, bool registering,
		   struct nm_error *e)
{
	struct nm_csb *csb = NULL;
	uint32_t entries = 0;
	int err = nm_control_lock_killable();

	if (err)
		return err;
	err = csb_allowed(b, registering, e);
	if (!err)
		entries = bound_rings(b);
	nm_control_unlock();
	if (err || !entries)
		return err;
	err = csb_new(opt, entries, &csb, e);
	if (err)
		return err;
	nm_control_lock();
	err = csb_allowed(b, registering, e);
	if (!err)
		err = csb_install(b, &csb, e);
	nm_control_unlock();
	csb_free(csb);
	return err;
}

static int csb_option(struct nm_binding *b, struct nm_options *o, struct nm_option *item,
		      bool registering, struct nm_error *e)
{
	struct nmreq_opt_csb opt;
	int err;

	nm_option_get(o, item, &opt);
	err = csb_set(b, &opt, registering, e);
	item->status = (uint32_t)-err;
	return err;
}

int nm_csb_option(struct nm_binding *b, struct nm_options *o, struct nm_error *e)
{
	struct nm_option *item = nm_options_take(o, NETMAP_REQ_OPT_CSB);

	return item ? csb_option(b, o, item, true, e) : 0;
}

int nm_csb_enable(struct nm_binding *b, struct nm_options *o, struct nm_error *e)
{
	struct nm_option *item = nm_options_take(o, NETMAP_REQ_OPT_CSB);

	if (!item)
		return nm_fail(e, -EINVAL, "CSB_ENABLE needs the option that says where the "
			       "shared indices are");
	return csb_option(b, o, item, false, e);
}

void nm_csb_drop(struct nm_binding *b)
{
	struct nm_csb *csb = b->csb;

	os_store_relaxed(&b->csb, NULL);
	os_store_relaxed(&b->loop.stop, false);
	csb_free(csb);
}

/* ---- one ring ---------------------------------------------------------------------- */

struct entry {
	struct nm_kring *k;
	struct os_eventfd *io;	/* the application's kick, or NULL */
	struct os_eventfd *irq;	/* ours, or NULL */
	bool direct;		/* told of all progress, whether it asked or not */
	uint32_t head;		/* of the last sync */
	uint32_t hwcur, hwtail; /* as published */
};

struct loop {
	struct nm_binding *b;
	const struct nm_csb *csb;
	struct os_sleeper *sleeper;
	uint32_t sleep_us;
	bool kicked; /* the application kicks */
	uint32_t n;
	struct entry entry[];
};

#define ATOK(i, field) \
	((i) * sizeof(struct nm_csb_atok) + __builtin_offsetof(struct nm_csb_atok, field))
#define KTOA(i, field) \
	((i) * sizeof(struct nm_csb_ktoa) + __builtin_offsetof(struct nm_csb_ktoa, field))

static int want_kicks(const struct loop *l, uint32_t i, uint32_t yes)
{
	return os_pinned_write(l->csb->ktoa, KTOA(i, kern_need_kick), &yes, 1);
}

/* Publishes what changed, and tells the application if it wants to know. */
static int publish(struct loop *l, uint32_t i, const struct nm_indices *at)
{
	struct entry *e = &l->entry[i];
	const uint32_t now[2] = { at->hwcur, at->hwtail };
	bool tell = at->hwtail != e->hwtail;
	uint32_t wanted = 0;

	if (at->hwcur == e->hwcur && !tell)
		return 0;
	e->hwcur = at->hwcur;
	e->hwtail = at->hwtail;
	if (os_pinned_write(l->csb->ktoa, KTOA(i, hwcur), now, 2))
		return -EFAULT;
	if (!tell || !e->irq)
		return 0;
	os_fence(); /* C */
	if (os_pinned_read(l->csb->atok, ATOK(i, appl_need_kick), &wanted, 1))
		return -EFAULT;
	if (wanted || e->direct)
		os_eventfd_signal(e->irq);
	return 0;
}

static unsigned int sync_flags(const struct nm_kring *k, uint32_t wish,
			       const struct nm_indices *at)
{
	unsigned int flags = wish & (NM_SYNC_FORCE_READ | NM_SYNC_FORCE_RECLAIM);
	uint32_t n = k->num_slots;

	if (k->dir == NM_TX && at->head < n && nm_distance(at->head, k->rtail, n) <= n / 2)
		flags |= NM_SYNC_FORCE_RECLAIM;
	return flags;
}

/* One sync. 1: something moved, so another look is worth while; 0: nothing; or
 * a negative errno. */
static int sync_entry(struct loop *l, uint32_t i)
{
	struct entry *e = &l->entry[i];
	uint32_t in[4], hwcur = e->hwcur, hwtail = e->hwtail;
	struct nm_indices at = { .hwcur = hwcur, .hwtail = hwtail };
	bool new_head;
	int err;

	if (os_pinned_read(l->csb->atok, ATOK(i, head), in, 4)) /* A */
		return -EFAULT;
	at.head = in[0];
	at.cur = in[1];
	new_head = at.head != e->head;
	e->head = at.head;
	switch (nm_kring_sync_at(e->k, l->b->sync_flags | sync_flags(e->k, in[3], &at), &at)) {
	case NM_SYNC_GONE:
		return -ENXIO;
	case NM_SYNC_BUSY: /* an ordinary sync that began before the mode did */
		return 1;
	default:
		break;
	}
	err = publish(l, i, &at);
	return err ? err : new_head || e->hwcur != hwcur || e->hwtail != hwtail;
}

/* Did the application move on since the last sync? */
static int has_work(const struct loop *l, uint32_t i)
{
	uint32_t head;

	if (os_pinned_read(l->csb->atok, ATOK(i, head), &head, 1))
		return -EFAULT;
	return head != l->entry[i].head;
}

/* Syncs a ring until nothing moves. 1: its turn is over, but not its work. */
static int serve(struct loop *l, uint32_t i)
{
	unsigned int round;
	int more = 1;

	if (l->kicked && want_kicks(l, i, 0))
		return -EFAULT;
	for (round = 0; more > 0 && round < ROUNDS; round++)
		more = sync_entry(l, i);
	if (more || !l->kicked)
		return more;
	if (want_kicks(l, i, 1))
		return -EFAULT;
	os_fence(); /* B */
	return has_work(l, i);
}

/* ---- the loop ---------------------------------------------------------------------- */

static int run(struct loop *l)
{
	int err = 0, more;
	uint32_t i;

	/* a loop that sleeps by the clock needs no kicks, ever */
	for (i = 0; i < l->n && !l->kicked && !err; i++)
		err = want_kicks(l, i, 0);
	while (!err) {
		os_sleeper_arm(l->sleeper);
		if (os_load_acquire(&l->b->loop.stop) || os_load_acquire(&l->b->loop.over))
			break;
		for (i = 0, more = 0; i < l->n && !err; i++) {
			err = serve(l, i);
			if (err > 0) {
				more = 1;
				err = 0;
			}
		}
		if (!err)
			err = os_sleeper_wait(l->sleeper, more ? 0 :
					      l->kicked ? EVENT_WAIT_US : l->sleep_us);
	}
	return err;
}

/* A STOP that finds no sleeper leaves its mark, which the loop looks at first. */
static int watch(struct loop *l, struct nm_error *e)
{
	uint32_t i;
	int err;

	l->sleeper = os_sleeper_new(2, l->n);
	if (!l->sleeper)
		return nm_fail(e, -ENOMEM, "no memory (or no descriptors) for a sync loop");
	nm_control_lock();
	l->b->loop.sleeper = l->sleeper;
	nm_control_unlock();
	if (!l->kicked)
		return 0;
	err = os_sleeper_watch_queue(l->sleeper, nm_binding_waitq(l->b, true));
	if (!err)
		err = os_sleeper_watch_queue(l->sleeper, nm_binding_waitq(l->b, false));
	for (i = 0; i < l->n && !err; i++)
		err = os_sleeper_watch_eventfd(l->sleeper, l->entry[i].io);
	return err;
}

/* ---- its options ------------------------------------------------------------------- */

static int take_eventfds(struct loop *l, const struct nmreq_kloop_eventfd *fds,
			 struct nm_error *e)
{
	uint32_t i;
	int err = 0;

	l->kicked = true;
	for (i = 0; i < l->n && !err; i++) {
		if (fds[i].ioeventfd >= 0)
			err = os_eventfd_get(fds[i].ioeventfd, &l->entry[i].io);
		else
			l->kicked = false;
		if (!err && fds[i].irqfd >= 0)
			err = os_eventfd_get(fds[i].irqfd, &l->entry[i].irq);
	}
	return err ? nm_fail(e, err, "entry %u of the eventfds: %d and %d are not both eventfds "
			     "of this process", i, fds[i - 1].ioeventfd, fds[i - 1].irqfd) : 0;
}

static int eventfds_option(struct loop *l, struct nm_options *o, struct nm_error *e)
{
	struct nm_option *item = nm_options_take(o, NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS);
	int err;

	if (!item)
		return 0;
	if (item->body_len != l->n * sizeof(struct nmreq_kloop_eventfd))
		err = nm_fail(e, -EINVAL, "eventfds of %u bytes; %u rings are bound, and each "
			      "has an entry of 8", item->body_len, l->n);
	else
		err = take_eventfds(l, nm_option_body(o, item), e);
	item->status = (uint32_t)-err;
	return err;
}

/*
 * Direct rings are told of all progress, without being asked. They are served by
 * the loop's thread, too: a sync may wait for a page and takes locks, and who
 * signals an eventfd allows neither.
 */
static int mode_option(struct loop *l, struct nm_options *o, struct nm_error *e)
{
	struct nm_option *item = nm_options_take(o, NETMAP_REQ_OPT_SYNC_KLOOP_MODE);
	struct nm_option *fds = nm_options_find(o, NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS);
	uint32_t mode, i;
	int err = 0;

	if (!item)
		return 0;
	memcpy(&mode, nm_option_body(o, item), sizeof(mode));
	if (mode & ~(uint32_t)(NM_OPT_SYNC_KLOOP_DIRECT_TX | NM_OPT_SYNC_KLOOP_DIRECT_RX))
		err = nm_fail(e, -EINVAL, "there is no sync loop of mode %u", mode);
	else if (mode && !l->kicked)
		err = nm_fail(e, -EINVAL, "direct rings need an ioeventfd for each ring");
	item->status = (uint32_t)-err;
	if (err && fds && mode <= 3)
		fds->status = item->status;
	for (i = 0; i < l->n; i++)
		l->entry[i].direct = mode & (l->entry[i].k->dir == NM_TX ?
					     NM_OPT_SYNC_KLOOP_DIRECT_TX :
					     NM_OPT_SYNC_KLOOP_DIRECT_RX);
	return err;
}

/* ---- start and stop ---------------------------------------------------------------- */

static void loop_free(struct loop *l)
{
	uint32_t i;

	os_sleeper_free(l->sleeper);
	for (i = 0; i < l->n; i++) {
		os_eventfd_put(l->entry[i].io);
		os_eventfd_put(l->entry[i].irq);
	}
	os_free(l);
}

static int loop_new(struct nm_binding *b, uint32_t sleep_us, struct loop **out,
		    struct nm_error *e)
{
	uint32_t n = b->csb->entries, i;
	struct loop *l = os_zalloc(sizeof(*l) + n * sizeof(l->entry[0]));

	if (!l)
		return nm_fail(e, -ENOMEM, "no memory for a sync loop");
	l->n = n;
	l->b = b;
	l->csb = b->csb;
	l->sleep_us = sleep_us;
	for (i = 0; i < n; i++) {
		struct nm_kring *k = ring_of(b, i);

		/* what csb_fill() or the last loop published */
		l->entry[i] = (struct entry){ .k = k, .head = k->rhead, .hwcur = k->hwcur,
					      .hwtail = k->rtail };
	}
	*out = l;
	return 0;
}

/* The descriptor gets a loop, not running yet. Control lock. */
static int loop_claim(struct nm_binding *b, uint32_t sleep_us, struct loop **l,
		      struct nm_error *e)
{
	int err;

	if (!b->na)
		return nm_fail(e, -ENXIO, "a sync loop for which rings? the descriptor is not "
			       "bound");
	if (!b->csb)
		return nm_fail(e, -EINVAL, "a sync loop needs shared indices (option CSB, or "
			       "CSB_ENABLE)");
	if (b->loop.running)
		return nm_fail(e, -EBUSY, "a sync loop is running on this descriptor");
	err = loop_new(b, sleep_us, l, e);
	if (err)
		return err;
	b->loop.running = true;
	return 0;
}

/* The other end of nm_kloop_stop(). `marked`: a STOP is still to be seen. */
static void loop_end(struct loop *l, bool marked)
{
	struct nm_binding *b = l->b;

	nm_control_lock();
	b->loop.running = false;
	b->loop.sleeper = NULL;
	os_store_relaxed(&b->loop.stop, marked);
	os_store_release(&b->loop.ends, b->loop.ends + 1);
	nm_control_unlock();
	os_waitq_wake(&b->loop.ended);
	loop_free(l);
}

int nm_kloop_start(struct nm_binding *b, uint32_t sleep_us, struct nm_options *o,
		   struct nm_error *e)
{
	struct loop *l = NULL;
	bool marked;
	int err;

	if (sleep_us > MAX_SLEEP_US)
		return nm_fail(e, -EINVAL, "sleep_us is %u, more than %u", sleep_us, MAX_SLEEP_US);
	err = nm_control_lock_killable();
	if (err)
		return err;
	marked = os_load_relaxed(&b->loop.stop);
	err = loop_claim(b, sleep_us, &l, e);
	nm_control_unlock();
	if (err)
		return err;
	err = eventfds_option(l, o, e);
	if (!err)
		err = mode_option(l, o, e);
	if (!err)
		err = watch(l, e);
	if (err) {
		loop_end(l, marked);
		return err;
	}
	err = run(l);
	if (err == -ENXIO)
		nm_fail(e, err, "the port is gone");
	else if (err == -EFAULT)
		nm_fail(e, err, "the shared indices are gone");
	loop_end(l, false);
	return err;
}

static int wait_for_end(struct nm_binding *b, uint32_t ends)
{
	struct os_sleeper *s = os_sleeper_new(1, 0);
	int err;

	if (!s)
		return -ENOMEM;
	err = os_sleeper_watch_queue(s, &b->loop.ended);
	while (!err) {
		os_sleeper_arm(s);
		if (os_load_acquire(&b->loop.ends) != ends)
			break;
		err = os_sleeper_wait(s, EVENT_WAIT_US);
	}
	os_sleeper_free(s);
	return err;
}

int nm_kloop_stop(struct nm_binding *b, struct nm_error *e)
{
	int err = nm_control_lock_killable();
	uint32_t ends = 0;
	bool running;

	if (err)
		return err;
	running = b->loop.running;
	if (!b->na) {
		err = nm_fail(e, -ENXIO, "the descriptor is not bound");
	} else {
		os_store_release(&b->loop.stop, true);
		ends = b->loop.ends;
		if (b->loop.sleeper)
			os_sleeper_wake(b->loop.sleeper);
	}
	nm_control_unlock();
	return err || !running ? err : wait_for_end(b, ends);
}

void nm_kloop_over(struct nm_binding *b)
{
	nm_control_lock();
	os_store_release(&b->loop.over, true);
	if (b->loop.sleeper)
		os_sleeper_wake(b->loop.sleeper);
	nm_control_unlock();
}
