/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contexts: memory, locks and messages of the C library.
 */
#include <libnetmap.h>

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MESSAGE_MAX 1024

static pthread_mutex_t default_lock = PTHREAD_MUTEX_INITIALIZER;

static void on_stderr(struct nmctx *ctx, const char *message)
{
	(void)ctx;
	fprintf(stderr, "%s\n", message);
}

static void lock_default(struct nmctx *ctx)
{
	(void)ctx;
	pthread_mutex_lock(&default_lock);
}

static void unlock_default(struct nmctx *ctx)
{
	(void)ctx;
	pthread_mutex_unlock(&default_lock);
}

static struct nmctx own = {
	.verbose = 1, .error = on_stderr, .lock = lock_default, .unlock = unlock_default};
static struct nmctx *current = &own;

struct nmctx *nmctx_get(void)
{
	return __atomic_load_n(&current, __ATOMIC_ACQUIRE);
}

struct nmctx *nmctx_set_default(struct nmctx *ctx)
{
	return __atomic_exchange_n(&current, ctx ? ctx : &own, __ATOMIC_ACQ_REL);
}

void nmctx_set_threadsafe(void)
{
	struct nmctx *ctx = nmctx_get();

	if (ctx->lock || ctx->unlock)
		return;
	ctx->lock = lock_default;
	ctx->unlock = unlock_default;
}

void nmctx_ferror(struct nmctx *ctx, const char *fmt, ...)
{
	int saved = errno;
	char message[MESSAGE_MAX];
	va_list args;

	if (!ctx->verbose || !ctx->error)
		return;
	va_start(args, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	ctx->error(ctx, message);
	errno = saved;
}

void *nmctx_malloc(struct nmctx *ctx, size_t size)
{
	void *p = ctx->malloc ? ctx->malloc(ctx, size) : malloc(size);

	if (!p)
		errno = ENOMEM;
	return p;
}

void nmctx_free(struct nmctx *ctx, void *p)
{
	if (!p)
		return;
	if (ctx->free)
		ctx->free(ctx, p);
	else
		free(p);
}

void nmctx_lock(struct nmctx *ctx)
{
	if (ctx->lock)
		ctx->lock(ctx);
}

void nmctx_unlock(struct nmctx *ctx)
{
	if (ctx->unlock)
		ctx->unlock(ctx);
}
