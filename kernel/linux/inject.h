/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mark on packets that come out of TX host rings, so that the emulation's
 * receive handler lets them pass to the stack. It lies in the last bytes of the
 * packet's control block, which nobody before that handler writes to.
 */
#ifndef NM_LINUX_INJECT_H
#define NM_LINUX_INJECT_H

#include <linux/skbuff.h>

#define NM_INJECT_MAGIC 0x6e6d78782d757021ull
#define NM_INJECT_AT (sizeof(((struct sk_buff *)0)->cb) - sizeof(u64))

static inline void nm_inject_mark(struct sk_buff *skb)
{
	u64 magic = NM_INJECT_MAGIC;

	memcpy(&skb->cb[NM_INJECT_AT], &magic, sizeof(magic));
}

/* Is it marked? The mark goes. */
static inline bool nm_inject_take_mark(struct sk_buff *skb)
{
	u64 magic;

	memcpy(&magic, &skb->cb[NM_INJECT_AT], sizeof(magic));
	if (magic != NM_INJECT_MAGIC)
		return false;
	memset(&skb->cb[NM_INJECT_AT], 0, sizeof(magic));
	return true;
}

#endif /* NM_LINUX_INJECT_H */
