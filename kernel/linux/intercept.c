// SPDX-License-Identifier: BSD-2-Clause
/*
 * Interception of what the host transmits.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "compat.h"
#include "finish.h"
#include "host.h"
#include "intercept.h"

/* Called by the stack with softirqs off, inside an RCU section. */
static netdev_tx_t nm_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	const struct net_device_ops *ops = READ_ONCE(dev->netdev_ops);
	struct nm_intercept *i;
	struct nm_kring *k;
	unsigned int lost;

	if (unlikely(ops->ndo_start_xmit != nm_start_xmit)) /* just ended */
		return ops->ndo_start_xmit(skb, dev);
	i = container_of(ops, struct nm_intercept, ops);
	k = nm_host_ring(i->nd, skb_get_queue_mapping(skb));
	if (!k)
		return i->device_ops->ndo_start_xmit(skb, dev);

	for (lost = nm_finish_into(k, skb, true); lost; lost--)
		dev_core_stats_tx_dropped_inc(dev);
	if (!netdev_xmit_more())
		nm_kring_notify(k);
	return NETDEV_TX_OK;
}

/* ---- what must not change under an open port -------------------------------- */

static int nm_set_ringparam(struct net_device *dev, struct ethtool_ringparam *ring,
			    struct kernel_ethtool_ringparam *kernel_ring,
			    struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG(extack, "the interface is open in netmap mode");
	return -EBUSY;
}

static int nm_set_channels(struct net_device *dev, struct ethtool_channels *channels)
{
	return -EBUSY;
}

/* ---- life ------------------------------------------------------------------- */

void nm_intercept_begin(struct nm_intercept *i, struct nm_netdev *nd, struct net_device *dev)
{
	static const struct ethtool_ops none;

	ASSERT_RTNL();
	i->nd = nd;
	i->device_ops = dev->netdev_ops;
	i->ops = *dev->netdev_ops;
	i->ops.ndo_start_xmit = nm_start_xmit;
	i->device_ethtool = dev->ethtool_ops;
	i->ethtool = dev->ethtool_ops ? *dev->ethtool_ops : none;
	if (i->ethtool.set_ringparam)
		i->ethtool.set_ringparam = nm_set_ringparam;
	if (i->ethtool.set_channels)
		i->ethtool.set_channels = nm_set_channels;
	dev->ethtool_ops = &i->ethtool;
	smp_store_release(&dev->netdev_ops, &i->ops);
}

void nm_intercept_end(struct nm_intercept *i, struct net_device *dev)
{
	ASSERT_RTNL();
	dev->ethtool_ops = i->device_ethtool;
	WRITE_ONCE(dev->netdev_ops, i->device_ops);
}
