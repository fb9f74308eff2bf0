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
#include "shown.h"

#define NM_VALE_PORTS 254u
#define NM_VALE_MAX_RINGS 16u
#define NM_VALE_MAX_SLOTS 4096u
#define NM_VALE_SLOTS 1024u
#define NM_VALE_BATCH 1024u
#define NM_VALE_NAME_LEN 16u

struct nm_vale_port;
struct nm_bwrap;

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
	bool persistent;	/* made by NEWIF: the request holds a reference */
	bool standalone;	/* has a name of its own, in a switch or not */
	struct nm_shown shown;	/* standalone: the interface that the host sees */
	struct nm_bwrap *wrap;	/* an interface is behind it */
	struct nm_link link;	/* of standalone ones */
	char plug[NETMAP_REQ_IFNAMSIZ]; /* its name in the switch */
};

int nm_vale_init(void);
/* Takes apart what requests have left: attachments and persistent ports; all of
 * them, or (ns not NULL) those of one namespace. Control lock. */
void nm_vale_clear(struct os_ns *ns);

/* ---- ports (control lock) -------------------------------------------------- */

/* Is it the name of a switch port? */
bool nm_vale_name(const char *name);
int nm_vale_find(const struct nm_lookup *how, const char *name, struct nm_adapter **na);
/* Standalone ports have a name without a switch. NEWIF makes them, or a pipe that
 * needs a parent; the latter go with their last user. */
bool nm_vale_find_standalone(struct os_ns *ns, const char *name, struct nm_adapter **na);
int nm_vale_new_standalone(const struct nm_lookup *how, const char *name,
			   struct nm_adapter **na);
/* VALE_LIST; `name` is read and written. */
int nm_vale_list(struct os_ns *ns, char *name, struct nmreq_vale_list *req,
		 struct nm_error *e);
/* PORT_HDR_SET. */
int nm_vale_set_header(struct os_ns *ns, const char *name, uint32_t len,
		       struct nm_error *e);

/* VALE_ATTACH and _DETACH, NEWIF and DELIF, POLLING (vale_attach.c). */
int nm_vale_attach(struct os_ns *ns, const char *name, struct nmreq_vale_attach *req,
		   struct nm_error *e);
int nm_vale_detach(struct os_ns *ns, const char *name, struct nmreq_vale_detach *req,
		   struct nm_error *e);
int nm_vale_newif(struct os_ns *ns, const char *name, struct nmreq_vale_newif *req,
		  struct nm_error *e);
int nm_vale_delif(struct os_ns *ns, const char *name, struct nm_error *e);
int nm_vale_polling(struct os_ns *ns, const char *name, const struct nmreq_vale_polling *req,
		    bool on, struct nm_error *e);

/* ---- for vale_attach.c --------------------------------------------------------- */

/* Splits "vale<switch>:<port>": length of the switch's name, or a negative errno. */
int nm_vale_parse(const char *name, struct nm_error *e);
/* The port of that name in a switch, or NULL. */
struct nm_vale_port *nm_vale_plugged(struct os_ns *ns, const char *name);
/* A new port in a switch under that name, which nobody else has. */
int nm_vale_plug_new(const struct nm_lookup *how, const char *name, int len,
		     struct nm_vale_port **vp);
/* Puts an existing port into a switch, takes it out. */
int nm_vale_plug(struct nm_vale_port *vp, const char *name, int len, struct nm_error *e);
void nm_vale_unplug(struct nm_vale_port *vp);
/* Standalone ports, for walking. */
struct nm_vale_port *nm_vale_standalone(struct os_ns *ns, const char *name);
struct nm_vale_port *nm_vale_first_left_by_request(struct os_ns *ns);

/* ---- the data path (vale_forward.c) ---------------------------------------- */

struct nm_vale_scratch *nm_vale_scratch_new(void);
int nm_vale_txsync(struct nm_kring *k, unsigned int flags);
int nm_vale_rxsync(struct nm_kring *k, unsigned int flags);

static inline struct nm_vale_port *nm_vale_port_of(struct nm_adapter *na)
{
	return nm_entry(na, struct nm_vale_port, na);
}

#endif /* NM_VALE_H */
