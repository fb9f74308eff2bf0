/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nm_kring: a ring as the core sees it.
 *
 *   TX   hwcur .. rhead    submitted, not taken yet
 *        rhead .. hwtail   free, the application's
 *        hwtail .. hwcur   taken, completion pending
 *   RX   hwcur .. hwtail   packets, the application's
 *        hwtail .. hwcur   empty, the core's
 *
 * One thread at a time syncs a ring: who holds `busy`.  Others that fill an RX
 * ring (senders on a switch, the other end of a pipe) follow this order:
 *
 *   producer                                consumer (holds busy)
 *     write slots and buffers                 load-acquire hwtail        (A)
 *     store-release hwtail          (A)       the application reads slots
 *     wake                                    ...
 *     load-acquire hwcur            (B)       store-release hwcur        (B)
 *     reuse released slots
 *
 * The application's own indices are read once per sync, head before cur, and
 * used only after they were checked.
 */
#ifndef NM_RING_H
#define NM_RING_H

#include "mem.h"

enum nm_dir { NM_RX = 0, NM_TX = 1, NM_DIRS };

struct nm_adapter;
struct nm_observer;
struct nm_vale_scratch;

#define NM_LINE_PAIR 128 /* two cache lines: what a core fetches at once */

/* Counters of a ring. Written under `busy` or the producers' lock; 64-bit, read
 * without either. */
struct nm_ring_stats {
	uint64_t packets, bytes, wakeups, bad_rings;
	uint64_t drops[NETMAP_DROP_REASONS];
};

struct nm_kring {
	/* ---- the consumer's and the syncing thread's */
	struct netmap_ring *ring;  /* NULL while nobody uses the ring */
	const struct nm_mem *mem;
	struct nm_adapter *na;
	uint32_t num_slots;
	uint32_t busy;		   /* 1: a thread is inside a sync */
	uint32_t rhead, rcur;	   /* the application's, checked */
	uint32_t rtail;		   /* last value given to the application */
	uint32_t hwcur;
	uint32_t syncs;		   /* how many have ended, under busy */
	uint16_t ring_id;	   /* host rings come after the NIC rings */
	uint8_t dir;
	bool stopped;		   /* for good: the device is gone */
	bool host;		   /* leads to the host's stack, not to the NIC */
	/* the port's work on this ring; see nm_adapter_ops */
	int (*sync)(struct nm_kring *k, unsigned int flags);
	struct nm_observer *observers; /* monitors' (monitor.h); changed under `lock` */
	struct nm_kring *peer;	   /* pipes: the ring at the other end */
	struct nm_vale_scratch *scratch; /* switch TX rings */
	uint64_t fault_addr;	   /* NS_INDIRECT data to bring in ... */
	uint32_t fault_len;
	uint32_t fault_tries;	   /* ... how often, for the packet at hwcur */
	uint64_t n_syncs;
	bool forwarded;		   /* host RX: the sync filled slots of NIC TX rings */
	uint64_t offset_mask;	   /* bits of slot.ptr that say where data begins */
	uint32_t offset_max;	   /* at most there */
	uint32_t offset_gap;	   /* bytes from there that a slot may use; 0: all */
	uint32_t offset_initial;

	/* ---- the producers' */
	__attribute__((aligned(NM_LINE_PAIR))) uint32_t hwtail;
	uint32_t lease;		   /* end of what senders have reserved */
	uint32_t seen_hwcur;	   /* cached copy of hwcur */
	struct os_spin lock;	   /* senders' turn to reserve and to publish */
	uint32_t *lease_done;	   /* per slot: length of a finished lease */
	struct os_task *forward; /* who is told of progress besides sleepers */
	struct nm_ring_stats stats;

	/* ---- under the control lock */
	__attribute__((aligned(NM_LINE_PAIR))) struct os_waitq wq;
	uint32_t users;		   /* bindings that have this ring */
	bool on;		   /* the device has it in netmap mode */
	bool exclusive;
	bool keep;		   /* ring memory stays without users */
	uint32_t ring_index;	   /* in the pool of rings */
	struct nm_holding hold;	   /* its buffers */
} __attribute__((aligned(NM_LINE_PAIR)));

/* Flags of a sync. */
#define NM_SYNC_FORCE_READ 1u
#define NM_SYNC_FORCE_RECLAIM 2u
#define NM_SYNC_AGAIN 4u    /* goes on with what was accepted: memory was brought in */
#define NM_SYNC_MAY_FORWARD 16u /* the binding has all NIC TX rings */
#define NM_SYNC_NO_FAULT 8u /* ... or could not be: the packet at hwcur has no more tries */

/* Indices that come and go by another way than the header of the ring. */
struct nm_indices {
	uint32_t head, cur;	/* in: the application's */
	uint32_t hwcur, hwtail; /* out: the core's */
};

/* What became of a sync. */
enum nm_sync_result {
	NM_SYNC_DONE,
	NM_SYNC_BUSY,	  /* another thread is at it */
	NM_SYNC_REJECTED, /* the application's indices were wrong */
	NM_SYNC_FAILED,	  /* the port's sync failed */
	NM_SYNC_GONE,	  /* the ring is stopped for good */
	NM_SYNC_FAULT,	  /* inside ring.c only: memory must be brought in first */
};

/* *ready (if not NULL): did the sync leave something between cur and tail? */
enum nm_sync_result nm_kring_sync(struct nm_kring *k, unsigned int flags, bool *ready);

/* The same for a ring whose header is not used: neither read nor written, but for
 * the time. `at` is filled in unless the result is BUSY or GONE. */
enum nm_sync_result nm_kring_sync_at(struct nm_kring *k, unsigned int flags,
				     struct nm_indices *at);

/* The adapter's rings of one direction, host rings last: an array, line-pair
 * aligned, or NULL; the rings have no memory yet. *to_free is what
 * nm_krings_free() wants back. */
struct nm_kring *nm_krings_new(struct nm_adapter *na, enum nm_dir dir, void **to_free);
void nm_krings_free(struct nm_kring *k, uint32_t n, void *to_free);

/* Gives the ring memory and buffers and publishes it to producers; the header
 * continues from the kring's indices. With `shared` set, the ring shows the
 * buffers of that ring and owns none. */
int nm_kring_attach_memory(struct nm_kring *k, struct nm_mem *m, struct nm_kring *shared,
			   struct nm_error *e);
/* The first user of a ring that kept its memory: what the last one left in the
 * header goes, what the core knows stays. No user, no sync; producers go on. */
void nm_kring_restart(struct nm_kring *k);
/* Takes the ring away from producers; the caller then waits until none is
 * inside (quiesce), and frees. */
void nm_kring_unpublish(struct nm_kring *k);
/* The ring object goes back; the holding was released before. */
void nm_kring_free_memory(struct nm_kring *k, struct nm_mem *m);

/*
 * Slot offsets: data begins some bytes into its buffer, and the slot says how
 * many.  A ring has them while it has users who asked for them: they are set
 * before the first user's ring is seen, and cleared after the last one's was
 * taken from view; on rings that stay, the sender is kept out meanwhile.
 */
struct nm_offsets {
	uint64_t mask;	   /* 0: none */
	uint32_t max, initial, gap;
	int err;	   /* why they were refused */
};

/* The first user asks for offsets; slots that hold no packet get the initial one,
 * those that do 0. */
void nm_kring_set_offsets(struct nm_kring *k, const struct nm_offsets *o);
/* The last user has gone. Packets that wait in a ring that stays begin at 0 now. */
void nm_kring_clear_offsets(struct nm_kring *k);

/* What a slot of the ring says; never more than was agreed on. */
static inline uint32_t nm_kring_offset(const struct nm_kring *k, uint64_t ptr)
{
	uint64_t offset = ptr & k->offset_mask;

	return offset > k->offset_max ? k->offset_max : (uint32_t)offset;
}

/* Bytes that fit behind an offset of the ring. */
static inline uint32_t nm_kring_room(const struct nm_kring *k, uint32_t offset)
{
	uint32_t room = nm_mem_buf_size(k->mem) - offset;

	return k->offset_gap && k->offset_gap < room ? k->offset_gap : room;
}

/* Keeps syncs out of the ring, which find it busy; for a few instructions that
 * do not sleep. Control lock. */
void nm_kring_enter(struct nm_kring *k);
void nm_kring_leave(struct nm_kring *k);

/* Waits until a sync that was under way has ended. Those that begin later see
 * whatever the caller stored before. */
void nm_kring_wait_idle(struct nm_kring *k);

/* RX: lets the port bring packets in, for its monitors, though its application
 * does not ask. That one's indices stay, and a sync that is under way goes on
 * alone. The ring has observers. */
void nm_kring_import(struct nm_kring *k);

/* Tells sleepers that the ring made progress. Any context. */
void nm_kring_notify(struct nm_kring *k);

/* ---- rings with observers (monitor.c) ------------------------------------- */

/* The port's sync, and around it what its monitors are shown. Holding busy. */
int nm_monitor_sync(struct nm_kring *k, unsigned int flags);
/* TX, holding busy: slots behind hwcur will be submitted anew. */
void nm_monitor_rewind(struct nm_kring *k);
/* RX: news of a ring whose packets come in by its syncs. Any context. */
void nm_monitor_wake(struct nm_kring *k);
/* RX: the ring's one producer publishes up to `tail`. */
void nm_monitor_publish(struct nm_kring *k, uint32_t tail);
/* RX, holding the ring's lock: it will be published up to `tail`. */
void nm_monitor_show(struct nm_kring *k, uint32_t tail);

static inline uint32_t nm_next(uint32_t i, uint32_t n)
{
	return i + 1 == n ? 0 : i + 1;
}

static inline uint32_t nm_prev(uint32_t i, uint32_t n)
{
	return i ? i - 1 : n - 1;
}

/* Slots from a to b, going up; both below n. */
static inline uint32_t nm_distance(uint32_t a, uint32_t b, uint32_t n)
{
	return b >= a ? b - a : b + n - a;
}

/* i + by, for by <= n. */
static inline uint32_t nm_advance(uint32_t i, uint32_t by, uint32_t n)
{
	i += by;
	return i >= n ? i - n : i;
}

/* Publishes packets up to `tail`, for a ring that has one producer at a time. */
static inline void nm_kring_publish(struct nm_kring *k, uint32_t tail)
{
	if (unlikely(os_load_acquire(&k->observers)))
		nm_monitor_publish(k, tail);
	else
		os_store_release(&k->hwtail, tail); /* (A) */
}

/* Hands a received packet's slot over to a TX ring of the same region: the buffers
 * change places. Inside the syncs of both, and the region's exchange lock. */
static inline void nm_slot_swap(struct netmap_slot *from, struct netmap_slot *to,
				uint16_t more)
{
	uint32_t buf = os_load_relaxed(&to->buf_idx);

	os_store_relaxed(&to->buf_idx, os_load_relaxed(&from->buf_idx));
	os_store_relaxed(&to->len, os_load_relaxed(&from->len));
	os_store_relaxed(&to->flags, (uint16_t)(NS_BUF_CHANGED | more));
	os_store_relaxed(&from->buf_idx, buf);
	os_store_relaxed(&from->flags, (uint16_t)NS_BUF_CHANGED);
}

static inline void nm_count(uint64_t *counter, uint64_t by)
{
	os_store_relaxed(counter, os_load_relaxed(counter) + by);
}

#endif /* NM_RING_H */
