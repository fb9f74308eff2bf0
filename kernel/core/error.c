// SPDX-License-Identifier: BSD-2-Clause
/*
 * Errors with words.
 */
#include "error.h"
#include "netmap_core.h"

int nm_fail(struct nm_error *e, int err, const char *fmt, ...)
{
	va_list ap;

	if (!e || e->text[0])
		return err;
	va_start(ap, fmt);
	os_vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	if (nm_params.verbose)
		os_log("%s", e->text);
	return err;
}
