/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file libnetmap.h
 * Ports for C programs: opening, options, memory, and the requests behind them.
 *
 * The names, types and results are those of the library that netmap programs
 * have been written against for years; sources that use it compile unchanged.
 *
 * @code
 *     struct nmport_d *d = nmport_open("vale0:a");
 *     struct pollfd p = { .fd = d->fd, .events = POLLIN };
 *     nmport_inject(d, frame, sizeof(frame));
 *     ioctl(d->fd, NIOCTXSYNC, NULL);
 *     poll(&p, 1, 1000);
 *     for (unsigned int i = d->first_rx_ring; i <= d->last_rx_ring; i++) {
 *             struct netmap_ring *ring = NETMAP_RXRING(d->nifp, i);
 *             ...
 *     }
 *     nmport_close(d);
 * @endcode
 *
 * Port specification:
 *
 *     spec   = ("netmap:" name | "vale" [switch] ":" port) [pipe] [rings]
 *              {"/" flags | "@" region} {"@" option}
 *     name   = text without - * ^ / @, or "[" any text without "]" "]"
 *     pipe   = ("{" | "}") id           master, slave end
 *     rings  = "-" N | "^" | "^" N | "*"
 *              NIC ring N; host rings; host ring N; NIC and host rings
 *     flags  = x exclusive, z zero-copy monitor, t monitor of TX, r monitor of
 *              RX, T only TX rings, R only RX rings
 *     region = number of a memory region
 *     option = share=PORT                    the region of PORT, which is open
 *            | conf:[host-][tx-|rx-](rings|slots)=N,...
 *            | extmem=FILE or extmem:file=FILE,if-num=N,if-size=N,ring-num=...
 *            | offset=N or offset:initial=N,bits=N  (see nmport_enable_option())
 *
 * Hosts: the device node /dev/netmap, and the embedded engine, where the
 * library libnetmapxx-preload.so is in the process. The environment variable
 * NETMAPXX_BACKEND says which ("device" or "embedded"); without it the node is
 * used when it exists, else the engine. See docs/c-programs.md.
 *
 * Errors: functions return -1 or NULL with errno, and say in words what went
 * wrong through the error callback of the context (nmctx).
 *
 * Thread safety: a descriptor belongs to one thread at a time; contexts may be
 * shared. The default context locks; one that a program makes does if it has
 * lock and unlock callbacks. LIBNETMAP_NOTHREADSAFE has no effect.
 */
#ifndef LIBNETMAP_H
#define LIBNETMAP_H

#include <net/netmap.h>
#include <net/netmap_user.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NM_COMPAT_API __attribute__((visibility("default")))

struct nmctx;
struct nmem_d;
struct nmport_cleanup_d;

/* -------------------------------------------------------------- ports --- */

/**
 * A port, from its specification to its rings. Made by nmport_prepare(),
 * nmport_open(), nmport_new() or nmport_clone(); gone with nmport_close().
 * `hdr` and `reg` may be changed until nmport_register(); everything else is
 * to be read only, but for the two cur_*_ring.
 * @since 0.1
 */
struct nmport_d {
	struct nmreq_header hdr;   /**< the request; its body is `reg` */
	struct nmreq_register reg; /**< wanted, and after registering, granted */

	struct nmem_d *mem; /**< the region; ports with the same one share buffers */
	struct nmctx *ctx;  /**< the context the port was made with */

	int register_done; /**< nmport_register() succeeded */
	int mmap_done;	   /**< nmport_mmap() succeeded */

	struct nmreq_opt_extmem *extmem; /**< the external memory asked for, or NULL */

	int fd;			/**< for poll() and ioctl(); -1 if not open */
	struct netmap_if *nifp; /**< the rings; NULL if not mapped */
	uint16_t first_tx_ring; /**< bound TX rings; none if first > last */
	uint16_t last_tx_ring;
	uint16_t first_rx_ring; /**< bound RX rings; none if first > last */
	uint16_t last_rx_ring;
	uint16_t cur_tx_ring; /**< where nmport_inject() begins */
	uint16_t cur_rx_ring; /**< for the program */

	struct nmport_cleanup_d *clist; /**< private: what undoing a parse frees */
	uint16_t asked_mem_id;		/**< private: nr_mem_id before registering */
};

/**
 * Opens a port: nmport_prepare() and nmport_open_desc().
 * @param portspec see the top of the file
 * @return the port, or NULL with errno. Close it with nmport_close().
 * @since 0.1
 */
NM_COMPAT_API struct nmport_d *nmport_open(const char *portspec);

/** Undoes nmport_open(). `d` may be NULL, and in any state. @since 0.1 */
NM_COMPAT_API void nmport_close(struct nmport_d *d);

/**
 * Puts one packet into a TX ring with room, in as many slots as it needs; the
 * next sync sends it. Rings are tried from cur_tx_ring on.
 * @param buf the packet
 * @param size bytes
 * @return `size`, or 0 if no bound ring has room
 * @since 0.1
 */
NM_COMPAT_API int nmport_inject(struct nmport_d *d, const void *buf, size_t size);

/** An empty port of the default context, or NULL (ENOMEM). @since 0.1 */
NM_COMPAT_API struct nmport_d *nmport_new(void);

/** Undoes nmport_new(); the port must be as that left it. @since 0.1 */
NM_COMPAT_API void nmport_delete(struct nmport_d *d);

/**
 * nmport_new() and nmport_parse(): a port that is described and not open, so
 * that `reg` can be completed. Undo with nmport_undo_prepare() or
 * nmport_close().
 * @since 0.1
 */
NM_COMPAT_API struct nmport_d *nmport_prepare(const char *portspec);
/** Undoes nmport_prepare() and frees the port. @since 0.1 */
NM_COMPAT_API void nmport_undo_prepare(struct nmport_d *d);

/**
 * Decodes a specification into `hdr`, `reg` and options. What the
 * specification does not say stays as it is; a failed parse changes nothing.
 * @return 0, or -1 with errno: EINVAL; EOPNOTSUPP (the option is disabled); of
 *         `share` and `extmem` what the system calls behind them give
 * @since 0.1
 */
NM_COMPAT_API int nmport_parse(struct nmport_d *d, const char *portspec);
/** Empties `hdr`, `reg` and options. @since 0.1 */
NM_COMPAT_API void nmport_undo_parse(struct nmport_d *d);

/**
 * Opens the control device and binds it: `fd` and `reg` are valid then.
 * @return 0, or -1 with errno: EINVAL (registered already), what opening the
 *         device and NETMAP_REQ_REGISTER give
 * @since 0.1
 */
NM_COMPAT_API int nmport_register(struct nmport_d *d);
/** Closes the control device. @since 0.1 */
NM_COMPAT_API void nmport_undo_register(struct nmport_d *d);

/**
 * Maps the region of a registered port, once per region and context, and finds
 * the bound rings: `mem`, `nifp` and the *_ring fields are valid then.
 * @return 0, or -1 with errno: EINVAL (not registered, or mapped already)
 * @since 0.1
 */
NM_COMPAT_API int nmport_mmap(struct nmport_d *d);
/** Unmaps, if no other port of the context uses the region. @since 0.1 */
NM_COMPAT_API void nmport_undo_mmap(struct nmport_d *d);

/** nmport_register() and nmport_mmap(). 0, or -1 with errno. @since 0.1 */
NM_COMPAT_API int nmport_open_desc(struct nmport_d *d);
/** Undoes nmport_open_desc(). @since 0.1 */
NM_COMPAT_API void nmport_undo_open_desc(struct nmport_d *d);

/**
 * A port described as `d` is, in the same region if `d` is registered, and not
 * open: change reg.nr_mode and reg.nr_ringid and open it for another thread.
 * Options are not copied.
 * @return the new port, or NULL with errno: EINVAL (`d` has external memory and
 *         is not registered), ENOMEM
 * @since 0.1
 */
NM_COMPAT_API struct nmport_d *nmport_clone(struct nmport_d *d);

/**
 * Asks for the region to be made in memory of the program, which must stay
 * until the port is closed; call it before nmport_register().
 * @param base page aligned; on the embedded engine a shared mapping
 * @param size bytes
 * @return 0, or -1 with errno: EINVAL (external memory is asked for already, or
 *         the port is registered), ENOMEM
 * @since 0.1
 */
NM_COMPAT_API int nmport_extmem(struct nmport_d *d, void *base, size_t size);

/**
 * The same with a file, all of which is mapped until the port is closed.
 * @return 0, or -1 with errno: those of nmport_extmem(), open() and mmap();
 *         EINVAL for an empty file
 * @since 0.1
 */
NM_COMPAT_API int nmport_extmem_from_file(struct nmport_d *d, const char *fname);

/**
 * How the external memory is laid out: set numbers and sizes of objects before
 * nmport_register() (0: the core's choice), and read them after it.
 * @return NULL if no external memory is asked for
 * @since 0.1
 */
NM_COMPAT_API struct nmreq_pools_info *nmport_extmem_getinfo(struct nmport_d *d);

/**
 * Asks for packets that begin at an offset in their buffers (NETMAP_ROFFSET and
 * NETMAP_WOFFSET); call it before nmport_register().
 * @param initial offset that the slots of new rings get, in bytes
 * @param maxoff largest offset that will be set, in bytes
 * @param bits of the slot's pointer field used, 0: all
 * @param mingap least room for a packet, 0: what the offsets leave
 * @return 0, or -1 with errno: EINVAL (asked for already, or registered), ENOMEM
 * @since 0.1
 */
NM_COMPAT_API int nmport_offset(struct nmport_d *d, uint64_t initial, uint64_t maxoff,
				uint64_t bits, uint64_t mingap);

/**
 * Lets specifications use an option: "share", "conf", "extmem" or "offset". The
 * last is disabled until the program says that it honours offsets.
 * @return 0, or -1 with errno EOPNOTSUPP: no such option
 * @since 0.1
 */
NM_COMPAT_API int nmport_enable_option(const char *opt);
/** Makes specifications that use an option fail with EOPNOTSUPP. @since 0.1 */
NM_COMPAT_API int nmport_disable_option(const char *opt);

/* ----------------------------------------------------------- requests --- */

/** Fills a header: version, type, body (or NULL); no name, no options. @since 0.1 */
NM_COMPAT_API void nmreq_header_init(struct nmreq_header *hdr, uint16_t reqtype,
				     void *body);

/**
 * Decodes the name of a port into hdr->nr_name.
 * @param ppspec moved behind the name
 * @return 0, or -1 with errno EINVAL and nothing changed
 * @since 0.1
 */
NM_COMPAT_API int nmreq_header_decode(const char **ppspec, struct nmreq_header *hdr,
				      struct nmctx *ctx);

/**
 * Decodes rings, flags and region into reg: nr_mode and nr_ringid are set,
 * nr_flags are added, nr_mem_id is set if there is one, and must be the one
 * that is set already.
 * @param pmode what follows the name; moved to the options or to the end
 * @return 0, or -1 with errno EINVAL and nothing changed
 * @since 0.1
 */
NM_COMPAT_API int nmreq_register_decode(const char **pmode, struct nmreq_register *reg,
					struct nmctx *ctx);

/**
 * The region of a port, which should be open.
 * @param portname moved behind the name
 * @return the region's number, or -1 with errno
 * @since 0.1
 */
NM_COMPAT_API int32_t nmreq_get_mem_id(const char **portname, struct nmctx *ctx);

/** Most keys of an option. */
#define NMREQ_OPT_MAXKEYS 16

/** What the callback of an option gets. @since 0.1 */
struct nmreq_parse_ctx {
	struct nmctx *ctx; /**< for messages and memory */
	void *token;	   /**< that of nmreq_options_decode() */
	/** values by key id; NULL: not given, "": given without a value */
	const char *keys[NMREQ_OPT_MAXKEYS];
};

/** Acts on an option: 0, or -1 with errno. */
typedef int (*nmreq_opt_parser_cb)(struct nmreq_parse_ctx *);

/** One key of an option; '-' and '_' are the same in it. @since 0.1 */
struct nmreq_opt_key {
	const char *key;
	int id;		    /**< index into nmreq_parse_ctx.keys */
	unsigned int flags; /**< NMREQ_OPTK_* */
};
/** "=value" may be left out. */
#define NMREQ_OPTK_ALLOWEMPTY (1U << 0)
/** The key must be given. */
#define NMREQ_OPTK_MUSTSET (1U << 1)
/** "option=value" stands for this key. */
#define NMREQ_OPTK_DEFAULT (1U << 2)

/** An option that specifications may use. Options form a list. @since 0.1 */
struct nmreq_opt_parser {
	const char *prefix; /**< the option's name */
	nmreq_opt_parser_cb parse;
	int default_key; /**< index into keys, or -1: none */
	int nr_keys;
	unsigned int flags;	       /**< NMREQ_OPTF_* */
	struct nmreq_opt_parser *next; /**< the next option, or NULL */
	struct nmreq_opt_key keys[NMREQ_OPT_MAXKEYS];
};
/** The option is refused with EOPNOTSUPP. */
#define NMREQ_OPTF_DISABLED (1U << 0)
/** The option may stand alone, without "=" and ":". */
#define NMREQ_OPTF_ALLOWEMPTY (1U << 1)

/**
 * Decodes options, "@name...@name...", and calls the parser of each in turn.
 * @param opt the options; empty: nothing happens
 * @param parsers the options there are
 * @param token for the callbacks
 * @return 0, or -1 with errno: EINVAL, EOPNOTSUPP (disabled), that of a callback
 * @since 0.1
 */
NM_COMPAT_API int nmreq_options_decode(const char *opt, struct nmreq_opt_parser *parsers,
				       void *token, struct nmctx *ctx);

/** Puts an option in front of a header's list. @since 0.1 */
NM_COMPAT_API void nmreq_push_option(struct nmreq_header *hdr, struct nmreq_option *opt);
/** Takes an option out of a header's list; nothing if it is not there. @since 0.1 */
NM_COMPAT_API void nmreq_remove_option(struct nmreq_header *hdr,
				       struct nmreq_option *opt);
/** The first option of a type (NETMAP_REQ_OPT_*) in a list, or NULL. @since 0.1 */
NM_COMPAT_API struct nmreq_option *nmreq_find_option(struct nmreq_header *hdr,
						     uint32_t type);
/** How many options after this one have its type. @since 0.1 */
NM_COMPAT_API int nmreq_checkduplicate(struct nmreq_option *opt);
/** Gives every option of a list to free(), and empties it. @since 0.1 */
NM_COMPAT_API void nmreq_free_options(struct nmreq_header *hdr);
/** What a type of option (NETMAP_REQ_OPT_*) is called. @since 0.1 */
NM_COMPAT_API const char *nmreq_option_name(uint32_t type);

/** Loops over the options of a header; `opt_` must not be removed meanwhile. */
#define nmreq_foreach_option(hdr_, opt_)                                                 \
	for ((opt_) = (struct nmreq_option *)(uintptr_t)(hdr_)->nr_options; (opt_);      \
	     (opt_) = (struct nmreq_option *)(uintptr_t)(opt_)->nro_next)

/* ------------------------------------------------------------ contexts --- */

/**
 * Where the library gets memory and locks, and where it says what went wrong.
 * A callback that is NULL: malloc(), free(), no message, no lock.
 * @since 0.1
 */
struct nmctx {
	int verbose; /**< messages are given if it is not 0 */
	void *(*malloc)(struct nmctx *, size_t);
	void (*free)(struct nmctx *, void *);
	void (*error)(struct nmctx *, const char *); /**< one line, no line end */
	void (*lock)(struct nmctx *);
	void (*unlock)(struct nmctx *);
	struct nmem_d *mem_descs; /**< the regions mapped; private, begins as NULL */
};

/** A mapped region. Owned by its context, counted by its ports. @since 0.1 */
struct nmem_d {
	uint16_t mem_id; /**< number of the region */
	int refcount;	 /**< ports that use it */
	void *mem;	 /**< its first byte */
	size_t size;	 /**< bytes */
	int is_extmem;	 /**< memory of the program */
	int holder; /**< private: a descriptor that keeps the region's number, or -1 */
	struct nmem_d *next;
	struct nmem_d *prev;
};

/** The default context. It says errors on stderr unless changed. @since 0.1 */
NM_COMPAT_API struct nmctx *nmctx_get(void);
/** Makes `ctx` (NULL: the library's own) the default one; returns the old. @since 0.1 */
NM_COMPAT_API struct nmctx *nmctx_set_default(struct nmctx *ctx);
/** Gives the default context a lock, if it has none. @since 0.1 */
NM_COMPAT_API void nmctx_set_threadsafe(void);
/** A message through the error callback, as printf(); errno stays. @since 0.1 */
NM_COMPAT_API void nmctx_ferror(struct nmctx *ctx, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/** Memory of a context; NULL with errno ENOMEM. @since 0.1 */
NM_COMPAT_API void *nmctx_malloc(struct nmctx *ctx, size_t size);
/** Gives back what nmctx_malloc() gave, or NULL. @since 0.1 */
NM_COMPAT_API void nmctx_free(struct nmctx *ctx, void *p);
/** Takes the lock of a context. It does not nest. @since 0.1 */
NM_COMPAT_API void nmctx_lock(struct nmctx *ctx);
/** Gives the lock back. @since 0.1 */
NM_COMPAT_API void nmctx_unlock(struct nmctx *ctx);

#ifdef __cplusplus
}
#endif

#endif /* LIBNETMAP_H */
