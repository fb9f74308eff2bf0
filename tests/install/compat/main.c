/* SPDX-License-Identifier: BSD-2-Clause
 * A C program over the installed C face: a port specification is understood, and
 * a wrong one is refused. No port is opened, so no module is needed. */
#include <stdio.h>
#include <string.h>

#include <libnetmap.h>

int main(void)
{
	struct nmport_d *port = nmport_prepare("vale0:a-3");

	if (port == NULL || port->reg.nr_ringid != 3 || strcmp(port->hdr.nr_name, "vale0:a") != 0) {
		printf("FAILED: vale0:a-3 was not understood\n");
		return 1;
	}
	nmport_undo_parse(port);
	nmport_delete(port);
	printf("parsed\n");
	return 0;
}
