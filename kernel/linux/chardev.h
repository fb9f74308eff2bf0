/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The character device /dev/netmap.
 */
#ifndef NM_LINUX_CHARDEV_H
#define NM_LINUX_CHARDEV_H

/* Makes the device appear; the core must be ready. 0 or a negative errno.
 * Pairs with nm_chardev_unregister(). */
int nm_chardev_register(void);

/* Makes it go away. Nobody has it open: open files hold the module. */
void nm_chardev_unregister(void);

#endif /* NM_LINUX_CHARDEV_H */
