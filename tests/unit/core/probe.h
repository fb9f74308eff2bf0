/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the unit tests see of the core's insides, in types that C++ understands,
 * too; the core's own headers are C.
 */
#ifndef CORE_PROBE_H
#define CORE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nm_binding;

/* ---- a bound descriptor, and its rings ------------------------------------- */

struct nm_kring;

/* TX or RX kring `ring` of the port; NULL if there is none. */
struct nm_kring *probe_kring(struct nm_binding *b, bool tx, uint32_t ring);

/* Address of the region's first byte. */
char *probe_region(struct nm_binding *b);

/* Indices of a kring. */
struct probe_indices {
	uint32_t rhead, rcur, rtail, hwcur, hwtail, lease;
};
struct probe_indices probe_indices(const struct nm_kring *k);

/* ---- a port like a network interface (probe_nic.c) --------------------------- */

struct probe_nic {
	uint32_t tx_room;    /* packets that its queue still takes */
	uint32_t tx_done;    /* of those taken, how many complete at the next sync */
	uint32_t rx_waiting; /* packets for the next rxsync ... */
	uint8_t rx_fill;     /* ... and the byte the first is made of */
};

/* The port that `b` is bound to becomes one; one at a time. Undone by _unmake. */
struct probe_nic *probe_make_nic(struct nm_binding *b);
void probe_unmake_nic(struct nm_binding *b);
/* RX ring 0 has news. */
void probe_interrupt(struct nm_binding *b);

/* ---- memory that runs out ------------------------------------------------------ */

/* The n-th allocation from now on fails (1: the next one), and only that one;
 * 0: none does. Returns how many there were since the last call. For the tests'
 * own thread. */
uint64_t probe_fail_allocation(uint64_t n);

/* ---- ring.c ---------------------------------------------------------------- */

bool probe_indices_valid(uint32_t from, uint32_t h, uint32_t c, uint32_t to, uint32_t n);

/* ---- vale_forward.c -------------------------------------------------------- */

/* Sets the number of the last batch of a switch's TX ring. */
void probe_set_batch(struct nm_kring *tx, uint64_t batch);

#ifdef __cplusplus
}
#endif

#endif /* CORE_PROBE_H */
