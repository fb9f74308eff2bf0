/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nm_mem: a memory region shared with applications.
 *
 *   | interfaces | rings | buffer 0 | buffer 1 | ...
 *
 * Three pools of equal objects, one after the other.  A region has a capacity,
 * which is address space, and a populated part: objects get memory in clusters
 * when they are first handed out.  So capacity is generous, and an idle region
 * costs next to nothing.
 *
 * Life: a region is referenced (get/put) by adapters and used (use/unuse) by
 * bindings.  The first use lays the pools out; the last one gives all memory
 * back, whatever was left behind.
 *
 * Everything here runs under the control lock, but for the inline look-ups.
 */
#ifndef NM_MEM_H
#define NM_MEM_H

#include "error.h"
#include "list.h"

enum nm_pool_id { NM_POOL_IF, NM_POOL_RING, NM_POOL_BUF, NM_POOLS };

/* Wanted size and number of one pool's objects. */
struct nm_pool_want {
	uint32_t size, num;
};

struct nm_mem_want {
	struct nm_pool_want pool[NM_POOLS];
};

/* Objects are handed out in clusters of 1 << shift, which fill whole pages. */
struct nm_pool {
	uint32_t obj_size;
	uint32_t total;	     /* objects in the capacity */
	uint32_t used;	     /* objects handed out */
	uint32_t shift;
	uint32_t clusters;
	uint32_t hint;	     /* no cluster below it has a free object */
	uint64_t offset;     /* of the pool in the region */
	char **addr;	     /* per cluster: core address, NULL without memory */
	uint64_t *taken;     /* per cluster: bit map of objects handed out */
};

/*
 * A holding: the buffers that one ring (or one pair of pipe rings), or one
 * binding's list of extra buffers, owns.  Applications may swap buffers
 * between holdings of a region at will; what is kept is the number.
 */
struct nm_holding {
	uint32_t id;		     /* 0: holds nothing */
	uint32_t count;		     /* buffers owned */
	bool closing;
	struct netmap_ring *ring;    /* where they are, if they are in a ring */
	struct netmap_ring *other;   /* a pipe's second ring */
	const uint32_t *hwtail, *hwcur; /* its sender's: slots between are in `other` */
	uint32_t list_head;	     /* closing, without a ring: first of a list */
};

struct nm_mem {
	struct nm_pool pool[NM_POOLS];
	uint64_t bytes;		/* capacity, once laid out */
	uint64_t populated;
	struct os_region *region;
	struct os_ns *maker;	/* whose users made it, or NULL: compared, never followed */
	uint16_t id;
	bool is_private;
	bool external;		/* the application's own memory: held from the start */
	bool laid_out;
	uint32_t refs;
	uint32_t users;
	struct nm_mem_want want;
	uint32_t **owner;	/* per buffer cluster: holding ids */
	struct nm_holding **holdings; /* by id */
	uint32_t holdings_size;
	struct os_spin exchange; /* buffers change places: not while somebody counts */
	uint32_t missing;	/* buffers owed by holdings that closed without them */
	struct nm_link link;	/* all regions */
};

#define NM_MEM_GLOBAL 1u /* id of the region of interfaces */

int nm_mem_init(void);
void nm_mem_exit(void);

/* The region `id`, referenced; NULL if there is none. Pairs with nm_mem_put(). */
struct nm_mem *nm_mem_find(uint16_t id);
/* Is there a region `id`, or was none asked for (0)? 0, or -EINVAL with words. */
int nm_mem_check(uint32_t id, struct nm_error *e);
/* A new private region, referenced; NULL with words in `e`. */
struct nm_mem *nm_mem_new_private(const struct nm_mem_want *want, struct nm_error *e);
/* The region in the application's memory `r`: the one that is there already, or a
 * new one, whose pools are as wanted; what is over become buffers. Takes over `r`
 * in any case. Referenced, in *m; 0 or a negative errno. */
int nm_mem_find_external(struct os_region *r, uint64_t bytes, const struct nm_mem_want *want,
			 struct nm_mem **m, struct nm_error *e);
struct nm_mem *nm_mem_get(struct nm_mem *m);
void nm_mem_put(struct nm_mem *m);

/* Fixes offsets and counts from what is wanted now, without memory behind
 * them; a region in use stays as it is. 0 or a negative errno. */
int nm_mem_layout(struct nm_mem *m, struct nm_error *e);
/* How many slots a ring in the region can have, 0: nobody can tell now. */
uint32_t nm_mem_ring_slots(struct nm_mem *m);
/* A binding begins and ends to use the region. */
int nm_mem_use(struct nm_mem *m, struct nm_error *e);
void nm_mem_unuse(struct nm_mem *m);
void nm_mem_pools_info(const struct nm_mem *m, struct nmreq_pools_info *info);

/* One zeroed object with room for `bytes`; its index goes to *index. */
void *nm_mem_alloc(struct nm_mem *m, enum nm_pool_id pool, uint64_t bytes,
		   uint32_t *index, struct nm_error *e);
void nm_mem_free(struct nm_mem *m, enum nm_pool_id pool, uint32_t index);
/* Offset of an object from the start of the region. */
uint64_t nm_mem_offset(const struct nm_mem *m, enum nm_pool_id pool, uint32_t index);

/* Takes up to `want` buffers for the holding, giving each index to fn(); all
 * or nothing when `whole`. Returns the number taken, or a negative errno. */
int nm_mem_hold(struct nm_mem *m, struct nm_holding *h, uint32_t want, bool whole,
		void (*fn)(void *arg, uint32_t k, uint32_t buf), void *arg,
		struct nm_error *e);
/* Gives up a set of holdings whose `closing` flag was raised: exactly as many
 * buffers become free as they owned, and none that lies in a live ring. */
void nm_mem_release_closing(struct nm_mem *m);

/* ---- look-ups of the data path ------------------------------------------- */

static inline uint32_t nm_mem_buf_size(const struct nm_mem *m)
{
	return m->pool[NM_POOL_BUF].obj_size;
}

/* What a loop over many buffers needs, small enough to stay in registers. */
struct nm_bufs {
	char *const *addr;
	uint32_t shift, mask, size;
	uint32_t limit; /* buffers 0 and 1 left out */
};

static inline struct nm_bufs nm_mem_bufs(const struct nm_mem *m)
{
	const struct nm_pool *p = &m->pool[NM_POOL_BUF];

	return (struct nm_bufs){ p->addr, p->shift, (1u << p->shift) - 1, p->obj_size,
				 p->total - 2 };
}

/* Address of a buffer; NULL for an index that names no buffer. Buffers 0 and 1
 * are nobody's, and so are those in clusters never handed out. */
static inline char *nm_bufs_at(const struct nm_bufs *b, uint32_t index)
{
	char *base;

	if (unlikely(index - 2 >= b->limit)) /* 0 and 1 wrap */
		return NULL;
	base = os_load_relaxed(&b->addr[index >> b->shift]);
	if (unlikely(!base))
		return NULL;
	return base + (size_t)(index & b->mask) * b->size;
}

static inline char *nm_mem_buf(const struct nm_mem *m, uint32_t index)
{
	struct nm_bufs b = nm_mem_bufs(m);

	return nm_bufs_at(&b, index);
}

#endif /* NM_MEM_H */
