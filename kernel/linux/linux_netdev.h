/* SPDX-License-Identifier: BSD-2-Clause */
/* The module's watch over network interfaces. */
#ifndef NM_LINUX_NETDEV_H
#define NM_LINUX_NETDEV_H

int nm_linux_netdev_register(void);
void nm_linux_netdev_unregister(void);

#endif /* NM_LINUX_NETDEV_H */
