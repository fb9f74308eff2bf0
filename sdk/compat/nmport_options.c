/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options of ports: external memory, offsets, and those that a specification
 * may use.
 */
#include <libnetmap.h>

#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int too_late(struct nmport_d *d, const char *what)
{
	if (!d->register_done)
		return 0;
	nmctx_ferror(d->ctx, "%s: %s is asked for before the port is registered",
		     d->hdr.nr_name, what);
	errno = EINVAL;
	return -1;
}

static int twice(struct nmport_d *d, uint32_t type)
{
	if (!nmreq_find_option(&d->hdr, type))
		return 0;
	nmctx_ferror(d->ctx, "%s: the option %s is asked for already", d->hdr.nr_name,
		     nmreq_option_name(type));
	errno = EINVAL;
	return -1;
}

static void *new_record(struct nmport_d *d, size_t size,
			void (*run)(struct nmport_cleanup_d *, struct nmport_d *))
{
	struct nmport_cleanup_d *c =
		(struct nmport_cleanup_d *)nmctx_malloc(d->ctx, size);

	if (!c) {
		nmctx_ferror(d->ctx, "%s: no memory for an option", d->hdr.nr_name);
		return NULL;
	}
	memset(c, 0, size);
	c->run = run;
	c->next = d->clist;
	d->clist = c;
	return c;
}

/* ---- external memory ------------------------------------------------------- */

struct extmem_record {
	struct nmport_cleanup_d cleanup;
	struct nmreq_opt_extmem opt;
	void *file; /* what we mapped ourselves, or NULL */
	size_t size;
};

static void extmem_drop(struct nmport_cleanup_d *c, struct nmport_d *d)
{
	struct extmem_record *r = (struct extmem_record *)(void *)c;

	nmreq_remove_option(&d->hdr, &r->opt.nro_opt);
	d->extmem = NULL;
	if (r->file)
		munmap(r->file, r->size);
	nmctx_free(d->ctx, r);
}

static struct extmem_record *extmem_add(struct nmport_d *d, void *base, size_t size)
{
	struct extmem_record *r;

	if (too_late(d, "external memory") || twice(d, NETMAP_REQ_OPT_EXTMEM))
		return NULL;
	r = (struct extmem_record *)new_record(d, sizeof(*r), extmem_drop);
	if (!r)
		return NULL;
	r->opt.nro_opt.nro_reqtype = NETMAP_REQ_OPT_EXTMEM;
	r->opt.nro_usrptr = (uintptr_t)base;
	r->opt.nro_info.nr_memsize = size;
	nmreq_push_option(&d->hdr, &r->opt.nro_opt);
	d->extmem = &r->opt;
	return r;
}

int nmport_extmem(struct nmport_d *d, void *base, size_t size)
{
	return extmem_add(d, base, size) ? 0 : -1;
}

/* All of a file; MAP_FAILED with errno. */
static void *map_file(const char *fname, size_t *size)
{
	int fd = open(fname, O_RDWR | O_CLOEXEC), saved;
	void *at = MAP_FAILED;
	struct stat is;

	if (fd < 0)
		return at;
	if (!fstat(fd, &is)) {
		*size = (size_t)is.st_size;
		if (is.st_size > 0)
			at = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		else
			errno = EINVAL;
	}
	saved = errno;
	close(fd);
	errno = saved;
	return at;
}

int nmport_extmem_from_file(struct nmport_d *d, const char *fname)
{
	struct extmem_record *r;
	size_t size = 0;
	void *at;

	if (too_late(d, "external memory") || twice(d, NETMAP_REQ_OPT_EXTMEM))
		return -1;
	at = map_file(fname, &size);
	if (at == MAP_FAILED) {
		nmctx_ferror(d->ctx, "%s: cannot map the file \"%s\" as memory: %s",
			     d->hdr.nr_name, fname, strerror(errno));
		return -1;
	}
	r = extmem_add(d, at, size);
	if (!r) {
		munmap(at, size);
		errno = ENOMEM;
		return -1;
	}
	r->file = at;
	r->size = size;
	return 0;
}

struct nmreq_pools_info *nmport_extmem_getinfo(struct nmport_d *d)
{
	return d->extmem ? &d->extmem->nro_info : NULL;
}

/* ---- offsets ----------------------------------------------------------------- */

struct offset_record {
	struct nmport_cleanup_d cleanup;
	struct nmreq_opt_offsets opt;
};

static void offset_drop(struct nmport_cleanup_d *c, struct nmport_d *d)
{
	struct offset_record *r = (struct offset_record *)(void *)c;

	nmreq_remove_option(&d->hdr, &r->opt.nro_opt);
	nmctx_free(d->ctx, r);
}

int nmport_offset(struct nmport_d *d, uint64_t initial, uint64_t maxoff, uint64_t bits,
		  uint64_t mingap)
{
	struct offset_record *r;

	if (too_late(d, "an offset") || twice(d, NETMAP_REQ_OPT_OFFSETS))
		return -1;
	if (bits > 64 || initial > maxoff) {
		nmctx_ferror(d->ctx,
			     "%s: an offset has at most 64 bits, and begins at or "
			     "below its maximum",
			     d->hdr.nr_name);
		errno = EINVAL;
		return -1;
	}
	r = (struct offset_record *)new_record(d, sizeof(*r), offset_drop);
	if (!r)
		return -1;
	r->opt.nro_opt.nro_reqtype = NETMAP_REQ_OPT_OFFSETS;
	r->opt.nro_initial_offset = initial;
	r->opt.nro_max_offset = maxoff;
	r->opt.nro_offset_bits = (uint32_t)bits;
	r->opt.nro_min_gap = mingap;
	nmreq_push_option(&d->hdr, &r->opt.nro_opt);
	return 0;
}

/* ---- options of specifications ------------------------------------------------- */

/* A decimal number of at most `most` in key `id`; *out stays if it is not given. */
static int number(struct nmreq_parse_ctx *p, int id, uint64_t most, uint64_t *out)
{
	const char *s = p->keys[id];
	uint64_t v = 0;

	if (!s)
		return 0;
	for (; *s >= '0' && *s <= '9'; s++) {
		v = v * 10 + (uint64_t)(*s - '0');
		if (v > most)
			break;
	}
	if (*s || s == p->keys[id]) {
		nmctx_ferror(p->ctx, "\"%.64s\" is no number from 0 to %llu", p->keys[id],
			     (unsigned long long)most);
		errno = EINVAL;
		return -1;
	}
	*out = v;
	return 0;
}

static int number16(struct nmreq_parse_ctx *p, int id, uint16_t *out)
{
	uint64_t v = *out;

	if (number(p, id, UINT16_MAX, &v))
		return -1;
	*out = (uint16_t)v;
	return 0;
}

static int number32(struct nmreq_parse_ctx *p, int id, uint32_t *out)
{
	uint64_t v = *out;

	if (number(p, id, UINT32_MAX, &v))
		return -1;
	*out = (uint32_t)v;
	return 0;
}

static int parse_share(struct nmreq_parse_ctx *p)
{
	struct nmport_d *d = (struct nmport_d *)p->token;
	const char *port = p->keys[0];
	int32_t id = nmreq_get_mem_id(&port, p->ctx);

	if (id < 0)
		return -1;
	if (*port || (d->reg.nr_mem_id && d->reg.nr_mem_id != id)) {
		nmctx_ferror(p->ctx, "share=%.64s: %s", p->keys[0],
			     *port ? "only the name of a port is wanted"
				   : "the port is in another region already");
		errno = EINVAL;
		return -1;
	}
	d->reg.nr_mem_id = (uint16_t)id;
	return 0;
}

enum {
	CONF_RINGS,
	CONF_HOST_RINGS,
	CONF_SLOTS,
	CONF_TX_RINGS,
	CONF_RX_RINGS,
	CONF_HOST_TX_RINGS,
	CONF_HOST_RX_RINGS,
	CONF_TX_SLOTS,
	CONF_RX_SLOTS,
	CONF_KEYS
};

/* What is general first: what is specific overrides it. */
static int parse_conf(struct nmreq_parse_ctx *p)
{
	struct nmreq_register *reg = &((struct nmport_d *)p->token)->reg;

	if (number16(p, CONF_RINGS, &reg->nr_tx_rings) ||
	    number16(p, CONF_RINGS, &reg->nr_rx_rings) ||
	    number16(p, CONF_HOST_RINGS, &reg->nr_host_tx_rings) ||
	    number16(p, CONF_HOST_RINGS, &reg->nr_host_rx_rings) ||
	    number32(p, CONF_SLOTS, &reg->nr_tx_slots) ||
	    number32(p, CONF_SLOTS, &reg->nr_rx_slots))
		return -1;
	if (number16(p, CONF_TX_RINGS, &reg->nr_tx_rings) ||
	    number16(p, CONF_RX_RINGS, &reg->nr_rx_rings) ||
	    number16(p, CONF_HOST_TX_RINGS, &reg->nr_host_tx_rings) ||
	    number16(p, CONF_HOST_RX_RINGS, &reg->nr_host_rx_rings) ||
	    number32(p, CONF_TX_SLOTS, &reg->nr_tx_slots) ||
	    number32(p, CONF_RX_SLOTS, &reg->nr_rx_slots))
		return -1;
	return 0;
}

static int parse_extmem(struct nmreq_parse_ctx *p)
{
	struct nmport_d *d = (struct nmport_d *)p->token;
	struct nmreq_pools_info *info;

	if (nmport_extmem_from_file(d, p->keys[0]))
		return -1;
	info = nmport_extmem_getinfo(d);
	if (number32(p, 1, &info->nr_if_pool_objtotal) ||
	    number32(p, 2, &info->nr_if_pool_objsize) ||
	    number32(p, 3, &info->nr_ring_pool_objtotal) ||
	    number32(p, 4, &info->nr_ring_pool_objsize) ||
	    number32(p, 5, &info->nr_buf_pool_objtotal) ||
	    number32(p, 6, &info->nr_buf_pool_objsize))
		return -1;
	return 0;
}

static int parse_offset(struct nmreq_parse_ctx *p)
{
	uint64_t initial = 0, bits = 0;

	if (number(p, 0, UINT32_MAX, &initial) || number(p, 1, 64, &bits))
		return -1;
	return nmport_offset((struct nmport_d *)p->token, initial, initial, bits, 0);
}

/* Flags are changed by nmport_enable_option(), atomically; nothing else is. */
static struct nmreq_opt_parser offset_parser = {
	.prefix = "offset",
	.parse = parse_offset,
	.default_key = 0,
	.nr_keys = 2,
	.flags = NMREQ_OPTF_DISABLED,
	.keys = {{"initial", 0, NMREQ_OPTK_DEFAULT | NMREQ_OPTK_MUSTSET}, {"bits", 1, 0}},
};

static struct nmreq_opt_parser extmem_parser = {
	.prefix = "extmem",
	.parse = parse_extmem,
	.default_key = 0,
	.nr_keys = 7,
	.next = &offset_parser,
	.keys = {{"file", 0, NMREQ_OPTK_DEFAULT | NMREQ_OPTK_MUSTSET},
		 {"if-num", 1, 0},
		 {"if-size", 2, 0},
		 {"ring-num", 3, 0},
		 {"ring-size", 4, 0},
		 {"buf-num", 5, 0},
		 {"buf-size", 6, 0}},
};

static struct nmreq_opt_parser conf_parser = {
	.prefix = "conf",
	.parse = parse_conf,
	.default_key = CONF_RINGS,
	.nr_keys = CONF_KEYS,
	.next = &extmem_parser,
	.keys = {{"rings", CONF_RINGS, NMREQ_OPTK_DEFAULT},
		 {"host-rings", CONF_HOST_RINGS, 0},
		 {"slots", CONF_SLOTS, 0},
		 {"tx-rings", CONF_TX_RINGS, 0},
		 {"rx-rings", CONF_RX_RINGS, 0},
		 {"host-tx-rings", CONF_HOST_TX_RINGS, 0},
		 {"host-rx-rings", CONF_HOST_RX_RINGS, 0},
		 {"tx-slots", CONF_TX_SLOTS, 0},
		 {"rx-slots", CONF_RX_SLOTS, 0}},
};

static struct nmreq_opt_parser share_parser = {
	.prefix = "share",
	.parse = parse_share,
	.default_key = 0,
	.nr_keys = 1,
	.next = &conf_parser,
	.keys = {{"port", 0, NMREQ_OPTK_DEFAULT | NMREQ_OPTK_MUSTSET}},
};

int nm_port_options_decode(struct nmport_d *d, const char *options)
{
	return nmreq_options_decode(options, &share_parser, d, d->ctx);
}

static struct nmreq_opt_parser *find_option(const char *opt)
{
	struct nmreq_opt_parser *p = &share_parser;

	while (p && strcmp(p->prefix, opt) != 0)
		p = p->next;
	if (!p)
		errno = EOPNOTSUPP;
	return p;
}

int nmport_enable_option(const char *opt)
{
	struct nmreq_opt_parser *p = find_option(opt);

	if (!p)
		return -1;
	__atomic_fetch_and(&p->flags, ~NMREQ_OPTF_DISABLED, __ATOMIC_RELAXED);
	return 0;
}

int nmport_disable_option(const char *opt)
{
	struct nmreq_opt_parser *p = find_option(opt);

	if (!p)
		return -1;
	__atomic_fetch_or(&p->flags, NMREQ_OPTF_DISABLED, __ATOMIC_RELAXED);
	return 0;
}
