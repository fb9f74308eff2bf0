/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VALE: learning Ethernet switches whose ports are netmap ports.
 *
 * A switch comes with its first port and goes with its last.  Senders read the
 * port table without a lock; they are inside a sync of their TX ring all the
 * while, so whoever takes a port (or a ring of it) from view waits until every
 * sync that was under way on the switch has ended, and then may free it.
 */
#ifndef NM_VALE_H
#define NM_VALE_H

#include "adapter.h"
#include "fdb.h"

#define NM_VALE_PORTS 254u
#define NM_VALE_MAX_RINGS 16u
#define NM_VALE_MAX_SLOTS 4096u
#define NM_VALE_SLOTS 1024u
#define NM_VALE_BATCH 1024u
#define NM_VALE_NAME_LEN 16u

struct nm_vale_port;

struct nm_vale {
	struct nm_vale_port *ports[NM_VALE_PORTS]; /* read by senders */
	uint64_t used[(NM_VALE_PORTS + 63) / 64];  /* bit map of the above */
	struct nm_fdb fdb;
	struct os_ns *ns;
	uint32_t index;		/* in the namespace */
	uint32_t n_ports;
	struct nm_link link;
	char name[NM_VALE_NAME_LEN];
};

struct nm_vale_port {
	struct nm_adapter na;
	struct nm_vale *sw;	/* NULL: in no switch, sends into nothing */
	struct nm_kring *rx;	/* RX krings, while senders may use them */
	uint32_t index;		/* in the switch */
	struct nm_link link;	/* of those in no switch */
};

int nm_vale_init(void);

/* ---- ports (control lock) -------------------------------------------------- */

/* Is it the name of a switch port? */
bool nm_vale_name(const char *name);
int nm_vale_find(const struct nm_lookup *how, const char *name, struct nm_adapter **na);
/* Ports in no switch: made as parents of pipes, they go with their last user. */
bool nm_vale_find_standalone(struct os_ns *ns, const char *name, struct nm_adapter **na);
int nm_vale_new_standalone(const struct nm_lookup *how, const char *name,
			   struct nm_adapter **na);
/* VALE_LIST; `name` is read and written. */
int nm_vale_list(struct os_ns *ns, char *name, struct nmreq_vale_list *req,
		 struct nm_error *e);
/* PORT_HDR_SET. */
int nm_vale_set_header(struct os_ns *ns, const char *name, uint32_t len,
		       struct nm_error *e);

/* ---- the data path (vale_forward.c) ---------------------------------------- */

struct nm_vale_scratch *nm_vale_scratch_new(void);
int nm_vale_txsync(struct nm_kring *k, unsigned int flags);
int nm_vale_rxsync(struct nm_kring *k, unsigned int flags);

static inline struct nm_vale_port *nm_vale_port_of(struct nm_adapter *na)
{
	return nm_entry(na, struct nm_vale_port, na);
}

#endif /* NM_VALE_H */
