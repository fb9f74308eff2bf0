/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's transmit path of an interface, led to host rings.
 *
 * A copy of the device's operations takes their place: it transmits into host
 * rings what belongs to queues in netmap mode, and the rest to the device; and
 * it refuses to change ring sizes and channels under an open port.
 */
#ifndef NM_LINUX_INTERCEPT_H
#define NM_LINUX_INTERCEPT_H

#include <linux/ethtool.h>
#include <linux/netdevice.h>

struct nm_netdev;

struct nm_intercept {
	struct net_device_ops ops;
	struct ethtool_ops ethtool;
	const struct net_device_ops *device_ops;  /* the device's own */
	const struct ethtool_ops *device_ethtool;
	struct nm_netdev *nd;
};

/* With RTNL. Pairs with nm_intercept_end(), after which, and after the next
 * grace period, nobody is inside. */
void nm_intercept_begin(struct nm_intercept *i, struct nm_netdev *nd, struct net_device *dev);
void nm_intercept_end(struct nm_intercept *i, struct net_device *dev);

#endif /* NM_LINUX_INTERCEPT_H */
