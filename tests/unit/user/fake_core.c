/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A core that does as the tests say.
 */
#include "fake_core.h"

#include <net/netmap.h>

struct nm_binding {
	bool bound; /* last, by release */
	struct os_region *own;
	struct os_waitq wq[2];
	uint32_t ready[2];
	uint32_t used; /* written by every sync; a use after close is seen */
};

struct nm_params nm_params = {.buf_num = 163840, .bridge_batch = 1024, .max_bridges = 8};

static struct os_region *shared;
static uint32_t live, syncs, gate_open, blocked;

int nm_core_init(void)
{
	shared = os_region_create(FAKE_REGION_BYTES);
	return shared ? 0 : -ENOMEM;
}

void nm_core_exit(void)
{
	os_region_destroy(shared);
	shared = NULL;
}

struct nm_binding *nm_binding_open(struct os_ns *ns)
{
	struct nm_binding *b = os_zalloc(sizeof(*b));

	(void)ns;
	if (b) {
		os_waitq_init(&b->wq[0]);
		os_waitq_init(&b->wq[1]);
		os_fetch_add(&live, 1u);
	}
	return b;
}

void nm_binding_close(struct nm_binding *b)
{
	os_waitq_destroy(&b->wq[0]);
	os_waitq_destroy(&b->wq[1]);
	if (b->own)
		os_region_destroy(b->own);
	os_free(b);
	os_fetch_add(&live, -1u);
}

void nm_binding_hang_up(struct nm_binding *b)
{
	(void)b;
}

static int bind(struct nm_binding *b, bool own)
{
	if (own) {
		b->own = os_region_create(FAKE_REGION_BYTES);
		if (!b->own || !os_region_populate(b->own, 0, FAKE_REGION_BYTES))
			return -ENOMEM;
	}
	os_store_release(&b->bound, true);
	return 0;
}

static int block(void)
{
	unsigned int round;

	os_fetch_add(&blocked, 1u);
	for (round = 0; !os_load_acquire(&gate_open); round++)
		os_pause(round);
	os_fetch_add(&blocked, -1u);
	return 7;
}

static int request(struct nm_binding *b, uint64_t arg)
{
	struct fake_request r;
	int err = os_copyin(&r, arg, sizeof(r));

	if (err)
		return err;
	switch (r.action) {
	case FAKE_BIND:
	case FAKE_BIND_SHARED:
		return bind(b, r.action == FAKE_BIND);
	case FAKE_IDENTIFY:
		r.binding = b;
		return os_copyout(arg, &r, sizeof(r));
	case FAKE_BLOCK:
		return block();
	}
	return -EINVAL;
}

int nm_binding_ioctl(struct nm_binding *b, unsigned int cmd, uint64_t arg)
{
	switch (cmd) {
	case NIOCCTRL:
		return request(b, arg);
	case NIOCTXSYNC:
	case NIOCRXSYNC:
		if (!os_load_acquire(&b->bound))
			return -ENXIO;
		os_store_relaxed(&b->used, os_load_relaxed(&b->used) + 1);
		os_store_relaxed(&syncs, os_load_relaxed(&syncs) + 1);
		return 0;
	}
	return -EOPNOTSUPP;
}

unsigned int nm_binding_poll(struct nm_binding *b, unsigned int events,
			     struct os_poller *poller)
{
	unsigned int got = 0;

	if (!os_load_acquire(&b->bound))
		return NM_POLLERR;
	os_poll_wait(poller, &b->wq[0]);
	os_poll_wait(poller, &b->wq[1]);
	if (os_load_acquire(&b->ready[0]))
		got |= NM_POLLIN;
	if (os_load_acquire(&b->ready[1]))
		got |= NM_POLLOUT;
	return got & events;
}

int nm_binding_region(struct nm_binding *b, struct os_region **region, uint64_t *bytes)
{
	if (!os_load_acquire(&b->bound))
		return -EINVAL;
	*region = b->own ? b->own : shared;
	*bytes = FAKE_REGION_BYTES;
	return 0;
}

struct os_waitq *nm_binding_waitq(struct nm_binding *b, bool tx)
{
	return &b->wq[tx];
}

void fake_post(struct nm_binding *b, bool tx)
{
	os_store_release(&b->ready[tx], 1u);
	os_waitq_wake(&b->wq[tx]);
}

bool fake_take(struct nm_binding *b, bool tx)
{
	return os_exchange(&b->ready[tx], 0u);
}

void fake_close_gate(void)
{
	os_store_release(&gate_open, 0u);
}

void fake_open_gate(void)
{
	os_store_release(&gate_open, 1u);
}

uint32_t fake_blocked(void)
{
	return os_load_acquire(&blocked);
}

uint32_t fake_live(void)
{
	return os_load_acquire(&live);
}

uint32_t fake_syncs(void)
{
	return os_load_relaxed(&syncs);
}
