/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netmap/ports in debugfs: ports that are open, and their counters.
 */
#ifndef NM_LINUX_VIEW_H
#define NM_LINUX_VIEW_H

/* Without debugfs there is no file, and nothing fails. */
void nm_view_register(void);
void nm_view_unregister(void);

#endif /* NM_LINUX_VIEW_H */
