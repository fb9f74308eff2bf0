// SPDX-License-Identifier: BSD-2-Clause
/*
 * Interfaces that the host sees for ports which are none: persistent switch
 * ports, and parents of pipes. What the host sends to them is discarded.
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>

#include "os.h"

static netdev_tx_t nm_shown_xmit(struct sk_buff *skb, struct net_device *dev)
{
	dev_core_stats_tx_dropped_inc(dev);
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops nm_shown_ops = {
	.ndo_start_xmit = nm_shown_xmit,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static void nm_shown_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &nm_shown_ops;
	dev->needs_free_netdev = true;
	dev->flags |= IFF_NOARP;
	eth_hw_addr_random(dev);
}

int os_netdev_make(struct os_ns *ns, const char *name, struct os_netdev **out)
{
	struct net_device *dev;
	int err;

	if (!dev_valid_name(name))
		return -EINVAL;
	dev = alloc_netdev(0, name, NET_NAME_USER, nm_shown_setup);
	if (!dev)
		return -ENOMEM;
	dev_net_set(dev, (struct net *)ns);
	err = register_netdev(dev);
	if (err) {
		free_netdev(dev);
		return err;
	}
	*out = (struct os_netdev *)dev;
	return 0;
}

void os_netdev_unmake(struct os_netdev *dev)
{
	unregister_netdev((struct net_device *)dev);
}
