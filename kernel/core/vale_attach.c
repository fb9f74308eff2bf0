// SPDX-License-Identifier: BSD-2-Clause
/*
 * Requests about ports of switches that outlive descriptors: attaching and
 * detaching, persistent ports, polling.
 */
#include "bwrap.h"
#include "vale.h"

/* "vale<switch>:<port>": length of the switch's name, or a negative errno. */
static int plug_name(const char *name, struct nm_error *e)
{
	if (!nm_vale_name(name))
		return nm_fail(e, -EINVAL, "\"%s\" names no switch port (vale<switch>:<interface>)",
			       name);
	return nm_vale_parse(name, e);
}

/* Interfaces that went away while they were attached leave their place. */
static void sweep(struct os_ns *ns, const char *name)
{
	struct nm_vale_port *vp = nm_vale_plugged(ns, name);

	if (vp && vp->wrap && nm_bwrap_gone(vp->wrap))
		nm_bwrap_free(vp->wrap);
}

/* ---- attaching ------------------------------------------------------------------------ */

static int attach_port(struct nm_vale_port *vp, const char *name, int len, struct nm_error *e)
{
	int err;

	if (vp->sw)
		return nm_fail(e, -EBUSY, "%s is attached already, as %s", vp->na.name, vp->plug);
	if (vp->na.bindings)
		return nm_fail(e, -EBUSY, "%s is open: attach it before it is opened",
			       vp->na.name);
	err = nm_vale_plug(vp, name, len, e);
	if (!err)
		nm_adapter_get(&vp->na); /* put when it is detached */
	return err;
}

static int attach_interface(struct os_ns *ns, const char *name, int len,
			    const struct nmreq_register *reg, struct nm_error *e,
			    uint32_t *index)
{
	struct nm_lookup how = { .ns = ns, .create = true, .mem_id = reg->nr_mem_id,
				 .host_rings = { [NM_TX] = reg->nr_host_tx_rings,
						 [NM_RX] = reg->nr_host_rx_rings },
				 .err = e };
	struct nm_adapter *na;
	int err;

	if (reg->nr_ringid)
		return nm_fail(e, -EINVAL, "an interface is attached with all its rings: "
			       "nr_ringid is 0, not %u", reg->nr_ringid);
	if (reg->nr_mode != NR_REG_ALL_NIC && reg->nr_mode != NR_REG_NIC_SW)
		return nm_fail(e, -EINVAL, "nr_mode %u: an interface is attached with its NIC "
			       "rings, or with NIC and host rings", reg->nr_mode);
	err = nm_netdev_find(&how, name + len + 1, &na);
	if (err)
		return err == -ENXIO ? -EINVAL : err;
	if (na->bindings || na->n_pipes) {
		err = nm_fail(e, -EBUSY, "%s is %s", na->name,
			      na->in_kernel ? "attached to a switch already" : "open");
		nm_adapter_put(na);
		return err;
	}
	return nm_bwrap_new(nm_netdev_of(na), name, len, reg->nr_mode == NR_REG_NIC_SW, e,
			    index);
}

int nm_vale_attach(struct os_ns *ns, const char *name, struct nmreq_vale_attach *req,
		   struct nm_error *e)
{
	int err = nm_mem_check(req->reg.nr_mem_id, e), len = err ? err : plug_name(name, e);
	struct nm_vale_port *vp;

	if (len < 0)
		return len;
	sweep(ns, name);
	if (nm_vale_plugged(ns, name))
		return nm_fail(e, -EBUSY, "there is a port %s already", name);
	vp = nm_vale_standalone(ns, name + len + 1);
	if (!vp)
		return attach_interface(ns, name, len, &req->reg, e, &req->port_index);
	err = attach_port(vp, name, len, e);
	req->port_index = vp->index;
	return err;
}

int nm_vale_detach(struct os_ns *ns, const char *name, struct nmreq_vale_detach *req,
		   struct nm_error *e)
{
	int len = plug_name(name, e);
	struct nm_vale_port *vp = len < 0 ? NULL : nm_vale_plugged(ns, name);

	if (len < 0 && !nm_vale_name(name))
		return len;
	if (!vp)
		return nm_fail(e, -ENXIO, "there is no switch port %s", name);
	req->port_index = vp->index;
	if (vp->wrap && nm_bwrap_polling(vp->wrap))
		return nm_fail(e, -EBUSY, "%s is being polled (disable that first)", name);
	if (vp->wrap) {
		nm_bwrap_free(vp->wrap);
		return 0;
	}
	if (!vp->standalone)
		return nm_fail(e, -EBUSY,
			       vp->na.in_kernel ? "%s goes with the interface it belongs to" :
						  "%s goes with the last one who has it open",
			       name);
	nm_vale_unplug(vp);
	nm_adapter_put(&vp->na); /* of attach_port() */
	return 0;
}

/* ---- persistent ports ------------------------------------------------------------------- */

int nm_vale_newif(struct os_ns *ns, const char *name, struct nmreq_vale_newif *req,
		  struct nm_error *e)
{
	struct nm_lookup how = { .ns = ns, .create = true, .mem_id = req->nr_mem_id,
				 .rings = { [NM_TX] = req->nr_tx_rings,
					    [NM_RX] = req->nr_rx_rings },
				 .slots = { [NM_TX] = req->nr_tx_slots,
					    [NM_RX] = req->nr_rx_slots },
				 .err = e };
	struct nm_adapter *na;
	int err;

	if (!strncmp(name, NM_BDG_NAME, strlen(NM_BDG_NAME)))
		return nm_fail(e, -EINVAL, "\"%s\": names that begin with vale are those of "
			       "switches; attach the new port to one", name);
	if (!*name || strlen(name) >= 16)
		return nm_fail(e, -EINVAL, "\"%s\": an interface's name has 1 to 15 bytes", name);
	err = nm_mem_check(req->nr_mem_id, e);
	if (err)
		return err;
	if (nm_vale_standalone(ns, name) || os_netdev_exists(ns, name))
		return nm_fail(e, -EEXIST, "there is an interface %s already", name);
	err = nm_vale_new_standalone(&how, name, &na);
	if (err)
		return err;
	nm_vale_port_of(na)->persistent = true; /* keeps the reference */
	req->nr_tx_rings = (uint16_t)na->rings[NM_TX];
	req->nr_rx_rings = (uint16_t)na->rings[NM_RX];
	req->nr_tx_slots = na->slots[NM_TX];
	req->nr_rx_slots = na->slots[NM_RX];
	req->nr_mem_id = na->mem->id;
	return 0;
}

int nm_vale_delif(struct os_ns *ns, const char *name, struct nm_error *e)
{
	struct nm_vale_port *vp = nm_vale_standalone(ns, name);

	if (!vp && !os_netdev_exists(ns, name))
		return nm_fail(e, -ENXIO, "there is no interface %s", name);
	if (!vp || !vp->persistent)
		return nm_fail(e, -EINVAL, "%s was not made by NEWIF", name);
	if (vp->sw)
		return nm_fail(e, -EBUSY, "%s is attached, as %s (detach it first)", name,
			       vp->plug);
	if (vp->na.refs > 1)
		return nm_fail(e, -EBUSY, "%s is open, or has pipes", name);
	nm_adapter_put(&vp->na);
	return 0;
}

/* ---- polling ------------------------------------------------------------------------------ */

int nm_vale_polling(struct os_ns *ns, const char *name, const struct nmreq_vale_polling *req,
		    bool on, struct nm_error *e)
{
	struct nm_vale_port *vp;

	if (!nm_vale_name(name))
		return nm_fail(e, -EINVAL, "\"%s\" names no switch port", name);
	vp = nm_vale_plugged(ns, name);
	if (!vp)
		return nm_fail(e, -ENXIO, "there is no switch port %s", name);
	if (!vp->wrap)
		return nm_fail(e, -EOPNOTSUPP, "%s is no interface: only those can be polled",
			       name);
	if (on)
		return nm_bwrap_poll_start(vp->wrap, req, e);
	if (!nm_bwrap_polling(vp->wrap))
		return nm_fail(e, -EFAULT, "%s is not being polled", name);
	nm_bwrap_poll_stop(vp->wrap);
	return 0;
}

/* ---- the end -------------------------------------------------------------------------------- */

void nm_vale_clear(struct os_ns *ns)
{
	struct nm_vale_port *vp;

	while ((vp = nm_vale_first_left_by_request(ns))) {
		if (vp->wrap) {
			nm_bwrap_free(vp->wrap);
			continue;
		}
		if (vp->sw) {
			nm_vale_unplug(vp);
			nm_adapter_put(&vp->na);
		}
		vp->persistent = false;
		nm_adapter_put(&vp->na);
	}
}
