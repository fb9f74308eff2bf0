// SPDX-License-Identifier: BSD-2-Clause
/*
 * The emulation: netmap over any interface, through the host's own paths.
 *
 *   RX  a receive handler takes what the driver passes up, finishes it, and
 *       copies it straight into free slots of the RX ring
 *   TX  each packet is copied into a host packet and given to the driver, a
 *       sync's packets under one lock and with one doorbell
 *
 * TX slots are free again when the driver let go of the packet: as many may be
 * under way as the ring has slots.  Packets may be in the driver for long; what
 * they refer to (struct nm_emu_tx) outlives the adapter, and holds the module.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/refcount.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/virtio_net.h>
#include <net/sch_generic.h>

#include "compat.h"
#include "finish.h"
#include "gather.h"
#include "host.h"
#include "inject.h"
#include "intercept.h"
#include "moderation.h"
#include "netmap_core.h"
#include "packet.h"

/* What packets under way refer to. */
struct nm_emu_tx {
	refcount_t refs;     /* one for the adapter, one for each packet */
	spinlock_t lock;     /* of k */
	struct nm_kring *k;  /* NULL: the ring is not in netmap mode any more */
	unsigned int wake_at; /* when no more than that are under way; 0: no wish */
};

struct nm_emulated {
	struct nm_netdev *nd;
	struct net_device *dev;
	const struct net_device_ops *ops; /* the device's own */
	struct nm_intercept intercept;
	bool intercepting, receiving;
	u32 n_rx, n_tx;
	struct nm_moderation *rx;
	struct nm_emu_tx *tx[]; /* NULL: ring off */
};

static struct nm_emulated *nm_emulated_of(const struct nm_kring *k)
{
	return nm_netdev_of(k->na)->priv;
}

/* ---- packets under way -------------------------------------------------------- */

static unsigned int nm_emu_under_way(const struct nm_emu_tx *t)
{
	return refcount_read(&t->refs) - 1;
}

/* The last thing done with it; the module may go right after. */
static void nm_emu_tx_put(struct nm_emu_tx *t)
{
	if (!refcount_dec_and_test(&t->refs))
		return;
	kfree(t);
	module_put(THIS_MODULE);
}

static void nm_emu_tell(struct nm_emu_tx *t)
{
	unsigned long flags;

	spin_lock_irqsave(&t->lock, flags);
	if (t->k && t->wake_at) {
		WRITE_ONCE(t->wake_at, 0);
		nm_kring_notify(t->k);
	}
	spin_unlock_irqrestore(&t->lock, flags);
}

/* The driver let go of a packet. Any context. */
static void nm_emu_packet_done(struct sk_buff *skb)
{
	struct nm_emu_tx *t = skb_shinfo(skb)->destructor_arg;
	unsigned int wake_at;

	smp_mb(); /* pairs with the one in nm_emu_reclaim() */
	wake_at = READ_ONCE(t->wake_at);
	/* our own reference is still counted */
	if (unlikely(wake_at && nm_emu_under_way(t) <= wake_at))
		nm_emu_tell(t);
	nm_emu_tx_put(t);
}

static struct nm_emu_tx *nm_emu_tx_new(struct nm_kring *k)
{
	struct nm_emu_tx *t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);

	if (!t)
		return NULL;
	refcount_set(&t->refs, 1);
	spin_lock_init(&t->lock);
	t->k = k;
	__module_get(THIS_MODULE); /* put with the last reference */
	return t;
}

/* After this, packets under way do not know the ring any more. */
static void nm_emu_tx_close(struct nm_emu_tx *t)
{
	spin_lock_irq(&t->lock);
	t->k = NULL;
	spin_unlock_irq(&t->lock);
	nm_emu_tx_put(t);
}

/* ---- TX ------------------------------------------------------------------------- */

static struct sk_buff *nm_emu_alloc(struct net_device *dev, u32 bytes)
{
	u32 room = LL_RESERVED_SPACE(dev), size;
	struct sk_buff *skb;
	void *data;

	size = SKB_DATA_ALIGN(room + bytes + dev->needed_tailroom) +
	       SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	if (unlikely(size > PAGE_SIZE))
		return nm_packet_alloc(room, bytes, dev->needed_tailroom);
	data = napi_alloc_frag(size); /* softirqs are off */
	if (unlikely(!data))
		return NULL;
	skb = napi_build_skb(data, size);
	if (unlikely(!skb)) {
		skb_free_frag(data);
		return NULL;
	}
	skb_reserve(skb, room);
	skb_put(skb, bytes);
	return skb;
}

static void nm_emu_own(struct nm_emu_tx *t, struct sk_buff *skb)
{
	skb_shinfo(skb)->destructor_arg = t;
	skb->destructor = nm_emu_packet_done;
	refcount_inc(&t->refs);
}

/* Its bytes behind the first `skip`. */
static struct sk_buff *nm_emu_build(struct nm_emulated *emu, struct nm_kring *k,
				    const struct nm_packet *p, u32 skip)
{
	struct sk_buff *skb = nm_emu_alloc(emu->dev, p->bytes - skip);

	if (unlikely(!skb))
		return NULL;
	nm_gather_write(k, p, skip, (struct os_packet *)skb);
	skb_reset_mac_header(skb);
	skb->dev = emu->dev;
	skb->protocol = eth_hdr(skb)->h_proto;
	skb_set_network_header(skb, ETH_HLEN);
	skb_set_queue_mapping(skb, k->ring_id);
	return skb;
}

/* What the virtio-net header asks for, by the device or before it: several packets
 * may come of one. NULL: lost, and counted. */
static struct sk_buff *nm_emu_finish(struct nm_emulated *emu, struct nm_kring *k,
				     struct sk_buff *skb, const char *vnet)
{
	bool again = false, sense = os_packet_describe((struct os_packet *)skb, vnet);

	if (sense)
		skb = validate_xmit_skb_list(skb, emu->dev, &again);
	else
		kfree_skb(skb);
	if (sense && skb)
		return skb;
	nm_count(&k->stats.drops[NETMAP_DROP_OFFLOAD], 1);
	return NULL;
}

/* Host packets for one packet of the ring. NULL: no memory for now, or else *lost:
 * it makes no sense, and is counted. */
static struct sk_buff *nm_emu_make(struct nm_emulated *emu, struct nm_kring *k,
				   const struct nm_packet *p, bool *lost)
{
	u32 skip = k->na->vnet_hdr_len;
	char vnet[NETMAP_OFFLOADS_HDR_LEN];
	struct sk_buff *skb, *one;

	*lost = unlikely(skip) && (p->bytes < skip + NM_ETH_HEADER ||
				   nm_gather_head(k, p, vnet, sizeof(vnet)) < skip);
	if (*lost) {
		nm_count(&k->stats.drops[NETMAP_DROP_SHORT], 1);
		return NULL;
	}
	skb = nm_emu_build(emu, k, p, skip);
	if (unlikely(!skb))
		return NULL;
	if (unlikely(skip)) {
		skb = nm_emu_finish(emu, k, skb, vnet);
		*lost = !skb;
	}
	for (one = skb; one; one = one->next)
		nm_emu_own(emu->tx[k->ring_id], one);
	return skb;
}

/* Packets of several slots are long ones: as many as the ring has room for. */
static bool nm_emu_enough(const struct nm_emu_tx *t, const struct nm_kring *k,
			  const struct nm_packet *p)
{
	u32 most = k->num_slots - 1;

	if (unlikely(p->slots > 1))
		most = most / p->slots + 1;
	return nm_emu_under_way(t) >= most;
}

/*
 * The next packet from *at on that can be sent; *at moves behind it. NULL: there
 * is none, or no memory for it, or enough are under way.
 */
static struct sk_buff *nm_emu_next(struct nm_emulated *emu, struct nm_kring *k, u32 *at)
{
	struct nm_packet p;
	struct sk_buff *skb = NULL;
	bool lost;

	while (!skb && *at != k->rhead) {
		if (!nm_gather(k, *at, k->rhead, &p))
			return NULL;
		if (unlikely(p.refused)) {
			nm_count(&k->stats.drops[p.why], 1);
		} else {
			if (nm_emu_enough(emu->tx[k->ring_id], k, &p))
				return NULL;
			skb = nm_emu_make(emu, k, &p, &lost);
			if (unlikely(!skb && !lost))
				return NULL;
		}
		*at = nm_advance(*at, p.slots, k->num_slots);
	}
	return skb;
}

/* Gives one packet to the driver, in segments if it is a list: false if it did
 * not take it, which is then freed all the same, for it is built again when there
 * is room; segments that follow one that was taken are lost. */
static bool nm_emu_xmit(struct nm_emulated *emu, struct nm_kring *k, struct netdev_queue *txq,
			struct sk_buff *skb, bool more)
{
	struct sk_buff *next;
	u32 sent = 0, len;

	for (; skb; skb = next) {
		next = skb->next;
		len = skb->len;
		skb_mark_not_on_list(skb);
		if (unlikely(!dev_xmit_complete(
			    __netdev_start_xmit(emu->ops, skb, emu->dev, next || more)))) {
			kfree_skb(skb);
			kfree_skb_list(next);
			break;
		}
		sent++;
		nm_count(&k->stats.bytes, len);
	}
	if (!sent)
		return false;
	txq_trans_update(txq);
	nm_count(&k->stats.packets, sent);
	return true;
}

/* Sends what the driver takes; the rest stays submitted. The next packet is
 * made before one is sent, for the driver wants to know whether more come. */
static void nm_emu_send(struct nm_emulated *emu, struct nm_kring *k)
{
	struct net_device *dev = emu->dev;
	struct netdev_queue *txq;
	struct sk_buff *skb = NULL, *next;
	u32 at = k->hwcur, done = at, behind;
	bool stuck;

	txq = netdev_get_tx_queue(dev, k->ring_id % dev->real_num_tx_queues);
	local_bh_disable();
	HARD_TX_LOCK(dev, txq, smp_processor_id());
	stuck = netif_xmit_frozen_or_stopped(txq);
	if (!stuck)
		skb = nm_emu_next(emu, k, &at);
	for (; skb; skb = next) {
		behind = at;
		next = nm_emu_next(emu, k, &at);
		stuck = !nm_emu_xmit(emu, k, txq, skb, next);
		if (!stuck)
			done = behind;
		if (stuck || (next && netif_xmit_frozen_or_stopped(txq))) {
			stuck = true;
			kfree_skb_list(next);
			break;
		}
	}
	if (!stuck)
		done = at; /* bad ones at the end are done with, too */
	HARD_TX_UNLOCK(dev, txq);
	local_bh_enable();
	os_store_relaxed(&k->hwcur, done);
}

/* How many more may be submitted is how many are not under way. */
static void nm_emu_reclaim(struct nm_emulated *emu, struct nm_kring *k)
{
	struct nm_emu_tx *t = emu->tx[k->ring_id];
	u32 n = k->num_slots, pending = nm_distance(k->hwcur, k->rhead, n), away, room;

	away = nm_emu_under_way(t);
	if (away + pending >= n - 1 || pending) {
		/* somebody will wait: ask to be told, then look again */
		WRITE_ONCE(t->wake_at, away / 2 + 1);
		smp_mb(); /* pairs with the one in nm_emu_packet_done() */
		away = nm_emu_under_way(t);
	}
	if (away > n - 1)
		away = n - 1;
	room = n - 1 - away;
	if (room < pending)
		room = pending;
	os_store_relaxed(&k->hwtail, nm_advance(k->hwcur, room, n));
}

static int nm_emu_txsync(struct nm_kring *k, unsigned int flags)
{
	struct nm_emulated *emu = nm_emulated_of(k);

	if (k->hwcur != k->rhead &&
	    os_netdev_running((struct os_netdev *)emu->dev))
		nm_emu_send(emu, k);
	nm_emu_reclaim(emu, k);
	return 0;
}

/* ---- RX --------------------------------------------------------------------------- */

static struct nm_kring *nm_emu_ring(struct nm_netdev *nd, const struct sk_buff *skb)
{
	struct nm_kring *rx = os_load_acquire(&nd->na.krings[NM_RX]);
	u32 queue = skb_rx_queue_recorded(skb) ? skb_get_rx_queue(skb) : 0;

	if (!rx)
		return NULL;
	rx = &rx[queue % nd->na.rings[NM_RX]];
	return os_load_relaxed(&rx->on) ? rx : NULL;
}

/* Called for every packet of the device, in softirq context, inside an RCU
 * section. */
static rx_handler_result_t nm_emu_receive(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct net_device *dev = skb->dev;
	struct nm_emulated *emu = rcu_dereference(dev->rx_handler_data);
	struct nm_kring *k;
	unsigned int lost;

	if (nm_inject_take_mark(skb) || skb->pkt_type == PACKET_LOOPBACK)
		return RX_HANDLER_PASS;
	k = nm_emu_ring(emu->nd, skb);
	if (!k)
		return RX_HANDLER_PASS;
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (!skb)
		return RX_HANDLER_CONSUMED;
	skb_push(skb, skb->data - skb_mac_header(skb));
	for (lost = nm_finish_into(k, skb, false); lost; lost--)
		dev_core_stats_rx_dropped_inc(dev);
	nm_moderation_tell(&emu->rx[k->ring_id], k);
	return RX_HANDLER_CONSUMED;
}

/* ---- modes ------------------------------------------------------------------------- */

static bool nm_emu_any(const struct nm_adapter *na, enum nm_dir dir)
{
	u32 i;

	for (i = 0; i < na->rings[dir]; i++) {
		if (nm_kring_wanted(&na->krings[dir][i]))
			return true;
	}
	return false;
}

/* Who has what the device receives. RTNL is held, so names stay. */
static int nm_emu_taken(const struct nm_emulated *emu, struct nm_error *e)
{
	struct net_device *master = netdev_master_upper_dev_get(emu->dev);

	if (master)
		return nm_fail(e, -EBUSY,
			       "what %s receives belongs to %s, whose member it is (open %s, or "
			       "take %s out of it)",
			       emu->dev->name, master->name, master->name, emu->dev->name);
	return nm_fail(e, -EBUSY,
		       "what %s receives belongs to somebody else, as to a macvlan on it (open "
		       "that one, or take it away)",
		       emu->dev->name);
}

static int nm_emu_start_rx(struct nm_emulated *emu, struct nm_error *e)
{
	if (emu->receiving)
		return 0;
	if (netdev_rx_handler_register(emu->dev, nm_emu_receive, emu))
		return nm_emu_taken(emu, e);
	emu->receiving = true;
	return 0;
}

static void nm_emu_stop_rx(struct nm_emulated *emu)
{
	if (emu->receiving)
		netdev_rx_handler_unregister(emu->dev);
	emu->receiving = false;
}

static void nm_emu_start_tx(struct nm_emulated *emu)
{
	if (emu->intercepting)
		return;
	emu->ops = emu->dev->netdev_ops;
	nm_intercept_begin(&emu->intercept, emu->nd, emu->dev);
	emu->intercepting = true;
}

static void nm_emu_stop_tx(struct nm_emulated *emu)
{
	if (emu->intercepting)
		nm_intercept_end(&emu->intercept, emu->dev);
	emu->intercepting = false;
}

/* Of all TX rings, or none. */
static int nm_emu_open_tx(struct nm_emulated *emu, struct nm_adapter *na, struct nm_error *e)
{
	u32 i;

	for (i = 0; i < na->rings[NM_TX]; i++) {
		struct nm_kring *k = &na->krings[NM_TX][i];

		if (!nm_kring_wanted(k) || emu->tx[i])
			continue;
		emu->tx[i] = nm_emu_tx_new(k);
		if (!emu->tx[i])
			return nm_fail(e, -ENOMEM, "no memory for TX ring %u of %s", i,
				       na->name);
	}
	return 0;
}

static void nm_emu_close_tx(struct nm_emulated *emu, struct nm_adapter *na)
{
	u32 i;

	for (i = 0; i < emu->n_tx; i++) {
		if (!emu->tx[i] || (na && nm_kring_wanted(&na->krings[NM_TX][i])))
			continue;
		nm_emu_tx_close(emu->tx[i]);
		emu->tx[i] = NULL;
	}
}

static void nm_emu_mark(struct nm_adapter *na)
{
	u32 d, i;

	for (d = 0; d < NM_DIRS; d++) {
		for (i = 0; i < na->rings[d]; i++)
			os_store_relaxed(&na->krings[d][i].on,
					 nm_kring_wanted(&na->krings[d][i]));
	}
}

static int nm_emu_switch(struct nm_netdev *nd, struct nm_error *e)
{
	struct nm_emulated *emu = nd->priv;
	struct nm_adapter *na = &nd->na;
	int err = 0;

	if (nm_emu_any(na, NM_RX))
		err = nm_emu_start_rx(emu, e);
	if (!err)
		err = nm_emu_open_tx(emu, na, e);
	if (err)
		return err; /* the binding undoes itself, and comes here again */
	if (nm_emu_any(na, NM_TX))
		nm_emu_start_tx(emu);
	nm_emu_mark(na);
	if (!nm_emu_any(na, NM_RX))
		nm_emu_stop_rx(emu);
	if (!nm_emu_any(na, NM_TX))
		nm_emu_stop_tx(emu);
	nm_emu_close_tx(emu, na);
	return 0;
}

/* ---- life ---------------------------------------------------------------------------- */

static int nm_emu_attach(struct nm_netdev *nd, struct nm_error *e)
{
	struct nm_emulated *emu;
	u32 i;

	emu = kzalloc(struct_size(emu, tx, nd->na.rings[NM_TX]), GFP_KERNEL_ACCOUNT);
	if (emu)
		emu->rx = kcalloc(nd->na.rings[NM_RX], sizeof(*emu->rx), GFP_KERNEL_ACCOUNT);
	if (!emu || !emu->rx) {
		kfree(emu);
		return nm_fail(e, -ENOMEM, "no memory for the port of %s", nd->na.name);
	}
	emu->nd = nd;
	emu->dev = (struct net_device *)nd->dev;
	emu->n_tx = nd->na.rings[NM_TX];
	emu->n_rx = nd->na.rings[NM_RX];
	for (i = 0; i < emu->n_rx; i++)
		nm_moderation_init(&emu->rx[i], nd, i);
	nd->priv = emu;
	return 0;
}

static void nm_emu_detach(struct nm_netdev *nd)
{
	struct nm_emulated *emu = nd->priv;
	u32 i;

	nm_emu_stop_rx(emu);
	nm_emu_stop_tx(emu);
	synchronize_net(); /* nobody is inside the two any more */
	for (i = 0; i < emu->n_rx; i++)
		nm_moderation_stop(&emu->rx[i]);
	nm_emu_close_tx(emu, NULL);
	nd->priv = NULL;
	kfree(emu->rx);
	kfree(emu);
}

static const struct nm_driver nm_emulation = {
	.name = "emulated",
	.attach = nm_emu_attach,
	.detach = nm_emu_detach,
	.switch_rings = nm_emu_switch,
	.txsync = nm_emu_txsync,
	.rxsync = nm_netdev_release,
};

const struct nm_driver *os_netdev_emulation(void)
{
	return &nm_emulation;
}
