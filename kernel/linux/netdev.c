// SPDX-License-Identifier: BSD-2-Clause
/*
 * Network interfaces, as the core sees them: finding, holding, their events, and
 * packets for the host's stack.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/virtio_net.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "inject.h"
#include "linux_netdev.h"
#include "netdev.h"
#include "netmap_core.h"
#include "packet.h"

static struct net_device *nm_dev(struct os_netdev *dev)
{
	return (struct net_device *)dev;
}

void os_netdev_lock(void)
{
	rtnl_lock();
}

void os_netdev_unlock(void)
{
	rtnl_unlock();
}

bool os_netdev_exists(struct os_ns *ns, const char *name)
{
	bool found;

	rcu_read_lock();
	found = dev_get_by_name_rcu((struct net *)ns, name);
	rcu_read_unlock();
	return found;
}

/* One that is being taken apart is not found: nobody would tell us again. */
struct os_netdev *os_netdev_get(struct os_ns *ns, const char *name)
{
	struct net_device *dev = __dev_get_by_name((struct net *)ns, name);

	if (!dev || dev->reg_state != NETREG_REGISTERED)
		return NULL;
	dev_hold(dev);
	return (struct os_netdev *)dev;
}

void os_netdev_put(struct os_netdev *dev)
{
	dev_put(nm_dev(dev));
}

const char *os_netdev_name(const struct os_netdev *dev)
{
	ASSERT_RTNL();
	return ((const struct net_device *)dev)->name;
}

void os_netdev_shape(struct os_netdev *os_dev, struct os_netdev_shape *shape)
{
	struct net_device *dev = nm_dev(os_dev);
	struct kernel_ethtool_ringparam kernel_ring = {};
	struct ethtool_ringparam ring = { .cmd = ETHTOOL_GRINGPARAM };

	ASSERT_RTNL();
	shape->rings[NM_RX] = dev->real_num_rx_queues ? dev->real_num_rx_queues : 1;
	shape->rings[NM_TX] = dev->real_num_tx_queues ? dev->real_num_tx_queues : 1;
	shape->slots[NM_RX] = shape->slots[NM_TX] = 0;
	if (!dev->ethtool_ops || !dev->ethtool_ops->get_ringparam)
		return;
	dev->ethtool_ops->get_ringparam(dev, &ring, &kernel_ring, NULL);
	shape->slots[NM_RX] = ring.rx_pending;
	shape->slots[NM_TX] = ring.tx_pending;
}

bool os_netdev_running(struct os_netdev *dev)
{
	return netif_running(nm_dev(dev)) && netif_carrier_ok(nm_dev(dev));
}

void os_netdev_quiesce(void)
{
	synchronize_net();
}

/* ---- events ------------------------------------------------------------------ */

/* RTNL is held. A move to another namespace is an end, too, for whoever has the
 * port open. */
static int nm_netdev_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	if (event == NETDEV_UNREGISTER)
		nm_netdev_device_gone((struct os_netdev *)dev);
	else if ((event == NETDEV_UP || event == NETDEV_CHANGE) && netif_running(dev))
		nm_netdev_device_ready((struct os_netdev *)dev);
	return NOTIFY_DONE;
}

static struct notifier_block nm_netdev_notifier = {
	.notifier_call = nm_netdev_event,
};

/* A namespace goes when no descriptor, and nothing else, refers to it. */
static void __net_exit nm_namespace_exit(struct net *net)
{
	nm_core_clear((struct os_ns *)net);
}

static struct pernet_operations nm_namespace_ops = {
	.exit = nm_namespace_exit,
};

int nm_linux_netdev_register(void)
{
	int err = register_netdevice_notifier(&nm_netdev_notifier);

	if (err)
		return err;
	err = register_pernet_device(&nm_namespace_ops);
	if (err)
		unregister_netdevice_notifier(&nm_netdev_notifier);
	return err;
}

/* What requests have left goes with the namespaces, all of them, here. */
void nm_linux_netdev_unregister(void)
{
	unregister_pernet_device(&nm_namespace_ops);
	unregister_netdevice_notifier(&nm_netdev_notifier);
}

/* ---- packets for the stack ------------------------------------------------------ */

void os_batch_begin(struct os_batch *b, struct os_netdev *dev, uint32_t queue)
{
	INIT_LIST_HEAD(&b->packets);
	b->dev = nm_dev(dev);
	b->queue = queue;
}

struct os_packet *os_batch_add(struct os_batch *b, uint32_t bytes)
{
	struct sk_buff *skb;

	if (likely(bytes <= NM_PACKET_LINEAR)) {
		skb = netdev_alloc_skb_ip_align(b->dev, bytes);
		if (likely(skb))
			skb_put(skb, bytes);
	} else {
		skb = nm_packet_alloc(L1_CACHE_BYTES + NET_IP_ALIGN, bytes, 0);
	}
	if (unlikely(!skb))
		return NULL;
	skb->dev = b->dev;
	if (b->queue < b->dev->real_num_rx_queues)
		skb_record_rx_queue(skb, b->queue);
	nm_inject_mark(skb);
	list_add_tail(&skb->list, &b->packets);
	return (struct os_packet *)skb;
}

void os_batch_take_back(struct os_batch *b, struct os_packet *p)
{
	struct sk_buff *skb = (struct sk_buff *)p;

	list_del(&skb->list);
	kfree_skb(skb);
}

void os_batch_deliver(struct os_batch *b)
{
	struct sk_buff *skb;

	if (list_empty(&b->packets))
		return;
	list_for_each_entry(skb, &b->packets, list)
		skb->protocol = eth_type_trans(skb, b->dev);
	local_bh_disable();
	netif_receive_skb_list(&b->packets);
	local_bh_enable();
}
