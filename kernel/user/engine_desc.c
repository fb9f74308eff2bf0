/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Engine descriptors: numbers, references, and the marks of short calls.
 *
 *     short call                        close
 *       marks the slot                    empties the slot
 *       (M) fence                         (C) fence
 *       reads the slot                    reads the marks
 *
 * Where the kernel has membarrier(), (C) makes every running thread pass a
 * fence, and (M) only has to keep the compiler in order.
 */
#include "engine_desc.h"

#include "engine_map.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct engine_desc **engine_desc_chunk[ENGINE_CHUNKS];
__thread struct engine_guard *engine_guard_self;
uint32_t engine_guard_one_sided;

/* Lock order: table_lock, then guard_lock. Nothing else is taken under them. */
static struct os_mutex table_lock = OS_MUTEX_INIT;
static uint64_t taken[ENGINE_CHUNK * ENGINE_CHUNKS / 64]; /* numbers; under table_lock */
static uint32_t live;

static struct os_mutex guard_lock = OS_MUTEX_INIT; /* for writing the list */
static struct engine_guard *guards;		   /* only ever grows */
static pthread_key_t guard_key;
static bool guard_ready; /* under guard_lock */

/* ---- guards -------------------------------------------------------------- */

static void guard_thread_ends(void *p)
{
	struct engine_guard *g = (struct engine_guard *)p;

	engine_guard_self = NULL;
	os_mutex_lock(&guard_lock);
	g->taken = false;
	os_mutex_unlock(&guard_lock);
}

static void guard_setup(void)
{
	int cmd = MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;

	if (guard_ready || pthread_key_create(&guard_key, guard_thread_ends))
		return;
	guard_ready = true;
	if (!syscall(SYS_membarrier, cmd, 0, 0))
		os_store_release(&engine_guard_one_sided, 1u);
}

/* A program may unload the library that we are a part of. */
__attribute__((destructor)) static void guard_teardown(void)
{
	os_mutex_lock(&guard_lock);
	if (guard_ready)
		(void)pthread_key_delete(guard_key);
	guard_ready = false;
	os_mutex_unlock(&guard_lock);
}

/* This thread's guard, for the first time; NULL if there can be none. */
static struct engine_guard *guard_join(void)
{
	struct engine_guard *g;

	os_mutex_lock(&guard_lock);
	guard_setup();
	for (g = guards; g && g->taken; g = g->next)
		;
	if (!g && guard_ready) {
		g = (struct engine_guard *)os_zalloc(sizeof(*g));
		if (g) {
			g->next = guards;
			os_store_release(&guards, g); /* pairs with guards_wait() */
		}
	}
	if (g && guard_ready && !pthread_setspecific(guard_key, g)) {
		g->taken = true;
		engine_guard_self = g;
	} else {
		g = NULL;
	}
	os_mutex_unlock(&guard_lock);
	return g;
}

static void fence_all_threads(void)
{
	const struct timespec t = {.tv_nsec = 10000000};

	os_fence(); /* C */
	if (!os_load_relaxed(&engine_guard_one_sided) ||
	    !syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0))
		return;
	/* It worked once, and is forbidden now. From here on the others fence
	 * for themselves; what they have in flight lands within this time. */
	os_store_relaxed(&engine_guard_one_sided, 0u);
	(void)syscall(SYS_nanosleep, &t, NULL);
}

/* Until no short call is left that may have found something in the slot. */
static void guards_wait(struct engine_desc **slot)
{
	struct engine_guard *g;
	unsigned int round;

	fence_all_threads();
	for (g = os_load_acquire(&guards); g; g = g->next)
		for (round = 0; os_load_acquire(&g->at) == slot; round++)
			os_pause(round); /* pairs with engine_desc_leave() */
}

/* ---- references ---------------------------------------------------------- */

static struct engine_desc *desc_get_locked(int d)
{
	struct engine_desc **slot = engine_desc_slot(d), *desc = NULL;

	os_mutex_lock(&table_lock);
	if (slot)
		desc = os_load_relaxed(slot);
	if (desc)
		os_fetch_add(&desc->refs, 1u);
	os_mutex_unlock(&table_lock);
	return desc;
}

/* The first call of a thread, or one from a signal handler inside another. */
struct engine_desc *engine_desc_enter_slow(int d, struct engine_guard **guard)
{
	if (!engine_guard_self && guard_join())
		return engine_desc_enter(d, guard);
	*guard = NULL;
	return desc_get_locked(d);
}

struct engine_desc *engine_desc_get(int d)
{
	struct engine_guard *guard;
	struct engine_desc *desc = engine_desc_enter(d, &guard);

	if (desc && guard) {
		os_fetch_add(&desc->refs, 1u);
		engine_desc_leave(desc, guard);
	}
	return desc;
}

static void desc_free(struct engine_desc *desc)
{
	nm_binding_close(desc->binding);
	os_mutex_destroy(&desc->lock);
	os_free(desc);
	os_fetch_add(&live, -1u);
}

void engine_desc_put(struct engine_desc *desc)
{
	if (os_fetch_add(&desc->refs, -1u) == 1)
		desc_free(desc);
}

uint32_t engine_desc_count(void)
{
	return os_load_acquire(&live);
}

/* ---- numbers ------------------------------------------------------------- */

/* The lowest free number; table_lock is held. */
static int number_take(void)
{
	unsigned int i;
	int d;

	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (!~taken[i])
			continue;
		d = __builtin_ctzll(~taken[i]);
		taken[i] |= (uint64_t)1 << d;
		return (int)i * 64 + d;
	}
	return -EMFILE;
}

static void number_give(int d)
{
	taken[d / 64] &= ~((uint64_t)1 << d % 64);
}

static int number_install(struct engine_desc *desc)
{
	struct engine_desc ***chunk;
	int d;

	os_mutex_lock(&table_lock);
	d = number_take();
	if (d < 0)
		goto out;
	chunk = &engine_desc_chunk[d / ENGINE_CHUNK];
	if (!*chunk) {
		void *fresh = os_zalloc(ENGINE_CHUNK * sizeof(**chunk));

		if (!fresh) {
			number_give(d);
			d = -ENOMEM;
			goto out;
		}
		os_store_release(chunk, (struct engine_desc **)fresh);
	}
	os_store_release(&(*chunk)[d % ENGINE_CHUNK], desc);
out:
	os_mutex_unlock(&table_lock);
	return d;
}

/* ---- life ---------------------------------------------------------------- */

static struct os_ns {
	char unused;
} only_ns;

int engine_desc_open(void)
{
	struct engine_desc *desc = (struct engine_desc *)os_zalloc(sizeof(*desc));
	int d;

	if (!desc)
		return -ENOMEM;
	desc->binding = nm_binding_open(&only_ns);
	if (!desc->binding) {
		os_free(desc);
		return -ENOMEM;
	}
	desc->refs = 1;
	os_mutex_init(&desc->lock);
	os_event_init(&desc->event[0]);
	os_event_init(&desc->event[1]);
	os_fetch_add(&live, 1u);
	d = number_install(desc);
	if (d < 0)
		desc_free(desc);
	return d;
}

/* The number stays taken while marks on its slot are waited for: a successor
 * in the slot could keep us there. */
int engine_desc_close(int d)
{
	struct engine_desc **slot = engine_desc_slot(d), *desc = NULL;

	os_mutex_lock(&table_lock);
	if (slot)
		desc = os_load_relaxed(slot);
	if (desc)
		os_store_release(slot, (struct engine_desc *)NULL);
	os_mutex_unlock(&table_lock);
	if (!desc)
		return -EBADF;
	guards_wait(slot);
	os_mutex_lock(&table_lock);
	number_give(d);
	os_mutex_unlock(&table_lock);

	os_mutex_lock(&desc->lock);
	desc->silent = true;
	os_event_close(&desc->event[0]);
	os_event_close(&desc->event[1]);
	os_mutex_unlock(&desc->lock);
	nm_binding_hang_up(desc->binding);
	engine_map_closed(desc);
	engine_desc_put(desc);
	return 0;
}
