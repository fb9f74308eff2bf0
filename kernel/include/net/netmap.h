/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file netmap.h
 * The netmap ABI: what applications and the netmap core agree on.
 *
 * An application opens a port through the control device (or the embedded
 * engine), binds it with one request, maps the port's memory region, and from
 * then on moves packets by writing slots and advancing indices in shared
 * memory.  Everything in this file is binary compatible with netmap API 14;
 * additions of netmapxx use numbers from 1000 up and are marked so.
 *
 * Layouts are nailed by the static assertions at the end of the file.  The
 * header is clean as C11 and as C++20 with -Wall -Wextra -Wpedantic.
 */
#ifndef NET_NETMAP_H
#define NET_NETMAP_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/ioctl.h>
#else
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/types.h>
#endif

/* Flexible array members are an extension in C++. */
#ifdef __cplusplus
#define NETMAP_EXTENSION_ __extension__
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc99-extensions"
#endif
extern "C" {
#else
#define NETMAP_EXTENSION_
#endif

/** API version an application is compiled with, and the range a request may carry. */
#define NETMAP_API 14
#define NETMAP_MIN_API 14
#define NETMAP_MAX_API 15

/** Every ring starts on this boundary. */
#define NM_CACHE_ALIGN 128

/** Most slots a packet may span. */
#define NETMAP_MAX_FRAGS 64

/** Size of a port name in a request, terminator included. */
#define NETMAP_REQ_IFNAMSIZ 64

/** Prefix of the names of switch ports, "vale<switch>:<port>". */
#define NM_BDG_NAME "vale"

/* -------------------------------------------------------------- slots --- */

/**
 * One slot of a ring: a buffer, how many bytes of it are in use, and flags.
 * A slot and its buffer belong to the application while it lies in
 * [head, tail) of its ring, and to the core otherwise.
 */
struct netmap_slot {
	uint32_t buf_idx; /**< buffer index; 0 and 1 are reserved */
	uint16_t len;	  /**< bytes in this slot */
	uint16_t flags;	  /**< NS_* */
	uint64_t ptr;	  /**< user address (NS_INDIRECT) or packet offset */
};

/** The slot's buf_idx was changed by whoever owned the slot last. */
#define NS_BUF_CHANGED 0x0001
/** TX: report the completion of this slot. */
#define NS_REPORT 0x0002
/** RX: pass this packet to the other side (host stack or NIC) on release. */
#define NS_FORWARD 0x0004
/** TX on a switch: do not learn the source address. */
#define NS_NO_LEARN 0x0008
/** TX on a switch: the data is at the user address in ptr. */
#define NS_INDIRECT 0x0010
/** The packet goes on in the next slot. */
#define NS_MOREFRAG 0x0020
/** Monitor: the packet was seen on a TX ring. */
#define NS_TXMON 0x0040
/** High byte of the flags; a switch writes the number of fragments there. */
#define NS_PORT_SHIFT 8
#define NS_PORT_MASK (0xff << NS_PORT_SHIFT)
/** Number of slots of the packet this received slot belongs to. */
#define NS_RFRAGS(slot) (((slot)->flags >> NS_PORT_SHIFT) & 0xff)

/* -------------------------------------------------------------- rings --- */

#ifdef __KERNEL__
/** Layout of a 64-bit struct timeval, which kernels no longer have. */
struct netmap_timeval {
	int64_t tv_sec;
	int64_t tv_usec;
};
#else
#define netmap_timeval timeval
#endif

/**
 * The shared part of a ring: a header of 256 bytes followed by num_slots
 * slots.
 *
 * The application writes head and cur, the core writes tail.  All indices are
 * below num_slots, and one slot is always kept empty.
 */
struct netmap_ring {
	int64_t buf_ofs;	/**< from the ring to buffer 0, in bytes */
	uint32_t num_slots;	/**< slots in this ring */
	uint32_t nr_buf_size;	/**< bytes in each buffer */
	uint16_t ringid;	/**< index within its direction, NIC rings first */
	uint16_t dir;		/**< 1 for TX, 0 for RX */

	uint32_t head;		/**< first slot the application owns */
	uint32_t cur;		/**< wake-up point, in [head, tail] */
	uint32_t tail;		/**< first slot the core owns */

	uint32_t flags;		/**< NR_TIMESTAMP, NR_FORWARD */
	uint32_t netmap_hole_;	/**< alignment */
	struct netmap_timeval ts; /**< time of the last RX sync */
	uint64_t offset_mask;	/**< bits of slot.ptr that hold an offset */
	uint64_t buf_align;	/**< alignment of buffer + offset on TX */

	/** Scratch for the application; the core never touches it. */
#ifdef __cplusplus
	alignas(NM_CACHE_ALIGN) uint8_t sem[128];
#else
	_Alignas(NM_CACHE_ALIGN) uint8_t sem[128];
#endif
	NETMAP_EXTENSION_ struct netmap_slot slot[]; /**< num_slots of them */
};

/** RX ring flag: write the time of every sync into ts. */
#define NR_TIMESTAMP 0x0002
/** RX ring flag: forward released slots that carry NS_FORWARD. */
#define NR_FORWARD 0x0004

/* --------------------------------------------------------- interfaces --- */

/**
 * What one binding sees of a port: counts, and where its rings are.
 * ring_ofs holds, relative to this structure, the NIC TX rings, host TX
 * rings, NIC RX rings and host RX rings; rings that are not bound are 0.
 */
struct netmap_if {
	char ni_name[16];	   /**< name, cut at 15 bytes */
	uint32_t ni_version;	   /**< NETMAP_API */
	uint32_t ni_flags;	   /**< NI_PRIV_MEM */
	uint32_t ni_tx_rings;	   /**< NIC TX rings of the port */
	uint32_t ni_rx_rings;	   /**< NIC RX rings of the port */
	uint32_t ni_bufs_head;	   /**< first extra buffer, 0 = none; writable */
	uint32_t ni_host_tx_rings; /**< host TX rings, at least 1 */
	uint32_t ni_host_rx_rings; /**< host RX rings, at least 1 */
	uint32_t ni_spare1[3];
	NETMAP_EXTENSION_ int64_t ring_ofs[];
};

/** The region is private to the port (not the global one). */
#define NI_PRIV_MEM 0x1

/* ----------------------------------------------------------- requests --- */

/** Head of every control request. */
struct nmreq_header {
	uint16_t nr_version;	/**< NETMAP_API */
	uint16_t nr_reqtype;	/**< NETMAP_REQ_* */
	uint32_t nr_reserved;	/**< 0 */
	char nr_name[NETMAP_REQ_IFNAMSIZ]; /**< port the request is about */
	uint64_t nr_options;	/**< address of the first option, or 0 */
	uint64_t nr_body;	/**< address of the body, or 0 */
};

/** Request types (nr_reqtype). */
enum {
	NETMAP_REQ_REGISTER = 1,
	NETMAP_REQ_PORT_INFO_GET = 2,
	NETMAP_REQ_VALE_ATTACH = 3,
	NETMAP_REQ_VALE_DETACH = 4,
	NETMAP_REQ_VALE_LIST = 5,
	NETMAP_REQ_PORT_HDR_SET = 6,
	NETMAP_REQ_PORT_HDR_GET = 7,
	NETMAP_REQ_VALE_NEWIF = 8,
	NETMAP_REQ_VALE_DELIF = 9,
	NETMAP_REQ_VALE_POLLING_ENABLE = 10,
	NETMAP_REQ_VALE_POLLING_DISABLE = 11,
	NETMAP_REQ_POOLS_INFO_GET = 12,
	NETMAP_REQ_SYNC_KLOOP_START = 13,
	NETMAP_REQ_SYNC_KLOOP_STOP = 14,
	NETMAP_REQ_CSB_ENABLE = 15,
	/** netmapxx: counters of one ring; other cores answer EINVAL */
	NETMAP_REQ_STATS_GET = 1000
};

/** Option types (nro_reqtype). */
enum {
	NETMAP_REQ_OPT_EXTMEM = 1,
	NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS = 2,
	NETMAP_REQ_OPT_CSB = 3,
	NETMAP_REQ_OPT_SYNC_KLOOP_MODE = 4,
	NETMAP_REQ_OPT_OFFSETS = 5,
	NETMAP_REQ_OPT_MAX = 6,
	/** netmapxx: why a request failed, in words */
	NETMAP_REQ_OPT_ERRTEXT = 1000
};

/** Most bytes of a body with all its options. */
#define NETMAP_REQ_MAXSIZE 4096

/** Head of an option; options form a list through nro_next. */
struct nmreq_option {
	uint64_t nro_next;	/**< address of the next option, or 0 */
	uint32_t nro_reqtype;	/**< NETMAP_REQ_OPT_* */
	uint32_t nro_status;	/**< out: 0 or an errno */
	uint64_t nro_size;	/**< total bytes; only for options of variable size */
};

/** NETMAP_REQ_REGISTER: bind the descriptor to rings of a port. */
struct nmreq_register {
	uint64_t nr_offset;	/**< out: of the netmap_if in the region */
	uint64_t nr_memsize;	/**< out: bytes in the region */
	uint32_t nr_tx_slots;	/**< slots per TX ring; 0 = default */
	uint32_t nr_rx_slots;	/**< slots per RX ring; 0 = default */
	uint16_t nr_tx_rings;	/**< TX rings; 0 = default */
	uint16_t nr_rx_rings;	/**< RX rings; 0 = default */
	uint16_t nr_host_tx_rings; /**< host TX rings; 0 = keep */
	uint16_t nr_host_rx_rings; /**< host RX rings; 0 = keep */
	uint16_t nr_mem_id;	/**< region; 0 = the port's choice */
	uint16_t nr_ringid;	/**< ring, for the ONE modes */
	uint32_t nr_mode;	/**< NR_REG_* */
	uint32_t nr_extra_bufs;	/**< extra buffers: wanted, then granted */
	uint32_t netmap_hole_;	/**< alignment, ignored */
	uint64_t nr_flags;	/**< NR_* below */
};

/** Which rings a binding takes (nr_mode). */
enum {
	NR_REG_DEFAULT = 0,
	NR_REG_ALL_NIC = 1,
	NR_REG_SW = 2,
	NR_REG_NIC_SW = 3,
	NR_REG_ONE_NIC = 4,
	NR_REG_PIPE_MASTER = 5,
	NR_REG_PIPE_SLAVE = 6,
	NR_REG_NULL = 7,
	NR_REG_ONE_SW = 8
};

#define NR_MONITOR_TX 0x100
#define NR_MONITOR_RX 0x200
#define NR_ZCOPY_MON 0x400
#define NR_EXCLUSIVE 0x800
#define NR_RX_RINGS_ONLY 0x2000
#define NR_TX_RINGS_ONLY 0x4000
#define NR_ACCEPT_VNET_HDR 0x8000
#define NR_DO_RX_POLL 0x10000
#define NR_NO_TX_POLL 0x20000
/** netmapxx: the interface is to be served by its driver, or not at all; other
 * cores ignore it (see nr_port_mode for what one got). */
#define NR_NATIVE_ONLY (1ull << 48)
/** netmapxx: the interface is to be emulated, whatever its driver can do. */
#define NR_EMULATED_ONLY (1ull << 49)
/** netmapxx: packets of the interface, host rings too, keep their offloads: each
 * begins with a virtio-net header of 12 bytes, and may be longer than the MTU
 * (to be segmented) or lack a checksum, in both directions. Implies
 * NR_ACCEPT_VNET_HDR. All who have the interface open must ask for it, or accept
 * it: EBUSY if somebody has it open without. Ask PORT_HDR_GET what one got. */
#define NR_OFFLOADS (1ull << 50)
/** netmapxx: bytes of that header. */
#define NETMAP_OFFLOADS_HDR_LEN 12

/** NETMAP_REQ_PORT_INFO_GET: what a port is made of. */
struct nmreq_port_info_get {
	uint64_t nr_memsize;
	uint32_t nr_tx_slots;
	uint32_t nr_rx_slots;
	uint16_t nr_tx_rings;
	uint16_t nr_rx_rings;
	uint16_t nr_host_tx_rings;
	uint16_t nr_host_rx_rings;
	uint16_t nr_mem_id;
	uint16_t pad[3];
};

/** NETMAP_REQ_POOLS_INFO_GET: the three pools of a port's region. */
struct nmreq_pools_info {
	uint64_t nr_memsize;
	uint16_t nr_mem_id;
	uint16_t pad1[3];
	uint64_t nr_if_pool_offset;
	uint32_t nr_if_pool_objtotal;
	uint32_t nr_if_pool_objsize;
	uint64_t nr_ring_pool_offset;
	uint32_t nr_ring_pool_objtotal;
	uint32_t nr_ring_pool_objsize;
	uint64_t nr_buf_pool_offset;
	uint32_t nr_buf_pool_objtotal;
	uint32_t nr_buf_pool_objsize;
};

/** NETMAP_REQ_VALE_ATTACH: plug an interface into a switch. */
struct nmreq_vale_attach {
	struct nmreq_register reg;
	uint32_t port_index;
	uint32_t pad1;
};

/** NETMAP_REQ_VALE_DETACH. */
struct nmreq_vale_detach {
	uint32_t port_index;
	uint32_t pad1;
};

/** NETMAP_REQ_VALE_LIST: find one port, or walk through all. */
struct nmreq_vale_list {
	uint16_t nr_bridge_idx;
	uint16_t pad1;
	uint32_t nr_port_idx;
};

/** NETMAP_REQ_PORT_HDR_SET and _GET: length of the virtio-net header. */
struct nmreq_port_hdr {
	uint32_t nr_hdr_len;
	uint32_t pad1;
};

/** NETMAP_REQ_VALE_NEWIF: make a persistent switch port. */
struct nmreq_vale_newif {
	uint32_t nr_tx_slots;
	uint32_t nr_rx_slots;
	uint16_t nr_tx_rings;
	uint16_t nr_rx_rings;
	uint16_t nr_mem_id;
	uint16_t pad1;
};

/** NETMAP_REQ_VALE_POLLING_ENABLE and _DISABLE. */
struct nmreq_vale_polling {
	uint32_t nr_mode;
	uint32_t nr_first_cpu_id;
	uint32_t nr_num_polling_cpus;
	uint32_t pad1;
};
#define NETMAP_POLLING_MODE_SINGLE_CPU 1
#define NETMAP_POLLING_MODE_MULTI_CPU 2

/** NETMAP_REQ_SYNC_KLOOP_START. */
struct nmreq_sync_kloop_start {
	uint32_t sleep_us;
	uint32_t pad1;
};

/** NETMAP_REQ_OPT_EXTMEM: use the application's memory as region. */
struct nmreq_opt_extmem {
	struct nmreq_option nro_opt;
	uint64_t nro_usrptr;
	struct nmreq_pools_info nro_info;
};

/** One entry of NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS. */
struct nmreq_kloop_eventfd {
	int32_t ioeventfd;
	int32_t irqfd;
};

/** NETMAP_REQ_OPT_SYNC_KLOOP_EVENTFDS: one entry for each bound ring. */
struct nmreq_opt_sync_kloop_eventfds {
	struct nmreq_option nro_opt;
	NETMAP_EXTENSION_ struct nmreq_kloop_eventfd eventfds[];
};

/** NETMAP_REQ_OPT_SYNC_KLOOP_MODE. */
struct nmreq_opt_sync_kloop_mode {
	struct nmreq_option nro_opt;
	uint32_t mode;
	uint32_t netmap_hole_;
};
#define NM_OPT_SYNC_KLOOP_DIRECT_TX 1
#define NM_OPT_SYNC_KLOOP_DIRECT_RX 2

/** NETMAP_REQ_OPT_CSB: addresses of the two shared-index arrays. */
struct nmreq_opt_csb {
	struct nmreq_option nro_opt;
	uint64_t csb_atok;
	uint64_t csb_ktoa;
};

/** NETMAP_REQ_OPT_OFFSETS: packets start at an offset in their buffers. */
struct nmreq_opt_offsets {
	struct nmreq_option nro_opt;
	uint64_t nro_max_offset;
	uint64_t nro_initial_offset;
	uint32_t nro_offset_bits;
	uint32_t nro_tx_align;
	uint64_t nro_min_gap;
};

/** Bytes of text in an error-text option, terminator included. */
#define NETMAP_ERRTEXT_LEN 224

/**
 * NETMAP_REQ_OPT_ERRTEXT (netmapxx): accepted by every request.  When the
 * request fails the core writes one sentence that says what was wrong and
 * what to do; when it succeeds the text is empty.
 */
struct nmreq_opt_errtext {
	struct nmreq_option nro_opt;
	uint64_t nro_reserved;	/**< 0 */
	char nro_text[NETMAP_ERRTEXT_LEN];
};

/** Why packets or slots were dropped (index into nr_drops). */
enum netmap_drop_reason {
	NETMAP_DROP_NO_ROOM = 0,     /**< the receiver's ring was full */
	NETMAP_DROP_SHORT = 1,	     /**< shorter than an Ethernet header */
	NETMAP_DROP_NO_DEST = 2,     /**< own port, or no port to go to */
	NETMAP_DROP_TOO_MANY_FRAGS = 3, /**< more than NETMAP_MAX_FRAGS slots */
	NETMAP_DROP_BAD_SLOT = 4,    /**< buffer index or length out of range */
	NETMAP_DROP_BAD_INDIRECT = 5, /**< NS_INDIRECT address unreadable */
	NETMAP_DROP_VNET_HDR = 6,    /**< virtio-net header not understood */
	NETMAP_DROP_DETACHED = 7,    /**< the port is in no switch */
	NETMAP_DROP_DISABLED = 8,    /**< the switch was told to drop (bridge_batch) */
	NETMAP_DROP_TOO_LONG = 9,    /**< longer than the receiver's buffer */
	NETMAP_DROP_OFFLOAD = 10,    /**< could not be segmented or checksummed as
				      *   its header asked */
	NETMAP_DROP_REASONS = 16     /**< size of the array */
};

/** What is behind a port (nr_port_mode). */
enum netmap_port_mode {
	NETMAP_PORT_VIRTUAL = 1,  /**< no interface: a switch port, pipe, monitor, null port */
	NETMAP_PORT_NATIVE = 2,	  /**< an interface, served by its driver */
	NETMAP_PORT_EMULATED = 3  /**< an interface, served through the host's paths */
};

/**
 * NETMAP_REQ_STATS_GET (netmapxx): counters of one ring of an existing port,
 * and of the region behind it.  A monitor is asked for by its own name, or with
 * an empty one through its descriptor: that is the port it is bound to.  Walk the rings by nr_ring; ENOENT past the
 * last.  Counters start at 0 when the port gets its first binding, wrap at 2^64
 * and are read without stopping traffic.
 */
struct nmreq_stats_get {
	uint32_t nr_dir;	/**< in: 1 for TX, 0 for RX */
	uint32_t nr_ring;	/**< in: ring index, host rings last */
	uint64_t nr_packets;	/**< packets moved */
	uint64_t nr_bytes;	/**< bytes moved */
	uint64_t nr_syncs;	/**< syncs that reached the port */
	uint64_t nr_wakeups;	/**< times sleepers were told of progress */
	uint64_t nr_bad_rings;	/**< syncs refused because of bad indices */
	uint64_t nr_drops[NETMAP_DROP_REASONS]; /**< by netmap_drop_reason */
	uint64_t nr_mem_capacity;  /**< bytes the region may grow to */
	uint64_t nr_mem_populated; /**< bytes backed by memory now */
	uint32_t nr_bufs_total;	   /**< buffers in the region's capacity */
	uint32_t nr_bufs_used;	   /**< buffers in rings and extra lists */
	uint16_t nr_mem_id;	   /**< region */
	uint16_t nr_port_mode;	   /**< NETMAP_PORT_*: who moves the packets */
	uint16_t nr_opens;	   /**< descriptors bound to it now, 65535 at most */
	uint16_t pad1[1];
};

/* ------------------------------------------------- shared-index mode --- */

/** Shared indices, application to core; one per bound ring, TX first. */
struct nm_csb_atok {
	uint32_t head;
	uint32_t cur;
	uint32_t appl_need_kick;
	uint32_t sync_flags;
	uint32_t pad[12];
};

/** Shared indices, core to application. */
struct nm_csb_ktoa {
	uint32_t hwcur;
	uint32_t hwtail;
	uint32_t kern_need_kick;
	uint32_t pad[13];
};

/* ------------------------------------------------------------- ioctls --- */

#define NIOCTXSYNC _IO('i', 148)
#define NIOCRXSYNC _IO('i', 149)
#define NIOCCTRL _IOWR('i', 151, struct nmreq_header)

/* -------------------------------------------------- layouts, nailed ---- */

#ifdef __cplusplus
#define NETMAP_ASSERT_(cond) static_assert(cond, #cond)
#else
#define NETMAP_ASSERT_(cond) _Static_assert(cond, #cond)
#endif
#define NETMAP_AT_(type, field, at) \
	NETMAP_ASSERT_(__builtin_offsetof(struct type, field) == (at))
#define NETMAP_SIZE_(type, bytes) NETMAP_ASSERT_(sizeof(struct type) == (bytes))

NETMAP_SIZE_(netmap_slot, 16);
NETMAP_AT_(netmap_slot, len, 4);
NETMAP_AT_(netmap_slot, flags, 6);
NETMAP_AT_(netmap_slot, ptr, 8);
NETMAP_SIZE_(netmap_ring, 256);
NETMAP_AT_(netmap_ring, num_slots, 8);
NETMAP_AT_(netmap_ring, nr_buf_size, 12);
NETMAP_AT_(netmap_ring, ringid, 16);
NETMAP_AT_(netmap_ring, dir, 18);
NETMAP_AT_(netmap_ring, head, 20);
NETMAP_AT_(netmap_ring, cur, 24);
NETMAP_AT_(netmap_ring, tail, 28);
NETMAP_AT_(netmap_ring, flags, 32);
NETMAP_AT_(netmap_ring, ts, 40);
NETMAP_AT_(netmap_ring, offset_mask, 56);
NETMAP_AT_(netmap_ring, buf_align, 64);
NETMAP_AT_(netmap_ring, sem, 128);
NETMAP_SIZE_(netmap_if, 56);
NETMAP_AT_(netmap_if, ni_version, 16);
NETMAP_AT_(netmap_if, ni_flags, 20);
NETMAP_AT_(netmap_if, ni_tx_rings, 24);
NETMAP_AT_(netmap_if, ni_rx_rings, 28);
NETMAP_AT_(netmap_if, ni_bufs_head, 32);
NETMAP_AT_(netmap_if, ni_host_tx_rings, 36);
NETMAP_AT_(netmap_if, ni_host_rx_rings, 40);
NETMAP_AT_(netmap_if, ni_spare1, 44);
NETMAP_SIZE_(nmreq_header, 88);
NETMAP_AT_(nmreq_header, nr_reqtype, 2);
NETMAP_AT_(nmreq_header, nr_reserved, 4);
NETMAP_AT_(nmreq_header, nr_name, 8);
NETMAP_AT_(nmreq_header, nr_options, 72);
NETMAP_AT_(nmreq_header, nr_body, 80);
NETMAP_SIZE_(nmreq_option, 24);
NETMAP_AT_(nmreq_option, nro_reqtype, 8);
NETMAP_AT_(nmreq_option, nro_status, 12);
NETMAP_AT_(nmreq_option, nro_size, 16);
NETMAP_SIZE_(nmreq_register, 56);
NETMAP_AT_(nmreq_register, nr_tx_slots, 16);
NETMAP_AT_(nmreq_register, nr_tx_rings, 24);
NETMAP_AT_(nmreq_register, nr_host_tx_rings, 28);
NETMAP_AT_(nmreq_register, nr_mem_id, 32);
NETMAP_AT_(nmreq_register, nr_ringid, 34);
NETMAP_AT_(nmreq_register, nr_mode, 36);
NETMAP_AT_(nmreq_register, nr_extra_bufs, 40);
NETMAP_AT_(nmreq_register, nr_flags, 48);
NETMAP_SIZE_(nmreq_port_info_get, 32);
NETMAP_AT_(nmreq_port_info_get, nr_mem_id, 24);
NETMAP_SIZE_(nmreq_pools_info, 64);
NETMAP_AT_(nmreq_pools_info, nr_if_pool_offset, 16);
NETMAP_AT_(nmreq_pools_info, nr_ring_pool_offset, 32);
NETMAP_AT_(nmreq_pools_info, nr_buf_pool_offset, 48);
NETMAP_AT_(nmreq_pools_info, nr_buf_pool_objsize, 60);
NETMAP_SIZE_(nmreq_vale_attach, 64);
NETMAP_AT_(nmreq_vale_attach, port_index, 56);
NETMAP_SIZE_(nmreq_vale_detach, 8);
NETMAP_SIZE_(nmreq_vale_list, 8);
NETMAP_AT_(nmreq_vale_list, nr_port_idx, 4);
NETMAP_SIZE_(nmreq_port_hdr, 8);
NETMAP_SIZE_(nmreq_vale_newif, 16);
NETMAP_SIZE_(nmreq_vale_polling, 16);
NETMAP_SIZE_(nmreq_sync_kloop_start, 8);
NETMAP_SIZE_(nmreq_opt_extmem, 96);
NETMAP_AT_(nmreq_opt_extmem, nro_info, 32);
NETMAP_SIZE_(nmreq_kloop_eventfd, 8);
NETMAP_SIZE_(nmreq_opt_sync_kloop_eventfds, 24);
NETMAP_SIZE_(nmreq_opt_sync_kloop_mode, 32);
NETMAP_SIZE_(nmreq_opt_csb, 40);
NETMAP_SIZE_(nmreq_opt_offsets, 56);
NETMAP_AT_(nmreq_opt_offsets, nro_offset_bits, 40);
NETMAP_AT_(nmreq_opt_offsets, nro_min_gap, 48);
NETMAP_SIZE_(nmreq_opt_errtext, 256);
NETMAP_SIZE_(nmreq_stats_get, 208);
NETMAP_SIZE_(nm_csb_atok, 64);
NETMAP_SIZE_(nm_csb_ktoa, 64);
NETMAP_ASSERT_(NIOCTXSYNC == 0x00006994);
NETMAP_ASSERT_(NIOCRXSYNC == 0x00006995);
NETMAP_ASSERT_(NIOCCTRL == 0xC0586997);

#ifdef __cplusplus
}
#ifdef __clang__
#pragma clang diagnostic pop
#endif
#endif

/* Old sources find struct nmreq here. */
#ifndef __KERNEL__
#include <net/netmap_legacy.h>
#endif

#endif /* NET_NETMAP_H */
