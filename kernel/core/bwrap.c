// SPDX-License-Identifier: BSD-2-Clause
/*
 * Interfaces in switches.
 */
#include "bwrap.h"
#include "binding.h"
#include "netmap_core.h"

#define ROUNDS 4u /* of one call of a lane; then others have their turn */

/* From a ring with packets to a ring with room. */
struct lane {
	struct nm_kring *from, *to;
	struct os_task task;
};

/* A pair of bindings, and the lanes between them. */
struct side {
	struct nm_vale_port *port;
	struct nm_binding *plug;   /* all rings of the switch port */
	struct lane *lane;
	uint32_t n_lanes, n_up;	   /* the first n_up lead to the switch */
};

struct poll_thread {
	struct nm_bwrap *w;
	struct os_thread *thread;
	uint32_t first, last;	   /* lanes of the NIC's side */
};

struct nm_bwrap {
	struct nm_netdev *nd;
	struct nm_binding *nic;	   /* its rings, exclusively; holds the reference */
	struct side side[2];	   /* NIC; host, if there is one */
	struct poll_thread *poll;
	uint32_t n_poll;
};

/* ---- lanes --------------------------------------------------------------------------- */

/* The whole packets that are in `from` and fit `to`: number of slots. */
static uint32_t movable(const struct nm_kring *from, const struct nm_kring *to)
{
	uint32_t n = from->num_slots, at = from->rhead, used = 0, whole = 0;
	uint32_t room = nm_distance(to->rhead, to->rtail, to->num_slots);

	for (; at != from->rtail && used < room; at = nm_next(at, n)) {
		used++;
		if (!(os_load_relaxed(&from->ring->slot[at].flags) & NS_MOREFRAG))
			whole = used;
	}
	return whole;
}

static void set_head(struct nm_kring *k, uint32_t head)
{
	os_store_relaxed(&k->ring->cur, head);
	os_store_release(&k->ring->head, head);
}

/* As an application would: between two syncs of both rings. */
static uint32_t move(struct nm_kring *from, struct nm_kring *to)
{
	uint32_t count = movable(from, to), f = from->rhead, t = to->rhead, i;
	struct os_spin *lock = &to->na->mem->exchange;

	os_spin_lock(lock); /* nobody counts buffers meanwhile */
	for (i = 0; i < count; i++) {
		struct netmap_slot *slot = &from->ring->slot[f];

		nm_slot_swap(slot, &to->ring->slot[t],
			     os_load_relaxed(&slot->flags) & NS_MOREFRAG);
		f = nm_next(f, from->num_slots);
		t = nm_next(t, to->num_slots);
	}
	os_spin_unlock(lock);
	set_head(from, f);
	set_head(to, t);
	return count;
}

static bool synced(struct nm_kring *k)
{
	return nm_kring_sync(k, NM_SYNC_FORCE_READ | NM_SYNC_FORCE_RECLAIM, NULL) ==
	       NM_SYNC_DONE;
}

/* True: there may be more. */
static bool lane_serve(struct lane *l)
{
	uint32_t round;

	for (round = 0; round < ROUNDS; round++) {
		if (!synced(l->from) || !synced(l->to) || !move(l->from, l->to))
			return false;
		/* sends the ones, and gives the others' slots back */
		if (!synced(l->to) || !synced(l->from))
			return false;
	}
	return true;
}

static void lane_run(void *arg)
{
	struct lane *l = arg;

	if (lane_serve(l))
		os_task_run(&l->task);
}

/* Whoever has progress to tell on either ring calls the lane. */
static void lane_listen(struct lane *l, bool on)
{
	os_store_release(&l->from->forward, on ? &l->task : NULL);
	os_store_release(&l->to->forward, on ? &l->task : NULL);
}

/* ---- a side --------------------------------------------------------------------------- */

static struct nm_kring *nic_ring(struct nm_netdev *nd, bool host, enum nm_dir dir, uint32_t i)
{
	return &nd->na.krings[dir][(host ? nd->na.rings[dir] : 0) + i];
}

static int side_lanes(struct side *s, struct nm_netdev *nd, bool host, struct nm_error *e)
{
	struct nm_adapter *port = &s->port->na;
	uint32_t i, up = port->rings[NM_TX], down = port->rings[NM_RX];

	s->lane = os_zalloc((up + down) * sizeof(*s->lane));
	if (!s->lane)
		return nm_fail(e, -ENOMEM, "no memory for the lanes of %s", port->name);
	for (i = 0; i < up + down; i++) {
		struct lane *l = &s->lane[i];

		l->from = i < up ? nic_ring(nd, host, NM_RX, i) : &port->krings[NM_RX][i - up];
		l->to = i < up ? &port->krings[NM_TX][i] : nic_ring(nd, host, NM_TX, i - up);
		os_task_init(&l->task, lane_run, l);
	}
	s->n_up = up;
	s->n_lanes = up + down;
	return 0;
}

/* The switch port with rings that match the interface's, bound. */
static int side_open(struct side *s, struct nm_netdev *nd, const char *name, int len, bool host,
		     struct nm_error *e)
{
	const uint32_t *rings = host ? nd->na.host_rings : nd->na.rings;
	struct nm_binding_wish wish = { .mode = NR_REG_ALL_NIC, .flags = NR_EXCLUSIVE };
	struct nm_lookup how = { .ns = nd->na.ns, .create = true, .mem_id = nd->na.mem->id,
				 .rings = { [NM_TX] = rings[NM_RX], [NM_RX] = rings[NM_TX] },
				 .slots = { [NM_TX] = nd->na.slots[NM_RX],
					    [NM_RX] = nd->na.slots[NM_TX] },
				 .any_shape = true, .err = e };
	int err = nm_vale_plug_new(&how, name, len, &s->port);

	if (err)
		return err;
	s->plug = nm_binding_open(nd->na.ns);
	if (!s->plug) {
		nm_adapter_put(&s->port->na);
		s->port = NULL;
		return nm_fail(e, -ENOMEM, "no memory for %s", name);
	}
	err = nm_binding_prepare(s->plug, &s->port->na, &wish, e);
	if (err) {
		s->port = NULL; /* the reference went with it */
		return err;
	}
	s->port->na.in_kernel = true;
	return side_lanes(s, nd, host, e);
}

static void side_start(struct side *s)
{
	uint32_t i;

	for (i = 0; i < s->n_lanes; i++) {
		lane_listen(&s->lane[i], true);
		os_task_run(&s->lane[i].task); /* what came meanwhile */
	}
}

/* No packet comes in any more, no lane runs. */
static void side_stop(struct side *s)
{
	uint32_t i;

	if (s->port)
		nm_vale_unplug(s->port);
	for (i = 0; i < s->n_lanes; i++)
		lane_listen(&s->lane[i], false);
	os_netdev_quiesce();
	for (i = 0; i < s->n_lanes; i++)
		os_task_stop(&s->lane[i].task);
}

static void binding_free(struct nm_binding *b)
{
	if (!b)
		return;
	nm_binding_undo(b);
	os_free(b);
}

static void side_close(struct side *s)
{
	binding_free(s->plug); /* and the port with it */
	os_free(s->lane);
}

/* ---- life ------------------------------------------------------------------------------ */

static int bwrap_bind(struct nm_bwrap *w, bool with_host, struct nm_error *e)
{
	struct nm_binding_wish wish = { .flags = NR_EXCLUSIVE };
	struct nm_adapter *na = &w->nd->na;

	wish.mode = with_host ? NR_REG_NIC_SW : NR_REG_ALL_NIC;
	w->nic = nm_binding_open(na->ns);
	if (!w->nic) {
		nm_adapter_put(na);
		return nm_fail(e, -ENOMEM, "no memory for attaching %s", na->name);
	}
	return nm_binding_prepare(w->nic, na, &wish, e); /* takes the reference over */
}

static int bwrap_open(struct nm_bwrap *w, const char *name, int len, bool with_host,
		      struct nm_error *e)
{
	char host_name[NETMAP_REQ_IFNAMSIZ];
	int err = bwrap_bind(w, with_host, e);

	if (err)
		return err;
	w->nd->na.in_kernel = true;
	err = side_open(&w->side[0], w->nd, name, len, false, e);
	if (err || !with_host)
		return err;
	os_snprintf(host_name, sizeof(host_name), "%s^", name);
	return side_open(&w->side[1], w->nd, host_name, len, true, e);
}

void nm_bwrap_free(struct nm_bwrap *w)
{
	if (w->n_poll)
		nm_bwrap_poll_stop(w);
	side_stop(&w->side[0]);
	side_stop(&w->side[1]);
	side_close(&w->side[1]);
	side_close(&w->side[0]);
	if (w->nic && w->nic->held)
		w->nd->na.in_kernel = false;
	binding_free(w->nic);
	os_free(w);
}

int nm_bwrap_new(struct nm_netdev *nd, const char *name, int len, bool with_host,
		 struct nm_error *e, uint32_t *index)
{
	struct nm_bwrap *w = os_zalloc(sizeof(*w));
	int err;

	if (!w) {
		nm_adapter_put(&nd->na);
		return nm_fail(e, -ENOMEM, "no memory for attaching %s", name);
	}
	w->nd = nd;
	err = bwrap_open(w, name, len, with_host, e);
	if (err) {
		nm_bwrap_free(w);
		return err;
	}
	w->side[0].port->wrap = w;
	*index = w->side[0].port->index;
	side_start(&w->side[0]);
	if (with_host)
		side_start(&w->side[1]);
	return 0;
}

bool nm_bwrap_gone(const struct nm_bwrap *w)
{
	return os_load_relaxed(&w->nd->gone);
}

/* ---- polling ------------------------------------------------------------------------- */

bool nm_bwrap_polling(const struct nm_bwrap *w)
{
	return w->n_poll;
}

static void poll_step(void *arg)
{
	struct poll_thread *t = arg;
	uint32_t i;

	for (i = t->first; i < t->last; i++)
		lane_serve(&t->w->side[0].lane[i]);
}

/* From tasks to threads, and back. */
static void lanes_by_task(struct nm_bwrap *w, uint32_t first, uint32_t last, bool by_task)
{
	uint32_t i;

	for (i = first; i < last; i++)
		lane_listen(&w->side[0].lane[i], by_task);
	if (by_task) {
		for (i = first; i < last; i++)
			os_task_run(&w->side[0].lane[i].task);
		return;
	}
	os_netdev_quiesce();
	for (i = first; i < last; i++)
		os_task_stop(&w->side[0].lane[i].task);
}

static int check_polling(const struct nm_bwrap *w, const struct nmreq_vale_polling *req,
			 struct nm_error *e)
{
	uint64_t last = (uint64_t)req->nr_first_cpu_id + req->nr_num_polling_cpus;
	uint32_t cpus = os_cpus(), rings = w->side[0].n_up;

	if (!req->nr_num_polling_cpus || req->nr_num_polling_cpus >= cpus || last > cpus)
		return nm_fail(e, -EINVAL, "%u CPUs from %u on cannot poll: there are %u",
			       req->nr_num_polling_cpus, req->nr_first_cpu_id, cpus);
	if (req->nr_mode == NETMAP_POLLING_MODE_SINGLE_CPU)
		return req->nr_num_polling_cpus == 1 ?
			       0 :
			       nm_fail(e, -EINVAL, "one thread for all rings has one CPU, not %u",
				       req->nr_num_polling_cpus);
	if (req->nr_mode != NETMAP_POLLING_MODE_MULTI_CPU)
		return nm_fail(e, -EINVAL, "polling mode %u is neither 1 nor 2", req->nr_mode);
	if (last > rings)
		return nm_fail(e, -EINVAL, "CPU n polls RX ring n, and there are %u rings", rings);
	return 0;
}

int nm_bwrap_poll_start(struct nm_bwrap *w, const struct nmreq_vale_polling *req,
			struct nm_error *e)
{
	bool all = req->nr_mode == NETMAP_POLLING_MODE_SINGLE_CPU;
	uint32_t i, first = req->nr_first_cpu_id;
	int err = check_polling(w, req, e);

	if (err)
		return err;
	if (w->n_poll)
		return nm_fail(e, -EFAULT, "it is polled already");
	w->poll = os_zalloc(req->nr_num_polling_cpus * sizeof(*w->poll));
	if (!w->poll)
		return nm_fail(e, -EFAULT, "no memory for polling threads");
	w->n_poll = req->nr_num_polling_cpus;
	for (i = 0; i < w->n_poll; i++) {
		struct poll_thread *t = &w->poll[i];

		t->w = w;
		t->first = all ? 0 : first + i;
		t->last = all ? w->side[0].n_up : first + i + 1;
		lanes_by_task(w, t->first, t->last, false);
		t->thread = os_thread_start("netmap-poll", first + i, poll_step, t);
		if (!t->thread) {
			nm_bwrap_poll_stop(w);
			return nm_fail(e, -EFAULT, "no thread can run on CPU %u", first + i);
		}
	}
	return 0;
}

void nm_bwrap_poll_stop(struct nm_bwrap *w)
{
	uint32_t i;

	for (i = 0; i < w->n_poll; i++) {
		if (w->poll[i].thread)
			os_thread_stop(w->poll[i].thread);
		if (w->poll[i].w)
			lanes_by_task(w, w->poll[i].first, w->poll[i].last, true);
	}
	os_free(w->poll);
	w->poll = NULL;
	w->n_poll = 0;
}
