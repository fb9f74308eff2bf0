/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of nmport share.
 */
#ifndef NM_COMPAT_PORT_H
#define NM_COMPAT_PORT_H

#include <libnetmap.h>

/* What undoing a parse must free: `run` does so, and frees the record. */
struct nmport_cleanup_d {
	struct nmport_cleanup_d *next;
	void (*run)(struct nmport_cleanup_d *c, struct nmport_d *d);
};

/* Runs what was added after `until`, the latest first. */
void nm_port_clean(struct nmport_d *d, const struct nmport_cleanup_d *until);

/* The options of a specification, "@...". 0, or -1 with errno. */
int nm_port_options_decode(struct nmport_d *d, const char *options);

/* The region of a registered port: maps it, or counts one more user. 0, or -1
 * with errno. Pairs with nm_port_memory_put(). */
int nm_port_memory_get(struct nmport_d *d);
void nm_port_memory_put(struct nmport_d *d);

#endif /* NM_COMPAT_PORT_H */
