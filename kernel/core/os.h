/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The OS contract: everything the netmap core asks of an operating system, and
 * the only door out of the core.  A host of the core is a folder beside this
 * one (linux/, user/) with a header "os_host.h" on the include path, which
 * supplies the types and the inline functions, and sources for the rest.
 *
 * Contexts, as named below:
 *   any      also where packets arrive (Linux: softirq, spin locks held)
 *   process  in a caller's own thread, no spin lock held; may sleep
 */
#ifndef NM_OS_H
#define NM_OS_H

/*
 * os_host.h supplies:
 *
 * Basics      uint8_t .. uint64_t, int64_t, bool, size_t, NULL, errno values
 *             (positive, as E...), memcpy memmove memset memcmp strlen strnlen
 *             strchr strrchr strcmp, va_list, likely() unlikely().
 *
 * Locks       struct os_mutex  process; may sleep while it waits.
 *               os_mutex_init(m)  os_mutex_destroy(m)
 *               os_mutex_lock(m)           always gets it
 *               os_mutex_lock_killable(m)  0, or -EINTR if the thread is dying
 *               os_mutex_unlock(m)
 *             struct os_spin   any; the holder may not sleep.
 *               os_spin_init(s)  os_spin_lock(s)  os_spin_unlock(s)
 *
 * Atomics     on plain variables of 1, 2, 4 or 8 bytes; any context; the
 *             meaning is that of the C11 orders of the same name.
 *               os_load_relaxed(p)      os_store_relaxed(p, v)
 *               os_load_acquire(p)      os_store_release(p, v)
 *               os_exchange(p, v)       os_fetch_add(p, v)     seq_cst
 *               os_fence()                                     seq_cst
 *
 * Wait queue  struct os_waitq; poller = who wants to be woken once.
 *               os_waitq_init(q)  os_waitq_destroy(q)      process
 *               os_waitq_wake(q)   any; wakes all; a full fence comes before
 *                                  the look for sleepers, so that whoever
 *                                  queued itself before reading an index the
 *                                  caller published is not missed; costs next
 *                                  to nothing when nobody sleeps
 *
 * Relays      struct os_relay; see below.
 * Packets     struct os_batch; see below.
 * Tasks       struct os_task; see below.
 *
 * Hints       os_prefetch(p)  os_prefetch_write(p)  os_relax()
 *             os_give_way()   process; in long work: others may have the
 *                             processor if it is their turn; else next to nothing
 * Copying     os_copy_bulk(dst, src, len)   the platform's best long copy
 */
#include "os_host.h"

/* ---- small objects (process) --------------------------------------------- */

/* Zeroed memory, or NULL. Pairs with os_free(), which takes NULL, too. */
void *os_zalloc(size_t bytes);
void os_free(void *p);

/* ---- regions: memory shared with applications ----------------------------- */

struct os_region;

/* A region of `capacity` bytes of address space, a multiple of the page size,
 * with no memory behind it yet; NULL if there is no room. Process.
 * Pairs with os_region_destroy(). */
struct os_region *os_region_create(uint64_t capacity);

/* Puts zeroed memory behind [offset, offset + bytes), whole pages that have
 * none yet, and returns the core's address of it, contiguous for that range
 * and valid until the region is destroyed; NULL if there is none. From then
 * on applications can touch those pages; others raise SIGBUS (or read zeroes
 * where the host cannot tell). Process. */
void *os_region_populate(struct os_region *r, uint64_t offset, uint64_t bytes);

/* A region that is memory of the calling process: [uaddr, uaddr + bytes), uaddr on
 * a page boundary, all of it populated, in place and held whatever the process
 * does with its addresses. 0; -EFAULT: it cannot be held, in words in `why` (a
 * constant); -ENOMEM. Process, may sleep for a page. */
int os_region_adopt(uint64_t uaddr, uint64_t bytes, struct os_region **r, const char **why);
/* Are two adopted regions the same memory? Process. */
bool os_region_same(const struct os_region *a, const struct os_region *b);

/* Gives the memory back. No binding is left, so no mapping is. Process. */
void os_region_destroy(struct os_region *r);

/* Bytes of memory the machine has. */
uint64_t os_memory_total(void);

#define OS_PAGE_SIZE 4096u

/* ---- the application's memory ---------------------------------------------- */

/* Copies from or to addresses of the calling process: 0 or -EFAULT, never a
 * crash. Process, may sleep for a page. */
int os_copyin(void *dst, uint64_t uaddr, size_t bytes);
int os_copyout(uint64_t uaddr, const void *src, size_t bytes);

/* As os_copyin(), but never sleeps: -EFAULT also when a page is not at hand.
 * In the thread of the process whose address it is. */
int os_copyin_nowait(void *dst, uint64_t uaddr, size_t bytes);

/* Brings the pages of a range in, for os_copyin_nowait(): 0 or -EFAULT. Process. */
int os_fault_in(uint64_t uaddr, size_t bytes);

/* ---- application memory that is used for long ------------------------------- */

struct os_pinned;

/* Holds [uaddr, uaddr + bytes) of the calling process, readable and writable,
 * for use from any thread later: 0, -EFAULT or -ENOMEM. Pairs with os_unpin().
 * Process, may sleep for a page. */
int os_pin(uint64_t uaddr, size_t bytes, struct os_pinned **pinned);
/* Takes NULL, too. Process. */
void os_unpin(struct os_pinned *p);

/* Reads n words, each at once, the first one before the others; what follows in
 * the caller comes after them. 0, or -EFAULT where the host cannot hold memory
 * and it is gone: never a crash. Process. */
int os_pinned_read(struct os_pinned *p, size_t offset, uint32_t *words, unsigned int n);
/* Writes n words, each at once, the last one after the others; they come after
 * what the caller wrote before. As above. */
int os_pinned_write(struct os_pinned *p, size_t offset, const uint32_t *words,
		    unsigned int n);

/* ---- waiting --------------------------------------------------------------- */

/* Who polls; the host makes one for each call of nm_binding_poll(). */
struct os_poller;

/* Queues the poller on `q` before the caller looks at any state. A poller may
 * be NULL: somebody only wants to look. Process. */
void os_poll_wait(struct os_poller *p, struct os_waitq *q);

/*
 * A relay: whoever wakes `from` wakes `to` as well.  It is for pollers that a host
 * leaves on a queue for good, since it asks for queues only once (Linux: epoll):
 * nothing happens if there are none on `to`, or on a host without such pollers.
 * It looks at `to` after a full fence: who queues there and then looks at what the
 * caller published before is not missed.
 * Process. Pairs with os_relay_end(), before any of the queues goes; that one is
 * for zeroed relays, too.
 */
struct os_relay;
void os_relay_begin(struct os_relay *r, struct os_waitq *from, struct os_waitq *to);
void os_relay_end(struct os_relay *r);

/* One short step of waiting for another thread to leave a critical section
 * that never sleeps; `round` counts from 0. Process. */
void os_pause(unsigned int round);

/* ---- sleeping for long -------------------------------------------------------- */

/* An eventfd of the calling process, held: 0, -EBADF (not open), -EINVAL (no
 * eventfd) or -ENOMEM. Pairs with os_eventfd_put(), which takes NULL. Process. */
struct os_eventfd;
int os_eventfd_get(int32_t fd, struct os_eventfd **e);
void os_eventfd_put(struct os_eventfd *e);
/* Adds one to the counter, unless it is full. Process. */
void os_eventfd_signal(struct os_eventfd *e);

/* One thread that sleeps until one of its queues is woken, one of its eventfds
 * is signalled or somebody wakes it. The order is: arm, look, wait; what comes
 * after the arming ends the next wait. Eventfds are consumed by the arming. All
 * but the wake-up are the sleeping thread's own. Process.
 * Pairs with os_sleeper_free(), which takes NULL. */
struct os_sleeper;
struct os_sleeper *os_sleeper_new(unsigned int queues, unsigned int eventfds);
void os_sleeper_free(struct os_sleeper *s);
/* As many as were announced; 0 or a negative errno. Both outlive the sleeper. */
int os_sleeper_watch_queue(struct os_sleeper *s, struct os_waitq *q);
int os_sleeper_watch_eventfd(struct os_sleeper *s, struct os_eventfd *e);
void os_sleeper_arm(struct os_sleeper *s);
/* Sleeps for `microseconds` at most; 0 gives the processor away if others want
 * it. 0, or -EINTR: the thread is dying. */
int os_sleeper_wait(struct os_sleeper *s, uint32_t microseconds);
/* From any thread, while the sleeper is there. */
void os_sleeper_wake(struct os_sleeper *s);

/* ---- the rest ---------------------------------------------------------------- */

/* Wall clock. Any. */
void os_walltime(int64_t *seconds, int64_t *microseconds);

/* The network namespace a descriptor was opened in; an opaque identity, held
 * by the descriptor for as long as it lives. */
struct os_ns;

/* May the calling thread administer the network of `ns`, or, for NULL, that of
 * the whole machine? Process. */
bool os_net_admin(struct os_ns *ns);
/* Do its administrators administer the machine, too? If not, they may see their
 * own packets, and no others. Any. */
bool os_ns_trusted(struct os_ns *ns);

/* ---- network interfaces ----------------------------------------------------- */

/*
 * An interface of the system. Interfaces come, go and are reconfigured under a
 * lock of the OS (Linux: RTNL), which is taken after the core's control lock.
 */
struct os_netdev;

void os_netdev_lock(void);
void os_netdev_unlock(void);

/* Is there a network interface of that name in `ns`? Process. */
bool os_netdev_exists(struct os_ns *ns, const char *name);

/* The interface of that name, held; NULL if there is none. Process, with the
 * interface lock. Pairs with os_netdev_put(), which is for any context. */
struct os_netdev *os_netdev_get(struct os_ns *ns, const char *name);
void os_netdev_put(struct os_netdev *dev);

/* What it is called now. With the interface lock, and valid as long. */
const char *os_netdev_name(const struct os_netdev *dev);

struct os_netdev_shape {
	uint32_t rings[2]; /* RX, TX queues in use */
	uint32_t slots[2]; /* descriptors per queue; 0: the device does not say */
};

/* With the interface lock. */
void os_netdev_shape(struct os_netdev *dev, struct os_netdev_shape *shape);

/* Carries the device packets now? Any. */
bool os_netdev_running(struct os_netdev *dev);

/* What is called for every interface that has no netmap support of its own;
 * NULL where that is impossible. */
struct nm_driver;
const struct nm_driver *os_netdev_emulation(void);

/* Returns when no thread is inside the device's paths any more that was before.
 * Process. */
void os_netdev_quiesce(void);

/*
 * A packet of the host. One that comes in is finished: one frame, checksums done,
 * tags in place. The OS makes it so before the core sees it; or it tells what is
 * left to do in a virtio-net header, see nm_netdev_receive().
 */
struct os_packet;

uint32_t os_packet_len(const struct os_packet *p);
/* Copies bytes [at, at + len), which exist, out of the packet. Any. */
void os_packet_copy(const struct os_packet *p, uint32_t at, void *dst, uint32_t len);

/*
 * Packets for the host's stack: made one after the other, handed over as one
 * batch. os_host.h defines struct os_batch. Process, any thread.
 */
struct os_batch;

void os_batch_begin(struct os_batch *b, struct os_netdev *dev, uint32_t queue);
/* One more packet of that many bytes, 14 at least, to be written; NULL: no
 * memory. It may be taken back before another one is added. */
struct os_packet *os_batch_add(struct os_batch *b, uint32_t bytes);
void os_batch_take_back(struct os_batch *b, struct os_packet *p);
/* Copies to bytes [at, at + len) of a packet, which exist. Any. */
void os_packet_write(struct os_packet *p, uint32_t at, const void *src, uint32_t len);
/* What is left to do with a packet, by its virtio-net header, which nobody has
 * checked. False: it makes no sense. Any. */
bool os_packet_describe(struct os_packet *p, const void *vnet);
/* Gives them to the stack, as received by the device. */
void os_batch_deliver(struct os_batch *b);

/* A network interface for a port that has none: the host sees it, with the port's
 * counters, and what the host sends to it is discarded. *dev is NULL where there
 * are no interfaces to see. 0, -EEXIST, -EINVAL for a name that cannot be, -ENOMEM. Process, without
 * the interface lock. Pairs with os_netdev_unmake(). */
struct nm_shown;
int os_netdev_make(struct os_ns *ns, const char *name, struct nm_shown *port,
		   struct os_netdev **dev);
void os_netdev_unmake(struct os_netdev *dev);

/* ---- work in the background --------------------------------------------------- */

/*
 * A task: its function is called soon after os_task_run(), where packets arrive,
 * and never by two threads at once. Asked for again while it runs, it is called
 * again. os_host.h defines struct os_task.
 */
struct os_task;

void os_task_init(struct os_task *t, void (*fn)(void *arg), void *arg);
void os_task_run(struct os_task *t); /* any context */
/* Nobody asks for it any more; on return it does not run. Process. */
void os_task_stop(struct os_task *t);

/* A thread that calls step(arg) over and over, on that CPU, giving way when it
 * must; NULL if there is no memory or no such CPU. Process. Pairs with
 * os_thread_stop(), on whose return step() is not running. */
struct os_thread;

struct os_thread *os_thread_start(const char *name, uint32_t cpu, void (*step)(void *arg),
				  void *arg);
void os_thread_stop(struct os_thread *t);

uint32_t os_cpus(void);

/* ---- texts and the log -------------------------------------------------------- */

/* As vsnprintf(). Any. */
int os_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));
int os_snprintf(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* One rate-limited line in the system's log; never on a hot path. Any. */
void os_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* NM_OS_H */
