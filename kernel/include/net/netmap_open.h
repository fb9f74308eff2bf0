/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file netmap_open.h
 * Opening a port, sending and receiving in a few lines of C, over the old
 * ioctls: for programs that define NETMAP_WITH_LIBS and include
 * netmap_user.h.  New programs use the C++ library, or NIOCCTRL.
 *
 *     struct nm_desc *d = nm_open("vale0:a", NULL, 0, NULL);
 *     struct pollfd p = { .fd = NETMAP_FD(d), .events = POLLIN };
 *     poll(&p, 1, -1);
 *     nm_dispatch(d, -1, packet_came, NULL);
 *     nm_inject(d, frame, sizeof(frame));
 *     ioctl(NETMAP_FD(d), NIOCTXSYNC, NULL);
 *     nm_close(d);
 *
 * Port specification: ("netmap:" NAME | "vale" SWITCH ":" PORT) [RINGS]
 * ["@" REGION] ["/" FLAGS], where RINGS is one of
 *   -N  NIC ring N      ^  host rings       *  NIC and host rings
 *   {N  pipe N, master  }N pipe N, slave
 * and FLAGS are letters: x exclusive, z zero-copy monitor, t monitor of TX,
 * r monitor of RX, T only TX rings, R only RX rings.
 *
 * Thread safety: a descriptor belongs to one thread at a time.
 */
#ifndef NET_NETMAP_OPEN_H
#define NET_NETMAP_OPEN_H

#include <errno.h>
#include <fcntl.h>
#include <net/netmap_legacy.h>
#include <net/netmap_user.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- messages ------------------------------------------------------------ */

/* A line on stderr: time, function, line and text; for the three macros. */
__attribute__((format(printf, 3, 4))) static inline void
nm_debug_(const char *function, int line, const char *fmt, ...)
{
	struct timeval now;
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	gettimeofday(&now, NULL);
	fprintf(stderr, "%03d.%06d %s [%d] %s\n", (int)(now.tv_sec % 1000), (int)now.tv_usec,
		function, line, text);
}

/* The macros that programs of old print with; a program may have its own. */
#ifndef ND
/** Prints nothing. */
#define ND(...) \
	do {    \
	} while (0)
/** Prints a line on stderr, as printf(). */
#define D(...) nm_debug_(__func__, __LINE__, __VA_ARGS__)
/** The same, at most `lps` times a second. */
#define RD(lps, ...)                                                 \
	do {                                                         \
		static long nm_rd_second_;                           \
		static int nm_rd_said_;                              \
		struct timeval nm_rd_now_;                           \
		gettimeofday(&nm_rd_now_, NULL);                     \
		if (nm_rd_second_ != (long)nm_rd_now_.tv_sec) {      \
			nm_rd_second_ = (long)nm_rd_now_.tv_sec;     \
			nm_rd_said_ = 0;                             \
		}                                                    \
		if (nm_rd_said_++ < (lps))                           \
			D(__VA_ARGS__);                              \
	} while (0)
#endif

/** Flags of nm_open(), beside NR_* and the two poll flags. */
enum {
	NM_OPEN_NO_MMAP = 0x040000, /**< the caller maps, with nm_mmap() */
	NM_OPEN_IFNAME = 0x080000,  /**< name, rings and flags of the parent */
	NM_OPEN_ARG1 = 0x100000,    /**< nr_arg1 of the parent */
	NM_OPEN_ARG2 = 0x200000,    /**< nr_arg2 of the parent */
	NM_OPEN_ARG3 = 0x400000,    /**< nr_arg3 of the parent */
	NM_OPEN_RING_CFG = 0x800000 /**< numbers of rings and slots of the parent */
};

/** Counters of a descriptor. */
struct nm_stat {
	unsigned int ps_recv;
	unsigned int ps_drop;
	unsigned int ps_ifdrop;
};

/** Bytes of an error text, terminator included. */
#define NM_ERRBUF_SIZE 512

struct nm_desc;

/** nm_pkthdr.flags: nm_dispatch() has another packet for the callback. */
#define NM_MORE_PKTS 1

/** What a callback learns about a packet; begins as struct pcap_pkthdr. */
struct nm_pkthdr {
	struct timeval ts;
	uint32_t caplen; /**< bytes in its first slot, which is what `buf` shows */
	uint32_t len;	 /**< bytes in all of its slots */
	uint64_t flags;		  /**< NM_MORE_PKTS */
	struct nm_desc *d;	  /**< where it came from */
	struct netmap_slot *slot; /**< its first slot */
	uint8_t *buf;		  /**< its data */
};

/** An open port. Made by nm_open(), gone with nm_close(). */
struct nm_desc {
	struct nm_desc *self; /**< points to itself */
	int fd;
	void *mem; /**< the region */
	uint32_t memsize;
	int done_mmap; /**< the mapping is this descriptor's own */
	struct netmap_if *nifp;
	uint16_t first_tx_ring, last_tx_ring, cur_tx_ring;
	uint16_t first_rx_ring, last_rx_ring, cur_rx_ring;
	struct nmreq req; /**< the request, with the reply */
	struct nm_pkthdr hdr;
	struct netmap_ring *some_ring; /**< a bound ring, or NULL */
	void *buf_start;	       /**< buffer 0 */
	void *buf_end;		       /**< end of the region */
	struct nm_stat st;
	char msg[NM_ERRBUF_SIZE]; /**< what nm_parse() did not like */
};

#define P2NMD(p) ((const struct nm_desc *)(const void *)(p))
#define IS_NETMAP_DESC(p) ((p) && P2NMD(p)->self == P2NMD(p))
#define NETMAP_FD(d) (P2NMD(d)->fd)

/** Called for each packet; the data is valid until it returns. */
typedef void (*nm_cb_t)(unsigned char *arg, const struct nm_pkthdr *hdr,
			const unsigned char *data);

/* ---- specifications ------------------------------------------------------ */

static inline int nm_parse_error_(struct nm_desc *d, const char *why, const char *at)
{
	snprintf(d->msg, sizeof(d->msg), "%s at \"%.64s\"", why, at);
	errno = EINVAL;
	return -1;
}

/* A number of at most `most` at *p, which moves behind it; or -1. */
static inline long nm_parse_number_(const char **p, long most)
{
	long v = 0;

	if (**p < '0' || **p > '9')
		return -1;
	for (; **p >= '0' && **p <= '9'; ++*p) {
		v = v * 10 + (**p - '0');
		if (v > most)
			return -1;
	}
	return v;
}

static inline int nm_parse_is_name_(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* The name, with the prefix if that belongs to it; *spec moves behind it. */
static inline int nm_parse_name_(const char **spec, struct nm_desc *d)
{
	const char *from = *spec, *p;
	size_t len;

	if (!strncmp(from, "netmap:", 7)) {
		from += 7;
		p = from + strcspn(from, "-*^{}/@");
		if (p == from)
			return nm_parse_error_(d, "the name is missing", from);
	} else {
		for (p = from; nm_parse_is_name_(*p); p++)
			;
		if (*p++ != ':')
			return nm_parse_error_(d, "a switch port is called valeX:port", from);
		while (nm_parse_is_name_(*p))
			p++;
		if (*p && !strchr("-*^{}/@", *p))
			return nm_parse_error_(d, "no character for a switch port", p);
	}
	len = (size_t)(p - from);
	if (len >= sizeof(d->req.nr_name))
		return nm_parse_error_(d, "the name is longer than 15 bytes", from);
	memset(d->req.nr_name, 0, sizeof(d->req.nr_name));
	memcpy(d->req.nr_name, from, len);
	*spec = p;
	return 0;
}

/* The rings: mode and ring id. */
static inline int nm_parse_rings_(const char **p, struct nm_desc *d)
{
	static const char marks[] = "-{}^*";
	static const uint32_t modes[] = {NR_REG_ONE_NIC, NR_REG_PIPE_MASTER, NR_REG_PIPE_SLAVE,
					 NR_REG_SW, NR_REG_NIC_SW};
	const char *mark = **p ? strchr(marks, **p) : NULL;
	long id = 0;

	d->req.nr_flags = NR_REG_ALL_NIC;
	d->req.nr_ringid = 0;
	if (!mark)
		return 0;
	++*p;
	if (mark < marks + 3) {
		id = nm_parse_number_(p, NETMAP_RING_MASK - 1);
		if (id < 0)
			return nm_parse_error_(d, "a number from 0 to 4094 is missing", *p);
	}
	d->req.nr_flags = modes[mark - marks];
	d->req.nr_ringid = (uint16_t)id;
	return 0;
}

static inline int nm_parse_flags_(const char **p, struct nm_desc *d)
{
	static const char letters[] = "xztrTR";
	static const uint32_t bits[] = {NR_EXCLUSIVE, NR_ZCOPY_MON, NR_MONITOR_TX,
					NR_MONITOR_RX, NR_TX_RINGS_ONLY, NR_RX_RINGS_ONLY};
	const char *letter;

	if (!**p || **p == '@')
		return **p ? 0 : nm_parse_error_(d, "flags are missing", *p);
	for (; **p && **p != '@'; ++*p) {
		letter = strchr(letters, **p);
		if (!letter)
			return nm_parse_error_(d, "no such flag", *p);
		d->req.nr_flags |= bits[letter - letters];
	}
	return 0;
}

/* Region and flags, each once, in any order. */
static inline int nm_parse_tail_(const char *p, struct nm_desc *d)
{
	int region = 0, flags = 0;
	long id;

	while (*p) {
		if (*p == '/' && !flags++) {
			p++;
			if (nm_parse_flags_(&p, d))
				return -1;
		} else if (*p == '@' && !region++) {
			p++;
			id = nm_parse_number_(&p, 65535);
			if (id <= 0)
				return nm_parse_error_(d, "the number of a region is missing", p);
			d->req.nr_arg2 = (uint16_t)id;
		} else {
			return nm_parse_error_(d, "what is this", p);
		}
	}
	return 0;
}

/**
 * Decodes a specification into d->req (name, ring id, flags, region). Returns
 * 0, or -1 with errno and words in d->msg; errno is 0 if the specification
 * begins with neither "netmap:" nor "vale".
 */
static inline int nm_parse(const char *spec, struct nm_desc *d)
{
	d->msg[0] = 0;
	if (strncmp(spec, "netmap:", 7) && strncmp(spec, NM_BDG_NAME, 4)) {
		errno = 0;
		return -1;
	}
	return nm_parse_name_(&spec, d) || nm_parse_rings_(&spec, d) || nm_parse_tail_(spec, d) ?
		       -1 : 0;
}

/* ---- opening and closing --------------------------------------------------- */

/** Unmaps what the descriptor mapped, and closes it. 0, or EINVAL for none. */
static inline int nm_close(struct nm_desc *d)
{
	if (!IS_NETMAP_DESC(d))
		return EINVAL;
	if (d->done_mmap && d->mem)
		munmap(d->mem, d->memsize);
	if (d->fd >= 0)
		close(d->fd);
	memset((void *)d, 0, sizeof(*d));
	free((void *)d);
	return 0;
}

/* Which rings are ours: the first and the last of each direction. */
static inline void nm_open_ranges_(struct nm_desc *d)
{
	uint16_t tx = (uint16_t)d->nifp->ni_tx_rings, rx = (uint16_t)d->nifp->ni_rx_rings;
	uint16_t id = d->req.nr_ringid & NETMAP_RING_MASK;
	uint32_t mode = d->req.nr_flags & NR_REG_MASK;
	uint32_t i;

	d->first_tx_ring = d->first_rx_ring = 0;
	d->last_tx_ring = tx ? (uint16_t)(tx - 1) : 0;
	d->last_rx_ring = rx ? (uint16_t)(rx - 1) : 0;
	if (mode == NR_REG_SW) {
		d->first_tx_ring = tx;
		d->first_rx_ring = rx;
	}
	if (mode == NR_REG_SW || mode == NR_REG_NIC_SW) {
		d->last_tx_ring = (uint16_t)(tx + d->nifp->ni_host_tx_rings - 1);
		d->last_rx_ring = (uint16_t)(rx + d->nifp->ni_host_rx_rings - 1);
	} else if (mode == NR_REG_ONE_NIC) { /* of fewer rings, the first serves */
		d->first_tx_ring = d->last_tx_ring = id < tx ? id : 0;
		d->first_rx_ring = d->last_rx_ring = id < rx ? id : 0;
	}
	d->cur_tx_ring = d->first_tx_ring;
	d->cur_rx_ring = d->first_rx_ring;
	for (i = d->first_rx_ring; !d->some_ring && rx && i <= d->last_rx_ring; i++)
		if (NETMAP_RXRING(d->nifp, i) != (void *)d->nifp)
			d->some_ring = NETMAP_RXRING(d->nifp, i);
	for (i = d->first_tx_ring; !d->some_ring && tx && i <= d->last_tx_ring; i++)
		if (NETMAP_TXRING(d->nifp, i) != (void *)d->nifp)
			d->some_ring = NETMAP_TXRING(d->nifp, i);
	if (!d->some_ring)
		return;
	d->buf_start = NETMAP_BUF(d->some_ring, 0);
	d->buf_end = (char *)d->mem + d->memsize;
}

/**
 * Maps the region of a registered descriptor, or takes the mapping of `parent`
 * if that is in the same region. 0, or -1 with errno.
 */
static inline int nm_mmap(struct nm_desc *d, const struct nm_desc *parent)
{
	if (d->done_mmap)
		return 0;
	if (IS_NETMAP_DESC(parent) && parent->mem && parent->req.nr_arg2 == d->req.nr_arg2) {
		d->mem = parent->mem;
		d->memsize = parent->memsize;
	} else {
		d->memsize = d->req.nr_memsize;
		d->mem = mmap(NULL, d->memsize, PROT_READ | PROT_WRITE, MAP_SHARED, d->fd, 0);
		if (d->mem == MAP_FAILED) {
			d->mem = NULL;
			return -1;
		}
		d->done_mmap = 1;
	}
	d->nifp = NETMAP_IF(d->mem, d->req.nr_offset);
	nm_open_ranges_(d);
	return 0;
}

static inline void nm_open_defaults_(struct nm_desc *d, uint64_t flags,
				     const struct nm_desc *parent)
{
	const struct nmreq *from = &parent->req;
	struct nmreq *to = &d->req;

	if (flags & NM_OPEN_IFNAME) {
		memcpy(to->nr_name, from->nr_name, sizeof(to->nr_name));
		to->nr_ringid = from->nr_ringid;
		to->nr_flags = from->nr_flags;
	}
	if (flags & NM_OPEN_ARG1)
		to->nr_arg1 = from->nr_arg1;
	if (flags & NM_OPEN_ARG2)
		to->nr_arg2 = from->nr_arg2;
	if (flags & NM_OPEN_ARG3)
		to->nr_arg3 = from->nr_arg3;
	if (flags & NM_OPEN_RING_CFG) {
		to->nr_tx_slots = from->nr_tx_slots;
		to->nr_rx_slots = from->nr_rx_slots;
		to->nr_tx_rings = from->nr_tx_rings;
		to->nr_rx_rings = from->nr_rx_rings;
	}
}

/**
 * Opens a port. `req` (or NULL) holds defaults for what the specification does
 * not say; `flags` are NM_OPEN_*, NR_* above the mode, NETMAP_NO_TX_POLL and
 * NETMAP_DO_RX_POLL; `parent` (or NULL) is a descriptor that NM_OPEN_* take
 * from, and whose mapping serves if the region is the same. NULL with errno
 * on failure; errno is 0 for what does not name a netmap port.
 */
static inline struct nm_desc *nm_open(const char *ifname, const struct nmreq *req,
				      uint64_t flags, const struct nm_desc *parent)
{
	struct nm_desc *d;
	int saved;

	if (strncmp(ifname, "netmap:", 7) && strncmp(ifname, NM_BDG_NAME, 4)) {
		errno = 0;
		return NULL;
	}
	d = (struct nm_desc *)calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->self = d;
	d->fd = -1;
	if (req)
		d->req = *req;
	if (nm_parse(ifname, d))
		goto fail;
	if (IS_NETMAP_DESC(parent))
		nm_open_defaults_(d, flags, parent);
	d->req.nr_version = NETMAP_API;
	d->req.nr_cmd = 0;
	d->req.nr_flags |= (uint32_t)flags & (NM_OPEN_NO_MMAP - 1) & ~(uint32_t)0xff;
	d->req.nr_ringid &= NETMAP_RING_MASK;
	d->req.nr_ringid |= (uint16_t)(flags & (NETMAP_NO_TX_POLL | NETMAP_DO_RX_POLL));
	d->fd = open("/dev/netmap", O_RDWR);
	if (d->fd < 0 || ioctl(d->fd, NIOCREGIF, &d->req))
		goto fail;
	if (!(flags & NM_OPEN_NO_MMAP) && nm_mmap(d, parent))
		goto fail;
	return d;
fail:
	saved = errno;
	nm_close(d);
	errno = saved;
	return NULL;
}

/* ---- packets --------------------------------------------------------------- */

static inline int nm_ring_bound_(const struct nm_desc *d, const struct netmap_ring *ring)
{
	return (const void *)ring != (const void *)d->nifp;
}

/**
 * Puts a packet into a TX ring with room, in as many slots as it needs; the
 * next sync sends it. Returns `size`, or 0 if no ring has room.
 */
static inline int nm_inject(struct nm_desc *d, const void *buf, size_t size)
{
	unsigned int n = d->last_tx_ring - d->first_tx_ring + 1u, c, ri;
	const char *from = (const char *)buf;
	struct netmap_ring *ring;
	struct netmap_slot *slot;
	size_t left = size, part;
	uint32_t i;

	for (c = 0; d->nifp->ni_tx_rings + d->nifp->ni_host_tx_rings && c < n; c++) {
		ri = d->cur_tx_ring + c;
		if (ri > d->last_tx_ring)
			ri = d->first_tx_ring + (ri - d->last_tx_ring - 1);
		ring = NETMAP_TXRING(d->nifp, ri);
		if (!nm_ring_bound_(d, ring) || !ring->nr_buf_size ||
		    (uint64_t)nm_ring_space(ring) * ring->nr_buf_size < size ||
		    nm_ring_empty(ring))
			continue;
		i = ring->head;
		do {
			part = left < ring->nr_buf_size ? left : ring->nr_buf_size;
			if (part > 0xffff)
				part = 0xffff;
			slot = &ring->slot[i];
			nm_pkt_copy(from, NETMAP_BUF(ring, slot->buf_idx), (int)part);
			slot->len = (uint16_t)part;
			left -= part;
			from += part;
			slot->flags = left ? NS_MOREFRAG : 0;
			i = nm_ring_next(ring, i);
		} while (left && i != ring->tail);
		if (left)
			return 0;
		ring->cur = i;
		ring->head = i;
		d->cur_tx_ring = (uint16_t)ri;
		return (int)size;
	}
	return 0;
}

/* The first RX ring from the current one on that has a packet, or NULL. */
static inline struct netmap_ring *nm_rx_ready_(struct nm_desc *d)
{
	unsigned int n = d->last_rx_ring - d->first_rx_ring + 1u, c, ri;
	struct netmap_ring *ring;

	for (c = 0; d->nifp->ni_rx_rings + d->nifp->ni_host_rx_rings && c < n; c++) {
		ri = d->cur_rx_ring + c;
		if (ri > d->last_rx_ring)
			ri = d->first_rx_ring + (ri - d->last_rx_ring - 1);
		ring = NETMAP_RXRING(d->nifp, ri);
		if (!nm_ring_bound_(d, ring) || nm_ring_empty(ring))
			continue;
		d->cur_rx_ring = (uint16_t)ri;
		return ring;
	}
	return NULL;
}

/* Describes the packet at head in `hdr` and releases all its slots. */
static inline void nm_rx_take_(struct nm_desc *d, struct netmap_ring *ring,
			       struct nm_pkthdr *hdr)
{
	uint32_t i = ring->head, tail = ring->tail;

	hdr->slot = &ring->slot[i];
	hdr->buf = (uint8_t *)NETMAP_BUF_OFFSET(ring, hdr->slot);
	hdr->ts = ring->ts;
	hdr->len = hdr->caplen = hdr->slot->len;
	hdr->flags = 0;
	hdr->d = d;
	while ((ring->slot[i].flags & NS_MOREFRAG) && nm_ring_next(ring, i) != tail) {
		i = nm_ring_next(ring, i);
		hdr->len += ring->slot[i].len;
	}
	ring->cur = nm_ring_next(ring, i);
	ring->head = ring->cur;
	d->st.ps_recv++;
}

/**
 * Calls `cb` for up to `cnt` packets (all there are, if it is not positive)
 * and releases them. A packet of several slots is one call: `data` is its first
 * slot, and the others follow that in the ring. The flag NM_MORE_PKTS says that
 * this is not the last call. Returns the number of calls. Receiving is the
 * caller's poll() or NIOCRXSYNC.
 */
static inline int nm_dispatch(struct nm_desc *d, int cnt, nm_cb_t cb, unsigned char *arg)
{
	struct netmap_ring *ring = nm_rx_ready_(d);
	uint16_t at, next;
	int got = 0;

	while (ring && (cnt <= 0 || got < cnt)) {
		nm_rx_take_(d, ring, &d->hdr);
		got++;
		at = d->cur_rx_ring; /* the callback finds the packet's ring there */
		ring = nm_rx_ready_(d);
		next = d->cur_rx_ring;
		d->cur_rx_ring = at;
		if (ring && (cnt <= 0 || got < cnt))
			d->hdr.flags = NM_MORE_PKTS;
		cb(arg, &d->hdr, d->hdr.buf);
		d->cur_rx_ring = next;
	}
	return got;
}

/**
 * The next packet, described in `hdr` and released: its data (the first slot
 * of it) is valid until the next sync. NULL if there is none.
 */
static inline unsigned char *nm_nextpkt(struct nm_desc *d, struct nm_pkthdr *hdr)
{
	struct netmap_ring *ring = nm_rx_ready_(d);

	if (!ring)
		return NULL;
	nm_rx_take_(d, ring, hdr);
	return hdr->buf;
}

#ifdef __cplusplus
}
#endif

#endif /* NET_NETMAP_OPEN_H */
