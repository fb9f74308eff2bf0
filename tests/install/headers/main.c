/* SPDX-License-Identifier: BSD-2-Clause
 * A C program over the installed C headers. */
#include <stdio.h>

#include <net/netmap.h>
#include <net/netmap_legacy.h>
#include <net/netmap_user.h>

int main(void)
{
	struct nmreq_header hdr = {.nr_version = NETMAP_API,
				   .nr_reqtype = NETMAP_REQ_REGISTER};

	printf("API %u, request %u\n", (unsigned)hdr.nr_version,
	       (unsigned)hdr.nr_reqtype);
	return 0;
}
