// SPDX-License-Identifier: BSD-2-Clause
/*
 * Old ioctls.  The argument is copied in once and out once; in between it is a
 * new request, and what answers that one answers this one.  What the
 * translation does not name is returned as given.
 */
#include "legacy.h"
#include "control.h"

#include <net/netmap_legacy.h>

#define NAME_LEN sizeof(((struct nmreq *)0)->nr_name)

struct nm_old_request {
	struct nmreq old;
	uint64_t arg; /* where `old` came from */
	struct nmreq_header hdr;
	union {
		struct nmreq_register reg;
		struct nmreq_port_info_get info;
		struct nmreq_vale_attach attach;
		struct nmreq_vale_detach detach;
		struct nmreq_vale_list list;
		struct nmreq_port_hdr port_hdr;
		struct nmreq_vale_newif newif;
		struct nmreq_vale_polling polling;
	} body;
};

/* ---- into the new request ---------------------------------------------------------- */

/* Pipes had a mode, and numbers; now they have names. */
static void pipe_name(struct nm_old_request *r, char brace)
{
	size_t len = strlen(r->hdr.nr_name);

	os_snprintf(r->hdr.nr_name + len, sizeof(r->hdr.nr_name) - len, "%c%u", brace,
		    r->old.nr_ringid & NETMAP_RING_MASK);
}

static void register_in(struct nm_old_request *r, struct nmreq_register *reg)
{
	const struct nmreq *old = &r->old;

	reg->nr_tx_slots = old->nr_tx_slots;
	reg->nr_rx_slots = old->nr_rx_slots;
	reg->nr_tx_rings = old->nr_tx_rings;
	reg->nr_rx_rings = old->nr_rx_rings;
	reg->nr_mem_id = old->nr_arg2;
	reg->nr_extra_bufs = old->nr_arg3;
	reg->nr_ringid = old->nr_ringid & NETMAP_RING_MASK;
	reg->nr_mode = old->nr_flags & NR_REG_MASK;
	reg->nr_flags = old->nr_flags & ~(uint32_t)NR_REG_MASK;
	if (old->nr_ringid & NETMAP_NO_TX_POLL)
		reg->nr_flags |= NR_NO_TX_POLL;
	if (old->nr_ringid & NETMAP_DO_RX_POLL)
		reg->nr_flags |= NR_DO_RX_POLL;
	if (reg->nr_mode == NR_REG_DEFAULT)
		reg->nr_mode = old->nr_ringid & NETMAP_SW_RING ? NR_REG_SW :
			       old->nr_ringid & NETMAP_HW_RING ? NR_REG_ONE_NIC :
								 NR_REG_ALL_NIC;
}

static void bind_in(struct nm_old_request *r)
{
	struct nmreq_register *reg = &r->body.reg;

	register_in(r, reg);
	if (reg->nr_mode != NR_REG_PIPE_MASTER && reg->nr_mode != NR_REG_PIPE_SLAVE)
		return;
	pipe_name(r, reg->nr_mode == NR_REG_PIPE_MASTER ? '{' : '}');
	reg->nr_mode = NR_REG_ALL_NIC;
	reg->nr_ringid = 0;
}

static void attach_in(struct nm_old_request *r)
{
	register_in(r, &r->body.attach.reg);
	r->body.attach.reg.nr_mode = r->old.nr_arg1 & NETMAP_BDG_HOST ? NR_REG_NIC_SW :
									 NR_REG_ALL_NIC;
}

static void newif_in(struct nm_old_request *r)
{
	struct nmreq_vale_newif *newif = &r->body.newif;

	newif->nr_tx_slots = r->old.nr_tx_slots;
	newif->nr_rx_slots = r->old.nr_rx_slots;
	newif->nr_tx_rings = r->old.nr_tx_rings;
	newif->nr_rx_rings = r->old.nr_rx_rings;
	newif->nr_mem_id = r->old.nr_arg2;
}

static int polling_in(struct nm_old_request *r)
{
	struct nmreq_vale_polling *polling = &r->body.polling;

	switch (r->old.nr_flags & NR_REG_MASK) {
	case NR_REG_ONE_NIC:
		polling->nr_mode = NETMAP_POLLING_MODE_MULTI_CPU;
		break;
	case NR_REG_ALL_NIC:
		polling->nr_mode = NETMAP_POLLING_MODE_SINGLE_CPU;
		break;
	default:
		return -EINVAL;
	}
	polling->nr_first_cpu_id = r->old.nr_ringid & NETMAP_RING_MASK;
	polling->nr_num_polling_cpus = r->old.nr_arg1;
	return 0;
}

static void info_in(struct nm_old_request *r)
{
	struct nmreq_port_info_get *info = &r->body.info;

	info->nr_tx_slots = r->old.nr_tx_slots;
	info->nr_rx_slots = r->old.nr_rx_slots;
	info->nr_tx_rings = r->old.nr_tx_rings;
	info->nr_rx_rings = r->old.nr_rx_rings;
	info->nr_mem_id = r->old.nr_arg2;
}

/* What NIOCREGIF asks for. 0, or the errno that is the answer. */
static int regif_in(struct nm_old_request *r)
{
	switch (r->old.nr_cmd) {
	case 0:
		r->hdr.nr_reqtype = NETMAP_REQ_REGISTER;
		bind_in(r);
		return 0;
	case NETMAP_BDG_ATTACH:
		r->hdr.nr_reqtype = NETMAP_REQ_VALE_ATTACH;
		attach_in(r);
		return 0;
	case NETMAP_BDG_DETACH:
		r->hdr.nr_reqtype = NETMAP_REQ_VALE_DETACH;
		return 0;
	case NETMAP_BDG_VNET_HDR:
		r->hdr.nr_reqtype = NETMAP_REQ_PORT_HDR_SET;
		r->body.port_hdr.nr_hdr_len = r->old.nr_arg1;
		return 0;
	case NETMAP_VNET_HDR_GET:
		r->hdr.nr_reqtype = NETMAP_REQ_PORT_HDR_GET;
		return 0;
	case NETMAP_BDG_NEWIF:
		r->hdr.nr_reqtype = NETMAP_REQ_VALE_NEWIF;
		newif_in(r);
		return 0;
	case NETMAP_BDG_DELIF:
		r->hdr.nr_reqtype = NETMAP_REQ_VALE_DELIF;
		return 0;
	case NETMAP_BDG_POLLING_ON:
		r->hdr.nr_reqtype = NETMAP_REQ_VALE_POLLING_ENABLE;
		return polling_in(r);
	case NETMAP_BDG_POLLING_OFF:
		r->hdr.nr_reqtype = NETMAP_REQ_VALE_POLLING_DISABLE;
		return polling_in(r);
	case NETMAP_PT_HOST_CREATE:
	case NETMAP_PT_HOST_DELETE:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

/* What NIOCGINFO asks for: one command has a meaning, others have none. */
static void ginfo_in(struct nm_old_request *r)
{
	if (r->old.nr_cmd == NETMAP_BDG_LIST) {
		r->hdr.nr_reqtype = NETMAP_REQ_VALE_LIST;
		r->body.list.nr_bridge_idx = r->old.nr_arg1;
		r->body.list.nr_port_idx = r->old.nr_arg2;
		return;
	}
	r->hdr.nr_reqtype = NETMAP_REQ_PORT_INFO_GET;
	info_in(r);
}

/* ---- and back ---------------------------------------------------------------------- */

static void sizes_out(struct nmreq *old, const uint32_t *slots, const uint16_t *rings)
{
	old->nr_tx_slots = slots[0];
	old->nr_rx_slots = slots[1];
	old->nr_tx_rings = rings[0];
	old->nr_rx_rings = rings[1];
}

/* Offsets and sizes had 32 bits. */
static void reply_out(struct nm_old_request *r)
{
	struct nmreq *old = &r->old;

	switch (r->hdr.nr_reqtype) {
	case NETMAP_REQ_REGISTER:
		old->nr_offset = (uint32_t)r->body.reg.nr_offset;
		old->nr_memsize = (uint32_t)r->body.reg.nr_memsize;
		sizes_out(old, (uint32_t[]){ r->body.reg.nr_tx_slots, r->body.reg.nr_rx_slots },
			  (uint16_t[]){ r->body.reg.nr_tx_rings, r->body.reg.nr_rx_rings });
		old->nr_arg2 = r->body.reg.nr_mem_id;
		old->nr_arg3 = r->body.reg.nr_extra_bufs;
		break;
	case NETMAP_REQ_PORT_INFO_GET:
		old->nr_memsize = (uint32_t)r->body.info.nr_memsize;
		sizes_out(old, (uint32_t[]){ r->body.info.nr_tx_slots, r->body.info.nr_rx_slots },
			  (uint16_t[]){ r->body.info.nr_tx_rings, r->body.info.nr_rx_rings });
		old->nr_arg2 = r->body.info.nr_mem_id;
		break;
	case NETMAP_REQ_VALE_NEWIF:
		sizes_out(old,
			  (uint32_t[]){ r->body.newif.nr_tx_slots, r->body.newif.nr_rx_slots },
			  (uint16_t[]){ r->body.newif.nr_tx_rings, r->body.newif.nr_rx_rings });
		old->nr_arg2 = r->body.newif.nr_mem_id;
		break;
	case NETMAP_REQ_PORT_HDR_SET:
	case NETMAP_REQ_PORT_HDR_GET:
		old->nr_arg1 = (uint16_t)r->body.port_hdr.nr_hdr_len;
		break;
	case NETMAP_REQ_VALE_LIST:
		memcpy(old->nr_name, r->hdr.nr_name, NAME_LEN - 1);
		old->nr_arg1 = r->body.list.nr_bridge_idx;
		old->nr_arg2 = (uint16_t)r->body.list.nr_port_idx;
		break;
	}
}

static int deliver(void *arg)
{
	struct nm_old_request *r = arg;

	reply_out(r);
	return os_copyout(r->arg, &r->old, sizeof(r->old));
}

/* ---- the ioctls -------------------------------------------------------------------- */

static int old_request(struct nm_binding *b, struct nm_old_request *r, bool regif)
{
	int err = 0;

	r->old.nr_name[NAME_LEN - 1] = 0;
	r->hdr.nr_version = NETMAP_API;
	memcpy(r->hdr.nr_name, r->old.nr_name, NAME_LEN);
	if (r->old.nr_version < NETMAP_MIN_API)
		err = -EINVAL;
	else if (regif)
		err = regif_in(r);
	else
		ginfo_in(r);
	if (!err)
		err = nm_control_inner(b, &r->hdr, &r->body, deliver, r);
	/* of an error the application sees the name, ended where we ended it */
	if (err && os_copyout(r->arg, r->old.nr_name, NAME_LEN))
		err = -EFAULT;
	return err;
}

static int regif_or_ginfo(struct nm_binding *b, bool regif, uint64_t arg)
{
	struct nm_old_request *r = os_zalloc(sizeof(*r));
	int err = -EFAULT;

	if (!r)
		return -ENOMEM;
	r->arg = arg;
	if (!os_copyin(&r->old, arg, sizeof(r->old)))
		err = old_request(b, r, regif);
	os_free(r);
	return err;
}

/* For a switch whose owner is another kernel module: there are none. */
static int config(uint64_t arg)
{
	struct nm_ifreq ignored;

	return os_copyin(&ignored, arg, sizeof(ignored)) ? -EFAULT : -EINVAL;
}

int nm_legacy(struct nm_binding *b, unsigned int cmd, uint64_t arg)
{
	if (cmd != NIOCREGIF && cmd != NIOCGINFO && cmd != NIOCCONFIG)
		return -EOPNOTSUPP;
	if (!arg)
		return -EINVAL;
	if (cmd == NIOCCONFIG)
		return config(arg);
	return regif_or_ginfo(b, cmd == NIOCREGIF, arg);
}
