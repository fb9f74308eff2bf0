// SPDX-License-Identifier: BSD-2-Clause
/*
 * nm_open() and its kin, as old programs use them: specifications, and two
 * ports of a switch and a pipe that exchange packets through /dev/netmap.
 */
#define NETMAP_WITH_LIBS
#include <net/netmap_user.h>

#include <poll.h>

static int passed, failed;

static void check(int ok, const char *what, const char *detail)
{
	if (ok) {
		passed++;
	} else {
		failed++;
		printf("not ok: %s: %s (%s)\n", what, detail, strerror(errno));
	}
}

/* ---- specifications ------------------------------------------------------ */

struct spec {
	const char *text, *name;
	uint32_t flags;
	uint16_t ringid, region;
};

static void good_specifications(void)
{
	static const struct spec specs[] = {
		{"netmap:eth0", "eth0", NR_REG_ALL_NIC, 0, 0},
		{"netmap:eth0^", "eth0", NR_REG_SW, 0, 0},
		{"netmap:eth0*", "eth0", NR_REG_NIC_SW, 0, 0},
		{"netmap:eth0-3", "eth0", NR_REG_ONE_NIC, 3, 0},
		{"netmap:eth0{7", "eth0", NR_REG_PIPE_MASTER, 7, 0},
		{"netmap:eth0}4094", "eth0", NR_REG_PIPE_SLAVE, 4094, 0},
		{"netmap:eth0-2/Tx", "eth0", NR_REG_ONE_NIC | NR_TX_RINGS_ONLY | NR_EXCLUSIVE, 2,
		 0},
		{"netmap:eth0@2/R", "eth0", NR_REG_ALL_NIC | NR_RX_RINGS_ONLY, 0, 2},
		{"netmap:eth0/ztr@65535", "eth0",
		 NR_REG_ALL_NIC | NR_ZCOPY_MON | NR_MONITOR_TX | NR_MONITOR_RX, 0, 65535},
		{"vale0:a", "vale0:a", NR_REG_ALL_NIC, 0, 0},
		{"vale:", "vale:", NR_REG_ALL_NIC, 0, 0},
		{"vale0:a{1", "vale0:a", NR_REG_PIPE_MASTER, 1, 0},
		{"netmap:012345678901234", "012345678901234", NR_REG_ALL_NIC, 0, 0},
	};
	struct nm_desc d;
	size_t i;

	for (i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		const struct spec *s = &specs[i];

		memset((void *)&d, 0, sizeof(d));
		check(!nm_parse(s->text, &d), "a good specification", s->text);
		check(!strcmp(d.req.nr_name, s->name), "name", s->text);
		check(d.req.nr_flags == s->flags, "flags", s->text);
		check(d.req.nr_ringid == s->ringid, "ring", s->text);
		check(d.req.nr_arg2 == s->region, "region", s->text);
	}
}

static void bad_specifications(void)
{
	static const char *const bad[] = {
		"netmap:",	  "netmap:eth0-",     "netmap:eth0-4095",
		"netmap:eth0^3",  "netmap:eth0{",     "netmap:eth0{x",
		"netmap:eth0/",	  "netmap:eth0/q",    "netmap:eth0@",
		"netmap:eth0@0",  "netmap:eth0@2@2",  "netmap:eth0@65536",
		"netmap:eth0/x/", "vale0",	      "vale0:a+b",
		"vale0:a b",	  "vale-0:a",	      "netmap:0123456789012345",
		"netmap:e-99999999999999999999999",   "vale0:0123456789",
	};
	struct nm_desc d;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset((void *)&d, 0, sizeof(d));
		check(nm_parse(bad[i], &d) == -1 && errno == EINVAL && d.msg[0],
		      "a bad specification", bad[i]);
		errno = 0;
		check(!nm_open(bad[i], NULL, 0, NULL) && errno == EINVAL, "nm_open", bad[i]);
	}
	errno = EIO;
	check(!nm_open("eth0", NULL, 0, NULL) && errno == 0, "no netmap port", "eth0");
	errno = EIO;
	check(!nm_open("", NULL, 0, NULL) && errno == 0, "no netmap port", "");
	check(nm_close(NULL) == EINVAL, "nm_close", "NULL");
}

/* ---- packets ------------------------------------------------------------- */

static const unsigned char frame[64] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8};

static int more; /* callbacks that were told of another one */

static void count(unsigned char *arg, const struct nm_pkthdr *hdr, const unsigned char *data)
{
	more += hdr->flags == NM_MORE_PKTS;
	if (hdr->len == sizeof(frame) && !memcmp(data, frame, sizeof(frame)))
		++*(int *)(void *)arg;
}

static int receive(struct nm_desc *d)
{
	struct pollfd p = {NETMAP_FD(d), POLLIN, 0};
	int n = 0;

	if (poll(&p, 1, 20000) != 1)
		return -1;
	nm_dispatch(d, -1, count, (unsigned char *)&n);
	return n;
}

static void exchange(const char *from, const char *to)
{
	struct nm_desc *a = nm_open(from, NULL, 0, NULL);
	struct nm_desc *b = nm_open(to, NULL, 0, a);
	struct nm_pkthdr hdr;
	int i;

	check(a && b, "nm_open", from);
	if (a && b) {
		check(a->req.nr_arg2 == b->req.nr_arg2 ? b->mem == a->mem && !b->done_mmap :
							 b->done_mmap,
		      "one mapping for a region", to);
		for (i = 0; i < 3; i++)
			check(nm_inject(a, frame, sizeof(frame)) == sizeof(frame), "nm_inject", from);
		check(!ioctl(NETMAP_FD(a), NIOCTXSYNC, NULL), "NIOCTXSYNC", from);
		more = 0;
		check(receive(b) == 3, "three packets", to);
		check(more == 2, "all but the last are followed", to);
		check(!nm_nextpkt(b, &hdr), "none is left", to);
		nm_inject(a, frame, sizeof(frame));
		ioctl(NETMAP_FD(a), NIOCTXSYNC, NULL);
		ioctl(NETMAP_FD(b), NIOCRXSYNC, NULL);
		check(nm_nextpkt(b, &hdr) && hdr.len == sizeof(frame), "nm_nextpkt", to);
		for (i = 0; nm_inject(a, frame, sizeof(frame)); i++)
			;
		check(i > 0 && nm_ring_empty(NETMAP_TXRING(a->nifp, a->cur_tx_ring)),
		      "nm_inject fills the ring", from);
	}
	if (b)
		check(!nm_close(b), "nm_close", to);
	if (a)
		check(!nm_close(a), "nm_close", from);
}

static void long_packet(void)
{
	static unsigned char big[5000];
	struct nm_desc *a = nm_open("vale0:a", NULL, 0, NULL);
	struct nm_desc *b = nm_open("vale0:b/R", NULL, NETMAP_NO_TX_POLL | NM_OPEN_NO_MMAP, NULL);
	struct nm_pkthdr hdr;

	check(a && b, "nm_open", "vale0");
	memcpy(big, frame, sizeof(frame));
	if (a && b) {
		check(!b->mem && !nm_mmap(b, a) && b->done_mmap, "mapped later", "vale0:b");
		check(b->req.nr_ringid == NETMAP_NO_TX_POLL, "poll flags", "vale0:b");
		check(nm_inject(a, big, sizeof(big)) == sizeof(big), "nm_inject", "5000 bytes");
		ioctl(NETMAP_FD(a), NIOCTXSYNC, NULL);
		ioctl(NETMAP_FD(b), NIOCRXSYNC, NULL);
		check(nm_nextpkt(b, &hdr) && hdr.len == sizeof(big), "received", "5000 bytes");
		check(hdr.caplen == NETMAP_RXRING(b->nifp, 0)->nr_buf_size, "its first slot",
		      "5000 bytes");
		check(!nm_nextpkt(b, &hdr), "in one piece", "5000 bytes");
		check(!nm_inject(b, big, sizeof(big)), "no TX ring", "vale0:b/R");
	}
	nm_close(b);
	nm_close(a);
}

int main(void)
{
	good_specifications();
	bad_specifications();
	if (access("/dev/netmap", R_OK | W_OK) == 0) {
		exchange("vale0:a", "vale0:b");
		exchange("vale0:a{1", "vale0:a}1");
		long_packet();
	} else {
		printf("no /dev/netmap: specifications only\n");
	}
	printf("%d passed, %d failed, 0 skipped\n", passed, failed);
	return failed != 0;
}
