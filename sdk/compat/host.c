/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "host.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* ---- the device, or the engine in its place ------------------------------- */

static const char *device_path(void)
{
	const char *path = getenv("NETMAPXX_DEVICE");

	return path && *path ? path : "/dev/netmap";
}

/* The interposing library answers for the device in this process. */
static int interposed(void)
{
	return dlsym(RTLD_DEFAULT, "nm_preload_descriptor") != NULL;
}

static int engine_named(void)
{
	const char *backend = getenv("NETMAPXX_BACKEND");

	return backend && !strcmp(backend, "embedded");
}

static const char use_preload[] =
	"start the program with LD_PRELOAD=libnetmapxx-preload.so, or link that library "
	"first, to run it on the embedded engine";

static int known_backend(struct nmctx *ctx)
{
	const char *backend = getenv("NETMAPXX_BACKEND");

	if (!backend || !*backend || !strcmp(backend, "automatic") ||
	    !strcmp(backend, "device") || !strcmp(backend, "embedded"))
		return 1;
	nmctx_ferror(ctx,
		     "NETMAPXX_BACKEND is \"%s\"; the backends are \"device\" and "
		     "\"embedded\"",
		     backend);
	return 0;
}

int nm_host_open(struct nmctx *ctx)
{
	const char *path = device_path();
	int fd;

	if (!known_backend(ctx)) {
		errno = ENODEV;
		return -1;
	}
	if (engine_named() && !interposed()) {
		nmctx_ferror(
			ctx,
			"NETMAPXX_BACKEND is \"embedded\", and there is none here: %s",
			use_preload);
		errno = ENODEV;
		return -1;
	}
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (errno == ENOENT && !interposed())
		nmctx_ferror(ctx, "%s does not exist: load the module netmap, or %s",
			     path, use_preload);
	else if (errno == EACCES)
		nmctx_ferror(ctx,
			     "%s may not be opened by this user: who is in its group "
			     "(netmap) may",
			     path);
	else
		nmctx_ferror(ctx, "cannot open %s: %s", path, strerror(errno));
	return -1;
}

void nm_host_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}

/* ---- requests ------------------------------------------------------------ */

/* Set once the core refused the option that carries its words. */
static int without_words;

static void explain(struct nmreq_header *hdr, const char *what, const char *text, int err,
		    struct nmctx *ctx)
{
	struct nmreq_option *o = NULL;

	if (text[0]) {
		nmctx_ferror(ctx, "%s: %s failed: %s", hdr->nr_name, what, text);
		return;
	}
	nmreq_foreach_option(hdr, o) if (o->nro_status) break;
	nmctx_ferror(ctx, "%s: %s failed%s%s: %s", hdr->nr_name, what,
		     o ? ", the core refused the option " : "",
		     o ? nmreq_option_name(o->nro_reqtype) : "", strerror(err));
}

int nm_host_request(int fd, struct nmreq_header *hdr, const char *what, struct nmctx *ctx)
{
	struct nmreq_opt_errtext words;
	int err, asked = !__atomic_load_n(&without_words, __ATOMIC_RELAXED);

	memset(&words, 0, sizeof(words));
	words.nro_opt.nro_reqtype = NETMAP_REQ_OPT_ERRTEXT;
	if (asked)
		nmreq_push_option(hdr, &words.nro_opt);
	err = ioctl(fd, NIOCCTRL, hdr) < 0 ? errno : 0;
	if (asked)
		nmreq_remove_option(hdr, &words.nro_opt);
	if (err == EOPNOTSUPP && words.nro_opt.nro_status == EOPNOTSUPP) {
		__atomic_store_n(&without_words, 1, __ATOMIC_RELAXED);
		return nm_host_request(fd, hdr, what, ctx);
	}
	if (!err)
		return 0;
	words.nro_text[sizeof(words.nro_text) - 1] = 0;
	explain(hdr, what, words.nro_text, err, ctx);
	errno = err;
	return -1;
}
