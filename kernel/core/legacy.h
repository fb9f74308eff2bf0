/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ioctls of old applications, translated into the new requests and nothing
 * more.
 */
#ifndef NM_LEGACY_H
#define NM_LEGACY_H

#include "binding.h"

/* NIOCREGIF, NIOCGINFO, NIOCCONFIG with their argument at `arg`; any other
 * command is -EOPNOTSUPP. 0 or a negative errno. Process. */
int nm_legacy(struct nm_binding *b, unsigned int cmd, uint64_t arg);

#endif /* NM_LEGACY_H */
