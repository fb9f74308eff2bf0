// SPDX-License-Identifier: BSD-2-Clause
/*
 * Adapters of network interfaces: finding, life, modes, and the RX rings that
 * are filled where packets arrive.
 */
#include "host.h"
#include "netmap_core.h"

static struct nm_link nm_netdevs;

void nm_netdev_init(void)
{
	nm_list_init(&nm_netdevs);
}

/* ---- RX rings filled on arrival --------------------------------------------------- */

/*
 * The application may have left slots without a buffer. What comes before the
 * last of them in [at, at + need) is published as empty slots, and the packet is
 * lost; so the ring goes on. True: none is bad.
 */
static bool slots_usable(struct nm_kring *k, struct netmap_ring *ring, uint32_t need)
{
	uint32_t n = k->num_slots, at = k->hwtail, i, j;

	for (i = need; i > 0; i--) {
		if (nm_mem_buf(k->mem, os_load_relaxed(
					       &ring->slot[nm_advance(at, i - 1, n)].buf_idx)))
			continue;
		for (j = 0; j < i; j++) {
			struct netmap_slot *slot = &ring->slot[nm_advance(at, j, n)];

			os_store_relaxed(&slot->len, (uint16_t)0);
			os_store_relaxed(&slot->flags, (uint16_t)0);
		}
		nm_count(&k->stats.drops[NETMAP_DROP_BAD_SLOT], 1);
		os_store_release(&k->hwtail, nm_advance(at, i, n)); /* (A) */
		return false;
	}
	return true;
}

/* Where data goes in the slot's buffer, and how much fits there: the same for all
 * slots, so that a packet's number of slots is known beforehand. */
static uint32_t slot_room(const struct nm_kring *k)
{
	return k->offset_mask ? nm_kring_room(k, k->offset_max) : nm_mem_buf_size(k->mem);
}

/* What arrives: a packet, and the virtio-net header in front of it. */
struct arrival {
	const struct os_packet *p;
	const char *vnet;
	uint32_t vnet_len, len; /* of both */
};

static void copy_part(const struct arrival *a, uint32_t at, char *dst, uint32_t len)
{
	uint32_t head = 0;

	if (unlikely(at < a->vnet_len)) {
		head = a->vnet_len - at < len ? a->vnet_len - at : len;
		os_copy_bulk(dst, a->vnet + at, head);
	}
	os_packet_copy(a->p, at + head - a->vnet_len, dst + head, len - head);
}

static void fill_slots(struct nm_kring *k, struct netmap_ring *ring, const struct arrival *a)
{
	const struct nm_bufs bufs = nm_mem_bufs(k->mem);
	uint32_t done = 0, part, at = k->hwtail, room = slot_room(k), len = a->len;

	do {
		struct netmap_slot *slot = &ring->slot[at];
		char *dst = nm_bufs_at(&bufs, os_load_relaxed(&slot->buf_idx));

		part = len - done < room ? len - done : room;
		if (unlikely(k->offset_mask) && dst)
			dst += nm_kring_offset(k, os_load_relaxed(&slot->ptr));
		if (likely(dst)) /* it was a moment ago: see slots_usable() */
			copy_part(a, done, dst, part);
		done += part;
		os_store_relaxed(&slot->len, (uint16_t)(dst ? part : 0));
		os_store_relaxed(&slot->flags, (uint16_t)(done < len ? NS_MOREFRAG : 0));
		at = nm_next(at, k->num_slots);
	} while (done < len);
}

/* Holding the ring's lock. */
static bool receive(struct nm_kring *k, const struct arrival *a)
{
	struct netmap_ring *ring = os_load_acquire(&k->ring);
	uint32_t n = k->num_slots, size, need, space, tail, len = a->len;

	if (!ring) {
		nm_count(&k->stats.drops[NETMAP_DROP_NO_DEST], 1);
		return false;
	}
	size = slot_room(k);
	if (!size) {
		nm_count(&k->stats.drops[NETMAP_DROP_TOO_LONG], 1);
		return false;
	}
	need = len <= size ? 1 : (len + size - 1) / size;
	if (need > NETMAP_MAX_FRAGS) {
		nm_count(&k->stats.drops[NETMAP_DROP_TOO_LONG], 1);
		return false;
	}
	space = n - 1 - nm_distance(k->seen_hwcur, k->hwtail, n);
	if (space < need) {
		k->seen_hwcur = os_load_acquire(&k->hwcur); /* (B) */
		space = n - 1 - nm_distance(k->seen_hwcur, k->hwtail, n);
	}
	if (space < need) {
		nm_count(&k->stats.drops[NETMAP_DROP_NO_ROOM], 1);
		return false;
	}
	if (!slots_usable(k, ring, need))
		return false;
	fill_slots(k, ring, a);
	nm_count(&k->stats.packets, 1);
	nm_count(&k->stats.bytes, len);
	tail = nm_advance(k->hwtail, need, n);
	if (unlikely(os_load_acquire(&k->observers)))
		nm_monitor_show(k, tail);
	os_store_release(&k->hwtail, tail); /* (A) */
	return true;
}

bool nm_netdev_receive(struct nm_kring *k, const struct os_packet *p, const void *vnet)
{
	struct arrival a = { .p = p, .vnet = vnet };
	bool done;

	a.vnet_len = vnet ? k->na->vnet_hdr_len : 0;
	a.len = a.vnet_len + os_packet_len(p);
	os_spin_lock(&k->lock);
	done = receive(k, &a);
	os_spin_unlock(&k->lock);
	return done;
}

uint32_t nm_netdev_longest(const struct nm_kring *k)
{
	return NETMAP_MAX_FRAGS * slot_room(k);
}

int nm_netdev_release(struct nm_kring *k, unsigned int flags)
{
	(void)flags;
	os_store_release(&k->hwcur, k->rhead); /* (B) */
	return 0;
}

/* ---- syncs ------------------------------------------------------------------------ */

static int netdev_txsync(struct nm_kring *k, unsigned int flags)
{
	return nm_netdev_of(k->na)->driver->txsync(k, flags);
}

static int netdev_rxsync(struct nm_kring *k, unsigned int flags)
{
	nm_host_forward_up(k);
	return nm_netdev_of(k->na)->driver->rxsync(k, flags);
}

/* ---- modes ------------------------------------------------------------------------- */

static void switch_host_rings(struct nm_adapter *na)
{
	uint32_t d, r;

	for (d = 0; d < NM_DIRS; d++) {
		for (r = na->rings[d]; r < nm_adapter_rings(na, d); r++)
			os_store_relaxed(&na->krings[d][r].on,
					 nm_kring_wanted(&na->krings[d][r]));
	}
}

/* Would the device notice? Host rings alone do not concern it. */
static bool nic_rings_change(const struct nm_adapter *na)
{
	uint32_t d, r;

	for (d = 0; d < NM_DIRS; d++) {
		for (r = 0; r < na->rings[d]; r++) {
			if (na->krings[d][r].on != nm_kring_wanted(&na->krings[d][r]))
				return true;
		}
	}
	return false;
}

static int netdev_switch(struct nm_adapter *na, struct nm_error *e)
{
	struct nm_netdev *nd = nm_netdev_of(na);
	int err = 0;

	switch_host_rings(na);
	if (!nic_rings_change(na))
		return 0;
	os_netdev_lock();
	if (nd->gone)
		err = nm_fail(e, -ENXIO, "interface %s has gone", na->name);
	else
		err = nd->driver->switch_rings(nd, e);
	os_netdev_unlock();
	return err;
}

/* ---- life --------------------------------------------------------------------------- */

static uint32_t shape_slots(const struct os_netdev_shape *shape, uint32_t d)
{
	uint32_t slots = shape->slots[d] >= 3 ?
				 shape->slots[d] :
				 (uint32_t)os_load_relaxed(&nm_params.generic_ringsize);

	return slots < 3 || slots > 65536 ? 1024 : slots;
}

static void refresh_shape(struct nm_netdev *nd)
{
	struct os_netdev_shape shape;
	uint32_t d;

	os_netdev_shape(nd->dev, &shape);
	for (d = 0; d < NM_DIRS; d++) {
		nd->na.rings[d] = shape.rings[d];
		nd->device_slots[d] = shape_slots(&shape, d);
		nd->na.slots[d] = nd->device_slots[d];
	}
}

/*
 * The emulation does not depend on how many descriptors the device has, so it
 * takes no more slots than a ring object of the region can hold. Nobody has the
 * port open.
 */
static void fit_slots(struct nm_netdev *nd)
{
	uint32_t most = nd->driver->native ? 0 : nm_mem_ring_slots(nd->na.mem), d;

	for (d = 0; d < NM_DIRS; d++) {
		nd->na.slots[d] = nd->device_slots[d];
		if (most >= 3 && nd->na.slots[d] > most)
			nd->na.slots[d] = most;
	}
}

/* Whoever comes first after an idle time finds the device as it is then. */
static int netdev_activate(struct nm_adapter *na, struct nm_error *e)
{
	struct nm_netdev *nd = nm_netdev_of(na);
	int err;

	os_netdev_lock(); /* netdev_gone() walks the krings */
	if (nd->gone)
		err = nm_fail(e, -ENXIO, "interface %s has gone", na->name);
	else
		err = nm_adapter_activate(na, e);
	os_netdev_unlock();
	return err;
}

static void netdev_quiesce(struct nm_adapter *na)
{
	(void)na;
	os_netdev_quiesce();
}

static void netdev_deactivate(struct nm_adapter *na)
{
	os_netdev_lock();
	nm_adapter_deactivate(na);
	if (!na->bindings) {
		na->host_rings[NM_TX] = na->host_rings[NM_RX] = 1;
		na->vnet_hdr_len = 0;
	}
	os_netdev_unlock();
}

static void netdev_destroy(struct nm_adapter *na)
{
	struct nm_netdev *nd = nm_netdev_of(na);

	os_netdev_lock();
	nm_list_remove(&nd->link);
	if (!nd->gone) {
		nd->driver->detach(nd);
		os_netdev_put(nd->dev);
	}
	os_netdev_unlock();
	nm_adapter_teardown(na);
	os_free(nd);
}

static const struct nm_adapter_ops nm_netdev_ops = {
	.kind = "interface",
	.offsets = true,
	.txsync = netdev_txsync,
	.rxsync = netdev_rxsync,
	.host_txsync = nm_host_txsync,
	.host_rxsync = nm_host_rxsync,
	.activate = netdev_activate,
	.deactivate = netdev_deactivate,
	.switch_rings = netdev_switch,
	.quiesce = netdev_quiesce,
	.destroy = netdev_destroy,
};

static struct nm_netdev *find_by_device(const struct os_netdev *dev)
{
	struct nm_link *l;

	nm_list_each(l, &nm_netdevs) {
		struct nm_netdev *nd = nm_entry(l, struct nm_netdev, link);

		if (nd->dev == dev)
			return nd;
	}
	return NULL;
}

static void netdev_gone(struct nm_netdev *nd)
{
	struct nm_adapter *na = &nd->na;
	uint32_t d, r;

	if (nd->gone)
		return;
	nd->gone = true;
	for (d = 0; d < NM_DIRS && na->krings[d]; d++) {
		for (r = 0; r < nm_adapter_rings(na, d); r++) {
			struct nm_kring *k = &na->krings[d][r];

			os_store_release(&k->stopped, true);
			nm_kring_wait_idle(k); /* later ones see `stopped` */
			os_store_relaxed(&k->on, false);
		}
	}
	nd->driver->detach(nd);
	os_netdev_put(nd->dev);
	nd->dev = NULL;
	for (d = 0; d < NM_DIRS && na->krings[d]; d++) {
		for (r = 0; r < nm_adapter_rings(na, d); r++)
			nm_kring_notify(&na->krings[d][r]);
		os_waitq_wake(&na->wq[d]);
	}
}

void nm_netdev_device_gone(struct os_netdev *dev)
{
	struct nm_netdev *nd = find_by_device(dev);

	if (nd)
		netdev_gone(nd);
}

void nm_netdev_device_ready(struct os_netdev *dev)
{
	struct nm_netdev *nd = find_by_device(dev);
	uint32_t r;

	if (!nd || !nd->na.krings[NM_TX])
		return;
	for (r = 0; r < nd->na.rings[NM_TX]; r++)
		nm_kring_notify(&nd->na.krings[NM_TX][r]);
}

/* ---- finding ------------------------------------------------------------------------ */

/* How many host rings: as wished, or one pair. */
static int set_host_rings(const struct nm_lookup *how, struct nm_adapter *na)
{
	uint32_t d;

	if (na->bindings || !how->create)
		return 0;
	for (d = 0; d < NM_DIRS; d++) {
		if (how->host_rings[d] > NM_NETDEV_MAX_HOST_RINGS)
			return nm_fail(how->err, -EINVAL,
				       "%u host rings asked for on %s; %u are the most",
				       how->host_rings[d], na->name,
				       NM_NETDEV_MAX_HOST_RINGS);
	}
	for (d = 0; d < NM_DIRS; d++)
		na->host_rings[d] = how->host_rings[d] ? how->host_rings[d] : 1;
	return 0;
}

static const struct nm_driver *driver_for(const struct nm_lookup *how, const char *name)
{
	bool demanded = os_load_relaxed(&nm_params.admode) == 1;

	if (demanded || how->native_only) {
		nm_fail(how->err, -EOPNOTSUPP,
			"the driver of %s has no netmap functions, and native support was "
			"demanded (%s)", name, demanded ? "parameter admode" : "NR_NATIVE_ONLY");
		return NULL;
	}
	return os_netdev_emulation();
}

/* Interfaces live in one region, so that packets need not be copied between them.
 * Those of strangers to the machine have regions of their own. */
static struct nm_mem *region_for(const struct nm_lookup *how, struct os_netdev *dev,
				 const char *name)
{
	struct nm_lookup h = *how;
	struct os_netdev_shape shape;
	uint32_t d;

	if (how->mem_id || os_ns_trusted(how->ns))
		return nm_mem_find((uint16_t)(how->mem_id ? how->mem_id : NM_MEM_GLOBAL));
	os_netdev_shape(dev, &shape);
	for (d = 0; d < NM_DIRS; d++) {
		h.rings[d] = shape.rings[d] + NM_NETDEV_MAX_HOST_RINGS;
		h.slots[d] = shape_slots(&shape, d);
	}
	return nm_adapter_region(&h, name);
}

/* Takes over the reference to `dev`, unless it fails. */
static int netdev_new(const struct nm_lookup *how, struct os_netdev *dev, const char *name,
		      struct nm_netdev **out)
{
	const struct nm_driver *driver = driver_for(how, name);
	struct nm_netdev *nd;
	struct nm_mem *m;
	int err;

	if (!driver)
		return -EOPNOTSUPP;
	m = region_for(how, dev, name);
	if (!m)
		return how->mem_id ? nm_fail(how->err, -EINVAL, "%s: there is no region %u",
					     name, how->mem_id) :
				     nm_fail(how->err, -ENOMEM, "no region for %s", name);
	nd = os_zalloc(sizeof(*nd));
	if (!nd) {
		nm_mem_put(m);
		return nm_fail(how->err, -ENOMEM, "no memory for the port of %s", name);
	}
	nm_adapter_setup(&nd->na, &nm_netdev_ops, how->ns, m, name);
	nd->na.host_rings[NM_TX] = nd->na.host_rings[NM_RX] = 1;
	nd->driver = driver;
	nd->na.mode = driver->native ? NETMAP_PORT_NATIVE : NETMAP_PORT_EMULATED;
	nd->dev = dev;
	refresh_shape(nd);
	err = driver->attach(nd, how->err);
	if (err) {
		nm_adapter_teardown(&nd->na);
		os_free(nd);
		return err;
	}
	nm_list_append(&nm_netdevs, &nd->link);
	*out = nd;
	return 0;
}

/* A region is chosen anew whenever nobody has the port open. */
static int set_region(const struct nm_lookup *how, struct nm_adapter *na)
{
	struct nm_mem *m;

	if (!how->mem_id || how->mem_id == na->mem->id)
		return 0;
	if (na->refs > 1) /* in use: it stays, and the reply says which it is */
		return 0;
	m = nm_mem_find((uint16_t)how->mem_id);
	if (!m)
		return nm_fail(how->err, -EINVAL, "%s: there is no region %u", na->name,
			       how->mem_id);
	nm_mem_put(na->mem);
	na->mem = m;
	return 0;
}

/* It may have been there already, in the other mode. */
static int check_mode(const struct nm_lookup *how, const struct nm_adapter *na)
{
	if (how->native_only && na->mode != NETMAP_PORT_NATIVE)
		return nm_fail(how->err, -EOPNOTSUPP, "%s is emulated, and native support was "
			       "demanded (NR_NATIVE_ONLY)", na->name);
	if (how->emulated_only && na->mode != NETMAP_PORT_EMULATED)
		return nm_fail(how->err, -EOPNOTSUPP, "%s is native, and emulation was "
			       "demanded (NR_EMULATED_ONLY)", na->name);
	return 0;
}

/* Whoever binds the port first says whether packets keep their offloads. */
static int set_offloads(const struct nm_lookup *how, struct nm_adapter *na)
{
	if (!na->bindings)
		na->vnet_hdr_len = how->offloads ? NETMAP_OFFLOADS_HDR_LEN : 0;
	else if (how->offloads && !na->vnet_hdr_len)
		return nm_fail(how->err, -EBUSY,
			       "%s is in use by somebody who wants its packets finished (without "
			       "NR_OFFLOADS)", na->name);
	return 0;
}

int nm_netdev_find(const struct nm_lookup *how, const char *name, struct nm_adapter **na)
{
	struct nm_netdev *nd;
	struct os_netdev *dev;
	int err = 0;

	os_netdev_lock();
	dev = os_netdev_get(how->ns, name);
	if (!dev) {
		os_netdev_unlock();
		return nm_fail(how->err, -ENXIO,
			       "no port called \"%s\" (switch ports are vale<switch>:<port>, "
			       "pipes <port>{<id> and <port>}<id>)", name);
	}
	if (how->to_bind && !os_net_admin(how->ns)) {
		os_netdev_put(dev);
		os_netdev_unlock();
		return nm_fail(how->err, -EPERM, "%s is a network interface: that needs "
			       "CAP_NET_ADMIN over its network namespace", name);
	}
	nd = find_by_device(dev);
	if (nd) {
		os_netdev_put(dev);
		nm_adapter_get(&nd->na);
	} else {
		err = netdev_new(how, dev, name, &nd);
		if (err)
			os_netdev_put(dev);
	}
	if (!err) /* it may have been renamed, or have other names, too */
		os_snprintf(nd->na.name, sizeof(nd->na.name), "%s",
			    os_netdev_name(nd->dev));
	os_netdev_unlock();
	if (err)
		return err;
	err = check_mode(how, &nd->na);
	if (!err)
		err = set_region(how, &nd->na);
	if (!err)
		err = set_host_rings(how, &nd->na);
	if (!err)
		err = set_offloads(how, &nd->na);
	if (!err && !nd->na.bindings)
		fit_slots(nd);
	if (err)
		nm_adapter_put(&nd->na);
	else
		*na = &nd->na;
	return err;
}
