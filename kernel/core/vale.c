// SPDX-License-Identifier: BSD-2-Clause
/*
 * VALE switches and their ports: names, creation, life.
 */
#include "vale.h"
#include "netmap_core.h"
#include "pipe.h"

static struct nm_link nm_switches;
static struct nm_link nm_standalone;

int nm_vale_init(void)
{
	nm_list_init(&nm_switches);
	nm_list_init(&nm_standalone);
	return 0;
}

/* ---- names ----------------------------------------------------------------------- */

bool nm_vale_name(const char *name)
{
	return !strncmp(name, NM_BDG_NAME, strlen(NM_BDG_NAME)) && strchr(name, ':');
}

static bool word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

int nm_vale_parse(const char *name, struct nm_error *e)
{
	size_t len = 0;

	while (word_char(name[len]))
		len++;
	if (name[len] != ':')
		return nm_fail(e, -EINVAL,
			       "\"%s\": a switch is called vale and then letters, digits or _",
			       name);
	if (len >= NM_VALE_NAME_LEN)
		return nm_fail(e, -EINVAL, "\"%s\": the switch's name is longer than %u bytes",
			       name, NM_VALE_NAME_LEN - 1);
	if (strlen(name + len + 1) >= 16)
		return nm_fail(e, -EINVAL, "\"%s\": the port's name is longer than 15 bytes",
			       name);
	return (int)len;
}

static struct nm_vale *find_switch(struct os_ns *ns, const char *name, size_t len)
{
	struct nm_link *l;

	nm_list_each(l, &nm_switches) {
		struct nm_vale *sw = nm_entry(l, struct nm_vale, link);

		if (sw->ns == ns && strlen(sw->name) == len && !memcmp(sw->name, name, len))
			return sw;
	}
	return NULL;
}

static struct nm_vale *switch_at(struct os_ns *ns, uint32_t index)
{
	struct nm_link *l;

	nm_list_each(l, &nm_switches) {
		struct nm_vale *sw = nm_entry(l, struct nm_vale, link);

		if (sw->ns == ns && sw->index == index)
			return sw;
	}
	return NULL;
}

static struct nm_vale_port *find_port(struct nm_vale *sw, const char *name)
{
	uint32_t i;

	for (i = 0; i < NM_VALE_PORTS; i++) {
		if (sw->ports[i] && !strcmp(sw->ports[i]->plug, name))
			return sw->ports[i];
	}
	return NULL;
}

static uint32_t max_switches(void)
{
	int most = os_load_relaxed(&nm_params.max_bridges);

	return most < 1 ? 1 : most > 65535 ? 65535 : (uint32_t)most; /* nr_bridge_idx */
}

/* ---- switches ---------------------------------------------------------------------- */

static struct nm_vale *switch_new(struct os_ns *ns, const char *name, size_t len,
				  struct nm_error *e)
{
	uint32_t index, most = max_switches();
	struct nm_vale *sw;

	for (index = 0; index < most && switch_at(ns, index); index++)
		;
	if (index >= most) {
		nm_fail(e, -ENOMEM, "there are %u switches already (parameter max_bridges)",
			most);
		return NULL;
	}
	sw = os_zalloc(sizeof(*sw));
	if (!sw) {
		nm_fail(e, -ENOMEM, "no memory for a switch");
		return NULL;
	}
	sw->ns = ns;
	sw->index = index;
	memcpy(sw->name, name, len);
	nm_list_append(&nm_switches, &sw->link);
	return sw;
}

static void switch_put_if_empty(struct nm_vale *sw)
{
	if (sw->n_ports)
		return;
	nm_list_remove(&sw->link);
	os_free(sw);
}

/* Returns when every sync that was under way on the switch has ended. */
static void quiesce_senders(struct nm_adapter *na)
{
	uint32_t i;

	for (i = 0; na->krings[NM_TX] && i < na->rings[NM_TX]; i++)
		nm_kring_wait_idle(&na->krings[NM_TX][i]);
}

static void quiesce_switch(struct nm_vale *sw)
{
	uint32_t p;

	for (p = 0; p < NM_VALE_PORTS; p++) {
		if (sw->ports[p])
			quiesce_senders(&sw->ports[p]->na);
	}
}

static void attach(struct nm_vale *sw, struct nm_vale_port *vp, uint32_t index)
{
	vp->index = index;
	sw->n_ports++;
	os_store_release(&vp->sw, sw);
	os_store_release(&sw->ports[index], vp);
	os_store_release(&sw->used[index / 64], sw->used[index / 64] | 1ull << (index % 64));
}

void nm_vale_unplug(struct nm_vale_port *vp)
{
	struct nm_vale *sw = vp->sw;
	uint32_t i = vp->index;

	os_store_release(&sw->used[i / 64], sw->used[i / 64] & ~(1ull << (i % 64)));
	os_store_release(&sw->ports[i], NULL);
	os_store_release(&vp->sw, NULL); /* somebody may have it open: sends into nothing */
	quiesce_switch(sw);
	quiesce_senders(&vp->na);
	nm_fdb_flush(&sw->fdb, i); /* after the last sender that could learn it */
	sw->n_ports--;
	switch_put_if_empty(sw);
}

/* ---- ports ------------------------------------------------------------------------- */

static void free_scratch(struct nm_adapter *na)
{
	uint32_t i;

	for (i = 0; na->krings[NM_TX] && i < na->rings[NM_TX]; i++)
		os_free(na->krings[NM_TX][i].scratch);
	for (i = 0; na->krings[NM_RX] && i < na->rings[NM_RX]; i++)
		os_free(na->krings[NM_RX][i].lease_done);
}

static int make_scratch(struct nm_adapter *na)
{
	uint32_t i;

	for (i = 0; i < na->rings[NM_TX]; i++) {
		na->krings[NM_TX][i].scratch = nm_vale_scratch_new();
		if (!na->krings[NM_TX][i].scratch)
			return -ENOMEM;
	}
	for (i = 0; i < na->rings[NM_RX]; i++) {
		na->krings[NM_RX][i].lease_done =
			os_zalloc(na->slots[NM_RX] * sizeof(uint32_t));
		if (!na->krings[NM_RX][i].lease_done)
			return -ENOMEM;
	}
	return 0;
}

static int vale_activate(struct nm_adapter *na, struct nm_error *e)
{
	int err = nm_adapter_activate(na, e);

	if (err || na->bindings > 1)
		return err;
	if (make_scratch(na)) {
		free_scratch(na);
		nm_adapter_deactivate(na);
		return nm_fail(e, -ENOMEM, "no memory for the rings of %s", na->name);
	}
	nm_shown_begin(&nm_vale_port_of(na)->shown, na);
	os_store_release(&nm_vale_port_of(na)->rx, na->krings[NM_RX]);
	return 0;
}

static void vale_quiesce(struct nm_adapter *na)
{
	struct nm_vale_port *vp = nm_vale_port_of(na);

	if (vp->sw)
		quiesce_switch(vp->sw);
}

static void vale_deactivate(struct nm_adapter *na)
{
	if (na->bindings == 1) {
		os_store_release(&nm_vale_port_of(na)->rx, NULL);
		vale_quiesce(na);
		nm_shown_end(&nm_vale_port_of(na)->shown);
		free_scratch(na);
	}
	nm_adapter_deactivate(na);
}

static void vale_destroy(struct nm_adapter *na)
{
	struct nm_vale_port *vp = nm_vale_port_of(na);

	if (vp->sw)
		nm_vale_unplug(vp);
	if (vp->standalone)
		nm_list_remove(&vp->link);
	nm_shown_unmake(&vp->shown);
	nm_adapter_teardown(na);
	os_free(vp);
}

static const struct nm_adapter_ops nm_vale_ops = {
	.kind = "vale",
	.offsets = true,
	.tx_indirect = true,
	.tx_cuts = true,
	.txsync = nm_vale_txsync,
	.rxsync = nm_vale_rxsync,
	.activate = vale_activate,
	.deactivate = vale_deactivate,
	.quiesce = vale_quiesce,
	.destroy = vale_destroy,
};

static uint32_t wish(uint32_t value, uint32_t standard, uint32_t most)
{
	if (!value)
		return standard;
	return value > most ? most : value;
}

static struct nm_vale_port *port_new(const struct nm_lookup *how, const char *name)
{
	struct nm_lookup h = *how;
	struct nm_vale_port *vp;
	struct nm_mem *m;
	int d;

	for (d = 0; d < NM_DIRS; d++) {
		h.rings[d] = wish(how->rings[d], 1, how->any_shape ? ~0u : NM_VALE_MAX_RINGS);
		h.slots[d] = wish(how->slots[d], NM_VALE_SLOTS,
				  how->any_shape ? ~0u : NM_VALE_MAX_SLOTS);
	}
	m = nm_adapter_region(&h, name);
	if (!m)
		return NULL;
	vp = os_zalloc(sizeof(*vp));
	if (!vp) {
		nm_mem_put(m);
		nm_fail(how->err, -ENOMEM, "no memory for port %s", name);
		return NULL;
	}
	nm_adapter_setup(&vp->na, &nm_vale_ops, how->ns, m, name);
	nm_list_init(&vp->link);
	for (d = 0; d < NM_DIRS; d++) {
		vp->na.rings[d] = h.rings[d];
		vp->na.slots[d] = h.slots[d];
	}
	return vp;
}

/* A free place; two must be left after it, for a NIC and its host side. */
static int free_index(struct nm_vale *sw, struct nm_error *e)
{
	uint32_t i;

	if (sw->n_ports + 2 >= NM_VALE_PORTS)
		return nm_fail(e, -ENOMEM, "switch %s is full: %u ports", sw->name,
			       sw->n_ports);
	for (i = 0; sw->ports[i]; i++)
		;
	return (int)i;
}

static struct nm_vale *switch_for(struct os_ns *ns, const char *name, int len,
				  struct nm_error *e)
{
	struct nm_vale *sw = find_switch(ns, name, (size_t)len);

	return sw ? sw : switch_new(ns, name, (size_t)len, e);
}

int nm_vale_plug(struct nm_vale_port *vp, const char *name, int len, struct nm_error *e)
{
	struct nm_vale *sw = switch_for(vp->na.ns, name, len, e);
	int index;

	if (!sw)
		return -ENOMEM;
	index = free_index(sw, e);
	if (index < 0) {
		switch_put_if_empty(sw);
		return index;
	}
	os_snprintf(vp->plug, sizeof(vp->plug), "%s", name);
	attach(sw, vp, (uint32_t)index);
	return 0;
}

int nm_vale_plug_new(const struct nm_lookup *how, const char *name, int len,
		     struct nm_vale_port **out)
{
	struct nm_vale_port *vp = port_new(how, name);
	int err;

	if (!vp)
		return -ENOMEM; /* that the region exists was checked before */
	err = nm_vale_plug(vp, name, len, how->err);
	if (err)
		nm_adapter_put(&vp->na);
	else
		*out = vp;
	return err;
}

static int create_port(const struct nm_lookup *how, const char *name, int len,
		       struct nm_adapter **na)
{
	const char *part = name + len + 1;
	struct nm_vale_port *vp;
	int err;

	if (nm_vale_standalone(how->ns, part))
		return nm_fail(how->err, -EINVAL, "%s: port %s exists, attach it instead",
			       name, part);
	if (*part && os_netdev_exists(how->ns, part))
		return nm_fail(how->err, -EINVAL, "%s: interface %s exists, attach it instead",
			       name, part);
	err = nm_vale_plug_new(how, name, len, &vp);
	if (!err)
		*na = &vp->na;
	return err;
}

struct nm_vale_port *nm_vale_plugged(struct os_ns *ns, const char *name)
{
	int len = nm_vale_parse(name, NULL);
	struct nm_vale *sw = len < 0 ? NULL : find_switch(ns, name, (size_t)len);

	return sw ? find_port(sw, name) : NULL;
}

int nm_vale_find(const struct nm_lookup *how, const char *name, struct nm_adapter **na)
{
	struct nm_vale_port *vp = NULL;
	struct nm_vale *sw;
	int len = nm_vale_parse(name, how->err);

	if (len < 0)
		return how->create ? len : -ENXIO;
	sw = find_switch(how->ns, name, (size_t)len);
	if (sw)
		vp = find_port(sw, name);
	if (vp) {
		*na = nm_adapter_get(&vp->na);
		return 0;
	}
	if (!how->create)
		return nm_fail(how->err, -ENXIO, "there is no switch port %s", name);
	return create_port(how, name, len, na);
}

struct nm_vale_port *nm_vale_standalone(struct os_ns *ns, const char *name)
{
	struct nm_link *l;

	nm_list_each(l, &nm_standalone) {
		struct nm_vale_port *vp = nm_entry(l, struct nm_vale_port, link);

		if (vp->na.ns == ns && !strcmp(vp->na.name, name))
			return vp;
	}
	return NULL;
}

bool nm_vale_find_standalone(struct os_ns *ns, const char *name, struct nm_adapter **na)
{
	struct nm_vale_port *vp = nm_vale_standalone(ns, name);

	if (vp)
		*na = nm_adapter_get(&vp->na);
	return vp;
}

int nm_vale_new_standalone(const struct nm_lookup *how, const char *name,
			   struct nm_adapter **na)
{
	struct nm_vale_port *vp;
	int err;

	if (strlen(name) >= 16)
		return nm_fail(how->err, -ENXIO,
			       "no port called \"%s\", and none can be made: names have 15 bytes",
			       name);
	vp = port_new(how, name);
	if (!vp)
		return how->mem_id ? -EINVAL : -ENOMEM;
	vp->standalone = true;
	nm_list_append(&nm_standalone, &vp->link);
	err = nm_shown_make(&vp->shown, &vp->na);
	if (err) {
		nm_adapter_put(&vp->na);
		return nm_fail(how->err, err, "no interface can be called \"%s\"", name);
	}
	*na = &vp->na;
	return 0;
}

/* One that is there because somebody asked for it once, and not for as long as
 * somebody has it open: attached, or persistent. NULL: none (of `ns`). */
struct nm_vale_port *nm_vale_first_left_by_request(struct os_ns *ns)
{
	struct nm_link *l;
	uint32_t i;

	nm_list_each(l, &nm_standalone) {
		struct nm_vale_port *vp = nm_entry(l, struct nm_vale_port, link);

		if (vp->persistent && (!ns || vp->na.ns == ns))
			return vp;
	}
	nm_list_each(l, &nm_switches) {
		struct nm_vale *sw = nm_entry(l, struct nm_vale, link);

		for (i = 0; (!ns || sw->ns == ns) && i < NM_VALE_PORTS; i++) {
			if (sw->ports[i] && sw->ports[i]->wrap)
				return sw->ports[i];
		}
	}
	return NULL;
}

/* ---- requests ---------------------------------------------------------------------- */

#define NM_VALE_NO_PORT 255u

static int list_one(struct os_ns *ns, const char *name, struct nmreq_vale_list *req,
		    struct nm_error *e)
{
	struct nm_vale_port *vp;
	struct nm_vale *sw;
	int len;

	if (strncmp(name, NM_BDG_NAME, strlen(NM_BDG_NAME)))
		return nm_fail(e, -EINVAL, "\"%s\" is not the name of a switch port", name);
	len = nm_vale_parse(name, e);
	sw = len < 0 ? NULL : find_switch(ns, name, (size_t)len);
	if (!sw)
		return nm_fail(e, -ENOENT, "there is no such switch: %s", name);
	vp = find_port(sw, name);
	req->nr_bridge_idx = (uint16_t)sw->index;
	req->nr_port_idx = vp ? vp->index : NM_VALE_NO_PORT;
	return 0;
}

int nm_vale_list(struct os_ns *ns, char *name, struct nmreq_vale_list *req,
		 struct nm_error *e)
{
	uint32_t s = req->nr_bridge_idx, p = req->nr_port_idx;

	if (*name)
		return list_one(ns, name, req, e);
	for (; s < max_switches(); s++, p = 0) {
		struct nm_vale *sw = switch_at(ns, s);

		for (; sw && p < NM_VALE_PORTS; p++) {
			if (!sw->ports[p])
				continue;
			req->nr_bridge_idx = (uint16_t)s;
			req->nr_port_idx = p;
			os_snprintf(name, NETMAP_REQ_IFNAMSIZ, "%s", sw->ports[p]->plug);
			return 0;
		}
	}
	return nm_fail(e, -ENOENT, "no more switch ports");
}

int nm_vale_set_header(struct os_ns *ns, const char *name, uint32_t len,
		       struct nm_error *e)
{
	struct nm_lookup how = { .ns = ns, .err = e };
	struct nm_adapter *na;

	if (len != 0 && len != 10 && len != 12)
		return nm_fail(e, -EINVAL, "a virtio-net header has 0, 10 or 12 bytes, not %u",
			       len);
	if (!nm_vale_name(name) || nm_pipe_name(name))
		return nm_fail(e, -ENXIO, "\"%s\" is not the name of a switch port", name);
	if (nm_vale_find(&how, name, &na))
		return -ENXIO;
	os_store_relaxed(&na->vnet_hdr_len, len);
	nm_adapter_put(na);
	return 0;
}
