/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file netmap_legacy.h
 * The requests of old applications: one flat structure, names of 15 bytes.
 * New code uses NIOCCTRL from netmap.h.
 */
#ifndef NET_NETMAP_LEGACY_H
#define NET_NETMAP_LEGACY_H

#include <net/netmap.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Argument of NIOCGINFO and NIOCREGIF. */
struct nmreq {
	char nr_name[16];
	uint32_t nr_version;	/**< at least NETMAP_MIN_API */
	uint32_t nr_offset;	/**< out */
	uint32_t nr_memsize;	/**< out */
	uint32_t nr_tx_slots;
	uint32_t nr_rx_slots;
	uint16_t nr_tx_rings;
	uint16_t nr_rx_rings;
	uint16_t nr_ringid;	/**< ring, NETMAP_*_RING and poll flags */
	uint16_t nr_cmd;	/**< 0 or NETMAP_BDG_* */
	uint16_t nr_arg1;
	uint16_t nr_arg2;	/**< region */
	uint32_t nr_arg3;	/**< extra buffers */
	uint32_t nr_flags;	/**< mode in the low 4 bits, NR_* flags */
	uint32_t spare2[1];
};

#define NETMAP_HW_RING 0x4000
#define NETMAP_SW_RING 0x2000
#define NETMAP_RING_MASK 0x0fff
#define NETMAP_NO_TX_POLL 0x1000
#define NETMAP_DO_RX_POLL 0x8000
#define NR_REG_MASK 0xf

/** Commands in nr_cmd. */
#define NETMAP_BDG_ATTACH 1
#define NETMAP_BDG_DETACH 2
#define NETMAP_BDG_REGOPS 3
#define NETMAP_BDG_LIST 4
#define NETMAP_BDG_VNET_HDR 5
#define NETMAP_BDG_NEWIF 6
#define NETMAP_BDG_DELIF 7
#define NETMAP_PT_HOST_CREATE 8
#define NETMAP_PT_HOST_DELETE 9
#define NETMAP_BDG_POLLING_ON 10
#define NETMAP_BDG_POLLING_OFF 11
#define NETMAP_VNET_HDR_GET 12
/** nr_arg1 of NETMAP_BDG_ATTACH: attach the host rings, too. */
#define NETMAP_BDG_HOST 1

/** Bytes of data in struct nm_ifreq. */
#define NM_IFRDATA_LEN 256

/** Argument of NIOCCONFIG. */
struct nm_ifreq {
	char nifr_name[16];
	char data[NM_IFRDATA_LEN];
};

#define NIOCGINFO _IOWR('i', 145, struct nmreq)
#define NIOCREGIF _IOWR('i', 146, struct nmreq)
#define NIOCCONFIG _IOWR('i', 150, struct nm_ifreq)

NETMAP_SIZE_(nmreq, 60);
NETMAP_AT_(nmreq, nr_version, 16);
NETMAP_AT_(nmreq, nr_tx_slots, 28);
NETMAP_AT_(nmreq, nr_ringid, 40);
NETMAP_AT_(nmreq, nr_arg3, 48);
NETMAP_AT_(nmreq, nr_flags, 52);
NETMAP_SIZE_(nm_ifreq, 272);
NETMAP_ASSERT_(NIOCGINFO == 0xC03C6991);
NETMAP_ASSERT_(NIOCREGIF == 0xC03C6992);
NETMAP_ASSERT_(NIOCCONFIG == 0xC1106996);

#ifdef __cplusplus
}
#endif

#endif /* NET_NETMAP_LEGACY_H */
