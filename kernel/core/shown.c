// SPDX-License-Identifier: BSD-2-Clause
/*
 * Counters of ports that the host sees as interfaces.
 */
#include "shown.h"
#include "stats.h"

static uint64_t *past_of(const struct nm_shown *s, uint32_t dir, uint32_t ring)
{
	return s->past + (size_t)(dir ? s->rings[NM_RX] + ring : ring) * NM_COUNTERS;
}

static void add_to(uint64_t *sum, const uint64_t *counters)
{
	uint32_t i;

	for (i = 0; i < NM_COUNTERS; i++)
		sum[i] += counters[i];
}

int nm_shown_make(struct nm_shown *s, const struct nm_adapter *na)
{
	size_t rings = (size_t)na->rings[NM_TX] + na->rings[NM_RX];

	memcpy(s->rings, na->rings, sizeof(s->rings));
	s->past = os_zalloc(rings * NM_COUNTERS * sizeof(*s->past));
	if (!s->past)
		return -ENOMEM;
	os_spin_init(&s->lock);
	return os_netdev_make(na->ns, na->name, s, &s->dev);
}

void nm_shown_unmake(struct nm_shown *s)
{
	if (s->dev)
		os_netdev_unmake(s->dev);
	os_free(s->past);
	s->dev = NULL;
	s->past = NULL;
}

void nm_shown_begin(struct nm_shown *s, const struct nm_adapter *na)
{
	if (!s->past)
		return;
	os_spin_lock(&s->lock);
	s->krings[NM_TX] = na->krings[NM_TX];
	s->krings[NM_RX] = na->krings[NM_RX];
	os_spin_unlock(&s->lock);
}

void nm_shown_end(struct nm_shown *s)
{
	uint64_t counters[NM_COUNTERS];
	uint32_t d, r;

	if (!s->past)
		return;
	os_spin_lock(&s->lock);
	for (d = 0; d < NM_DIRS; d++) {
		for (r = 0; s->krings[d] && r < s->rings[d]; r++) {
			nm_kring_counters(&s->krings[d][r], counters);
			add_to(past_of(s, d, r), counters);
		}
		s->krings[d] = NULL;
	}
	os_spin_unlock(&s->lock);
}

uint32_t nm_shown_rings(const struct nm_shown *s, bool tx)
{
	return s->rings[tx ? NM_TX : NM_RX];
}

void nm_shown_counters(struct nm_shown *s, bool tx, uint32_t ring, uint64_t *counters)
{
	uint32_t d = tx ? NM_TX : NM_RX;

	memset(counters, 0, NM_COUNTERS * sizeof(*counters));
	os_spin_lock(&s->lock);
	if (s->krings[d])
		nm_kring_counters(&s->krings[d][ring], counters);
	add_to(counters, past_of(s, d, ring));
	os_spin_unlock(&s->lock);
}
