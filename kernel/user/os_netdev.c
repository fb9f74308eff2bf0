// SPDX-License-Identifier: BSD-2-Clause
/*
 * Network interfaces: the engine has none. It lives in one process, and the
 * ports of a process are switches, pipes and what it makes itself.
 */
#include "os.h"

/* Ports belong to the process, and to nobody else. */
bool os_net_admin(struct os_ns *ns)
{
	(void)ns;
	return true;
}

bool os_ns_trusted(struct os_ns *ns)
{
	(void)ns;
	return true;
}

void os_netdev_lock(void)
{
}

void os_netdev_unlock(void)
{
}

bool os_netdev_exists(struct os_ns *ns, const char *name)
{
	(void)ns;
	(void)name;
	return false;
}

struct os_netdev *os_netdev_get(struct os_ns *ns, const char *name)
{
	(void)ns;
	(void)name;
	return NULL;
}

/* A port of the engine is nobody's interface. */
int os_netdev_make(struct os_ns *ns, const char *name, struct nm_shown *port,
		   struct os_netdev **dev)
{
	(void)port;
	(void)ns;
	(void)name;
	*dev = NULL;
	return 0;
}

/* ---- never called, for there is no interface to call them with -------------- */

void os_netdev_unmake(struct os_netdev *dev)
{
	(void)dev;
}

void os_netdev_put(struct os_netdev *dev)
{
	(void)dev;
}

const char *os_netdev_name(const struct os_netdev *dev)
{
	(void)dev;
	return "";
}

void os_netdev_shape(struct os_netdev *dev, struct os_netdev_shape *shape)
{
	(void)dev;
	(void)shape;
}

bool os_netdev_running(struct os_netdev *dev)
{
	(void)dev;
	return false;
}

const struct nm_driver *os_netdev_emulation(void)
{
	return NULL;
}

void os_netdev_quiesce(void)
{
}

uint32_t os_packet_len(const struct os_packet *p)
{
	(void)p;
	return 0;
}

void os_packet_copy(const struct os_packet *p, uint32_t at, void *dst, uint32_t len)
{
	(void)p;
	(void)at;
	(void)dst;
	(void)len;
}

void os_batch_begin(struct os_batch *b, struct os_netdev *dev, uint32_t queue)
{
	(void)b;
	(void)dev;
	(void)queue;
}

struct os_packet *os_batch_add(struct os_batch *b, uint32_t bytes)
{
	(void)b;
	(void)bytes;
	return NULL;
}

void os_batch_take_back(struct os_batch *b, struct os_packet *p)
{
	(void)b;
	(void)p;
}

void os_packet_write(struct os_packet *p, uint32_t at, const void *src, uint32_t len)
{
	(void)p;
	(void)at;
	(void)src;
	(void)len;
}

bool os_packet_describe(struct os_packet *p, const void *vnet)
{
	(void)p;
	(void)vnet;
	return false;
}

void os_batch_deliver(struct os_batch *b)
{
	(void)b;
}
