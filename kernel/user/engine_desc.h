/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Engine descriptors: what is behind the small integers that applications
 * hold.  A descriptor lives as long as somebody refers to it: its number, its
 * mappings, and calls under way.  Short calls do not count references, they
 * leave a mark in a place of their thread's own, and who closes waits for it:
 * so a sync writes no memory that another thread writes, and needs no locked
 * operation.
 */
#ifndef NM_ENGINE_DESC_H
#define NM_ENGINE_DESC_H

#include "netmap_core.h"
#include "os_wait.h"

struct engine_desc {
	struct nm_binding *binding;
	uint32_t refs;
	bool closed;	      /* its number is gone; under the lock of engine_map.c */
	bool silent;	      /* no more events; under `lock` */
	struct os_mutex lock; /* of the events */
	struct os_event event[2];
};

/* The mark of a thread inside a short call. */
struct engine_guard {
	struct engine_desc **at; /* the slot in use, or NULL */
	struct engine_guard *next;
	bool taken;
} __attribute__((aligned(128)));

/* Takes the lowest free number, or a negative errno. */
int engine_desc_open(void);

/* Gives the number back when calls that are under way by mark have left; those
 * by reference finish on their own. 0 or -EBADF. Pairs with engine_desc_open(). */
int engine_desc_close(int d);

/* NULL if there is no such descriptor. Pairs with engine_desc_put(). */
struct engine_desc *engine_desc_get(int d);
void engine_desc_put(struct engine_desc *desc);

/* The same for a call that soon ends and makes no other on this layer; pairs
 * with engine_desc_leave(). *guard is NULL if a reference had to do. */
struct engine_desc *engine_desc_enter_slow(int d, struct engine_guard **guard);
static inline struct engine_desc *engine_desc_enter(int d, struct engine_guard **guard);
static inline void engine_desc_leave(struct engine_desc *desc,
				     struct engine_guard *guard);

/* Descriptors that exist, closed ones with mappings included. */
uint32_t engine_desc_count(void);

/* ---- inline -------------------------------------------------------------- */

#define ENGINE_CHUNK 256
#define ENGINE_CHUNKS 256

/* Chunks come as needed and stay, so that a look-up takes no lock. */
extern struct engine_desc **engine_desc_chunk[ENGINE_CHUNKS];

extern __thread struct engine_guard *engine_guard_self
	__attribute__((tls_model("initial-exec")));

/* The closing side can make all threads pass a fence (membarrier). */
extern uint32_t engine_guard_one_sided;

static inline struct engine_desc **engine_desc_slot(int d)
{
	struct engine_desc **chunk;

	if (unlikely((unsigned int)d >= ENGINE_CHUNK * ENGINE_CHUNKS))
		return NULL;
	chunk = os_load_acquire(&engine_desc_chunk[(unsigned int)d / ENGINE_CHUNK]);
	return likely(chunk) ? &chunk[(unsigned int)d % ENGINE_CHUNK] : NULL;
}

static inline struct engine_desc *engine_desc_enter(int d, struct engine_guard **guard)
{
	struct engine_guard *g = engine_guard_self;
	struct engine_desc **slot, *desc;

	if (unlikely(!g || g->at))
		return engine_desc_enter_slow(d, guard);
	slot = engine_desc_slot(d);
	if (unlikely(!slot))
		return NULL;
	os_store_relaxed(&g->at, slot);
	/* (M) Pairs with (C) in engine_desc.c: either we find the slot empty,
	 * or who emptied it finds our mark. */
	if (likely(os_load_relaxed(&engine_guard_one_sided)))
		__asm__ volatile("" ::: "memory");
	else
		os_fence();
	desc = os_load_acquire(slot);
	if (unlikely(!desc))
		os_store_release(&g->at, (struct engine_desc **)NULL);
	*guard = g;
	return desc;
}

static inline void engine_desc_leave(struct engine_desc *desc, struct engine_guard *guard)
{
	if (likely(guard))
		os_store_release(&guard->at, (struct engine_desc **)NULL);
	else
		engine_desc_put(desc);
}

#endif /* NM_ENGINE_DESC_H */
