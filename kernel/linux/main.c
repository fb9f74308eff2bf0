// SPDX-License-Identifier: BSD-2-Clause
/*
 * The module netmap.ko: its parameters, and its life.
 *
 * Nothing is printed on the way in and out: a message means that something is
 * wrong.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/skbuff.h>
#include <linux/virtio_net.h>

#include "chardev.h"
#include "linux_netdev.h"
#include "netmap_core.h"
#include "packet.h"
#include "view.h"

MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("netmap: packet I/O for applications, and the VALE switch");

/* ---- parameters ------------------------------------------------------------ */

/* The core reads each once per use and checks what it reads, so they may be
 * written at any time. */
#define NM_PARAM(name, mode, text)                                                       \
	module_param_named(name, nm_params.name, int, mode);                             \
	MODULE_PARM_DESC(name, text)

NM_PARAM(if_size, 0644, "bytes of an interface object of the global region");
NM_PARAM(if_num, 0644, "interface objects of the global region");
NM_PARAM(ring_size, 0644, "bytes of a ring object of the global region");
NM_PARAM(ring_num, 0644, "ring objects of the global region");
NM_PARAM(buf_size, 0644, "bytes of a buffer of the global region");
NM_PARAM(buf_num, 0644, "buffers of the global region");

NM_PARAM(if_curr_size, 0444, "bytes of an interface object of the global region now");
NM_PARAM(if_curr_num, 0444, "interface objects of the global region now");
NM_PARAM(ring_curr_size, 0444, "bytes of a ring object of the global region now");
NM_PARAM(ring_curr_num, 0444, "ring objects of the global region now");
NM_PARAM(buf_curr_size, 0444, "bytes of a buffer of the global region now");
NM_PARAM(buf_curr_num, 0444, "buffers of the global region now");

NM_PARAM(priv_if_size, 0644, "least bytes of an interface object of a private region");
NM_PARAM(priv_if_num, 0644, "least interface objects of a private region");
NM_PARAM(priv_ring_size, 0644, "least bytes of a ring object of a private region");
NM_PARAM(priv_ring_num, 0644, "least ring objects of a private region");
NM_PARAM(priv_buf_size, 0644, "least bytes of a buffer of a private region");
NM_PARAM(priv_buf_num, 0644, "least buffers of a private region");

NM_PARAM(max_bridges, 0444, "switches per network namespace");
NM_PARAM(bridge_batch, 0644, "most packets a switch forwards at once");
NM_PARAM(txsync_retry, 0644, "attempts of a switch when the receiver's ring is full");
NM_PARAM(no_timestamp, 0644, "non-zero: no time stamp on RX syncs, unless the ring asks");
NM_PARAM(admode, 0644, "interfaces: 0 native or else emulated, 1 native only, 2 emulated only");
NM_PARAM(fwd, 0644, "non-zero: forward all released packets between NIC and host rings");
NM_PARAM(no_pendintr, 0644, "non-zero: look for packets even without an interrupt");
NM_PARAM(default_pipes, 0644, "no effect");
NM_PARAM(generic_mit, 0644, "emulated RX: least ns between two wake-ups (below 32768: every packet wakes)");
NM_PARAM(generic_ringsize, 0644, "slots of emulated rings, if the device does not tell");
NM_PARAM(generic_rings, 0644, "no effect: emulated ports have the device's queues");
NM_PARAM(generic_hwcsum, 0644, "no effect: checksums are always finished in software");
NM_PARAM(generic_txqdisc, 0644, "no effect: emulated ports need no queueing discipline");
NM_PARAM(ptnet_vnet_hdr, 0644, "no effect");
NM_PARAM(verbose, 0644, "non-zero: explain failures in the kernel log");

/* ---- life ------------------------------------------------------------------ */

static int __init nm_module_init(void)
{
	int err;

	err = nm_packet_init();
	if (err)
		return err;
	err = nm_core_init();
	if (err)
		goto exit_packets;
	err = nm_linux_netdev_register();
	if (err)
		goto exit_core;
	err = nm_chardev_register();
	if (err)
		goto no_netdevs;
	nm_view_register();
	return 0;

no_netdevs:
	nm_linux_netdev_unregister();
exit_core:
	nm_core_exit();
exit_packets:
	nm_packet_exit();
	return err;
}

static void __exit nm_module_exit(void)
{
	nm_view_unregister();
	nm_chardev_unregister();
	nm_linux_netdev_unregister();
	nm_core_exit();
	nm_packet_exit();
}

module_init(nm_module_init);
module_exit(nm_module_exit);
