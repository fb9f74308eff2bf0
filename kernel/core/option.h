/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of a request: a list in the application's memory, copied in once
 * and bounded before anything is done with it.
 */
#ifndef NM_OPTION_H
#define NM_OPTION_H

#include "error.h"

/* Body, option headers and option bodies of a request share this much, with a
 * few bytes of overhead for each option; so a list that runs in circles ends. */
#define NM_OPTIONS_ROOM 4144u
#define NM_OPTION_COST (sizeof(struct nmreq_option) + 8u)
#define NM_OPTIONS_MAX (NM_OPTIONS_ROOM / NM_OPTION_COST)

struct nm_option {
	uint64_t uaddr;
	uint32_t type;
	uint32_t status;   /* written back */
	bool heard;	   /* the request understands it */
	bool reply;	   /* its body goes back, too, on success */
	uint32_t body;	   /* where its body begins in nm_options.bytes */
	uint32_t body_len; /* 0 for types we do not know */
};

struct nm_options {
	uint32_t n;
	uint32_t used;	   /* of bytes[] */
	bool unheard;	   /* the list was refused: write nothing back */
	struct nm_option item[NM_OPTIONS_MAX];
	uint8_t bytes[NETMAP_REQ_MAXSIZE];
};

/* Copies the list at `uaddr` in. On an error every status is what the
 * application is to see. */
int nm_options_copyin(struct nm_options *o, uint64_t uaddr, uint32_t body_len,
		      struct nm_error *e);
/* The option of that type, or NULL. */
struct nm_option *nm_options_find(struct nm_options *o, uint32_t type);
/* The option of that type for a request that understands it, or NULL. */
struct nm_option *nm_options_take(struct nm_options *o, uint32_t type);
/* Its body. */
static inline void *nm_option_body(struct nm_options *o, const struct nm_option *item)
{
	return &o->bytes[item->body];
}
/* Copies it behind the header of `opt`. */
static inline void nm_option_get(struct nm_options *o, const struct nm_option *item, void *opt)
{
	memcpy((char *)opt + sizeof(struct nmreq_option), nm_option_body(o, item),
	       item->body_len);
}
/* Those the request does not understand get EOPNOTSUPP. True if there are any. */
bool nm_options_refuse_unknown(struct nm_options *o);
/* Writes statuses and the error text back, and if the request succeeded what the
 * options reply: 0 or -EFAULT. */
int nm_options_copyout(struct nm_options *o, const struct nm_error *e, bool success);

#endif /* NM_OPTION_H */
