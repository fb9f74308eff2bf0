// SPDX-License-Identifier: BSD-2-Clause
/*
 * Options of requests.
 */
#include "option.h"

static bool is_known(uint32_t type)
{
	return (type && type < NETMAP_REQ_OPT_MAX) || type == NETMAP_REQ_OPT_ERRTEXT;
}

/* Bytes after the header, for a known type and a checked size. */
static uint32_t body_size(const struct nmreq_option *h)
{
	static const uint32_t total[NETMAP_REQ_OPT_MAX] = {
		[NETMAP_REQ_OPT_EXTMEM] = sizeof(struct nmreq_opt_extmem),
		[NETMAP_REQ_OPT_CSB] = sizeof(struct nmreq_opt_csb),
		[NETMAP_REQ_OPT_SYNC_KLOOP_MODE] = sizeof(struct nmreq_opt_sync_kloop_mode),
		[NETMAP_REQ_OPT_OFFSETS] = sizeof(struct nmreq_opt_offsets),
	};

	if (h->nro_reqtype == NETMAP_REQ_OPT_ERRTEXT)
		return sizeof(struct nmreq_opt_errtext) - sizeof(*h);
	if (h->nro_reqtype == NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS)
		return h->nro_size > sizeof(*h) ? (uint32_t)(h->nro_size - sizeof(*h)) : 0;
	return total[h->nro_reqtype] - (uint32_t)sizeof(*h);
}

static int add_body(struct nm_options *o, struct nm_option *item,
		    const struct nmreq_option *h, uint32_t *room, struct nm_error *e)
{
	uint32_t size;

	if (h->nro_size > NETMAP_REQ_MAXSIZE)
		return nm_fail(e, -EMSGSIZE, "option of type %u says it has %llu bytes",
			       item->type, (unsigned long long)h->nro_size);
	size = body_size(h);
	if (size > *room || size > sizeof(o->bytes) - o->used)
		return nm_fail(e, -EMSGSIZE, "the options are longer than %u bytes",
			       NETMAP_REQ_MAXSIZE);
	*room -= size;
	item->body = o->used;
	item->body_len = size;
	o->used += size;
	if (os_copyin(&o->bytes[item->body], item->uaddr + sizeof(*h), size))
		return nm_fail(e, -EFAULT, "option %u cannot be read", o->n);
	return 0;
}

static int add_option(struct nm_options *o, const struct nmreq_option *h, uint64_t uaddr,
		      uint32_t *room, struct nm_error *e)
{
	bool known = is_known(h->nro_reqtype);
	struct nm_option *same = known ? nm_options_find(o, h->nro_reqtype) : NULL;
	struct nm_option *item = &o->item[o->n++];

	*item = (struct nm_option){ .uaddr = uaddr, .type = h->nro_reqtype,
				    .status = known ? 0 : EOPNOTSUPP };
	if (!item->type) {
		item->status = EINVAL;
		return nm_fail(e, -EINVAL, "option %u has type 0", o->n);
	}
	if (same) {
		item->status = same->status = EINVAL;
		return nm_fail(e, -EINVAL, "two options of type %u", item->type);
	}
	/* of unknown types, the body is neither read nor written */
	return known ? add_body(o, item, h, room, e) : 0;
}

static void clear_statuses(struct nm_options *o, int err)
{
	uint32_t i;

	for (i = 0; i < o->n; i++) {
		if (o->item[i].status != EINVAL || err != -EINVAL)
			o->item[i].status = 0;
	}
}

int nm_options_copyin(struct nm_options *o, uint64_t uaddr, uint32_t body_len,
		      struct nm_error *e)
{
	uint32_t room = NM_OPTIONS_ROOM - body_len;
	struct nmreq_option h = { 0 };
	int err = 0;

	while (uaddr && !err) {
		if (room < NM_OPTION_COST || o->n == NM_OPTIONS_MAX) {
			o->unheard = true;
			return nm_fail(e, -EMSGSIZE, "too many options, or a list without end");
		}
		room -= NM_OPTION_COST;
		if (os_copyin(&h, uaddr, sizeof(h)))
			err = nm_fail(e, -EFAULT, "option %u cannot be read", o->n + 1);
		else
			err = add_option(o, &h, uaddr, &room, e);
		uaddr = h.nro_next;
	}
	if (err)
		clear_statuses(o, err);
	return err;
}

struct nm_option *nm_options_find(struct nm_options *o, uint32_t type)
{
	uint32_t i;

	for (i = 0; i < o->n; i++) {
		if (o->item[i].type == type)
			return &o->item[i];
	}
	return NULL;
}

struct nm_option *nm_options_take(struct nm_options *o, uint32_t type)
{
	struct nm_option *item = nm_options_find(o, type);

	if (item)
		item->heard = true;
	return item;
}

bool nm_options_refuse_unknown(struct nm_options *o)
{
	bool any = false;
	uint32_t i;

	for (i = 0; i < o->n; i++) {
		if (o->item[i].type == NETMAP_REQ_OPT_ERRTEXT || o->item[i].heard)
			continue;
		o->item[i].status = EOPNOTSUPP;
		any = true;
	}
	return any;
}

int nm_options_copyout(struct nm_options *o, const struct nm_error *e, bool success)
{
	uint64_t status_at = __builtin_offsetof(struct nmreq_option, nro_status);
	uint64_t text_at = __builtin_offsetof(struct nmreq_opt_errtext, nro_text);
	uint32_t i;
	int err = 0;

	for (i = 0; i < o->n && !o->unheard; i++) {
		const struct nm_option *item = &o->item[i];

		if (os_copyout(item->uaddr + status_at, &item->status, sizeof(item->status)))
			err = -EFAULT;
		if (success && item->reply && !item->status &&
		    os_copyout(item->uaddr + sizeof(struct nmreq_option),
			       nm_option_body(o, item), item->body_len))
			err = -EFAULT;
		if (item->type == NETMAP_REQ_OPT_ERRTEXT && item->body_len &&
		    os_copyout(item->uaddr + text_at, e->text, sizeof(e->text)))
			err = -EFAULT;
	}
	return err;
}
