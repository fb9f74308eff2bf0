// SPDX-License-Identifier: BSD-2-Clause
/*
 * netmap/ports in debugfs: one line for each port that is open, and one for each
 * of its rings, as pairs of words.  Of all namespaces, and therefore root's.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>

#include <net/netmap.h>

#include "netmap_core.h"
#include "view.h"

static struct dentry *nm_view_dir;

static const char *nm_view_mode(u16 mode)
{
	switch (mode) {
	case NETMAP_PORT_NATIVE:
		return "native";
	case NETMAP_PORT_EMULATED:
		return "emulated";
	default:
		return "virtual";
	}
}

static void nm_view_port(void *arg, const struct nm_port_view *view)
{
	seq_printf(arg, "port %s kind %s mode %s netns %u opens %u region %u\n", view->name,
		   view->kind, nm_view_mode(view->mode), ((struct net *)view->ns)->ns.inum,
		   view->opens, view->region);
}

/* Reasons for which nothing was dropped are left out. */
static void nm_view_ring(void *arg, bool tx, u32 ring, const u64 *counters)
{
	u32 i;

	seq_printf(arg, "  %s %u", tx ? "tx" : "rx", ring);
	for (i = 0; i < NM_COUNTERS; i++) {
		if (i < NM_COUNT_DROPS || counters[i])
			seq_printf(arg, " %s %llu", nm_counter_name(i), counters[i]);
	}
	seq_putc(arg, '\n');
}

static int nm_view_show(struct seq_file *m, void *v)
{
	static const struct nm_port_viewer viewer = { nm_view_port, nm_view_ring };

	return nm_core_view(&viewer, m);
}
DEFINE_SHOW_ATTRIBUTE(nm_view);

void nm_view_register(void)
{
	nm_view_dir = debugfs_create_dir("netmap", NULL);
	debugfs_create_file("ports", 0400, nm_view_dir, NULL, &nm_view_fops);
}

void nm_view_unregister(void)
{
	debugfs_remove_recursive(nm_view_dir);
}
