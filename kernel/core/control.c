// SPDX-License-Identifier: BSD-2-Clause
/*
 * NIOCCTRL.  A request is copied in once, checked, carried out under the
 * control lock, and copied out; its memory is never read twice.
 */
#include "control.h"
#include "extmem.h"
#include "kloop.h"
#include "legacy.h"
#include "monitor.h"
#include "netdev.h"
#include "netmap_core.h"
#include "null.h"
#include "option.h"
#include "pipe.h"
#include "stats.h"
#include "vale.h"

struct nm_request {
	struct nmreq_header hdr;
	struct nm_error err;
	struct nm_options options;
	struct nm_extmem extmem;
	union {
		uint8_t bytes[256];
		struct nmreq_register reg;
		struct nmreq_port_info_get info;
		struct nmreq_pools_info pools;
		struct nmreq_vale_list list;
		struct nmreq_vale_attach attach;
		struct nmreq_vale_detach detach;
		struct nmreq_vale_newif newif;
		struct nmreq_vale_polling polling;
		struct nmreq_port_hdr port_hdr;
		struct nmreq_stats_get stats;
		struct nmreq_sync_kloop_start kloop;
	} body;
};

static struct os_mutex nm_lock;

void nm_control_lock(void)
{
	os_mutex_lock(&nm_lock);
}

int nm_control_lock_killable(void)
{
	return os_mutex_lock_killable(&nm_lock);
}

void nm_control_unlock(void)
{
	os_mutex_unlock(&nm_lock);
}

/* ---- REGISTER ---------------------------------------------------------------------- */

static void wishes_of(struct nm_lookup *how, uint32_t tx_rings, uint32_t rx_rings,
		      uint32_t tx_slots, uint32_t rx_slots)
{
	how->rings[NM_TX] = tx_rings;
	how->rings[NM_RX] = rx_rings;
	how->slots[NM_TX] = tx_slots;
	how->slots[NM_RX] = rx_slots;
}

static int find_in_region(struct nm_binding *b, struct nm_request *r, uint32_t mem_id,
			  struct nm_adapter **na)
{
	struct nmreq_register *reg = &r->body.reg;
	struct nm_lookup how = { .ns = b->ns, .create = true, .make_parent = true,
				 .to_bind = true, .mem_id = mem_id,
				 .extra_bufs = reg->nr_extra_bufs, .err = &r->err };
	int err = nm_mem_check(mem_id, &r->err);

	if (err)
		return err;
	wishes_of(&how, reg->nr_tx_rings, reg->nr_rx_rings, reg->nr_tx_slots,
		  reg->nr_rx_slots);
	how.host_rings[NM_TX] = reg->nr_host_tx_rings;
	how.host_rings[NM_RX] = reg->nr_host_rx_rings;
	how.native_only = reg->nr_flags & NR_NATIVE_ONLY;
	how.emulated_only = reg->nr_flags & NR_EMULATED_ONLY;
	how.offloads = reg->nr_flags & NR_OFFLOADS;
	if (reg->nr_mode == NR_REG_NULL)
		return nm_null_new(&how, r->hdr.nr_name, na);
	if (reg->nr_mode == NR_REG_DEFAULT || reg->nr_mode > NR_REG_ONE_SW ||
	    reg->nr_mode == NR_REG_PIPE_MASTER || reg->nr_mode == NR_REG_PIPE_SLAVE)
		return nm_fail(&r->err, -EINVAL, "nr_mode %u names no way to bind a port",
			       reg->nr_mode);
	if (reg->nr_flags & NR_ZCOPY_MON) /* shown in the reply */
		reg->nr_flags |= NR_MONITOR_TX | NR_MONITOR_RX;
	if (reg->nr_flags & NM_MONITOR_FLAGS)
		return nm_monitor_new(&how, r->hdr.nr_name, reg->nr_flags, na);
	return nm_adapter_find(&how, r->hdr.nr_name, na);
}

/*
 * Who maps a region sees the packets of all who live in it.  In that of the
 * machine's interfaces live all of them; and a region's number names it in every
 * namespace, so strangers to the machine may have those only that they made.
 */
static int check_region(const struct nm_binding *b, const struct nm_adapter *na,
			struct nm_error *e)
{
	if (na->mem->id != NM_MEM_GLOBAL) {
		if (os_ns_trusted(b->ns) || na->mem->maker == b->ns)
			return 0;
		return nm_fail(e, -EPERM, "%s lives in region %u, which belongs to another "
			       "network namespace", na->name, na->mem->id);
	}
	if (os_net_admin(NULL))
		return 0;
	return nm_fail(e, -EPERM, "%s lives in region %u, where the packets of the machine's "
		       "interfaces are: that needs CAP_NET_ADMIN", na->name, NM_MEM_GLOBAL);
}

static int find_port_to_bind(struct nm_binding *b, struct nm_request *r,
			     struct nm_adapter **na)
{
	uint32_t mem_id = r->body.reg.nr_mem_id;
	struct nm_mem *external;
	int err = nm_extmem_mem(&r->extmem, mem_id, &external, &r->err);

	if (err)
		return err;
	if (external && !external->maker)
		external->maker = b->ns;
	err = find_in_region(b, r, external ? external->id : mem_id, na);
	if (!external)
		return err;
	if (!err && (*na)->mem != external) {
		err = nm_extmem_fail(&r->extmem, -EBUSY, &r->err,
				     "%s lives in region %u already, not in the external memory",
				     (*na)->name, (*na)->mem->id);
		nm_adapter_put(*na);
	}
	nm_mem_put(external);
	return err;
}

static void register_reply(const struct nm_binding *b, struct nmreq_register *reg)
{
	const struct nm_adapter *na = b->held;

	reg->nr_offset = b->nif_offset;
	reg->nr_memsize = na->mem->bytes;
	reg->nr_tx_slots = na->slots[NM_TX];
	reg->nr_rx_slots = na->slots[NM_RX];
	reg->nr_tx_rings = (uint16_t)na->rings[NM_TX];
	reg->nr_rx_rings = (uint16_t)na->rings[NM_RX];
	reg->nr_host_tx_rings = (uint16_t)na->host_rings[NM_TX];
	reg->nr_host_rx_rings = (uint16_t)na->host_rings[NM_RX];
	reg->nr_mem_id = na->mem->id;
	reg->nr_extra_bufs = b->extra.count;
}

/* What the OFFSETS option asks for, whatever the port. */
static int parse_offsets(const struct nmreq_opt_offsets *opt, struct nm_offsets *o,
			 struct nm_error *e)
{
	unsigned long long max = opt->nro_max_offset, initial = opt->nro_initial_offset;
	uint32_t bits = opt->nro_offset_bits;

	if (bits > 64)
		return nm_fail(e, -EINVAL, "nro_offset_bits is %u: a slot has 64 (0 is all)",
			       bits);
	o->mask = bits && bits < 64 ? (1ull << bits) - 1 : ~0ull;
	if (max & ~o->mask)
		return nm_fail(e, -EINVAL, "nro_max_offset, %llu, needs more than %u bits",
			       max, bits);
	if (max >> 32)
		return nm_fail(e, -EINVAL, "nro_max_offset, %llu, is beyond any buffer", max);
	if (initial > max)
		return nm_fail(e, -EINVAL, "nro_initial_offset, %llu, is more than %llu, "
			       "the nro_max_offset", initial, max);
	o->max = (uint32_t)max;
	o->initial = (uint32_t)initial;
	o->gap = opt->nro_min_gap >> 32 ? 0 : (uint32_t)opt->nro_min_gap;
	return 0;
}

/* The option's body lies behind its header, which was not kept. */
static int read_offsets(struct nm_request *r, struct nm_option *item, struct nm_offsets *o)
{
	struct nmreq_opt_offsets opt = { 0 };

	memcpy((char *)&opt + sizeof(opt.nro_opt), &r->options.bytes[item->body],
	       item->body_len);
	item->heard = true;
	return o->err = parse_offsets(&opt, o, &r->err);
}

static void answer_offsets(struct nm_request *r, struct nm_option *item,
			   const struct nm_offsets *o)
{
	uint32_t at = __builtin_offsetof(struct nmreq_opt_offsets, nro_max_offset) -
		      sizeof(struct nmreq_option);
	uint64_t max = o->max;

	memcpy(&r->options.bytes[item->body + at], &max, sizeof(max));
	item->reply = true;
}

static int do_register(struct nm_binding *b, struct nm_request *r)
{
	struct nmreq_register *reg = &r->body.reg;
	struct nm_binding_wish wish = { reg->nr_mode, reg->nr_ringid, reg->nr_extra_bufs,
					reg->nr_flags, NULL };
	struct nm_option *item = nm_options_find(&r->options, NETMAP_REQ_OPT_OFFSETS);
	struct nm_offsets offsets = { 0 };
	struct nm_adapter *na;
	int err;

	if (b->held)
		return nm_fail(&r->err, -EBUSY, "this descriptor is bound to %s already",
			       b->held->name);
	err = find_port_to_bind(b, r, &na);
	if (err)
		return err;
	err = na->in_kernel ? nm_fail(&r->err, -EBUSY, "%s is attached to a switch", na->name) :
			      check_region(b, na, &r->err);
	if (err) {
		nm_adapter_put(na);
		return err;
	}
	if (na->vnet_hdr_len && !(reg->nr_flags & (NR_ACCEPT_VNET_HDR | NR_OFFLOADS)))
		err = nm_fail(&r->err, -EIO,
			      "packets of %s begin with a virtio-net header of %u bytes "
			      "(say NR_ACCEPT_VNET_HDR)", na->name, na->vnet_hdr_len);
	if (!err && item) {
		wish.offsets = &offsets;
		err = read_offsets(r, item, &offsets);
	}
	if (err)
		nm_adapter_put(na);
	else
		err = nm_binding_prepare(b, na, &wish, &r->err);
	if (item)
		item->status = (uint32_t)-offsets.err;
	if (err)
		return err;
	if (item)
		answer_offsets(r, item, &offsets);
	register_reply(b, reg);
	return 0;
}

/* The rest of it, without the control lock; a failure leads to undo. */
static int register_options(struct nm_binding *b, struct nm_request *r)
{
	int err = nm_csb_option(b, &r->options, &r->err);

	if (err)
		return err;
	if (nm_options_refuse_unknown(&r->options))
		return nm_fail(&r->err, -EOPNOTSUPP,
			       "an option of the request is not supported (see nro_status)");
	return 0;
}

/* ---- information ------------------------------------------------------------------- */

static int region_info(struct nm_request *r)
{
	struct nmreq_port_info_get *info = &r->body.info;
	uint16_t id = info->nr_mem_id ? info->nr_mem_id : 1;
	struct nm_mem *m = nm_mem_find(id);
	int err;

	if (!m)
		return nm_fail(&r->err, -EINVAL, "there is no memory region %u", id);
	err = nm_mem_layout(m, &r->err);
	info->nr_memsize = m->bytes;
	info->nr_mem_id = m->id;
	nm_mem_put(m);
	return err;
}

static int do_port_info(struct nm_binding *b, struct nm_request *r)
{
	struct nmreq_port_info_get *info = &r->body.info;
	struct nm_lookup how = { .ns = b->ns, .create = true, .mem_id = info->nr_mem_id,
				 .err = &r->err };
	struct nm_adapter *na;
	int err;

	if (!r->hdr.nr_name[0])
		return region_info(r);
	wishes_of(&how, info->nr_tx_rings, info->nr_rx_rings, info->nr_tx_slots,
		  info->nr_rx_slots);
	err = nm_mem_check(info->nr_mem_id, &r->err);
	if (!err)
		err = nm_adapter_find(&how, r->hdr.nr_name, &na);
	if (err)
		return err;
	err = nm_mem_layout(na->mem, &r->err);
	info->nr_memsize = na->mem->bytes;
	info->nr_mem_id = na->mem->id;
	info->nr_tx_slots = na->slots[NM_TX];
	info->nr_rx_slots = na->slots[NM_RX];
	info->nr_tx_rings = (uint16_t)na->rings[NM_TX];
	info->nr_rx_rings = (uint16_t)na->rings[NM_RX];
	info->nr_host_tx_rings = (uint16_t)na->host_rings[NM_TX];
	info->nr_host_rx_rings = (uint16_t)na->host_rings[NM_RX];
	nm_adapter_put(na);
	return err;
}

static int do_pools_info(struct nm_binding *b, struct nm_request *r)
{
	struct nm_lookup how = { .ns = b->ns, .create = true,
				 .mem_id = r->body.pools.nr_mem_id, .err = &r->err };
	struct nm_adapter *na;
	int err;

	if (!r->hdr.nr_name[0])
		return nm_fail(&r->err, -ENXIO, "the pools of which port? the name is empty");
	err = nm_mem_check(how.mem_id, &r->err);
	if (!err)
		err = nm_adapter_find(&how, r->hdr.nr_name, &na);
	if (err)
		return err;
	err = nm_mem_layout(na->mem, &r->err);
	nm_mem_pools_info(na->mem, &r->body.pools);
	nm_adapter_put(na);
	return err;
}

static int do_vale_list(struct nm_binding *b, struct nm_request *r)
{
	return nm_vale_list(b->ns, r->hdr.nr_name, &r->body.list, &r->err);
}

static int do_hdr_set(struct nm_binding *b, struct nm_request *r)
{
	return nm_vale_set_header(b->ns, r->hdr.nr_name, r->body.port_hdr.nr_hdr_len, &r->err);
}

static int find_existing(struct nm_binding *b, struct nm_request *r, struct nm_adapter **na)
{
	struct nm_lookup how = { .ns = b->ns, .err = &r->err };

	if (nm_monitor_find(b->ns, r->hdr.nr_name, na))
		return 0;
	return nm_adapter_find(&how, r->hdr.nr_name, na);
}

static int do_hdr_get(struct nm_binding *b, struct nm_request *r)
{
	struct nm_adapter *na;
	int err = find_existing(b, r, &na);

	if (err)
		return err;
	r->body.port_hdr.nr_hdr_len = na->vnet_hdr_len;
	nm_adapter_put(na);
	return 0;
}

static int do_stats(struct nm_binding *b, struct nm_request *r)
{
	struct nm_adapter *na;
	int err = 0;

	if (!r->hdr.nr_name[0] && b->held) /* its own port */
		na = nm_adapter_get(b->held);
	else
		err = find_existing(b, r, &na);
	if (err)
		return err;
	err = nm_stats_get(na, &r->body.stats, &r->err);
	nm_adapter_put(na);
	return err;
}

static int do_vale_attach(struct nm_binding *b, struct nm_request *r)
{
	struct nm_option *offsets = nm_options_take(&r->options, NETMAP_REQ_OPT_OFFSETS);

	if (offsets) { /* nobody would see them: its rings are the switch's */
		offsets->status = EOPNOTSUPP;
		return nm_fail(&r->err, -EOPNOTSUPP,
			       "%s is attached without offsets: ports of its switch have their "
			       "own, given when they are opened", r->hdr.nr_name);
	}
	return nm_vale_attach(b->ns, r->hdr.nr_name, &r->body.attach, &r->err);
}

static int do_vale_detach(struct nm_binding *b, struct nm_request *r)
{
	return nm_vale_detach(b->ns, r->hdr.nr_name, &r->body.detach, &r->err);
}

static int do_vale_newif(struct nm_binding *b, struct nm_request *r)
{
	return nm_vale_newif(b->ns, r->hdr.nr_name, &r->body.newif, &r->err);
}

static int do_vale_delif(struct nm_binding *b, struct nm_request *r)
{
	return nm_vale_delif(b->ns, r->hdr.nr_name, &r->err);
}

static int do_vale_polling(struct nm_binding *b, struct nm_request *r)
{
	return nm_vale_polling(b->ns, r->hdr.nr_name, &r->body.polling,
			       r->hdr.nr_reqtype == NETMAP_REQ_VALE_POLLING_ENABLE, &r->err);
}

/* ---- shared indices and the sync loop; without the control lock --------------------- */

static int do_csb_enable(struct nm_binding *b, struct nm_request *r)
{
	return nm_csb_enable(b, &r->options, &r->err);
}

static int do_kloop_start(struct nm_binding *b, struct nm_request *r)
{
	return nm_kloop_start(b, r->body.kloop.sleep_us, &r->options, &r->err);
}

static int do_kloop_stop(struct nm_binding *b, struct nm_request *r)
{
	return nm_kloop_stop(b, &r->err);
}

/* ---- dispatch ---------------------------------------------------------------------- */

struct nm_request_type {
	uint16_t type;
	uint16_t body; /* bytes; 0: the request has none */
	int (*run)(struct nm_binding *b, struct nm_request *r);
};

static const struct nm_request_type nm_requests[] = {
	{ NETMAP_REQ_REGISTER, sizeof(struct nmreq_register), do_register },
	{ NETMAP_REQ_PORT_INFO_GET, sizeof(struct nmreq_port_info_get), do_port_info },
	{ NETMAP_REQ_VALE_ATTACH, sizeof(struct nmreq_vale_attach), do_vale_attach },
	{ NETMAP_REQ_VALE_DETACH, sizeof(struct nmreq_vale_detach), do_vale_detach },
	{ NETMAP_REQ_VALE_LIST, sizeof(struct nmreq_vale_list), do_vale_list },
	{ NETMAP_REQ_PORT_HDR_SET, sizeof(struct nmreq_port_hdr), do_hdr_set },
	{ NETMAP_REQ_PORT_HDR_GET, sizeof(struct nmreq_port_hdr), do_hdr_get },
	{ NETMAP_REQ_VALE_NEWIF, sizeof(struct nmreq_vale_newif), do_vale_newif },
	{ NETMAP_REQ_VALE_DELIF, 0, do_vale_delif },
	{ NETMAP_REQ_VALE_POLLING_ENABLE, sizeof(struct nmreq_vale_polling), do_vale_polling },
	{ NETMAP_REQ_VALE_POLLING_DISABLE, sizeof(struct nmreq_vale_polling), do_vale_polling },
	{ NETMAP_REQ_POOLS_INFO_GET, sizeof(struct nmreq_pools_info), do_pools_info },
	{ NETMAP_REQ_SYNC_KLOOP_START, sizeof(struct nmreq_sync_kloop_start), do_kloop_start },
	{ NETMAP_REQ_SYNC_KLOOP_STOP, 0, do_kloop_stop },
	{ NETMAP_REQ_CSB_ENABLE, 0, do_csb_enable },
	{ NETMAP_REQ_STATS_GET, sizeof(struct nmreq_stats_get), do_stats },
};

static const struct nm_request_type *request_type(uint16_t type)
{
	size_t i;

	for (i = 0; i < sizeof(nm_requests) / sizeof(nm_requests[0]); i++) {
		if (nm_requests[i].type == type)
			return &nm_requests[i];
	}
	return NULL;
}

/* Those that take the control lock themselves, for as long as they need it. */
static bool is_unlocked(const struct nm_request_type *type)
{
	return type->run == do_csb_enable || type->run == do_kloop_start ||
	       type->run == do_kloop_stop;
}

/* What only an administrator may do, in words; NULL for the rest. */
static const char *privileged(const struct nm_request_type *type)
{
	switch (type->type) {
	case NETMAP_REQ_VALE_ATTACH:
	case NETMAP_REQ_VALE_DETACH:
		return "attaching and detaching interfaces";
	case NETMAP_REQ_VALE_NEWIF:
	case NETMAP_REQ_VALE_DELIF:
		return "making and deleting interfaces";
	case NETMAP_REQ_VALE_POLLING_ENABLE:
	case NETMAP_REQ_VALE_POLLING_DISABLE:
		return "polling interfaces";
	default:
		return NULL;
	}
}

static int run_request(struct nm_binding *b, struct nm_request *r,
		       const struct nm_request_type *type)
{
	bool locked = !is_unlocked(type);
	const char *deed = privileged(type);
	int err;

	if (deed && !os_net_admin(b->ns))
		return nm_fail(&r->err, -EPERM, "%s needs CAP_NET_ADMIN over the network "
			       "namespace", deed);
	err = locked ? nm_control_lock_killable() : 0;
	if (err)
		return err;
	err = type->run(b, r);
	if (locked)
		nm_control_unlock();
	if (type->run != do_register && !err)
		nm_options_refuse_unknown(&r->options);
	return err;
}

static int copy_out(struct nm_request *r, const struct nm_request_type *type, uint64_t arg,
		    int result)
{
	int err = 0;

	if (type && type->body && !result &&
	    os_copyout(r->hdr.nr_body, r->body.bytes, type->body))
		err = -EFAULT;
	if (os_copyout(arg, &r->hdr, sizeof(r->hdr)))
		err = -EFAULT;
	if (nm_options_copyout(&r->options, &r->err, !result))
		err = -EFAULT;
	return err ? err : result;
}

/* A registration becomes visible once the application has its reply. */
static void settle(struct nm_binding *b, int result)
{
	nm_control_lock();
	if (result)
		nm_binding_undo(b);
	else
		nm_binding_publish(b);
	nm_control_unlock();
}

static int control(struct nm_binding *b, struct nm_request *r, uint64_t arg)
{
	const struct nm_request_type *type = request_type(r->hdr.nr_reqtype);
	bool bound;
	int err, done;

	if (!type)
		err = nm_fail(&r->err, -EINVAL, "there is no request of type %u",
			      r->hdr.nr_reqtype);
	else if (!!type->body != !!r->hdr.nr_body)
		err = nm_fail(&r->err, -EINVAL, "a request of type %u %s a body", type->type,
			      type->body ? "needs" : "has not");
	else if (type->body && os_copyin(r->body.bytes, r->hdr.nr_body, type->body))
		err = nm_fail(&r->err, -EFAULT, "the body of the request cannot be read");
	else
		err = nm_options_copyin(&r->options, r->hdr.nr_options, type->body, &r->err);
	if (err)
		return copy_out(r, NULL, arg, err);
	r->hdr.nr_name[sizeof(r->hdr.nr_name) - 1] = 0;
	if (type->run == do_register)
		err = nm_extmem_hold(&r->extmem, &r->options, &r->err);
	if (!err)
		err = run_request(b, r, type);
	nm_extmem_release(&r->extmem);
	bound = type->run == do_register && !err;
	if (bound)
		err = register_options(b, r);
	done = copy_out(r, type, arg, err);
	if (bound)
		settle(b, done);
	return done;
}

int nm_control(struct nm_binding *b, uint64_t arg)
{
	struct nm_request *r;
	struct nmreq_header hdr;
	int err;

	if (!arg)
		return -EINVAL;
	if (os_copyin(&hdr, arg, sizeof(hdr)))
		return -EFAULT;
	if (hdr.nr_version < NETMAP_MIN_API || hdr.nr_version > NETMAP_MAX_API)
		return -EINVAL;
	if (hdr.nr_reserved)
		return -EINVAL;
	r = os_zalloc(sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->hdr = hdr;
	err = control(b, r, arg);
	os_free(r);
	return err;
}

int nm_control_inner(struct nm_binding *b, struct nmreq_header *hdr, void *body,
		     int (*deliver)(void *arg), void *arg)
{
	const struct nm_request_type *type = request_type(hdr->nr_reqtype);
	struct nm_request *r = os_zalloc(sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->hdr = *hdr;
	memcpy(r->body.bytes, body, type->body);
	err = run_request(b, r, type);
	if (!err) {
		*hdr = r->hdr;
		memcpy(body, r->body.bytes, type->body);
		err = deliver(arg);
		if (type->run == do_register)
			settle(b, err);
	}
	os_free(r);
	return err;
}

int nm_binding_ioctl(struct nm_binding *b, unsigned int cmd, uint64_t arg)
{
	switch (cmd) {
	case NIOCTXSYNC:
		return nm_binding_sync(b, NM_TX);
	case NIOCRXSYNC:
		return nm_binding_sync(b, NM_RX);
	case NIOCCTRL:
		return nm_control(b, arg);
	default:
		return nm_legacy(b, cmd, arg);
	}
}

/* ---- the core ---------------------------------------------------------------------- */

struct nm_params nm_params = {
	.if_size = 1024, .if_num = 100,
	.ring_size = 9 * OS_PAGE_SIZE, .ring_num = 200,
	.buf_size = 2048, .buf_num = 163840,
	.priv_if_size = 1024, .priv_if_num = 2,
	.priv_ring_size = 5 * OS_PAGE_SIZE, .priv_ring_num = 4,
	.priv_buf_size = 2048, .priv_buf_num = 4098,
	.max_bridges = 8,
	.bridge_batch = NM_VALE_BATCH,
	.txsync_retry = 2,
	.no_pendintr = 1,
	.generic_mit = 100000,
	.generic_ringsize = 1024,
	.generic_rings = 1,
	.generic_txqdisc = 1,
	.ptnet_vnet_hdr = 1,
};

void nm_core_clear(struct os_ns *ns)
{
	nm_control_lock();
	nm_vale_clear(ns);
	nm_control_unlock();
}

int nm_core_init(void)
{
	os_mutex_init(&nm_lock);
	nm_adapter_init();
	nm_vale_init();
	nm_netdev_init();
	nm_monitor_init();
	return nm_mem_init();
}

void nm_core_exit(void)
{
	nm_core_clear(NULL);
	nm_mem_exit();
	os_mutex_destroy(&nm_lock);
}
