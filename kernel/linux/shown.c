// SPDX-License-Identifier: BSD-2-Clause
/*
 * Interfaces that the host sees for ports which are none: persistent switch
 * ports, and parents of pipes. What the host sends to them is discarded.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>

#include "netmap_core.h"

static netdev_tx_t nm_shown_xmit(struct sk_buff *skb, struct net_device *dev)
{
	dev_core_stats_tx_dropped_inc(dev);
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

/* ---- counters -------------------------------------------------------------- */

static struct nm_shown *nm_shown_of(const struct net_device *dev)
{
	return *(struct nm_shown **)netdev_priv(dev);
}

static u64 nm_shown_drops(const u64 *counters)
{
	u64 sum = 0;
	u32 i;

	for (i = NM_COUNT_DROPS; i < NM_COUNTERS; i++)
		sum += counters[i];
	return sum;
}

static void nm_shown_stats64(struct net_device *dev, struct rtnl_link_stats64 *sum)
{
	struct nm_shown *port = nm_shown_of(dev);
	u64 c[NM_COUNTERS];
	u32 r;

	for (r = 0; r < nm_shown_rings(port, true); r++) {
		nm_shown_counters(port, true, r, c);
		sum->tx_packets += c[NM_COUNT_PACKETS];
		sum->tx_bytes += c[NM_COUNT_BYTES];
		sum->tx_dropped += nm_shown_drops(c);
	}
	for (r = 0; r < nm_shown_rings(port, false); r++) {
		nm_shown_counters(port, false, r, c);
		sum->rx_packets += c[NM_COUNT_PACKETS];
		sum->rx_bytes += c[NM_COUNT_BYTES];
		sum->rx_dropped += nm_shown_drops(c);
	}
}

/* Rings TX first, counter by counter: what the next three agree on. */
static int nm_shown_sset_count(struct net_device *dev, int set)
{
	struct nm_shown *port = nm_shown_of(dev);

	if (set != ETH_SS_STATS)
		return -EOPNOTSUPP;
	return (int)((nm_shown_rings(port, true) + nm_shown_rings(port, false)) * NM_COUNTERS);
}

static void nm_shown_names(struct nm_shown *port, bool tx, u8 **text)
{
	u32 r, i;

	for (r = 0; r < nm_shown_rings(port, tx); r++) {
		for (i = 0; i < NM_COUNTERS; i++)
			ethtool_sprintf(text, "%s%u_%s", tx ? "tx" : "rx", r, nm_counter_name(i));
	}
}

static void nm_shown_strings(struct net_device *dev, u32 set, u8 *text)
{
	if (set != ETH_SS_STATS)
		return;
	nm_shown_names(nm_shown_of(dev), true, &text);
	nm_shown_names(nm_shown_of(dev), false, &text);
}

static void nm_shown_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats,
				   u64 *values)
{
	struct nm_shown *port = nm_shown_of(dev);
	u32 r;

	for (r = 0; r < nm_shown_rings(port, true); r++, values += NM_COUNTERS)
		nm_shown_counters(port, true, r, values);
	for (r = 0; r < nm_shown_rings(port, false); r++, values += NM_COUNTERS)
		nm_shown_counters(port, false, r, values);
}

static void nm_shown_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "netmap", sizeof(info->driver));
}

static const struct ethtool_ops nm_shown_ethtool_ops = {
	.get_drvinfo = nm_shown_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_sset_count = nm_shown_sset_count,
	.get_strings = nm_shown_strings,
	.get_ethtool_stats = nm_shown_ethtool_stats,
};

/* ---- the interface --------------------------------------------------------- */

static const struct net_device_ops nm_shown_ops = {
	.ndo_get_stats64 = nm_shown_stats64,
	.ndo_start_xmit = nm_shown_xmit,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static void nm_shown_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &nm_shown_ops;
	dev->ethtool_ops = &nm_shown_ethtool_ops;
	dev->needs_free_netdev = true;
	dev->flags |= IFF_NOARP;
	eth_hw_addr_random(dev);
}

int os_netdev_make(struct os_ns *ns, const char *name, struct nm_shown *port,
		   struct os_netdev **out)
{
	struct net_device *dev;
	int err;

	if (!dev_valid_name(name))
		return -EINVAL;
	dev = alloc_netdev(sizeof(port), name, NET_NAME_USER, nm_shown_setup);
	if (!dev)
		return -ENOMEM;
	dev_net_set(dev, (struct net *)ns);
	*(struct nm_shown **)netdev_priv(dev) = port;
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
