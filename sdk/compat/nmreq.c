/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests: headers and their lists of options, and the decoding of names,
 * rings, flags and regions. The system is called for nothing but a region's
 * number.
 */
#include <libnetmap.h>

#include "host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Most that a ring may be called in a specification. */
#define RING_MAX 4094
#define REGION_MAX 65535

static const char native_prefix[] = "netmap:";

void nmreq_header_init(struct nmreq_header *hdr, uint16_t reqtype, void *body)
{
	memset(hdr, 0, sizeof(*hdr));
	hdr->nr_version = NETMAP_API;
	hdr->nr_reqtype = reqtype;
	hdr->nr_body = (uintptr_t)body;
}

/* ---- words --------------------------------------------------------------- */

static int refuse(struct nmctx *ctx, const char *what, const char *why)
{
	nmctx_ferror(ctx, "port specification: \"%.200s\": %s", what, why);
	errno = EINVAL;
	return -1;
}

/* A decimal number of at most `most` at *p, which moves behind it; or -1. */
static long number(const char **p, long most)
{
	const char *s = *p;
	long v = 0;

	if (*s < '0' || *s > '9')
		return -1;
	for (; *s >= '0' && *s <= '9'; s++) {
		v = v * 10 + (*s - '0');
		if (v > most)
			return -1;
	}
	*p = s;
	return v;
}

static int is_ident(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

/* ---- names --------------------------------------------------------------- */

/* What a name consists of: text at `from`, of `len` bytes, perhaps in brackets;
 * the pipe that may follow brackets is in `tail`. */
struct name {
	const char *from, *tail, *end;
	size_t len;
};

/* "[any text]", and a pipe behind it. */
static int bracketed(const char *spec, const char *p, struct name *n, struct nmctx *ctx)
{
	n->from = p + 1;
	n->tail = strchr(p, ']');
	if (!n->tail || n->tail == n->from)
		return refuse(ctx, spec, "brackets go around a name, [like-this]");
	n->len = (size_t)(n->tail - n->from);
	n->tail++;
	n->end = n->tail + strcspn(n->tail, "-*^/@");
	if (n->tail != n->end && *n->tail != '{' && *n->tail != '}')
		return refuse(ctx, spec,
			      "only a pipe, rings, flags or options follow a "
			      "name in brackets");
	return 0;
}

/* The pipe's id is not empty and made of letters, digits and '_'. */
static int check_pipe(const char *spec, const char *from, const char *end,
		      struct nmctx *ctx)
{
	const char *p = from;

	while (p < end && *p != '{' && *p != '}')
		p++;
	if (p == end)
		return 0;
	if (++p == end)
		return refuse(ctx, spec, "the number or name of the pipe is missing");
	for (; p < end; p++)
		if (!is_ident(*p))
			return refuse(ctx, spec,
				      "a pipe is called by letters, digits and _");
	return 0;
}

/* Where the name begins: behind "netmap:", and behind "valeX:" (with *kept, as
 * that is a part of it). */
static const char *skip_prefix(const char *spec, size_t *kept, struct nmctx *ctx)
{
	const char *p = spec;

	*kept = 0;
	if (!strncmp(p, native_prefix, sizeof(native_prefix) - 1))
		return p + sizeof(native_prefix) - 1;
	if (strncmp(p, NM_BDG_NAME, sizeof(NM_BDG_NAME) - 1)) {
		(void)refuse(ctx, spec, "a port is called netmap:name or valeX:port");
		return NULL;
	}
	while (is_ident(*p))
		p++;
	if (*p != ':') {
		(void)refuse(ctx, spec,
			     "a switch port is called valeX:port, with letters, "
			     "digits and _ in X");
		return NULL;
	}
	*kept = (size_t)(p + 1 - spec);
	return p + 1;
}

int nmreq_header_decode(const char **ppspec, struct nmreq_header *hdr, struct nmctx *ctx)
{
	const char *spec = *ppspec, *p;
	struct name n = {NULL, NULL, NULL, 0};
	size_t kept, tail;

	p = skip_prefix(spec, &kept, ctx);
	if (!p)
		return -1;
	if (*p == '[') {
		if (bracketed(spec, p, &n, ctx))
			return -1;
	} else {
		n.from = p;
		n.end = n.tail = p + strcspn(p, "-*^/@");
		n.len = (size_t)(n.end - p);
	}
	if (!kept && !n.len)
		return refuse(ctx, spec, "the name is missing");
	if (check_pipe(spec, n.end == n.tail ? n.from : n.tail, n.end, ctx))
		return -1;
	tail = (size_t)(n.end - n.tail);
	if (kept + n.len + tail >= sizeof(hdr->nr_name))
		return refuse(ctx, spec, "the name is longer than 63 bytes");
	memset(hdr->nr_name, 0, sizeof(hdr->nr_name));
	memcpy(hdr->nr_name, spec, kept);
	memcpy(hdr->nr_name + kept, n.from, n.len);
	memcpy(hdr->nr_name + kept + n.len, n.tail, tail);
	*ppspec = n.end;
	return 0;
}

/* ---- rings, flags, region -------------------------------------------------- */

/* What nmreq_register_decode() collects before it changes anything. */
struct picked {
	uint32_t mode;
	uint16_t ringid;
	uint16_t region;
	uint64_t flags;
};

static int decode_rings(const char *spec, const char **p, struct picked *out,
			struct nmctx *ctx)
{
	const char mark = **p;
	long id;

	out->mode = mark == '^'	  ? NR_REG_SW
		    : mark == '*' ? NR_REG_NIC_SW
				  : NR_REG_ALL_NIC;
	out->ringid = 0;
	if (mark != '-' && mark != '^' && mark != '*')
		return 0;
	++*p;
	if (mark == '*' || (mark == '^' && (**p < '0' || **p > '9')))
		return 0;
	id = number(p, RING_MAX);
	if (id < 0)
		return refuse(ctx, spec,
			      "after - and ^ comes the number of a ring, from 0 to "
			      "4094 (a name with - in it goes into brackets)");
	out->mode = mark == '-' ? NR_REG_ONE_NIC : NR_REG_ONE_SW;
	out->ringid = (uint16_t)id;
	return 0;
}

static int decode_flags(const char *spec, const char **p, struct picked *out,
			struct nmctx *ctx)
{
	static const char letters[] = "xztrTR";
	static const uint64_t bits[] = {NR_EXCLUSIVE,	  NR_ZCOPY_MON,
					NR_MONITOR_TX,	  NR_MONITOR_RX,
					NR_TX_RINGS_ONLY, NR_RX_RINGS_ONLY};
	const char *letter;

	if (!**p)
		return refuse(ctx, spec, "flags are missing after /");
	for (; **p && **p != '@'; ++*p) {
		letter = strchr(letters, **p);
		if (!letter)
			return refuse(ctx, spec, "the flags are x, z, t, r, T and R");
		out->flags |= bits[letter - letters];
	}
	return 0;
}

static int decode_region(const char *spec, const char **p, struct picked *out,
			 struct nmctx *ctx)
{
	long id = number(p, REGION_MAX);

	if (id <= 0)
		return refuse(ctx, spec, "a region is a number from 1 to 65535");
	if (out->region && out->region != id)
		return refuse(ctx, spec, "a port is in one region, and here are two");
	out->region = (uint16_t)id;
	return 0;
}

int nmreq_register_decode(const char **pmode, struct nmreq_register *reg,
			  struct nmctx *ctx)
{
	struct picked out = {.region = reg->nr_mem_id, .flags = reg->nr_flags};
	const char *spec = *pmode, *p = spec;
	int flags = 0;

	if (decode_rings(spec, &p, &out, ctx))
		return -1;
	while (*p) {
		if (*p == '/' && !flags++) {
			p++;
			if (decode_flags(spec, &p, &out, ctx))
				return -1;
		} else if (*p == '@' && p[1] >= '0' && p[1] <= '9') {
			p++;
			if (decode_region(spec, &p, &out, ctx))
				return -1;
		} else if (*p == '@' && p[1]) {
			break; /* options */
		} else if (*p == '@') {
			return refuse(ctx, spec,
				      "a region or an option is missing after @");
		} else {
			return refuse(ctx, spec,
				      "rings, then /flags and @region, then "
				      "@options follow the name");
		}
	}
	reg->nr_mode = out.mode;
	reg->nr_ringid = out.ringid;
	reg->nr_flags = out.flags;
	reg->nr_mem_id = out.region;
	*pmode = p;
	return 0;
}

int32_t nmreq_get_mem_id(const char **portname, struct nmctx *ctx)
{
	struct nmreq_port_info_get info;
	struct nmreq_header hdr;
	const char *p = *portname;
	int fd, err;

	nmreq_header_init(&hdr, NETMAP_REQ_PORT_INFO_GET, &info);
	if (nmreq_header_decode(&p, &hdr, ctx))
		return -1;
	memset(&info, 0, sizeof(info));
	fd = nm_host_open(ctx);
	if (fd < 0)
		return -1;
	err = nm_host_request(fd, &hdr, "port information", ctx);
	nm_host_close(fd);
	if (err)
		return -1;
	*portname = p;
	return info.nr_mem_id;
}

/* ---- options ------------------------------------------------------------- */

static struct nmreq_option *option_at(uint64_t address)
{
	return (struct nmreq_option *)(uintptr_t)address;
}

void nmreq_push_option(struct nmreq_header *hdr, struct nmreq_option *opt)
{
	opt->nro_next = hdr->nr_options;
	hdr->nr_options = (uintptr_t)opt;
}

void nmreq_remove_option(struct nmreq_header *hdr, struct nmreq_option *opt)
{
	uint64_t *link = &hdr->nr_options;

	while (*link && option_at(*link) != opt)
		link = &option_at(*link)->nro_next;
	if (!*link)
		return;
	*link = opt->nro_next;
	opt->nro_next = 0;
}

struct nmreq_option *nmreq_find_option(struct nmreq_header *hdr, uint32_t type)
{
	struct nmreq_option *o;

	nmreq_foreach_option(hdr, o) if (o->nro_reqtype == type) break;
	return o;
}

int nmreq_checkduplicate(struct nmreq_option *opt)
{
	struct nmreq_option *o;
	int n = 0;

	for (o = option_at(opt->nro_next); o; o = option_at(o->nro_next))
		n += o->nro_reqtype == opt->nro_reqtype;
	return n;
}

void nmreq_free_options(struct nmreq_header *hdr)
{
	struct nmreq_option *o = option_at(hdr->nr_options), *next;

	for (; o; o = next) {
		next = option_at(o->nro_next);
		free(o);
	}
	hdr->nr_options = 0;
}

const char *nmreq_option_name(uint32_t type)
{
	switch (type) {
	case NETMAP_REQ_OPT_EXTMEM:
		return "extmem";
	case NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS:
		return "sync-kloop-eventfds";
	case NETMAP_REQ_OPT_CSB:
		return "csb";
	case NETMAP_REQ_OPT_SYNC_KLOOP_MODE:
		return "sync-kloop-mode";
	case NETMAP_REQ_OPT_OFFSETS:
		return "offsets";
	case NETMAP_REQ_OPT_ERRTEXT:
		return "errtext";
	default:
		return "unknown";
	}
}
